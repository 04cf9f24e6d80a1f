"""From what the user wrote as `objective` to the response and what comes on top."""

from __future__ import annotations

from typing import Any

from skdistill.objectives._feature import Feature
from skdistill.objectives._relation import Relation
from skdistill.objectives._response import Response

_NAMED = {"response": Response, "feature": Feature, "relation": Relation}


def split_objective(
    objective: Any, owner: str
) -> tuple[Response, tuple[Feature | Relation, ...]]:
    """Return the response, which is always learnt, and what is learnt on top of it.

    Parameters
    ----------
    objective : str, objective, or list of them
        As the estimators take it.
    owner : str
        Name of the estimator, for messages.

    Raises
    ------
    ValueError
        If something is no objective, or there are two responses, or the response has
        a wrong parameter.
    """
    listed = objective if isinstance(objective, (list, tuple)) else [objective]
    made = [
        _NAMED[item]() if isinstance(item, str) and item in _NAMED else item
        for item in listed
    ]
    for item in made:
        if not isinstance(item, tuple(_NAMED.values())):
            raise ValueError(
                f"objective of {owner} must be one of {list(_NAMED)}, an objective "
                f"from skdistill.objectives, or a list of them; got {item!r}."
            )
    responses = [item for item in made if isinstance(item, Response)]
    if len(responses) > 1:
        raise ValueError(
            f"objective of {owner} holds {len(responses)} Responses; a student has one."
        )
    response = responses[0] if responses else Response()
    response.check()
    return response, tuple(item for item in made if not isinstance(item, Response))


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
    refuse_auto(
        objective, owner, "DistilledClassifier and DistilledRegressor choose it"
    )
    return objective


def refuse_auto(objective: Response, owner: str, remedy: str) -> None:
    """Raise if something of a response is left to a choice that is not made here."""
    for name, expected in (
        ("correction", "a number or None"),
        ("calibrate", "True or False"),
    ):
        value = getattr(objective, name)
        if isinstance(value, str):
            raise ValueError(
                f"{name} of the objective of {owner} must be {expected}; got "
                f"{value!r}. {remedy}."
            )
