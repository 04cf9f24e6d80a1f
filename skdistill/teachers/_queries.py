"""Queries to a fold teacher beside its predictions, and how folds are put together.

A query is a plain value: with the teacher and its data it decides the result, and so it
enters the cache's key. `run` is called where the fold teacher is, is given its
predictions of the rows, and may let it predict others; `collect` brings the results of
all folds into one array, one row for each training row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import orthogonal_procrustes

from skdistill.input._row_sets import rows_of_any
from skdistill.input._rows import average_rows, take_rows
from skdistill.input._splits import Split
from skdistill.teachers._reduction import Reduction
from skdistill.teachers._relations import relate
from skdistill.teachers._representation import represent

# Rows that every fold teacher represents. Enough for the few numbers of a rotation.
_ANCHORS = 2_000


def anchor_rows(n_samples: int) -> NDArray[np.intp]:
    """Rows that all fold teachers represent: all, or as many spread over the data."""
    return np.unique(np.linspace(0, n_samples - 1, _ANCHORS).astype(np.intp))


@dataclass(frozen=True)
class FeatureQuery:
    """Find where a row is in the teacher's representation.

    Fold teachers have different bases. The results of each are rotated, by orthogonal
    Procrustes on the anchors outside both test parts, to those of the first. So
    where a row is comes from a teacher that did not see it, up to one rotation shared
    by all rows of the fold; distances within a fold are untouched. The first fold's
    teacher is as good a reference as one trained on all rows, and costs no fit.

    Attributes
    ----------
    representation : "auto" or callable
        See `represent`.
    match : {"values", "boundary"}
        See `represent`.
    n_components : int
        Dimensions.
    anchors : ndarray of int
        Rows that decide on dimensions and rotations.
    weight : ndarray of shape (n_anchors,) or None
        Weights of the anchors.
    """

    representation: Any
    match: str
    n_components: int
    anchors: NDArray[np.intp]
    weight: NDArray[np.float64] | None = None

    def run(
        self, teacher: Any, X: Any, rows: NDArray, predicted: NDArray, predict: Callable
    ) -> tuple[NDArray, NDArray]:
        """Return the dimensions of the rows, and of the anchors."""
        at_anchors, at_rows = (
            represent(teacher, take_rows(X, which), self.representation, self.match)
            for which in (self.anchors, rows)
        )
        reduce = Reduction(at_anchors, self.n_components, self.weight)
        return reduce(at_rows), reduce(at_anchors)

    def collect(
        self, splits: Sequence[Split], results: Sequence, n_samples: int
    ) -> NDArray[np.float64]:
        """Rotate each fold's results to the first fold's, and average for each row."""
        weight = np.ones(len(self.anchors)) if self.weight is None else self.weight
        reference, first_test = results[0][1], splits[0][1]
        rotated = []
        for (_, test), (values, at_anchors) in zip(splits, results, strict=True):
            seen = ~np.isin(self.anchors, rows_of_any(test, first_test))
            seen = seen if seen.any() else np.ones_like(seen)
            root = np.sqrt(weight[seen])[:, None]
            rotation, _ = orthogonal_procrustes(
                root * at_anchors[seen], root * reference[seen]
            )
            rotated.append((test, values @ rotation))
        return average_rows(rotated, (n_samples, self.n_components))


@dataclass(frozen=True)
class RelationQuery:
    """Find how a row stands to the landmarks.

    Both ends of a relation are placed by the same fold teacher, one that did not see
    the row, so folds need no common basis.

    Attributes
    ----------
    kind : {"distance", "angle", "similarity"}
        See `relate`.
    space : {"representation", "response"}
        Where rows are placed.
    representation : "auto" or callable
        See `represent`.
    n_components : int
        Dimensions of the representation.
    landmarks : ndarray of int
        Rows.
    anchors : ndarray of int
        Rows that decide on the dimensions of the representation.
    """

    kind: str
    space: str
    representation: Any
    n_components: int
    landmarks: NDArray[np.intp]
    anchors: NDArray[np.intp]

    def run(
        self, teacher: Any, X: Any, rows: NDArray, predicted: NDArray, predict: Callable
    ) -> tuple[NDArray]:
        """Return the relations of the rows to the landmarks."""
        at_landmarks = take_rows(X, self.landmarks)
        if self.space == "response":
            places = [
                values.reshape(len(values), -1)
                for values in (predicted, predict(at_landmarks))
            ]
        else:
            reduce = Reduction(
                represent(teacher, take_rows(X, self.anchors), self.representation),
                self.n_components,
            )
            places = [
                reduce(represent(teacher, at, self.representation))
                for at in (take_rows(X, rows), at_landmarks)
            ]
        return (relate(self.kind, places[0], places[1]),)

    def collect(
        self, splits: Sequence[Split], results: Sequence, n_samples: int
    ) -> NDArray[np.float64]:
        """Average for each row."""
        parts = zip(
            (test for _, test in splits), (by_row for (by_row,) in results), strict=True
        )
        return average_rows(parts, (n_samples, len(self.landmarks)))
