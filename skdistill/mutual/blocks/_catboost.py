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
from abc import abstractmethod
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
from skdistill.students._catboost import (
    LEARNING_RATE,
    LOSS,
    OF_LABELS,
    adopt_model,
    automatic_rate,
    class_weight_of,
    declare_classifier,
    given_params,
    rescale_scores,
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
    if _most_categories(params.get("cat_features"), X) > _one_hot_size(params):
        return None
    if isinstance(estimator, CatBoostClassifier):
        return ClassifierTrainer() if loss.temperature == 1.0 else None
    return RegressorTrainer()


@dataclass
class BlockState:
    """A model in training, and the parameters of training that are not the user's."""

    overrides: dict[str, Any]
    model: Any = None


class CatBoostTrainer(BlockTrainer):
    """Continues boosting, towards the new target."""

    name = "continued_training"

    @abstractmethod
    def _start(self, estimator: Any, task: StudentTask) -> dict[str, Any]:
        """Return the parameters of training that are not the user's."""

    @abstractmethod
    def _block(
        self, estimator: Any, params: dict[str, Any], overrides: dict[str, Any]
    ) -> CatBoost:
        """Return an unfitted model."""

    @abstractmethod
    def _target(self, task: StudentTask) -> NDArray:
        """Return what CatBoost is trained on."""

    def train_block(
        self, estimator: Any, model: Any, X: Any, task: StudentTask, current: Round
    ) -> Any:
        """Train one more block; see BlockTrainer."""
        if model is None:
            model = BlockState(self._start(estimator, task))
        total = next(
            iter(given_params(estimator, _ITERATIONS).values()), _DEFAULT_ITERATIONS
        )
        start, stop = current.block(total)
        if start == stop:
            return model
        seed = next(iter(given_params(estimator, _SEED).values()), 0)
        block = self._block(
            estimator,
            {
                **_without(estimator.get_params(), _ITERATIONS, _SEED),
                "iterations": stop - start,
                # The same seed would draw the same rows and columns in all blocks.
                "random_seed": seed + current.number,
            },
            model.overrides,
        )
        if task.classes is not None and weighs_classes(estimator):
            task = task.weighted_by_class(class_weight_of(estimator, task))
        # A model that comes straight from training goes on with what it was trained
        # on, silently, if the columns are the same; a copy has its trees only.
        before = None
        if model.model is not None:
            before = pickle.loads(pickle.dumps(model.model))
        model.model = block.fit(
            X, self._target(task), sample_weight=task.sample_weight, init_model=before
        )
        return model


class RegressorTrainer(CatBoostTrainer):
    """Continues boosting, towards the new values."""

    def predict(self, model: Any, X: Any, task: StudentTask) -> NDArray:
        """Return values; see BlockTrainer."""
        return model.model.predict(X)

    def finish(self, estimator: Any, model: Any, X: Any, task: StudentTask) -> Any:
        """Put the user's parameters back; see BlockTrainer."""
        return adopt_model(clone_estimator(estimator), model.model)

    def _start(self, estimator: Any, task: StudentTask) -> dict[str, Any]:
        squared = "RMSE" if task.targets.ndim == 1 else "MultiRMSE"
        if not set(given_params(estimator, LOSS).values()) <= {"RMSE", squared}:
            return {}
        overrides = {"loss_function": squared}
        if not given_params(estimator, LEARNING_RATE):
            # For all trees of all blocks.
            overrides["learning_rate"] = automatic_rate(
                estimator, "RMSE", len(task.targets)
            )
        return overrides

    def _block(
        self, estimator: Any, params: dict[str, Any], overrides: dict[str, Any]
    ) -> CatBoost:
        if overrides:
            params = {**_without(params, LOSS), **overrides}
        return type(estimator)(**params)

    def _target(self, task: StudentTask) -> NDArray:
        return task.targets


class ClassifierTrainer(CatBoostTrainer):
    """Continues boosting, towards the new probabilities."""

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

    def _start(self, estimator: Any, task: StudentTask) -> dict[str, Any]:
        two = task.loss.n_outputs == 2
        overrides: dict[str, Any] = {
            "loss_function": "CrossEntropy" if two else "MultiCrossEntropy",
            "allow_const_label": True,
        }
        if not given_params(estimator, LEARNING_RATE):
            # For all trees of all blocks, whatever their targets.
            overrides["learning_rate"] = automatic_rate(
                estimator, "Logloss" if two else "RMSE", len(task.targets)
            )
        if not two and not given_params(estimator, ("leaf_estimation_iterations",)):
            overrides["leaf_estimation_iterations"] = 1
        return overrides

    def _block(
        self, estimator: Any, params: dict[str, Any], overrides: dict[str, Any]
    ) -> CatBoost:
        left_out = [LOSS, OF_LABELS]
        if "learning_rate" in overrides:
            left_out.append(LEARNING_RATE)
        return CatBoost({**_without(params, *left_out), **overrides})

    def _target(self, task: StudentTask) -> NDArray:
        target = np.clip(task.targets, 0.0, 1.0)
        return target[:, 1] if task.loss.n_outputs == 2 else target


def _one_hot_size(params):
    return params.get("one_hot_max_size") or _DEFAULT_ONE_HOT


def _most_categories(columns, X):
    """Most categories that one of the categorical columns has."""
    if columns is None:
        return 0
    columns = [columns] if isinstance(columns, (str, int)) else list(columns)
    return max(
        (
            len(set(map(str, np.ravel(safe_indexing(X, [column], axis=1)))))
            for column in columns
        ),
        default=0,
    )


def _without(params, *names):
    left_out = {name for group in names for name in group}
    return {key: value for key, value in params.items() if key not in left_out}
