"""LightGBM: continued training, from the model of the round before.

The first block is LightGBM's own training on the labels, with its prior; the later ones
see it as an initial score, which holds the prior already.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor

from skdistill._checks import clone_estimator
from skdistill._online._growth import Growth
from skdistill.students import Loss
from skdistill.students._lightgbm import (
    _get,
    _native_text,
    _objective,
    _objectives,
    _with_class_weight,
    _with_label_weight,
)


def growth(estimator: Any, loss: Loss) -> Growth | None:
    """Return how a LightGBM estimator grows; None if it must be refitted."""
    if not isinstance(estimator, (LGBMClassifier, LGBMRegressor)):
        return None
    # Dropping trees of earlier blocks would change what they had learnt.
    plain = _get(estimator, "boosting_type", "gbdt")[1] in ("gbdt", "gbrt", "goss")
    return LightGBMGrowth() if plain else None


class LightGBMGrowth(Growth):
    """Boosting goes on, with the gradient of the new target."""

    name = "continued_training"

    def grow(self, estimator, model, X, task, turn):
        """Train one more block; see Growth."""
        start, stop = turn.share(estimator.n_estimators)
        if start == stop:
            return model
        grown = clone_estimator(estimator).set_params(n_estimators=stop - start)
        if turn.number and not isinstance(
            estimator.random_state, np.random.RandomState
        ):
            # Or all blocks would draw the same rows and columns.
            grown.set_params(random_state=(estimator.random_state or 0) + turn.number)
        if model is None:
            return grown.fit(X, task.y, sample_weight=task.sample_weight)
        if task.classes is None:
            return grown.fit(
                X, task.targets, sample_weight=task.sample_weight, init_model=model
            )
        if not model.booster_.feature_importance().any():
            return model  # No column can be split, now as before.
        return _continue(estimator, grown, model, X, task)

    def finish(self, estimator, model, X, task):
        """Put the user's parameters back; see Growth."""
        names = ("n_estimators", "random_state")
        return model.set_params(**{name: getattr(estimator, name) for name in names})


def _continue(estimator, grown, model, X, task):
    n_classes = len(task.classes)
    native = estimator.objective or next(iter(_objectives(n_classes)))
    task = _with_label_weight(estimator, _with_class_weight(estimator, task))
    no_prior = np.zeros(1 if n_classes == 2 else n_classes)
    grown.set_params(objective=_objective(task, no_prior), class_weight=None)
    grown.fit(X, task.y, init_model=model)
    grown.set_params(objective=estimator.objective, class_weight=estimator.class_weight)
    # What `objective_` reports; `fit` leaves the objective it used here.
    grown._objective = native
    booster = grown.booster_
    text = _native_text(booster.model_to_string(), native, no_prior)
    booster.model_from_string(text)
    booster.params["objective"] = native
    return grown
