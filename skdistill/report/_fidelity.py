"""How near a student is to its teacher on rows that neither has seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import rel_entr
from sklearn.metrics import mean_squared_error, r2_score

from skdistill.report._runs import RunResult, pool
from skdistill.report._summary import MODELS
from skdistill.report._tables import DataFrame, concat, frame

_LEAST = np.finfo(np.float64).eps
_SHOWN_ROWS = 2000
_BINS = 10


def divergence(teacher: NDArray, student: NDArray) -> NDArray[np.float64]:
    """Kullback-Leibler divergence of the student from the teacher, one value a row.

    Parameters
    ----------
    teacher, student : ndarray of shape (n_samples, n_classes)
        Probabilities; the student's are kept above machine precision.

    Returns
    -------
    ndarray of shape (n_samples,)
        In nats; 0 where both say the same.
    """
    return rel_entr(teacher, np.maximum(student, _LEAST)).sum(axis=1)


def fidelity(
    teacher: RunResult,
    student: RunResult,
    y: NDArray,
    weight: NDArray | None,
    soft: bool,
) -> dict[str, float]:
    """Compare the predictions of two models; NaN for what is not defined."""
    weight = np.ones(len(y)) if weight is None else weight
    theirs, ours = teacher.predicted, student.predicted
    assert theirs is not None and ours is not None
    if not soft:
        varied = np.ptp(theirs) > 0
        r2 = r2_score(theirs, ours, sample_weight=weight) if varied else np.nan
        rmse = np.sqrt(mean_squared_error(theirs, ours, sample_weight=weight))
        return {"r2_to_teacher": r2, "rmse_to_teacher": rmse}
    kl, same, right = np.nan, theirs == ours, theirs == y
    if student.probabilities is not None and teacher.probabilities is not None:
        by_row = divergence(teacher.probabilities, student.probabilities)
        kl = np.average(by_row, weights=weight)
    return {
        "kl": kl,
        "agreement": _share(same, weight, np.ones_like(right)),
        "agreement_teacher_right": _share(same, weight, right),
        "agreement_teacher_wrong": _share(same, weight, ~right),
    }


def _share(same, weight, among):
    total = weight[among].sum()
    return float(weight[among & same].sum() / total) if total > 0 else np.nan


def response_sample(
    results: Sequence[RunResult],
    tests: Sequence[NDArray],
    y: NDArray,
    classes: NDArray | None,
    seed: int,
) -> DataFrame:
    """Put predictions of teacher and students side by side, for at most 2,000 rows.

    In classification that is the probability of the true class, which reads the same
    for two classes and for ten.
    """
    folds = np.repeat(np.arange(len(tests)), [len(test) for test in tests])
    rows = np.concatenate(tests)
    shown = np.arange(len(rows))
    if len(rows) > _SHOWN_ROWS:
        rng = np.random.RandomState(seed)
        shown = np.sort(rng.choice(len(rows), _SHOWN_ROWS, replace=False))
    folds, rows = folds[shown], rows[shown]
    predicted = {
        arm: values[shown]
        for arm in MODELS
        if (values := pool(results, arm, classes)) is not None
    }
    if classes is None:
        width = predicted["teacher"][:1].size
        extra = {"output": np.tile(np.arange(width), len(rows))}
    else:
        width, codes = 1, np.searchsorted(classes, y[rows])
        extra = {"teacher_right": predicted["teacher"].argmax(axis=1) == codes}
        each = np.arange(len(rows))
        predicted = {arm: values[each, codes] for arm, values in predicted.items()}
    teacher = np.ravel(predicted.pop("teacher"))
    samples = [
        frame(
            {
                "fold": np.repeat(folds, width),
                "row": np.repeat(rows, width),
                "model": arm,
                "teacher": teacher,
                "student": np.ravel(values),
                **extra,
            }
        )
        for arm, values in predicted.items()
    ]
    return concat(samples)


def reliability(
    responses: Mapping[str, NDArray], y: NDArray, classes: NDArray
) -> DataFrame:
    """Compare predicted and observed frequency, in ten bins of as many rows each.

    Parameters
    ----------
    responses : mapping of str to ndarray of shape (n_samples, n_classes)
        Probabilities by model.
    y : ndarray of shape (n_samples,)
        Labels.
    classes : ndarray of shape (n_classes,)
        Two classes: the probability of the second. More: that of the most likely class.

    Returns
    -------
    DataFrame
        "model", "predicted", "observed" and "rows", one row a bin.
    """
    rows = []
    for model, values in responses.items():
        if len(classes) == 2:
            predicted, hit = values[:, 1], y == classes[1]
        else:
            predicted = values.max(axis=1)
            hit = classes[values.argmax(axis=1)] == y
        edges = np.unique(np.quantile(predicted, np.linspace(0, 1, _BINS + 1)[1:-1]))
        bins = np.searchsorted(edges, predicted, side="right")
        for number in np.unique(bins):
            inside = bins == number
            rows.append(
                {
                    "model": model,
                    "predicted": float(predicted[inside].mean()),
                    "observed": float(hit[inside].mean()),
                    "rows": int(inside.sum()),
                }
            )
    return frame(rows, ["model", "predicted", "observed", "rows"])
