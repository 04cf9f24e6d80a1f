"""Check everything that can be checked before a peer is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from skdistill.input._boosters import check_polars_types, final_step
from skdistill.input._checks import check_count, check_in_interval
from skdistill.input._columns import SelectedColumns, select_columns
from skdistill.input._members import check_many_outputs, check_member
from skdistill.input._preparation import (
    FitInput,
    TrainingData,
    copy_member,
    draw_seeds,
    prepare_data,
)
from skdistill.input._routing import route_members
from skdistill.input._row_sets import rows_of_any
from skdistill.input._splits import held_out_splits
from skdistill.input._training_parts import check_training_parts, check_training_rows
from skdistill.input._unlabeled import UnlabeledData, rows_of_member
from skdistill.input._unlabeled_checks import check_unlabeled_for
from skdistill.mutual._groups import Group, make_groups
from skdistill.mutual._named_estimators import check_peer_features, check_peers
from skdistill.mutual._peers import Peer
from skdistill.mutual._rounds import RoundsPlan
from skdistill.mutual.blocks import BlockTrainer, RefitTrainer, block_trainer_for
from skdistill.objectives._mixture import check_objective
from skdistill.students._registry import check_takes_labels, member_route


def make_plan(
    model: Any, given: FitInput
) -> tuple[RoundsPlan, dict[str, SelectedColumns]]:
    """Make the plan of a fit, and resolve the columns of each peer.

    Parameters
    ----------
    model : MutualDistilledClassifier or MutualDistilledRegressor
        It is not changed.
    given : FitInput
        What `fit` was passed.

    Raises
    ------
    TypeError, ValueError
        If a parameter or the data do not allow the fit.
    """
    owner = type(model).__name__
    named = check_peers(model)
    for name, peer in named.items():
        check_member(peer, f"The peer {name!r}", owner, model._kind)
    features = check_peer_features(model, list(named))
    n_rounds = check_count(model.n_rounds, "n_rounds", owner)
    alpha = check_in_interval(model.alpha, "alpha", owner, 0.0, 1.0)
    tol = check_in_interval(model.tol, "tol", owner, 0.0, np.inf)
    objective = check_objective(model.objective, owner)
    _check_combine(model, list(named))
    data = prepare_data(model, given)
    for name, peer in named.items():
        check_takes_labels(peer, data.classes, f"peer {name!r} of {owner}")
    loss = objective.loss(model._kind, alpha, data.n_outputs)
    n_rounds = n_rounds if alpha > 0.0 else 1
    columns = {
        name: data.columns(spec, f"peer_features[{name!r}]")
        for name, spec in features.items()
    }
    for name, peer in named.items():
        check_polars_types(
            peer, f"peer {name!r} of {owner}", data.X, columns[name].positions
        )
    seed, *seeds = draw_seeds(model, len(named) + 1)
    copies = {
        name: copy_member(model, peer, data, columns[name].positions, own_seed)
        for (name, peer), own_seed in zip(named.items(), seeds, strict=True)
    }
    unlabeled = check_unlabeled_for(
        {f"peer {name!r}": peer for name, peer in copies.items()},
        np.unique(np.concatenate([spec.positions for spec in columns.values()])),
        data,
        given,
        used=n_rounds > 1,
    )
    loss = replace(loss, unlabeled=unlabeled is not None)
    for name, peer in copies.items():
        if data.target.ndim == 2:
            check_many_outputs(peer, f"peer {name!r}", owner)
        member_route(peer, loss, f"The peer {name!r} of {owner}")
    weights, split_params = route_members(model, copies, data.weight, given.params)
    peers = []
    for name, peer in copies.items():
        positions = columns[name].positions
        trainer: BlockTrainer = RefitTrainer()
        if n_rounds > 1:
            own = select_columns(data.X, positions)
            trainer = block_trainer_for(final_step(peer), loss, own)
        stacked = rows_of_member(data, unlabeled, positions, weights[name])
        peers.append(Peer(name, peer, trainer, *stacked))
    groups = _make_groups(model, data, unlabeled, split_params)
    for name, peer in copies.items():
        about = (data.classes, weights[name], f"The training part of peer {name!r}")
        for group in groups:
            check_training_rows(data.target, group.train, *about, peer, "a peer")
    plan = RoundsPlan(peers, groups, data, objective, loss, n_rounds, tol, seed)
    return plan, columns


def _make_groups(
    model: Any,
    data: TrainingData,
    unlabeled: UnlabeledData | None,
    params: Mapping[str, Any],
) -> list[Group]:
    n_unlabeled = 0 if unlabeled is None else unlabeled.n_samples
    if model.cv is None:
        return make_groups(data.n_samples, [], [], data.weight, n_unlabeled)
    splits = data.splits(model.cv, "cv", params)
    nested = held_out_splits(splits, data.owner)
    check_training_parts(data.target, [splits, *nested], data.classes, data.weight)
    tested = rows_of_any(*(test for _, test in splits))
    if data.weight is not None and not data.weight[tested].any():
        raise ValueError(
            f"sample_weight is zero on all {len(tested)} rows that cv of {data.owner} "
            "tests, so that no round can be scored. Use folds of rows that have weight."
        )
    return make_groups(data.n_samples, splits, nested, data.weight, n_unlabeled)


def _check_combine(model: Any, names: list[str]) -> None:
    owner = type(model).__name__
    known = isinstance(model.combine, str) and model.combine in ("mean", "best", *names)
    if not known:
        raise ValueError(
            f"combine of {owner} must be 'mean', 'best' or the name of a peer, one "
            f"of {names}; got {model.combine!r}."
        )
    if model.combine == "best" and model.cv is None:
        raise ValueError(
            f"combine='best' of {owner} needs a cv: without folds, the peers are "
            "scored on the rows they learn from, and the best one there is the one "
            "that overfits most. Use cv=5, or name the peer."
        )
