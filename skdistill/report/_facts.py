"""Facts of a run, and the findings that rest on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator

from skdistill.input._boosters import final_step
from skdistill.input._sklearn import safe_indexing
from skdistill.input._splits import Split
from skdistill.offline._base import BaseDistilled
from skdistill.report._data import OWNER, Data
from skdistill.report._findings import Finding, gain_findings, leak_finding
from skdistill.report._measure import Answer, RunResult
from skdistill.report._plan import Roles
from skdistill.report._scoring import Metric
from skdistill.report._summary import summarise
from skdistill.report._tables import Table


def describe(
    estimator: BaseDistilled,
    data: Data,
    splits: Sequence[Split],
    roles: Roles,
    whole: Sequence[RunResult],
    confidence: float,
) -> dict[str, Any]:
    """Return the facts of a run that a reader needs beside its figures."""
    distilled = [o for o in whole if o.part.role == "distilled"]
    model = distilled[0].model
    teacher = next(o.model for o in whole if o.part.role == "teacher")
    names = dict.fromkeys(name for o in distilled for name in o.chosen)
    sizes = np.array([[len(train), len(test)] for train, test in splits])
    return {
        "estimator": type(estimator).__name__,
        "teacher": _model_name(teacher),
        "student": _model_name(model.students_[0]),
        "task": "regression" if data.classes is None else "classification",
        "classes": None if data.classes is None else data.classes.tolist(),
        "rows": int(data.X.shape[0]),
        "folds": len(splits),
        "train_rows": float(sizes[:, 0].mean()),
        "test_ratio": float(sizes[:, 1].mean() / sizes[:, 0].mean()),
        "teacher_columns": len(model.teacher_feature_indices_),
        "student_columns": len(model.student_feature_indices_),
        "privileged_columns": len(roles.privileged),
        "no_control": roles.no_control,
        "confidence": confidence,
        "chosen": {
            name: [o.chosen.get(name, np.nan) for o in distilled] for name in names
        },
    }


def _model_name(model):
    model = model.estimator if isinstance(model, FrozenEstimator) else model
    return type(final_step(model)).__name__


def setting_findings(
    estimator: BaseDistilled,
    data: Data,
    roles: Roles,
    outer_groups: bool,
    unweighted: Sequence[str],
) -> Iterator[Finding]:
    """Warn of how the report was asked for, whatever its figures."""
    if isinstance(estimator.teacher, FrozenEstimator):
        yield Finding(
            "frozen-teacher",
            "The teacher is frozen. If it was trained on rows of X, the figures of "
            "teacher and distilled student are too good to be true: pass it unfitted, "
            "or report on rows that it has not seen.",
        )
    if roles.no_control.startswith("its training failed"):
        yield Finding(
            "control-failed",
            f"There is no control, as {roles.no_control}. Its teacher sees only the "
            "student's columns; one that selects columns by type works with these, "
            "too. Or pass control=False.",
        )
    inner_groups = "cv" in data.group_splitters
    if data.groups is not None and not (outer_groups and inner_groups):
        where = f"cv of {OWNER}" if not outer_groups else ""
        inner = f"cv of {type(estimator).__name__}" if not inner_groups else ""
        yield Finding(
            "groups-ignored",
            f"groups were given, but {' and '.join(filter(None, [where, inner]))} "
            "splits groups, so models are asked about groups they have seen. Use "
            "GroupKFold() or StratifiedGroupKFold().",
        )
    if len(roles.student_only) and len(roles.privileged) == 0:
        yield Finding(
            "columns-only-student",
            f"The student sees {len(roles.student_only)} columns that the teacher does "
            "not, and the teacher none of its own. Is that meant?",
        )
    if unweighted:
        yield Finding(
            "unweighted-scores",
            f"Computed without sample_weight, which they do not take: "
            f"{', '.join(unweighted)}.",
        )


def score_findings(
    scores: Table, metrics: Sequence[Metric], info: Mapping[str, Any]
) -> list[Finding]:
    """Warn of what the scores show."""
    rows = summarise(scores, metrics, info["test_ratio"], info["confidence"])
    findings = gain_findings(rows[0], metrics[0])
    alphas = np.array(info["chosen"].get("alpha", []))
    if (alphas == 0.0).any():
        findings.append(
            Finding(
                "alpha-zero",
                f"alpha is 0 in {int((alphas == 0.0).sum())} of {len(alphas)} folds: "
                "there the distilled student is the student on labels alone.",
            )
        )
    partial = [
        m.label
        for m, row in zip(metrics, rows, strict=True)
        if row["folds"] < info["folds"]
    ]
    if partial:
        findings.append(
            Finding(
                "undefined-scores",
                f"Not defined in every fold, as its test rows lack a class or vary in "
                f"nothing: {', '.join(partial)}. Use fewer or stratified folds.",
            )
        )
    return findings


def find_leak(
    answers: Mapping[tuple[str, int], Answer],
    splits: Sequence[Split],
    data: Data,
    roles: Roles,
) -> Finding | None:
    """Ask the out-of-fold answers whether a privileged column gives the target away."""
    if not len(roles.privileged):
        return None
    rows = np.concatenate([test for _, test in splits])

    def pooled(model):
        parts = [answers[model, fold] for fold in range(len(splits))]
        if data.classes is None:
            return np.concatenate([part.predicted for part in parts])
        if any(part.responses is None for part in parts):
            return None
        return np.concatenate([part.responses for part in parts])

    return leak_finding(
        pooled("teacher"),
        pooled("labels"),
        data.y[rows],
        data.classes,
        safe_indexing(data.X, rows),
        roles.privileged,
    )
