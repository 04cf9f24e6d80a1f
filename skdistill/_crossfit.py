"""Out-of-fold responses: each row is answered by a teacher that did not see it.

1. `make_splits` turns `cv` into checked train and test indices.
2. `cross_fit` trains one clone of the teacher a split, in parallel, and lets it answer
   for the rows it did not see; repeated answers are averaged.
3. `frozen_responses` asks a teacher that was trained elsewhere.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils.parallel import Parallel, delayed

from skdistill._checks import clone_estimator
from skdistill._responses import check_probabilities, class_probabilities
from skdistill._sklearn import safe_indexing

Split = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True)
class Responses:
    """What a teacher answers for the training rows.

    Attributes
    ----------
    values : ndarray of shape (n_samples, n_classes), (n_samples,) or \
            (n_samples, n_outputs)
        Probabilities or predictions; NaN for rows that no split covers.
    covered : ndarray of bool of shape (n_samples,)
        Rows that have an answer.
    models : tuple of estimators
        The fold teachers, if they were asked for.
    fit_times : tuple of float
        Seconds that each fold took, training and answering.
    """

    values: NDArray[np.float64]
    covered: NDArray[np.bool_]
    models: tuple[Any, ...] = ()
    fit_times: tuple[float, ...] = ()


def make_splits(
    cv: Any,
    X: Any,
    y: NDArray,
    *,
    classifier: bool,
    name: str,
    owner: str,
    params: Mapping[str, Any] | None = None,
) -> list[Split]:
    """Materialise the splits of `cv` and check that they can give honest answers.

    Parameters
    ----------
    cv : int, splitter, iterable of (train, test) or None
        None: 5 folds, stratified for a classifier.
    X, y : training data
        As the splitter sees them; y holds class codes in classification.
    classifier : bool
        Whether folds are stratified by default.
    name, owner : str
        The parameter and its estimator, for messages.
    params : mapping, default=None
        Metadata for ``split``, such as ``groups``.

    Returns
    -------
    list of (train, test) tuples of int ndarrays

    Raises
    ------
    ValueError
        If the splitter refuses the data, a split is empty, or train and test overlap.
    """
    n_samples = X.shape[0]
    splitter = check_cv(5 if cv is None else cv, y, classifier=classifier)
    try:
        splits = [
            (_as_indices(train, n_samples), _as_indices(test, n_samples))
            for train, test in splitter.split(X, y, **(params or {}))
        ]
    except ValueError as error:
        raise ValueError(f"{name} of {owner} cannot split X: {error}") from error
    if not splits:
        raise ValueError(f"{name} of {owner} yields no split.")
    for number, (train, test) in enumerate(splits):
        where = f"Split {number} of {name} of {owner}"
        if not len(train) or not len(test):
            raise ValueError(f"{where} has an empty train or test part.")
        shared = np.intersect1d(train, test)
        if len(shared):
            raise ValueError(
                f"{where} has {len(shared)} rows in both train and test (first: "
                f"{shared[0]}); soft targets must come from teachers that did not see "
                "the row."
            )
    return splits


def cross_fit(
    teacher: Any,
    X: Any,
    y: NDArray,
    splits: Sequence[Split],
    *,
    classes: NDArray | None = None,
    fit_params: Mapping[str, Any] | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    keep_models: bool = False,
) -> Responses:
    """Train a clone of the teacher on each split and collect its out-of-fold answers.

    Parameters
    ----------
    teacher : estimator
        Never fitted itself.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        The teacher's columns.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Class codes 0..k-1, or values.
    splits : sequence of (train, test)
        From `make_splits`. Rows that no test part holds stay unanswered.
    classes : ndarray of shape (n_classes,), default=None
        The user's labels; None for a regressor.
    fit_params : mapping, default=None
        Passed to the teacher's `fit`; arrays with one entry a row are subset.
    n_jobs : int, default=None
        Folds at a time.
    verbose : int, default=0
        Above 0, one line a fold.
    keep_models : bool, default=False
        Whether `Responses.models` holds the fold teachers.

    Returns
    -------
    Responses

    Raises
    ------
    ValueError
        If a training part holds one class only, or if the answers are not finite
        (and, for a classifier, probabilities).
    """
    n_samples = X.shape[0]
    if classes is not None:
        _check_classes_in_folds(y, splits, classes)
    tasks = (
        delayed(fit_and_respond)(
            clone_estimator(teacher),
            X,
            y,
            train,
            test,
            classes,
            _subset(fit_params, train, n_samples),
            keep_models,
        )
        for train, test in splits
    )
    width = y.shape[1:] if classes is None else (len(classes),)
    total = np.zeros((n_samples, *width))
    count = np.zeros(n_samples, dtype=np.intp)
    models, times = [], []
    answers = Parallel(n_jobs=n_jobs, return_as="generator")(tasks)
    for number, (answer, model, seconds) in enumerate(answers):
        _check_answer(answer, classes, f"Teacher of fold {number}")
        test = splits[number][1]
        total[test] += answer
        count[test] += 1
        models.append(model)
        times.append(seconds)
        if verbose:
            print(f"[skdistill] teacher {number + 1}/{len(splits)}: {seconds:.1f} s")
    covered = count > 0
    values = np.full_like(total, np.nan)
    values[covered] = (total[covered].T / count[covered]).T
    return Responses(
        values, covered, tuple(models) if keep_models else (), tuple(times)
    )


def fit_and_respond(teacher, X, y, train, test, classes, fit_params, keep_model):
    """Fit `teacher` on the training part and answer for the test part."""
    start = time.perf_counter()
    model = fit_teacher(teacher, safe_indexing(X, train), y[train], classes, fit_params)
    answer = respond(model, safe_indexing(X, test), y[train], classes)
    return answer, model if keep_model else None, time.perf_counter() - start


def fit_teacher(teacher, X, y, classes=None, fit_params=None):
    """Fit `teacher` in place on values, or on codes without gaps of the classes in y.

    XGBoost refuses codes with gaps, which a fold without a rare class would have.
    """
    if classes is not None:
        present, y = np.unique(y, return_inverse=True)
        encode_class_weight(teacher, classes[present])
    return teacher.fit(X, y, **(fit_params or {}))


def respond(model, X, y_train, classes=None):
    """Answer for X: values, or probabilities with zeros for classes not in y_train."""
    if classes is None:
        predicted = np.asarray(model.predict(X), dtype=np.float64)
        return predicted.reshape(len(predicted), *y_train.shape[1:])
    present = np.unique(y_train)
    answer = class_probabilities(model, X, np.arange(len(present)))
    aligned = np.zeros((len(answer), len(classes)))
    aligned[:, present] = answer
    return aligned


def frozen_responses(
    teacher: Any, X: Any, y: NDArray, classes: NDArray | None, owner: str
) -> Responses:
    """Answers of a teacher trained elsewhere; warns, as it may have seen these rows."""
    warnings.warn(
        f"The teacher of {owner} is frozen: if it was trained on these rows, its "
        "responses are in-sample and overconfident, and the student is weaker than "
        "out-of-fold responses would make it. Pass the unfitted teacher for those.",
        UserWarning,
        stacklevel=3,
    )
    if classes is None:
        values = respond(teacher, X, y)
    else:
        values = class_probabilities(teacher, X, classes)
    _check_answer(values, classes, "The frozen teacher")
    return Responses(values, np.ones(X.shape[0], dtype=bool))


def encode_class_weight(estimator: Any, classes: NDArray) -> None:
    """Key dicts of class weights by code, since teachers are trained on codes."""
    codes = {label: code for code, label in enumerate(classes.tolist())}
    for name, value in estimator.get_params(deep=True).items():
        is_weight = name.rpartition("__")[2] in ("class_weight", "class_weights")
        if is_weight and isinstance(value, Mapping):
            weights = {codes[k]: w for k, w in value.items() if k in codes}
            if weights:
                estimator.set_params(**{name: weights})


def weight_params(estimator: Any, sample_weight: NDArray | None) -> dict[str, Any]:
    """Fit parameters that carry row weights to an estimator or a pipeline's end."""
    if sample_weight is None:
        return {}
    name = "sample_weight"
    while isinstance(estimator, Pipeline):
        step, estimator = estimator.steps[-1]
        name = f"{step}__{name}"
    return {name: sample_weight}


def _as_indices(part, n_samples):
    part = np.asarray(part)
    return np.flatnonzero(part) if part.dtype == bool else part.astype(np.intp)


def _subset(fit_params, rows, n_samples):
    def take(value):
        per_row = hasattr(value, "__len__") and not isinstance(value, (str, Mapping))
        return (
            safe_indexing(value, rows)
            if per_row and len(value) == n_samples
            else (value)
        )

    return {name: take(value) for name, value in (fit_params or {}).items()}


def _check_classes_in_folds(y, splits, classes):
    absent = {}
    for number, (train, _) in enumerate(splits):
        present = np.unique(y[train])
        if len(present) == 1:
            raise ValueError(
                f"The training part of split {number} holds one class only "
                f"({classes[present[0]]!r}); a teacher needs two. Use fewer folds or a "
                "stratified splitter."
            )
        for code in np.setdiff1d(np.arange(len(classes)), present):
            absent.setdefault(classes[code], []).append(number)
    if absent:
        shown = ", ".join(f"{label!r} (splits {at})" for label, at in absent.items())
        warnings.warn(
            f"Classes are missing from training parts: {shown}. The teachers of those "
            "splits give them probability 0; fewer folds or a stratified splitter "
            "avoid it.",
            UserWarning,
            stacklevel=4,
        )


def _check_answer(answer, classes, owner):
    if classes is not None:
        check_probabilities(answer, owner)
    elif not np.isfinite(answer).all():
        raise ValueError(f"{owner} predicted NaN or infinite values.")
