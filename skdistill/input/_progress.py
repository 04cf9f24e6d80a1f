"""Progress of a fit, for the callbacks of a scikit-learn that has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """An estimator without callbacks."""

    def with_callbacks(method):
        """Return the method as it is."""
        return method


__all__ = ["CallbackSupportMixin", "Progress", "with_callbacks"]


class Progress:
    """The tasks of one fit: its stages, and what is trained in each.

    Parameters
    ----------
    estimator : CallbackSupportMixin
        Whose fit it is; its callbacks are told.
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
