"""What of our estimators predicts, and from which columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.mutual._mutual import MutualDistilledClassifier, MutualDistilledRegressor
from skdistill.offline._classifier import DistilledClassifier
from skdistill.offline._regressor import DistilledRegressor
from skdistill.selfdistill._self import SelfDistilledClassifier, SelfDistilledRegressor
from skdistill.students._task import Loss

_OFFLINE = (DistilledClassifier, DistilledRegressor)
_SELF = (SelfDistilledClassifier, SelfDistilledRegressor)
_MUTUAL = (MutualDistilledClassifier, MutualDistilledRegressor)
OURS = (*_OFFLINE, *_SELF, *_MUTUAL)


@dataclass(frozen=True)
class Members:
    """The estimators whose mean a model predicts.

    Attributes
    ----------
    students : list of (estimator, ndarray of int)
        Each one with its columns, as positions among `columns`.
    columns : ndarray of int
        Positions, among those the model was fitted with, of the columns it needs.
    loss : Loss
        What they were trained on.
    mean_of_values : bool
        Whether regressors are averaged before they are turned into probabilities.
    students_label : bool
        Whether `predict` is that of the one student, and not the most probable class.
    """

    students: list[tuple[Any, NDArray[np.intp]]]
    columns: NDArray[np.intp]
    loss: Loss
    mean_of_values: bool = False
    students_label: bool = False


def members_of(model: Any) -> Members | None:
    """Return what of a model predicts; None for a model that is not one of ours."""
    if isinstance(model, _OFFLINE):
        everything = np.arange(len(model.student_feature_indices_))
        students = [(student, everything) for student in model.students_]
        return Members(
            students,
            model.student_feature_indices_,
            model._loss,
            mean_of_values=True,
            students_label=len(students) == 1,
        )
    if isinstance(model, _SELF):
        everything = np.arange(model.n_features_in_)
        students = [(estimator, everything) for estimator in model.estimators_]
        return Members(students, everything, model._loss)
    if isinstance(model, _MUTUAL):
        columns = model._input_spec.positions
        place = {position: i for i, position in enumerate(columns)}
        students = [
            (
                model.named_peers_[name],
                np.array([place[i] for i in model.peer_feature_indices_[name]]),
            )
            for name in model.deployed_
        ]
        return Members(students, columns, model._loss)
    return None
