"""Which teachers are trained, and which rows each one predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator

from skdistill.input._columns import select_columns
from skdistill.input._preparation import FitInput
from skdistill.input._rows import Stacked, split_rows
from skdistill.input._splits import Split, nested_splits
from skdistill.input._training_parts import check_training_parts, check_training_rows
from skdistill.input._unlabeled import stack_unlabeled
from skdistill.input._warnings import warn
from skdistill.offline._plan import SelectionPlan, StudentPlan, TeacherPlan
from skdistill.offline._request import Members, Prepared
from skdistill.teachers._precomputed import check_soft_targets
from skdistill.teachers._teacher import OutOfFold, TeacherSpec


def plan_precomputed(
    model: Any,
    given: FitInput,
    prepared: Prepared,
    validation: list[Split],
) -> TeacherPlan:
    """Check soft targets that were passed to `fit`.

    Parameters
    ----------
    model : BaseDistilled
        Whose fit it is.
    given : FitInput
        What `fit` was passed.
    prepared : Prepared
        Rows with and without labels.
    validation : list of (train, test)
        Folds of the choice; none where there is no choice.
    """
    data, unlabeled = prepared.data, prepared.unlabeled
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
    if validation:
        warn(
            f"{data.owner} chooses by 'auto' with soft targets that were made "
            "elsewhere. If the labels of a row have reached its own soft target, the "
            "choice favours soft targets too much; they must be out of fold."
        )
    predictions = OutOfFold(values, covered)
    return TeacherPlan(
        data.owner, None, None, [], validation, model.store_teacher, predictions
    )


def plan_teachers(
    model: Any,
    prepared: Prepared,
    student: StudentPlan,
    selection: SelectionPlan,
    splits: list[Split] | str,
) -> TeacherPlan:
    """Decide which teachers are trained; one that no candidate has a share of is not.

    Parameters
    ----------
    model : BaseDistilled
        Whose fit it is.
    prepared : Prepared
        What they are trained on.
    student, selection : StudentPlan, SelectionPlan
        Who learns from the teachers, and which mixtures of them.
    splits : list of (train, test) or "oob"
        Folds of the predictions; none for a frozen teacher.
    """
    data, unlabeled, blocks = prepared.data, prepared.unlabeled, prepared.blocks
    members, for_teacher = prepared.members, prepared.for_teacher
    shares = {c.privileged_weight for c, _ in selection.candidates if c.alpha > 0.0}
    given = (data.target, data.classes, prepared.routed.teacher, student.queries)
    privileged = regular = None
    if unlabeled is not None and not unlabeled.has(for_teacher):
        _check_regular_can_predict(members, student, data.owner)
        shares |= {0.0}
    if model.store_teacher or shares - {0.0}:
        X = select_columns(data.X, for_teacher)
        others = stack_unlabeled(blocks, for_teacher)
        if others is not None:
            source = student.source
            source = None if source is None else source[: others.shape[0]]
            X = Stacked(X, others, source)
        privileged = TeacherSpec(members.privileged, X, *given)
    if shares - {1.0}:
        X = student.X
        if blocks:
            X = split_rows(X, student.n_labeled, student.source)
        regular = TeacherSpec(members.regular, X, *given)
    spec = privileged or regular
    if spec is not None and not isinstance(spec.teacher, FrozenEstimator | str):
        about = (data.classes, spec.sample_weight)
        if isinstance(splits, str):
            rows, where = np.arange(data.n_samples), f"The data of {data.owner}"
            check_training_rows(data.target, rows, *about, where, spec.teacher)
        else:
            nested = nested_splits(splits, selection.validation)
            check_training_parts(data.target, [splits, *nested], *about, spec.teacher)
    return TeacherPlan(
        data.owner,
        privileged,
        regular,
        splits,
        selection.validation,
        model.store_teacher,
    )


def _check_regular_can_predict(
    members: Members, student: StudentPlan, owner: str
) -> None:
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
            "needs. Pass rows with the teacher's columns, or the response alone."
        )
    warn(
        f"X_unlabeled of {owner} lacks columns of the teacher, so a teacher on the "
        "student's columns predicts these rows. Such rows bring little and can harm "
        "the student."
    )
