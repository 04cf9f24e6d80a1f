"""The estimators that a report compares.

An arm is the user's estimator with some parameters fixed. Where ours is the last step
of a pipeline or inside a search, the whole is the arm. A search is run once a fold for
the distilled student, and once for the baseline over those parameters that the baseline
has; teacher and control then have the parameters that the first one found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from skdistill.input._checks import clone_estimator, is_search
from skdistill.input._columns import resolve_columns
from skdistill.input._preparation import FitInput
from skdistill.offline._base import BaseDistilled
from skdistill.offline._planning import make_plan
from skdistill.report._wrappers import inner_estimator, search_in

# What the grid of a search may vary for the student on labels alone.
_OF_THE_STUDENT = ("student", "estimator", "peers")


@dataclass(frozen=True)
class Arms:
    """The estimators to compare.

    Attributes
    ----------
    estimators : dict
        Unfitted estimator by arm: "teacher", "distilled", "baseline", "control" and
        "labeled", which is distilled without rows without labels; those that there are.
    privileged, student_only : ndarray of int
        Positions of the columns that only the teacher, or only the student, sees.
        None of them where X reaches the estimator through a pipeline.
    no_control : str
        Why there is no control, or empty.
    """

    estimators: Mapping[str, Any]
    privileged: NDArray
    student_only: NDArray
    no_control: str


def make_arms(
    estimator: Any,
    X: Any,
    control: bool,
    seed: int,
    *,
    with_teacher: bool = True,
    unlabeled: bool = False,
) -> Arms:
    """Copy the estimator for each arm; the one that was passed stays as it is."""
    inner = inner_estimator(estimator)
    offline = isinstance(inner, BaseDistilled)
    fixed: dict[str, Any] = {"store_teacher": False} if offline else {}
    if inner.random_state is None:
        fixed["random_state"] = seed

    def arm(**params):
        return _fix(clone_estimator(estimator), fixed | params)

    labels = {"alpha": 0.0, "privileged_weight": 1.0} if offline else {"alpha": 0.0}
    estimators = {"baseline": arm(**labels), "distilled": arm()}
    searched = search_in(estimator) is not None
    weights = (inner.alpha, getattr(inner, "unlabeled_weight", 1.0))
    if unlabeled and not searched and 0 not in weights:
        estimators["labeled"] = arm()
    privileged = student_only = np.empty(0, dtype=np.intp)
    no_control = f"{type(inner).__name__} has no teacher of other columns"
    if offline:
        same = inner.teacher_features is None and inner.student_features is None
        if estimator is inner:
            owner = type(inner).__name__
            teacher_columns, student_columns = (
                resolve_columns(getattr(inner, name), X, name, owner).positions
                for name in ("teacher_features", "student_features")
            )
            privileged = np.setdiff1d(teacher_columns, student_columns)
            student_only = np.setdiff1d(student_columns, teacher_columns)
            same = not len(privileged) + len(student_only)
        no_control = _why_no_control(inner, control, same)
        if not searched:
            # Of this arm the teacher alone is trained, by `train_teacher`.
            if with_teacher:
                estimators = {"teacher": arm(), **estimators}
            if not no_control:
                estimators["control"] = arm(privileged_weight=0.0)
    return Arms(estimators, privileged, student_only, no_control)


def _fix(estimator, params):
    """Set parameters of ours in place; searches no longer vary them."""
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        estimator.steps[-1] = (name, _fix(last, params))
        return estimator
    if not is_search(estimator):
        return estimator.set_params(**params)
    grid = next(
        (n for n in ("param_grid", "param_distributions") if hasattr(estimator, n)), ""
    )
    if "alpha" in params and grid:
        varied = _kept(getattr(estimator, grid), estimator.estimator)
        if not any(varied):
            return _fix(estimator.estimator, params)
        setattr(estimator, grid, varied)
    _fix(estimator.estimator, params)
    return estimator


def _kept(grid, estimator):
    """Leave out of a grid what only distillation has."""
    inner, prefix = estimator, ""
    while isinstance(inner, Pipeline):
        name, inner = inner.steps[-1]
        prefix += f"{name}__"
    own = _OF_THE_STUDENT
    if getattr(inner, "student", inner) is None:
        own = (*own, "teacher__")  # The student is a copy of the teacher.

    def keeps(name):
        return not name.startswith(prefix) or name[len(prefix) :].startswith(own)

    if isinstance(grid, Mapping):
        return {k: v for k, v in grid.items() if keeps(k)}
    return [_kept(part, estimator) for part in grid]


def _why_no_control(inner, control, same):
    if not control:
        return "control=False"
    if isinstance(inner.teacher, str):
        return "soft targets that exist already have no teacher to train"
    if same:
        return "teacher and student see the same columns"
    if isinstance(inner.teacher, FrozenEstimator):
        return "a frozen teacher cannot be trained on the student's columns"
    if inner.alpha == 0:
        return "alpha is 0, so the student learns from labels alone"
    if inner.privileged_weight == 0:
        return "privileged_weight is 0, so the distilled student is the control"
    return ""


def plan_fit(estimator: Any, X: Any, y: NDArray, params: Mapping[str, Any]) -> Any:
    """Let the estimator's fit check what it can without training."""
    own = {field.name for field in fields(FitInput)}
    named = {name: value for name, value in params.items() if name in own}
    rest = {name: value for name, value in params.items() if name not in own}
    return make_plan(clone_estimator(estimator), FitInput(X, y, **named, params=rest))
