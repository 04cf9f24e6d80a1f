"""Responses moved before they are matched: into the range of y, towards labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def within_range(
    responses: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Clip predicted values to what y can be: not negative, positive, at most one.

    Losses for counts, amounts and shares take nothing else, and neither do the
    logarithm or root of a TransformedTargetRegressor. An open bound becomes the
    extreme prediction within it, so that no more of y is used than its bounds.
    """
    with_bounds = responses
    for sign, bound in ((1.0, 0.0), (-1.0, 1.0)):
        distance, of_y = sign * (with_bounds - bound), sign * (y - bound)
        low, high = y.min(axis=0), y.max(axis=0)
        bounded = (low >= 0.0) & ((sign > 0) | (high <= 1.0))
        is_open = of_y.min(axis=0) > 0.0
        within = np.where(distance > 0.0, distance, np.inf).min(axis=0)
        within = np.where(np.isfinite(within), within, of_y.min(axis=0))
        floor = np.where(bounded, np.where(is_open, within, 0.0), -np.inf)
        # What is within the bounds stays as it is, to the last bit.
        with_bounds = np.where(distance < floor, bound + sign * floor, with_bounds)
    return with_bounds


def corrected(
    responses: NDArray[np.float64],
    hard: NDArray[np.float64],
    correction: float,
    *,
    one_hot: bool,
) -> NDArray[np.float64]:
    """Move responses towards the labels by a bounded step (Dao et al. 2021).

    Parameters
    ----------
    responses, hard : ndarray of shape (n_samples, n_classes) or of that of y
        Responses, and one-hot labels or values.
    correction : float
        c >= 0; 0 keeps the responses, infinity gives the labels.
    one_hot : bool
        Whether rows are distributions, which have one error each, not one a column.

    Returns
    -------
    ndarray of the shape of `responses`
    """
    if np.isinf(correction):
        return hard.astype(np.float64)
    step = hard - responses
    squared = step**2
    if one_hot:
        squared = squared.sum(axis=1, keepdims=True) / 2.0
    total = correction + squared
    share = np.divide(correction, total, out=np.ones_like(total), where=total > 0)
    return responses + share * step
