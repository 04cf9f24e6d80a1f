"""What teacher and student cost: training time, prediction latency, size."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from skdistill.input._columns import select_columns
from skdistill.input._sklearn import safe_indexing
from skdistill.report._measure import RunResult
from skdistill.report._tables import Table, table

NAMES = (
    "model",
    "estimator",
    "columns",
    "fit_seconds",
    "one_row_seconds",
    "bulk_seconds_per_row",
    "bulk_rows",
    "bytes",
)
_BULK_ROWS = 1000
_LEAST_ROUNDS, _MOST_ROUNDS = 5, 30


def cost_table(outcomes: Sequence[RunResult], X: Any, budget: float) -> Table:
    """One row each for teacher, labels-only and distilled student.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Of all folds; the fitted models of the first fold among them.
    X : {ndarray, sparse matrix, dataframe}
        Rows to predict: the test part of the first fold.
    budget : float
        Seconds that timing may take, unless five rounds take longer.

    Returns
    -------
    dict of columns
        Seconds are medians: of fits over the folds, of latencies over repetitions. The
        fit of the distilled student includes the out-of-fold teachers and what
        "auto" tries.
    """
    kept = {o.part.role: o.model for o in outcomes if o.model is not None}
    columns = {
        "teacher": kept["distilled"].teacher_feature_indices_,
        "labels": kept["labels"].student_feature_indices_,
        "distilled": kept["distilled"].student_feature_indices_,
    }
    deployed = {role: _deployed(kept[role]) for role in columns}
    n_bulk = min(X.shape[0], _BULK_ROWS)
    calls = {}
    for role, model in deployed.items():
        predict = getattr(model, "predict_proba", None) or model.predict
        mine = select_columns(X, columns[role])
        for mode, n_rows in (("one", 1), ("bulk", n_bulk)):
            rows = safe_indexing(mine, np.arange(n_rows))
            calls[role, mode] = partial(predict, rows)
    times = median_seconds(calls, budget)
    rows = []
    for role, model in deployed.items():
        parts = model.students if isinstance(model, _Mean) else [model]
        rows.append(
            {
                "model": role,
                "estimator": type(parts[0]).__name__,
                "columns": len(columns[role]),
                "fit_seconds": float(
                    np.median([o.seconds for o in outcomes if o.part.role == role])
                ),
                "one_row_seconds": times[role, "one"],
                "bulk_seconds_per_row": times[role, "bulk"] / n_bulk,
                "bulk_rows": n_bulk,
                "bytes": sum(pickled_bytes(part) for part in parts),
            }
        )
    return table(rows, NAMES)


def _deployed(model):
    """Return what is asked in production: the student alone, or the teacher."""
    students = getattr(model, "students_", [model])
    return students[0] if len(students) == 1 else _Mean(students)


class _Mean:
    """Several students that answer with their mean."""

    def __init__(self, students):
        self.students = students
        self.predict = self._mean("predict")
        if hasattr(students[0], "predict_proba"):
            self.predict_proba = self._mean("predict_proba")

    def _mean(self, method):
        calls = [getattr(student, method) for student in self.students]
        return lambda X: np.mean([call(X) for call in calls], axis=0)


def median_seconds(calls: Mapping[Any, Callable], budget: float) -> dict[Any, float]:
    """Median time of each call: 5 to 30 rounds of all, as the budget allows.

    Calls take turns, so that a busy moment of the machine meets them all.
    """
    times: dict[Any, list[float]] = {name: [] for name in calls}
    start = time.perf_counter()
    for number in range(_MOST_ROUNDS):
        if number >= _LEAST_ROUNDS and time.perf_counter() - start > budget:
            break
        for name, call in calls.items():
            before = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - before)
    return {name: float(np.median(values)) for name, values in times.items()}


class _Counter:
    """A file that only counts, as a large forest need not be in memory twice."""

    def __init__(self):
        self.n_bytes = 0

    def write(self, data):
        size = memoryview(data).nbytes
        self.n_bytes += size
        return size


def pickled_bytes(estimator: Any) -> float:
    """Size of the pickle, or NaN where the estimator cannot be pickled."""
    counter = _Counter()
    try:
        pickle.dump(estimator, counter, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception:
        return float("nan")
    return float(counter.n_bytes)
