"""The choice among mixtures by held-out losses that stay where the rows are.

Each partition sums its losses; the sums of all partitions hold what the rule of one
machine asks of single losses: means, and standard errors of their differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dask
import numpy as np
import pandas as pd
from dask import dataframe as dd
from numpy.typing import NDArray

from skdistill.dask._cluster import constant, fetch
from skdistill.dask._rows import Rows
from skdistill.dask._teachers import take, training_rows
from skdistill.dask._unlabeled import FitData
from skdistill.input._responses import student_predictions
from skdistill.selection._comparison import Comparison, row_loss
from skdistill.students import Loss


@dataclass(frozen=True)
class LossSums:
    """Sums over independent units, rows or groups, of what candidates lose.

    A unit has the sum of its row weights and the weighted sum of its losses, which are
    counted from those of the first candidate.

    Attributes
    ----------
    n : int
        Units with weight.
    first : float
        Weighted sum of the losses of the first candidate.
    sums : ndarray of shape (1 + n_candidates,)
        Of the weights, and of the weighted losses.
    products : ndarray of shape (1 + n_candidates, 1 + n_candidates)
        Of each two of them, unit by unit.
    """

    n: int
    first: float
    sums: NDArray[np.float64]
    products: NDArray[np.float64]

    @classmethod
    def of(cls, units: NDArray, first: float) -> LossSums:
        """Sum units of shape (n_units, 1 + n_candidates), the weight in front."""
        units = units[units[:, 0] > 0.0]
        return cls(len(units), first, units.sum(axis=0), units.T @ units)

    def __add__(self, other: LossSums) -> LossSums:
        """Return the sums over both."""
        return LossSums(
            self.n + other.n,
            self.first + other.first,
            self.sums + other.sums,
            self.products + other.products,
        )

    @property
    def comparison(self) -> Comparison:
        """Mean losses and their covariance, counted from the first candidate's."""
        total = self.sums[0]
        mean = self.sums[1:] / total
        weight, cross = self.products[0, 0], self.products[0, 1:]
        scatter = (
            self.products[1:, 1:]
            - np.outer(mean, cross)
            - np.outer(cross, mean)
            + weight * np.outer(mean, mean)
        )
        covariance = self.n / max(self.n - 1, 1) * scatter / total**2
        return Comparison(self.first / total + mean, covariance, self.n)


def held_out_sums(
    data: FitData,
    columns: NDArray[np.intp],
    students: Sequence[Any],
    losses: Sequence[Loss],
    folds: frozenset[int],
) -> LossSums:
    """Sum the losses of students on the rows of some folds."""
    client, labelled = data.client, data.labelled
    shared = constant((list(students), list(losses), labelled.classes, folds))
    of_rows = dask.delayed(_unit_losses)
    parts = [of_rows(X, rows, shared) for X, rows in labelled.parts(columns)]
    if labelled.grouped:
        return _sum_groups(client, parts, 1 + len(students))
    sums = fetch(client, [dask.delayed(_sum_rows)(part) for part in parts])
    return sum(sums[1:], start=sums[0])


def _unit_losses(X: Any, rows: Rows, shared: Any) -> Any:
    """Return weights and weighted losses of the rows of folds, and their groups."""
    students, losses, classes, folds = shared
    held_out = ~training_rows(X, rows, folds)
    n_rows = np.count_nonzero(held_out)
    weight = np.ones(n_rows) if rows.weight is None else rows.weight[held_out]
    group = None if rows.group is None else rows.group[held_out]
    units = np.zeros((n_rows, 2 + len(students)))
    if n_rows:
        X, y = take(X, held_out), rows.y[held_out]
        for column, (student, loss) in enumerate(zip(students, losses, strict=True)):
            predicted = student_predictions(student, X, loss, classes)
            units[:, 2 + column] = row_loss(predicted, y, loss.kind, loss.clip)
        units[:, 1] = weight * units[:, 2]
        units[:, 2:] = weight[:, None] * (units[:, 2:] - units[:, [2]])
    units[:, 0] = weight
    return units, group


def _sum_rows(part):
    units, _ = part
    return LossSums.of(np.delete(units, 1, axis=1), float(units[:, 1].sum()))


def _sum_groups(client, parts, width):
    """Sum each group, of which partitions may share some, and then all groups."""
    frames = [dask.delayed(_group_frame)(part) for part in parts]
    meta = _group_frame((np.empty((0, 1 + width)), np.empty(0, dtype=np.uint64)))
    table = dd.from_delayed(frames, meta=meta, verify_meta=False)
    groups = table.groupby("group").sum(split_out=table.npartitions)
    sums = fetch(
        client, [dask.delayed(_sum_frame)(part) for part in groups.to_delayed()]
    )
    return sum(sums[1:], start=sums[0])


def _group_frame(part):
    units, group = part
    frame = pd.DataFrame(units, columns=[str(i) for i in range(units.shape[1])])
    return frame.assign(group=group).groupby("group", as_index=False).sum()


def _sum_frame(frame):
    return _sum_rows((frame.to_numpy(), None))
