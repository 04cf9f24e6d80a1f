"""From the scores of classes, each trained against the rest, to those of a softmax.

Libraries whose own loss takes soft targets for one class at a time train faster by it
than by a gradient of ours. The optimum of each class is its mean target, so the
probabilities are right; what is approximate is the softmax that comes closest to them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_softmax

# Scores that suffice for two numbers a class, and rows at least and at most.
_SCORES, _LEAST, _MOST = 2**18, 1_000, 20_000


def few_rows(n_samples: int, n_classes: int) -> slice:
    """Return rows that suffice to find the softmax, evenly among all."""
    enough = min(max(_LEAST, _SCORES // n_classes), _MOST)
    return slice(None, None, max(1, -(-n_samples // enough)))


def one_vs_rest_to_softmax(
    scores: NDArray,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scales and shifts that make a softmax of the scores of independent classes.

    It comes closest, in cross-entropy, to the classes' own probabilities divided by
    their sum. No label or target enters, so nothing is fitted twice.

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_classes)
        Log-odds of each class.

    Returns
    -------
    scale, shift : ndarray of shape (n_classes,)
    """
    n_classes = scores.shape[1]
    scores = np.asarray(scores[few_rows(*scores.shape)], dtype=np.float64)
    own = expit(scores)
    own /= own.sum(axis=1, keepdims=True)

    def divergence(parameters):
        scale, shift = parameters.reshape(2, -1)
        log_p = log_softmax(scale * scores + shift, axis=1)
        error = np.exp(log_p) - own
        gradient = np.append((error * scores).mean(axis=0), error.mean(axis=0))
        return -(own * log_p).sum(axis=1).mean(), gradient

    start = np.repeat([1.0, 0.0], n_classes)
    found = minimize(divergence, start, jac=True, method="L-BFGS-B").x
    scale, shift = found.reshape(2, -1)
    return scale, shift - shift.mean()
