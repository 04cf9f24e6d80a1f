"""The student: its task in each partition, and its training on all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import dask
import numpy as np
from numpy.typing import NDArray

from skdistill.dask._cluster import constant, fetch
from skdistill.dask._rows import Rows
from skdistill.dask._targets import Predictions, Targets
from skdistill.dask._teachers import take, training_rows
from skdistill.dask._unlabeled import FitData
from skdistill.dask._xgboost import (
    DistributedGradient,
    TrainingData,
    TrainingPart,
    in_single_precision,
    native_params,
    train,
)
from skdistill.input._checks import clone_estimator
from skdistill.objectives import Response
from skdistill.objectives._corrections import Extremes
from skdistill.selection._candidates import Candidate
from skdistill.students import Loss, StudentTask
from skdistill.students._gradients import DistillationGradient
from skdistill.students._one_vs_rest import few_rows
from skdistill.students._xgboost import (
    LEAST_PRIOR,
    adopt_model,
    nearest_softmax,
    weighs_classes,
)
from skdistill.students._xgboost_model import as_softmax, move_leaves


@dataclass(frozen=True)
class StudentSpec:
    """What a student is trained on, but for the rows.

    Attributes
    ----------
    student : XGBClassifier or XGBRegressor
        Cloned, never fitted itself.
    route : str
        See `student_route`.
    objective : Response
        Makes its task.
    candidate, loss : Candidate, Loss
        The mixture.
    classes : ndarray or None
        The user's labels; None in regression.
    extremes : Extremes or None
        Of values on all partitions, once they are known.
    """

    student: Any
    route: str
    objective: Response
    candidate: Candidate
    loss: Loss
    classes: NDArray | None
    extremes: Extremes | None = None

    @property
    def n_targets(self) -> int | None:
        """Columns of the label; None if it is one-dimensional."""
        several = self.route in ("one_vs_rest", "softmax_gradient")
        return self.loss.n_outputs if several else None

    @property
    def by_gradient(self) -> bool:
        """Whether XGBoost is given the gradient of the loss."""
        return self.route.endswith("_gradient")

    def task(self, rows: Rows | None, predictions: Predictions) -> StudentTask:
        """Mix labels and predictions of a partition; unlabeled rows (None) imitate."""
        values = self._mixed(predictions)
        if rows is not None:
            y, weight, labeled = rows.y, rows.weight, None
        else:
            y = values if self.classes is None else np.zeros(len(values), dtype=int)
            weight = np.full(len(values), self.candidate.unlabeled_weight)
            labeled = np.zeros(len(values), dtype=bool)
        task = self.objective.task(
            self.loss,
            values,
            y,
            self.classes,
            weight,
            correction=None if rows is None else self.candidate.correction,
            labeled=labeled,
            extremes=self.extremes,
        )
        if self.route == "logistic" and weighs_classes(self.student):
            of_class = np.array([1.0, self.student.scale_pos_weight])
            return task.weighted_by_class(of_class)
        return task

    def extremes_of(self, rows: Rows | None, predictions: Predictions) -> Extremes:
        """Find what the range of values on a partition is found from."""
        values = self._mixed(predictions)
        return Extremes.of(values, values[:0] if rows is None else rows.y)

    def _mixed(self, predictions):
        """Mix both teachers; a row that one alone predicts has its prediction."""
        share = self.candidate.privileged_weight
        privileged, regular = predictions
        if self.loss.alpha == 0.0:
            return None
        if regular is None or (share == 1.0 and privileged is not None):
            return privileged
        if privileged is None or share == 0.0:
            return regular
        return share * privileged.astype(np.float64) + (1.0 - share) * regular

    def label(self, task: StudentTask, *, unlabeled: bool) -> NDArray[np.float32]:
        """Return what XGBoost is given as label; see `DistributedGradient`."""
        if self.route == "labels":
            return task.labels.astype(np.float32)
        if self.classes is None:
            return task.targets.astype(np.float32)
        if not self.by_gradient:
            targets = task.targets if self.n_targets else task.targets[:, 1]
            return targets.astype(np.float32)
        pull = DistillationGradient.of_task(task, np.float32).pull.T
        if len(self.classes) == 2:
            pull = pull[:, 1]
        if unlabeled and self.loss.temperature != 1.0:
            pull = -1.0 - pull
        return np.ascontiguousarray(pull)


def train_student(
    data: FitData,
    spec: StudentSpec,
    targets: Targets,
    columns: NDArray[np.intp],
    held_out: frozenset[int] = frozenset(),
) -> Any:
    """Train a student on all workers.

    Returns
    -------
    XGBClassifier or XGBRegressor
        Plain and fitted, of the class of ``spec.student``.
    """
    with_unlabeled = spec.loss.alpha > 0.0 and spec.candidate.unlabeled_weight > 0.0
    parts, sizes = _partitions(data, targets, columns, held_out, with_unlabeled)
    shared = constant(spec)
    if spec.classes is None and spec.loss.alpha > 0.0:
        of = dask.delayed(_extremes)
        found = fetch(data.client, [of(*one[1:], shared) for one in parts])
        spec = replace(spec, extremes=Extremes.of_all(found))
        shared = constant(spec)
    arguments = [(*one, shared) for one in parts]
    weighted = (
        data.labelled.weighted
        or (with_unlabeled and spec.candidate.unlabeled_weight != 1.0)
        or (spec.route == "logistic" and weighs_classes(spec.student))
    )
    prior = _prior(data.client, spec, arguments)
    margin = None
    if spec.route == "softmax_gradient" and prior is not None:
        margin = np.log(prior).astype(np.float32)
    training = TrainingData(
        make=_training_part,
        arguments=[(*one, weighted, margin) for one in arguments],
        sizes=sizes,
        X_meta=in_single_precision(data.labelled.features.meta_of(columns)),
        n_targets=spec.n_targets,
        weighted=weighted,
        has_margin=margin is not None,
    )
    params, objective = _loss_params(spec, prior)
    about = (data.client, data.owner, spec.student)
    booster = train(*about, params, training, objective)
    fitted = clone_estimator(spec.student)
    model = booster.save_raw("ubj")
    if margin is not None:
        model = move_leaves(model, margin)
    if spec.route == "softmax_gradient":
        model = as_softmax(model, spec.loss.n_outputs, spec.student.objective)
    elif spec.route == "one_vs_rest":
        few = _few_margins(data.client, spec, booster, arguments, sizes)
        model = nearest_softmax(model, few, spec.student.objective)
    return adopt_model(fitted, model)


def _partitions(data, targets, columns, held_out, with_unlabeled):
    """Return what the task of each partition is made from, and its number of rows."""
    labelled, unlabeled = data.labelled, data.unlabeled
    parts: list[tuple[Any, ...]] = [
        (*part, found, held_out)
        for part, found in zip(labelled.parts(columns), targets.labelled, strict=True)
    ]
    sizes = labelled.training_sizes(held_out)
    if unlabeled is None or not with_unlabeled:
        return parts, sizes
    parts += [
        (X, None, found, held_out)
        for X, found in zip(unlabeled.parts("regular"), targets.unlabeled, strict=True)
    ]
    return parts, np.concatenate([sizes, unlabeled.sizes])


def _prior(client, spec, arguments):
    """Average the targets, where boosting by a gradient starts; None if elsewhere."""
    if not spec.by_gradient or spec.student.base_score is not None:
        return None
    sums = fetch(client, [dask.delayed(_target_sums)(*one[1:]) for one in arguments])
    total = np.sum([targets for targets, _ in sums], axis=0)
    return np.maximum(total / np.sum([weight for _, weight in sums]), LEAST_PRIOR)


def _loss_params(spec, prior):
    """Return parameters and objective that stand for the student's loss."""
    student = spec.student
    if spec.classes is None:
        return native_params(student, None), None
    if spec.route == "labels":
        return native_params(student, len(spec.classes)), None
    params = student.get_xgb_params() | {"scale_pos_weight": None}
    if not spec.by_gradient:
        return params | {"objective": "binary:logistic"}, None
    if spec.route == "logistic_gradient":
        if prior is not None:
            start = np.clip(prior[1], LEAST_PRIOR, 1.0 - LEAST_PRIOR)
            params["base_score"] = float(start)
        objective = DistributedGradient(spec.loss, hessian_scale=1.0)
        return params | {"objective": "binary:logistic"}, objective
    if student.base_score is None:
        params["base_score"] = 0.5
    objective = DistributedGradient(spec.loss, hessian_scale=2.0)
    return params | {"objective": "reg:squarederror"}, objective


def _few_margins(client, spec, booster, arguments, sizes):
    """Predict the rows, evenly among all, that one machine finds the softmax on."""
    step = few_rows(int(sizes.sum()), spec.loss.n_outputs).step
    model, predict = constant(booster), dask.delayed(_margins)
    return np.concatenate(
        fetch(
            client,
            [
                predict(model, X, rows, held_out, slice(-start % step, None, step), by)
                for (X, rows, _, held_out, by), start in zip(
                    arguments, (np.cumsum(sizes) - sizes).tolist(), strict=True
                )
            ],
        )
    )


def _margins(booster, X, rows, held_out, few, spec):
    if rows is not None:
        X = take(X, training_rows(X, rows, held_out))
    X = in_single_precision(X[few])
    if not len(X):
        return np.empty((0, spec.loss.n_outputs), dtype=np.float32)
    return booster.inplace_predict(
        X, predict_type="margin", missing=spec.student.missing
    )


def _partition_task(rows, predictions, held_out, spec):
    """Return the task of a partition, and which of its rows are trained on."""
    rows, predictions, kept = _kept(rows, predictions, held_out)
    task = spec.task(rows, predictions)
    if kept is None:
        kept = np.ones(len(task.targets), dtype=bool)
    return task, kept


def _kept(rows, predictions, held_out):
    """Leave out rows of some folds; say which are left, None of unlabeled ones."""
    if rows is None:
        return None, predictions, None
    kept = ~np.isin(rows.fold, list(held_out))
    if kept.all():
        return rows, predictions, kept
    taken = Predictions(*(None if v is None else v[kept] for v in predictions))
    return rows.take(kept), taken, kept


def _extremes(rows, predictions, held_out, spec):
    rows, predictions, _ = _kept(rows, predictions, held_out)
    return spec.extremes_of(rows, predictions)


def _target_sums(rows, predictions, held_out, spec):
    task, _ = _partition_task(rows, predictions, held_out, spec)
    weight = task.sample_weight
    if weight is None:
        return task.targets.sum(axis=0), float(len(task.targets))
    return weight @ task.targets, float(weight.sum())


def _training_part(X, rows, predictions, held_out, spec, weighted, margin):
    task, kept = _partition_task(rows, predictions, held_out, spec)
    if len(kept) != len(X):
        raise ValueError(
            f"A partition of X had {len(kept)} rows when it was first read, and "
            f"{len(X)} now. Pass collections that are the same whenever they are read."
        )
    weight = None
    if weighted:
        weight = task.sample_weight
        weight = np.ones(len(task.targets)) if weight is None else weight
        weight = weight.astype(np.float32)
    return TrainingPart(
        in_single_precision(take(X, kept)),
        spec.label(task, unlabeled=rows is None),
        weight,
        None if margin is None else np.tile(margin, (len(task.targets), 1)),
    )
