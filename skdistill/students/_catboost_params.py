"""Parameters of CatBoost: weights of classes, and what a training on a task sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from catboost import CatBoost
from numpy.typing import NDArray

from skdistill.input._classes import in_catboost_order
from skdistill.students._task import StudentTask

LOSS = ("loss_function", "objective")
LEARNING_RATE = ("learning_rate", "eta")
CLASS_WEIGHTS = ("class_weights", "auto_class_weights", "scale_pos_weight")
# They speak of labels, and the student is trained on numbers. Metrics are of no
# consequence without an eval_set; with eval_fraction the loss that is learnt is
# watched in their place.
OF_LABELS = (
    *CLASS_WEIGHTS,
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


def given_params(student, parameters):
    """Return those of `parameters` that the user has set."""
    params = student.get_params()
    return {key: params[key] for key in parameters if params.get(key) is not None}


def weighs_classes(student):
    """Return the names of the parameters that weigh classes; CatBoost takes one."""
    params = student.get_params()
    names = [name for name in CLASS_WEIGHTS if params.get(name) is not None]
    if str(params.get("auto_class_weights")) == "None":  # CatBoost's word for off.
        return [name for name in names if name != "auto_class_weights"]
    return names


def class_weight_of(student: Any, task: StudentTask) -> NDArray[np.float64]:
    """One weight a class, in the order of ``task.classes``, as CatBoost defines it."""
    name, k = type(student).__name__, task.loss.n_outputs
    given = given_params(student, (*CLASS_WEIGHTS, "class_names"))
    assert task.classes is not None
    weights, labels = given.get("class_weights"), task.classes.tolist()
    if "scale_pos_weight" in given:
        weights = [1.0, given["scale_pos_weight"]]
    if isinstance(weights, Mapping):
        missing = [label for label in labels if label not in weights]
        if missing:
            raise ValueError(
                f"class_weights of the student {name} must name every class; it "
                f"lacks {missing}. Add them with weight 1."
            )
        weights = [weights[label] for label in labels]
    elif weights is not None and len(weights) == k:
        order = list(given.get("class_names", in_catboost_order(task.classes)))
        weights = [weights[order.index(label)] for label in labels]
    if weights is not None:
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
            f"least 0 for each of the {k} classes {labels}; got "
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


def with_multi_rmse(student: Any, n_samples: int) -> Any:
    """Give a regressor the loss for many outputs, where no other was chosen."""
    if any(loss != "RMSE" for loss in given_params(student, LOSS).values()):
        return student
    student.set_params(loss_function="MultiRMSE")
    if not given_params(student, LEARNING_RATE):
        # Otherwise MultiRMSE would fall back to a fixed rate that underfits.
        student.set_params(learning_rate=automatic_rate(student, "RMSE", n_samples))
    return student


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


class _StopAtOnce:
    def after_iteration(self, info):
        return False
