"""The report as an object: tables, statements, JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from skdistill.report._findings import Finding
from skdistill.report._render import render_html, render_text
from skdistill.report._scoring import Metric
from skdistill.report._summary import (
    gain_table,
    headline_efficiency,
    label_efficiency,
    summarise,
)
from skdistill.report._tables import Table, as_frame, plain, table
from skdistill.report._text import blocks

_FORMAT = 1


class DistillationReport:
    """What distillation did for a student, with the evidence.

    Made by :func:`distillation_report`. ``print`` it for the whole text; a notebook
    shows it as HTML. Methods return pandas frames, `to_dict` plain values.

    Parameters
    ----------
    info : dict
        Facts of the run: "estimator", "task", "rows", "folds", "confidence", and so
        on.
    metrics : sequence of Metric
        The first one leads the text and the findings.
    tables : dict of tables
        "scores", "thresholds", "fidelity", "cost", "learning_curve", "reliability",
        "responses", "alpha_curve"; empty ones may be absent.
    findings : sequence of Finding
        Warnings, each with a `code` and a `message`.

    See Also
    --------
    GainDisplay, TradeOffDisplay, FidelityDisplay, ReliabilityDisplay, \
            LearningCurveDisplay, AlphaDisplay : Pictures, by ``from_report(report)``.

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

    def __init__(
        self,
        info: Mapping[str, Any],
        metrics: Sequence[Metric],
        tables: Mapping[str, Table],
        findings: Sequence[Finding] = (),
    ):
        self.info = info
        self.metrics = metrics
        self.tables = tables
        self.findings = findings

    @property
    def verdict(self) -> str:
        """By the first metric: "helped", "hurt", "no evidence either way", ..."""
        return self.summary_rows()[0]["verdict"]

    def frame(self):
        """Scores: one row a fold, model and metric.

        Returns
        -------
        pandas.DataFrame
            Columns "fold", "model", "metric", "value". Models are "teacher", "labels"
            (the student on labels alone), "control" (the student of a teacher that
            sees only the student's columns) and "distilled".
        """
        return self._frame("scores", "frame")

    def summary(self):
        """One row a metric: means, spreads, paired gains, share and verdict.

        Returns
        -------
        pandas.DataFrame
            For each model its mean and "_sd" over folds; for "gain" (distilled over
            labels), "smoothing" (control over labels), "privileged" (distilled over
            control), "teacher_gain" (teacher over labels) and "share" (gain of the
            teacher's gain) the mean and the "_low" and "_high" ends of its interval;
            "folds" that define the metric; "verdict".
        """
        rows = self.summary_rows()
        names = dict.fromkeys(name for row in rows for name in row)
        return as_frame(table(rows, names), "DistillationReport.summary")

    def summary_rows(self) -> list[dict[str, Any]]:
        """Return the rows of `summary` as plain dicts, without pandas."""
        return summarise(
            self.tables["scores"],
            self.metrics,
            self.info["test_ratio"],
            self.info["confidence"],
        )

    def gains(self):
        """Paired gains: one row a metric, comparison and fold, with its interval.

        Returns
        -------
        pandas.DataFrame
        """
        return as_frame(
            gain_table(
                self.tables["scores"],
                self.metrics,
                self.info["test_ratio"],
                self.info["confidence"],
            ),
            "DistillationReport.gains",
        )

    def fidelity(self):
        """How near each student is to the teacher: one row a fold and student.

        Returns
        -------
        pandas.DataFrame
            In classification "kl" (nats, teacher to student), "agreement" of labels,
            and agreement where the teacher is right and where it is wrong. In
            regression "r2_to_teacher" and "rmse_to_teacher".
        """
        return self._frame("fidelity", "fidelity")

    def cost(self):
        """Training time, prediction latency and size of teacher and students.

        Returns
        -------
        pandas.DataFrame
            Median seconds and pickled bytes. Latencies are those of the fitted teacher
            and student alone, in the main process.
        """
        return self._frame("cost", "cost")

    def learning_curve(self):
        """Scores on fewer rows: one row a fold, draw, size, model and metric.

        Returns
        -------
        pandas.DataFrame
            Empty without `train_sizes`.
        """
        return self._frame("learning_curve", "learning_curve")

    def label_efficiency(self):
        """How many labels-only rows the distilled student and the control are worth.

        Returns
        -------
        pandas.DataFrame
            One row a model and size, by the first metric on the curve: "gain" at
            "rows", and the rows that "labels" needs for the same score ("worth",
            infinite beyond the learning curve, 0 below it), each with the ends of its
            interval. Empty without `train_sizes`.
        """
        return as_frame(self.efficiency_table(), "DistillationReport.label_efficiency")

    def efficiency_table(self) -> Table:
        """Return the columns of `label_efficiency`, without pandas."""
        curve = self.tables.get("learning_curve")
        if curve is None:
            return {"model": [], "rows": [], "worth": []}
        return label_efficiency(
            curve,
            self.curve_metric(),
            self.info["test_ratio"],
            self.info["confidence"],
        )

    def curve_metric(self) -> Metric:
        """Return the metric of the label efficiency: the first on the curve.

        That is the first of all, unless it is macro F1 at a tuned threshold, which is
        tuned on whole training parts only.
        """
        known = set(self.tables["learning_curve"]["metric"].tolist())
        return next(metric for metric in self.metrics if metric.name in known)

    def headline_efficiency(self) -> dict[str, Any] | None:
        """Label efficiency in one number: one row of `label_efficiency`, or None.

        The largest size is chosen whose worth lies on the learning curve.
        """
        if "learning_curve" not in self.tables:
            return None
        return headline_efficiency(self.efficiency_table())

    def to_dict(self) -> dict[str, Any]:
        """All figures as plain values that JSON holds.

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
                    {
                        "name": metric.name,
                        "label": metric.label,
                        "greater_is_better": metric.greater_is_better,
                    }
                    for metric in self.metrics
                ],
                "summary": self.summary_rows(),
                "label_efficiency": self.efficiency_table(),
                "headline_efficiency": self.headline_efficiency(),
                "findings": [
                    {"code": finding.code, "message": finding.message}
                    for finding in self.findings
                ],
                "tables": tables,
            }
        )

    def to_json(self, indent: int | None = None) -> str:
        """`to_dict` as JSON text.

        Parameters
        ----------
        indent : int, default=None
            Spaces a level; None is one line.

        Returns
        -------
        str
        """
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    def _frame(self, name, method):
        return as_frame(self.tables.get(name, {}), f"DistillationReport.{method}")

    def __str__(self):
        return render_text(blocks(self))

    def __repr__(self):
        return (
            f"<DistillationReport: {self.info['estimator']} on {self.info['rows']} "
            f"rows, {self.metrics[0].label}: {self.verdict}>"
        )

    def _repr_html_(self):
        return render_html(blocks(self))
