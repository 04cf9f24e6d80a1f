"""What a report will train: an estimator for each role, a part for each model."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from skdistill.input._checks import clone_estimator
from skdistill.input._columns import resolve_columns
from skdistill.input._sklearn import safe_indexing
from skdistill.input._splits import Split
from skdistill.offline._base import BaseDistilled
from skdistill.offline._plan import Plan
from skdistill.offline._planning import make_plan
from skdistill.report._data import OWNER, Data, fit_params


@dataclass(frozen=True)
class Part:
    """One model to train, and the rows to train and to score it on.

    Attributes
    ----------
    role : "teacher", "labels", "control" or "distilled"
    fold : int
    train, test : ndarray of int
    size, draw : int or None
        Rows drawn from the training part, and which draw; None for all of it.
    answer_train : bool
        Whether the answers for the training rows are wanted.
    """

    role: str
    fold: int
    train: NDArray
    test: NDArray
    size: int | None = None
    draw: int | None = None
    answer_train: bool = False


@dataclass(frozen=True)
class Roles:
    """The estimators to compare.

    Attributes
    ----------
    estimators : dict
        Unfitted estimator by role, the most telling first.
    privileged, student_only : ndarray of int
        Positions of the columns that only the teacher, or only the student, sees.
    no_control : str
        Why there is no control, or empty.
    """

    estimators: Mapping[str, Any]
    privileged: NDArray
    student_only: NDArray
    no_control: str


def make_roles(
    estimator: BaseDistilled, data: Data, control: bool, seed: int | None
) -> Roles:
    """Copy the estimator for each role; the one that was passed stays as it is."""
    owner = type(estimator).__name__
    base = clone_estimator(estimator)
    if seed is not None and estimator.random_state is None:
        base.set_params(random_state=seed)
    teacher_columns = resolve_columns(
        estimator.teacher_features, data.X, "teacher_features", owner
    )
    student_columns = resolve_columns(
        estimator.student_features, data.X, "student_features", owner
    )
    privileged = np.setdiff1d(teacher_columns, student_columns)
    student_only = np.setdiff1d(student_columns, teacher_columns)
    base.set_params(store_teacher=False)
    estimators = {
        # The teacher is trained by itself: what a search has cached stays usable.
        "teacher": clone_estimator(base).set_params(store_teacher=True),
        "distilled": clone_estimator(base),
        "labels": clone_estimator(base).set_params(alpha=0.0, privileged_weight=1.0),
    }
    no_control = _why_no_control(
        estimator, control, len(privileged) + len(student_only)
    )
    if not no_control:
        estimators["control"] = clone_estimator(base).set_params(privileged_weight=0.0)
    return Roles(estimators, privileged, student_only, no_control)


def _why_no_control(estimator, control, n_different):
    if not control:
        return "control=False"
    if not n_different:
        return "teacher and student see the same columns"
    if isinstance(estimator.teacher, FrozenEstimator):
        return "a frozen teacher cannot be trained on the student's columns"
    if _is_zero(estimator.alpha):
        return "alpha is 0, so no teacher is heard"
    if _is_zero(estimator.privileged_weight):
        return "privileged_weight is 0, so the distilled student is the control"
    return ""


def _is_zero(value):
    return isinstance(value, numbers.Real) and value == 0


def check_fits(roles: Roles, parts: Sequence[Part], data: Data) -> None:
    """Let the fits of the first fold, and of its first draws, check what they can.

    A control that cannot be trained costs no other figure, so it is not checked.
    """
    checked = set()
    for part in parts:
        known = (part.role, part.size) in checked
        if part.role not in ("distilled", "labels") or part.fold > 0 or known:
            continue
        checked.add((part.role, part.size))
        plan_of(roles.estimators[part.role], part, data)


def plan_of(estimator: BaseDistilled, part: Part, data: Data) -> Plan:
    """Plan a fit on the training rows of a part, which checks what it can."""
    params = fit_params(data, part.train)
    X, y = safe_indexing(data.X, part.train), data.y[part.train]
    model = clone_estimator(estimator)
    return make_plan(model, X, y, params.pop("sample_weight", None), params)


def whole_parts(
    roles: Roles, splits: Sequence[Split], answer_train: Sequence[bool]
) -> list[Part]:
    """One part for each role and fold, the most telling first."""
    return [
        Part(role, fold, train, test, answer_train=answer_train[fold])
        for fold, (train, test) in enumerate(splits)
        for role in roles.estimators
    ]


def drawn_parts(
    roles: Roles,
    splits: Sequence[Split],
    sizes: Sequence[int],
    n_draws: int,
    data: Data,
    random_state: np.random.RandomState,
) -> list[Part]:
    """Parts on fewer rows; all roles share a draw, and larger draws hold smaller ones.

    Raises
    ------
    ValueError
        If a draw has too few rows of a class for the estimator's own folds.
    """
    parts = []
    n_needed = _rows_needed(roles.estimators["distilled"])
    for fold, (train, test) in enumerate(splits):
        for draw in range(n_draws):
            ordered = train[draw_order(data, train, random_state)]
            for size in sizes:
                rows = np.sort(ordered[:size])
                _check_draw(data, rows, n_needed)
                parts += [
                    Part(role, fold, rows, test, size, draw)
                    for role in roles.estimators
                    if role != "teacher"
                ]
    return parts


def draw_order(
    data: Data, train: NDArray, random_state: np.random.RandomState
) -> NDArray:
    """Random order whose every beginning has the classes in proportion."""
    if data.classes is None:
        return random_state.permutation(len(train))
    place = np.empty(len(train))
    for label in data.classes:
        rows = np.flatnonzero(data.y[train] == label)
        shuffled = random_state.permutation(len(rows))
        place[rows] = (shuffled + random_state.uniform()) / max(len(rows), 1)
    return np.argsort(place, kind="stable")


def _rows_needed(estimator):
    cv = estimator.cv
    if cv is None or isinstance(cv, numbers.Integral):
        return 5 if cv is None else int(cv)
    return max(2, int(getattr(cv, "n_splits", None) or 2))


def _check_draw(data, rows, n_needed):
    if data.classes is None:
        if len(rows) < n_needed:
            raise ValueError(
                f"train_sizes of {OWNER} holds {len(rows)} rows, but the estimator's "
                f"own cv needs at least {n_needed}."
            )
        return
    counts = np.array([np.sum(data.y[rows] == label) for label in data.classes])
    if counts.min() < n_needed:
        rare = data.classes[counts.argmin()]
        share = np.mean(data.y == rare)
        raise ValueError(
            f"train_sizes of {OWNER} holds {len(rows)} rows, of which {counts.min()} "
            f"are of class {rare!s}; the estimator's own cv needs {n_needed}. Start at "
            f"about {int(np.ceil((n_needed + 1) / share))} rows."
        )
