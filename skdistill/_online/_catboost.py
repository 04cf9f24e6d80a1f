"""CatBoost: continued training, from the model of the round before.

While it grows, a classifier is a bare model on float targets, of CrossEntropy for two
classes and of one class against the rest for more; it becomes the user's classifier at
the end.
"""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from catboost import CatBoost, CatBoostClassifier, CatBoostRegressor
from scipy.special import expit, softmax

from skdistill._checks import clone_estimator
from skdistill._online._growth import Growth
from skdistill.students import Loss
from skdistill.students._catboost import (
    _LEARNING_RATE,
    _LOSS,
    _OF_LABELS,
    _adopt,
    _class_weight,
    _declare_classifier,
    _given,
    _one_vs_rest_to_softmax,
    _rescale,
    _weighs_classes,
    automatic_rate,
)

_ITERATIONS = ("iterations", "n_estimators", "num_boost_round", "num_trees")
_SEED = ("random_seed", "random_state")
_DEFAULT_ITERATIONS = 1000


def growth(estimator: Any, loss: Loss) -> Growth | None:
    """Return how a CatBoost estimator grows; None if it must be refitted."""
    if not isinstance(estimator, (CatBoostClassifier, CatBoostRegressor)):
        return None
    params = estimator.get_params()
    if params.get("eval_fraction") or params.get("task_type") == "GPU":
        return None  # They know no initial model.
    if isinstance(estimator, CatBoostClassifier):
        return ClassifierGrowth() if loss.temperature == 1.0 else None
    return RegressorGrowth()


class RegressorGrowth(Growth):
    """Boosting goes on, towards the new values."""

    name = "continued_training"

    def grow(self, estimator, model, X, task, turn):
        """Train one more block; see Growth."""
        params = _block(estimator, turn)
        if params is None:
            return model
        squared = {"loss_function": "RMSE"}
        if task.targets.ndim == 2:
            squared = {"loss_function": "MultiRMSE"}
        params = _without(estimator.get_params(), _ITERATIONS, _SEED) | params
        loss = _given(estimator, _LOSS) or squared
        if set(loss.values()) <= {"RMSE", "MultiRMSE"}:
            params = _without(params, _LOSS) | squared
            if not _given(estimator, _LEARNING_RATE):
                params["learning_rate"] = automatic_rate(
                    estimator, "RMSE", len(task.targets)
                )
        return _train(type(estimator)(**params), model, X, task.targets, task)

    def finish(self, estimator, model, X, task):
        """Put the user's parameters back; see Growth."""
        return _adopt(clone_estimator(estimator), model)


class ClassifierGrowth(Growth):
    """Boosting goes on, towards the new probabilities."""

    name = "continued_training"

    def grow(self, estimator, model, X, task, turn):
        """Train one more block; see Growth."""
        ours = _block(estimator, turn)
        if ours is None:
            return model
        if _weighs_classes(estimator):
            task = task.weighted_by_class(_class_weight(estimator, task))
        ours |= _own(estimator, task)
        params = _without(estimator.get_params(), _ITERATIONS, _SEED, _LOSS, _OF_LABELS)
        if "learning_rate" in ours:
            params = _without(params, _LEARNING_RATE)
        target = np.clip(task.targets, 0.0, 1.0)
        target = target[:, 1] if len(task.classes) == 2 else target
        return _train(CatBoost({**params, **ours}), model, X, target, task)

    def answer(self, model, X, task):
        """Return the probabilities of a bare model; see Growth."""
        raw = model.predict(X, prediction_type="RawFormulaVal")
        if len(task.classes) == 2:
            second = expit(raw)
            return np.column_stack([1.0 - second, second])
        return softmax(-np.logaddexp(0.0, -raw), axis=1)

    def finish(self, estimator, model, X, task):
        """Make it the user's classifier; see Growth."""
        if len(task.classes) > 2:
            scale, shift = _one_vs_rest_to_softmax(model.predict(X))
            _rescale(model, scale, shift)
        ours = {**_own(estimator, task), "iterations": None, "random_seed": None}
        _declare_classifier(model, task.classes, ours)
        return _adopt(clone_estimator(estimator), model)


def _block(estimator, turn):
    """Parameters of the round's block; None if it is empty."""
    total = next(iter(_given(estimator, _ITERATIONS).values()), _DEFAULT_ITERATIONS)
    start, stop = turn.share(total)
    if start == stop:
        return None
    seed = next(iter(_given(estimator, _SEED).values()), 0)
    # The same seed would draw the same rows and columns in all blocks.
    return {"iterations": stop - start, "random_seed": seed + turn.number}


def _own(estimator, task):
    """Parameters of training that are not the user's, whatever the block."""
    two = len(task.classes) == 2
    ours: dict[str, Any] = {
        "loss_function": "CrossEntropy" if two else "MultiCrossEntropy",
        "allow_const_label": True,
    }
    if not _given(estimator, _LEARNING_RATE):
        # For all trees of all blocks, whatever their targets.
        ours["learning_rate"] = automatic_rate(
            estimator, "Logloss" if two else "RMSE", len(task.targets)
        )
    if not two and not _given(estimator, ("leaf_estimation_iterations",)):
        ours["leaf_estimation_iterations"] = 1
    return ours


def _without(params, *names):
    left_out = {name for group in names for name in group}
    return {key: value for key, value in params.items() if key not in left_out}


def _train(fresh, model, X, target, task):
    if model is None:
        return fresh.fit(X, target, sample_weight=task.sample_weight)
    # A model that comes straight from training goes on with what it was trained on,
    # silently, if the columns are the same; a copy knows its trees only.
    before = pickle.loads(pickle.dumps(model))
    return fresh.fit(X, target, sample_weight=task.sample_weight, init_model=before)
