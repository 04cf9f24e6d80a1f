"""Parameters of estimators that name columns, for copies trained on other columns.

A position in a parameter counts along the columns that the estimator was written for.
Where a copy of it is trained on others, `restrict_columns` translates: positions to
where the column is now; what names a column that the copy does not see is left out.
What cannot be translated is refused. ``_column_tables.py`` says which parameters of
which library name columns, and how.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import OneToOneFeatureMixin
from sklearn.pipeline import Pipeline

from skdistill.input._boosters import library
from skdistill.input._checks import is_estimator
from skdistill.input._column_tables import (
    COLUMN_PARAMS,
    COLUMNS,
    FIXED,
    GROUPS,
    HARMLESS,
    LOOKS_LIKE_COLUMNS,
    NO_VALUE,
    TAGGED,
    TRANSFORMERS,
    Values,
)


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
    _restrict(estimator, _Places(columns, names, written_for))
    return estimator


@dataclass(frozen=True)
class _Places:
    """Where columns are that parameters name.

    Attributes
    ----------
    columns, names, written_for
        See `restrict_columns`.
    behind : str or None
        The transformer that makes the columns that positions count along.
    """

    columns: NDArray[np.intp]
    names: NDArray | None
    written_for: NDArray[np.intp] | None
    behind: str | None = None

    @property
    def moved(self) -> bool:
        """Whether positions mean other columns than they did."""
        return self.written_for is not None

    def place(self, item: Any) -> Any:
        """Return what names a column now, or None if it is not there."""
        if isinstance(item, str):
            known = self.names is not None and item in self.names
            seen = () if self.names is None else self.names[self.columns]
            return None if known and item not in seen else item
        if not isinstance(item, Integral):
            return item
        if self.behind is not None:
            if self.moved:
                raise ValueError(f"it counts the columns that {self.behind} makes")
            return item
        counted = self.columns if self.written_for is None else self.written_for
        if not 0 <= int(item) < len(counted):
            raise ValueError(
                f"it names column {item}, but the estimator was written for "
                f"{len(counted)} columns"
            )
        found = np.flatnonzero(self.columns == counted[item])
        return int(found[0]) if len(found) else None

    def pick(self, values: Sequence[Any], neutral: Any) -> Sequence[Any]:
        """Reorder one value a column."""
        if self.written_for is None:
            return values
        if self.behind is not None:
            if all(value is neutral or value == neutral for value in values):
                return values
            raise ValueError(f"it counts the columns that {self.behind} makes")
        if len(values) > len(self.written_for):
            raise ValueError(
                f"it has {len(values)} values, but the estimator was written for "
                f"{len(self.written_for)} columns"
            )
        at = {column: i for i, column in enumerate(self.written_for.tolist())}
        picked = [at.get(column, len(values)) for column in self.columns.tolist()]
        if neutral is NO_VALUE and max(picked) >= len(values):
            raise ValueError("it has no value for some of the columns")
        return [values[i] if i < len(values) else neutral for i in picked]


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
    table = COLUMN_PARAMS.get(library(estimator), {})
    changed = {}
    for name, value in params.items():
        for part in _held(value):
            _restrict(part, _inside(estimator, name, params, places))
        if value is None or callable(value) or is_estimator(value):
            continue
        try:
            new = _translate(table.get(name), name, value, places)
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


def _held(value):
    """Yield the estimators in a parameter, alone or in a list with their names."""
    for item in value if isinstance(value, (list, tuple)) else [value]:
        yield item[1] if isinstance(item, tuple) and len(item) > 1 else item


def _inside(estimator, name, params, places):
    """Return the places for what an estimator holds: its columns may be others."""
    selects = library(estimator) == "skdistill" and any(
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


def _translate(kind, name, value, places):
    if kind is None:
        return _refuse_lookalikes(name, value, places)
    if kind is FIXED:
        if places.moved:
            raise ValueError("it names columns in a way of the library's own")
        return value
    if kind is TRANSFORMERS:
        return _transformers(value, places) if places.moved else value
    if isinstance(value, str):
        parsed = _parse(kind, value)
        if parsed is None:
            return value
        read = _translate(kind, name, parsed, places)
        # XGBoost takes a tuple or text, CatBoost a list or text.
        if not (isinstance(kind, Values) and isinstance(read, list)):
            return read
        listed = ",".join(map(str, read))
        return f"({listed})" if value.startswith("(") else listed
    if isinstance(value, Mapping):
        placed = {places.place(key): setting for key, setting in value.items()}
        placed.pop(None, None)
        return placed
    if kind is COLUMNS:
        return _columns(value, places)
    if kind is TAGGED:
        return _tagged(value, places)
    if kind is GROUPS:
        return _groups(value, places)
    per_column = isinstance(value, (list, tuple, np.ndarray))
    return _like(value, places.pick(value, kind.neutral)) if per_column else value


def _columns(value, places):
    if callable(value):
        return value
    if isinstance(value, slice):
        if isinstance(value.start, str) or isinstance(value.stop, str):
            raise ValueError("it is a slice of names; list them")
        counted = places.columns if places.written_for is None else places.written_for
        value = list(range(len(counted)))[value]
    items = [value] if isinstance(value, (str, Integral)) else list(value)
    if items and all(isinstance(item, (bool, np.bool_)) for item in items):
        return _like(value, places.pick(items, False))
    placed = [places.place(item) for item in items]
    return _like(value, [item for item in placed if item is not None])


def _transformers(value, places):
    return [
        (name, step, _columns(columns, places), *rest)
        for name, step, columns, *rest in value
    ]


def _tagged(value, places):
    placed = []
    for tagged in value:
        column, colon, setting = tagged.partition(":")
        place = places.place(int(column) if column.isdigit() else column)
        if place is not None:
            placed.append(f"{place}{colon}{setting}")
    return placed


def _groups(value, places):
    groups = [[places.place(item) for item in group] for group in value]
    groups = [[item for item in group if item is not None] for group in groups]
    if value and not any(groups):
        raise ValueError("none of its groups has a column left")
    return [group for group in groups if group]


def _like(value, items):
    """Return items in the container that the value came in."""
    if isinstance(value, np.ndarray):
        return np.asarray(items, dtype=value.dtype if len(items) else None)
    return type(value)(items) if isinstance(value, (tuple, Set)) else list(items)


def _parse(kind, text):
    """Read what a library takes as text; None for options, as "pairwise"."""
    if text.startswith("name:"):
        return text.removeprefix("name:").split(",")
    if not re.search(r"[\d\[:]", text):
        return None
    if kind is GROUPS:
        return json.loads(text if text.startswith("[[") else f"[{text}]")
    items = [item.strip() for item in text.strip("()[] ").split(",")]
    if kind is COLUMNS:
        return [int(item) for item in items] if "".join(items).isdigit() else None
    if ":" not in text:
        return [_number(item) for item in items]
    pairs = (item.rpartition(":") for item in items)
    return {int(k) if k.isdigit() else k: _number(v) for k, _, v in pairs}


def _number(text):
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def _refuse_lookalikes(name, value, places):
    """Refuse what looks as if it counted columns, and is in no table.

    Among it is what a search tries for a parameter that names columns.
    """
    sized = isinstance(value, (list, tuple, Mapping, np.ndarray)) and len(value)
    if not places.moved or not sized:
        return value
    if _may_name_columns(name):
        raise ValueError("it is not known how it names columns")
    if name in ("param_grid", "param_distributions"):
        for grid in [value] if isinstance(value, Mapping) else value:
            for tried in grid:
                if _may_name_columns(tried.rpartition("__")[2]):
                    raise ValueError(f"it tries {tried}, which may name columns")
    return value


def _may_name_columns(name):
    return LOOKS_LIKE_COLUMNS.search(name) and name not in HARMLESS
