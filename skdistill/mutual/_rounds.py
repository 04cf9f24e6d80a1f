"""Rounds of online distillation.

In round 0 every peer is trained on a first block from the labels. In a later one it is
trained on the next block, from the mixture of the labels and the mean of what the other
peers predicted at the end of the round before; ``_groups.py`` says which ones.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray

from skdistill.input._classes import expand_classes
from skdistill.input._parallel import run_in_threads
from skdistill.input._preparation import TrainingData
from skdistill.input._rows import average_rows
from skdistill.input._targets import present_codes
from skdistill.input._warnings import tell
from skdistill.mutual._groups import Group, mean_of_others
from skdistill.mutual._peers import (
    Peer,
    PeerState,
    finish_peer,
    prepare_peer,
    train_round,
)
from skdistill.mutual.blocks import Round
from skdistill.objectives import Response
from skdistill.selection._comparison import row_loss
from skdistill.students import Loss, StudentTask, adapter_for
from skdistill.teachers._crossfit import ExecutionConfig

# Group and peer.
Place = tuple[int, int]


@dataclass(frozen=True)
class RoundsPlan:
    """What the rounds need, checked.

    Attributes
    ----------
    peers : list of Peer
        At least two.
    groups : list of Group
        The first is deployed.
    data : TrainingData
        Labels and row weights.
    objective : Response
        Makes the tasks.
    loss : Loss
        On all rows; a group that lacks a class has fewer outputs.
    n_rounds : int
        Rounds at most.
    tol : float
        Change of a prediction that counts as none.
    seed : int
        For routes that draw at random.
    """

    peers: list[Peer]
    groups: list[Group]
    data: TrainingData
    objective: Response
    loss: Loss
    n_rounds: int
    tol: float
    seed: int

    def places(self, current: Round) -> list[Place]:
        """Return what is trained in a round: in the last one, no inner groups."""
        return [
            (g, p)
            for g, group in enumerate(self.groups)
            if g == 0 or len(group.scored) or not current.is_last
            for p in range(len(self.peers))
        ]


def run_rounds(
    plan: RoundsPlan, execution: ExecutionConfig
) -> tuple[list[Any], NDArray[np.float64], str]:
    """Train the peers of all groups, round after round.

    Returns
    -------
    models : list of estimators
        The deployed peers.
    scores : ndarray of shape (n_rounds, n_peers + 1)
        Of each peer and of their mean, by round.
    reason : str
        Why it ended there.
    """
    states = _prepare(plan, execution.n_jobs)
    predictions: dict[Place, NDArray] = {}
    scores: list[list[float]] = []
    reason = None
    while reason is None:
        start = time.perf_counter()
        current, before = Round(len(scores), plan.n_rounds), predictions
        tasks = {
            place: make_task(plan, *place, predictions, current)
            for place in plan.places(current)
        }
        # Boosters that are being trained stay where they are.
        outcomes = run_in_threads(
            execution.n_jobs,
            train_round,
            (
                (plan.peers[place[1]], states[place], task, current)
                for place, task in tasks.items()
            ),
        )
        predictions = {}
        for place, (model, predicted) in zip(tasks, outcomes, strict=True):
            states[place].model = model
            if predicted is not None:
                predictions[place] = _for_all_classes(plan, tasks[place], predicted)
        scores.append(score_round(plan, predictions, current))
        if execution.verbose:
            _print_scores(plan, scores, time.perf_counter() - start)
        reason = reason_to_stop(plan, current, before, predictions)
    models = [
        finish_peer(peer, states[0, p], tasks[0, p])
        for p, peer in enumerate(plan.peers)
    ]
    return models, np.array(scores), reason


def _prepare(plan: RoundsPlan, n_jobs: int | None) -> dict[Place, PeerState]:
    places = plan.places(Round(0, 2))
    at_a_time = min(effective_n_jobs(n_jobs), len(places))
    data = plan.data
    y = data.target if data.classes is None else data.classes[data.target]
    tasks = ((plan.peers[p], plan.groups[g], y, at_a_time) for g, p in places)
    return dict(zip(places, run_in_threads(n_jobs, prepare_peer, tasks), strict=True))


def make_task(
    plan: RoundsPlan,
    number: int,
    peer: int,
    predictions: dict[Place, NDArray],
    current: Round,
) -> StudentTask:
    """Make the task of one peer of a group in a round.

    A group has the classes that its rows have. Rows that nobody predicts keep their
    label.
    """
    rows, classes = plan.groups[number].rows(current.number), plan.data.classes
    targets, labeled = plan.peers[peer].targets, None
    labels, weight = targets.labels[rows], targets.weight
    values, loss, correction = None, replace(plan.loss, alpha=0.0), None
    if current.number:
        loss, correction = plan.loss, plan.objective.correction
        n_samples = len(targets.labels)
        values = mean_of_others(plan.groups, number, peer, predictions, n_samples)[rows]
        if targets.labeled is not None:
            labeled = targets.labeled[rows]
    task = plan.objective.task(
        loss,
        values,
        labels,
        classes,
        None if weight is None else weight[rows],
        plan.seed + current.number,
        correction=correction,  # type: ignore[arg-type]  # "auto" is refused.
        adapter=adapter_for(plan.peers[peer].estimator),
        labeled=labeled,
    )
    if classes is None:
        return task
    return task.with_classes(present_codes(plan.data.target[plan.groups[number].train]))


def _for_all_classes(plan, task, predicted):
    if task.classes is None:
        return predicted
    codes = np.searchsorted(plan.data.classes, task.classes)
    return expand_classes(predicted, codes, len(plan.data.classes))


def score_round(
    plan: RoundsPlan, predictions: dict[Place, NDArray], current: Round
) -> list[float]:
    """Score each peer, and then their mean, by the loss on the true labels."""
    by_peer = []
    for peer in range(len(plan.peers)):
        parts = []
        for g, group in enumerate(plan.groups):
            if len(group.scored):
                values = predictions[g, peer]
                if not current.is_last:
                    values = values[np.searchsorted(group.predicted, group.scored)]
                parts.append((group.scored, values))
        shape = (plan.data.n_samples, *parts[0][1].shape[1:])
        by_peer.append(average_rows(parts, shape))
    by_peer.append(np.mean(by_peer, axis=0))
    scored = np.unique(np.concatenate([group.scored for group in plan.groups]))
    weight, y = plan.data.weight, plan.data.target[scored]
    return [
        -float(
            np.average(
                row_loss(values[scored], y, plan.loss.kind, plan.loss.clip),
                weights=None if weight is None else weight[scored],
            )
        )
        for values in by_peer
    ]


def reason_to_stop(
    plan: RoundsPlan,
    current: Round,
    before: dict[Place, NDArray],
    predictions: dict[Place, NDArray],
) -> str | None:
    """Say why there is no further round; None if there is one."""
    if current.is_last:
        return "alpha_is_zero" if plan.loss.alpha == 0.0 else "max_rounds"
    refitted = all(peer.block_trainer.name == "refit" for peer in plan.peers)
    if not refitted or not before:
        return None
    changes = (np.abs(predictions[p] - before[p]).max(initial=0.0) for p in before)
    return "no_change" if all(change <= plan.tol for change in changes) else None


def _print_scores(
    plan: RoundsPlan, scores: Sequence[Sequence[float]], seconds: float
) -> None:
    names = [*(peer.name for peer in plan.peers), "mean"]
    shown = ", ".join(
        f"{name} {score:.4f}" for name, score in zip(names, scores[-1], strict=True)
    )
    tell(f"round {len(scores) - 1}: {shown}, {seconds:.1f} s")
