"""What the report says in sentences, wherever it is shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from skdistill.report._cost import beyond_noise
from skdistill.report._metrics import Metric
from skdistill.report._readings import Readings
from skdistill.report._render import count
from skdistill.report._statistics import HELPED, HURT, NO_EVIDENCE, ONE_FOLD, SAME
from skdistill.report._summary import MODELS, PARTS

_OPENINGS = {
    HELPED: "Distillation helped",
    HURT: "Distillation hurt",
    NO_EVIDENCE: "No evidence either way at this sample size",
    SAME: "The distilled student is the baseline",
    ONE_FOLD: "No verdict, as one fold gives no interval",
}
_PARTS = {
    "smoothing": "smoothing",
    "privileged": "privileged information",
    "soft_targets": "soft targets of rows with labels",
    "unlabeled": "rows without labels",
}
_WHENCE = {"smoothing": ", which a teacher on the student's columns gives too"}
# What goes without saying.
_UNTOLD = {"privileged_weight": [1.0], "unlabeled_weight": [0.0], "calibrated": [0.0]}


def title(info: Mapping[str, Any]) -> str:
    """Name what was measured, and on how much."""
    return (
        f"Distillation report: {info['estimator']}, {count(info['rows'], 'row')}, "
        f"{count(info['folds'], 'fold')}"
    )


def setting_sentences(info: Mapping[str, Any]) -> Iterator[str]:
    """Say what teacher and student are."""
    privileged = info["privileged_columns"]
    unseen = f", {privileged} of them unseen by the student" if privileged else ""
    if info["teacher"]:
        columns = count(info["teacher_columns"], "column")
        yield f"Teacher: {info['teacher']} on {columns}{unseen}."
    columns = count(info["student_columns"], "column")
    yield f"Student: {info['student']} on {columns}, {_chosen(info)}."
    yield "Baseline: the same student on labels alone."
    if info["inner_folds"]:
        yield (
            f"Teachers are trained on {info['inner_folds']} folds of each training "
            "part: the other folds of the report."
        )
    if info["unlabeled_rows"]:
        rows = count(info["unlabeled_rows"], "row")
        yield f"{rows} without labels take part in the distilled student alone."
    if info["no_control"] and info["teacher"]:
        yield f"No control: {info['no_control']}."


def spaced(name: str) -> str:
    """Write the name of a column in words."""
    return name.replace("_", " ")


def _chosen(info):
    told = []
    for name, values in info["chosen"].items():
        distinct = list(dict.fromkeys(values))
        if distinct == _UNTOLD.get(name):
            continue
        label = spaced(name)
        if (name, distinct) == ("calibrated", [1.0]):
            told.append("on calibrated soft targets")
        elif len(distinct) == 1:
            told.append(f"{label} {distinct[0]:g}")
        else:
            shown = ("none" if v != v else f"{v:g}" for v in values)
            told.append(f"{label} by fold: {', '.join(shown)}")
    return "; ".join(told)


def verdict_sentences(report: Readings) -> Iterator[str]:
    """Say by the first metric what distillation did, then by the others."""
    row, *others = report.summary().to_dict("records")
    metric, *further = report.metrics
    decimals = decimals_of(row)
    interval = partial(gain_text, row, decimals)
    level = f"{report.info['confidence']:.0%} interval "
    change = "change" if row["gain"] < 0.0 else "gain"
    yield (
        f"{_OPENINGS[row['verdict']]}. On held-out rows {metric.label} is "
        f"{row['distilled']:.{decimals}f} with distillation and "
        f"{row['baseline']:.{decimals}f} without, a {change} of "
        f"{interval('gain', level)}."
    )
    if "teacher_gain" in row:
        told = f"The teacher's gain over the baseline is {interval('teacher_gain')}"
        share = share_text(row)
        yield (
            f"{told}; the distilled student has {share} of it." if share else f"{told}."
        )
    parts = [name for name in PARTS if name in row]
    if len(parts) > 1:
        told = "; ".join(
            f"{_PARTS[name]} {interval(name)}{_WHENCE.get(name, '')}" for name in parts
        )
        number = {2: "two", 3: "three"}[len(parts)]
        yield f"The student's {change} has {number} parts: {told}."
    by_verdict: dict[str, list[str]] = {}
    for other, known in zip(others, further, strict=True):
        by_verdict.setdefault(other["verdict"], []).append(known.label)
    if by_verdict:
        told = "; ".join(f"{k} by {', '.join(v)}" for k, v in by_verdict.items())
        yield f"Other metrics: {told}."


def summary_row(report: Readings, metric: Metric) -> dict[str, Any]:
    """Return what the summary has of a metric."""
    return report.summary().set_index("metric").loc[metric.name].to_dict()


def headline(report: Readings, metric: Metric) -> str:
    """Say the verdict by one metric in two short lines."""
    row = summary_row(report, metric)
    gain = gain_text(row, decimals_of(row))
    return f"{_OPENINGS[row['verdict']]}:\ngain in {metric.label} {gain}"


def speed_sentence(report: Readings) -> str:
    """Compare prediction times of the distilled student, where they differ."""
    cost = report.cost().set_index("model")
    other = "teacher" if "teacher" in cost.index else "baseline"
    times = dict(
        zip(cost.index, beyond_noise(cost, "bulk_seconds_per_row"), strict=True)
    )
    ratio = times[other] / times["distilled"]
    factor = max(ratio, 1.0 / ratio)
    shown = f"{factor:,.0f}" if factor >= 10.0 else f"{factor:.2g}"
    told = f"{shown} times as {'fast' if ratio > 1 else 'long'}"
    if ratio == 1.0:
        return f"The distilled student predicts as fast as the {other}"
    verb = "predicts" if ratio > 1 else "takes"
    return f"The distilled student {verb} {told} as the {other}"


def share_text(row: Mapping[str, Any]) -> str:
    """Say the share of the teacher's gain, or nothing where a gain is in doubt."""
    if row["verdict"] != HELPED or not row.get("teacher_gain_low", np.nan) > 0.0:
        return ""
    if not np.isfinite(row["share_low"]):
        return f"{row['share']:.0%}"
    return f"{row['share']:.0%} ({row['share_low']:.0%} to {row['share_high']:.0%})"


def gain_text(
    row: Mapping[str, Any], decimals: int, name: str = "gain", words: str = ""
) -> str:
    """Write a gain with its sign, and the ends of its interval if it has one."""
    gain, low, high = (
        f"{row[f'{name}{end}']:+.{decimals}f}" for end in ("", "_low", "_high")
    )
    if not np.isfinite(row[f"{name}_low"]):
        return gain
    return f"{gain} ({words}{low} to {high})"


def labels_text(report: Readings, reading: Mapping[str, Any]) -> str:
    """Name the rows, with and without labels, that an efficiency is read at."""
    n_unlabeled = report.info["unlabeled_rows"]
    if not n_unlabeled:
        return f"{reading['rows']:,} rows"
    return f"{reading['rows']:,} rows with labels and {n_unlabeled:,} without"


def decimals_of(row: Mapping[str, Any]) -> int:
    """Decimals that give the largest mean of a metric four digits."""
    values = [abs(row[m]) for m in MODELS if m in row and np.isfinite(row[m])]
    largest = max(values, default=1.0)
    if largest == 0.0 or 0.01 <= largest < 1.0:
        return 4
    return int(np.clip(3 - math.floor(math.log10(largest)), 0, 10))
