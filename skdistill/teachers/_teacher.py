"""One teacher: how it is trained, and what it predicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d

from skdistill.input._boosters import (
    expect_two_classes,
    get_threads,
    limit_threads,
    restore_threads,
)
from skdistill.input._checks import clone_estimator
from skdistill.input._responses import (
    align_classes,
    check_probabilities,
    class_probabilities,
    expand_classes,
    needs_codes,
)
from skdistill.input._rows import (
    Stacked,
    row_parts,
    take_rows,
    without_copies_of_others,
)
from skdistill.input._sklearn import safe_indexing
from skdistill.input._targets import present_codes
from skdistill.input._warnings import warn
from skdistill.teachers._cache import whatever_the_layout
from skdistill.teachers._fits import FitStore
from skdistill.teachers._in_context import query_size

# Probability, and share of the rows, above which a teacher only repeats the labels.
_CERTAIN = 0.99


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


def predict_rows(predict: Callable, X: Any, rows: NDArray) -> NDArray[np.float64]:
    """Predict some rows, those with and those without labels apart."""
    return np.concatenate([predict(part) for part in row_parts(X, rows)])


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
        name_classes(teacher, dict(zip(labels.tolist(), labels.tolist(), strict=True)))
        return teacher.fit(X, classes[y], **params)
    if len(present) == 2 < len(classes):
        expect_two_classes(teacher)
    name_classes(teacher, {label: code for code, label in enumerate(labels.tolist())})
    for name, value in params.items():
        if name.rpartition("__")[2] == "eval_set" and value is not None:
            params[name] = [(each, _codes_of(seen, labels)) for each, seen in value]
    return teacher.fit(X, np.searchsorted(present, y), **params)


def _learns_codes(teacher: Any, classes: NDArray) -> bool:
    """Whether a teacher is trained on codes in place of the labels.

    Beside what refuses labels, these are teachers that weigh classes named by strings
    such as "1": scikit-learn 1.9 looks for the number 1 among the weights.
    """
    if needs_codes(teacher):
        return True
    if not all(isinstance(c, str) and _is_number(c) for c in classes.tolist()):
        return False
    return any(
        name.rpartition("__")[2] == "class_weight" and value is not None
        for name, value in teacher.get_params(deep=True).items()
    )


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


def frozen_predictions(spec: TeacherSpec, owner: str) -> OutOfFold:
    """Predict by a teacher trained elsewhere; warn, as it may have seen these rows."""
    teacher, classes, n_samples = spec.teacher, spec.classes, spec.n_samples

    def predict(X):
        if classes is None:
            return predict_aligned(teacher, X, spec.y)
        return class_probabilities(teacher, X, classes)

    every = np.arange(n_samples)
    values = predict_rows(predict, spec.X, every)
    check_predictions(values, classes, "The frozen teacher")
    _warn_of_in_sample(values[: spec.n_labeled], spec, owner)
    results = run_queries(spec, teacher, every, values, predict)
    representations = tuple(
        query.collect([(every, every)], [result], n_samples)
        for query, result in zip(spec.queries, results, strict=True)
    )
    return OutOfFold(
        values, np.ones(n_samples, dtype=bool), representations=representations
    )


def _warn_of_in_sample(values: NDArray, spec: TeacherSpec, owner: str) -> None:
    """Warn that a frozen teacher may have seen the rows, or that it surely has."""
    certain = False
    if spec.classes is not None:
        of_label = values[np.arange(spec.n_labeled), spec.y]
        certain = np.mean(of_label > _CERTAIN) > _CERTAIN
    if certain:
        warn(
            f"The frozen teacher of {owner} repeats the labels: it gives them a "
            f"probability above {_CERTAIN} on nearly all rows, as in-context learners "
            "and other models do for the rows that they were trained on. The student "
            "learns little from it that the labels do not say. Pass the unfitted "
            "teacher, to predict out of fold."
        )
    else:
        warn(
            f"The teacher of {owner} is frozen: if it was trained on these rows, its "
            "predictions are in-sample and overconfident, and the student is weaker "
            "than out-of-fold predictions would make it. Pass the unfitted teacher "
            "for those."
        )


def name_classes(estimator: Any, names: Mapping[Any, Any]) -> None:
    """Name classes in parameters as training data does, and leave out the others.

    These are dicts of class weights, and the order that CatBoost is given of classes.

    Parameters
    ----------
    estimator : classifier
        Changed in place.
    names : mapping
        From each label in the training data to what stands for it there.
    """
    params = estimator.get_params(deep=True)
    named: dict[str, Any] = {}
    for name, value in params.items():
        prefix, _, last = name.rpartition("__")
        if last in ("class_weight", "class_weights") and isinstance(value, Mapping):
            named[name] = {names[k]: w for k, w in value.items() if k in names}
        elif last == "class_names" and value is not None:
            named[name] = [names[k] for k in value if k in names]
            weights = f"{prefix}__class_weights" if prefix else "class_weights"
            if isinstance(params.get(weights), (list, tuple)):
                pairs = zip(value, params[weights], strict=True)
                named[weights] = [w for k, w in pairs if k in names]
    estimator.set_params(**{name: value for name, value in named.items() if value})


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
