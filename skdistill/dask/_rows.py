"""What is known of rows beside their features: labels, weights, folds and groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask.delayed import Delayed
from numpy.typing import NDArray

from skdistill.dask._collections import Features, partitions_of
from skdistill.dask._folds import fold_of_rows, hash_keys


class Rows(NamedTuple):
    """What is known of the rows of a partition beside their features.

    Attributes
    ----------
    y : ndarray of shape (n_rows,)
        Labels as they are, class codes, or values.
    weight : ndarray of shape (n_rows,) or None
        Row weights.
    fold : ndarray of int of shape (n_rows,)
        The fold that each row is held out in.
    group : ndarray of uint64 of shape (n_rows,) or None
        Hash of the group.
    """

    y: NDArray
    weight: NDArray | None
    fold: NDArray
    group: NDArray | None

    def take(self, rows: NDArray[np.bool_]) -> Rows:
        """Return some of the rows."""
        y, weight, fold, group = self
        weight = None if weight is None else weight[rows]
        group = None if group is None else group[rows]
        return Rows(y[rows], weight, fold[rows], group)


@dataclass(frozen=True)
class RowReader:
    """How the rows of each partition are read and checked, on a worker.

    Attributes
    ----------
    owner : str
        For messages.
    names : dict of str to str
        Which of y, sample_weight and groups are columns of X, and of which name.
    indexed : bool
        Whether X has an index, which others must share.
    n_folds, seed : int
        See `fold_of_rows`.
    """

    owner: str
    names: dict[str, str]
    indexed: bool
    n_folds: int
    seed: int

    def read(self, number: int, keys: Any, named: Any, given: dict[str, Any]) -> Rows:
        """Read one partition; `named` has the columns of X that are asked for."""
        given = given | {name: named[column] for name, column in self.names.items()}
        for name, values in given.items():
            self._check_aligned(name, values, keys, number)
        y, weight, group = given["y"], given["sample_weight"], given["groups"]
        for name, remedy in (
            ("y", "Pass rows without a label as X_unlabeled."),
            ("groups", "Give every row a group."),
        ):
            values = given[name]
            if values is not None and pd.isna(np.ravel(np.asarray(values))).any():
                raise ValueError(
                    f"{name} of {self.owner} has missing values in partition {number}. "
                    f"{remedy}"
                )
        if weight is not None:
            weight = np.ravel(np.asarray(weight, dtype=np.float64))
            if not (np.isfinite(weight).all() and (weight >= 0.0).all()):
                raise ValueError(
                    f"sample_weight of {self.owner} must be finite and not negative, "
                    f"but is not in partition {number}."
                )
        hashed = None
        if group is not None:
            keys = pd.Series(np.ravel(np.asarray(group)))
            hashed = hash_keys(keys, self.seed)
        fold = fold_of_rows(keys, self.n_folds, self.seed)
        return Rows(np.ravel(np.asarray(y)), weight, fold, hashed)

    def _check_aligned(self, name, values, keys, number):
        if values is None:
            return
        if len(values) != len(keys):
            raise ValueError(
                f"{name} of {self.owner} has {len(values)} rows in partition {number}, "
                f"X has {len(keys)}. Take both from one collection."
            )
        index = getattr(values, "index", None)
        if self.indexed and index is not None and not index.equals(keys):
            raise ValueError(
                f"{name} of {self.owner} has another index than X in partition "
                f"{number}. Take both from one collection."
            )


def read_rows(
    X: Any,
    features: Features,
    given: dict[str, Any],
    *,
    n_folds: int,
    seed: int,
    owner: str,
) -> list[Delayed]:
    """Read y, weights and folds of each partition, and check that they belong to it.

    Parameters
    ----------
    X : dask DataFrame or Array
        As the user passed it; columns may be named in it.
    features : Features
        Of X.
    given : dict
        "y", "sample_weight" and "groups": a column of X, a collection, or None.
    n_folds, seed : int
        See `fold_of_rows`.
    owner : str
        For messages.

    Returns
    -------
    list of delayed Rows
    """
    names = {name: value for name, value in given.items() if isinstance(value, str)}
    keys = features.row_keys()
    columns: list[Any] = [None] * len(keys)
    if names:
        columns = partitions_of(X[list(dict.fromkeys(names.values()))])
    others = [
        [None] * len(keys)
        if value is None or name in names
        else _column_parts(value, name, len(keys), owner)
        for name, value in given.items()
    ]
    reader = RowReader(owner, names, features.names is not None, n_folds, seed)
    read = dask.delayed(reader.read)
    parts = zip(keys, columns, *others, strict=True)
    return [
        read(number, key, named, dict(zip(given, values, strict=True)))
        for number, (key, named, *values) in enumerate(parts)
    ]


def _column_parts(values, name, n_parts, owner):
    one_column = isinstance(values, dd.Series) or (
        isinstance(values, (da.Array, dd.DataFrame))
        and (values.ndim == 1 or values.shape[1] == 1)
    )
    if not one_column:
        raise TypeError(
            f"{name} of {owner} must be a Dask Series, a one-dimensional Dask Array, "
            f"or the name of a column of X; got {type(values).__name__}. "
            f"skdistill.{owner} takes data in memory, and several outputs."
        )
    parts = partitions_of(values)
    if len(parts) != n_parts:
        raise ValueError(
            f"{name} of {owner} has {len(parts)} partitions, X has {n_parts}. Take "
            "both from one collection, or repartition one."
        )
    return parts


def check_names(X: Any, given: dict[str, Any], owner: str) -> list[str]:
    """Return the columns of X that are named as y, weights or groups.

    Raises
    ------
    ValueError
        If X has no such column.
    """
    named = {name: value for name, value in given.items() if isinstance(value, str)}
    columns = list(X.columns) if isinstance(X, dd.DataFrame) else []
    for parameter, value in named.items():
        if value not in columns:
            raise ValueError(
                f"{parameter} of {owner} names the column {value!r}, which X does not "
                f"have; it has {columns}."
            )
    return list(named.values())
