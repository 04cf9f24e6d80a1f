"""The labelled rows of a fit, encoded and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dask
import numpy as np
from dask.delayed import Delayed
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets

from skdistill.dask._cluster import fetch, persist
from skdistill.dask._collections import Features
from skdistill.dask._rows import Rows
from skdistill.input._targets import check_values
from skdistill.input._warnings import warn

# More different labels than that are values, or identifiers.
_MOST_CLASSES = 10_000


@dataclass(frozen=True)
class Labelled:
    """Labelled rows; what is known beside their features stays on the workers.

    Attributes
    ----------
    features : Features
        Read again whenever they are needed.
    rows : list of delayed Rows
        With class codes, or values; kept on the workers.
    counts : ndarray of int of shape (n_partitions, n_folds, n_classes or 1)
        Number of rows.
    classes : ndarray of shape (n_classes,) or None
        The user's labels; None in regression.
    weighted, grouped : bool
        Whether rows have weights, and groups.
    """

    features: Features
    rows: list[Delayed]
    counts: NDArray[np.int64]
    classes: NDArray | None
    weighted: bool
    grouped: bool

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        return self.counts.shape[1]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.counts.sum())

    def parts(self, columns: NDArray[np.intp]) -> list[tuple[Delayed, Delayed]]:
        """Return some columns of each partition, and its rows."""
        return list(zip(self.features.parts(columns), self.rows, strict=True))

    def training_sizes(self, held_out: frozenset[int]) -> NDArray[np.int64]:
        """Count the rows of each partition that are in none of some folds."""
        return self.counts[:, self._kept(held_out)].sum(axis=(1, 2))

    def present(self, held_out: frozenset[int]) -> NDArray[np.intp]:
        """Return the codes of the classes that are left without some folds."""
        return np.flatnonzero(self.counts[:, self._kept(held_out)].sum(axis=(0, 1)))

    def _kept(self, held_out):
        return [fold for fold in range(self.n_folds) if fold not in held_out]


def read_labelled(
    client: Any,
    features: Features,
    rows: list[Delayed],
    given: dict[str, Any],
    kind: str,
    n_folds: int,
    owner: str,
) -> Labelled:
    """Read labels, find the classes, and count rows by fold and class.

    Raises
    ------
    ValueError, TypeError
        If there are fewer than two classes, values that are no numbers, a fold without
        rows, or whatever a partition was refused for.
    """
    raw = persist(client, rows)
    classes = None
    if kind == "classification":
        found = fetch(client, [dask.delayed(_labels)(r) for r in raw])
        classes = _classes(found, owner)
    encode = dask.delayed(_encode)
    encoded = persist(client, [encode(r, classes, owner) for r in raw])
    n_classes = 1 if classes is None else len(classes)
    count = dask.delayed(_count)
    counted = fetch(client, [count(r, n_folds, n_classes) for r in encoded])
    counts = np.stack([part for part, _ in counted])
    with_weight = np.sum([weight for _, weight in counted], axis=0)
    if not with_weight.any() or (
        classes is not None and np.count_nonzero(with_weight) < 2
    ):
        raise ValueError(
            f"sample_weight of {owner} leaves weight on "
            f"{np.count_nonzero(with_weight)} class(es) or on no row; give some weight."
        )
    weighted, grouped = (
        given[name] is not None for name in ("sample_weight", "groups")
    )
    return Labelled(features, encoded, counts, classes, weighted, grouped)


def check_folds(labelled: Labelled, owner: str) -> None:
    """Raise unless each fold holds out some rows and leaves enough to train on.

    Warns where it leaves out a class.
    """
    by_fold = labelled.counts.sum(axis=(0, 2))
    n_folds = labelled.n_folds
    if not by_fold.all():
        raise ValueError(
            f"cv of {owner} is {n_folds}, but the index (or groups) leaves "
            f"{np.count_nonzero(by_fold == 0)} folds without rows; they have "
            f"{by_fold.tolist()}. Rows of the same index or group share a fold: use "
            "fewer folds, or an index with more different values."
        )
    if labelled.classes is None:
        return
    for fold in range(n_folds):
        present = labelled.present(frozenset([fold]))
        absent = np.delete(labelled.classes, present)
        if len(present) < 2:
            raise ValueError(
                f"Fold {fold} of {owner} holds out all rows of the classes "
                f"{absent.tolist()}, so its teacher has one class to learn. Use more "
                "folds or smaller groups."
            )
        if len(absent):
            warn(
                f"The teacher of fold {fold} of {owner} sees no row of the classes "
                f"{absent.tolist()}; it predicts probability 0 for them.",
            )


def _labels(rows: Rows) -> NDArray:
    return np.unique(rows.y)[: _MOST_CLASSES + 1]


def _classes(found, owner):
    classes = np.unique(np.concatenate([labels for labels in found if len(labels)]))
    check_classification_targets(classes)
    if not 2 <= len(classes) <= _MOST_CLASSES:
        raise ValueError(
            f"{owner} needs between 2 and {_MOST_CLASSES} classes in y; got "
            f"{len(classes)}: {classes[:5].tolist()}."
        )
    return classes


def _encode(rows, classes, owner):
    if classes is not None:
        return rows._replace(y=np.searchsorted(classes, rows.y).astype(np.int32))
    values = check_values(rows.y, owner) if len(rows.y) else rows.y.astype(np.float64)
    return rows._replace(y=values)


def _count(rows, n_folds, n_classes):
    codes = rows.y if n_classes > 1 else np.zeros(len(rows.y), dtype=np.intp)
    counts = np.zeros((n_folds, n_classes), dtype=np.int64)
    np.add.at(counts, (rows.fold, codes), 1)
    weight = np.ones(len(codes)) if rows.weight is None else rows.weight
    with_weight = np.bincount(codes, weights=weight, minlength=n_classes)
    return counts, with_weight
