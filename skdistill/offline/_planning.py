"""From an estimator and its training data to a plan: all that can fail cheaply.

In order, each thing decided once: data, columns, members, candidates, metadata, folds.
Nothing has been trained when `make_plan` returns, and the estimator is not changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_regressor
from sklearn.frozen import FrozenEstimator

from skdistill.input._checks import check_option
from skdistill.input._columns import select_columns
from skdistill.input._data import make_input_spec
from skdistill.input._members import may_have_probabilities
from skdistill.input._preparation import TrainingData, prepare_data
from skdistill.input._routing import Routed, route_fit_params, weight_parameter
from skdistill.input._rows import Stacked, split_rows, stack_rows
from skdistill.input._splits import (
    Split,
    check_can_judge,
    check_training_parts,
    check_training_rows,
    first_partition,
    nested_splits,
    warn_if_few_are_answered,
)
from skdistill.input._unlabeled import UnlabeledData, check_unlabeled
from skdistill.input._warnings import warn
from skdistill.objectives._mixture import split_objective
from skdistill.offline._candidates import learnable_candidates
from skdistill.offline._plan import Plan, SelectionPlan, StudentPlan, TeacherPlan
from skdistill.offline._request import (
    FitInput,
    Members,
    check_mixture,
    check_share,
    check_teacher_parameter,
    copy_members,
    labels_or_stand_ins,
)
from skdistill.selection._selection import Candidate
from skdistill.selection._validation import HeldOutScorer, resolve_scorer
from skdistill.students import Loss
from skdistill.students._mean_loss import other_optimum
from skdistill.teachers._oob import check_oob
from skdistill.teachers._precomputed import check_soft_targets
from skdistill.teachers._teacher import OutOfFold, TeacherSpec


@dataclass(frozen=True)
class _Folds:
    """Where predictions come from, what is chosen on, and rows of several students."""

    splits: list[Split] | str
    validation: list[Split]
    part_rows: list[NDArray] | None


def make_plan(model: Any, given: FitInput) -> Plan:
    """Check everything that can be checked before a teacher is trained.

    Parameters
    ----------
    model : BaseDistilled
        It is not changed.
    given : FitInput
        What `fit` was passed.

    Returns
    -------
    Plan

    Raises
    ------
    ValueError, TypeError
        If a parameter or the data are not fit for use.
    """
    owner = type(model).__name__
    objective, auxiliary = split_objective(model.objective, owner)
    check_teacher_parameter(model, given, auxiliary)
    mixture = check_mixture(model)
    y = labels_or_stand_ins(model, given, mixture, objective)
    data = prepare_data(model, given.X, y, given.sample_weight)
    for_teacher = data.columns(model.teacher_features, "teacher_features").positions
    of_student = data.columns(model.student_features, "student_features")
    for_student = of_student.positions
    mixture = check_share(model, mixture, for_teacher, for_student)
    unlabeled = check_unlabeled(
        given.X_unlabeled,
        given.sample_weight_unlabeled,
        data,
        for_student,
        for_teacher,
        target_name=getattr(given.y, "name", None),
        # Soft targets that were passed come row by row.
        may_repeat=isinstance(model.teacher, str),
    )
    members = copy_members(model, for_teacher, for_student, data)
    for item in auxiliary:
        item.check(members.privileged, data.kind, data.n_outputs, data.n_samples)
    auxiliary = tuple(item for item in auxiliary if item.weight)
    by_privileged = unlabeled is not None and unlabeled.has(for_teacher)
    candidates = learnable_candidates(
        mixture,
        objective,
        auxiliary,
        members,
        data,
        unlabeled=unlabeled is not None,
        privileged_unlabeled=by_privileged,
    )
    unlabeled = _if_used(unlabeled, candidates, owner)
    routed = route_fit_params(
        model, members.privileged, members.student, data.weight, given.params
    )
    if isinstance(model.cv, str):
        check_option(model.cv, "cv", owner, ("oob",))
        check_oob(members.privileged, owner, auxiliary)
    _check_unlabeled_weight(unlabeled, candidates, members.student, owner)
    folds = _make_folds(model, data, routed, candidates)
    X_student = select_columns(data.X, for_student)
    if unlabeled is not None:
        X_student = stack_rows(X_student, unlabeled.select(for_student))
    student = StudentPlan(
        estimator=members.student,
        X=X_student,
        target=data.target,
        classes=data.classes,
        weight=routed.student_weight,
        weight_unlabeled=None if unlabeled is None else unlabeled.weight,
        part_rows=folds.part_rows,
        objective=objective,
        auxiliary_objectives=auxiliary,
        queries=tuple(item.query(data.n_samples, data.weight) for item in auxiliary),
        seed=members.seed,
    )
    selection = _plan_selection(model, candidates, folds, student, routed)
    if members.privileged is None:
        teacher = _plan_precomputed(model, given, unlabeled, data, folds)
    else:
        teacher = _plan_teachers(
            model,
            members,
            for_teacher,
            unlabeled,
            data,
            routed,
            student,
            selection,
            folds.splits,
        )
    _check_trained_on_labels(student, selection, data.owner)
    input_spec = make_input_spec(
        model,
        of_student,
        trained=_trained_on_all_columns(model, members, teacher),
    )
    return Plan(data, input_spec, for_teacher, teacher, student, selection)


def _if_used(unlabeled, candidates, owner):
    """Return rows without labels if a candidate learns from them; else say so."""
    if unlabeled is not None and not any(c.unlabeled_weight for c, _ in candidates):
        warn(
            f"X_unlabeled was given to {owner}, but it is not used: alpha or "
            "unlabeled_weight is 0, or 'auto' leaves out rows that lack the teacher's "
            "columns, since they bring little and can harm."
        )
        return None
    return unlabeled


def _check_unlabeled_weight(unlabeled, candidates, student, owner):
    """Raise if rows without labels are weighed where the student takes no weights."""
    if unlabeled is None:
        return
    alike = {c.unlabeled_weight for c, _ in candidates} <= {0.0, 1.0}
    if alike and unlabeled.weight is None:
        return
    if weight_parameter(student) is None:
        raise ValueError(
            f"unlabeled_weight of {owner} (or sample_weight_unlabeled) weighs rows "
            "without labels unlike those with, but the fit of the student "
            f"{type(student).__name__} takes no weights. Leave it at 1, or choose a "
            "student that takes them."
        )


def _make_folds(
    model: Any,
    data: TrainingData,
    routed: Routed,
    candidates: Sequence[tuple[Candidate, Loss]],
) -> _Folds:
    """Split the rows as `cv` and `student_cv` say, where that is needed."""
    chooses = len(candidates) > 1
    oob = isinstance(model.cv, str)
    same = isinstance(model.student_cv, str) and model.student_cv == "same"
    elsewhere = isinstance(model.teacher, (FrozenEstimator, str))
    cross_fits = not (oob or elsewhere) and (
        model.store_teacher or any(loss.alpha for _, loss in candidates)
    )
    splits: list[Split] = []
    if chooses or same or cross_fits:
        cv = None if oob else model.cv
        splits = data.splits(cv, "cv", routed.split)
    if cross_fits:
        warn_if_few_are_answered(splits, data.n_samples, data.owner)
    validation = first_partition(splits) if chooses else []
    if validation and cross_fits:
        check_can_judge(splits, data.owner)
    part_rows = None
    if model.student_cv is not None:
        of_students = splits
        if not same:
            of_students = data.splits(model.student_cv, "student_cv", routed.split)
        part_rows = [train for train, _ in of_students]
        if cross_fits:
            part_rows = _with_targets(part_rows, splits, data, routed)
    return _Folds("oob" if oob else splits, validation, part_rows)


def _check_trained_on_labels(
    student: StudentPlan, selection: SelectionPlan, owner: str
) -> None:
    """Raise if the student of labels alone cannot be trained on one of its parts."""
    if selection.candidates[0][1].alpha > 0.0:
        return
    everything = np.arange(student.n_labeled)
    parts = {"cv": [train for train, _ in selection.validation]}
    parts["student_cv"] = student.part_rows or []
    where = {
        f"The training part of split {number} of {name} of {owner}": part
        for name in parts
        for number, part in enumerate(parts[name])
    }
    for what, rows in (where or {f"The data of {owner}": everything}).items():
        check_training_rows(
            student.target,
            rows,
            student.classes,
            student.weight,
            what,
            student.estimator,
            "a student of labels alone",
        )


def _with_targets(
    parts: list[NDArray], splits: list[Split], data: TrainingData, routed: Routed
) -> list[NDArray]:
    """Leave out parts in which no row with weight has a soft target.

    So has the first part of a time series.
    """
    taught = np.zeros(data.n_samples, dtype=bool)
    taught[np.concatenate([test for _, test in splits])] = True
    if routed.student_weight is not None:
        taught &= routed.student_weight > 0.0
    kept = [part for part in parts if taught[part].any()]
    if not kept:
        raise ValueError(
            f"student_cv of {data.owner} has no training part with a row that cv "
            "tests, so no student could be trained. Use folds that test more rows."
        )
    return kept


def _check_judged_by_its_loss(model: Any, student: StudentPlan) -> None:
    """Raise if "auto" would compare by squared errors what learns another loss."""
    if student.classes is not None or model.scoring is not None:
        return
    other = other_optimum(student.estimator)
    if other is not None:
        raise ValueError(
            f"scoring of {type(model).__name__} is None, so 'auto' compares by squared "
            f"errors, but the student learns another loss ({other}). Pass the scorer "
            "of that loss, as make_scorer(mean_pinball_loss, alpha=0.9, "
            "greater_is_better=False) for the quantile 0.9."
        )


def _plan_selection(
    model: Any,
    candidates: list[tuple[Candidate, Loss]],
    folds: _Folds,
    student: StudentPlan,
    routed: Routed,
) -> SelectionPlan:
    """Decide by what candidates are compared, and what an observation is."""
    if not folds.validation:
        return SelectionPlan(candidates, [], None, None)
    _check_judged_by_its_loss(model, student)
    scorer = HeldOutScorer(
        student.X, student.target, student.classes, student.weight, candidates[0][1]
    )
    method = "predict" if _lacks_probabilities(student.estimator) else "predict_proba"
    scorer = resolve_scorer(
        scorer, model.scoring, folds.validation, type(model).__name__, method
    )
    groups = routed.split.get("groups")
    if groups is not None:
        groups = np.unique(np.asarray(groups), return_inverse=True)[1]
    return SelectionPlan(candidates, folds.validation, scorer, groups)


def _plan_precomputed(
    model: Any,
    given: FitInput,
    unlabeled: UnlabeledData | None,
    data: TrainingData,
    folds: _Folds,
) -> TeacherPlan:
    """Check soft targets that were passed to `fit`."""
    about = (data.classes, data.n_outputs)
    values = check_soft_targets(
        given.soft_targets, data.n_samples, *about, "soft_targets", data.owner
    )
    if unlabeled is not None:
        name = "soft_targets_unlabeled"
        others = check_soft_targets(
            given.soft_targets_unlabeled, unlabeled.n_samples, *about, name, data.owner
        )
        values = np.concatenate([values, others])
    covered = np.all(np.isfinite(values.reshape(len(values), -1)), axis=1)
    if given.y is not None:  # A row without a soft target has its label.
        covered[: data.n_samples] = True
    if folds.validation:
        warn(
            f"{data.owner} chooses by 'auto' with soft targets that were made "
            "elsewhere. If the labels of a row have reached its own soft target, the "
            "choice favours soft targets too much; they must be out of fold."
        )
    return TeacherPlan(
        data.owner,
        None,
        None,
        [],
        folds.validation,
        model.store_teacher,
        OutOfFold(values, covered),
    )


def _plan_teachers(
    model: Any,
    members: Members,
    for_teacher: NDArray,
    unlabeled: UnlabeledData | None,
    data: TrainingData,
    routed: Routed,
    student: StudentPlan,
    selection: SelectionPlan,
    splits: list[Split] | str,
) -> TeacherPlan:
    """Decide which teachers are trained, and which rows each one predicts.

    A teacher that no candidate has a share of is not trained.
    """
    shares = {c.privileged_weight for c, _ in selection.candidates if c.alpha > 0.0}
    given = (data.target, data.classes, routed.teacher, student.queries)
    privileged = regular = None
    by_privileged = unlabeled is not None and unlabeled.has(for_teacher)
    if unlabeled is not None and not by_privileged:
        _check_regular_can_predict(members, student, data.owner)
        shares |= {0.0}
    if model.store_teacher or shares - {0.0}:
        X = select_columns(data.X, for_teacher)
        if unlabeled is not None and by_privileged:
            X = Stacked(X, unlabeled.select(for_teacher))
        privileged = TeacherSpec(members.privileged, X, *given)
    if shares - {1.0}:
        X = student.X
        if unlabeled is not None:
            X = split_rows(X, student.n_labeled)
        regular = TeacherSpec(members.regular, X, *given)
    spec = privileged or regular
    if spec is not None and not isinstance(spec.teacher, FrozenEstimator | str):
        about = (data.classes, spec.sample_weight)
        if isinstance(splits, str):
            rows, where = np.arange(data.n_samples), f"The data of {data.owner}"
            check_training_rows(data.target, rows, *about, where, spec.teacher)
        else:
            queries = [splits, *nested_splits(splits, selection.validation)]
            check_training_parts(data.target, queries, *about, spec.teacher)
    return TeacherPlan(
        data.owner,
        privileged,
        regular,
        splits,
        selection.validation,
        model.store_teacher,
    )


def _check_regular_can_predict(members, student, owner):
    """Warn, or raise, where rows without labels lack columns of the teacher."""
    if isinstance(members.privileged, FrozenEstimator):
        raise ValueError(
            f"X_unlabeled of {owner} lacks columns of the teacher, which is frozen and "
            "cannot be trained on the student's columns. Pass rows with the "
            "teacher's columns, or the unfitted teacher."
        )
    if student.auxiliary_objectives:
        raise ValueError(
            f"X_unlabeled of {owner} lacks columns of the teacher, whose "
            f"representations the objective {student.auxiliary_objectives[0].name!r} "
            "asks for. Pass rows with the teacher's columns, or the response alone."
        )
    warn(
        f"X_unlabeled of {owner} lacks columns of the teacher, so a teacher on the "
        "student's columns predicts these rows. Such rows bring little and can harm "
        "the student."
    )


def _trained_on_all_columns(model: Any, members: Any, teacher: Any) -> list[Any]:
    if not (model.teacher_features is None and model.student_features is None):
        return []
    unheard = teacher.privileged is None
    return [members.student, *([] if unheard else [members.privileged])]


def _lacks_probabilities(student: Any) -> bool:
    return not (is_regressor(student) or may_have_probabilities(student))
