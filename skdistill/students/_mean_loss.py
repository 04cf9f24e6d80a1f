"""Regressors whose loss has another optimum than the mean.

A quantile of a mixture of labels and predictions is no mixture of their quantiles, so
such a student learns the one or the other. Losses are recognised by their names, which
are much the same in all libraries.
"""

from __future__ import annotations

import re
from typing import Any

from sklearn.base import is_regressor

from skdistill.students._params import parts
from skdistill.students._task import Loss

_PARAMETERS = (
    "loss",
    "loss_function",
    "objective",
    "criterion",
    "objective_type",
    "app",
    "application",
)
_OTHER_OPTIMUM = re.compile(
    r"quantile|pinball|absolute|huber|epsilon_insensitive|expectile|log_?cosh|"
    r"squaredlogerror|median|^(s?mape|mae|lq|fair|regression_l1|l1)\b",
    re.IGNORECASE,
)
_QUANTILE = re.compile(r"quantile|pinball|expectile", re.IGNORECASE)
_OTHER_CLASSES = re.compile(r"Quantile|Huber|SVR$|PassiveAggressiveRegressor")


def other_optimum(student: Any) -> str | None:
    """Name what gives a regressor another optimum than the mean; None if nothing does.

    Parameters
    ----------
    student : regressor
        With all estimators inside it.
    """
    for part in parts(student).values():
        if not is_regressor(part):
            continue
        params = part.get_params(deep=False)
        for name in _PARAMETERS:
            value = params.get(name)
            if isinstance(value, str) and _OTHER_OPTIMUM.search(value):
                return f"{name}={value!r} of {type(part).__name__}"
        if _OTHER_CLASSES.search(type(part).__name__) and "loss" not in params:
            return type(part).__name__
    return None


def quantile_loss(teacher: Any) -> str | None:
    """Name what makes a regressor predict quantiles or expectiles; None if it does not.

    Medians and their like are close to the mean where errors are symmetric.
    """
    found = other_optimum(teacher)
    return found if found and _QUANTILE.search(found) else None


def check_mean_loss(student: Any, loss: Loss) -> None:
    """Refuse a mixture for a student whose loss has another optimum than the mean."""
    found = other_optimum(student)
    if found is None or (loss.alpha == 1.0 and loss.kind == "regression"):
        return
    remedy = (
        "Use alpha=1 with a teacher of the same loss, or a student with a squared loss."
        if loss.kind == "regression"
        else "Use a regressor with a squared loss, or a classifier."
    )
    shown = type(student).__name__
    why = "" if found == shown else f" ({found})"
    raise ValueError(
        f"alpha is {loss.alpha:g}, but the student {shown} does not learn a mean{why}, "
        f"which a mixture of labels and teacher predictions needs. {remedy}"
    )
