"""Response(calibrate=True): a teacher that is too sure of itself, made less sure.

400 labelled rows, scored on up to 6,000 others; the student sees the regular columns
only. Teachers: "overfit" (300 rounds of up to 31 leaves), "stopped" (the same with
scikit-learn's own early_stopping, on rows that are held out within each training fold)
and "regularised". Each student learns raw and calibrated predictions of the same fold
teachers, with and without up to 2,000 rows without a label.
"""

import tempfile

import numpy as np
from _data import NAMES, load
from _models import boosting, distilled, folds
from _run import options
from _sweep import group, paired, shown, sweep
from few_rows import draw
from lightgbm import LGBMClassifier
from sklearn.metrics import get_scorer, log_loss

from skdistill.objectives import Response

# One temperature needs classes.
SETS = tuple(name for name in NAMES if name not in ("abalone", "pm25"))
TEACHERS = {
    "overfit": {"max_iter": 300, "early_stopping": False},
    "stopped": {"max_iter": 300, "early_stopping": True},
    "regularised": {
        "max_iter": 100,
        "learning_rate": 0.05,
        "max_leaf_nodes": 8,
        "min_samples_leaf": 40,
    },
}
STUDENT = LGBMClassifier(
    num_leaves=8, n_jobs=1, random_state=0, deterministic=True, verbose=-1
)
N_TRAIN, N_UNLABELED = 400, 2_000
SCORES = ("log-loss", "metric", "error")
NOTE = (
    "Labels and raw: log-loss of the student, mean over the draws. Differences are "
    "paired, mean ± standard error: of raw log-losses, and calibrated minus raw of "
    "log-loss and calibration error (less is better) and of the metric "
    "of the data set, area under the curve or accuracy (more is better). Calibration "
    "error: mean distance of confidence and accuracy over ten bins of equally many "
    "rows. U: rows without a label."
)


def scores_of(model, X, y, meta):
    """Log-loss, the metric of the set, and the calibration error."""
    p = np.clip(model.predict_proba(X), 1e-15, None)
    p /= p.sum(axis=1, keepdims=True)
    right, sure = model.classes_[p.argmax(axis=1)] == y, p.max(axis=1)
    bins = np.array_split(np.argsort(sure), 10)
    gaps = [abs(sure[rows].mean() - right[rows].mean()) for rows in bins]
    metric = get_scorer(meta["metric"])(model, X, y)
    return {
        "log-loss": log_loss(y, p, labels=model.classes_),
        "metric": float(metric),
        "error": float(np.mean(gaps)),
    }


def run_draw(folder, data, teacher, seed):
    """Score all students of one teacher on one draw of rows."""
    X, y, groups, meta = load(folder, data)
    y = np.unique(y, return_inverse=True)[1]
    n_pool = min(N_TRAIN + N_UNLABELED, int(0.7 * len(y)))
    pool, test = draw(X, y, groups, meta, N_TRAIN, seed, n_pool)
    train, rest = pool[:N_TRAIN], X.iloc[pool[N_TRAIN:]]
    X_train, y_train = X.iloc[train], y[train]
    X_test, y_test = X.iloc[test][meta["regular"]], y[test]
    within = None if groups is None else groups[train]
    inner = folds(X_train, y_train, within, meta)
    model = boosting("hgb", "shipped", meta).set_params(**TEACHERS[teacher])
    task = {"data": data, "teacher": teacher, "seed": seed}
    labels = distilled(model, STUDENT, meta, alpha=0.0).fit(X_train, y_train)
    task["labels"] = scores_of(labels, X_test, y_test, meta)["log-loss"]
    results = []
    with tempfile.TemporaryDirectory() as memory:
        for alpha in (0.5, 1.0):
            for unlabeled in (None, rest):
                result = task | {"alpha": alpha, "U": unlabeled is not None}
                for name in ("raw", "calibrated"):
                    objective = Response(calibrate=name == "calibrated")
                    student = distilled(
                        model,
                        STUDENT,
                        meta,
                        cv=inner,
                        memory=memory,
                        alpha=alpha,
                        objective=objective,
                    ).fit(X_train, y_train, X_unlabeled=unlabeled)
                    found = scores_of(student, X_test, y_test, meta)
                    result |= {f"{name} {key}": found[key] for key in SCORES}
                results.append(result)
    return results


def summary(rows):
    """Average the draws, or the draws of all sets."""
    names = ("data", "teacher", "alpha", "U")
    row = {name: rows[0][name] for name in names} | {"draws": len(rows)}
    row["labels"] = f"{np.mean([r['labels'] for r in rows]):.3f}"
    row["raw"] = f"{np.mean([r['raw log-loss'] for r in rows]):.3f}"
    row["raw - raw overfit"] = shown(paired(rows, "raw log-loss", "overfit"))
    for score in SCORES:
        row[score] = shown(paired(rows, f"calibrated {score}", f"raw {score}"))
    return row


def summarise(raw):
    """Return the table: of all sets together, then of each."""
    drawn = ("data", "seed", "alpha", "U")
    overfit = {
        tuple(row[name] for name in drawn): row["raw log-loss"]
        for row in raw
        if row["teacher"] == "overfit"
    }
    raw = [
        row | {"overfit": overfit.get(tuple(row[n] for n in drawn), np.nan)}
        for row in raw
    ]
    together = [row | {"data": "all"} for row in raw]
    key = ("data", "teacher", "alpha", "U")
    return [summary(rows) for rows in (*group(together, key), *group(raw, key))]


def main():
    parser = options(__doc__, data=True, jobs=True, resumes=True)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--draws", type=int, default=4)
    args = parser.parse_args()
    if args.quick:
        args.sets, args.draws = args.sets[4:5], 1
    tasks = [
        {"data": data, "teacher": teacher, "seed": seed}
        for seed in range(args.draws)
        for data in args.sets
        for teacher in TEACHERS
    ]
    key = ("data", "teacher", "seed")
    sweep("calibration", run_draw, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
