"""Distillation of classifiers on Dask collections."""

from __future__ import annotations

import dask.array as da
import dask.dataframe as dd
import numpy as np
from sklearn.base import ClassifierMixin
from xgboost import XGBClassifier

from skdistill.dask._base import BaseDistilled


class DistilledClassifier(ClassifierMixin, BaseDistilled):
    """Train an XGBClassifier on out-of-fold teacher predictions, on a Dask cluster.

    Terms and parameters are those of :class:`skdistill.DistilledClassifier`; rows stay
    on the workers.

    Parameters
    ----------
    teacher : classifier with `predict_proba`, default=None
        An XGBClassifier is trained on all workers; any other estimator on one, on a
        sample of at most `max_teacher_rows` rows for each fold, and its copies predict
        all rows. None is XGBClassifier().
    student : XGBClassifier, default=None
        Unfitted, with the parameters of the student. None is a copy of the teacher,
        which must then be an XGBClassifier.
    teacher_features, student_features : None, str, int, slice, callable or \
            array-like, default=None
        Columns each one sees, as on one machine. A callable is passed a frame with the
        types of X and made-up rows.
    objective : {"response"} or Response, default="response"
        See :class:`~skdistill.objectives.Response`.
    alpha : float or "auto", default=0.5
        Weight of the teacher against the labels, in [0, 1]; "auto" chooses by
        held-out loss, as on one machine.
    privileged_weight : float or "auto", default=1.0
        Share of the teacher that sees `teacher_features` in the soft target, in [0, 1];
        the rest is the same teacher's on the student's columns.
    unlabeled_weight : float or "auto", default=1.0
        Weight of an unlabeled row against a labelled one; "auto" chooses between 0 and
        1, as `alpha` is chosen.
    cv : int, default=None
        Number of folds; None is 5. A hash of a row's group, or of its index, says in
        which fold it is held out, however the rows are ordered and partitioned.
    max_teacher_rows : int, default=100_000
        Most training rows of a teacher that is not XGBoost's.
    memory : None, str or path-like, default=None
        Folder, or its address, that all workers reach, for teacher predictions as
        parquet files; another fit with the same teachers and rows finds them there.
        None keeps them on the workers.
    random_state : int, RandomState instance or None, default=None
        Seeds the hash of the folds, the sample of rows, and each `random_state` that
        teacher and student leave at None. With None folds are the same every time.
    verbose : int, default=0
        Above 0, one line for each teacher.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    student_ : XGBClassifier
        Plain and fitted, for class codes 0..k-1.
    student_route_ : str
        "labels", "logistic", "logistic_gradient", "one_vs_rest" or "softmax_gradient".
    alpha_, privileged_weight_, unlabeled_weight_ : float
        As given or as chosen.
    selection_results_ : dict of ndarray
        As on one machine.
    teacher_feature_indices_, student_feature_indices_ : ndarray of int
        Positions of the columns each one sees.
    fit_times_ : dict
        Seconds: "checks", "selection", "teachers" (with their predictions) and
        "student".
    n_features_in_, feature_names_in_
        Number, and names, of the features.

    See Also
    --------
    skdistill.DistilledClassifier : Any student, on one machine.

    Notes
    -----
    With the same folds the student is that of one machine, up to rounding, if no column
    has more different values than `max_bin`; with more, XGBoost's bins depend on how
    rows are spread over workers, as in all of its distributed training.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client
    >>> from sklearn.datasets import make_classification
    >>> from xgboost import XGBClassifier
    >>> from skdistill.dask import DistilledClassifier
    >>> X, y = make_classification(400, 6, random_state=0)
    >>> X, y = da.from_array(X, (100, 6)), da.from_array(y, 100)
    >>> with Client(processes=False, dashboard_address=":0"):  # doctest: +SKIP
    ...     model = DistilledClassifier(XGBClassifier(n_estimators=10)).fit(X, y)
    ...     model.predict_proba(X)
    dask.array<_predict_block, shape=(400, 2), ...>
    """

    _kind = "classification"
    _student_class = XGBClassifier

    def predict(self, X):
        """Predict class labels.

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

    def predict_proba(self, X):
        """Predict class probabilities.

        Parameters
        ----------
        X : {dask DataFrame, dask Array, dataframe, array-like}
            As for `predict`.

        Returns
        -------
        dask DataFrame, dask Array or ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`; lazy for a collection.
        """
        return self._map(X, "predict_proba")

    def score(self, X, y, sample_weight=None):
        """Return the accuracy.

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
        right, weight = self._score_sums(X, y, sample_weight)
        return float(right / weight)

    def _own(self, values, method):
        return self.classes_[values] if method == "predict" else values

    def _no_prediction(self, method):
        if method == "predict":
            return self.classes_[:0]
        return np.empty((0, len(self.classes_)), dtype=np.float32)

    def _sums(self, y, predicted, weight):
        return np.array([weight @ (y == predicted), weight.sum()])
