"""What every kind of distillation checks of those who learn."""

from __future__ import annotations

from typing import Any

from sklearn.base import is_classifier, is_regressor
from sklearn.utils import get_tags

from skdistill.objectives import Response


def check_objective(objective: Any, owner: str) -> Response:
    """Return the objective; it must be one that needs the responses only."""
    if isinstance(objective, str) and objective == "response":
        return Response()
    if not isinstance(objective, Response):
        raise ValueError(
            f"objective of {owner} must be 'response' or a Response from "
            f"skdistill.objectives, as responses are all that is exchanged; got "
            f"{objective!r}."
        )
    if isinstance(objective.correction, str):
        raise ValueError(
            f"correction of the objective of {owner} must be a number or None; got "
            f"{objective.correction!r}. DistilledClassifier and DistilledRegressor "
            "choose it."
        )
    return objective


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
