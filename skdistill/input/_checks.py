"""Checks of parameters and data, and the private copies of sub-estimators."""

from __future__ import annotations

import numbers
from collections.abc import Hashable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils import check_array, check_random_state

from skdistill.input._boosters import is_booster
from skdistill.input._sklearn import copy_settings


def check_in_interval(
    value: Any,
    name: str,
    owner: str,
    low: float,
    high: float,
    *,
    auto: bool = False,
    finite: bool = False,
) -> float:
    """Return `value` as a float if it is a number in the closed interval.

    Messages say so where "auto" would have done, too. `finite` leaves out infinity.
    """
    end = ")" if finite and np.isinf(high) else "]"
    allowed = f"in [{low:g}, {high:g}{end}" + (" or 'auto'" if auto else "")
    _check_type(value, numbers.Real, name, owner, f"a number {allowed}")
    infinite = finite and np.isinf(float(value))
    if infinite or not low <= float(value) <= high:
        raise ValueError(f"{name} of {owner} must be {allowed}; got {value!r}.")
    return float(value)


def check_above_zero(value: Any, name: str, owner: str) -> float:
    """Return `value` as a float if it is a finite number above zero."""
    _check_type(value, numbers.Real, name, owner, "a number above 0")
    if not 0 < float(value) < np.inf:
        raise ValueError(
            f"{name} of {owner} must be above 0 and finite; got {value!r}."
        )
    return float(value)


def check_count(value: Any, name: str, owner: str, *, least: int = 1) -> int:
    """Return `value` if it is an integer of at least `least`."""
    _check_type(value, numbers.Integral, name, owner, f"an integer of at least {least}")
    if value < least:
        raise ValueError(f"{name} of {owner} must be at least {least}; got {value!r}.")
    return int(value)


def _check_type(value, kind, name, owner, expected):
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError(
            f"{name} of {owner} must be {expected}; got {value!r} of type "
            f"{type(value).__name__}."
        )


def check_option(value: Any, name: str, owner: str, options: tuple[Any, ...]) -> Any:
    """Return `value` if it is one of `options`."""
    if not isinstance(value, Hashable) or value not in options:
        raise ValueError(
            f"{name} of {owner} must be one of {list(options)}; got {value!r}."
        )
    return value


def make_random_state(value: Any, owner: str) -> np.random.RandomState:
    """Return what draws, made of the `random_state` of an estimator or function."""
    try:
        return check_random_state(value)
    except ValueError as error:
        raise ValueError(
            f"random_state of {owner} must be None, an integer from 0 to 2**32 - 1 or "
            f"a numpy.random.RandomState; got {value!r}."
        ) from error


def check_verbose(value: Any, owner: str) -> None:
    """Raise unless `verbose` is a number of at least 0, True or False."""
    if not isinstance(value, (bool, np.bool_)):
        check_count(value, "verbose", owner, least=0)


def check_sample_weight(
    sample_weight: ArrayLike | None, X: Any
) -> NDArray[np.float64] | None:
    """Return the row weights as a float array, or None where there are none."""
    weight = check_row_weights(sample_weight, X.shape[0], "sample_weight")
    if weight is not None and not weight.any():
        raise ValueError("sample_weight is zero on every row; give some rows weight.")
    return weight


def check_row_weights(
    weights: ArrayLike | None, n_samples: int, name: str
) -> NDArray[np.float64] | None:
    """Return weights of rows, one for each, none of them negative."""
    if weights is None:
        return None
    try:
        checked = check_array(
            weights, ensure_2d=False, dtype=np.float64, input_name=name.split()[0]
        )
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{name} must hold one number for each row: {error}") from error
    if checked.shape != (n_samples,):
        raise ValueError(
            f"{name} must be one-dimensional, with one weight for each of the "
            f"{n_samples} rows; got an array of shape {checked.shape}."
        )
    if (checked < 0).any():
        raise ValueError(
            f"{name} must not be negative; the least is {checked.min():g}."
        )
    return checked


def is_estimator(value: Any) -> bool:
    """Whether a value is an estimator, and not its class."""
    return hasattr(value, "get_params") and not isinstance(value, type)


def params_named(estimator: Any, *names: str) -> dict[str, Any]:
    """Return parameters of some names, at any depth of an estimator."""
    params = estimator.get_params(deep=True).items()
    return {name: v for name, v in params if name.rpartition("__")[2] in names}


def is_search(estimator: Any) -> bool:
    """Whether an estimator searches parameters of the one that it holds."""
    return all(hasattr(estimator, name) for name in ("estimator", "refit", "cv"))


def searched(search: Any) -> Iterator[tuple[str, Any]]:
    """Yield each parameter that a search tries, with its values or distribution."""
    grids = getattr(search, "param_grid", getattr(search, "param_distributions", None))
    for grid in [grids] if isinstance(grids, Mapping) else grids or ():
        yield from grid.items()


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
