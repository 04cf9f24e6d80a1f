"""Peers of three libraries: do they gain from teaching each other while they learn.

XGBoost, CatBoost and HistGradientBoosting, 300 trees each, as their libraries ship
them, but with one-hot categories in CatBoost, which otherwise cannot continue its
training. Five outer folds (whole groups where the data has them), regular columns
only. Compared: each one alone and their plain average; online, with in-sample and with
out-of-fold exchange; offline, each one a student of that average.
"""

import tempfile
import time

import numpy as np
from _data import load, sample
from _models import folds, score
from _run import options
from _sweep import group, paired, shown, sweep
from catboost import CatBoostClassifier, CatBoostRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from xgboost import XGBClassifier, XGBRegressor

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledClassifier,
    MutualDistilledRegressor,
)

SETS = ("wilms", "abalone", "support2", "credit", "wine_grade", "adult")
PEERS = ("xgb", "cat", "hist")
WAYS = ("alone", "online", "online, 3 folds", "offline")
N_TREES = 300
NOTE = (
    "Held-out score by the metric of each data set; differences are paired over the "
    "folds, mean ± standard error. Alone, mean: the plain average of the three. Time: "
    "CPU seconds of a fit over those of fitting the three by themselves, one thread, "
    "on all folds of a set added up."
)
TIMED_SETS = ("adult", "support2", "wine_grade", "pm25")
TIMED = ((2000, 100), (2000, 300), (8000, 100), (8000, 300))
TIMED_NOTE = (
    "CPU seconds, one thread, least of 3 fits: of the three boosters fitted by "
    "themselves, and of the online fit, on at most so many rows."
)


def make_peers(meta: dict, n_trees: int = N_TREES):
    """Return the three boosters."""
    regression = meta["task"] == "regression"
    categories = [name for name in meta["categorical"] if name in meta["regular"]]
    xgb = XGBRegressor if regression else XGBClassifier
    cat = CatBoostRegressor if regression else CatBoostClassifier
    hist = (
        HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    )
    return [
        ("xgb", xgb(n_estimators=n_trees, enable_categorical=True, n_jobs=1)),
        (
            "cat",
            cat(
                iterations=n_trees,
                cat_features=categories,
                one_hot_max_size=255,
                thread_count=1,
                verbose=0,
                allow_writing_files=False,
            ),
        ),
        ("hist", hist(max_iter=n_trees, early_stopping=False, random_state=0)),
    ]


def timed_fit(model, X, y):
    """Fit a model; return it and the CPU seconds."""
    start = time.process_time()
    return model.fit(X, y), time.process_time() - start


def run_fold(folder, data, fold, n_rows):
    """Score all ways on one outer fold."""
    X, y, groups, meta = load(folder, data)
    regression = meta["task"] == "regression"
    if not regression:
        y = np.unique(y, return_inverse=True)[1]
    X, y, groups = sample(X[meta["regular"]], y, groups, n_rows, seed=0)
    train, test = folds(X, y, groups, meta)[fold]
    X_train, y_train, X_test, y_test = X.iloc[train], y[train], X.iloc[test], y[test]
    within = None if groups is None else groups[train]
    mutual = MutualDistilledRegressor if regression else MutualDistilledClassifier
    offline = DistilledRegressor if regression else DistilledClassifier
    peers = make_peers(meta)
    result = {"data": data, "fold": fold, "n_rows": n_rows}
    ways = {
        "alone": mutual(peers, alpha=0.0),
        "online": mutual(peers),
        "online, 3 folds": mutual(
            peers, cv=folds(X_train, y_train, within, meta, n_splits=3, seed=1)
        ),
    }
    ways["alone"].fit(X_train[:200], y_train[:200])  # Libraries load at the first fit.
    alone = sum(timed_fit(peer, X_train, y_train)[1] for _, peer in make_peers(meta))
    for way, model in ways.items():
        model, seconds = timed_fit(model, X_train, y_train)
        result[f"{way}, seconds"] = alone if way == "alone" else seconds
        for name in PEERS:
            peer = model.named_peers_[name]
            result[f"{way}, {name}"] = score(peer, X_test, y_test, meta)
        result[f"{way}, mean"] = score(model, X_test, y_test, meta)
    inner = folds(X_train, y_train, within, meta, seed=1)
    students, seconds = [], 0.0
    with tempfile.TemporaryDirectory() as memory:
        for name, peer in peers:
            model = offline(ways["alone"], peer, cv=inner, memory=memory)
            model, spent = timed_fit(model, X_train, y_train)
            seconds += spent
            result[f"offline, {name}"] = score(model, X_test, y_test, meta)
            students.append(model)
    result["offline, seconds"] = seconds
    result["offline, mean"] = score(Mean(students), X_test, y_test, meta)
    return [result]


def run_times(folder, data, n_rows, n_trees):
    """Time the three boosters by themselves and online, on all rows."""
    X, y, groups, meta = load(folder, data)
    mutual = MutualDistilledRegressor
    if meta["task"] != "regression":
        mutual, y = MutualDistilledClassifier, np.unique(y, return_inverse=True)[1]
    X, y, _ = sample(X[meta["regular"]], y, groups, n_rows, seed=0)
    mutual(make_peers(meta, 10)).fit(X[:200], y[:200])
    alone, online = [], []
    for _ in range(3):
        peers = make_peers(meta, n_trees)
        online.append(timed_fit(mutual(peers), X, y)[1])
        alone.append(sum(timed_fit(peer, X, y)[1] for _, peer in peers))
    return [
        {
            "data": data,
            "n_rows": n_rows,
            "n_trees": n_trees,
            "rows": len(y),
            "alone": min(alone),
            "online": min(online),
        }
    ]


def summarise_times(raw):
    """Return the table of times."""
    return [
        {
            "data": row["data"],
            "rows": row["rows"],
            "trees": row["n_trees"],
            "alone": f"{row['alone']:.2f}",
            "online": f"{row['online']:.2f}",
            "online / alone": f"{row['online'] / row['alone']:.2f}",
        }
        for row in raw
    ]


class Mean:
    """What the mean of fitted models predicts, for a scorer."""

    def __init__(self, models):
        self.models = models
        self._estimator_type = getattr(models[0], "_estimator_type", None)

    def __sklearn_tags__(self):
        return self.models[0].__sklearn_tags__()

    @property
    def classes_(self):
        """Labels, where there are any."""
        return self.models[0].classes_

    def predict(self, X):
        """Predict values or the most probable label."""
        if hasattr(self.models[0], "classes_"):
            return self.classes_[self.predict_proba(X).argmax(axis=1)]
        return np.mean([model.predict(X) for model in self.models], axis=0)

    def predict_proba(self, X):
        """Predict the mean probabilities."""
        return np.mean([model.predict_proba(X) for model in self.models], axis=0)


def summary(rows, who):
    """Average the folds of one data set, for one peer or for the mean."""
    mean = {way: np.mean([row[f"{way}, {who}"] for row in rows]) for way in WAYS}
    line = {"data": rows[0]["data"], "model": who}
    line |= {way: f"{value:.4f}" for way, value in mean.items()}
    for way in WAYS[1:]:
        line[f"{way} - alone"] = shown(paired(rows, f"{way}, {who}", f"alone, {who}"))
    line["online - average"] = shown(paired(rows, f"online, {who}", "alone, mean"))
    line["online - offline"] = shown(paired(rows, f"online, {who}", f"offline, {who}"))
    return line


def summarise(raw):
    """Return the table: for each set its peers, their mean, and the time."""
    lines = []
    for rows in group(raw, ("data",)):
        lines += [summary(rows, who) for who in (*PEERS, "mean")]
        spent = {way: sum(row[f"{way}, seconds"] for row in rows) for way in WAYS}
        lines.append(
            {
                "data": rows[0]["data"],
                "model": "time",
                **{way: f"{spent[way] / spent['alone']:.2f}" for way in WAYS},
            }
        )
    return lines


def main():
    parser = options(__doc__, data="folder", jobs=True, resumes=True)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--rows", type=int, default=2000, help="of each set, at most")
    args = parser.parse_args()
    sets, n_folds = (args.sets[:2], 2) if args.quick else (args.sets, 5)
    tasks = [
        {"data": name, "fold": fold, "n_rows": 600 if args.quick else args.rows}
        for name in sets
        for fold in range(n_folds)
    ]
    key = ("data", "fold", "n_rows")
    sweep("mutual_distillation", run_fold, tasks, key, summarise, args, NOTE)
    tasks = [
        {"data": name, "n_rows": n_rows, "n_trees": n_trees}
        for name in TIMED_SETS[: 1 if args.quick else None]
        for n_rows, n_trees in TIMED[: 1 if args.quick else None]
    ]
    key, note = ("data", "n_rows", "n_trees"), TIMED_NOTE
    sweep("mutual_times", run_times, tasks, key, summarise_times, args, note)


if __name__ == "__main__":
    main()
