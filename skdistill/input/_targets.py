"""What y is turned into before anything is trained."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import assert_all_finite, check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from skdistill.input._warnings import warn

_UNLABELED = "Rows without a label are passed to fit as X_unlabeled."


def encode_labels(y: Any, owner: str) -> tuple[NDArray[np.intp], NDArray]:
    """Return class codes 0..k-1 and the k labels they stand for."""
    _check_given(y, owner)
    y = column_or_1d(y, warn=True)
    _check_no_missing_label(y)
    if y.dtype == object and not all(isinstance(label, str) for label in y):
        kinds = sorted({type(label).__name__ for label in y})
        raise ValueError(
            f"Unknown label type: y of {owner} is an array of objects of type {kinds}, "
            "which are labels if they are text only. Convert it, as by y.astype(int)."
        )
    check_classification_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(
            f"{owner} needs at least two classes in y; got one class: "
            f"{classes.tolist()}."
        )
    _warn_if_minus_one_is_a_class(classes)
    return codes, classes


def present_codes(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the class codes that occur, in order."""
    return np.flatnonzero(np.bincount(codes))


def check_values(y: Any, owner: str) -> NDArray[np.float64]:
    """Return the values to predict, of shape (n_samples,) or (n_samples, n_outputs)."""
    _check_given(y, owner)
    if np.asarray(y).dtype.kind in "mM":
        raise TypeError(
            f"y of {owner} holds dates or durations; pass numbers, such as days since "
            "some date."
        )
    try:
        y = check_array(
            y, ensure_2d=False, dtype="numeric", ensure_all_finite=False, input_name="y"
        ).astype(np.float64, copy=False)
    except ValueError as error:
        raise ValueError(f"y of {owner} must hold numbers: {error}") from error
    _check_no_missing_label(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    return y


def as_predictions(target: NDArray, classes: NDArray | None) -> NDArray[np.float64]:
    """Labels in the shape of responses: certain probabilities, or the values."""
    return target if classes is None else np.eye(len(classes))[target]


def _check_given(y: Any, owner: str) -> None:
    """Raise if there is no target."""
    if y is None:
        raise ValueError(f"{owner} requires y to be passed, but the target y is None.")


def _check_no_missing_label(y: NDArray) -> None:
    """Raise if a label is NaN or None."""
    if y.dtype.kind == "O" and any(label is None for label in y):
        raise ValueError(f"Input y contains None. {_UNLABELED}")
    if y.dtype.kind not in "fO":
        return
    try:
        assert_all_finite(y, input_name="y")
    except ValueError as error:
        raise ValueError(f"{error}\n{_UNLABELED}") from None


def _warn_if_minus_one_is_a_class(classes: NDArray) -> None:
    """Warn of -1 beside 0, 1, ..., which marks rows without a label elsewhere."""
    counted = np.arange(-1, len(classes) - 1)
    numbers = classes.dtype.kind in "if"
    if len(classes) > 2 and numbers and np.array_equal(classes, counted):
        warn(
            "y holds -1 beside 0 and 1, and it is learnt as a class like the others. "
            "If it stands for a missing label: rows without a label are passed as "
            "X_unlabeled."
        )


def check_weighted_classes(
    codes: NDArray, weight: NDArray | None, classes: NDArray
) -> None:
    """Raise unless at least two classes have weight."""
    if weight is None:
        return
    present = present_codes(codes[weight > 0])
    if len(present) < 2:
        raise ValueError(
            "sample_weight leaves weight on one class only "
            f"({classes[present].tolist()}); at least two classes need some."
        )
