"""Estimator to responses: probabilities aligned to the classes, or values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, softmax
from sklearn.base import is_classifier, is_regressor
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.multiclass import (
    OneVsOneClassifier,
    OneVsRestClassifier,
    OutputCodeClassifier,
)

from skdistill.input._boosters import final_step, is_booster, library
from skdistill.input._checks import is_estimator


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


def class_probabilities(
    estimator: Any, X: Any, classes: NDArray
) -> NDArray[np.float64]:
    """Probabilities of `estimator`, one column for each of `classes`.

    A class that the estimator lacks gets probability zero.

    Parameters
    ----------
    estimator : fitted classifier
        Anything with `predict_proba` and `classes_`.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        What the estimator was trained on.
    classes : ndarray of shape (n_classes,)
        Sorted labels; those of the estimator must be among them.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
    """
    probabilities = np.asarray(estimator.predict_proba(X), dtype=np.float64)
    positions = align_classes(estimator, classes)
    return expand_classes(probabilities, positions, len(classes))


def student_classes(student: Any, classes: NDArray) -> NDArray[np.intp]:
    """Return the position among `classes` of each class of a student."""
    if holds_codes(student):
        return np.asarray(student.classes_, dtype=np.intp)
    return align_classes(student, classes)


def holds_codes(student: Any) -> bool:
    """Whether a student was trained on codes 0, 1, ... in place of the labels."""
    return library(final_step(student)) == "xgboost"


# They number the labels themselves before they hand them on.
_NUMBER_LABELS = (
    BaggingClassifier,
    OneVsOneClassifier,
    OneVsRestClassifier,
    OutputCodeClassifier,
    StackingClassifier,
    VotingClassifier,
)


def needs_codes(estimator: Any) -> bool:
    """Whether an estimator, or what it holds, refuses labels other than 0, 1, ...

    XGBoost does, wherever it sits: in pipelines, searches and their candidates,
    calibration.
    """
    if isinstance(estimator, Mapping):
        return any(map(needs_codes, estimator.values()))
    if isinstance(estimator, (list, tuple)):
        return any(map(needs_codes, estimator))
    if isinstance(estimator, _NUMBER_LABELS) or not is_estimator(estimator):
        return False
    if getattr(estimator, "_numbers_labels", False):  # One of ours.
        return False
    if library(estimator) == "xgboost":
        return is_classifier(estimator)
    held = estimator.get_params(deep=False).values()
    return not is_booster(estimator) and any(map(needs_codes, held))


def in_order(positions: NDArray[np.intp], n_classes: int) -> bool:
    """Whether positions are those of all classes, one after the other."""
    return np.array_equal(positions, np.arange(n_classes))


def expand_classes(
    probabilities: NDArray, positions: NDArray[np.intp], n_classes: int
) -> NDArray:
    """Put probabilities at the positions of their classes; zero for the others."""
    # CatBoost sorts labels that look like numbers as numbers: "9" before "10".
    if in_order(positions, n_classes):
        return probabilities
    expanded = np.zeros((len(probabilities), n_classes), dtype=probabilities.dtype)
    expanded[:, positions] = probabilities
    return expanded


def align_classes(estimator: Any, classes: NDArray) -> NDArray[np.intp]:
    """Return the position among `classes` of each class of an estimator.

    Codes 0, 1, ... of an XGBoost that was trained elsewhere stand for the sorted
    labels.

    Raises
    ------
    ValueError
        If it has a class that is not among them.
    """
    known = np.asarray(estimator.classes_)
    unknown = ~np.isin(known, classes)
    if unknown.any():
        if len(known) == len(classes) and needs_codes(estimator):
            return np.arange(len(classes))
        raise ValueError(
            f"{type(estimator).__name__} predicts the classes "
            f"{known[unknown].tolist()}, which y does not hold; y has "
            f"{classes.tolist()}. Train it on the same labels."
        )
    return np.searchsorted(classes, known)


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
