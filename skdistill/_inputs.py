"""Check X, and reduce what `predict` was given to the columns that are needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

from skdistill._columns import (
    _check_dimensions,
    _missing_message,
    _names,
    select_columns,
)


@dataclass(frozen=True)
class Needed:
    """The columns that `predict` needs.

    Attributes
    ----------
    positions : ndarray of int
        In the full X.
    everything : bool
        Whether nothing was left out, so that scikit-learn's rules hold unchanged.
    by_name : bool
        Whether the columns were chosen by name, so that their order is free.
    """

    positions: NDArray[np.intp]
    everything: bool
    by_name: bool


def check_input(
    estimator: Any, X: Any, *, reset: bool, everything: bool = False
) -> Any:
    """Check shape and names of X; its cells are the members' to check.

    Frames stay frames, with dtypes, categories and missing values. Where every member
    sees `everything`, a value that one refuses is refused in predict too, whoever
    predicts; with columns of their own, each one knows its own.
    """
    if hasattr(X, "columns"):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        _check_dimensions(X)
        return X
    tags = estimator.__sklearn_tags__().input_tags
    return validate_data(
        estimator,
        X,
        reset=reset,
        accept_sparse=("csr", "csc") if tags.sparse else False,
        dtype=None,
        ensure_all_finite=everything and not tags.allow_nan,
    )


def needed_input(estimator: Any, X: Any, needed: Needed) -> Any:
    """Reduce X to the needed columns, in the order of ``needed.positions``.

    Parameters
    ----------
    estimator : fitted estimator
        With `n_features_in_` and, after a fit on a frame, `feature_names_in_`.
    X : {array-like, sparse matrix, dataframe}
        The full X or only the needed columns: a frame by name, an array by its width.
    needed : Needed
        What is needed.

    Returns
    -------
    {ndarray, sparse matrix, dataframe} of shape (n_samples, n_needed)
    """
    positions = needed.positions
    if needed.everything:
        X = check_input(estimator, X, reset=False, everything=True)
        return select_columns(X, positions)
    fitted_names = getattr(estimator, "feature_names_in_", None)
    names = _names(X)
    if names is not None and fitted_names is not None:
        return _by_name(estimator, X, names, fitted_names, needed)
    if not hasattr(X, "shape"):
        X = np.asarray(X)
    narrow = len(X.shape) == 2 and X.shape[1] == len(positions)
    if narrow and len(positions) < estimator.n_features_in_:
        return X
    return select_columns(check_input(estimator, X, reset=False), positions)


def _by_name(estimator, X, names, fitted_names, needed):
    wanted = list(fitted_names[needed.positions])
    if list(names) == wanted:
        return X
    missing = sorted(set(wanted) - set(names))
    if missing:
        raise ValueError(_missing_message(names, fitted_names, missing))
    whole = len(names) == len(fitted_names) and set(names) == set(fitted_names)
    if whole and not needed.by_name:
        # Positions were given, so the order of the full X carries meaning, and
        # scikit-learn's rule holds: same names, same order.
        return select_columns(check_input(estimator, X, reset=False), needed.positions)
    return X[wanted]
