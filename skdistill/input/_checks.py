"""Checks of parameters and data, and the private copies of sub-estimators."""

from __future__ import annotations

import numbers
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils import assert_all_finite, check_array, check_consistent_length

from skdistill.input._boosters import is_booster
from skdistill.input._sklearn import copy_settings
from skdistill.input._warnings import warn

_UNLABELED = (
    "Rows without a label are passed as X_unlabeled to DistilledClassifier and "
    "DistilledRegressor; elsewhere drop them."
)


def check_in_interval(
    value: Any, name: str, owner: str, low: float, high: float, *, auto: bool = False
) -> float:
    """Return `value` as a float if it is a number in the closed interval.

    Messages say so where "auto" would have done, too.
    """
    what = f"{name} of {owner} must be"
    allowed = f"in [{low:g}, {high:g}]" + (" or 'auto'" if auto else "")
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(
            f"{what} a number {allowed}; got {value!r} of type {type(value).__name__}."
        )
    if not low <= float(value) <= high:
        raise ValueError(f"{what} {allowed}; got {value!r}.")
    return float(value)


def check_above_zero(value: Any, name: str, owner: str) -> float:
    """Return `value` as a float if it is a finite number above zero."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(
            f"{name} of {owner} must be a number above 0; got {value!r} of type "
            f"{type(value).__name__}."
        )
    if not 0 < float(value) < np.inf:
        raise ValueError(
            f"{name} of {owner} must be above 0 and finite; got {value!r}."
        )
    return float(value)


def check_count(value: Any, name: str, owner: str, *, least: int = 1) -> int:
    """Return `value` if it is an integer of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(
            f"{name} of {owner} must be an integer of at least {least}; got {value!r} "
            f"of type {type(value).__name__}."
        )
    if value < least:
        raise ValueError(f"{name} of {owner} must be at least {least}; got {value!r}.")
    return int(value)


def check_option(value: Any, name: str, owner: str, options: tuple[str, ...]) -> str:
    """Return `value` if it is one of `options`."""
    if value not in options:
        raise ValueError(
            f"{name} of {owner} must be one of {list(options)}; got {value!r}."
        )
    return value


def check_sample_weight(
    sample_weight: ArrayLike | None, X: Any
) -> NDArray[np.float64] | None:
    """Return the row weights as a float array, or None where there are none."""
    if sample_weight is None:
        return None
    weight = check_array(
        sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight"
    )
    if weight.ndim != 1:
        raise ValueError(
            f"sample_weight must be one-dimensional; got an array of shape "
            f"{weight.shape}. Pass one weight a row."
        )
    check_consistent_length(X, weight)
    if (weight < 0).any():
        raise ValueError(
            f"sample_weight must not be negative; the least is {weight.min():g}."
        )
    if not weight.any():
        raise ValueError("sample_weight is zero on every row; give some rows weight.")
    return weight


def check_y_given(y: Any, owner: str) -> None:
    """Raise if there is no target."""
    if y is None:
        raise ValueError(f"{owner} requires y to be passed, but the target y is None.")


def check_no_missing_label(y: NDArray) -> None:
    """Raise if a label is NaN or None."""
    if y.dtype.kind == "O" and any(label is None for label in y):
        raise ValueError(f"Input y contains None. {_UNLABELED}")
    if y.dtype.kind not in "fO":
        return
    try:
        assert_all_finite(y, input_name="y")
    except ValueError as error:
        raise ValueError(f"{error}\n{_UNLABELED}") from None


def warn_if_minus_one_is_a_class(classes: NDArray) -> None:
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
    present = np.flatnonzero(np.bincount(codes[weight > 0]))
    if len(present) < 2:
        raise ValueError(
            "sample_weight leaves weight on one class only "
            f"({classes[present].tolist()}); at least two classes need some."
        )


def is_estimator(value: Any) -> bool:
    """Whether a value is an estimator, and not its class."""
    return hasattr(value, "get_params") and not isinstance(value, type)


def clone_estimator(estimator: Any) -> Any:
    """Return an unfitted copy, also where `sklearn.base.clone` refuses.

    CatBoost copies list and dict parameters in its constructor, which scikit-learn's
    clone takes for a modified parameter (catboost issue 3078), and its copies lack
    parameters that were set to None, at any depth of a pipeline. The copy is then built
    from the parameters, one by one.
    """
    if isinstance(estimator, (list, tuple)):
        return type(estimator)(clone_estimator(item) for item in estimator)
    if not is_estimator(estimator):
        return deepcopy(estimator)
    try:
        return clone(estimator)
    except (RuntimeError, KeyError):
        return rebuild(estimator)


def rebuild(estimator: Any) -> Any:
    """Construct `estimator` anew from copies of its parameters.

    What else was set before fit (metadata requests, output containers) is taken over;
    what was fitted is not.
    """
    params = estimator.get_params(deep=False)
    copy = type(estimator)(
        **{name: clone_estimator(value) for name, value in params.items()}
    )
    copy_settings(estimator, copy)
    return copy


def seed_unset(estimator: Any, seed: int) -> Any:
    """Set every `random_state` left at None, so that equal seeds give equal models.

    The boosters are deterministic without a seed and stay as they are.
    """
    if not hasattr(estimator, "get_params"):
        return estimator
    params = estimator.get_params(deep=True)
    unset = {
        name: seed
        for name, value in params.items()
        if value is None
        and name.rpartition("__")[2] == "random_state"
        and not is_booster(params.get(name.rpartition("__")[0], estimator))
    }
    return estimator.set_params(**unset) if unset else estimator
