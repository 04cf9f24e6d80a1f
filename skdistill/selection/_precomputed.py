"""Predictions that exist already, as the fitted estimator that scorers expect."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.utils.metaestimators import available_if

from skdistill.input._classes import class_probabilities


class _Precomputed(BaseEstimator):
    """Return predictions for the rows of `X` that were made once.

    Parameters
    ----------
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        The rows whose predictions are kept.
    predictions : dict of str to ndarray
        What is predicted for them, by the name of the method.
    model : fitted estimator, default=None
        Predicts other rows. None: they are refused.
    """

    def __init__(self, X: Any, predictions: dict[str, NDArray], model: Any = None):
        self.X = X
        self.predictions = predictions
        self.model = model

    def _predicted(self, method: str, X: Any) -> NDArray:
        if X is self.X:
            return self.predictions[method]
        if self.model is None:
            raise ValueError(
                "Only predictions for the rows that are scored exist; the scorer asks "
                "for others. Let it use the X that it is passed as it is."
            )
        return getattr(self.model, method)(X)

    def predict(self, X):
        """Predict labels or values."""
        return self._predicted("predict", X)

    def __sklearn_is_fitted__(self):
        return True


def _has(method):
    return available_if(lambda self: method in self.predictions)


class PrecomputedClassifier(ClassifierMixin, _Precomputed):
    """A classifier of known predictions; labels follow from probabilities if need be.

    Parameters
    ----------
    X, predictions, model : see _Precomputed
    classes : ndarray of shape (n_classes,)
        The labels.
    """

    def __init__(
        self,
        X: Any,
        predictions: dict[str, NDArray],
        classes: NDArray,
        model: Any = None,
    ):
        super().__init__(X, predictions, model)
        self.classes = classes
        self.classes_ = classes

    def predict(self, X):
        """Predict labels."""
        if "predict" in self.predictions:
            return self._predicted("predict", X)
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    @_has("predict_proba")
    def predict_proba(self, X):
        """Predict probabilities whose rows sum to one in double precision."""
        values = np.asarray(self._predicted("predict_proba", X), dtype=np.float64)
        return values / values.sum(axis=1, keepdims=True)

    @_has("decision_function")
    def decision_function(self, X):
        """Predict the scores of a classifier that has no probabilities."""
        return self._predicted("decision_function", X)


class PrecomputedRegressor(RegressorMixin, _Precomputed):
    """A regressor of known predictions."""


Precomputed = PrecomputedClassifier | PrecomputedRegressor


def precomputed_estimator(
    values: NDArray, X: Any, classes: NDArray | None
) -> Precomputed:
    """Wrap probabilities, class codes or predicted values for the rows of X."""
    if classes is None:
        return PrecomputedRegressor(X, {"predict": values})
    if values.ndim == 1:
        return PrecomputedClassifier(X, {"predict": classes[values]}, classes)
    return PrecomputedClassifier(X, {"predict_proba": values}, classes)


def predict_once(model: Any, X: Any, classes: NDArray | None) -> Precomputed:
    """Predict the rows of X by each method that a fitted model has."""
    if classes is None:
        return PrecomputedRegressor(X, {"predict": model.predict(X)}, model)
    predictions = {
        method: getattr(model, method)(X) for method in prediction_methods(model)
    }
    return PrecomputedClassifier(X, predictions, classes, model)


def prediction_methods(model: Any) -> list[str]:
    """Name the methods of a classifier, fitted or not, that scorers may call."""
    methods = [m for m in ("predict", "predict_proba") if hasattr(model, m)]
    if "predict_proba" not in methods and hasattr(model, "decision_function"):
        methods.append("decision_function")
    return methods


def dummy_estimator(
    X: Any, y: NDArray, classes: NDArray | None, methods: Collection[str]
) -> Precomputed:
    """Predict the rows of X from the frequencies in y alone, to try scorers on."""
    rows = np.zeros((len(y), 1))
    if classes is None:
        mean = DummyRegressor().fit(rows, y)
        return PrecomputedRegressor(X, {"predict": mean.predict(rows)}, mean)
    prior = DummyClassifier(strategy="prior").fit(rows, y)
    n_scores = () if len(classes) == 2 else (len(classes),)
    predictions = {
        "predict": prior.predict(rows),
        "predict_proba": class_probabilities(prior, rows, classes),
        "decision_function": np.zeros((len(y), *n_scores)),
    }
    return PrecomputedClassifier(
        X, {method: predictions[method] for method in methods}, classes, prior
    )
