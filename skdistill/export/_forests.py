"""The trees of scikit-learn's trees and forests, from `tree_`.

skl2onnx converts them as well, some fifty times slower and without missing values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier

from skdistill.export._trees import Tree, TreeEnsemble


def refuse(model: Any) -> str | None:
    """Say why a model cannot be exported; None if it can."""
    return None


def read(model: Any) -> TreeEnsemble:
    """Read a fitted tree, or the trees of a fitted forest."""
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
