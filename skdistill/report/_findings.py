"""What a reader of a report must be warned of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator

from skdistill.report._arms import Arms
from skdistill.report._data import Data
from skdistill.report._metrics import Metric
from skdistill.report._render import count
from skdistill.report._statistics import HELPED, HURT
from skdistill.report._summary import GAINS, interval_of
from skdistill.report._tables import DataFrame
from skdistill.report._unlabeled import ROWS
from skdistill.report._wrappers import OWNER, inner_estimator, transforms
from skdistill.selection._shift import ALIKE, describe_shift


@dataclass(frozen=True)
class Finding:
    """A warning with a name.

    Attributes
    ----------
    code : str
        Stable name, for programs: "leaking-column", "teacher-no-better",
        "teacher-uncertain", "mostly-smoothing", "privileged-hurts",
        "distillation-hurts", "unlabeled-hurt", "unlabeled-differ",
        "unlabeled-not-transformed", "unlabeled-repeated", "drawn-labels",
        "alpha-zero", "frozen-teacher", "control-failed", "groups-ignored",
        "columns-only-student", "undefined-scores" or "unweighted-scores".
    message : str
        What was found and what to do.
    """

    code: str
    message: str


def setting_findings(
    estimator: Any,
    data: Data,
    arms: Arms,
    outer_groups: bool,
    metrics: Sequence[Metric],
) -> Iterator[Finding]:
    """Warn of how the report was asked for, whatever its figures."""
    inner = inner_estimator(estimator)
    if isinstance(getattr(inner, "teacher", None), FrozenEstimator):
        yield Finding(
            "frozen-teacher",
            "The teacher is frozen. If it was trained on rows of X, the figures of "
            "teacher and distilled student are too good to be true: pass it unfitted, "
            "or report on rows that it has not seen.",
        )
    if arms.no_control.startswith("its training failed"):
        yield Finding(
            "control-failed",
            f"There is no control, as {arms.no_control}. Its teacher sees only the "
            "student's columns; one that selects columns by type works with these, "
            "too. Or pass control=False.",
        )
    unsplit = [f"cv of {OWNER}"] * (not outer_groups)
    unsplit += [f"cv of {type(inner).__name__}"] * ("cv" not in data.group_splitters)
    if data.groups is not None and unsplit:
        yield Finding(
            "groups-ignored",
            f"groups were given, but {' and '.join(unsplit)} splits groups, so models "
            "predict rows of groups that they were trained on. Use GroupKFold() or "
            "StratifiedGroupKFold().",
        )
    if len(arms.student_only) and len(arms.privileged) == 0:
        yield Finding(
            "columns-only-student",
            f"The student sees {len(arms.student_only)} columns that the teacher does "
            "not, and the teacher none of its own. Is that meant?",
        )
    if data.unlabeled.n_repeated:
        yield Finding(
            "unlabeled-repeated",
            f"{data.unlabeled.n_repeated:,} rows of X_unlabeled equal rows of X and "
            "are left out: as rows to test on, their privileged columns are not known.",
        )
    if data.unlabeled.n_rows and not transforms(estimator, ROWS):
        yield Finding(
            "unlabeled-not-transformed",
            "The pipeline transforms X, but not X_unlabeled, so the student learns "
            "from rows of another kind. Put the steps into teacher and student, or "
            "use Pipeline(..., transform_input=['X_unlabeled']) and metadata routing.",
        )
    if data.unlabeled.auc > ALIKE:
        yield Finding("unlabeled-differ", describe_shift(data.unlabeled.auc))
    unweighted = [metric.label for metric in metrics if not metric.weighted]
    if unweighted:
        yield Finding(
            "unweighted-scores",
            f"Computed without sample_weight, which they do not take: "
            f"{', '.join(unweighted)}.",
        )


def score_findings(
    summary: DataFrame, metrics: Sequence[Metric], info: Mapping[str, Any]
) -> Iterator[Finding]:
    """Warn of what the scores show; most of it by the first metric."""
    row, label = summary.to_dict("records")[0], metrics[0].label
    gains = {name: interval_of(row, name) for name in GAINS if name in row}
    alphas = np.array(info["chosen"].get("alpha", []))
    folds = count(len(alphas), "fold")
    if "teacher_gain" in gains:
        n_taught = int((alphas > 0.0).sum())
        still = f" The student learnt from it in {n_taught} of {folds}, still: "
        still += 'alpha=0 is the baseline, and alpha="auto" may choose it.'
        still *= n_taught > 0
        yield from _teacher_findings(gains["teacher_gain"], label, still)
    yield from _gain_findings(gains, label)
    if (alphas == 0.0).any():
        yield Finding(
            "alpha-zero",
            f"alpha is 0 in {int((alphas == 0.0).sum())} of {folds}: there the "
            "distilled student is the baseline.",
        )
    if info["route"] == "label_draw":
        yield Finding(
            "drawn-labels",
            f"{info['student']} takes no soft targets: it is trained on one label a "
            "row, drawn from them, which is right on average only. Choose a student "
            "that takes row weights, or look at several random_state.",
        )
    undefined = [
        metric.label
        for metric, n_folds in zip(metrics, summary["folds"], strict=True)
        if n_folds < info["folds"]
    ]
    if undefined:
        yield Finding(
            "undefined-scores",
            f"Not defined in every fold, as its test rows lack a class or vary in "
            f"nothing: {', '.join(undefined)}. Use fewer or stratified folds.",
        )


def _teacher_findings(gain, label, still):
    """Warn of a teacher from which there is nothing to learn, or may be."""
    if gain.mean <= 0.0:
        yield Finding(
            "teacher-no-better",
            f"The teacher is no better than the baseline by {label}: there is nothing "
            "to transfer. Give it columns that the student lacks, or a stronger model."
            + still,
        )
    elif gain.low <= 0.0:
        yield Finding(
            "teacher-uncertain",
            "There is no evidence at this sample size that the teacher is better than "
            f"the baseline by {label}.",
        )


def _gain_findings(gains, label):
    """Warn of what hurts the student, and of a gain that needs no teacher."""
    gain = gains["gain"]
    if gain.verdict == HURT:
        yield Finding(
            "distillation-hurts",
            f"The distilled student is worse than the same student on labels alone by "
            f'{label}. Train it on labels (alpha=0), or let alpha="auto" choose.',
        )
    if "smoothing" in gains:
        smoothing, privileged = gains["smoothing"], gains["privileged"]
        if gain.verdict == HELPED and smoothing.mean > 0.5 * gain.mean:
            share = smoothing.mean / gain.mean
            part = "All" if share >= 1.0 else f"Most ({share:.0%})"
            yield Finding(
                "mostly-smoothing",
                f"{part} of the gain in {label} came from smoothing: a teacher that "
                "sees only the student's columns gives it too. A better regularised "
                "student may have it without any teacher.",
            )
        if privileged.verdict == HURT:
            yield Finding(
                "privileged-hurts",
                f"The teacher's own columns hurt: a teacher that sees only the "
                f"student's columns teaches better by {label}. Set teacher_features to "
                "the student's columns, or try fewer of the teacher's own.",
            )
    if "unlabeled" in gains and gains["unlabeled"].verdict == HURT:
        yield Finding(
            "unlabeled-hurt",
            f"Rows without labels hurt by {label}: the same model is better without "
            'them. Leave them out, or let unlabeled_weight="auto" choose.',
        )
