"""scikit-learn's estimators that go on from where they were: `warm_start`."""

from __future__ import annotations

from typing import Any

from sklearn.base import is_classifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.validation import has_fit_parameter

from skdistill.input._checks import clone_estimator
from skdistill.mutual.blocks._growth import BlockTrainer
from skdistill.mutual.blocks._histogram import HISTOGRAMS, HistogramTrainer
from skdistill.students import Loss, fit_student

_FORESTS = (
    RandomForestClassifier,
    RandomForestRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
)
_BOOSTING = (GradientBoostingClassifier, GradientBoostingRegressor)
_EPOCHS = (SGDClassifier, SGDRegressor, MLPClassifier, MLPRegressor)


def block_trainer(estimator: Any, loss: Loss, X: Any) -> BlockTrainer | None:
    """Return how a scikit-learn estimator grows; None if it must be refitted."""
    softens = is_classifier(estimator)
    if softens and loss.temperature != 1.0:
        return None  # Only a whole model can be scaled to the temperature.
    if softens and not has_fit_parameter(estimator, "sample_weight"):
        return None
    params = estimator.get_params(deep=False)
    if params.get("early_stopping") is True:
        return None
    if isinstance(estimator, HISTOGRAMS):
        return HistogramTrainer()
    if isinstance(estimator, _FORESTS):
        return None if params["oob_score"] else TreeTrainer()
    if isinstance(estimator, _BOOSTING):
        return None if params["n_iter_no_change"] else TreeTrainer()
    return EpochTrainer() if isinstance(estimator, _EPOCHS) else None


class WarmStartTrainer(BlockTrainer):
    """Continue with `warm_start`, a block a round.

    Interface: `count`, the parameter that counts blocks; `cumulative`, whether it
    counts from the first one on.
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
            model.set_params(warm_start=True)
        model.set_params(**{self.count: stop if self.cumulative else stop - start})
        return fit_student(model, X, task)

    def finish(self, estimator, model, X, task):
        """Put the user's parameters back; see Growth."""
        params = estimator.get_params(deep=False)
        return model.set_params(
            **{name: params[name] for name in ("warm_start", self.count)}
        )


class TreeTrainer(WarmStartTrainer):
    """Forests and gradient boosting: new trees learn the new target."""


class EpochTrainer(WarmStartTrainer):
    """SGD and MLP: the weights move on to the new target."""

    count = "max_iter"
    cumulative = False
