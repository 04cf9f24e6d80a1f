"""What estimators that hold others check and route alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import is_classifier, is_regressor
from sklearn.utils import get_tags

from skdistill._boosters import final_step
from skdistill._routing import check_takes_weight, routed_params, unrouted_split
from skdistill._teacher import weight_params
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


def route_members(
    estimator: Any,
    members: Mapping[str, Any],
    sample_weight: NDArray | None,
    params: Mapping[str, Any],
) -> tuple[dict[str, NDArray | None], dict[str, Any]]:
    """Send row weights to the members and other metadata to the splitter.

    Without metadata routing, weights go to every member, and `groups` is the only
    other metadata. With it, each gets the weights if it requests them; a library that
    cannot request (CatBoost) gets them.

    Parameters
    ----------
    estimator : estimator
        Whose `get_metadata_routing` names the members and the "splitter".
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
        For the splitter's `split`.

    Raises
    ------
    TypeError
        For metadata other than `groups` while routing is off, and for metadata other
        than `sample_weight` that a member requests: soft targets come with weights
        only.
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
        requested = dict(routed[name]["fit"])
        weights[name] = requested.pop("sample_weight", None)
        if requested:
            raise TypeError(
                f"{name} of {owner} requests {sorted(requested)} in fit; soft targets "
                "can be learnt with sample_weight only. Withdraw the request."
            )
        if not hasattr(final_step(member), "get_metadata_routing"):
            weights[name] = sample_weight
    return weights, dict(routed["splitter"]["split"])


def member_params(member: Any, weight: NDArray | None) -> dict[str, Any]:
    """Fit parameters that carry row weights to a member that learns from labels."""
    if weight is not None and get_config()["enable_metadata_routing"]:
        return {"sample_weight": weight}  # Pipelines hand it on by themselves.
    return weight_params(member, weight)
