"""How much of which teacher: chosen by held-out predictions of the student.

A validation row must not reach the choice through a teacher either: the predictions
that train the students of a part come from teachers that saw none of its test rows
(``held_out_parts`` of `CrossFit`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from skdistill.selection._candidates import Candidate, safe_candidate
from skdistill.selection._comparison import Comparison

# Standard errors of the paired difference by which another mixture must be better than
# the one that is safe: the rule of one standard error.
STANDARD_ERRORS = 1.0
# Parts are compared one by one: at least so many rows (or groups) that a standard error
# is known, and no more than enough; between them until the outcome is as sure as this.
FEW, ENOUGH = 50, 4_000
SURE = 0.95


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
    risk = 1.0 - SURE
    # Of several mixtures one is sooner ahead by chance, so they share the risk.
    is_ahead = 1.0 - probability < risk / max(1, len(probability))
    return bool(is_ahead.any() or (probability < risk).all())


def _std_errors(covariance, reference):
    """Return standard errors of the differences to one of the candidates."""
    variance = covariance.diagonal()
    squared = variance + variance[reference] - 2.0 * covariance[reference]
    return np.sqrt(np.maximum(squared, 0.0))
