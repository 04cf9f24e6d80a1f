"""Distillation of regressors on Dask collections."""

from __future__ import annotations

import dask.array as da
import dask.dataframe as dd
import numpy as np
from sklearn.base import RegressorMixin
from xgboost import XGBRegressor

from skdistill.dask._base import BaseDistilled


class DistilledRegressor(RegressorMixin, BaseDistilled):
    """Train an XGBRegressor on out-of-fold teacher predictions, on a Dask cluster.

    Parameters
    ----------
    teacher : regressor, default=None
        An XGBRegressor is trained on all workers; see
        :class:`skdistill.dask.DistilledClassifier`. None is XGBRegressor().
    student : XGBRegressor, default=None
        Unfitted, with the parameters of the student. None is a copy of the teacher,
        which must then be an XGBRegressor.
    teacher_features, student_features, objective, alpha : see the classifier
        See :class:`skdistill.dask.DistilledClassifier`.
    privileged_weight, unlabeled_weight, cv, max_teacher_rows : see the classifier
        See :class:`skdistill.dask.DistilledClassifier`.
    memory, random_state, verbose : see the classifier
        See :class:`skdistill.dask.DistilledClassifier`; the temperature must be 1.

    Attributes
    ----------
    student_ : XGBRegressor
        Plain and fitted.
    student_route_ : str
        "labels" or "regression".
    alpha_, privileged_weight_, unlabeled_weight_, selection_results_, \
            teacher_feature_indices_, student_feature_indices_, fit_times_, \
            n_features_in_, feature_names_in_
        See :class:`skdistill.dask.DistilledClassifier`.

    See Also
    --------
    skdistill.DistilledRegressor : Any student, on one machine.
    """

    _kind = "regression"
    _student_class = XGBRegressor

    def predict(self, X):
        """Predict values.

        Parameters
        ----------
        X : {dask DataFrame, dask Array, dataframe, array-like}
            All columns of the training data, or only the student's: a frame by name,
            an array by its width.

        Returns
        -------
        dask Series, dask Array or ndarray of shape (n_samples,)
            Lazy for a collection.
        """
        return self._map(X, "predict")

    def score(self, X, y, sample_weight=None):
        """Return R².

        Parameters
        ----------
        X : {dask DataFrame, dask Array, dataframe, array-like}
            As for `predict`.
        y, sample_weight
            As for `fit` with a collection, array-like in memory.

        Returns
        -------
        float
        """
        if not isinstance(X, (dd.DataFrame, da.Array)):
            return super().score(X, y, sample_weight)
        error, squares, total, weight = self._score_sums(X, y, sample_weight)
        return float(1.0 - error / (squares - total**2 / weight))

    def _own(self, values, method):
        return values

    def _no_prediction(self, method):
        return np.empty(0, dtype=np.float32)

    def _sums(self, y, predicted, weight):
        y = y.astype(np.float64)
        parts = ((y - predicted) ** 2, y**2, y, np.ones(len(y)))
        return np.array([weight @ part for part in parts])
