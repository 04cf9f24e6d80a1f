"""What y is turned into before anything is trained."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from skdistill.input._checks import (
    check_no_missing_label,
    check_y_given,
    warn_if_minus_one_is_a_class,
)


def encode_labels(y: Any, owner: str) -> tuple[NDArray[np.intp], NDArray]:
    """Return class codes 0..k-1 and the k labels they stand for."""
    check_y_given(y, owner)
    y = column_or_1d(y, warn=True)
    check_no_missing_label(y)
    check_classification_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(
            f"{owner} needs at least two classes in y; got one class: "
            f"{classes.tolist()}."
        )
    warn_if_minus_one_is_a_class(classes)
    return codes, classes


def present_codes(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the class codes that occur, in order."""
    return np.flatnonzero(np.bincount(codes))


def expand_classes(
    probabilities: NDArray, codes: NDArray[np.intp], n_classes: int
) -> NDArray[np.float64]:
    """Give the classes that are not among `codes` probability zero."""
    expanded = np.zeros((len(probabilities), n_classes))
    expanded[:, codes] = probabilities
    return expanded


def check_values(y: Any, owner: str) -> NDArray[np.float64]:
    """Return the values to predict, of shape (n_samples,) or (n_samples, n_outputs)."""
    check_y_given(y, owner)
    if np.asarray(y).dtype.kind in "mM":
        raise TypeError(
            f"y of {owner} holds dates or durations; pass numbers, such as days since "
            "some date."
        )
    y = check_array(
        y, ensure_2d=False, dtype="numeric", ensure_all_finite=False, input_name="y"
    )
    check_no_missing_label(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    return y.astype(np.float64, copy=False)


def as_predictions(target: NDArray, classes: NDArray | None) -> NDArray[np.float64]:
    """Labels in the shape of responses: certain probabilities, or the values."""
    return target if classes is None else np.eye(len(classes))[target]
