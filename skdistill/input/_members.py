"""What an estimator must be to be held by another: its kind, and what it predicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sklearn.base import is_classifier, is_regressor
from sklearn.ensemble import StackingClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skdistill.input._boosters import final_step, library
from skdistill.input._checks import clone_estimator, searched


def check_member(member: Any, name: str, owner: str, kind: str) -> None:
    """Raise unless a member is a classifier with probabilities, or a regressor."""
    what = f"{name} of {owner}"
    shown = type(member).__name__
    check_is_estimator(member, what)
    if kind == "regression":
        if not is_regressor(member):
            said = "a classifier" if is_classifier(member) else "no regressor"
            raise ValueError(f"{what} must be a regressor; {shown} is {said}.")
        return
    if not is_classifier(member):
        said = "a regressor" if is_regressor(member) else "no classifier"
        raise ValueError(f"{what} must be a classifier; {shown} is {said}.")
    if not may_have_probabilities(member):
        raise ValueError(
            f"{what} must have predict_proba; {shown} has none. Wrap it in "
            "sklearn.calibration.CalibratedClassifierCV."
        )


def check_is_estimator(member: Any, what: str) -> None:
    """Raise unless it is an estimator; `what` names it."""
    if isinstance(member, type):
        raise TypeError(
            f"{what} must be an estimator, not its class; pass {member.__name__}()."
        )
    if not hasattr(member, "fit"):
        raise TypeError(f"{what} must be an estimator; got {member!r}.")


def is_of_dask(estimator: Any) -> bool:
    """Tell whether an estimator is one of skdistill.dask."""
    return type(estimator).__module__.startswith("skdistill.dask.")


def check_many_outputs(member: Any, name: str, owner: str) -> None:
    """Raise if an estimator predicts one value where y has several."""
    if not get_tags(member).target_tags.multi_output:
        remedy = "Wrap it in sklearn.multioutput.MultiOutputRegressor."
        if library(member) == "catboost":
            remedy = "Set loss_function='MultiRMSE', which predicts them together."
        raise ValueError(
            f"y has several outputs, but the {name} of {owner}, "
            f"{type(member).__name__}, predicts one. {remedy}"
        )


def may_have_probabilities(estimator: Any) -> bool:
    """Tell whether an estimator has `predict_proba`, or may have it once it is fitted.

    A search has it if any of its candidates has, a stack if its final estimator has,
    which is LogisticRegression where none was given.
    """
    if hasattr(estimator, "predict_proba"):
        return True
    if not hasattr(type(estimator), "predict_proba"):
        return False
    if isinstance(estimator, StackingClassifier):
        final = estimator.final_estimator
        return final is None or may_have_probabilities(final)
    if isinstance(estimator, Pipeline):
        return may_have_probabilities(final_step(estimator))
    held = getattr(estimator, "estimator", None)
    return held is not None and any(map(may_have_probabilities, _tried(estimator)))


def _tried(search: Any) -> Iterator[Any]:
    """Yield what a search tries, one parameter changed at a time."""
    yield search.estimator
    for name, values in searched(search):
        for value in () if hasattr(values, "rvs") else values:
            yield clone_estimator(search.estimator).set_params(**{name: value})
