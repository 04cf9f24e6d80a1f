"""DistilledClassifier and DistilledRegressor on Dask collections."""

from __future__ import annotations

import time
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted
from xgboost import XGBClassifier, XGBRegressor

from skdistill.dask._cluster import constant
from skdistill.dask._collections import (
    check_names,
    collect_features,
    read_frame,
    read_rows,
)
from skdistill.dask._plan import Plan, make_plan
from skdistill.dask._selection import held_out_sums
from skdistill.dask._student import train_student
from skdistill.input._columns import resolve_columns
from skdistill.input._data import make_input_spec, select_input
from skdistill.selection._selection import Choice, choose_by_moments


class _BaseDistilled(BaseEstimator):
    """The fit and the prediction that classifier and regressor share."""

    def __init__(
        self,
        teacher=None,
        student=None,
        *,
        teacher_features=None,
        student_features=None,
        objective="response",
        alpha=0.5,
        privileged_weight=1.0,
        unlabeled_weight=1.0,
        cv=None,
        max_teacher_rows=100_000,
        memory=None,
        random_state=None,
        verbose=0,
    ):
        self.teacher = teacher
        self.student = student
        self.teacher_features = teacher_features
        self.student_features = student_features
        self.objective = objective
        self.alpha = alpha
        self.privileged_weight = privileged_weight
        self.unlabeled_weight = unlabeled_weight
        self.cv = cv
        self.max_teacher_rows = max_teacher_rows
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X, y, sample_weight=None, groups=None, X_unlabeled=None):
        """Cross-fit the teacher and train the student on its predictions.

        Parameters
        ----------
        X : dask DataFrame or Array of shape (n_samples, n_features)
            Columns of teacher and student; those that `y`, `sample_weight` and
            `groups` name are no features.
        y : dask Series or Array of shape (n_samples,), or str
            Labels or values, with the partitions of X, or the name of its column.
        sample_weight : dask Series or Array of shape (n_samples,), or str, default=None
            Row weights for teacher and student.
        groups : dask Series or Array of shape (n_samples,), or str, default=None
            Rows of a group share a fold. None is the index: rows of the same index
            share one, and in an array each row has its own.
        X_unlabeled : dask DataFrame or Array, default=None
            Rows without a label: all columns of X, or at least the student's.

        Returns
        -------
        self
        """
        start = time.perf_counter()
        plan = make_plan(self, X, y, sample_weight, groups, X_unlabeled)
        planned = time.perf_counter()
        choice = _select(plan)
        chosen = time.perf_counter()
        targets = plan.teachers.predict()
        predicted = time.perf_counter()
        (best,) = (s for s in plan.students if s.candidate == choice.best)
        student = _train(plan, best, targets)
        trained = time.perf_counter()

        features = plan.labelled.features
        self.n_features_in_ = features.width
        vars(self).pop("feature_names_in_", None)
        names = features.names
        if names is not None and all(isinstance(name, str) for name in names):
            self.feature_names_in_ = np.array(names, dtype=object)
        self._categories = features.categories
        meta = features.meta_of(np.arange(features.width))
        self._input_spec = make_input_spec(
            self,
            resolve_columns(
                self.student_features, meta, "student_features", type(self).__name__
            ),
        )
        self.teacher_feature_indices_ = plan.columns["privileged"]
        self.student_feature_indices_ = plan.columns["regular"]
        self.student_ = student
        self.student_route_ = best.route
        self.alpha_ = choice.best.alpha
        self.privileged_weight_ = choice.best.privileged_weight
        self.unlabeled_weight_ = choice.best.unlabeled_weight
        self.selection_results_ = choice.results
        self.fit_times_ = {
            "checks": planned - start,
            "selection": chosen - planned,
            "responses": predicted - chosen,
            "student": trained - predicted,
        }
        if plan.labelled.classes is not None:
            self.classes_ = plan.labelled.classes
        return self

    def __sklearn_is_fitted__(self):
        return hasattr(self, "student_")

    def _predict_part(self, X, method):
        """Predict rows in memory."""
        X = select_input(self, X, self._input_spec)
        categories = {
            name: values
            for name, values in self._categories.items()
            if name in getattr(X, "columns", ())
        }
        if categories:
            X = read_frame(X, list(X.columns), categories)
        if not len(X):
            return self._no_prediction(method)
        return self._own(getattr(self.student_, method)(X), method)

    def _map(self, X, method):
        """Predict rows in memory at once, and collections when they are computed."""
        check_is_fitted(self)
        nothing = self._no_prediction(method)
        if isinstance(X, dd.DataFrame):
            predict, model = dask.delayed(_predict_frame), constant(self)
            return dd.from_delayed(
                [predict(part, model, method) for part in X.to_delayed()],
                meta=_as_frame(nothing, X._meta.index[:0], self),
                divisions=X.divisions if X.known_divisions else None,
                verify_meta=False,
            )
        if isinstance(X, da.Array):
            X = X.rechunk({1: -1})
            layout = {"drop_axis": 1}
            if nothing.ndim == 2:
                layout = {"chunks": (X.chunks[0], (nothing.shape[1],))}
            return X.map_blocks(
                _predict_block,
                constant(self),
                method,
                dtype=nothing.dtype,
                meta=nothing,
                **layout,
            )
        return self._predict_part(X, method)

    def _score_sums(self, X, y, sample_weight):
        """Sum what a score is made of over the partitions of a collection."""
        check_is_fitted(self)
        owner = type(self).__name__
        given = {"y": y, "sample_weight": sample_weight, "groups": None}
        drop = check_names(X, given, owner)
        features = collect_features(X, owner, drop=drop)
        rows = read_rows(X, features, given, n_folds=1, seed=0, owner=owner)
        parts = features.parts(np.arange(features.width))
        model = constant(self)
        sums = dask.delayed(_score_part)
        return np.sum(
            dask.compute(*(sums(model, *p) for p in zip(parts, rows, strict=True))),
            axis=0,
        )


class DistilledClassifier(ClassifierMixin, _BaseDistilled):
    """Train an XGBClassifier on out-of-fold teacher predictions, on a Dask cluster.

    Words and parameters are those of :class:`skdistill.DistilledClassifier`; rows stay
    on the workers.

    Parameters
    ----------
    teacher : classifier with `predict_proba`, default=None
        An XGBClassifier is trained on all workers; any other estimator on one, on a
        sample of `max_teacher_rows` for each fold, and its copies predict all rows.
        None is XGBClassifier().
    student : XGBClassifier, default=None
        Its parameters are those of the student. None is a copy of an XGBoost teacher.
    teacher_features, student_features : None, str, int, slice, callable or \
            array-like, default=None
        Columns each one sees, as on one machine. A callable is passed a frame with the
        types of X and made-up rows.
    objective : {"response"} or Response, default="response"
        See :class:`~skdistill.objectives.Response`.
    alpha : float or "auto", default=0.5
        Weight of the teacher against the labels, in [0, 1]; "auto" chooses by
        held-out loss, as on one machine.
    privileged_weight : float or "auto", default=1.0
        Share of the teacher that sees `teacher_features` in the soft target, in [0, 1];
        the rest is the same teacher's on the student's columns.
    unlabeled_weight : float or "auto", default=1.0
        What an unlabeled row weighs against a labelled one; "auto" chooses between 0
        and 1 as `alpha` is chosen.
    cv : int, default=None
        Number of folds; None is 5. A hash of a row's group, or of its index, says in
        which fold it is held out, however the rows are ordered and partitioned.
    max_teacher_rows : int, default=100_000
        Most rows that a teacher is trained on which XGBoost does not train on Dask.
    memory : None, str or path-like, default=None
        Folder, or its address, that all workers reach, for teacher predictions as
        parquet files; another fit with the same teachers and rows finds them there.
        None keeps them on the workers.
    random_state : int, RandomState instance or None, default=None
        Seeds the hash of the folds, the sample of rows, and each `random_state` that
        teacher and student leave at None. With None folds are the same every time.
    verbose : int, default=0
        Above 0, one line for each teacher.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    student_ : XGBClassifier
        Plain and fitted, for class codes 0..k-1.
    student_route_ : str
        "labels", "logistic", "logistic_gradient" or "softmax_gradient".
    alpha_, privileged_weight_, unlabeled_weight_ : float
        As given or as chosen.
    selection_results_ : dict of ndarray
        As on one machine.
    teacher_feature_indices_, student_feature_indices_ : ndarray of int
        Positions of the columns each one sees.
    fit_times_ : dict
        Seconds: "checks", "selection", "responses" (teachers and their predictions)
        and "student".
    n_features_in_, feature_names_in_
        Number, and names, of the features.

    See Also
    --------
    skdistill.DistilledClassifier : Any student, on one machine.

    Notes
    -----
    The student is that of one machine, given the same folds, to the last bits of sums,
    as long as no column has many more different values than bins; with more, XGBoost's
    bins depend on how rows are spread, as in all of its distributed training. Rows of
    a fold are equal in index or group or apart, so an index that repeats is no leak.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client
    >>> from sklearn.datasets import make_classification
    >>> from xgboost import XGBClassifier
    >>> from skdistill.dask import DistilledClassifier
    >>> X, y = make_classification(400, 6, random_state=0)
    >>> X, y = da.from_array(X, (100, 6)), da.from_array(y, 100)
    >>> with Client(processes=False, dashboard_address=":0"):  # doctest: +SKIP
    ...     model = DistilledClassifier(XGBClassifier(n_estimators=10)).fit(X, y)
    ...     model.predict_proba(X)
    dask.array<_predict_block, shape=(400, 2), ...>
    """

    _kind = "classification"

    def predict(self, X):
        """Predict class labels.

        Parameters
        ----------
        X : {dask DataFrame, dask Array, dataframe, array-like}
            All columns of the training data, or only the student's: a frame by name,
            an array by its width.

        Returns
        -------
        dask Series, dask Array or ndarray of shape (n_samples,)
            Lazy for a collection.
        """
        return self._map(X, "predict")

    def predict_proba(self, X):
        """Predict class probabilities.

        Parameters
        ----------
        X : {dask DataFrame, dask Array, dataframe, array-like}
            As for `predict`.

        Returns
        -------
        dask DataFrame, dask Array or ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`; lazy for a collection.
        """
        return self._map(X, "predict_proba")

    def score(self, X, y, sample_weight=None):
        """Return the accuracy.

        Parameters
        ----------
        X : {dask DataFrame, dask Array, dataframe, array-like}
            As for `predict`.
        y, sample_weight
            As for `fit` with a collection, array-like in memory.

        Returns
        -------
        float
        """
        if not isinstance(X, (dd.DataFrame, da.Array)):
            return super().score(X, y, sample_weight)
        right, weight = self._score_sums(X, y, sample_weight)
        return float(right / weight)

    def _default_teacher(self):
        return XGBClassifier()

    def _own(self, values, method):
        return self.classes_[values] if method == "predict" else values

    def _no_prediction(self, method):
        if method == "predict":
            return self.classes_[:0]
        return np.empty((0, len(self.classes_)), dtype=np.float32)

    def _sums(self, y, predicted, weight):
        return np.array([weight @ (y == predicted), weight.sum()])


class DistilledRegressor(RegressorMixin, _BaseDistilled):
    """Train an XGBRegressor on out-of-fold teacher predictions, on a Dask cluster.

    Parameters
    ----------
    teacher : regressor, default=None
        An XGBRegressor is trained on all workers; see
        :class:`skdistill.dask.DistilledClassifier`. None is XGBRegressor().
    student : XGBRegressor, default=None
        Its parameters are those of the student. None is a copy of an XGBoost teacher.
    teacher_features, student_features, objective, alpha : see the classifier
        See :class:`skdistill.dask.DistilledClassifier`.
    privileged_weight, unlabeled_weight, cv, max_teacher_rows : see the classifier
        See :class:`skdistill.dask.DistilledClassifier`.
    memory, random_state, verbose : see the classifier
        See :class:`skdistill.dask.DistilledClassifier`; the temperature must be 1.

    Attributes
    ----------
    student_ : XGBRegressor
        Plain and fitted.
    student_route_ : str
        "labels" or "regression".
    alpha_, privileged_weight_, unlabeled_weight_, selection_results_, \
            teacher_feature_indices_, student_feature_indices_, fit_times_, \
            n_features_in_, feature_names_in_
        See :class:`skdistill.dask.DistilledClassifier`.

    See Also
    --------
    skdistill.DistilledRegressor : Any student, on one machine.
    """

    _kind = "regression"

    def predict(self, X):
        """Predict values.

        Parameters
        ----------
        X : {dask DataFrame, dask Array, dataframe, array-like}
            All columns of the training data, or only the student's: a frame by name,
            an array by its width.

        Returns
        -------
        dask Series, dask Array or ndarray of shape (n_samples,)
            Lazy for a collection.
        """
        return self._map(X, "predict")

    def score(self, X, y, sample_weight=None):
        """Return R².

        Parameters
        ----------
        X : {dask DataFrame, dask Array, dataframe, array-like}
            As for `predict`.
        y, sample_weight
            As for `fit` with a collection, array-like in memory.

        Returns
        -------
        float
        """
        if not isinstance(X, (dd.DataFrame, da.Array)):
            return super().score(X, y, sample_weight)
        error, squares, total, weight = self._score_sums(X, y, sample_weight)
        return float(1.0 - error / (squares - total**2 / weight))

    def _default_teacher(self):
        return XGBRegressor()

    def _own(self, values, method):
        return values

    def _no_prediction(self, method):
        return np.empty(0, dtype=np.float32)

    def _sums(self, y, predicted, weight):
        y = y.astype(np.float64)
        parts = ((y - predicted) ** 2, y**2, y, np.ones(len(y)))
        return np.array([weight @ part for part in parts])


def _select(plan: Plan) -> Choice:
    """Choose among the candidates by what their students lose on held-out rows."""
    if len(plan.students) == 1:
        return Choice(plan.students[0].candidate, {})
    total = None
    for fold in range(plan.labelled.n_folds):
        targets = plan.teachers.predict(held_out=fold)
        students = [
            _train(plan, spec, targets, frozenset([fold])) for spec in plan.students
        ]
        sums = held_out_sums(
            plan.client,
            plan.labelled,
            plan.columns["regular"],
            students,
            [spec.loss for spec in plan.students],
            fold,
        )
        total = sums if total is None else total + sums
    assert total is not None
    return choose_by_moments(
        [spec.candidate for spec in plan.students],
        total.mean,
        total.covariance,
        prefers_unlabeled=plan.unlabeled is not None and plan.unlabeled.privileged,
    )


def _train(plan, spec, targets, held_out=frozenset()):
    return train_student(
        plan.client,
        plan.owner,
        spec,
        plan.labelled,
        plan.unlabeled,
        targets,
        plan.columns["regular"],
        held_out,
    )


def _predict_frame(part, model, method):
    return _as_frame(model._predict_part(part, method), part.index, model)


def _as_frame(values, index, model) -> Any:
    if values.ndim == 1:
        return pd.Series(values, index=index)
    return pd.DataFrame(values, index=index, columns=model.classes_)


def _predict_block(block, model, method):
    return model._predict_part(block, method)


def _score_part(model, X, rows):
    predicted = model._predict_part(X, "predict")
    weight = np.ones(len(rows.y)) if rows.weight is None else rows.weight
    return model._sums(rows.y, predicted, weight)
