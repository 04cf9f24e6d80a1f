"""Scores of held-out predictions on the true labels, fold by fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import get_scorer, get_scorer_names

from skdistill.input._sklearn import ignore_warnings, safe_indexing
from skdistill.input._splits import Split
from skdistill.selection._blocks import jackknife, make_blocks
from skdistill.selection._comparison import row_loss
from skdistill.selection._precomputed import dummy_estimator, precomputed_estimator
from skdistill.students import Loss


@dataclass(frozen=True)
class HeldOutScorer:
    """True labels, and what predictions are scored by on them.

    Attributes
    ----------
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        What a scorer is passed.
    y, classes : ndarray, ndarray or None
        Class codes and the user's labels, or values and None.
    weight : ndarray of shape (n_samples,) or None
        Row weights of each score.
    loss : Loss
        Its kind and least probability are those of the loss that is scored.
    scorer : callable or None, default=None
        None is the negative mean loss. See `resolve_scorer`.
    """

    X: Any
    y: NDArray
    classes: NDArray | None
    weight: NDArray | None
    loss: Loss
    scorer: Callable | None = None

    def score(self, values: NDArray, rows: NDArray[np.intp]) -> float:
        """Score the predictions of some rows; more is better.

        Parameters
        ----------
        values : ndarray of shape (n_rows, ...)
            Probabilities, class codes of a student without them, or values.
        rows : ndarray of int of shape (n_rows,)

        Returns
        -------
        float
            NaN where the score is not defined, or no row has weight.
        """
        weight = None if self.weight is None else self.weight[rows]
        if weight is not None and not weight.any():
            return np.nan
        if self.scorer is None:
            return -np.average(self.row_losses(values, rows), weights=weight)
        X, y = self.labelled(rows)
        model = precomputed_estimator(values, X, self.classes)
        try:
            return call_scorer(self.scorer, model, X, y, weight)
        except Exception as error:
            error.add_note("Raised by scoring, on predictions of held-out rows.")
            raise

    def block_scores(
        self,
        values: NDArray,
        rows: NDArray[np.intp],
        blocks: Sequence[NDArray[np.intp]],
    ) -> NDArray[np.float64]:
        """Score the predictions of some rows, as observations: see `jackknife`."""
        return jackknife(
            lambda kept: self.score(values[kept], rows[kept]), len(rows), blocks
        )

    def row_losses(self, values: NDArray, rows: NDArray) -> NDArray[np.float64]:
        """Compute the loss of each row's prediction."""
        return row_loss(values, self.y[rows], self.loss.kind, self.loss.clip)

    def labelled(self, rows: NDArray) -> tuple[Any, NDArray]:
        """Return rows of X with the user's labels."""
        y = self.y[rows]
        X = safe_indexing(self.X, rows)
        return X, y if self.classes is None else self.classes[y]

    def fold_weights(self, splits: Sequence[Split]) -> NDArray[np.float64]:
        """Return how much the test part of each split weighs."""
        return np.array(
            [
                len(test) if self.weight is None else self.weight[test].sum()
                for _, test in splits
            ],
            dtype=np.float64,
        )


def resolve_scorer(
    held_out_scorer: HeldOutScorer,
    scoring: Any,
    splits: Sequence[Split],
    owner: str,
    method: str = "predict_proba",
) -> HeldOutScorer:
    """Return a copy that scores by `scoring`, tried on the predictions of a dummy.

    Parameters
    ----------
    held_out_scorer : HeldOutScorer
        Scores by the loss.
    scoring : str, callable or None
        None keeps the loss.
    splits : sequence of (train, test)
        Their test parts are what is to be scored.
    owner : str
        Name of the estimator, for messages.
    method : str, default="predict_proba"
        The method of a classifier whose predictions are scored.

    Raises
    ------
    TypeError, ValueError
        If it is no scorer, or cannot score this task, with row weights if there are
        any.
    """
    if scoring is None:
        return held_out_scorer
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
        defined = [
            _dummy_score(held_out_scorer, scorer, test, method) for _, test in splits
        ]
    except Exception as error:
        weighted = "" if held_out_scorer.weight is None else ", with sample_weight"
        remedy = "None scores by the loss."
        if "pos_label" in str(error):
            remedy = "Use make_scorer(..., pos_label=...)."
        raise ValueError(
            f"scoring of {owner}, {scoring!r}, cannot be computed for this task"
            f"{weighted}: {type(error).__name__}: {error}. {remedy}"
        ) from error
    if not np.isfinite(defined).any():
        raise ValueError(
            f"scoring of {owner}, {scoring!r}, is not defined on the test part of any "
            "fold. Use folds with more rows or all classes in each, or None."
        )
    return replace(held_out_scorer, scorer=scorer)


def blocks_of(
    held_out_scorer: HeldOutScorer,
    rows: NDArray[np.intp],
    method: str = "predict_proba",
    groups: NDArray[np.intp] | None = None,
) -> list[NDArray[np.intp]]:
    """Divide held-out rows into blocks that can be left out of their score.

    Parameters
    ----------
    held_out_scorer : HeldOutScorer
        With a scorer.
    rows : ndarray of int
        Which rows.
    method : str, default="predict_proba"
        As in `resolve_scorer`.
    groups : ndarray of int of shape (n_samples,) or None, default=None
        Which are kept whole.

    Returns
    -------
    list of ndarray of int
        Positions among the rows; empty where the scorer needs them all, as the
        predictions of a dummy show.
    """
    blocks = make_blocks(
        None if held_out_scorer.classes is None else held_out_scorer.y[rows],
        None if held_out_scorer.weight is None else held_out_scorer.weight[rows],
        len(rows),
        None if groups is None else groups[rows],
    )
    try:
        scores = jackknife(
            lambda kept: _dummy_score(
                held_out_scorer, held_out_scorer.scorer, rows[kept], method
            ),
            len(rows),
            blocks,
        )
    except Exception:  # A scorer may raise anything.
        return []
    return blocks if np.isfinite(scores).all() else []


def find_scorer(name: str, owner: str, hint: str) -> Callable:
    """Return scikit-learn's scorer of a name; `hint` tells what else there is."""
    if name not in get_scorer_names():
        raise ValueError(
            f"scoring of {owner} names the unknown scorer {name!r}. {hint}; "
            "scikit-learn's: sklearn.metrics.get_scorer_names()."
        )
    return get_scorer(name)


def call_scorer(scorer: Callable, model: Any, X: Any, y: NDArray, weight: Any) -> float:
    """Score a model; NaN where the score is not defined and warnings are errors."""
    params = {} if weight is None else {"sample_weight": weight}
    try:
        return float(scorer(model, X, y, **params))
    except UndefinedMetricWarning:
        return np.nan


def _dummy_score(held_out_scorer, scorer, rows, method):
    X, y = held_out_scorer.labelled(rows)
    weight = None if held_out_scorer.weight is None else held_out_scorer.weight[rows]
    if weight is not None and not weight.any():
        return np.nan
    methods = ["predict" if held_out_scorer.classes is None else method]
    model = dummy_estimator(X, y, held_out_scorer.classes, methods)
    model.model = None  # Nor will the students' predictions have one.
    # That it predicts one class alone says nothing of the students.
    with ignore_warnings(Warning):
        return call_scorer(scorer, model, X, y, weight)
