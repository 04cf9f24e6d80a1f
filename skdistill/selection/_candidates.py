"""The mixtures that "auto" compares, and the one that stays where they are close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

# What "auto" compares. Finer grids chose no better: neighbours differ by less than
# the loss is known to.
ALPHAS = (0.5, 1.0)
PRIVILEGED_WEIGHTS = (0.5, 1.0)
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


def safe_candidate(candidates: Sequence[Candidate]) -> int:
    """Name the candidate that stays where the evidence is weak, by its position.

    It is the student on labels alone: soft targets do harm on some data. But rows
    without labels, which a privileged teacher predicts, did none on any data that we
    measured; where there are some, it is they, with labels and soft targets in equal
    parts.
    """
    unlabeled = [n for n, c in enumerate(candidates) if c.unlabeled_weight]
    return min(unlabeled, key=lambda n: abs(candidates[n].alpha - 0.5), default=0)
