"""What the report says, in words and tables, wherever it is shown."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from skdistill.report._fidelity import CLASSIFICATION, STUDENTS
from skdistill.report._render import Block, seconds, size
from skdistill.report._statistics import HELPED, HURT, NO_EVIDENCE, SAME
from skdistill.report._summary import MODELS
from skdistill.report._tables import where

if TYPE_CHECKING:
    from skdistill.report._result import DistillationReport

NAMES = {
    "teacher": "teacher",
    "labels": "labels only",
    "control": "control",
    "distilled": "distilled",
}
_SHORT = {NO_EVIDENCE: "no evidence", SAME: "same"}
_FIDELITY = {
    "kl": "KL divergence",
    "agreement": "agreement",
    "agreement_teacher_right": "teacher right",
    "agreement_teacher_wrong": "teacher wrong",
    "r2_to_teacher": "R2 to teacher",
    "rmse_to_teacher": "RMSE to teacher",
}


def blocks(report: DistillationReport) -> list[Block]:
    """Return what the report says, in reading order."""
    summary = report.summary_rows()
    made = [
        Block(_title(report.info), [*_setting(report.info)]),
        Block("Verdict", _verdict(report, summary)),
        _scores(report, summary),
        _gains(report, summary),
        _efficiency(report),
        _fidelity(report),
        _cost(report),
    ]
    if report.findings:
        made.append(
            Block("Warnings", [f"{f.code}: {f.message}" for f in report.findings])
        )
    return [block for block in made if block is not None]


def _title(info):
    return (
        f"Distillation report: {info['estimator']}, {info['rows']:,} rows, "
        f"{info['folds']} folds"
    )


def _setting(info):
    privileged = info["privileged_columns"]
    unseen = f", {privileged} of them unseen by the student" if privileged else ""
    yield (
        f"Teacher: {info['teacher']} on {_count(info['teacher_columns'], 'column')}"
        f"{unseen}."
    )
    yield (
        f"Student: {info['student']} on {_count(info['student_columns'], 'column')}, "
        f"{_chosen(info)}."
    )
    control = info["no_control"]
    if control:
        yield f"No control: {control}."


def _count(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _chosen(info):
    told = []
    for name, values in info["chosen"].items():
        distinct = list(dict.fromkeys(values))
        if name == "privileged_weight" and distinct == [1.0]:
            continue
        label = name.replace("_", " ")
        if len(distinct) == 1:
            told.append(f"{label} {distinct[0]:g}")
        else:
            shown = ("none" if v != v else f"{v:g}" for v in values)
            told.append(f"{label} by fold: {', '.join(shown)}")
    return "; ".join(told)


def _verdict(report, summary):
    row, metric = summary[0], report.metrics[0]
    decimals = _decimals(row)
    level = f"{report.info['confidence']:.0%}"

    def gain(name, first=False):
        words = f"{level} interval " if first else ""
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        if not np.isfinite(low):
            return f"{row[name]:+.{decimals}f}"
        ends = f"{words}{low:+.{decimals}f} to {high:+.{decimals}f}"
        return f"{row[name]:+.{decimals}f} ({ends})"

    opening = {
        HELPED: "Distillation helped",
        HURT: "Distillation hurt",
        NO_EVIDENCE: "No evidence either way at this sample size",
        SAME: "The distilled student is the student on labels alone",
    }.get(row["verdict"], f"Not judged ({row['verdict']})")
    yield (
        f"{opening}: {metric.label} {row['distilled']:.{decimals}f}, on labels alone "
        f"{row['labels']:.{decimals}f}, a gain of {gain('gain', True)}."
    )
    if row["share"] == row["share"]:
        share = f"{row['share']:.0%}" if row["share"] > 0.0 else "none"
        if np.isfinite(row["share_low"]) and row["share"] > 0.0:
            share += f" ({row['share_low']:.0%} to {row['share_high']:.0%})"
        yield (
            f"The teacher's gain over labels alone is {gain('teacher_gain')}; the "
            f"distilled student has {share} of it."
        )
    if "smoothing" in row:
        yield (
            f"The student's gain has two parts: smoothing {gain('smoothing')}, which a "
            "teacher on the student's columns gives too; privileged information "
            f"{gain('privileged')}."
        )
    others = {}
    for other, known in zip(summary[1:], report.metrics[1:], strict=True):
        others.setdefault(other["verdict"], []).append(known.label)
    if others:
        told = "; ".join(f"{k} by {', '.join(v)}" for k, v in others.items())
        yield f"Other metrics: {told}."


def _scores(report, summary):
    models = [model for model in MODELS if model in summary[0]]
    rows = []
    for row, metric in zip(summary, report.metrics, strict=True):
        decimals = _decimals(row)
        rows.append(
            [
                metric.label,
                *(
                    _with_spread(row[model], row[f"{model}_sd"], decimals)
                    for model in models
                ),
            ]
        )
    lower = [m.label for m in report.metrics if not m.greater_is_better]
    notes = [f"Less is better: {', '.join(lower)}."] if lower else []
    if any(m.label == "tuned macro F1" for m in report.metrics):
        thresholds = report.tables["thresholds"]
        told = ", ".join(
            f"{NAMES[model]} {_median(thresholds, model):.2f}"
            for model in models
            if (thresholds["model"] == model).any()
        )
        notes.append(f"Median threshold of the tuned macro F1: {told}.")
    return Block(
        "Scores on held-out rows, mean ± standard deviation over folds",
        header=["", *(NAMES[model] for model in models)],
        rows=rows,
        notes=notes,
    )


def _median(thresholds, model):
    return np.median(where(thresholds, model=model)["threshold"])


def _with_spread(mean, spread, decimals, sign=""):
    if mean != mean:
        return "undefined"
    text = f"{mean:{sign}.{decimals}f}"
    return f"{text} ± {spread:.{decimals}f}" if np.isfinite(spread) else text


def _gains(report, summary):
    names = [n for n in ("gain", "smoothing", "privileged") if n in summary[0]]
    rows = []
    for row, metric in zip(summary, report.metrics, strict=True):
        cells = [metric.label]
        for name in names:
            half = row[f"{name}_high"] - row[name]
            cells.append(_with_spread(row[name], half, _decimals(row), "+"))
        share = row["share"]
        cells.append(f"{share:.0%}" if share == share else "-")
        cells.append(_SHORT.get(row["verdict"], row["verdict"]))
        rows.append(cells)
    parts = (
        ", smoothing: control over labels only, privileged: distilled over control"
        if "smoothing" in names
        else ""
    )
    return Block(
        f"Paired gains, ± half of the {report.info['confidence']:.0%} interval",
        header=["", *names, "share", "verdict"],
        rows=rows,
        notes=[
            f"Gain: distilled over labels only{parts}; above 0 is better in every "
            "metric. Share: of the teacher's gain over labels only. The intervals "
            "allow for overlapping training parts (Nadeau and Bengio 2003); repeated "
            "folds narrow them."
        ],
    )


def _efficiency(report):
    if "learning_curve" not in report.tables:
        return None
    table = where(report.efficiency_table(), model="distilled")
    best = report.headline_efficiency()
    span = int(table["rows"].min()), int(table["rows"].max())
    sentence = (
        f"By {report.curve_metric().label}, distilled on {best['rows']:,} rows is "
        f"worth labels only on {_rows(best['worth'], span)} rows"
    )
    if np.isfinite(best["gain_low"]):
        low, high = (_rows(best[f"worth_{end}"], span) for end in ("low", "high"))
        sentence += f" ({report.info['confidence']:.0%} interval {low} to {high})"
    sentence += "."
    if best["worth_low"] == 0.0 and np.isinf(best["worth_high"]):
        sentence += " That is all sizes: the curve cannot tell what rows are worth."
    rows = [
        [
            f"{table['rows'][i]:,}",
            _rows(table["worth"][i], span),
            _rows(table["worth_low"][i], span),
            _rows(table["worth_high"][i], span),
        ]
        for i in range(len(table["rows"]))
        if table["rows"][i] < span[1]
    ]
    return Block(
        "Label efficiency",
        [sentence],
        ["distilled on", "worth labels only on", "from", "to"],
        rows,
    )


def _rows(worth, span):
    if worth != worth:
        return "?"
    if math.isinf(worth):
        return f"more than {span[1]:,}"
    return f"fewer than {span[0]:,}" if worth == 0 else f"{round(worth):,}"


def _fidelity(report):
    table = report.tables["fidelity"]
    names = [name for name in table if name not in ("fold", "model")]
    rows = []
    for model in STUDENTS:
        chosen = where(table, model=model)
        if not len(chosen["fold"]):
            continue
        cells = [NAMES[model]]
        for name in names:
            values = chosen[name][np.isfinite(chosen[name])]
            mean = values.mean() if len(values) else np.nan
            agreed = name.startswith("agreement")
            cells.append(
                "-" if mean != mean else f"{mean:.1%}" if agreed else f"{mean:.4g}"
            )
        rows.append(cells)
    soft = names[0] == CLASSIFICATION[0]
    notes = [
        "KL divergence in nats; agreement of predicted labels, overall and where the "
        "teacher is right and wrong."
    ]
    return Block(
        "Fidelity to the teacher, on held-out rows",
        header=["", *(_FIDELITY[name] for name in names)],
        rows=rows,
        notes=notes if soft else [],
    )


def _cost(report):
    table = report.tables["cost"]
    rows = [
        [
            NAMES[table["model"][i]],
            str(table["estimator"][i]),
            str(table["columns"][i]),
            seconds(table["fit_seconds"][i]),
            seconds(table["one_row_seconds"][i]),
            seconds(table["bulk_seconds_per_row"][i]),
            size(table["bytes"][i]),
        ]
        for i in range(len(table["model"]))
    ]
    notes = [
        "Medians. Training of the distilled student includes the out-of-fold teachers."
    ]
    if report.info["n_jobs"] not in (None, 1):
        notes.append("Models were trained side by side, which lengthens their times.")
    notes.append(
        f"The report trained {report.info['models']} models in "
        f"{seconds(report.info['model_seconds'])} and took "
        f"{seconds(report.info['seconds'])}."
    )
    return Block(
        "Cost",
        header=[
            "",
            "estimator",
            "columns",
            "training",
            "one row",
            "per row in bulk",
            "pickled",
        ],
        rows=rows,
        notes=notes,
    )


def _decimals(row: dict[str, Any]) -> int:
    """Decimals that give the largest mean of a metric four digits."""
    values = [abs(row[m]) for m in MODELS if m in row and np.isfinite(row[m])]
    largest = max(values, default=1.0)
    if largest == 0.0 or 0.01 <= largest < 1.0:
        return 4
    return int(np.clip(3 - math.floor(math.log10(largest)), 0, 10))
