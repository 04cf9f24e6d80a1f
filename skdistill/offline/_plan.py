"""The fit as a plan: what is to be done, and the functions that do it.

`Plan` is made, and everything that can fail cheaply has failed, before `gather` trains
the teachers, `select` chooses among candidates where something is "auto", and
`train_students` trains what is deployed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator
from sklearn.utils.parallel import Parallel, delayed

from skdistill.input._checks import clone_estimator
from skdistill.input._data import InputSpec
from skdistill.input._preparation import TrainingData
from skdistill.input._splits import Split
from skdistill.selection._selection import Candidate, Choice, choose
from skdistill.selection._validation import HeldOutScorer
from skdistill.students import Loss, StudentTask, adapter_for, student_route
from skdistill.students._fit import fit_and_predict, fit_rows
from skdistill.teachers._crossfit import ExecutionConfig, cross_fit
from skdistill.teachers._oob import out_of_bag_predictions
from skdistill.teachers._teacher import OutOfFold, TeacherSpec, frozen_predictions


@dataclass(frozen=True)
class Plan:
    """Everything a fit needs, checked.

    Attributes
    ----------
    owner : str
        Name of the estimator, for messages.
    data : TrainingData
        What `fit` was given.
    teacher_columns : ndarray of int
        Positions in X.
    needed : InputSpec
        The student's columns.
    privileged, regular : TeacherSpec or None
        The teacher on its own columns and on the student's; None if not needed.
    student : estimator
        Cloned for each training.
    X_student : {array-like, sparse matrix, dataframe}
        The student's columns.
    student_weight : ndarray of shape (n_samples,) or None
        The student's row weights.
    target, classes : ndarray, ndarray or None
        Class codes and the user's labels, or values and None.
    splits : list of (train, test) or "oob"
        Folds of the responses; none for a frozen teacher.
    validation : list of (train, test)
        Folds of the choice among candidates; none where there is no choice.
    judge : HeldOutScorer or None
        What the choice is by; None where there is none.
    student_rows : list of ndarray of int, or None
        Rows of each student; None for one student on all.
    objective : Response
        Makes the student's task.
    further : tuple of Feature or Relation
        What is learnt on top of the responses.
    candidates : list of (Candidate, Loss)
        What to choose from; the first is the student on labels alone if there are
        several.
    seed : int
        For routes that draw at random.
    keep_models : bool
        Whether fold teachers are kept.
    """

    owner: str
    data: TrainingData
    teacher_columns: NDArray[np.intp]
    input_spec: InputSpec
    privileged: TeacherSpec | None
    regular: TeacherSpec | None
    student: Any
    X_student: Any
    student_weight: NDArray | None
    target: NDArray
    classes: NDArray | None
    splits: list[Split] | str
    validation: list[Split]
    held_out_scorer: HeldOutScorer | None
    student_rows: list[NDArray] | None
    objective: Any
    auxiliary_objectives: tuple[Any, ...]
    candidates: list[tuple[Candidate, Loss]]
    seed: int
    keep_models: bool

    @property
    def n_stages(self) -> int:
        """How many parts the work has."""
        n_teachers = sum(t is not None for t in (self.privileged, self.regular))
        return n_teachers + (len(self.candidates) > 1) + 1

    @property
    def kind(self) -> str:
        """What is learnt."""
        return self.candidates[0][1].kind


@dataclass(frozen=True)
class TeacherPredictions:
    """Responses of both teachers: for all rows, then for each validation fold."""

    privileged: list[OutOfFold] | None
    regular: list[OutOfFold] | None


def learnable(
    candidates: Sequence[Candidate], make_loss: Callable[[float], Loss], student: Any
) -> list[tuple[Candidate, Loss]]:
    """Pair the candidates that a student can learn with their losses.

    Raises
    ------
    ValueError
        If it can learn none that hears the teacher.
    """
    kept, refusal = [], None
    for candidate in candidates:
        loss = make_loss(candidate.alpha)
        try:
            student_route(student, loss)
        except ValueError as error:
            refusal = refusal or error
            continue
        kept.append((candidate, loss))
    if refusal is not None and all(c.alpha == 0.0 for c, _ in kept):
        raise refusal
    return kept


def gather(plan: Plan, execution: ExecutionConfig) -> TeacherPredictions:
    """Let the teachers answer for the training rows."""
    return TeacherPredictions(
        *(
            None if spec is None else _gather_one(plan, spec, execution)
            for spec in (plan.privileged, plan.regular)
        )
    )


def _gather_one(plan, spec, execution):
    if isinstance(spec.teacher, FrozenEstimator):
        # It was trained elsewhere, so no fold can be hidden from it.
        return [frozen_predictions(spec, plan.owner)] * (1 + len(plan.validation))
    if isinstance(plan.splits, str):
        return out_of_bag_predictions(
            spec,
            held_out_parts=plan.validation,
            memory=execution.memory,
            verbose=execution.verbose,
            keep_models=plan.keep_models,
        )
    return cross_fit(
        spec,
        plan.splits,
        held_out_parts=plan.validation,
        execution=execution,
        keep_models=plan.keep_models,
    )


def mix_teachers(
    predictions: TeacherPredictions, which: int, privileged_weight: float
) -> OutOfFold | None:
    """Mix the answers of both teachers; `which` counts as `TeacherPredictions` does.

    Representations have no mean: they are the privileged teacher's, if it is heard.
    """
    privileged, regular = (
        None if answers is None else answers[which]
        for answers in (predictions.privileged, predictions.regular)
    )
    if regular is None or (privileged_weight == 1.0 and privileged is not None):
        return privileged
    if privileged is None or privileged_weight == 0.0:
        return regular
    share = privileged_weight
    return OutOfFold(
        share * privileged.values + (1.0 - share) * regular.values,
        privileged.covered & regular.covered,
        representations=privileged.representations,
    )


def make_task(
    plan: Plan, candidate: Candidate, loss: Loss, responses: OutOfFold | None
) -> tuple[StudentTask, NDArray]:
    """Return the student's task and the rows that it can be trained on."""
    n_samples = len(plan.target)
    values, covered = None, np.ones(n_samples, dtype=bool)
    if loss.alpha > 0.0 and responses is not None:
        values, covered = responses.values, responses.covered
    task = plan.objective.task(
        loss,
        values,
        plan.target,
        plan.classes,
        plan.student_weight,
        plan.seed,
        correction=candidate.correction,
        adapter=adapter_for(plan.student),
    )
    if loss.auxiliary and covered.any():
        spec = plan.privileged or plan.regular
        auxiliary = tuple(
            item.auxiliary(loss.alpha, insight, query)
            for item, insight, query in zip(
                plan.auxiliary_objectives,
                responses.representations,
                spec.queries,
                strict=True,
            )
        )
        task = replace(task, auxiliary=auxiliary)
    return task, covered


def select(
    plan: Plan, predictions: TeacherPredictions, execution: ExecutionConfig
) -> Choice:
    """Choose among the candidates by the student's out-of-fold answers.

    Every candidate's student is trained on the train part of each validation fold,
    with answers of teachers that did not see the test part, and judged there: by the
    loss of each row, or by the score of each fold.
    """
    if len(plan.candidates) == 1:
        return Choice(plan.candidates[0][0], {})
    places = [
        (fold, column)
        for fold in range(len(plan.validation))
        for column in range(len(plan.candidates))
    ]
    at_a_time = min(effective_n_jobs(execution.n_jobs), len(places))
    tasks = (
        delayed(fit_and_predict)(
            clone_estimator(plan.student),
            plan.X_student,
            *_trial(plan, predictions, fold, *plan.candidates[column]),
            plan.validation[fold][1],
            at_a_time,
        )
        for fold, column in places
    )
    held_out_scorer, by_row = plan.held_out_scorer, plan.held_out_scorer.scorer is None
    n_observations = len(plan.target) if by_row else len(plan.validation)
    losses = np.full((n_observations, len(plan.candidates)), np.nan)
    by_log_loss = False
    with execution.stage("selection", len(places)) as tick:
        outcomes = Parallel(n_jobs=execution.n_jobs, return_as="generator")(tasks)
        for (fold, column), answer in zip(places, outcomes, strict=True):
            test = plan.validation[fold][1]
            if answer is not None and by_row:
                losses[test, column] = held_out_scorer.row_losses(answer, test)
                # Class codes of a student without probabilities have one dimension.
                by_log_loss = plan.kind == "classification" and answer.ndim == 2
            elif answer is not None:
                losses[fold, column] = -held_out_scorer.score(answer, test)
            tick()
    if execution.verbose:
        print(f"[skdistill] chose among {len(plan.candidates)} mixtures", flush=True)
    weight = (
        plan.student_weight if by_row else held_out_scorer.fold_weights(plan.validation)
    )
    return choose(
        [c for c, _ in plan.candidates],
        losses,
        weight,
        n_rows=_n_heard(plan.validation, plan.student_weight),
        kind=plan.kind,
        by_log_loss=by_log_loss,
    )


def _n_heard(validation, weight):
    """Count the validation rows that have weight."""
    tests = (test for _, test in validation)
    return sum(
        len(test) if weight is None else np.count_nonzero(weight[test])
        for test in tests
    )


def _trial(plan, predictions, fold, candidate, loss):
    """Task and training rows of a candidate's student in a validation fold."""
    responses = mix_teachers(predictions, 1 + fold, candidate.privileged_weight)
    task, covered = make_task(plan, candidate, loss, responses)
    train = plan.validation[fold][0]
    return task, train[covered[train]]


def train_students(plan: Plan, task: StudentTask, covered: NDArray, n_jobs) -> list:
    """Train one student on the covered rows, or one on each of `student_rows`."""
    if plan.student_rows is None:
        rows = None if covered.all() else np.flatnonzero(covered)
        return [fit_rows(clone_estimator(plan.student), plan.X_student, task, rows)]
    at_a_time = min(effective_n_jobs(n_jobs), len(plan.student_rows))
    return Parallel(n_jobs=n_jobs)(
        delayed(fit_rows)(
            clone_estimator(plan.student),
            plan.X_student,
            task,
            rows[covered[rows]],
            at_a_time,
        )
        for rows in plan.student_rows
    )
