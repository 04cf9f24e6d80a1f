"""A report as one HTML document: the verdict first, pictures inside, tables last."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

from skdistill.report._blocks import tables
from skdistill.report._metrics import Metric
from skdistill.report._readings import Readings
from skdistill.report._render import Block
from skdistill.report._statistics import HELPED, HURT
from skdistill.report._text import (
    headline,
    setting_sentences,
    speed_sentence,
    title,
    verdict_sentences,
)
from skdistill.report.displays._scores import GainDisplay, TradeOffDisplay

# Wide enough for a desktop, and readable where a phone shrinks it to its width.
_PICTURE_INCHES = 4.8
_MARKS = {HELPED: ("helped", "▲"), HURT: ("hurt", "▼")}
_METRICS = {
    "log_loss": "how far predicted probabilities are from what happened; 0 is perfect",
    "roc_auc": "how often a positive case is ranked above a negative one; "
    "0.5 is chance, 1 is perfect",
    "accuracy": "the share of correct predictions",
    "macro_f1": "precision and recall in one number, each class counted alike",
    "brier": "the mean squared error of predicted probabilities; 0 is perfect",
    "r2": "the share of the target's variance that is explained; 1 is perfect",
    "rmse": "the typical error, in units of the target",
}
_MODELS = {
    "teacher": "a model that may use everything that is known at training time",
    "baseline": "the model for production, trained on the labels alone",
    "distilled": "the same model, trained on the teacher's predictions as well",
    "control": "the same model, with a teacher that sees only the production columns; "
    "what it gains is smoothing, and what distilled gains over it is privileged "
    "information: what the teacher's further columns tell",
    "labeled": "the distilled model without the rows that have no label; what "
    "distilled gains over it is what those rows bring",
}
_WITHOUT_TEACHER = {
    "distilled": "the same model, trained on predictions of itself or its peers as well"
}
_TERMS = {
    "held-out rows": "rows that no model was trained on; all scores are from them",
    "interval": "where the gain lies, as far as these rows can tell",
}
_FOLDS = (
    "A line compares two models on the same held-out rows. A fold is one split of the "
    "rows into training and held-out rows; all models are trained anew in each."
)
_STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def render_document(report: Readings) -> str:
    """Return a whole document that needs nothing beside it."""
    name = escape(f"{title(report.info)}: {report.verdict}")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}</title>\n</head>\n<body>\n{render_fragment(report)}\n"
        "</body>\n</html>\n"
    )


def render_fragment(report: Readings) -> str:
    """Return the part of it that a notebook shows; all of the user's is escaped."""
    return "\n".join(
        [
            f"<style>\n{_STYLE}</style>",
            '<div class="skdistill-report">',
            *_parts(report),
            "</div>",
        ]
    )


def _parts(report: Readings) -> Iterator[str]:
    first, *rest = verdict_sentences(report)
    style, mark = _MARKS.get(report.verdict, ("", "●"))
    yield f"<h1>{escape(title(report.info))}</h1>"
    yield f'<p class="verdict {style}">{mark} {escape(first)}</p>'
    yield from _definitions([*_explained(report.metrics[:1]), *_TERMS.items()])
    yield '<div class="pictures">'
    gain, trade_off = (d.from_report(report) for d in (GainDisplay, TradeOffDisplay))
    models = report.frame()["model"].unique()
    told = _MODELS if "teacher" in models else _MODELS | _WITHOUT_TEACHER
    if "labeled" in models:
        control = told["control"].replace("distilled", "labeled")
        told = told | {"control": control}
    key = [(name, meaning) for name, meaning in told.items() if name in models]
    yield from _figure(gain, headline(report, report.metrics[0]), _FOLDS, key)
    yield from _figure(trade_off, speed_sentence(report))
    yield "</div>"
    yield from (f"<p>{escape(sentence)}</p>" for sentence in rest)
    if report.findings:
        yield "<h2>To be aware of</h2>"
        yield "<ul>"
        yield from (f"<li>{escape(each.message)}</li>" for each in report.findings)
        yield "</ul>"
    yield "<h2>What was compared</h2>"
    yield from (f"<p>{escape(s)}</p>" for s in setting_sentences(report.info))
    yield from _definitions(_explained(report.metrics[1:]))
    for block in tables(report):
        yield from _block(block)


def _explained(metrics: Iterable[Metric]) -> list[tuple[str, str]]:
    return [(m.label, _METRICS[m.name]) for m in metrics if m.name in _METRICS]


def _figure(
    display: Any, caption: str, text: str = "", key: Iterable[tuple[str, str]] = ()
) -> Iterator[str]:
    yield f"<figure><figcaption>{escape(caption)}</figcaption>"
    yield _svg(display, caption)
    if text:
        yield f"<p>{escape(text)}</p>"
    yield from _definitions(key)
    yield "</figure>"


def _definitions(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a list of terms with their meanings; nothing where there are none."""
    items = [
        f"<dt>{escape(term)}</dt><dd>{escape(meaning)}.</dd>" for term, meaning in pairs
    ]
    if items:
        yield from ("<dl>", *items, "</dl>")


def _block(block: Block) -> Iterator[str]:
    yield f"<h2>{escape(block.title)}</h2>"
    yield from (f"<p>{escape(text)}</p>" for text in block.paragraphs)
    if block.header:
        yield from _table(block)
    yield from (f"<p><small>{escape(note)}</small></p>" for note in block.notes)


def _table(block: Block) -> Iterator[str]:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in block.header)
    yield f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>'
    for name, *row in block.rows:
        cells = "".join(f"<td>{escape(text)}</td>" for text in row)
        yield f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _svg(display: Any, caption: str) -> str:
    """Draw a picture as an element that stands among others of its kind."""
    from matplotlib.figure import Figure

    display.title = ""  # The caption has it.
    figure = Figure(figsize=(_PICTURE_INCHES, 3.6), layout="constrained")
    display.plot(ax=figure.subplots())
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    svg = file.getvalue()
    svg = svg[svg.index("<svg ") :]
    svg = re.sub("<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Elements of one document share their names, so each picture gets its own.
    own = hashlib.sha256(svg.encode()).hexdigest()[:8]
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{own}-", svg)
    svg = re.sub(r'(<svg [^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg [^>]*?) height="[^"]*"', r"\1", svg, count=1)
    label = f'<svg role="img" aria-label="{escape(caption)}" '
    return svg.replace("<svg ", label, 1)
