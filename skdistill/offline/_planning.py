"""From an estimator and its training data to a plan: all that can fail cheaply.

Parameters and data are checked, columns resolved, teachers and student copied and
seeded, the student's adapter is asked whether it can learn the loss, and the scorer
whether it can score it. Nothing has been trained when `make_plan` returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_regressor
from sklearn.frozen import FrozenEstimator

from skdistill.input._checks import (
    check_in_interval,
    check_option,
)
from skdistill.input._columns import names_columns, select_columns
from skdistill.input._data import make_input_spec
from skdistill.input._members import check_many_outputs, check_member
from skdistill.input._preparation import (
    TrainingData,
    copy_member,
    draw_seeds,
    prepare_data,
)
from skdistill.input._routing import Routed, route_fit_params
from skdistill.input._splits import (
    Split,
    check_can_judge,
    first_partition,
    make_splits,
    warn_if_few_are_answered,
)
from skdistill.input._warnings import warn
from skdistill.objectives._mixture import split_objective
from skdistill.offline._plan import Plan, learnable
from skdistill.selection._selection import make_candidates
from skdistill.selection._validation import HeldOutScorer, resolve_scorer
from skdistill.students import Loss
from skdistill.students._auxiliary_outputs import warn_if_nothing_is_shared
from skdistill.teachers._oob import check_oob
from skdistill.teachers._teacher import TeacherSpec

_CLASS_WEIGHTS = (
    "class_weight",
    "class_weights",
    "auto_class_weights",
    "scale_pos_weight",
    "is_unbalance",
)
_NO_WEIGHTS = ("None", "1", "1.0", "False")


@dataclass(frozen=True)
class _Models:
    """Private copies, checked, seeded and quiet; `regular` is the other teacher."""

    privileged: Any
    regular: Any
    student: Any
    seed: int


@dataclass(frozen=True)
class _Folds:
    """Where responses come from, what is chosen on, and rows of several students."""

    splits: list[Split] | str
    validation: list[Split]
    student_rows: list[NDArray] | None


def make_plan(
    model: Any, X: Any, y: Any, sample_weight: Any, params: Mapping[str, Any]
) -> Plan:
    """Check everything that can be checked before a teacher is trained.

    Parameters
    ----------
    model : BaseDistilled
        Gets `n_features_in_` and `feature_names_in_`, and is not changed otherwise.
    X, y, sample_weight : training data
        As passed to `fit`.
    params : mapping
        Further metadata of `fit`.

    Returns
    -------
    Plan

    Raises
    ------
    ValueError, TypeError
        If a parameter or the data are not fit for use.
    """
    owner = type(model).__name__
    alpha, share = _check_mixture(model)
    objective, auxiliary_objectives = split_objective(model.objective, owner)
    data = prepare_data(model, X, y, sample_weight)
    X, target, classes, weight = data.X, data.target, data.classes, data.weight
    for_teacher, for_student = (
        data.columns(getattr(model, name), name)
        for name in ("teacher_features", "student_features")
    )
    share = _check_share(model, share, for_teacher, for_student)
    models = _copy_models(model, for_teacher, for_student, data)
    n_outputs = data.n_outputs
    for item in auxiliary_objectives:
        item.check(models.privileged, model._kind, n_outputs, len(target))
    auxiliary_objectives = tuple(item for item in auxiliary_objectives if item.weight)

    def make_loss(alpha: float) -> Loss:
        names = tuple(item.name for item in auxiliary_objectives) if alpha else ()
        return replace(objective.loss(model._kind, alpha, n_outputs), auxiliary=names)

    unit = 1.0 if classes is not None else _variance(target, weight)
    candidates = learnable(
        make_candidates(alpha, share, objective.correction, unit),
        make_loss,
        models.student,
    )
    if any(loss.alpha for _, loss in candidates):
        _warn_if_classes_weigh_twice(models, owner)
    if any(loss.auxiliary for _, loss in candidates):
        warn_if_nothing_is_shared(models.student, owner)
    routed = route_fit_params(model, models.privileged, models.student, weight, params)
    if isinstance(model.cv, str):
        check_option(model.cv, "cv", owner, ("oob",))
        check_oob(models.privileged, owner, auxiliary_objectives)
    folds = _make_folds(model, X, target, classes, routed, len(candidates) > 1)
    X_student = select_columns(X, for_student)
    held_out_scorer = None
    if folds.validation:
        held_out_scorer = HeldOutScorer(
            X_student, target, classes, routed.student_weight, candidates[0][1]
        )
        method = "predict" if _lacks_probabilities(models.student) else "predict_proba"
        held_out_scorer = resolve_scorer(
            held_out_scorer, model.scoring, folds.validation, owner, method
        )
    queries = tuple(item.query(len(target), weight) for item in auxiliary_objectives)
    given = (target, classes, routed.teacher, queries)
    heard = {c.privileged_weight for c, _ in candidates if c.alpha > 0.0}
    privileged = regular = None  # Whom the student never hears is not trained.
    if model.store_teacher or heard - {0.0}:
        X_teacher = select_columns(X, for_teacher)
        privileged = TeacherSpec(models.privileged, X_teacher, *given)
    if heard - {1.0}:
        regular = TeacherSpec(models.regular, X_student, *given)
    return Plan(
        owner=owner,
        data=data,
        teacher_columns=for_teacher,
        input_spec=make_input_spec(
            model,
            for_student,
            everything=model.student_features is None,
            by_name=names_columns(model.student_features, X),
            shared=model.teacher_features is None and model.student_features is None,
        ),
        privileged=privileged,
        regular=regular,
        student=models.student,
        X_student=X_student,
        student_weight=routed.student_weight,
        target=target,
        classes=classes,
        splits=folds.splits,
        validation=folds.validation,
        held_out_scorer=held_out_scorer,
        student_rows=folds.student_rows,
        objective=objective,
        auxiliary_objectives=auxiliary_objectives,
        candidates=candidates,
        seed=models.seed,
        keep_models=model.store_teacher,
    )


def _warn_if_classes_weigh_twice(models: _Models, owner: str) -> None:
    """Warn where soft targets that weigh classes are weighed by them once more."""
    for estimator in (models.privileged, models.student):
        if isinstance(estimator, FrozenEstimator) or not any(
            name.rpartition("__")[2] in _CLASS_WEIGHTS and str(value) not in _NO_WEIGHTS
            for name, value in estimator.get_params(deep=True).items()
        ):
            return
    warn(
        f"Teacher and student of {owner} both weigh classes, so the soft targets weigh "
        "them twice. Let the student alone do it, and pass a teacher without.",
    )


def _variance(target: NDArray, weight: NDArray | None) -> float:
    """Variance of an output, on average over the outputs."""
    deviation = target - np.average(target, axis=0, weights=weight)
    return float(np.average(deviation**2, axis=0, weights=weight).mean())


def _check_mixture(model: Any) -> tuple[float | str, float | str]:
    """Return alpha and the share of the privileged teacher, checked."""
    return tuple(
        value
        if isinstance(value, str) and value == "auto"
        else check_in_interval(value, name, type(model).__name__, 0.0, 1.0, auto=True)
        for name, value in (
            ("alpha", model.alpha),
            ("privileged_weight", model.privileged_weight),
        )
    )


def _check_share(
    model: Any, share: float | str, for_teacher: NDArray, for_student: NDArray
) -> float | str:
    """Return the share of the privileged teacher, if there can be another one."""
    owner = type(model).__name__
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
    if isinstance(model.teacher, FrozenEstimator):
        raise ValueError(
            f"privileged_weight of {owner} is {share!r}, but the teacher is frozen "
            "and cannot be trained on the student's columns. Use 1, or the "
            "unfitted teacher."
        )
    return share


def _copy_models(
    model: Any, for_teacher: NDArray, for_student: NDArray, data: TrainingData
) -> _Models:
    """Copy both teachers and the student, each for its columns."""
    owner = type(model).__name__
    teacher, student = model._get_teacher(), model._get_student()
    if isinstance(model.teacher, FrozenEstimator) and model.student is None:
        raise ValueError(
            f"student of {owner} must be given when the teacher is frozen, as a "
            "copy of it cannot be trained."
        )
    check_member(teacher, "teacher", owner, model._kind)
    model._check_student(student)
    if data.target.ndim == 2:
        check_many_outputs(teacher, "teacher", owner)
    seeds = draw_seeds(model, 3)
    of_student = for_teacher if model.student is None else None
    return _Models(
        copy_member(model, teacher, data, for_teacher, seeds[0]),
        copy_member(
            model, teacher, data, for_student, seeds[0], written_for=for_teacher
        ),
        copy_member(
            model, student, data, for_student, seeds[1], written_for=of_student
        ),
        seeds[2],
    )


def _make_folds(
    model: Any,
    X: Any,
    target: NDArray,
    classes: NDArray | None,
    routed: Routed,
    chooses: bool,
) -> _Folds:
    """Split the rows as `cv` and `student_cv` say, where that is needed."""
    owner = type(model).__name__
    split = {"classifier": classes is not None, "owner": owner, "params": routed.split}
    oob = isinstance(model.cv, str)
    asks_folds = not (oob or isinstance(model.teacher, FrozenEstimator))
    splits: list[Split] = []
    if chooses or model.student_cv is not None or asks_folds:
        cv = None if oob else model.cv
        splits = make_splits(cv, X, target, name="cv", **split)
    if splits and asks_folds:
        warn_if_few_are_answered(splits, len(target), owner)
    validation = first_partition(splits) if chooses else []
    if validation and asks_folds:
        check_can_judge(validation, owner)
    student_rows = None
    if model.student_cv is not None:
        of_students = splits
        if not (isinstance(model.student_cv, str) and model.student_cv == "same"):
            of_students = make_splits(
                model.student_cv, X, target, name="student_cv", **split
            )
        student_rows = [train for train, _ in of_students]
    return _Folds("oob" if oob else splits, validation, student_rows)


def _lacks_probabilities(student: Any) -> bool:
    return not (is_regressor(student) or hasattr(student, "predict_proba"))
