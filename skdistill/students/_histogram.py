"""HistGradientBoostingClassifier on the probabilities of two classes.

Its loss takes any target between 0 and 1, and its `fit` takes labels only. What stands
between them is `_encode_y`, which has no public counterpart; replacing it spares the
copies of the rows, half of the memory and of the time. Where there is none, and for
more than two classes, whose loss does need labels, rows are copied.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import has_fit_parameter

from skdistill._responses import temper
from skdistill._sklearn import safe_indexing
from skdistill.students._bins import few_values
from skdistill.students._params import temporary_params
from skdistill.students._task import Loss, StudentTask

# The documented threshold of early_stopping="auto".
_AUTO_EARLY_STOPPING_ROWS = 10_000


class _LearnsProbabilities(HistGradientBoostingClassifier):
    """The class of the student during its fit: y is the second class's probability."""

    def _encode_y(self, y):
        super()._encode_y(self._labels)
        return y


def learns_probabilities(student: Any, loss: Loss) -> bool:
    """Whether a student takes soft targets without copies of the rows."""
    return (
        type(student) is HistGradientBoostingClassifier
        and hasattr(student, "_encode_y")
        and loss.n_outputs == 2
        # Other scores than the loss are of labels.
        and (student.early_stopping is False or student.scoring == "loss")
    )


def fit_on_probabilities(student: Any, X: Any, task: StudentTask) -> Any:
    """Fit a student that `learns_probabilities` on a classification task."""
    weight = task.sample_weight
    target = temper(task.targets, task.loss.temperature)[:, 1]
    if weight is not None:
        X = few_values(X, student.max_bins, weight)
    changes, rows, validation = hold_out_rows(student, X, task)
    if rows is not None:
        X, target = safe_indexing(X, rows), target[rows]
        weight = None if weight is None else weight[rows]
    student._labels = task.classes
    with temporary_params(student, changes):
        student.__class__ = _LearnsProbabilities
        try:
            student.fit(X, target, sample_weight=weight, **validation)
        finally:
            student.__class__ = HistGradientBoostingClassifier
            del student._labels
    return student


def hold_out_rows(
    student: Any, X: Any, task: StudentTask
) -> tuple[dict[str, Any], NDArray | None, dict[str, Any]]:
    """Let early stopping validate on whole rows with their true labels.

    Returns
    -------
    changes : dict
        Parameters for the fit.
    rows : ndarray of int or None
        What is left to train on; None is all.
    validation : dict
        What `fit` is passed to validate on.
    """
    stops = student.early_stopping
    if stops == "auto":
        stops = len(task.labels) > _AUTO_EARLY_STOPPING_ROWS
    if not stops or not student.validation_fraction:
        return {"early_stopping": bool(stops)}, None, {}
    if not has_fit_parameter(student, "X_val"):
        warnings.warn(
            "early_stopping='auto' of the student is off: this scikit-learn has no "
            "X_val, without which it would validate on rows it is trained on.",
            UserWarning,
            stacklevel=2,
        )
        return {"early_stopping": False}, None, {}
    train, held_out = train_test_split(
        np.arange(len(task.labels)),
        test_size=student.validation_fraction,
        stratify=task.labels,
        random_state=task.seed,
    )
    weight = task.sample_weight
    validation = {
        "X_val": safe_indexing(X, held_out),
        "y_val": task.y[held_out],
        "sample_weight_val": None if weight is None else weight[held_out],
    }
    return {"early_stopping": True}, np.sort(train), validation
