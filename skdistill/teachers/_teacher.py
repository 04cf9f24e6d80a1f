"""One teacher: the data it is trained on, and a fold's fit and predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.input._boosters import get_threads, limit_threads, restore_threads
from skdistill.input._checks import clone_estimator
from skdistill.input._responses import check_probabilities
from skdistill.input._rows import (
    Stacked,
    row_parts,
    take_rows,
    without_copies_of_others,
)
from skdistill.input._sklearn import safe_indexing
from skdistill.teachers._cache import whatever_the_layout
from skdistill.teachers._class_names import fit_teacher, predict_aligned
from skdistill.teachers._fits import FitStore
from skdistill.teachers._in_context import query_size


@dataclass(frozen=True)
class OutOfFold:
    """What a teacher predicts for the training rows.

    Attributes
    ----------
    values : ndarray of shape (n_samples, n_classes), (n_samples,) or \
            (n_samples, n_outputs)
        Probabilities or predictions; NaN for rows that no split covers.
    covered : ndarray of bool of shape (n_samples,)
        Rows that have a prediction.
    models : tuple of estimators
        The fold teachers, if they are kept.
    fit_times : tuple of float
        Seconds that each fold took, training and predicting.
    representations : tuple of ndarray of shape (n_samples, n_outputs)
        Results of `TeacherSpec.queries`.
    """

    values: NDArray[np.float64]
    covered: NDArray[np.bool_]
    models: tuple[Any, ...] = ()
    fit_times: tuple[float, ...] = ()
    representations: tuple[NDArray[np.float64], ...] = ()


@dataclass(frozen=True)
class TeacherSpec:
    """How to train a teacher: all that its responses depend on but the splits.

    Attributes
    ----------
    teacher : estimator
        Cloned, never fitted itself.
    X : {array-like, sparse matrix, dataframe} or Stacked of shape \
            (n_samples, n_features)
        The teacher's columns.
    y : ndarray of shape (n_labeled,) or (n_labeled, n_outputs)
        Class codes 0..k-1, or values, of the rows that have a label; they come first.
    classes : ndarray of shape (n_classes,) or None
        The user's labels; None for a regressor.
    fit_params : mapping
        Passed to the teacher's `fit`; what has one entry a row is subset.
    queries : tuple
        To the fitted teacher, beside its responses; see ``_queries.py``.
    store : FitStore or None
        Where equal fits are looked up.
    """

    teacher: Any
    X: Any
    y: NDArray
    classes: NDArray | None = None
    fit_params: Mapping[str, Any] = field(default_factory=dict)
    queries: tuple[Any, ...] = ()
    store: FitStore | None = None

    @property
    def sample_weight(self) -> NDArray | None:
        """Row weights among the fit parameters."""
        names = (n for n in self.fit_params if n.rpartition("__")[2] == "sample_weight")
        name = next(names, None)
        return None if name is None else self.fit_params[name]

    @property
    def n_samples(self) -> int:
        """Number of rows, with and without a label."""
        return self.X.shape[0]

    @property
    def n_labeled(self) -> int:
        """Number of rows with a label."""
        return len(self.y)

    @property
    def labeled_part(self) -> Any:
        """The rows with a label."""
        return self.X.labeled if isinstance(self.X, Stacked) else self.X

    @property
    def unlabeled_rows(self) -> NDArray[np.intp]:
        """Row numbers of the rows without a label."""
        return np.arange(self.n_labeled, self.n_samples)

    @property
    def source(self) -> NDArray | None:
        """Rows with a label that those without are copies of, see `Stacked`."""
        return self.X.source if isinstance(self.X, Stacked) else None

    def with_unlabeled(self, test: NDArray[np.intp]) -> NDArray[np.intp]:
        """Append rows without a label that teachers which did not see `test` predict.

        Copies of other rows are left out.
        """
        others = np.arange(self.n_samples - self.n_labeled)
        others = without_copies_of_others(others, self.source, test)
        return np.append(test, self.n_labeled + others)


def fit_and_predict_fold(
    spec: TeacherSpec,
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    keep_model: bool,
    key: str | None = None,
    remember: Callable | None = None,
    n_at_a_time: int = 1,
) -> tuple[NDArray[np.float64], Any, tuple]:
    """Fit a clone of the teacher on rows `train` and predict rows `test`.

    Returns the predictions, the model if it is to be kept, and the result of each
    query. `key` stands for the content of `spec` in the cache, and `remember` makes a
    function look its results up there, for teachers that predict in batches.
    """
    model = limit_threads(clone_estimator(spec.teacher), n_at_a_time)
    if spec.store is None:
        fit_on_rows(model, spec, train)
    else:
        model = spec.store.recall(
            lambda: _content(spec, train), lambda: fit_on_rows(model, spec, train)
        )
    y = spec.y[train]

    def predict(X):
        return predict_aligned(model, X, y, spec.classes)

    size = query_size(spec.teacher)
    if remember is None or size is None:
        predicted = predict_rows(predict, spec.X, test)
    else:
        predict_once = remember(predict_batch, ["predict", "X"])
        batches = np.array_split(test, -(-len(test) // size))
        parts = [predict_once(predict, spec.X, rows, train, key) for rows in batches]
        predicted = np.concatenate(parts)
    representations = run_queries(spec, model, test, predicted, predict)
    if n_at_a_time > 1 or spec.store is not None:
        restore_threads(model, get_threads(spec.teacher))
    return predicted, model if keep_model else None, representations


def fit_on_rows(teacher: Any, spec: TeacherSpec, rows: NDArray) -> Any:
    """Fit `teacher` in place on some rows, and return it."""
    params = subset_params(spec.fit_params, rows, spec.n_labeled)
    X, y = take_rows(spec.X, rows), spec.y[rows]
    try:
        fit_teacher(teacher, X, y, spec.classes, params)
    except Exception as error:
        error.add_note(
            f"Raised by the teacher, {type(teacher).__name__}, on {len(rows)} rows."
        )
        raise
    return teacher


def predict_rows(predict: Callable, X: Any, rows: NDArray) -> NDArray[np.float64]:
    """Predict some rows, those with and those without labels apart."""
    predicted: list[NDArray] = []
    for part in row_parts(X, rows):
        try:
            predicted.append(predict(part))
        except Exception as error:
            first = rows[sum(map(len, predicted))]
            labeled = not isinstance(X, Stacked) or first < X.labeled.shape[0]
            without = "" if labeled else " without a label"
            error.add_note(
                f"Raised by a teacher, as it predicted {part.shape[0]} rows{without}."
            )
            raise
    return np.concatenate(predicted)


def predict_batch(
    predict: Callable, X: Any, rows: NDArray, train: NDArray, key: str | None
) -> NDArray[np.float64]:
    """Predict some rows by a teacher that was fitted on rows `train`, for the cache."""
    return predict_rows(predict, X, rows)


def run_queries(
    spec: TeacherSpec, model: Any, rows: NDArray, predicted: NDArray, predict: Callable
) -> tuple:
    """Run the queries to a fitted teacher; `predict` maps X to its predictions."""
    return tuple(
        query.run(model, spec.X, rows, predicted, predict) for query in spec.queries
    )


def _content(spec, rows):
    """Return all that decides what a teacher learns from some rows."""
    return (
        type(spec.teacher),
        spec.teacher.get_params(deep=True),
        whatever_the_layout(take_rows(spec.X, rows)),
        spec.y[rows],
        spec.classes,
        subset_params(spec.fit_params, rows, spec.n_labeled),
    )


def subset_params(
    fit_params: Mapping[str, Any], rows: NDArray[np.intp], n_samples: int
) -> dict[str, Any]:
    """Fit parameters for some rows: what has one entry a row is subset."""

    def take(value):
        sized = hasattr(value, "__len__") and not isinstance(value, (str, Mapping))
        per_row = sized and len(value) == n_samples
        return safe_indexing(value, rows) if per_row else value

    return {name: take(value) for name, value in fit_params.items()}


def check_predictions(predicted: NDArray, classes: NDArray | None, owner: str) -> None:
    """Raise unless predictions are finite (and, with classes, probabilities)."""
    if classes is not None:
        check_probabilities(predicted, owner)
    elif not np.isfinite(predicted).all():
        raise ValueError(f"{owner} predicted NaN or infinite values.")
