"""Folds without a shuffle: a hash of the index, or of the group, says which."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_FOLD, _DRAW = 1, 2


def fold_of_rows(keys: Any, n_folds: int, seed: int) -> NDArray[np.int16]:
    """Assign rows to folds by what their keys are, wherever the rows are.

    Parameters
    ----------
    keys : Index or Series of length n_rows
        Equal keys share a fold.
    n_folds : int
        Number of folds.
    seed : int
        Another seed gives other folds.

    Returns
    -------
    ndarray of int of shape (n_rows,)
        0 .. n_folds - 1.
    """
    return (hash_keys(keys, seed, _FOLD) % np.uint64(n_folds)).astype(np.int16)


def draw_of_rows(keys: Any, seed: int) -> NDArray[np.uint64]:
    """Give each row its place in a random order, by its key."""
    return hash_keys(keys, seed, _DRAW)


def hash_keys(keys: Any, seed: int, purpose: int = 0) -> NDArray[np.uint64]:
    """Hash keys to 64 bits that depend on the seed and on what they are for."""
    hashed = pd.util.hash_pandas_object(keys, index=False).to_numpy(np.uint64)
    start = _mix(np.array([seed], dtype=np.uint64) * np.uint64(8) + np.uint64(purpose))
    return _mix(hashed ^ start)


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over all others: the finalizer of SplitMix64."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
