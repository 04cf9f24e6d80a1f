"""The graph of a fitted model: of our estimators, of trees, and of scikit-learn's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper
from sklearn.base import is_classifier, is_regressor

from skdistill.export._graph import Graph, Table
from skdistill.export._libraries import reader
from skdistill.export._skl2onnx import add_by_skl2onnx
from skdistill.export._trees import add_trees
from skdistill.input._classes import holds_codes, in_order, student_classes
from skdistill.input._meta_estimator import MetaEstimator
from skdistill.offline._classifier import DistilledClassifier
from skdistill.students._task import Loss


@dataclass(frozen=True)
class Input:
    """A tensor that the rows come in.

    Attributes
    ----------
    name : str
        Its name in the graph.
    type : int
        Of its elements, by the numbers of ``onnx.TensorProto``.
    width : int
        Number of columns.
    """

    name: str
    type: int
    width: int


def build(
    model: Any,
    inputs: Sequence[Input],
    output_type: int,
    *,
    reduced: bool = False,
    opsets: dict[str, int] | None = None,
) -> ModelProto:
    """Build the graph of a fitted model.

    Parameters
    ----------
    model : fitted estimator
        Whatever `refuse` lets pass.
    inputs : sequence of Input
        All columns of the model, or only those that it needs.
    output_type : int
        Of probabilities and values, by the numbers of ``onnx.TensorProto``.
    reduced : bool, default=False
        Whether the inputs are the columns the model needs, in its order, also where
        these are as many as it was fitted with.
    opsets : dict, default=None
        The version of each operator domain.

    Returns
    -------
    ModelProto
        Its outputs are "label" and "probabilities", or "prediction".
    """
    graph = Graph(opsets)
    table = _make_table(graph, inputs)
    ours = isinstance(model, MetaEstimator)
    if ours and not reduced and table.width == model.n_features_in_:
        table = table.select(model._input_spec.positions)
    if is_classifier(model):
        label, probabilities = add_classifier(model, table)
        found = [
            ("label", label, label_type(model.classes_)),
            ("probabilities", probabilities, output_type),
        ]
    else:
        found = [("prediction", add_regressor(model, table), output_type)]
    outputs = []
    for name, tensor, kind in found:
        graph.nodes.append(helper.make_node("Cast", [tensor], [name], to=kind))
        shape = [None] if name == "label" else [None, None]
        outputs.append(helper.make_tensor_value_info(name, kind, shape))
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            type(model).__name__,
            [
                helper.make_tensor_value_info(each.name, each.type, [None, each.width])
                for each in inputs
            ],
            outputs,
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid(*item) for item in graph.opsets.items()],
        ir_version=8,
        producer_name="skdistill",
    )


def add_classifier(model: Any, table: Table) -> tuple[str, str]:
    """Append a classifier; return its labels and its probabilities, double."""
    graph = table.graph
    if isinstance(model, MetaEstimator):
        student = model._deployed()[0][0]
        alone = isinstance(model, DistilledClassifier) and len(model.students_) == 1
        if alone and is_classifier(student):
            label, probabilities = add_classifier(student, table)
            if holds_codes(student):
                labels = graph.constant(as_labels(model.classes_))
                label = graph.add("Gather", labels, label)
            return label, _aligned(graph, probabilities, student, model.classes_)
        probabilities = _mean_probabilities(model, table)
    elif (trees := reader(model)) is not None:
        ensemble = trees.read(model)
        probabilities = add_trees(ensemble, table)
        if len(ensemble.base) == 1:
            probabilities = _two_classes(graph, probabilities)
    else:
        label, probabilities = add_by_skl2onnx(model, table)
        return label, probabilities
    best = graph.add("ArgMax", probabilities, axis=1, keepdims=0)
    label = graph.add("Gather", graph.constant(as_labels(model.classes_)), best)
    return label, probabilities


def add_regressor(model: Any, table: Table) -> str:
    """Append a regressor; return its values, double, one column an output."""
    if isinstance(model, MetaEstimator):
        return _mean_values(model, table)
    if (trees := reader(model)) is not None:
        return add_trees(trees.read(model), table)
    (values,) = add_by_skl2onnx(model, table)
    return values


def _make_table(graph, inputs):
    if len(inputs) == 1 and inputs[0].type != TensorProto.STRING:
        return Table(graph, inputs[0].width, inputs[0].name)
    columns, text = [], []
    for each in inputs:
        one = each.width == 1
        columns += [
            each.name if one else graph.take(each.name, [i]) for i in range(each.width)
        ]
        text += [each.type == TensorProto.STRING] * each.width
    return Table(graph, len(columns), columns=tuple(columns), text=tuple(text))


def _mean_values(model: MetaEstimator, table: Table) -> str:
    """Append regressors; return the mean of what they predict of the targets."""
    graph, loss = table.graph, model._loss
    values = []
    for student, columns in model._deployed():
        value = add_regressor(student, table.select(columns))
        if loss.auxiliary:
            value = graph.take(value, range(loss.n_targets))
        values.append(value)
    return graph.mean(values)


def _mean_probabilities(model: Any, table: Table) -> str:
    graph, deployed = table.graph, model._deployed()
    if is_regressor(deployed[0][0]):
        return _regressed(graph, _mean_values(model, table), model._loss)
    probabilities = []
    for student, columns in deployed:
        _, own = add_classifier(student, table.select(columns))
        probabilities.append(_aligned(graph, own, student, model.classes_))
    return graph.mean(probabilities)


def _regressed(graph: Graph, values: str, loss: Loss) -> str:
    """Turn what regressors predict into probabilities: `regressed_probabilities`."""
    if loss.scale == "logit":
        if loss.n_outputs == 2:
            return _two_classes(graph, graph.add("Sigmoid", values))
        return graph.add("Softmax", values, axis=1)
    if loss.n_outputs == 2:
        one = graph.constant(1.0)
        first = graph.add("Sub", one, _with_floor(graph, values, loss.clip))
        second = graph.add("Sub", one, _with_floor(graph, first, loss.clip))
        return _two_classes(graph, second)
    positive = _with_floor(graph, values, loss.clip)
    total = graph.add("ReduceSum", positive, graph.constant([1]), keepdims=1)
    return graph.add("Div", positive, total)


def _with_floor(graph, values, floor):
    """Keep values from 0, as `regressed_probabilities` does, and in order."""
    bound = graph.constant(floor)
    beyond = graph.add("Sub", graph.constant(2.0 * floor), values)
    share = graph.add(
        "Div",
        graph.constant(floor**2),
        graph.add("Add", bound, graph.add("Relu", beyond)),
    )
    below = graph.add("Greater", beyond, graph.constant(0.0))
    return graph.add("Where", below, graph.add("Add", bound, share), values)


def _two_classes(graph, second):
    first = graph.add("Sub", graph.constant(1.0), second)
    return graph.add("Concat", first, second, axis=1)


def _aligned(graph, probabilities, student, classes):
    """Return one column for each of the classes, whatever a student has seen."""
    positions = student_classes(student, classes)
    if in_order(positions, len(classes)):
        return probabilities
    place = np.zeros((len(positions), len(classes)))
    place[np.arange(len(positions)), positions] = 1.0
    return graph.add("MatMul", probabilities, graph.constant(place))


def as_labels(classes: NDArray) -> NDArray:
    """Return labels as ONNX has them: text, or integers in place of any numbers."""
    text = all(isinstance(label, str) for label in classes)
    return classes.astype(object if text else np.int64)


def label_type(classes: NDArray) -> int:
    """Return the ONNX type of the labels."""
    integers = as_labels(classes).dtype.kind == "i"
    return TensorProto.INT64 if integers else TensorProto.STRING
