"""Rows without labels: checked, and aligned to the columns of X."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import check_array

from skdistill.input._checks import check_row_weights
from skdistill.input._columns import select_columns
from skdistill.input._data import check_is_at_hand
from skdistill.input._preparation import FitInput, TrainingData
from skdistill.input._routing import check_takes_weight
from skdistill.input._row_hashes import not_rows_of
from skdistill.input._rows import library_of_frame
from skdistill.input._sklearn import safe_indexing
from skdistill.input._unlabeled import UnlabeledData
from skdistill.input._unlabeled_dtypes import with_dtypes_of
from skdistill.input._warnings import warn


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
    check_is_at_hand(U, what)
    if not hasattr(U, "columns"):
        raise TypeError(
            f"{what} must be a dataframe with the column names of X, since X is one; "
            f"got {type(U).__name__}."
        )
    names, of_x = list(U.columns), np.fromiter(data.X.columns, dtype=object)
    library, given_library = map(library_of_frame, (data.X, U))
    if library != given_library:
        raise TypeError(
            f"{what} must be a dataframe of {library}, since X is one; got one of "
            f"{given_library}."
        )
    if len(set(names)) < len(names):
        repeated = sorted({str(name) for name in names if names.count(name) > 1})
        raise ValueError(f"{what} has columns more than once: {repeated}.")
    if target_name in names and target_name not in set(of_x):
        raise ValueError(
            f"{what} has the column {target_name!r}, which is the name of y. Drop it: "
            "rows with a label belong into X and y."
        )
    if not U.shape[0]:
        raise ValueError(f"{what} has no rows. Leave it out.")
    present = set(names)
    missing = [str(name) for name in of_x[needed] if name not in present]
    if missing:
        raise ValueError(f"{what} lacks the student's columns {missing}.")
    lacking = [str(name) for name in of_x[wanted] if name not in present]
    columns = needed if lacking else np.union1d(needed, wanted)
    selected = list(of_x[columns])
    U = U if names == selected else U[selected]
    return with_dtypes_of(data.X, U, what), columns


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
    try:
        U = check_array(
            U,
            accept_sparse=("csr", "csc"),
            dtype="numeric" if data.X.dtype.kind in "biuf" else None,
            ensure_all_finite=False,
            input_name="X_unlabeled",
        )
    except ValueError as error:
        raise ValueError(f"{what} must be an array as X is: {error}") from error
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
