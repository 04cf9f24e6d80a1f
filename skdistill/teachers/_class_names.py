"""Labels or codes: what a teacher is trained on, and whose its probabilities are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d

from skdistill.input._boosters import expect_two_classes, library
from skdistill.input._checks import params_named
from skdistill.input._classes import (
    align_classes,
    expand_classes,
    kept_in_single_precision,
    name_classes,
    name_present_classes,
    needs_codes,
)
from skdistill.input._targets import present_codes


def fit_teacher(
    teacher: Any,
    X: Any,
    y: NDArray,
    classes: NDArray | None = None,
    fit_params: Mapping[str, Any] | None = None,
) -> Any:
    """Fit `teacher` in place on values, or on the labels that the codes in y stand for.

    XGBoost takes no labels but codes without gaps, which a fold without a rare class
    would have: it is trained on the codes of the classes in y.
    """
    params = dict(fit_params or {})
    if classes is None:
        return teacher.fit(X, y, **params)
    present = present_codes(y)
    labels = classes[present]
    if not _learns_codes(teacher, classes):
        name_present_classes(teacher, classes, present)
        return teacher.fit(X, classes[y], **params)
    if len(present) == 2 < len(classes):
        expect_two_classes(teacher)
    codes = {label: code for code, label in enumerate(labels.tolist())}
    name_classes(teacher, codes, classes)
    for name, value in params.items():
        if name.rpartition("__")[2] == "eval_set" and value is not None:
            params[name] = [(each, _codes_of(seen, labels)) for each, seen in value]
    return teacher.fit(X, np.searchsorted(present, y), **params)


def predict_aligned(
    model: Any, X: Any, y_train: NDArray, classes: NDArray | None = None
) -> NDArray[np.float64]:
    """Predict values, or probabilities with zeros for classes not in y_train."""
    if classes is None:
        predicted = np.asarray(model.predict(X), dtype=np.float64)
        if predicted.size != len(predicted) * y_train[:1].size:
            raise ValueError(
                f"{type(model).__name__} predicts values of shape {predicted.shape} "
                f"for y of shape {y_train.shape}; give it a loss with one prediction "
                "a value."
            )
        return predicted.reshape(len(predicted), *y_train.shape[1:])
    known = present_codes(y_train)
    if not _learns_codes(model, classes):
        known = align_classes(model, classes)
    if not hasattr(model, "predict_proba"):
        raise ValueError(
            f"The fitted {type(model).__name__} has no predict_proba: among what it "
            "tries are classifiers without probabilities, and it chose one. Leave "
            "those out."
        )
    predicted = np.asarray(model.predict_proba(X), dtype=np.float64)
    if predicted.shape != (X.shape[0], len(known)):
        raise ValueError(
            f"{type(model).__name__} returned values of shape {predicted.shape} for "
            f"{X.shape[0]} rows and {len(known)} classes, not probabilities. LightGBM "
            "returns raw scores if its objective is a callable: leave objective at its "
            "default, or wrap the teacher in a class whose predict_proba turns scores "
            "into probabilities."
        )
    return expand_classes(predicted, known, len(classes))


def _learns_codes(teacher: Any, classes: NDArray) -> bool:
    """Whether a teacher is trained on codes in place of the labels.

    Beside what refuses labels, these are teachers that weigh classes named by strings
    such as "1": scikit-learn 1.9 looks for the number 1 among the weights. And those
    that hold CatBoost, where it would take two labels for one.
    """
    if needs_codes(teacher):
        return True
    if not kept_in_single_precision(classes):
        held = (teacher, *teacher.get_params(deep=True).values())
        return any(library(each) == "catboost" for each in held)
    if not all(isinstance(c, str) and _is_number(c) for c in classes.tolist()):
        return False
    weights = params_named(teacher, "class_weight").values()
    return any(value is not None for value in weights)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _codes_of(values: Any, labels: NDArray) -> NDArray[np.intp]:
    values = column_or_1d(values)
    unknown = np.setdiff1d(values, labels)
    if len(unknown):
        raise ValueError(
            f"eval_set holds the labels {unknown.tolist()}, which the rows that the "
            f"teacher is trained on lack; they hold {labels.tolist()}. Leave those "
            "rows out of eval_set."
        )
    return np.searchsorted(labels, values)
