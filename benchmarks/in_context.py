"""In-context teachers: in sample against out of fold, queries, and a killed run.

The teacher is a stand-in for a tabular foundation model: similar rows of its context
vote, and a row that is in the context finds itself and gets its own label. How similar
they must be is chosen in the context by leaving one out. 400 rows to train on. "in
sample": the student of the teacher that has all of them as context, as a
FrozenEstimator; "out of fold": of fold teachers, as `InContextClassifier`; both with
alpha=1, "half" out of fold with alpha=0.5. LightGBM as student, as shipped (100 trees
of up to 31 leaves) and small (50 of 8).
"""

import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from _run import options, write
from _sweep import paired, shown
from lightgbm import LGBMClassifier
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_digits, make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skdistill import DistilledClassifier
from skdistill.datasets import load_cells
from skdistill.report import distillation_report
from skdistill.teachers import InContextClassifier

MODELS = ("teacher", "labels", "in sample", "out of fold", "half")
SETS = ("simulated", "cells", "digits")
SHIPPED = LGBMClassifier(n_jobs=1, random_state=0, deterministic=True, verbose=-1)
STUDENTS = {
    "shipped": SHIPPED,
    "small": clone(SHIPPED).set_params(n_estimators=50, num_leaves=8),
}
WIDTHS = (0.15, 0.2, 0.3, 0.4, 0.5, 0.7)
N_ROWS, N_FOLDS, BATCH = 2_000, 5, 100


class SimilarRows(ClassifierMixin, BaseEstimator):
    """Similar rows of the context vote; a row that is in it votes for itself alone."""

    n_queries = 0
    stops_at = np.inf

    def __init__(self, seconds_a_row=0.0):
        self.seconds_a_row = seconds_a_row

    def fit(self, X, y):
        """Keep the context, and choose the width."""
        self.scaler_ = StandardScaler().fit(X)
        self.context_ = self.scaler_.transform(X)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.labels_ = np.eye(len(self.classes_))[codes]
        squared = self._squared_distances(self.context_)
        np.fill_diagonal(squared, np.inf)
        losses = [log_loss(codes, self._vote(squared, width)) for width in WIDTHS]
        self.width_ = WIDTHS[int(np.argmin(losses))]
        return self

    def _squared_distances(self, rows):
        return ((rows[:, None] - self.context_) ** 2).mean(axis=2)

    def _vote(self, squared, width):
        nearest = squared.min(axis=1, keepdims=True)
        similar = np.exp((nearest - squared) / width**2) + 1e6 * (squared < 1e-12)
        votes = similar @ self.labels_ + 1e-3
        return votes / votes.sum(axis=1, keepdims=True)

    def predict_proba(self, X):
        """Average the labels of the context by similarity."""
        kind = type(self)
        if kind.n_queries + len(X) > kind.stops_at:
            os._exit(9)  # As a process that is killed.
        kind.n_queries += len(X)
        time.sleep(self.seconds_a_row * len(X))
        squared = self._squared_distances(self.scaler_.transform(X))
        return self._vote(squared, self.width_)

    def predict(self, X):
        """Predict the most probable label."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def load(name):
    """Return rows and labels."""
    if name == "simulated":  # Smooth in directions along which no column is.
        rng = np.random.default_rng(0)
        X = rng.normal(size=(5_000, 8))
        first, second, third = (X @ rng.normal(size=(8, 3)) / np.sqrt(8)).T
        score = 4 * np.sin(2 * first) + 4 * second * third
        return X, (rng.random(5_000) < expit(score)).astype(int)
    if name == "digits":
        return load_digits(return_X_y=True)
    cells = load_cells()
    return cells.data.to_numpy(dtype=np.float64), cells.target.to_numpy()


def score_draw(X, y, student, seed):
    """Log-loss and accuracy of all models on the rows that were not drawn."""
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, train_size=400, stratify=y, random_state=seed
    )
    teacher = SimilarRows().fit(X_train, y_train)
    models = {
        "teacher": teacher,
        "labels": clone(student).fit(X_train, y_train),
        "in sample": DistilledClassifier(FrozenEstimator(teacher), student, alpha=1.0),
    }
    for name, alpha in (("out of fold", 1.0), ("half", 0.5)):
        models[name] = DistilledClassifier(
            InContextClassifier(SimilarRows()), student, alpha=alpha
        )
    scores = {}
    for name, model in models.items():
        if isinstance(model, DistilledClassifier):
            with warnings.catch_warnings():
                # That the frozen teacher repeats the labels is what is measured.
                warnings.filterwarnings("ignore", message="The frozen teacher")
                model.fit(X_train, y_train)
        scores[name] = log_loss(y_test, model.predict_proba(X_test))
        scores[f"{name} accuracy"] = accuracy_score(y_test, model.predict(X_test))
    return scores


def compare(name, student, n_draws):
    """Average the draws of one data set."""
    X, y = load(name)
    rows = [score_draw(X, y, STUDENTS[student], seed) for seed in range(n_draws)]
    return {
        "data": name,
        "student": student,
        **{name: f"{np.mean([row[name] for row in rows]):.3f}" for name in MODELS},
        **{f"{n} - labels": shown(paired(rows, n, "labels")) for n in MODELS[2:]},
        "accuracy, half - labels": shown(
            paired(rows, "half accuracy", "labels accuracy")
        ),
    }


def count_queries():
    """Count the queries a training row of what people do."""
    X, y = make_classification(N_ROWS, 8, n_informative=6, random_state=0)
    teacher = InContextClassifier(SimilarRows(), batch_size=BATCH)
    model = DistilledClassifier(teacher, STUDENTS["small"], random_state=0)

    def search(folder):
        model.set_params(memory=folder)
        for alpha in (0.25, 0.5, 0.75, 1.0):
            model.set_params(alpha=alpha).fit(X, y)

    def fit(**params):
        return lambda folder: model.set_params(memory=None, **params).fit(X, y)

    whole = "report of it, 5 folds, with latencies"
    asked = {
        "fixed alpha, 5 folds": fit(alpha=0.5),
        'alpha="auto", 5 folds': fit(alpha="auto"),
        "four values of alpha with memory": search,
        whole: lambda folder: distillation_report(
            model.set_params(memory=None, alpha=0.5), X, y, cv=5
        ),
    }
    table = []
    for name, run in asked.items():
        SimilarRows.n_queries = 0
        with tempfile.TemporaryDirectory() as folder:
            run(folder)
        table.append(
            {"what": name, "queries a row": f"{SimilarRows.n_queries / N_ROWS:.3f}"}
        )
    return table


def fit_slowly(folder, stops_at):
    """Fit in this process, which ends when it has asked as often; print what it did."""
    SimilarRows.stops_at = float(stops_at)
    X, y = make_classification(N_ROWS, 8, n_informative=6, random_state=0)
    teacher = InContextClassifier(SimilarRows(seconds_a_row=2e-3), batch_size=BATCH)
    model = DistilledClassifier(
        teacher, STUDENTS["small"], memory=folder, random_state=0
    )
    start = time.perf_counter()
    model.fit(X, y)
    print(SimilarRows.n_queries, time.perf_counter() - start)


def kill_and_resume():
    """Kill a run in its fourth fold and start it again."""
    # Three folds and two of the four batches of the next.
    killed_at = 3 * N_ROWS // N_FOLDS + 2 * BATCH
    table = []
    for runs in (["whole", "again"], ["killed", "resumed"]):
        with tempfile.TemporaryDirectory() as folder:
            for name in runs:
                stops_at = killed_at if name == "killed" else np.inf
                done = subprocess.run(
                    [sys.executable, str(Path(__file__)), folder, str(stops_at)],
                    stdout=subprocess.PIPE,
                    text=True,
                    check=False,
                )
                if name == "killed":
                    assert done.returncode == 9, done
                    found = [killed_at, ""]
                else:
                    found = done.stdout.split()
                seconds = f"{float(found[1]):.2f}" if found[1] else ""
                table.append({"run": name, "queries": found[0], "seconds": seconds})
    return table


def main():
    if len(sys.argv) == 3 and not sys.argv[1].startswith("-"):
        fit_slowly(*sys.argv[1:])
        return
    parser = options(__doc__)
    parser.add_argument("--draws", type=int, default=20)
    args = parser.parse_args()
    sets = SETS
    if args.quick:
        args.draws, sets = 2, SETS
    note = (
        "Log-loss on the rows that were not drawn, mean over the draws; differences "
        "are paired, mean ± standard error. Less log-loss and more accuracy is better."
    )
    rows = [compare(name, student, args.draws) for student in STUDENTS for name in sets]
    write("in_context", rows, args, note=note)
    note = f"Queries for each of {N_ROWS:,} training rows, with 5 folds."
    write("in_context_queries", count_queries(), args, note=note)
    note = (
        f"{N_ROWS:,} rows, 5 folds, batches of {BATCH}, memory, a teacher that takes "
        "2 ms a row; killed in the third batch of the fourth fold. Again: everything "
        "is remembered."
    )
    write("in_context_resume", kill_and_resume(), args, note=note)


if __name__ == "__main__":
    main()
