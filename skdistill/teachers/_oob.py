"""Out-of-bag responses: a bagging teacher answers for its own rows from one fit."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from joblib import Memory

from skdistill.input._checks import clone_estimator
from skdistill.input._sklearn import safe_indexing
from skdistill.input._splits import Split
from skdistill.input._targets import present_codes
from skdistill.input._warnings import warn
from skdistill.teachers._cache import remembering
from skdistill.teachers._teacher import (
    OutOfFold,
    TeacherSpec,
    check_predictions,
    fit_teacher,
    subset_params,
)


def check_oob(
    teacher: Any, owner: str, auxiliary_objectives: Sequence[Any] = ()
) -> None:
    """Raise unless the teacher is a bagging ensemble that leaves rows out.

    `further` are the objectives on top of the response, which it cannot serve.
    """
    if auxiliary_objectives:
        raise ValueError(
            f"cv of {owner} is 'oob', but each row is left out by other members of "
            "the teacher, so rows have no common representation for the objective "
            f"{auxiliary_objectives[0].name!r}. Use folds, or the response alone."
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


def out_of_bag_predictions(
    spec: TeacherSpec,
    *,
    held_out_parts: Sequence[Split] = (),
    memory: Memory | None = None,
    verbose: int = 0,
    keep_models: bool = False,
) -> list[OutOfFold]:
    """Answer for the training rows by the members that did not draw them.

    Parameters
    ----------
    spec : TeacherSpec
        A bagging teacher and its data.
    held_out_parts : sequence of (train, test)
        For each, a second set of answers from a teacher fitted on its train part.
    memory : joblib.Memory, default=None
        Cache of the answers.
    verbose : int, default=0
        Above 0, one line a fit.
    keep_models : bool, default=False
        Whether `Responses.models` holds the teacher.

    Returns
    -------
    list of Responses
        For all rows, and for each of `held_out_parts`. Rows that every member drew
        have no answer and are not covered.
    """
    ask, key = remembering(fit_and_answer, spec, memory, [])
    collected = []
    for rows in (np.arange(spec.n_samples), *(train for train, _ in held_out_parts)):
        answer, answered, model, seconds = ask(spec, rows, keep_models, key)
        _warn_of_unanswered(answered, spec.teacher)
        values = np.full((spec.n_samples, *answer.shape[1:]), np.nan)
        values[rows[answered]] = answer[answered]
        check_predictions(
            values[rows[answered]], spec.classes, "The out-of-bag teacher"
        )
        covered = np.zeros(spec.n_samples, dtype=bool)
        covered[rows[answered]] = True
        if verbose:
            print(f"[skdistill] out-of-bag teacher: {seconds:.1f} s", flush=True)
        models = (model,) if keep_models else ()
        collected.append(OutOfFold(values, covered, models, (seconds,)))
    return collected


def fit_and_answer(spec, rows, keep_model, key=None):
    """Fit a clone of the teacher on some rows; it answers for them out of bag.

    Returns the answers, which rows have one, the model if it is to be kept, and the
    seconds all this took. `key` stands for the content of `spec` in the cache.
    """
    start = time.perf_counter()
    y = spec.y[rows]
    every = len(rows) == spec.n_samples
    X = spec.X if every else safe_indexing(spec.X, rows)
    model = clone_estimator(spec.teacher).set_params(oob_score=True)
    params = subset_params(spec.fit_params, rows, spec.n_samples)
    with warnings.catch_warnings():
        # scikit-learn's own warning of rows without answers; ours follows.
        warnings.filterwarnings("ignore", message=".*out-of-bag|.*OOB|.*oob")
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        fit_teacher(model, X, y, spec.classes, params)
    model.set_params(oob_score=spec.teacher.oob_score)
    if spec.classes is None:
        answer = np.asarray(model.oob_prediction_, dtype=np.float64)
        answer = answer.reshape(y.shape)
    else:
        answer = np.zeros((len(rows), len(spec.classes)))
        answer[:, present_codes(y)] = model.oob_decision_function_
    answered = _answered(model, answer)
    seconds = time.perf_counter() - start
    return answer, answered, model if keep_model else None, seconds


def _warn_of_unanswered(answered, teacher):
    if answered.all():
        return
    warn(
        f"{np.count_nonzero(~answered)} of {len(answered)} rows were drawn by every "
        f"one of the {teacher.n_estimators} members of the teacher, so they have no "
        "out-of-bag response and do not train the student. More members avoid it.",
    )


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
