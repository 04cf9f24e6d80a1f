"""Pictures of predictions: student against teacher, and predicted against observed."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from skdistill.report._fidelity import reliability
from skdistill.report.displays._base import GREY, LABELS, STYLES, Display

_RIGHT = {"color": "#0072B2", "marker": "o"}
_WRONG = {"color": "#D55E00", "marker": "^"}


class FidelityDisplay(Display):
    """Show the student's predictions against the teacher's, on rows neither has seen.

    Parameters
    ----------
    data : dict of columns or dataframe
        One row a model and test row: "model", "teacher", "student". In classification
        the predictions are probabilities of the true class and "teacher_right" says
        whether the teacher predicts it; in regression they are values, and there
        is no "teacher_right".

    Attributes
    ----------
    ax_, figure_
        What was drawn on. Only defined after `plot`.

    Examples
    --------
    >>> from skdistill.report import FidelityDisplay
    >>> display = FidelityDisplay({
    ...     "model": ["distilled"] * 3,
    ...     "teacher": [0.9, 0.2, 0.6], "student": [0.8, 0.4, 0.5],
    ...     "teacher_right": [True, False, True],
    ... })
    >>> len(display.frame())
    3
    """

    @classmethod
    def from_report(cls, report: Any) -> FidelityDisplay:
        """Take a sample of at most 2,000 test rows from a report.

        Parameters
        ----------
        report : DistillationReport

        Returns
        -------
        FidelityDisplay
        """
        if "responses" not in report.tables:
            raise ValueError(
                f"FidelityDisplay needs a teacher; {report.info['estimator']} has none."
            )
        return cls(report.tables["responses"])

    def plot(self, ax: Any = None, *, model: str = "distilled") -> FidelityDisplay:
        """Draw one point a row, and the line on which both agree.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None makes a figure.
        model : {"distilled", "baseline", "control"}, default="distilled"
            Which student.

        Returns
        -------
        self
        """
        known = list(self.data.get("model", []))
        if model not in known:
            known = sorted(set(known))
            raise ValueError(
                f"There are no predictions of the model {model!r}; there are some of "
                f"{known}. A student without probabilities has none."
            )
        ax = self._axes(ax, (5.2, 5.0))
        rows = self.data[self.data["model"] == model]
        groups = [(f"one value ({len(rows):,})", rows, _RIGHT)]
        both = rows[["teacher", "student"]].to_numpy()
        low, high = both.min(), both.max()
        what = "prediction, in units of the target"
        if "teacher_right" in rows:
            right = rows["teacher_right"].astype(bool)
            groups = [
                (f"teacher right ({right.sum():,} rows)", rows[right], _RIGHT),
                (f"teacher wrong ({(~right).sum():,} rows)", rows[~right], _WRONG),
            ]
            low, high = 0.0, 1.0
            what = "probability of the true class"
        for name, shown, style in groups:
            ax.plot(
                shown["teacher"],
                shown["student"],
                label=name,
                linestyle="none",
                markersize=3.5,
                markeredgewidth=0,
                alpha=0.35,
                **style,
            )
        room = 0.03 * (high - low or 1.0)
        self._diagonal(low, high, room, color="black", label="agreement")
        self._name_axes(f"Teacher: {what}", f"{LABELS[model].capitalize()}:\n{what}")
        legend = self._legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=3,
            markerscale=2,
            columnspacing=1.0,
            handletextpad=0.4,
        )
        for handle in legend.legend_handles:
            handle.set_alpha(1.0)
        return self


@dataclass(eq=False, repr=False)
class ReliabilityDisplay(Display):
    """Show observed against predicted frequency of a class.

    Parameters
    ----------
    data : dict of columns or dataframe
        One row a model and bin: "model", "predicted", "observed", "rows".
    predicted_label : str, default="Predicted probability"
        Of the horizontal axis.
    observed_label : str, default="Observed frequency"
        Of the vertical axis.

    Attributes
    ----------
    ax_, figure_
        What was drawn on. Only defined after `plot`.

    Examples
    --------
    >>> import numpy as np
    >>> from skdistill.report import ReliabilityDisplay
    >>> rng = np.random.RandomState(0)
    >>> p = rng.uniform(size=1000)
    >>> y = (rng.uniform(size=1000) < p).astype(int)
    >>> both = np.column_stack([1 - p, p])
    >>> frame = ReliabilityDisplay.from_predictions(y, {"distilled": both}).frame()
    >>> round(float((frame["predicted"] - frame["observed"]).abs().mean()), 2)
    0.04
    """

    _: KW_ONLY
    predicted_label: str = "Predicted probability"
    observed_label: str = "Observed frequency"

    @classmethod
    def from_predictions(
        cls, y: Any, responses: Any, *, classes: Any = None
    ) -> ReliabilityDisplay:
        """Bin predicted probabilities, ten bins of as many rows each.

        Parameters
        ----------
        y : array-like of shape (n_samples,)
            Labels.
        responses : dict of str to array-like of shape (n_samples, n_classes)
            Probabilities by model ("teacher", "baseline", "control", "distilled").
        classes : array-like of shape (n_classes,), default=None
            Labels of the columns; None is the sorted labels of y.

        Returns
        -------
        ReliabilityDisplay
        """
        y = np.asarray(y)
        classes = np.unique(y) if classes is None else np.asarray(classes)
        responses = {name: np.asarray(values) for name, values in responses.items()}
        for name, values in responses.items():
            if values.shape != (len(y), len(classes)):
                raise ValueError(
                    f"responses[{name!r}] must be of shape {(len(y), len(classes))}, "
                    f"one probability for each row and class; got {values.shape}."
                )
        data = reliability(responses, y, classes)
        return cls(data, **_reliability_labels(classes))

    @classmethod
    def from_report(cls, report: Any) -> ReliabilityDisplay:
        """Take the bins of all test rows from a report.

        Parameters
        ----------
        report : DistillationReport
            Of a classifier with probabilities.

        Returns
        -------
        ReliabilityDisplay
        """
        if "reliability" not in report.tables:
            raise ValueError(
                "ReliabilityDisplay needs probabilities of classes; this report is of "
                f"a {report.info['task']}."
            )
        return cls(
            report.tables["reliability"], **_reliability_labels(report.info["classes"])
        )

    def plot(
        self, ax: Any = None, *, models: Any = ("teacher", "baseline", "distilled")
    ) -> ReliabilityDisplay:
        """Draw one line a model, and the diagonal of calibrated probabilities.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None makes a figure.
        models : sequence of str, default=("teacher", "baseline", "distilled")
            Which models, of those that are there.

        Returns
        -------
        self
        """
        models = [models] if isinstance(models, str) else list(models)
        shown = [(model, rows) for model, rows in self._series() if model in models]
        if not shown:
            raise ValueError(
                f"There are no probabilities of the models {models}; there are some of "
                f"{sorted(set(self.data['model']))}, and those named {list(LABELS)} "
                "are drawn."
            )
        ax = self._axes(ax, (5.2, 5.0))
        values = []
        for model, rows in shown:
            ax.plot(
                rows["predicted"],
                rows["observed"],
                markersize=6,
                markeredgecolor="white",
                label=LABELS[model],
                **STYLES[model],
            )
            values += [rows["predicted"], rows["observed"]]
        both = np.concatenate(values)
        room = 0.05 * (both.max() - both.min() or 1.0)
        low, high = max(both.min() - room, -0.02), min(both.max() + room, 1.02)
        self._diagonal(low, high, 0.0, color=GREY, label="calibrated", zorder=1)
        self._name_axes(
            self.predicted_label,
            self.observed_label,
            f"One marker: about {int(np.median(self.data['rows'])):,} test rows",
        )
        self._legend(loc="lower right")
        return self


def _reliability_labels(classes):
    if len(classes) == 2:
        return {
            "predicted_label": f"Predicted probability of class {classes[1]}",
            "observed_label": f"Observed frequency of class {classes[1]}",
        }
    return {
        "predicted_label": "Probability of the predicted class",
        "observed_label": "Share of correct predictions",
    }
