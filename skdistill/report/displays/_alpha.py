"""Picture of what "auto" chose from."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdistill.report.displays._base import MARKERS, SERIES, STYLES, Display

_MOST_LINES = 6
_NAMES = {
    "alpha": "Weight of the teacher (alpha)",
    "privileged_weight": "Share of the privileged teacher (privileged weight)",
    "correction": "Loss correction (inf is the labels)",
    "unlabeled_weight": "Weight of a row without a label",
    "calibrated": "Whether predictions are calibrated",
}
_CHOSEN = 'alpha, privileged_weight, unlabeled_weight, correction or calibrate "auto"'


@dataclass(eq=False, repr=False)
class AlphaDisplay(Display):
    """Show the out-of-fold loss of the mixtures that "auto" chose from.

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
    [0.0, 0.5, 1.0]
    """

    _: KW_ONLY
    chosen: int | None = None
    chosen_label: str = "chosen"

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
                "AlphaDisplay needs a DistilledClassifier or DistilledRegressor, not "
                f"what is around it, fitted with {_CHOSEN}; this "
                f"{type(estimator).__name__} itself chose nothing."
            )
        chosen = {
            name: value
            for name in _NAMES
            if name in scores and (value := getattr(estimator, f"{name}_")) is not None
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
                f"AlphaDisplay needs a report of an estimator with {_CHOSEN}."
            )
        # The same mixtures, in the same order, in each fold.
        place = curves.groupby("fold").cumcount()
        means = curves.drop(columns="fold").groupby(place.to_numpy()).mean()
        return cls(means, chosen_label="least over all folds")

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
        data = {name: self.data[name].to_numpy(dtype=float) for name in self.data}
        loss, alpha = data["loss"], data["alpha"]
        chosen = int(np.argmin(loss)) if self.chosen is None else self.chosen
        labels_only, mixtures = np.flatnonzero(alpha == 0.0), np.flatnonzero(alpha)
        across, others = _varied(data, mixtures)
        values = np.unique(data[across][mixtures])
        even = across == "correction"
        place = np.searchsorted(values, data[across]) if even else data[across]
        if len(labels_only):
            first = labels_only[0]
            also = f", {self.chosen_label}" if first == chosen else ""
            style = STYLES["baseline"] | {"marker": ""}
            ax.axhline(loss[first], label=f"labels only (alpha 0){also}", **style)
        lines = list(_lines(data, mixtures, others, loss))
        width = np.ptp(place[mixtures]) or 1.0
        for number, (name, rows) in enumerate(lines):
            if across == "alpha":
                rows = np.concatenate([labels_only[:1], rows])
            # Bars at one place would hide one another.
            x = place[rows] + 0.012 * width * (number - (len(lines) - 1) / 2)
            error = data["std_error"][rows] if "std_error" in data else np.nan
            self._points(
                x,
                loss[rows],
                (loss[rows] - error, loss[rows] + error),
                color=SERIES[number],
                marker=MARKERS[number],
                markersize=5,
                label=name,
            )
            if chosen in rows and alpha[chosen] > 0.0:
                at = x[list(rows).index(chosen)]
                self._ring(at, loss[chosen], self.chosen_label)
        if even:
            ax.set_xticks(range(len(values)), [f"{value:g}" for value in values])
        else:
            ax.set_xticks(np.unique(np.append(values, 0.0)))
        self._name_axes(
            _NAMES[across],
            "Out-of-fold loss (less is better)",
            "Bars: one standard error of the difference to labels only",
        )
        self._legend_below(2)
        return self


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
