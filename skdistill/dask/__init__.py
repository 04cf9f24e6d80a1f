"""Distillation on Dask collections, for more rows than one machine holds.

Dask holds and moves the rows, XGBoost trains on them by its own distributed training,
and what is left is a plain XGBoost student.
"""

try:
    import dask.dataframe  # noqa: F401
    import distributed  # noqa: F401
except ImportError as error:
    raise ImportError(
        "skdistill.dask needs Dask: pip install 'skdistill[dask]'."
    ) from error

from skdistill.dask._estimators import DistilledClassifier, DistilledRegressor

__all__ = ["DistilledClassifier", "DistilledRegressor"]
