"""The fit of offline distillation, shared by classifier and regressor.

1. Check parameters and data, resolve columns, and ask the student's adapter whether it
   can learn the loss, and train the student on a few rows: everything that can fail
   cheaply fails here.
2. Cross-fit the teacher on its columns: out-of-fold responses.
3. Let the objective turn responses and labels into the student's task.
4. Train the student, or one a training fold, on its columns.
"""

from __future__ import annotations

import time

from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from skdistill.input._composite import MetaEstimator
from skdistill.input._data import select_input
from skdistill.input._progress import CallbackSupportMixin, Progress, with_callbacks
from skdistill.input._responses import own_outputs
from skdistill.offline._plan import (
    gather,
    make_task,
    mix_teachers,
    select,
    train_students,
)
from skdistill.offline._planning import make_plan
from skdistill.offline._rehearsal import dry_run
from skdistill.students import student_route
from skdistill.teachers._cache import check_memory
from skdistill.teachers._crossfit import ExecutionConfig
from skdistill.teachers._teacher import fit_teacher

_ONLY_WITH_TEACHER = (
    "teacher_",
    "fold_teachers_",
    "teacher_predictions_",
    "auxiliary_targets_",
)


class BaseDistilled(CallbackSupportMixin, MetaEstimator, BaseEstimator):
    """Offline distillation from a teacher to a student.

    Subclasses say what they distil through this interface:

    - `_kind`, "classification" or "regression";
    - `_default_teacher()`, the teacher where none was given;
    - `_check_student(student)`, which raises;
    - `_encode_y(y)` returns the training target (class codes or values) and the
      classes (None in regression).
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
        cv=None,
        student_cv=None,
        scoring=None,
        memory=None,
        store_teacher=False,
        n_jobs=None,
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
        self.cv = cv
        self.student_cv = student_cv
        self.scoring = scoring
        self.memory = memory
        self.store_teacher = store_teacher
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    def fit(self, X, y, sample_weight=None, **params):
        """Cross-fit the teacher and train the student on its responses.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training data with the columns of teacher and student.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels or values; several outputs in regression only.
        sample_weight : array-like of shape (n_samples,), default=None
            Row weights for teacher and student.
        **params : dict
            ``groups`` for the splitters, but not with ``cv="oob"``. With metadata
            routing enabled, whatever teacher and splitters request; a student learns
            with weights only.

        Returns
        -------
        self
        """
        start = time.perf_counter()
        plan = make_plan(self, X, y, sample_weight, params)
        progress = Progress(self, plan.n_stages, X, y)
        memory = check_memory(self.memory, plan.owner)
        execution = ExecutionConfig(self.n_jobs, self.verbose, memory, progress)
        dry_run(plan)
        planned = time.perf_counter()
        predictions = gather(plan, execution)
        responded = time.perf_counter()
        choice = select(plan, predictions, execution)
        chosen = time.perf_counter()
        loss = dict(plan.candidates)[choice.best]
        responses = mix_teachers(predictions, 0, choice.best.privileged_weight)
        task, covered = make_task(plan, choice.best, loss, responses)
        with progress.stage("student", 0):
            students = train_students(plan, task, covered, self.n_jobs)
        trained = time.perf_counter()
        if self.verbose:
            print(f"[skdistill] student: {trained - chosen:.1f} s", flush=True)
        kept = _keep_teacher(plan, predictions, responses) if self.store_teacher else {}

        plan.data.remember(self)
        self._loss = loss
        self._input_spec = plan.input_spec
        self.teacher_feature_indices_ = plan.teacher_columns
        self.student_feature_indices_ = plan.input_spec.positions
        self.students_ = students
        self.student_route_ = student_route(plan.student, loss)
        self._record_choice(choice)
        self.fit_times_ = {
            "checks": planned - start,
            "teacher_folds": _fold_times(predictions),
            "responses": responded - planned,
            "selection": chosen - responded,
            "student": trained - chosen,
        }
        self._set_fitted(plan.classes)
        for name in _ONLY_WITH_TEACHER:
            vars(self).pop(name, None)
        vars(self).update(kept)
        progress.end(X, y)
        return self

    @property
    def student_(self):
        """The fitted student. Only defined if `student_cv` is None."""
        check_is_fitted(self)
        if len(self.students_) > 1:
            raise AttributeError(
                f"{type(self).__name__} has one student a training fold, as student_cv "
                "is set; they are in students_."
            )
        return self.students_[0]

    def _set_fitted(self, classes):
        pass

    def _get_teacher(self):
        return self._default_teacher() if self.teacher is None else self.teacher

    def _get_student(self):
        return self._get_teacher() if self.student is None else self.student

    def _get_members(self):
        return {"teacher": self._get_teacher(), "student": self._get_student()}

    def _record_choice(self, choice):
        self.alpha_ = choice.best.alpha
        self.privileged_weight_ = choice.best.privileged_weight
        self.correction_ = choice.best.correction
        self.selection_results_ = choice.scores

    def _mean_prediction(self, X, method):
        X = select_input(self, X, self._input_spec)
        first, *others = (
            own_outputs(getattr(s, method)(X), self._loss)
            if method == "predict"
            else getattr(s, method)(X)
            for s in self.students_
        )
        return sum(others, start=first) / len(self.students_) if others else first

    def __sklearn_is_fitted__(self):
        # The number of columns is known before anything is trained.
        return hasattr(self, "students_")


def _keep_teacher(plan, predictions, responses):
    """Return what `store_teacher` asks for, the teacher trained on all rows, too."""
    answered, spec = predictions.privileged[0], plan.privileged
    teacher = spec.teacher
    if plan.splits == "oob":  # It has seen all rows.
        (teacher,) = answered.models
    elif not isinstance(teacher, FrozenEstimator):
        fit_teacher(teacher, spec.X, spec.y, spec.classes, spec.fit_params)
    values = (
        teacher,
        list(answered.models),
        responses.values,
        responses.representations,
    )
    return dict(zip(_ONLY_WITH_TEACHER, values, strict=True))


def _fold_times(predictions):
    return [
        seconds
        for answers in (predictions.privileged, predictions.regular)
        for seconds in (() if answers is None else answers[0].fit_times)
    ]
