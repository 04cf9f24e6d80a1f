"""Labelled rows followed by unlabelled ones, as one block that is not copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skdistill.input._sklearn import safe_indexing


@dataclass(frozen=True)
class Stacked:
    """Rows with labels, then rows without.

    Attributes
    ----------
    labeled, unlabeled : {array-like, sparse matrix, dataframe}
        With the same columns. Row i of `unlabeled` has number ``len(labeled) + i``.
    source : ndarray of int of shape (n_unlabeled,) or None
        The labelled row that each row of `unlabeled` is a copy of, -1 for none; None
        where there are no copies.
    """

    labeled: Any
    unlabeled: Any
    source: NDArray[np.intp] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows of both, and of columns."""
        n_rows = self.labeled.shape[0] + self.unlabeled.shape[0]
        return n_rows, self.labeled.shape[1]


def row_parts(X: Any, rows: NDArray[np.intp]) -> Iterator[Any]:
    """Yield the rows in order, those with and those without labels apart.

    Parameters
    ----------
    X : {array-like, sparse matrix, dataframe} or Stacked
        All rows.
    rows : ndarray of int
        Row numbers; those with labels come first. All rows without labels are
        yielded as they are, without a copy.
    """
    if not isinstance(X, Stacked):
        yield safe_indexing(X, rows)
        return
    n_labeled = X.labeled.shape[0]
    n_first = np.count_nonzero(rows < n_labeled)
    if n_first:
        yield safe_indexing(X.labeled, rows[:n_first])
    others = rows[n_first:] - n_labeled
    if len(others) == X.unlabeled.shape[0]:
        yield X.unlabeled
    elif len(others):
        yield safe_indexing(X.unlabeled, others)


def take_rows(X: Any, rows: NDArray[np.intp]) -> Any:
    """Take rows of X, stacked or not; see `row_parts`."""
    return stack_rows(*row_parts(X, rows))


def first_rows(X: Any, n_rows: int) -> Any:
    """Return the rows with labels, or all rows, as they are where they can be."""
    if not isinstance(X, Stacked):
        return X
    if n_rows == X.labeled.shape[0]:
        return X.labeled
    return stack_rows(X.labeled, X.unlabeled)


def library_of_frame(X: Any) -> str:
    """Name the library that a dataframe comes from, such as "pandas"."""
    return type(X).__module__.partition(".")[0]


def stack_rows(first: Any, *others: Any) -> Any:
    """Put the rows of blocks of the same kind and columns below each other."""
    if not others:
        return first
    blocks = [first, *others]
    if sparse.issparse(first):
        return sparse.vstack(blocks, format=first.format)
    if not hasattr(first, "columns"):
        return np.concatenate(blocks)
    library = library_of_frame(first)
    # Numbers of two types get the wider one, as in pandas.
    options: dict[str, Any] = {}
    if library == "pandas":
        options = {"ignore_index": True}
    elif library == "polars":
        options = {"how": "vertical_relaxed"}
    return import_module(library).concat(blocks, **options)


def split_rows(
    X: Any, n_labeled: int, source: NDArray[np.intp] | None = None
) -> Stacked:
    """Tell the rows with labels, which come first, from those without."""
    return Stacked(
        safe_indexing(X, slice(0, n_labeled)),
        safe_indexing(X, slice(n_labeled, None)),
        source,
    )


def finite_rows(values: NDArray) -> NDArray[np.bool_]:
    """Mark the rows all of whose values are finite."""
    return np.isfinite(values.reshape(len(values), -1)).all(axis=1)


def count_weighty(weight: NDArray | None, n_samples: int) -> int:
    """Count the rows with weight; None is 1 for all."""
    return n_samples if weight is None else int(np.count_nonzero(weight))


def incomplete_rows(X: Any) -> NDArray[np.bool_]:
    """Mark the rows of a matrix or frame that have missing or infinite values."""
    marks = np.zeros(X.shape[0], dtype=bool)
    if sparse.issparse(X):
        entries = X.tocoo()
        marks[entries.row[~np.isfinite(entries.data)]] = True
        return marks
    for number in range(X.shape[1]):
        values = np.asarray(safe_indexing(X, number, axis=1))
        if values.dtype.kind in "fc":
            marks |= ~np.isfinite(values)
        elif values.dtype.kind not in "biu":
            marks |= import_module("pandas").isna(values)
    return marks


def places_of(rows: NDArray[np.intp], n_samples: int) -> NDArray[np.intp]:
    """Return where each sample is among some rows; -1 for one that is not."""
    place = np.full(n_samples, -1)
    place[rows] = np.arange(len(rows))
    return place


def without_copies_of_others(
    rows: NDArray[np.intp],
    source: NDArray[np.intp] | None,
    part: NDArray[np.intp],
) -> NDArray[np.intp]:
    """Leave out copies of rows that are not in a part.

    Parameters
    ----------
    rows : ndarray of int
        Rows without labels, counted from the first of them.
    source : ndarray of int or None
        See `Stacked`.
    part : ndarray of int
        Rows with labels.
    """
    if source is None:
        return rows
    return rows[(source[rows] < 0) | np.isin(source[rows], part)]


def average_rows(
    parts: Iterable[tuple[NDArray[np.intp], NDArray]], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Average the values that parts give for each row; NaN for rows in no part.

    Parameters
    ----------
    parts : iterable of (ndarray of int, ndarray)
        Rows, and one value for each of them.
    shape : tuple of int
        Of the result; one row for each.
    """
    total, count = np.zeros(shape), np.zeros(shape[0])
    for rows, values in parts:
        total[rows] += values
        count[rows] += 1
    count[count == 0] = np.nan
    return (total.T / count).T
