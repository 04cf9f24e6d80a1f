"""Equal fits are done once: a store of fits, and folds that serve twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.frozen import FrozenEstimator

from skdistill.input._checks import clone_estimator
from skdistill.input._splits import Split, count_nested_fits, fold_groups
from skdistill.offline._base import BaseDistilled
from skdistill.report._wrappers import inner_estimator
from skdistill.teachers._fits import FitStore

# With fewer, teachers of the inner folds would see far fewer rows than five folds give.
_LEAST_FOLDS = 5


def use_store(estimator: Any, store: FitStore) -> None:
    """Let ours look up fits, unless it has a `memory` of its own."""
    inner = inner_estimator(estimator)
    if isinstance(inner, BaseDistilled) and inner.memory is None:
        inner.set_params(memory=store)


def store_of_run(estimator: Any) -> FitStore | None:
    """Give an estimator an account of what the store saves it, and return the store."""
    inner = inner_estimator(estimator)
    memory = getattr(inner, "memory", None)
    if not isinstance(memory, FitStore):
        return None
    inner.set_params(memory=memory.for_run())
    return inner.memory


def can_share_folds(estimator: Any, splits: Sequence[Split], grouped: bool) -> bool:
    """Tell whether the folds of the report can be those of the estimator as well.

    The folds must be a partition of enough parts, and the estimator must leave its
    folds to us, or want as many as that gives it.
    """
    inner, n_folds = inner_estimator(estimator), len(splits)
    if (
        estimator is not inner
        or not isinstance(inner, BaseDistilled)
        or isinstance(inner.teacher, (str, FrozenEstimator))
        or inner.memory is not None
        or inner.student_cv is not None
        or not grouped
        or get_config()["enable_metadata_routing"]
        or n_folds < _LEAST_FOLDS
        or not (inner.cv is None or inner.cv == n_folds - 1)
    ):
        return False
    n_rows = sum(len(test) for _, test in splits)
    return (
        all(
            len(train) + len(test) == n_rows and np.all(np.diff(train) > 0)
            for train, test in splits
        )
        and len(np.unique(np.concatenate([test for _, test in splits]))) == n_rows
    )


def with_outer_folds(estimator: Any, splits: Sequence[Split], fold: int) -> Any:
    """Copy an estimator so that its folds are the other folds of the report.

    A teacher that saw neither of two folds then serves both: one as the outer fold,
    the other as the inner one, and the other way round.
    """
    train = splits[fold][0]
    inner = []
    for number, (_, test) in enumerate(splits):
        if number != fold:
            asked = np.isin(train, test)
            inner.append((np.flatnonzero(~asked), np.flatnonzero(asked)))
    return clone_estimator(estimator).set_params(cv=inner)


def count_fits(estimator: Any, n_rows: int, with_teachers: bool = True) -> float:
    """Estimate how many models a fit on some rows trains, those of a search apart.

    A model that serves several outer folds counts in parts.
    """
    inner = inner_estimator(estimator)
    if inner.alpha == 0.0 or not isinstance(inner, BaseDistilled):
        return 1
    cv, shared = inner.cv, isinstance(inner.cv, list)
    n_folds = len(cv) if shared else getattr(cv, "n_splits", cv)
    n_folds = 1 if isinstance(n_folds, str) else int(n_folds or 5)
    settings = (inner.alpha, inner.privileged_weight)
    n_kinds = with_teachers * (1 if inner.privileged_weight in (0.0, 1.0) else 2)
    n_teachers = n_folds / (1 + shared)
    n_students = 1.0
    n_chosen = sum(isinstance(value, str) for value in settings)
    if n_chosen:
        n_parts = len(fold_groups(n_folds, n_rows))
        n_teachers += count_nested_fits(n_folds, n_parts) / (1 + 2 * shared)
        n_students += (1 + 2**n_chosen) * n_parts / (1 + shared)
    return n_kinds * n_teachers + n_students
