"""Teachers of each fold: trained by XGBoost on all workers, or on a sample on one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import dask
import numpy as np
from dask.delayed import Delayed
from numpy.typing import NDArray
from xgboost import XGBModel

from skdistill.dask._cluster import constant, fetch, persist
from skdistill.dask._folds import draw_of_rows
from skdistill.dask._rows import Rows
from skdistill.dask._unlabeled import FitData
from skdistill.dask._xgboost import (
    TrainingData,
    TrainingPart,
    in_single_precision,
    native_params,
    train,
)
from skdistill.input._boosters import limit_threads
from skdistill.input._checks import clone_estimator
from skdistill.input._routing import weight_params
from skdistill.input._rows import stack_rows
from skdistill.input._warnings import warn
from skdistill.students._xgboost import adopt_model
from skdistill.teachers._class_names import fit_teacher, predict_aligned
from skdistill.teachers._teacher import check_predictions

# A sample of n rows is drawn with so many standard deviations of n to spare.
_SPARE = 6.0


class FittedTeacher(NamedTuple):
    """A teacher, and the codes of the classes that it has seen (None: values)."""

    model: Any
    present: NDArray[np.intp] | None


@dataclass(frozen=True)
class TeacherSpec:
    """A teacher and the columns it sees.

    Attributes
    ----------
    teacher : estimator
        Cloned, never fitted itself.
    columns : ndarray of int
        Positions among the features.
    max_rows : int
        Most rows that a teacher is trained on which XGBoost does not train on Dask.
    seed : int
        For drawing these.
    """

    teacher: Any
    columns: NDArray[np.intp]
    max_rows: int
    seed: int


def fit_fold_teacher(
    data: FitData, spec: TeacherSpec, held_out: frozenset[int]
) -> Delayed:
    """Train a teacher on the rows that are in none of some folds.

    Returns
    -------
    delayed FittedTeacher
    """
    by_xgboost = isinstance(spec.teacher, XGBModel)
    train_one = _fit_distributed if by_xgboost else _fit_on_sample
    return train_one(data, spec, held_out)


def _fit_distributed(data, spec, held_out):
    labelled = data.labelled
    present = None if labelled.classes is None else labelled.present(held_out)
    params = native_params(spec.teacher, None if present is None else len(present))
    training = TrainingData(
        make=_training_part,
        arguments=[(*part, held_out, present) for part in labelled.parts(spec.columns)],
        sizes=labelled.training_sizes(held_out),
        X_meta=in_single_precision(labelled.features.meta_of(spec.columns)),
        weighted=labelled.weighted,
    )
    booster = train(data.client, data.owner, spec.teacher, params, training)
    model = adopt_model(clone_estimator(spec.teacher), booster.save_raw("ubj"))
    threads = max(data.client.nthreads().values())
    return constant(FittedTeacher(model.set_params(n_jobs=threads), present))


def _training_part(X, rows, held_out, present):
    kept = training_rows(X, rows, held_out)
    rows = rows.take(kept)
    label = rows.y if present is None else np.searchsorted(present, rows.y)
    return TrainingPart(
        in_single_precision(take(X, kept)),
        label.astype(np.float32),
        None if rows.weight is None else rows.weight.astype(np.float32),
        None,
    )


def training_rows(X: Any, rows: Rows, held_out: frozenset[int]) -> NDArray[np.bool_]:
    """Mark the rows of a partition that are in none of some folds."""
    if len(X) != len(rows.fold):
        raise ValueError(
            f"A partition of X had {len(rows.fold)} rows when y was read, and "
            f"{len(X)} now. Pass collections that are the same whenever they are read."
        )
    return ~np.isin(rows.fold, list(held_out))


def take(X: Any, rows: NDArray[np.bool_]) -> Any:
    """Take rows of a partition; all of them are the partition itself."""
    return X if rows.all() else X[rows]


def _fit_on_sample(data, spec, held_out):
    client, labelled = data.client, data.labelled
    n_rows = int(labelled.training_sizes(held_out).sum())
    wanted = spec.max_rows + _SPARE * np.sqrt(spec.max_rows)
    share = min(wanted / max(n_rows, 1), 1.0)
    sample = dask.delayed(_sample)
    all_keys = labelled.features.row_keys()
    parts = [
        sample(*part, keys, held_out, share, spec.seed)
        for part, keys in zip(labelled.parts(spec.columns), all_keys, strict=True)
    ]
    threads = max(client.nthreads().values())
    fit = dask.delayed(_fit_one)
    about = (labelled.classes, spec.max_rows, data.owner, threads)
    return persist(client, [fit(constant(spec.teacher), parts, *about)])[0]


def warn_of_absent_classes(
    data: FitData, spec: TeacherSpec, fitted: Mapping[frozenset[int], Delayed]
) -> None:
    """Warn of classes that the samples of some teachers do not hold.

    It waits for all of these teachers, which are trained at the same time.
    """
    labelled = data.labelled
    if labelled.classes is None or isinstance(spec.teacher, XGBModel):
        return
    drawn = fetch(data.client, [model.present for model in fitted.values()])
    for held_out, present in zip(fitted, drawn, strict=True):
        absent = np.setdiff1d(labelled.present(held_out), present)
        if len(absent):
            warn(
                f"The rows that were drawn for a teacher of {data.owner} hold none of "
                f"the classes {labelled.classes[absent].tolist()}; it predicts "
                "probability 0 for them. Raise max_teacher_rows, which is "
                f"{spec.max_rows}."
            )


def _sample(X, rows, keys, held_out, share, seed):
    """Draw rows of a partition: those whose keys come first in a random order."""
    kept = training_rows(X, rows, held_out)
    order = draw_of_rows(keys, seed)
    if share < 1.0:
        kept &= order < np.uint64(share * 2.0**64)
    rows = rows.take(kept)
    return take(X, kept), rows.y, rows.weight, order[kept]


def _fit_one(teacher, parts, classes, max_rows, owner, threads):
    columns = zip(*(part for part in parts if len(part[1])), strict=True)
    X, y, weight, order = (
        None if column[0] is None else stack_rows(*column) for column in columns
    )
    if len(y) > max_rows:
        kept = np.zeros(len(y), dtype=bool)
        kept[np.argsort(order, kind="stable")[:max_rows]] = True
        X, y = X[kept], y[kept]
        weight = None if weight is None else weight[kept]
    present = None if classes is None else np.unique(y)
    if present is not None and len(present) < 2:
        raise ValueError(
            f"The {len(y)} rows that were drawn for a teacher of {owner} are all of "
            f"the class {classes[present].tolist()}; it needs two. Raise "
            "max_teacher_rows."
        )
    model = clone_estimator(teacher)
    limit_threads(model, max(1, (dask.system.CPU_COUNT or 1) // threads))
    try:
        fit_teacher(model, X, y, classes, weight_params(model, weight))
    except Exception as error:
        error.add_note(
            f"Raised by the teacher of {owner}, {type(model).__name__}, on {len(y)} "
            "sampled rows."
        )
        raise
    return FittedTeacher(model, present)


def predict_teacher(
    fitted: FittedTeacher, X: Any, classes: NDArray | None
) -> NDArray[np.floating]:
    """Predict some rows: probabilities of all classes, or values."""
    seen = np.empty(1) if fitted.present is None else fitted.present
    values = predict_aligned(fitted.model, X, seen, classes)
    check_predictions(values, classes, f"The teacher {type(fitted.model).__name__}")
    # XGBoost predicts in single precision; nothing is lost.
    single = isinstance(fitted.model, XGBModel)
    return values.astype(np.float32) if single else values


def predict_out_of_fold(
    X: Any,
    rows: Rows,
    fitted: Sequence[FittedTeacher | None],
    classes: NDArray | None,
) -> NDArray[np.floating]:
    """Predict each row of a partition by the teacher of its fold; NaN without one."""
    training_rows(X, rows, frozenset())
    shape = (len(X),) if classes is None else (len(X), len(classes))
    single = all(f is None or isinstance(f.model, XGBModel) for f in fitted)
    values = np.full(shape, np.nan, dtype=np.float32 if single else np.float64)
    for fold, teacher in enumerate(fitted):
        held_out = rows.fold == fold
        if teacher is not None and held_out.any():
            values[held_out] = predict_teacher(teacher, take(X, held_out), classes)
    return values


def predict_unlabeled(
    X: Any, fitted: Sequence[FittedTeacher | None], classes: NDArray | None
) -> NDArray[np.floating]:
    """Predict rows that no teacher saw: the mean of all teachers."""
    teachers = [teacher for teacher in fitted if teacher is not None]
    if not len(X):
        return np.empty((0,) if classes is None else (0, len(classes)), np.float32)
    total = sum(predict_teacher(t, X, classes).astype(np.float64) for t in teachers)
    return np.asarray(total / len(teachers))
