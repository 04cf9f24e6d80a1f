"""What the displays share: tidy data in, one axes out, a style for each model."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from skdistill.report._tables import DataFrame, frame

# Okabe and Ito's colours, which colour-blind readers tell apart; markers and dashes
# carry the same difference in grey.
STYLES = {
    "teacher": {"color": "#000000", "marker": "s", "linestyle": ":"},
    "baseline": {"color": "#E69F00", "marker": "o", "linestyle": "--"},
    "control": {"color": "#56B4E9", "marker": "^", "linestyle": "-."},
    "labeled": {"color": "#CC79A7", "marker": "v", "linestyle": ":"},
    "distilled": {"color": "#0072B2", "marker": "D", "linestyle": "-"},
}
LABELS = {
    "teacher": "teacher",
    "baseline": "baseline (labels only)",
    "control": "control (smoothing only)",
    "labeled": "distilled, rows with labels only",
    "distilled": "distilled student",
}
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "osD^vP"
GREY = "#5F5F5F"
_RING = {"linestyle": "none", "marker": "o", "markersize": 14, "color": "black"}


@dataclass(eq=False, repr=False)
class Display:
    """A picture and its numbers.

    Interface: `data`, a dict of columns or a dataframe; ``plot(ax=None)``, which draws
    from it, sets `ax_` and `figure_` and returns self.
    """

    data: Any
    _: KW_ONLY
    title: str = ""

    def __post_init__(self):
        self.data = frame(self.data)

    def frame(self) -> DataFrame:
        """Return the numbers of the picture.

        Returns
        -------
        DataFrame
        """
        return self.data.copy()

    def _axes(self, ax: Any, size: tuple[float, float] = (6.0, 4.0)) -> Any:
        """Return axes to draw on; matplotlib is imported here, at first use."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots(figsize=size, layout="constrained")
        ax.grid(True, color="#DDDDDD", linewidth=0.6)
        ax.set_axisbelow(True)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return ax

    def _name_axes(self, x: str, y: str, note: str = "") -> None:
        """Label both axes; put the title in black above the note in grey."""
        ax = self.ax_
        ax.set_xlabel(x)
        ax.set_ylabel(y)
        if not self.title:
            ax.set_title(note, fontsize="small", color=GREY)
            return
        lines = [textwrap.fill(line, 56) for line in self.title.splitlines()]
        ax.set_title("\n".join(lines), fontsize="medium", pad=20 if note else 6)
        ax.annotate(
            note,
            (0.5, 1.0),
            xytext=(0, 5),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="center",
            fontsize="small",
            color=GREY,
        )

    def _series(self) -> Iterator[tuple[str, DataFrame]]:
        """Yield the rows of each model, the models in the order of their styles."""
        for model in STYLES:
            rows = self.data[self.data["model"] == model]
            if len(rows):
                yield model, rows

    def _points(self, x: Any, y: Any, ends: Any, **style: Any) -> None:
        """Draw points with both ends of their intervals, where these are finite."""
        y = np.atleast_1d(np.asarray(y, dtype=float))
        ends = np.abs(np.array([*ends], dtype=float).reshape(2, -1) - y)
        ends = np.nan_to_num(ends) if np.isfinite(ends).any() else None
        self.ax_.errorbar(x, y, yerr=ends, **{"elinewidth": 1.0, "capsize": 3} | style)

    def _ring(self, x: float, y: float, label: str) -> None:
        """Mark what was chosen."""
        self.ax_.plot(x, y, markerfacecolor="none", label=label, **_RING)

    def _diagonal(self, low: float, high: float, room: float, **style: Any) -> None:
        """Draw the line on which both coordinates agree, in a square."""
        self.ax_.plot([low, high], [low, high], linewidth=0.9, **style)
        self.ax_.set(xlim=(low - room, high + room), ylim=(low - room, high + room))
        self.ax_.set_aspect("equal")

    def _legend_below(self, columns: int = 3) -> None:
        """Put the legend where it hides no line and no bar."""
        self._legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=columns)

    def _legend(self, **place: Any) -> Any:
        """Draw the legend."""
        return self.ax_.legend(frameon=False, fontsize="small", **place)


@dataclass(eq=False, repr=False)
class ScoreDisplay(Display):
    """A display of scores by one metric."""

    _: KW_ONLY
    metric_label: str = "score"
    greater_is_better: bool = True
    confidence: float = 0.95

    @classmethod
    def _of_metric(cls, report: Any, metric: Any, data: Any, **more: Any) -> Any:
        return cls(
            data,
            metric_label=metric.label,
            greater_is_better=metric.greater_is_better,
            confidence=report.info["confidence"],
            **more,
        )

    def _score_axis(self) -> str:
        better = "more" if self.greater_is_better else "less"
        return f"{self.metric_label} ({better} is better)"


def metric_of(report: Any, name: str | None) -> Any:
    """Return a metric of a report by its name; None is the first one."""
    for metric in report.metrics:
        if name in (None, metric.name):
            return metric
    known = [metric.name for metric in report.metrics]
    raise ValueError(f"metric must be one of {known}; got {name!r}.")


def shifted(score: float, low: float, high: float, metric: Any) -> list[float]:
    """Return a score moved by both ends of a gain, in the direction of the metric."""
    return sorted([score + metric.sign * low, score + metric.sign * high])


def plain_log_ticks(axis: Any, values: Any) -> None:
    """Label a logarithmic axis with plain numbers, few enough to read."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    spread = np.log10(np.max(values) / np.min(values)) if len(values) else 0.0
    subs: tuple[float, ...] = (1.0, 2.0, 5.0) if spread < 2.5 else (1.0,)
    if spread < 1.0:
        subs = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
