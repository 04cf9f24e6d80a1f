"""Parameters of a student that hold for one fit only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
