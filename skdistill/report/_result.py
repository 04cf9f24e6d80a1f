"""The report as an object: tables, statements, JSON."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from skdistill.report._blocks import blocks
from skdistill.report._html import render_document, render_fragment
from skdistill.report._readings import Readings
from skdistill.report._render import render_text
from skdistill.report._tables import plain

_FORMAT = 1
_OF_METRIC = ("name", "label", "greater_is_better")


class DistillationReport(Readings):
    """What distillation did for a student, with the evidence.

    Made by :func:`distillation_report`. ``print`` it for the whole text; a notebook
    shows it as HTML, and `to_html` writes that to a file. Methods return pandas frames,
    `to_dict` plain values.

    Parameters
    ----------
    info : dict
        Facts of the run: "estimator", "task", "rows", "folds", "confidence", and so
        on.
    metrics : sequence of Metric
        The first one leads the text and the findings.
    tables : dict of DataFrame
        "scores", "thresholds", "fidelity", "cost", "learning_curve", "unlabeled_curve",
        "hidden_labels", "reliability", "responses", "alpha_curve"; empty ones may be
        absent.
    findings : sequence of Finding
        Warnings, each with a `code` and a `message`.

    See Also
    --------
    GainDisplay, TradeOffDisplay, FidelityDisplay, ReliabilityDisplay, AlphaDisplay, \
            LearningCurveDisplay : Pictures; ``from_report(report).plot()`` draws one.

    Notes
    -----
    A gain is the difference of two models on the same fold, positive where the first
    is better, also for metrics where less is better. Its interval is the corrected
    resampled t-interval [1]_, which allows for the overlap of training parts. The share
    of the teacher's gain has Fieller's interval.

    References
    ----------
    .. [1] C. Nadeau, Y. Bengio, "Inference for the generalization error", Machine
       Learning 52:239-281, 2003.
    """

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values that JSON holds.

        Returns
        -------
        dict
            NaN is None, and infinity "Infinity". The sample of single responses that
            FidelityDisplay draws is left out.
        """
        tables = {k: v for k, v in self.tables.items() if k != "responses"}
        return plain(
            {
                "format": _FORMAT,
                **self.info,
                "verdict": self.verdict,
                "metrics": [
                    {name: getattr(metric, name) for name in _OF_METRIC}
                    for metric in self.metrics
                ],
                "summary": self.summary().to_dict("records"),
                "label_efficiency": self.label_efficiency(),
                "headline_efficiency": self.headline_efficiency(),
                "unlabeled_gains": self.unlabeled_curve(),
                "hidden_labels": self.hidden_labels(),
                "findings": [asdict(finding) for finding in self.findings],
                "tables": tables,
            }
        )

    def to_json(self, indent: int | None = None) -> str:
        """Return `to_dict` as JSON text.

        Parameters
        ----------
        indent : int, default=None
            Spaces a level; None is one line.

        Returns
        -------
        str
        """
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """Write the report as one HTML document, for readers without Python.

        The verdict comes first, in a sentence with its interval, then pictures and
        what was compared, and tables last. The document needs no other file and no
        network.

        Parameters
        ----------
        path : str or path-like, default=None
            Where to write it; None writes no file.

        Returns
        -------
        str or None
            The document, or None if it was written to a file.
        """
        document = render_document(self)
        if path is None:
            return document
        Path(path).write_text(document, encoding="utf-8")
        return None

    def __str__(self):
        return render_text(blocks(self))

    def __repr__(self):
        return (
            f"<DistillationReport: {self.info['estimator']} on {self.info['rows']} "
            f"rows, {self.metrics[0].label}: {self.verdict}>"
        )

    def _repr_html_(self):
        return render_fragment(self)
