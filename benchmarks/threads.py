"""Folds in parallel on two cores against one fold after the other on all threads.

CatBoost teachers; with `n_jobs=2` each one gets half of the cores. The student, a
small one, is trained alone. Wall time, so the machine should be idle.
"""

import os
import time

import numpy as np
from _measure import alternate, ratio
from _run import options, write
from catboost import CatBoostClassifier
from sklearn.datasets import make_classification
from sklearn.tree import DecisionTreeRegressor

from skdistill import DistilledClassifier

# Rows, columns, trees and folds.
TASKS = (
    (3000, 20, 200, 5),
    (14_000, 20, 200, 5),
    (14_000, 20, 200, 4),
    (14_000, 20, 200, 10),
    (100_000, 30, 50, 5),
)
WAYS = {
    "one thread": {"threads": 1, "n_jobs": None},
    "all threads": {"threads": None, "n_jobs": None},
    "folds in parallel": {"threads": None, "n_jobs": 2},
}


def fit(X, y, n_trees, n_folds, threads, n_jobs):
    """Distil once."""
    teacher = CatBoostClassifier(
        iterations=n_trees,
        thread_count=threads,
        random_seed=0,
        verbose=0,
        allow_writing_files=False,
    )
    student = DecisionTreeRegressor(max_depth=3, random_state=0)
    return DistilledClassifier(
        teacher, student, alpha=1.0, cv=n_folds, n_jobs=n_jobs
    ).fit(X, y)


def compare(n_rows, n_columns, n_trees, n_folds, n_rounds):
    """Return one row of the table and the times behind it."""
    X, y = make_classification(n_rows, n_columns, n_informative=10, random_state=0)
    fit(X[:500], y[:500], 2, 2, None, 2)  # Starts the workers.
    ways = {
        name: lambda way=way: fit(X, y, n_trees, n_folds, **way)
        for name, way in WAYS.items()
    }
    seconds = alternate(ways, n_rounds, clock=time.perf_counter)
    median, low, high = ratio(seconds, "all threads", "folds in parallel")
    scaling = ratio(seconds, "one thread", "all threads")[0]
    parallel = ratio(seconds, "one thread", "folds in parallel")[0]
    row = {
        "rows x columns": f"{n_rows:,} x {n_columns}",
        "folds": n_folds,
        **{f"{name}, s": f"{np.median(times):.2f}" for name, times in seconds.items()},
        "CatBoost's own scaling": f"{scaling:.2f}",
        "parallel over one thread": f"{parallel:.2f}",
        "parallel over all threads": f"{median:.2f} ({low:.2f} to {high:.2f})",
    }
    return row, {"rows": n_rows, "folds": n_folds, **seconds}


def main():
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    n_rounds = 2 if args.quick else args.rounds
    rows, raw = [], []
    for size in TASKS[:1] if args.quick else TASKS:
        row, times = compare(*size, n_rounds)
        rows.append(row)
        raw.append(times)
        print(row, flush=True)
    note = (
        f"Wall time on {os.cpu_count()} cores, median of {n_rounds} alternating "
        "rounds, quartiles in brackets. Two workers need three turns for 5 folds, so "
        "they gain 5/3 over one thread at most, and 2 with an even number of folds; "
        "over all threads that is divided by what CatBoost itself gains from the "
        "second thread. The folds' data also have to reach the workers."
    )
    write("threads", rows, args, note=note, raw=raw)


if __name__ == "__main__":
    main()
