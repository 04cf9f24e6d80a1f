"""How much of which teacher: chosen by held-out predictions of the student.

A validation row must not reach the choice through a teacher either: the predictions
that train the students of a fold come from teachers that saw none of its test rows
(``held_out_parts`` of `CrossFit`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

# What "auto" compares. Finer grids chose no better: neighbours differ by less than
# the loss is known to.
ALPHAS = (0.5, 1.0)
PRIVILEGED_WEIGHTS = (0.5, 1.0)
UNLABELED_WEIGHTS = (0.0, 1.0)
# In units of the variance of y in regression; 0 keeps the responses, infinity is the
# labels.
CORRECTIONS = (0.0, 1e-3, 1e-2, 1e-1, 1.0, np.inf)
# Standard errors of the paired difference by which another mixture must be better than
# the one that is safe: the rule of one standard error.
STANDARD_ERRORS = 1.0
# Folds are compared one by one: at least so many rows (or groups), and no more than
# enough; between them until the outcome on all folds is as sure as this. A mixture that
# is taken too early can do harm, the safe one cannot.
FEW, ENOUGH = 1_000, 4_000
SURE_TO_STAY, SURE_TO_CHANGE = 0.95, 0.99


@dataclass(frozen=True)
class Candidate:
    """One way to mix teachers and labels.

    Attributes
    ----------
    alpha : float
        Weight of the teacher.
    privileged_weight : float
        Share of the privileged teacher in it.
    correction : float or None
        Of the teacher's predictions, see Response.
    unlabeled_weight : float
        What a row without a label weighs against one with.
    calibrated : bool
        Whether the teacher's predictions are, see Response.
    """

    alpha: float
    privileged_weight: float = 1.0
    correction: float | None = None
    unlabeled_weight: float = 0.0
    calibrated: bool = False


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


@dataclass(frozen=True)
class Choice:
    """The candidate that was chosen, and what it was chosen by.

    Attributes
    ----------
    best : Candidate
        The chosen one.
    results : dict of ndarray of shape (n_candidates,)
        "alpha", "privileged_weight", "correction", "unlabeled_weight" and "calibrated"
        (0 or 1) of the candidates, "loss", their mean held-out loss or negative score,
        and "std_error", the standard error of its difference to the first, the student
        on labels alone. Empty if there was nothing to choose.
    """

    best: Candidate
    results: dict[str, NDArray]


def make_candidates(
    alpha: float | str,
    privileged_weight: float | str,
    unlabeled_weight: float | str,
    correction: float | str | None,
    unit: float = 1.0,
    *,
    calibrate: bool | str = False,
    privileged_unlabeled: bool = True,
) -> list[Candidate]:
    """List what "auto" stands for; labels alone come first where there is a choice.

    Where anything is "auto" and there are rows without labels, doing without them is
    in the running, too.

    Parameters
    ----------
    alpha, privileged_weight, unlabeled_weight : float or "auto"
        As the estimators take them; `unlabeled_weight` is 0 without such rows.
    correction : float, "auto" or None
        Of the teacher's predictions.
    unit : float, default=1.0
        What a squared error is measured in: 1 for probabilities.
    calibrate : bool or "auto", default=False
        Whether the teacher's predictions are calibrated.
    privileged_unlabeled : bool, default=True
        Whether rows without labels have the privileged columns. They are then
        predicted by the privileged teacher alone: in a mean with the teacher on the
        student's columns, they would mostly repeat what the student learns by itself.
        Without those columns they are not in the running: they did harm on three of
        eleven real data sets, and were clearly of use on none.
    """
    given = (alpha, privileged_weight, unlabeled_weight, correction, calibrate)
    alphas = ALPHAS if isinstance(alpha, str) else (alpha,)
    shares = (
        PRIVILEGED_WEIGHTS
        if isinstance(privileged_weight, str)
        else (privileged_weight,)
    )
    weight = 1.0 if isinstance(unlabeled_weight, str) else unlabeled_weight
    uncorrected = None if isinstance(correction, str) else correction
    calibrated = [False, True] if isinstance(calibrate, str) else [bool(calibrate)]
    if not any(isinstance(value, str) for value in given):
        used = (weight, calibrated[0]) if alpha else (0.0, False)
        return [Candidate(alphas[0], shares[0], uncorrected, *used)]
    corrections = [uncorrected]
    if isinstance(correction, str):
        corrections = [unit * c for c in CORRECTIONS]
    soft = [a for a in alphas if a]
    weights = [weight] if weight and privileged_unlabeled else []
    without = product(soft, shares, corrections, [0.0], calibrated)
    with_unlabeled = product(soft, shares[-1:], corrections, weights, calibrated)
    labels = Candidate(0.0, shares[-1], uncorrected)
    return [labels, *(Candidate(*c) for c in (*without, *with_unlabeled))]


def choose(candidates: Sequence[Candidate], comparison: Comparison) -> Choice:
    """Choose by the mean held-out loss, and keep what is safe where that is close.

    The rule of one standard error: the safe candidate stays unless the loss of others
    is lower by more than one standard error of the paired difference; among those the
    least loss decides. To take the least loss at once did harm by chance where nothing
    was to be gained.

    Parameters
    ----------
    candidates : sequence of Candidate
        The first is the student on labels alone.
    comparison : Comparison
        Their held-out losses.

    Returns
    -------
    Choice
    """
    mean, covariance = comparison.mean, comparison.covariance
    results = {
        name: np.array([getattr(c, name) for c in candidates], dtype=float)
        for name in (field.name for field in fields(Candidate))
    }
    results |= {"loss": mean, "std_error": _std_errors(covariance, 0)}
    safe = safe_candidate(candidates)
    margin = STANDARD_ERRORS * _std_errors(covariance, safe)
    better = np.flatnonzero(mean + margin < mean[safe])
    best = better[mean[better].argmin()] if len(better) else safe
    return Choice(candidates[best], results)


def is_settled(
    candidates: Sequence[Candidate], comparison: Comparison, *, share: float
) -> bool:
    """Tell whether more observations would hardly change whether the safe one stays.

    It is settled where enough rows have been compared, or where it is foreseen what the
    rule of one standard error would decide on all of them: stochastic curtailment [1]_.

    Parameters
    ----------
    candidates, comparison
        As in `choose`, of the observations that there are so far.
    share : float
        How much of all they are.

    References
    ----------
    .. [1] K. Lan, R. Simon and M. Halperin (1982). Stochastically curtailed tests in
       long-term clinical trials. Sequential Analysis 1(3), 207-219.
    """
    if comparison.n_observations < FEW or share >= 1.0:
        return False
    if comparison.n_observations >= ENOUGH:
        return True
    safe, mean = safe_candidate(candidates), comparison.mean
    gain, std_error = mean[safe] - mean, _std_errors(comparison.covariance, safe)
    others = std_error > 0.0
    # Of the ratio of gain and standard error at the end, where it must exceed one.
    ahead = gain[others] / std_error[others] - STANDARD_ERRORS * share**0.5
    probability = ndtr(ahead / (1.0 - share) ** 0.5)
    changes = probability > SURE_TO_CHANGE
    return bool(changes.any() or (probability < 1.0 - SURE_TO_STAY).all())


def _std_errors(covariance, reference):
    """Return standard errors of the differences to one of the candidates."""
    variance = covariance.diagonal()
    squared = variance + variance[reference] - 2.0 * covariance[reference]
    return np.sqrt(np.maximum(squared, 0.0))


def safe_candidate(candidates: Sequence[Candidate]) -> int:
    """Name the candidate that stays where the evidence is weak, by its position.

    It is the student on labels alone: soft targets do harm on some data. But rows
    without labels, which a privileged teacher predicts, did none on any data that we
    measured; where there are some, it is they, with labels and soft targets in equal
    parts.
    """
    unlabeled = [n for n, c in enumerate(candidates) if c.unlabeled_weight]
    return min(unlabeled, key=lambda n: abs(candidates[n].alpha - 0.5), default=0)


def compare(
    losses: NDArray[np.float64],
    weight: NDArray[np.float64] | None = None,
    groups: NDArray[np.intp] | None = None,
) -> Comparison:
    """Average the losses of candidates on the same observations.

    Parameters
    ----------
    losses : ndarray of shape (n_observations, n_candidates)
        Held-out loss of each row, or of each fold; NaN where there is none.
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
    return Comparison(*moments(losses, weight), int(np.count_nonzero(known)))


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
    mean, covariance = moments(values, weight)
    return mean, np.sqrt(covariance.diagonal())


def moments(
    values: NDArray, weight: NDArray | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Average by column, with the covariance of differences to the first one.

    Parameters
    ----------
    values : ndarray of shape (n_observations, n_models)
        NaN where there is none; such observations do not count.
    weight : ndarray of shape (n_observations,) or None
        How much each counts.

    Returns
    -------
    mean : ndarray of shape (n_models,)
    covariance : ndarray of shape (n_models, n_models)
        Of the means of ``values - values[:, [0]]``.
    """
    known = np.isfinite(values).all(axis=1)
    if weight is not None:
        known &= weight > 0.0
    values = values[known]
    weight = np.ones(len(values)) if weight is None else weight[known]
    share = weight[:, None] / weight.sum()
    mean = (share * values).sum(axis=0)
    spread = share * (values - values[:, [0]] - (mean - mean[0]))
    correction = len(values) / max(len(values) - 1, 1)
    return mean, correction * spread.T @ spread


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
