"""Feature and relation objectives on real data: what they add to the response.

400 training rows, scored on up to 6,000 others. The teacher is a forest on all
columns, the students are a tree and a small forest on the regular ones; all imitate
half and half (alpha=0.5).
"""

import tempfile

import numpy as np
from _data import choose_sets, load, results_name
from _models import folds, score
from _run import options
from _sweep import group, paired, shown, sweep
from few_rows import draw
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeRegressor

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.objectives import Feature, Relation

STUDENTS = {
    "tree": DecisionTreeRegressor(max_leaf_nodes=16, min_samples_leaf=5),
    "forest": RandomForestRegressor(10, min_samples_leaf=5),
}
OBJECTIVES = {
    "response": "response",
    "feature": Feature(0.5),
    "distance": Relation(0.5, kind="distance"),
    "similarity": Relation(0.5, kind="similarity"),
    "both": [Feature(0.3), Relation(0.3)],
}
NOTE = (
    "Held-out score by the metric of each data set, mean over the draws; differences "
    "are paired, mean ± standard error."
)


def run_draw(folder, data, n_train, seed):
    """Score every objective with both students on one draw of training rows."""
    X, y, groups, meta = load(folder, data)
    for column in meta["categorical"]:
        X = X.assign(**{column: X[column].cat.codes})
    X = X.fillna(-1).astype(np.float64)
    pool, test = draw(X, y, groups, meta, n_train, seed)
    train, regular = pool[:n_train], meta["regular"]
    X_train, y_train, X_test, y_test = X.iloc[train], y[train], X.iloc[test], y[test]
    within = None if groups is None else groups[train]
    inner = folds(X_train, y_train, within, meta)
    regression = meta["task"] == "regression"
    forest = ExtraTreesRegressor if regression else ExtraTreesClassifier
    distilled = DistilledRegressor if regression else DistilledClassifier
    teacher = forest(100, min_samples_leaf=3, random_state=seed)
    bound = score(teacher.fit(X_train, y_train), X_test, y_test, meta)
    results = []
    with tempfile.TemporaryDirectory() as memory:
        for student in STUDENTS:
            result = {"data": data, "student": student, "n_train": n_train}
            result |= {"seed": seed, "teacher": bound}
            for name in ("labels", *OBJECTIVES):
                model = distilled(
                    teacher,
                    STUDENTS[student],
                    student_features=regular,
                    alpha=0.0 if name == "labels" else 0.5,
                    objective=OBJECTIVES.get(name, "response"),
                    cv=inner,
                    memory=memory,
                    random_state=seed,
                ).fit(X_train, y_train)
                result[name] = score(model, X_test[regular], y_test, meta)
            results.append(result)
    return results


def summary(rows):
    """Average the draws of one data set and student."""
    names = ("teacher", "labels", *OBJECTIVES)
    return {
        "data": rows[0]["data"],
        "student": rows[0]["student"],
        **{name: f"{np.mean([row[name] for row in rows]):.4f}" for name in names},
        **{
            f"{name} - response": shown(paired(rows, name, "response"))
            for name in ("labels", *list(OBJECTIVES)[1:])
        },
        "draws": len(rows),
    }


def summarise(raw):
    """Return the table."""
    return [summary(rows) for rows in group(raw, ("student", "data"))]


def main():
    parser = options(__doc__, data=True, jobs=True, resumes=True)
    parser.add_argument("--sets", nargs="+", help="all by default")
    parser.add_argument("--train", type=int, default=400)
    parser.add_argument("--draws", type=int, default=10)
    args = parser.parse_args()
    args.sets = choose_sets(args)
    if args.quick:
        args.sets, args.train, args.draws = args.sets[:1], 200, 2
    tasks = [
        {"data": name, "n_train": args.train, "seed": seed}
        for name in args.sets
        for seed in range(args.draws)
    ]
    key = ("data", "n_train", "seed")
    sweep(
        results_name("knowledge_real", args),
        run_draw,
        tasks,
        key,
        summarise,
        args,
        NOTE,
    )


if __name__ == "__main__":
    main()
