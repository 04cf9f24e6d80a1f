"""XGBoost classifiers on soft targets.

The library's own logistic loss takes float targets, through its regressors only, for
two classes and, at temperature 1, for each of more classes against the rest; any other
loss is a gradient passed as a callable objective. In all cases a twin of the student is
trained and the student loads its model, so that what is returned is what XGBoost itself
would have left, with the native objective in the saved file.

A custom softmax starts from the log class priors as an initial margin, which XGBoost
does not save. The prior moves into the leaves of each class's first tree: that works
in every version, where the model's own ``base_score`` holds one value per class only
since XGBoost 3.1.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from scipy.special import logit
from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier, XGBRFRegressor
from xgboost.callback import EarlyStopping

from skdistill.input._boosters import n_threads_of
from skdistill.input._sklearn import safe_indexing
from skdistill.input._targets import present_codes
from skdistill.students._adapter import StudentAdapter
from skdistill.students._copies import as_many_rows_as_classes
from skdistill.students._gradients import DistillationGradient
from skdistill.students._one_vs_rest import few_rows, one_vs_rest_to_softmax
from skdistill.students._refusals import EXACT_AT_ONE, NO_EVAL_SET, refuse
from skdistill.students._relation_gradient import check_relations_only
from skdistill.students._self_check import learns_soft_targets
from skdistill.students._task import Loss, StudentTask
from skdistill.students._xgboost_model import as_softmax, base_scores, move_leaves

_BINARY_OBJECTIVES = ("binary:logistic", "reg:logistic")
# With more than two classes XGBClassifier itself turns its default into multi:softprob.
_MULTICLASS_OBJECTIVES = ("multi:softprob", "multi:softmax", "binary:logistic")

# Probabilities a booster may start from; further out, its first steps vanish.
LEAST_PRIOR = 1e-6
# A model of several classes has one base score for all before XGBoost 3.1.
PRIOR_PER_CLASS = tuple(map(int, xgboost.__version__.split(".")[:2])) >= (3, 1)


class XGBoostAdapter(StudentAdapter):
    """XGBClassifier, XGBRFClassifier and their subclasses."""

    def route(self, student: Any, loss: Loss) -> str:
        """Name the way `student` would learn `loss`; see `StudentAdapter.route`."""
        if not isinstance(student, XGBClassifier):
            return super().route(student, loss)
        _check_objective(student, loss)
        _check_no_early_stopping(student)
        two = loss.n_outputs == 2
        if two and loss.temperature != 1.0 and weighs_classes(student):
            expected = f"1 at temperature {loss.temperature:g}"
            weight = student.scale_pos_weight
            refuse(student, "scale_pos_weight", weight, expected, EXACT_AT_ONE)
        return _route(student, loss)

    def check_auxiliary(self, student: Any, loss: Loss) -> None:
        """Check that all is relational; see `StudentAdapter.check_auxiliary`."""
        check_relations_only(student, loss)

    def fit_soft(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train `student` on the soft targets of `task` and return it."""
        X, task = as_many_rows_as_classes(X, task)
        if task.loss.n_outputs == 2 and weighs_classes(student):
            task = task.weighted_by_class(np.array([1.0, student.scale_pos_weight]))
        train = _TRAINERS[_route(student, task.loss)]
        return adopt_model(student, train(student, X, task))

    def fit_labels(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train `student` on the codes of the labels: XGBoost takes no others.

        It refuses labels that lack a class, which then are targets like any others.
        """
        every = len(present_codes(task.labels)) == task.loss.n_outputs
        if every or not isinstance(student, XGBClassifier):
            return student.fit(X, task.labels, sample_weight=task.sample_weight)
        _check_objective(student, task.loss)
        loss = replace(task.loss, temperature=1.0)
        return self.fit_soft(student, X, replace(task, loss=loss))


def _route(student, loss):
    """Name the way to train, the library's own logistic loss where it can be.

    For more than two classes it costs what labels cost, and was as good as the
    softmax's gradient or better on held-out rows of simulated and real data. A forest
    takes a single step.
    """
    own_loss = loss.temperature == 1.0 and not loss.auxiliary
    if loss.n_outputs == 2:
        return "logistic" if own_loss else "logistic_gradient"
    each_class = (
        own_loss
        and PRIOR_PER_CLASS
        and _has_leaf_per_class(student)
        and not isinstance(student, XGBRFClassifier)
    )
    return "one_vs_rest" if each_class else "softmax_gradient"


def _has_leaf_per_class(student):
    """Whether scores are in leaves of one class each, where a prior can be kept.

    A linear booster fits its intercepts in the first round, without penalty.
    """
    linear = student.booster == "gblinear"
    return not linear and student.multi_strategy != "multi_output_tree"


@cache
def works() -> bool:
    """Whether this XGBoost still does what the routes of this module rely on."""
    student = XGBClassifier(
        n_estimators=20, learning_rate=0.5, min_child_weight=0, reg_lambda=0, n_jobs=1
    )
    fit = XGBoostAdapter().fit_soft
    return learns_soft_targets(student, fit, holds_codes=True)


def _check_objective(student, loss):
    allowed = _MULTICLASS_OBJECTIVES if loss.n_outputs > 2 else _BINARY_OBJECTIVES
    if student.objective not in allowed:
        expected = f"one of {list(allowed)} for {loss.n_outputs} classes"
        remedy = "Leave it at its default: the distillation loss takes its place."
        refuse(student, "objective", student.objective, expected, remedy)


def _check_no_early_stopping(student):
    rounds, callbacks = student.early_stopping_rounds, student.callbacks or ()
    if rounds is not None:
        refuse(student, "early_stopping_rounds", rounds, "None", NO_EVAL_SET)
    if any(isinstance(callback, EarlyStopping) for callback in callbacks):
        expected = "without EarlyStopping"
        refuse(student, "callbacks", callbacks, expected, NO_EVAL_SET)


def weighs_classes(student):
    """Whether the student weighs the second of two classes."""
    return student.scale_pos_weight not in (None, 1)


def _train_by_own_loss(student, X, task):
    """Train a regressor by the native logistic loss, with one tree a class."""
    forest = isinstance(student, XGBRFClassifier)
    twin = (XGBRFRegressor if forest else XGBRegressor)(**student.get_params())
    target = task.targets[:, 1]
    if task.loss.n_outputs > 2:
        target = task.targets
        twin.set_params(objective="binary:logistic")
    twin.set_params(scale_pos_weight=None)
    return twin.fit(X, target, sample_weight=task.sample_weight)


def _train_logistic(student, X, task):
    """Two classes at temperature 1."""
    return _train_by_own_loss(student, X, task).get_booster().save_raw("ubj")


def _train_logistic_gradient(student, X, task):
    """Two classes by our gradient, from the prior as `base_score`."""
    start = student.base_score
    if start is None:
        start = float(np.clip(_prior(task)[1], LEAST_PRIOR, 1.0 - LEAST_PRIOR))
    booster = _train_on_gradient(student, X, task, hessian_scale=1.0, base_score=start)
    return booster.save_raw("ubj")


def _train_softmax(student, X, task):
    """More classes, at any temperature."""
    start, log_prior, margin = student.base_score, None, None
    if start is None and _has_leaf_per_class(student):
        log_prior = np.log(np.maximum(_prior(task), LEAST_PRIOR)).astype(np.float32)
        margin = np.tile(log_prior, (len(task.targets), 1))
    booster = _train_on_gradient(
        student,
        X,
        task,
        hessian_scale=2.0,
        base_score=0.5 if start is None else start,
        base_margin=margin,
    )
    if student.objective == "multi:softmax":
        booster.set_param({"objective": "multi:softmax"})
    model = booster.save_raw("ubj")
    return model if log_prior is None else move_leaves(model, log_prior)


def _train_one_vs_rest(student, X, task):
    """More classes at temperature 1, each by itself."""
    twin = _train_by_own_loss(student, X, task)
    few = safe_indexing(X, few_rows(*task.targets.shape))
    margin = twin.predict(few, output_margin=True)
    model = twin.get_booster().save_raw("ubj")
    return nearest_softmax(model, margin, student.objective)


_TRAINERS = {
    "logistic": _train_logistic,
    "logistic_gradient": _train_logistic_gradient,
    "one_vs_rest": _train_one_vs_rest,
    "softmax_gradient": _train_softmax,
}


def nearest_softmax(
    model: bytearray, margin: NDArray, objective: str | None
) -> bytearray:
    """Make the classifier that comes closest to classes trained against the rest.

    Parameters
    ----------
    model : bytearray
        With one target a class, from ``save_raw("ubj")``; changed in place.
    margin : ndarray of shape (n_few, n_classes)
        What it predicts, before its link, for the `few_rows` of what it learnt.
    objective : str or None
        Of the student.
    """
    scale, shift = one_vs_rest_to_softmax(margin)
    start = logit(np.clip(base_scores(model), LEAST_PRIOR, 1.0 - LEAST_PRIOR))
    model = move_leaves(model, scale * start + shift, scale)
    return as_softmax(model, margin.shape[1], objective)


def _prior(task: StudentTask) -> NDArray:
    return np.average(task.targets, axis=0, weights=task.sample_weight)


def _train_on_gradient(
    student, X, task, *, hessian_scale, base_score, base_margin=None
):
    twin = copy(student).set_params(
        base_score=base_score,
        objective=partial(
            gradient_objective,
            gradient=DistillationGradient.of_task(
                task, np.float32, n_threads_of(student)
            ),
            hessian_scale=hessian_scale,
        ),
    )
    # The objective holds the targets. XGBClassifier only counts the labels, and
    # refuses those of a sample that lacks a class.
    labels = np.arange(len(task.targets)) % task.loss.n_outputs
    twin.fit(X, labels, sample_weight=task.sample_weight, base_margin=base_margin)
    return twin.get_booster()


def gradient_objective(labels, raw, sample_weight=None, *, gradient, hessian_scale):
    """Return gradient and Hessian in the form that XGBoost takes."""
    first, second = gradient(raw)
    if hessian_scale != 1.0:
        second *= hessian_scale
    # The floor that XGBoost's own objectives have.
    np.maximum(second, 1e-16, out=second)
    if sample_weight is not None:
        weight = sample_weight if raw.ndim == 1 else sample_weight[:, None]
        first *= weight
        second *= weight
    return first, second


def adopt_model(student: Any, model: bytearray) -> Any:
    """Load `model` into the unfitted `student`, and keep the parameters it has.

    `load_model` overwrites some of them with what it finds in the model.
    """
    params = dict(vars(student))
    student.load_model(model)
    native = student.objective
    vars(student).update(params)
    student.objective = native
    return student
