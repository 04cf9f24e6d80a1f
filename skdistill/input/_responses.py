"""Responses: probabilities and values, from what estimators predict."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, softmax
from sklearn.base import is_regressor

from skdistill.input._classes import expand_classes, student_classes


def temper(probabilities: NDArray, temperature: float) -> NDArray[np.float64]:
    """Soften probabilities: softmax(log(q) / T), with zeros staying zeros.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes)
        Rows that sum to one.
    temperature : float
        T > 0; above 1 softens, below 1 sharpens.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
        Rows that sum to one.
    """
    if temperature == 1.0:
        return probabilities
    powered = (probabilities / probabilities.max(axis=1, keepdims=True)) ** (
        1.0 / temperature
    )
    return powered / powered.sum(axis=1, keepdims=True)


def check_probabilities(values: ArrayLike, owner: str) -> None:
    """Raise if rows are not probability distributions; `owner` names whose they are."""
    values = np.asarray(values)
    if not np.isfinite(values).all():
        raise ValueError(f"{owner} returned probabilities that are NaN or infinite.")
    if (values < 0).any():
        raise ValueError(
            f"{owner} returned negative probabilities (least: {values.min():.3g})."
        )
    sums = values.sum(axis=1)
    worst = np.argmax(np.abs(sums - 1.0))
    if abs(sums[worst] - 1.0) > 1e-3:
        raise ValueError(
            f"{owner} returned probabilities that do not sum to one (a row sums to "
            f"{sums[worst]:.4g}). Wrap the teacher so that they do."
        )


def score_probabilities(scores: NDArray) -> NDArray:
    """Probabilities from raw scores: log-odds of the second class, or one a class.

    Parameters
    ----------
    scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
        Scores of a sigmoid, or of a softmax.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
        In the precision of the scores; two columns for one-dimensional scores.
    """
    if scores.ndim == 1:
        second = expit(scores)
        return np.column_stack([1.0 - second, second])
    return softmax(scores, axis=1)


def own_outputs(values: NDArray, loss: Any) -> NDArray:
    """Drop what a regressor has learnt on top of the responses.

    One output comes in one dimension, whatever the regressor makes of it.
    """
    if values.ndim == 1:
        return values
    own = values[:, : loss.n_targets] if loss.auxiliary else values
    return own[:, 0] if own.shape[1] == 1 else own


def regressed_probabilities(values: NDArray, loss: Any) -> NDArray[np.float64]:
    """Turn the predictions of a regressor student into probabilities.

    A regression has no bounds. What it predicts below twice ``loss.clip`` is drawn
    above `clip`, in the same order, so that no class is impossible.

    Parameters
    ----------
    values : ndarray of shape (n_samples,) or (n_samples, n_classes)
        The second of two classes, or all; on the scale of ``loss.scale``.
    loss : Loss
        What the student was trained on.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
        Rows that sum to one.
    """
    values = np.ravel(values) if loss.n_outputs == 2 else values
    if loss.scale == "logit":
        return score_probabilities(values)
    if loss.n_outputs == 2:
        second = 1.0 - _with_floor(1.0 - _with_floor(values, loss.clip), loss.clip)
        return np.column_stack([1.0 - second, second])
    positive = _with_floor(values, loss.clip)
    return positive / positive.sum(axis=1, keepdims=True)


def _with_floor(values, floor):
    """Keep the order of values, and those above twice the floor as they are."""
    beyond = np.maximum(2.0 * floor - values, 0.0)
    return np.where(beyond > 0.0, floor + floor**2 / (floor + beyond), values)


def student_predictions(
    student: Any, X: Any, loss: Any, classes: NDArray | None
) -> NDArray[np.floating] | NDArray[np.intp]:
    """Probabilities, class codes or values of one fitted student.

    Parameters
    ----------
    student : fitted estimator
        Trained on a task with this loss.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        The student's columns.
    loss : Loss
        Its loss.
    classes : ndarray of shape (n_classes,) or None
        The user's labels; None in regression.

    Returns
    -------
    ndarray
        Probabilities of shape (n_samples, n_classes); codes of shape (n_samples,)
        from a classifier without `predict_proba`; predicted values in regression.
    """
    regression = loss.kind == "regression"
    if regression or is_regressor(student):
        values = own_outputs(np.asarray(student.predict(X)), loss)
        return values if regression else regressed_probabilities(values, loss)
    assert classes is not None
    if not hasattr(student, "predict_proba"):
        return np.searchsorted(classes, np.asarray(student.predict(X)))
    probabilities = np.asarray(student.predict_proba(X))
    positions = student_classes(student, classes)
    return expand_classes(probabilities, positions, len(classes))
