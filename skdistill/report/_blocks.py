"""What the report says in blocks of text and tables, wherever it is shown."""

from __future__ import annotations

import math

import numpy as np

from skdistill.report._metrics import TUNED_F1
from skdistill.report._readings import Readings
from skdistill.report._render import Block, count, seconds, size
from skdistill.report._statistics import NO_EVIDENCE, ONE_FOLD, SAME
from skdistill.report._summary import MODELS, PARTS, STUDENTS, compared
from skdistill.report._text import (
    decimals_of,
    gain_text,
    labels_text,
    setting_sentences,
    share_text,
    spaced,
    summary_row,
    title,
    verdict_sentences,
)

_SHORT = {NO_EVIDENCE: "no evidence", SAME: "same", ONE_FOLD: "one fold"}
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


def blocks(report: Readings) -> list[Block]:
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


def tables(report: Readings) -> list[Block]:
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
    told = (f"{spaced(n)}: {' over '.join(pairs[n])}" for n in names)
    note = f"{', '.join(told).capitalize()}; above 0 is better in every metric. "
    if shown:
        note += "Share: of the teacher's gain over the baseline, where both are known. "
    return Block(
        f"Paired gains, ± half of the {report.info['confidence']:.0%} interval",
        header=["", *map(spaced, names), *["share"] * shown, "verdict"],
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


def _unlabeled(report):
    curve, hidden = report.unlabeled_curve(), report.hidden_labels()
    if not len(curve) and not len(hidden):
        return None
    metric = report.curve_metric()
    label, decimals = metric.label, decimals_of(summary_row(report, metric))

    told = []
    if len(hidden):
        found = hidden.set_index("rows").to_dict("index")
        without, with_labels = (
            gain_text(found[name], decimals) for name in ("hidden", "labels")
        )
        told.append(
            f"With the labels of {report.info['hidden_rows']:,} training rows hidden, "
            f"these rows bring {without} in {label} over doing without them; with "
            f"their labels they bring {with_labels}."
        )
    return Block(
        "Rows without labels",
        told,
        ["rows without labels", label, "gain over none"] if len(curve) else (),
        [
            [
                f"{row['rows']:,.0f}",
                f"{row['score']:.{decimals}f}",
                gain_text(row, decimals) if row["rows"] else "",
            ]
            for row in curve.to_dict("records")
        ],
    )


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
        notes=notes if "kl" in names else [],
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
