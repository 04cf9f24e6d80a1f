"""Train a classifier on soft targets as weighted copies of the rows.

What counts rows is scaled to count copies, and what validates inside the student gets
each row on one side only: with its true label where held-out rows are counted, with its
soft target where they are weighed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegressionCV
from sklearn.model_selection import check_cv
from sklearn.utils.validation import has_fit_parameter

from skdistill._responses import temper
from skdistill._sklearn import safe_indexing
from skdistill.students._bins import few_values
from skdistill.students._forests import draws_copies, fit_drawing_rows
from skdistill.students._histogram import hold_out_rows
from skdistill.students._params import is_count, temporary_params
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


def fit_weighted_copies(student: Any, X: Any, task: StudentTask) -> Any:
    """Fit a classifier that takes sample weights on a classification task."""
    copies = make_copies(task)
    per_row = len(copies.rows) / len(task.labels)
    changes, validation = {}, {}
    if isinstance(student, HistGradientBoostingClassifier):
        X = few_values(X, student.max_bins, task.sample_weight)
        changes, rows, validation = hold_out_rows(student, X, task)
        copies = copies if rows is None else copies.of(rows)
    elif _validates(student):
        changes = {"cv": _split_rows(student, task, copies)}
    changes |= _scaled_counts(student, len(task.labels), per_row)
    X, y = safe_indexing(X, copies.rows), task.classes[copies.codes]
    with temporary_params(student, changes):
        if draws_copies(student):
            n_rows = len(task.labels)
            fit_drawing_rows(student, X, y, copies.weights, copies.rows, n_rows)
        else:
            student.fit(X, y, sample_weight=copies.weights, **validation)
    return student


def check_inner_validation(student: Any) -> None:
    """Refuse a student that would validate on copies of its training rows."""
    params = student.get_params(deep=False)
    if isinstance(student, HistGradientBoostingClassifier):
        stops = student.early_stopping is True and student.validation_fraction
        if not stops or has_fit_parameter(student, "X_val"):
            return
        name, remedy = "early_stopping", "False, or scikit-learn 1.7 or later"
    elif params.get("early_stopping") is True:
        name, remedy = "early_stopping", "False"
    elif (
        "early_stopping" not in params
        and params.get("n_iter_no_change")
        and ("validation_fraction" in params)
    ):
        name, remedy = "n_iter_no_change", "None"
    else:
        return
    raise ValueError(
        f"{name} of the student {type(student).__name__} would validate on copies of "
        f"rows it is trained on, as soft targets reach it as weighted copies. Use "
        f"{name}={remedy}."
    )


def _scaled_counts(student, n_rows, per_row):
    """Parameters that count rows, for `per_row` times as many."""
    params = student.get_params(deep=False)
    draws = params.get("bootstrap") and "max_samples" in params
    if draws and not draws_copies(student):
        # As many draws as there are rows; each draw is one copy.
        share = params["max_samples"]
        if not is_count(share):
            return {"max_samples": max(1, round((share or 1.0) * n_rows))}
        return {}
    return {
        name: round(params[name] * per_row)
        for name, unbounded in (("min_samples_leaf", 1), ("min_samples_split", 2))
        if is_count(params.get(name)) and params[name] > unbounded
    }


def _validates(student):
    """Whether the student splits its rows itself, as searches and calibration do."""
    return "cv" in student.get_params(deep=False) and student.cv != "prefit"


def _split_rows(student, task, copies):
    """Say the splits of the rows by the student's own cv in terms of copies.

    Held-out rows have all their copies if they are weighed, or else their own label.
    """
    judges = np.ones(len(copies.rows), dtype=bool)
    if not isinstance(student, _WEIGH_HELD_OUT):
        judges = copies.codes == task.labels[copies.rows]
    splits = []
    splitter = check_cv(student.cv, task.labels, classifier=True)
    for train, test in splitter.split(np.zeros(len(task.labels)), task.labels):
        splits.append(
            (
                np.flatnonzero(np.isin(copies.rows, train)),
                np.flatnonzero(np.isin(copies.rows, test) & judges),
            )
        )
    return splits
