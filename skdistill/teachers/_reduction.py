"""Units of a teacher, brought to a stated number of dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import svd
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import OneHotEncoder

from skdistill.teachers._representation import Units


class Reduction:
    """Truncated SVD of a teacher's units to a stated number of dimensions.

    Parameters
    ----------
    units : Units
        Of the rows that decide on the dimensions. Leaves become one column each; a
        leaf that holds none of these rows is no dimension.
    n_components : int
        Dimensions; columns of zeros where there are fewer.
    weight : ndarray of shape (n_samples,) or None, default=None
        Of those rows.
    """

    def __init__(
        self, units: Units, n_components: int, weight: NDArray | None = None
    ) -> None:
        weight = np.ones(units.values.shape[0]) if weight is None else weight
        self.encoder = None
        if units.coded:
            weighty = units.values[weight > 0]
            self.encoder = OneHotEncoder(handle_unknown="ignore").fit(weighty)
        matrix = sparse.diags_array(np.sqrt(weight)) @ self._numbers(units)
        self.n_components = n_components
        if n_components < min(matrix.shape) - 1:
            fit = TruncatedSVD(n_components, algorithm="arpack", random_state=0)
            self.axes = fit.fit(matrix).components_
        else:
            dense = matrix.toarray() if sparse.issparse(matrix) else matrix
            axes = svd(dense, full_matrices=False)[2][:n_components]
            largest = np.take_along_axis(
                axes, np.abs(axes).argmax(axis=1, keepdims=True), axis=1
            )
            self.axes = axes * np.sign(largest)
        self.centre = np.zeros(n_components)
        self.centre = np.average(self(units), axis=0, weights=weight)

    def __call__(self, units: Units) -> NDArray[np.float64]:
        """Return the dimensions of some rows, of shape (n_samples, n_components)."""
        reduced = np.zeros((units.values.shape[0], self.n_components))
        reduced[:, : len(self.axes)] = self._numbers(units) @ self.axes.T
        return reduced - self.centre

    def _numbers(self, units):
        if self.encoder is None:
            return units.values
        return self.encoder.transform(units.values)
