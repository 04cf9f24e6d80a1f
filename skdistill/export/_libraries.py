"""Which module reads the trees of which estimator.

A module has ``refuse(model)``, which says why a model cannot be exported, and
``read(model)``, which returns its `TreeEnsemble`. It is imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdistill.input._boosters import library

HISTOGRAM = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
_FORESTS = (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
)
_MODULES = {
    "xgboost": "skdistill.export._xgboost",
    "lightgbm": "skdistill.export._lightgbm",
    "catboost": "skdistill.export._catboost",
}


def reader(model: Any) -> ModuleType | None:
    """Return the module that reads the trees of a model; None if no module does."""
    if isinstance(model, HISTOGRAM):
        return import_module("skdistill.export._histogram")
    if isinstance(model, _FORESTS):
        return import_module("skdistill.export._forests")
    name = _MODULES.get(library(model))
    return None if name is None else import_module(name)
