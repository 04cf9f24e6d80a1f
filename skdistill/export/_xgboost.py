"""The trees of XGBoost, from the JSON it saves."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from scipy.special import logit

from skdistill.export._trees import ENCODE, Tree, TreeEnsemble

_LINKS = {
    "binary:logistic": "sigmoid",
    "reg:logistic": "sigmoid",
    "multi:softprob": "softmax",
    "multi:softmax": "softmax",
    "count:poisson": "exp",
    "reg:gamma": "exp",
    "reg:tweedie": "exp",
    "reg:squarederror": "identity",
    "reg:absoluteerror": "identity",
    "reg:pseudohubererror": "identity",
    "reg:quantileerror": "identity",
    "reg:squaredlogerror": "identity",
}
# Where these are on a scale of their own, so is the base score.
_TO_RAW = {"sigmoid": logit, "exp": np.log}


def refuse(model: Any) -> str | None:
    """Say why a model cannot be exported; None if it can."""
    if model.booster == "gblinear":
        return "has no trees (booster='gblinear'). Use a linear model of scikit-learn"
    if model.missing is not None and not np.isnan(model.missing):
        return (
            f"takes {model.missing!r} for a missing value, and in ONNX that is NaN "
            "only. Leave missing at its default"
        )
    booster = model.get_booster()
    if "c" in (booster.feature_types or ()):
        known = "has categorical columns, whose codes are known to XGBoost only"
        return f"{known}. {ENCODE}"
    saved = _saved(booster)
    objective = saved["objective"]["name"]
    if objective not in _LINKS:
        return f"has the objective {objective!r}; one of {sorted(_LINKS)} would do"
    trees = _gbtree(saved)["model"]["trees"]
    if any(int(tree["tree_param"]["size_leaf_vector"]) > 1 for tree in trees):
        return (
            "has vectors in its leaves. Set multi_strategy='one_output_per_tree', "
            "XGBoost's default"
        )
    return None


def read(model: Any) -> TreeEnsemble:
    """Read the trees of a fitted XGBoost model, up to its best iteration."""
    saved = _saved(model.get_booster())
    link = _LINKS[saved["objective"]["name"]]
    params = saved["learner_model_param"]
    booster = saved["gradient_booster"]
    gbtree = _gbtree(saved)["model"]
    n_outputs = max(int(params["num_class"]), int(params["num_target"]), 1)
    base = np.atleast_1d(np.float32(json.loads(params["base_score"])))
    base = np.broadcast_to(base, n_outputs)
    base = _TO_RAW.get(link, np.asarray)(base)
    try:
        n_trees = gbtree["iteration_indptr"][model.best_iteration + 1]
    except AttributeError:  # It was trained without early stopping.
        n_trees = len(gbtree["trees"])
    kept = slice(n_trees)
    weights = booster.get("weight_drop", [1.0] * n_trees)  # Of dart.
    of_tree = (gbtree["trees"][kept], gbtree["tree_info"][kept], weights[kept])
    trees = [_tree(*one) for one in zip(*of_tree, strict=True)]
    return TreeEnsemble(trees, base, link, "BRANCH_LT", np.float32)


def _saved(booster):
    return json.loads(booster.save_raw("json"))["learner"]


def _gbtree(saved):
    booster = saved["gradient_booster"]
    return booster.get("gbtree", booster)


def _tree(tree, output, weight):
    conditions = np.float32(tree["split_conditions"])
    return Tree(
        feature=np.array(tree["split_indices"]),
        threshold=conditions,
        left=np.array(tree["left_children"]),
        right=np.array(tree["right_children"]),
        missing_left=np.array(tree["default_left"], dtype=bool),
        value=np.float32(weight) * conditions[:, None],
        output=output,
    )
