"""Macro F1 of two classes, at a threshold tuned on the training part of each fold.

Tuning needs answers for training rows from models that did not see them. The other
folds have just these: what they answered for their test rows. A student's answers for
its own training rows, which are overconfident, are only used where no other fold's
test rows lie in the training part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from skdistill.input._splits import Split


def lacks_other_folds(splits: Sequence[Split], y: NDArray) -> list[bool]:
    """Which folds have no two classes of training rows that other folds answer for."""
    return [
        len(np.unique(y[_borrowed(fold, splits)[1]])) < 2 for fold in range(len(splits))
    ]


def tuned_macro_f1(
    splits: Sequence[Split],
    responses: Mapping[int, NDArray],
    train_responses: Mapping[int, NDArray],
    positive: NDArray,
    sample_weight: NDArray | None = None,
) -> dict[int, tuple[float, float]]:
    """Macro F1 and threshold for each fold.

    Parameters
    ----------
    splits : sequence of (train, test)
    responses : mapping of int to ndarray of shape (n_test,)
        Probability of the positive class for the test rows, by fold.
    train_responses : mapping of int to ndarray of shape (n_train,)
        The same for the training rows, for folds that `lacks_other_folds` names.
    positive : ndarray of bool of shape (n_samples,)
    sample_weight : ndarray of shape (n_samples,), default=None

    Returns
    -------
    dict of int to (macro F1, threshold)
    """
    weight = np.ones(len(positive)) if sample_weight is None else sample_weight
    result = {}
    for fold, (train, test) in enumerate(splits):
        if train_responses.get(fold) is not None:
            rows, values = train, train_responses[fold]
        else:
            others, rows = _borrowed(fold, splits)
            values = np.concatenate(
                [responses[i][np.isin(splits[i][1], train)] for i in others]
            )
        threshold = best_threshold(values, positive[rows], weight[rows])
        predicted = responses[fold] >= threshold
        f1 = _macro_f1(*_counts(predicted, positive[test], weight[test]))
        result[fold] = (float(f1), threshold)
    return result


def best_threshold(
    values: NDArray, positive: NDArray, weight: NDArray | None = None
) -> float:
    """Threshold at or above which to predict the positive class for the best macro F1.

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


def _borrowed(fold, splits):
    """Other folds, and their test rows that lie in this fold's training part."""
    train = splits[fold][0]
    others = [i for i in range(len(splits)) if i != fold]
    rows = [test[np.isin(test, train)] for _, test in (splits[i] for i in others)]
    return others, np.concatenate(rows) if rows else np.empty(0, dtype=np.intp)


def _counts(predicted, positive, weight):
    return (
        np.sum(weight[predicted & positive]),
        np.sum(weight[predicted]),
        np.sum(weight[positive]),
        np.sum(weight),
    )


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
