"""Out-of-bag predictions: a bagging teacher predicts its own rows from one fit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np
from joblib import Memory
from numpy.typing import NDArray

from skdistill.input._checks import clone_estimator
from skdistill.input._classes import expand_classes
from skdistill.input._rows import average_rows, finite_rows, places_of
from skdistill.input._sklearn import ignore_warnings, safe_indexing
from skdistill.input._targets import present_codes
from skdistill.input._warnings import tell, warn
from skdistill.teachers._cache import remembering
from skdistill.teachers._class_names import fit_teacher, predict_aligned
from skdistill.teachers._fits import FitStore
from skdistill.teachers._teacher import (
    OutOfFold,
    TeacherSpec,
    check_predictions,
    subset_params,
)


def check_oob(
    teacher: Any,
    owner: str,
    auxiliary_objectives: Sequence[Any] = (),
    *,
    copies: bool = False,
) -> None:
    """Raise unless the teacher is a bagging ensemble that leaves rows out.

    The auxiliary objectives are those on top of the response, which it cannot serve.
    For copies of rows it must be known which member drew which row.
    """
    if auxiliary_objectives:
        raise ValueError(
            f"cv of {owner} is 'oob', but each row is left out by other members of "
            "the teacher, so rows have no common representation for the objective "
            f"{auxiliary_objectives[0].name!r}. Use folds, or the response alone."
        )
    params = teacher.get_params(deep=False)
    if "oob_score" not in params or not hasattr(teacher, "n_estimators"):
        raise ValueError(
            f"cv of {owner} is 'oob', but the teacher {type(teacher).__name__} gives "
            "no out-of-bag predictions. Use a forest or a bagging ensemble, or folds."
        )
    if not params.get("bootstrap", True):
        raise ValueError(
            f"cv of {owner} is 'oob', but the teacher {type(teacher).__name__} has "
            "bootstrap=False, so every tree sees every row. Set bootstrap=True."
        )
    if copies and not hasattr(type(teacher), "estimators_samples_"):
        raise ValueError(
            f"n_perturbed of {owner} needs to know which member of the teacher drew "
            f"which row, which {type(teacher).__name__} does not tell. Use folds, or "
            "n_perturbed=0."
        )


def out_of_bag_predictions(
    spec: TeacherSpec,
    parts: Sequence[NDArray[np.intp]],
    *,
    memory: Memory | FitStore | None = None,
    verbose: int = 0,
    keep_models: bool = False,
) -> list[OutOfFold]:
    """Predict the training rows by the members that did not draw them.

    Parameters
    ----------
    spec : TeacherSpec
        A bagging teacher and its data.
    parts : sequence of ndarray of int
        Rows with a label; for each, a teacher is fitted on them and predicts them.
    memory : joblib.Memory, default=None
        Cache of the predictions.
    verbose : int, default=0
        Above 0, one line a fit.
    keep_models : bool, default=False
        Whether `OutOfFold.models` holds the teacher.

    Returns
    -------
    list of OutOfFold
        For each part. Rows that every member drew have no prediction and are not
        covered.
    """
    predict, key = remembering(fit_and_predict_out_of_bag, spec, memory, [])
    collected = []
    for rows in parts:
        start = time.perf_counter()
        predicted, known, model = predict(spec, rows, keep_models, key)
        seconds = time.perf_counter() - start
        _warn_of_uncovered(known[: len(rows)], spec.teacher)
        rows = np.append(rows, spec.unlabeled_rows)[known]
        values = np.full((spec.n_samples, *predicted.shape[1:]), np.nan)
        values[rows] = predicted[known]
        check_predictions(values[rows], spec.classes, "The out-of-bag teacher")
        covered = np.zeros(spec.n_samples, dtype=bool)
        covered[rows] = True
        if verbose:
            tell(f"out-of-bag teacher: {seconds:.1f} s")
        models = (model,) if keep_models else ()
        collected.append(OutOfFold(values, covered, models, (seconds,)))
    return collected


def fit_and_predict_out_of_bag(
    spec: TeacherSpec, rows: NDArray[np.intp], keep_model: bool, key: str | None = None
) -> tuple[NDArray[np.float64], NDArray[np.bool_], Any]:
    """Fit a clone of the teacher on some rows and predict them out of bag.

    Rows without a label are out of bag for all of its members, and come last. Returns
    the predictions, which rows have one, and the model if it is to be kept. `key`
    stands for the content of `spec` in the cache.
    """
    y = spec.y[rows]
    X = spec.labeled_part
    X = X if len(rows) == spec.n_labeled else safe_indexing(X, rows)
    model = clone_estimator(spec.teacher).set_params(oob_score=True)
    params = subset_params(spec.fit_params, rows, spec.n_labeled)
    # scikit-learn warns of rows without predictions; our own warning follows.
    with ignore_warnings(UserWarning, RuntimeWarning):
        fit_teacher(model, X, y, spec.classes, params)
    model.set_params(oob_score=spec.teacher.oob_score)
    if spec.classes is None:
        predicted = np.asarray(model.oob_prediction_, dtype=np.float64)
        predicted = predicted.reshape(y.shape)
    else:
        predicted = expand_classes(
            model.oob_decision_function_, present_codes(y), len(spec.classes)
        )
    known = _out_of_bag(model, predicted)
    if len(spec.unlabeled_rows):
        others = predict_aligned(model, spec.X.unlabeled, y, spec.classes)
        if spec.source is not None:
            copies = np.flatnonzero(spec.source >= 0)
            others[copies] = _predict_copies(model, spec, copies, rows, others.shape)
        predicted = np.concatenate([predicted, others])
        known = np.append(known, finite_rows(others))
    return predicted, known, model if keep_model else None


def _predict_copies(model, spec, copies, rows, shape):
    """Predict copies by the members that did not draw their row; NaN if all did.

    `rows` are those that the model was trained on; copies of others have no prediction.
    """
    assert spec.source is not None
    place = places_of(rows, spec.n_labeled)[spec.source[copies]]
    parts = []
    for number, drawn in enumerate(model.estimators_samples_):
        # The last one is the place of all rows that the model was not trained on.
        left_out = np.arange(len(rows) + 1) < len(rows)
        left_out[drawn] = False
        asked = np.flatnonzero(left_out[place])
        if not len(asked):
            continue
        X = safe_indexing(spec.X.unlabeled, copies[asked])
        member = _member(model, number)
        parts.append((asked, predict_aligned(member, X, spec.y[rows], spec.classes)))
    return average_rows(parts, (len(copies), *shape[1:]))


def _member(model, number):
    """Return an ensemble of one member."""
    member = copy(model).set_params(n_estimators=1)
    for name in ("estimators_", "estimators_features_"):
        if hasattr(model, name):
            setattr(member, name, getattr(model, name)[number : number + 1])
    return member


def _warn_of_uncovered(covered, teacher):
    if covered.all():
        return
    warn(
        f"{np.count_nonzero(~covered)} of {len(covered)} rows were drawn by every "
        f"one of the {teacher.n_estimators} members of the teacher, so they have no "
        "out-of-bag prediction and do not train the student. More members avoid it.",
    )


def _out_of_bag(model, predicted):
    """Mark the rows that at least one member did not draw.

    Where there is none, forests leave zeros and bagging NaN.
    """
    drawn = getattr(model, "estimators_samples_", None)
    if drawn is None:
        known = predicted.reshape(len(predicted), -1).any(axis=1)
        return finite_rows(predicted) & known
    left_out = np.zeros(len(predicted), dtype=bool)
    for rows in drawn:
        out = np.ones(len(predicted), dtype=bool)
        out[rows] = False
        left_out |= out
    return left_out & finite_rows(predicted)
