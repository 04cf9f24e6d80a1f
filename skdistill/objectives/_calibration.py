"""A teacher that is too sure of itself: one temperature, or one slope, for all rows.

That of a row is fitted to the labels of other rows, so that no row's label reaches its
own target.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from skdistill.input._responses import temper
from skdistill.input._rows import finite_rows

# Rows are calibrated by those of the other parts.
_N_PARTS = 5
_LOG_TEMPERATURES = (-1.0, 3.0)


def calibrated(
    responses: NDArray,
    labels: NDArray,
    labeled: NDArray[np.bool_] | None,
    classes: NDArray | None,
    weight: NDArray | None,
    clip: float,
) -> NDArray[np.float64]:
    """Calibrate the responses of the rows that have one, and a label.

    See `calibrate` and `calibrate_values`; `labeled` marks rows with a label, None is
    all.
    """
    known = finite_rows(responses)
    rows = np.flatnonzero(known if labeled is None else known & labeled)
    if classes is None:
        return calibrate_values(responses, labels, rows, weight)
    return calibrate(responses, labels, rows, weight, clip=clip)


def calibrate(
    predicted: NDArray[np.float64],
    codes: NDArray[np.intp],
    rows: NDArray[np.intp],
    weight: NDArray[np.float64] | None = None,
    *,
    clip: float = 1e-3,
) -> NDArray[np.float64]:
    """Soften or sharpen probabilities so that they fit the labels.

    Parameters
    ----------
    predicted : ndarray of shape (n_samples, n_classes)
        Probabilities.
    codes : ndarray of int of shape (n_samples,)
        Class codes 0..k-1.
    rows : ndarray of int
        Rows that have a label and are to be calibrated; the others stay as they are.
    weight : ndarray of shape (n_samples,) or None, default=None
        Row weights.
    clip : float, default=1e-3
        Least probability, of predictions that are to be calibrated.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural
       networks", ICML 2017.
    """
    calibrated = predicted.copy()
    # What is impossible stays so at any temperature.
    possible = np.maximum(predicted, clip)
    possible /= possible.sum(axis=1, keepdims=True)
    for own, others, given in _parts(rows, weight):
        temperature = fit_temperature(possible[others], codes[others], given)
        calibrated[own] = temper(possible[own], temperature)
    return calibrated


def calibrate_values(
    predicted: NDArray[np.float64],
    y: NDArray[np.float64],
    rows: NDArray[np.intp],
    weight: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Scale predicted values about their mean so that they fit the labels.

    The line is that of least squares; a slope below 0 is 0.

    Parameters
    ----------
    predicted, y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Predictions and labels; each output has its line.
    rows : ndarray of int
        Rows that have a label and are to be calibrated; the others stay as they are.
    weight : ndarray of shape (n_samples,) or None, default=None
        Row weights.

    Returns
    -------
    ndarray of the shape of `predicted`
    """
    calibrated = predicted.copy()
    for own, others, given in _parts(rows, weight):
        average = partial(np.average, axis=0, weights=given)
        center, level = average(predicted[others]), average(y[others])
        distance = predicted[others] - center
        spread = average(distance**2)
        shared = np.maximum(average(distance * (y[others] - level)), 0.0)
        slope = shared / np.where(spread > 0.0, spread, np.inf)
        calibrated[own] = level + slope * (predicted[own] - center)
    return calibrated


def _parts(
    rows: NDArray[np.intp], weight: NDArray[np.float64] | None
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64] | None]]:
    """Yield rows, those of the other parts that have weight, and their weights."""
    # Rows without weight do not count.
    counted = np.ones(len(rows)) if weight is None else weight[rows] > 0.0
    part = np.cumsum(counted, dtype=np.intp) % _N_PARTS
    for number in range(_N_PARTS):
        own, others = rows[part == number], rows[part != number]
        if weight is not None:
            others = others[weight[others] > 0.0]
        if len(own) and len(others):
            yield own, others, None if weight is None else weight[others]


def fit_temperature(
    predicted: NDArray[np.float64],
    codes: NDArray[np.intp],
    weight: NDArray[np.float64] | None = None,
) -> float:
    """Fit the temperature whose probabilities have the least log-loss."""
    at_label = np.arange(len(codes)), codes

    def log_loss(log_temperature: float) -> float:
        softened = temper(predicted, np.exp(log_temperature))[at_label]
        return -np.average(np.log(softened), weights=weight)

    found = minimize_scalar(log_loss, bounds=_LOG_TEMPERATURES, method="bounded")
    return float(np.exp(found.x))
