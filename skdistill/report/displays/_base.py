"""What the displays share: tidy data in, one axes out, a style for each model."""

from __future__ import annotations

from typing import Any

import numpy as np

from skdistill.report._tables import as_frame, as_table

# Okabe and Ito's colours, which colour-blind readers tell apart; markers and dashes
# carry the same difference in grey.
STYLES = {
    "teacher": {"color": "#000000", "marker": "s", "linestyle": ":"},
    "labels": {"color": "#E69F00", "marker": "o", "linestyle": "--"},
    "control": {"color": "#56B4E9", "marker": "^", "linestyle": "-."},
    "distilled": {"color": "#0072B2", "marker": "D", "linestyle": "-"},
}
LABELS = {
    "teacher": "teacher (bound)",
    "labels": "student on labels only",
    "control": "control (smoothing only)",
    "distilled": "distilled student",
}
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GREY = "#767676"


class Display:
    """A picture and its numbers.

    Interface: `data`, a dict of columns or a dataframe; ``plot(ax=None)``, which draws
    from it, sets `ax_` and `figure_` and returns self.
    """

    def __init__(self, data: Any):
        self.data = as_table(data)

    def frame(self):
        """Return the numbers of the picture.

        Returns
        -------
        pandas.DataFrame
        """
        return as_frame(self.data, f"{type(self).__name__}.frame")

    def _axes(self, ax, size=(6.0, 4.0)):
        """Return axes to draw on; matplotlib is imported here and nowhere else."""
        name = type(self).__name__
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise ImportError(
                f"{name}.plot needs matplotlib: pip install 'skdistill[plot]'. "
                f"{name}.frame() has the same numbers without it."
            ) from error
        if ax is None:
            _, ax = plt.subplots(figsize=size, layout="constrained")
        ax.grid(True, color="#DDDDDD", linewidth=0.6)
        ax.set_axisbelow(True)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return ax


def metric_of(report: Any, name: str | None) -> Any:
    """Return a metric of a report by its name; None is the first one."""
    if name is None:
        return report.metrics[0]
    for metric in report.metrics:
        if metric.name == name:
            return metric
    known = [metric.name for metric in report.metrics]
    raise ValueError(f"metric must be one of {known}; got {name!r}.")


def direction(label: str, greater_is_better: bool) -> str:
    """Label of an axis that shows a score."""
    return f"{label} ({'more' if greater_is_better else 'less'} is better)"


def legend_below(ax: Any, columns: int = 3) -> None:
    """Put the legend where it hides no line and no bar."""
    ax.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.16),
        ncols=columns,
        frameon=False,
        fontsize="small",
    )


def plain_log_ticks(axis: Any, values: Any) -> None:
    """Label a logarithmic axis with plain numbers, few enough to read."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    spread = np.log10(np.max(values) / np.min(values)) if len(values) else 0.0
    subs = (1.0, 2.0, 5.0) if spread < 2.5 else (1.0,)
    if spread < 1.0:
        subs = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
