"""Soft targets that exist already: checked, and aligned to the classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array

from skdistill.input._columns import column_names


def check_soft_targets(
    soft_targets: Any,
    n_samples: int,
    classes: NDArray | None,
    n_outputs: int,
    name: str,
    owner: str,
) -> NDArray[np.float64]:
    """Check soft targets and align them to the classes.

    Parameters
    ----------
    soft_targets : {array-like, dataframe}
        Probabilities of shape (n_samples, n_classes) in the order of the sorted
        classes, a frame whose columns name the classes in any order, or those of the
        second of two classes of shape (n_samples,); predictions of the shape of y in
        regression. Rows of NaN have none.
    n_samples : int
        Rows that they are for.
    classes : ndarray of shape (n_classes,) or None
        Sorted labels; None in regression.
    n_outputs : int
        Classes, or values a row.
    name, owner : str
        The parameter and its estimator, for messages.

    Returns
    -------
    ndarray of shape (n_samples, n_classes), (n_samples,) or (n_samples, n_outputs)

    Raises
    ------
    ValueError
        If they have another shape, other classes, or are no probabilities.
    """
    what = f"{name} of {owner}"
    if classes is not None and hasattr(soft_targets, "columns"):
        soft_targets = _by_class(soft_targets, classes, what)
    try:
        values = check_array(
            soft_targets,
            ensure_2d=False,
            dtype=np.float64,
            ensure_all_finite="allow-nan",
            input_name=name,
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what} must hold numbers, no labels: {error}") from error
    if classes is None:
        shape = (n_samples,) if n_outputs == 1 else (n_samples, n_outputs)
        if values.ndim == 2 and values.shape[1] == 1 == n_outputs:
            values = values[:, 0]
    else:
        shape = (n_samples, len(classes))
        if values.ndim == 1 and len(classes) == 2:
            values = np.column_stack([1.0 - values, values])
    if values.shape != shape:
        raise ValueError(
            f"{what} must be of shape {shape}, one row for each of {n_samples} rows; "
            f"got {values.shape}."
        )
    known = np.isfinite(values.reshape(n_samples, -1))
    if (known.any(axis=1) & ~known.all(axis=1)).any():
        raise ValueError(
            f"{what} has rows where some values are NaN. A row without soft targets is "
            "NaN throughout."
        )
    if not known.any():
        raise ValueError(f"{what} is NaN on every row; give some rows soft targets.")
    if classes is not None:
        _check_distributions(values[known.all(axis=1)], what)
    return values


def stand_in_labels(soft_targets: Any, *, classification: bool) -> NDArray:
    """Make labels of soft targets, for rows that have no others.

    Nothing is learnt from them: they tell the classes and what values can be.

    Parameters
    ----------
    soft_targets : {array-like, dataframe} of shape (n_samples, n_classes)
        A frame whose columns name the classes, or an array of classes 0..k-1; of
        shape (n_samples,) for the second of two classes. Values in regression.
    classification : bool
        Whether they are probabilities.

    Returns
    -------
    ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The most probable class of each row, and every class in some row; values with
        the mean where they are NaN.
    """
    values = np.array(soft_targets, dtype=np.float64)
    if not classification:
        values = values[:, 0] if values.shape[1:] == (1,) else values
        unknown = np.isnan(values)
        known = values[~unknown.reshape(len(values), -1).any(axis=1)]
        return np.where(unknown, known.mean(axis=0) if len(known) else 0.0, values)
    names = getattr(soft_targets, "columns", None)
    if values.ndim == 1:
        values = np.column_stack([1.0 - values, values])
        names = None
    n_classes = values.shape[1]
    some = np.isfinite(values).all(axis=1)
    codes = np.nan_to_num(values, nan=-1.0).argmax(axis=1)
    for missing in np.setdiff1d(np.arange(n_classes), codes[some]):
        # The only row of a class stays its row.
        counts = np.bincount(codes[some], minlength=n_classes)
        spare = some & (counts[codes] > 1)
        codes[np.where(spare, values[:, missing], -1.0).argmax()] = missing
    return codes if names is None else np.asarray(list(names))[codes]


def _by_class(frame, classes, what):
    """Order the columns of a frame as the classes, which they name."""
    names = column_names(frame) or list(frame.columns)
    labels = classes.tolist()
    if set(names) != set(labels):
        labels = [str(label) for label in labels]
    if set(names) != set(labels) or len(names) != len(labels):
        raise ValueError(
            f"The columns of {what} must name the classes {classes.tolist()}, in any "
            f"order; got {names}."
        )
    return np.asarray(frame)[:, [names.index(label) for label in labels]]


def _check_distributions(values, what):
    if (values < 0.0).any():
        raise ValueError(
            f"{what} must not be negative; the least is {values.min():.3g}."
        )
    total = values.sum(axis=1)
    worst = int(np.abs(total - 1.0).argmax())
    if abs(total[worst] - 1.0) > 1e-3:
        raise ValueError(
            f"Rows of {what} must sum to 1; one sums to {total[worst]:.4g}. If they "
            "are counts of votes, divide each row by its sum and pass the sums as "
            "sample_weight; if they are probabilities, divide each row by its sum."
        )
