"""scikit-learn's estimators that can continue their training: `warm_start`."""

from __future__ import annotations

from typing import Any, ClassVar

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

from skdistill.input._boosters import HISTOGRAMS
from skdistill.input._checks import clone_estimator
from skdistill.mutual.blocks._block_trainer import BlockTrainer, Round
from skdistill.students import Loss, StudentTask, fit_student
from skdistill.students._bins import quantize_to_bins

_FORESTS = (
    RandomForestClassifier,
    RandomForestRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
)
_BOOSTING = (GradientBoostingClassifier, GradientBoostingRegressor)
_EPOCHS = (SGDClassifier, SGDRegressor, MLPClassifier, MLPRegressor)


def block_trainer(estimator: Any, loss: Loss, X: Any) -> BlockTrainer | None:
    """Return how a scikit-learn estimator is trained; None if it must be refitted."""
    if is_classifier(estimator):
        if loss.temperature != 1.0:
            return None  # Only a whole model can be scaled to the temperature.
        if not has_fit_parameter(estimator, "sample_weight"):
            return None
    params = estimator.get_params(deep=False)
    if params.get("early_stopping") is True:
        return None
    if isinstance(estimator, HISTOGRAMS):
        # Rows that join after round 0 would change the bins.
        return None if loss.unlabeled else HistogramTrainer()
    if isinstance(estimator, _FORESTS):
        # "balanced" would count the rows of each block anew.
        balanced = isinstance(params.get("class_weight"), str)
        return None if params["oob_score"] or balanced else WarmStartTrainer()
    if isinstance(estimator, _BOOSTING):
        return None if params["n_iter_no_change"] else WarmStartTrainer()
    return EpochTrainer() if isinstance(estimator, _EPOCHS) else None


class WarmStartTrainer(BlockTrainer):
    """Forests and gradient boosting: new trees learn the new target.

    Interface: `count`, the parameter that counts blocks; `cumulative`, whether it
    counts from the first one on; `in_training`, the parameters while it is trained.
    """

    name = "warm_start"
    count = "n_estimators"
    cumulative = True
    in_training: ClassVar[dict[str, Any]] = {"warm_start": True}

    def train_block(
        self, estimator: Any, model: Any, X: Any, task: StudentTask, current: Round
    ) -> Any:
        """Train one more block; see BlockTrainer."""
        start, stop = current.block(getattr(estimator, self.count))
        if start == stop:
            return model
        if model is None:
            model = clone_estimator(estimator).set_params(**self.in_training)
        model.set_params(**{self.count: stop if self.cumulative else stop - start})
        return fit_student(model, X, task)

    def finish(self, estimator: Any, model: Any, X: Any, task: StudentTask) -> Any:
        """Put the user's parameters back; see BlockTrainer."""
        params = estimator.get_params(deep=False)
        return model.set_params(
            **{name: params[name] for name in (*self.in_training, self.count)}
        )


class HistogramTrainer(WarmStartTrainer):
    """HistGradientBoosting: new trees learn the new target.

    Trees are continued on binned data, so the bins must stay the same. Those of a
    classifier would follow the copies of rows that bring the soft target, and their
    weights, so it is given values that leave no choice; see `quantize_to_bins`.
    """

    count = "max_iter"
    in_training: ClassVar[dict[str, Any]] = {
        "warm_start": True,
        "early_stopping": False,
    }

    def train_block(
        self, estimator: Any, model: Any, X: Any, task: StudentTask, current: Round
    ) -> Any:
        """Train one more block; see BlockTrainer."""
        if is_classifier(estimator):
            X = quantize_to_bins(X, estimator.max_bins, task.sample_weight)
        return super().train_block(estimator, model, X, task, current)


class EpochTrainer(WarmStartTrainer):
    """SGD and MLP: the weights move on to the new target."""

    count = "max_iter"
    cumulative = False
