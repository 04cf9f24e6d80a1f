"""What a reader of a report must be warned of, and which columns to suspect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import r2_score, roc_auc_score

from skdistill.report._scoring import Metric
from skdistill.report._statistics import HELPED, HURT, Interval

# A teacher this good, over a student this much weaker, has usually seen the answer.
_PERFECT = {"ROC AUC": (0.99, 0.95), "R2": (0.98, 0.90)}


@dataclass(frozen=True)
class Finding:
    """A warning with a name.

    Attributes
    ----------
    code : str
        Stable name, for programs: "leaking-column", "teacher-no-better",
        "teacher-uncertain", "mostly-smoothing", "privileged-hurts",
        "distillation-hurts", "alpha-zero", "frozen-teacher", "control-failed",
        "groups-ignored", "columns-only-student", "undefined-scores" or
        "unweighted-scores".
    message : str
        What was found and what to do.
    """

    code: str
    message: str


def gain_findings(row: Mapping[str, Any], metric: Metric) -> list[Finding]:
    """Return what the summary of the first metric warns of.

    Parameters
    ----------
    row : mapping
        From `summarise`.
    metric : Metric
    """
    findings = []
    teacher = _interval(row, "teacher_gain")
    gain = _interval(row, "gain")
    if teacher.mean <= 0.0:
        findings.append(
            Finding(
                "teacher-no-better",
                f"The teacher is no better than the student on labels alone by "
                f"{metric.label}: there is nothing to transfer. Give it columns that "
                "the student lacks, or a stronger model.",
            )
        )
    elif teacher.low <= 0.0:
        findings.append(
            Finding(
                "teacher-uncertain",
                f"There is no evidence at this sample size that the teacher is better "
                f"than the student on labels alone by {metric.label}.",
            )
        )
    if gain.verdict == HURT:
        findings.append(
            Finding(
                "distillation-hurts",
                f"The distilled student is worse than the same student on labels alone "
                f"by {metric.label}. Train it on labels (alpha=0), or let "
                'alpha="auto" choose.',
            )
        )
    if "smoothing" in row:
        findings += _split_findings(row, gain, metric)
    return findings


def _split_findings(row, gain, metric):
    smoothing, privileged = (_interval(row, k) for k in ("smoothing", "privileged"))
    findings = []
    if gain.verdict == HELPED and smoothing.mean > 0.5 * gain.mean:
        share = smoothing.mean / gain.mean
        part = "All" if share >= 1.0 else f"Most ({share:.0%})"
        findings.append(
            Finding(
                "mostly-smoothing",
                f"{part} of the gain in {metric.label} came from smoothing: a teacher "
                "that sees only the student's columns gives it too. A better "
                "regularised student may have it without any teacher.",
            )
        )
    if privileged.verdict == HURT:
        findings.append(
            Finding(
                "privileged-hurts",
                f"The teacher's own columns hurt: a teacher that sees only the "
                f"student's columns teaches better by {metric.label}. Set "
                "teacher_features to the student's columns, or try fewer of the "
                "teacher's own.",
            )
        )
    return findings


def _interval(row, name):
    return Interval(
        row[name], row[f"{name}_low"], row[f"{name}_high"], int(row["folds"])
    )


def leak_finding(
    teacher: NDArray,
    labels: NDArray | None,
    y: NDArray,
    classes: NDArray | None,
    X: Any,
    privileged: NDArray,
) -> Finding | None:
    """Find a near-perfect teacher whose student is far from perfect.

    Parameters
    ----------
    teacher, labels : ndarray
        Out-of-fold answers of both: probabilities, or predicted values. None where
        the student has none.
    y : ndarray of shape (n_samples,)
    classes : ndarray or None
    X : {ndarray, sparse matrix, dataframe}
        Rows of the answers; searched for the column at fault.
    privileged : ndarray of int
        Columns that only the teacher sees.
    """
    name = "R2" if classes is None else "ROC AUC"
    perfect, modest = _PERFECT[name]
    if labels is None:
        return None
    best = _quality(y, teacher, classes)
    if not best >= perfect or not _quality(y, labels, classes) < modest:
        return None
    message = (
        f"The teacher is nearly perfect on rows it has not seen ({name} {best:.4f}), "
        "the student on labels far from it. One of the teacher's own columns may be "
        "a consequence of the target: such a leak makes confident targets, not better "
        "students."
    )
    if y.ndim == 1:
        found = [
            (_column_quality(X, column, y, classes), column) for column in privileged
        ]
        value, column = max(found, default=(0.0, 0))
        if value >= perfect - 0.04:
            names = list(getattr(X, "columns", []))
            shown = f"{names[column]!r}" if names else f"{column}"
            message += f" Column {shown} alone reaches {name} {value:.4f}."
    return Finding("leaking-column", message)


def _quality(y, answers, classes):
    try:
        if classes is None:
            return r2_score(y, answers)
        if len(classes) == 2:
            return roc_auc_score(y == classes[1], answers[:, 1])
        return roc_auc_score(y, answers, multi_class="ovr", labels=classes)
    except ValueError:
        return np.nan


def _column_quality(X, column, y, classes):
    """How well one column ranks the target, without a model; 0 if it holds no numbers.

    Missing values rank below all others. In regression, squared rank correlation.
    """
    try:
        values = X.iloc[:, column] if hasattr(X, "iloc") else X[:, int(column)]
        values = np.asarray(values, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        return 0.0
    rank = _ranks(np.nan_to_num(values, nan=-np.inf))
    if classes is None:
        return float(np.corrcoef(rank, _ranks(y))[0, 1] ** 2) if np.ptp(rank) else 0.0
    areas = [roc_auc_score(y == label, rank) for label in classes if (y == label).any()]
    return float(np.mean([max(area, 1.0 - area) for area in areas]))


def _ranks(values):
    return np.unique(values, return_inverse=True)[1].astype(np.float64)
