"""LightGBM: continued training, from the model of the round before.

The first block is LightGBM's own training on the labels, with its prior; the later ones
see it as an initial score, which holds the prior already.
"""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor

from skdistill.input._checks import clone_estimator
from skdistill.mutual.blocks._block_trainer import BlockTrainer, Round
from skdistill.students import Loss, StudentTask
from skdistill.students._lightgbm import (
    given_parameter,
    gradient_objective,
    with_class_weight,
    with_label_weight,
)
from skdistill.students._lightgbm_model import declare_native, native_objectives
from skdistill.students._params import temporary_params


def block_trainer(estimator: Any, loss: Loss, X: Any) -> BlockTrainer | None:
    """Return how a LightGBM estimator is trained; None if it must be refitted."""
    if not isinstance(estimator, (LGBMClassifier, LGBMRegressor)):
        return None
    # Dropping trees of earlier blocks would change what they learnt.
    plain = given_parameter(estimator, "boosting_type", "gbdt")[1] in (
        "gbdt",
        "gbrt",
        "goss",
    )
    return LightGBMTrainer() if plain else None


class LightGBMTrainer(BlockTrainer):
    """Continues boosting, with the gradient of the new target."""

    name = "continued_training"

    def train_block(
        self, estimator: Any, model: Any, X: Any, task: StudentTask, current: Round
    ) -> Any:
        """Train one more block; see BlockTrainer."""
        count, total = given_parameter(estimator, "n_estimators", None)
        start, stop = current.block(total)
        if start == stop:
            return model
        block = clone_estimator(estimator).set_params(**{count: stop - start})
        name, seed = given_parameter(estimator, "random_state", None)
        if current.number and (seed is None or isinstance(seed, numbers.Integral)):
            # Or all blocks would draw the same rows and columns.
            block.set_params(**{name: (seed or 0) + current.number})
        weight = task.sample_weight
        if model is None:
            return block.fit(X, task.y, sample_weight=weight)
        if task.classes is None:
            return block.fit(X, task.targets, sample_weight=weight, init_model=model)
        if model.booster_.feature_importance().any():
            return _continue(estimator, block, model, X, task)
        return model  # No column can be split, now as before.

    def finish(self, estimator: Any, model: Any, X: Any, task: StudentTask) -> Any:
        """Put the user's parameters back; see BlockTrainer."""
        return model.set_params(
            **dict(
                given_parameter(estimator, name, None)
                for name in ("n_estimators", "random_state")
            )
        )


def _continue(estimator, block, fitted, X, task):
    n_classes = task.loss.n_outputs
    native = estimator.objective or native_objectives(n_classes)[0]
    task = with_label_weight(estimator, with_class_weight(estimator, task))
    no_prior = np.zeros(1 if n_classes == 2 else n_classes)
    objective = gradient_objective(task, no_prior)
    with temporary_params(block, {"objective": objective, "class_weight": None}):
        block.fit(X, task.y, init_model=fitted)
    declare_native(block, native, no_prior)
    return block
