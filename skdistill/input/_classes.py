"""Classes of an estimator: labels or codes, and where they are among those of y."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.multiclass import (
    OneVsOneClassifier,
    OneVsRestClassifier,
    OutputCodeClassifier,
)

from skdistill.input._boosters import final_step, is_booster, library
from skdistill.input._checks import is_estimator


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


def kept_in_single_precision(classes: NDArray) -> bool:
    """Whether labels that are numbers stay what they are where CatBoost reads them."""
    if classes.dtype.kind not in "iuf":
        return True
    with np.errstate(invalid="ignore"):
        return np.array_equal(classes, classes.astype(np.float32).astype(classes.dtype))


def in_catboost_order(classes: NDArray) -> list[Any]:
    """Return labels in CatBoost's order: texts that are all numbers as numbers."""
    labels = classes.tolist()
    try:
        return sorted(labels, key=float)
    except ValueError:
        return labels


def name_present_classes(
    estimator: Any, classes: NDArray, present: NDArray[np.intp]
) -> None:
    """Leave the classes that training rows lack out of parameters; see `name_classes`.

    `present` are the codes of the others.
    """
    labels = classes[present].tolist()
    name_classes(estimator, dict(zip(labels, labels, strict=True)), classes)


def name_classes(estimator: Any, names: Mapping[Any, Any], classes: NDArray) -> None:
    """Name classes in parameters as training data does, and leave out the others.

    These are dicts of class weights, and the order that CatBoost is given of classes,
    or has by itself.

    Parameters
    ----------
    estimator : classifier
        Changed in place.
    names : mapping
        From each label in the training data to what stands for it there.
    classes : ndarray of shape (n_classes,)
        All labels.
    """
    params = estimator.get_params(deep=True)
    named: dict[str, Any] = {}
    for name, value in params.items():
        prefix, _, last = name.rpartition("__")
        if last not in ("class_weight", "class_weights", "class_names"):
            continue
        if isinstance(value, Mapping):
            named[name] = {names[k]: w for k, w in value.items() if k in names}
        elif last == "class_names" and value is not None:
            named[name] = [names[k] for k in value if k in names]
        elif last == "class_weights" and isinstance(value, (list, tuple)):
            order = params.get(f"{prefix}__class_names" if prefix else "class_names")
            order = in_catboost_order(classes) if order is None else order
            if len(order) == len(value):  # Otherwise CatBoost says what is wrong.
                pairs = zip(order, value, strict=True)
                named[name] = [weight for k, weight in pairs if k in names]
    estimator.set_params(**named)


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
