"""Train one part of a report and let it answer for its test rows."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from skdistill.input._checks import clone_estimator
from skdistill.input._sklearn import safe_indexing
from skdistill.report._answering import answering_student, answering_teacher
from skdistill.report._data import Data, fit_params
from skdistill.report._plan import Part, plan_of
from skdistill.report._scoring import Metric, score
from skdistill.teachers._teacher import fit_teacher


@dataclass(frozen=True)
class Answer:
    """What a model says of the test rows of its fold.

    Attributes
    ----------
    scores : dict
        Value by metric; without those that need all folds.
    predicted : ndarray or None
        Labels or values; None for drawn parts.
    responses, train_responses : ndarray or None
        Probabilities, or None where there are none.
    """

    scores: dict[str, float]
    predicted: NDArray | None = None
    responses: NDArray | None = None
    train_responses: NDArray | None = None


@dataclass(frozen=True)
class RunResult:
    """Answers of one trained part, with what its fit recorded.

    Attributes
    ----------
    part : Part
    answer : Answer or None
        None where training failed.
    seconds : float
        Time of the whole fit.
    fit_times, chosen : dict
        Of students: from `fit_times_`, and the fitted `alpha_`, `privileged_weight_`
        and `correction_`.
    alpha_scores : dict
        From `selection_results_`; empty if there was nothing to choose.
    model : estimator or None
        The fitted student's estimator or teacher, if it was asked for.
    error : str
        Why a control could not be trained, or empty.
    """

    part: Part
    answer: Answer | None = None
    seconds: float = 0.0
    fit_times: Mapping[str, Any] = field(default_factory=dict)
    chosen: Mapping[str, float] = field(default_factory=dict)
    alpha_scores: Mapping[str, NDArray] = field(default_factory=dict)
    model: Any = None
    error: str = ""


def measure(
    estimator: Any,
    part: Part,
    data: Data,
    metrics: Sequence[Metric],
    keep_model: bool = False,
) -> RunResult:
    """Train a copy of the estimator on the part's rows and score it on its test rows.

    Of the teacher's part only the teacher is trained.

    Parameters
    ----------
    estimator : BaseDistilled
        Of the part's role; never fitted itself.
    part : Part
    data : Data
    metrics : sequence of Metric
    keep_model : bool, default=False
        Whether the outcome holds the fitted model.

    Returns
    -------
    Outcome
        A control that fails is an outcome with an error, so that it costs the report
        no other figure: its teacher may depend on columns that it does not have.
    """
    X_test = safe_indexing(data.X, part.test)
    if part.role == "teacher":
        model, columns, seconds = _fit_teacher(estimator, part, data)
        y_train = data.y[part.train]
        fitted = answering_teacher(model, columns, X_test, y_train, data.classes)
        answer = _answer(fitted, part, data, metrics, X_test)
        return RunResult(part, answer, seconds, model=model if keep_model else None)
    try:
        model, seconds = _fit(estimator, part, data)
    except Exception as error:
        if part.role != "control":
            raise
        return RunResult(part, error=f"{type(error).__name__}: {error}")
    fitted = answering_student(model, X_test, data.classes)
    return RunResult(
        part,
        _answer(fitted, part, data, metrics, X_test),
        seconds,
        model.fit_times_,
        _chosen(model),
        model.selection_results_,
        model if keep_model else None,
    )


def _fit(estimator, part, data):
    model = clone_estimator(estimator)
    X, y = safe_indexing(data.X, part.train), data.y[part.train]
    start = time.perf_counter()
    with warnings.catch_warnings():
        # Once a fold would be often; the report says it once, as a finding.
        warnings.filterwarnings("ignore", message=".* is frozen: if it was trained on")
        model.fit(X, y, **fit_params(data, part.train))
    return model, time.perf_counter() - start


def _fit_teacher(estimator, part, data):
    """Fit the teacher as the estimator would: its columns, seed, weights, codes."""
    plan = plan_of(estimator, part, data)
    spec = plan.privileged
    start = time.perf_counter()
    if not isinstance(spec.teacher, FrozenEstimator):
        fit_teacher(
            spec.teacher,
            spec.X,
            spec.y,
            spec.classes,
            spec.fit_params,
        )
    seconds = time.perf_counter() - start
    return spec.teacher, plan.teacher_columns, seconds


def _chosen(model):
    values = {
        name: getattr(model, f"{name}_")
        for name in ("alpha", "privileged_weight", "correction")
    }
    return {name: float(v) for name, v in values.items() if v is not None}


def _answer(fitted, part, data, metrics, X):
    y = data.y[part.test]
    weight = None if data.sample_weight is None else data.sample_weight[part.test]
    scores = {
        metric.name: score(metric, fitted, X, y, weight)
        for metric in metrics
        if metric.compute is not None
    }
    if part.size is not None:
        return Answer(scores)
    soft = hasattr(fitted, "predict_proba")
    train_responses = None
    if part.answer_train and soft:
        X_train = safe_indexing(data.X, part.train)
        train_responses = fitted.predict_proba(X_train)
    return Answer(
        scores,
        np.asarray(fitted.predict(X)),
        fitted.predict_proba(X) if soft else None,
        train_responses,
    )
