"""Response(calibrate=...): a teacher that is too sure of itself, made less sure.

400 labelled rows, scored on up to 6,000 others; the student sees the regular columns
only. Teachers: "overfit" (300 rounds of up to 31 leaves), "stopped" (the same with
scikit-learn's own early_stopping, on rows that are held out within each training fold)
and "regularised". Each student learns raw and calibrated predictions of the same fold
teachers, and what "auto" makes of them, with and without up to 2,000 rows without a
label. Regressors have no temperature: here their predictions are scaled towards the
mean, by a slope that is fitted on other rows, for students of 8 and of 31 leaves.
"""

import tempfile

import numpy as np
from _data import NAMES, load
from _models import boosting, distilled, folds
from _run import options
from _sweep import group, paired, shown, sweep
from few_rows import draw
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.metrics import get_scorer, log_loss

from skdistill.objectives import Response

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
LEAVES = {"binary": (8,), "multiclass": (8,), "regression": (8, 31)}
N_TRAIN, N_UNLABELED, N_PARTS = 400, 2_000, 5
SCORES = ("loss", "metric", "error")
NOTE = (
    "Loss: log-loss, or 1 - R2 in regression. Labels and raw: that of the student, "
    "mean over the draws. Differences are paired, mean ± standard error: of raw "
    "losses, and calibrated minus raw of loss and calibration error (less is better) "
    "and of the metric of the data set, area under the curve, accuracy or R2 (more is "
    "better). Calibration error: mean distance of confidence and accuracy over ten "
    'bins of equally many rows. Auto: loss with calibrate="auto" minus raw, and in '
    "which share of the draws it calibrates. U: rows without a label."
)


class Scaled(Response):
    """Scale a regressor's predictions towards their mean, as the labels ask for."""

    def task(self, loss, responses, labels, *args, labeled=None, **params):
        """Mix scaled responses and labels, see Response."""
        if responses is not None:
            known = np.isfinite(responses)
            rows = np.flatnonzero(known if labeled is None else known & labeled)
            responses = scaled(responses, labels, rows)
        return super().task(loss, responses, labels, *args, labeled=labeled, **params)


def scaled(predicted, y, rows):
    """Fit the line from predictions to labels of the other parts of the rows."""
    found, part = predicted.copy(), np.arange(len(rows)) % N_PARTS
    for number in range(N_PARTS):
        own, others = rows[part == number], rows[part != number]
        found[own] = np.polyval(np.polyfit(predicted[others], y[others], 1), found[own])
    return found


def scores_of(model, X, y, meta):
    """Loss, the metric of the set, and the calibration error."""
    metric = float(get_scorer(meta["metric"])(model, X, y))
    if meta["task"] == "regression":
        return {"loss": 1.0 - metric, "metric": metric, "error": np.nan}
    p = np.clip(model.predict_proba(X), 1e-15, None)
    p /= p.sum(axis=1, keepdims=True)
    right, sure = model.classes_[p.argmax(axis=1)] == y, p.max(axis=1)
    bins = np.array_split(np.argsort(sure), 10)
    gaps = [abs(sure[rows].mean() - right[rows].mean()) for rows in bins]
    return {
        "loss": log_loss(y, p, labels=model.classes_),
        "metric": metric,
        "error": float(np.mean(gaps)),
    }


def run_draw(folder, data, teacher, seed):
    """Score all students of one teacher on one draw of rows."""
    X, y, groups, meta = load(folder, data)
    regression = meta["task"] == "regression"
    y = y.astype(float) if regression else np.unique(y, return_inverse=True)[1]
    n_pool = min(N_TRAIN + N_UNLABELED, int(0.7 * len(y)))
    pool, test = draw(X, y, groups, meta, N_TRAIN, seed, n_pool)
    train, rest = pool[:N_TRAIN], X.iloc[pool[N_TRAIN:]]
    X_train, y_train = X.iloc[train], y[train]
    X_test, y_test = X.iloc[test][meta["regular"]], y[test]
    within = None if groups is None else groups[train]
    inner = folds(X_train, y_train, within, meta)
    model = boosting("hgb", "shipped", meta).set_params(**TEACHERS[teacher])
    objectives = {
        "raw": Response(),
        "calibrated": Scaled() if regression else Response(calibrate=True),
        "auto": Response(calibrate=False if regression else "auto"),
    }
    results = []
    with tempfile.TemporaryDirectory() as memory:
        for leaves in LEAVES[meta["task"]]:
            student = (LGBMRegressor if regression else LGBMClassifier)(
                num_leaves=leaves,
                n_jobs=1,
                random_state=0,
                deterministic=True,
                verbose=-1,
            )
            labels = distilled(model, student, meta, alpha=0.0).fit(X_train, y_train)
            task = {
                "data": data,
                "kind": "regression" if regression else "classes",
                "leaves": leaves,
                "teacher": teacher,
                "seed": seed,
                "labels": scores_of(labels, X_test, y_test, meta)["loss"],
            }
            for alpha in (0.5, 1.0):
                for unlabeled in (None, rest):
                    result = task | {"alpha": alpha, "U": unlabeled is not None}
                    for name, objective in objectives.items():
                        learnt = distilled(
                            model,
                            student,
                            meta,
                            cv=inner,
                            memory=memory,
                            alpha=alpha,
                            objective=objective,
                        )
                        params = {} if within is None else {"groups": within}
                        learnt.fit(X_train, y_train, X_unlabeled=unlabeled, **params)
                        found = scores_of(learnt, X_test, y_test, meta)
                        result |= {f"{name} {key}": found[key] for key in SCORES}
                    results.append(result | {"chosen": learnt.calibrated_})
    return results


def summary(rows):
    """Average the draws, or the draws of all sets."""
    names = ("data", "leaves", "teacher", "alpha", "U")
    row = {name: rows[0][name] for name in names} | {"draws": len(rows)}
    row["labels"] = f"{np.mean([r['labels'] for r in rows]):.3f}"
    row["raw"] = f"{np.mean([r['raw loss'] for r in rows]):.3f}"
    row["raw - raw overfit"] = shown(paired(rows, "raw loss", "overfit"))
    regression = rows[0]["kind"] == "regression"
    for score in SCORES[: 2 if regression else 3]:
        row[score] = shown(paired(rows, f"calibrated {score}", f"raw {score}"))
    if not regression:
        row["auto"] = shown(paired(rows, "auto loss", "raw loss"))
        row["chosen"] = f"{np.mean([r['chosen'] for r in rows]):.2f}"
    return row


def summarise(raw):
    """Return the table: of all sets together, then of each."""
    drawn = ("data", "leaves", "seed", "alpha", "U")
    overfit = {
        tuple(row[name] for name in drawn): row["raw loss"]
        for row in raw
        if row["teacher"] == "overfit"
    }
    raw = [
        row | {"overfit": overfit.get(tuple(row[n] for n in drawn), np.nan)}
        for row in raw
    ]
    together = [row | {"data": f"all, {row['kind']}"} for row in raw]
    key = ("data", "leaves", "teacher", "alpha", "U")
    return [summary(rows) for rows in (*group(together, key), *group(raw, key))]


def main():
    parser = options(__doc__, data=True, jobs=True, resumes=True)
    parser.add_argument("--sets", nargs="+", default=NAMES, choices=NAMES)
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
