"""What skl2onnx converts: estimators and pipelines of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import skl2onnx
from onnxruntime import InferenceSession
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    StringTensorType,
)
from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from skdistill.export._graph import Table

# In double precision first: what scikit-learn computes in. Not all operators have it.
_NUMBERS = {np.float64: DoubleTensorType, np.float32: FloatTensorType}


def add_by_skl2onnx(model: Any, table: Table) -> list[str]:
    """Append the graph that skl2onnx makes of a model; return its outputs.

    Raises
    ------
    ValueError
        If there is none, or none that onnxruntime can load.
    """
    by_column = (table.matrix is None and any(table.text)) or _by_column(model)
    texts = table.text or (False,) * table.width
    options = {id(model): {"zipmap": False}} if is_classifier(model) else None
    for dtype, numbers in _NUMBERS.items():
        if by_column:
            names = getattr(model, "feature_names_in_", range(table.width))
            types = [
                (str(name), StringTensorType([None, 1]) if text else numbers([None, 1]))
                for name, text in zip(names, texts, strict=True)
            ]
        else:
            types = [("X", numbers([None, table.width]))]
        try:
            converted = skl2onnx.to_onnx(
                model,
                initial_types=types,
                options=options,
                target_opset={
                    domain: table.graph.opsets[domain] for domain in ("", "ai.onnx.ml")
                },
            )
            InferenceSession(
                converted.SerializeToString(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # Both libraries raise whatever they stumble over.
            failure = error
            continue
        tensors = table.as_columns(dtype) if by_column else [table.as_matrix(dtype)]
        names = [each.name for each in converted.graph.input]
        outputs = table.graph.embed(converted, dict(zip(names, tensors, strict=True)))
        return [*outputs[:-1], table.graph.cast(outputs[-1], np.float64)]
    first_line = str(failure).partition("\n")[0]
    remedy = ""
    if by_column:
        remedy = (
            " X_sample must have text and numbers in the columns where fit had them."
        )
    raise ValueError(
        f"{_shown(model)} cannot be exported to ONNX: skl2onnx "
        f"{skl2onnx.__version__} and onnxruntime fail on it "
        f"({type(failure).__name__}: {first_line}).{remedy}"
    ) from failure


def _by_column(model):
    """Whether a pipeline starts with a ColumnTransformer, which looks names up."""
    while isinstance(model, Pipeline):
        model = model.steps[0][1]
    return isinstance(model, ColumnTransformer)


def _shown(model):
    if isinstance(model, Pipeline):
        return " -> ".join(type(step).__name__ for _, step in model.steps)
    return type(model).__name__
