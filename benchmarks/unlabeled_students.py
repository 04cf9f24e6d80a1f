"""Rows without labels for small students, self-training, and rows made from rows.

400 labelled rows and up to 4,000 without, as in `unlabeled.py`; a booster and a tree of
32 leaves as students, both regressors on probabilities or values, so that all ways
differ in their targets alone. "half": labels and out-of-fold predictions, half and
half. "half + U": as well as the rows without labels. "half + made": 5 perturbed copies
of each labelled row in their place, by ``n_perturbed=5``. "self-training":
SelfTrainingClassifier of scikit-learn on the student's columns, with U. Setting: a
teacher with privileged columns, or one with the student's columns and 300 trees of 31
leaves (compression).
"""

from tempfile import TemporaryDirectory

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

from skdistill import DistilledClassifier, DistilledRegressor

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
    "chosen on these runs; how far n_perturbed moves values was, on draws 0 and 1 of "
    "eight of the sets, among .03, .06 and .1 of the rows."
)


def run_draw(folder, data, n_labeled, seed):
    """Score all ways on one draw of rows."""
    X, y, groups, meta = load(folder, data)
    regression = meta["task"] == "regression"
    y = y if regression else np.unique(y, return_inverse=True)[1]
    pool, test = draw(X, y, groups, meta, n_labeled, seed, rows_in_pool(n_labeled, y))
    few, y_few = X.iloc[pool[:n_labeled]], y[pool[:n_labeled]].astype(float)
    U, X_test, regular = X.iloc[pool[n_labeled:]], X.iloc[test], meta["regular"]
    splits = list(KFold(5, shuffle=True, random_state=seed).split(few))
    results = []
    for setting in SETTINGS:
        seen = list(X) if setting == "privileged" else regular
        teacher = boosting("hgb", "small", meta)
        if setting == "compression":
            teacher.set_params(**{**LARGE, "learning_rate": 0.1})
        out_of_fold, of_U = np.empty(n_labeled), np.zeros(len(U))
        for train, held_out in splits:
            teacher.fit(few[seen].iloc[train], y_few[train])
            out_of_fold[held_out] = predict(teacher, few[seen].iloc[held_out])
            of_U += predict(teacher, U[seen]) / 5
        half = (y_few + out_of_fold) / 2
        targets = {
            "labels": (few, y_few),
            "half": (few, half),
            "half + U": (pd.concat([few, U]), np.append(half, of_U)),
        }
        made = fit_with_copies(teacher, few, y_few, meta, seen, splits, seed)
        for student in STUDENTS:
            row = {"data": data, "setting": setting, "student": student, "seed": seed}
            row["n_labeled"] = n_labeled
            for way, (rows, target) in targets.items():
                model = make_student(student, meta)
                row[way] = score(
                    model.fit(rows[regular], target), X_test, y[test], meta
                )
            row["half + made"] = score(made[student], X_test, y[test], meta)
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


def fit_with_copies(teacher, X, y, meta, seen, splits, seed):
    """Return the students of the package that learn from perturbed copies."""
    regression = meta["task"] == "regression"
    distilled = DistilledRegressor if regression else DistilledClassifier
    with TemporaryDirectory() as memory:  # Both students have the same teachers.
        return {
            student: distilled(
                teacher,
                make_student(student, meta),
                teacher_features=seen,
                student_features=meta["regular"],
                n_perturbed=N_COPIES,
                cv=splits,
                memory=memory,
                random_state=seed,
            )
            .fit(X, y)
            .student_
            for student in STUDENTS
        }


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
    parser.add_argument("--first", type=int, default=0, help="number of the first draw")
    args = parser.parse_args()
    args.sets = [n for n in choose_sets(args) if n not in MULTICLASS]
    n_labeled = 400
    if args.quick:
        args.sets, args.draws, n_labeled = args.sets[:1], 2, 200
    tasks = [
        {"data": name, "n_labeled": n_labeled, "seed": seed}
        for seed in range(args.first, args.first + args.draws)
        for name in args.sets
        if is_large_enough(name, n_labeled)
    ]
    key = ("data", "n_labeled", "seed")
    name = results_name("unlabeled_students", args)
    sweep(name, run_draw, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
