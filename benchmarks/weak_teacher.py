"""A teacher that is worse than its student: imitation hurts, correction does not.

As in Dao et al. (2021), the teacher is a forest of stumps, the students are forests of
10 trees, and both see all columns; 70/30 split, five of them. "corrected" is
Response(correction="auto"), which hands rows on which the teacher errs to the labels.
"""

import numpy as np
from _data import load, sample
from _models import folds, score
from _run import RULE, options
from _sweep import group, paired, shown, sweep
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.model_selection import train_test_split

from skdistill import DistilledClassifier
from skdistill.objectives import Response

SETS = ("adult", "credit", "support2", "oil", "flights", "wilms")
NOTE = (
    "Held-out ROC AUC, mean over the splits; differences are paired, mean ± standard "
    f"error. {RULE}"
)


def run_split(folder, data, seed, n_rows, n_trees):
    """Score teacher and students on one split."""
    X, y, groups, meta = load(folder, data)
    X, y, groups = sample(X, y, groups, n_rows, seed)
    for column in meta["categorical"]:
        X = X.assign(**{column: X[column].cat.codes})
    X = X.fillna(-1).to_numpy(dtype=np.float64)
    train, test = train_test_split(
        np.arange(len(y)), test_size=0.3, stratify=y, random_state=seed
    )
    X_train, y_train = X[train], y[train]
    within = None if groups is None else groups[train]
    inner = folds(X_train, y_train, within, meta)
    teacher = RandomForestClassifier(n_trees, max_depth=1, random_state=seed)
    student = RandomForestRegressor(10, random_state=seed)
    result = {"data": data, "seed": seed}
    result["teacher"] = score(teacher.fit(X_train, y_train), X[test], y[test], meta)
    settings = {
        "labels": {"alpha": 0.0},
        "imitation": {"alpha": 1.0},
        "half": {"alpha": 0.5},
        "corrected": {"alpha": 1.0, "objective": Response(correction="auto")},
        "auto alpha": {"alpha": "auto"},
    }
    for name, chosen in settings.items():
        model = DistilledClassifier(
            teacher, student, cv=inner, random_state=seed, **chosen
        ).fit(X_train, y_train)
        result[name] = score(model, X[test], y[test], meta)
        if name == "corrected":
            result["correction"] = model.correction_
    return [result]


def summary(rows):
    """Average the splits of one data set."""
    names = ("teacher", "labels", "imitation", "half", "corrected", "auto alpha")
    corrections = sorted(row["correction"] or 0.0 for row in rows)
    return {
        "data": rows[0]["data"],
        **{name: f"{np.mean([row[name] for row in rows]):.4f}" for name in names},
        "imitation - labels": shown(paired(rows, "imitation", "labels")),
        "corrected - labels": shown(paired(rows, "corrected", "labels")),
        "corrections": " ".join(f"{value:g}" for value in corrections),
    }


def summarise(raw):
    """Return the table."""
    return [summary(rows) for rows in group(raw, ("data",))]


def main():
    parser = options(__doc__, data="folder", jobs=True, resumes=True)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--rows", type=int, default=50_000, help="at most")
    parser.add_argument("--trees", type=int, default=200, help="of the teacher")
    args = parser.parse_args()
    if args.quick:
        args.sets, args.splits, args.rows, args.trees = args.sets[:2], 2, 2000, 20
    tasks = [
        {"data": name, "seed": seed, "n_rows": args.rows, "n_trees": args.trees}
        for name in args.sets
        for seed in range(args.splits)
    ]
    key = ("data", "seed")
    sweep("weak_teacher", run_split, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
