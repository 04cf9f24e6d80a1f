"""How near a student is to its teacher on rows that neither has seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import r2_score

from skdistill.report._measure import Answer
from skdistill.report._tables import Table, table

CLASSIFICATION = (
    "kl",
    "agreement",
    "agreement_teacher_right",
    "agreement_teacher_wrong",
)
REGRESSION = ("r2_to_teacher", "rmse_to_teacher")
STUDENTS = ("labels", "control", "distilled")
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
    ratio = np.maximum(teacher, _LEAST) / np.maximum(student, _LEAST)
    return np.sum(teacher * np.log(ratio), axis=1)


def fidelity(
    teacher: Answer, student: Answer, y: NDArray, weight: NDArray | None, soft: bool
) -> dict[str, float]:
    """Compare two answers for the same test rows; NaN for what is not defined."""
    weight = np.ones(len(y)) if weight is None else weight
    if not soft:
        error = np.reshape(teacher.predicted - student.predicted, (len(y), -1)) ** 2
        varied = np.ptp(teacher.predicted) > 0
        return {
            "r2_to_teacher": r2_score(
                teacher.predicted, student.predicted, sample_weight=weight
            )
            if varied
            else np.nan,
            "rmse_to_teacher": np.sqrt(np.average(error.mean(axis=1), weights=weight)),
        }
    same = teacher.predicted == student.predicted
    right = teacher.predicted == y
    values = {
        "agreement": _share(same, weight, np.ones_like(right)),
        "agreement_teacher_right": _share(same, weight, right),
        "agreement_teacher_wrong": _share(same, weight, ~right),
    }
    if student.responses is not None:
        kl = divergence(teacher.responses, student.responses)
        values["kl"] = np.average(kl, weights=weight)
    return values


def _share(same, weight, among):
    total = weight[among].sum()
    return float(weight[among & same].sum() / total) if total > 0 else np.nan


def fidelity_table(rows: Sequence[Mapping[str, Any]], soft: bool) -> Table:
    """One row a fold and student."""
    names = CLASSIFICATION if soft else REGRESSION
    return table(rows, ["fold", "model", *names])


def response_sample(
    answers: Mapping[tuple[str, int], Answer],
    tests: Sequence[NDArray],
    y: NDArray,
    classes: NDArray | None,
    seed: int,
) -> Table:
    """Teacher and student responses side by side, for at most 2,000 test rows.

    In classification a response is the probability of the true class, which reads the
    same for two classes and for ten.
    """
    folds = np.repeat(np.arange(len(tests)), [len(test) for test in tests])
    rows = np.concatenate(tests)
    if len(rows) > _SHOWN_ROWS:
        chosen = np.random.RandomState(seed).choice(
            len(rows), _SHOWN_ROWS, replace=False
        )
        chosen.sort()
    else:
        chosen = np.arange(len(rows))
    models = sorted({model for model, _ in answers}, key=("teacher", *STUDENTS).index)
    shown = {}
    for model in models:
        parts = [answers[model, fold] for fold in range(len(tests))]
        if classes is None:
            value = np.concatenate([part.predicted for part in parts])
            shown[model] = np.reshape(value, (len(rows), -1))[chosen]
        elif all(part.responses is not None for part in parts):
            value = np.concatenate([part.responses for part in parts])[chosen]
            codes = np.searchsorted(classes, y[rows[chosen]])
            shown[model] = value[np.arange(len(chosen)), codes, None]
            if model == "teacher":
                right = value.argmax(axis=1) == codes
    width = shown["teacher"].shape[1]
    names = ["fold", "row", "model", "output", "teacher", "student"]
    columns: dict[str, list] = {name: [] for name in names}
    for model in [m for m in models if m in shown and m != "teacher"]:
        n_cells = shown[model].size
        columns["fold"].append(np.repeat(folds[chosen], width))
        columns["row"].append(np.repeat(rows[chosen], width))
        columns["model"].append(np.repeat(model, n_cells))
        columns["output"].append(np.tile(np.arange(width), len(chosen)))
        columns["teacher"].append(shown["teacher"].ravel())
        columns["student"].append(shown[model].ravel())
    sample = {
        name: np.concatenate(parts) if parts else np.empty(0)
        for name, parts in columns.items()
    }
    if classes is not None:
        del sample["output"]
        sample["teacher_right"] = np.tile(right, len(shown) - 1)
    return sample


def reliability(
    responses: Mapping[str, NDArray], y: NDArray, classes: NDArray
) -> Table:
    """Predicted against observed frequency, in ten bins of as many rows each.

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
    dict of columns
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
    return table(rows, ["model", "predicted", "observed", "rows"])
