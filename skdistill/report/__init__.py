"""Whether distillation helped: the report and its pictures."""

from skdistill.report._report import distillation_report
from skdistill.report._result import DistillationReport
from skdistill.report.displays._alpha import AlphaDisplay
from skdistill.report.displays._learning import LearningCurveDisplay
from skdistill.report.displays._progress import ProgressDisplay
from skdistill.report.displays._responses import FidelityDisplay, ReliabilityDisplay
from skdistill.report.displays._scores import GainDisplay, TradeOffDisplay
from skdistill.report.displays._unlabeled import UnlabeledCurveDisplay

__all__ = [
    "AlphaDisplay",
    "DistillationReport",
    "FidelityDisplay",
    "GainDisplay",
    "LearningCurveDisplay",
    "ProgressDisplay",
    "ReliabilityDisplay",
    "TradeOffDisplay",
    "UnlabeledCurveDisplay",
    "distillation_report",
]
