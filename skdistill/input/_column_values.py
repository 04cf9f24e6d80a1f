"""Values of parameters that name columns, translated to where these columns are now."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.input._column_tables import (
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


@dataclass(frozen=True)
class Places:
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


def translate(kind: Any, name: str, value: Any, places: Places) -> Any:
    """Translate the value of a parameter; `kind` is how it names columns.

    Raises
    ------
    ValueError
        If it cannot be translated, and why.
    """
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
        read = translate(kind, name, parsed, places)
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
