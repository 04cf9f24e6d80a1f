"""One peer in one group: how it is prepared, learns a block, answers, and ends."""

from __future__ import annotations

from dataclasses import dataclass, field
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
from skdistill.input._responses import student_predictions
from skdistill.input._sklearn import safe_indexing
from skdistill.mutual.blocks import BlockTrainer, Round
from skdistill.students import StudentTask
from skdistill.teachers._teacher import check_predictions


@dataclass(frozen=True)
class Peer:
    """One of those who learn from one another.

    Attributes
    ----------
    name : str
        For messages.
    estimator : estimator
        A private, unfitted copy; may be a pipeline.
    growth : Growth
        How its last step learns in rounds.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        The peer's columns of all rows.
    weight : ndarray of shape (n_samples,) or None
        Row weights.
    """

    name: str
    estimator: Any
    block_trainer: BlockTrainer
    X: Any
    weight: NDArray | None


@dataclass
class PeerState:
    """A peer in a group, on its way.

    Attributes
    ----------
    estimator : estimator
        The last step, unfitted.
    heads : list of list of (str, transformer)
        The fitted earlier steps of nested pipelines, outermost first.
    X, X_asked : {array-like, sparse matrix, dataframe}
        What the last step is trained on, and what it answers for.
    model : model or None
        As far as it has grown.
    """

    estimator: Any
    heads: list[list] = field(default_factory=list)
    X: Any = None
    X_asked: Any = None
    model: Any = None


def prepare(
    peer: Peer,
    rows: NDArray[np.intp],
    asked: NDArray[np.intp],
    y: NDArray,
    n_at_a_time: int,
) -> PeerState:
    """Fit the earlier steps of a pipeline, once, on the rows and labels as they are.

    Parameters
    ----------
    peer : Peer
        The peer.
    rows, asked : ndarray of int
        What it learns from, and what it answers for.
    y : ndarray
        The user's labels, or values, of all rows.
    n_at_a_time : int
        Members that are trained at a time.
    """
    estimator = limit_threads(clone_estimator(peer.estimator), n_at_a_time)
    X = safe_indexing(peer.X, rows)
    same = np.array_equal(rows, asked)
    X_asked = X if same else safe_indexing(peer.X, asked)
    y = y[rows]
    if is_classifier(estimator) and len(np.unique(y)) == 2:
        expect_two_classes(estimator)
    heads = []
    while isinstance(estimator, Pipeline):
        *head, (_, last) = estimator.steps
        if head:
            transform = estimator[:-1]
            X = transform.fit_transform(X, y)
            X_asked = transform.transform(X_asked) if len(asked) else X_asked
            head = transform.steps
        heads.append(head)
        estimator = last
    return PeerState(estimator, heads, X, X_asked)


def train_round(
    block_trainer: BlockTrainer,
    member: PeerState,
    task: StudentTask,
    turn: Round,
    answers: bool,
) -> tuple[Any, NDArray | None]:
    """Let a member learn one block and, if it is to, answer what it is asked for."""
    model = block_trainer.grow(member.estimator, member.model, member.X, task, turn)
    if not answers:
        return model, None
    if not member.X_asked.shape[0]:
        return model, np.empty((0, *task.targets.shape[1:]))
    answer = block_trainer.answer(model, member.X_asked, task)
    return model, _checked(answer, task, member.estimator)


def ask(model: Any, X: Any, task: StudentTask) -> NDArray:
    """Let a finished peer answer."""
    answer = student_predictions(model, X, task.loss, task.classes)
    return _checked(answer, task, model)


def _checked(answer, task, estimator):
    answer = np.asarray(answer, dtype=np.float64)
    if task.classes is None:
        answer = answer.reshape(len(answer), *task.targets.shape[1:])
    check_predictions(answer, task.classes, f"The peer {type(estimator).__name__}")
    return answer


def finish(peer: Peer, member: PeerState, task: StudentTask) -> Any:
    """Turn a member into a plain fitted estimator of the peer's class."""
    estimator = peer.estimator
    last = final_step(estimator)
    fitted = peer.block_trainer.finish(last, member.model, member.X, task)
    fitted = restore_threads(fitted, get_threads(last))
    return _reassembled(clone_estimator(estimator), member.heads, fitted)


def _reassembled(estimator, heads, fitted):
    if not heads:
        return fitted
    name, last = estimator.steps[-1]
    estimator.steps = [*heads[0], (name, _reassembled(last, heads[1:], fitted))]
    return estimator
