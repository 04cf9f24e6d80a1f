"""Compare what onnxruntime predicts with what the model predicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto
from onnxruntime import InferenceSession, SessionOptions
from sklearn.base import is_classifier

from skdistill.export._models import as_labels

TOLERANCE = 1e-6


def check_same_predictions(
    model: Any,
    X: Any,
    expected: NDArray[np.float64],
    exported: ModelProto,
    feed: Mapping[str, NDArray],
) -> float:
    """Compare all outputs on some rows and return the largest difference.

    Differences are divided by the largest size of the output on these rows, where that
    is above 1. A label may differ where the model itself is undecided between two.

    Parameters
    ----------
    model : fitted estimator
        What was exported.
    X : {array-like, dataframe} of shape (n_samples, n_features)
        The rows, as the model takes them.
    expected : ndarray
        What the model predicts for them, from `predict_sample`.
    exported : ModelProto
        Its graph.
    feed : mapping of str to ndarray
        The same rows, as the graph takes them.

    Raises
    ------
    RuntimeError
        If an output differs by more than 1e-6.
    """
    quiet = SessionOptions()
    quiet.log_severity_level = 3
    session = InferenceSession(
        exported.SerializeToString(), quiet, providers=["CPUExecutionProvider"]
    )
    outputs = session.run(None, dict(feed))
    name = "probabilities" if is_classifier(model) else "prediction"
    gaps = np.abs(outputs[-1].reshape(expected.shape) - expected)
    gaps /= np.maximum(np.abs(expected).max(axis=0), 1.0)
    largest = float(gaps.max())
    if not largest <= TOLERANCE:  # NaN is not, either.
        row = int(gaps.reshape(len(gaps), -1).max(axis=1).argmax())
        raise RuntimeError(
            f"The ONNX graph of {type(model).__name__} differs from {_method(model)} "
            f"by {largest:.2g} in {name!r} (row {row} of X_sample), where at most "
            f"{TOLERANCE:g} is allowed; nothing was written."
        )
    if is_classifier(model):
        _check_labels(model, X, outputs[0], expected)
    return largest


def predict_sample(model: Any, X: Any) -> NDArray[np.float64]:
    """Predict the rows of X_sample by the model, which must be able to take them."""
    method = _method(model)
    try:
        return np.asarray(getattr(model, method)(X), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"X_sample of to_onnx must be rows as {type(model).__name__} takes them, "
            f"with text and numbers in the columns where fit had them; {method} raised "
            f"{type(error).__name__}: {error}"
        ) from error


def _method(model):
    return "predict_proba" if is_classifier(model) else "predict"


def _check_labels(model, X, labels, probabilities):
    expected = as_labels(np.ravel(model.predict(X)))
    best = np.sort(probabilities, axis=1)
    undecided = best[:, -1] - best[:, -2] <= 2 * TOLERANCE
    wrong = (labels != expected) & ~undecided
    if wrong.any():
        row = int(wrong.argmax())
        raise RuntimeError(
            f"The ONNX graph of {type(model).__name__} differs from predict in 'label' "
            f"in {wrong.sum()} of {len(wrong)} rows of X_sample (row {row}: "
            f"{labels[row]!r} for {expected[row]!r}); nothing was written."
        )
