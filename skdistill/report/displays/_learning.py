"""Picture of the learning curve, and what it says of labelled rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from skdistill.report._summary import headline_efficiency, label_efficiency
from skdistill.report._tables import table, where
from skdistill.report.displays._base import (
    GREY,
    LABELS,
    STYLES,
    Display,
    direction,
    legend_below,
    metric_of,
)


class LearningCurveDisplay(Display):
    """Scores of labels only, control and distilled student over training rows.

    Parameters
    ----------
    data : dict of columns or dataframe
        One row a model and size: "model", "rows", "score", and "low" and "high", the
        score shifted by the ends of the interval of its difference to "labels" (NaN
        for "labels" itself).
    metric_label : str, default="score"
        Name of the score.
    greater_is_better : bool, default=True
        Its direction.
    confidence : float, default=0.95
        Level of the interval.
    efficiency : dict, default=None
        Reading to draw: "rows" of the distilled student, its "worth" in rows on labels
        only and the "score" of both.

    Attributes
    ----------
    ax_, figure_
        What was drawn on. Only defined after `plot`.

    Examples
    --------
    >>> from skdistill.report import LearningCurveDisplay
    >>> nan = float("nan")
    >>> display = LearningCurveDisplay({
    ...     "model": ["labels", "labels", "distilled"], "rows": [100, 200, 100],
    ...     "score": [0.6, 0.7, 0.65], "low": [nan, nan, 0.62],
    ...     "high": [nan, nan, 0.68],
    ... })
    >>> int(display.frame()["rows"].max())
    200
    """

    def __init__(
        self,
        data: Any,
        *,
        metric_label: str = "score",
        greater_is_better: bool = True,
        confidence: float = 0.95,
        efficiency: Any = None,
    ):
        super().__init__(data)
        self.metric_label = metric_label
        self.greater_is_better = greater_is_better
        self.confidence = confidence
        self.efficiency = efficiency

    @classmethod
    def from_report(
        cls, report: Any, *, metric: str | None = None
    ) -> LearningCurveDisplay:
        """Take the learning curve of one metric from a report.

        Parameters
        ----------
        report : DistillationReport
            Made with `train_sizes`.
        metric : str, default=None
            Name of a metric; None is the first one on the curve.

        Returns
        -------
        LearningCurveDisplay
        """
        curve = report.tables.get("learning_curve")
        if curve is None:
            raise ValueError(
                "LearningCurveDisplay needs a report that was made with train_sizes."
            )
        chosen = report.curve_metric() if metric is None else metric_of(report, metric)
        mine = where(curve, metric=chosen.name)
        if not len(mine["rows"]):
            raise ValueError(
                f"The learning curve has no {chosen.name!r}, as a threshold is tuned "
                "on whole training parts only. Choose another metric."
            )
        gains = label_efficiency(
            curve, chosen, report.info["test_ratio"], report.info["confidence"]
        )
        sign = 1.0 if chosen.greater_is_better else -1.0
        rows = []
        for model in [m for m in STYLES if m in mine["model"]]:
            for size in np.unique(mine["rows"]):
                labels = _mean(mine, "labels", size)
                gain = where(gains, model=model, rows=size)
                ends = [np.nan, np.nan]
                if len(gain["gain"]):
                    low, high = gain["gain_low"][0], gain["gain_high"][0]
                    ends = sorted([labels + sign * low, labels + sign * high])
                rows.append(
                    {
                        "model": model,
                        "rows": int(size),
                        "score": _mean(mine, model, size),
                        "low": ends[0],
                        "high": ends[1],
                    }
                )
        efficiency = headline_efficiency(gains)
        told = efficiency is not None and not (
            efficiency["worth_low"] == 0.0 and np.isinf(efficiency["worth_high"])
        )
        if not told:
            efficiency = None  # Any number of rows would do as well.
        else:
            score = _mean(mine, "distilled", efficiency["rows"])
            efficiency = {k: efficiency[k] for k in ("rows", "worth")}
            efficiency["score"] = score
        return cls(
            table(rows, rows[0]),
            metric_label=chosen.label,
            greater_is_better=chosen.greater_is_better,
            confidence=report.info["confidence"],
            efficiency=efficiency,
        )

    def plot(self, ax: Any = None) -> LearningCurveDisplay:
        """Draw one line a model, and what the distilled student's rows are worth.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None makes a figure.

        Returns
        -------
        self
        """
        ax = self._axes(ax)
        # Bars of neighbours would hide one another.
        shift = {"control": 0.985, "distilled": 1.015}
        for model in [m for m in STYLES if m in self.data["model"]]:
            rows = where(self.data, model=model)
            x = rows["rows"] * shift.get(model, 1.0)
            ends = np.array(
                [rows["score"] - rows["low"], rows["high"] - rows["score"]], dtype=float
            )
            ax.errorbar(
                x,
                rows["score"],
                yerr=np.nan_to_num(ends) if np.isfinite(ends).any() else None,
                markersize=6,
                markeredgecolor="white",
                elinewidth=1.0,
                capsize=3,
                label=LABELS[model],
                **STYLES[model],
            )
        sizes = np.unique(self.data["rows"])
        ax.set_xscale("log")
        ax.set_xlim(sizes.min() / 1.15, sizes.max() * 1.15)
        ax.set_xticks(_apart(sizes), [f"{size:,}" for size in _apart(sizes)])
        ax.set_xticks([], minor=True)
        ax.set_xlabel("Training rows (logarithmic)")
        ax.set_ylabel(direction(self.metric_label, self.greater_is_better))
        ax.set_title(
            f"Bars: {self.confidence:.0%} interval of the difference to labels only",
            fontsize="small",
            color=GREY,
        )
        self._draw_efficiency(ax)
        legend_below(ax, 2)
        return self

    def _draw_efficiency(self, ax):
        reading = self.efficiency
        if reading is None or not np.isfinite(reading["worth"]) or not reading["worth"]:
            return
        start, end = reading["rows"], reading["worth"]
        ax.plot(
            [start, end],
            [reading["score"]] * 2,
            color="#D55E00",
            linewidth=1.4,
            marker="|",
            markersize=10,
            label=f"{start:,} rows distilled are worth {round(end):,}",
            zorder=4,
        )


def _mean(curve, model, size):
    """Mean over folds, draws of a fold averaged first."""
    chosen = where(curve, model=model, rows=size)
    folds = np.unique(chosen["fold"])
    return float(np.mean([where(chosen, fold=f)["value"].mean() for f in folds]))


def _apart(sizes):
    """Sizes far enough from one another for their labels, the largest always."""
    kept = [int(sizes[-1])]
    for size in sizes[-2::-1]:
        if kept[-1] / size > 1.2:
            kept.append(int(size))
    return kept[::-1]
