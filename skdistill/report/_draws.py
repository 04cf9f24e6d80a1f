"""Models of fewer rows, or of fewer labels: what is asked for, checked and drawn."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.input._checks import check_count, check_in_interval
from skdistill.input._splits import Split
from skdistill.report._arms import Arms
from skdistill.report._data import Data
from skdistill.report._metrics import Metric
from skdistill.report._wrappers import OWNER, search_in


@dataclass(frozen=True)
class Draws:
    """What is trained beside the models of the whole training parts.

    Attributes
    ----------
    train_sizes, unlabeled_sizes : list of int
        Numbers of rows with, and without labels.
    hidden_labels : float or None
        Share of the training rows whose labels are hidden.
    n_repeats : int
        Draws for each size and fold.
    """

    train_sizes: list[int]
    unlabeled_sizes: list[int]
    hidden_labels: float | None
    n_repeats: int


def check_draws(
    estimator: Any,
    data: Data,
    splits: Sequence[Split],
    metrics: Sequence[Metric],
    asked: Draws,
) -> Draws:
    """Turn sizes into numbers of rows.

    Raises
    ------
    TypeError, ValueError
        For sizes that the data do not have, and where models of fewer rows cannot be
        searched for, or not scored.
    """
    if asked.unlabeled_sizes is not None and not data.unlabeled.n_rows:
        raise ValueError(
            f"unlabeled_sizes of {OWNER} need rows without labels: pass "
            "params={'X_unlabeled': ...}."
        )
    draws = Draws(
        _resolve_sizes(
            asked.train_sizes,
            min(len(train) for train, _ in splits),
            "train_sizes",
            "the smallest training part of cv",
        ),
        _resolve_sizes(
            asked.unlabeled_sizes,
            data.unlabeled.n_rows,
            "unlabeled_sizes",
            "the rows without labels",
        ),
        asked.hidden_labels,
        check_count(asked.n_repeats, "n_repeats", OWNER),
    )
    names = ("train_sizes", "unlabeled_sizes", "hidden_labels")
    wanted = [name for name in names if getattr(draws, name)]
    if wanted and search_in(estimator) is not None:
        raise ValueError(
            f"{wanted[0]} of {OWNER} would search once a draw. Pass the search's "
            "best_estimator_, or leave them out."
        )
    if wanted and all(metric.scorer is None for metric in metrics):
        raise ValueError(
            f"{wanted[0]} of {OWNER} need a metric besides macro_f1, whose threshold "
            "is tuned on whole training parts only. Add one to scoring."
        )
    return draws


def _resolve_sizes(sizes: Any, largest: int, name: str, of: str) -> list[int]:
    """Return increasing numbers of rows below the largest, `of` in messages."""
    found = set()
    scalar = isinstance(sizes, numbers.Real)
    for size in [sizes] if scalar else () if sizes is None else sizes:
        if isinstance(size, (bool, np.bool_)) or not isinstance(size, numbers.Real):
            raise TypeError(
                f"{name} of {OWNER} must hold numbers of rows, or shares in "
                f"(0, 1); got {size!r} of type {type(size).__name__}."
            )
        whole = isinstance(size, numbers.Integral)
        number = float(size)
        rows = int(number) if whole else round(number * largest)
        if not 2 <= rows < largest or (not whole and not 0 < number < 1):
            raise ValueError(
                f"{name} of {OWNER} must hold numbers of rows from 2 to "
                f"{largest - 1}, one less than {of} (which is always added), or "
                f"shares of it in (0, 1); got {size!r}."
            )
        found.add(rows)
    return sorted(found)


def check_can_hide(arms: Arms, data: Data, share: float) -> None:
    """Raise unless rows without their labels can show what they bring."""
    check_in_interval(share, "hidden_labels", OWNER, 0.1, 0.9)
    if data.unlabeled.n_rows:
        raise ValueError(
            f"hidden_labels of {OWNER} tells what rows without labels could bring, but "
            "there are some: params hold X_unlabeled. Leave out either."
        )
    if not len(arms.privileged) or data.soft_targets is not None:
        raise ValueError(
            f"hidden_labels of {OWNER} needs a teacher to train that has columns of "
            "its own, since rows without labels bring little without such columns; "
            "and the estimator itself, not a pipeline around it."
        )


def draw_order(
    data: Data, train: NDArray, random_state: np.random.RandomState
) -> NDArray:
    """Random order whose every beginning has the classes in proportion."""
    if data.classes is None:
        return random_state.permutation(len(train))
    place = np.empty(len(train))
    for label in data.classes:
        rows = np.flatnonzero(data.y[train] == label)
        shuffled = random_state.permutation(len(rows))
        place[rows] = (shuffled + random_state.uniform()) / max(len(rows), 1)
    return np.argsort(place, kind="stable")
