"""From scores to statements: paired gains, their parts, and what rows are worth."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from skdistill.report._metrics import Metric
from skdistill.report._statistics import (
    Interval,
    corrected_interval,
    ratio_interval,
    rows_worth,
)
from skdistill.report._tables import DataFrame, frame

STUDENTS = ("baseline", "control", "labeled", "distilled")
MODELS = ("teacher", *STUDENTS)
# name: (better, worse); a gain is positive where the first scores better.
GAINS = {
    "gain": ("distilled", "baseline"),
    "smoothing": ("control", "baseline"),
    "privileged": ("distilled", "control"),
    "soft_targets": ("labeled", "baseline"),
    "unlabeled": ("distilled", "labeled"),
    "teacher_gain": ("teacher", "baseline"),
}
# What the gain is the sum of.
PARTS = ("smoothing", "privileged", "soft_targets", "unlabeled")


def compared(models: Collection[str]) -> dict[str, tuple[str, str]]:
    """Name the two models of each gain, of those that can be had from some models."""
    pairs = dict(GAINS)
    if "labeled" in models:
        pairs["privileged"] = "labeled", "control"
    if "control" in models:
        del pairs["soft_targets"]
    return {name: pair for name, pair in pairs.items() if set(pair) <= set(models)}


def _by_model(scores, metric):
    """Scores as they are shown, one row a fold and one column a model."""
    mine = scores[scores["metric"] == metric.name]
    return mine.pivot(index="fold", columns="model", values="value")


def _paired_gains(wide, metric):
    """Differences by fold, positive where the first of the two scores better."""
    return {
        name: metric.sign * (wide[first] - wide[second])
        for name, (first, second) in compared(list(wide)).items()
    }


def gain_table(
    scores: DataFrame,
    metrics: Sequence[Metric],
    test_ratio: float,
    confidence: float,
) -> DataFrame:
    """Return one row a metric, comparison and fold, with the comparison's interval."""
    rows = []
    for metric in metrics:
        for name, gains in _paired_gains(_by_model(scores, metric), metric).items():
            interval = corrected_interval(gains, test_ratio, confidence)
            ends = {k: getattr(interval, k) for k in ("mean", "low", "high")}
            rows += [
                {"metric": metric.name, "comparison": name, "fold": fold, "gain": gain}
                | ends
                for fold, gain in gains.items()
            ]
    return frame(rows)


def summarise(
    scores: DataFrame,
    metrics: Sequence[Metric],
    test_ratio: float,
    confidence: float,
) -> DataFrame:
    """Return one row a metric: means, spreads, gains with intervals, share, verdict."""
    return frame(
        [_summary_row(scores, metric, test_ratio, confidence) for metric in metrics]
    )


def _summary_row(scores, metric, test_ratio, confidence):
    wide = _by_model(scores, metric)
    row: dict[str, Any] = {
        "metric": metric.name,
        "greater_is_better": metric.greater_is_better,
    }
    for model in (model for model in MODELS if model in wide):
        row[model], row[f"{model}_sd"] = wide[model].mean(), wide[model].std()
    gains = _paired_gains(wide, metric)
    intervals = {
        name: corrected_interval(values, test_ratio, confidence)
        for name, values in gains.items()
    }
    if "teacher_gain" in gains:
        intervals["share"] = ratio_interval(
            gains["gain"], gains["teacher_gain"], test_ratio, confidence
        )
    for name, interval in intervals.items():
        row |= interval.named(name)
    row["folds"], row["verdict"] = intervals["gain"].n, intervals["gain"].verdict
    return row


def interval_of(row: dict[str, Any], name: str) -> Interval:
    """Return the interval of a gain from a row of the summary."""
    ends = row[f"{name}_low"], row[f"{name}_high"]
    return Interval(row[name], *ends, int(row["folds"]))


def label_efficiency(
    curve: DataFrame, metric: Metric, test_ratio: float, confidence: float
) -> DataFrame:
    """Read how many rows of the baseline the other students are worth.

    Parameters
    ----------
    curve : DataFrame
        "fold", "draw", "rows", "model", "metric", "value".
    metric : Metric
    test_ratio, confidence : float
        As for `corrected_interval`. Draws of one fold are averaged first.

    Returns
    -------
    DataFrame
        One row a model and size: the gain at "rows" with its interval, and the
        "worth" in rows of the baseline's curve, read at the gain and at both ends of
        its interval. Infinite beyond the largest size, 0 below the smallest.
    """
    mine = curve[curve["metric"] == metric.name]
    means = mine.groupby(["model", "rows", "fold"])["value"].mean().unstack()
    means *= metric.sign
    baseline = means.loc["baseline"]
    curve_of_baseline = baseline.mean(axis=1).to_numpy()
    rows = []
    for model in (m for m in MODELS if m in means.index and m != "baseline"):
        for size in baseline.index:
            gains = means.loc[model].loc[size] - baseline.loc[size]
            gain = corrected_interval(gains, test_ratio, confidence)
            worth = {
                name.replace("gain", "worth"): rows_worth(
                    baseline.index, curve_of_baseline, size, value
                )
                for name, value in gain.named("gain").items()
            }
            row = {"model": model, "rows": int(size)}
            rows.append(row | gain.named("gain") | worth)
    names = ["gain", "gain_low", "gain_high", "worth", "worth_low", "worth_high"]
    return frame(rows, ["model", "rows", *names])


def headline_efficiency(efficiency: DataFrame) -> dict[str, Any] | None:
    """Return the size to quote: the largest whose worth the curve still measures."""
    distilled = efficiency[efficiency["model"] == "distilled"]
    # The largest size has nothing above it to be compared with.
    below = distilled[distilled["rows"] < distilled["rows"].max()]
    if not len(below):
        return None
    measured = below[np.isfinite(below["worth"]) & (below["worth"] > 0)]
    quoted = measured if len(measured) else below
    return quoted.to_dict("records")[-1]


def unlabeled_gains(
    curve: DataFrame, metric: Metric, test_ratio: float, confidence: float
) -> DataFrame:
    """Return what numbers of rows without labels bring over none.

    Parameters
    ----------
    curve : DataFrame
        "fold", "draw", "rows", "metric", "value"; no rows are among them.
    metric : Metric
    test_ratio, confidence : float
        As for `corrected_interval`. Draws of one fold are averaged first.

    Returns
    -------
    DataFrame
        One row a number of rows: "rows", "score", "gain", "gain_low", "gain_high".
    """
    return _gains_over(0, "rows", curve, metric, test_ratio, confidence)


def hidden_gains(
    scores: DataFrame, metric: Metric, test_ratio: float, confidence: float
) -> DataFrame:
    """Return what rows bring whose labels are hidden, and what their labels bring.

    Parameters
    ----------
    scores : DataFrame
        "fold", "model", "metric", "value" of the models "without" the rows, "hidden"
        with them but without their labels, and "labels" with their labels.
    metric : Metric
    test_ratio, confidence : float
        As for `corrected_interval`.

    Returns
    -------
    DataFrame
        Rows "hidden" and "labels": "gain" over "without", "gain_low", "gain_high".
    """
    gains = _gains_over("without", "model", scores, metric, test_ratio, confidence)
    return gains[gains["rows"] != "without"].drop(columns="score")


def _gains_over(first, column, scores, metric, test_ratio, confidence):
    """Score each value of a column, and compare it with the first one by fold."""
    mine = scores[scores["metric"] == metric.name]
    means = mine.groupby([column, "fold"])["value"].mean().unstack()
    rows = []
    for name, values in means.iterrows():
        gains = metric.sign * (values - means.loc[first])
        gain = corrected_interval(gains, test_ratio, confidence)
        rows.append({"rows": name, "score": values.mean()} | gain.named("gain"))
    return frame(rows)
