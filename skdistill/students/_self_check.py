"""A check, on a few rows, that a library still does what its adapter relies on.

The adapters use names and file formats that the libraries do not promise to keep. What
they are good for is checked by behaviour, once in a process: a student of two soft
targets must predict them, and have the user's labels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import clone

from skdistill.students._task import Loss, StudentTask

_TARGETS = np.array([[0.6, 0.1, 0.3], [0.1, 0.7, 0.2]])


def learns_soft_targets(
    student: Any, fit: Callable, temperature: float = 1.0, *, holds_codes: bool = False
) -> bool:
    """Whether a student of two, and of three, classes learns probabilities by `fit`.

    Parameters
    ----------
    student : classifier
        Of few rounds that learn without penalty.
    fit : callable
        Trains it, given a copy of it, X and a task.
    temperature : float, default=1
        Of the tasks.
    holds_codes : bool, default=False
        Whether the student's classes are codes.
    """
    X = np.repeat([[0.0], [1.0]], 8, axis=0)
    for n_classes in (2, 3):
        targets = _TARGETS[:, :n_classes]
        targets = np.repeat(targets / targets.sum(axis=1, keepdims=True), 8, axis=0)
        labels, classes = targets.argmax(axis=1), np.array(["a", "b", "c"][:n_classes])
        loss = Loss("classification", 1.0, n_classes, temperature)
        task = StudentTask(loss, targets, targets, labels, classes)
        try:
            fitted = fit(clone(student), X, task)
            predicted, found = fitted.predict_proba(X), list(fitted.classes_)
        except Exception:  # A changed library raises what it likes.
            return False
        expected = list(range(n_classes)) if holds_codes else classes.tolist()
        if found != expected or not np.allclose(predicted, targets, atol=0.02):
            return False
    return True
