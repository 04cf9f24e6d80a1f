"""Self-distillation, generation by generation.

1. Generation 0 is the estimator on the labels, cross-fitted: out-of-fold predictions.
2. A later generation is trained, for each fold, on the predictions of the one before,
   and predicts the rows of the fold.
3. Those predictions are what it is scored by and what the next one learns from.

Rows without a label are predicted by every model and learnt from by all generations
but 0; they are in no split, and in no score.

No prediction may profit from its own row. That the model did not see the row is not
enough from generation 1 on: it learnt from predictions, and those must come from models
that did not see the row either. So every fold has predictions of its own
(``held_out_parts`` of `CrossFit`). Without this the score improves on pure noise: the
labels of a fold reach it by way of the models that predict the others.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.input._boosters import expect_two_classes
from skdistill.input._checks import clone_estimator
from skdistill.input._classes import expand_classes, name_present_classes
from skdistill.input._parallel import run_fits
from skdistill.input._responses import student_predictions
from skdistill.input._rows import first_rows, row_parts, take_rows
from skdistill.input._splits import Split
from skdistill.input._targets import present_codes
from skdistill.input._unlabeled import StackedTargets
from skdistill.input._warnings import tell
from skdistill.selection._comparison import paired_means
from skdistill.selfdistill._plan import GenerationsPlan
from skdistill.students import StudentTask, adapter_for
from skdistill.students._fit import fit_rows
from skdistill.teachers._crossfit import CrossFit, ExecutionConfig, average_predictions
from skdistill.teachers._teacher import OutOfFold, check_predictions

_fit_generation = partial(fit_rows, role="generation")


def run_generations(
    plan: GenerationsPlan, execution: ExecutionConfig
) -> tuple[list[OutOfFold], NDArray[np.float64], NDArray[np.float64], str]:
    """Train generations until the score on the true labels no longer improves.

    Returns
    -------
    predictions : list of OutOfFold
        Of each generation.
    scores, std_errors : ndarray of shape (n_generations + 1,)
        Of each generation, and the standard error of its difference to generation 0.
    reason : str
        Why it ended there.
    """
    start = time.perf_counter()
    held_out_parts = plan.splits if plan.stopping.n_generations else []
    cross_fit = CrossFit(
        plan.spec,
        plan.splits,
        held_out_parts=held_out_parts,
        execution=ExecutionConfig(execution.n_jobs),
    )
    first, *held_out = cross_fit.predict(range(1 + len(held_out_parts)))
    splits, *nested = (
        with_rows(each, plan.spec.unlabeled_rows)
        for each in (plan.splits, *plan.nested)
    )
    predictions = [first]
    tasks: list[StudentTask] = []
    by_fold: list[NDArray] = []
    while True:
        by_fold.append(score_folds(plan, predictions))
        # Over folds: rows of a group are not independent.
        scores, std_errors = paired_means(
            np.stack(by_fold, axis=1), plan.scorer.fold_weights(plan.splits)
        )
        if execution.verbose:
            tell(
                f"generation {len(scores) - 1}: score {scores[-1]:.4f}, "
                f"{time.perf_counter() - start:.1f} s"
            )
        reason = plan.stopping.reason(scores, std_errors)
        if reason is not None:
            return predictions, scores, std_errors, reason
        start = time.perf_counter()
        if tasks:
            predicted = predict_splits(plan, tasks, nested, execution)
            held_out = [
                average_predictions(plan.spec, own, values)
                for own, values in zip(nested, predicted, strict=True)
            ]
        tasks = [make_task(plan, part) for part in held_out]
        predictable = [
            [_without_unpredicted(split, part, plan.spec.n_labeled)]
            for split, part in zip(splits, held_out, strict=True)
        ]
        predicted = predict_splits(plan, tasks, predictable, execution)
        predictions.append(
            average_predictions(plan.spec, splits, [values for (values,) in predicted])
        )


def with_rows(splits: Sequence[Split], rows: NDArray[np.intp]) -> list[Split]:
    """Add rows to both parts of each split: they are learnt from, and predicted."""
    if not len(rows):
        return list(splits)
    return [(np.append(train, rows), np.append(test, rows)) for train, test in splits]


def _without_unpredicted(split: Split, predictions: OutOfFold, n_labeled: int) -> Split:
    """Leave out training rows that have neither a label nor a prediction.

    So are all without a label in the first split of a time series.
    """
    train, test = split
    return train[(train < n_labeled) | predictions.covered[train]], test


def make_task(plan: GenerationsPlan, predictions: OutOfFold | None) -> StudentTask:
    """Make the task of the generation after the one that predicted.

    Rows without a prediction keep their label. Without predictions it is the task of
    generation 0: the labels.
    """
    spec, targets = plan.spec, plan.targets
    loss, values, correction = plan.loss, None, plan.objective.correction
    if predictions is None:
        loss, correction = replace(loss, alpha=0.0), None
        weight = targets.weight
        targets = StackedTargets(
            spec.y, None if weight is None else weight[: spec.n_labeled]
        )
    else:
        values = predictions.values
    return plan.objective.task(
        loss,
        values,
        targets.labels,
        spec.classes,
        targets.weight,
        plan.seed,
        correction=correction,  # type: ignore[arg-type]  # "auto" is refused.
        adapter=adapter_for(spec.teacher),
        labeled=targets.labeled,
    )


def train_generations(
    plan: GenerationsPlan,
    predictions: Sequence[OutOfFold],
    wanted: Sequence[int],
    execution: ExecutionConfig,
) -> list[Any]:
    """Train generations on all rows, to be deployed."""
    tasks = [make_task(plan, predictions[g - 1] if g else None) for g in wanted]
    fits = (
        (
            clone_estimator(plan.spec.teacher),
            first_rows(plan.spec.X, len(task.labels)),
            task,
            None,
        )
        for task in tasks
    )
    return list(run_fits(execution.n_jobs, _fit_generation, fits, len(tasks)))


def score_folds(
    plan: GenerationsPlan, predictions: Sequence[OutOfFold]
) -> NDArray[np.float64]:
    """Score what would predict on the test part of each fold."""
    chosen = predictions if plan.ensemble else predictions[-1:]
    values = np.mean([each.values for each in chosen], axis=0)
    return np.array([plan.scorer.score(values[test], test) for _, test in plan.splits])


def predict_splits(
    plan: GenerationsPlan,
    tasks: Sequence[StudentTask],
    splits: Sequence[Sequence[Split]],
    execution: ExecutionConfig,
) -> list[list[NDArray]]:
    """Train on each task over splits of its own, and predict their test parts."""
    fits = (
        (clone_estimator(plan.spec.teacher), plan.spec.X, task, *split)
        for task, own in zip(tasks, splits, strict=True)
        for split in own
    )
    n_fits = sum(map(len, splits))
    predicted = run_fits(execution.n_jobs, train_and_predict, fits, n_fits)
    return [[next(predicted) for _ in own] for own in splits]


def train_and_predict(
    estimator: Any,
    X: Any,
    task: StudentTask,
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    n_at_a_time: int = 1,
) -> NDArray[np.float64]:
    """Train an estimator on some rows of a task and predict others.

    Classes that the rows lack get probability zero.
    """
    part = task.rows(train)
    present = None
    if task.classes is not None:
        present = present_codes(part.labels[part.labeled_rows])
        part = part.with_classes(present)
        name_present_classes(estimator, task.classes, present)
        if len(present) == 2:
            expect_two_classes(estimator)
    fitted = _fit_generation(estimator, take_rows(X, train), part, None, n_at_a_time)
    predicted = np.concatenate(
        [
            np.asarray(student_predictions(fitted, each, part.loss, part.classes))
            for each in row_parts(X, test)
        ]
    ).astype(np.float64)
    if present is not None:
        predicted = expand_classes(predicted, present, task.loss.n_outputs)
    owner = f"A generation of {type(estimator).__name__}"
    check_predictions(predicted, task.classes, owner)
    return predicted
