"""Rows without labels, which teachers can predict them, and all rows of a fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import dask
import distributed
import numpy as np
import pandas as pd
from dask.delayed import Delayed
from numpy.typing import NDArray

from skdistill.dask._cluster import fetch
from skdistill.dask._collections import Features, collect_features
from skdistill.dask._labelled import Labelled


@dataclass(frozen=True)
class Unlabeled:
    """Unlabeled rows.

    Attributes
    ----------
    features : Features
        With the categories of the labelled rows.
    sizes : ndarray of int of shape (n_partitions,)
        Number of rows.
    columns : dict of ndarray of int
        Where the columns of each teacher are; "regular" are the student's. There is no
        "privileged" where rows lack one of its columns.
    """

    features: Features
    sizes: NDArray[np.int64]
    columns: dict[str, NDArray[np.intp]]

    @property
    def privileged(self) -> bool:
        """Whether the rows have the columns of the privileged teacher."""
        return "privileged" in self.columns

    def parts(self, which: str) -> list[Delayed]:
        """Return the columns of a teacher in each partition."""
        return self.features.parts(self.columns[which])


@dataclass(frozen=True)
class FitData:
    """The rows of a fit, and where it runs.

    Attributes
    ----------
    client : distributed.Client
        Where it runs.
    owner : str
        Name of the estimator, for messages.
    labelled, unlabeled : Labelled, Unlabeled or None
        The rows.
    """

    client: distributed.Client
    owner: str
    labelled: Labelled
    unlabeled: Unlabeled | None


def read_unlabeled(
    client: distributed.Client,
    X: Any,
    features: Features,
    columns: dict[str, NDArray[np.intp]],
    owner: str,
) -> Unlabeled:
    """Check unlabeled rows against the labelled ones.

    Parameters
    ----------
    client : distributed.Client
    X : dask DataFrame or Array
        As the user passed it: all columns, or at least the student's.
    features : Features
        Of labelled rows.
    columns : dict of ndarray of int
        "privileged" and "regular", positions among the features.
    owner : str
        For messages.
    """
    found = collect_features(X, owner, "X_unlabeled")
    if (features.names is None) != (found.names is None):
        kind = "Array" if features.names is None else "DataFrame"
        raise TypeError(f"X_unlabeled of {owner} must be a Dask {kind}, as X is.")
    names: list[Any] = []
    if features.names is not None and found.names is not None:
        used = features.names[np.union1d(*columns.values())]
        names = found.names.intersection(used).tolist()
    for name in names:
        of_X, of_unlabeled = features.X.dtypes[name], found.X.dtypes[name]
        if _family(of_X) != _family(of_unlabeled):
            raise TypeError(
                f"Column {name!r} has the type {of_X} in X and {of_unlabeled} in "
                f"X_unlabeled of {owner}. Give it one type."
            )
    found = replace(found, categories=features.categories, _parts={})
    own = {name: _find(features, found, c) for name, c in columns.items()}
    if own["regular"] is None:
        raise ValueError(
            f"X_unlabeled of {owner} must have the student's columns"
            + _missing(features, found, columns["regular"])
        )
    sizes = fetch(client, [dask.delayed(len)(keys) for keys in found.row_keys()])
    if not sum(sizes):
        raise ValueError(f"X_unlabeled of {owner} has no rows. Leave it at None.")
    return Unlabeled(
        found,
        np.array(sizes),
        {name: where for name, where in own.items() if where is not None},
    )


def _family(dtype):
    """Name what a type holds: categories, numbers and flags, dates, or text."""
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    return "number" if dtype.kind in "iufb" else dtype.kind


def _find(features, found, columns):
    """Return where a collection has some columns of another; None if it lacks one."""
    if features.names is None:
        if found.width == features.width:
            return columns
        return np.arange(found.width) if found.width == len(columns) else None
    places = found.names.get_indexer(features.names[columns])
    return None if (places < 0).any() else places


def _missing(features, found, columns):
    if features.names is None:
        return f": {len(columns)}, or all {features.width}; it has {found.width}."
    lacking = features.names[columns].difference(found.names)
    return f"; it lacks {lacking.tolist()}."
