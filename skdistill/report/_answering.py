"""Fitted parts behind one interface, for scorers: ask once, answer from memory."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    RegressorMixin,
    is_regressor,
)
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.metaestimators import available_if

from skdistill._boosters import final_step, is_booster
from skdistill._columns import select_columns
from skdistill._responses import class_probabilities
from skdistill._teacher import respond

_LIKELIEST = (
    DecisionTreeClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)


class _Answering(BaseEstimator):
    """Interface: `ask(method, X)` answers; answers for `X` itself are kept."""

    def __init__(self, ask: Callable, methods: Collection[str], X: Any):
        self.ask = ask
        self.methods = methods
        self.X = X
        self._kept: dict[str, NDArray] = {}

    def _answer(self, method: str, X: Any) -> NDArray:
        if X is not self.X:
            return self.ask(method, X)
        if method not in self._kept:
            self._kept[method] = self.ask(method, X)
        return self._kept[method]

    def predict(self, X):
        """Labels or values."""
        return self._answer("predict", X)

    def __sklearn_is_fitted__(self):
        return True


def _has(method):
    return available_if(lambda self: method in self.methods)


class AnsweringClassifier(ClassifierMixin, _Answering):
    """A fitted classifier that is asked at most once for the answers to `X`."""

    def __init__(self, ask: Callable, methods: Collection[str], X: Any, classes):
        super().__init__(ask, methods, X)
        self.classes = classes
        self.classes_ = classes

    def predict(self, X):
        """Labels; the most likely ones if the model was not made to be asked."""
        if "predict" in self.methods:
            return self._answer("predict", X)
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    @_has("predict_proba")
    def predict_proba(self, X):
        """Probabilities whose rows sum to one in double precision."""
        answer = np.asarray(self._answer("predict_proba", X), dtype=np.float64)
        return answer / answer.sum(axis=1, keepdims=True)

    @_has("decision_function")
    def decision_function(self, X):
        """Scores of a classifier that has no probabilities."""
        return self._answer("decision_function", X)


class AnsweringRegressor(RegressorMixin, _Answering):
    """A fitted regressor that is asked at most once for the answers to `X`."""


def answering_student(model: Any, X: Any, classes: NDArray | None) -> _Answering:
    """Wrap a fitted distilled estimator."""

    def ask(method, X):
        return getattr(model, method)(X)

    if classes is None:
        return AnsweringRegressor(ask, ["predict"], X)
    methods = answered_methods(model)
    if _predicts_likeliest(model):
        methods.remove("predict")
    return AnsweringClassifier(ask, methods, X, classes)


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
) -> _Answering:
    """Wrap a fitted teacher, which knows class codes and its own columns."""

    def values(X):
        X = select_columns(X, columns)
        if classes is not None and isinstance(teacher, FrozenEstimator):
            return class_probabilities(teacher, X, classes)
        codes = y_train if classes is None else np.searchsorted(classes, y_train)
        return respond(teacher, X, codes, classes)

    def ask(method, X):
        return values(X)

    if classes is None:
        return AnsweringRegressor(ask, ["predict"], X)
    return AnsweringClassifier(ask, ["predict_proba"], X, classes)


def answered_methods(estimator: Any) -> list[str]:
    """Which of the prediction methods an estimator, fitted or not, has."""
    methods = ["predict", "predict_proba", "decision_function"]
    return [method for method in methods if hasattr(estimator, method)]
