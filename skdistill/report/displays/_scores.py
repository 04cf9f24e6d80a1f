"""Pictures of scores: the trade-off with cost, the paired gain of each fold."""

from __future__ import annotations

from typing import Any

import numpy as np

from skdistill.report._cost import beyond_noise
from skdistill.report._render import SIZES, TIMES, unit_of
from skdistill.report._statistics import Interval
from skdistill.report._summary import GAINS, interval_of
from skdistill.report._text import headline, summary_row
from skdistill.report.displays._base import (
    GREY,
    LABELS,
    STYLES,
    ScoreDisplay,
    metric_of,
    plain_log_ticks,
)

_COSTS = {
    "bulk": ("bulk_seconds_per_row", "Prediction in bulk", "per row"),
    "one_row": ("one_row_seconds", "Prediction of a single row", ""),
    "size": ("bytes", "Pickled size", ""),
}
_GAIN_NAMES = {
    "teacher_gain": "teacher\nover baseline",
    "gain": "distilled\nover baseline",
    "smoothing": "smoothing: control\nover baseline",
    "privileged": "privileged: distilled\nover control",
    "soft_targets": "soft targets: labeled\nover baseline",
    "unlabeled": "rows without labels:\ndistilled over labeled",
}


class TradeOffDisplay(ScoreDisplay):
    """Show gains over the baseline against prediction latency or size.

    Times whose quartiles overlap are drawn at one place, as they differ by no more
    than noise.

    Parameters
    ----------
    data : dict of columns or dataframe
        One row a model: "model", "gain" over "baseline", "low" and "high", the ends of
        its interval (NaN for "baseline"), "bulk_seconds_per_row", "one_row_seconds" and
        "bytes"; where known, the quartiles of both times, with "_low" and "_high" to
        their names.
    metric_label : str, default="score"
        Name of the score.
    greater_is_better : bool, default=True
        Its direction.
    confidence : float, default=0.95
        Level of the interval.
    title : str, default=""
        Drawn above the picture.

    Attributes
    ----------
    ax_, figure_
        What was drawn on. Only defined after `plot`.

    Examples
    --------
    >>> from skdistill.report import TradeOffDisplay
    >>> display = TradeOffDisplay({
    ...     "model": ["teacher", "baseline"], "gain": [0.1, 0.0],
    ...     "low": [0.08, float("nan")], "high": [0.12, float("nan")],
    ...     "bulk_seconds_per_row": [1e-4, 1e-5], "one_row_seconds": [1e-2, 1e-3],
    ...     "bytes": [1e6, 1e4],
    ... }, metric_label="ROC AUC")
    >>> display.frame()["gain"].tolist()
    [0.1, 0.0]
    """

    @classmethod
    def from_report(cls, report: Any, *, metric: str | None = None) -> TradeOffDisplay:
        """Take gains and costs from a report.

        Parameters
        ----------
        report : DistillationReport
        metric : str, default=None
            Name of a metric; None is the first one.

        Returns
        -------
        TradeOffDisplay
        """
        chosen = metric_of(report, metric)
        row = summary_row(report, chosen)
        cost = report.cost()
        gains = {"teacher": "teacher_gain", "distilled": "gain"}
        data = cost.drop(columns=["estimator", "columns", "fit_seconds", "bulk_rows"])
        nothing = Interval(0.0, np.nan, np.nan, 0)
        intervals = [
            interval_of(row, gains[m]) if m in gains else nothing for m in cost["model"]
        ]
        data.insert(1, "gain", [each.mean for each in intervals])
        data.insert(2, "low", [each.low for each in intervals])
        data.insert(3, "high", [each.high for each in intervals])
        return cls._of_metric(report, chosen, data, title=headline(report, chosen))

    def plot(self, ax: Any = None, *, cost: str = "bulk") -> TradeOffDisplay:
        """Draw one point a model.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None makes a figure.
        cost : {"bulk", "one_row", "size"}, default="bulk"
            What the horizontal axis shows.

        Returns
        -------
        self
        """
        if cost not in _COSTS:
            raise ValueError(f"cost must be one of {list(_COSTS)}; got {cost!r}.")
        ax = self._axes(ax)
        column, label, per = _COSTS[cost]
        values = beyond_noise(self.data, column)
        shown = np.isfinite(values) & np.isfinite(self.data["gain"])
        if not shown.any():
            raise ValueError(f"There is no {label.lower()} to show in {column!r}.")
        units = SIZES if cost == "size" else TIMES
        factor, unit = unit_of(np.max(values[shown]), units)
        ax.axhline(0.0, color="black", linewidth=0.8)
        placed = self.data.assign(place=values / factor)
        for row in placed[shown].to_dict("records"):
            model = row["model"]
            style = {"markeredgecolor": "white", "markersize": 9}
            style |= STYLES[model] | {"linestyle": "none"}
            if model == "baseline":
                # A ring, as the distilled student often costs and scores the same.
                style |= {
                    "markerfacecolor": "none",
                    "markeredgecolor": style["color"],
                    "markersize": 13,
                    "markeredgewidth": 2.5,
                }
            self._points(
                row["place"],
                row["gain"],
                (row["low"], row["high"]),
                label=LABELS[model],
                # Two bars at one place are told apart by their ends.
                capsize=7 if model == "teacher" else 3,
                **style,
            )
        ax.set_xscale("log")
        low, high = values[shown].min() / factor, values[shown].max() / factor
        room = 1.25 * max((high / low) ** 0.12, 1.3)
        ax.set_xlim(low / room, high * room)
        plain_log_ticks(ax.xaxis, [low / room, high * room])
        ax.margins(y=0.12)
        unit = f"{unit} {per}".strip()
        self._name_axes(
            f"{label} ({unit}, logarithmic)",
            f"Gain in {self.metric_label}\nover the baseline",
            f"Above 0 is better. Bars: {self.confidence:.0%} interval of the gain",
        )
        self._legend_below()
        return self


class GainDisplay(ScoreDisplay):
    """Show the paired gains of each fold, with their mean and its interval.

    Parameters
    ----------
    data : dict of columns or dataframe
        One row a comparison and fold: "comparison" ("teacher_gain", "gain",
        "smoothing", "privileged", "soft_targets" or "unlabeled"), "fold", "gain",
        "mean", "low", "high".
    metric_label : str, default="score"
        Name of the score.
    greater_is_better : bool, default=True
        Not used here: a gain above 0 is better in every metric.
    confidence : float, default=0.95
        Level of the interval.
    title : str, default=""
        Drawn above the picture.

    Attributes
    ----------
    ax_, figure_
        What was drawn on. Only defined after `plot`.

    Examples
    --------
    >>> from skdistill.report import GainDisplay
    >>> display = GainDisplay({
    ...     "comparison": ["gain", "gain"], "fold": [0, 1], "gain": [0.01, 0.03],
    ...     "mean": [0.02, 0.02], "low": [0.0, 0.0], "high": [0.04, 0.04],
    ... })
    >>> float(display.frame()["gain"].max())
    0.03
    """

    @classmethod
    def from_report(cls, report: Any, *, metric: str | None = None) -> GainDisplay:
        """Take the paired gains of one metric from a report.

        Parameters
        ----------
        report : DistillationReport
        metric : str, default=None
            Name of a metric; None is the first one.

        Returns
        -------
        GainDisplay
        """
        chosen = metric_of(report, metric)
        gains = report.gains()
        data = gains[gains["metric"] == chosen.name].drop(columns="metric")
        return cls._of_metric(report, chosen, data, title=headline(report, chosen))

    def plot(self, ax: Any = None) -> GainDisplay:
        """Draw one line a comparison: dots for folds, the mean with its interval.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None makes a figure.

        Returns
        -------
        self
        """
        names = list(self.data["comparison"])
        present = [n for n in _GAIN_NAMES if n in names]
        ax = self._axes(ax, (6.4, 1.6 + 0.65 * len(present)))
        ax.axvline(0.0, color="black", linewidth=0.8)
        for place, name in enumerate(present):
            rows = self.data[self.data["comparison"] == name]
            style = STYLES[GAINS[name][0]]
            ax.plot(
                rows["gain"],
                np.full(len(rows["gain"]), place + 0.22),
                linestyle="none",
                marker="o",
                markersize=5,
                alpha=0.6,
                color=GREY,
            )
            mean, low, high = rows[["mean", "low", "high"]].iloc[0]
            ends = np.array([[mean - low], [high - mean]])
            ax.errorbar(
                mean,
                place - 0.08,
                xerr=ends if np.isfinite(ends).all() else None,
                color=style["color"],
                marker=style["marker"],
                markersize=8,
                capsize=4,
            )
        told = dict(_GAIN_NAMES)
        if "unlabeled" in present:
            told["privileged"] = "privileged: labeled\nover control"
        ax.set_yticks(range(len(present)), [told[name] for name in present])
        ax.set_ylim(len(present) - 0.5, -0.5)
        ax.locator_params(axis="x", nbins=6)
        self._name_axes(
            f"Gain in {self.metric_label} (right of 0 is better)",
            "",
            f"Small dots: folds. Large: mean with {self.confidence:.0%} interval"
            if len(rows) > 1
            else "One fold, so there is no interval",
        )
        return self
