"""Metadata of `fit`: what reaches those who learn, and the splitters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray
from sklearn import get_config
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.validation import has_fit_parameter

from skdistill.input._boosters import final_step
from skdistill.input._checks import is_search

# They take `sample_weight` as one of **fit_params, for all that they hold.
_ENSEMBLES = (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)


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
        For `split`, of the teachers' and of the students' folds.
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

    The student is a member as in `route_members`; the teacher, which learns from
    labels, gets whatever it requests. It is None where soft targets exist already.

    Raises
    ------
    TypeError
        As `route_members`.
    ValueError
        If weights were given that a sub-estimator cannot take, or groups where the
        teacher leaves rows out of its own accord.
    """
    owner = type(estimator).__name__
    if teacher is None:
        for_teacher = {}
    elif get_config()["enable_metadata_routing"]:
        routed = routed_params(estimator, sample_weight, params)
        for_teacher = dict(routed["teacher"]["fit"])
        if not hasattr(teacher, "get_metadata_routing"):
            for_teacher |= weight_params(teacher, sample_weight)
    else:
        check_takes_weight(teacher, "teacher", owner, sample_weight)
        for_teacher = weight_params(teacher, sample_weight)
    members = {"student": student}
    weights, split = route_members(estimator, members, sample_weight, params)
    if "groups" in split and isinstance(estimator.cv, str) and estimator.cv == "oob":
        raise ValueError(
            f"groups were given to {owner}, but its cv is 'oob': the members of the "
            "teacher leave out rows, not groups, and predict rows of groups that they "
            "saw. Use folds of groups, as cv=GroupKFold(), or leave the groups out."
        )
    return Routed(for_teacher, weights["student"], split)


def route_members(
    estimator: Any,
    members: Mapping[str, Any],
    sample_weight: NDArray | None,
    params: Mapping[str, Any],
) -> tuple[dict[str, NDArray | None], dict[str, Any]]:
    """Send row weights to the members and other metadata to the splitters.

    Members learn from soft targets. Without metadata routing, weights go to every
    member, and `groups` is the only other metadata. With it, each gets the weights if
    it requests them, a pipeline if its last step does; a library that cannot request
    (CatBoost) gets them.

    Parameters
    ----------
    estimator : estimator
        Whose `get_metadata_routing` names the members, the "splitter" and, if it has
        one, the "student_splitter".
    members : mapping of str to estimator
        By their names in the routing.
    sample_weight : ndarray of shape (n_samples,) or None
        Row weights.
    params : mapping
        Other metadata of `fit`.

    Returns
    -------
    weights : dict of str to ndarray or None
        Row weights of each member.
    split : dict
        For `split`.

    Raises
    ------
    TypeError
        For metadata other than `groups` while routing is off, and for metadata that a
        member requests but `sample_weight` of its last step: soft targets come with
        weights only.
    ValueError
        If weights were given that a member cannot take.
    """
    owner = type(estimator).__name__
    if not get_config()["enable_metadata_routing"]:
        split = unrouted_split(params, owner)
        for name, member in members.items():
            check_takes_weight(member, name, owner, sample_weight)
        return dict.fromkeys(members, sample_weight), split

    routed = routed_params(estimator, sample_weight, params)
    weights = {}
    for name, member in members.items():
        what = f"{name} of {owner}"
        requested = _requested_by_last_step(member, routed[name]["fit"], what)
        weights[name] = requested.pop("sample_weight", None)
        if requested:
            raise TypeError(
                f"{what} requests {sorted(requested)} in fit; soft targets can be "
                "learnt with sample_weight only. Withdraw the request."
            )
        if not hasattr(final_step(member), "get_metadata_routing"):
            weights[name] = sample_weight
    split = {}
    for name in ("splitter", "student_splitter"):
        split |= routed.get(name, {}).get("split", {})
    return weights, split


def member_params(member: Any, weight: NDArray | None) -> dict[str, Any]:
    """Fit parameters that carry row weights to a member that learns from labels."""
    if weight is not None and get_config()["enable_metadata_routing"]:
        return {"sample_weight": weight}  # Pipelines hand it on by themselves.
    return weight_params(member, weight)


def _requested_by_last_step(member, requested, what):
    """Metadata that the last step of a pipeline requests; the others get none."""
    while isinstance(member, Pipeline):
        routed = process_routing(member, "fit", **requested)
        *head, (last, final) = member.steps
        for name, _ in head:
            keys = {key for given in routed.get(name, {}).values() for key in given}
            if keys:
                raise TypeError(
                    f"The step {name!r} of the {what} requests {sorted(keys)}; steps "
                    "before the last one are fitted without metadata. Withdraw the "
                    "request."
                )
        requested, member = routed[last]["fit"], final
    return dict(requested)


def unrouted_split(params: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Return what `split` gets while metadata routing is off: `groups` at most."""
    unknown = sorted(set(params) - {"groups"})
    if unknown:
        raise TypeError(
            f"{owner}.fit got the unexpected parameters {unknown}. Pass what a "
            "splitter or a teacher requests with metadata routing: "
            "sklearn.set_config(enable_metadata_routing=True). What learns soft "
            "targets takes sample_weight only."
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
    if sample_weight is not None and weight_parameter(estimator) is None:
        raise ValueError(
            f"sample_weight was given to {owner}, but the fit of its {name} "
            f"{type(final_step(estimator)).__name__} takes none. Leave the weights "
            f"out, or choose a {name} that takes them."
        )


def weight_params(estimator: Any, sample_weight: NDArray | None) -> dict[str, Any]:
    """Fit parameters that carry row weights to what learns in an estimator."""
    if sample_weight is None:
        return {}
    return {weight_parameter(estimator) or "sample_weight": sample_weight}


def weight_parameter(estimator: Any) -> str | None:
    """Name the parameter of `fit` that carries row weights to what learns.

    The last step of a pipeline, what a search tries, what a transformed target is
    learnt by, at any depth; None if one of them takes no weights.
    """
    if isinstance(estimator, Pipeline):
        step, last = estimator.steps[-1]
        name = weight_parameter(last)
        return None if name is None else f"{step}__{name}"
    if isinstance(estimator, TransformedTargetRegressor):
        regressor = estimator.regressor
        return "sample_weight" if regressor is None else weight_parameter(regressor)
    if is_search(estimator):
        return weight_parameter(estimator.estimator)
    if isinstance(estimator, _ENSEMBLES):
        held = [each for _, each in estimator.estimators if not isinstance(each, str)]
        held += [getattr(estimator, "final_estimator", None)]
        takes = all(
            has_fit_parameter(each, "sample_weight")
            for each in held
            if each is not None  # An unfitted ensemble has no truth value.
        )
    else:
        takes = has_fit_parameter(estimator, "sample_weight")
    takes = takes or isinstance(estimator, FrozenEstimator)
    return "sample_weight" if takes else None
