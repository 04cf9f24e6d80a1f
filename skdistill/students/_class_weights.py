"""Weights of classes, by class code, as the library of the student defines them.

They are counted on the rows that have a label. A class that none of them has weighs 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.svm import LinearSVC

from skdistill.students._task import StudentTask


def weigh_classes(
    class_weight: Any, task: StudentTask, student: Any
) -> NDArray[np.float64]:
    """Return one weight a class, by scikit-learn's definition.

    Parameters
    ----------
    class_weight : dict from the user's labels, or "balanced"
        The parameter.
    task : StudentTask
        A classification task.
    student : classifier
        Whose parameter it is; some count rows, some weigh them.
    """
    if isinstance(class_weight, Mapping):
        return _weights_by_label(class_weight, task, student)
    linear = isinstance(student, (LogisticRegression, LogisticRegressionCV, LinearSVC))
    mass = task.class_mass(weighted=linear and _linear_models_balance_by_weight())
    weights, occurs = np.ones(len(mass)), mass > 0
    weights[occurs] = mass.sum() / (occurs.sum() * mass[occurs])
    return weights


def _weights_by_label(
    class_weight: Mapping, task: StudentTask, student: Any
) -> NDArray[np.float64]:
    """Return the weights of a dict in the order of the codes; 1 for what it lacks."""
    assert task.classes is not None
    labels = task.classes.tolist()
    unknown = [label for label in class_weight if label not in labels]
    if unknown and not set(labels) <= set(class_weight):
        raise ValueError(
            f"class_weight of the student {type(student).__name__} must be a dict from "
            f"the labels {labels} to weights; got {class_weight!r}."
        )
    return np.array([class_weight.get(label, 1.0) for label in labels], dtype=float)


@cache
def _linear_models_balance_by_weight() -> bool:
    """Whether "balanced" in this scikit-learn means weights of rows, not numbers.

    Then a row of weight 3 is what three rows are.
    """
    X, y, weight = np.array([[0.0], [1.0], [2.0]]), np.array([0, 1, 1]), [3, 1, 1]
    student = LogisticRegression(class_weight="balanced")
    repeated = student.fit(np.repeat(X, weight, axis=0), np.repeat(y, weight)).coef_
    return bool(np.allclose(repeated, student.fit(X, y, weight).coef_, rtol=1e-3))
