"""Peak memory of the estimator against the hand-written K-fold loop.

1,000,000 rows of 30 float32 columns, a teacher of few trees, cross-fitted over 5 folds,
and a student on its answers, each in a fresh process that has read the data from disk.
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


def by_hand(name, X, y):
    """Train the student as the usual loop does."""
    teacher, student, _ = MODELS[name]
    targets = np.empty(len(y))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
        fitted = clone(teacher).fit(X[train], y[train])
        targets[test] = fitted.predict_proba(X[test])[:, 1]
    return clone(student).fit(X, targets)


def by_estimator(name, X, y):
    """Train the student with DistilledClassifier."""
    teacher, _, student = MODELS[name]
    return DistilledClassifier(teacher, student, alpha=1.0, random_state=0).fit(X, y)


WAYS = {"loop": by_hand, "estimator": by_estimator}


def measure(name, way, folder):
    """Peak of this process and what the fit added to it, in MB, and CPU seconds."""
    X, y = (np.load(f"{folder}/{part}.npy") for part in "Xy")
    WAYS[way](name, X[:2000], y[:2000])  # Loads the libraries.
    before, start = peak_megabytes(), time.process_time()
    WAYS[way](name, X, y)
    seconds = time.process_time() - start
    return {"peak": peak_megabytes(), "before": before, "seconds": seconds}


def main():
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--one", nargs=3, help="one measurement of memory")
    args = parser.parse_args()
    if args.one:
        import json

        print(json.dumps(measure(*args.one)))
        return
    if args.quick:
        args.rows = 50_000
    rows, raw = [], []
    with tempfile.TemporaryDirectory() as folder:
        X, y = make_classification(args.rows, 30, n_informative=10, random_state=0)
        np.save(Path(folder, "X.npy"), X.astype(np.float32))
        np.save(Path(folder, "y.npy"), y)
        del X, y
        for name in MODELS:
            found = {
                way: in_process(__file__, "--one", name, way, folder) for way in WAYS
            }
            loop, ours = found["loop"], found["estimator"]
            row = {
                "student": name,
                "MB of the loop": f"{loop['peak']:.0f}",
                "MB of the estimator": f"{ours['peak']:.0f}",
                "peak, ratio": f"{ours['peak'] / loop['peak']:.2f}",
                "CPU time, ratio": f"{ours['seconds'] / loop['seconds']:.2f}",
            }
            for way, one in found.items():
                row[f"added by the {way}"] = f"{one['peak'] - one['before']:.0f}"
            rows.append(row)
            raw.append({"student": name, **found})
            print(row, flush=True)
    note = (
        f"{args.rows:,} rows of 30 float32 columns ({args.rows * 120 / 1e6:.0f} MB), "
        f"{N_TREES} trees. Peak of the process; added: above what it held with the "
        "data and the libraries loaded. By hand the student is a regressor on "
        "probabilities (for the XGBoost classifier one with the logistic loss)."
    )
    write("peak_memory", rows, args, note=note, raw=raw)


if __name__ == "__main__":
    main()
