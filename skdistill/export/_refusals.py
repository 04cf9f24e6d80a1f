"""What cannot be exported is refused before any work."""

from __future__ import annotations

from typing import Any

from sklearn.base import is_classifier, is_regressor
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skdistill.export._libraries import reader
from skdistill.input._members import check_is_estimator, is_of_dask
from skdistill.input._meta_estimator import MetaEstimator


def check_exportable(model: Any, role: str = "model") -> None:
    """Raise if a model, or what it consists of, cannot be exported.

    Parameters
    ----------
    model : estimator
        What to export.
    role : str, default="model"
        What it is, for messages.

    Raises
    ------
    NotFittedError
        If it is not fitted.
    TypeError
        If it is no classifier or regressor.
    ValueError
        If its graph would not be exact, with what would work instead.
    """
    name = type(model).__name__
    check_is_estimator(model, f"The {role} to be exported to ONNX")
    if not (is_classifier(model) or is_regressor(model)):
        raise TypeError(
            f"The {role} must be a fitted classifier or regressor to be exported to "
            f"ONNX; got {model!r}."
        )
    if is_of_dask(model):
        raise ValueError(
            f"The {role} {name} of skdistill.dask is not exported itself. Pass its "
            "student_ and rows of the student's columns; a classifier predicts "
            "positions of labels in classes_."
        )
    check_is_fitted(model)
    if is_classifier(model) and not hasattr(model, "predict_proba"):
        raise ValueError(
            f"The {role} {name} has no predict_proba, and its scores are not exported. "
            "Train a student that has it: a decision function becomes probabilities in "
            "sklearn.calibration.CalibratedClassifierCV."
        )
    if isinstance(getattr(model, "classes_", None), list):
        raise ValueError(
            f"The {role} {name} predicts several labels, which are not exported; "
            "export one model a label."
        )
    if isinstance(model, MetaEstimator):
        for student, _ in model._deployed():
            check_exportable(student, "student")
    elif isinstance(model, Pipeline):
        check_exportable(model.steps[-1][1], role)
    elif (trees := reader(model)) is not None:
        reason = trees.refuse(model)
        if reason is not None:
            raise ValueError(
                f"The {role} {name} cannot be exported to ONNX exactly: it {reason}."
            )
