"""Tables as plain columns: frames when pandas is at hand, lists for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Table = dict[str, NDArray]


def table(rows: Iterable[Mapping[str, Any]], names: Iterable[str]) -> Table:
    """Columns of the given names from rows; a missing cell is NaN."""
    rows = list(rows)
    return {name: np.array([row.get(name, np.nan) for row in rows]) for name in names}


def as_table(data: Any) -> Table:
    """Columns of a dict of columns or of a dataframe."""
    return {str(name): np.asarray(data[name]) for name in list(data)}


def where(columns: Table, **values: Any) -> Table:
    """Rows in which every named column has the given value."""
    chosen = np.ones(len(next(iter(columns.values()))), dtype=bool)
    for name, value in values.items():
        chosen &= columns[name] == value
    return {name: column[chosen] for name, column in columns.items()}


def as_frame(columns: Table, owner: str) -> Any:
    """Return a pandas frame; `owner` names the caller, should pandas be missing."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            f"{owner} needs pandas: pip install 'skdistill[pandas]'. The same numbers "
            "are in DistillationReport.to_dict() without it."
        ) from error
    return pd.DataFrame({name: np.asarray(value) for name, value in columns.items()})


def plain(value: Any) -> Any:
    """Turn a value into what JSON holds: NaN and infinity become None and a string."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and np.isnan(value):
        return None
    if isinstance(value, float) and np.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)
