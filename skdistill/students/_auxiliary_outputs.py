"""Auxiliary outputs of a regressor: what is learnt beside the response."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.utils import get_tags

from skdistill.input._boosters import final_step, library
from skdistill.input._warnings import warn
from skdistill.students._refusals import refuse_auxiliary
from skdistill.students._task import Loss, StudentTask

# Least share of the responses' variance that is worth an output.
_NEGLIGIBLE = 1e-9


def check_auxiliary_outputs(student: Any, loss: Loss) -> None:
    """Raise unless a regressor takes outputs beside the response."""
    name, of = loss.auxiliary[0], library(student)
    if of == "lightgbm":
        refuse_auxiliary(student, name)
    if of == "xgboost":
        if student.multi_strategy != "multi_output_tree":
            refuse_auxiliary(
                student,
                name,
                "Its trees have one output each; set "
                "multi_strategy='multi_output_tree'.",
            )
    elif of == "catboost":
        params = student.get_params()
        function = params.get("loss_function", params.get("objective", "RMSE"))
        if function not in ("RMSE", "MultiRMSE"):
            refuse_auxiliary(
                student,
                name,
                f"Its loss_function is {function!r}; leave it out, and MultiRMSE is "
                "used.",
            )
    elif not takes_many_outputs(student):
        refuse_auxiliary(student, name)


def takes_many_outputs(student: Any) -> bool:
    """Whether a regressor of scikit-learn's kind takes targets of several columns."""
    # The perceptron does, though it does not say so.
    tagged = get_tags(student).target_tags.multi_output
    return tagged or isinstance(student, MLPRegressor)


def warn_if_nothing_is_shared(student: Any, owner: str) -> None:
    """Warn where auxiliary outputs leave the prediction as it is."""
    student = final_step(student)
    module, name = type(student).__module__, type(student).__name__
    # Linear models and nearest neighbours fit each output by itself.
    alone = module.startswith(("sklearn.linear_model", "sklearn.neighbors"))
    if isinstance(student, MultiOutputRegressor) or (
        alone and not name.startswith("MultiTask")
    ):
        warn(
            f"The outputs of the student {name} share nothing, so "
            f"auxiliary objectives do not change what {owner} predicts. A "
            "tree, a forest or a network shares its structure.",
        )


def with_auxiliary_outputs(target: NDArray, task: StudentTask) -> NDArray:
    """Append the auxiliary targets of a task to a target, scaled by their weights.

    At weight 1 a piece varies as much, in sum over its outputs, as the target does, so
    that the student's squared error weighs both alike. What does not vary is left out.
    """
    if not task.auxiliary:
        return target
    own = target.reshape(len(target), -1)
    spread = _centred(own, task.sample_weight)[1].sum()
    pieces = [own]
    for item in task.auxiliary:
        centred, variance = _centred(item.values, task.sample_weight)
        varies = variance > _NEGLIGIBLE * max(variance.sum(), np.finfo(float).tiny)
        if varies.any() and spread > 0.0:
            scale = np.sqrt(item.weight * spread / variance.sum())
            pieces.append(scale * centred[:, varies])
    return np.hstack(pieces) if len(pieces) > 1 else target


def _centred(values, weight):
    centred = values - np.average(values, axis=0, weights=weight)
    return centred, np.average(centred**2, axis=0, weights=weight)
