"""Train students: those that are compared, and the one that is deployed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.input._checks import clone_estimator
from skdistill.input._parallel import run_fits
from skdistill.input._rows import without_copies_of_others
from skdistill.input._warnings import tell
from skdistill.offline._candidates import variance
from skdistill.offline._plan import SelectionPlan, StudentPlan
from skdistill.offline._targets import make_task, mix_teachers
from skdistill.offline._teachers import Teachers
from skdistill.offline._verbose import describe_choice
from skdistill.selection._choice import Choice, choose, is_settled
from skdistill.selection._comparison import Comparison, compare
from skdistill.students import StudentTask
from skdistill.students._fit import fit_and_predict, fit_rows
from skdistill.teachers._crossfit import ExecutionConfig


def select(
    plan: SelectionPlan,
    student: StudentPlan,
    teachers: Teachers,
    execution: ExecutionConfig,
) -> Choice:
    """Choose among the candidates by predictions of rows that were held out.

    Part by part, until the others can hardly change the choice.
    """
    candidates = [candidate for candidate, _ in plan.candidates]
    if len(candidates) == 1:
        return Choice(candidates[0], {})
    losses: dict[int, NDArray] = {}
    for part, of_part in held_out_losses(plan, student, teachers, execution):
        losses[part] = of_part
        compared = _compare(plan, losses)
        if is_settled(candidates, compared, share=len(losses) / len(plan.validation)):
            break
    choice = choose(candidates, compared)
    if execution.verbose:
        tell(describe_choice(plan, choice, losses))
    return choice


def _compare(plan: SelectionPlan, losses: dict[int, NDArray]) -> Comparison:
    """Average what candidates lose on the rows, or blocks of rows, of some parts."""
    assert plan.scorer is not None
    splits = [plan.validation[part] for part in losses]
    values = np.concatenate(list(losses.values()))
    if plan.by_row:
        rows = np.concatenate([test for _, test in splits])
        weight, groups = (
            None if of_rows is None else of_rows[rows]
            for of_rows in (plan.scorer.weight, plan.groups)
        )
        return compare(values, weight, groups)
    n_blocks = [len(of_part) for of_part in losses.values()]
    weight = np.repeat(plan.scorer.fold_weights(splits) / n_blocks, n_blocks)
    n_units = sum(plan.n_units(part) for part in losses)
    return replace(compare(values, weight), n_observations=n_units)


def held_out_losses(
    plan: SelectionPlan,
    student: StudentPlan,
    teachers: Teachers,
    execution: ExecutionConfig,
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Compute the losses of all candidates on rows that were held out, by part.

    Every candidate's student is trained on the train rows of each part, on predictions
    of teachers that did not see the test rows, and predicts these.

    Yields
    ------
    part : int
        Its position.
    losses : ndarray of shape (n_observations, n_candidates)
        Loss of each row or, with a scorer, negative score of each block; NaN where
        there is none.
    """
    columns = range(len(plan.candidates))
    for parts in plan.rounds(execution.n_jobs):
        predictions = teachers.predict([0, *(1 + part for part in parts)])
        fits = (
            (
                clone_estimator(student.estimator),
                student.X,
                *_trial(plan, student, predictions, part, column),
                plan.validation[part][1],
            )
            for part in parts
            for column in columns
        )
        n_fits = len(parts) * len(columns)
        with execution.stage("selection", n_fits) as tick:
            predicted = []
            for values in run_fits(execution.n_jobs, fit_and_predict, fits, n_fits):
                predicted.append(values)
                tick()
        for number, part in enumerate(parts):
            of_part = predicted[number * len(columns) :][: len(columns)]
            yield part, np.stack([_losses(plan, v, part) for v in of_part], axis=-1)


def _losses(plan, predicted, part):
    """Score predictions of held-out rows; less is better."""
    rows = plan.validation[part][1]
    if predicted is None:
        n_observations = len(rows) if plan.by_row else max(1, len(plan.blocks[part]))
        return np.full(n_observations, np.nan)
    if plan.by_row:
        return plan.scorer.row_losses(predicted, rows)
    return -plan.scorer.block_scores(predicted, rows, plan.blocks[part])


def _trial(plan, student, predictions, part, column):
    """Task and training rows of a candidate's student that is compared on a part."""
    candidate, loss = plan.candidates[column]
    train, test = plan.validation[part]
    chosen = len({c.correction for c, _ in plan.candidates}) > 1
    if chosen and candidate.correction and student.classes is None:
        # "auto" counts in variances of y, here of the training rows alone.
        share = _variance_of(student, train) / _variance_of(student, slice(None))
        candidate = replace(candidate, correction=share * candidate.correction)
    mixed = mix_teachers(predictions, 1 + part, candidate.privileged_weight)
    mixed = _without(mixed, test)
    task, rows = make_task(student, candidate, loss, mixed)
    return task, rows_of_part(student, rows, train)


def _without(predictions, rows):
    """Leave out rows whose labels must reach no target.

    Teachers that were trained elsewhere have predicted them, too.
    """
    if predictions is None or not predictions.covered[rows].any():
        return predictions
    values, covered = predictions.values.copy(), predictions.covered.copy()
    values[rows], covered[rows] = np.nan, False
    return replace(predictions, values=values, covered=covered)


def _variance_of(student, rows):
    weight = None if student.weight is None else student.weight[rows]
    return variance(student.target[rows], weight)


def rows_of_part(
    plan: StudentPlan, rows: NDArray[np.intp], part: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Reduce rows to those of a part of the rows with labels, and those without.

    Copies of rows outside the part are left out.
    """
    n_labeled = plan.n_labeled
    usable = np.zeros(n_labeled, dtype=bool)
    usable[rows[rows < n_labeled]] = True
    others = rows[rows >= n_labeled] - n_labeled
    others = without_copies_of_others(others, plan.source, part)
    return np.append(part[usable[part]], n_labeled + others)


def train_students(
    plan: StudentPlan,
    task: StudentTask,
    rows: NDArray[np.intp],
    n_jobs: int | None,
) -> list[Any]:
    """Train one student on the rows, or one on those of each part of `student_cv`."""
    if plan.part_rows is None:
        whole = len(rows) == plan.X.shape[0]
        student = clone_estimator(plan.estimator)
        return [fit_rows(student, plan.X, task, None if whole else rows)]
    fits = (
        (clone_estimator(plan.estimator), plan.X, task, rows_of_part(plan, rows, part))
        for part in plan.part_rows
    )
    return list(run_fits(n_jobs, fit_rows, fits, len(plan.part_rows)))
