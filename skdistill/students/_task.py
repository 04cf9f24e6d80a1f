"""What a student is to match: the value that objectives hand to adapters.

``Loss`` is all that is known before any teacher is trained, so that an impossible
combination fails early. ``StudentTask`` adds the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from skdistill.input._rows import places_of
from skdistill.teachers._fits import FitStore

if TYPE_CHECKING:
    from skdistill.students._adapter import StudentAdapter


@dataclass(frozen=True)
class Loss:
    """The student's loss, as far as it is known before the teacher is trained.

    In classification::

        alpha * T**2 * CE(softmax(log q / T), softmax(z / T))
            + (1 - alpha) * CE(y, softmax(z))

    In regression ``alpha / 2 * (q - z)**2 + (1 - alpha) / 2 * (y - z)**2``.

    Attributes
    ----------
    kind : {"classification", "regression"}
        What is learnt.
    alpha : float
        Weight of the teacher, in [0, 1].
    n_outputs : int
        Number of classes, or of regression outputs.
    temperature : float
        T above; 1 in regression.
    scale : {"probability", "logit"}
        What a regressor is trained on in classification.
    clip : float
        Probabilities are kept at least this far from 0 (and, for two classes, from 1)
        before a logarithm is taken.
    auxiliary : tuple of {"feature", "distance", "angle", "similarity"}
        What is to be learnt on top of the responses.
    unlabeled : bool
        Whether some rows will have no label.
    """

    kind: Literal["classification", "regression"]
    alpha: float
    n_outputs: int
    temperature: float = 1.0
    scale: Literal["probability", "logit"] = "probability"
    clip: float = 1e-3
    auxiliary: tuple[str, ...] = ()
    unlabeled: bool = False

    @property
    def n_targets(self) -> int:
        """Outputs of a regressor that learns the responses."""
        two_classes = self.kind == "classification" and self.n_outputs == 2
        return 1 if two_classes else self.n_outputs


@dataclass(frozen=True)
class AuxiliaryTarget:
    """What a student learns on top of the responses.

    Attributes
    ----------
    name : {"feature", "distance", "angle", "similarity"}
        The teacher's representation, or a kind of relation, see `relate`.
    weight : float
        Against the responses.
    values : ndarray of shape (n_samples, n_outputs)
        Where the teacher places the rows, or how it relates them to the landmarks.
    landmarks : ndarray of int of shape (n_outputs,) or None
        Where among the rows the landmarks are; -1 for one that is not.
    """

    name: str
    weight: float
    values: NDArray[np.float64]
    landmarks: NDArray[np.intp] | None = None

    def rows(self, rows: NDArray[np.intp]) -> AuxiliaryTarget:
        """Return what is to be learnt about some of the rows."""
        landmarks = self.landmarks
        if landmarks is not None:
            place = places_of(rows, len(self.values))
            landmarks = np.where(landmarks >= 0, place[landmarks], -1)
        return replace(self, values=self.values[rows], landmarks=landmarks)


_BY_ROW = ("targets", "responses", "labels", "sample_weight", "alphas", "labeled")


@dataclass(frozen=True)
class StudentTask:
    """The rows a student is trained on, without the features.

    Attributes
    ----------
    loss : Loss
        The loss to minimise.
    targets : ndarray of shape (n_samples, n_classes), (n_samples,) or \
            (n_samples, n_outputs)
        The one target that stands for both terms of the loss at temperature 1:
        alpha * responses + (1 - alpha) * labels.
    responses : ndarray of the shape of `targets`
        The teacher's out-of-fold responses q.
    labels : ndarray
        In classification the codes 0..k-1 of shape (n_samples,), in regression y.
    classes : ndarray of shape (n_classes,) or None
        The user's labels in the order of the codes; None in regression.
    sample_weight : ndarray of shape (n_samples,) or None
        Row weights.
    seed : int
        For routes that draw at random.
    auxiliary : tuple of AuxiliaryTarget
        What is to be learnt on top, as ``loss.auxiliary`` announced.
    alphas : ndarray of shape (n_samples,) or None
        Weight of the teacher for each row, where it is not ``loss.alpha`` for all:
        1 for an unlabeled row, 0 for a row without teacher predictions.
    labeled : ndarray of bool of shape (n_samples,) or None
        Which rows have a label; None is all. `labels` holds the most probable class
        (or the prediction) for the others, which count for nothing but the targets:
        not for class weights, splits, early stopping or supervised preprocessing.
    source : ndarray of int of shape (n_samples,) or None
        The row that each is a copy of, or itself; None where there are no copies. A
        copy does not train what its row is held out from.
    adapter : StudentAdapter or None
        What trains the student. It is found where the task is made, since a worker
        process does not have the adapters that were registered; None is looked up where
        the student is trained.
    store : FitStore or None
        Where equal fits are looked up.
    """

    loss: Loss
    targets: NDArray[np.float64]
    responses: NDArray[np.float64]
    labels: NDArray
    classes: NDArray | None = None
    sample_weight: NDArray[np.float64] | None = None
    seed: int = 0
    auxiliary: tuple[AuxiliaryTarget, ...] = ()
    alphas: NDArray[np.float64] | None = None
    labeled: NDArray[np.bool_] | None = None
    source: NDArray[np.intp] | None = None
    adapter: StudentAdapter | None = None
    store: FitStore | None = None

    @property
    def y(self) -> NDArray:
        """What the student would be trained on without a teacher."""
        return self.labels if self.classes is None else self.classes[self.labels]

    def rows(self, rows: NDArray[np.intp]) -> StudentTask:
        """Return the task on some of its rows."""
        by_row = {
            name: values[rows]
            for name in _BY_ROW
            if (values := getattr(self, name)) is not None
        }
        if self.source is not None:
            by_row["source"] = places_of(rows, len(self.labels))[self.source[rows]]
        auxiliary = tuple(item.rows(rows) for item in self.auxiliary)
        return replace(self, auxiliary=auxiliary, **by_row)

    @property
    def labeled_rows(self) -> NDArray[np.intp]:
        """Rows that have a label."""
        if self.labeled is None:
            return np.arange(len(self.labels))
        return np.flatnonzero(self.labeled)

    def copies_of(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Find the copies of some rows with a label."""
        if self.source is None:
            return np.empty(0, dtype=np.intp)
        copies = np.isin(self.source, rows)
        copies[rows] = False
        return np.flatnonzero(copies)

    def class_mass(self, *, weighted: bool = True) -> NDArray:
        """Sum up the weights, or the number, of the labeled rows of each class."""
        rows = self.labeled_rows
        weight = self.sample_weight if weighted else None
        weight = None if weight is None else weight[rows]
        return np.bincount(self.labels[rows], weight, minlength=self.loss.n_outputs)

    def with_classes(self, codes: NDArray[np.intp]) -> StudentTask:
        """Return the task with the classes of some codes only.

        Rows keep the proportions of these classes, or else their label.
        """
        if self.classes is None or len(codes) == self.loss.n_outputs:
            return self
        targets = self.targets[:, codes]
        labels = np.searchsorted(codes, self.labels)
        without = ~np.isin(self.labels, codes)
        labels[without] = targets[without].argmax(axis=1)
        hard = np.eye(len(codes))[labels]

        def in_proportion(values: NDArray) -> NDArray:
            total = values.sum(axis=1, keepdims=True)
            return np.divide(values, total, out=hard.copy(), where=total > 0.0)

        return replace(
            self,
            loss=replace(self.loss, n_outputs=len(codes)),
            targets=in_proportion(targets),
            responses=in_proportion(self.responses[:, codes]),
            labels=labels,
            classes=self.classes[codes],
        )

    def weighted_by_class(self, class_weight: NDArray[np.float64]) -> StudentTask:
        """Turn weights of classes into weights of rows, exactly.

        sum_c w_c t_c log p_c is the cross-entropy to w * t / sum(w * t), times
        sum(w * t); libraries that take soft targets ignore or refuse class weights.
        """
        weighted = self.targets * class_weight
        total = weighted.sum(axis=1)
        # A row whose classes all weigh nothing keeps its target, with no weight.
        weighted[total == 0.0] = self.targets[total == 0.0]
        row_weight = total if self.sample_weight is None else self.sample_weight * total
        return replace(
            self,
            targets=weighted / weighted.sum(axis=1, keepdims=True),
            sample_weight=row_weight,
        )
