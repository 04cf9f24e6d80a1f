"""The teacher's arm, and what the fitted models of all arms are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.metaestimators import available_if

from skdistill.input._boosters import final_step
from skdistill.input._checks import clone_estimator
from skdistill.input._classes import class_probabilities
from skdistill.input._columns import select_columns
from skdistill.input._meta_estimator import MetaEstimator
from skdistill.offline._base import BaseDistilled
from skdistill.report._arms import plan_fit
from skdistill.report._wrappers import inner_estimator
from skdistill.selection._candidates import Candidate
from skdistill.teachers._class_names import fit_teacher, predict_aligned


def train_teacher(
    estimator: Any,
    X: Any,
    y: NDArray,
    classes: NDArray | None,
    params: Mapping[str, Any],
) -> FittedTeacher:
    """Train the teacher as the estimator would: its columns, seed, weights, codes."""
    transforms = []
    while isinstance(estimator, Pipeline):
        if len(estimator.steps) > 1:
            transforms.append(clone_estimator(estimator[:-1]))
            X = transforms[-1].fit_transform(X, y)
        estimator = estimator.steps[-1][1]
    estimator = clone_estimator(estimator).set_params(store_teacher=True)
    plan = plan_fit(estimator, X, y, params)
    spec = plan.teacher.privileged
    if not isinstance(spec.teacher, FrozenEstimator):
        X = spec.labeled_part
        fit_teacher(spec.teacher, X, spec.y, spec.classes, spec.fit_params)
    return FittedTeacher(
        spec.teacher, plan.teacher_columns, spec.y, classes, transforms
    )


class FittedTeacher(BaseEstimator):
    """A teacher that takes the whole X and predicts the user's labels."""

    def __init__(self, teacher, columns, target, classes, transforms=()):
        self.teacher = teacher
        self.columns = columns
        self.target = target
        self.classes = classes
        self.transforms = transforms

    def _columns_of(self, X):
        for transform in self.transforms:
            X = transform.transform(X)
        return select_columns(X, self.columns)

    @available_if(lambda self: self.classes is None)
    def predict(self, X):
        """Predict values; labels follow from the probabilities."""
        return predict_aligned(self.teacher, self._columns_of(X), self.target)

    @available_if(lambda self: self.classes is not None)
    def predict_proba(self, X):
        """Predict probabilities of all classes."""
        X = self._columns_of(X)
        if isinstance(self.teacher, FrozenEstimator):
            return class_probabilities(self.teacher, X, self.classes)
        return predict_aligned(self.teacher, X, self.target, self.classes)


def chosen_values(model: Any) -> dict[str, float]:
    """Return alpha and what goes with it of a fitted estimator, as chosen or given."""
    inner = inner_estimator(model)
    names = (*(field.name for field in fields(Candidate)), "best_generation")
    found = {name: getattr(inner, f"{name}_", None) for name in names}
    if found["alpha"] is None:  # Only offline estimators choose it.
        found["alpha"] = inner.alpha
    return {name: float(v) for name, v in found.items() if v is not None}


def deployed_models(model: Any) -> tuple[list[Any], NDArray | None]:
    """Return what predicts in production, and its columns; None is all of X."""
    if isinstance(model, FittedTeacher) and not model.transforms:
        return [model.teacher], model.columns
    if isinstance(model, MetaEstimator):
        models, columns = zip(*model._deployed(), strict=True)
        if all(each is None for each in columns):
            return list(models), model._input_spec.positions
    return [getattr(model, "best_estimator_", model)], None


def describe_models(model: Any, teacher: Any) -> dict[str, Any]:
    """Name what was compared, and count the columns that each sees."""
    inner = inner_estimator(model)
    peers = getattr(inner, "peers_", None)
    if isinstance(inner, BaseDistilled):
        students, columns = inner.students_[:1], inner.student_feature_indices_
        for_teacher = inner.teacher_feature_indices_
    else:
        students, for_teacher = peers or [inner.estimator_], np.empty(0, np.intp)
        columns = getattr(inner, "feature_indices_", np.arange(inner.n_features_in_))
    return {
        "estimator": type(inner).__name__,
        "route": getattr(inner, "student_route_", ""),
        "teacher": None if teacher is None else model_name(teacher),
        "student": ", ".join(model_name(student) for student in students),
        "teacher_columns": len(for_teacher),
        "student_columns": len(columns),
        "privileged_columns": len(np.setdiff1d(for_teacher, columns)),
    }


def model_name(model: Any) -> str:
    """Name the class that a pipeline or a frozen estimator ends with."""
    model = model.teacher if isinstance(model, FittedTeacher) else model
    model = model.estimator if isinstance(model, FrozenEstimator) else model
    return type(final_step(model)).__name__
