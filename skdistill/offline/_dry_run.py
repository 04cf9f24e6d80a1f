"""Train the student on a few rows, so that what it cannot learn shows at once.

A misspelt category or a value that an estimator cannot take shows in its `fit` alone.
So the student, and the teacher on the student's columns, are trained on a few rows with
a few trees before any teacher is. What fails there is tried once more on all rows, as
few can be too few; only then is it an error. A few rows without a label, incomplete
ones if there are any, are among the student's. Where those with a label are complete,
the teachers of a few rows are asked to predict such rows, too.
"""

from __future__ import annotations

import numbers
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from skdistill.input._boosters import library
from skdistill.input._checks import clone_estimator, seed_unset
from skdistill.input._rows import Stacked, incomplete_rows
from skdistill.input._sklearn import ignore_warnings, safe_indexing, without_callbacks
from skdistill.input._targets import as_predictions
from skdistill.input._unlabeled import stack_weights
from skdistill.offline._plan import Plan, StudentPlan
from skdistill.students import Loss, adapter_for
from skdistill.students._fit import fit_rows
from skdistill.students._params import parts
from skdistill.teachers._class_names import predict_aligned
from skdistill.teachers._teacher import TeacherSpec, fit_on_rows, predict_rows

# Of each class, or in all; and of all classes together.
_FEW_ROWS, _FEW_ROWS_OF_CLASSES = 50, 1_000
_FEW_TREES = 2
# What libraries call a value that they cannot take.
_OF_CELLS = re.compile(r"\bNaN|\binf", re.IGNORECASE)
_TREES = ("n_estimators", "iterations", "num_boost_round", "num_trees")


def dry_run(plan: Plan) -> None:
    """Train the student and the regular teacher on a few rows.

    Nothing of the plan is changed. Where no teacher is to be trained, nothing is done.

    Raises
    ------
    Exception
        What the student, or the teacher on the student's columns, raises on all rows,
        or a teacher says of incomplete rows.
    """
    spec = plan.teacher.privileged or plan.teacher.regular
    if spec is None or isinstance(spec.teacher, FrozenEstimator):
        return
    student = plan.student
    # Labels alone, if they are among the mixtures, take another route than the others.
    losses = {loss.alpha == 0.0: loss for _, loss in plan.selection.candidates}
    rows = rows_with_targets(plan)
    others = _few_unlabeled(student.X, student.n_labeled)
    for loss in losses.values():
        fit = partial(_fit_student, student, loss, others)
        _try(student.estimator, fit, rows, student)
    labeled, regular = np.arange(student.n_labeled), plan.teacher.regular
    if regular is not None:
        _try(regular.teacher, partial(_fit_regular, regular), labeled, student)
    for each in (plan.teacher.privileged, regular):
        if each is not None and len(asked := _unlike_labeled(each.X)):
            _check_predicts(each, asked, few_rows(labeled, *_about(student)))


def rows_with_targets(plan: Plan) -> NDArray[np.intp]:
    """Return the rows that can have a soft target and train a student."""
    taught = np.ones(plan.student.n_labeled, dtype=bool)
    if not isinstance(plan.teacher.splits, str):
        taught[:] = False
        taught[np.concatenate([test for _, test in plan.teacher.splits])] = True
    if plan.student.part_rows is not None:
        of_students = np.zeros_like(taught)
        of_students[np.concatenate(plan.student.part_rows)] = True
        taught &= of_students
    return np.flatnonzero(taught)


def few_rows(
    rows: NDArray[np.intp],
    target: NDArray,
    classes: NDArray | None,
    weight: NDArray | None,
) -> NDArray[np.intp]:
    """Return some of the rows, with weight and of every class."""
    usable = rows if weight is None else rows[weight[rows] > 0.0]
    if classes is None:
        return usable[:_FEW_ROWS]
    n_each = min(_FEW_ROWS, max(2, _FEW_ROWS_OF_CLASSES // len(classes)))
    by_class = usable[np.argsort(target[usable], kind="stable")]
    codes = target[by_class]
    rank = np.arange(len(codes)) - np.searchsorted(codes, codes)
    return np.sort(by_class[rank < n_each])


def _try(estimator: Any, fit: Callable, rows: NDArray, plan: StudentPlan) -> None:
    with ignore_warnings(Warning):
        try:
            few = few_rows(rows, *_about(plan))
            fit(_shortened(_private(estimator)), few)
            return
        except Exception:  # Libraries raise what they like.
            pass
        # Outside of the handler: the user's error is this one alone.
        fit(_private(estimator), rows)


def _about(plan: StudentPlan) -> tuple[NDArray, NDArray | None, NDArray | None]:
    return plan.target, plan.classes, plan.weight


def _private(estimator):
    """Copy an estimator so that its fit prints, writes and draws nothing of others."""
    estimator = seed_unset(clone_estimator(estimator), 0)
    changes = {}
    for name, value in estimator.get_params(deep=True).items():
        last = name.rpartition("__")[2]
        if last == "verbose" and isinstance(value, numbers.Number) and value > 0:
            changes[name] = 0
        elif last == "memory" and value is not None:
            changes[name] = None
        elif last == "save_snapshot":
            changes[name] = False
    return without_callbacks(estimator.set_params(**changes))


def _shortened(estimator):
    """Let an estimator train few trees."""
    for prefix, part in parts(estimator).items():
        params = part.get_params(deep=False)
        if library(part) == "catboost" and not any(name in params for name in _TREES):
            estimator.set_params(**{f"{prefix}iterations": _FEW_TREES})
        many = {
            f"{prefix}{name}": _FEW_TREES
            for name in _TREES
            if isinstance(params.get(name), numbers.Integral)
            and params[name] > _FEW_TREES
        }
        estimator.set_params(**many)
    return estimator


def _few_unlabeled(X: Any, n_labeled: int) -> tuple[NDArray[np.intp], bool]:
    """Return some rows without a label, and whether there are incomplete ones."""
    # A slice, since indexing by numbers would copy all of them.
    incomplete = incomplete_rows(safe_indexing(X, slice(n_labeled, None)))
    few = np.argsort(~incomplete, kind="stable")[:_FEW_ROWS]
    return n_labeled + few, bool(incomplete.any())


def _unlike_labeled(X: Any) -> NDArray[np.intp]:
    """Return some incomplete rows without a label, if those with one are complete."""
    if not isinstance(X, Stacked):
        return np.empty(0, dtype=np.intp)
    n_labeled = X.labeled.shape[0]
    incomplete = np.flatnonzero(incomplete_rows(X.unlabeled))[:_FEW_ROWS]
    if len(incomplete) and incomplete_rows(X.labeled).any():
        return incomplete[:0]
    return n_labeled + incomplete


def _fit_student(
    plan: StudentPlan,
    loss: Loss,
    unlabeled: tuple[NDArray[np.intp], bool],
    estimator: Any,
    rows: NDArray,
) -> None:
    """Train it on softened labels, by the route that is meant."""
    others, incomplete = unlabeled
    if not loss.alpha:
        others, incomplete = others[:0], False
    weight = None if plan.weight is None else plan.weight[rows]
    weight = stack_weights([(weight, len(rows)), (None, len(others))])
    # Any labels do for the others.
    labels = plan.target[np.append(rows, np.resize(rows, len(others)))]
    rows = np.append(rows, others)
    values = as_predictions(labels, plan.classes)
    if plan.classes is None:
        values = 0.9 * values + 0.1 * values.mean(axis=0)
    else:
        # Not all alike, or a regressor would see few values.
        soft = np.linspace(0.05, 0.2, len(rows))[:, None]
        values = (1.0 - soft) * values + soft / len(plan.classes)
    task = plan.objective.task(
        replace(loss, auxiliary=()),
        values,
        labels,
        plan.classes,
        weight,
        plan.seed,
        adapter=adapter_for(estimator),
    )
    try:
        fit_rows(estimator, safe_indexing(plan.X, rows), task, None)
    except Exception as error:
        if incomplete:
            error.add_note(
                "Rows without a label have missing or infinite values, which the "
                "student must be able to take."
            )
        raise


def _check_predicts(spec: TeacherSpec, asked: NDArray, rows: NDArray) -> None:
    """Raise if a teacher of a few rows says that it takes no incomplete ones."""
    teacher = _shortened(_private(spec.teacher))
    about = {"y_train": spec.y[rows], "classes": spec.classes}
    with ignore_warnings(Warning):
        try:
            fit_on_rows(teacher, spec, rows)
            predict_rows(partial(predict_aligned, teacher, **about), spec.X, asked)
        except Exception as error:
            # Few rows can be too few for it, as they are where categories are unknown.
            if _OF_CELLS.search(str(error)):
                raise


def _fit_regular(spec: TeacherSpec, teacher: Any, rows: NDArray) -> None:
    try:
        fit_on_rows(teacher, spec, rows)
    except Exception as error:
        error.add_note(
            "privileged_weight below 1 trains the teacher on the student's columns, "
            "too. If it needs the others: select columns by type, as "
            "sklearn.compose.make_column_selector does, or pass privileged_weight=1."
        )
        raise
