"""Picture of the scores by generation or by round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdistill.report.displays._base import GREY, MARKERS, SERIES, Display


@dataclass(eq=False, repr=False)
class ProgressDisplay(Display):
    """Show scores by generation of self-distillation or round of mutual distillation.

    Parameters
    ----------
    data : dict of columns or dataframe
        One row for each step of each model: "step", "model", "score", and where known
        "std_error", the standard error of the difference to the model's first score.
    step_name : str, default="Round"
        What a step is.
    score_name : str, default="Score"
        What the score is.
    chosen : int, default=None
        The step that was chosen, if one was.
    reference : mapping of str to float, default=None
        A score by model to compare with, such as that of the model trained alone. None
        is each model's first score, before it learnt from another.

    Attributes
    ----------
    ax_, figure_
        What was drawn on. Only defined after `plot`.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skdistill import SelfDistilledClassifier
    >>> from skdistill.report import ProgressDisplay
    >>> X, y = make_classification(n_samples=200, flip_y=0.2, random_state=0)
    >>> model = SelfDistilledClassifier(
    ...     DecisionTreeClassifier(min_samples_leaf=5, random_state=0), n_generations=2
    ... ).fit(X, y)
    >>> ProgressDisplay.from_estimator(model).frame()["step"].tolist()
    [0, 1, 2]
    """

    _: KW_ONLY
    step_name: str = "Round"
    score_name: str = "Score"
    chosen: int | None = None
    reference: Mapping[str, float] | None = None

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, reference: Mapping[str, float] | None = None
    ) -> ProgressDisplay:
        """Take the scores of a fitted estimator.

        Parameters
        ----------
        estimator : SelfDistilledClassifier, SelfDistilledRegressor, \
                MutualDistilledClassifier or MutualDistilledRegressor
            Fitted.
        reference : mapping of str to float, default=None
            See ProgressDisplay.

        Returns
        -------
        ProgressDisplay
        """
        check_is_fitted(estimator)
        if hasattr(estimator, "validation_scores_"):
            scores = {"estimator": estimator.validation_scores_}
            kind, step_name = "Out-of-fold", "Generation"
            chosen = estimator.best_generation_
        elif hasattr(estimator, "round_scores_"):
            scores, step_name, chosen = estimator.round_scores_, "Round", None
            kind = "Training" if estimator.cv is None else "Out-of-fold"
        else:
            raise ValueError(
                f"ProgressDisplay needs an estimator with generations or rounds, such "
                f"as SelfDistilledClassifier; got {type(estimator).__name__}."
            )
        steps = len(next(iter(scores.values())))
        data = {
            "step": np.tile(np.arange(steps), len(scores)),
            "model": np.repeat(list(scores), steps),
            "score": np.concatenate(list(scores.values())),
        }
        if chosen is not None:
            data["std_error"] = estimator.validation_std_errors_
        return cls(
            data,
            step_name=step_name,
            score_name=f"{kind} {_score_name(estimator)}\n(more is better)",
            chosen=chosen,
            reference=reference,
        )

    def plot(self, ax: Any = None) -> ProgressDisplay:
        """Draw one line for each model, and where it would be without the others.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None makes a figure.

        Returns
        -------
        self
        """
        ax = self._axes(ax)
        models = list(self.data.groupby("model", sort=False))
        for number, (name, rows) in enumerate(models):
            scores = rows["score"].to_numpy(dtype=float)
            colour = SERIES[number % len(SERIES)]
            # Several models at one place would hide each other's bars.
            error = np.nan
            if len(models) == 1 and "std_error" in rows:
                error = rows["std_error"].to_numpy(dtype=float)
            self._points(
                rows["step"],
                scores,
                (scores - error, scores + error),
                color=colour,
                marker=MARKERS[number % len(MARKERS)],
                markersize=5,
                linestyle="-" if name != "mean" else "--",
                label=name,
            )
            start = scores[0] if self.reference is None else self.reference.get(name)
            if start is not None:
                ax.axhline(start, color=colour, linewidth=1.0, linestyle=":")
            if self.chosen is not None:
                at = list(rows["step"]).index(self.chosen)
                self._ring(self.chosen, scores[at], "chosen")
        dotted = "start" if self.reference is None else "reference"
        ax.plot([], [], color=GREY, linewidth=1.0, linestyle=":", label=dotted)
        ax.set_xticks(np.unique(self.data["step"]))
        self._name_axes(self.step_name, self.score_name)
        self._legend_below()
        return self


def _score_name(estimator):
    scoring = getattr(estimator, "scoring", None)
    if scoring is None:
        loss = "log-loss" if hasattr(estimator, "classes_") else "mean squared error"
        return f"negative {loss}"
    if isinstance(scoring, str):
        return scoring.replace("_", " ")
    return getattr(scoring, "__name__", "score").replace("_", " ")
