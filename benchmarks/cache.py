"""What `memory` saves in a search over student settings, and what it costs.

GridSearchCV over 20 settings (depth of the student and alpha) and 5 outer folds. The
teacher is a CatBoost classifier of 513 trees that sees all columns, cross-fitted over 5
folds. Without memory it would be trained 505 times, so that search covers every fifth
setting. Data: oil, from a folder, or a synthetic set of its shape.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from _data import load
from _run import options, write
from catboost import CatBoostClassifier
from joblib import Parallel, delayed
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from xgboost import XGBClassifier

from skdistill import DistilledClassifier

DEPTHS, ALPHAS = (2, 3, 4, 5), (0.2, 0.4, 0.6, 0.8, 1.0)
N_SETTINGS, N_FOLDS = len(DEPTHS) * len(ALPHAS), 5


class CountedTeacher(CatBoostClassifier):
    """CatBoost that counts how often it is trained."""

    fits = 0

    def fit(self, *args, **kwargs):
        """Count and train."""
        CountedTeacher.fits += 1
        return super().fit(*args, **kwargs)


def make_teacher(n_trees, **settings):
    """Return the teacher of the original recipe."""
    return CountedTeacher(
        iterations=n_trees,
        depth=6,
        thread_count=1,
        random_seed=0,
        verbose=0,
        allow_writing_files=False,
        **settings,
    )


def make_data(folder):
    """Return X, y, the student's columns and CatBoost's list of categories."""
    if folder is not None:
        X, y, _, meta = load(folder, "oil")
        return X, y, meta["regular"], meta["categorical"]
    X, y = make_classification(
        14_095, 52, n_informative=15, weights=[0.915], random_state=0
    )
    X = pd.DataFrame(X, columns=[f"column_{number}" for number in range(52)])
    return X, y, list(X.columns[:18]), []


def search(folder, n_trees, n_rows, every, cached):
    """Search over each `every`-th setting; CPU seconds and number of teacher fits."""
    X, y, regular, categorical = make_data(folder)
    X, y = X[:n_rows], y[:n_rows]
    settings = [
        {"student__max_depth": [depth], "alpha": [alpha]}
        for alpha in ALPHAS
        for depth in DEPTHS
    ][::every]
    CountedTeacher.fits = 0
    with tempfile.TemporaryDirectory() as memory:
        model = DistilledClassifier(
            make_teacher(n_trees, cat_features=list(categorical)),
            XGBClassifier(n_estimators=30, n_jobs=1, enable_categorical=True),
            student_features=regular,
            cv=N_FOLDS,
            memory=memory if cached else None,
            random_state=0,
        )
        outer = StratifiedKFold(N_FOLDS, shuffle=True, random_state=0)
        start, passed = time.process_time(), time.perf_counter()
        found = GridSearchCV(model, settings, scoring="roc_auc", cv=outer).fit(X, y)
        seconds = time.process_time() - start
        passed = time.perf_counter() - passed
    return {
        "memory": cached,
        "settings": len(settings),
        "teacher fits": CountedTeacher.fits,
        "seconds": seconds,
        "seconds of the refit": seconds * found.refit_time_ / passed,
        "best": found.best_score_,
    }


def cost_of_a_hit(n_rows, n_trees, as_frame):
    """Seconds of one teacher fit on four fifths, and of finding its answers again."""
    X, y = make_classification(n_rows, 50, n_informative=15, random_state=0)
    X = pd.DataFrame(X).add_prefix("column_") if as_frame else X
    split = np.split(np.random.default_rng(0).permutation(n_rows), [n_rows * 4 // 5])
    student = XGBClassifier(n_estimators=5, n_jobs=1)
    with tempfile.TemporaryDirectory() as memory:
        times = [
            DistilledClassifier(
                make_teacher(n_trees), student, cv=[split], memory=memory
            )
            .fit(X, y)
            .fit_times_
            for _ in range(4)
        ]
    hit = float(np.median([t["teachers"] for t in times[1:]]))
    return {"fit": times[0]["teacher_folds"][0], "hit": hit}


def main():
    parser = options(__doc__, jobs=True)
    parser.add_argument("data", nargs="?", type=Path, help="folder that holds oil")
    args = parser.parse_args()
    n_trees, n_rows, every = (20, 2000, 10) if args.quick else (513, 14_095, 5)
    run = Parallel(n_jobs=args.jobs)
    bare, cached = run(
        delayed(search)(args.data, n_trees, n_rows, step, memory)
        for step, memory in ((every, False), (1, True))
    )
    refit = bare["seconds of the refit"]
    full = (bare["seconds"] - refit) * N_SETTINGS / bare["settings"] + refit
    n_fits = (N_SETTINGS * N_FOLDS + 1) * N_FOLDS
    costs = run(
        delayed(cost_of_a_hit)(5000 if args.quick else 100_000, n_trees, as_frame)
        for as_frame in (False, True)
    )
    row = {
        "data": "synthetic" if args.data is None else "oil",
        "rows": n_rows,
        "teacher fits without memory": n_fits,
        "teacher fits with memory": cached["teacher fits"],
        "minutes without memory": f"{full / 60:.1f}",
        "minutes with memory": f"{cached['seconds'] / 60:.1f}",
        "times faster": f"{full / cached['seconds']:.1f}",
    }
    for kind, cost in zip(("array", "frame"), costs, strict=True):
        row[f"finding an answer again, {kind}"] = f"{cost['hit'] / cost['fit']:.2%}"
    note = (
        f"CPU minutes. Without memory {bare['settings']} of the {N_SETTINGS} settings "
        f"were searched ({bare['teacher fits']} teacher fits), and their time was "
        "scaled to all. Finding an answer again: hashing the data, look-up and reading "
        "over one teacher fit saved, with 100,000 rows of 50 columns; a cross-fit "
        "hashes once for all its folds."
    )
    write("cache", [row], args, note=note, raw=[bare, cached, *costs])


if __name__ == "__main__":
    main()
