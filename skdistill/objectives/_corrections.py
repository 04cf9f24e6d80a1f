"""Responses moved before they are matched: into the range of y, towards labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Extremes(NamedTuple):
    """What the range of values is found from, of each output.

    Attributes
    ----------
    y_low, y_high : ndarray
        The least and the largest label.
    above_0, below_1 : ndarray
        The least prediction above 0, and the largest below 1; infinite without one.
    """

    y_low: NDArray[np.float64]
    y_high: NDArray[np.float64]
    above_0: NDArray[np.float64]
    below_1: NDArray[np.float64]

    @classmethod
    def of(cls, responses: NDArray, y: NDArray) -> Extremes:
        """Find them for some rows, of which there may be none."""
        return cls(
            y.min(axis=0, initial=np.inf),
            y.max(axis=0, initial=-np.inf),
            responses.min(axis=0, initial=np.inf, where=responses > 0.0),
            responses.max(axis=0, initial=-np.inf, where=responses < 1.0),
        )

    @classmethod
    def of_all(cls, parts: Sequence[Extremes]) -> Extremes:
        """Find them for all rows from those of the parts."""
        return cls(
            np.min([each.y_low for each in parts], axis=0),
            np.max([each.y_high for each in parts], axis=0),
            np.min([each.above_0 for each in parts], axis=0),
            np.max([each.below_1 for each in parts], axis=0),
        )


def within_range(
    responses: NDArray[np.float64], extremes: Extremes
) -> NDArray[np.float64]:
    """Clip predicted values to what y can be: not negative, positive, at most one.

    Losses for counts, amounts and shares take nothing else, and neither do the
    logarithm or root of a TransformedTargetRegressor. An open bound becomes the
    extreme prediction within it, so that no more of y is used than its bounds.
    """
    y_low, y_high, above_0, below_1 = extremes
    least = np.where(np.isfinite(above_0), above_0, y_low)
    least = np.where(y_low < 0.0, -np.inf, np.where(y_low > 0.0, least, 0.0))
    # What is raised to the least value is a prediction, too.
    below = np.isfinite(below_1) & (least < 1.0)
    most = np.where(below, np.maximum(below_1, least), y_high)
    most = np.where(y_high < 1.0, most, 1.0)
    most = np.where((y_low < 0.0) | (y_high > 1.0), np.inf, most)
    # What is within the bounds stays as it is, to the last bit.
    responses = np.where(responses < least, least, responses)
    return np.where(responses > most, most, responses)


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
