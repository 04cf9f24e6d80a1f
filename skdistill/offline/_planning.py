"""From an estimator and its training data to a plan: all that can fail cheaply.

In order, each thing decided once: data, columns, members, candidates, metadata, folds.
Nothing has been trained when `make_plan` returns, and the estimator is not changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_regressor

from skdistill.input._checks import check_option
from skdistill.input._columns import select_columns
from skdistill.input._data import make_input_spec
from skdistill.input._members import may_have_probabilities
from skdistill.input._perturb import perturbed_copies
from skdistill.input._preparation import FitInput, prepare_data
from skdistill.input._routing import Routed, route_fit_params, weight_parameter
from skdistill.input._rows import stack_rows
from skdistill.input._training_parts import check_training_rows
from skdistill.input._unlabeled import stack_sources, stack_unlabeled, stack_weights
from skdistill.input._unlabeled_checks import check_unlabeled
from skdistill.input._warnings import warn
from skdistill.objectives._mixture import split_objective
from skdistill.offline._candidates import learnable_candidates
from skdistill.offline._folds import Folds, make_folds
from skdistill.offline._plan import Plan, SelectionPlan, StudentPlan
from skdistill.offline._request import (
    Prepared,
    check_mixture,
    check_share,
    check_teacher_parameter,
    copy_members,
    labels_or_stand_ins,
)
from skdistill.offline._teacher_plan import plan_precomputed, plan_teachers
from skdistill.selection._candidates import Candidate
from skdistill.selection._validation import (
    HeldOutScorer,
    blocks_of,
    find_scorer,
    resolve_scorer,
)
from skdistill.students import Loss
from skdistill.students._mean_loss import other_optimum
from skdistill.teachers._fits import FitStore
from skdistill.teachers._oob import check_oob


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
    store = model.memory if isinstance(model.memory, FitStore) else None
    objective, auxiliary = split_objective(model.objective, owner)
    check_teacher_parameter(model, given, auxiliary)
    check_option(model.store_teacher, "store_teacher", owner, (False, True))
    if isinstance(model.scoring, str):  # Also where there is no choice.
        find_scorer(model.scoring, owner, "None scores by the loss")
    mixture = check_mixture(model)
    y = labels_or_stand_ins(model, given, mixture, objective)
    data = prepare_data(model, replace(given, y=y))
    for_teacher = data.columns(model.teacher_features, "teacher_features").positions
    of_student = data.columns(model.student_features, "student_features")
    for_student = of_student.positions
    mixture = check_share(model, mixture, for_teacher, for_student)
    unlabeled = check_unlabeled(
        given,
        data,
        for_student,
        for_teacher,
        # Soft targets that were passed come row by row; a report has looked already.
        may_repeat=isinstance(model.teacher, str)
        or (store is not None and store.distinct),
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
        n_unlabeled=0 if unlabeled is None else unlabeled.n_weighty,
        copies=model.n_perturbed > 0,
        privileged_unlabeled=by_privileged,
    )
    unlabeled = _if_used(unlabeled, candidates, owner)
    routed = route_fit_params(
        model, members.privileged, members.student, data.weight, given.params
    )
    copies = None
    if model.n_perturbed and any(loss.alpha for _, loss in candidates):
        columns = np.union1d(for_teacher, for_student)
        weight, seed = routed.student_weight, members.seed
        copies = perturbed_copies(data, columns, model.n_perturbed, weight, seed)
    if isinstance(model.cv, str):
        check_option(model.cv, "cv", owner, ("oob",))
        check_oob(members.privileged, owner, auxiliary, copies=copies is not None)
    _check_unlabeled_weight(unlabeled, candidates, members.student, owner)
    prepared = Prepared(data, for_teacher, unlabeled, copies, members, routed)
    folds = make_folds(model, prepared, candidates)
    X_student = select_columns(data.X, for_student)
    if prepared.blocks:
        others = stack_unlabeled(prepared.blocks, for_student)
        X_student = stack_rows(X_student, others)
    student = StudentPlan(
        estimator=members.student,
        X=X_student,
        target=data.target,
        classes=data.classes,
        weight=routed.student_weight,
        weight_unlabeled=stack_weights(
            (block.weight, block.n_samples) for block in prepared.blocks
        ),
        source=stack_sources(prepared.blocks),
        part_rows=folds.part_rows,
        objective=objective,
        auxiliary_objectives=auxiliary,
        queries=tuple(item.query(data.n_samples, data.weight) for item in auxiliary),
        seed=members.seed,
        store=store,
    )
    selection = _plan_selection(model, candidates, folds, student, routed)
    if members.privileged is None:
        teacher = plan_precomputed(model, given, prepared, selection.validation)
    else:
        teacher = plan_teachers(model, prepared, student, selection, folds.splits)
    _check_trained_on_labels(student, selection, data.owner)
    trained = []
    if model.teacher_features is None and model.student_features is None:
        trained.append(members.student)
        if teacher.privileged is not None:
            trained.append(members.privileged)
    input_spec = make_input_spec(model, of_student, trained=trained)
    return Plan(data, input_spec, for_teacher, teacher, student, selection)


def _if_used(unlabeled, candidates, owner):
    """Return rows without labels if a candidate learns from them; else say so."""
    if unlabeled is not None and not any(c.unlabeled_weight for c, _ in candidates):
        warn(
            f"X_unlabeled was given to {owner}, but it is not used: alpha, "
            "unlabeled_weight or each sample_weight_unlabeled is 0, or 'auto' leaves "
            "out rows that lack the teacher's columns, since they bring little and can "
            "harm."
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


def _check_compared_by_its_loss(model: Any, student: StudentPlan) -> None:
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
    folds: Folds,
    student: StudentPlan,
    routed: Routed,
) -> SelectionPlan:
    """Decide by what candidates are compared, and what an observation is."""
    if not folds.validation:
        return SelectionPlan(candidates, [], None, None)
    _check_compared_by_its_loss(model, student)
    scorer = HeldOutScorer(
        student.X, student.target, student.classes, student.weight, candidates[0][1]
    )
    soft = is_regressor(student.estimator) or may_have_probabilities(student.estimator)
    method = "predict_proba" if soft else "predict"
    parts = folds.validation
    scorer = resolve_scorer(scorer, model.scoring, parts, type(model).__name__, method)
    groups = routed.split.get("groups")
    if groups is not None:
        groups = np.unique(np.asarray(groups), return_inverse=True)[1]
    blocks: list[list[NDArray]] = []
    if model.scoring is not None:
        blocks = [blocks_of(scorer, test, method, groups) for _, test in parts]
        if not all(blocks):
            parts = folds.one_by_one
            blocks = [[] for _ in parts]
    return SelectionPlan(candidates, parts, scorer, groups, blocks)
