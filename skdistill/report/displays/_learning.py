"""Picture of the learning curve, and what it says of labelled rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from skdistill.report._summary import headline_efficiency, label_efficiency
from skdistill.report._tables import frame
from skdistill.report._text import labels_text
from skdistill.report.displays._base import (
    LABELS,
    STYLES,
    ScoreDisplay,
    metric_of,
    shifted,
)


@dataclass(eq=False, repr=False)
class LearningCurveDisplay(ScoreDisplay):
    """Show scores of baseline, control and distilled student over training rows.

    Parameters
    ----------
    data : dict of columns or dataframe
        One row a model and size: "model", "rows", "score", and "low" and "high", the
        score shifted by the ends of the interval of its difference to "baseline" (NaN
        for "baseline" itself).
    metric_label : str, default="score"
        Name of the score.
    greater_is_better : bool, default=True
        Its direction.
    confidence : float, default=0.95
        Level of the interval.
    efficiency : dict, default=None
        Reading to draw: "rows" of the distilled student, its "worth" in rows of the
        baseline, the "score" of both, and in words, as "told", what is worth that.
    title : str, default=""
        Drawn above the picture.

    Attributes
    ----------
    ax_, figure_
        What was drawn on. Only defined after `plot`.

    Examples
    --------
    >>> from skdistill.report import LearningCurveDisplay
    >>> nan = float("nan")
    >>> display = LearningCurveDisplay({
    ...     "model": ["baseline", "baseline", "distilled"], "rows": [100, 200, 100],
    ...     "score": [0.6, 0.7, 0.65], "low": [nan, nan, 0.62],
    ...     "high": [nan, nan, 0.68],
    ... })
    >>> int(display.frame()["rows"].max())
    200
    """

    _: KW_ONLY
    efficiency: Mapping[str, Any] | None = None

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
        mine = curve[curve["metric"] == chosen.name]
        if not len(mine):
            raise ValueError(
                f"The learning curve has no {chosen.name!r}, as a threshold is tuned "
                "on whole training parts only. Choose another metric."
            )
        means = mine.groupby(["model", "rows", "fold"])["value"].mean()
        score = means.groupby(level=["model", "rows"]).mean()
        efficiency = label_efficiency(
            curve, chosen, report.info["test_ratio"], report.info["confidence"]
        )
        gains = efficiency.set_index(["model", "rows"])
        rows = []
        for (model, size), value in score.items():
            ends = [np.nan, np.nan]
            if model != "baseline":
                gain = gains.loc[model, size]
                baseline = score["baseline", size]
                ends = shifted(baseline, gain["gain_low"], gain["gain_high"], chosen)
            rows.append((model, size, value, *ends))
        best = headline_efficiency(efficiency)
        if best is not None:
            told = labels_text(report, best)
            told += " distilled" * (not report.info["unlabeled_rows"])
            best |= {"score": score["distilled", best["rows"]], "told": told}
            if best["worth_low"] == 0.0 and np.isinf(best["worth_high"]):
                best = None  # Any number of rows would do as well.
        data = frame(rows, ["model", "rows", "score", "low", "high"])
        return cls._of_metric(report, chosen, data, efficiency=best)

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
        for model, rows in self._series():
            self._points(
                rows["rows"] * shift.get(model, 1.0),
                rows["score"],
                (rows["low"], rows["high"]),
                markersize=6,
                markeredgecolor="white",
                label=LABELS[model],
                **STYLES[model],
            )
        sizes = np.unique(self.data["rows"])
        ax.set_xscale("log")
        ax.set_xlim(sizes.min() / 1.15, sizes.max() * 1.15)
        ax.set_xticks(_apart(sizes), [f"{size:,}" for size in _apart(sizes)])
        ax.set_xticks([], minor=True)
        self._name_axes(
            "Training rows (logarithmic)",
            self._score_axis(),
            f"Bars: {self.confidence:.0%} interval of the difference to the baseline",
        )
        self._draw_efficiency(ax)
        self._legend_below(2)
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
            label=f"{reading['told']} are worth {round(end):,}",
            zorder=4,
        )


def _apart(sizes):
    """Sizes far enough from one another for their labels, the largest always."""
    kept = [int(sizes[-1])]
    for size in sizes[-2::-1]:
        if kept[-1] / size > 1.2:
            kept.append(int(size))
    return kept[::-1]
