"""Annotators' votes: what their shares are worth beside the majority's label.

Three or five simulated annotators err on 10 to 40 % of the rows, each independently,
and say any of the wrong classes then. 400 rows to train on, the true labels of the
others to judge by. "majority": the student on the label that most say, one of the most
frequent at random. "shares": the student on the shares of votes alone; "half": on both
in equal parts. "posterior": on how probable each class is after the votes, where
annotators err as often as the agreement of pairs of them tells.
"""

import numpy as np
from _data import load
from _run import options
from _sweep import group, paired, shown, sweep
from lightgbm import LGBMClassifier
from scipy.special import softmax
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdistill import DistilledClassifier

SETS = ("digits", "wine_grade")
N_ANNOTATORS, ERRORS = (3, 5), (0.1, 0.2, 0.3, 0.4)
N_TRAIN = 400
STUDENTS = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)),
    "lightgbm": LGBMClassifier(
        n_estimators=50,
        num_leaves=8,
        n_jobs=1,
        random_state=0,
        deterministic=True,
        verbose=-1,
    ),
}
OTHERS = ("half", "shares", "posterior")
NOTE = (
    "Log-loss (less is better) and accuracy on the true labels of the other rows, "
    "means over the draws; differences are paired, mean ± standard error. Shares and "
    "posterior are learnt with alpha=1, from no label."
)


def vote(truth, n_classes, n_annotators, error, rng):
    """Return the number of votes for each class, of shape (n_rows, n_classes)."""
    shape = (len(truth), n_annotators)
    wrong = rng.random(shape) < error
    said = (truth[:, None] + wrong * rng.integers(1, n_classes, shape)) % n_classes
    return (said[:, :, None] == np.arange(n_classes)).sum(axis=1)


def posterior(votes):
    """Return how probable each class is, of annotators who err independently."""
    n_annotators, n_classes = votes.sum(axis=1)[0], votes.shape[1]
    pairs = n_annotators * (n_annotators - 1)
    agree = (votes * (votes - 1)).sum(axis=1).mean() / pairs
    # (1 - error)**2 + error**2 / (n_classes - 1) is how often two agree.
    error = np.linspace(0.01, 0.99 * (1 - 1 / n_classes), 1000)
    told = (1 - error) ** 2 + error**2 / (n_classes - 1)
    error = error[np.abs(told - agree).argmin()]
    return softmax(votes * np.log((1 - error) * (n_classes - 1) / error), axis=1)


def run_draw(folder, data, student, n_annotators, error, seed):
    """Score both students on one draw of rows and votes."""
    if data == "digits":
        X, y = load_digits(return_X_y=True)
    else:
        X, y, _, meta = load(folder, data)
        for column in meta["categorical"]:
            X = X.assign(**{column: X[column].cat.codes})
        X, y = X.to_numpy(dtype=np.float64), np.unique(y, return_inverse=True)[1]
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, train_size=N_TRAIN, stratify=y, random_state=seed
    )
    rng = np.random.default_rng(seed)
    n_classes = y.max() + 1
    votes = vote(y_train, n_classes, n_annotators, error, rng)
    majority = (votes + rng.random(votes.shape)).argmax(axis=1)
    result = {
        "data": data,
        "student": student,
        "n_annotators": n_annotators,
        "error": error,
        "seed": seed,
        "right": accuracy_score(y_train, majority),
    }
    shares = votes / n_annotators
    settings = {
        "majority": (0.0, shares),
        "half": (0.5, shares),
        "shares": (1.0, shares),
        "posterior": (1.0, posterior(votes)),
    }
    for name, (alpha, soft_targets) in settings.items():
        model = DistilledClassifier("precomputed", STUDENTS[student], alpha=alpha)
        model.fit(X_train, majority, soft_targets=soft_targets)
        p = np.zeros((len(y_test), n_classes))
        p[:, model.classes_] = model.predict_proba(X_test)
        p = np.clip(p, 1e-15, None)
        result[f"{name} loss"] = log_loss(
            y_test, p / p.sum(axis=1, keepdims=True), labels=np.arange(n_classes)
        )
        result[f"{name} accuracy"] = accuracy_score(y_test, model.predict(X_test))
    return [result]


def summary(rows):
    """Average the draws."""
    row = {name: rows[0][name] for name in ("data", "student", "n_annotators", "error")}
    row["majority is right"] = f"{np.mean([r['right'] for r in rows]):.0%}"
    for score in ("loss", "accuracy"):
        base = f"majority {score}"
        row[base] = f"{np.mean([r[base] for r in rows]):.3f}"
        for name in OTHERS:
            row[f"{name}, {score}"] = shown(paired(rows, f"{name} {score}", base))
    return row


def summarise(raw):
    """Return the table."""
    key = ("data", "student", "n_annotators", "error")
    return [summary(rows) for rows in sorted(group(raw, key), key=_order)]


def _order(rows):
    return [rows[0][name] for name in ("data", "student", "n_annotators", "error")]


def main():
    parser = options(__doc__, data=True, jobs=True, resumes=True)
    parser.add_argument("--draws", type=int, default=20)
    args = parser.parse_args()
    students, errors = STUDENTS, ERRORS
    if args.quick:
        args.draws, students, errors = 2, ["logistic"], ERRORS[-1:]
    tasks = [
        {
            "data": data,
            "student": student,
            "n_annotators": n_annotators,
            "error": error,
            "seed": seed,
        }
        for seed in range(args.draws)
        for student in students
        for data in (SETS if args.data else SETS[:1])
        for n_annotators in N_ANNOTATORS
        for error in errors
    ]
    key = ("data", "student", "n_annotators", "error", "seed")
    sweep("annotators", run_draw, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
