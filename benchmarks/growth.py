"""How the cost grows: in rows and columns, in folds, and in classes.

Rows: one fit of the bare library against one of the estimator (5 teachers and a
student of the same kind), and the exponents of both. Folds: the estimator in units of
bare fits. Classes: soft targets against labels for the same booster.
"""

import time

import numpy as np
from _measure import alternate, exponent, ratio
from _run import options, write
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification
from soft_vs_hard import N_TREES, fit, soft_targets
from soft_vs_hard import make_data as make_classes
from xgboost import XGBClassifier

from skdistill import DistilledClassifier

SIZES = (1000, 10_000, 100_000, 300_000)
MODELS = {
    "xgboost": XGBClassifier(n_estimators=30, n_jobs=1, random_state=0),
    "lightgbm": LGBMClassifier(
        n_estimators=30, n_jobs=1, random_state=0, deterministic=True, verbose=-1
    ),
    "catboost": CatBoostClassifier(
        iterations=30,
        thread_count=1,
        random_seed=0,
        verbose=0,
        allow_writing_files=False,
    ),
}


def make_data(n_rows, n_columns):
    """Simulate two classes."""
    return make_classification(n_rows, n_columns, n_informative=8, random_state=0)


def compare(name, X, y, n_rounds, n_folds=5):
    """CPU seconds of the bare library and of the estimator, in turn."""
    model = MODELS[name]

    def bare():
        type(model)(**model.get_params()).fit(X, y)

    def ours():
        DistilledClassifier(model, model, alpha=0.5, cv=n_folds).fit(X, y)

    return alternate({"bare": bare, "estimator": ours}, n_rounds)


def grow(name, what, sizes, make, n_rounds):
    """Return a row with the exponents in one size, and the times behind it."""
    medians, raw = {"bare": [], "estimator": []}, []
    for size in sizes:
        X, y = make(size)
        # Small fits are short and noisy.
        seconds = compare(name, X, y, n_rounds * (3 if len(y) <= 10_000 else 1))
        for way, times in seconds.items():
            medians[way].append(float(np.median(times)))
        raw.append({"model": name, what: size, **seconds})
    row = {"model": name, "in": f"{what}, {sizes[0]:,} to {sizes[-1]:,}"}
    for way, times in medians.items():
        row[f"{way}, s"] = f"{times[0]:.3f} to {times[-1]:.1f}"
        row[f"exponent, {way}"] = f"{exponent(sizes, times):.2f}"
    ends = (b / a for a, b in zip(*medians.values(), strict=True))
    row["estimator over bare"] = ", ".join(f"{end:.1f}" for end in ends)
    return row, raw


def classes(name, n_classes, n_rows, n_rounds):
    """CPU seconds of a booster on labels and on soft targets, in turn."""
    X, y = make_classes(n_rows, n_classes)
    targets = soft_targets(X, y)
    times = {False: [], True: []}
    for number in range(n_rounds):
        for soft in (False, True) if number % 2 else (True, False):
            times[soft].append(fit(name, targets if soft else None, X, y)[1])
    return {"labels": times[False], "soft": times[True]}


def main():
    args = options(__doc__).parse_args()
    start, n_rounds, fixed = time.perf_counter(), 2, 3000
    n_rows, n_columns, of_classes = SIZES, (10, 30, 100), 4000
    if args.quick:
        n_rounds, fixed, of_classes = 1, 500, 500
        n_rows, n_columns = SIZES[:2], n_columns[:2]
    rows, raw = [], []
    for name in MODELS:
        for what, sizes, make in (
            ("rows", n_rows, lambda size: make_data(size, 20)),
            ("columns", n_columns, lambda size: make_data(fixed, size)),
        ):
            row, measured = grow(name, what, sizes, make, n_rounds)
            rows.append(row)
            raw += measured
            print(row, f"{time.perf_counter() - start:.0f} s", flush=True)
    note = (
        "CPU seconds on one thread, 30 trees; smallest to largest size, median of "
        f"{n_rounds} alternating rounds or more. Bare: one fit on labels. Estimator: 5 "
        "teacher fits on four fifths of the rows each and one of the student. Columns: "
        f"{fixed:,} rows. A constant part, large for the small sizes, lowers "
        "the exponent of both."
    )
    write("growth", rows, args, note=note, raw=raw)

    rows, raw = [], []
    X, y = make_data(fixed, 20)
    for name in MODELS:
        row = {"model": name}
        for n_folds in (2,) if args.quick else (2, 5, 10):
            seconds = compare(name, X, y, 2 * n_rounds, n_folds)
            row[f"{n_folds} folds, in bare fits"] = (
                f"{ratio(seconds, 'estimator', 'bare')[0]:.1f}"
            )
            raw.append({"model": name, "folds": n_folds, **seconds})
        for n_classes in (3,) if args.quick else (3, 10, 50):
            seconds = classes(name, n_classes, of_classes, n_rounds + 1)
            row[f"{n_classes} classes, soft over labels"] = (
                f"{ratio(seconds, 'soft', 'labels')[0]:.2f}"
            )
            raw.append({"model": name, "classes": n_classes, **seconds})
        rows.append(row)
        print(row, f"{time.perf_counter() - start:.0f} s", flush=True)
    write(
        "growth_classes",
        rows,
        args,
        note="CPU time. K folds train K teachers on (K-1)/K of the rows and one "
        "student, K fits of all rows together. Classes: the same booster of "
        f"{N_TREES} trees, trained on soft targets and on "
        f"labels, on {of_classes:,} rows of 30 columns.",
        raw=raw,
    )


if __name__ == "__main__":
    main()
