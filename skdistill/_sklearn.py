"""The one door for scikit-learn names that start with an underscore.

``_safe_indexing`` is listed in scikit-learn's API reference, underscore and all, and
is the only function that takes rows and columns of arrays, sparse matrices, pandas
and polars frames alike. A public successor would replace it here.
"""

from sklearn.utils import _safe_indexing as safe_indexing

__all__ = ["safe_indexing"]
