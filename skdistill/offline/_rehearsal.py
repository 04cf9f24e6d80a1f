"""What only training can find wrong is found before the teachers are trained.

A misspelt category or a value that an estimator cannot take shows in its `fit` alone.
So the student, and the teacher that has to do with the student's columns, are first
trained on a few rows with a few trees. What fails there is tried once more as it is
meant, on all rows that it will be trained on, since few can be too few; only then is it
an error.
"""

from __future__ import annotations

import numbers
import threading
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from skdistill.input._boosters import library
from skdistill.input._checks import clone_estimator
from skdistill.input._sklearn import safe_indexing, without_callbacks
from skdistill.input._targets import as_predictions
from skdistill.offline._plan import Plan
from skdistill.students._fit import fit_rows
from skdistill.students._params import parts
from skdistill.teachers._teacher import TeacherSpec, fit_on_rows

# Of each class, or in all; and of all classes together.
_FEW_ROWS, _FEW_ROWS_OF_CLASSES = 50, 1_000
_FEW_TREES = 2
_TREES = ("n_estimators", "iterations", "max_iter", "num_boost_round", "num_trees")


def dry_run(plan: Plan) -> None:
    """Train what hears or replaces the teacher on a few rows.

    Parameters
    ----------
    plan : Plan
        Nothing of it is changed. Where no teacher is to be trained, or none heard,
        nothing is done.

    Raises
    ------
    Exception
        What the student, or the teacher on the student's columns, raises on all rows.
    """
    spec = plan.privileged or plan.regular
    heard = any(loss.alpha for _, loss in plan.candidates)
    if not heard or spec is None or isinstance(spec.teacher, FrozenEstimator):
        return
    rows = taught_rows(plan)
    _try(
        plan.student,
        lambda student, rows: _fit_student(plan, student, rows),
        rows,
        few_rows(rows, plan.target, plan.classes, plan.student_weight),
    )
    if plan.regular is not None:
        every = np.arange(len(plan.target))
        _try(
            plan.regular.teacher,
            lambda teacher, rows: _fit_regular(plan.regular, teacher, rows),
            every,
            few_rows(every, plan.target, plan.classes, plan.student_weight),
        )


def taught_rows(plan: Plan) -> NDArray[np.intp]:
    """Return the rows that can have a soft target and train a student."""
    taught = np.ones(len(plan.target), dtype=bool)
    if not isinstance(plan.splits, str):
        taught[:] = False
        taught[np.concatenate([test for _, test in plan.splits])] = True
    if plan.student_rows is not None:
        of_students = np.zeros_like(taught)
        of_students[np.concatenate(plan.student_rows)] = True
        taught &= of_students
    return np.flatnonzero(taught)


def few_rows(
    rows: NDArray[np.intp],
    target: NDArray,
    classes: NDArray | None,
    weight: NDArray | None,
) -> NDArray[np.intp]:
    """Return some of the rows, with weight and of every class."""
    heard = rows if weight is None else rows[weight[rows] > 0.0]
    if classes is None:
        return heard[:_FEW_ROWS]
    n_each = min(_FEW_ROWS, max(2, _FEW_ROWS_OF_CLASSES // len(classes)))
    by_class = heard[np.argsort(target[heard], kind="stable")]
    codes = target[by_class]
    rank = np.arange(len(codes)) - np.searchsorted(codes, codes)
    return np.sort(by_class[rank < n_each])


def _try(estimator: Any, fit: Callable, rows: NDArray, few: NDArray) -> None:
    # The filters of warnings are one for all threads.
    alone = threading.current_thread() is threading.main_thread()
    # What has no seed draws from it.
    state = np.random.get_state()  # noqa: NPY002
    with warnings.catch_warnings() if alone else nullcontext():
        if alone:
            warnings.simplefilter("ignore")
        try:
            fit(_shortened(_silent(clone_estimator(estimator)), alone), few)
        except Exception:  # Libraries raise what they like.
            fit(_silent(clone_estimator(estimator)), rows)
        finally:
            np.random.set_state(state)  # noqa: NPY002


def _silent(estimator):
    """Keep an estimator from printing, and from leaving files to a later one."""
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


def _shortened(estimator, warnings_are_ignored):
    """Let an estimator train few trees, or iterations where nobody is warned of it."""
    names = _TREES if warnings_are_ignored else tuple(set(_TREES) - {"max_iter"})
    for prefix, part in parts(estimator).items():
        params = part.get_params(deep=False)
        if library(part) == "catboost" and not any(name in params for name in _TREES):
            estimator.set_params(**{f"{prefix}iterations": _FEW_TREES})
        if library(part) == "lightgbm" and "verbosity" not in params:
            estimator.set_params(**{f"{prefix}verbose": -1})
        many = {
            f"{prefix}{name}": _FEW_TREES
            for name in names
            if isinstance(params.get(name), numbers.Integral)
            and params[name] > _FEW_TREES
        }
        estimator.set_params(**many)
    return estimator


def _fit_student(plan, student, rows):
    """Train it on softened labels, by the route that is meant."""
    loss = replace(plan.candidates[-1][1], auxiliary=())
    labels = plan.target[rows]
    responses = as_predictions(labels, plan.classes)
    if plan.classes is None:
        responses = 0.9 * responses + 0.1 * responses.mean(axis=0)
    else:
        # Not all alike, or a regressor would see few values.
        soft = np.linspace(0.05, 0.2, len(rows))[:, None]
        responses = (1.0 - soft) * responses + soft / len(plan.classes)
    weight = None if plan.student_weight is None else plan.student_weight[rows]
    task = plan.objective.task(
        loss, responses, labels, plan.classes, weight, plan.seed, correction=None
    )
    fit_rows(student, safe_indexing(plan.X_student, rows), task, None)


def _fit_regular(spec: TeacherSpec, teacher, rows):
    try:
        fit_on_rows(teacher, spec, rows)
    except Exception as error:
        error.add_note(
            "privileged_weight below 1 trains the teacher on the student's columns, "
            "too. If it asks for the others: select columns by type, as "
            "sklearn.compose.make_column_selector does, or pass privileged_weight=1."
        )
        raise
