"""The estimators that a report compares: the module that knows their classes."""

from __future__ import annotations

import numbers
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.utils.metaestimators import available_if

from skdistill.input._boosters import final_step
from skdistill.input._checks import clone_estimator
from skdistill.input._columns import resolve_columns, select_columns
from skdistill.input._responses import class_probabilities
from skdistill.offline._base import BaseDistilled
from skdistill.offline._planning import make_plan
from skdistill.offline._request import FitInput
from skdistill.teachers._teacher import fit_teacher, predict_aligned

OWNER = "distillation_report"
CHOSEN = ("alpha", "privileged_weight", "correction")


@dataclass(frozen=True)
class Arms:
    """The estimators to compare.

    Attributes
    ----------
    estimators : dict
        Unfitted estimator by arm: "teacher", "distilled", "baseline" and, where there
        is one, "control".
    privileged, student_only : ndarray of int
        Positions of the columns that only the teacher, or only the student, sees.
    no_control : str
        Why there is no control, or empty.
    """

    estimators: Mapping[str, Any]
    privileged: NDArray
    student_only: NDArray
    no_control: str


def check_ours(estimator: Any) -> None:
    """Raise if the estimator is none whose arms can be made."""
    if isinstance(estimator, BaseDistilled):
        return
    if isinstance(estimator, type):
        got = f"the class {estimator.__name__}; pass an instance"
    else:
        got = f"{type(estimator).__name__}"
    raise TypeError(
        f"estimator of {OWNER} must be a DistilledClassifier or DistilledRegressor, "
        f"as its teacher and its student are compared; got {got}. Put preprocessing "
        "inside its teacher and student, and pass the best_estimator_ of a search."
    )


def make_arms(estimator: Any, X: Any, control: bool, seed: int | None) -> Arms:
    """Copy the estimator for each arm; the one that was passed stays as it is."""
    owner = type(estimator).__name__
    teacher_columns, student_columns = (
        resolve_columns(getattr(estimator, name), X, name, owner).positions
        for name in ("teacher_features", "student_features")
    )
    privileged = np.setdiff1d(teacher_columns, student_columns)
    student_only = np.setdiff1d(student_columns, teacher_columns)
    params: dict[str, Any] = {"store_teacher": False}
    if seed is not None and estimator.random_state is None:
        params["random_state"] = seed

    def arm(**changed):
        return clone_estimator(estimator).set_params(**params, **changed)

    estimators = {
        # Its teacher alone is trained, by `train_teacher`.
        "teacher": arm(),
        "distilled": arm(),
        "baseline": arm(alpha=0.0, privileged_weight=1.0),
    }
    no_control = _why_no_control(
        estimator, control, len(privileged) + len(student_only)
    )
    if not no_control:
        estimators["control"] = arm(privileged_weight=0.0)
    return Arms(estimators, privileged, student_only, no_control)


def _why_no_control(estimator, control, n_different):
    if not control:
        return "control=False"
    if not n_different:
        return "teacher and student see the same columns"
    if isinstance(estimator.teacher, FrozenEstimator):
        return "a frozen teacher cannot be trained on the student's columns"
    if _is_zero(estimator.alpha):
        return "alpha is 0, so the student learns from labels alone"
    if _is_zero(estimator.privileged_weight):
        return "privileged_weight is 0, so the distilled student is the control"
    return ""


def _is_zero(value):
    return isinstance(value, numbers.Real) and value == 0


def check_fit(estimator: Any, X: Any, y: NDArray, params: Mapping[str, Any]) -> None:
    """Let the estimator's fit check what it can without training."""
    _plan(estimator, X, y, params)


def _plan(estimator, X, y, params):
    rest = dict(params)
    weight = rest.pop("sample_weight", None)
    return make_plan(clone_estimator(estimator), FitInput(X, y, weight, params=rest))


def train_teacher(
    estimator: Any,
    X: Any,
    y: NDArray,
    classes: NDArray | None,
    params: Mapping[str, Any],
) -> tuple[FittedTeacher, float]:
    """Train the teacher as the estimator would: its columns, seed, weights, codes.

    Returns
    -------
    teacher : FittedTeacher
    seconds : float
        Time of its fit.
    """
    estimator = clone_estimator(estimator).set_params(store_teacher=True)
    plan = _plan(estimator, X, y, params)
    spec = plan.teacher.privileged
    start = time.perf_counter()
    if not isinstance(spec.teacher, FrozenEstimator):
        fit_teacher(spec.teacher, spec.X, spec.y, spec.classes, spec.fit_params)
    seconds = time.perf_counter() - start
    return FittedTeacher(spec.teacher, plan.teacher_columns, spec.y, classes), seconds


class FittedTeacher(BaseEstimator):
    """A teacher that takes the whole X and predicts the user's labels."""

    def __init__(self, teacher, columns, target, classes):
        self.teacher = teacher
        self.columns = columns
        self.target = target
        self.classes = classes

    @available_if(lambda self: self.classes is None)
    def predict(self, X):
        """Predict values; labels follow from the probabilities."""
        X = select_columns(X, self.columns)
        return predict_aligned(self.teacher, X, self.target)

    @available_if(lambda self: self.classes is not None)
    def predict_proba(self, X):
        """Predict probabilities of all classes."""
        X = select_columns(X, self.columns)
        if isinstance(self.teacher, FrozenEstimator):
            return class_probabilities(self.teacher, X, self.classes)
        return predict_aligned(self.teacher, X, self.target, self.classes)


def chosen_values(model: Any) -> dict[str, float]:
    """Return alpha and what goes with it of a fitted estimator."""
    values = {name: getattr(model, f"{name}_", None) for name in CHOSEN}
    return {name: float(v) for name, v in values.items() if v is not None}


def deployed_models(model: Any) -> tuple[list[Any], NDArray]:
    """Return what predicts in production, and the positions of its columns."""
    if isinstance(model, FittedTeacher):
        return [model.teacher], model.columns
    return list(model.students_), model.student_feature_indices_


def model_name(model: Any) -> str:
    """Name the class that a pipeline or a frozen estimator ends with."""
    model = model.estimator if isinstance(model, FrozenEstimator) else model
    return type(final_step(model)).__name__
