"""CatBoost classifiers on soft targets.

Two classes have a loss of CatBoost's own, CrossEntropy on float targets; it has none
for the softmax of more. There a regression on many targets is trained, whose raw scores
are the logits of a softmax. In both cases CatBoost itself trains, without labels, and
the student takes over the model. The model's metadata then declare it what it predicts
as: a Logloss or MultiClass classifier of the user's labels.
"""

from __future__ import annotations

import json
import numbers
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from catboost import CatBoost, CatBoostClassifier, Pool
from numpy.typing import NDArray

from skdistill.input._responses import temper
from skdistill.students._adapter import StudentAdapter
from skdistill.students._one_vs_rest import one_vs_rest_to_softmax
from skdistill.students._refusals import refuse
from skdistill.students._self_check import learns_soft_targets
from skdistill.students._task import Loss, StudentTask

LOSS = ("loss_function", "objective")
LEARNING_RATE = ("learning_rate", "eta")
_COLUMN_LISTS = ("cat_features", "text_features", "embedding_features")
_CLASS_WEIGHTS = ("class_weights", "auto_class_weights", "scale_pos_weight")
# They speak of labels, and the student is trained on numbers. Metrics are of no
# consequence without an eval_set; with eval_fraction the loss that is learnt is
# watched in their place.
OF_LABELS = (
    *_CLASS_WEIGHTS,
    "class_names",
    "classes_count",
    "eval_metric",
    "custom_metric",
    "custom_loss",
)
# What CatBoost's automatic learning rate depends on, besides the loss and the rows.
_OF_THE_RATE = (
    "iterations",
    "n_estimators",
    "num_boost_round",
    "num_trees",
    "l2_leaf_reg",
    "reg_lambda",
    "leaf_estimation_iterations",
    "leaf_estimation_method",
    "boost_from_average",
    "use_best_model",
    "eval_fraction",
    "task_type",
    "devices",
)
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
            f"{loss.n_outputs} classes: CatBoost takes one of {list(_CLASS_WEIGHTS)}, "
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


def given_params(student, parameters):
    """Return those of `parameters` that the user has set."""
    params = student.get_params()
    return {key: params[key] for key in parameters if params.get(key) is not None}


def weighs_classes(student):
    """Return the names of the parameters that weigh classes; CatBoost takes one."""
    params = student.get_params()
    names = [name for name in _CLASS_WEIGHTS if params.get(name) is not None]
    if str(params.get("auto_class_weights")) == "None":  # CatBoost's word for off.
        return [name for name in names if name != "auto_class_weights"]
    return names


def class_weight_of(student: Any, task: StudentTask) -> NDArray[np.float64]:
    """One weight a class, in the order of ``task.classes``, as CatBoost defines it."""
    name, k = type(student).__name__, task.loss.n_outputs
    given = given_params(student, (*_CLASS_WEIGHTS, "class_names"))
    weights: Any
    assert task.classes is not None
    if "scale_pos_weight" in given:
        weights = np.array([1.0, given["scale_pos_weight"]])
    elif "class_weights" in given:
        weights = given["class_weights"]
        if isinstance(weights, Mapping):
            missing = [label for label in task.classes.tolist() if label not in weights]
            if missing:
                raise ValueError(
                    f"class_weights of the student {name} must name every class; it "
                    f"lacks {missing}. Add them with weight 1."
                )
            weights = [weights[label] for label in task.classes.tolist()]
        elif "class_names" in given:
            position = list(given["class_names"])
            weights = [weights[position.index(label)] for label in task.classes]
        weights = np.asarray(weights, dtype=np.float64)
    else:
        # By the definition: CatBoost itself cuts sums of row weights to whole numbers.
        mass = task.class_mass()
        weights = mass.max() / np.where(mass > 0, mass, mass.max())
        if given["auto_class_weights"] == "SqrtBalanced":
            weights = np.sqrt(weights)
    if weights.shape != (k,) or not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError(
            f"{' and '.join(given)} of the student {name} must give a weight of at "
            f"least 0 for each of the {k} classes {task.classes.tolist()}; got "
            f"{weights.tolist()}."
        )
    return weights


def params_of_loss(student: Any, task: StudentTask) -> dict[str, Any]:
    """Return the parameters of training on a task that are not the user's.

    Of a regressor none, where it has another loss than a squared one.
    """
    ours: dict[str, Any]
    if task.classes is None:
        squared = "RMSE" if task.targets.ndim == 1 else "MultiRMSE"
        if not set(given_params(student, LOSS).values()) <= {"RMSE", squared}:
            return {}
        ours, rate_of = {"loss_function": squared}, "RMSE"
    else:
        two = task.loss.n_outputs == 2
        # Constant targets, as of a teacher that has learnt nothing, are allowed.
        ours = {
            "loss_function": "CrossEntropy" if two else "MultiCrossEntropy",
            "allow_const_label": True,
        }
        # The rate of RMSE is between those of Logloss, too slow from one half for every
        # class, and MultiClass, too fast on noise.
        rate_of = "Logloss" if two else "RMSE"
        if not two and not given_params(student, ("leaf_estimation_iterations",)):
            # One Newton step a leaf, as MultiClass takes, instead of ten: as good, and
            # a third faster.
            ours["leaf_estimation_iterations"] = 1
    if not given_params(student, LEARNING_RATE):
        ours["learning_rate"] = automatic_rate(student, rate_of, len(task.targets))
    return ours


def params_of_model(params: Mapping[str, Any], ours: Mapping[str, Any]) -> dict:
    """Return the parameters of a model without labels: a classifier's, and ours."""
    rate = LEARNING_RATE if "learning_rate" in ours else ()
    replaced = (*LOSS, *rate, *OF_LABELS)
    return {k: v for k, v in params.items() if k not in replaced} | dict(ours)


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


def with_multi_rmse(student: Any, n_samples: int) -> Any:
    """Give a regressor the loss for many outputs, where no other was chosen."""
    if any(loss != "RMSE" for loss in given_params(student, LOSS).values()):
        return student
    student.set_params(loss_function="MultiRMSE")
    if not given_params(student, LEARNING_RATE):
        # Otherwise MultiRMSE would fall back to a fixed rate that underfits.
        student.set_params(learning_rate=automatic_rate(student, "RMSE", n_samples))
    return student


class _StopAtOnce:
    def after_iteration(self, info):
        return False


def automatic_rate(student, loss_function, n_samples):
    """Return the learning rate CatBoost chooses for a loss that it has tables for.

    It depends on the number of rows, not on what is in them, and is known after one
    tree on one column.
    """
    params = given_params(student, _OF_THE_RATE)
    probe = CatBoost(
        {
            **params,
            "loss_function": loss_function,
            "depth": 1,
            "thread_count": 1,
            "logging_level": "Silent",
            "allow_writing_files": False,
        }
    )
    alternating = np.arange(n_samples) % 2
    # CatBoost takes callbacks on the CPU only.
    on_gpu = params.get("task_type") == "GPU"
    callbacks = None if on_gpu else [_StopAtOnce()]
    probe.fit(alternating[:, None].astype(np.float32), alternating, callbacks=callbacks)
    return probe.learning_rate_


def rescale_scores(model, factor, shift=0.0):
    """Multiply the raw scores by `factor`, and add `shift`, in the model itself.

    Both may be one number for each class. The factor goes into the leaves, as CatBoost
    exports no model to ONNX or CoreML that has a scale.
    """
    if np.all(factor == 1.0) and not np.any(shift):
        return
    scale, bias = model.get_scale_and_bias()
    leaves = model.get_leaf_values().reshape(-1, np.size(factor)) * factor
    model.set_leaf_values(leaves.ravel())
    bias = np.asarray(bias) * factor + shift
    model.set_scale_and_bias(scale, bias.tolist())


def declare_classifier(model, classes, ours):
    """Write into the model's metadata that it is a classifier of `classes`.

    CatBoost reads from there what its scores mean, which labels they belong to, and
    what the parameters of a loaded model are. `ours` are the parameters of training
    that are not the user's.
    """
    labels = classes.tolist()
    if all(isinstance(label, bool) for label in labels):
        label_type = "Boolean"
    elif all(isinstance(label, int) for label in labels):
        label_type = "Integer"
    elif all(isinstance(label, (int, float)) for label in labels):
        label_type = "Float"
    else:
        label_type, labels = "String", list(map(str, labels))
    class_params = {
        "classes_count": 0,
        "class_names": labels,
        "class_to_label": list(range(len(labels))),
        "class_label_type": label_type,
    }
    loss = "Logloss" if len(labels) == 2 else "MultiClass"
    metadata = model.get_metadata()
    params = json.loads(metadata["params"])
    params["loss_function"] = {"type": loss, "params": {}}
    params["metrics"] = {
        "objective_metric": params["loss_function"],
        "eval_metric": params["loss_function"],
        "custom_metrics": [],
    }
    flat = {k: v for k, v in params["flat_params"].items() if k not in ours}
    params["flat_params"] = {**flat, "loss_function": loss}
    metadata["params"] = json.dumps(params)
    # CatBoost compares this text, when models are summed, as it is.
    metadata["class_params"] = json.dumps(
        class_params, separators=(",", ":"), ensure_ascii=False
    )


def adopt_model(student, model):
    """Give the fitted model to the student, whose parameters stay the user's.

    What CatBoost pickles is its parameters and, beside them, the model.
    """
    trained_with = model.get_params()
    state = model.__getstate__()
    student.__setstate__({k: v for k, v in state.items() if k not in trained_with})
    return student
