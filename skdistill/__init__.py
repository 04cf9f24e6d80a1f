"""Knowledge distillation for tabular data as scikit-learn estimators."""

from skdistill.mutual._mutual import MutualDistilledClassifier, MutualDistilledRegressor
from skdistill.offline._classifier import DistilledClassifier
from skdistill.offline._regressor import DistilledRegressor
from skdistill.report import DistillationReport, distillation_report
from skdistill.selfdistill._self import SelfDistilledClassifier, SelfDistilledRegressor

__version__ = "0.2.0.dev0"

__all__ = [
    "DistillationReport",
    "DistilledClassifier",
    "DistilledRegressor",
    "MutualDistilledClassifier",
    "MutualDistilledRegressor",
    "SelfDistilledClassifier",
    "SelfDistilledRegressor",
    "__version__",
    "distillation_report",
]
