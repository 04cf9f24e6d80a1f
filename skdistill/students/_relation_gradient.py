"""Relational losses on a student's own probabilities, for libraries that boost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.input._responses import score_probabilities
from skdistill.students._refusals import refuse_auxiliary
from skdistill.students._task import AuxiliaryTarget, Loss, StudentTask
from skdistill.teachers._relations import divide, relate, relation_slopes

# Rows at a time, as there is one distance for each row, landmark and class.
_BLOCK = 4096


class RelationGradient:
    """Gradient of the relational losses of a task in the raw scores.

    For relations r of the student's probabilities and s of the teacher the loss of a
    row is ``weight * mean(huber(r - s))`` over the landmarks. `hold` notes where the
    landmarks are, and there they stay while all rows are moved. The student's
    distances are in units of the mean distance of the teacher's responses, its own
    once it has learnt these: at the start its own is zero.

    Parameters
    ----------
    task : StudentTask
        A classification task whose auxiliary objectives are relations.
    """

    def __init__(self, task: StudentTask):
        self.items = [_present_landmarks(item) for item in task.auxiliary]
        self.scales = [_mean_distance(task.responses, i.landmarks) for i in self.items]
        self.held: list[NDArray] = []

    def hold(self, raw: NDArray, prior: NDArray | float = 0.0) -> None:
        """Note the landmarks, at scores of all rows that lack the prior."""
        self.held = [_probabilities(raw[item.landmarks] + prior) for item in self.items]

    def __call__(self, raw: NDArray, rows: slice) -> tuple[NDArray, NDArray]:
        """Gradient and Gauss-Newton curvature of the losses in the scores."""
        p = _probabilities(raw)
        gradient, curvature = np.zeros_like(p), np.zeros_like(p)
        for item, landmarks, scale in zip(
            self.items, self.held, self.scales, strict=True
        ):
            if not len(landmarks):
                continue
            error = relate(item.name, p, landmarks, scale) - item.values[rows]
            slopes = relation_slopes(item.name, p, landmarks, scale)
            # Through the softmax: p * (slope - its mean under p).
            slopes -= (slopes * p[:, None]).sum(axis=2, keepdims=True)
            slopes *= p[:, None]
            share = item.weight / len(landmarks)
            pull = np.clip(error, -1.0, 1.0)
            gradient += share * np.einsum("nm,nmk->nk", pull, slopes)
            curvature += share * np.einsum("nmk,nmk->nk", slopes, slopes)
        if raw.ndim == 1:
            return gradient[:, 1], curvature[:, 1]
        return gradient, curvature


def check_relations_only(student: Any, loss: Loss) -> None:
    """Raise unless a booster that takes a gradient can learn what is auxiliary."""
    if "feature" in loss.auxiliary:
        refuse_auxiliary(student, "feature")
    if "angle" in loss.auxiliary and loss.n_outputs == 2:
        refuse_auxiliary(
            student,
            "angle",
            "Its two probabilities lie on a line, where all angles are alike; use "
            "Relation(kind='distance').",
        )


def _present_landmarks(item: AuxiliaryTarget) -> AuxiliaryTarget:
    """Keep the relations to landmarks that are among the rows."""
    assert item.landmarks is not None
    known = item.landmarks >= 0
    if item.name == "angle" and not known.all():
        # An angle needs the next landmark, too; of some there is no chain.
        known = np.zeros_like(known)
    values = item.values[:, known]
    if item.name == "similarity" and not known.all():
        values = divide(values, np.linalg.norm(values, axis=1, keepdims=True))
    return AuxiliaryTarget(item.name, item.weight, values, item.landmarks[known])


def _mean_distance(places, landmarks):
    if not len(landmarks):
        return 1.0
    total = sum(
        relate("distance", places[start : start + _BLOCK], places[landmarks], 1.0).sum()
        for start in range(0, len(places), _BLOCK)
    )
    return total / (len(places) * len(landmarks))


def _probabilities(raw):
    return score_probabilities(np.asarray(raw, dtype=np.float64))
