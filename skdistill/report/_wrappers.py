"""Pipelines and searches around ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn import get_config
from sklearn.pipeline import Pipeline

from skdistill.input._boosters import final_step
from skdistill.input._checks import clone_estimator, is_search
from skdistill.input._members import is_of_dask
from skdistill.input._meta_estimator import MetaEstimator

OWNER = "distillation_report"


def inner_estimator(estimator: Any) -> Any:
    """Return ours, from inside pipelines and searches, fitted where they are.

    Raises
    ------
    TypeError
        If there is none of ours.
    """
    inner = final_step(estimator)
    while is_search(inner):
        inner = final_step(getattr(inner, "best_estimator_", inner.estimator))
    if isinstance(inner, MetaEstimator):
        return inner
    got = type(estimator).__name__
    if got == "type":
        got = f"the class {estimator.__name__}; pass an instance"
    elif is_of_dask(inner):
        name = type(inner).__name__
        got = f"{name} of skdistill.dask; pass skdistill.{name} and rows in memory"
    raise TypeError(
        f"estimator of {OWNER} must be one of skdistill's, alone, as the last step of "
        f"a Pipeline or inside a search; got {got}."
    )


def transforms(estimator: Any, metadata: str) -> bool:
    """Tell whether all pipelines around ours treat metadata as they treat X."""
    while not isinstance(estimator, MetaEstimator):
        if isinstance(estimator, Pipeline):
            head = [step for _, step in estimator.steps[:-1]]
            changed = any(step not in (None, "passthrough") for step in head)
            if changed and metadata not in (estimator.transform_input or ()):
                return False
            estimator = estimator.steps[-1][1]
        else:
            estimator = estimator.estimator
    return True


def search_in(estimator: Any) -> Any:
    """Return the search around ours, alone or at the end of a pipeline, or None."""
    estimator = final_step(estimator)
    return estimator if is_search(estimator) else None


def without_search(estimator: Any) -> Any:
    """Copy a fitted estimator with the parameters that its search found."""
    if is_search(estimator):
        return without_search(estimator.best_estimator_)
    if isinstance(estimator, Pipeline):
        *head, (name, last) = estimator.steps
        head = [(step, clone_estimator(transform)) for step, transform in head]
        steps = [*head, (name, without_search(last))]
        return Pipeline(steps, transform_input=estimator.transform_input)
    return clone_estimator(estimator)


def nested_params(estimator: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Name metadata of `fit` so that it reaches ours through pipelines and searches."""
    params = dict(params)
    if get_config()["enable_metadata_routing"] or not params:
        return params
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        nested = nested_params(last, params)
        return {f"{name}__{key}": value for key, value in nested.items()}
    if is_search(estimator):
        groups = {"groups": params.pop("groups")} if "groups" in params else {}
        return groups | nested_params(estimator.estimator, params)
    return params
