"""The runs of a report: which model is trained on which rows, and what it predicts."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.input._checks import clone_estimator
from skdistill.input._sklearn import ignore_warnings, safe_indexing
from skdistill.input._splits import Split
from skdistill.offline._base import BaseDistilled
from skdistill.report._arms import Arms, plan_fit
from skdistill.report._data import Data
from skdistill.report._draws import Draws, draw_order
from skdistill.report._metrics import Metric, compute_scores
from skdistill.report._models import chosen_values, train_teacher
from skdistill.report._sharing import store_of_run, with_outer_folds
from skdistill.report._wrappers import (
    OWNER,
    inner_estimator,
    nested_params,
    search_in,
    without_search,
)
from skdistill.selection._precomputed import precomputed_estimator, predict_once

WHOLE = "whole"
# It warns of cross-validation, and the report does not cut rows without labels.
_CUT = "X_unlabeled has as many rows as X"
_TOO_FEW = {"rows": "train_sizes", "hidden": "hidden_labels"}


@dataclass(frozen=True)
class Run:
    """One model to train, and the rows to train and to score it on.

    Attributes
    ----------
    arm : "teacher", "baseline", "control", "labeled" or "distilled"
    estimator : estimator
        Unfitted; of the teacher's arm only the teacher is trained.
    fold : int
    train, test : ndarray of int
    unlabeled : ndarray of int or None
        Rows without labels that take part.
    hidden : ndarray of int or None
        Rows of X that take part without their labels.
    part : "whole", "rows", "unlabeled" or "hidden"
        Whether it is trained on the whole training part, or for a learning curve of
        rows with or without labels, or with hidden labels.
    draw : int
        Which draw of the fold.
    """

    arm: str
    estimator: Any
    fold: int
    train: NDArray
    test: NDArray
    unlabeled: NDArray | None = None
    hidden: NDArray | None = None
    part: str = WHOLE
    draw: int = 0

    @property
    def whole(self) -> bool:
        """Whether it is trained on the whole training part."""
        return self.part == WHOLE


@dataclass(frozen=True)
class RunResult:
    """What a trained model scored and predicted.

    Attributes
    ----------
    run : Run
    scores : dict
        Value by metric; without those that need all folds.
    predicted : ndarray or None
        Labels or values of the test rows; None for drawn runs.
    probabilities : ndarray or None
        None where there are none.
    seconds : float
        Time of the fit.
    chosen : dict
        Fitted alpha, privileged weight and correction of a student.
    selection : dict
        Its `selection_results_`; empty if there was nothing to choose.
    model : estimator or None
        The fitted model, if it was asked for.
    found : estimator or None
        A copy with the parameters that a search found.
    error : str
        Why a control could not be trained, or empty.
    """

    run: Run
    scores: Mapping[str, float] = field(default_factory=dict)
    predicted: NDArray | None = None
    probabilities: NDArray | None = None
    seconds: float = 0.0
    chosen: Mapping[str, float] = field(default_factory=dict)
    selection: Mapping[str, NDArray] = field(default_factory=dict)
    model: Any = None
    found: Any = None
    error: str = ""


def pool(
    results: Sequence[RunResult], arm: str, classes: NDArray | None
) -> NDArray | None:
    """Return what an arm predicts for the test rows of all folds, one after the other.

    Probabilities of a classifier; None where it has none, or there is no such arm.
    """
    parts = [
        result.predicted if classes is None else result.probabilities
        for result in results
        if result.run.arm == arm and result.run.whole
    ]
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known else None


def plan_runs(
    arms: Arms,
    splits: Sequence[Split],
    data: Data,
    draws: Draws,
    random_state: np.random.RandomState,
) -> list[Run]:
    """Plan one run for each arm and fold, and those on fewer rows or labels.

    Arms share a draw, and larger draws hold smaller ones.
    """
    unlabeled = np.arange(data.unlabeled.n_rows) if data.unlabeled.n_rows else None
    whole = {
        (arm, fold): Run(
            arm, each, fold, train, test, unlabeled if arm == "distilled" else None
        )
        for fold, (train, test) in enumerate(splits)
        for arm, each in arms.estimators.items()
    }
    runs = list(whole.values())
    folds = range(len(splits))
    places = [(fold, draw) for fold in folds for draw in range(draws.n_repeats)]
    for fold, draw in places if draws.train_sizes else ():
        train, _ = splits[fold]
        ordered = train[draw_order(data, train, random_state)]
        for size in draws.train_sizes:
            rows = np.sort(ordered[:size])
            runs += [
                replace(whole[arm, fold], train=rows, part="rows", draw=draw)
                for arm in arms.estimators
                if arm != "teacher"
            ]
    for fold, draw in places if draws.unlabeled_sizes else ():
        run = replace(whole["distilled", fold], part="unlabeled", draw=draw)
        order = random_state.permutation(data.unlabeled.n_rows)
        for size in draws.unlabeled_sizes:
            runs.append(replace(run, unlabeled=np.sort(order[:size])))
    for fold in folds if draws.hidden_labels else ():
        run = replace(whole["distilled", fold], part="hidden")
        ordered = run.train[draw_order(data, run.train, random_state)]
        n_kept = len(ordered) - round((draws.hidden_labels or 0.0) * len(ordered))
        run = replace(run, train=np.sort(ordered[:n_kept]))
        runs.append(replace(run, arm="labeled"))
        runs.append(replace(run, hidden=np.sort(ordered[n_kept:])))
    return runs


def with_shared_folds(runs: Sequence[Run], splits: Sequence[Split]) -> list[Run]:
    """Let the folds of the report be those of its estimators, too.

    Draws of a training part have as many folds of their own.
    """
    shared = []
    for run in runs:
        if run.arm not in ("teacher", "baseline"):
            if run.train is splits[run.fold][0]:
                estimator = with_outer_folds(run.estimator, splits, run.fold)
            else:
                estimator = clone_estimator(run.estimator)
                estimator.set_params(cv=len(splits) - 1)
            run = replace(run, estimator=estimator)
        shared.append(run)
    return shared


def check_runs(runs: Sequence[Run], data: Data) -> None:
    """Let the fits of the first fold, and of its first draws, check what they can.

    A control that cannot be trained costs no other figure, so it is not checked.
    """
    first = {
        (run.arm, run.part, len(run.train)): run
        for run in reversed(runs)
        if run.fold == 0
        and run.arm in ("distilled", "baseline")
        and isinstance(run.estimator, BaseDistilled)
    }
    for run in first.values():
        X = safe_indexing(data.X, run.train)
        params = data.fit_params(run.train, run.unlabeled, run.hidden)
        try:
            with ignore_warnings(UserWarning, message=_CUT):
                plan_fit(run.estimator, X, data.y[run.train], params)
        except ValueError as error:
            if run.part not in _TOO_FEW:
                raise
            raise ValueError(
                f"{_TOO_FEW[run.part]} of {OWNER}: {len(run.train)} rows are too few. "
                f"{error}"
            ) from error


def fit_and_score(
    run: Run,
    data: Data,
    metrics: Sequence[Metric],
    keep_model: bool,
) -> RunResult:
    """Train a copy of an arm on the run's rows and score it on its test rows.

    Parameters
    ----------
    run : Run
    data : Data
    metrics : sequence of Metric
    keep_model : bool
        Whether the result holds the fitted model.

    Returns
    -------
    RunResult
        A control that fails is a result with an error, so that it costs the report
        no other figure: its teacher may depend on columns that it does not have.
    """
    X, y = safe_indexing(data.X, run.train), data.y[run.train]
    params = data.fit_params(run.train, run.unlabeled, run.hidden)
    X_test, found, model = safe_indexing(data.X, run.test), None, None
    seconds, start = 0.0, time.perf_counter()
    if run.arm == "teacher" and data.soft_targets is not None:
        values = data.soft_targets[run.test]
        predicted = precomputed_estimator(values, X_test, data.classes)
    elif run.arm == "teacher":
        model = train_teacher(run.estimator, X, y, data.classes, params)
        seconds = time.perf_counter() - start
    else:
        model = clone_estimator(run.estimator)
        store = store_of_run(model)
        try:
            with ignore_warnings(UserWarning, message=_CUT):
                model.fit(X, y, **nested_params(model, params))
        except Exception as error:
            if run.arm != "control":
                raise
            return RunResult(run, error=f"{type(error).__name__}: {error}")
        seconds = time.perf_counter() - start
        if store is not None:
            seconds += store.saved_seconds()
        found = None if search_in(model) is None else without_search(model)
    if model is not None:
        predicted = predict_once(model, X_test, data.classes)
    weight = None if data.sample_weight is None else data.sample_weight[run.test]
    scores = compute_scores(metrics, predicted, data.y[run.test], weight)
    if not run.whole:
        return RunResult(run, scores, seconds=seconds)
    soft, student = hasattr(predicted, "predict_proba"), run.arm != "teacher"
    return RunResult(
        run,
        scores,
        np.asarray(predicted.predict(predicted.X)),
        predicted.predict_proba(predicted.X) if soft else None,
        seconds,
        chosen_values(model) if student else {},
        getattr(inner_estimator(model), "selection_results_", {}) if student else {},
        model if keep_model else None,
        found,
    )
