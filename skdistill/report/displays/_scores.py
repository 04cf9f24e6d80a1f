"""Pictures of scores: the trade-off with cost, the paired gain of each fold."""

from __future__ import annotations

from typing import Any

import numpy as np

from skdistill.report._summary import GAINS, gain_table
from skdistill.report._tables import table, where
from skdistill.report.displays._base import (
    GREY,
    LABELS,
    STYLES,
    Display,
    direction,
    legend_below,
    metric_of,
    plain_log_ticks,
)

_COSTS = {
    "bulk": ("bulk_seconds_per_row", "Prediction in bulk", "per row"),
    "one_row": ("one_row_seconds", "Prediction of a single row", ""),
    "size": ("bytes", "Pickled size", ""),
}
_TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
_SIZE_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))
_GAIN_NAMES = {
    "teacher_gain": "teacher\nover labels only",
    "gain": "distilled\nover labels only",
    "smoothing": "smoothing: control\nover labels only",
    "privileged": "privileged: distilled\nover control",
}


class TradeOffDisplay(Display):
    """Score against prediction latency or size, for teacher and students.

    Parameters
    ----------
    data : dict of columns or dataframe
        One row a model: "model", "score", "low", "high", "bulk_seconds_per_row",
        "one_row_seconds", "bytes". "low" and "high" are the score shifted by the ends
        of the interval of its difference to "labels"; NaN for "labels".
    metric_label : str, default="score"
        Name of the score.
    greater_is_better : bool, default=True
        Its direction.
    confidence : float, default=0.95
        Level of the interval.

    Attributes
    ----------
    ax_, figure_
        What was drawn on. Only defined after `plot`.

    Examples
    --------
    >>> from skdistill.report import TradeOffDisplay
    >>> display = TradeOffDisplay({
    ...     "model": ["teacher", "labels"], "score": [0.9, 0.8],
    ...     "low": [0.88, float("nan")], "high": [0.92, float("nan")],
    ...     "bulk_seconds_per_row": [1e-4, 1e-5], "one_row_seconds": [1e-2, 1e-3],
    ...     "bytes": [1e6, 1e4],
    ... }, metric_label="ROC AUC")
    >>> display.frame()["score"].tolist()
    [0.9, 0.8]
    """

    def __init__(
        self,
        data: Any,
        *,
        metric_label: str = "score",
        greater_is_better: bool = True,
        confidence: float = 0.95,
    ):
        super().__init__(data)
        self.metric_label = metric_label
        self.greater_is_better = greater_is_better
        self.confidence = confidence

    @classmethod
    def from_report(cls, report: Any, *, metric: str | None = None) -> TradeOffDisplay:
        """Take scores and costs from a report.

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
        row = next(r for r in report.summary_rows() if r["metric"] == chosen.name)
        gains = {"teacher": "teacher_gain", "distilled": "gain"}
        sign = 1.0 if chosen.greater_is_better else -1.0
        cost = report.tables["cost"]
        rows = []
        for i, model in enumerate(cost["model"].tolist()):
            ends = [np.nan, np.nan]
            if model in gains:
                ends = sorted(
                    row["labels"] + sign * row[f"{gains[model]}_{end}"]
                    for end in ("low", "high")
                )
            rows.append(
                {
                    "model": model,
                    "score": row[model],
                    "low": ends[0],
                    "high": ends[1],
                    **{column: cost[column][i] for column, _, _ in _COSTS.values()},
                }
            )
        return cls(
            table(rows, rows[0]),
            metric_label=chosen.label,
            greater_is_better=chosen.greater_is_better,
            confidence=report.info["confidence"],
        )

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
        values = self.data[column].astype(float)
        shown = np.isfinite(values) & np.isfinite(self.data["score"])
        if not shown.any():
            raise ValueError(f"There is no {label.lower()} to show in {column!r}.")
        factor, unit = _unit(
            values[shown], _SIZE_UNITS if cost == "size" else _TIME_UNITS
        )
        for i in np.flatnonzero(shown):
            model = str(self.data["model"][i])
            style = {"markeredgecolor": "white", "markersize": 9}
            style |= STYLES[model] | {"linestyle": "none"}
            if model == "labels":
                # A ring, as the distilled student often costs and scores the same.
                style |= {
                    "markerfacecolor": "none",
                    "markeredgecolor": style["color"],
                    "markersize": 13,
                    "markeredgewidth": 2.5,
                }
            score = self.data["score"][i]
            ends = np.array([self.data["low"][i], self.data["high"][i]])
            if np.isfinite(ends).all():
                style["yerr"] = np.abs(ends - score)[:, None]
            ax.errorbar(
                values[i] / factor,
                score,
                elinewidth=1.2,
                capsize=4,
                label=LABELS[model],
                **style,
            )
        ax.set_xscale("log")
        low, high = values[shown].min() / factor, values[shown].max() / factor
        room = 1.25 * max((high / low) ** 0.12, 1.3)
        ax.set_xlim(low / room, high * room)
        plain_log_ticks(ax.xaxis, [low / room, high * room])
        ax.margins(y=0.12)
        unit = f"{unit} {per}".strip()
        ax.set_xlabel(f"{label} ({unit}, logarithmic)")
        ax.set_ylabel(direction(self.metric_label, self.greater_is_better))
        ax.set_title(
            f"Bars: {self.confidence:.0%} interval of the difference to labels only",
            fontsize="small",
            color=GREY,
        )
        legend_below(ax)
        return self


class GainDisplay(Display):
    """Paired gains of every fold, with their mean and its interval.

    Parameters
    ----------
    data : dict of columns or dataframe
        One row a comparison and fold: "comparison" ("teacher_gain", "gain",
        "smoothing" or "privileged"), "fold", "gain", "mean", "low", "high".
    metric_label : str, default="score"
        Name of the score.
    confidence : float, default=0.95
        Level of the interval.

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

    def __init__(
        self, data: Any, *, metric_label: str = "score", confidence: float = 0.95
    ):
        super().__init__(data)
        self.metric_label = metric_label
        self.confidence = confidence

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
        data = gain_table(
            report.tables["scores"],
            [chosen],
            report.info["test_ratio"],
            report.info["confidence"],
        )
        del data["metric"]
        return cls(
            data, metric_label=chosen.label, confidence=report.info["confidence"]
        )

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
        present = [name for name in _GAIN_NAMES if name in self.data["comparison"]]
        ax = self._axes(ax, (6.4, 1.6 + 0.65 * len(present)))
        ax.axvline(0.0, color="black", linewidth=0.8)
        for place, name in enumerate(present):
            rows = where(self.data, comparison=name)
            style = STYLES[GAINS[name][0]]
            ax.plot(
                rows["gain"],
                np.full(len(rows["gain"]), place + 0.22),
                linestyle="none",
                marker="o",
                markersize=5,
                alpha=0.6,
                color=GREY,
                label="one fold" if not place else None,
            )
            mean, low, high = (rows[k][0] for k in ("mean", "low", "high"))
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
        ax.set_yticks(range(len(present)), [_GAIN_NAMES[name] for name in present])
        ax.set_ylim(len(present) - 0.5, -0.5)
        ax.set_xlabel(f"Gain in {self.metric_label} (right of 0 is better)")
        ax.set_title(
            f"Small dots: folds. Large: mean with {self.confidence:.0%} interval",
            fontsize="small",
            color=GREY,
        )
        return self


def _unit(values, units):
    """Largest unit in which the largest of the values is at least one."""
    largest = np.max(values)
    return next((u for u in units if largest >= u[0]), units[-1])
