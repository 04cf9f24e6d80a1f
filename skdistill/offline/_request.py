"""What `fit` was passed, checked against the parameters, and prepared for plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from skdistill.input._boosters import check_polars_types
from skdistill.input._checks import check_count, check_in_interval
from skdistill.input._members import check_many_outputs, check_member
from skdistill.input._preparation import FitInput, TrainingData, copy_member, draw_seeds
from skdistill.input._routing import Routed
from skdistill.input._unlabeled import UnlabeledData
from skdistill.objectives import Feature, Relation, Response
from skdistill.students._registry import check_takes_labels
from skdistill.teachers._precomputed import stand_in_labels

PRECOMPUTED = "precomputed"


@dataclass(frozen=True)
class Members:
    """Private copies, checked, seeded and quiet; without a teacher if precomputed."""

    privileged: Any
    regular: Any
    student: Any
    seed: int


@dataclass(frozen=True)
class Prepared:
    """What the plans are made of.

    Attributes
    ----------
    data : TrainingData
        Rows with labels.
    for_teacher : ndarray of int
        Positions in X of the teacher's columns.
    unlabeled : UnlabeledData or None
        Rows without labels that were passed to `fit`.
    copies : UnlabeledData or None
        Perturbed copies of the rows with labels.
    members : Members
        The private copies.
    routed : Routed
        Metadata of `fit`.
    """

    data: TrainingData
    for_teacher: NDArray[np.intp]
    unlabeled: UnlabeledData | None
    copies: UnlabeledData | None
    members: Members
    routed: Routed

    @property
    def blocks(self) -> list[UnlabeledData]:
        """All rows without labels: copies, then those that were passed to `fit`."""
        return [b for b in (self.copies, self.unlabeled) if b is not None]


def check_teacher_parameter(
    model: Any, given: FitInput, auxiliary: Sequence[Feature | Relation]
) -> None:
    """Raise unless the teacher is one, and what goes with it was passed."""
    owner = type(model).__name__
    check_count(model.n_perturbed, "n_perturbed", owner, least=0)
    if not isinstance(model.teacher, str):
        for name in ("soft_targets", "soft_targets_unlabeled"):
            if getattr(given, name) is not None:
                raise ValueError(
                    f"{name} were given to {owner}, but its teacher is an estimator. "
                    "Set teacher='precomputed' to learn from them."
                )
        return
    if model.teacher != PRECOMPUTED:
        raise ValueError(
            f"teacher of {owner} must be an estimator, 'precomputed' or None; got "
            f"{model.teacher!r}."
        )
    if given.soft_targets is None:
        raise ValueError(
            f"teacher of {owner} is 'precomputed', so fit needs its predictions: "
            "fit(X, y, soft_targets=...)."
        )
    if (given.X_unlabeled is None) != (given.soft_targets_unlabeled is None):
        raise ValueError(
            f"X_unlabeled and soft_targets_unlabeled of {owner} go together where the "
            "teacher is 'precomputed'; one of them is missing."
        )
    if model.student is None:
        raise ValueError(
            f"student of {owner} must be given when the teacher is 'precomputed'."
        )
    if auxiliary:
        raise ValueError(
            f"objective of {owner} holds a {type(auxiliary[0]).__name__}, which asks "
            "a fitted teacher for its representation, but the teacher is "
            "'precomputed'. Leave the response alone, or pass an estimator."
        )
    if model.n_perturbed:
        raise ValueError(
            f"n_perturbed of {owner} makes rows, which a teacher has to predict, but "
            "the teacher is 'precomputed'. Leave it at 0, or pass an estimator."
        )
    if isinstance(model.cv, str):
        raise ValueError(
            f"cv of {owner} is {model.cv!r}, but the teacher is 'precomputed', so it "
            "has no members that leave rows out. Leave cv at None, or pass folds."
        )


def labels_or_stand_ins(
    model: Any, given: FitInput, mixture: Mapping, objective: Response
) -> Any:
    """Return y, or labels made of the soft targets where these are all there is."""
    if given.y is not None or not isinstance(model.teacher, str):
        return given.y
    owner = type(model).__name__
    if mixture["alpha"] != 1.0:
        raise ValueError(
            f"y of {owner} is None, but alpha is {model.alpha!r}: "
            "labels are needed unless alpha is 1."
        )
    if objective.calibrate or objective.correction is not None:
        name = "calibrate" if objective.calibrate else "correction"
        raise ValueError(
            f"y of {owner} is None, but {name} of its Response compares soft targets "
            f"with labels. Pass y, or leave {name} at its default."
        )
    return stand_in_labels(
        given.soft_targets, classification=model._kind == "classification"
    )


def check_mixture(model: Any) -> dict[str, float | str]:
    """Return what is mixed in which shares, checked."""
    owner = type(model).__name__
    limits = {"alpha": 1.0, "privileged_weight": 1.0, "unlabeled_weight": np.inf}
    return {
        name: value
        if isinstance(value := getattr(model, name), str) and value == "auto"
        else check_in_interval(value, name, owner, 0.0, most, auto=True, finite=True)
        for name, most in limits.items()
    }


def check_share(
    model: Any, mixture: dict, for_teacher: NDArray, for_student: NDArray
) -> dict[str, float | str]:
    """Return the mixture, if there can be another teacher than the privileged one."""
    owner, share = type(model).__name__, mixture["privileged_weight"]
    if share == 1.0:
        return mixture
    if set(for_teacher) == set(for_student):
        if share == "auto":
            return mixture | {"privileged_weight": 1.0}
        raise ValueError(
            f"privileged_weight of {owner} is {share!r}, but teacher and student "
            "see the same columns, so both teachers would be one. Set "
            "teacher_features or student_features, or leave it at 1."
        )
    if isinstance(model.teacher, (FrozenEstimator, str)):
        kind = "precomputed" if isinstance(model.teacher, str) else "frozen"
        raise ValueError(
            f"privileged_weight of {owner} is {share!r}, but the teacher is {kind} "
            "and cannot be trained on the student's columns. Use 1, or the "
            "unfitted teacher."
        )
    return mixture


def copy_members(
    model: Any, for_teacher: NDArray, for_student: NDArray, data: TrainingData
) -> Members:
    """Copy both teachers and the student, each for its columns."""
    owner = type(model).__name__
    precomputed = isinstance(model.teacher, str)
    teacher, student = model._get_teacher(), model._get_student()
    if isinstance(teacher, FrozenEstimator) and model.student is None:
        raise ValueError(
            f"student of {owner} must be given when the teacher is frozen, as a "
            "copy of it cannot be trained."
        )
    if not precomputed:
        check_member(teacher, "teacher", owner, model._kind)
    model._check_student(student)
    check_takes_labels(student, data.classes, f"student of {owner}")
    seeds = draw_seeds(model, 3)
    check_polars_types(student, f"student of {owner}", data.X, for_student)
    of_student = for_teacher if model.student is None else None
    copied = copy_member(
        model, student, data, for_student, seeds[1], written_for=of_student
    )
    if precomputed:
        return Members(None, None, copied, seeds[2])
    check_polars_types(teacher, f"teacher of {owner}", data.X, for_teacher)
    if data.target.ndim == 2:
        check_many_outputs(teacher, "teacher", owner)
    return Members(
        copy_member(model, teacher, data, for_teacher, seeds[0]),
        copy_member(
            model, teacher, data, for_student, seeds[0], written_for=for_teacher
        ),
        copied,
        seeds[2],
    )
