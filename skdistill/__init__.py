"""Knowledge distillation for tabular data as scikit-learn estimators."""

from skdistill._classifier import DistilledClassifier
from skdistill._regressor import DistilledRegressor

__version__ = "0.1.0"

__all__ = ["DistilledClassifier", "DistilledRegressor", "__version__"]
