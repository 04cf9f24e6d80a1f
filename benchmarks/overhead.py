"""What the estimator costs above the hand-written K-fold loop.

5 folds of a teacher classifier, then one student regressor on its out-of-fold
probabilities: 14,000 x 20 with CatBoost, 100,000 x 30 with XGBoost. Both ways take
turns and must predict the same.
"""

import numpy as np
from _measure import alternate, beside_hand
from _run import options, write
from catboost import CatBoostClassifier, CatBoostRegressor
from sklearn.datasets import make_classification
from sklearn.model_selection import StratifiedKFold
from xgboost import XGBClassifier, XGBRegressor

from skdistill import DistilledClassifier

QUIET = {
    "thread_count": 1,
    "random_seed": 0,
    "verbose": 0,
    "allow_writing_files": False,
}


def catboost(n_trees):
    """Return teacher and student."""
    return (
        CatBoostClassifier(iterations=n_trees, **QUIET),
        CatBoostRegressor(iterations=n_trees, **QUIET),
    )


def xgboost(n_trees):
    """Return teacher and student."""
    settings = {"n_estimators": n_trees, "n_jobs": 1, "random_state": 0}
    return XGBClassifier(**settings), XGBRegressor(**settings)


TASKS = (("catboost", catboost, 14_000, 20, 200), ("xgboost", xgboost, 100_000, 30, 50))


def by_hand(make, n_trees, X, y):
    """Train a student as the usual loop does; return it."""
    targets = np.empty(len(y))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    for train, test in folds.split(X, y):
        teacher, _ = make(n_trees)
        teacher.fit(X[train], y[train])
        targets[test] = teacher.predict_proba(X[test])[:, 1]
    _, student = make(n_trees)
    return student.fit(X, targets)


def by_estimator(make, n_trees, X, y):
    """Train the same student with DistilledClassifier."""
    teacher, student = make(n_trees)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return DistilledClassifier(teacher, student, alpha=1.0, cv=folds).fit(X, y)


def compare(name, make, n_rows, n_columns, n_trees, n_rounds):
    """Return one row of the table and the times behind it."""
    X, y = make_classification(n_rows, n_columns, n_informative=10, random_state=0)
    hand = by_hand(make, n_trees, X, y).predict(X)
    ours = by_estimator(make, n_trees, X, y).student_.predict(X)
    ways = {
        way.__name__: lambda way=way: way(make, n_trees, X, y)
        for way in (by_hand, by_estimator)
    }
    seconds = alternate(ways, n_rounds)
    row = {
        "library": name,
        "rows x columns": f"{n_rows:,} x {n_columns}",
        "trees": n_trees,
        **beside_hand(seconds, "by_estimator", "estimator over loop"),
        "largest difference": f"{np.abs(hand - ours).max():.0e}",
    }
    return row, {"library": name, **seconds}


def main():
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    args = parser.parse_args()
    rows, raw = [], []
    for name, make, n_rows, n_columns, n_trees in TASKS:
        if args.quick:
            n_rows, n_trees = n_rows // 10, 10
        n_rounds = 3 if args.quick else args.rounds
        row, times = compare(name, make, n_rows, n_columns, n_trees, n_rounds)
        rows.append(row)
        raw.append(times)
        print(row, flush=True)
    write(
        "overhead",
        rows,
        args,
        note="CPU time of the estimator over the loop's: median and quartiles of the "
        f"{args.rounds} rounds, in each of which both ran once, on one thread. Largest "
        "difference between the predictions of the two students.",
        raw=raw,
    )


if __name__ == "__main__":
    main()
