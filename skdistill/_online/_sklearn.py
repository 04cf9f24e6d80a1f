"""scikit-learn's estimators that go on from where they were: `warm_start`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils import compute_class_weight
from sklearn.utils.validation import has_fit_parameter

from skdistill._checks import clone_estimator
from skdistill._online._growth import Growth
from skdistill._sklearn import safe_indexing
from skdistill.students import Loss, StudentTask, fit_student

_FORESTS = (
    RandomForestClassifier,
    RandomForestRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
)
_BOOSTING = (GradientBoostingClassifier, GradientBoostingRegressor)
_HISTOGRAMS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
_EPOCHS = (SGDClassifier, SGDRegressor, MLPClassifier, MLPRegressor)


def growth(estimator: Any, loss: Loss) -> Growth | None:
    """Return how a scikit-learn estimator grows; None if it must be refitted."""
    softens = is_classifier(estimator)
    if softens and loss.temperature != 1.0:
        return None  # Only a whole model can be scaled to the temperature.
    if softens and not has_fit_parameter(estimator, "sample_weight"):
        return None
    params = estimator.get_params(deep=False)
    if params.get("early_stopping") is True:
        return None
    if isinstance(estimator, _HISTOGRAMS):
        return HistogramGrowth()
    if isinstance(estimator, _FORESTS):
        return None if params["oob_score"] else TreeGrowth()
    if isinstance(estimator, _BOOSTING):
        return None if params["n_iter_no_change"] else TreeGrowth()
    return EpochGrowth() if isinstance(estimator, _EPOCHS) else None


class WarmStart(Growth):
    """Continue with `warm_start`, a block a round.

    Interface: `count`, the parameter that counts blocks; `cumulative`, whether it
    counts from the first one on; `_train(model, X, task, turn)`.
    """

    name = "warm_start"
    count = "n_estimators"
    cumulative = True

    def grow(self, estimator, model, X, task, turn):
        """Train one more block; see Growth."""
        start, stop = turn.share(getattr(estimator, self.count))
        if start == stop:
            return model
        if model is None:
            model = clone_estimator(estimator)
            n_classes = 1 if task.classes is None else len(task.classes)
            model.set_params(
                warm_start=True, **self._while_growing(estimator, n_classes)
            )
        model.set_params(**{self.count: stop if self.cumulative else stop - start})
        return self._train(model, X, task, turn)

    def finish(self, estimator, model, X, task):
        """Put the user's parameters back; see Growth."""
        params = estimator.get_params(deep=False)
        changed = ("warm_start", self.count, *self._while_growing(estimator))
        return model.set_params(**{name: params[name] for name in changed})

    def _while_growing(self, estimator, n_classes=1):
        """Parameters that are not the user's until `finish`."""
        return {}

    def _train(self, model, X, task, turn):
        return fit_student(model, X, task)


class TreeGrowth(WarmStart):
    """Forests and gradient boosting: new trees learn the new target."""


class EpochGrowth(WarmStart):
    """SGD and MLP: the weights move on to the new target."""

    count = "max_iter"
    cumulative = False

    def _train(self, model, X, task, turn):
        with warnings.catch_warnings():
            # A block need not converge.
            warnings.simplefilter("ignore", ConvergenceWarning)
            return super()._train(model, X, task, turn)


class HistogramGrowth(WarmStart):
    """HistGradientBoosting: new trees learn the new target.

    Trees are continued on binned data, so the bins must stay the same. They depend on
    the rows and on their weights, and so a classifier gets each row once for each
    class, in every round, with weights that sum to the row's.
    """

    count = "max_iter"

    def grow(self, estimator, model, X, task, turn):
        """Train one more block; see Growth."""
        if is_classifier(estimator) and estimator.class_weight is not None:
            task = task.weighted_by_class(
                compute_class_weight(
                    estimator.class_weight, classes=task.classes, y=task.y
                )
            )
        return super().grow(estimator, model, X, task, turn)

    def _while_growing(self, estimator, n_classes=1):
        changes = {"early_stopping": False}
        if is_classifier(estimator):
            # It counts copies.
            leaf = estimator.min_samples_leaf * n_classes
            changes |= {"class_weight": None, "min_samples_leaf": leaf}
        return changes

    def _train(self, model, X, task, turn):
        if not is_classifier(model):
            return fit_student(model, X, task)
        return model.fit(*_every_class(X, task))


def _every_class(X: Any, task: StudentTask):
    """Each row once for each class, weighted by its target."""
    n_samples, n_classes = task.targets.shape
    weights = task.targets
    if task.sample_weight is not None:
        weights = weights * task.sample_weight[:, None]
    rows = np.repeat(np.arange(n_samples), n_classes)
    codes = np.tile(np.arange(n_classes), n_samples)
    return safe_indexing(X, rows), task.classes[codes], weights.ravel()
