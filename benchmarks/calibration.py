"""Response(calibrate=...): a teacher that is too sure of itself, made less sure.

400 labelled rows, scored on up to 6,000 others; the student sees the regular columns
only. Teachers: "overfit" (300 rounds of up to 31 leaves), "stopped" (the same with
scikit-learn's own early_stopping, on rows that are held out within each training fold)
and "regularised". Each student learns raw and calibrated predictions of the same fold
teachers, with and without up to 4,000 rows without a label, and with alpha .5 what
calibrate="auto" chooses.

`--about students`: students that average over predictions to a different degree,
without such rows, and what calibrate="auto" adds to alpha="auto". `--about regression`:
a slope for regressors, of these teachers, 1-NN and a forest without bagging.
"""

import tempfile

import numpy as np
from _data import NAMES, load
from _models import boosting, distilled, folds
from _run import options
from _sweep import group, paired, shown, sweep
from few_rows import draw
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer, log_loss
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skdistill.objectives import Response

REGRESSION = ("abalone", "pm25", "ames", "diamonds")
CLASSES = tuple(name for name in NAMES if name not in REGRESSION)
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
BOOSTED = {"n_jobs": 1, "random_state": 0, "deterministic": True, "verbose": -1}
STUDENT = LGBMClassifier(num_leaves=8, **BOOSTED)
REGRESSOR = LGBMRegressor(num_leaves=8, **BOOSTED)
N_TRAIN, N_UNLABELED = 400, 4_000
WAYS = {"raw": False, "calibrated": True, "auto": "auto"}
SCORES = ("loss", "metric", "error")
NOTE = (
    "Loss: log-loss, or 1 - R2 in regression, of the student; labels and raw are means "
    "over the draws. Differences are paired, mean ± standard error: of raw losses, and "
    "calibrated minus raw of loss and calibration error (less is better) and of the "
    "metric of the data set, area under the curve, accuracy or R2 (more is better). "
    "Calibration error: mean distance of confidence and accuracy over ten bins of "
    "equally many rows. Harmed: share of draws in which the loss rises by more than "
    '.005. Auto: loss with calibrate="auto" minus raw, and the share of draws in which '
    "it calibrates; labels alone are in its running, too. U: rows without a label. The "
    "first rows are of all sets of classification, and of all of regression."
)


def scores_of(model, X, y, meta):
    """Loss, the metric of the set, and the calibration error."""
    if meta["task"] == "regression":
        r2 = float(model.score(X, y))
        return {"loss": 1.0 - r2, "metric": r2, "error": np.nan}
    p = np.clip(model.predict_proba(X), 1e-15, None)
    p /= p.sum(axis=1, keepdims=True)
    right, sure = model.classes_[p.argmax(axis=1)] == y, p.max(axis=1)
    bins = np.array_split(np.argsort(sure), 10)
    gaps = [abs(sure[rows].mean() - right[rows].mean()) for rows in bins]
    metric = get_scorer(meta["metric"])(model, X, y)
    return {
        "loss": log_loss(y, p, labels=model.classes_),
        "metric": float(metric),
        "error": float(np.mean(gaps)),
    }


def on_numbers(model):
    """Let a model take categories and missing values."""
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    category = make_column_selector(dtype_include="category")
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", max_categories=10), category),
        (numbers, make_column_selector(dtype_exclude="category")),
    )
    return make_pipeline(columns, model)


STUDENTS = {
    "boosted": STUDENT,
    "linear": on_numbers(LogisticRegression(max_iter=300)),
    "tree of 8 leaves": on_numbers(
        DecisionTreeClassifier(max_leaf_nodes=8, random_state=0)
    ),
}
REGRESSORS = {
    "boosted, 8 leaves": REGRESSOR,
    "boosted, 31 leaves": LGBMRegressor(**BOOSTED),
    "linear": on_numbers(Ridge()),
}
SURE_REGRESSORS = {
    "1-NN": on_numbers(KNeighborsRegressor(1)),
    "forest": on_numbers(RandomForestRegressor(30, bootstrap=False, random_state=0)),
}
OF_STUDENTS = (
    "Loss: log-loss, or 1 - R2 in regression, of the student; labels and raw are means "
    "over the draws, the others paired differences, mean ± standard error. Calibrated: "
    'minus raw; where alpha is "auto", calibrate="auto" minus calibrate=False. Harmed: '
    "share of draws in which that is more than .005. Chosen: in which it calibrates."
)


def run_students(folder, data, teacher, seed):
    """Score different students of one teacher on one draw of rows."""
    public = data in REGRESSION and data not in NAMES
    X, y, groups, meta = load(None if public else folder, data)
    regression = meta["task"] == "regression"
    y = y.astype(float) if regression else np.unique(y, return_inverse=True)[1]
    train, test = draw(X, y, groups, meta, N_TRAIN, seed, N_TRAIN)
    X_train, y_train = X.iloc[train], y[train]
    X_test, y_test = X.iloc[test][meta["regular"]], y[test]
    inner = folds(X_train, y_train, None if groups is None else groups[train], meta)
    model = SURE_REGRESSORS.get(teacher)
    if model is None:
        model = boosting("hgb", "shipped", meta).set_params(**TEACHERS[teacher])
    results = []
    with tempfile.TemporaryDirectory() as memory:
        for name, student in (REGRESSORS if regression else STUDENTS).items():

            def loss(alpha, calibrate, student=student):
                learnt = distilled(
                    model,
                    student,
                    meta,
                    cv=inner,
                    memory=memory,
                    alpha=alpha,
                    objective=Response(calibrate=calibrate),
                ).fit(X_train, y_train)
                return scores_of(learnt, X_test, y_test, meta)["loss"], learnt

            labels = loss(0.0, False)[0]
            for alpha in (0.5, 1.0, "auto"):
                raw, _ = loss(alpha, False)
                calibrated, learnt = loss(alpha, "auto" if alpha == "auto" else True)
                about = {"data": data, "teacher": teacher, "seed": seed}
                about |= {"student": name, "alpha": alpha, "labels": labels}
                found = {"raw": raw, "calibrated": calibrated}
                results.append(about | found | {"chosen": learnt.calibrated_})
    return results


def summarise_students(raw):
    """Return the table: of all sets together, then of each."""
    rows = []
    key = ("data", "student", "teacher", "alpha")
    together = [row | {"data": "all"} for row in raw]
    for drawn in (*group(together, key), *group(raw, key)):
        row = {name: drawn[0][name] for name in key} | {"draws": len(drawn)}
        row["labels"] = f"{np.mean([r['labels'] for r in drawn]):.3f}"
        row["raw"] = f"{np.mean([r['raw'] for r in drawn]):.3f}"
        row["raw - labels"] = shown(paired(drawn, "raw", "labels"))
        row["calibrated"] = shown(paired(drawn, "calibrated", "raw"))
        harmed = [r["calibrated"] > r["raw"] + 0.005 for r in drawn]
        row["harmed"] = f"{np.mean(harmed):.2f}"
        row["chosen"] = f"{np.mean([r['chosen'] for r in drawn]):.2f}"
        rows.append(row)
    return rows


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
    student = REGRESSOR if regression else STUDENT
    task = {"data": data, "teacher": teacher, "seed": seed}
    task["task"] = "regression" if regression else "classification"
    labels = distilled(model, student, meta, alpha=0.0).fit(X_train, y_train)
    task["labels"] = scores_of(labels, X_test, y_test, meta)["loss"]
    results = []
    with tempfile.TemporaryDirectory() as memory:
        for alpha in (0.5, 1.0):
            for unlabeled in (None, rest):
                result = task | {"alpha": alpha, "U": unlabeled is not None}
                for name, calibrate in WAYS.items():
                    if calibrate == "auto" and alpha == 1.0:
                        continue  # It costs ten more students.
                    learnt = distilled(
                        model,
                        student,
                        meta,
                        cv=inner,
                        memory=memory,
                        alpha=alpha,
                        objective=Response(calibrate=calibrate),
                    ).fit(X_train, y_train, X_unlabeled=unlabeled)
                    found = scores_of(learnt, X_test, y_test, meta)
                    result |= {f"{name} {key}": found[key] for key in SCORES}
                results.append(result | {"chosen": learnt.calibrated_})
    return results


def summary(rows):
    """Average the draws, or the draws of all sets."""
    names = ("data", "teacher", "alpha", "U")
    row = {name: rows[0][name] for name in names} | {"draws": len(rows)}
    row["labels"] = f"{np.mean([r['labels'] for r in rows]):.3f}"
    row["raw"] = f"{np.mean([r['raw loss'] for r in rows]):.3f}"
    row["raw - raw overfit"] = shown(paired(rows, "raw loss", "overfit"))
    for score in SCORES:
        row[score] = shown(paired(rows, f"calibrated {score}", f"raw {score}"))
    if rows[0]["task"] == "regression":
        row["error"] = ""
    harmed = [r["calibrated loss"] > r["raw loss"] + 0.005 for r in rows]
    row["harmed"] = f"{np.mean(harmed):.2f}"
    if "auto loss" in rows[0]:
        row["auto"] = shown(paired(rows, "auto loss", "raw loss"))
        row["calibrates"] = f"{np.mean([r['chosen'] for r in rows]):.2f}"
    return row


def summarise(raw):
    """Return the table: of all sets together, then of each."""
    drawn = ("data", "seed", "alpha", "U")
    overfit = {
        tuple(row[name] for name in drawn): row["raw loss"]
        for row in raw
        if row["teacher"] == "overfit"
    }
    raw = [
        row | {"overfit": overfit.get(tuple(row[n] for n in drawn), np.nan)}
        for row in raw
    ]
    together = [row | {"data": row["task"]} for row in raw]
    key = ("data", "teacher", "alpha", "U")
    return [summary(rows) for rows in (*group(together, key), *group(raw, key))]


ABOUT = {
    "rows": ("calibration", NAMES, TEACHERS, run_draw, summarise, NOTE),
    "students": (
        *("calibration_students", CLASSES, ("overfit", "stopped")),
        *(run_students, summarise_students, OF_STUDENTS),
    ),
    "regression": (
        *("calibration_regression", REGRESSION, ("1-NN", "forest", *TEACHERS)),
        *(run_students, summarise_students, OF_STUDENTS),
    ),
}


def main():
    parser = options(__doc__, data=True, jobs=True, resumes=True)
    parser.add_argument("--about", default="rows", choices=ABOUT)
    parser.add_argument("--sets", nargs="+", choices=CLASSES + REGRESSION)
    parser.add_argument("--draws", type=int, default=4)
    args = parser.parse_args()
    name, sets, teachers, run, summarise_run, note = ABOUT[args.about]
    args.sets = args.sets or sets
    if args.quick:
        args.sets, teachers, args.draws = args.sets[:1], tuple(teachers)[-1:], 1
    tasks = [
        {"data": data, "teacher": teacher, "seed": seed}
        for seed in range(args.draws)
        for data in args.sets
        for teacher in teachers
    ]
    key = ("data", "teacher", "seed")
    sweep(name, run, tasks, key, summarise_run, args, note)


if __name__ == "__main__":
    main()
