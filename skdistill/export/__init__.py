"""Fitted models as ONNX graphs, compared with the models before they are handed out.

Needs the extra ``skdistill[onnx]``.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

_NEEDED = ("onnx", "skl2onnx", "onnxruntime")

__all__ = ["register_onnx_converters", "to_onnx"]


def to_onnx(model: Any, X_sample: Any, path: Any = None) -> Any:
    """Convert a fitted model to ONNX and check that it predicts the same.

    The graph takes the columns that `predict` needs, in their order, and holds no row
    of any data. Before it is returned, onnxruntime predicts `X_sample`, and each
    output must agree with the model within 1e-6 (of its largest size, where that is
    above 1).

    Parameters
    ----------
    model : fitted estimator
        One of skdistill's, a bare student, or any classifier or regressor that
        skl2onnx can convert. The trees of scikit-learn, XGBoost, LightGBM and CatBoost
        are read by skdistill itself: numeric columns, missing values too.
    X_sample : {array-like, dataframe} of shape (n_samples, n_features)
        Rows as for `predict`, typical ones: their types become those of the inputs,
        and they are what is compared. Some hundred rows of test data are a good choice,
        with missing values if there will be any.
    path : str or path-like, default=None
        Where to write the graph to.

    Returns
    -------
    onnx.ModelProto
        Inputs: where all columns are numbers, one matrix ``X``, single precision if
        `X_sample` is, else double. Where some are text, one input of shape
        (n_samples, 1) a column, by the names of the columns. Outputs: ``label`` of
        shape (n_samples,) and ``probabilities`` of shape (n_samples, n_classes), or
        ``prediction`` of shape (n_samples, n_outputs). ``metadata_props`` has, as JSON,
        the "columns" in their order (null if they have no names), the "text_columns"
        among them, and the "classes" in the order of the probabilities.

    Raises
    ------
    ImportError
        If skl2onnx or onnxruntime is not installed.
    ValueError
        If the model, or a part of it, cannot be exported; with what would work.
    RuntimeError
        If the graph does not predict what the model predicts; it names the gap.

    Notes
    -----
    Labels that are truth values become the integers 0 and 1. A label may differ where
    the model itself is undecided between two classes.

    Converters are registered as by `register_onnx_converters`.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skdistill import DistilledClassifier
    >>> from skdistill.export import to_onnx
    >>> X, y = make_classification(n_samples=200, n_features=8, random_state=0)
    >>> model = DistilledClassifier(student_features=[0, 1, 2]).fit(X, y)
    >>> exported = to_onnx(model, X)
    >>> [output.name for output in exported.graph.output]
    ['label', 'probabilities']
    """
    _check_installed("to_onnx")
    from skdistill.export._export import export

    return export(model, X_sample, path)


def register_onnx_converters() -> None:
    """Register converters of skdistill's estimators in skl2onnx.

    Afterwards ``skl2onnx.to_onnx(model, X)`` converts them, also inside a Pipeline,
    CalibratedClassifierCV and whatever else skl2onnx converts. XGBoost, LightGBM,
    CatBoost and histogram gradient boosting are registered as well, in place of
    converters that are there; an outermost graph is not compared with the model, as
    `to_onnx` does.

    Raises
    ------
    ImportError
        If skl2onnx or onnxruntime is not installed.
    """
    _check_installed("register_onnx_converters")
    from skdistill.export._registration import register

    register()


def _check_installed(owner: str) -> None:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ImportError(
            f"{owner} needs {' and '.join(missing)}: pip install 'skdistill[onnx]'."
        )
