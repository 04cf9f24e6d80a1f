"""Rounds of online distillation: peers learn a block, answer, and hear the others.

In round 0 every peer learns its first block from the labels. In a later one it learns
a block from the mixture of the labels and the mean of what the *other* peers answered
at the end of the round before.

Without folds, peers exchange what they answer for the rows they learn from. With
folds, `Group` after `Group` of the same peers is trained side by side:

- the deployed one, on all rows, hears for each fold those who do not know the fold;
- those, trained on all but a fold, are scored on it, and hear for each other fold
  those who know neither;
- these, trained on all but two folds, exchange among themselves.

So no answer for a row comes from peers that know the row's label, be it only by way of
whom they heard. With K folds that is K + (K - 1)(K - 2) / 2 times the cost of the peers
alone.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.parallel import Parallel, delayed

from skdistill.input._sklearn import safe_indexing
from skdistill.input._targets import as_predictions, present_codes
from skdistill.mutual._groups import Group
from skdistill.mutual._peers import Peer, ask, finish, prepare, train_round
from skdistill.mutual.blocks import Round
from skdistill.objectives import Response
from skdistill.selection._selection import row_loss
from skdistill.students import Loss, StudentTask
from skdistill.teachers._crossfit import ExecutionConfig


@dataclass(frozen=True)
class RoundsPlan:
    """Everything the rounds need, checked.

    Attributes
    ----------
    peers : list of Peer
        At least two.
    groups : list of Group
        The first is deployed.
    scored : list of (int, ndarray of int)
        Which groups are scored on which rows.
    target, classes : ndarray, ndarray or None
        Class codes and the user's labels, or values and None.
    weight : ndarray of shape (n_samples,) or None
        Row weights of the scores.
    objective : Response
        Makes the tasks.
    loss : Loss
        On all rows; a group that lacks a class has fewer outputs.
    n_rounds : int
        Rounds at most.
    tol : float
        Change of an answer that counts as none.
    seed : int
        For routes that draw at random.
    """

    peers: list[Peer]
    groups: list[Group]
    scored: list[tuple[int, NDArray[np.intp]]]
    target: NDArray
    classes: NDArray | None
    weight: NDArray | None
    objective: Response
    loss: Loss
    n_rounds: int
    tol: float
    seed: int


@dataclass(frozen=True)
class RoundsResult:
    """What came of the rounds.

    Attributes
    ----------
    models : list of estimators
        The deployed peers.
    scores : ndarray of shape (n_rounds, n_peers + 1)
        Of each peer and of their mean, by round.
    reason : str
        Why it ended there.
    """

    models: list[Any]
    scores: NDArray[np.float64]
    reason: str


def run_rounds(plan: RoundsPlan, execution: ExecutionConfig) -> RoundsResult:
    """Let the peers of all groups learn, answer and hear, round after round."""
    peers, groups = plan.peers, plan.groups
    # Boosters on their way stay where they are.
    pool = Parallel(n_jobs=execution.n_jobs, require="sharedmem")
    at_a_time = min(effective_n_jobs(execution.n_jobs), len(groups) * len(peers))
    places = [(g, p) for g in range(len(groups)) for p in range(len(peers))]
    y = plan.target
    if plan.classes is not None:
        y = plan.classes[y]
    prepared = pool(
        delayed(prepare)(peers[p], groups[g].rows, groups[g].asked, y, at_a_time)
        for g, p in places
    )
    members = dict(zip(places, prepared, strict=True))
    answers: dict[tuple[int, int], NDArray] = {}
    scores: list[list[float]] = []
    reason = None
    while reason is None:
        start = time.perf_counter()
        turn = Round(len(scores), plan.n_rounds)
        tasks = {
            (g, p): make_task(plan, g, p, answers, turn.number)
            for g, p in _active(plan, places, turn)
        }
        # Nobody hears the last answers, and few rows are scored: those come from what
        # is deployed.
        silent = [] if groups[0].hears or not turn.is_last else places
        with warnings.catch_warnings():
            # One block of epochs need not converge.
            for module in (r"sklearn\.neural_network", r".*_stochastic_gradient"):
                warnings.filterwarnings(
                    "ignore", category=ConvergenceWarning, module=module
                )
            outcomes = pool(
                delayed(train_round)(
                    peers[p].block_trainer,
                    members[g, p],
                    task,
                    turn,
                    (g, p) not in silent,
                )
                for (g, p), task in tasks.items()
            )
        before = dict(answers)
        for (g, p), (model, answer) in zip(tasks, outcomes, strict=True):
            members[g, p].model = model
            if answer is not None:
                answers[g, p] = _aligned(plan, groups[g], answer)
        reason = _reason_to_stop(plan, answers, before, turn)
        if reason is not None:
            models = [
                finish(peer, members[0, p], tasks[0, p]) for p, peer in enumerate(peers)
            ]
            for _, p in silent:
                answers[0, p] = _late_answer(plan, p, models[p], tasks[0, p])
        scores.append(_scores(plan, answers))
        if execution.verbose:
            shown = ", ".join(
                f"{name} {score:.4f}"
                for name, score in zip(
                    [*(peer.name for peer in peers), "mean"], scores[-1], strict=True
                )
            )
            seconds = time.perf_counter() - start
            print(
                f"[skdistill] round {turn.number}: {shown}, {seconds:.1f} s", flush=True
            )
    return RoundsResult(models, np.array(scores), reason)


def make_task(
    plan: RoundsPlan,
    group_number: int,
    peer: int,
    answers: dict[tuple[int, int], NDArray],
    number: int,
) -> StudentTask:
    """State what a peer of a group is to learn in a round.

    A group knows the classes that its rows have. Rows for which nobody answers keep
    their label.
    """
    group = plan.groups[group_number]
    target, classes = plan.target, plan.classes
    weight = plan.peers[peer].weight
    alpha = plan.loss.alpha if number else 0.0
    values = None
    labels = target[group.rows]
    if number:
        values = _heard(plan, group_number, peer, answers)
    if classes is not None:
        present = present_codes(labels)
        labels = np.searchsorted(present, labels)
        classes = classes[present]
        if values is not None and len(present) < values.shape[1]:
            values = _restricted(values, present, labels)
    n_outputs = labels[:1].size if classes is None else len(classes)
    return plan.objective.task(
        replace(plan.loss, alpha=alpha, n_outputs=n_outputs),
        values,
        labels,
        classes,
        None if weight is None else weight[group.rows],
        plan.seed + number,
        correction=plan.objective.correction if number else None,
    )


def _heard(plan, number, peer, answers):
    """Mean answer of the other peers for each row of a group."""
    group = plan.groups[number]
    others = [p for p in range(len(plan.peers)) if p != peer]
    hard = as_predictions(plan.target, plan.classes)
    total = np.zeros(hard.shape)
    count = np.zeros(len(hard))
    for source, rows in group.hears or ((number, group.rows),):
        at = np.searchsorted(plan.groups[source].asked, rows)
        total[rows] += np.mean([answers[source, p][at] for p in others], axis=0)
        count[rows] += 1
    total, count, hard = (array[group.rows] for array in (total, count, hard))
    covered = count > 0
    values = hard.copy()
    values[covered] = (total[covered].T / count[covered]).T
    return values


def _restricted(values, present, labels):
    """Probabilities of the classes that are present; the label's where none has any."""
    values = values[:, present]
    total = values.sum(axis=1, keepdims=True)
    hard = np.eye(len(present))[labels]
    return np.divide(values, total, out=hard, where=total > 0)


def _aligned(plan, group, answer):
    """Answers for all classes, zero for those the group does not know."""
    if plan.classes is None:
        return answer
    present = present_codes(plan.target[group.rows])
    aligned = np.zeros((len(answer), len(plan.classes)))
    aligned[:, present] = answer
    return aligned


def _active(plan, places, turn):
    """Places that have something to do: nobody waits for the last inner answers."""
    if not turn.is_last:
        return places
    input_spec = {0, *(group for group, _ in plan.scored)}
    return [place for place in places if place[0] in input_spec]


def _late_answer(plan, p, model, task):
    """Answers of a deployed peer for the rows that are scored, zero for the others."""
    ((_, rows),) = plan.scored
    answer = ask(model, safe_indexing(plan.peers[p].X, rows), task)
    answers = np.zeros((len(plan.target), *answer.shape[1:]))
    answers[rows] = answer
    return answers


def _scores(plan, answers):
    """Mean score of each peer and of their mean."""
    n_peers = len(plan.peers)
    shape = as_predictions(plan.target[:1], plan.classes).shape[1:]
    total = np.zeros((n_peers, len(plan.target), *shape))
    count = np.zeros(len(plan.target))
    for group, rows in plan.scored:
        at = np.searchsorted(plan.groups[group].asked, rows)
        for peer in range(n_peers):
            total[peer, rows] += answers[group, peer][at]
        count[rows] += 1
    known = count > 0
    predicted = [(peer[known].T / count[known]).T for peer in total]
    predicted.append(np.mean(predicted, axis=0))
    weight = None if plan.weight is None else plan.weight[known]
    loss, y = plan.loss, plan.target[known]
    return [
        -float(np.average(row_loss(p, y, loss.kind, loss.clip), weights=weight))
        for p in predicted
    ]


def _reason_to_stop(plan, answers, before, turn):
    if turn.is_last:
        return "alpha_is_zero" if plan.loss.alpha == 0.0 else "max_rounds"
    refitted = all(peer.block_trainer.name == "refit" for peer in plan.peers)
    if (
        turn.number
        and refitted
        and all(
            np.abs(answers[place] - before[place]).max(initial=0.0) <= plan.tol
            for place in answers
        )
    ):
        return "no_change"
    return None
