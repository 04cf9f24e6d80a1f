"""HistGradientBoosting: `warm_start`, without asking its trees twice.

scikit-learn lets all earlier trees predict again whenever training goes on, and for
each copy of a row. Here a tree is asked once a row: training goes on from a model of
one tree, whose baseline holds what the others say.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)

from skdistill.input._checks import clone_estimator
from skdistill.input._responses import score_probabilities, student_predictions
from skdistill.mutual.blocks._growth import BlockTrainer
from skdistill.students import StudentTask, fit_student
from skdistill.students._bins import quantize_to_bins
from skdistill.students._copies import make_copies
from skdistill.students._histogram import learns_probabilities

HISTOGRAMS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
_NOT_WHILE_GROWING = ("warm_start", "early_stopping", "max_iter")


@dataclass
class Scores:
    """Raw scores of the first trees for some rows.

    scikit-learn has no public way to ask some trees only; its attributes `_predictors`
    and `_baseline_prediction` hold all that the scores are the sum of.
    """

    X: Any
    raw: NDArray | float = 0.0
    n_counted: int = 0
    first: NDArray | None = None

    def of_first(self, fitted: Any) -> NDArray:
        """Return what the first iteration adds to the baseline."""
        if self.first is None:
            part = copy(fitted)
            part._predictors = fitted._predictors[:1]
            part._baseline_prediction = np.zeros_like(fitted._baseline_prediction)
            self.first = _raw(part, self.X)
        return self.first

    def of(self, fitted: Any) -> NDArray:
        """Return the scores of all trees, of which only the new ones are asked."""
        n_trees = len(fitted._predictors)
        if n_trees > self.n_counted:
            part = copy(fitted)
            part._predictors = fitted._predictors[self.n_counted :]
            if self.n_counted:
                part._baseline_prediction = np.zeros_like(fitted._baseline_prediction)
            self.raw = self.raw + _raw(part, self.X)
            self.n_counted = n_trees
        return self.raw


@dataclass
class BlockState:
    """A model on its way, what it is trained on, and what its trees have said.

    `learnt` and `asked` are for the rows of training and for those of the answers,
    which may be the same.
    """

    fitted: Any
    X: Any
    learnt: Scores
    asked: Scores | None = field(default=None)


class HistogramTrainer(BlockTrainer):
    """HistGradientBoosting: new trees learn the new target.

    Trees are continued on binned data, so the bins must stay the same. Those of a
    classifier would follow the copies of rows that bring the soft target, and their
    weights, so it is given values that leave no choice; see `quantize_to_bins`.
    """

    name = "warm_start"

    def grow(self, estimator, model, X, task, turn):
        """Train one more block; see Growth."""
        start, stop = turn.share(estimator.max_iter)
        if start == stop:
            return model
        if model is None:
            fitted = clone_estimator(estimator).set_params(
                warm_start=True, early_stopping=False, max_iter=stop
            )
            few = X
            if is_classifier(estimator):
                few = quantize_to_bins(X, estimator.max_bins, task.sample_weight)
            return BlockState(fit_student(fitted, few, task), few, Scores(X))
        if not _adds_up(model.fitted) or _weighs_classes(model.fitted):
            model.fitted.set_params(max_iter=stop)
            fit_student(model.fitted, model.X, task)
            return model
        with _one_tree(model.fitted, model.learnt, _seen_rows(model.fitted, task)):
            model.fitted.set_params(max_iter=1 + stop - start)
            fit_student(model.fitted, model.X, task)
        return model

    def answer(self, model, X, task):
        """Return probabilities or values; see Growth."""
        if not _adds_up(model.fitted):
            return student_predictions(model.fitted, X, task.loss, task.classes)
        if model.asked is None:
            model.asked = model.learnt if X is model.learnt.X else Scores(X)
        raw = model.asked.of(model.fitted)
        if task.classes is None:
            return raw
        return score_probabilities(raw)

    def finish(self, estimator, model, X, task):
        """Put the user's parameters back; see Growth."""
        params = estimator.get_params(deep=False)
        return model.fitted.set_params(
            **{name: params[name] for name in _NOT_WHILE_GROWING}
        )


def _adds_up(fitted):
    """Whether what can be asked is the sum of the trees."""
    return is_classifier(fitted) or fitted.loss == "squared_error"


def _weighs_classes(fitted):
    """Whether more than the task decides which copies of a row there are."""
    return getattr(fitted, "class_weight", None) is not None


def _seen_rows(fitted: Any, task: StudentTask) -> Any:
    """Return the rows that training on a task sees, in its order."""
    if task.classes is None or learns_probabilities(fitted, task.loss):
        return slice(None)
    return make_copies(task).rows


@contextmanager
def _one_tree(fitted: Any, learnt: Scores, rows: Any) -> Iterator[None]:
    """Leave the first iteration only; all after it become the baseline of each row."""
    trees, baseline = fitted._predictors, fitted._baseline_prediction
    others = learnt.of(fitted) - learnt.of_first(fitted)
    fitted._predictors = trees[:1]
    fitted._baseline_prediction = others.reshape(len(others), -1)[rows]
    try:
        yield
    finally:
        fitted._predictors = [*trees, *fitted._predictors[1:]]
        fitted._baseline_prediction = baseline


def _raw(fitted, X):
    ask = fitted.decision_function if is_classifier(fitted) else fitted.predict
    return ask(X)
