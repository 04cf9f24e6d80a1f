"""The trees of LightGBM, from the dictionary it dumps."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier

from skdistill.export._trees import ENCODE, Tree, TreeEnsemble, list_nodes

_LINKS = {
    "binary": "sigmoid",
    "cross_entropy": "sigmoid",
    "multiclass": "softmax",
    "poisson": "exp",
    "gamma": "exp",
    "tweedie": "exp",
    "regression": "identity",
    "regression_l1": "identity",
    "huber": "identity",
    "fair": "identity",
    "quantile": "identity",
    "mape": "identity",
}


def refuse(model: Any) -> str | None:
    """Say why a model cannot be exported; None if it can."""
    dumped = _dump(model)
    name, details = _objective(model, dumped)
    if name not in _LINKS or "sqrt" in details:
        shown = " ".join([name, *details])
        return f"has the objective {shown!r}; one of {sorted(_LINKS)} would do"
    if any(tree.get("num_cat", 0) for tree in dumped["tree_info"]):
        known = "splits by categories, whose codes are known to LightGBM only"
        return f"{known}. {ENCODE}"
    params = model.booster_.params
    if params.get("linear_tree"):
        return "has linear models in its leaves. Leave linear_tree at False"
    if params.get("zero_as_missing"):
        return (
            "takes zeros for missing values, and in ONNX those are NaN only. Leave "
            "zero_as_missing at False"
        )
    return None


def read(model: Any) -> TreeEnsemble:
    """Read the trees of a fitted LightGBM model, up to its best iteration."""
    dumped = _dump(model)
    name, details = _objective(model, dumped)
    n_outputs = dumped["num_tree_per_iteration"]
    infos = dumped["tree_info"]
    scale = 1.0
    for detail in details:
        if detail.startswith("sigmoid:"):  # The slope of the logistic function.
            scale = float(detail.partition(":")[2])
    if dumped["average_output"]:  # Of a random forest.
        scale *= n_outputs / len(infos)
    trees = [
        _tree(info["tree_structure"], i % n_outputs, scale)
        for i, info in enumerate(infos)
    ]
    base = np.zeros(n_outputs)
    return TreeEnsemble(trees, base, _LINKS[name], "BRANCH_LEQ", np.float64)


def _dump(model):
    return model.booster_.dump_model(num_iteration=model.best_iteration_ or None)


def _objective(model, dumped):
    """Return the name of the objective and what LightGBM writes after it."""
    name, *details = dumped.get("objective", "custom").split()
    if name == "custom" and not is_classifier(model):
        name = "regression"  # Its predictions are the sums.
    return name, details


def _tree(root, output, scale):
    nodes, left, right = list_nodes(root, "left_child", "right_child")

    def column(name, missing):
        return np.array([node.get(name, missing) for node in nodes])

    threshold = column("threshold", 0.0).astype(np.float64)
    # What LightGBM saw no missing value of while it learnt, it takes for a zero.
    as_missing = column("missing_type", "None") == "NaN"
    missing_left = np.where(as_missing, column("default_left", False), threshold >= 0)
    return Tree(
        feature=column("split_feature", 0),
        threshold=threshold,
        left=left,
        right=right,
        missing_left=missing_left.astype(bool),
        value=scale * column("leaf_value", 0.0)[:, None],
        output=output,
    )
