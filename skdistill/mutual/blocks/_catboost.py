"""CatBoost: continued training, from the model of the round before.

In training, a classifier is a bare model on float targets, of CrossEntropy for two
classes and of one class against the rest for more; it becomes the user's classifier at
the end.

Blocks that encode categories by statistics of their target cannot be joined: CatBoost
averages their tables, which changes what the earlier trees predict, and a merged table
without an empty slot makes it search forever (1.2.10). Joined with all tables kept,
the model cannot be saved. So an estimator that needs such statistics is refitted.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
from catboost import CatBoost, CatBoostClassifier, CatBoostRegressor
from numpy.typing import NDArray

from skdistill.input._checks import clone_estimator
from skdistill.input._responses import score_probabilities
from skdistill.input._sklearn import safe_indexing
from skdistill.mutual.blocks._block_trainer import BlockTrainer, Round
from skdistill.students import Loss, StudentTask
from skdistill.students._catboost import soft_target
from skdistill.students._catboost_model import (
    adopt_model,
    declare_classifier,
    rescale_scores,
)
from skdistill.students._catboost_params import (
    LOSS,
    class_weight_of,
    given_params,
    params_of_loss,
    params_of_model,
    weighs_classes,
)
from skdistill.students._one_vs_rest import one_vs_rest_to_softmax

_ITERATIONS = ("iterations", "n_estimators", "num_boost_round", "num_trees")
_SEED = ("random_seed", "random_state")
_DEFAULT_ITERATIONS = 1000
_DEFAULT_ONE_HOT = 2
_NOT_JOINED = ("text_features", "embedding_features")


def block_trainer(estimator: Any, loss: Loss, X: Any) -> BlockTrainer | None:
    """Return how a CatBoost estimator is trained; None if it must be refitted."""
    if not isinstance(estimator, (CatBoostClassifier, CatBoostRegressor)):
        return None
    params = estimator.get_params()
    if params.get("eval_fraction") or params.get("task_type") == "GPU":
        return None  # They take no initial model.
    if any(params.get(name) is not None for name in _NOT_JOINED):
        return None
    one_hot_size = params.get("one_hot_max_size") or _DEFAULT_ONE_HOT
    if _most_categories(params.get("cat_features"), X) > one_hot_size:
        return None
    if isinstance(estimator, CatBoostClassifier):
        return ClassifierTrainer() if loss.temperature == 1.0 else None
    return CatBoostTrainer()


@dataclass
class BlockState:
    """A model in training, and the parameters of training that are not the user's."""

    overrides: dict[str, Any]
    model: Any = None


class CatBoostTrainer(BlockTrainer):
    """Continues boosting a regressor, towards the new values."""

    name = "continued_training"

    def train_block(
        self, estimator: Any, model: Any, X: Any, task: StudentTask, current: Round
    ) -> Any:
        """Train one more block; see BlockTrainer."""
        if model is None:
            # One learning rate for all trees of all blocks, whatever their targets.
            model = BlockState(params_of_loss(estimator, task))
        given = given_params(estimator, _ITERATIONS)
        total = next(iter(given.values()), _DEFAULT_ITERATIONS)
        start, stop = current.block(total)
        if start == stop:
            return model
        seed = next(iter(given_params(estimator, _SEED).values()), 0)
        params = {
            **_without(estimator.get_params(), _ITERATIONS, _SEED),
            "iterations": stop - start,
            # The same seed would draw the same rows and columns in all blocks.
            "random_seed": seed + current.number,
        }
        block = self._make_block(estimator, params, model.overrides)
        if task.classes is not None and weighs_classes(estimator):
            task = task.weighted_by_class(class_weight_of(estimator, task))
        # A model that comes straight from training goes on with what it was trained
        # on, silently, if the columns are the same; a copy has its trees only.
        before = None
        if model.model is not None:
            before = pickle.loads(pickle.dumps(model.model))
        target = task.targets if task.classes is None else soft_target(task)
        model.model = block.fit(
            X, target, sample_weight=task.sample_weight, init_model=before
        )
        return model

    def predict(self, model: Any, X: Any, task: StudentTask) -> NDArray:
        """Return values; see BlockTrainer."""
        return model.model.predict(X)

    def finish(self, estimator: Any, model: Any, X: Any, task: StudentTask) -> Any:
        """Put the user's parameters back; see BlockTrainer."""
        return adopt_model(clone_estimator(estimator), model.model)

    def _make_block(self, estimator: Any, params: dict, overrides: dict) -> CatBoost:
        """Return an unfitted model."""
        if overrides:
            params = {**_without(params, LOSS), **overrides}
        return type(estimator)(**params)


class ClassifierTrainer(CatBoostTrainer):
    """Continues boosting a classifier, towards the new probabilities."""

    def predict(self, model: Any, X: Any, task: StudentTask) -> NDArray:
        """Return the probabilities of a bare model; see BlockTrainer."""
        raw = model.model.predict(X, prediction_type="RawFormulaVal")
        return score_probabilities(raw if raw.ndim == 1 else -np.logaddexp(0.0, -raw))

    def finish(self, estimator: Any, model: Any, X: Any, task: StudentTask) -> Any:
        """Make it the user's classifier; see BlockTrainer."""
        bare = model.model
        if task.loss.n_outputs > 2:
            scale, shift = one_vs_rest_to_softmax(bare.predict(X))
            rescale_scores(bare, scale, shift)
        overrides = {**model.overrides, "iterations": None, "random_seed": None}
        declare_classifier(bare, task.classes, overrides)
        return adopt_model(clone_estimator(estimator), bare)

    def _make_block(self, estimator: Any, params: dict, overrides: dict) -> CatBoost:
        return CatBoost(params_of_model(params, overrides))


def _most_categories(columns, X):
    """Most categories that one of the categorical columns has."""
    if columns is None:
        return 0
    columns = [columns] if isinstance(columns, (str, int)) else list(columns)
    values = (np.ravel(safe_indexing(X, [column], axis=1)) for column in columns)
    return max((len(set(map(str, column))) for column in values), default=0)


def _without(params, *names):
    left_out = {name for group in names for name in group}
    return {key: value for key, value in params.items() if key not in left_out}
