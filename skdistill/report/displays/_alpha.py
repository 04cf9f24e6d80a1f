"""Picture of what "auto" chose from."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdistill.report._tables import where
from skdistill.report.displays._base import GREY, SERIES, STYLES, Display, legend_below

_MOST_LINES = 6
_NAMES = {
    "alpha": "Weight of the teacher (alpha)",
    "privileged_weight": "Share of the privileged teacher (privileged weight)",
    "correction": "Loss correction (inf is the labels)",
}


class AlphaDisplay(Display):
    """Out-of-fold loss of the mixtures that "auto" chose from.

    Parameters
    ----------
    data : dict of columns or dataframe
        One row a mixture: "alpha", "loss" (or a negative score), and where known
        "privileged_weight", "correction" and "std_error", the standard error of the
        difference to the first, the student on labels alone.
    chosen : int, default=None
        Row that was chosen; None is the one of least loss.
    chosen_label : str, default="chosen"
        What the legend calls it.

    Attributes
    ----------
    ax_, figure_
        What was drawn on. Only defined after `plot`.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skdistill import DistilledClassifier
    >>> from skdistill.report import AlphaDisplay
    >>> X, y = make_classification(n_samples=200, n_features=6, random_state=0)
    >>> model = DistilledClassifier(
    ...     LogisticRegression(), alpha="auto", student_features=[0, 1, 2], cv=3
    ... ).fit(X, y)
    >>> AlphaDisplay.from_estimator(model).frame()["alpha"].tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """

    def __init__(
        self, data: Any, *, chosen: int | None = None, chosen_label: str = "chosen"
    ):
        super().__init__(data)
        self.chosen = chosen
        self.chosen_label = chosen_label

    @classmethod
    def from_estimator(cls, estimator: Any) -> AlphaDisplay:
        """Take the mixtures from the `selection_results_` of a fitted estimator.

        Parameters
        ----------
        estimator : DistilledClassifier or DistilledRegressor
            Fitted, with "auto" for `alpha`, `privileged_weight` or the correction.

        Returns
        -------
        AlphaDisplay
        """
        check_is_fitted(estimator)
        scores = getattr(estimator, "selection_results_", None)
        if not scores:
            raise ValueError(
                f"This {type(estimator).__name__} chose nothing: AlphaDisplay needs "
                'one fitted with alpha="auto", privileged_weight="auto" or '
                'Response(correction="auto").'
            )
        chosen = {
            name: value
            for name in ("alpha", "privileged_weight", "correction")
            if (value := getattr(estimator, f"{name}_")) is not None
        }
        same = np.all([scores[n] == value for n, value in chosen.items()], axis=0)
        return cls(scores, chosen=int(same.argmax()))

    @classmethod
    def from_report(cls, report: Any) -> AlphaDisplay:
        """Take the mean over the outer folds from a report.

        Parameters
        ----------
        report : DistillationReport
            Of an estimator with something "auto".

        Returns
        -------
        AlphaDisplay
        """
        curves = report.tables.get("alpha_curve")
        if curves is None:
            raise ValueError(
                "AlphaDisplay needs a report of an estimator with alpha, "
                'privileged_weight or correction "auto".'
            )
        folds = np.unique(curves["fold"])
        return cls(
            {
                name: np.mean(
                    [where(curves, fold=fold)[name] for fold in folds], axis=0
                )
                for name in curves
                if name != "fold"
            },
            chosen_label="least over all folds",
        )

    def plot(self, ax: Any = None) -> AlphaDisplay:
        """Draw the loss over what was varied most, one line for each of the rest.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None makes a figure.

        Returns
        -------
        self
        """
        ax = self._axes(ax)
        loss = self.data["loss"].astype(float)
        chosen = int(np.argmin(loss)) if self.chosen is None else self.chosen
        taught = np.flatnonzero(self.data["alpha"] > 0.0)
        across, others = _varied(self.data, taught)
        values = np.unique(self.data[across][taught])
        place = {value: i for i, value in enumerate(values.tolist())}
        even = across == "correction"
        labels_only = np.flatnonzero(self.data["alpha"] == 0.0)
        if len(labels_only):
            first = labels_only[0]
            name = "labels only (alpha 0)" + (
                f", {self.chosen_label}" if first == chosen else ""
            )
            ax.axhline(loss[first], label=name, **_line("labels"))
        lines = list(_lines(self.data, taught, others, loss))
        width = np.ptp(range(len(values)) if even else values) or 1.0
        for number, (name, rows) in enumerate(lines):
            if across == "alpha":
                rows = np.concatenate([labels_only[:1], rows])
            x = self.data[across][rows]
            x = [place[value] for value in x.tolist()] if even else x
            # Bars at one place would hide one another.
            x = np.asarray(x) + 0.012 * width * (number - (len(lines) - 1) / 2)
            errors = self.data.get("std_error")
            ax.errorbar(
                x,
                loss[rows],
                yerr=None if errors is None else errors[rows],
                color=SERIES[number],
                marker="osD^vP"[number],
                markersize=5,
                capsize=3,
                elinewidth=0.9,
                label=name,
            )
            if chosen in rows and self.data["alpha"][chosen] > 0.0:
                ax.plot(
                    x[list(rows).index(chosen)],
                    loss[chosen],
                    linestyle="none",
                    marker="o",
                    markersize=14,
                    markerfacecolor="none",
                    markeredgecolor="black",
                    label=self.chosen_label,
                )
        if even:
            ax.set_xticks(range(len(values)), [f"{value:g}" for value in values])
        else:
            ax.set_xticks(np.unique(np.append(values, 0.0)))
        ax.set_xlabel(_NAMES[across])
        ax.set_ylabel("Out-of-fold loss (less is better)")
        ax.set_title(
            "Bars: one standard error of the difference to labels only",
            fontsize="small",
            color=GREY,
        )
        legend_below(ax, 2)
        return self


def _line(model):
    return {k: v for k, v in STYLES[model].items() if k != "marker"}


def _varied(data, rows):
    """Find what differs between mixtures: the axis, and what lines stand for."""
    counts = {name: len(np.unique(data[name][rows])) for name in _NAMES if name in data}
    across = max(counts, key=counts.get)
    return across, [n for n, count in counts.items() if count > 1 and n != across]


def _lines(data, rows, others, loss):
    """Name and rows of each line; the best few where there are many."""
    keys = [tuple(data[name][i].item() for name in others) for i in rows]
    lines = {}
    for key, row in zip(keys, rows, strict=True):
        lines.setdefault(key, []).append(row)
    best = sorted(lines, key=lambda key: loss[lines[key]].min())[:_MOST_LINES]
    for key in sorted(best):
        told = [
            f"{n.replace('_', ' ')} {v:g}" for n, v in zip(others, key, strict=True)
        ]
        yield ", ".join(told) or "distilled", np.array(lines[key])
