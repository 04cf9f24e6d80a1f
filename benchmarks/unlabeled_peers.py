"""Rows without labels: skdistill beside AutoGluon and SelfTrainingClassifier.

400 labelled rows and up to 4,000 without labels that have the privileged columns;
teacher and student are LightGBM of 100 trees with 8 leaves, scored on up to 6,000 other
rows that lack these columns. "AutoGluon": `distill(augmentation_data=U)` as documented;
its student keeps the privileged columns, which are missing in prediction. "AutoGluon,
expert": its teacher is bagged, and its student does without them by an undocumented
option.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
from _data import choose_sets, load, results_name
from _measure import in_process
from _models import distilled, score
from _run import RULE, options
from _sweep import group, paired, shown, sweep
from few_rows import draw
from lightgbm import LGBMClassifier, LGBMRegressor
from peers import install
from sklearn.base import clone
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.semi_supervised import SelfTrainingClassifier
from unlabeled import rows_in_pool

HERE = Path(__file__).parent
MODEL = {"n_estimators": 100, "num_leaves": 8, "learning_rate": 0.05}
N_LABELED = 400
SETS = ("wilms", "rotterdam", "cells", "crashes", "star", "loans", "ames", "pupils")
PEERS = {"AutoGluon": "documented", "AutoGluon, expert": "expert"}
NOTE = (
    "ROC AUC (regression: R²), mean over the draws; differences are paired, mean ± "
    "standard error. Self-training sees the student's columns, and knows no "
    f"regression. {RULE}"
)


def in_autogluon(way, python, meta, labeled, unlabeled, test):
    """Predict the test rows by AutoGluon."""
    with tempfile.TemporaryDirectory() as folder:
        for name, table in (
            ("labeled", labeled),
            ("unlabeled", unlabeled),
            ("test", test),
        ):
            table.to_csv(Path(folder, f"{name}.csv"), index=False)
        settings = {
            "privileged": [c for c in unlabeled if c not in meta["regular"]],
            "model": {"num_boost_round": MODEL["n_estimators"], **MODEL, "seed": 0},
            "task": meta["task"],
        }
        del settings["model"]["n_estimators"]
        Path(folder, "settings.json").write_text(json.dumps(settings))
        in_process(HERE / "_peer_unlabeled.py", way, folder, python=python)
        return np.load(Path(folder, "predicted.npy"))


def run_draw(folder, data, seed, python):
    """Score all ways on one draw of rows."""
    X, y, groups, meta = load(folder, data)
    for column in meta["categorical"]:
        X = X.assign(**{column: X[column].cat.codes})
    regression = meta["task"] == "regression"
    if not regression:
        y = np.unique(y, return_inverse=True)[1]
    n_pool = rows_in_pool(N_LABELED, y)
    pool, test = draw(X, y, groups, meta, N_LABELED, seed, n_pool)
    train, rest = X.iloc[pool[:N_LABELED]], X.iloc[pool[N_LABELED:]]
    y_train, regular = y[pool[:N_LABELED]], meta["regular"]
    X_test, y_test = X.iloc[test][regular], y[test]
    library = LGBMRegressor if regression else LGBMClassifier
    model = library(**MODEL, n_jobs=1, verbose=-1, random_state=0)
    metric = r2_score if regression else roc_auc_score
    held_out = (X_test, y_test, meta)
    auto = dict.fromkeys(("alpha", "privileged_weight", "unlabeled_weight"), "auto")
    labels = clone(model).fit(train[regular], y_train)
    row = {"data": data, "seed": seed, "labels": score(labels, *held_out)}
    for name, settings, U in (
        ("auto", auto, None),
        ("half + U", {}, rest),
        ("auto + U", auto, rest),
    ):
        fitted = distilled(model, model, meta, **settings)
        row[name] = score(fitted.fit(train, y_train, X_unlabeled=U), *held_out)
    if not regression:
        marked = np.append(y_train, np.full(len(rest), -1))
        fitted = SelfTrainingClassifier(clone(model)).fit(X.iloc[pool][regular], marked)
        row["self-training"] = score(fitted, *held_out)
    if python is not None:
        labeled = train.assign(y=y_train)
        for name, way in PEERS.items():
            found = in_autogluon(way, python, meta, labeled, rest, X_test)
            row[name] = float(metric(y_test, found))
    return [row]


def summarise(raw):
    """Return the table."""
    table = []
    for rows in group(raw, ("data",)):
        names = [name for name in rows[0] if name not in ("data", "seed")]
        cells = {name: f"{np.mean([row[name] for row in rows]):.4f}" for name in names}
        differences = {
            f"auto + U - {other}": shown(paired(rows, "auto + U", other))
            if other in names
            else ""
            for other in ("auto", "self-training", *PEERS)
        }
        table.append({"data": rows[0]["data"], **cells, **differences})
        table[-1].setdefault("self-training", "")
        table[-1]["draws"] = len(rows)
    columns = ["data", "labels", "auto", "half + U", "auto + U", "self-training"]
    columns += [name for name in PEERS if name in table[0]]
    columns += [name for name in table[0] if " - " in name] + ["draws"]
    return [{name: row[name] for name in columns} for row in table]


def main():
    parser = options(__doc__, data=True, jobs=True, resumes=True)
    parser.add_argument("--sets", nargs="+", help="eight public ones by default")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--environments", type=Path, help="where to keep AutoGluon's")
    args = parser.parse_args()
    args.sets = choose_sets(args) if args.sets else SETS
    if args.quick:
        args.sets, args.draws = ["wilms"], 1
    python = None
    with tempfile.TemporaryDirectory() as scratch:
        if not args.quick:
            python = str(install("autogluon", args.environments or Path(scratch)))
        args.environments = None  # A folder of this machine is nobody else's business.
        tasks = [
            {"data": name, "seed": seed, "python": python}
            for seed in range(args.draws)
            for name in args.sets
        ]
        key = ("data", "seed")
        name = results_name("unlabeled_peers", args)
        sweep(name, run_draw, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
