"""What teacher and student cost: training time, prediction latency, size."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from skdistill.input._columns import select_columns
from skdistill.input._sklearn import safe_indexing
from skdistill.report._arms import deployed_models
from skdistill.report._runs import RunResult
from skdistill.report._tables import frame

if TYPE_CHECKING:
    import pandas as pd

_BULK_ROWS = 1000
_LEAST_ROUNDS, _MOST_ROUNDS = 5, 30


def cost_table(results: Sequence[RunResult], X: Any, budget: float) -> pd.DataFrame:
    """Return one row each for teacher, baseline and distilled student.

    Parameters
    ----------
    results : sequence of RunResult
        Of all folds; the fitted models of the first fold among them.
    X : {ndarray, sparse matrix, dataframe}
        Rows to predict: the test part of the first fold.
    budget : float
        Seconds that timing may take, unless five rounds take longer.

    Returns
    -------
    DataFrame
        Seconds are medians: of fits over the folds, of latencies over repetitions. The
        fit of the distilled student includes the out-of-fold teachers and what
        "auto" tries.
    """
    fitted = {r.run.arm: deployed_models(r.model) for r in results if r.model}
    n_bulk = min(X.shape[0], _BULK_ROWS)
    calls = {}
    for arm, (models, columns) in fitted.items():
        mine = select_columns(X, columns)
        for mode, n_rows in (("one", 1), ("bulk", n_bulk)):
            rows = safe_indexing(mine, np.arange(n_rows))
            calls[arm, mode] = partial(_mean_prediction, models, rows)
    times = repeated_seconds(calls, budget)
    return frame(
        [
            {
                "model": arm,
                "estimator": type(models[0]).__name__,
                "columns": len(columns),
                "fit_seconds": float(
                    np.median([r.seconds for r in results if r.run.arm == arm])
                ),
                "one_row_seconds": float(np.median(times[arm, "one"])),
                "bulk_seconds_per_row": float(np.median(times[arm, "bulk"])) / n_bulk,
                "bulk_rows": n_bulk,
                "bytes": sum(pickled_bytes(model) for model in models),
            }
            for arm, (models, columns) in fitted.items()
        ]
    )


def _mean_prediction(models, X):
    answers = [getattr(m, "predict_proba", m.predict)(X) for m in models]
    return answers[0] if len(answers) == 1 else np.mean(answers, axis=0)


def repeated_seconds(
    calls: Mapping[Any, Callable], budget: float
) -> dict[Any, list[float]]:
    """Time each call in 5 to 30 rounds of all, as the budget allows.

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
    return times


class _Counter:
    """Count what is written, as a large forest need not be in memory twice."""

    def __init__(self):
        self.n_bytes = 0

    def write(self, data):
        size = memoryview(data).nbytes
        self.n_bytes += size
        return size


def pickled_bytes(estimator: Any) -> float:
    """Return the size of the pickle, or NaN where the estimator cannot be pickled."""
    counter = _Counter()
    try:
        pickle.dump(estimator, counter, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception:
        return float("nan")
    return float(counter.n_bytes)
