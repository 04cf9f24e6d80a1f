"""Where predictions come from, what is chosen on, and rows of several students."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from skdistill.input._preparation import TrainingData
from skdistill.input._routing import Routed
from skdistill.input._splits import (
    Split,
    check_can_select,
    first_partition,
    parts_to_compare_on,
    warn_if_few_are_predicted,
)
from skdistill.offline._request import Prepared
from skdistill.selection._candidates import Candidate
from skdistill.students import Loss


@dataclass(frozen=True)
class Folds:
    """The splits of a fit.

    Attributes
    ----------
    splits : list of (train, test) or "oob"
        Where predictions come from; none where nothing is predicted.
    validation : list of (train, test)
        Rows to compare on, the test part; none where there is no choice.
    one_by_one : list of (train, test)
        The same, for scorers that need whole folds.
    part_rows : list of ndarray of int, or None
        Rows of each student of `student_cv`; None for one student on all.
    """

    splits: list[Split] | str
    validation: list[Split]
    one_by_one: list[Split]
    part_rows: list[NDArray] | None


def make_folds(
    model: Any, prepared: Prepared, candidates: Sequence[tuple[Candidate, Loss]]
) -> Folds:
    """Split the rows as `cv` and `student_cv` say, where that is needed."""
    data, routed = prepared.data, prepared.routed
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
        warn_if_few_are_predicted(splits, data.n_samples, data.owner)
    one_by_one = first_partition(splits) if chooses else []
    codes = None if data.classes is None else data.target
    n_unlabeled = 0 if prepared.unlabeled is None else prepared.unlabeled.n_weighty
    validation = parts_to_compare_on(one_by_one, codes, data.weight, n_unlabeled)
    if validation and cross_fits:
        check_can_select(splits, data.owner)
    part_rows = None
    if model.student_cv is not None:
        of_students = splits
        if not same:
            of_students = data.splits(model.student_cv, "student_cv", routed.split)
        part_rows = [train for train, _ in of_students]
        if cross_fits:
            part_rows = _with_targets(part_rows, splits, data, routed)
    return Folds("oob" if oob else splits, validation, one_by_one, part_rows)


def _with_targets(
    parts: list[NDArray], splits: list[Split], data: TrainingData, routed: Routed
) -> list[NDArray]:
    """Leave out parts in which no row with weight has a soft target.

    So has the first part of a time series.
    """
    with_target = np.zeros(data.n_samples, dtype=bool)
    with_target[np.concatenate([test for _, test in splits])] = True
    if routed.student_weight is not None:
        with_target &= routed.student_weight > 0.0
    kept = [part for part in parts if with_target[part].any()]
    if not kept:
        raise ValueError(
            f"student_cv of {data.owner} has no training part with a row that cv "
            "tests, so no student could be trained. Use folds that test more rows."
        )
    return kept
