"""Columns by names, positions, masks, slices or callables."""

from __future__ import annotations

import numbers
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.input._sklearn import safe_indexing


@dataclass(frozen=True)
class SelectedColumns:
    """Columns that a parameter selects.

    Attributes
    ----------
    positions : ndarray of int
        In the full X.
    by_name : bool
        Whether they are selected by name, so that their order is free.
    everything : bool
        Whether there was no selection, so that all of them are meant.
    """

    positions: NDArray[np.intp]
    by_name: bool
    everything: bool = False


def resolve_columns(spec: Any, X: Any, name: str, owner: str) -> SelectedColumns:
    """Turn a ColumnTransformer-like specification into positions in X.

    Parameters
    ----------
    spec : None, str, int, slice, callable or array-like of str, int or bool
        None stands for all columns. A callable is called once.
    X : {ndarray, sparse matrix, dataframe} of shape (n_samples, n_features)
        The full training data.
    name, owner : str
        The parameter and its estimator, for messages.

    Returns
    -------
    SelectedColumns

    Raises
    ------
    ValueError
        For unknown or repeated columns, an empty selection, a mask of another length.
    TypeError
        For a specification that mixes types or is none of the above.
    """
    what = f"{name} of {owner}"
    if callable(spec):
        spec = spec(X)
    if spec is None:
        return SelectedColumns(np.arange(X.shape[1]), by_name=False, everything=True)
    if isinstance(spec, slice):
        positions = _slice_positions(spec, X, what)
        by_name = isinstance(spec.start, str) or isinstance(spec.stop, str)
    else:
        items = _as_list(spec, what)
        positions = _item_positions(items, X, what)
        by_name = all(isinstance(item, str) for item in items)
    if not len(positions):
        raise ValueError(f"{what} selects no column; leave it at None for all of them.")
    values, counts = np.unique(positions, return_counts=True)
    if (counts > 1).any():
        names = column_names(X)
        repeated = values[counts > 1]
        shown = [str(names[i]) if names is not None else int(i) for i in repeated]
        raise ValueError(f"{what} selects columns more than once: {shown}.")
    return SelectedColumns(positions, by_name)


def _as_list(spec, what):
    if isinstance(spec, (Set, Mapping)):
        raise TypeError(
            f"{what} is a {type(spec).__name__}, which has no order of its own and "
            "may differ in the next process; pass a list."
        )
    if isinstance(spec, (str, numbers.Integral)) and not isinstance(spec, bool):
        return [spec]
    if not np.iterable(spec):
        raise _wrong_kind(what, f"{spec!r} of type {type(spec).__name__}")
    return list(spec)


def select_columns(X: Any, positions: NDArray[np.intp]) -> Any:
    """Take columns; all of them in order is X itself, a run in an array is a view."""
    n_features = X.shape[1]
    run = np.arange(positions[0], positions[0] + len(positions))
    if np.array_equal(positions, run):
        if len(positions) == n_features:
            return X
        if isinstance(X, np.ndarray):
            return X[:, run[0] : run[-1] + 1]
    return safe_indexing(X, positions, axis=1)


def column_names(X: Any) -> list[str] | None:
    """Return the column names of a frame if all are strings, else None."""
    names = list(getattr(X, "columns", []))
    return names if names and all(isinstance(n, str) for n in names) else None


def _slice_positions(spec, X, what):
    if isinstance(spec.start, str) or isinstance(spec.stop, str):
        names = _names_or_raise(X, what)
        ends = [end for end in (spec.start, spec.stop) if end is not None]
        places = dict(zip(ends, _named_positions(ends, names, what), strict=True))
        start = None if spec.start is None else places[spec.start]
        # A slice of names includes its end, as in pandas and in ColumnTransformer.
        stop = None if spec.stop is None else places[spec.stop] + 1
        spec = slice(start, stop, spec.step)
    return np.arange(X.shape[1])[spec]


def _item_positions(items, X, what):
    n_features = X.shape[1]
    if items and all(isinstance(i, (bool, np.bool_)) for i in items):
        if len(items) != n_features:
            raise ValueError(
                f"{what} is a mask of {len(items)} entries, but X has {n_features} "
                "columns; give one entry a column."
            )
        return np.flatnonzero(items)
    if all(isinstance(i, str) for i in items):
        if not items:
            return np.empty(0, dtype=np.intp)
        return np.array(_named_positions(items, _names_or_raise(X, what), what))
    if all(isinstance(i, numbers.Integral) for i in items):
        outside = [int(i) for i in items if not -n_features <= i < n_features]
        if outside:
            raise ValueError(
                f"{what} selects positions {outside}, but X has {n_features} columns."
            )
        return np.array([int(i) % n_features for i in items], dtype=np.intp)
    kinds = sorted({type(i).__name__ for i in items})
    raise _wrong_kind(what, f"items of type {kinds}")


def _wrong_kind(what, got):
    return TypeError(
        f"{what} must be column names, positions, a boolean mask, a slice or a "
        f"callable that returns one of these; got {got}."
    )


def _names_or_raise(X, what):
    names = column_names(X)
    if names is None:
        raise ValueError(
            f"{what} gives column names, but X is a {type(X).__name__} without them; "
            "pass a dataframe with string column names, or positions."
        )
    return names


def _named_positions(wanted, names, what):
    places = {name: place for place, name in enumerate(names)}
    unknown = [name for name in wanted if name not in places]
    if unknown:
        raise ValueError(
            f"{what} names the unknown column {unknown[0]!r}; X has "
            f"{_shortened(names)}."
        )
    if len(places) < len(names):
        counts = Counter(names)
        for name in wanted:
            if counts[name] > 1:
                raise ValueError(
                    f"{what} names the column {name!r}, which X has {counts[name]} "
                    "times."
                )
    return [places[name] for name in wanted]


def _shortened(names):
    return names if len(names) <= 20 else f"{names[:20]} and {len(names) - 20} more"
