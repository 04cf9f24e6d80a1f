"""Features of Dask collections, as partitions that are alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask.delayed import Delayed
from numpy.typing import NDArray
from pandas.api.types import union_categoricals


@dataclass(frozen=True)
class Features:
    """The features of a collection, partition by partition.

    Attributes
    ----------
    X : dask DataFrame or Array
        Features only, one chunk of columns.
    names : Index or None
        Column names; None for an array.
    categories : dict of Index
        The categories of each categorical column, the same in all partitions.
    starts : list of int or None
        Position of the first row of each partition of an array; None for a frame.
    """

    X: Any
    names: pd.Index | None
    categories: dict
    starts: list[int] | None
    # Asking Dask for its partitions anew costs time that grows with their number.
    _parts: dict = field(default_factory=dict, repr=False, compare=False)

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.X.shape[1]

    def meta_of(self, columns: NDArray[np.intp]) -> Any:
        """Return no row of some columns."""
        if self.names is None:
            return np.empty((0, len(columns)), dtype=self.X.dtype)
        return read_frame(self.X._meta, list(self.names[columns]), self.categories)

    def parts(self, columns: NDArray[np.intp]) -> list[Delayed]:
        """Return some columns of each partition; only these are read from a file."""
        key = tuple(columns)
        if key not in self._parts:
            self._parts[key] = self._read(columns)
        return self._parts[key]

    def _read(self, columns):
        if self.names is None:
            return [block[:, columns] for block in partitions_of(self.X)]
        names, read = list(self.names[columns]), dask.delayed(read_frame)
        return [
            read(part, names, self.categories) for part in partitions_of(self.X[names])
        ]

    def row_keys(self) -> list[Delayed]:
        """Return what names each row: its index, or its position in an array."""
        if self.names is None:
            assert self.starts is not None
            blocks = partitions_of(self.X)
            position = dask.delayed(_positions)
            return [position(b, s) for b, s in zip(blocks, self.starts, strict=True)]
        return [part.index for part in partitions_of(self.X[[]])]


def partitions_of(collection: Any) -> list[Delayed]:
    """Return the partitions of a collection as they are.

    Only the columns that a frame has are read from files. Dask's own optimizer would,
    in addition, join some files to one partition, and how many depends on the columns.
    """
    if isinstance(collection, da.Array):
        return collection.to_delayed().ravel().tolist()
    return collection.simplify().to_delayed(optimize_graph=False)


def read_frame(part: pd.DataFrame, names: list, categories: dict) -> pd.DataFrame:
    """Return the columns of a partition in order, with the categories of all."""
    part = part[names].copy(deep=False)
    for name in names:
        if name not in categories:
            continue
        values = part[name]
        if not isinstance(values.dtype, pd.CategoricalDtype):
            raise TypeError(
                f"Column {name!r} has the type {values.dtype}, but categories where "
                f"the model was trained. Make it a category: X[{name!r}]"
                '.astype("category").'
            )
        if not values.cat.categories.equals(categories[name]):
            part[name] = values.cat.set_categories(categories[name])
    return part


def _positions(block, start):
    return pd.RangeIndex(start, start + len(block))


def collect_features(
    X: Any, owner: str, name: str = "X", drop: Iterable[Any] = ()
) -> Features:
    """Check a collection of features and fix its categories.

    Parameters
    ----------
    X : dask DataFrame or Array
        As the user passed it.
    owner, name : str
        For messages.
    drop : sequence of str
        Columns that are no features.

    Raises
    ------
    TypeError, ValueError
        If it is no Dask collection, has no columns, or has a name twice.
    """
    if isinstance(X, dd.DataFrame):
        names = X.columns[~X.columns.isin(list(drop))]
        if not len(names):
            raise ValueError(f"{name} of {owner} has no columns left as features.")
        repeated = names[names.duplicated()].unique().tolist()
        if repeated:
            raise ValueError(
                f"{name} of {owner} has columns more than once: {repeated}."
            )
        features = X[list(names)]
        categories = _common_categories(features, owner)
        return Features(features, names, categories, None)
    if isinstance(X, da.Array) and X.ndim == 2:
        if len(X.chunks[1]) > 1:
            X = X.rechunk({1: -1})
        return Features(X, None, {}, _starts(X))
    shape = f" of {X.ndim} dimensions" if isinstance(X, da.Array) else ""
    raise TypeError(
        f"{name} of {owner} must be a Dask DataFrame or a two-dimensional Dask Array; "
        f"got {type(X).__module__}.{type(X).__name__}{shape}. For data that fit in "
        f"memory use skdistill.{owner}; dask.dataframe.from_pandas and "
        "dask.array.from_array cut them into partitions."
    )


def _starts(X):
    lengths = X.chunks[0]
    if np.isnan(lengths).any():
        lengths = dask.compute(
            *(dask.delayed(len)(block) for block in partitions_of(X))
        )
    return np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(int).tolist()


def _common_categories(X, owner):
    """Unite the categories of all partitions, in the order in which they appear."""
    names = [
        name
        for name, dtype in X.dtypes.items()
        if isinstance(dtype, pd.CategoricalDtype)
    ]
    if not names:
        return {}
    found = dask.compute(
        *(dask.delayed(_categories)(part, names) for part in partitions_of(X[names]))
    )
    common = {}
    for name in names:
        parts = [pd.Categorical([], categories[name]) for categories in found]
        try:
            common[name] = union_categoricals(parts).categories
        except TypeError as error:
            raise TypeError(
                f"Column {name!r} of X of {owner} has categories of several types in "
                "its partitions. Give them one type."
            ) from error
    return common


def _categories(part, names):
    return {name: part[name].cat.categories for name in names}
