"""Train a student on some rows of its task, and predict others."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.input._boosters import get_threads, limit_threads, restore_threads
from skdistill.input._responses import student_predictions
from skdistill.input._sklearn import safe_indexing
from skdistill.students._registry import fit_student
from skdistill.students._task import StudentTask
from skdistill.teachers._cache import whatever_the_layout


def fit_and_predict(
    student: Any,
    X: Any,
    task: StudentTask,
    rows: NDArray[np.intp],
    test: NDArray[np.intp],
    n_at_a_time: int = 1,
) -> NDArray | None:
    """Train a student on rows of a task; return its predictions of the test rows.

    None where there is no row to train on, as in the first fold of a time series.
    """
    if not len(rows):
        return None
    fitted = fit_rows(student, X, task, rows, n_at_a_time)
    return student_predictions(fitted, safe_indexing(X, test), task.loss, task.classes)


def fit_rows(
    student: Any,
    X: Any,
    task: StudentTask,
    rows: NDArray[np.intp] | None,
    n_at_a_time: int = 1,
    *,
    role: str = "student",
) -> Any:
    """Train a student on some rows of a task; None is all of them.

    `role` is what it is called where its fit fails.
    """
    if rows is not None:
        X, task = safe_indexing(X, rows), task.rows(rows)
    threads = get_threads(student)

    def fit():
        return fit_student(limit_threads(student, n_at_a_time), X, task)

    try:
        if task.store is None:
            fitted = fit()
        else:
            fitted = task.store.recall(partial(_content, student, X, task), fit)
    except Exception as error:
        error.add_note(
            f"Raised by the {role}, {type(student).__name__}, on {X.shape[0]} rows."
        )
        raise
    shared = n_at_a_time > 1 or task.store is not None
    return restore_threads(fitted, threads) if shared else fitted


def _content(student, X, task):
    """Return all that decides what a student learns."""
    task = replace(task, adapter=None, store=None)
    params = student.get_params(deep=True)
    return type(student), params, whatever_the_layout(X), task
