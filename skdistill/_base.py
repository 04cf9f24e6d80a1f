"""The fit of offline distillation, shared by classifier and regressor.

1. Check parameters and data, resolve columns, and ask the student's adapter whether it
   can learn the loss: everything that can fail cheaply fails here.
2. Cross-fit the teacher on its columns: out-of-fold responses.
3. Let the objective turn responses and labels into the student's task.
4. Train the student, or one a training fold, on its columns.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from sklearn.base import BaseEstimator, is_regressor
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from skdistill._boosters import quieten, restrict_columns
from skdistill._cache import check_memory
from skdistill._checks import (
    check_in_interval,
    check_option,
    check_sample_weight,
    check_weighted_classes,
    clone_estimator,
    seed_unset,
)
from skdistill._columns import names_columns, resolve_columns, select_columns
from skdistill._composite import Composite
from skdistill._crossfit import Workers
from skdistill._inputs import check_input, needed_input, what_predict_needs
from skdistill._members import check_many_outputs
from skdistill._oob import check_oob
from skdistill._plan import (
    Plan,
    gather,
    learnable,
    make_task,
    mixed_responses,
    select,
    train_students,
)
from skdistill._progress import CallbackSupportMixin, Progress, with_callbacks
from skdistill._responses import own_outputs
from skdistill._routing import route_fit_params
from skdistill._selection import make_candidates
from skdistill._splits import check_can_judge, first_partition, make_splits
from skdistill._teacher import Teaching, fit_teacher
from skdistill._validation import Judge, with_scorer
from skdistill.objectives._mixture import split_objective
from skdistill.students import student_route
from skdistill.students._further_outputs import warn_if_nothing_is_shared


class BaseDistilled(CallbackSupportMixin, Composite, BaseEstimator):
    """Offline distillation from a teacher to a student.

    Subclasses say what they distil through this interface:

    - `_kind`, "classification" or "regression";
    - `_default_teacher()`, the teacher where none was given;
    - `_check_teacher(teacher)` and `_check_student(student)`, which raise;
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
            ``groups`` for the splitter. With metadata routing enabled, whatever
            teacher, student and splitter request.

        Returns
        -------
        self
        """
        start = time.perf_counter()
        plan = self._make_plan(X, y, sample_weight, params)
        progress = Progress(self, plan.n_stages, X, y)
        memory = check_memory(self.memory, plan.owner)
        workers = Workers(self.n_jobs, self.verbose, memory, progress)
        planned = time.perf_counter()
        gathered = gather(plan, workers)
        responded = time.perf_counter()
        choice = select(plan, gathered, workers)
        chosen = time.perf_counter()
        loss = dict(plan.candidates)[choice.best]
        responses = mixed_responses(gathered, 0, choice.best.privileged_weight)
        task, covered = make_task(plan, choice.best, loss, responses)
        with progress.stage("student", 0):
            students = train_students(plan, task, covered, self.n_jobs)
        trained = time.perf_counter()
        if self.verbose:
            print(f"[skdistill] student: {trained - chosen:.1f} s", flush=True)

        self._loss = loss
        self._needed = plan.needed
        self.teacher_feature_indices_ = plan.teacher_columns
        self.student_feature_indices_ = plan.needed.positions
        self.students_ = students
        self.student_route_ = student_route(plan.student, loss)
        self._record_choice(choice)
        self.fit_times_ = {
            "checks": planned - start,
            "teacher_folds": _fold_times(gathered),
            "responses": responded - planned,
            "selection": chosen - responded,
            "student": trained - chosen,
        }
        self._set_fitted(plan.classes)
        if self.store_teacher:
            self._keep_teacher(plan, gathered, responses)
        progress.end(X, y)
        return self

    def _make_plan(self, X, y, sample_weight, params):
        """Check everything that can be checked before a teacher is trained."""
        owner = type(self).__name__
        alpha, share = self._check_mixture()
        objective, further = split_objective(self.objective, owner)
        X = check_input(self, X)
        target, classes = self._encode_y(y)
        check_consistent_length(X, target)
        weight = check_sample_weight(sample_weight, X)
        if classes is not None:
            check_weighted_classes(target, weight, classes)
        for_teacher, for_student = (
            resolve_columns(getattr(self, name), X, name, owner)
            for name in ("teacher_features", "student_features")
        )
        share = self._check_share(share, for_teacher, for_student)
        n_outputs = target[:1].size if classes is None else len(classes)
        teacher, regular_teacher, student, seed = self._make_models(
            for_teacher, for_student, target
        )
        for item in further:
            item.check(teacher, self._kind, n_outputs, len(target))
        further = tuple(item for item in further if item.weight)
        candidates = learnable(
            make_candidates(
                alpha,
                share,
                objective.correction,
                unit=1.0 if classes is not None else float(np.var(target)),
            ),
            lambda alpha: replace(
                objective.loss(self._kind, alpha, n_outputs),
                knowledge=tuple(item.name for item in further) if alpha else (),
            ),
            student,
        )
        if any(loss.knowledge for _, loss in candidates):
            warn_if_nothing_is_shared(student, owner)
        routed = route_fit_params(self, teacher, student, weight, params)
        split = {
            "classifier": classes is not None,
            "owner": owner,
            "params": routed.split,
        }
        oob = isinstance(self.cv, str)
        if oob:
            check_option(self.cv, "cv", owner, ("oob",))
            check_oob(teacher, owner, further)
        frozen = isinstance(teacher, FrozenEstimator)
        splits = []
        if len(candidates) > 1 or self.student_cv is not None or not (oob or frozen):
            splits = make_splits(
                None if oob else self.cv, X, target, name="cv", **split
            )
        validation = first_partition(splits) if len(candidates) > 1 else []
        if validation and not (oob or frozen):
            check_can_judge(validation, owner)
        X_student = select_columns(X, for_student)
        judge = None
        if validation:
            judge = Judge(
                X_student, target, classes, routed.student_weight, candidates[0][1]
            )
            probable = is_regressor(student) or hasattr(student, "predict_proba")
            method = "predict_proba" if probable else "predict"
            judge = with_scorer(judge, self.scoring, validation, owner, method)
        student_rows = None
        if self.student_cv is not None:
            student_splits = splits
            if not _is_same(self.student_cv):
                student_splits = make_splits(
                    self.student_cv, X, target, name="student_cv", **split
                )
            student_rows = [train for train, _ in student_splits]
        heard = {c.privileged_weight for c, _ in candidates if c.alpha > 0.0}
        given = (
            target,
            classes,
            routed.teacher,
            tuple(item.question(len(target), weight) for item in further),
        )
        privileged = regular = None  # Whom the student never hears is not trained.
        if self.store_teacher or heard - {0.0}:
            privileged = Teaching(teacher, select_columns(X, for_teacher), *given)
        if heard - {1.0}:
            regular = Teaching(regular_teacher, X_student, *given)
        return Plan(
            owner=owner,
            teacher_columns=for_teacher,
            needed=what_predict_needs(
                self,
                for_student,
                everything=self.student_features is None,
                by_name=names_columns(self.student_features, X),
                shared=self.teacher_features is None and self.student_features is None,
            ),
            privileged=privileged,
            regular=regular,
            student=student,
            X_student=X_student,
            student_weight=routed.student_weight,
            target=target,
            classes=classes,
            splits="oob" if oob else splits,
            validation=validation,
            judge=judge,
            student_rows=student_rows,
            objective=objective,
            further=further,
            candidates=candidates,
            seed=seed,
            keep_models=self.store_teacher,
        )

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

    def _check_mixture(self):
        """Return alpha and the share of the privileged teacher, checked."""
        return tuple(
            value
            if isinstance(value, str) and value == "auto"
            else check_in_interval(value, name, type(self).__name__, 0.0, 1.0)
            for name, value in (
                ("alpha", self.alpha),
                ("privileged_weight", self.privileged_weight),
            )
        )

    def _check_share(self, share, for_teacher, for_student):
        """Return the share of the privileged teacher, if there can be another one."""
        owner = type(self).__name__
        if share == 1.0:
            return share
        if set(for_teacher) == set(for_student):
            if share == "auto":
                return 1.0
            raise ValueError(
                f"privileged_weight of {owner} is {share!r}, but teacher and student "
                "see the same columns, so both teachers would be one. Set "
                "teacher_features or student_features, or leave it at 1."
            )
        if isinstance(self.teacher, FrozenEstimator):
            raise ValueError(
                f"privileged_weight of {owner} is {share!r}, but the teacher is frozen "
                "and cannot be trained on the student's columns. Use 1, or the "
                "unfitted teacher."
            )
        return share

    def _make_models(self, for_teacher, for_student, target):
        """Private copies of both teachers and the student: checked, seeded, quiet."""
        owner = type(self).__name__
        if isinstance(self.teacher, FrozenEstimator) and self.student is None:
            raise ValueError(
                f"student of {owner} must be given when the teacher is frozen, as a "
                "copy of it cannot be trained."
            )
        self._check_teacher(self._get_teacher())
        self._check_student(self._get_student())
        if target.ndim == 2:
            check_many_outputs(self._get_teacher(), "teacher", owner)
        names = getattr(self, "feature_names_in_", None)
        seeds = check_random_state(self.random_state).randint(
            np.iinfo(np.int32).max, size=3
        )
        models = []
        for model, columns, meant, seed in (
            (self._get_teacher(), for_teacher, None, seeds[0]),
            (self._get_teacher(), for_student, for_teacher, seeds[0]),
            (
                self._get_student(),
                for_student,
                for_teacher if self.student is None else None,
                seeds[1],
            ),
        ):
            copy = restrict_columns(clone_estimator(model), columns, names, meant)
            if self.random_state is not None:
                seed_unset(copy, int(seed))
            models.append(quieten(copy))
        return *models, int(seeds[2])

    def _record_choice(self, choice):
        self.alpha_ = choice.best.alpha
        self.privileged_weight_ = choice.best.privileged_weight
        self.correction_ = choice.best.correction
        self.alpha_scores_ = choice.scores

    def _keep_teacher(self, plan, gathered, responses):
        self.responses_ = responses.values
        self.knowledge_ = responses.insights
        answered = gathered.privileged[0]
        self.fold_teachers_ = list(answered.models)
        teaching = plan.privileged
        self.teacher_ = teaching.teacher
        if plan.splits == "oob":  # It has seen all rows.
            (self.teacher_,) = answered.models
        elif not isinstance(self.teacher_, FrozenEstimator):
            fit_teacher(
                self.teacher_,
                teaching.X,
                teaching.y,
                teaching.classes,
                teaching.fit_params,
            )

    def _mean_prediction(self, X, method):
        X = needed_input(self, X, self._needed)
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


def _is_same(student_cv):
    return isinstance(student_cv, str) and student_cv == "same"


def _fold_times(gathered):
    return [
        seconds
        for answers in (gathered.privileged, gathered.regular)
        for seconds in (() if answers is None else answers[0].fit_times)
    ]
