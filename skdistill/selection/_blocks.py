"""Blocks of rows that are left out in turn: how sure a score of many rows is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

N_BLOCKS = 10
# Blocks of fewer rows than this are too few to tell anything.
LEAST_ROWS = 5


def make_blocks(
    classes: NDArray | None,
    weight: NDArray | None,
    n_rows: int,
    groups: NDArray[np.intp] | None = None,
) -> list[NDArray[np.intp]]:
    """Divide rows into blocks at random, each with its share of every class.

    Rows without weight are in no block, nor is the only row of a class, so that no
    class is left out as a whole. Groups are kept whole, whatever their classes are.

    Parameters
    ----------
    classes : ndarray of int of shape (n_rows,) or None
        Class codes; None in regression.
    weight : ndarray of shape (n_rows,) or None
        Row weights.
    n_rows : int
        How many there are.
    groups : ndarray of int of shape (n_rows,) or None, default=None
        Rows of one group are in one block.

    Returns
    -------
    list of ndarray of int
        Positions; empty where there are too few rows.
    """
    rows = np.arange(n_rows) if weight is None else np.flatnonzero(weight > 0.0)
    # Always the same, so that a choice does not depend on random_state.
    rng = np.random.default_rng(0)
    if groups is not None:
        return _blocks_of_groups(rows, groups[rows], rng)
    order = rng.permutation(rows)
    if classes is not None:
        _, of_class, sizes = np.unique(
            classes[order], return_inverse=True, return_counts=True
        )
        by_class = np.argsort(of_class, kind="stable")
        order = order[by_class[sizes[of_class[by_class]] > 1]]
    n_blocks = min(N_BLOCKS, len(order) // LEAST_ROWS)
    return [order[start::n_blocks] for start in range(n_blocks)] if n_blocks > 1 else []


def _blocks_of_groups(rows, groups, rng):
    names = rng.permutation(np.unique(groups))
    n_blocks = min(N_BLOCKS, len(names))
    if n_blocks < 2:
        return []
    blocks = (names[start::n_blocks] for start in range(n_blocks))
    return [rows[np.isin(groups, block)] for block in blocks]


def jackknife(
    score: Callable[[NDArray[np.intp]], float],
    n_rows: int,
    blocks: Sequence[NDArray[np.intp]],
) -> NDArray[np.float64]:
    """Turn the score of many rows into one observation for each block [1]_.

    Parameters
    ----------
    score : callable
        Scores some of the rows, by their positions.
    n_rows : int
        How many there are.
    blocks : sequence of ndarray of int
        See `make_blocks`.

    Returns
    -------
    ndarray of shape (n_blocks,) or (1,)
        Pseudo-values: their mean is the score of all rows, and their spread tells how
        sure it is. The score alone where there are no blocks. NaN where a score is
        not defined: of all rows, or without a block.

    References
    ----------
    .. [1] J. Tukey (1958). Bias and confidence in not quite large samples. Annals of
       Mathematical Statistics 29(2), 614.
    """
    rows = np.arange(n_rows)
    whole = score(rows)
    if not blocks:
        return np.array([whole])
    without = np.array([score(np.delete(rows, block)) for block in blocks])
    known = without[np.isfinite(without)]
    mean = known.mean() if len(known) else np.nan
    return whole + (len(blocks) - 1) * (mean - without)
