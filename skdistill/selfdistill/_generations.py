"""Self-distillation, generation by generation, and when it ends.

1. Generation 0 is the estimator on the labels, cross-fitted: out-of-fold responses.
2. A later generation is trained, for each fold, on the responses of the one before,
   and answers for the rows of the fold.
3. Those answers are what it is scored by and what the next one learns from.

No answer may profit from its own row. That the model did not see the row is not enough
from generation 1 on: it learnt from responses, and those must come from models that
did not see the row either. So every fold has responses of its own
(``held_out_parts`` of `cross_fit`). Without this the score improves on pure noise: the
labels of a fold reach it by way of the models that answer for the others.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray
from sklearn.utils.parallel import Parallel, delayed

from skdistill.input._checks import clone_estimator
from skdistill.input._splits import Split
from skdistill.input._targets import as_predictions
from skdistill.objectives import Response
from skdistill.selection._selection import STANDARD_ERRORS, paired_means
from skdistill.selection._validation import HeldOutScorer
from skdistill.students import Loss, StudentTask, adapter_for
from skdistill.students._fit import fit_and_predict, fit_rows
from skdistill.teachers._crossfit import ExecutionConfig, average_predictions, cross_fit
from skdistill.teachers._teacher import OutOfFold, TeacherSpec, check_predictions


@dataclass(frozen=True)
class GenerationsPlan:
    """Everything the generations need, checked.

    Attributes
    ----------
    spec : TeacherSpec
        The estimator and its data; generation 0 is trained as a teacher is.
    weight : ndarray of shape (n_samples,) or None
        Row weights.
    objective : Response
        Makes the tasks.
    loss : Loss
        Of the generations that have a predecessor.
    splits : list of (train, test)
        Folds of the responses and of the scores.
    questions : list of list of (train, test)
        For each split, those that answer for its train part without its test part.
    n_generations : int
        How many to distil at most, beyond generation 0.
    judge : HeldOutScorer
        What generations are scored by.
    patience, tol : int, float
        Generations without a score better by `tol` after which to stop.
    ensemble : bool
        Whether the mean of all generations so far is what is scored.
    seed : int
        For routes that draw at random.
    """

    spec: TeacherSpec
    weight: NDArray | None
    objective: Response
    loss: Loss
    splits: list[Split]
    queries: list[list[Split]]
    n_generations: int
    held_out_scorer: HeldOutScorer
    patience: int
    tol: float
    ensemble: bool
    seed: int


@dataclass(frozen=True)
class GenerationsResult:
    """What came of the generations.

    Attributes
    ----------
    responses : list of Responses
        Out-of-fold answers of each generation.
    scores, std_errors : ndarray of shape (n_generations + 1,)
        Of each generation, and the standard error of its difference to generation 0.
    best : int
        The generation that is to predict.
    reason : str
        Why it ended there.
    """

    responses: list[OutOfFold]
    scores: NDArray[np.float64]
    std_errors: NDArray[np.float64]
    best: int
    reason: str


def run_generations(
    plan: GenerationsPlan, execution: ExecutionConfig
) -> GenerationsResult:
    """Train generations until the score on the true labels no longer improves."""
    spec, splits = plan.spec, plan.splits
    start = time.perf_counter()
    distils = plan.loss.alpha > 0.0
    first, *inner = cross_fit(
        spec,
        splits,
        held_out_parts=splits if distils else (),
        execution=ExecutionConfig(execution.n_jobs),
    )
    answered, by_fold = [first], []
    tasks: list[StudentTask] = []
    while True:
        by_fold.append(_score(plan, answered))
        # Over folds: rows of a group are no independent witnesses.
        scores, std_errors = paired_means(
            np.stack(by_fold, axis=1), plan.held_out_scorer.fold_weights(splits)
        )
        if execution.verbose:
            print(
                f"[skdistill] generation {len(scores) - 1}: score {scores[-1]:.4f}, "
                f"{time.perf_counter() - start:.1f} s",
                flush=True,
            )
        reason = _reason_to_stop(plan, scores, std_errors)
        if reason is not None:
            best = best_generation(scores, std_errors, plan.tol)
            return GenerationsResult(answered, scores, std_errors, best, reason)
        start = time.perf_counter()
        if len(answered) > 1:
            inner = _answer(plan, tasks, plan.queries, execution)
        tasks = [make_task(plan, responses) for responses in inner]
        outer = [[split] for split in splits]
        parts = _answer(plan, tasks, outer, execution)
        answered.append(_joined(plan, parts))


def make_task(plan: GenerationsPlan, responses: OutOfFold) -> StudentTask:
    """State the task of the generation after the one that gave the responses.

    Rows without a response keep their label.
    """
    spec, correction = plan.spec, plan.objective.correction
    values = as_predictions(spec.y, spec.classes).copy()
    values[responses.covered] = responses.values[responses.covered]
    return plan.objective.task(
        plan.loss,
        values,
        spec.y,
        spec.classes,
        plan.weight,
        plan.seed,
        correction=correction,
        adapter=adapter_for(spec.teacher),
    )


def train_generations(
    plan: GenerationsPlan,
    course: GenerationsResult,
    wanted: Sequence[int],
    execution: ExecutionConfig,
) -> list:
    """Train generations on all rows, to be deployed."""
    spec = plan.spec
    labels_only = plan.objective.loss(plan.loss.kind, 0.0, plan.loss.n_outputs)
    tasks = [
        plan.objective.task(
            labels_only,
            None,
            spec.y,
            spec.classes,
            plan.weight,
            adapter=adapter_for(spec.teacher),
        )
        if generation == 0
        else make_task(plan, course.responses[generation - 1])
        for generation in wanted
    ]
    at_a_time = min(effective_n_jobs(execution.n_jobs), len(tasks))
    return Parallel(n_jobs=execution.n_jobs)(
        delayed(fit_rows)(clone_estimator(spec.teacher), spec.X, task, None, at_a_time)
        for task in tasks
    )


def best_generation(scores: NDArray, std_errors: NDArray, tol: float) -> int:
    """Return the last generation that was clearly better than all before it.

    By more than `tol` than each of them, and by more than chance than generation 0.

    Parameters
    ----------
    scores, std_errors : ndarray of shape (n_generations,)
        Of each, and of its difference to generation 0.
    tol : float
        Improvement that counts as one.
    """
    better = scores > scores[0] + STANDARD_ERRORS * std_errors
    best = 0
    for generation, score in enumerate(scores):
        if better[generation] and score > scores[best] + tol:
            best = generation
    return best


def _score(plan, answered):
    """Score what would predict on the test part of each fold."""
    chosen = answered if plan.ensemble else answered[-1:]
    values = np.mean([a.values for a in chosen], axis=0)
    return np.array(
        [plan.held_out_scorer.score(values[test], test) for _, test in plan.splits]
    )


def _reason_to_stop(plan, scores, std_errors):
    if plan.loss.alpha == 0.0:
        return "alpha_is_zero"
    best = best_generation(scores, std_errors, plan.tol)
    if len(scores) - 1 - best >= plan.patience:
        return "no_improvement"
    if len(scores) - 1 == plan.n_generations:
        return "max_generations"
    return None


def _answer(plan, tasks, queries, execution):
    """Responses to the questions of each task, by models trained on that task."""
    spec = plan.spec
    trials = [
        (task, split)
        for task, asked in zip(tasks, queries, strict=True)
        for split in asked
    ]
    at_a_time = min(effective_n_jobs(execution.n_jobs), len(trials))
    answers = Parallel(n_jobs=execution.n_jobs)(
        delayed(fit_and_answer)(
            clone_estimator(spec.teacher), spec.X, task, *split, at_a_time
        )
        for task, split in trials
    )
    remaining = iter(answers)
    return [
        average_predictions(spec, asked, [next(remaining) for _ in asked])
        for asked in queries
    ]


def _joined(plan, parts):
    """One set of responses from those of single folds."""
    answers = [
        responses.values[test]
        for responses, (_, test) in zip(parts, plan.splits, strict=True)
    ]
    return average_predictions(plan.spec, plan.splits, answers)


def fit_and_answer(
    estimator: Any,
    X: Any,
    task: StudentTask,
    train: NDArray,
    test: NDArray,
    n_at_a_time: int = 1,
) -> NDArray[np.float64]:
    """Train an estimator on some rows of a task and answer for others."""
    answer = fit_and_predict(estimator, X, task, train, test, n_at_a_time)
    answer = np.asarray(answer, dtype=np.float64)
    check_predictions(
        answer, task.classes, f"A generation of {type(estimator).__name__}"
    )
    return answer
