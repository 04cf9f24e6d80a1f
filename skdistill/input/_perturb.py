"""Rows made from rows: copies in which each value has moved to one that is near it.

A number, or date, becomes a value that other rows have and that is near in the order of
the column; now and then a category becomes that of another row. So columns keep their
types, all values occur in the data, and the unit of a column does not matter.
"""

from __future__ import annotations

from importlib import import_module

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skdistill.input._columns import select_columns
from skdistill.input._preparation import TrainingData
from skdistill.input._rows import library_of_frame
from skdistill.input._sklearn import safe_indexing
from skdistill.input._unlabeled import UnlabeledData

# Standard deviation of a move, in shares of the column's rows, and the share of
# categories that are drawn anew. Half of it was of less use to small trees.
_SHARE = 0.1


def perturbed_copies(
    data: TrainingData,
    columns: NDArray[np.intp],
    n_copies: int,
    weight: NDArray[np.float64] | None,
    seed: int,
) -> UnlabeledData:
    """Make perturbed copies of the rows with labels.

    Parameters
    ----------
    data : TrainingData
        The rows.
    columns : ndarray of int
        Positions in X of the columns that the copies have.
    n_copies : int
        Copies of each row.
    weight : ndarray of shape (n_samples,) or None
        Weight of each row, which its copies have as well. Rows without weight have no
        copies, and take no part in what is near.
    seed : int
        Decides what moves where.

    Raises
    ------
    TypeError
        If X is sparse.
    """
    if sparse.issparse(data.X):
        raise TypeError(
            f"n_perturbed of {data.owner} must be 0 for sparse X: most of its values "
            "are zero and would stay. Pass X.toarray(), or leave it at 0."
        )
    X = select_columns(data.X, columns)
    random = np.random.default_rng(seed)
    weighty = np.ones(data.n_samples, bool) if weight is None else weight > 0.0
    source = np.tile(np.flatnonzero(weighty), n_copies)
    columns_of_X = (_as_series(X, number) for number in range(X.shape[1]))
    taken = [_near_rows(column, weighty, source, random) for column in columns_of_X]
    weight = None if weight is None else weight[source]
    return UnlabeledData(_take_each(X, taken), columns, weight, source)


def _as_series(X, number):
    """Return a column as a pandas Series."""
    if hasattr(X, "iloc"):
        return X.iloc[:, number]
    values = np.asarray(safe_indexing(X, number, axis=1))
    return import_module("pandas").Series(values).infer_objects()


def _near_rows(column, weighty, source, random):
    """Find for each copy the row whose value it takes; missing values stay."""
    known = np.flatnonzero(column.notna().to_numpy() & weighty)
    moves = np.isin(source, known)
    rows = source.copy()
    if column.dtype.kind in "biufmM" or getattr(column.dtype, "ordered", False):
        ranks = column.iloc[known].rank(method="dense").to_numpy(dtype=float)
        # Rows with equal values are in any order.
        order = known[np.lexsort((random.random(len(known)), ranks))]
        place = np.zeros(len(column))
        place[order] = np.arange(len(order))
        step = random.normal(0.0, _SHARE * len(known), len(source))
        last = len(known) - 1
        # What would move beyond an end is reflected.
        to = np.abs(place[source] + step)
        to = np.rint(np.clip(last - np.abs(last - to), 0, last))
        rows[moves] = order[to[moves].astype(np.intp)]
    else:
        moves &= random.random(len(source)) < _SHARE
        rows[moves] = random.choice(known, np.count_nonzero(moves))
    return rows


def _take_each(X, rows):
    """Take from each column the values of its own rows."""
    if isinstance(X, np.ndarray):
        return X[np.column_stack(rows), np.arange(X.shape[1])]
    parts = [
        safe_indexing(safe_indexing(X, [number], axis=1), taken)
        for number, taken in enumerate(rows)
    ]
    library = library_of_frame(X)
    if library != "pandas":
        return import_module(library).concat(parts, how="horizontal")
    parts = [part.reset_index(drop=True) for part in parts]
    return import_module(library).concat(parts, axis=1)
