"""CatBoost classifiers on soft targets.

Two classes have a loss of CatBoost's own, CrossEntropy on float targets; it has none
for the softmax of more. There a regression on many targets is trained, whose raw scores
are the logits of a softmax. In both cases CatBoost itself trains, without labels, and
the student takes over the model. The model's metadata then declare it what it predicts
as: a Logloss or MultiClass classifier of the user's labels.
"""

from __future__ import annotations

import numbers
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from catboost import CatBoost, CatBoostClassifier, Pool
from numpy.typing import NDArray

from skdistill.input._classes import kept_in_single_precision
from skdistill.input._responses import temper
from skdistill.students._adapter import StudentAdapter
from skdistill.students._catboost_model import (
    adopt_model,
    declare_classifier,
    rescale_scores,
)
from skdistill.students._catboost_params import (
    CLASS_WEIGHTS,
    LOSS,
    class_weight_of,
    given_params,
    params_of_loss,
    params_of_model,
    weighs_classes,
)
from skdistill.students._one_vs_rest import one_vs_rest_to_softmax
from skdistill.students._refusals import refuse
from skdistill.students._self_check import learns_soft_targets
from skdistill.students._task import Loss, StudentTask

_COLUMN_LISTS = ("cat_features", "text_features", "embedding_features")
_PLAIN = (str, bytes, numbers.Number, np.generic, np.ndarray, os.PathLike, type(None))


class CatBoostAdapter(StudentAdapter):
    """CatBoostClassifier and its subclasses.

    More than two classes are trained by MultiCrossEntropy on the probabilities, one
    class against the rest, and the scores then scaled and shifted to those of a
    softmax. The optimum is the mean of the targets given the student's columns. That of
    MultiRMSE on log-probabilities, which CatBoostRegressor learns with
    ``Response(scale="logit")``, is their geometric mean: better where the student's
    columns determine the target, and too sure of itself on targets that scatter,
    because the teacher sees more columns or because they contain labels.
    """

    def route(self, student: Any, loss: Loss) -> str:
        """Name the way `student` would learn `loss`; see `StudentAdapter.route`."""
        if not isinstance(student, CatBoostClassifier):
            return super().route(student, loss)
        route = "cross_entropy" if loss.n_outputs == 2 else "one_vs_rest"
        _check_student(student, loss)
        if loss.temperature != 1.0:
            _check_temperature(student, loss)
        return route

    def fit_soft(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train `student` on the soft targets of `task` and return it."""
        if weighs_classes(student):
            task = task.weighted_by_class(class_weight_of(student, task))
        T = task.loss.temperature
        if T != 1.0:
            task = replace(task, targets=temper(task.responses, T))
        ours = params_of_loss(student, task)
        model = _train(student, X, task, ours)
        if task.loss.n_outputs == 2:
            rescale_scores(model, T)
        else:
            scale, shift = one_vs_rest_to_softmax(model.predict(X))
            rescale_scores(model, T * scale, T * shift)
        declare_classifier(model, task.classes, ours)
        return adopt_model(student, model)

    def fit_labels(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train `student` on the labels.

        Where CatBoost would take two of them for one, they are targets like any others.
        """
        tells_apart = task.classes is None or kept_in_single_precision(task.classes)
        if tells_apart or not isinstance(student, CatBoostClassifier):
            return super().fit_labels(student, X, task)
        _check_student(student, task.loss)
        loss = replace(task.loss, temperature=1.0)
        return self.fit_soft(student, X, replace(task, loss=loss))


@cache
def works() -> bool:
    """Whether this CatBoost still does what the routes of this module rely on."""
    student = CatBoostClassifier(
        iterations=20,
        learning_rate=0.5,
        l2_leaf_reg=0.01,
        depth=1,
        thread_count=1,
        verbose=0,
        allow_writing_files=False,
    )
    return learns_soft_targets(student, CatBoostAdapter().fit_soft)


def _check_student(student, loss):
    name = type(student).__name__
    if type(student).fit is not CatBoostClassifier.fit:
        raise ValueError(
            f"The student {name} has a fit of its own, which soft targets would go "
            f"past: its class must keep the fit of CatBoostClassifier. Use "
            f"CatBoostClassifier, or give {name} an adapter with "
            f"register_student_adapter."
        )
    params = student.get_params()
    for parameter, value in params.items():
        if not _is_plain(value):
            remedy = "Leave it out: a Python object takes no part in that training."
            refuse(student, parameter, value, "a plain value", remedy)
    known = ("Logloss", "CrossEntropy") if loss.n_outputs == 2 else ()
    for parameter, value in given_params(student, LOSS).items():
        if value not in (*known, "MultiClass"):
            expected = f"one of {[*known, 'MultiClass']} for {loss.n_outputs} classes"
            remedy = "Leave it out: the distillation loss takes its place."
            refuse(student, parameter, value, expected, remedy)
    border = params.get("target_border")
    if border is not None:
        remedy = "Leave it out: it would cut soft targets to labels."
        refuse(student, "target_border", border, "unset", remedy)
    weighing = weighs_classes(student)
    if len(weighing) > 1 or (weighing == ["scale_pos_weight"] and loss.n_outputs > 2):
        raise ValueError(
            f"{' and '.join(weighing)} of the student {name} cannot weigh "
            f"{loss.n_outputs} classes: CatBoost takes one of {list(CLASS_WEIGHTS)}, "
            f"scale_pos_weight for two classes. Keep class_weights alone."
        )


def _check_temperature(student, loss):
    name = type(student).__name__
    start = f"temperature of Response is {loss.temperature:g}, but the student {name} "
    others = "an XGBoost or LightGBM student, which take the loss's gradient"
    if loss.alpha < 1.0:
        raise ValueError(
            f"{start}can learn a tempered target only by itself, and alpha is "
            f"{loss.alpha:g}. Use temperature=1, alpha=1, or {others}."
        )
    if weighs_classes(student):
        raise ValueError(
            f"{start}has {weighs_classes(student)[0]}, and weights of classes are "
            f"exact on soft targets at temperature 1 only. Use temperature=1, or weigh "
            f"the rows with sample_weight."
        )


def _is_plain(value):
    if isinstance(value, Mapping):
        return all(map(_is_plain, value.values()))
    if isinstance(value, (list, tuple, set)):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN)


def soft_target(task: StudentTask) -> NDArray[np.float64]:
    """Return what a model without labels is trained on."""
    target = np.clip(task.targets, 0.0, 1.0)
    return target[:, 1] if task.loss.n_outputs == 2 else target


def _train(student, X, task, ours):
    """Train a CatBoost model by the student's parameters, as far as they apply."""
    params, target = params_of_model(student.get_params(), ours), soft_target(task)
    if not params.get("eval_fraction"):
        return CatBoost(params).fit(X, target, sample_weight=task.sample_weight)
    # CatBoost would stratify the split by CrossEntropy's targets; where each is a class
    # of its own, all rows land on both sides.
    columns = {name: params.pop(name, None) for name in _COLUMN_LISTS}
    split = (bool(params.get("has_time")), False, params.pop("eval_fraction"), True)
    pool = Pool(X, target, weight=task.sample_weight, **columns)
    rows, held_out = pool.train_eval_split(*split)
    return CatBoost(params).fit(rows, eval_set=held_out)
