"""Distillation on Dask collections, for more rows than one machine holds.

Dask holds and moves the rows, XGBoost trains on them by its own distributed training,
and what is left is a plain XGBoost student.
"""

import xgboost

try:
    import dask.dataframe  # noqa: F401
    import distributed  # noqa: F401
except ImportError as error:
    raise ImportError(
        "skdistill.dask needs Dask: pip install 'skdistill[dask]'."
    ) from error

# Before, its interface loses the partitions of what Dask has since become.
if int(xgboost.__version__.partition(".")[0]) < 3:
    raise ImportError(
        f"skdistill.dask needs XGBoost 3.0 or newer; {xgboost.__version__} is "
        "installed. pip install 'skdistill[dask]' brings it."
    )

from skdistill.dask._classifier import DistilledClassifier
from skdistill.dask._regressor import DistilledRegressor

__all__ = ["DistilledClassifier", "DistilledRegressor"]
