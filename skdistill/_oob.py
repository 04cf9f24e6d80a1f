"""Out-of-bag responses: a bagging teacher answers for its own rows from one fit."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill._checks import clone_estimator
from skdistill._sklearn import safe_indexing
from skdistill._splits import Split
from skdistill._targets import present_codes
from skdistill._teacher import (
    Responses,
    Teaching,
    check_answer,
    fit_teacher,
    subset_params,
)

_ATTRIBUTES = {
    "classification": "oob_decision_function_",
    "regression": "oob_prediction_",
}


def check_oob(teacher: Any, owner: str, further: Sequence[Any] = ()) -> None:
    """Raise unless the teacher is a bagging ensemble that leaves rows out.

    `further` are the objectives on top of the response, which it cannot serve.
    """
    if further:
        raise ValueError(
            f"cv of {owner} is 'oob', but each row is left out by other members of "
            f"the teacher, so rows have no common {further[0].name} knowledge. Use "
            "folds, or the response alone."
        )
    params = teacher.get_params(deep=False)
    if "oob_score" not in params or not hasattr(teacher, "n_estimators"):
        raise ValueError(
            f"cv of {owner} is 'oob', but the teacher {type(teacher).__name__} gives "
            "no out-of-bag responses. Use a forest or a bagging ensemble, or folds."
        )
    if not params.get("bootstrap", True):
        raise ValueError(
            f"cv of {owner} is 'oob', but the teacher {type(teacher).__name__} has "
            "bootstrap=False, so every tree sees every row. Set bootstrap=True."
        )


def oob_responses(
    teaching: Teaching,
    *,
    blind_to: Sequence[Split] = (),
    verbose: int = 0,
) -> list[Responses]:
    """Answer for the training rows by the members that did not draw them.

    Parameters
    ----------
    teaching : Teaching
        A bagging teacher and its data.
    blind_to : sequence of (train, test)
        For each, a second set of answers from a teacher fitted on its train part.
    verbose : int, default=0
        Above 0, one line a fit.

    Returns
    -------
    list of Responses
        For all rows, and for each of `blind_to`. Rows that every member drew have no
        answer and are not covered.
    """
    every = np.arange(teaching.n_samples)
    return [
        _fit_oob(teaching, rows, verbose)
        for rows in (every, *(train for train, _ in blind_to))
    ]


def _fit_oob(teaching: Teaching, rows: NDArray[np.intp], verbose: int) -> Responses:
    start = time.perf_counter()
    n_samples = teaching.n_samples
    y = teaching.y[rows]
    X = teaching.X if len(rows) == n_samples else safe_indexing(teaching.X, rows)
    model = clone_estimator(teaching.teacher).set_params(oob_score=True)
    params = subset_params(teaching.fit_params, rows, n_samples)
    with warnings.catch_warnings():
        # scikit-learn's own warning of rows without answers; ours follows.
        warnings.filterwarnings("ignore", message=".*out-of-bag|.*OOB|.*oob")
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        fit_teacher(model, X, y, teaching.classes, params)
    kind = "regression" if teaching.classes is None else "classification"
    answer = np.asarray(getattr(model, _ATTRIBUTES[kind]), dtype=np.float64)
    present = present_codes(y) if teaching.classes is not None else None
    answered = _answered(model, answer)
    if not answered.all():
        warnings.warn(
            f"{np.count_nonzero(~answered)} of {len(rows)} rows were drawn by every "
            f"one of the {len(model.estimators_)} members of the teacher, so they have "
            "no out-of-bag response and do not train the student. More members avoid "
            "it.",
            UserWarning,
            stacklevel=5,
        )
    shape = teaching.y.shape if present is None else (n_samples, len(teaching.classes))
    values = np.full(shape, np.nan)
    covered = np.zeros(n_samples, dtype=bool)
    covered[rows[answered]] = True
    if present is None:
        values[covered] = answer[answered].reshape(-1, *shape[1:])
    else:
        values[covered] = 0.0
        values[np.ix_(covered.nonzero()[0], present)] = answer[answered]
    check_answer(values[covered], teaching.classes, "The out-of-bag teacher")
    seconds = time.perf_counter() - start
    if verbose:
        print(f"[skdistill] out-of-bag teacher: {seconds:.1f} s", flush=True)
    return Responses(values, covered, (model,), (seconds,))


def _answered(model, answer):
    """Rows that at least one member did not draw.

    Forests leave zeros where nobody answers, bagging NaN.
    """
    answer = answer.reshape(len(answer), -1)
    drawn = getattr(model, "estimators_samples_", None)
    if drawn is None:
        return np.isfinite(answer).all(axis=1) & answer.any(axis=1)
    left_out = np.zeros(len(answer), dtype=bool)
    for rows in drawn:
        out = np.ones(len(answer), dtype=bool)
        out[rows] = False
        left_out |= out
    return left_out & np.isfinite(answer).all(axis=1)
