"""What models are scored by: scikit-learn scorers, ours by default."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyRegressor
from sklearn.metrics import f1_score, get_scorer, log_loss, make_scorer, roc_auc_score

from skdistill.report._data import Data
from skdistill.report._wrappers import OWNER
from skdistill.selection._precomputed import Precomputed, dummy_estimator
from skdistill.selection._validation import call_scorer, find_scorer

TUNED_F1 = "tuned macro F1"


@dataclass(frozen=True)
class Metric:
    """One score.

    Attributes
    ----------
    name, label : str
        In tables, and in text.
    greater_is_better : bool
        Direction of the score as it is shown.
    scorer : callable or None
        ``scorer(estimator, X, y)``. None: computed once the predictions of all folds
        exist, as the tuned threshold needs them.
    weighted : bool
        Whether the scorer takes `sample_weight`.
    """

    name: str
    label: str
    greater_is_better: bool = True
    scorer: Callable | None = None
    weighted: bool = True

    @property
    def sign(self) -> float:
        """1 where more is better, -1 where less is."""
        return 1.0 if self.greater_is_better else -1.0


def compute_scores(
    metrics: Sequence[Metric], model: Precomputed, y: NDArray, weight: NDArray | None
) -> dict[str, float]:
    """Score the predictions of a model by every metric that has a scorer."""
    return {
        metric.name: metric.sign
        * call_scorer(
            metric.scorer, model, model.X, y, weight if metric.weighted else None
        )
        for metric in metrics
        if metric.scorer is not None
    }


def resolve_metrics(scoring: Any, data: Data, methods: Collection[str]) -> list[Metric]:
    """Turn `scoring` into metrics, each tried on a dummy first.

    Parameters
    ----------
    scoring : None, str, callable, list of str, or dict of str to str or callable
        None: all metrics of the task that the student's `methods` allow.
    data : Data
        What the metrics are tried on.
    methods : collection of str
        Prediction methods of the student.

    Returns
    -------
    list of Metric

    Raises
    ------
    ValueError
        For a metric that is unknown, or that cannot be computed for the task or the
        student.
    """
    y, classes = data.y, data.classes
    ours = _our_metrics(classes, "predict_proba" in methods)
    dummy = dummy_estimator(data.X, y, classes, methods)
    if scoring is None:
        return [m for m in ours.values() if m.scorer is None or not _error(m, dummy, y)]
    metrics = []
    for name, item in _named(scoring).items():
        if isinstance(item, str) and item in ours:
            label = ours[item].label if name == item else name
            metric = replace(ours[item], name=name, label=label)
        else:
            metric = Metric(name, name, True, _find_scorer(item, classes, ours))
        error = metric.scorer and _error(metric, dummy, y)
        if error:
            task = "regression" if classes is None else f"{len(classes)} classes"
            remedy = ""
            if classes is not None and "pos_label" in str(error):
                label = f"pos_label={classes.tolist()[-1]!r}"
                remedy = f". Name the positive class: make_scorer(..., {label})."
            raise ValueError(
                f"scoring of {OWNER} holds {name!r}, which cannot be computed for "
                f"this task ({task}) and student: {type(error).__name__}: {error}"
                f"{remedy}"
            ) from error
        if metric.scorer and data.sample_weight is not None:
            refused = _error(metric, dummy, y, data.sample_weight)
            metric = replace(metric, weighted=refused is None)
        metrics.append(metric)
    return metrics


def _our_metrics(classes, soft):
    """Return the metrics that need no scorer of the user's, by name."""
    if classes is None:
        rmse = get_scorer("neg_root_mean_squared_error")
        return {
            "r2": Metric("r2", "R2", True, get_scorer("r2")),
            "rmse": Metric("rmse", "RMSE", False, rmse),
        }

    def proba(function, **params):
        return make_scorer(
            function, greater_is_better=False, response_method="predict_proba", **params
        )

    either = ("predict_proba", "decision_function")
    auc = make_scorer(roc_auc, response_method=either, classes=classes)
    # Without `pos_label`, scikit-learn before 1.9 refuses classes that lack a 1.
    f1 = make_scorer(f1_score, average="macro", pos_label=None, zero_division=0.0)
    tuned = soft and len(classes) == 2
    metrics = (
        Metric("log_loss", "log-loss", False, proba(log_loss, labels=classes)),
        Metric("roc_auc", "ROC AUC", True, auc),
        Metric("accuracy", "accuracy", True, get_scorer("accuracy")),
        Metric("macro_f1", TUNED_F1)
        if tuned
        else Metric("macro_f1", "macro F1", True, f1),
        Metric("brier", "Brier score", False, proba(_brier, classes=classes)),
    )
    return {metric.name: metric for metric in metrics}


def roc_auc(
    y: NDArray,
    values: NDArray,
    classes: NDArray,
    sample_weight: NDArray | None = None,
) -> float:
    """Area for the second class, or the mean over classes; NaN if one is missing."""
    if len(np.unique(y)) < len(classes):
        return np.nan
    if len(classes) == 2:
        return roc_auc_score(y == classes[1], values, sample_weight=sample_weight)
    return roc_auc_score(
        y, values, multi_class="ovr", labels=classes, sample_weight=sample_weight
    )


def _brier(y, probabilities, classes, sample_weight=None):
    """Squared error: of one of two classes, as is the custom, or summed over all."""
    truth = y == classes[1] if len(classes) == 2 else y[:, None] == classes
    squared = ((probabilities - truth) ** 2).reshape(len(y), -1).sum(axis=1)
    return np.average(squared, weights=sample_weight)


def _named(scoring):
    named = scoring
    if isinstance(scoring, str):
        named = {scoring: scoring}
    elif isinstance(scoring, (list, tuple)):
        named = {item: item for item in scoring}
    elif callable(scoring):
        named = {getattr(scoring, "__name__", "score"): scoring}
    if not isinstance(named, Mapping) or not all(
        isinstance(name, str) and (isinstance(item, str) or callable(item))
        for name, item in named.items()
    ):
        raise TypeError(
            f"scoring of {OWNER} must be a name, a callable, a list of names or a dict "
            f"of names to names or callables; got {scoring!r}."
        )
    if not named:
        raise ValueError(f"scoring of {OWNER} is empty; None stands for the default.")
    return named


def _find_scorer(item, classes, ours):
    if not isinstance(item, str):
        return item
    scorer = find_scorer(item, OWNER, f"Own names for this task: {sorted(ours)}")
    if classes is not None and _scores_values(scorer):
        raise ValueError(
            f"scoring of {OWNER} names {item!r}, which scores a regression, but y "
            f"holds {len(classes)} classes. Own names for this task: {sorted(ours)}."
        )
    return scorer


def _scores_values(scorer):
    """Whether a scorer accepts values that are no labels."""
    X, y = np.zeros((3, 1)), np.array([0.5, 1.25, 2.125])
    try:
        scorer(DummyRegressor().fit(X, y), X, y)
    except Exception:
        return False
    return True


def _error(metric, dummy, y, weight=None):
    """Return what a scorer raises on a dummy, or None."""
    try:
        call_scorer(metric.scorer, dummy, dummy.X, y, weight)
    except Exception as error:
        return error
    return None
