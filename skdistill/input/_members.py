"""What every kind of distillation checks of those who learn."""

from __future__ import annotations

from typing import Any

from sklearn.base import is_classifier, is_regressor
from sklearn.utils import get_tags


def check_many_outputs(member: Any, name: str, owner: str) -> None:
    """Raise if an estimator predicts one value where y has several."""
    if not get_tags(member).target_tags.multi_output:
        raise ValueError(
            f"y has several outputs, but the {name} of {owner}, "
            f"{type(member).__name__}, predicts one. Wrap it in "
            "sklearn.multioutput.MultiOutputRegressor."
        )


def check_member(member: Any, name: str, owner: str, kind: str) -> None:
    """Raise unless a member is a classifier with probabilities, or a regressor."""
    what = f"{name} of {owner}"
    shown = type(member).__name__
    if isinstance(member, type):
        raise TypeError(
            f"{what} must be an estimator, not its class; pass {member.__name__}()."
        )
    if not hasattr(member, "fit"):
        raise TypeError(f"{what} must be an estimator; got {member!r}.")
    if kind == "regression":
        if not is_regressor(member):
            said = "a classifier" if is_classifier(member) else "no regressor"
            raise ValueError(f"{what} must be a regressor; {shown} is {said}.")
        return
    if not is_classifier(member):
        said = "a regressor" if is_regressor(member) else "no classifier"
        raise ValueError(f"{what} must be a classifier; {shown} is {said}.")
    if not hasattr(member, "predict_proba"):
        raise ValueError(
            f"{what} must have predict_proba; {shown} has none. Wrap it in "
            "sklearn.calibration.CalibratedClassifierCV."
        )
