"""Fitted parts of a report behind the interface that scorers expect."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_regressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier

from skdistill.input._boosters import final_step, is_booster
from skdistill.input._columns import select_columns
from skdistill.input._responses import class_probabilities
from skdistill.selection._answering import (
    Answering,
    PrecomputedClassifier,
    PrecomputedRegressor,
)
from skdistill.teachers._teacher import predict_aligned

_LIKELIEST = (
    DecisionTreeClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)


def answering_student(model: Any, X: Any, classes: NDArray | None) -> Answering:
    """Wrap a fitted distilled estimator."""

    def ask(method, X):
        return getattr(model, method)(X)

    if classes is None:
        return PrecomputedRegressor(ask, ["predict"], X)
    methods = answered_methods(model)
    if _predicts_likeliest(model):
        methods.remove("predict")
    return PrecomputedClassifier(ask, methods, X, classes)


def _predicts_likeliest(model):
    """Whether labels follow from the probabilities, so that one question will do.

    Only for models known to do so: others may have a threshold of their own.
    """
    if not hasattr(model, "predict_proba"):
        return False
    student = final_step(model.students_[0])
    return (
        len(model.students_) > 1
        or is_regressor(student)
        or is_booster(student)
        or isinstance(student, _LIKELIEST)
    )


def answering_teacher(
    teacher: Any, columns: NDArray, X: Any, y_train: NDArray, classes: NDArray | None
) -> Answering:
    """Wrap a fitted teacher, which knows class codes and its own columns."""

    def values(X):
        X = select_columns(X, columns)
        if classes is not None and isinstance(teacher, FrozenEstimator):
            return class_probabilities(teacher, X, classes)
        codes = y_train if classes is None else np.searchsorted(classes, y_train)
        return predict_aligned(teacher, X, codes, classes)

    def ask(method, X):
        return values(X)

    if classes is None:
        return PrecomputedRegressor(ask, ["predict"], X)
    return PrecomputedClassifier(ask, ["predict_proba"], X, classes)


def answered_methods(estimator: Any) -> list[str]:
    """Which of the prediction methods an estimator, fitted or not, has."""
    methods = ["predict", "predict_proba", "decision_function"]
    return [method for method in methods if hasattr(estimator, method)]
