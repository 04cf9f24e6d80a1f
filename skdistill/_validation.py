"""Scores of models by their out-of-fold answers, fold by fold."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import get_scorer, get_scorer_names

from skdistill._answering import known_answers, uninformed_answers
from skdistill._selection import row_loss
from skdistill._sklearn import safe_indexing
from skdistill._splits import Split
from skdistill._teacher import Teaching
from skdistill.students import Loss


def check_scoring(
    scoring: Any,
    teaching: Teaching,
    splits: Sequence[Split],
    weight: NDArray | None,
    owner: str,
) -> Callable | None:
    """Return a scorer that has scored uninformed answers, or None for None.

    Raises
    ------
    TypeError, ValueError
        If it is no scorer, or cannot score this task, with row weights if there are
        any.
    """
    if scoring is None:
        return None
    if isinstance(scoring, str):
        scorer = find_scorer(scoring, owner, "None scores by the loss")
    elif callable(scoring):
        scorer = scoring
    else:
        raise TypeError(
            f"scoring of {owner} must be None, a scorer's name or a callable with the "
            f"signature scorer(estimator, X, y); got {scoring!r}."
        )
    try:
        defined = [_uninformed_score(scorer, teaching, *s, weight) for s in splits]
    except Exception as error:
        weighted = "" if weight is None else ", with sample_weight"
        raise ValueError(
            f"scoring of {owner}, {scoring!r}, cannot be computed for this task"
            f"{weighted}: {type(error).__name__}: {error}. None scores by the loss."
        ) from error
    if not np.isfinite(defined).any():
        raise ValueError(
            f"scoring of {owner}, {scoring!r}, is not defined on the test part of any "
            "fold. Use folds with more rows or all classes in each, or None."
        )
    return scorer


def find_scorer(name: str, owner: str, hint: str) -> Callable:
    """Return scikit-learn's scorer of a name; `hint` tells what else there is."""
    if name not in get_scorer_names():
        raise ValueError(
            f"scoring of {owner} names the unknown scorer {name!r}. {hint}; "
            "scikit-learn's: sklearn.metrics.get_scorer_names()."
        )
    return get_scorer(name)


def fold_scores(
    scorer: Callable | None,
    values: NDArray,
    teaching: Teaching,
    loss: Loss,
    splits: Sequence[Split],
    weight: NDArray | None,
) -> NDArray[np.float64]:
    """Score out-of-fold answers on the test part of each split; more is better.

    Parameters
    ----------
    scorer : callable or None
        None is the negative mean loss on the true labels.
    values : ndarray of shape (n_samples, ...)
        Probabilities or values.
    teaching : Teaching
        X, labels and classes.
    loss : Loss
        What is learnt, and the least probability.
    splits : sequence of (train, test)
    weight : ndarray of shape (n_samples,) or None
        Row weights of each score.

    Returns
    -------
    ndarray of shape (n_splits,)
        NaN where the score is not defined, or no row has weight.
    """
    return np.array(
        [
            _loss_score(values[test], teaching.y[test], loss, weight, test)
            if scorer is None
            else _score(scorer, values[test], teaching, weight, test)
            for _, test in splits
        ]
    )


def mean_scores(
    scores: NDArray, splits: Sequence[Split], weight: NDArray | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Average scores over folds, with standard errors of differences to the first.

    Over folds, not over rows: rows of a group are no independent witnesses, and a row
    of weight two is two rows.

    Parameters
    ----------
    scores : ndarray of shape (n_splits, n_models)
        From `fold_scores`.
    splits : sequence of (train, test)
        A fold counts as much as its test rows weigh.
    weight : ndarray of shape (n_samples,) or None
        Row weights.

    Returns
    -------
    mean, std_error : ndarray of shape (n_models,)
    """
    totals = np.array(
        [len(test) if weight is None else weight[test].sum() for _, test in splits]
    )
    known = np.isfinite(scores).all(axis=1)
    scores, totals = scores[known], totals[known, None]
    share = totals / totals.sum()
    mean = (share * scores).sum(axis=0)
    spread = scores - scores[:, :1] - (mean - mean[0])
    correction = len(totals) / max(len(totals) - 1, 1)
    return mean, np.sqrt(correction * ((share * spread) ** 2).sum(axis=0))


def _loss_score(values, y, loss, weight, rows):
    if weight is not None and not weight[rows].any():
        return np.nan
    by_row = row_loss(values, y, loss.kind, loss.clip)
    return -np.average(by_row, weights=None if weight is None else weight[rows])


def _score(scorer, values, teaching, weight, rows):
    X, y = _labelled(teaching, rows)
    return _call(scorer, known_answers(values, X, teaching.classes), X, y, weight, rows)


def _uninformed_score(scorer, teaching, _, rows, weight):
    X, y = _labelled(teaching, rows)
    method = "predict" if teaching.classes is None else "predict_proba"
    model = uninformed_answers(X, y, teaching.classes, [method])
    return _call(scorer, model, X, y, weight, rows)


def _labelled(teaching, rows):
    y = teaching.y[rows]
    X = safe_indexing(teaching.X, rows)
    return X, y if teaching.classes is None else teaching.classes[y]


def _call(scorer, model, X, y, weight, rows):
    if weight is not None and not weight[rows].any():
        return np.nan
    params = {} if weight is None else {"sample_weight": weight[rows]}
    with warnings.catch_warnings():
        # A fold where it is not defined does not count.
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return float(scorer(model, X, y, **params))
