"""Bins of HistGradientBoosting that do not depend on how rows are weighted or copied.

scikit-learn 1.9 finds its bins by a weighted percentile for each bin and column, which
takes ten times as long as all trees. Rows that carry their soft target as weighted
copies have the same bins as the rows themselves, so they can be found before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def quantize_to_bins(X: Any, max_bins: int, sample_weight: NDArray | None) -> Any:
    """Replace values by the nearest of at most `max_bins` values of the same column.

    HistGradientBoosting splits half way between values, if there are no more of them
    than bins. A value and its nearest one are always on the same side, so the trees
    mean the same for the values as they were; and neither copies nor weights of rows
    move a bin.

    Parameters
    ----------
    X : {ndarray, dataframe} of shape (n_samples, n_features)
        Categorical columns and missing values stay.
    max_bins : int
        Values that are left.
    sample_weight : ndarray of shape (n_samples,) or None
        Rows without weight are not seen by every version of the library.
    """
    seen = slice(None) if sample_weight is None else sample_weight > 0
    names = getattr(X, "columns", None)
    if names is None:
        X = np.asarray(X)
        if X.dtype.kind not in "fiub":
            return X
        X = X.astype(X.dtype if X.dtype.kind == "f" else np.float64)  # A copy.
        for column in X.T:
            column[:] = _nearest(column, column[seen], max_bins)
        return X
    replaced = {}
    for name in names:
        if hasattr(X[name].dtype, "categories"):
            continue
        values = np.asarray(X[name])
        if values.dtype.kind in "fiu":
            values = values.astype(np.float64)
            replaced[name] = _nearest(values, values[seen], max_bins)
    if hasattr(X, "assign"):
        X = X.copy(deep=False)
        for name, values in replaced.items():
            X[name] = values
        return X
    series = [type(X[name])(name, values) for name, values in replaced.items()]
    return X.with_columns(series)


def _nearest(values, seen, max_bins):
    ordered = np.sort(seen[~np.isnan(seen)])
    kept = _without_repeats(ordered)
    if len(kept) > max_bins:
        # Evenly among rows, so that each value stands for about as many.
        at = np.linspace(0, len(ordered) - 1, max_bins).round().astype(np.intp)
        kept = _without_repeats(ordered[at])
    if not len(kept) or not np.isfinite(kept).all():
        return values
    middle = (kept[:-1] + kept[1:]) / 2
    nearest = kept[np.searchsorted(middle, values, side="left")]
    return np.where(np.isnan(values), values, nearest)


def _without_repeats(ordered):
    return ordered[np.diff(ordered, prepend=np.nan) != 0.0]
