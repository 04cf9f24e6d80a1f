"""One peer in one group: prepared, trained block by block, and finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from skdistill.input._boosters import (
    expect_two_classes,
    final_step,
    get_threads,
    limit_threads,
    restore_threads,
)
from skdistill.input._checks import clone_estimator
from skdistill.input._classes import name_present_classes
from skdistill.input._rows import take_rows
from skdistill.input._unlabeled import StackedTargets
from skdistill.mutual._groups import Group
from skdistill.mutual.blocks import BlockTrainer, Round
from skdistill.students import StudentTask
from skdistill.students._pipelines import samplers
from skdistill.teachers._teacher import check_predictions


@dataclass(frozen=True)
class Peer:
    """One of the estimators that learn from one another.

    Attributes
    ----------
    name : str
        For messages.
    estimator : estimator
        A private, unfitted copy; may be a pipeline.
    block_trainer : BlockTrainer
        How its last step is trained in rounds.
    X : {array-like, sparse matrix, dataframe} or Stacked of shape \
            (n_samples, n_features)
        The peer's columns of all rows, those with a label first.
    targets : StackedTargets
        Labels of all rows, and the peer's row weights.
    """

    name: str
    estimator: Any
    block_trainer: BlockTrainer
    X: Any
    targets: StackedTargets


@dataclass
class PeerState:
    """How far a peer of a group has got.

    Attributes
    ----------
    estimator : estimator
        The last step, unfitted.
    heads : list of list of (str, transformer)
        The fitted earlier steps of nested pipelines, outermost first.
    X_labeled, X : {array-like, sparse matrix, dataframe}
        What the last step is trained on in round 0, and from round 1 on; one object
        where all rows have a label.
    X_predicted : {array-like, sparse matrix, dataframe}
        What it predicts after each round; the object X where the rows are the same.
    X_scored : {array-like, sparse matrix, dataframe}
        What it predicts after the last round.
    model : model or None
        As far as it is trained.
    """

    estimator: Any
    heads: list[list]
    X_labeled: Any
    X: Any
    X_predicted: Any
    X_scored: Any
    model: Any = None


def prepare_peer(peer: Peer, group: Group, y: NDArray, n_at_a_time: int) -> PeerState:
    """Fit the earlier steps of a pipeline, once, on the labels as they are.

    Parameters
    ----------
    peer : Peer
        The peer.
    group : Group
        The rows.
    y : ndarray
        The user's labels, or values.
    n_at_a_time : int
        Peers that are trained at a time.
    """
    estimator = limit_threads(clone_estimator(peer.estimator), n_at_a_time)
    needed = (group.train, group.rows(1), group.predicted, group.scored)
    parts = {
        rows.tobytes(): take_rows(peer.X, rows) if len(rows) else None
        for rows in needed
    }
    everywhere, y = y, y[group.train]
    if is_classifier(estimator):
        classes = np.unique(everywhere)
        present = np.flatnonzero(np.isin(classes, y))
        name_present_classes(estimator, classes, present)
        if len(present) == 2:
            expect_two_classes(estimator)
    heads = []
    # What changes its rows is fitted as it is; see `check_head`.
    while isinstance(estimator, Pipeline) and not samplers(estimator):
        heads.append(estimator.steps[:-1])
        if heads[-1]:
            transform = estimator[:-1]
            first, *others = parts
            parts[first] = transform.fit_transform(parts[first], y)
            for key in others:
                if parts[key] is not None:
                    parts[key] = transform.transform(parts[key])
            heads[-1] = transform.steps
        estimator = estimator.steps[-1][1]
    return PeerState(estimator, heads, *(parts[rows.tobytes()] for rows in needed))


def train_round(
    peer: Peer, state: PeerState, task: StudentTask, current: Round
) -> tuple[Any, NDArray | None]:
    """Train one more block; return the model and its predictions, if there are any."""
    trainer = peer.block_trainer
    X = state.X if current.number else state.X_labeled
    try:
        model = trainer.train_block(state.estimator, state.model, X, task, current)
    except Exception as error:
        error.add_note(
            f"Raised by the peer {peer.name!r}, {type(state.estimator).__name__}, on "
            f"{X.shape[0]} rows."
        )
        raise
    X = state.X_scored if current.is_last else state.X_predicted
    if X is None:
        return model, None
    predicted = np.asarray(trainer.predict(model, X, task), dtype=np.float64)
    if task.classes is None:
        predicted = predicted.reshape(len(predicted), *task.targets.shape[1:])
    check_predictions(predicted, task.classes, f"The peer {peer.name!r}")
    return model, predicted


def finish_peer(peer: Peer, state: PeerState, task: StudentTask) -> Any:
    """Turn what was trained into a plain fitted estimator of the peer's class."""
    last = final_step(peer.estimator)
    fitted = peer.block_trainer.finish(last, state.model, state.X, task)
    fitted = restore_threads(fitted, get_threads(last))
    return _reassembled(clone_estimator(peer.estimator), state.heads, fitted)


def _reassembled(estimator, heads, fitted):
    if not heads:
        return fitted
    name, last = estimator.steps[-1]
    estimator.steps = [*heads[0], (name, _reassembled(last, heads[1:], fitted))]
    return estimator
