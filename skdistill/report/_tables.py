"""Tables of a report as pandas frames, and as what JSON holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pandas import DataFrame
else:
    DataFrame = Any


def frame(data: Any, columns: list[str] | None = None) -> DataFrame:
    """Return a frame of rows or columns; pandas is imported here, at first use."""
    import pandas as pd

    return pd.DataFrame(data, columns=columns)


def concat(frames: Sequence[DataFrame]) -> DataFrame:
    """Put frames below one another; none at all is a frame without rows."""
    import pandas as pd

    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def plain(value: Any) -> Any:
    """Turn a value into what JSON holds: NaN and infinity become None and a string."""
    if hasattr(value, "to_dict"):
        value = value.to_dict("list")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None if np.isnan(value) else f"{'-' * (value < 0)}Infinity"
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)
