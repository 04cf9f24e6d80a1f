"""Metadata of `fit`: what reaches the teacher, the student and the splitter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray
from sklearn import get_config
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.validation import has_fit_parameter

from skdistill._boosters import final_step
from skdistill._teacher import weight_params


@dataclass(frozen=True)
class Routed:
    """Fit parameters by destination.

    Attributes
    ----------
    teacher : dict
        For the teacher's `fit`.
    student_weight : ndarray of shape (n_samples,) or None
        Row weights of the student.
    split : dict
        For the splitter's `split`.
    """

    teacher: dict[str, Any] = field(default_factory=dict)
    student_weight: NDArray | None = None
    split: dict[str, Any] = field(default_factory=dict)


def route_fit_params(
    estimator: Any,
    teacher: Any,
    student: Any,
    sample_weight: NDArray | None,
    params: Mapping[str, Any],
) -> Routed:
    """Send `sample_weight` and other metadata where they belong.

    Without metadata routing, weights go to teacher and student, and `groups` is the
    only other metadata. With it, teacher, student and splitter get what they request;
    a library that cannot request (CatBoost) gets the weights.

    Raises
    ------
    TypeError
        For metadata other than `groups` while routing is off.
    ValueError
        If weights were given that a sub-estimator cannot take.
    """
    owner = type(estimator).__name__
    if not get_config()["enable_metadata_routing"]:
        split = unrouted_split(params, owner)
        check_takes_weight(teacher, "teacher", owner, sample_weight)
        check_takes_weight(student, "student", owner, sample_weight)
        return Routed(weight_params(teacher, sample_weight), sample_weight, split)

    routed = routed_params(estimator, sample_weight, params)
    for_teacher = dict(routed["teacher"]["fit"])
    if not hasattr(teacher, "get_metadata_routing"):
        for_teacher |= weight_params(teacher, sample_weight)
    student_weight = routed["student"]["fit"].get("sample_weight")
    if not hasattr(final_step(student), "get_metadata_routing"):
        student_weight = sample_weight
    return Routed(for_teacher, student_weight, dict(routed["splitter"]["split"]))


def unrouted_split(params: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Return what `split` gets while metadata routing is off: `groups` at most."""
    unknown = sorted(set(params) - {"groups"})
    if unknown:
        raise TypeError(
            f"{owner}.fit got the unexpected parameters {unknown}. Pass them with "
            "metadata routing: sklearn.set_config(enable_metadata_routing=True)."
        )
    return {name: value for name, value in params.items() if value is not None}


def routed_params(
    estimator: Any, sample_weight: NDArray | None, params: Mapping[str, Any]
) -> Any:
    """Let scikit-learn route the metadata of `fit`, weights among them."""
    given = dict(params)
    if sample_weight is not None:
        given["sample_weight"] = sample_weight
    return process_routing(estimator, "fit", **given)


def check_takes_weight(
    estimator: Any, name: str, owner: str, sample_weight: NDArray | None
) -> None:
    """Raise if weights were given that an estimator's `fit` does not take."""
    model = final_step(estimator)
    searches = hasattr(model, "refit") and hasattr(model, "cv")
    if sample_weight is None or searches:
        return
    if not has_fit_parameter(model, "sample_weight"):
        raise ValueError(
            f"sample_weight was given to {owner}, but the fit of its {name} "
            f"{type(model).__name__} takes none. Leave the weights out, or choose a "
            f"{name} that takes them."
        )
