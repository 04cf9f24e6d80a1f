"""XGBoost: boosting continues in the same booster.

The first block is XGBoost's own training on the labels, so that the booster keeps a
native objective and base score. Later ones put the new target into the training data,
or give its gradient where XGBoost's own loss takes no soft target. The binned data and
the predictions of earlier trees are there already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from xgboost import (
    XGBClassifier,
    XGBRanker,
    XGBRegressor,
    XGBRFClassifier,
    XGBRFRegressor,
)

from skdistill.input._checks import clone_estimator
from skdistill.input._responses import score_probabilities
from skdistill.mutual.blocks._block_trainer import BlockTrainer, Round
from skdistill.students import Loss, StudentTask
from skdistill.students._gradients import DistillationGradient
from skdistill.students._xgboost import adopt_model, gradient_objective, weighs_classes

_DEFAULT_ESTIMATORS = 100


def block_trainer(estimator: Any, loss: Loss, X: Any) -> BlockTrainer | None:
    """Return how an XGBoost estimator is trained; None if it must be refitted."""
    if not isinstance(estimator, (XGBClassifier, XGBRegressor)) or isinstance(
        estimator, (XGBRFClassifier, XGBRFRegressor, XGBRanker)
    ):
        return None  # A forest is one round of boosting.
    if callable(estimator.objective) or estimator.callbacks is not None:
        return None
    if estimator.early_stopping_rounds is not None or estimator.booster == "dart":
        return None  # Dropping trees of earlier blocks would change what they learnt.
    return XGBoostTrainer()


@dataclass
class BlockState:
    """A booster in training, with the data it is trained on.

    XGBoost keeps its predictions of data that it was trained on.
    """

    booster: xgb.Booster
    data: xgb.DMatrix
    X: Any
    options: dict[str, Any]


class XGBoostTrainer(BlockTrainer):
    """Continues boosting, with the gradient of the new target."""

    name = "continued_training"

    def train_block(
        self, estimator: Any, model: Any, X: Any, task: StudentTask, current: Round
    ) -> Any:
        """Train one more block; see BlockTrainer."""
        start, stop = current.block(estimator.n_estimators or _DEFAULT_ESTIMATORS)
        gradient = None
        if model is None:
            model = _first(estimator, X, task)
        else:
            gradient = _set_target(estimator, model, X, task)
        for iteration in range(start, stop):
            model.booster.update(model.data, iteration, gradient)
        return model

    def predict(self, model: Any, X: Any, task: StudentTask) -> NDArray:
        """Return probabilities or values; see BlockTrainer."""
        data = model.data if X is model.X else xgb.DMatrix(X, **model.options)
        if task.classes is None:
            return model.booster.predict(data)
        raw = model.booster.predict(data, output_margin=True).astype(np.float64)
        return score_probabilities(raw)

    def finish(self, estimator: Any, model: Any, X: Any, task: StudentTask) -> Any:
        """Load the booster into the user's estimator; see BlockTrainer."""
        if estimator.objective == "multi:softmax":
            model.booster.set_param({"objective": "multi:softmax"})
        return adopt_model(clone_estimator(estimator), model.booster.save_raw("ubj"))


def _first(estimator, X, task):
    params = {
        **estimator.get_xgb_params(),
        # Threads share their random numbers between boosters; so each block draws
        # its own, whatever else is trained.
        "seed_per_iteration": True,
    }
    target = task.targets
    if task.classes is not None:
        target = task.labels
        if task.loss.n_outputs > 2:
            params |= {"objective": "multi:softprob", "num_class": task.loss.n_outputs}
    if params.get("objective") is None:
        params.pop("objective")
    data = _training_data(estimator, X, target, task.sample_weight)
    return BlockState(xgb.Booster(params, [data]), data, X, _data_options(estimator))


def _data_options(estimator):
    return {
        "missing": estimator.missing,
        "enable_categorical": estimator.enable_categorical,
        "feature_types": estimator.feature_types,
        "nthread": estimator.n_jobs,
    }


def _training_data(estimator, X, target, weight):
    shared = {"label": target, "weight": weight, **_data_options(estimator)}
    binned = estimator.tree_method in (None, "auto", "hist")
    if binned and estimator.booster != "gblinear":
        if estimator.max_bin is not None:
            shared["max_bin"] = estimator.max_bin
        return xgb.QuantileDMatrix(X, **shared)
    return xgb.DMatrix(X, **shared)


def _set_target(estimator, model, X, task):
    """Put the new target into the data, or return its gradient."""
    target, weight, gradient = task.targets, task.sample_weight, None
    if task.classes is not None:
        if task.loss.n_outputs > 2 or task.loss.temperature != 1.0:
            gradient = _gradient_of(task)
        elif weighs_classes(estimator):
            task = task.weighted_by_class(np.array([1.0, estimator.scale_pos_weight]))
            weight = task.sample_weight
            # It counted on the labels, and would on rows whose target is one.
            model.booster.set_param({"scale_pos_weight": 1.0})
        target = task.labels if gradient else task.targets[:, 1]
    if X is not model.X:
        model.X, model.data = X, _training_data(estimator, X, target, weight)
        return gradient
    model.data.set_label(target)
    if weight is not None:
        model.data.set_weight(weight)
    return gradient


def _gradient_of(task):
    """Return the gradient of a task, in the form that a booster calls."""
    gradient = DistillationGradient.of_task(task, np.float32)
    scale = 1.0 if task.loss.n_outputs == 2 else 2.0

    def objective(raw, data):
        return gradient_objective(
            None, raw, task.sample_weight, gradient=gradient, hessian_scale=scale
        )

    return objective
