"""Which module reads the trees of which estimator.

A module has ``refuse(model)``, which says why a model cannot be exported, and
``read(model)``, which returns its `TreeEnsemble`. It is imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

from skdistill.export import _sklearn
from skdistill.input._boosters import is_booster, library


def reader(model: Any) -> ModuleType | None:
    """Return the module that reads the trees of a model; None if no module does."""
    if isinstance(model, _sklearn.READ_HERE):
        return _sklearn
    if is_booster(model):
        return import_module(f"skdistill.export._{library(model)}")
    return None
