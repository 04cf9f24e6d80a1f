"""The one door for scikit-learn names that start with an underscore.

``_safe_indexing`` is listed in scikit-learn's API reference, underscore and all, and
is the only function that takes rows and columns of arrays, sparse matrices, pandas
and polars frames alike. A public successor would replace it here.

What `set_fit_request`, `set_output` and `set_callbacks` store has no public reader, and
only `clone` hands it on, which refuses CatBoost at any depth.

scikit-learn's callbacks follow a fit by the context that
``_init_callback_context`` makes; before 1.9 there are none.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from scipy import sparse
from sklearn.utils import _safe_indexing

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """An estimator without callbacks."""

    def with_callbacks(method):
        """Return the method as it is."""
        return method


__all__ = [
    "CallbackSupportMixin",
    "Progress",
    "copy_settings",
    "ignore_warnings",
    "in_canonical_form",
    "safe_indexing",
    "with_callbacks",
    "without_callbacks",
]


def safe_indexing(X: Any, indices: Any, *, axis: int = 0) -> Any:
    """Take rows or columns; sparse matrices come in canonical form."""
    return in_canonical_form(_safe_indexing(X, indices, axis=axis))


def in_canonical_form(X: Any) -> Any:
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


def copy_settings(source: Any, copy: Any) -> None:
    """Hand on what was set before fit by other means than parameters, as clone does."""
    for name in ("_metadata_request", "_sklearn_output_config"):
        if hasattr(source, name):
            setattr(copy, name, deepcopy(getattr(source, name)))
    if hasattr(source, "_skl_callbacks"):
        copy._skl_callbacks = source._skl_callbacks


def without_callbacks(estimator: Any) -> Any:
    """Take scikit-learn's callbacks from a copy, whose fit is none of the user's."""
    vars(estimator).pop("_skl_callbacks", None)
    return estimator


@contextmanager
def ignore_warnings(*categories: type[Warning], message: str = "") -> Iterator[None]:
    """Ignore warnings of some categories, in the main thread only.

    With a message, only those that begin with it.

    The filters of warnings are one for all threads: entered from several, one thread
    restores what another has set, for good.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with warnings.catch_warnings():
        for category in categories:
            warnings.filterwarnings("ignore", re.escape(message), category)
        yield


class Progress:
    """The tasks of one fit: its stages, and what is trained in each.

    Parameters
    ----------
    estimator : CallbackSupportMixin
        Whose fit it is, and whose callbacks follow it.
    n_stages : int
        Number of stages to come.
    X, y : array-like
        Training data.
    """

    def __init__(self, estimator: Any, n_stages: int, X: Any, y: Any) -> None:
        self.estimator = estimator
        self.fit = None
        if hasattr(estimator, "_init_callback_context"):
            self.fit = estimator._init_callback_context(max_subtasks=n_stages)
            self.fit.call_on_fit_task_begin(estimator=estimator, X=X, y=y)

    @contextmanager
    def stage(self, name: str, n_tasks: int) -> Iterator[Callable[[], None]]:
        """Enter a stage; call what it yields when one of its tasks is done."""
        if self.fit is None:
            yield lambda: None
            return
        stage = self.fit.subcontext(task_name=name, max_subtasks=n_tasks)
        stage.call_on_fit_task_begin(estimator=self.estimator)

        def tick():
            task = stage.subcontext(task_name=name)
            task.call_on_fit_task_begin(estimator=self.estimator)
            task.call_on_fit_task_end(estimator=self.estimator)

        yield tick
        stage.call_on_fit_task_end(estimator=self.estimator)

    def end(self, X: Any, y: Any) -> None:
        """Say that the fit is done."""
        if self.fit is not None:
            self.fit.call_on_fit_task_end(estimator=self.estimator, X=X, y=y)
