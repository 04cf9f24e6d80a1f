"""Sets of row numbers, by marks: many times faster than numpy's set operations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rows_of_any(*parts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the rows that are in any of the parts, in order."""
    return np.flatnonzero(np.any(_marks(*parts), axis=0))


def rows_of_both(first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the rows that are in both parts, in order."""
    return np.flatnonzero(np.all(_marks(first, second), axis=0))


def rows_of_first(
    first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the rows that are in the first part and not in the second, in order."""
    marked, unwanted = _marks(first, second)
    return np.flatnonzero(marked & ~unwanted)


def _marks(*parts):
    size = max((part.max() + 1 for part in parts if len(part)), default=0)
    marks = np.zeros((len(parts), size), dtype=bool)
    for mark, part in zip(marks, parts, strict=True):
        mark[part] = True
    return marks
