"""The interface between a distillation task and the library that trains on it."""

from __future__ import annotations

from typing import Any

from skdistill.input._classes import name_present_classes
from skdistill.input._routing import member_params
from skdistill.input._targets import present_codes
from skdistill.students._refusals import refuse_auxiliary
from skdistill.students._task import Loss, StudentTask


class StudentAdapter:
    """How the estimators of one library are trained on soft targets.

    A subclass implements `route` and `fit_soft`; `fit_labels` only where the library
    needs more than ``student.fit(X, y)``, and `check_auxiliary` where the students can
    learn more than responses. The students it receives are private
    copies: they may be fitted in place, or another object of the same class be
    returned. What is returned is plain: no closure, the user's parameters, the
    user's class labels wherever the library can hold them.

    Rows without a label (``task.labeled``) count for their targets alone: classes are
    counted, and rows held out and scored, among ``task.labeled_rows``.

    Notes
    -----
    The routes of the adapters that are here, and how close each comes to the loss:

    ===================== ========================================================
    "cross_entropy",      Exact: the library's own loss takes probabilities.
    "logistic"            (HistGradientBoosting with row weights finds its bins on
                          values rounded to as many as there are bins.)
    "logistic_gradient",  Exact, by the loss's gradient.
    "softmax_gradient"
    "weighted_copies"     Exact but for copies that weigh less than 1e-4 of their
                          row, which are left out. Parameters that count rows are
                          scaled to count copies, which is right on average.
    "regression",         Exact: one squared loss to the mean target. Of a
    "logit_regression",   classifier, the squared loss of probabilities or
    and of probabilities  log-odds takes the place of the cross-entropy.
    "one_vs_rest"         Approximate: each class has its exact target, and a
                          softmax is fitted to their probabilities.
    "label_draw"          Right on average: one label is drawn a row.
    ===================== ========================================================
    """

    def route(self, student: Any, loss: Loss) -> str:
        """Name the way `student` would learn `loss`.

        Called before any teacher is trained, and only for ``loss.alpha > 0``.

        Raises
        ------
        ValueError
            If the student cannot learn this loss; the message names what would work.
        """
        raise ValueError(f"{type(student).__name__} cannot learn from soft targets.")

    def check_auxiliary(self, student: Any, loss: Loss) -> None:
        """Check that `student` can learn what ``loss.auxiliary`` lists.

        Called before `route`, and only if it lists something. `fit_soft` then finds it
        in ``task.auxiliary``.

        Raises
        ------
        ValueError
            If it cannot.
        """
        refuse_auxiliary(student, loss.auxiliary[0])

    def fit_soft(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train `student` on the soft targets of `task` and return it."""
        raise ValueError(f"{type(student).__name__} cannot learn from soft targets.")

    def fit_labels(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train `student` on the labels alone, as its library does by itself."""
        if task.classes is not None:  # Some may be missing from a training part.
            present = present_codes(task.labels)
            if len(present) < len(task.classes):
                name_present_classes(student, task.classes, present)
        return student.fit(X, task.y, **member_params(student, task.sample_weight))
