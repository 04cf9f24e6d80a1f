"""The estimators that a report compares.

An arm is the user's estimator with some parameters fixed. Where ours is the last step
of a pipeline or inside a search, the whole is the arm. A search is run once a fold for
the distilled student, and once for the baseline over those parameters that the baseline
has; teacher and control then have the parameters that the first one found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from skdistill.input._checks import clone_estimator, is_search
from skdistill.input._columns import resolve_columns
from skdistill.input._preparation import FitInput
from skdistill.input._splits import Split
from skdistill.offline._base import BaseDistilled
from skdistill.offline._planning import make_plan
from skdistill.report._wrappers import inner_estimator, search_in
from skdistill.teachers._fits import FitStore

CHOSEN = (
    "alpha",
    "privileged_weight",
    "correction",
    "unlabeled_weight",
    "calibrated",
)
# What the grid of a search may vary for the student on labels alone.
_OF_THE_STUDENT = ("student", "estimator", "peers")
# With fewer, teachers of the inner folds would see far fewer rows than five folds give.
_LEAST_FOLDS = 5


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


def use_store(estimator: Any, store: FitStore) -> None:
    """Let ours look up fits, unless it has a `memory` of its own."""
    inner = inner_estimator(estimator)
    if isinstance(inner, BaseDistilled) and inner.memory is None:
        inner.set_params(memory=store)


def store_of_run(estimator: Any) -> FitStore | None:
    """Give an estimator an account of what the store saves it, and return the store."""
    inner = inner_estimator(estimator)
    memory = getattr(inner, "memory", None)
    if not isinstance(memory, FitStore):
        return None
    inner.set_params(memory=memory.for_run())
    return inner.memory


def with_outer_folds(estimator: Any, splits: Sequence[Split], fold: int) -> Any:
    """Copy an estimator so that its folds are the other folds of the report.

    A teacher that saw neither of two folds then serves both: one as the outer fold,
    the other as the inner one, and the other way round.
    """
    train = splits[fold][0]
    inner = []
    for number, (_, test) in enumerate(splits):
        if number != fold:
            asked = np.isin(train, test)
            inner.append((np.flatnonzero(~asked), np.flatnonzero(asked)))
    return clone_estimator(estimator).set_params(cv=inner)


def can_share_folds(estimator: Any, splits: Sequence[Split], grouped: bool) -> bool:
    """Tell whether the folds of the report can be those of the estimator as well.

    The folds must be a partition of enough parts, and the estimator must leave its
    folds to us, or want as many as that gives it.
    """
    inner, n_folds = inner_estimator(estimator), len(splits)
    if (
        estimator is not inner
        or not isinstance(inner, BaseDistilled)
        or isinstance(inner.teacher, (str, FrozenEstimator))
        or inner.memory is not None
        or inner.student_cv is not None
        or not grouped
        or get_config()["enable_metadata_routing"]
        or n_folds < _LEAST_FOLDS
        or not (inner.cv is None or inner.cv == n_folds - 1)
    ):
        return False
    n_rows = sum(len(test) for _, test in splits)
    return (
        all(
            len(train) + len(test) == n_rows and np.all(np.diff(train) > 0)
            for train, test in splits
        )
        and len(np.unique(np.concatenate([test for _, test in splits]))) == n_rows
    )


def plan_fit(estimator: Any, X: Any, y: NDArray, params: Mapping[str, Any]) -> Any:
    """Let the estimator's fit check what it can without training."""
    own = {field.name for field in fields(FitInput)}
    named = {name: value for name, value in params.items() if name in own}
    rest = {name: value for name, value in params.items() if name not in own}
    return make_plan(clone_estimator(estimator), FitInput(X, y, **named, params=rest))


def count_fits(estimator: Any, with_teachers: bool = True) -> float:
    """Estimate how many models a fit trains, those of a search apart.

    A model that serves several outer folds counts in parts.
    """
    inner = inner_estimator(estimator)
    if inner.alpha == 0.0 or not isinstance(inner, BaseDistilled):
        return 1
    cv, shared = inner.cv, isinstance(inner.cv, list)
    n_folds = len(cv) if shared else getattr(cv, "n_splits", cv)
    n_folds = 1 if isinstance(n_folds, str) else int(n_folds or 5)
    settings = (inner.alpha, inner.privileged_weight)
    n_kinds = with_teachers * (1 if inner.privileged_weight in (0.0, 1.0) else 2)
    n_teachers = n_folds / (1 + shared)
    n_students = 1.0
    n_chosen = sum(isinstance(value, str) for value in settings)
    if n_chosen:
        n_teachers += n_folds * (n_folds - 1) / 2 / (1 + 2 * shared)
        n_students += (1 + 2**n_chosen) * n_folds / (1 + shared)
    return n_kinds * n_teachers + n_students
