"""Picture of the score over the number of rows without labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from skdistill.report._tables import frame
from skdistill.report.displays._base import STYLES, ScoreDisplay, shifted


class UnlabeledCurveDisplay(ScoreDisplay):
    """Show the score of the distilled student over the number of rows without labels.

    Parameters
    ----------
    data : dict of columns or dataframe
        One row a number of rows: "rows", "score", and "low" and "high", the score of
        none shifted by the ends of the interval of the gain (NaN for none).
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
    >>> from skdistill.report import UnlabeledCurveDisplay
    >>> nan = float("nan")
    >>> display = UnlabeledCurveDisplay({
    ...     "rows": [0, 1000], "score": [0.6, 0.7],
    ...     "low": [nan, 0.65], "high": [nan, 0.75],
    ... })
    >>> int(display.frame()["rows"].max())
    1000
    """

    @classmethod
    def from_report(cls, report: Any) -> UnlabeledCurveDisplay:
        """Take the curve of the first metric on it from a report.

        Parameters
        ----------
        report : DistillationReport
            Made with `unlabeled_sizes`.

        Returns
        -------
        UnlabeledCurveDisplay
        """
        curve = report.unlabeled_curve()
        if not len(curve):
            raise ValueError(
                "UnlabeledCurveDisplay needs a report that was made with "
                "unlabeled_sizes."
            )
        metric = report.curve_metric()
        none, *others = curve.to_dict("records")
        rows = [(none["rows"], none["score"], np.nan, np.nan)]
        for row in others:
            ends = shifted(none["score"], row["gain_low"], row["gain_high"], metric)
            rows.append((row["rows"], row["score"], *ends))
        data = frame(rows, ["rows", "score", "low", "high"])
        return cls._of_metric(report, metric, data)

    def plot(self, ax: Any = None) -> UnlabeledCurveDisplay:
        """Draw one point a number of rows, and where the student is without them.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None makes a figure.

        Returns
        -------
        self
        """
        ax = self._axes(ax)
        data = self.data
        ax.axhline(data["score"].iloc[0], **STYLES["labeled"] | {"marker": ""})
        ends = data["low"], data["high"]
        self._points(data["rows"], data["score"], ends, **STYLES["distilled"])
        ax.xaxis.set_major_formatter("{x:,.0f}")
        self._name_axes(
            "Rows without labels",
            self._score_axis(),
            f"Bars: {self.confidence:.0%} interval of the difference to none",
        )
        return self
