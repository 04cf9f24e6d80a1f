"""Which rows are equal, by hashes of their content."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def not_rows_of(U: Any, X: Any) -> NDArray[np.bool_]:
    """Mark the rows of U that are not rows of X; each row of X takes one of U."""
    pandas = import_module("pandas")
    counts = pandas.Series(hash_rows(X)).value_counts()
    contents = pandas.Series(hash_rows(U))
    known = contents[contents.isin(counts.index)]
    # The first ones of each content are rows of X, as often as X has it.
    rank = known.groupby(known).cumcount()
    kept = np.ones(len(contents), dtype=bool)
    kept[known.index[rank < known.map(counts)]] = False
    return kept


def hash_rows(X: Any) -> NDArray[np.uint64]:
    """Hash the content of each row.

    Parameters
    ----------
    X : {ndarray, sparse matrix, dataframe} of shape (n_samples, n_features)

    Returns
    -------
    ndarray of shape (n_samples,)
    """
    if hasattr(X, "hash_rows"):  # polars
        return X.hash_rows(seed=0).to_numpy()
    pandas = import_module("pandas")
    if sparse.issparse(X):
        # The entries of a row are independent of their order.
        entries = X.tocoo()
        cells = pandas.DataFrame({"column": entries.col, "value": entries.data})
        hashes = pandas.util.hash_pandas_object(cells[cells["value"] != 0], index=False)
        total = np.zeros(X.shape[0], dtype=np.uint64)
        np.add.at(total, entries.row[hashes.index.to_numpy()], hashes.to_numpy())
        return total
    frame = X if hasattr(X, "columns") else pandas.DataFrame(X)
    return pandas.util.hash_pandas_object(frame, index=False).to_numpy()
