"""Rows without labels: checked, and aligned to the columns of X."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import check_array

from skdistill.input._checks import check_row_weights
from skdistill.input._columns import column_names, select_columns
from skdistill.input._preparation import FitInput, TrainingData
from skdistill.input._routing import check_takes_weight
from skdistill.input._rows import Stacked, stack_rows
from skdistill.input._sklearn import safe_indexing
from skdistill.input._warnings import warn


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
    return reduce(stack_rows, parts) if parts else None


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


def check_unlabeled(
    given: FitInput,
    data: TrainingData,
    needed: NDArray[np.intp],
    wanted: NDArray[np.intp],
    *,
    may_repeat: bool = False,
) -> UnlabeledData | None:
    """Check rows without labels and align them to the columns of X.

    Parameters
    ----------
    given : FitInput
        What `fit` was passed. Its `X_unlabeled` is a frame by name, in any order,
        further columns ignored; or an array by its width: all columns of X, or the
        needed ones. The name of its y is no column.
    data : TrainingData
        The rows with labels.
    needed, wanted : ndarray of int
        Positions in X of the columns that the rows must have, and of those that are
        used where the rows have them.
    may_repeat : bool, default=False
        Whether rows of X may be among them; otherwise they are left out, with a
        warning.

    Returns
    -------
    UnlabeledData or None
        None where no row is left.

    Raises
    ------
    ValueError, TypeError
        If the rows cannot be aligned, or the weights are not fit for use.
    """
    X_unlabeled, sample_weight = given.X_unlabeled, given.sample_weight_unlabeled
    if X_unlabeled is None:
        if sample_weight is not None:
            raise ValueError(
                f"sample_weight_unlabeled was given to {data.owner} without "
                "X_unlabeled, the rows that it weighs."
            )
        return None
    U, columns = align_unlabeled(given, data, needed, wanted)
    weight = check_row_weights(
        sample_weight, U.shape[0], f"sample_weight_unlabeled of {data.owner}"
    )
    _warn_if_cut_along(U, data)
    if may_repeat:
        return UnlabeledData(U, columns, weight)
    kept = not_rows_of(U, select_columns(data.X, columns))
    if not kept.all():
        n_same = np.count_nonzero(~kept)
        warn(
            f"{n_same} of {len(kept)} rows of X_unlabeled equal rows of X and are left "
            "out: the teachers were trained on their labels.",
        )
        if n_same == len(kept):
            return None
        U = safe_indexing(U, np.flatnonzero(kept))
        weight = None if weight is None else weight[kept]
    return UnlabeledData(U, columns, weight)


def check_unlabeled_for(
    members: Mapping[str, Any],
    columns: NDArray[np.intp],
    data: TrainingData,
    given: FitInput,
    *,
    used: bool,
) -> UnlabeledData | None:
    """Check rows without labels that all members learn from.

    Parameters
    ----------
    members : mapping of str to estimator
        By their names in messages.
    columns : ndarray of int
        Positions in X of the columns that any of them has.
    data : TrainingData
        The rows with labels.
    given : FitInput
        See `check_unlabeled`.
    used : bool
        Whether the members learn from more than labels; else a warning says that the
        rows are not used.
    """
    unlabeled = check_unlabeled(given, data, columns, columns)
    if unlabeled is None:
        return None
    if not used:
        warn(
            f"X_unlabeled was given to {data.owner}, which learns from labels alone "
            "(alpha is 0, or there is one round), so it is not used."
        )
        return None
    for name, member in members.items():
        check_takes_weight(member, name, data.owner, unlabeled.weight)
    return unlabeled


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


def align_unlabeled(
    given: FitInput,
    data: TrainingData,
    needed: NDArray[np.intp],
    wanted: NDArray[np.intp],
) -> tuple[Any, NDArray[np.intp]]:
    """Return the rows with the columns that are used, and their positions in X."""
    if hasattr(data.X, "columns"):
        return _align_frame(given, data, needed, wanted)
    return _align_array(given.X_unlabeled, data, needed)


def _align_frame(given, data, needed, wanted):
    U, target_name = given.X_unlabeled, getattr(given.y, "name", None)
    what = f"X_unlabeled of {data.owner}"
    names = column_names(U)
    if names is None or data.names is None:
        raise TypeError(
            f"{what} must be a dataframe with the column names of X, since X is one; "
            f"got {type(U).__name__}."
        )
    if target_name in names and target_name not in set(data.names):
        raise ValueError(
            f"{what} has the column {target_name!r}, which is the name of y. Drop it: "
            "rows with a label belong into X and y."
        )
    if not U.shape[0]:
        raise ValueError(f"{what} has no rows. Leave it out.")
    present = set(names)
    missing = [str(name) for name in data.names[needed] if name not in present]
    if missing:
        raise ValueError(f"{what} lacks the student's columns {missing}.")
    lacking = [str(name) for name in data.names[wanted] if name not in present]
    columns = needed if lacking else np.union1d(needed, wanted)
    selected = list(data.names[columns])
    U = U if names == selected else U[selected]
    if type(U).__module__.partition(".")[0] == "pandas":
        U = _with_dtypes_of(data.X, U, what)
    return U, columns


def _with_dtypes_of(X, U, what):
    """Give each column of a pandas frame the dtype that it has in X."""
    import pandas as pd

    changed = {}
    n_unseen = 0
    for name in U.columns:
        dtype, values = X[name].dtype, U[name]
        if values.dtype == dtype:
            continue
        if isinstance(dtype, pd.CategoricalDtype):
            unseen = values.notna() & ~values.isin(dtype.categories)
            n_unseen += int(unseen.sum())
            changed[name] = values.where(~unseen).astype(dtype)
        elif not pd.api.types.is_numeric_dtype(values.dtype):
            try:
                changed[name] = values.astype(dtype)
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"The column {name!r} of {what} is of type {values.dtype}, in X of "
                    f"type {dtype}: {error}. Convert it as in X."
                ) from error
    if n_unseen:
        warn(
            f"{n_unseen} categories in rows of X_unlabeled do not occur in X; they "
            "count as missing values.",
        )
    return U.assign(**changed) if changed else U


def _align_array(U, data, needed):
    what = f"X_unlabeled of {data.owner}"
    if hasattr(U, "columns"):
        raise TypeError(
            f"{what} is a dataframe, but X is a {type(data.X).__name__}; pass both as "
            "frames, or both as arrays."
        )
    if sparse.issparse(U) != sparse.issparse(data.X):
        raise TypeError(
            f"{what} is a {type(U).__name__}, but X is a {type(data.X).__name__}; pass "
            "both sparse, or both dense."
        )
    U = check_array(
        U,
        accept_sparse=("csr", "csc"),
        dtype=None,
        ensure_all_finite=False,
        input_name="X_unlabeled",
    )
    width, n_features = U.shape[1], data.X.shape[1]
    if width == n_features:
        return U, np.arange(n_features)
    if width == len(needed):
        return U, needed
    raise ValueError(
        f"{what} has {width} columns; it must have the {n_features} columns of X, or "
        f"the {len(needed)} of the student."
    )


def _warn_if_cut_along(U, data):
    if U.shape[0] == data.n_samples:
        warn(
            "X_unlabeled has as many rows as X. scikit-learn's cross-validation and "
            "searches take what has one entry a row of X for metadata of those rows, "
            "and cut it along with them; leave out a row of X_unlabeled to prevent "
            "that.",
        )


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
