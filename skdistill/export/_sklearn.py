"""The trees of scikit-learn: of trees, forests and histogram gradient boosting.

skl2onnx converts them as well, some fifty times slower and without missing values. The
comparison that ends each export checks what is read here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdistill.export._trees import ENCODE, Tree, TreeEnsemble
from skdistill.input._boosters import HISTOGRAMS
from skdistill.students._histogram import start_scores, tree_nodes

READ_HERE = (
    *HISTOGRAMS,
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
)


def refuse(model: Any) -> str | None:
    """Say why a model cannot be exported; None if it can."""
    categorical = getattr(model, "is_categorical_", None)
    if categorical is not None and np.any(categorical):
        splits = "has categorical columns, which it splits by sets of categories"
        return f"{splits}. {ENCODE}"
    return None


def read(model: Any) -> TreeEnsemble:
    """Read the trees of a fitted model."""
    if isinstance(model, HISTOGRAMS):
        return _read_histograms(model)
    members = getattr(model, "estimators_", [model])
    share = 1.0 / len(members)
    trees = [_tree(member.tree_, is_classifier(model), share) for member in members]
    base = np.zeros(trees[0].value.shape[1])
    return TreeEnsemble(trees, base, "identity", "BRANCH_LEQ", np.float32)


def _tree(tree, classifies, share):
    if classifies:  # Shares of the classes.
        value = tree.value[:, 0, :]
        value = value / value.sum(axis=1, keepdims=True)
    else:
        value = tree.value[:, :, 0]
    return Tree(
        feature=tree.feature,
        threshold=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        missing_left=tree.missing_go_to_left.astype(bool),
        value=share * value,
        output=0,
    )


def _read_histograms(model):
    base = start_scores(model)
    trees = [
        _tree_of_nodes(nodes, output)
        for iteration in tree_nodes(model)
        for output, nodes in enumerate(iteration)
    ]
    if is_classifier(model):
        link = "sigmoid" if len(base) == 1 else "softmax"
    else:
        link = "exp" if model.loss in ("poisson", "gamma") else "identity"
    return TreeEnsemble(trees, base, link, "BRANCH_LEQ", np.float64)


def _tree_of_nodes(nodes, output):
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        feature=nodes["feature_idx"].astype(np.int64),
        threshold=nodes["num_threshold"],
        left=np.where(leaf, -1, nodes["left"].astype(np.int64)),
        right=np.where(leaf, -1, nodes["right"].astype(np.int64)),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        value=nodes["value"][:, None],
        output=output,
    )
