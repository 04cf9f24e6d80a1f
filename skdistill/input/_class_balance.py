"""Estimators that balance classes by weight, and cannot where a class has none."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier


def divides_by_weight(estimator: Any) -> str | None:
    """Name what in an estimator divides by the weight of each class in y, if any.

    Forests of scikit-learn 1.9 do, unless each tree balances the rows that it draws.
    """
    if estimator is None:
        return None
    for part in (estimator, *estimator.get_params(deep=True).values()):
        if isinstance(part, (RandomForestClassifier, ExtraTreesClassifier)):
            balances = part.class_weight == "balanced"
            at_once = part.class_weight == "balanced_subsample" and not part.bootstrap
            if (balances or at_once) and _forests_divide():
                return f"class_weight={part.class_weight!r} of {type(part).__name__}"
    return None


@cache
def _forests_divide() -> bool:
    forest = ExtraTreesClassifier(1, class_weight="balanced")
    try:
        with config_context(enable_metadata_routing=False), np.errstate(all="ignore"):
            forest.fit([[0.0], [1.0]], [0, 1], sample_weight=[1.0, 0.0])
    except ValueError:
        return True
    return False
