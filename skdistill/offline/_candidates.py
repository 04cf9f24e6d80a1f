"""The mixtures of teachers and labels that the student can learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from skdistill.input._checks import params_named
from skdistill.input._preparation import TrainingData
from skdistill.input._warnings import warn
from skdistill.objectives import Feature, Relation, Response
from skdistill.offline._request import Members
from skdistill.selection._candidates import (
    Candidate,
    make_candidates,
    safe_candidate,
)
from skdistill.students import Loss, student_route
from skdistill.students._auxiliary_outputs import warn_if_nothing_is_shared
from skdistill.students._mean_loss import quantile_loss

_CLASS_WEIGHTS = (
    "class_weight",
    "class_weights",
    "auto_class_weights",
    "scale_pos_weight",
    "is_unbalance",
)
_NO_WEIGHTS = ("None", "1", "1.0", "False")


def learnable_candidates(
    mixture: Mapping[str, float | str],
    objective: Response,
    auxiliary: Sequence[Feature | Relation],
    members: Members,
    data: TrainingData,
    *,
    n_unlabeled: int,
    copies: bool,
    privileged_unlabeled: bool,
) -> list[tuple[Candidate, Loss]]:
    """List the mixtures that the student can learn, with their losses.

    Parameters
    ----------
    mixture : mapping
        From `check_mixture`.
    objective : Response
        States the loss.
    auxiliary : sequence of Feature or Relation
        What is learnt on top.
    members : Members
        The private copies.
    data : TrainingData
        The rows with labels.
    n_unlabeled : int
        How many rows with weight there are without.
    copies : bool
        Whether there are copies of rows.
    privileged_unlabeled : bool
        Whether those have the teacher's columns.

    Returns
    -------
    list of (Candidate, Loss)
        The first is the student on labels alone if there are several.
    """
    weight = mixture["unlabeled_weight"] if n_unlabeled else 0.0
    without_labels = copies or weight != 0.0

    def make_loss(alpha):
        loss = objective.loss(data.kind, alpha, data.n_outputs)
        names = tuple(item.name for item in auxiliary) if alpha else ()
        return replace(loss, auxiliary=names, unlabeled=without_labels)

    unit = 1.0 if data.classes is not None else variance(data.target, data.weight)
    listed = make_candidates(
        mixture["alpha"],
        mixture["privileged_weight"],
        weight,
        objective.correction,
        unit,
        calibrate=objective.calibrate,
        privileged_unlabeled=privileged_unlabeled,
    )
    candidates = learnable(
        listed,
        make_loss,
        members.student,
        many_unlabeled=n_unlabeled > data.n_weighty,
    )
    if any(loss.alpha for _, loss in candidates):
        _warn_if_classes_weigh_twice(members, data.owner)
    if data.classes is None and len(candidates) == 1:
        _warn_if_quantiles_are_taught(members, candidates[0][1].alpha, data.owner)
    if any(loss.auxiliary for _, loss in candidates):
        warn_if_nothing_is_shared(members.student, data.owner)
    return candidates


def learnable(
    listed: Sequence[Candidate],
    make_loss: Callable[[float], Loss],
    student: Any,
    *,
    many_unlabeled: bool,
) -> list[tuple[Candidate, Loss]]:
    """Pair the candidates that a student can learn with their losses.

    Where most rows have no label, only the alpha nearest to one half is kept with them:
    these students take longest to train, and as alpha mixes the targets of the other
    rows alone, imitation was no better on any data that we measured.

    Raises
    ------
    ValueError
        If it can learn none that has a teacher.
    """
    kept, refusal = [], None
    for candidate in listed:
        loss = make_loss(candidate.alpha)
        try:
            student_route(student, loss)
        except ValueError as error:
            refusal = refusal or error
            continue
        kept.append((candidate, loss))
    if refusal is not None and all(c.alpha == 0.0 for c, _ in kept):
        raise refusal
    if not many_unlabeled:
        return kept
    safe = kept[safe_candidate([candidate for candidate, _ in kept])][0]
    return [
        (candidate, loss)
        for candidate, loss in kept
        if not candidate.unlabeled_weight or candidate.alpha == safe.alpha
    ]


def _warn_if_classes_weigh_twice(members: Members, owner: str) -> None:
    """Warn where soft targets that weigh classes are weighed by them once more."""
    for estimator in (members.privileged, members.student):
        if estimator is None or isinstance(estimator, FrozenEstimator):
            return
        weights = params_named(estimator, *_CLASS_WEIGHTS).values()
        if all(str(value) in _NO_WEIGHTS for value in weights):
            return
    warn(
        f"Teacher and student of {owner} both weigh classes, so the soft targets weigh "
        "them twice. Let the student alone do it, and pass a teacher without.",
    )


def _warn_if_quantiles_are_taught(members: Members, alpha: float, owner: str) -> None:
    """Warn where labels, whose mean is learnt, are mixed with quantiles."""
    found = None if members.privileged is None else quantile_loss(members.privileged)
    if found is not None and 0.0 < alpha < 1.0:
        warn(
            f"The teacher of {owner} predicts a quantile ({found}). Mixed with labels "
            f"(alpha={alpha:g}), whose mean the student learns, it makes a target "
            "between the two. Use a teacher with a squared loss, or alpha=1 to imitate "
            "this one."
        )


def variance(target: NDArray, weight: NDArray | None) -> float:
    """Variance of an output, on average over the outputs; 1 where all are constant."""
    deviation = target - np.average(target, axis=0, weights=weight)
    return float(np.average(deviation**2, axis=0, weights=weight).mean()) or 1.0
