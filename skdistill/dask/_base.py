"""The fit and the prediction that classifier and regressor share.

1. Check parameters, read labels and folds: everything that can fail cheaply.
2. Train fold teachers, and predict every row by one that did not see it.
3. Train the student on the mixture of labels and predictions.
"""

from __future__ import annotations

import time
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skdistill.dask._cluster import constant
from skdistill.dask._collections import collect_features, partitions_of, read_frame
from skdistill.dask._plan import Plan, make_plan
from skdistill.dask._rows import check_names, read_rows
from skdistill.dask._selection import held_out_sums
from skdistill.dask._student import train_student
from skdistill.input._data import make_input_spec, select_input
from skdistill.input._splits import fold_groups
from skdistill.selection._choice import Choice, choose, is_settled


class BaseDistilled(BaseEstimator):
    """Offline distillation on Dask collections.

    Subclasses say what they distil through this interface:

    - `_kind`, "classification" or "regression";
    - `_student_class`, of the student, and of the teacher where none was given;
    - `_own(values, method)` turns what the student predicts into the user's terms;
    - `_no_prediction(method)` is that for no row;
    - `_sums(y, predicted, weight)` are the sums that a score is made of.
    """

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
        student = train_student(plan.data, best, targets, plan.columns["regular"])
        trained = time.perf_counter()

        labelled = plan.data.labelled
        features, names = labelled.features, labelled.features.names
        self.n_features_in_ = features.width
        vars(self).pop("feature_names_in_", None)
        if names is not None and all(isinstance(name, str) for name in names):
            self.feature_names_in_ = names.to_numpy(dtype=object)
        self._categories = features.categories
        self._input_spec = make_input_spec(self, plan.selected)
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
            "teachers": predicted - chosen,
            "student": trained - predicted,
        }
        if labelled.classes is not None:
            self.classes_ = labelled.classes
        return self

    def __sklearn_is_fitted__(self):
        return hasattr(self, "student_")

    def _predict_part(self, X, method):
        """Predict rows in memory."""
        X = select_input(self, X, self._input_spec)
        if self._categories and hasattr(X, "columns"):
            X = read_frame(X, list(X.columns), self._categories)
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
                [predict(part, model, method) for part in partitions_of(X)],
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


def _select(plan: Plan) -> Choice:
    """Choose among the candidates by what their students lose on held-out rows."""
    if len(plan.students) == 1:
        return Choice(plan.students[0].candidate, {})
    total, columns = None, plan.columns["regular"]
    losses = [spec.loss for spec in plan.students]
    candidates = [spec.candidate for spec in plan.students]
    labelled, unlabeled = plan.data.labelled, plan.data.unlabeled
    n_rows = labelled.n_rows
    if unlabeled is not None and any(c.unlabeled_weight for c in candidates):
        n_rows += unlabeled.sizes.sum()
    groups = fold_groups(labelled.n_folds, n_rows)
    # As on one machine, where the last ones are compared first.
    for n_compared, group in enumerate(reversed(groups), start=1):
        held_out = frozenset(group)
        targets = plan.teachers.predict(held_out)
        students = [
            train_student(plan.data, spec, targets, columns, held_out)
            for spec in plan.students
        ]
        sums = held_out_sums(plan.data, columns, students, losses, held_out)
        total = sums if total is None else total + sums
        if is_settled(candidates, total.comparison, share=n_compared / len(groups)):
            break
    assert total is not None
    return choose(candidates, total.comparison)


def _predict_frame(part, model, method):
    return _as_frame(model._predict_part(part, method), part.index, model)


def _as_frame(values: NDArray, index: Any, model: Any) -> Any:
    if values.ndim == 1:
        return pd.Series(values, index=index)
    return pd.DataFrame(values, index=index, columns=model.classes_)


def _predict_block(block, model, method):
    return model._predict_part(block, method)


def _score_part(model, X, rows):
    predicted = model._predict_part(X, "predict")
    weight = np.ones(len(rows.y)) if rows.weight is None else rows.weight
    return model._sums(rows.y, predicted, weight)
