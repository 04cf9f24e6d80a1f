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

from sklearn.utils import _safe_indexing as safe_indexing

__all__ = ["copy_settings", "ignore_warnings", "safe_indexing", "without_callbacks"]


def copy_settings(source, copy):
    """Hand on what was set before fit by other means than parameters, as clone does."""
    for name in ("_metadata_request", "_sklearn_output_config"):
        if hasattr(source, name):
            setattr(copy, name, deepcopy(getattr(source, name)))
    if hasattr(source, "_skl_callbacks"):
        copy._skl_callbacks = source._skl_callbacks


def without_callbacks(estimator):
    """Take scikit-learn's callbacks from a copy whose fit nobody is to hear of."""
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
