"""Blocks of a report as text for a terminal, and numbers with their units."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

_WIDTH = 88
TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
SIZES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))


@dataclass(frozen=True)
class Block:
    """One part of the report: a title, paragraphs, a table, notes to it."""

    title: str
    paragraphs: Sequence[str] = ()
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default_factory=list)
    notes: Sequence[str] = ()


def render_text(made: Sequence[Block]) -> str:
    """Return plain text for a terminal, 88 columns where the tables allow it."""
    lines: list[str] = []
    for number, block in enumerate(made):
        lines += ["", block.title, ("=" if not number else "-") * len(block.title)]
        for paragraph in block.paragraphs:
            lines += textwrap.wrap(paragraph, _WIDTH, subsequent_indent="  ")
        if block.header:
            lines += _text_table(block.header, block.rows)
        for note in block.notes:
            lines += textwrap.wrap(note, _WIDTH)
    return "\n".join(lines[1:]) + "\n"


def _text_table(header, rows):
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        .rstrip()
        .join(["  ", ""])
        for row in [header, *rows]
    ]


def count(number: int, noun: str) -> str:
    """Format a number of things, in the singular or the plural."""
    return f"{number:,} {noun}" + "s" * (number != 1)


def unit_of(value: float, units: Sequence[tuple[float, str]]) -> tuple[float, str]:
    """Return the largest unit in which a value is at least one, and how large it is."""
    return next((unit for unit in units if value >= unit[0]), units[-1])


def with_unit(value: float, units: Sequence[tuple[float, str]]) -> str:
    """Format a duration or a size with its unit, three digits."""
    if not np.isfinite(value):
        return "-"
    factor, unit = unit_of(value, units)
    return f"{value / factor:.3g} {unit}"


seconds = partial(with_unit, units=TIMES)
size = partial(with_unit, units=SIZES)
