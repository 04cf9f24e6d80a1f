"""The trees of CatBoost, from the JSON it saves.

CatBoost's own ONNX exporter writes an invalid file for several outputs, and none for
trees that are not symmetric or have a scale.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from skdistill.export._trees import ENCODE, Tree, TreeEnsemble, list_nodes

_CLASSIFIER_LINKS = {
    "Logloss": "sigmoid",
    "CrossEntropy": "sigmoid",
    "MultiClass": "softmax",
}
_REGRESSOR_LINKS = {
    "RMSE": "identity",
    "MultiRMSE": "identity",
    "MAE": "identity",
    "Quantile": "identity",
    "Huber": "identity",
    "Expectile": "identity",
    "MAPE": "identity",
    "Lq": "identity",
    "LogCosh": "identity",
    "Poisson": "exp",
    "Tweedie": "exp",
}
_SPECIAL_COLUMNS = {
    "categorical": "get_cat_feature_indices",
    "text": "get_text_feature_indices",
    "embedding": "get_embedding_feature_indices",
}


def refuse(model: Any) -> str | None:
    """Say why a model cannot be exported; None if it can."""
    for kind, method in _SPECIAL_COLUMNS.items():
        positions = getattr(model, method)()
        if positions:
            names = [model.feature_names_[i] for i in positions]
            return (
                f"has {kind} columns ({names}), whose statistics are known to CatBoost "
                f"only. {ENCODE}, or deploy CatBoost's own file (save_model)"
            )
    loss, links = _loss(model), _links(model)
    if loss not in links:
        return f"has the loss_function {loss!r}; one of {sorted(links)} would do"
    return None


def read(model: Any) -> TreeEnsemble:
    """Read the trees of a fitted CatBoost model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        saved = json.loads(path.read_text(encoding="utf-8"))
    scale, base = saved["scale_and_bias"]
    base = np.atleast_1d(np.asarray(base, dtype=np.float64))
    floats = saved["features_info"]["float_features"]
    # Where there were no missing values, they come out below every border, too.
    columns = [
        (column["flat_feature_index"], column["nan_value_treatment"] != "AsTrue")
        for column in sorted(floats, key=lambda column: column["feature_index"])
    ]
    if "oblivious_trees" in saved:
        trees = [
            _symmetric(tree, columns, len(base)) for tree in saved["oblivious_trees"]
        ]
    else:
        trees = [_any_shape(tree, columns, len(base)) for tree in saved["trees"]]
    for tree in trees:
        tree.value[:] *= scale
    link = _links(model)[_loss(model)]
    return TreeEnsemble(trees, base, link, "BRANCH_LEQ", np.float32)


def _loss(model):
    return model.get_all_params()["loss_function"].partition(":")[0]


def _links(model):
    return _CLASSIFIER_LINKS if is_classifier(model) else _REGRESSOR_LINKS


def _tree(splits, left, right, value, columns):
    """Build a tree; `splits` has None for a leaf."""
    look = [
        columns[split["float_feature_index"]] if split else (0, 0) for split in splits
    ]
    return Tree(
        feature=np.array([feature for feature, _ in look]),
        threshold=np.array([split["border"] if split else 0.0 for split in splits]),
        left=left,
        right=right,
        missing_left=np.array([missing for _, missing in look], dtype=bool),
        value=np.asarray(value, dtype=np.float64),
        output=0,
    )


def _symmetric(tree, columns, n_outputs):
    """Write out a tree that has one split a level, the last one at the root."""
    splits = (tree["splits"] or [])[::-1]
    n_inner = 2 ** len(splits) - 1
    leaves = np.reshape(tree["leaf_values"], (n_inner + 1, n_outputs))
    value = np.concatenate([np.zeros((n_inner, n_outputs)), leaves])
    of_nodes = [split for level, split in enumerate(splits) for _ in range(2**level)]
    inner = np.arange(n_inner)
    no_child = np.full(n_inner + 1, -1)
    return _tree(
        of_nodes + [None] * (n_inner + 1),
        np.concatenate([2 * inner + 1, no_child]),
        np.concatenate([2 * inner + 2, no_child]),
        value,
        columns,
    )


def _any_shape(root, columns, n_outputs):
    nodes, left, right = list_nodes(root, "left", "right")
    value = [np.broadcast_to(node.get("value", 0.0), n_outputs) for node in nodes]
    return _tree(
        [node.get("split") for node in nodes], left, right, np.array(value), columns
    )
