"""Held-out losses of several models on the same rows, averaged in pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Comparison:
    """What candidates lose on the same observations.

    Attributes
    ----------
    mean : ndarray of shape (n_candidates,)
        Mean losses.
    covariance : ndarray of shape (n_candidates, n_candidates)
        Of the mean losses, less that of the first.
    n_observations : int
        How many rows, groups or folds have a loss and weight.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    n_observations: int


def compare(
    losses: NDArray[np.float64],
    weight: NDArray[np.float64] | None = None,
    groups: NDArray[np.intp] | None = None,
) -> Comparison:
    """Average the losses of candidates on the same observations.

    Parameters
    ----------
    losses : ndarray of shape (n_observations, n_candidates)
        Held-out loss of each row, or of each fold; NaN where there is none, and such
        observations do not count.
    weight : ndarray of shape (n_observations,) or None, default=None
        How much each counts.
    groups : ndarray of int of shape (n_observations,) or None, default=None
        Rows of one group are one observation: what is not independent is no evidence.

    Returns
    -------
    Comparison
    """
    if groups is not None:
        losses, weight = average_groups(losses, weight, groups)
    known = np.isfinite(losses).all(axis=1)
    if weight is not None:
        known &= weight > 0.0
    values, n_known = losses[known], int(np.count_nonzero(known))
    weight = np.ones(n_known) if weight is None else weight[known]
    share = weight[:, None] / weight.sum()
    mean = (share * values).sum(axis=0)
    spread = share * (values - values[:, [0]] - (mean - mean[0]))
    correction = n_known / max(n_known - 1, 1)
    return Comparison(mean, correction * spread.T @ spread, n_known)


def average_groups(
    losses: NDArray, weight: NDArray | None, groups: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Average the losses of each group; return their weights, too.

    Rows without a loss have no part in it.
    """
    weight = np.ones(len(losses)) if weight is None else weight
    weight = np.where(np.isfinite(losses).all(axis=1), weight, 0.0)
    total = np.bincount(groups, weight).astype(np.float64, copy=False)
    counted = np.where(weight[:, None] > 0.0, losses, 0.0)
    by_group = np.stack(
        [np.bincount(groups, weight * column) for column in counted.T], axis=1
    )
    means = np.full(by_group.shape, np.nan)
    np.divide(by_group, total[:, None], out=means, where=total[:, None] > 0.0)
    return means, total


def paired_means(
    values: NDArray, weight: NDArray | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Average by column, with standard errors of differences to the first one.

    Parameters
    ----------
    values : ndarray of shape (n_observations, n_models)
        Losses of rows, or scores of folds; NaN where there is none.
    weight : ndarray of shape (n_observations,) or None
        How much each counts.

    Returns
    -------
    mean, std_error : ndarray of shape (n_models,)
    """
    compared = compare(values, weight)
    return compared.mean, np.sqrt(compared.covariance.diagonal())


def row_loss(
    predicted: NDArray, y: NDArray, kind: str, clip: float
) -> NDArray[np.float64]:
    """Loss of each row on its true label: log-loss, error, or squared error.

    Parameters
    ----------
    predicted : ndarray
        Probabilities of shape (n_samples, n_classes), class codes of shape
        (n_samples,) from a student without probabilities, or predicted values.
    y : ndarray
        Class codes, or values.
    kind : {"classification", "regression"}
        What is learnt.
    clip : float
        Least probability, so that one confident mistake does not decide.

    Returns
    -------
    ndarray of shape (n_samples,)
    """
    if kind == "regression":
        return ((predicted - y) ** 2).reshape(len(y), -1).mean(axis=1)
    if predicted.ndim == 1:
        return (predicted != y).astype(np.float64)
    return -np.log(np.clip(predicted[np.arange(len(y)), y], clip, None))
