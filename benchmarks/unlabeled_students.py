"""Rows without labels for small students, self-training, and rows made from rows.

400 labelled rows and up to 4,000 without, as in `unlabeled.py`; a booster and a tree of
32 leaves as students, both regressors on probabilities or values, so that all ways
differ in their targets alone. "half": labels and out-of-fold predictions, half and
half. "half + U": as well as the rows without labels. "half + made": 5 perturbed copies
of each labelled row in their place (numbers moved by a tenth of their standard
deviation, one category of ten taken from another row), each predicted by the fold
teacher that has not seen its row. "self-training": SelfTrainingClassifier of
scikit-learn on the student's columns, with U. Setting: a teacher with privileged
columns, or one with the student's columns and 300 trees of 31 leaves (compression).
"""

import numpy as np
import pandas as pd
from _data import choose_sets, is_large_enough, load, results_name
from _models import boosting
from _run import options
from _sweep import group, paired, shown, sweep
from few_rows import draw
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from unlabeled import rows_in_pool

N_COPIES = 5
MULTICLASS = ("wine_grade", "thyroid", "digits_lowres")
SETTINGS = ("privileged", "compression")
STUDENTS = ("booster", "tree of 32 leaves")
WAYS = ("labels", "half", "half + U", "half + made", "self-training")
LARGE = {"max_iter": 300, "max_leaf_nodes": 31, "random_state": 0}
SMALL = {"max_iter": 100, "max_leaf_nodes": 8, "learning_rate": 0.05, "random_state": 0}
NOTE = (
    "ROC AUC (regression: R²) on up to 6,000 other rows, mean over the draws; "
    "differences are paired, mean ± standard error. The rules of the package were not "
    "chosen on these runs."
)


def run_draw(folder, data, n_labeled, seed):
    """Score all ways on one draw of rows."""
    X, y, groups, meta = load(folder, data)
    regression = meta["task"] == "regression"
    y = y if regression else np.unique(y, return_inverse=True)[1]
    pool, test = draw(X, y, groups, meta, n_labeled, seed, rows_in_pool(n_labeled, y))
    few, y_few = X.iloc[pool[:n_labeled]], y[pool[:n_labeled]].astype(float)
    U, X_test, regular = X.iloc[pool[n_labeled:]], X.iloc[test], meta["regular"]
    made, source = perturb(few, np.random.default_rng(seed))
    results = []
    for setting in SETTINGS:
        seen = list(X) if setting == "privileged" else regular
        teacher = boosting("hgb", "small", meta)
        if setting == "compression":
            teacher.set_params(**{**LARGE, "learning_rate": 0.1})
        out_of_fold, of_U = np.empty(n_labeled), np.zeros(len(U))
        of_made = np.empty(len(made))
        for train, held_out in KFold(5, shuffle=True, random_state=seed).split(few):
            teacher.fit(few[seen].iloc[train], y_few[train])
            out_of_fold[held_out] = predict(teacher, few[seen].iloc[held_out])
            of_U += predict(teacher, U[seen]) / 5
            copies = np.isin(source, held_out)
            of_made[copies] = predict(teacher, made[seen].iloc[copies])
        half = (y_few + out_of_fold) / 2
        targets = {
            "labels": (few, y_few),
            "half": (few, half),
            "half + U": (pd.concat([few, U]), np.append(half, of_U)),
            "half + made": (pd.concat([few, made]), np.append(half, of_made)),
        }
        for student in STUDENTS:
            row = {"data": data, "setting": setting, "student": student, "seed": seed}
            row["n_labeled"] = n_labeled
            for way, (rows, target) in targets.items():
                model = make_student(student, meta)
                row[way] = score(
                    model.fit(rows[regular], target), X_test, y[test], meta
                )
            row["self-training"] = None
            if meta["task"] == "binary":
                model = make_pipeline(
                    encoded(meta),
                    SelfTrainingClassifier(make_learner(student, "binary")),
                )
                marked = np.append(y_few.astype(int), np.full(len(U), -1))
                model.fit(pd.concat([few, U])[regular], marked)
                row["self-training"] = score(model, X_test, y[test], meta)
            results.append(row)
    return results


def make_student(name, meta):
    """Return an unfitted student on the regular columns."""
    return make_pipeline(encoded(meta), make_learner(name, "regression"))


def make_learner(name, task):
    """Return a learner of numbers."""
    if name == "booster":
        if task == "regression":
            return HistGradientBoostingRegressor(**SMALL)
        return HistGradientBoostingClassifier(**SMALL)
    kind = DecisionTreeRegressor if task == "regression" else DecisionTreeClassifier
    return kind(max_leaf_nodes=32, random_state=0)


def encoded(meta):
    """Return a transformer of categories into numbers, as self-training needs it."""
    texts = [column for column in meta["categorical"] if column in meta["regular"]]
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_column_transformer((encoder, texts), remainder="passthrough")


def predict(model, X):
    """Predict values, or probabilities of the second class."""
    if hasattr(model, "predict_proba"):
        return model.predict_proba(X)[:, 1]
    return model.predict(X)


def score(student, X, y, meta):
    """Score a student by ROC AUC or R²."""
    predicted = predict(student, X[meta["regular"]])
    return float(
        (r2_score if meta["task"] == "regression" else roc_auc_score)(y, predicted)
    )


def perturb(X, random):
    """Return `N_COPIES` perturbed copies of each row, and the row each comes from."""
    source = np.tile(np.arange(len(X)), N_COPIES)
    made = X.iloc[source].reset_index(drop=True)
    for column in made:
        values = made[column]
        if isinstance(values.dtype, pd.CategoricalDtype):
            others = X[column].iloc[random.integers(len(X), size=len(made))]
            swapped = random.random(len(made)) < 0.1
            made[column] = values.where(~swapped, others.to_numpy()).astype(
                values.dtype
            )
        else:
            noise = random.normal(0.0, 0.1 * X[column].std(), len(made))
            made[column] = values + noise
    return made, source


def summary(rows):
    """Average the draws of one data set, setting and student."""
    result = {key: rows[0][key] for key in ("data", "setting", "student")}
    result["labels given"] = rows[0]["n_labeled"]
    known = [way for way in WAYS if rows[0][way] is not None]
    for way in WAYS:
        mean = f"{np.mean([row[way] for row in rows]):.4f}" if way in known else ""
        result[way] = mean
    for one, other in (
        ("half + U", "half"),
        ("half + made", "half"),
        ("half + U", "labels"),
        ("self-training", "labels"),
    ):
        pair = shown(paired(rows, one, other)) if one in known else ""
        result[f"{one} - {other}"] = pair
    return result | {"draws": len(rows)}


def summarise(raw):
    """Return the table."""
    return [summary(rows) for rows in group(raw, ("setting", "student", "data"))]


def main():
    parser = options(__doc__, data=True, jobs=True, resumes=True)
    parser.add_argument("--sets", nargs="+", help="all with two classes or a number")
    parser.add_argument("--draws", type=int, default=10)
    args = parser.parse_args()
    args.sets = [n for n in choose_sets(args) if n not in MULTICLASS]
    n_labeled = 400
    if args.quick:
        args.sets, args.draws, n_labeled = args.sets[:1], 2, 200
    tasks = [
        {"data": name, "n_labeled": n_labeled, "seed": seed}
        for seed in range(args.draws)
        for name in args.sets
        if is_large_enough(name, n_labeled)
    ]
    key = ("data", "n_labeled", "seed")
    name = results_name("unlabeled_students", args)
    sweep(name, run_draw, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
