"""From a student to the adapter that trains it, and through pipelines to their end."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_regressor
from sklearn.pipeline import Pipeline

from skdistill.input._boosters import final_step, library
from skdistill.input._classes import holds_codes, needs_codes
from skdistill.input._sklearn import safe_indexing
from skdistill.students._adapter import StudentAdapter
from skdistill.students._inner_validation import check_unlabeled
from skdistill.students._pipelines import (
    check_head,
    fit_head,
    fit_with_samplers,
    samplers,
)
from skdistill.students._sklearn import (
    BoosterCopiesAdapter,
    ClassifierAdapter,
    RegressorAdapter,
)
from skdistill.students._task import Loss, StudentTask

_BOOSTER_CLASSIFIERS = {
    "catboost": ("_catboost", "CatBoostAdapter"),
    "xgboost": ("_xgboost", "XGBoostAdapter"),
    "lightgbm": ("_lightgbm", "LightGBMAdapter"),
}
_REGISTERED: list[tuple[type, StudentAdapter]] = []


def register_student_adapter(student_class: type, adapter: StudentAdapter) -> None:
    """Let `adapter` train every student of a class and of its subclasses.

    Parameters
    ----------
    student_class : type
        The class of the student, or of the last step of a pipeline student. A later
        registration goes before an earlier one.
    adapter : StudentAdapter
        How such students learn from soft targets. It is pickled where students are
        trained in worker processes.

    Notes
    -----
    A registration holds for one process. Where others than skdistill run whole fits
    in worker processes (``cross_val_score(..., n_jobs=2)``), register the adapter in
    the module that defines the student's class, which the workers import.

    Examples
    --------
    A classifier that averages soft targets of similar rows:

    >>> from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
    >>> from skdistill.students import StudentAdapter, register_student_adapter
    >>> class SoftNeighbours(KNeighborsClassifier):
    ...     def predict_proba(self, X):
    ...         return self.soft_.predict(X)
    ...     def predict(self, X):
    ...         return self.classes_[self.predict_proba(X).argmax(axis=1)]
    >>> class SoftNeighboursAdapter(StudentAdapter):
    ...     def route(self, student, loss):
    ...         if loss.temperature != 1.0:
    ...             raise ValueError("Averages have no temperature.")
    ...         return "neighbour_average"
    ...     def fit_soft(self, student, X, task):
    ...         student.fit(X, task.y)
    ...         student.soft_ = KNeighborsRegressor().fit(X, task.targets)
    ...         return student
    ...     fit_labels = fit_soft  # With alpha 0 the targets are the labels.
    >>> register_student_adapter(SoftNeighbours, SoftNeighboursAdapter())

    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skdistill import DistilledClassifier
    >>> model = DistilledClassifier(GaussianNB(), SoftNeighbours(), alpha="auto")
    >>> model.fit(*load_iris(return_X_y=True)).score(*load_iris(return_X_y=True)) > 0.9
    True
    """
    if not isinstance(adapter, StudentAdapter):
        raise TypeError(
            "adapter of register_student_adapter must be an instance of StudentAdapter;"
            f" got {adapter!r}."
        )
    _REGISTERED.insert(0, (student_class, adapter))


def adapter_for(student: Any) -> StudentAdapter:
    """Return the adapter that trains a student, or the last step of a pipeline.

    Parameters
    ----------
    student : estimator
        The student; a later registration goes before an earlier one.

    Returns
    -------
    StudentAdapter
        A registered one, or that of the student's library.
    """
    student = final_step(student)
    for student_class, adapter in _REGISTERED:
        if isinstance(student, student_class):
            return adapter
    if is_regressor(student):
        return RegressorAdapter()
    if library(student) in _BOOSTER_CLASSIFIERS:
        name, class_name = _BOOSTER_CLASSIFIERS[library(student)]
        module = import_module(f"skdistill.students.{name}")
        works = module.works()
        return getattr(module, class_name)() if works else BoosterCopiesAdapter()
    return ClassifierAdapter()


def student_route(student: Any, loss: Loss) -> str:
    """Name the way a student learns `loss`, or raise before anything is trained.

    Parameters
    ----------
    student : estimator
        Classifier, regressor, or a pipeline that ends in one.
    loss : Loss
        The loss to learn.

    Returns
    -------
    str
        ``"labels"`` without a teacher; else the adapter's route.

    Raises
    ------
    ValueError
        If the student cannot learn this loss.
    """
    if loss.alpha == 0.0:
        return "labels"
    check_head(student)
    adapter, student = adapter_for(student), final_step(student)
    if loss.auxiliary:
        adapter.check_auxiliary(student, loss)
    if loss.unlabeled:
        check_unlabeled(student)
    return adapter.route(student, loss)


def member_route(member: Any, loss: Loss, whose: str) -> str:
    """Name the way a peer, or an estimator of generations, learns as a student.

    Parameters
    ----------
    member, loss
        As the student and its loss in `student_route`.
    whose : str
        Names the member in messages.
    """
    try:
        return student_route(member, loss)
    except ValueError as error:
        raise ValueError(f"{whose} learns as a student does: {error}") from error


def check_takes_labels(student: Any, classes: NDArray | None, what: str) -> None:
    """Raise if a student holds XGBoost so that labels reach it as they are.

    Parameters
    ----------
    student : estimator
        One that learns as a student does; a teacher is trained on codes, and an
        adapter that was registered may do so, too.
    classes : ndarray of shape (n_classes,) or None
        The labels; None in regression.
    what : str
        Names the student in messages.
    """
    if classes is None or holds_codes(student) or not needs_codes(student):
        return
    if not isinstance(adapter_for(student), ClassifierAdapter):
        return
    if not np.array_equal(classes, np.arange(len(classes))):
        raise ValueError(
            f"{what}, {type(student).__name__}, hands labels to XGBoost, which takes "
            f"0 to {len(classes) - 1} only; y has {classes.tolist()}. Number them as "
            "sklearn.preprocessing.LabelEncoder does, or let XGBClassifier be the "
            f"{what.partition(' ')[0]} itself."
        )


def fit_student(student: Any, X: Any, task: StudentTask) -> Any:
    """Train a private copy of a student on a task and return the fitted student.

    The earlier steps of a pipeline are fitted once, on the rows that have a label and
    on the labels as they are; its last step learns the task. At alpha 0 rows without a
    label take no part, and a pipeline is fitted as it is.

    Parameters
    ----------
    student : estimator
        An unfitted copy that may be fitted in place.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        The student's columns.
    task : StudentTask
        What to learn, and by which adapter.

    Returns
    -------
    estimator
        Of the class of `student`.
    """
    if task.loss.alpha == 0.0 and task.labeled is not None:
        X, task = safe_indexing(X, task.labeled_rows), task.rows(task.labeled_rows)
        task = replace(task, labeled=None)
    if isinstance(student, Pipeline):
        if task.loss.alpha == 0.0 and samplers(student):
            return fit_with_samplers(student, X, task)
        *head, (name, final) = student.steps
        if head:
            head, X = fit_head(student[:-1], X, task)
        student.steps = [*head, (name, fit_student(final, X, task))]
        return student
    adapter = task.adapter or adapter_for(student)
    if task.loss.alpha == 0.0:
        return adapter.fit_labels(student, X, task)
    return adapter.fit_soft(student, X, task)
