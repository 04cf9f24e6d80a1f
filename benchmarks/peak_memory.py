"""Peak memory of the estimator against the hand-written K-fold loop.

1,000,000 rows of 30 float32 columns, a teacher of few trees, cross-fitted over 5 folds,
and a student on its predictions, each in a fresh process that has read the data from
disk; then 100,000 rows with labels and 1,000,000 without.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
from _measure import in_process, peak_megabytes
from _run import options, write
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.model_selection import StratifiedKFold
from xgboost import XGBClassifier, XGBRegressor

from skdistill import DistilledClassifier

N_TREES = 5
HGB = {"max_iter": N_TREES, "early_stopping": False, "random_state": 0}
XGB = {"n_estimators": N_TREES, "n_jobs": 1, "random_state": 0}
# Teacher, student of the loop, student of the estimator. A booster that takes
# probabilities as targets is a regressor by hand; the estimator trains classifiers too.
MODELS = {
    "hgb, regressor": (
        HistGradientBoostingClassifier(**HGB),
        HistGradientBoostingRegressor(**HGB),
        HistGradientBoostingRegressor(**HGB),
    ),
    "hgb, classifier": (
        HistGradientBoostingClassifier(**HGB),
        HistGradientBoostingRegressor(**HGB),
        HistGradientBoostingClassifier(**HGB),
    ),
    "xgboost, regressor": (
        XGBClassifier(**XGB),
        XGBRegressor(**XGB),
        XGBRegressor(**XGB),
    ),
    "xgboost, classifier": (
        XGBClassifier(**XGB),
        XGBRegressor(**XGB, objective="binary:logistic"),
        XGBClassifier(**XGB),
    ),
}


def by_hand(name, X, y, U):
    """Train the student as the usual loop does."""
    teacher, student, _ = MODELS[name]
    targets = np.zeros(len(y) + len(U))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
        fitted = clone(teacher).fit(X[train], y[train])
        targets[test] = fitted.predict_proba(X[test])[:, 1]
        if len(U):
            targets[len(y) :] += fitted.predict_proba(U)[:, 1] / 5
    return clone(student).fit(np.concatenate([X, U]) if len(U) else X, targets)


def by_estimator(name, X, y, U):
    """Train the student with DistilledClassifier."""
    teacher, _, student = MODELS[name]
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    model = DistilledClassifier(teacher, student, alpha=1.0, cv=folds, random_state=0)
    return model.fit(X, y, X_unlabeled=U if len(U) else None).student_


WAYS = {"loop": by_hand, "estimator": by_estimator}


def measure(name, way, folder, n_unlabeled):
    """Peak of this process and what the fit added to it, in MB, and CPU seconds."""
    X, y, U = (np.load(f"{folder}/{part}.npy") for part in "XyU")
    X, y, U = (
        (X[: len(y) // 10], y[: len(y) // 10], U) if n_unlabeled else (X, y, U[:0])
    )
    WAYS[way](name, X[:2000], y[:2000], U[:2000])  # Loads the libraries.
    before, start = peak_megabytes(), time.process_time()
    student = WAYS[way](name, X, y, U)
    seconds = time.process_time() - start
    peak = peak_megabytes()
    predicted = getattr(student, "predict_proba", student.predict)(X[:1000])
    return {
        "peak": peak,
        "before": before,
        "seconds": seconds,
        "predicted": predicted.reshape(1000, -1)[:, -1].tolist(),
    }


def compare(name, n_unlabeled, n_rows, folder):
    """Measure loop and estimator, each in a process of its own."""
    found = {
        way: in_process(__file__, "--one", name, way, folder, n_unlabeled)
        for way in WAYS
    }
    loop, ours = found["loop"], found["estimator"]
    difference = np.subtract(loop.pop("predicted"), ours.pop("predicted"))
    row = {
        "student": name,
        "rows": f"{n_rows // 10:,} + {n_unlabeled:,}" if n_unlabeled else f"{n_rows:,}",
        "MB of the loop": f"{loop['peak']:.0f}",
        "MB of the estimator": f"{ours['peak']:.0f}",
        "peak, ratio": f"{ours['peak'] / loop['peak']:.2f}",
        "CPU time, ratio": f"{ours['seconds'] / loop['seconds']:.2f}",
        "largest difference": f"{np.abs(difference).max():.0e}",
    }
    for way, one in found.items():
        row[f"added by the {way}"] = f"{one['peak'] - one['before']:.0f}"
    return row, {"student": name, "n_unlabeled": n_unlabeled, **found}


def main():
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--one", nargs=4, help="one measurement of memory")
    args = parser.parse_args()
    if args.one:
        import json

        *about, n_unlabeled = args.one
        print(json.dumps(measure(*about, int(n_unlabeled))))
        return
    if args.quick:
        args.rows = 50_000
    rows, raw = [], []
    with tempfile.TemporaryDirectory() as folder:
        X, y = make_classification(2 * args.rows, 30, n_informative=10, random_state=0)
        X = X.astype(np.float32)
        for part, values in zip("XyU", (X, y, X[args.rows :]), strict=True):
            np.save(Path(folder, f"{part}.npy"), values[: args.rows])
        del X, y
        runs = [(name, 0) for name in MODELS]
        runs += [
            (name, args.rows) for name in ("hgb, regressor", "xgboost, classifier")
        ]
        for name, n_unlabeled in runs:
            row, found = compare(name, n_unlabeled, args.rows, folder)
            rows.append(row)
            raw.append(found)
            print(row, flush=True)
    note = (
        f"30 float32 columns ({args.rows * 120 / 1e6:.0f} MB for {args.rows:,} rows), "
        f"{N_TREES} trees; rows with labels + rows without. Peak of the process; "
        "added: above what it held with the data and the libraries loaded. Largest "
        "difference: of the students' predictions of 1,000 rows. By hand the student "
        "is a regressor on probabilities (for the XGBoost classifier one with the "
        "logistic loss)."
    )
    write("peak_memory", rows, args, note=note, raw=raw)


if __name__ == "__main__":
    main()
