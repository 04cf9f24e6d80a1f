"""Who is trained on which rows, and who hears whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skdistill.input._splits import Split, rows_of_any


@dataclass(frozen=True)
class Group:
    """Peers that are trained on the same rows.

    Attributes
    ----------
    rows : ndarray of int
        What they are trained on.
    asked : ndarray of int
        Sorted rows for which they answer after each round.
    hears : tuple of (int, ndarray of int)
        Who answers for which rows: numbers of groups. Empty: they hear themselves.
    """

    rows: NDArray[np.intp]
    asked: NDArray[np.intp]
    hears: tuple[tuple[int, NDArray[np.intp]], ...] = ()


# What peers answer for rows they know says little, however many rows there are.
_SCORED_WITHOUT_FOLDS = 1000


def make_groups(
    n_samples: int,
    splits: Sequence[Split],
    queries: Sequence[Sequence[Split]],
    weight: NDArray | None = None,
) -> tuple[list[Group], list[tuple[int, NDArray]]]:
    """Lay out who is trained on what and hears whom; and who is scored where.

    Parameters
    ----------
    n_samples : int
        Number of rows.
    splits : sequence of (train, test)
        Folds; none for an exchange without them.
    questions : sequence of sequence of (train, test)
        For each split, those that answer for its train part without its test part.
    weight : ndarray of shape (n_samples,) or None
        Rows without weight are not scored where not all are.
    """
    everything = np.arange(n_samples)
    if not splits:
        known = everything if weight is None else np.flatnonzero(weight)
        if len(known) > _SCORED_WITHOUT_FOLDS:
            drawn = np.random.default_rng(0).permutation(known)
            known = np.sort(drawn[:_SCORED_WITHOUT_FOLDS])
        return [Group(everything, everything)], [(0, known)]
    groups: list[Group] = [Group(everything, everything[:0])]
    numbers: dict[bytes, int] = {}

    def group_of(train, test):
        """Find or add the innermost group of these rows, and ask it for more."""
        number = numbers.setdefault(train.tobytes(), len(groups))
        if number == len(groups):
            # It hears itself, so it must answer for its own rows as well.
            groups.append(Group(train, rows_of_any(train, test)))
        asked = rows_of_any(groups[number].asked, test)
        groups[number] = replace(groups[number], asked=asked)
        return number

    hears = []
    for (train, test), asked in zip(splits, queries, strict=True):
        inner = tuple((group_of(*split), split[1]) for split in asked)
        own = test if inner else rows_of_any(train, test)
        groups.append(Group(train, rows_of_any(own), inner))
        hears.append((len(groups) - 1, test))
    groups[0] = replace(groups[0], hears=tuple(hears))
    return groups, hears
