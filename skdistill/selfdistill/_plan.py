"""Check everything that can be checked before a generation is trained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator

from skdistill.input._boosters import check_polars_types, final_step
from skdistill.input._checks import check_count, check_in_interval, check_option
from skdistill.input._data import InputSpec, make_input_spec
from skdistill.input._members import check_many_outputs, check_member
from skdistill.input._preparation import (
    FitInput,
    TrainingData,
    copy_member,
    draw_seeds,
    prepare_data,
)
from skdistill.input._routing import member_params, route_members
from skdistill.input._rows import first_rows
from skdistill.input._splits import Split, held_out_splits
from skdistill.input._training_parts import check_training_parts
from skdistill.input._unlabeled import StackedTargets, rows_of_member
from skdistill.input._unlabeled_checks import check_unlabeled_for
from skdistill.objectives import Response
from skdistill.objectives._mixture import check_objective
from skdistill.selection._validation import HeldOutScorer, resolve_scorer
from skdistill.selfdistill._stopping import StoppingRule
from skdistill.students import Loss
from skdistill.students._registry import check_takes_labels, member_route
from skdistill.teachers._teacher import TeacherSpec


@dataclass(frozen=True)
class GenerationsPlan:
    """What the generations need, checked.

    Attributes
    ----------
    data : TrainingData
        What `fit` was given.
    spec : TeacherSpec
        The estimator and its data; generation 0 is trained as a teacher is.
    targets : StackedTargets
        Labels and row weights, with rows that have no label at the end.
    objective : Response
        Makes the tasks.
    loss : Loss
        Of the generations that have a predecessor.
    splits : list of (train, test)
        Folds of the predictions and of the scores.
    nested : list of list of (train, test)
        For each split, those that predict its train part without its test part.
    scorer : HeldOutScorer
        What generations are scored by.
    stopping : StoppingRule
        When to stop, and which generation predicts.
    ensemble : bool
        Whether the mean of all generations so far is what is scored.
    seed : int
        For routes that draw at random.
    """

    data: TrainingData
    spec: TeacherSpec
    targets: StackedTargets
    objective: Response
    loss: Loss
    splits: list[Split]
    nested: list[list[Split]]
    scorer: HeldOutScorer
    stopping: StoppingRule
    ensemble: bool
    seed: int


def make_plan(model: Any, given: FitInput) -> tuple[GenerationsPlan, InputSpec]:
    """Make the plan of a fit, and state what `predict` needs.

    Parameters
    ----------
    model : SelfDistilledClassifier or SelfDistilledRegressor
        It is not changed.
    given : FitInput
        What `fit` was passed.

    Raises
    ------
    TypeError, ValueError
        If a parameter or the data do not allow the fit.
    """
    owner = type(model).__name__
    estimator = model._get_estimator()
    check_member(estimator, "estimator", owner, model._kind)
    if isinstance(final_step(estimator), FrozenEstimator):
        raise ValueError(
            f"estimator of {owner} is frozen, so that every generation would be the "
            "same model. Pass the unfitted estimator."
        )
    for name in ("ensemble", "store_generations"):
        check_option(getattr(model, name), name, owner, (False, True))
    alpha = check_in_interval(model.alpha, "alpha", owner, 0.0, 1.0)
    stopping = StoppingRule(
        check_count(model.n_generations, "n_generations", owner) if alpha > 0.0 else 0,
        check_count(model.patience, "patience", owner),
        check_in_interval(model.tol, "tol", owner, 0.0, np.inf),
    )
    objective = check_objective(model.objective, owner)
    data = prepare_data(model, given)
    check_takes_labels(estimator, data.classes, f"estimator of {owner}")
    if data.target.ndim == 2:
        check_many_outputs(estimator, "estimator", owner)
    selected = data.columns(model.features, "features")
    columns = selected.positions
    check_polars_types(estimator, f"estimator of {owner}", data.X, columns)
    loss = objective.loss(model._kind, alpha, data.n_outputs)
    seeds = draw_seeds(model, 2)
    estimator = copy_member(model, estimator, data, columns, seeds[0])
    unlabeled = check_unlabeled_for(
        {"estimator": estimator},
        columns,
        data,
        given,
        used=alpha > 0.0,
    )
    loss = replace(loss, unlabeled=unlabeled is not None)
    member_route(estimator, loss, f"estimator of {owner}")
    weights, split_params = route_members(
        model, {"estimator": estimator}, data.weight, given.params
    )
    weight = weights["estimator"]
    splits = data.splits(model.cv, "cv", split_params)
    X, targets = rows_of_member(data, unlabeled, columns, weight)
    labeled = first_rows(X, data.n_samples)
    scorer = HeldOutScorer(labeled, data.target, data.classes, weight, loss)
    scorer = resolve_scorer(scorer, model.scoring, splits, owner)
    nested = held_out_splits(splits, owner)
    queries = [splits, *nested]
    check_training_parts(data.target, queries, data.classes, weight, estimator)
    plan = GenerationsPlan(
        data=data,
        spec=TeacherSpec(
            estimator,
            X,
            data.target,
            data.classes,
            member_params(estimator, weight),
        ),
        targets=targets,
        objective=objective,
        loss=loss,
        splits=splits,
        nested=nested,
        scorer=scorer,
        stopping=stopping,
        ensemble=model.ensemble,
        seed=seeds[1],
    )
    trained = [estimator] if selected.everything else []
    return plan, make_input_spec(model, selected, trained=trained)
