"""Whether the teacher's predictions are calibrated, decided by themselves alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from skdistill.objectives._calibration import calibrate
from skdistill.offline._plan import StudentPlan
from skdistill.selection._selection import (
    STANDARD_ERRORS,
    average_groups,
    paired_means,
    row_loss,
)
from skdistill.students import Loss
from skdistill.teachers._teacher import OutOfFold


def resolve_calibration(
    plan: StudentPlan, loss: Loss, predictions: OutOfFold | None
) -> StudentPlan:
    """Decide what `calibrate="auto"` stands for.

    Parameters
    ----------
    plan : StudentPlan
        The student.
    loss : Loss
        Its loss.
    predictions : OutOfFold or None
        Of the teachers, mixed; rows that are NaN have no part in it.

    Returns
    -------
    StudentPlan
        Whose objective calibrates or does not.
    """
    if plan.objective.calibrate != "auto":
        return plan
    helps = (
        plan.classes is not None
        and predictions is not None
        and loss.alpha > 0.0
        and calibration_helps(
            predictions.values[: plan.n_labeled],
            plan.target,
            plan.weight,
            plan.groups,
            clip=loss.clip,
        )
    )
    return replace(plan, objective=clone(plan.objective).set_params(calibrate=helps))


def calibration_helps(
    predicted: NDArray[np.float64],
    codes: NDArray[np.intp],
    weight: NDArray[np.float64] | None = None,
    groups: NDArray[np.intp] | None = None,
    *,
    clip: float = 1e-3,
) -> bool:
    """Tell whether calibrated predictions fit the labels better, beyond noise.

    Each row, or group, is calibrated by the labels of others; its log-loss must fall by
    more than one standard error.

    Parameters
    ----------
    predicted : ndarray of shape (n_samples, n_classes)
        Out-of-fold probabilities; NaN where there are none.
    codes : ndarray of int of shape (n_samples,)
        Class codes 0..k-1.
    weight : ndarray of shape (n_samples,) or None, default=None
        Row weights.
    groups : ndarray of int of shape (n_samples,) or None, default=None
        Rows of one group are one observation.
    clip : float, default=1e-3
        Least probability.
    """
    rows = np.flatnonzero(np.isfinite(predicted).all(axis=1))
    after = calibrate(predicted, codes, rows, weight, groups, clip=clip)
    losses = np.column_stack(
        [row_loss(p, codes, "classification", clip) for p in (predicted, after)]
    )
    if groups is not None:
        losses, weight = average_groups(losses, weight, groups)
    mean, std_error = paired_means(losses, weight)
    return bool(mean[1] + STANDARD_ERRORS * std_error[1] < mean[0])
