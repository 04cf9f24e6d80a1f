"""Macro F1 of two classes, at a threshold tuned on the training part of each fold.

Tuning needs predictions of training rows by models that did not see them. The other
folds have just these: those of their test rows. Where no two classes of them lie in
the training part, the threshold is the positive class's share there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from skdistill.input._splits import Split


def tuned_macro_f1(
    splits: Sequence[Split],
    probabilities: Sequence[NDArray],
    positive: NDArray,
    sample_weight: NDArray | None = None,
) -> list[tuple[float, float]]:
    """Compute macro F1 and threshold for each fold.

    Parameters
    ----------
    splits : sequence of (train, test)
    probabilities : sequence of ndarray of shape (n_test,)
        Of the positive class for the test rows, by fold.
    positive : ndarray of bool of shape (n_samples,)
    sample_weight : ndarray of shape (n_samples,), default=None

    Returns
    -------
    list of (macro F1, threshold)
    """
    weight = np.ones(len(positive)) if sample_weight is None else sample_weight
    result = []
    for fold, (train, test) in enumerate(splits):
        shared = [
            (other_test[inside], probabilities[other][inside])
            for other, (_, other_test) in enumerate(splits)
            if other != fold and (inside := np.isin(other_test, train)).any()
        ]
        none = np.empty(0, dtype=np.intp)
        rows = np.concatenate([none, *(rows for rows, _ in shared)])
        if len(np.unique(positive[rows])) == 2:
            values = np.concatenate([values for _, values in shared])
            threshold = best_threshold(values, positive[rows], weight[rows])
        else:
            threshold = float(np.average(positive[train], weights=weight[train]))
        predicted = probabilities[fold] >= threshold
        f1 = f1_score(
            positive[test],
            predicted,
            labels=[False, True],
            average="macro",
            sample_weight=weight[test],
            zero_division=0.0,
        )
        result.append((float(f1), threshold))
    return result


def best_threshold(
    values: NDArray, positive: NDArray, weight: NDArray | None = None
) -> float:
    """Find the threshold that gives the best macro F1, when met or exceeded.

    Examples
    --------
    >>> import numpy as np
    >>> from skdistill.report._threshold import best_threshold
    >>> best_threshold(np.array([0.1, 0.2, 0.3, 0.6]), np.array([0, 0, 1, 1]) > 0)
    0.25
    """
    weight = np.ones(len(values)) if weight is None else weight
    order = np.argsort(-values, kind="stable")
    values, positive, weight = values[order], positive[order], weight[order]
    true_positive = np.cumsum(weight * positive)
    predicted = np.cumsum(weight)
    total, all_positive = predicted[-1], true_positive[-1]
    scores = _macro_f1(true_positive, predicted, all_positive, total)
    # Equal values cannot be told apart: cut after the last of them only.
    last = np.append(np.diff(values) != 0, True)
    best = int(np.argmax(np.where(last, scores, -np.inf)))
    if best + 1 == len(values):
        return float(values[best])
    return float((values[best] + values[best + 1]) / 2.0)


def _macro_f1(true_positive, predicted, all_positive, total):
    """Mean F1 of both classes from (cumulated) weights."""
    true_negative = total - predicted - all_positive + true_positive
    return (
        _ratio(2.0 * true_positive, predicted + all_positive)
        + _ratio(2.0 * true_negative, 2.0 * total - predicted - all_positive)
    ) / 2.0


def _ratio(top, bottom):
    top, bottom = np.asarray(top, dtype=float), np.asarray(bottom, dtype=float)
    return np.divide(top, bottom, out=np.zeros(top.shape), where=bottom > 0)
