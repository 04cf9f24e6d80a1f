"""How much of which teacher: chosen by the student's own out-of-fold loss.

A validation row must not reach the choice through a teacher either: the responses that
train the students of a fold come from teachers that saw none of its validation rows
(``held_out_parts`` of `cross_fit`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

# No teacher, and shares of it. Finer grids chose no better: neighbours differ by less
# than the loss is known to.
ALPHAS = (0.0, 0.25, 0.5, 0.75, 1.0)
PRIVILEGED_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
# Both at once.
JOINT_ALPHAS = (0.5, 1.0)
JOINT_PRIVILEGED_WEIGHTS = (0.0, 0.5, 1.0)
# Standard errors of the difference that a mixture must be better than labels by.
LABELS_EVIDENCE = 1.0
# How many rows of evidence the mean of both teachers has to its credit, against labels
# alone and against another mixture.
LABELS_ROWS = {"classification": 400, "regression": 2_500}
MIXTURE_ROWS = {"classification": 8_100, "regression": 2_500}
MOST_EVIDENCE = 3.0
# In units of the variance of y in regression; 0 keeps the responses, infinity is the
# labels.
CORRECTIONS = (0.0, 1e-3, 1e-2, 1e-1, 1.0, np.inf)


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
        Of the responses, see Response.
    """

    alpha: float
    privileged_weight: float = 1.0
    correction: float | None = None


@dataclass(frozen=True)
class Choice:
    """The candidate that was chosen, and what it was chosen by.

    Attributes
    ----------
    best : Candidate
        The chosen one.
    scores : dict of ndarray of shape (n_candidates,)
        "alpha", "privileged_weight" and "correction" of the candidates, "loss", their
        mean out-of-fold loss or negative score, and "std_error", the standard error of
        its difference to the first, the student on labels alone. Empty if there was
        nothing to choose.
    """

    best: Candidate
    scores: dict[str, NDArray]


def make_candidates(
    alpha: float | str,
    privileged_weight: float | str,
    correction: Any,
    unit: float = 1.0,
) -> list[Candidate]:
    """List what "auto" stands for; labels alone come first where there is a choice.

    `unit` is what a squared error is measured in: 1 for probabilities.
    """
    auto_alpha, auto_share, auto_correction = (
        isinstance(value, str) for value in (alpha, privileged_weight, correction)
    )
    if not (auto_alpha or auto_share or auto_correction):
        return [Candidate(alpha, privileged_weight, correction)]
    both = auto_alpha and auto_share
    alphas = (JOINT_ALPHAS if both else ALPHAS) if auto_alpha else (alpha,)
    shares = (privileged_weight,)
    if auto_share:
        shares = JOINT_PRIVILEGED_WEIGHTS if both else PRIVILEGED_WEIGHTS
    corrections = (correction,)
    if auto_correction:
        corrections = tuple(unit * c for c in CORRECTIONS)
    listed = [
        Candidate(*values)
        for values in product(alphas, shares, corrections)
        if values[0] > 0.0
    ]
    labels = Candidate(0.0, shares[-1], None if auto_correction else correction)
    return [labels, *listed]


def choose(
    candidates: Sequence[Candidate],
    losses: NDArray,
    weight: NDArray | None,
    *,
    n_rows: int,
    kind: str,
    by_log_loss: bool,
) -> Choice:
    """Choose by the mean out-of-fold loss, with evidence asked of the adventurous.

    1. A fallback stays unless another candidate's loss is clearly lower, by some
       standard errors of the paired difference. Taking the least loss at once did harm
       by chance where nothing was to be gained: on two of 22 pairs of data and student,
       against none.
    2. If labels alone are clearly better than the fallback, then they stay in its
       place.
    3. The least loss decides. But a log-loss also rewards how sharp the probabilities
       are, which is not what the teachers are asked for; so where all the weight was
       the teacher's to begin with, less of it has to be clearly better, too, and than
       labels alone, which are the sharpest. Labels in the mixture sharpen the answers,
       and blur what the teacher knows.

    Parameters
    ----------
    candidates : sequence of Candidate
        The first is the student on labels alone.
    losses : ndarray of shape (n_observations, n_candidates)
        Out-of-fold loss of each row, or of each fold; NaN where nothing was judged.
    weight : ndarray of shape (n_observations,) or None
        How much each counts.
    n_rows : int
        Rows behind the losses.
    kind : {"classification", "regression"}
        What is learnt.
    by_log_loss : bool
        Whether the loss is that of probabilities.

    Returns
    -------
    Choice
    """
    mean, std_error = paired_means(losses, weight)
    scores = {
        name: np.array([getattr(c, name) for c in candidates], dtype=float)
        for name in ("alpha", "privileged_weight", "correction")
    }
    scores |= {"loss": mean, "std_error": std_error}
    stays, evidence = fallback(candidates, n_rows, kind)
    rivals = _better(losses, weight, stays, evidence)
    if not len(rivals):
        return Choice(candidates[stays], scores)
    best = rivals[mean[rivals].argmin()]
    if 0 in rivals and best not in _better(losses, weight, 0, LABELS_EVIDENCE):
        return Choice(candidates[0], scores)
    if by_log_loss and candidates[stays].alpha == 1.0:
        not_worse = _better(losses, weight, best, -evidence)
        near = [best, *np.intersect1d(rivals, not_worse)]
        best = max(near, key=lambda n: (candidates[n].alpha, -mean[n]))
        sharpened = candidates[best].alpha < 1.0
        if sharpened and best not in _better(losses, weight, 0, evidence):
            best = 0
    return Choice(candidates[best], scores)


def _better(losses, weight, reference, n_errors):
    """Candidates whose loss is lower than the reference's by some standard errors."""
    mean, error = paired_means(losses, weight, reference)
    return np.flatnonzero(mean + n_errors * error < mean[reference])


def fallback(
    candidates: Sequence[Candidate], n_rows: int, kind: str
) -> tuple[int, NDArray[np.float64]]:
    """Return the candidate that stays, and the standard errors by which others move it.

    Labels alone, against one. Where the share of the privileged teacher is chosen, the
    mean of both teachers with all the weight there is: with 400 rows it was better than
    labels on nine of eleven real data sets, and than the regular teacher on ten. What
    it can be expected to gain shrinks as 1/n with n rows and the standard error as the
    root of that, so the evidence that is asked for shrinks, too. Asking less of other
    mixtures lost more to chance than they gain.
    """
    shares = {c.privileged_weight for c in candidates[1:]}
    if len(shares) == 1:
        return 0, np.full(len(candidates), LABELS_EVIDENCE)
    even = [n for n, c in enumerate(candidates) if c.privileged_weight == 0.5]
    credit = np.full(len(candidates), MIXTURE_ROWS[kind])
    credit[0] = LABELS_ROWS[kind]
    return (
        max(even, key=lambda n: candidates[n].alpha),
        np.minimum(np.sqrt(credit / n_rows), MOST_EVIDENCE),
    )


def paired_means(
    values: NDArray, weight: NDArray | None, reference: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Average by column, with standard errors of differences to one of them.

    Parameters
    ----------
    values : ndarray of shape (n_observations, n_models)
        Losses of rows, or scores of folds; NaN where not judged. Folds are the better
        witnesses where rows are not independent.
    weight : ndarray of shape (n_observations,) or None
        How much each counts.
    reference : int, default=0
        Column that the others are compared to.

    Returns
    -------
    mean, std_error : ndarray of shape (n_models,)
    """
    known = np.isfinite(values).all(axis=1)
    if weight is not None:
        known &= weight > 0.0
    values = values[known]
    weight = np.ones(len(values)) if weight is None else weight[known]
    share = weight[:, None] / weight.sum()
    mean = (share * values).sum(axis=0)
    spread = values - values[:, [reference]] - (mean - mean[reference])
    correction = len(values) / max(len(values) - 1, 1)
    return mean, np.sqrt(correction * ((share * spread) ** 2).sum(axis=0))


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
