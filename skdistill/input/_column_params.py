"""Parameters of estimators that name columns, for copies trained on other columns.

A position in a parameter counts along the columns that the estimator was written for.
Where a copy of it is trained on others, `restrict_columns` translates: positions to
where the column is now; what names a column that the copy does not see is left out.
What cannot be translated is refused. ``_column_tables.py`` says which parameters of
which library name columns, and how; ``_column_values.py`` translates one of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import OneToOneFeatureMixin
from sklearn.pipeline import Pipeline

from skdistill.input._boosters import is_booster, library
from skdistill.input._checks import is_estimator
from skdistill.input._column_tables import COLUMN_PARAMS
from skdistill.input._column_values import Places, translate


def restrict_columns(
    estimator: Any,
    columns: NDArray[np.intp],
    names: NDArray | None,
    written_for: NDArray[np.intp] | None = None,
) -> Any:
    """Translate parameters that name columns to those a copy is trained on.

    Parameters
    ----------
    estimator : estimator
        A private copy, changed in place, with all that it holds: steps of pipelines up
        to the first that makes other columns, members of ensembles, what is searched.
    columns : ndarray of int
        Positions in X of the columns that the copy is trained on.
    names : ndarray of str or None
        All column names of X.
    written_for : ndarray of int, default=None
        Positions in X of the columns that positions count along; None is `columns`.

    Returns
    -------
    estimator

    Raises
    ------
    ValueError
        If a position is out of range, or a parameter cannot be translated.
    """
    if written_for is not None and np.array_equal(columns, written_for):
        written_for = None
    _restrict(estimator, Places(columns, names, written_for))
    return estimator


def _restrict(estimator, places):
    if not is_estimator(estimator):
        return
    if isinstance(estimator, Pipeline):
        for _, step in estimator.steps:
            _restrict(step, places)
            if not _keeps_columns(step):
                places = replace(places, behind=type(step).__name__)
        return
    params = estimator.get_params(deep=False)
    table = COLUMN_PARAMS.get(_origin(estimator), {})
    changed = {}
    for name, value in params.items():
        for part in _held(value):
            _restrict(part, _inside(estimator, name, params, places))
        if value is None or callable(value) or is_estimator(value):
            continue
        try:
            new = translate(table.get(name), name, value, places)
        except ValueError as error:
            raise ValueError(
                f"{name} of {type(estimator).__name__} cannot be translated to the "
                f"columns that a copy of it is trained on: {error}. Pass an estimator "
                "that is written for those columns, or leave the parameter out."
            ) from None
        if new is not value:
            changed[name] = new
    if changed:
        estimator.set_params(**changed)


def _origin(estimator):
    """Name the library whose constructor it has: subclasses share its parameters."""
    if is_booster(estimator):
        return library(estimator)
    made = next(cls for cls in type(estimator).__mro__ if "__init__" in vars(cls))
    return made.__module__.partition(".")[0]


def _held(value):
    """Yield the estimators in a parameter, alone or in a list with their names."""
    for item in value if isinstance(value, (list, tuple)) else [value]:
        yield item[1] if isinstance(item, tuple) and len(item) > 1 else item


def _inside(estimator, name, params, places):
    """Return the places for what an estimator holds: its columns may be others."""
    selects = _origin(estimator) == "skdistill" and any(
        value is not None for key, value in params.items() if key.endswith("features")
    )
    if selects or name in ("final_estimator", "transformers"):
        return replace(places, behind=type(estimator).__name__)
    return places


def _keeps_columns(step):
    """Whether a step of a pipeline hands on the columns that it is given."""
    if step is None or isinstance(step, (str, OneToOneFeatureMixin)):
        return True
    return getattr(step, "add_indicator", None) is False  # An imputer.
