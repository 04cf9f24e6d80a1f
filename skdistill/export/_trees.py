"""Trees of any library as one ONNX node.

A library's module reads its trees into a `TreeEnsemble`. Values are rounded as the
library rounds them, so that a row takes the same path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from onnx import numpy_helper

from skdistill.export._graph import Graph, Table

# What does for columns that a library alone can read.
ENCODE = "Encode them in a Pipeline before it, for example with OneHotEncoder"


@dataclass(frozen=True)
class Tree:
    """The nodes of one tree; node 0 is the root.

    Attributes
    ----------
    feature : ndarray of int of shape (n_nodes,)
        The column that a node looks at.
    threshold : ndarray of shape (n_nodes,)
        What its value is compared with.
    left, right : ndarray of int of shape (n_nodes,)
        Where a row goes if the comparison holds, and if not; -1 at a leaf.
    missing_left : ndarray of bool of shape (n_nodes,)
        Whether a missing value goes left.
    value : ndarray of shape (n_nodes, n_values)
        What a leaf adds.
    output : int
        To which output it adds the first of them; the others follow.
    """

    feature: NDArray
    threshold: NDArray
    left: NDArray
    right: NDArray
    missing_left: NDArray
    value: NDArray
    output: int


@dataclass(frozen=True)
class TreeEnsemble:
    """The sum of trees, and what is made of it.

    Attributes
    ----------
    trees : list of Tree
        At least one.
    base : ndarray of shape (n_outputs,)
        What the sum starts from.
    link : {"identity", "exp", "sigmoid", "softmax"}
        From the sum to the prediction.
    comparison : {"BRANCH_LEQ", "BRANCH_LT"}
        What holds for a value that goes left of a threshold.
    dtype : type
        The floating-point type that the library rounds values to, before it compares
        them.
    """

    trees: list[Tree]
    base: NDArray
    link: str
    comparison: Literal["BRANCH_LEQ", "BRANCH_LT"]
    dtype: Any


def list_nodes(
    root: Mapping[str, Any], left: str, right: str
) -> tuple[list[Mapping[str, Any]], NDArray, NDArray]:
    """List the nodes of a tree that are nested, and where their children are.

    Parameters
    ----------
    root : mapping
        It has its children under two keys, a leaf has none.
    left, right : str
        These keys.

    Returns
    -------
    nodes : list of mapping
        The root first.
    left, right : ndarray of int of shape (n_nodes,)
        As `Tree` has them.
    """
    nodes, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        waiting.extend(node[side] for side in (left, right) if side in node)
    place = {id(node): i for i, node in enumerate(nodes)}

    def children(side):
        return np.array([place.get(id(node.get(side)), -1) for node in nodes])

    return nodes, children(left), children(right)


def add_trees(ensemble: TreeEnsemble, table: Table) -> str:
    """Append trees to the graph of a table and return their predictions.

    Returns
    -------
    str
        A tensor of double numbers of shape (n_samples, n_outputs).
    """
    graph = table.graph
    X = graph.cast(table.as_matrix(ensemble.dtype), np.float64)
    raw = graph.cast(_add_sum(graph, ensemble, X), np.float64)
    if ensemble.link == "softmax":
        return graph.add("Softmax", raw, axis=1)
    if ensemble.link == "identity":
        return raw
    return graph.add(ensemble.link.capitalize(), raw)


def _add_sum(graph: Graph, ensemble: TreeEnsemble, X: str) -> str:
    trees = ensemble.trees
    sizes = [len(tree.feature) for tree in trees]
    leaf = np.concatenate([tree.left for tree in trees]) < 0
    ids = np.repeat(np.arange(len(trees)), sizes)
    nodes = np.concatenate([np.arange(size) for size in sizes])

    def joined(name):
        values = np.concatenate([getattr(tree, name) for tree in trees])
        return np.where(leaf, 0, values)

    values = np.concatenate([tree.value for tree in trees])
    n_values = values.shape[1]
    outputs = np.repeat([tree.output for tree in trees], sizes)[leaf, None]
    numbers = {
        "nodes_values": joined("threshold"),
        "target_weights": values[leaf].ravel(),
        "base_values": np.asarray(ensemble.base),
    }
    # The attributes of double precision, in which the sum is taken.
    numbers = {
        f"{name}_as_tensor": numpy_helper.from_array(values.astype(np.float64), name)
        for name, values in numbers.items()
    }
    return graph.add(
        "TreeEnsembleRegressor",
        X,
        domain="ai.onnx.ml",
        n_targets=len(ensemble.base),
        aggregate_function="SUM",
        post_transform="NONE",
        nodes_treeids=ids.tolist(),
        nodes_nodeids=nodes.tolist(),
        nodes_featureids=joined("feature").tolist(),
        nodes_modes=np.where(leaf, "LEAF", ensemble.comparison).tolist(),
        nodes_truenodeids=joined("left").tolist(),
        nodes_falsenodeids=joined("right").tolist(),
        nodes_missing_value_tracks_true=joined("missing_left").astype(int).tolist(),
        target_treeids=np.repeat(ids[leaf], n_values).tolist(),
        target_nodeids=np.repeat(nodes[leaf], n_values).tolist(),
        target_ids=(outputs + np.arange(n_values)).ravel().tolist(),
        **numbers,
    )
