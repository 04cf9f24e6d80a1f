"""scikit-learn's own students, and all others that keep to its conventions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.ensemble import (
    HistGradientBoostingRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.multioutput import MultiOutputRegressor
from sklearn.utils.validation import has_fit_parameter

from skdistill.input._boosters import library
from skdistill.input._checks import is_search
from skdistill.input._classes import holds_codes
from skdistill.input._routing import member_params
from skdistill.input._sklearn import safe_indexing
from skdistill.students._adapter import StudentAdapter
from skdistill.students._auxiliary_outputs import (
    check_auxiliary_outputs,
    takes_many_outputs,
    with_auxiliary_outputs,
)
from skdistill.students._class_weights import weigh_classes
from skdistill.students._copies import fit_weighted_copies
from skdistill.students._forests import draws_by_weight, draws_singly
from skdistill.students._histogram import (
    fit_on_probabilities,
    hold_out_rows,
    learns_probabilities,
    no_inner_early_stopping,
)
from skdistill.students._inner_validation import (
    check_inner_validation,
    check_threshold,
    split_labeled_rows,
    splits_rows,
)
from skdistill.students._mean_loss import check_mean_loss
from skdistill.students._params import temporary_params
from skdistill.students._refusals import EXACT_AT_ONE, refuse
from skdistill.students._sharpen import can_sharpen, sharpen
from skdistill.students._task import Loss, StudentTask


class ClassifierAdapter(StudentAdapter):
    """Classifiers: weighted copies of the rows, or labels drawn from the target.

    A cross-entropy to a soft target is the sum of the cross-entropies to each label,
    weighted by the target, so copies with weights are exact. A classifier that takes
    no weights, or draws rows whatever they weigh, gets one drawn label a row, right on
    average. HistGradientBoosting learns the probabilities as they are.
    """

    def route(self, student: Any, loss: Loss) -> str:
        """Name the route; see StudentAdapter."""
        check_threshold(student)
        takes_weights = _takes_weights(student)
        if loss.temperature != 1.0:
            _check_temperature(student, loss, takes_weights)
        class_weight = getattr(student, "class_weight", None)
        if not takes_weights and class_weight is not None:
            remedy = (
                "Its fit takes no sample_weight, by which soft targets are weighed."
            )
            refuse(student, "class_weight", class_weight, "None", remedy)
        if not _learns_copies(student):
            return "label_draw"
        check_inner_validation(student)
        if learns_probabilities(student):
            return "cross_entropy"
        return "weighted_copies"

    def fit_soft(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train the student; see StudentAdapter."""
        changes: dict[str, Any] = {}
        if not _learns_copies(student):
            drawn = replace(task, labels=draw_labels(task.targets, task.seed)).y
            weight = task.sample_weight
            if task.labeled is not None and splits_rows(student):
                changes["cv"] = split_labeled_rows(student, task)
            with temporary_params(student, changes):
                return student.fit(X, drawn, **member_params(student, weight))
        class_weight = getattr(student, "class_weight", None)
        # Held-out rows are not weighed by it.
        if class_weight is not None and not splits_rows(student):
            # The library would count copies, of which every class has one a row.
            task = task.weighted_by_class(weigh_classes(class_weight, task, student))
            changes["class_weight"] = None
        direct = learns_probabilities(student)
        fit = fit_on_probabilities if direct else fit_weighted_copies
        with temporary_params(student, changes):
            fitted = fit(student, X, task)
        return sharpen(fitted, task.loss.temperature)


class BoosterCopiesAdapter(ClassifierAdapter):
    """Boosters whose library has changed: weighted copies, through its public names."""

    def fit_soft(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train the student; see StudentAdapter."""
        return super().fit_soft(student, X, _in_its_labels(student, task))

    def fit_labels(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train the student; see StudentAdapter."""
        return super().fit_labels(student, X, _in_its_labels(student, task))


def _in_its_labels(student: Any, task: StudentTask) -> StudentTask:
    if not holds_codes(student):
        return task
    return replace(task, classes=np.arange(task.loss.n_outputs))


class RegressorAdapter(StudentAdapter):
    """Regressors: the values, or the probabilities or log-odds of a classifier.

    A mixture of labels and predictions stands for both terms of the loss only where
    its optimum is a mean. A regressor with another loss, as of a quantile, learns
    labels alone (alpha 0) or, in regression, a teacher alone (alpha 1), which should
    have the same loss.
    """

    def route(self, student: Any, loss: Loss) -> str:
        """Name the route; see StudentAdapter."""
        if loss.temperature != 1.0:
            raise ValueError(
                f"temperature of Response is {loss.temperature:g}, but the student "
                f"{type(student).__name__} is a regressor, whose squared error has no "
                "temperature. Use temperature=1, or a classifier that takes a gradient "
                "(XGBClassifier, LGBMClassifier)."
            )
        check_mean_loss(student, loss)
        if loss.kind == "regression":
            return "regression"
        return f"{loss.scale}_regression"

    def check_auxiliary(self, student: Any, loss: Loss) -> None:
        """Check that the outputs share a structure; see StudentAdapter."""
        check_auxiliary_outputs(student, loss)

    def fit_soft(self, student: Any, X: Any, task: StudentTask) -> Any:
        """Train the student; see StudentAdapter."""
        target = with_auxiliary_outputs(regression_target(task), task)
        if target.ndim == 2:
            student = with_many_outputs(student, len(target))
        weight = task.sample_weight
        changes: dict[str, Any] = {}
        validation: dict[str, Any] = {}
        if task.labeled is not None:
            changes = no_inner_early_stopping(student, task)
            if splits_rows(student):
                changes["cv"] = split_labeled_rows(student, task)
            elif isinstance(student, HistGradientBoostingRegressor):
                held_out, rows, validation = hold_out_rows(student, X, task, target)
                changes |= held_out
                if rows is not None:
                    X, target = safe_indexing(X, rows), target[rows]
                    weight = None if weight is None else weight[rows]
        with temporary_params(student, changes):
            weights = member_params(student, weight)
            return student.fit(X, target, **weights, **validation)

    # The targets are the labels where alpha is 0.
    fit_labels = fit_soft


def regression_target(task: StudentTask) -> NDArray[np.float64]:
    """Return what a regressor is trained on: values, or scaled probabilities.

    Two classes give one output, the second class's; more give one for each class.
    """
    loss = task.loss
    if loss.kind == "regression":
        return task.targets
    two = loss.n_outputs == 2
    target = task.targets[:, 1] if two else task.targets
    if loss.scale == "probability":
        return target
    if two:
        return logit(np.clip(target, loss.clip, 1.0 - loss.clip))
    log = np.log(np.clip(target, loss.clip, None))
    return log - log.mean(axis=1, keepdims=True)


def with_many_outputs(student: Any, n_samples: int) -> Any:
    """Return a regressor that takes two-dimensional targets.

    The student itself where it can; else one clone of it for each output.
    """
    if library(student) == "catboost":
        from skdistill.students._catboost_params import with_multi_rmse

        return with_multi_rmse(student, n_samples)
    if library(student) == "xgboost" or takes_many_outputs(student):
        return student
    return MultiOutputRegressor(student)


def draw_labels(targets: NDArray, seed: int) -> NDArray[np.intp]:
    """Draw one class code a row from its distribution."""
    draws = np.random.default_rng(seed).random((len(targets), 1))
    codes = (draws > np.cumsum(targets, axis=1)).sum(axis=1)
    return np.minimum(codes, targets.shape[1] - 1)


def _learns_copies(student: Any) -> bool:
    """Whether weighted copies of the rows are to a student what their weights say."""
    return _takes_weights(student) and (draws_by_weight() or not draws_singly(student))


def _takes_weights(student: Any) -> bool:
    """Whether a student takes weights, and all that it hands them to."""
    if isinstance(student, FrozenEstimator):
        return True  # It is not trained.
    if isinstance(student, (StackingClassifier, VotingClassifier)):
        # They take them through **fit_params.
        if not isinstance(student.estimators, (list, tuple)):
            return True  # Its fit says what is wrong.
        inside = [part for _, part in student.estimators]
        inside.append(getattr(student, "final_estimator", None))
    elif is_search(student):
        inside = [student.estimator]
    elif has_fit_parameter(student, "sample_weight"):
        inside = [getattr(student, "estimator", None)]
    else:
        return False
    return all(_takes_weights(part) for part in inside if hasattr(part, "fit"))


def _check_temperature(student: Any, loss: Loss, takes_weights: bool) -> None:
    name = type(student).__name__
    remedy = (
        "Use temperature=1, or a student that takes a gradient (XGBClassifier, "
        "LGBMClassifier)"
    )
    if not takes_weights or not can_sharpen(student, loss.n_outputs):
        raise ValueError(
            f"temperature of Response is {loss.temperature:g}, but the scores of the "
            f"student {name} cannot be scaled, so it cannot learn that loss exactly. "
            f"{remedy}, or one with scalable scores (LogisticRegression, "
            "MLPClassifier, HistGradientBoostingClassifier) with alpha=1."
        )
    if loss.alpha != 1.0:
        raise ValueError(
            f"temperature of Response is {loss.temperature:g} and alpha is "
            f"{loss.alpha:g}, but the student {name} can learn a tempered target only "
            f"by itself. {remedy}, or alpha=1."
        )
    if (weight := getattr(student, "class_weight", None)) is not None:
        expected = f"None at temperature {loss.temperature:g}"
        refuse(student, "class_weight", weight, expected, EXACT_AT_ONE)
