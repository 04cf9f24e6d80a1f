"""Boosted teachers and students for the real data sets, and how they are scored."""

from __future__ import annotations

from catboost import CatBoostClassifier, CatBoostRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
)
from xgboost import XGBClassifier, XGBRegressor

from skdistill import DistilledClassifier, DistilledRegressor

LIBRARIES = ("hgb", "catboost")  # and "xgboost", for a few

# "shipped" is the library's own choice. CatBoost's 1,000 trees would take days in the
# long runs: "200 trees" leaves it all other choices, such as the learning rate that it
# derives from their number. "regularised" learns more slowly with smaller trees,
# "small" is for few rows.
SIZES = {
    ("hgb", "shipped"): {},
    ("hgb", "regularised"): {
        "learning_rate": 0.05,
        "max_leaf_nodes": 8,
        "min_samples_leaf": 40,
    },
    ("hgb", "small"): {"learning_rate": 0.05, "max_leaf_nodes": 8},
    ("catboost", "shipped"): {},
    ("catboost", "200 trees"): {"iterations": 200},
    ("catboost", "regularised"): {
        "iterations": 200,
        "learning_rate": 0.05,
        "depth": 4,
        "l2_leaf_reg": 10,
    },
    ("catboost", "small"): {"iterations": 100, "learning_rate": 0.1, "depth": 4},
    ("xgboost", "small"): {"n_estimators": 100, "learning_rate": 0.05, "max_depth": 3},
}


def boosting(library: str, size: str, meta: dict):
    """Return a boosted model for a data set.

    Parameters
    ----------
    library : {"hgb", "catboost", "xgboost"}
    size : str
        See `SIZES`.
    meta : dict
        Of the data set, see `_data.load`.
    """
    regression = meta["task"] == "regression"
    settings = SIZES[library, size]
    if library == "hgb":
        # Frames carry their categories, which the model takes as such.
        model = (
            HistGradientBoostingRegressor
            if regression
            else HistGradientBoostingClassifier
        )
        return model(random_state=0, **settings)
    if library == "xgboost":
        model = XGBRegressor if regression else XGBClassifier
        return model(enable_categorical=True, n_jobs=1, random_state=0, **settings)
    model = CatBoostRegressor if regression else CatBoostClassifier
    return model(
        cat_features=list(meta["categorical"]) or None,
        random_seed=0,
        thread_count=1,
        verbose=0,
        allow_writing_files=False,
        **settings,
    )


def distilled(teacher, student, meta: dict, **settings):
    """Return the distilled model: the student sees the regular columns only."""
    model = DistilledRegressor if meta["task"] == "regression" else DistilledClassifier
    settings = {"student_features": meta["regular"], **settings}
    return model(teacher, student, random_state=0, **settings)


def folds(X, y, groups, meta: dict, *, n_splits: int = 5, seed: int = 0):
    """Return splits: stratified by class, and no group on both sides."""
    stratified = meta["task"] != "regression"
    if groups is None:
        splitter = StratifiedKFold if stratified else KFold
    else:
        splitter = StratifiedGroupKFold if stratified else GroupKFold
    splitter = splitter(n_splits, shuffle=True, random_state=seed)
    return list(splitter.split(X, y, groups))


def score(model, X, y, meta: dict) -> float:
    """Score a fitted model by the metric of the data set; more is better."""
    return float(get_scorer(meta["metric"])(model, X, y))
