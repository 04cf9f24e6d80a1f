"""scikit-learn's estimators that go on from where they were: `warm_start`."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.base import is_classifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.validation import has_fit_parameter

from skdistill._checks import clone_estimator
from skdistill._online._growth import Growth
from skdistill.students import Loss, fit_student

_FORESTS = (
    RandomForestClassifier,
    RandomForestRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
)
_BOOSTING = (GradientBoostingClassifier, GradientBoostingRegressor)
_HISTOGRAMS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
# Where a model on its way keeps how many of its trees were asked, and their scores.
_COUNTED = "_skdistill_counted"
_FEW = "_skdistill_few_values"
_EPOCHS = (SGDClassifier, SGDRegressor, MLPClassifier, MLPRegressor)


def growth(estimator: Any, loss: Loss, X: Any) -> Growth | None:
    """Return how a scikit-learn estimator grows; None if it must be refitted."""
    softens = is_classifier(estimator)
    if softens and loss.temperature != 1.0:
        return None  # Only a whole model can be scaled to the temperature.
    if softens and not has_fit_parameter(estimator, "sample_weight"):
        return None
    params = estimator.get_params(deep=False)
    if params.get("early_stopping") is True:
        return None
    if isinstance(estimator, _HISTOGRAMS):
        return HistogramGrowth()
    if isinstance(estimator, _FORESTS):
        return None if params["oob_score"] else TreeGrowth()
    if isinstance(estimator, _BOOSTING):
        return None if params["n_iter_no_change"] else TreeGrowth()
    return EpochGrowth() if isinstance(estimator, _EPOCHS) else None


class WarmStart(Growth):
    """Continue with `warm_start`, a block a round.

    Interface: `count`, the parameter that counts blocks; `cumulative`, whether it
    counts from the first one on; `_train(model, X, task, turn)`.
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
            model.set_params(warm_start=True, **self._while_growing(estimator))
        model.set_params(**{self.count: stop if self.cumulative else stop - start})
        return self._train(model, X, task, turn)

    def finish(self, estimator, model, X, task):
        """Put the user's parameters back; see Growth."""
        params = estimator.get_params(deep=False)
        changed = ("warm_start", self.count, *self._while_growing(estimator))
        return model.set_params(**{name: params[name] for name in changed})

    def _while_growing(self, estimator):
        """Parameters that are not the user's until `finish`."""
        return {}

    def _train(self, model, X, task, turn):
        return fit_student(model, X, task)


class TreeGrowth(WarmStart):
    """Forests and gradient boosting: new trees learn the new target."""


class EpochGrowth(WarmStart):
    """SGD and MLP: the weights move on to the new target."""

    count = "max_iter"
    cumulative = False


class HistogramGrowth(WarmStart):
    """HistGradientBoosting: new trees learn the new target.

    Trees are continued on binned data, so the bins must stay the same. Those of a
    classifier would follow the copies of rows that bring the soft target, and their
    weights, so it is given values that leave no choice; see `few_values`.
    """

    count = "max_iter"

    def grow(self, estimator, model, X, task, turn):
        """Train one more block; see Growth."""
        if not is_classifier(estimator):
            return super().grow(estimator, model, X, task, turn)
        few = getattr(model, _FEW, None)
        if few is None:
            few = few_values(X, estimator.max_bins, task.sample_weight)
        model = super().grow(estimator, model, few, task, turn)
        setattr(model, _FEW, few)
        return model

    def finish(self, estimator, model, X, task):
        """Put the user's parameters back; see Growth."""
        for name in (_FEW, _COUNTED):
            if hasattr(model, name):
                delattr(model, name)
        return super().finish(estimator, model, X, task)

    def _while_growing(self, estimator):
        return {"early_stopping": False}

    def answer(self, model, X, task):
        """Return probabilities or values; see Growth."""
        if task.classes is None and model.loss != "squared_error":
            return super().answer(model, X, task)
        raw = _raw_scores(model, X)
        if task.classes is None:
            return raw
        if raw.ndim == 1:
            second = expit(raw)
            return np.column_stack([1.0 - second, second])
        return softmax(raw, axis=1)


def _raw_scores(model, X):
    """Raw scores of all trees, of which only the new ones are asked.

    Prediction takes about as long as training does. scikit-learn has no public way to
    ask some trees only; these attributes hold all that its scores are the sum of.
    """
    counted, raw = getattr(model, _COUNTED, (0, 0.0))
    trees = model._predictors
    part = copy(model)
    part._predictors = trees[counted:]
    if counted:
        part._baseline_prediction = np.zeros_like(model._baseline_prediction)
    if len(trees) > counted:
        ask = part.decision_function if is_classifier(part) else part.predict
        raw = raw + ask(X)
        setattr(model, _COUNTED, (len(trees), raw))
    return raw


def few_values(X: Any, max_bins: int, sample_weight: NDArray | None) -> Any:
    """Replace values by the nearest of at most `max_bins` values of the same column.

    HistGradientBoosting splits half way between values, if there are no more of them
    than bins. A value and its nearest one are always on the same side, so the trees
    mean the same for the values as they were; and neither copies nor weights of rows
    move a bin.

    Parameters
    ----------
    X : {ndarray, dataframe} of shape (n_samples, n_features)
        Categorical columns and missing values stay.
    max_bins : int
        Values that are left.
    sample_weight : ndarray of shape (n_samples,) or None
        Rows without weight are not seen by every version of the library.
    """
    seen = slice(None) if sample_weight is None else sample_weight > 0
    names = getattr(X, "columns", None)
    if names is None:
        X = np.array(X, dtype=np.float64)
        for column in X.T:
            column[:] = _nearest(column, column[seen], max_bins)
        return X
    replaced = {}
    for name in names:
        values = np.asarray(X[name])
        if values.dtype.kind in "fiu":
            values = values.astype(np.float64)
            replaced[name] = _nearest(values, values[seen], max_bins)
    if hasattr(X, "assign"):
        return X.assign(**replaced)
    series = [type(X[name])(name, values) for name, values in replaced.items()]
    return X.with_columns(series)


def _nearest(values, seen, max_bins):
    ordered = np.sort(seen[~np.isnan(seen)])
    kept = np.unique(ordered)
    if len(kept) > max_bins:
        # Evenly among rows, so that each value stands for about as many.
        at = np.linspace(0, len(ordered) - 1, max_bins).round().astype(np.intp)
        kept = np.unique(ordered[at])
    if not len(kept) or not np.isfinite(kept).all():
        return values
    middle = (kept[:-1] + kept[1:]) / 2
    nearest = kept[np.searchsorted(middle, values, side="left")]
    return np.where(np.isnan(values), values, nearest)
