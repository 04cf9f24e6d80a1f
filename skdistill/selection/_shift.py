"""Whether rows without labels are like those with: a small classifier tells them apart.

What was seen on rows with labels need not hold where rows without are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.preprocessing import OrdinalEncoder

from skdistill.input._sklearn import safe_indexing

# Enough to tell apart what matters, in a second.
_ROWS = 2_000
# The chance that a row drawn from each is ordered rightly; 0.5 is a coin.
ALIKE, APART = 0.6, 0.8


def tell_apart(X: Any, n_labeled: int, n_copies: int = 0) -> float:
    """Measure how well rows with and without labels can be told apart.

    Parameters
    ----------
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        Rows with labels, then those without.
    n_labeled : int
        How many have a label.
    n_copies : int, default=0
        How many of those that follow are copies, and are not looked at.

    Returns
    -------
    float
        Area under the ROC curve of a small boosted classifier, out of fold; 0.5 where
        they are alike, 1 where they have nothing in common. NaN where there are fewer
        than 10 of either.
    """
    n_samples = X.shape[0]
    rng = np.random.default_rng(0)
    parts = np.arange(n_labeled), np.arange(n_labeled + n_copies, n_samples)
    if min(map(len, parts)) < 10:
        return np.nan
    rows = np.concatenate([_some(part, rng) for part in parts])
    codes = _as_numbers(safe_indexing(X, rows))
    side = (rows >= n_labeled).astype(int)
    model = HistGradientBoostingClassifier(
        max_iter=30, max_leaf_nodes=8, early_stopping=False, random_state=0
    )
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    predicted = cross_val_predict(model, codes, side, cv=folds, method="predict_proba")
    return float(roc_auc_score(side, predicted[:, 1]))


def describe_shift(auc: float) -> str:
    """Say what it means that rows can be told apart so well.

    Parameters
    ----------
    auc : float
        From `tell_apart`.
    """
    start = (
        f"A classifier tells rows without labels from those with by an AUC of {auc:.2f}"
    )
    if not auc > ALIKE:
        return f"{start}: they are alike."
    if auc < APART:
        return (
            f"{start}: they differ somewhat. What was measured on rows with labels "
            "holds roughly where the others are."
        )
    return (
        f"{start}: they differ. What was chosen and measured on rows with labels need "
        "not hold where the others are; label some of those to see."
    )


def _some(rows: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    if len(rows) <= _ROWS:
        return rows
    return np.sort(rng.choice(rows, _ROWS, replace=False))


def _as_numbers(X: Any) -> NDArray[np.float64]:
    """Make numbers of all columns: categories and text by their codes."""
    if hasattr(X, "toarray"):
        return X.toarray()
    if not hasattr(X, "columns"):
        try:
            return np.asarray(X, dtype=np.float64)
        except (TypeError, ValueError):
            return _encoder().fit_transform(X)
    columns = []
    for name in X.columns:
        values = np.asarray(X[name])
        if values.dtype.kind in "fiub":
            columns.append(values.astype(np.float64))
        else:
            columns.append(_encoder().fit_transform(values.astype(str)[:, None])[:, 0])
    return np.column_stack(columns)


def _encoder():
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
