"""Metrics of a report: what is scored by default, and any scikit-learn scorer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

from skdistill.report._data import OWNER
from skdistill.selection._answering import PrecomputedRegressor, dummy_predictions
from skdistill.selection._validation import find_scorer


@dataclass(frozen=True)
class Metric:
    """One score of a fitted part.

    Attributes
    ----------
    name, label : str
        In tables, and in text.
    greater_is_better : bool
        Direction of the score as it is shown.
    compute : callable or None
        ``compute(fitted, X, y, sample_weight) -> float``. None: computed once all
        folds are known, as the tuned threshold needs them.
    """

    name: str
    label: str
    greater_is_better: bool = True
    compute: Callable | None = None


@dataclass(frozen=True)
class ScorerCall:
    """A scikit-learn scorer in the shape of `Metric.compute`."""

    scorer: Callable
    takes_weight: bool

    def __call__(self, fitted, X, y, sample_weight):
        weight = {"sample_weight": sample_weight} if self.takes_weight else {}
        return self.scorer(fitted, X, y, **weight)


def score(metric: Metric, fitted: Any, X: Any, y: NDArray, weight: Any) -> float:
    """Compute a metric; NaN where the test rows do not define it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return float(metric.compute(fitted, X, y, weight))


def _log_loss(fitted, X, y, weight):
    probabilities = fitted.predict_proba(X)
    return log_loss(y, probabilities, labels=fitted.classes_, sample_weight=weight)


def _roc_auc(fitted, X, y, weight):
    classes = fitted.classes_
    if len(np.unique(y)) < len(classes):
        return np.nan
    if len(classes) > 2:
        return roc_auc_score(
            y,
            fitted.predict_proba(X),
            multi_class="ovr",
            labels=classes,
            sample_weight=weight,
        )
    if hasattr(fitted, "predict_proba"):
        values = fitted.predict_proba(X)[:, 1]
    else:
        values = fitted.decision_function(X)
    return roc_auc_score(y == classes[1], values, sample_weight=weight)


def _accuracy(fitted, X, y, weight):
    return accuracy_score(y, fitted.predict(X), sample_weight=weight)


def _macro_f1(fitted, X, y, weight):
    return f1_score(
        y, fitted.predict(X), average="macro", sample_weight=weight, zero_division=0.0
    )


def _brier(fitted, X, y, weight):
    probabilities = fitted.predict_proba(X)
    truth = y[:, None] == fitted.classes_
    squared = ((probabilities - truth) ** 2).sum(axis=1)
    # Two classes count once, as is the custom; more are summed, as Brier did.
    squared = squared / 2.0 if len(fitted.classes_) == 2 else squared
    return np.average(squared, weights=weight)


def _r2(fitted, X, y, weight):
    return r2_score(y, fitted.predict(X), sample_weight=weight)


def _rmse(fitted, X, y, weight):
    return root_mean_squared_error(y, fitted.predict(X), sample_weight=weight)


_CLASSIFICATION = {
    "log_loss": Metric("log_loss", "log-loss", False, _log_loss),
    "roc_auc": Metric("roc_auc", "ROC AUC", True, _roc_auc),
    "accuracy": Metric("accuracy", "accuracy", True, _accuracy),
    "macro_f1": Metric("macro_f1", "macro F1", True, _macro_f1),
    "brier": Metric("brier", "Brier score", False, _brier),
}
_TUNED_F1 = Metric("macro_f1", "tuned macro F1", True, None)
_REGRESSION = {
    "r2": Metric("r2", "R2", True, _r2),
    "rmse": Metric("rmse", "RMSE", False, _rmse),
}


def resolve_metrics(
    scoring: Any,
    X: Any,
    y: NDArray,
    classes: NDArray | None,
    methods: list[str],
    sample_weight: NDArray | None,
) -> tuple[list[Metric], list[str]]:
    """Turn `scoring` into metrics, each tried on an uninformed model first.

    Parameters
    ----------
    scoring : None, str, callable, list of str, or dict of str to str or callable
        None: all metrics of the task that the student's `methods` allow.
    X, y, sample_weight : test rows of one fold
        What the metrics are tried on.
    classes : ndarray or None
        None in regression.
    methods : list of str
        Prediction methods of the student.

    Returns
    -------
    metrics : list of Metric
    unweighted : list of str
        Labels of metrics that cannot take `sample_weight`.

    Raises
    ------
    ValueError
        For a metric that is unknown or that the task or the student cannot answer.
    """
    probabilities = "predict_proba" in methods
    known = dict(_REGRESSION if classes is None else _CLASSIFICATION)
    if classes is not None and len(classes) == 2 and probabilities:
        known["macro_f1"] = _TUNED_F1
    if scoring is None:
        chosen = list(known.values())
        if classes is not None and not probabilities:
            two_scores = len(classes) == 2 and "decision_function" in methods
            kept = ["roc_auc"] * two_scores + ["accuracy", "macro_f1"]
            chosen = [known[name] for name in kept]
        return chosen, []
    uninformed = dummy_predictions(X, y, classes, methods)
    metrics, unweighted = [], []
    for name, item in _named(scoring).items():
        if isinstance(item, str) and item in known:
            metric = known[item]
            metric = Metric(
                name,
                metric.label if name == item else name,
                metric.greater_is_better,
                metric.compute,
            )
            if metric.compute is not None:
                _try(metric, uninformed, X, y, sample_weight, classes)
        else:
            scorer = _scorer(item, classes, known)
            metric = Metric(name, name, True, ScorerCall(scorer, False))
            _try(metric, uninformed, X, y, None, classes)
            if sample_weight is not None:
                weighted = Metric(name, name, True, ScorerCall(scorer, True))
                try:
                    _try(weighted, uninformed, X, y, sample_weight, classes)
                    metric = weighted
                except ValueError:
                    unweighted.append(name)
        metrics.append(metric)
    return metrics, unweighted


def _named(scoring):
    if isinstance(scoring, str):
        return {scoring: scoring}
    if isinstance(scoring, Mapping):
        named = dict(scoring)
    elif isinstance(scoring, (list, tuple)):
        if not all(isinstance(item, str) for item in scoring):
            raise TypeError(
                f"scoring of {OWNER}, as a list, must hold names; got {scoring!r}. "
                "Name callables with a dict: {'my score': callable}."
            )
        named = {item: item for item in scoring}
    elif callable(scoring):
        named = {getattr(scoring, "__name__", "score"): scoring}
    else:
        raise TypeError(
            f"scoring of {OWNER} must be a name, a callable, a list of names or a dict "
            f"of names to either; got {scoring!r} of type {type(scoring).__name__}."
        )
    if not named:
        raise ValueError(f"scoring of {OWNER} is empty; None stands for the default.")
    bad = [k for k, v in named.items() if not (isinstance(v, str) or callable(v))]
    if bad or not all(isinstance(name, str) for name in named):
        raise TypeError(
            f"scoring of {OWNER} must map names to scorer names or callables; got "
            f"{scoring!r}."
        )
    return named


def _scorer(item, classes, known):
    if not isinstance(item, str):
        return item
    scorer = find_scorer(item, OWNER, f"Own names for this task: {sorted(known)}")
    if classes is not None and _scores_continuous(scorer):
        raise ValueError(
            f"scoring of {OWNER} names {item!r}, which scores a regression, but y "
            f"holds {len(classes)} classes. Own names for this task: {sorted(known)}."
        )
    return scorer


def _scores_continuous(scorer):
    """Whether a scorer accepts values that are no labels."""
    y = np.array([0.5, 1.25, 2.125])
    X = y[:, None]
    fitted = PrecomputedRegressor(lambda method, X: X[:, 0] + 0.3, ["predict"], X)
    with warnings.catch_warnings():
        # Clustering scorers only warn of values that are no labels.
        warnings.simplefilter("error")
        try:
            scorer(fitted, X, y)
        except Exception:
            return False
    return True


def _try(metric, uninformed, X, y, weight, classes):
    task = "regression" if classes is None else f"{len(classes)} classes"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score(metric, uninformed, X, y, weight)
    except Exception as error:
        raise ValueError(
            f"scoring of {OWNER} holds {metric.name!r}, which cannot be computed for "
            f"this task ({task}): {type(error).__name__}: {error}"
        ) from error
