"""Converters by which skl2onnx converts our estimators, and the trees that we read."""

from __future__ import annotations

from importlib.util import find_spec

from onnx import TensorProto, compose, helper, numpy_helper
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
    guess_proto_type,
)
from sklearn.base import BaseEstimator, is_classifier

from skdistill.export._graph import OPSETS
from skdistill.export._models import Input, build, label_type
from skdistill.export._refusals import check_exportable
from skdistill.input._boosters import HISTOGRAMS
from skdistill.input._meta_estimator import MetaEstimator
from skdistill.mutual._mutual import MutualDistilledClassifier, MutualDistilledRegressor
from skdistill.offline._classifier import DistilledClassifier
from skdistill.offline._regressor import DistilledRegressor
from skdistill.selfdistill._self import SelfDistilledClassifier, SelfDistilledRegressor

_OURS = (
    DistilledClassifier,
    DistilledRegressor,
    SelfDistilledClassifier,
    SelfDistilledRegressor,
    MutualDistilledClassifier,
    MutualDistilledRegressor,
)

_CLASSIFIER_OPTIONS = {
    "zipmap": [True, False, "columns"],
    "output_class_labels": [False, True],
    "nocl": [True, False],
}


def register() -> None:
    """Register a converter for each of our estimators and each library of trees."""
    for estimator in (*_OURS, *HISTOGRAMS, *_boosters()):
        classifies = estimator.__name__.endswith("Classifier")
        update_registered_converter(
            estimator,
            _alias(estimator),
            _set_types,
            _convert,
            parser=None if issubclass(estimator, BaseEstimator) else _parse,
            options=_CLASSIFIER_OPTIONS if classifies else {},
        )


def _alias(estimator):
    return f"Skdistill{estimator.__name__}"


def _parse(scope, model, inputs, custom_parsers=None):
    """Declare the outputs of CatBoost, which skl2onnx takes for no predictor."""
    operator = scope.declare_local_operator(_alias(type(model)), model)
    operator.inputs = inputs
    names = ("label", "probabilities") if is_classifier(model) else ("variable",)
    for name in names:
        # Their types are set later.
        output = scope.declare_local_variable(name, FloatTensorType())
        operator.outputs.append(output)
    return operator.outputs


def _boosters():
    from catboost import CatBoostClassifier, CatBoostRegressor
    from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier, XGBRFRegressor

    yield from (CatBoostClassifier, CatBoostRegressor)
    yield from (XGBClassifier, XGBRegressor, XGBRFClassifier, XGBRFRegressor)
    if find_spec("lightgbm"):
        from lightgbm import LGBMClassifier, LGBMRegressor

        yield from (LGBMClassifier, LGBMRegressor)


def _set_types(operator):
    """Set the types of the outputs, which skl2onnx needs before the conversion."""
    model = operator.raw_operator
    N = operator.inputs[0].get_first_dimension()
    numbers = FloatTensorType if _is_float(operator) else DoubleTensorType
    if is_classifier(model):
        integers = label_type(model.classes_) == TensorProto.INT64
        labels = Int64TensorType if integers else StringTensorType
        operator.outputs[0].set_type(labels([N]))
        operator.outputs[1].set_type(numbers([N, len(model.classes_)]))
    else:
        operator.outputs[0].set_type(numbers([N, None]))


def _is_float(operator):
    """Whether all rows come in single precision, so that predictions leave in it."""
    return all(isinstance(each.type, FloatTensorType) for each in operator.inputs)


def _convert(scope, operator, container):
    """Copy the graph of a model into what skl2onnx collects."""
    model = operator.raw_operator
    check_exportable(model)
    inputs = [
        Input(f"input{i}", guess_proto_type(each.type), _width(each, operator))
        for i, each in enumerate(operator.inputs)
    ]
    output_type = TensorProto.FLOAT if _is_float(operator) else TensorProto.DOUBLE
    opsets = {**OPSETS, "": container.target_opset_any_domain("")}
    built = build(model, inputs, output_type, opsets=opsets)
    prefix = scope.get_unique_operator_name(type(model).__name__) + "_"
    graph = compose.add_prefix(built, prefix).graph
    pairs = [
        *zip(operator.inputs, graph.input, strict=True),
        *zip(graph.output, operator.outputs, strict=True),
    ]
    for tensor in graph.initializer:
        text = tensor.data_type == TensorProto.STRING
        values = tensor.string_data if text else numpy_helper.to_array(tensor).ravel()
        container.add_initializer(
            tensor.name, tensor.data_type, list(tensor.dims), list(values)
        )
    for ours, theirs in pairs[: len(inputs)]:
        container.add_node("Identity", ours.full_name, theirs.name)
    for node in graph.node:
        container.add_node(
            node.op_type,
            list(node.input),
            list(node.output),
            op_domain=node.domain,
            op_version=OPSETS.get(node.domain) if node.domain else None,
            name=node.name or scope.get_unique_operator_name(node.op_type),
            **{each.name: helper.get_attribute_value(each) for each in node.attribute},
        )
    for ours, theirs in pairs[len(inputs) :]:
        container.add_node("Identity", ours.name, theirs.full_name)


def _width(variable, operator):
    """Return the number of columns of an input, which skl2onnx may have lost."""
    shape = variable.type.shape
    width = shape[1] if len(shape) == 2 else None
    if isinstance(width, int):
        return width
    if len(operator.inputs) > 1:
        return 1
    model = operator.raw_operator
    if isinstance(model, MetaEstimator):
        return len(model._input_spec.positions)
    return model.n_features_in_
