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

from skdistill.input._boosters import get_threads, restore_threads, share_cores
from skdistill.input._checks import clone_estimator
from skdistill.teachers._crossfit import Workers, cross_fit
from skdistill.input._data import Needed
from skdistill.teachers._oob import oob_responses
from skdistill.input._responses import student_answers
from skdistill.selection._selection import Candidate, Choice, choose
from skdistill.input._sklearn import safe_indexing
from skdistill.input._splits import Split
from skdistill.teachers._teacher import Responses, Teaching, frozen_responses
from skdistill.selection._validation import Judge
from skdistill.students import Loss, StudentTask, fit_student, student_route


@dataclass(frozen=True)
class Plan:
    """Everything a fit needs, checked.

    Attributes
    ----------
    owner : str
        Name of the estimator, for messages.
    teacher_columns : ndarray of int
        Positions in X.
    needed : Needed
        The student's columns.
    privileged, regular : Teaching or None
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
    judge : Judge or None
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
    teacher_columns: NDArray[np.intp]
    needed: Needed
    privileged: Teaching | None
    regular: Teaching | None
    student: Any
    X_student: Any
    student_weight: NDArray | None
    target: NDArray
    classes: NDArray | None
    splits: list[Split] | str
    validation: list[Split]
    judge: Judge | None
    student_rows: list[NDArray] | None
    objective: Any
    further: tuple[Any, ...]
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
class Gathered:
    """Responses of both teachers: for all rows, then for each validation fold."""

    privileged: list[Responses] | None
    regular: list[Responses] | None


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


def gather(plan: Plan, workers: Workers) -> Gathered:
    """Let the teachers answer for the training rows."""
    return Gathered(
        *(
            None if teaching is None else _gather_one(plan, teaching, workers)
            for teaching in (plan.privileged, plan.regular)
        )
    )


def _gather_one(plan, teaching, workers):
    if isinstance(teaching.teacher, FrozenEstimator):
        # It was trained elsewhere, so no fold can be hidden from it.
        return [frozen_responses(teaching, plan.owner)] * (1 + len(plan.validation))
    if isinstance(plan.splits, str):
        return oob_responses(
            teaching,
            blind_to=plan.validation,
            memory=workers.memory,
            verbose=workers.verbose,
            keep_models=plan.keep_models,
        )
    return cross_fit(
        teaching,
        plan.splits,
        blind_to=plan.validation,
        workers=workers,
        keep_models=plan.keep_models,
    )


def mixed_responses(
    gathered: Gathered, which: int, privileged_weight: float
) -> Responses | None:
    """Mix the answers of both teachers; `which` counts as `Gathered` does.

    Representations have no mean: they are the privileged teacher's, if it is heard.
    """
    privileged, regular = (
        None if answers is None else answers[which]
        for answers in (gathered.privileged, gathered.regular)
    )
    if regular is None or (privileged_weight == 1.0 and privileged is not None):
        return privileged
    if privileged is None or privileged_weight == 0.0:
        return regular
    share = privileged_weight
    return Responses(
        share * privileged.values + (1.0 - share) * regular.values,
        privileged.covered & regular.covered,
        insights=privileged.insights,
    )


def make_task(
    plan: Plan, candidate: Candidate, loss: Loss, responses: Responses | None
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
    )
    if loss.knowledge and covered.any():
        teaching = plan.privileged or plan.regular
        knowledge = tuple(
            item.knowledge(loss.alpha, insight, question)
            for item, insight, question in zip(
                plan.further, responses.insights, teaching.questions, strict=True
            )
        )
        task = replace(task, knowledge=knowledge)
    return task, covered


def select(plan: Plan, gathered: Gathered, workers: Workers) -> Choice:
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
    at_a_time = min(effective_n_jobs(workers.n_jobs), len(places))
    tasks = (
        delayed(answer_unseen)(
            clone_estimator(plan.student),
            plan.X_student,
            *_trial(plan, gathered, fold, *plan.candidates[column]),
            plan.validation[fold][1],
            at_a_time,
        )
        for fold, column in places
    )
    judge, by_row = plan.judge, plan.judge.scorer is None
    n_witnesses = len(plan.target) if by_row else len(plan.validation)
    losses = np.full((n_witnesses, len(plan.candidates)), np.nan)
    by_log_loss = False
    with workers.stage("selection", len(places)) as tick:
        outcomes = Parallel(n_jobs=workers.n_jobs, return_as="generator")(tasks)
        for (fold, column), answer in zip(places, outcomes, strict=True):
            test = plan.validation[fold][1]
            if answer is not None and by_row:
                losses[test, column] = judge.row_losses(answer, test)
                # Class codes of a student without probabilities have one dimension.
                by_log_loss = plan.kind == "classification" and answer.ndim == 2
            elif answer is not None:
                losses[fold, column] = -judge.score(answer, test)
            tick()
    if workers.verbose:
        print(f"[skdistill] chose among {len(plan.candidates)} mixtures", flush=True)
    weight = plan.student_weight if by_row else judge.fold_weights(plan.validation)
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


def _trial(plan, gathered, fold, candidate, loss):
    """Task and training rows of a candidate's student in a validation fold."""
    responses = mixed_responses(gathered, 1 + fold, candidate.privileged_weight)
    task, covered = make_task(plan, candidate, loss, responses)
    train = plan.validation[fold][0]
    return task, train[covered[train]]


def answer_unseen(student, X, task, rows, test, n_at_a_time):
    """Train a student on rows of a task; return its answers for the test rows.

    None where there is no row to train on, as in the first fold of a time series.
    """
    if not len(rows):
        return None
    fitted = fit_rows(student, X, task, rows, n_at_a_time)
    return student_answers(fitted, safe_indexing(X, test), task.loss, task.classes)


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


def fit_rows(
    student: Any,
    X: Any,
    task: StudentTask,
    rows: NDArray[np.intp] | None,
    n_at_a_time: int = 1,
) -> Any:
    """Train a student on some rows of a task; None is all of them."""
    if rows is not None:
        X, task = safe_indexing(X, rows), task.rows(rows)
    threads = get_threads(student)
    try:
        fitted = fit_student(share_cores(student, n_at_a_time), X, task)
    except Exception as error:
        error.add_note(
            f"Raised by the student, {type(student).__name__}, on {X.shape[0]} rows."
        )
        raise
    return fitted if n_at_a_time == 1 else restore_threads(fitted, threads)
