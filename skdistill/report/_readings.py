"""The tables of a report, and what is read from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from skdistill.report._findings import Finding
from skdistill.report._metrics import Metric
from skdistill.report._summary import (
    gain_table,
    headline_efficiency,
    hidden_gains,
    label_efficiency,
    summarise,
    unlabeled_gains,
)
from skdistill.report._tables import DataFrame, frame

# Tables of models that were trained on draws of the rows.
_DRAWN = ("learning_curve", "unlabeled_curve", "hidden_labels")


class Readings:
    """Figures of a report, without the ways to show it; see `DistillationReport`."""

    def __init__(
        self,
        info: Mapping[str, Any],
        metrics: Sequence[Metric],
        tables: Mapping[str, DataFrame],
        findings: Sequence[Finding] = (),
    ):
        self.info = info
        self.metrics = metrics
        self.tables = tables
        self.findings = findings

    @property
    def verdict(self) -> str:
        """By the first metric: "helped", "hurt", "no evidence either way", ..."""
        return self.summary()["verdict"][0]

    def frame(self) -> DataFrame:
        """Return the scores: one row a fold, model and metric.

        Returns
        -------
        DataFrame
            Columns "fold", "model", "metric", "value". Models are "teacher", "baseline"
            (the student on labels alone), "control" (the student of a teacher that
            sees only the student's columns), "labeled" (distilled without the rows
            without labels, where there are some) and "distilled".
        """
        return self._table("scores")

    def summary(self) -> DataFrame:
        """Return one row a metric: means, spreads, paired gains, share and verdict.

        Returns
        -------
        DataFrame
            For each model its mean and "_sd" over folds; for "gain" (distilled over
            baseline) and its parts, "teacher_gain" (teacher over baseline) and "share"
            (gain of the teacher's gain) the mean and the "_low" and "_high" ends of
            its interval; "folds" that define the metric; "verdict". Parts are
            "smoothing" (control over baseline), "privileged" (distilled over control)
            and, with rows without labels, "unlabeled" (distilled over labeled), where
            "privileged" is labeled over control; without a control "soft_targets"
            (labeled over baseline).
        """
        return summarise(self.tables["scores"], self.metrics, *self._level())

    def gains(self) -> DataFrame:
        """Return paired gains: one row a metric, comparison and fold, with interval.

        Returns
        -------
        DataFrame
        """
        return gain_table(self.tables["scores"], self.metrics, *self._level())

    def fidelity(self) -> DataFrame:
        """Compare each student with the teacher: one row a fold and student.

        Returns
        -------
        DataFrame
            In classification "kl" (nats, teacher to student), "agreement" of labels,
            and agreement where the teacher is right and where it is wrong. In
            regression "r2_to_teacher" and "rmse_to_teacher".
        """
        return self._table("fidelity")

    def cost(self) -> DataFrame:
        """Return training time, prediction latency and size of the models.

        Returns
        -------
        DataFrame
            Median seconds and pickled bytes. Latencies are those of the fitted teacher
            and student alone, in the main process.
        """
        return self._table("cost")

    def learning_curve(self) -> DataFrame:
        """Return scores on fewer rows: one row a fold, draw, size, model and metric.

        Returns
        -------
        DataFrame
            Empty without `train_sizes`.
        """
        return self._table("learning_curve")

    def label_efficiency(self) -> DataFrame:
        """Read how many rows of the baseline distilled student and control are worth.

        Returns
        -------
        DataFrame
            One row a model and size, by the first metric on the curve: "gain" at
            "rows", and the rows that the baseline needs for the same score ("worth",
            infinite beyond the learning curve, 0 below it), each with the ends of its
            interval. Empty without `train_sizes`.
        """
        columns = ["model", "rows", "worth"]
        return self._of_draws("learning_curve", label_efficiency, columns)

    def unlabeled_curve(self) -> DataFrame:
        """Return what numbers of rows without labels bring, by the first metric on it.

        Returns
        -------
        DataFrame
            One row a number: "rows", "score", and the "gain" over none with the ends
            of its interval. Empty without `unlabeled_sizes`.
        """
        columns = ["rows", "score", "gain"]
        return self._of_draws("unlabeled_curve", unlabeled_gains, columns)

    def hidden_labels(self) -> DataFrame:
        """Return what rows bring with and without their labels, over doing without.

        Returns
        -------
        DataFrame
            Rows "hidden" and "labels", with the "gain" by the first metric but macro F1
            at a tuned threshold and the ends of its interval. Empty without
            `hidden_labels`.
        """
        return self._of_draws("hidden_labels", hidden_gains, ["rows", "gain"])

    def curve_metric(self) -> Metric:
        """Return the metric of curves and label efficiency: the first on the curve.

        That is the first of all, unless it is macro F1 at a tuned threshold, which is
        tuned on whole training parts only.
        """
        drawn = (self.tables[name] for name in _DRAWN if name in self.tables)
        known = {name for table in drawn for name in table["metric"]}
        return next(metric for metric in self.metrics if metric.name in known)

    def headline_efficiency(self) -> dict[str, Any] | None:
        """Return the row of `label_efficiency` to quote, or None.

        The largest size is chosen whose worth lies on the learning curve.
        """
        if "learning_curve" not in self.tables:
            return None
        return headline_efficiency(self.label_efficiency())

    def _table(self, name):
        return frame(self.tables.get(name, {}))

    def _of_draws(self, name, summed_up, columns):
        """Sum up a table of models on draws; without it there are no rows."""
        if name not in self.tables:
            return frame([], columns)
        return summed_up(self.tables[name], self.curve_metric(), *self._level())

    def _level(self):
        return self.info["test_ratio"], self.info["confidence"]
