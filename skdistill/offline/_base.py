"""The fit of offline distillation, shared by classifier and regressor.

1. Check parameters and data, resolve columns, check by the student's adapter that it
   can learn the loss, and train the student on a few rows: everything that can fail
   cheaply fails here.
2. Where something is "auto", choose a mixture by predictions of held-out rows.
3. Cross-fit the teacher on its columns: out-of-fold predictions.
4. Let the objective turn predictions and labels into the student's task.
5. Train the student, or one a training fold, on its columns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from os import PathLike
from typing import Any, Literal, Self

from joblib import Memory
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from skdistill.input._checks import clone_estimator
from skdistill.input._meta_estimator import MetaEstimator
from skdistill.input._preparation import FitInput
from skdistill.input._sklearn import CallbackSupportMixin, Progress, with_callbacks
from skdistill.input._warnings import tell
from skdistill.offline._dry_run import dry_run
from skdistill.offline._plan import Plan
from skdistill.offline._planning import make_plan
from skdistill.offline._students import select, train_students
from skdistill.offline._targets import make_task, mix_teachers
from skdistill.offline._teachers import TeacherPredictions, Teachers
from skdistill.offline._verbose import tell_plan
from skdistill.selection._choice import Choice
from skdistill.students import student_route
from skdistill.teachers._cache import check_memory
from skdistill.teachers._class_names import fit_teacher
from skdistill.teachers._crossfit import ExecutionConfig
from skdistill.teachers._teacher import OutOfFold

_ONLY_WITH_TEACHER = (
    "teacher_",
    "fold_teachers_",
    "teacher_predictions_",
    "teacher_predictions_unlabeled_",
    "auxiliary_targets_",
)


class BaseDistilled(CallbackSupportMixin, MetaEstimator, BaseEstimator):
    """Offline distillation from a teacher to a student.

    Subclasses say what they distil by a mixin of `_meta_estimator`, and by
    `_check_student(student)`, which raises.
    """

    def __init__(
        self,
        teacher: Any = None,
        student: Any = None,
        *,
        teacher_features: Any = None,
        student_features: Any = None,
        objective: Any = "response",
        alpha: float | Literal["auto"] = 0.5,
        privileged_weight: float | Literal["auto"] = 1.0,
        unlabeled_weight: float | Literal["auto"] = 1.0,
        n_perturbed: int = 0,
        cv: Any = None,
        student_cv: Any = None,
        scoring: str | Callable | None = None,
        memory: str | PathLike | Memory | None = None,
        store_teacher: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.teacher = teacher
        self.student = student
        self.teacher_features = teacher_features
        self.student_features = student_features
        self.objective = objective
        self.alpha = alpha
        self.privileged_weight = privileged_weight
        self.unlabeled_weight = unlabeled_weight
        self.n_perturbed = n_perturbed
        self.cv = cv
        self.student_cv = student_cv
        self.scoring = scoring
        self.memory = memory
        self.store_teacher = store_teacher
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        *,
        X_unlabeled: Any = None,
        sample_weight_unlabeled: ArrayLike | None = None,
        soft_targets: Any = None,
        soft_targets_unlabeled: Any = None,
        **params: Any,
    ) -> Self:
        """Cross-fit the teacher and train the student on its predictions.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training data with the columns of teacher and student.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels or values; several outputs in regression only. None where the
            teacher is "precomputed" and alpha is 1.
        sample_weight : array-like of shape (n_samples,), default=None
            Row weights for teacher and student.
        X_unlabeled : {array-like, sparse matrix, dataframe} of shape \
                (n_unlabeled, n_features), default=None
            Rows without a label, which the teachers predict and the student learns
            from: a frame by name, in any order, further columns ignored; an array by
            its width. The target of a row is the mean of the fold teachers, none of
            which saw it. Rows that have the student's columns only are predicted by a
            teacher on those columns, with a warning: they bring little. Rows that are
            rows of X are left out.
        sample_weight_unlabeled : array-like of shape (n_unlabeled,), default=None
            Row weights of those rows, times `unlabeled_weight`.
        soft_targets : {array-like, dataframe} of shape (n_samples, n_classes), \
                (n_samples,) or (n_samples, n_outputs), default=None
            Teacher predictions that exist already, where the teacher is "precomputed":
            probabilities in the order of the sorted classes, a frame whose columns
            name the classes, or those of the second of two classes; predictions in
            regression. A row of NaN learns from its label alone. They must be out of
            fold: made without the label of their row.
        soft_targets_unlabeled : {array-like, dataframe}, default=None
            The same for the rows of `X_unlabeled`.
        **params : dict
            ``groups`` for the splitters, but not with ``cv="oob"``. With metadata
            routing enabled, whatever teacher and splitters request; a student learns
            with weights only.

        Returns
        -------
        self
        """
        clock = _Clock()
        unlabeled = (X_unlabeled, sample_weight_unlabeled)
        targets = (soft_targets, soft_targets_unlabeled)
        given = FitInput(X, y, sample_weight, *unlabeled, *targets, params)
        plan = make_plan(self, given)
        progress = Progress(self, plan.n_stages(self.n_jobs), X, y)
        memory = check_memory(self.memory, plan.data.owner)
        execution = ExecutionConfig(self.n_jobs, self.verbose, memory, progress)
        dry_run(plan)
        if self.verbose:
            tell_plan(plan)
        clock.note("checks")
        teachers = Teachers(plan.teacher, execution)
        choice = select(plan.selection, plan.student, teachers, execution)
        predictions = teachers.predict([0])
        clock.note("selection", within={"teachers": teachers.seconds})
        fit_times = teachers.fit_times
        del teachers  # What each one predicted takes memory that the student needs.
        loss = dict(plan.selection.candidates)[choice.best]
        mixed = mix_teachers(predictions, 0, choice.best.privileged_weight)
        task, rows = make_task(plan.student, choice.best, loss, mixed)
        with progress.stage("student", 0):
            students = train_students(plan.student, task, rows, self.n_jobs)
        clock.note("student")
        if self.verbose:
            tell(f"student: {clock.seconds['student']:.1f} s")
        kept = _keep_teacher(plan, predictions, mixed) if self.store_teacher else {}

        plan.data.remember(self)
        self._loss = loss
        self._input_spec = plan.input_spec
        self.teacher_feature_indices_ = plan.teacher_columns
        self.student_feature_indices_ = plan.input_spec.positions
        self.students_ = students
        self.student_route_ = student_route(plan.student.estimator, loss)
        self._record_choice(choice)
        self.fit_times_ = clock.seconds | {"teacher_folds": fit_times}
        self._set_fitted(plan.data.classes)
        for name in _ONLY_WITH_TEACHER:
            self.__dict__.pop(name, None)
        self.__dict__.update(kept)
        progress.end(X, y)
        return self

    @property
    def student_(self) -> Any:
        """The fitted student. Only defined if `student_cv` is None."""
        check_is_fitted(self)
        if len(self.students_) > 1:
            raise AttributeError(
                f"{type(self).__name__} has one student a training fold, as student_cv "
                "is set; they are in students_."
            )
        return self.students_[0]

    def _set_fitted(self, classes: Any) -> None:
        pass

    def _get_teacher(self) -> Any:
        return self._default_estimator() if self.teacher is None else self.teacher

    def _get_student(self) -> Any:
        return self._get_teacher() if self.student is None else self.student

    def _get_members(self) -> dict[str, Any]:
        members = {"teacher": self._get_teacher(), "student": self._get_student()}
        if isinstance(self.teacher, str):
            del members["teacher"]
        return members

    def _record_choice(self, choice: Choice) -> None:
        self.alpha_ = choice.best.alpha
        self.privileged_weight_ = choice.best.privileged_weight
        self.correction_ = choice.best.correction
        self.unlabeled_weight_ = choice.best.unlabeled_weight
        self.calibrated_ = choice.best.calibrated
        self.selection_results_ = choice.results

    def _deployed(self) -> list[tuple[Any, None]]:
        return [(student, None) for student in self.students_]

    def __sklearn_is_fitted__(self) -> bool:
        # The number of columns is known before anything is trained.
        return hasattr(self, "students_")


class _Clock:
    """Seconds of each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def note(self, step: str, within: dict[str, float] | None = None) -> None:
        """Note the seconds since the step before, less those of steps within it."""
        now = time.perf_counter()
        self.seconds |= within or {}
        self.seconds[step] = now - self._last - sum((within or {}).values())
        self._last = now


def _keep_teacher(
    plan: Plan, predictions: TeacherPredictions, mixed: OutOfFold | None
) -> dict[str, Any]:
    """Return what `store_teacher` keeps, the teacher trained on all rows, too."""
    assert mixed is not None
    n_labeled = plan.student.n_labeled
    kept: dict[str, Any] = {
        "teacher_predictions_": mixed.values[:n_labeled],
        "auxiliary_targets_": tuple(v[:n_labeled] for v in mixed.representations),
    }
    if plan.student.n_unlabeled > plan.student.n_copies:
        given = mixed.values[n_labeled + plan.student.n_copies :]
        kept["teacher_predictions_unlabeled_"] = given
    spec = plan.teacher.privileged
    if spec is None or predictions.privileged is None:
        return kept
    models = list(predictions.privileged[0].models)
    teacher = spec.teacher
    if plan.teacher.splits == "oob":  # It has seen all rows.
        (teacher,) = models
    elif not isinstance(teacher, FrozenEstimator):
        teacher = clone_estimator(teacher)
        fit_teacher(teacher, spec.labeled_part, spec.y, spec.classes, spec.fit_params)
    return kept | {"teacher_": teacher, "fold_teachers_": models}
