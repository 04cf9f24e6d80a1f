"""The interface between a distillation task and the library that trains on it."""

from __future__ import annotations

from typing import Any

from skdistill.students._task import Loss, StudentTask


class StudentAdapter:
    """How the estimators of one library are trained on soft targets.

    A subclass implements `route` and `fit_soft`; `fit_labels` only where the library
    needs more than ``student.fit(X, y)``. The students it receives are private
    copies: they may be fitted in place, or another object of the same class be
    returned. What is returned is plain: no closure, the user's parameters, the
    user's class labels wherever the library can hold them.
    """

    def route(self, student: Any, loss: Loss) -> str:
        """Name the way `student` would learn `loss`.

        Called before any teacher is trained, and only for ``loss.alpha > 0``.

        Raises
        ------
        ValueError
            If the student cannot minimise this loss exactly; the message names what
            would work.
        """
        raise ValueError(f"{type(student).__name__} cannot learn from soft targets.")

    def fit_soft(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train `student` on the soft targets of `task` and return it."""
        raise ValueError(f"{type(student).__name__} cannot learn from soft targets.")

    def fit_labels(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train `student` on the labels alone, as its library does by itself."""
        if task.sample_weight is None:
            return student.fit(X, task.y)
        return student.fit(X, task.y, sample_weight=task.sample_weight)
