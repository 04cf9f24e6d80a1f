"""How a fitted teacher represents rows: hidden units, leaves, transforms, scores.

1. `check_representation` says before any training whether a teacher has one.
2. `represent` returns the units of a fitted teacher for some rows: numbers, or the leaf
   that each tree puts a row into.
3. `Reduction`, in ``_reduction.py``, brings them to a stated number of dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.special import expit
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline

from skdistill.input._boosters import HISTOGRAMS, library

_MLPS = (MLPClassifier, MLPRegressor)
_GRADIENT_BOOSTING = (GradientBoostingClassifier, GradientBoostingRegressor)
_ACTIVATIONS = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0.0),
    "tanh": np.tanh,
    "logistic": expit,
}


class Units(NamedTuple):
    """What a teacher makes of some rows, one row each.

    Attributes
    ----------
    values : {ndarray, sparse matrix} of shape (n_samples, n_units)
        Numbers, or for each tree the code of a leaf.
    coded : bool
        Whether they are codes, which have no order.
    """

    values: Any
    coded: bool = False


def check_representation(
    teacher: Any, representation: Any, match: str, owner: str
) -> None:
    """Raise unless the teacher, fitted or not, has units that can be matched.

    Parameters
    ----------
    teacher : estimator
        The teacher.
    representation : "auto" or callable
        As `represent` takes it.
    match : {"values", "boundary"}
        As `represent` takes it.
    owner : str
        Name of the objective, for messages.
    """
    if callable(representation):
        return
    if not (isinstance(representation, str) and representation == "auto"):
        raise ValueError(
            f"representation of {owner} must be 'auto' or a callable that takes the "
            f"fitted teacher and X; got {representation!r}."
        )
    model = unwrap(teacher)
    name = type(model).__name__
    if isinstance(model, Pipeline):
        name = f"{name} that ends in {type(model.steps[-1][1]).__name__}"
    find = _find_units(model)
    if find is None:
        raise ValueError(
            f"{owner} needs a teacher with a representation, and a {name} has none "
            "that is known: no hidden units, trees, decision values, or transform in a "
            "Pipeline. Pass representation=function, which is called with the fitted "
            "teacher and X and returns an array of shape (n_samples, n_units)."
        )
    if match == "boundary" and find not in _BOUNDARIES:
        raise ValueError(
            f"match of {owner} is 'boundary', but which side of a boundary a row is on "
            f"is not known for a {name}. Use match='values', or a teacher with hidden "
            "units (MLP), a scikit-learn tree or forest, HistGradientBoosting or "
            "CatBoost."
        )
    if find is _catboost_leaves and match == "boundary":
        policy = model.get_params().get("grow_policy", "SymmetricTree")
        if policy != "SymmetricTree":
            raise ValueError(
                f"match of {owner} is 'boundary', which needs CatBoost's symmetric "
                f"trees; grow_policy of the teacher is {policy!r}. Use match='values'."
            )


def represent(
    teacher: Any, X: Any, representation: Any = "auto", match: str = "values"
) -> Units:
    """Units of a fitted teacher for some rows.

    Parameters
    ----------
    teacher : fitted estimator
        The teacher.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        The teacher's columns.
    representation : "auto" or callable, default="auto"
        "auto" takes the last hidden layer of a multi-layer perceptron, leaves of trees
        and forests, values of the leaves where a library does not tell which one
        (HistGradientBoosting), else the last transform of a Pipeline, else decision
        values. A callable is given the teacher and X.
    match : {"values", "boundary"}, default="values"
        "boundary" replaces units by the side of their boundary that the row is on:
        activated or not, left or right of a split.

    Returns
    -------
    Units
    """
    if callable(representation):
        values = _check_units(representation(teacher, X), X, representation)
        return Units(np.sign(values) if match == "boundary" else values)
    teacher = unwrap(teacher)
    find = _find_units(teacher)
    if isinstance(teacher, Pipeline) and find is not _last_transform:
        X, teacher = teacher[:-1].transform(X), unwrap(teacher[-1])
    assert find is not None
    return (_BOUNDARIES[find] if match == "boundary" else find)(teacher, X)


def unwrap(estimator: Any) -> Any:
    """Return what predicts inside a search or a FrozenEstimator."""
    while True:
        if isinstance(estimator, FrozenEstimator):
            estimator = estimator.estimator
        elif hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif hasattr(estimator, "refit") and hasattr(estimator, "estimator"):
            estimator = estimator.estimator
        else:
            return estimator


def _find_units(model: Any) -> Callable | None:
    """Return the function that finds the units of a kind of teacher, or None."""
    if isinstance(model, Pipeline):
        find = _find_units(unwrap(model.steps[-1][1]))
        if find in (None, _decision_values) and len(model.steps) > 1:
            return _last_transform
        return find
    if library(model) == "catboost":
        return _catboost_leaves
    if library(model) == "lightgbm":
        return _lightgbm_leaves
    if library(model) == "xgboost":
        linear = model.get_params().get("booster") == "gblinear"
        return None if linear else _leaves
    if isinstance(model, _MLPS):
        return _hidden_units
    if isinstance(model, HISTOGRAMS):
        return _leaf_values
    if hasattr(model, "apply"):
        return _tree_leaves if hasattr(model, "decision_path") else _leaves
    linear = "sklearn.linear_model" in type(model).__module__
    if linear or hasattr(model, "decision_function"):
        return _decision_values
    return None


def _before_activation(model, X):
    hidden = np.asarray(X.toarray() if sparse.issparse(X) else X, dtype=np.float64)
    layers = list(zip(model.coefs_, model.intercepts_, strict=True))[:-1]
    activate = _ACTIVATIONS[model.activation]
    for number, (weight, bias) in enumerate(layers):
        hidden = (activate(hidden) if number else hidden) @ weight + bias
    return hidden


def _hidden_units(model, X):
    return Units(_ACTIVATIONS[model.activation](_before_activation(model, X)))


def _hidden_sides(model, X):
    return Units(np.where(_before_activation(model, X) > 0.0, 1.0, -1.0))


def _leaves(model, X):
    if isinstance(model, _GRADIENT_BOOSTING) and hasattr(X, "columns"):
        X = np.asarray(X)  # Its trees have no names, and warn of those of a frame.
    return _coded(model.apply(X))


def _tree_leaves(model, X):
    return _leaves(model, X)


def _tree_sides(model, X):
    path = model.decision_path(X)
    return Units(path[0] if isinstance(path, tuple) else path)


def _catboost_leaves(model, X):
    return _coded(model.calc_leaf_indexes(X))


def _catboost_sides(model, X):
    leaves = model.calc_leaf_indexes(X)
    depths = np.log2(model.get_tree_leaf_counts()).round().astype(int)
    tree = np.repeat(np.arange(len(depths)), depths)
    bit = np.concatenate([np.arange(depth) for depth in depths])
    return Units(np.where((leaves[:, tree] >> bit) & 1, 1.0, -1.0))


def _lightgbm_leaves(model, X):
    return _coded(model.predict(X, pred_leaf=True))


def _leaf_values(model, X):
    staged = getattr(model, "staged_decision_function", model.staged_predict)
    scores = np.stack([np.array(s).reshape(len(s), -1) for s in staged(X)])
    # What the trees of each iteration add, the first with the start.
    return Units(np.concatenate(np.diff(scores, axis=0, prepend=0.0), axis=1))


def _leaf_signs(model, X):
    return Units(np.sign(_leaf_values(model, X).values))


def _last_transform(model, X):
    return Units(_as_matrix(model[:-1].transform(X)))


def _decision_values(model, X):
    score = getattr(model, "decision_function", model.predict)
    return Units(_as_matrix(score(X)))


_BOUNDARIES = {
    _hidden_units: _hidden_sides,
    _tree_leaves: _tree_sides,
    _catboost_leaves: _catboost_sides,
    _leaf_values: _leaf_signs,
}


def _coded(leaves):
    codes = np.asarray(leaves).astype(np.int64)
    return Units(codes.reshape(len(codes), -1), coded=True)


def _as_matrix(values):
    if sparse.issparse(values):
        return values
    values = np.asarray(values, dtype=np.float64)
    return values.reshape(len(values), -1)


def _check_units(values, X, representation):
    name = getattr(representation, "__name__", repr(representation))
    start = f"representation {name} must return a numeric array of shape "
    if not sparse.issparse(values):
        try:
            values = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{start}(n_samples, n_units): {error}") from error
    if values.ndim != 2 or values.shape[0] != X.shape[0] or values.shape[1] == 0:
        raise ValueError(
            f"{start}({X.shape[0]}, n_units), one row for each row of X; its shape is "
            f"{values.shape}."
        )
    data = values.data if sparse.issparse(values) else values
    if not np.isfinite(data).all():
        raise ValueError(f"representation {name} returned NaN or infinite values.")
    return values
