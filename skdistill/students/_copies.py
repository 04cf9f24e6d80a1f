"""Train a classifier on soft targets as weighted copies of the rows.

What counts rows is scaled to count copies, and what validates inside the student gets
each row on one side only: with its true label where held-out rows are counted, with its
soft target where they are weighed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegressionCV

from skdistill.input._responses import temper
from skdistill.input._routing import member_params
from skdistill.input._sklearn import safe_indexing
from skdistill.input._warnings import warn
from skdistill.students._bins import quantize_to_bins
from skdistill.students._class_weights import weigh_classes
from skdistill.students._forests import bootstraps_rows, draws_singly, fit_drawing_rows
from skdistill.students._histogram import hold_out_rows, no_inner_early_stopping
from skdistill.students._inner_validation import (
    ROW_COUNTS,
    split_labeled_rows,
    splits_rows,
)
from skdistill.students._params import is_count, parts, temporary_params
from skdistill.students._task import StudentTask

# A class below this probability costs a copy and moves nothing.
NEGLIGIBLE = 1e-4
# They weigh the rows that they hold out; others count them.
_WEIGH_HELD_OUT = (CalibratedClassifierCV, LogisticRegressionCV, StackingClassifier)


@dataclass(frozen=True)
class Copies:
    """Rows, labels and weights of the copies, row after row.

    Attributes
    ----------
    rows, codes : ndarray of int of shape (n_copies,)
        Which row, with which class code.
    weights : ndarray of float of shape (n_copies,)
        They sum to the row's weight in each row.
    """

    rows: NDArray[np.intp]
    codes: NDArray[np.intp]
    weights: NDArray[np.float64]

    def of(self, rows: NDArray[np.intp]) -> Copies:
        """Return the copies of some rows only."""
        kept = np.isin(self.rows, rows)
        return Copies(self.rows[kept], self.codes[kept], self.weights[kept])


def make_copies(task: StudentTask) -> Copies:
    """Copy each row once for each class that is not negligible; always its own."""
    targets = temper(task.targets, task.loss.temperature)
    kept = targets >= NEGLIGIBLE
    kept[np.arange(len(kept)), task.labels] = True
    shares = np.where(kept, targets, 0.0)
    shares /= shares.sum(axis=1, keepdims=True)
    if task.sample_weight is not None:
        shares *= task.sample_weight[:, None]
    rows, codes = np.nonzero(kept)
    return Copies(rows, codes, shares[rows, codes])


def as_many_rows_as_classes(X: Any, task: StudentTask) -> tuple[Any, StudentTask]:
    """Repeat rows, with less weight each, for libraries that need a row a class."""
    n_rows, n_classes = task.targets.shape
    if n_rows >= n_classes:
        return X, task
    times = -(-n_classes // n_rows)
    rows = np.tile(np.arange(n_rows), times)
    task = task.rows(rows)
    weight = np.ones(len(rows)) if task.sample_weight is None else task.sample_weight
    return safe_indexing(X, rows), replace(task, sample_weight=weight / times)


def fit_weighted_copies(student: Any, X: Any, task: StudentTask) -> Any:
    """Fit a classifier that takes sample weights on a classification task."""
    copies = make_copies(task)
    per_row = len(copies.rows) / len(task.labels)
    assert task.classes is not None
    changes: dict[str, Any] = {}
    validation: dict[str, Any] = {}
    if isinstance(student, HistGradientBoostingClassifier):
        X = quantize_to_bins(X, student.max_bins, task.sample_weight)
        changes, rows, validation = hold_out_rows(student, X, task)
        copies = copies if rows is None else copies.of(rows)
    elif splits_rows(student):
        changes = {"cv": _split_rows(student, task, copies)}
        changes |= _balanced_weights(student, task)
    changes |= no_inner_early_stopping(student, task)
    changes |= _scaled_counts(student, len(task.labels), per_row)
    changes |= _no_oob_score(student)
    X, y = safe_indexing(X, copies.rows), task.classes[copies.codes]
    with temporary_params(student, changes):
        if bootstraps_rows(student):
            fit_drawing_rows(student, X, y, copies.weights, copies.rows)
        else:
            weight = member_params(student, copies.weights)
            student.fit(X, y, **weight, **validation)
    return student


def _no_oob_score(student):
    """Turn off a score that would be one of copies."""
    changes = {
        f"{prefix}oob_score": False
        for prefix, part in parts(student).items()
        if part.get_params(deep=False).get("oob_score", False)
    }
    if changes:
        warn(
            f"oob_score of the student {type(student).__name__} is off: it would score "
            "copies of rows, which soft targets reach it as.",
        )
    return changes


def _scaled_counts(student, n_rows, per_row):
    """Parameters that count rows, for `per_row` times as many."""
    changes, rows_are_drawn = {}, []
    drawing = draws_singly(student)
    for prefix, part in parts(student).items():
        params = part.get_params(deep=False)
        if prefix in drawing:
            share = params["max_samples"]
            if not prefix and not is_count(share):
                # As many draws as there are rows; each draw is one copy.
                share = max(1, round((share or 1.0) * n_rows))
                changes["max_samples"] = share
            if is_count(share):
                rows_are_drawn.append(prefix)
        if any(prefix.startswith(one) for one in rows_are_drawn):
            continue
        for name, unbounded in ROW_COUNTS.items():
            if is_count(params.get(name)) and params[name] > unbounded:
                changes[f"{prefix}{name}"] = round(params[name] * per_row)
    return changes


def _balanced_weights(student, task):
    """Weights of classes that count rows, where the library would count copies."""
    changes = {}
    for prefix, part in parts(student).items():
        if part.get_params(deep=False).get("class_weight") == "balanced":
            weights = weigh_classes("balanced", task, part).tolist()
            by_label = dict(zip(task.classes.tolist(), weights, strict=True))
            # scikit-learn 1.9 looks up the label "1" as 1 (issue 34883).
            numbers = {} if part is student else _as_numbers(by_label)
            changes[f"{prefix}class_weight"] = by_label | numbers
    return changes


def _as_numbers(by_label):
    numbers = (n for n in by_label if str(n).removeprefix("-").isdecimal())
    return {int(label): by_label[label] for label in numbers}


def _split_rows(student, task, copies):
    """Say the splits of the rows by the student's own cv in terms of copies.

    Held-out rows have all their copies if they are weighed, or else their own label.
    """
    scorers = np.ones(len(copies.rows), dtype=bool)
    if not isinstance(student, _WEIGH_HELD_OUT):
        scorers = copies.codes == task.labels[copies.rows]
    return [
        (
            np.flatnonzero(np.isin(copies.rows, train)),
            np.flatnonzero(np.isin(copies.rows, test) & scorers),
        )
        for train, test in split_labeled_rows(student, task)
    ]
