"""Whether distillation helped: the report and its pictures."""

from skdistill.report._alpha_display import AlphaDisplay
from skdistill.report._learning_display import LearningCurveDisplay
from skdistill.report._progress_display import ProgressDisplay
from skdistill.report._report import distillation_report
from skdistill.report._response_displays import FidelityDisplay, ReliabilityDisplay
from skdistill.report._result import DistillationReport
from skdistill.report._score_displays import GainDisplay, TradeOffDisplay

__all__ = [
    "AlphaDisplay",
    "DistillationReport",
    "FidelityDisplay",
    "GainDisplay",
    "LearningCurveDisplay",
    "ProgressDisplay",
    "ReliabilityDisplay",
    "TradeOffDisplay",
    "distillation_report",
]
