"""Splits of the training rows, checked so that predictions are out of fold."""

from __future__ import annotations

import itertools
import reprlib
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, check_cv

from skdistill.input._row_sets import rows_of_any, rows_of_both, rows_of_first
from skdistill.input._targets import present_codes
from skdistill.input._warnings import warn

Split = tuple[NDArray[np.intp], NDArray[np.intp]]
# TimeSeriesSplit with two splits leaves out a third.
_LEAST_PREDICTED = 0.65
# From so many rows on, folds are left out in groups where a choice is made.
_MANY_ROWS = 1_000


def make_splits(
    cv: Any,
    X: Any,
    y: NDArray,
    *,
    classifier: bool,
    name: str,
    owner: str,
    params: Mapping[str, Any] | None = None,
) -> list[Split]:
    """Materialise the splits of `cv`; check that predictions will be out of fold.

    Parameters
    ----------
    cv : int, splitter, iterable of (train, test) or None
        None: 5 folds, stratified for a classifier. A number of folds leaves out whole
        groups where there are some.
    X, y : training data
        As the splitter sees them; y holds class codes in classification.
    classifier : bool
        Whether folds are stratified by default.
    name, owner : str
        The parameter and its estimator, for messages.
    params : mapping, default=None
        Metadata for ``split``, such as ``groups``.

    Returns
    -------
    list of (train, test) tuples of int ndarrays

    Raises
    ------
    ValueError
        If the splitter refuses the data, a split is empty, or train and test overlap.
    """
    n_samples, params = X.shape[0], dict(params or {})
    check_groups(params.get("groups"), n_samples, owner)
    try:
        splitter = _make_splitter(cv, y, params.get("groups"), classifier)
        splits = [
            (_as_rows(train, n_samples), _as_rows(test, n_samples))
            for train, test in splitter.split(X, y, **params)
        ]
    except TypeError as error:
        raise TypeError(
            f"{name} of {owner} must be None, a number of folds, a splitter or an "
            f"iterable of (train, test), row numbers each; got {reprlib.repr(cv)}: "
            f"{error}."
        ) from error
    except ValueError as error:
        raise ValueError(f"{name} of {owner} cannot split X: {error}") from error
    if not splits:
        raise ValueError(f"{name} of {owner} yields no split.")
    for number, (train, test) in enumerate(splits):
        where = f"Split {number} of {name} of {owner}"
        if not len(train) or not len(test):
            raise ValueError(f"{where} has an empty train or test part.")
        shared = rows_of_both(train, test)
        if len(shared):
            raise ValueError(
                f"{where} has {len(shared)} rows in both train and test (first: "
                f"{shared[0]}); soft targets must come from teachers that did not see "
                "the row."
            )
    return splits


def check_groups(groups: Any, n_samples: int, owner: str) -> None:
    """Raise unless each row has a group, or there are none."""
    if groups is None:
        return
    shape = np.shape(groups)
    if shape != (n_samples,):
        raise ValueError(
            f"groups of {owner} must be of shape ({n_samples},), the group of each "
            f"row; got {type(groups).__name__} of shape {shape}."
        )
    missing = np.flatnonzero([g is None or g != g for g in np.asarray(groups).tolist()])
    if len(missing):
        raise ValueError(
            f"groups of {owner} has {len(missing)} missing values (first: row "
            f"{missing[0]}). Give rows of no group groups of their own."
        )


def _make_splitter(cv, y, groups, classifier):
    folds = 5 if cv is None else cv
    if groups is None or not isinstance(folds, Integral):
        return check_cv(folds, y, classifier=classifier)
    n_groups = len(np.unique(np.asarray(groups)))
    if n_groups < folds:
        raise ValueError(
            f"{folds} folds need as many groups, and there are {n_groups}. Use fewer "
            "folds."
        )
    return (StratifiedGroupKFold if classifier else GroupKFold)(int(folds))


def warn_if_few_are_predicted(
    splits: Sequence[Split], n_samples: int, owner: str
) -> None:
    """Warn where test parts leave out more than the past that time series need."""
    predicted = len(np.unique(np.concatenate([test for _, test in splits])))
    if predicted < _LEAST_PREDICTED * n_samples:
        remedy = "Use a splitter that tests every row, such as KFold"
        if _follow_time(splits):
            remedy = "TimeSeriesSplit with more splits tests more of them"
        warn(
            f"The test parts of cv of {owner} hold {predicted} of {n_samples} rows; "
            f"the others have no soft target and do not train the student. {remedy}.",
        )


def _follow_time(splits):
    return all(train.max() < test.min() for train, test in splits)


def first_partition(splits: Sequence[Split]) -> list[Split]:
    """Return the leading splits up to where a test part repeats earlier rows.

    Of repeated K-fold splits that is the first repetition.
    """
    seen: NDArray[np.intp] = np.empty(0, dtype=np.intp)
    for number, (_, test) in enumerate(splits):
        if len(rows_of_both(seen, test)):
            return list(splits[:number])
        seen = rows_of_any(seen, test)
    return list(splits)


def parts_to_compare_on(
    partition: Sequence[Split],
    codes: NDArray | None = None,
    weight: NDArray | None = None,
    n_unlabeled: int = 0,
) -> list[Split]:
    """Return what a choice is made on.

    Folds are left out in groups, see `fold_groups`, where each is trained on all rows
    but its own. Others, as those in the order of time, are left out one by one; so are
    all where a class is so rare that a teacher would see one class only.

    Parameters
    ----------
    partition : sequence of (train, test)
        From `first_partition`.
    codes : ndarray of int of shape (n_samples,) or None, default=None
        Class codes; None in regression.
    weight : ndarray of shape (n_samples,) or None, default=None
        Row weights; those without do not count.
    n_unlabeled : int, default=0
        Rows without a label that candidates learn from.

    Returns
    -------
    list of (train, test)
    """
    every = rows_of_any(*itertools.chain.from_iterable(partition))
    if any(len(train) + len(test) < len(every) for train, test in partition):
        return list(partition)

    def weighty(rows):
        return rows if weight is None else rows[weight[rows] > 0.0]

    parts = []
    for folds in fold_groups(len(partition), len(weighty(every)) + n_unlabeled):
        test = rows_of_any(*(partition[fold][1] for fold in folds))
        parts.append((rows_of_first(every, test), test))
    if codes is not None:
        for train, _ in itertools.chain.from_iterable(nested_splits(partition, parts)):
            if len(present_codes(codes[weighty(train)])) < 2:
                return list(partition)
    return parts


def fold_groups(n_folds: int, n_rows: int) -> list[range]:
    """Group folds that are left out together, two fifths of them; the first may stay.

    The others train the students that are compared, and their teachers. With five folds
    two groups hold four of them: 6 more teachers of two fifths of the rows, where one
    fold at a time takes 10 of three fifths, and 2 students of a candidate in place of
    5. Of few rows all are needed to tell candidates apart, so folds are left out one by
    one; but where there are many without a label, which help on nearly all data, the
    candidates are told apart with fewer.
    """
    size = max(1, 2 * n_folds // 5) if n_rows >= _MANY_ROWS else 1
    return [range(i, i + size) for i in range(n_folds % size, n_folds, size)]


def count_nested_fits(n_folds: int, n_parts: int) -> int:
    """Count the teachers that see none of a part, and do not see one more fold either.

    Where each fold is a part, one teacher serves two of them.
    """
    if n_parts == n_folds:
        return n_folds * (n_folds - 1) // 2
    return sum(n_folds - len(folds) for folds in fold_groups(n_folds, _MANY_ROWS))


def nested_splits(
    splits: Sequence[Split], held_out_parts: Sequence[Split]
) -> list[list[Split]]:
    """For each held-out part, splits that predict its train rows without its test rows.

    Of repeated splits the first repetition predicts. Splits that this leaves without
    rows are left out.
    """
    partition = first_partition(splits) if held_out_parts else []
    return [_without_test_part(partition, held_out) for held_out in held_out_parts]


def held_out_splits(splits: Sequence[Split], owner: str) -> list[list[Split]]:
    """Return splits that leave out each split's own test part.

    Raises
    ------
    ValueError
        If no split leaves rows for that, as two folds do not.
    """
    queries = nested_splits(splits, splits)
    if not any(queries):
        raise ValueError(
            f"cv of {owner} leaves no rows to train on when two of its "
            f"{len(splits)} test parts are left out, as held-out scores need. Use at "
            "least 3 folds."
        )
    return queries


def check_can_select(splits: Sequence[Split], owner: str) -> None:
    """Raise unless there is a test part to score on, one to predict, and training rows.

    Test parts that share rows are scored on once; see `first_partition`.
    """
    partition = first_partition(splits)
    if any(nested_splits(splits, partition)):
        return
    if len(partition) == len(splits):
        raise ValueError(
            f"cv of {owner} has {len(splits)} folds, but a choice by 'auto' needs at "
            "least three: one to compare on, one to predict, one to train on."
        )
    better = "KFold, RepeatedKFold or GroupKFold"
    if _follow_time(splits):
        better = "TimeSeriesSplit"
    raise ValueError(
        f"cv of {owner} yields {len(splits)} splits, and the test part of split "
        f"{len(partition)} shares rows with those before it. A choice by 'auto' "
        f"compares models on test parts that share none: use a splitter such as "
        f"{better}, or choose without 'auto'."
    )


def _without_test_part(splits, held_out):
    """Take the held-out test part out of splits that predict its train part."""
    train_part, test_part = held_out
    reduced = (
        (rows_of_first(train, test_part), rows_of_both(test, train_part))
        for train, test in splits
    )
    return [(train, test) for train, test in reduced if len(train) and len(test)]


def _as_rows(part, n_samples):
    """Return row numbers from 0 on; as in numpy, -1 is the last row."""
    part = np.asarray(part)
    if part.dtype == bool and part.shape == (n_samples,):
        return np.flatnonzero(part)
    if part.ndim != 1 or (part.dtype.kind not in "iu" and len(part)):
        raise ValueError(
            f"its parts must be row numbers, or masks of {n_samples} rows; got an "
            f"array of {part.dtype} and shape {part.shape}."
        )
    outside = part[(part < -n_samples) | (part >= n_samples)]
    if len(outside):
        raise ValueError(f"it names row {outside[0]}, and X has {n_samples} rows.")
    part = part.astype(np.intp)
    return np.where(part < 0, part + n_samples, part)
