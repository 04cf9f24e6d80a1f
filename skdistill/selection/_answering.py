"""What has answered already, behind the interface that scorers expect."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if


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


class PrecomputedClassifier(ClassifierMixin, _Answering):
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


class PrecomputedRegressor(RegressorMixin, _Answering):
    """A fitted regressor that is asked at most once for the answers to `X`."""


Answering = PrecomputedClassifier | PrecomputedRegressor


def precomputed_estimator(
    values: NDArray, X: Any, classes: NDArray | None
) -> Answering:
    """Wrap probabilities, class codes or predicted values for the rows of X."""
    if classes is None:
        return PrecomputedRegressor(lambda method, X: values, ["predict"], X)
    if values.ndim == 1:
        labels = classes[values]
        return PrecomputedClassifier(lambda method, X: labels, ["predict"], X, classes)
    return PrecomputedClassifier(
        lambda method, X: values, ["predict_proba"], X, classes
    )


def dummy_predictions(
    X: Any, y: NDArray, classes: NDArray | None, methods: Collection[str]
) -> Answering:
    """Answers that know nothing but how often each class or value occurs."""
    n_samples = len(y)
    if classes is None:
        mean = np.tile(y.mean(axis=0), (n_samples, *[1] * (y.ndim - 1)))
        return PrecomputedRegressor(lambda method, X: mean, ["predict"], X)
    priors = np.mean(y[:, None] == classes, axis=0)
    answers = {
        "predict": np.repeat(classes[priors.argmax()], n_samples),
        "predict_proba": np.tile(priors, (n_samples, 1)),
        "decision_function": np.zeros(
            n_samples if len(classes) == 2 else (n_samples, len(classes))
        ),
    }
    return PrecomputedClassifier(lambda method, X: answers[method], methods, X, classes)
