"""A teacher that is too sure of itself: one temperature, fitted to the labels.

The temperature of a row is fitted to the labels of other rows, so that no row's label
reaches its own target.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from skdistill.input._responses import temper

# Rows are calibrated by those of the other parts.
_N_PARTS = 5
_LOG_TEMPERATURES = (-1.0, 3.0)


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
    part = np.arange(len(rows)) % _N_PARTS
    for number in range(_N_PARTS):
        own, others = rows[part == number], rows[part != number]
        if weight is not None:
            others = others[weight[others] > 0.0]
        if not len(own) or not len(others):
            continue
        given = None if weight is None else weight[others]
        temperature = fit_temperature(possible[others], codes[others], given)
        calibrated[own] = temper(possible[own], temperature)
    return calibrated


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
