"""Parameters of a student: what they say, and such as hold for one fit only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any


@contextmanager
def temporary_params(estimator: Any, changes: dict[str, Any]) -> Iterator[None]:
    """Set parameters for the duration of a fit and put the user's back."""
    params = estimator.get_params(deep=False)
    estimator.set_params(**changes)
    try:
        yield
    finally:
        estimator.set_params(**{name: params[name] for name in changes})


def is_count(value: Any) -> bool:
    """Whether a parameter is a number of rows, and no share of them."""
    return isinstance(value, Integral) and not isinstance(value, bool)
