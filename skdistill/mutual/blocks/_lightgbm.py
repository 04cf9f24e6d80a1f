"""LightGBM: continued training, from the model of the round before.

The first block is LightGBM's own training on the labels, with its prior; the later ones
see it as an initial score, which holds the prior already.
"""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from numpy.typing import NDArray

from skdistill.input._checks import clone_estimator
from skdistill.input._responses import score_probabilities
from skdistill.mutual.blocks._growth import BlockTrainer
from skdistill.students import Loss
from skdistill.students._lightgbm import (
    given_parameter,
    gradient_objective,
    native_objectives,
    native_text,
    with_class_weight,
    with_label_weight,
)


def block_trainer(estimator: Any, loss: Loss, X: Any) -> BlockTrainer | None:
    """Return how a LightGBM estimator grows; None if it must be refitted."""
    if not isinstance(estimator, (LGBMClassifier, LGBMRegressor)):
        return None
    # Dropping trees of earlier blocks would change what they had learnt.
    plain = given_parameter(estimator, "boosting_type", "gbdt")[1] in (
        "gbdt",
        "gbrt",
        "goss",
    )
    return LightGBMTrainer() if plain else None


@dataclass
class BlockState:
    """A model on its way, and the raw scores of its first trees for what was asked."""

    fitted: Any
    raw: NDArray | float = 0.0
    n_counted: int = 0


class LightGBMTrainer(BlockTrainer):
    """Boosting goes on, with the gradient of the new target."""

    name = "continued_training"

    def grow(self, estimator, model, X, task, turn):
        """Train one more block; see Growth."""
        count, total = given_parameter(estimator, "n_estimators", None)
        start, stop = turn.share(total)
        if start == stop:
            return model
        block = clone_estimator(estimator).set_params(**{count: stop - start})
        name, seed = given_parameter(estimator, "random_state", None)
        if turn.number and (seed is None or isinstance(seed, numbers.Integral)):
            # Or all blocks would draw the same rows and columns.
            block.set_params(**{name: (seed or 0) + turn.number})
        if model is None:
            return BlockState(block.fit(X, task.y, sample_weight=task.sample_weight))
        if task.classes is None:
            model.fitted = block.fit(
                X,
                task.targets,
                sample_weight=task.sample_weight,
                init_model=model.fitted,
            )
        elif model.fitted.booster_.feature_importance().any():
            model.fitted = _continue(estimator, block, model.fitted, X, task)
        # Else no column can be split, now as before.
        return model

    def answer(self, model, X, task):
        """Return probabilities or values; see Growth."""
        if task.classes is None:
            return model.fitted.predict(X)
        booster = model.fitted.booster_
        n_trees = booster.current_iteration()
        if n_trees > model.n_counted:
            model.raw = model.raw + booster.predict(
                X, start_iteration=model.n_counted, num_iteration=-1, raw_score=True
            )
            model.n_counted = n_trees
        return score_probabilities(model.raw)

    def finish(self, estimator, model, X, task):
        """Put the user's parameters back; see Growth."""
        return model.fitted.set_params(
            **dict(
                given_parameter(estimator, name, None)
                for name in ("n_estimators", "random_state")
            )
        )


def _continue(estimator, block, fitted, X, task):
    n_classes = len(task.classes)
    native = estimator.objective or next(iter(native_objectives(n_classes)))
    task = with_label_weight(estimator, with_class_weight(estimator, task))
    no_prior = np.zeros(1 if n_classes == 2 else n_classes)
    block.set_params(objective=gradient_objective(task, no_prior), class_weight=None)
    block.fit(X, task.y, init_model=fitted)
    block.set_params(objective=estimator.objective, class_weight=estimator.class_weight)
    # What `objective_` reports; `fit` leaves the objective it used here.
    block._objective = native
    booster = block.booster_
    text = native_text(booster.model_to_string(), native, no_prior)
    booster.model_from_string(text)
    booster.params["objective"] = native
    return block
