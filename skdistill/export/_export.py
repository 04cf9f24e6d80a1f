"""From a fitted model to an ONNX graph that was compared with it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper
from scipy.sparse import issparse
from sklearn.base import is_classifier

from skdistill.export._check import check_same_predictions, predict_sample
from skdistill.export._models import Input, as_labels, build
from skdistill.export._refusals import check_exportable
from skdistill.export._registration import register
from skdistill.input._columns import column_names
from skdistill.input._data import select_input
from skdistill.input._meta_estimator import MetaEstimator


def export(model: Any, X_sample: Any, path: Any) -> onnx.ModelProto:
    """Build the graph of a model, compare it with the model, and save it."""
    check_exportable(model)
    register()  # For what skl2onnx finds inside pipelines and meta-estimators.
    X = _needed_columns(model, X_sample)
    names = _names(model, X)
    inputs, feed = _make_inputs(X, names)
    _check_names(model, inputs)
    # First: a model says better than its graph what it cannot take.
    expected = predict_sample(model, X)
    text = [each.name for each in inputs if each.type == TensorProto.STRING]
    single = all(each.type != TensorProto.DOUBLE for each in inputs)
    output_type = TensorProto.FLOAT if single else TensorProto.DOUBLE
    exported = build(model, inputs, output_type, reduced=True)
    facts = {"columns": names, "text_columns": text}
    if is_classifier(model):
        facts["classes"] = as_labels(model.classes_).tolist()
    helper.set_model_props(
        exported, {name: json.dumps(value) for name, value in facts.items()}
    )
    check_same_predictions(model, X, expected, exported, feed)
    if path is not None:
        onnx.save(exported, path)
    return exported


def _needed_columns(model, X):
    if issparse(X):
        raise TypeError(
            "X_sample of to_onnx must be dense, as the input of the graph is; got a "
            "sparse matrix. Pass X_sample.toarray()."
        )
    if not hasattr(X, "columns"):
        X = np.asarray(X)
    if len(X.shape) != 2 or len(X) < 1:
        raise ValueError(
            "X_sample of to_onnx must have rows and columns, as X of predict has; got "
            f"the shape {X.shape}."
        )
    if isinstance(model, MetaEstimator):
        return select_input(model, X, model._input_spec)
    return X


def _names(model, X):
    """Return the names of the columns in their order, or None."""
    names = column_names(X)
    if names is not None:
        return names
    fitted = getattr(model, "feature_names_in_", None)
    if fitted is not None and isinstance(model, MetaEstimator):
        fitted = fitted[model._input_spec.positions]
    return None if fitted is None else list(fitted)


def _make_inputs(X, names):
    """Return the inputs of the graph, and the rows as it takes them."""
    labels = names if names is not None else [f"x{i}" for i in range(X.shape[1])]
    if hasattr(X, "columns"):
        columns = [np.asarray(X[name]) for name in X.columns]
    else:
        columns = list(X.T)
    columns = [
        _plain(values, name) for values, name in zip(columns, labels, strict=True)
    ]
    numbers = [values.dtype for values in columns if values.dtype != object]
    dtype = np.float32 if all(each == np.float32 for each in numbers) else np.float64
    number = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    if len(numbers) == len(columns):
        matrix = np.column_stack(columns).astype(dtype)
        return [Input("X", number, len(columns))], {"X": matrix}
    inputs, feed = [], {}
    for name, values in zip(labels, columns, strict=True):
        text = values.dtype == object
        inputs.append(Input(name, TensorProto.STRING if text else number, 1))
        feed[name] = values[:, None] if text else values[:, None].astype(dtype)
    return inputs, feed


def _check_names(model, inputs):
    """Raise if an input has the name of an output: no graph has a name twice."""
    outputs = ["prediction"]
    if is_classifier(model):
        outputs = ["label", "probabilities"]
    taken = [each.name for each in inputs if each.name in outputs]
    if taken:
        raise ValueError(
            f"X_sample of to_onnx has the columns {taken}, which are names of outputs "
            "of the graph. Rename these columns before the model is trained."
        )


def _plain(values, name):
    """Return a column as floating-point numbers, or as an object array of text."""
    if values.dtype == np.float32:
        return values
    if values.dtype.kind in "biuf":
        return values.astype(np.float64)
    if all(isinstance(value, str) for value in values):
        return values.astype(object)
    if values.dtype.kind == "O" and not any(isinstance(v, str) for v in values):
        try:
            return np.array([np.nan if v is None else v for v in values], dtype=float)
        except (TypeError, ValueError):
            pass  # The error follows below.
    kinds = sorted({type(value).__name__ for value in values})
    raise ValueError(
        f"Column {name!r} of X_sample must hold numbers or text; got values of type "
        f"{kinds}. ONNX has no missing text and no dates: fill and convert them before "
        "the model sees them."
    )
