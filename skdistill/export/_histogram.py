"""The trees of scikit-learn's histogram gradient boosting.

scikit-learn has no public name for them: `_predictors` and `_baseline_prediction` are
as they have been since 1.0, and the comparison that ends each export is the check of
what is read here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier

from skdistill.export._trees import Tree, TreeEnsemble


def refuse(model: Any) -> str | None:
    """Say why a model cannot be exported; None if it can."""
    categorical = model.is_categorical_
    if categorical is not None and np.any(categorical):
        return (
            "has categorical columns, which it splits by sets of categories. Encode "
            "them in a Pipeline before it, for example with OneHotEncoder"
        )
    return None


def read(model: Any) -> TreeEnsemble:
    """Read the trees of a fitted HistGradientBoosting model."""
    base = np.ravel(model._baseline_prediction).astype(np.float64)
    trees = [
        _tree(predictor.nodes, output)
        for iteration in model._predictors
        for output, predictor in enumerate(iteration)
    ]
    if is_classifier(model):
        link = "sigmoid" if len(base) == 1 else "softmax"
    else:
        link = "exp" if model.loss in ("poisson", "gamma") else "identity"
    return TreeEnsemble(trees, base, link, "BRANCH_LEQ", np.float64)


def _tree(nodes, output):
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
