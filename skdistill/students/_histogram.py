"""HistGradientBoostingClassifier on probabilities.

The one door to the private names of HistGradientBoosting. Its loss for two classes
takes any target between 0 and 1, its `fit` takes labels only, and between them stands
`_encode_y`. Its loss for more classes takes labels only, too, and is made by
`_get_loss`. Replacing them spares the copies of the rows, which cost as many times the
memory as there are classes. The scores are the sum of `_baseline_prediction` and the
trees in `_predictors`. None of them has a public counterpart; targets of several
columns in its `fit` would replace the first two. What they do is checked once, on a few
rows, and where it has changed, rows are copied.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import has_fit_parameter

from skdistill.input._boosters import HISTOGRAMS
from skdistill.input._responses import temper
from skdistill.input._sklearn import safe_indexing
from skdistill.input._warnings import warn
from skdistill.students._bins import quantize_to_bins
from skdistill.students._gradients import DistillationGradient
from skdistill.students._params import parts, temporary_params
from skdistill.students._self_check import learns_soft_targets
from skdistill.students._task import StudentTask

# The documented threshold of early_stopping="auto".
AUTO_EARLY_STOPPING_ROWS = 10_000
# No label: rows that are trained on, all of them, in order.
_TRAINED_ON = -1.0


class _LearnsProbabilities(HistGradientBoostingClassifier):
    """Trains in place of the student, which then takes over all it has learnt.

    y is the second of two classes' probability; with more classes it says nothing.
    """

    def _encode_y(self, y):
        super()._encode_y(self._classes)
        return y

    def _get_loss(self, sample_weight):
        loss = super()._get_loss(sample_weight)
        return loss if len(self._classes) == 2 else _SoftLoss(loss, self._targets)


class _SoftLoss:
    """The multinomial loss with a distribution for each row that it is trained on.

    Attributes
    ----------
    of_labels : HalfMultinomialLoss
        Answers what does not depend on y, and for rows that are validated on.
    targets : ndarray of shape (n_samples, n_classes)
        Of the rows that are trained on.
    """

    def __init__(self, of_labels: Any, targets: NDArray):
        self.of_labels = of_labels
        self.targets = targets
        self.gradient = DistillationGradient(targets.T, 1.0, 1.0)

    def __getattr__(self, name):
        return getattr(self.of_labels, name)

    def __call__(self, y_true, raw_prediction, sample_weight=None, n_threads=1):
        if y_true[0] != _TRAINED_ON:
            return self.of_labels(y_true, raw_prediction, sample_weight, n_threads)
        by_row = -(self.targets * log_softmax(raw_prediction, axis=1)).sum(axis=1)
        return np.average(by_row, weights=sample_weight)

    def fit_intercept_only(self, y_true, sample_weight=None):
        mean = np.average(self.targets, weights=sample_weight, axis=0)
        tiny = np.finfo(np.float64).eps
        return self.link.link(np.clip(mean, tiny, 1.0 - tiny)[None, :]).reshape(-1)

    def gradient_hessian(
        self,
        y_true,
        raw_prediction,
        sample_weight=None,
        gradient_out=None,
        hessian_out=None,
        n_threads=1,
    ):
        self.gradient.n_threads = n_threads

        def fill(rows):
            by_class = np.ascontiguousarray(raw_prediction[rows].T)
            weight = 1.0 if sample_weight is None else sample_weight[rows]
            first, second = self.gradient.at(by_class, rows)
            gradient_out[rows] = (first * weight).T
            hessian_out[rows] = (second * weight).T

        self.gradient.in_blocks(fill, raw_prediction.shape)
        return gradient_out, hessian_out


def learns_probabilities(student: Any) -> bool:
    """Whether a student takes soft targets without copies of the rows."""
    return (
        type(student) is HistGradientBoostingClassifier
        # Other scores than the loss are of labels.
        and (student.early_stopping is False or student.scoring == "loss")
        and private_names_work()
    )


@cache
def private_names_work() -> bool:
    """Whether this scikit-learn still does what this module relies on."""
    student = HistGradientBoostingClassifier(
        max_iter=20, learning_rate=0.5, min_samples_leaf=1, early_stopping=False
    )
    return learns_soft_targets(
        student, lambda *task: scale_scores(fit_on_probabilities(*task), 2.0), 2.0
    )


def scale_scores(fitted: Any, factor: float) -> Any:
    """Multiply the raw scores of a fitted classifier, in place."""
    fitted._baseline_prediction = fitted._baseline_prediction * factor
    for trees in tree_nodes(fitted):
        for nodes in trees:
            nodes["value"] *= factor
    return fitted


def tree_nodes(fitted: Any) -> list[list[NDArray]]:
    """Return the nodes of the trees, one for each output, of each iteration."""
    return [[tree.nodes for tree in trees] for trees in fitted._predictors]


def start_scores(fitted: Any) -> NDArray[np.float64]:
    """Return the raw scores, one for each output, that the trees add to."""
    return np.ravel(fitted._baseline_prediction).astype(np.float64)


def fit_on_probabilities(student: Any, X: Any, task: StudentTask) -> Any:
    """Fit a student that `learns_probabilities` on a classification task."""
    weight = task.sample_weight
    targets = temper(task.targets, task.loss.temperature)
    if weight is not None:
        X = quantize_to_bins(X, student.max_bins, weight)
    changes, rows, validation = hold_out_rows(student, X, task)
    if rows is not None:
        X, targets = safe_indexing(X, rows), targets[rows]
        weight = None if weight is None else weight[rows]
    many = task.loss.n_outputs > 2
    y = np.full(len(targets), _TRAINED_ON) if many else targets[:, 1]
    twin = _LearnsProbabilities()
    twin.__dict__.update(vars(student), _classes=task.classes, _targets=targets)
    with temporary_params(twin, changes):
        twin.fit(X, y, sample_weight=weight, **validation)
    del twin._classes, twin._targets
    if many:
        twin._loss = twin._loss.of_labels
    vars(student).update(vars(twin))
    return student


def no_inner_early_stopping(student: Any, task: StudentTask) -> dict[str, Any]:
    """Turn off what early stopping would do to an estimator inside a student.

    It takes no rows to hold out. Where it is set to True on rows that are
    copied, it is refused before.
    """
    changes = {}
    for prefix, part in parts(student).items():
        if not prefix or not isinstance(part, HISTOGRAMS) or not part.early_stopping:
            continue
        stops = _stops_early(part, task)
        if stops and part.validation_fraction:
            warn(
                f"early_stopping={part.early_stopping!r} of {type(part).__name__} in "
                f"the student {type(student).__name__} is off: it would validate on "
                "rows it is trained on, or on rows without a label."
            )
            stops = False
        changes[f"{prefix}early_stopping"] = stops
    return changes


def _stops_early(estimator, task):
    """Whether early stopping is on where the rows of a task with a label are fitted."""
    if estimator.early_stopping == "auto":
        return len(task.labeled_rows) > AUTO_EARLY_STOPPING_ROWS
    return bool(estimator.early_stopping)


def hold_out_rows(
    student: Any, X: Any, task: StudentTask, target: NDArray | None = None
) -> tuple[dict[str, Any], NDArray | None, dict[str, Any]]:
    """Let early stopping validate on whole rows with their true labels.

    A regressor validates on its `target`, and rows without a label on none.

    Returns
    -------
    changes : dict
        Parameters for the fit.
    rows : ndarray of int or None
        What is left to train on; None is all.
    validation : dict
        What `fit` is passed to validate on.
    """
    stops = _stops_early(student, task)
    if not stops or not student.validation_fraction:
        return {"early_stopping": stops}, None, {}
    if not has_fit_parameter(student, "X_val"):
        warn(
            "early_stopping='auto' of the student is off: this scikit-learn has no "
            "X_val, without which it would validate on rows it is trained on.",
        )
        return {"early_stopping": False}, None, {}
    labeled = task.labeled_rows
    _, held_out = train_test_split(
        labeled,
        test_size=student.validation_fraction,
        stratify=task.labels[labeled] if target is None else None,
        random_state=(
            task.seed if student.random_state is None else student.random_state
        ),
    )
    others = np.append(held_out, task.copies_of(held_out))
    train = np.delete(np.arange(len(task.labels)), others)
    weight = task.sample_weight
    validation = {
        "X_val": safe_indexing(X, held_out),
        "y_val": (task.y if target is None else target)[held_out],
        "sample_weight_val": None if weight is None else weight[held_out],
    }
    return {"early_stopping": True}, train, validation
