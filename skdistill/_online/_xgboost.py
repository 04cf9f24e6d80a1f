"""XGBoost: continued training, from the model of the round before.

The first block is XGBoost's own training on the labels, so that every later one finds
a native model to go on from, with its base score and its objective.
"""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import Any

import numpy as np
from xgboost import (
    XGBClassifier,
    XGBRanker,
    XGBRegressor,
    XGBRFClassifier,
    XGBRFRegressor,
)

from skdistill._checks import clone_estimator
from skdistill._online._growth import Growth
from skdistill.students import Loss
from skdistill.students._gradients import DistillationGradient
from skdistill.students._xgboost import _adopt, _objective, _weighs_classes

_DEFAULT_ESTIMATORS = 100


def growth(estimator: Any, loss: Loss) -> Growth | None:
    """Return how an XGBoost estimator grows; None if it must be refitted."""
    if isinstance(estimator, (XGBRFClassifier, XGBRFRegressor, XGBRanker)):
        return None  # A forest is one round of boosting.
    return XGBoostGrowth()


class XGBoostGrowth(Growth):
    """Boosting goes on, with the gradient of the new target."""

    name = "continued_training"

    def grow(self, estimator, model, X, task, turn):
        """Train one more block; see Growth."""
        total = estimator.n_estimators or _DEFAULT_ESTIMATORS
        start, stop = turn.share(total)
        if start == stop:
            return model
        block = {"n_estimators": stop - start, **_seed(estimator, turn)}
        if model is None or task.classes is None:
            target = task.targets if task.classes is None else task.labels
            grown = clone_estimator(estimator).set_params(**block)
            grown.fit(
                X,
                target,
                sample_weight=task.sample_weight,
                xgb_model=None if model is None else model.get_booster(),
            )
            return grown
        train = _logistic if _is_native(estimator, task) else _gradient
        booster = train(estimator, model, X, task, block)
        return _adopt(clone_estimator(estimator), booster.save_raw("ubj"))

    def finish(self, estimator, model, X, task):
        """Put the user's parameters back; see Growth."""
        names = ("n_estimators", "random_state")
        return model.set_params(**{name: getattr(estimator, name) for name in names})


def _seed(estimator, turn):
    """Another seed for each block, or all would draw the same rows and columns."""
    seed = estimator.random_state
    if turn.number == 0 or not (seed is None or isinstance(seed, (int, np.integer))):
        return {}
    return {"random_state": int(seed or 0) + turn.number}


def _is_native(estimator, task):
    """Whether the target is one that XGBoost's own loss takes, through a regressor."""
    return len(task.classes) == 2 and task.loss.temperature == 1.0


def _logistic(estimator, model, X, task, block):
    if _weighs_classes(estimator):
        task = task.weighted_by_class(np.array([1.0, estimator.scale_pos_weight]))
    twin = XGBRegressor(**{**estimator.get_params(), **block})
    # Otherwise it would be that of the model before, on top of the row weights.
    twin.set_params(scale_pos_weight=1.0)
    twin.fit(
        X,
        task.targets[:, 1],
        sample_weight=task.sample_weight,
        xgb_model=model.get_booster(),
    )
    return twin.get_booster()


def _gradient(estimator, model, X, task, block):
    twin: XGBClassifier = copy(estimator).set_params(
        objective=partial(
            _objective,
            gradient=DistillationGradient(task, np.float32),
            hessian_scale=1.0 if len(task.classes) == 2 else 2.0,
        ),
        **block,
    )
    twin.fit(
        X,
        task.labels,
        sample_weight=task.sample_weight,
        xgb_model=model.get_booster(),
    )
    booster = twin.get_booster()
    if estimator.objective == "multi:softmax":
        booster.set_param({"objective": "multi:softmax"})
    return booster
