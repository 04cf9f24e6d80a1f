"""What teacher and student cost: training time, prediction latency, size."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.input._columns import select_columns
from skdistill.input._sklearn import safe_indexing
from skdistill.report._models import deployed_models, model_name
from skdistill.report._runs import RunResult
from skdistill.report._tables import DataFrame, frame

_BULK_ROWS = 1000
_LEAST_ROUNDS, _MOST_ROUNDS = 5, 30
_LONG = 2.0


def cost_table(results: Sequence[RunResult], X: Any, budget: float) -> DataFrame:
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
        mine = X if columns is None else select_columns(X, columns)
        for mode, n_rows in (("one", 1), ("bulk", n_bulk)):
            rows = safe_indexing(mine, np.arange(n_rows))
            calls[arm, mode] = partial(_mean_prediction, models, rows)
    times = repeated_seconds(calls, budget)
    return frame(
        [
            {
                "model": arm,
                "estimator": model_name(models[0]),
                "columns": X.shape[1] if columns is None else len(columns),
                "fit_seconds": float(
                    np.median([r.seconds for r in results if r.run.arm == arm])
                ),
                **_quartiles("one_row_seconds", times[arm, "one"]),
                **_quartiles("bulk_seconds_per_row", times[arm, "bulk"] / n_bulk),
                "bulk_rows": n_bulk,
                "bytes": sum(pickled_bytes(model) for model in models),
            }
            for arm, (models, columns) in fitted.items()
        ]
    )


def _quartiles(name, values):
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
    return {name: median, f"{name}_low": low, f"{name}_high": high}


def _mean_prediction(models, X):
    soft = hasattr(models[0], "predict_proba")
    method = "predict_proba" if soft else "predict"
    values = [getattr(model, method)(X) for model in models]
    return values[0] if len(values) == 1 else np.mean(values, axis=0)


def repeated_seconds(
    calls: Mapping[Any, Callable], budget: float
) -> dict[Any, NDArray[np.float64]]:
    """Time each call in 5 to 30 rounds of all, as the budget allows.

    Calls take turns, so that a busy moment of the machine meets them all. A long one,
    as to a teacher that predicts slowly, is not repeated.
    """
    times: dict[Any, list[float]] = {name: [] for name in calls}
    start = time.perf_counter()
    for number in range(_MOST_ROUNDS):
        if number >= _LEAST_ROUNDS and time.perf_counter() - start > budget:
            break
        for name, call in calls.items():
            if sum(times[name]) > _LONG:
                continue
            before = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - before)
    return {name: np.array(values) for name, values in times.items()}


def beyond_noise(cost: DataFrame, column: str) -> NDArray[np.float64]:
    """Return one value for models whose quartiles overlap, one after the other."""
    values = cost[column].to_numpy(dtype=float)
    if f"{column}_low" not in cost:
        return values
    low, high = (
        cost[f"{column}_{end}"].to_numpy(dtype=float) for end in ("low", "high")
    )
    placed, reach = values.copy(), -np.inf
    group: list[int] = []
    for i in np.argsort(low):
        group = [*group, i] if low[i] <= reach else [i]
        reach = max(reach, high[i])
        placed[group] = np.exp(np.mean(np.log(values[group])))
    return placed


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
