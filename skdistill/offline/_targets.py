"""From the teachers to the student's task: predictions, their mixture, targets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from skdistill.input._unlabeled import StackedTargets
from skdistill.offline._plan import StudentPlan
from skdistill.offline._teachers import TeacherPredictions
from skdistill.selection._candidates import Candidate
from skdistill.students import Loss, StudentTask, adapter_for
from skdistill.teachers._teacher import OutOfFold


def mix_teachers(
    predictions: TeacherPredictions, part: int, privileged_weight: float
) -> OutOfFold | None:
    """Mix the predictions of both teachers.

    Parameters
    ----------
    predictions : TeacherPredictions
        Of rows with labels, then of those without. Where only the regular teacher
        can predict the latter, the privileged one has none of them.
    part : int
        0 for all rows, 1 + i for the held-out part i.
    privileged_weight : float
        Share of the privileged teacher. Representations have no mean: they are the
        privileged teacher's, if it has a share.

    Returns
    -------
    OutOfFold or None
        None without a teacher.
    """
    privileged, regular = (
        None if parts is None else parts[part]
        for parts in (predictions.privileged, predictions.regular)
    )
    share = privileged_weight
    if regular is None or privileged is None:
        return regular if privileged is None else privileged
    if share == 0.0:
        return regular
    if share == 1.0 and len(privileged.values) == len(regular.values):
        return privileged
    both = slice(len(privileged.values))
    values, covered = regular.values.copy(), regular.covered.copy()
    if share == 1.0:
        values[both], covered[both] = privileged.values, privileged.covered
    else:
        values[both] = share * privileged.values + (1.0 - share) * values[both]
        covered[both] &= privileged.covered
    return OutOfFold(values, covered, representations=privileged.representations)


def make_task(
    plan: StudentPlan,
    candidate: Candidate,
    loss: Loss,
    predictions: OutOfFold | None,
) -> tuple[StudentTask, NDArray[np.intp]]:
    """Make the student's task.

    Parameters
    ----------
    plan : StudentPlan
        The student.
    candidate : Candidate
        The mixture.
    loss : Loss
        The student's loss.
    predictions : OutOfFold or None
        Of the teachers, mixed; None without a teacher.

    Returns
    -------
    task : StudentTask
        For the rows with labels and, if the mixture has them, those without.
    rows : ndarray of int
        Those that the student can be trained on.
    """
    targets, values = StackedTargets(plan.target, plan.weight), None
    covered = np.ones(plan.n_labeled, dtype=bool)
    if loss.alpha > 0.0 and predictions is not None:
        factor, weight = candidate.unlabeled_weight, plan.weight_unlabeled
        n_others = plan.n_unlabeled if factor > 0.0 else plan.n_copies
        if factor not in (0.0, 1.0):  # Copies weigh what their rows do.
            weight = np.ones(n_others) if weight is None else weight.copy()
            weight[plan.n_copies :] *= factor
        if n_others:
            weight = None if weight is None else weight[:n_others]
            targets = targets.followed_by(n_others, weight)
        n_used = len(targets.labels)
        values = predictions.values[:n_used]
        covered = predictions.covered[:n_used]
    objective = plan.objective
    if objective.calibrate == "auto":
        objective = clone(objective).set_params(calibrate=candidate.calibrated)
    task = objective.task(
        loss,
        values,
        targets.labels,
        plan.classes,
        targets.weight,
        plan.seed,
        correction=candidate.correction,
        adapter=adapter_for(plan.estimator),
        labeled=targets.labeled,
    )
    if loss.auxiliary and predictions is not None and covered.any():
        auxiliary = tuple(
            item.auxiliary(loss.alpha, values[: len(covered)], query)
            for item, values, query in zip(
                plan.auxiliary_objectives,
                predictions.representations,
                plan.queries,
                strict=True,
            )
        )
        task = replace(task, auxiliary=auxiliary)
    if plan.source is not None and targets.labeled is not None:
        source, n_copies = np.arange(len(covered)), plan.n_copies
        source[plan.n_labeled :][:n_copies] = plan.source[:n_copies]
        task = replace(task, source=source)
    return replace(task, store=plan.store), np.flatnonzero(covered)
