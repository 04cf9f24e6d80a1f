"""When generations end, and which of them predicts."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import NDArray

from skdistill.selection._choice import STANDARD_ERRORS


@dataclass(frozen=True)
class StoppingRule:
    """Stop where generations no longer improve.

    Attributes
    ----------
    n_generations : int
        How many to distil at most, beyond generation 0.
    patience : int
        Generations without a better score after which to stop.
    tol : float
        Improvement that counts as one.
    """

    n_generations: int
    patience: int
    tol: float

    def best(self, scores: NDArray, std_errors: NDArray) -> int:
        """Return the last generation that was clearly better than all before it.

        By more than `tol` than each of them, and by more than chance than
        generation 0.

        Parameters
        ----------
        scores, std_errors : ndarray of shape (n_generations,)
            Of each, and of its difference to generation 0.
        """
        better = scores > scores[0] + STANDARD_ERRORS * std_errors
        best = 0
        for generation, score in enumerate(scores):
            if better[generation] and score > scores[best] + self.tol:
                best = generation
        return best

    def reason(self, scores: NDArray, std_errors: NDArray) -> str | None:
        """Say why there is no further generation; None if there is one."""
        last = len(scores) - 1
        if self.n_generations == 0:
            return "alpha_is_zero"
        if last - self.best(scores, std_errors) >= self.patience:
            return "no_improvement"
        return "max_generations" if last == self.n_generations else None
