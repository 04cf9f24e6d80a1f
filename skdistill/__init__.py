"""Knowledge distillation for tabular data as scikit-learn estimators."""

from skdistill._classifier import DistilledClassifier
from skdistill._regressor import DistilledRegressor
from skdistill.report import DistillationReport, distillation_report

__version__ = "0.1.0"

__all__ = [
    "DistillationReport",
    "DistilledClassifier",
    "DistilledRegressor",
    "__version__",
    "distillation_report",
]
