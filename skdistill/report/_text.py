"""What the report says, in words and tables, wherever it is shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from skdistill.report._cost import beyond_noise
from skdistill.report._fidelity import CLASSIFICATION, STUDENTS
from skdistill.report._metrics import TUNED_F1, Metric
from skdistill.report._render import Block, count, seconds, size
from skdistill.report._statistics import HELPED, HURT, NO_EVIDENCE, ONE_FOLD, SAME
from skdistill.report._summary import MODELS, PARTS, compared

if TYPE_CHECKING:
    from skdistill.report._result import DistillationReport

_OPENINGS = {
    HELPED: "Distillation helped",
    HURT: "Distillation hurt",
    NO_EVIDENCE: "No evidence either way at this sample size",
    SAME: "The distilled student is the baseline",
    ONE_FOLD: "No verdict, as one fold gives no interval",
}
_SHORT = {NO_EVIDENCE: "no evidence", SAME: "same", ONE_FOLD: "one fold"}
_PARTS = {
    "smoothing": "smoothing",
    "privileged": "privileged information",
    "soft_targets": "soft targets of rows with labels",
    "unlabeled": "rows without labels",
}
_WHENCE = {"smoothing": ", which a teacher on the student's columns gives too"}
# What goes without saying.
_UNTOLD = {"privileged_weight": [1.0], "unlabeled_weight": [0.0], "calibrated": [0.0]}
_FIDELITY = {
    "kl": "KL divergence",
    "agreement": "agreement",
    "agreement_teacher_right": "teacher right",
    "agreement_teacher_wrong": "teacher wrong",
    "r2_to_teacher": "R2 to teacher",
    "rmse_to_teacher": "RMSE to teacher",
}
_COSTS = {
    "fit_seconds": ("training", seconds),
    "one_row_seconds": ("one row", seconds),
    "bulk_seconds_per_row": ("per row in bulk", seconds),
    "bytes": ("pickled", size),
}


def blocks(report: DistillationReport) -> list[Block]:
    """Return what the report says, in reading order."""
    made = [
        Block(title(report.info), [*setting_sentences(report.info)]),
        Block("Verdict", [*verdict_sentences(report)]),
        *tables(report),
    ]
    if report.findings:
        told = [f"{finding.code}: {finding.message}" for finding in report.findings]
        made.append(Block("Warnings", told))
    return made


def tables(report: DistillationReport) -> list[Block]:
    """Return the figures, in tables with their notes."""
    summary = report.summary().to_dict("records")
    made = (
        _scores(report, summary),
        _gains(report, summary),
        _efficiency(report),
        _unlabeled(report),
        _fidelity(report),
        _cost(report),
    )
    return [block for block in made if block is not None]


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


def _spaced(name):
    return name.replace("_", " ")


def _chosen(info):
    told = []
    for name, values in info["chosen"].items():
        distinct = list(dict.fromkeys(values))
        if distinct == _UNTOLD.get(name):
            continue
        label = _spaced(name)
        if (name, distinct) == ("calibrated", [1.0]):
            told.append("on calibrated soft targets")
        elif len(distinct) == 1:
            told.append(f"{label} {distinct[0]:g}")
        else:
            shown = ("none" if v != v else f"{v:g}" for v in values)
            told.append(f"{label} by fold: {', '.join(shown)}")
    return "; ".join(told)


def verdict_sentences(report: DistillationReport) -> Iterator[str]:
    """Say by the first metric what distillation did, then by the others."""
    row, *others = report.summary().to_dict("records")
    metric, *further = report.metrics
    decimals = decimals_of(row)

    def interval(name, words=""):
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        if not np.isfinite(low):
            return f"{row[name]:+.{decimals}f}"
        ends = f"{words}{low:+.{decimals}f} to {high:+.{decimals}f}"
        return f"{row[name]:+.{decimals}f} ({ends})"

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


def headline(report: DistillationReport, metric: Metric) -> str:
    """Say the verdict by one metric in two short lines."""
    row = report.summary().set_index("metric").loc[metric.name].to_dict()
    decimals = decimals_of(row)
    gain = f"{row['gain']:+.{decimals}f}"
    if np.isfinite(row["gain_low"]):
        gain += (
            f" ({row['gain_low']:+.{decimals}f} to {row['gain_high']:+.{decimals}f})"
        )
    return f"{_OPENINGS[row['verdict']]}:\ngain in {metric.label} {gain}"


def speed_sentence(report: DistillationReport) -> str:
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


def _scores(report, summary):
    models = [model for model in MODELS if model in summary[0]]
    rows = []
    for row, metric in zip(summary, report.metrics, strict=True):
        decimals = decimals_of(row)
        cells = (_with_spread(row[m], row[f"{m}_sd"], decimals) for m in models)
        rows.append([metric.label, *cells])
    lower = [m.label for m in report.metrics if not m.greater_is_better]
    notes = [f"Less is better: {', '.join(lower)}."] if lower else []
    if "thresholds" in report.tables:
        thresholds = report.tables["thresholds"].groupby("model")["threshold"].median()
        told = ", ".join(f"{m} {thresholds[m]:.2f}" for m in models if m in thresholds)
        notes.append(f"Median threshold of the {TUNED_F1}: {told}.")
    several = report.info["folds"] > 1
    spread = ", mean ± standard deviation over folds" if several else ""
    return Block(
        f"Scores on held-out rows{spread}", header=["", *models], rows=rows, notes=notes
    )


def _with_spread(mean, spread, decimals, sign=""):
    if mean != mean:
        return "undefined"
    text = f"{mean:{sign}.{decimals}f}"
    return f"{text} ± {spread:.{decimals}f}" if np.isfinite(spread) else text


def _gains(report, summary):
    names = ["gain", *(name for name in PARTS if name in summary[0])]
    shares = [share_text(row).partition(" ")[0] or "-" for row in summary]
    shown = any(share != "-" for share in shares)
    rows = []
    for row, metric, share in zip(summary, report.metrics, shares, strict=True):
        cells = [metric.label]
        for name in names:
            half = row[f"{name}_high"] - row[name]
            cells.append(_with_spread(row[name], half, decimals_of(row), "+"))
        cells += [share] * shown
        rows.append([*cells, _SHORT.get(row["verdict"], row["verdict"])])
    pairs = compared([model for model in MODELS if model in summary[0]])
    told = (f"{_spaced(n)}: {' over '.join(pairs[n])}" for n in names)
    note = f"{', '.join(told).capitalize()}; above 0 is better in every metric. "
    if shown:
        note += "Share: of the teacher's gain over the baseline, where both are known. "
    return Block(
        f"Paired gains, ± half of the {report.info['confidence']:.0%} interval",
        header=["", *map(_spaced, names), *["share"] * shown, "verdict"],
        rows=rows,
        notes=[
            f"{note}The intervals allow for overlapping training parts (Nadeau and "
            "Bengio 2003); repeated folds narrow them."
        ],
    )


def _efficiency(report):
    if "learning_curve" not in report.tables:
        return None
    table = report.label_efficiency().query("model == 'distilled'")
    best = report.headline_efficiency()
    span = int(table["rows"].min()), int(table["rows"].max())
    sentence = (
        f"By {report.curve_metric().label}, distilled on {labels_text(report, best)} "
        f"is worth the baseline on {_rows(best['worth'], span)} rows"
    )
    if np.isfinite(best["gain_low"]):
        low, high = (_rows(best[f"worth_{end}"], span) for end in ("low", "high"))
        sentence += f" ({report.info['confidence']:.0%} interval {low} to {high})"
    sentence += "."
    if best["worth_low"] == 0.0 and np.isinf(best["worth_high"]):
        sentence += " That is all sizes: the curve cannot tell what rows are worth."
    return Block(
        "Label efficiency",
        [sentence],
        ["distilled on", "worth the baseline on", "from", "to"],
        [
            [
                f"{row['rows']:,}",
                *(_rows(row[f"worth{end}"], span) for end in ("", "_low", "_high")),
            ]
            for row in table.to_dict("records")
            if row["rows"] < span[1]
        ],
    )


def labels_text(report: DistillationReport, reading: Mapping[str, Any]) -> str:
    """Name the rows, with and without labels, that an efficiency is read at."""
    n_unlabeled = report.info["unlabeled_rows"]
    if not n_unlabeled:
        return f"{reading['rows']:,} rows"
    return f"{reading['rows']:,} rows with labels and {n_unlabeled:,} without"


def _unlabeled(report):
    curve, hidden = report.unlabeled_curve(), report.hidden_labels()
    if not len(curve) and not len(hidden):
        return None
    label, decimals = report.curve_metric().label, _gain_decimals(report)

    def gain(row):
        told = f"{row['gain']:+.{decimals}f}"
        if not np.isfinite(row["gain_low"]):
            return told
        ends = (f"{row[f'gain_{end}']:+.{decimals}f}" for end in ("low", "high"))
        return f"{told} ({' to '.join(ends)})"

    told = []
    if len(hidden):
        found = hidden.set_index("rows").to_dict("index")
        told.append(
            f"With the labels of {report.info['hidden_rows']:,} training rows hidden, "
            f"these rows bring {gain(found['hidden'])} in {label} over doing without "
            f"them; with their labels they bring {gain(found['labels'])}."
        )
    return Block(
        "Rows without labels",
        told,
        ["rows without labels", label, "gain over none"] if len(curve) else (),
        [
            [
                f"{row['rows']:,.0f}",
                f"{row['score']:.{decimals}f}",
                gain(row) if row["rows"] else "",
            ]
            for row in curve.to_dict("records")
        ],
    )


def _gain_decimals(report):
    name = report.curve_metric().name
    return decimals_of(report.summary().set_index("metric").loc[name].to_dict())


def _rows(worth, span):
    if worth != worth:
        return "?"
    if math.isinf(worth):
        return f"more than {span[1]:,}"
    return f"fewer than {span[0]:,}" if worth == 0 else f"{round(worth):,}"


def _fidelity(report):
    if "fidelity" not in report.tables:
        return None
    table = report.tables["fidelity"]
    means = table.drop(columns="fold").groupby("model").mean()
    names = list(means)
    rows = []
    for model in (model for model in STUDENTS if model in means.index):
        values = means.loc[model]
        cells = (
            "-" if v != v else f"{v:.1%}" if n.startswith("agreement") else f"{v:.4g}"
            for n, v in values.items()
        )
        rows.append([model, *cells])
    notes = [
        "KL divergence in nats; agreement of predicted labels, overall and where the "
        "teacher is right and wrong."
    ]
    return Block(
        "Fidelity to the teacher, on held-out rows",
        header=["", *(_FIDELITY[name] for name in names)],
        rows=rows,
        notes=notes if names[0] == CLASSIFICATION[0] else [],
    )


def _cost(report):
    rows = [
        [
            row["model"],
            row["estimator"],
            str(row["columns"]),
            *(shown(row[name]) for name, (_, shown) in _COSTS.items()),
        ]
        for row in report.cost().to_dict("records")
    ]
    notes = ["Medians. Training of the distilled student includes all its teachers."]
    if report.info["n_jobs"] not in (None, 1):
        notes.append("Models were trained side by side, which lengthens their times.")
    notes.append(
        f"The report trained {count(report.info['models'], 'model')} by about "
        f"{count(report.info['fits'], 'fit')} and took "
        f"{seconds(report.info['seconds'])}."
    )
    return Block(
        "Cost",
        header=["", "estimator", "columns", *(label for label, _ in _COSTS.values())],
        rows=rows,
        notes=notes,
    )


def decimals_of(row: Mapping[str, Any]) -> int:
    """Decimals that give the largest mean of a metric four digits."""
    values = [abs(row[m]) for m in MODELS if m in row and np.isfinite(row[m])]
    largest = max(values, default=1.0)
    if largest == 0.0 or 0.01 <= largest < 1.0:
        return 4
    return int(np.clip(3 - math.floor(math.log10(largest)), 0, 10))
