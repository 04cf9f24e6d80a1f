"""Groups of peers: who is trained on which rows, and whose predictions it learns from.

Without folds there is one group. With folds, groups of the same peers are trained side
by side, so that no prediction comes from a peer that was trained on the row's label, or
learnt from a peer that was:

- the deployed one, on all rows, learns from the predictions of those that a fold was
  held out from, for the rows of the fold;
- those are scored on their fold, and learn from the predictions of those that another
  fold was held out from as well;
- these, trained on all but two folds, learn from one another's predictions.

With K folds that is K + (K - 1)(K - 2) / 2 times the cost of the peers alone.

Rows without a label are trained on by all groups from round 1 on, predicted by all that
others learn from, and scored by none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skdistill.input._row_sets import rows_of_any
from skdistill.input._rows import average_rows
from skdistill.input._splits import Split

_NO_ROWS = np.empty(0, dtype=np.intp)


@dataclass(frozen=True)
class Group:
    """Peers that are trained on the same rows.

    Attributes
    ----------
    train : ndarray of int
        Rows with a label that they are trained on.
    predicted : ndarray of int
        Sorted rows that they predict after each round.
    scored : ndarray of int
        Those of them by which they are scored.
    sources : tuple of (int, ndarray of int)
        Groups whose predictions they learn from, and for which rows. Empty: their own,
        for the rows they are trained on.
    unlabeled : ndarray of int
        Rows without a label that they are trained on as well, from round 1 on.
    """

    train: NDArray[np.intp]
    predicted: NDArray[np.intp]
    scored: NDArray[np.intp]
    sources: tuple[tuple[int, NDArray[np.intp]], ...] = ()
    unlabeled: NDArray[np.intp] = field(default_factory=lambda: _NO_ROWS)

    def rows(self, number: int) -> NDArray[np.intp]:
        """Return the rows that are trained on in a round."""
        return np.append(self.train, self.unlabeled) if number else self.train


# Scores of rows that peers were trained on say little, however many rows there are.
_SCORED_WITHOUT_FOLDS = 1000


def make_groups(
    n_samples: int,
    splits: Sequence[Split],
    nested: Sequence[Sequence[Split]],
    weight: NDArray | None = None,
    n_unlabeled: int = 0,
) -> list[Group]:
    """Lay out the groups; the first one is deployed.

    Parameters
    ----------
    n_samples : int
        Number of rows with a label.
    splits : sequence of (train, test)
        Folds; none for an exchange without them.
    nested : sequence of sequence of (train, test)
        For each split, those that predict its train part without its test part.
    weight : ndarray of shape (n_samples,) or None
        Rows without weight are not scored where not all are.
    n_unlabeled : int, default=0
        Number of rows without a label, which come last.
    """
    groups = _make_groups(n_samples, splits, nested, weight)
    if not n_unlabeled:
        return groups
    unlabeled = np.arange(n_samples, n_samples + n_unlabeled)
    predicts = {source for group in groups for source, _ in group.sources}
    return [
        replace(
            group,
            unlabeled=unlabeled,
            predicted=np.append(group.predicted, unlabeled)
            if not group.sources or number in predicts
            else group.predicted,
            sources=tuple((s, np.append(rows, unlabeled)) for s, rows in group.sources),
        )
        for number, group in enumerate(groups)
    ]


def _make_groups(n_samples, splits, nested, weight):
    everything = np.arange(n_samples)
    if not splits:
        scored = everything if weight is None else np.flatnonzero(weight)
        if len(scored) > _SCORED_WITHOUT_FOLDS:
            drawn = np.random.default_rng(0).permutation(scored)
            scored = np.sort(drawn[:_SCORED_WITHOUT_FOLDS])
        return [Group(everything, everything, scored)]
    groups = [Group(everything, _NO_ROWS, _NO_ROWS)]
    numbers: dict[bytes, int] = {}

    def innermost(train, test):
        """Return the number of the group of these rows, which is to predict more."""
        number = numbers.setdefault(train.tobytes(), len(groups))
        if number == len(groups):
            # It learns from its own predictions of the rows it is trained on.
            groups.append(Group(train, rows_of_any(train), _NO_ROWS))
        predicted = rows_of_any(groups[number].predicted, test)
        groups[number] = replace(groups[number], predicted=predicted)
        return number

    sources = []
    for (train, test), inner in zip(splits, nested, strict=True):
        inner_sources = tuple((innermost(*split), split[1]) for split in inner)
        predicted = rows_of_any(test) if inner else rows_of_any(train, test)
        sources.append((len(groups), test))
        groups.append(Group(train, predicted, test, inner_sources))
    groups[0] = replace(groups[0], sources=tuple(sources))
    return groups


def mean_of_others(
    groups: Sequence[Group],
    number: int,
    peer: int,
    predictions: dict[tuple[int, int], NDArray],
    n_samples: int,
) -> NDArray[np.float64]:
    """Average what the other peers predict for the rows that a group learns from.

    Parameters
    ----------
    groups : sequence of Group
        All groups.
    number, peer : int
        Which group, and which of its peers.
    predictions : dict of (int, int) to ndarray
        By group and peer, for the rows in ``predicted``.
    n_samples : int
        Number of rows.

    Returns
    -------
    ndarray of shape (n_samples, ...)
        NaN for rows without a prediction.
    """
    group = groups[number]
    n_peers = 1 + max(p for _, p in predictions)
    others = [p for p in range(n_peers) if p != peer]
    parts = []
    for source, rows in group.sources or ((number, group.predicted),):
        at = np.searchsorted(groups[source].predicted, rows)
        parts.append((rows, np.mean([predictions[source, p][at] for p in others], 0)))
    return average_rows(parts, (n_samples, *parts[0][1].shape[1:]))
