"""Parameters of a student: whose they are, and such as hold for one fit only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

from sklearn.frozen import FrozenEstimator

from skdistill.input._checks import is_estimator


@contextmanager
def temporary_params(estimator: Any, changes: dict[str, Any]) -> Iterator[None]:
    """Set parameters for the duration of a fit and put the user's back."""
    if not changes:
        yield  # CatBoost, once fitted, refuses to be set even nothing.
        return
    params = estimator.get_params()
    estimator.set_params(**changes)
    try:
        yield
    finally:
        estimator.set_params(**{name: params[name] for name in changes})


def parts(estimator: Any) -> dict[str, Any]:
    """Return an estimator and those inside it, by the prefix of their parameters.

    Outer ones go before inner ones. What is frozen is left out, as it is not trained.
    """
    found = {"": estimator}
    for name, value in estimator.get_params().items():
        if is_estimator(value):
            found[f"{name}__"] = value
    frozen = [at for at, part in found.items() if isinstance(part, FrozenEstimator)]
    return {
        prefix: found[prefix]
        for prefix in sorted(found)
        if not any(prefix.startswith(one) for one in frozen)
    }


def is_count(value: Any) -> bool:
    """Whether a parameter is a number of rows, and no share of them."""
    return isinstance(value, Integral) and not isinstance(value, bool)
