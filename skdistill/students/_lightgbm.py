"""LightGBM classifiers on soft targets: trained on them, native afterwards.

The library's own cross-entropy takes float targets, for two classes and through the
`fit` that its classifiers share with its regressors. For any other loss the classifier
is trained by its own `fit`, so that labels, bins, categories and feature names are
LightGBM's business; only the objective is ours, and it holds the soft targets.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from lightgbm import DaskLGBMClassifier, LGBMClassifier, LGBMModel
from lightgbm.basic import LightGBMError
from numpy.typing import NDArray

from skdistill.input._boosters import n_threads_of
from skdistill.students._adapter import StudentAdapter
from skdistill.students._class_weights import weigh_classes
from skdistill.students._copies import as_many_rows_as_classes
from skdistill.students._gradients import DistillationGradient
from skdistill.students._lightgbm_model import (
    declare_native,
    native_objectives,
    note_labels,
)
from skdistill.students._params import temporary_params
from skdistill.students._refusals import EXACT_AT_ONE, NO_EVAL_SET, refuse
from skdistill.students._relation_gradient import check_relations_only
from skdistill.students._self_check import learns_soft_targets
from skdistill.students._task import Loss, StudentTask

_ALIASES = {
    "objective": ("objective_type", "app", "application", "loss"),
    "boosting_type": ("boosting", "boost"),
    "early_stopping_round": (
        "early_stopping_rounds",
        "early_stopping",
        "n_iter_no_change",
    ),
    "is_unbalance": ("unbalance", "unbalanced_sets"),
    "pos_bagging_fraction": ("pos_sub_row", "pos_subsample", "pos_bagging"),
    "neg_bagging_fraction": ("neg_sub_row", "neg_subsample", "neg_bagging"),
    "n_estimators": (
        "num_iterations",
        "num_iteration",
        "n_iter",
        "num_tree",
        "num_trees",
        "num_round",
        "num_rounds",
        "nrounds",
        "num_boost_round",
        "max_iter",
    ),
    "random_state": ("seed", "random_seed"),
}

# LightGBM's kEpsilon: the least prior probability it takes the logarithm of.
_TINY = 1e-15


class LightGBMAdapter(StudentAdapter):
    """LGBMClassifier and its subclasses."""

    def route(self, student: Any, loss: Loss) -> str:
        """Name the way `student` would learn `loss`; see `StudentAdapter.route`."""
        if not isinstance(student, LGBMClassifier) or isinstance(
            student, DaskLGBMClassifier
        ):
            return super().route(student, loss)
        _check_objective(student, loss.n_outputs)
        _check_training(student, loss)
        _check_class_weights(student, loss)
        if _takes_own_loss(student, loss):
            return "cross_entropy"
        return "logistic_gradient" if loss.n_outputs == 2 else "softmax_gradient"

    def check_auxiliary(self, student: Any, loss: Loss) -> None:
        """Check that all is relational; see `StudentAdapter.check_auxiliary`."""
        check_relations_only(student, loss)

    def fit_soft(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train `student` on the soft targets of `task` and return it."""
        X, task = as_many_rows_as_classes(X, task)
        native = student.objective or native_objectives(task.loss.n_outputs)[0]
        task = with_class_weight(student, task)
        own_loss = _takes_own_loss(student, task.loss)
        train = _train_by_own_loss if own_loss else _train_on_gradient
        with temporary_params(student, {"objective": native, "class_weight": None}):
            prior = train(student, X, task)
        declare_native(student, native, prior)
        return student


def _takes_own_loss(student, loss):
    """Whether the library's own cross-entropy trains the student.

    It starts from the mean target, where LightGBM leaves out weights that its labels
    have, and it is trained by the `fit` of the base class.
    """
    return (
        loss.n_outputs == 2
        and loss.temperature == 1.0
        and not loss.auxiliary
        and not given_parameter(student, "is_unbalance", False)[1]
        and given_parameter(student, "scale_pos_weight", 1.0)[1] == 1.0
        and type(student).fit is LGBMClassifier.fit
    )


@cache
def works() -> bool:
    """Whether this LightGBM still does what the routes of this module rely on."""
    student = LGBMClassifier(
        n_estimators=20,
        learning_rate=0.5,
        min_child_samples=1,
        min_child_weight=0,
        n_jobs=1,
        verbose=-1,
    )
    return learns_soft_targets(student, LightGBMAdapter().fit_soft)


def given_parameter(student, name, default):
    """Return the name by which the user set a parameter, and its value."""
    params = student.get_params()
    for known in (*_ALIASES.get(name, ()), name):
        if params.get(known) is not None:
            return known, params[known]
    return name, default


def _check_objective(student, n_classes):
    name, objective = given_parameter(student, "objective", None)
    known = [*native_objectives(n_classes)]
    if name != "objective":
        remedy = f"Set objective instead, to one of {known}, or leave both unset."
        refuse(student, name, objective, "unset", remedy)
    if objective is not None and objective not in known:
        expected = f"unset or one of {known} for {n_classes} classes"
        remedy = "Leave it unset: the distillation loss takes its place."
        refuse(student, name, objective, expected, remedy)
    name, sigmoid = given_parameter(student, "sigmoid", 1.0)
    if n_classes == 2 and sigmoid != 1.0:
        refuse(student, name, sigmoid, "1", "It only rescales the raw scores.")


def _check_training(student, loss):
    params, own_loss = student.get_params(), _takes_own_loss(student, loss)
    for name in ("boosting_type", *_ALIASES["boosting_type"]):
        boosting = params.get(name) or "gbdt"
        if boosting not in ("gbdt", "gbrt", "goss") and not own_loss:
            # dart draws its drops from a flag that LightGBM leaves uninitialised
            # when the objective is a callable, rf refuses such an objective.
            remedy = (
                "With our gradient LightGBM trains no 'rf', and 'dart' not twice "
                "alike. Both learn two classes at temperature 1, without relations, "
                "is_unbalance and scale_pos_weight. A forest for any loss is "
                "scikit-learn's RandomForestRegressor."
            )
            refuse(student, name, boosting, "'gbdt' or 'goss'", remedy)
    name, rounds = given_parameter(student, "early_stopping_round", 0)
    if rounds > 0:
        refuse(student, name, rounds, "unset", NO_EVAL_SET)
    for fraction in ("pos_bagging_fraction", "neg_bagging_fraction"):
        name, value = given_parameter(student, fraction, 1.0)
        if loss.n_outputs == 2 and value != 1.0:
            remedy = "Soft targets have no positive rows to draw; use subsample."
            refuse(student, name, value, "1", remedy)


def _check_class_weights(student, loss):
    weights = [("class_weight", student.class_weight, None)]
    if loss.n_outputs == 2:
        # LightGBM's objective for more classes ignores these.
        unbalance, unbalanced = given_parameter(student, "is_unbalance", False)
        scale = given_parameter(student, "scale_pos_weight", 1.0)[1]
        if unbalanced and scale != 1.0:
            remedy = "LightGBM takes one of the two."
            expected = "unset next to scale_pos_weight"
            refuse(student, unbalance, unbalanced, expected, remedy)
        weights.append((unbalance, unbalanced, False))
        weights.append(("scale_pos_weight", scale, 1.0))
    for name, value, unset in weights:
        if loss.temperature != 1.0 and value != unset:
            expected = f"{unset} at temperature {loss.temperature:g}"
            refuse(student, name, value, expected, EXACT_AT_ONE)


def with_class_weight(student: Any, task: StudentTask) -> StudentTask:
    """Weigh rows by `class_weight`, as scikit-learn defines it on the labels."""
    weight = student.class_weight
    if weight is None:
        return task
    return task.weighted_by_class(weigh_classes(weight, task, student))


def with_label_weight(student: Any, task: StudentTask) -> StudentTask:
    """Weigh rows by `is_unbalance` or `scale_pos_weight`, as LightGBM does."""
    if task.loss.n_outputs > 2:
        return task
    of_class = np.array([1.0, given_parameter(student, "scale_pos_weight", 1.0)[1]])
    counts = task.class_mass(weighted=False)
    if given_parameter(student, "is_unbalance", False)[1] and counts.all():
        of_class = counts.max() / counts
    return task if (of_class == 1.0).all() else task.weighted_by_class(of_class)


def _train_by_own_loss(student, X, task):
    """Train on float targets; the leaves hold the prior."""
    student.set_params(objective="cross_entropy")
    target, weight = task.targets[:, 1], task.sample_weight
    LGBMModel.fit(student, X, target, sample_weight=weight)
    note_labels(student, task.classes)
    return np.zeros(1)


def _train_on_gradient(student, X, task):
    """Train on our gradient; return the prior that it started from."""
    native = student.objective
    n_samples, n_classes = task.targets.shape
    prior = _prior(student, task)
    task = with_label_weight(student, task)
    # The objective holds the targets; these labels are only encoded, and a fold may
    # lack a class that the teacher gives weight to.
    labels = task.classes[np.arange(n_samples) % n_classes]
    student.set_params(objective=gradient_objective(task, prior, n_threads_of(student)))
    try:
        student.fit(X, labels)
    except LightGBMError:
        # Without a usable feature LightGBM fits a constant, but its switch to a
        # callable objective raises.
        student.set_params(objective=native)
        student.fit(X, labels, init_score=np.zeros(_raw_shape(task)))
        if student.booster_.feature_importance().any():
            raise
    return prior


def _prior(student: Any, task: StudentTask) -> NDArray[np.float64]:
    """Return LightGBM's raw scores of the mean target, which boosting starts from."""
    n_trees = 1 if task.loss.n_outputs == 2 else task.loss.n_outputs
    if not given_parameter(student, "boost_from_average", True)[1]:
        return np.zeros(n_trees)
    mean = np.average(task.targets, axis=0, weights=task.sample_weight)
    scores = np.log(np.maximum(mean, _TINY))
    return scores[1:] - scores[:1] if n_trees == 1 else scores


def _raw_shape(task: StudentTask) -> tuple[int, ...]:
    n_samples, n_classes = task.targets.shape
    return (n_samples,) if n_classes == 2 else (n_samples, n_classes)


def gradient_objective(
    task: StudentTask, prior: NDArray[np.float64], n_threads: int = 1
) -> Callable:
    """Return the gradient in LightGBM's form, at scores that lack the prior.

    A closure, because LightGBM copies callable objects together with their arrays.
    """
    n_classes = task.loss.n_outputs
    # The factor of LightGBM's own softmax, without which leaves would be larger.
    scale = 1.0 if n_classes == 2 else n_classes / (n_classes - 1)
    gradient = np.empty(_raw_shape(task), dtype=np.float32, order="F")
    hessian = np.empty_like(gradient)
    weight = 1.0 if task.sample_weight is None else task.sample_weight
    start = prior if n_classes == 2 else prior[:, None]
    of_task = DistillationGradient.of_task(task, n_threads=n_threads)

    def objective(labels, raw):
        of_task.hold(raw, prior)

        def fill(rows):
            first, second = of_task.at(raw[rows].T + start, rows)
            of_rows = weight[rows] if np.ndim(weight) else weight
            gradient[rows] = (first * of_rows).T
            hessian[rows] = (second * of_rows * scale).T

        of_task.in_blocks(fill, raw.shape)
        return gradient, hessian

    return objective
