"""From a teacher to out-of-fold predictions; teachers that predict slowly."""

from skdistill.teachers._in_context import InContextClassifier, InContextRegressor

__all__ = ["InContextClassifier", "InContextRegressor"]
