"""From scores to statements: paired gains, their parts, and what rows are worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.report._scoring import Metric
from skdistill.report._statistics import (
    Interval,
    corrected_interval,
    ratio_interval,
    rows_worth,
)
from skdistill.report._tables import Table, table, where

MODELS = ("teacher", "labels", "control", "distilled")
# name: (better, worse); a gain is positive where the first scores better.
GAINS = {
    "gain": ("distilled", "labels"),
    "smoothing": ("control", "labels"),
    "privileged": ("distilled", "control"),
    "teacher_gain": ("teacher", "labels"),
}


def fold_scores(scores: Table, metric: Metric, model: str) -> NDArray[np.float64]:
    """Scores of a model by fold, as they are shown; empty if it is not there."""
    return where(scores, metric=metric.name, model=model)["value"]


def paired_gains(
    scores: Table, metric: Metric, name: str
) -> NDArray[np.float64] | None:
    """Differences by fold, positive where the first of the two scores better."""
    first, second = (fold_scores(scores, metric, model) for model in GAINS[name])
    if not (len(first) and len(second)):
        return None
    return first - second if metric.greater_is_better else second - first


def gain_table(
    scores: Table, metrics: Sequence[Metric], test_ratio: float, confidence: float
) -> Table:
    """One row a metric, comparison and fold, with the interval of the comparison."""
    rows = []
    for metric in metrics:
        for name in GAINS:
            gains = paired_gains(scores, metric, name)
            if gains is None:
                continue
            interval = corrected_interval(gains, test_ratio, confidence)
            rows += [
                {
                    "metric": metric.name,
                    "comparison": name,
                    "fold": fold,
                    "gain": gain,
                    "mean": interval.mean,
                    "low": interval.low,
                    "high": interval.high,
                }
                for fold, gain in enumerate(gains)
            ]
    names = ["metric", "comparison", "fold", "gain", "mean", "low", "high"]
    return table(rows, names)


def summarise(
    scores: Table, metrics: Sequence[Metric], test_ratio: float, confidence: float
) -> list[dict[str, Any]]:
    """One row a metric: means, spreads, gains with intervals, share and verdict."""
    rows = []
    for metric in metrics:
        row: dict[str, Any] = {
            "metric": metric.name,
            "greater_is_better": metric.greater_is_better,
        }
        for model in MODELS:
            values = fold_scores(scores, metric, model)
            values = values[np.isfinite(values)]
            if len(fold_scores(scores, metric, model)):
                row[model] = float(values.mean()) if len(values) else np.nan
                spread = float(values.std(ddof=1)) if len(values) > 1 else np.nan
                row[f"{model}_sd"] = spread
        for name in GAINS:
            gains = paired_gains(scores, metric, name)
            if gains is not None:
                _add(row, name, corrected_interval(gains, test_ratio, confidence))
        gain = paired_gains(scores, metric, "gain")
        _add(
            row,
            "share",
            ratio_interval(
                gain,
                paired_gains(scores, metric, "teacher_gain"),
                test_ratio,
                confidence,
            ),
        )
        interval = corrected_interval(gain, test_ratio, confidence)
        row["folds"] = interval.n
        row["verdict"] = interval.verdict
        rows.append(row)
    return rows


def _add(row, name, interval: Interval):
    row[name] = interval.mean
    row[f"{name}_low"] = interval.low
    row[f"{name}_high"] = interval.high


def label_efficiency(
    curve: Table, metric: Metric, test_ratio: float, confidence: float
) -> Table:
    """How many labels-only rows the distilled student and the control are worth.

    Parameters
    ----------
    curve : dict of columns
        "fold", "draw", "rows", "model", "metric", "value".
    metric : Metric
    test_ratio, confidence : float
        As for `corrected_interval`. Draws of one fold are averaged first.

    Returns
    -------
    dict of columns
        One row a model and size: the gain at "rows" with its interval, and the
        "worth" in rows of the labels-only curve, read at the gain and at both ends of
        its interval. Infinite beyond the largest size, 0 below the smallest.
    """
    curve = where(curve, metric=metric.name)
    sign = 1.0 if metric.greater_is_better else -1.0
    means = {
        model: sign * _by_size_and_fold(where(curve, model=model))
        for model in ("labels", "control", "distilled")
        if (curve["model"] == model).any()
    }
    sizes = np.unique(curve["rows"])
    baseline = np.nanmean(means["labels"], axis=1)
    rows = []
    for model in [model for model in means if model != "labels"]:
        for i, size in enumerate(sizes):
            gain = corrected_interval(
                means[model][i] - means["labels"][i], test_ratio, confidence
            )
            worth = [
                rows_worth(sizes, baseline, size, value)
                for value in (gain.mean, gain.low, gain.high)
            ]
            rows.append(
                {
                    "model": model,
                    "rows": int(size),
                    "gain": gain.mean,
                    "gain_low": gain.low,
                    "gain_high": gain.high,
                    "worth": worth[0],
                    "worth_low": worth[1],
                    "worth_high": worth[2],
                }
            )
    names = ["gain", "gain_low", "gain_high", "worth", "worth_low", "worth_high"]
    return table(rows, ["model", "rows", *names])


def headline_efficiency(efficiency: Table) -> dict[str, Any] | None:
    """Return the size to quote: the largest whose worth the curve still measures."""
    distilled = where(efficiency, model="distilled")
    # The largest size has nothing above it to be compared with.
    below = np.flatnonzero(distilled["rows"] < distilled["rows"].max(initial=0))
    if not len(below):
        return None
    worth = distilled["worth"][below]
    measured = below[np.isfinite(worth) & (worth > 0)]
    at = measured[-1] if len(measured) else below[-1]
    return {name: column[at].item() for name, column in distilled.items()}


def _by_size_and_fold(curve):
    """Means over draws, of shape (n_sizes, n_folds)."""
    sizes, folds = np.unique(curve["rows"]), np.unique(curve["fold"])
    means = np.full((len(sizes), len(folds)), np.nan)
    for i, size in enumerate(sizes):
        for j, fold in enumerate(folds):
            values = curve["value"][(curve["rows"] == size) & (curve["fold"] == fold)]
            means[i, j] = values.mean() if len(values) else np.nan
    return means
