"""What only training can find wrong is found before the teachers are trained.

A misspelt category or a value that an estimator cannot take shows in its `fit` alone.
So the student, and the teacher that has to do with the student's columns, are first
trained on a few rows with a few trees. What fails there is tried once more as it is
meant, on all rows, since few rows can be too few; only then is it an error.
"""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from skdistill._boosters import final_step, library
from skdistill._checks import clone_estimator
from skdistill._plan import Plan, fit_rows, make_task
from skdistill._targets import as_responses
from skdistill._teacher import Responses, Teaching, fit_on_rows

# Of each class, or in all.
_FEW_ROWS = 50
_FEW_TREES = 2
_TREES = ("n_estimators", "iterations", "max_iter", "num_boost_round", "num_trees")


def rehearse(plan: Plan) -> None:
    """Train what hears or replaces the teacher on a few rows.

    Parameters
    ----------
    plan : Plan
        Nothing of it is changed. Where no teacher is to be trained, nothing is done.

    Raises
    ------
    Exception
        What the student, or the teacher on the student's columns, raises on all rows.
    """
    teaching = plan.privileged or plan.regular
    if teaching is None or isinstance(teaching.teacher, FrozenEstimator):
        return
    few = few_rows(plan.target, plan.classes, plan.student_weight)
    _try(plan.student, lambda student, rows: _fit_student(plan, student, rows), few)
    if teaching is not plan.regular and plan.regular is not None:
        _try(
            plan.regular.teacher,
            lambda teacher, rows: _fit_regular(plan.regular, teacher, rows),
            few,
        )


def few_rows(
    target: NDArray, classes: NDArray | None, weight: NDArray | None
) -> NDArray[np.intp]:
    """Return some rows with weight, of every class."""
    heard = np.arange(len(target)) if weight is None else np.flatnonzero(weight)
    if classes is None:
        return heard[:_FEW_ROWS]
    of_class = [heard[target[heard] == code] for code in range(len(classes))]
    return np.sort(np.concatenate([rows[:_FEW_ROWS] for rows in of_class]))


def _try(estimator: Any, fit: Callable, few: NDArray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit(_shortened(clone_estimator(estimator)), few)
        except Exception:  # Libraries raise what they like.
            fit(clone_estimator(estimator), None)


def _shortened(estimator):
    """Let an estimator train few trees, or iterations."""
    params = estimator.get_params(deep=True)
    model = final_step(estimator)
    if library(model) == "catboost" and not any(
        name in model.get_params() for name in _TREES
    ):
        model.set_params(iterations=_FEW_TREES)
    if library(model) == "lightgbm" and "verbosity" not in params:
        model.set_params(verbose=-1)
    many = {
        name: _FEW_TREES
        for name, value in params.items()
        if name.rpartition("__")[2] in _TREES
        and isinstance(value, numbers.Integral)
        and value > _FEW_TREES
    }
    return estimator.set_params(**many)


def _fit_student(plan, student, rows):
    """Train it on labels that are a little soft, by the route that is meant."""
    candidate, loss = plan.candidates[-1]
    responses = as_responses(plan.target, plan.classes)
    if plan.classes is not None:
        responses = 0.9 * responses + 0.1 / len(plan.classes)
    task, _ = make_task(
        plan,
        replace(candidate, correction=None),
        replace(loss, knowledge=()),
        Responses(responses, np.ones(len(responses), dtype=bool)),
    )
    fit_rows(student, plan.X_student, task, rows)


def _fit_regular(teaching: Teaching, teacher, rows):
    every = np.arange(teaching.n_samples)
    try:
        fit_on_rows(teacher, teaching, every if rows is None else rows)
    except Exception as error:
        error.add_note(
            "privileged_weight below 1 trains the teacher on the student's columns, "
            "too, so it must do without the others: select columns by type, as "
            "sklearn.compose.make_column_selector does, or pass privileged_weight=1."
        )
        raise
