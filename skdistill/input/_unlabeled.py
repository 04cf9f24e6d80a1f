"""Rows without labels, alone and below those with labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.input._columns import select_columns
from skdistill.input._preparation import TrainingData
from skdistill.input._rows import Stacked, count_weighty, stack_rows


@dataclass(frozen=True)
class UnlabeledData:
    """Rows without labels, with some or all columns of X.

    Attributes
    ----------
    X : {ndarray, sparse matrix, dataframe} of shape (n_unlabeled, n_columns)
        The rows.
    columns : ndarray of int of shape (n_columns,)
        Position in the full X of each of its columns.
    weight : ndarray of shape (n_unlabeled,) or None
        What each row counts, relative to the others; None is 1 for all.
    source : ndarray of int of shape (n_unlabeled,) or None
        The row with a label that each row is a copy of; None where they are none.
    """

    X: Any
    columns: NDArray[np.intp]
    weight: NDArray[np.float64] | None
    source: NDArray[np.intp] | None = None

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return self.X.shape[0]

    @property
    def n_weighty(self) -> int:
        """Number of rows with weight."""
        return count_weighty(self.weight, self.n_samples)

    def has(self, columns: NDArray[np.intp]) -> bool:
        """Tell whether it has these columns of the full X."""
        return bool(np.isin(columns, self.columns).all())

    def select(self, columns: NDArray[np.intp]) -> Any:
        """Select columns by their positions in the full X."""
        place = {column: i for i, column in enumerate(self.columns.tolist())}
        return select_columns(self.X, np.array([place[c] for c in columns.tolist()]))


def stack_unlabeled(
    blocks: Sequence[UnlabeledData], columns: NDArray[np.intp]
) -> Any | None:
    """Put the blocks that have these columns below each other; None if none has."""
    parts = [block.select(columns) for block in blocks if block.has(columns)]
    return stack_rows(*parts) if parts else None


def stack_sources(blocks: Sequence[UnlabeledData]) -> NDArray[np.intp] | None:
    """Name the row that each is a copy of, -1 for none; None if there are no copies."""
    if all(block.source is None for block in blocks):
        return None
    parts = [(block.source, block.n_samples) for block in blocks]
    return np.concatenate([np.full(n, -1) if s is None else s for s, n in parts])


def stack_weights(
    parts: Iterable[tuple[NDArray[np.float64] | None, int]],
) -> NDArray[np.float64] | None:
    """Concatenate weights of some rows each, 1 where they are None; None if all are."""
    parts = list(parts)
    if all(weight is None for weight, _ in parts):
        return None
    return np.concatenate([np.ones(n) if w is None else w for w, n in parts])


@dataclass(frozen=True)
class StackedTargets:
    """Targets of the rows with a label, followed by those of the rows without.

    Attributes
    ----------
    labels : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Class codes or values; 0 for rows without a label.
    weight : ndarray of shape (n_samples,) or None
        Row weights.
    labeled : ndarray of bool of shape (n_samples,) or None
        Which rows have a label; None is all.
    """

    labels: NDArray
    weight: NDArray[np.float64] | None
    labeled: NDArray[np.bool_] | None = None

    def followed_by(
        self, n_unlabeled: int, weight_unlabeled: NDArray[np.float64] | None
    ) -> StackedTargets:
        """Append rows without labels; weights of None are 1."""
        n_labeled = len(self.labels)
        no_labels = np.zeros((n_unlabeled, *self.labels.shape[1:]), self.labels.dtype)
        weights = (self.weight, n_labeled), (weight_unlabeled, n_unlabeled)
        return StackedTargets(
            np.concatenate([self.labels, no_labels]),
            stack_weights(weights),
            np.arange(n_labeled + n_unlabeled) < n_labeled,
        )


def rows_of_member(
    data: TrainingData,
    unlabeled: UnlabeledData | None,
    columns: NDArray[np.intp],
    weight: NDArray[np.float64] | None,
) -> tuple[Any, StackedTargets]:
    """Return what a member is trained on: its columns of all rows, and their targets.

    Parameters
    ----------
    data, unlabeled : TrainingData, UnlabeledData or None
        The rows.
    columns : ndarray of int
        Positions in X of the member's columns.
    weight : ndarray of shape (n_samples,) or None
        The member's weights of the rows with labels.
    """
    X, targets = select_columns(data.X, columns), StackedTargets(data.target, weight)
    if unlabeled is None:
        return X, targets
    stacked = Stacked(X, unlabeled.select(columns))
    return stacked, targets.followed_by(unlabeled.n_samples, unlabeled.weight)
