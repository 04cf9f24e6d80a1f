"""The one door for scikit-learn names that start with an underscore.

``_safe_indexing`` is listed in scikit-learn's API reference, underscore and all, and
is the only function that takes rows and columns of arrays, sparse matrices, pandas
and polars frames alike. A public successor would replace it here.

What `set_fit_request`, `set_output` and `set_callbacks` store has no public reader, and
only `clone` hands it on, which refuses CatBoost at any depth.
"""

import threading
import warnings
from contextlib import contextmanager
from copy import deepcopy

from scipy import sparse
from sklearn.utils import _safe_indexing

__all__ = [
    "copy_settings",
    "ignore_warnings",
    "in_canonical_form",
    "safe_indexing",
    "without_callbacks",
]


def safe_indexing(X, indices, *, axis=0):
    """Take rows or columns; sparse matrices come in canonical form."""
    return in_canonical_form(_safe_indexing(X, indices, axis=axis))


def in_canonical_form(X):
    """Return a sparse matrix with sorted indices and no duplicates, all else as it is.

    scipy leaves the indices of selected columns unsorted. XGBoost 3.2 writes out of
    bounds where they are and no value is zero, which ends the process.
    """
    if getattr(X, "format", None) not in ("csr", "csc") or not sparse.issparse(X):
        return X
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    return X


def copy_settings(source, copy):
    """Hand on what was set before fit by other means than parameters, as clone does."""
    for name in ("_metadata_request", "_sklearn_output_config"):
        if hasattr(source, name):
            setattr(copy, name, deepcopy(getattr(source, name)))
    if hasattr(source, "_skl_callbacks"):
        copy._skl_callbacks = source._skl_callbacks


def without_callbacks(estimator):
    """Take scikit-learn's callbacks from a copy, whose fit is none of the user's."""
    vars(estimator).pop("_skl_callbacks", None)
    return estimator


@contextmanager
def ignore_warnings(*categories):
    """Ignore warnings of some categories, in the main thread only.

    The filters of warnings are one for all threads: entered from several, one thread
    restores what another has set, for good.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with warnings.catch_warnings():
        for category in categories:
            warnings.simplefilter("ignore", category)
        yield
