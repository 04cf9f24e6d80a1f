"""Offline distillation of classifiers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier, is_regressor
from sklearn.frozen import FrozenEstimator
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skdistill.input._classes import (
    align_classes,
    holds_codes,
    in_order,
    student_classes,
)
from skdistill.input._data import select_input
from skdistill.input._members import check_is_estimator, may_have_probabilities
from skdistill.input._meta_estimator import MeanClassifierMixin
from skdistill.input._responses import own_outputs, regressed_probabilities
from skdistill.offline._base import BaseDistilled


def _student_has(method: str) -> Callable[[Any], bool]:
    """Whether the student, fitted or not, has `method`; for `available_if`."""

    def check(self: Any) -> bool:
        if hasattr(self, "students_"):
            student = self.students_[0]
            soft = hasattr(student, "predict_proba")
        else:
            student = self._get_student()
            soft = may_have_probabilities(student)
        if method == "predict_proba":
            return is_regressor(student) or soft
        # Scores only where there are no probabilities to average and to calibrate.
        return not soft and hasattr(student, method)

    return check


class DistilledClassifier(MeanClassifierMixin, BaseDistilled):
    """Train a student classifier on the out-of-fold predictions of a teacher.

    The teacher may see columns that the student does not, such as laboratory values
    that exist for the training data only; `predict` needs the student's columns.

    Parameters
    ----------
    teacher : classifier with `predict_proba`, "precomputed" or None, default=None
        Cloned for each fold and trained on the labels; XGBoost on their codes 0..k-1.
        None is HistGradientBoostingClassifier, well regularised (learning_rate=0.05,
        max_leaf_nodes=8, min_samples_leaf=40). "precomputed": soft targets that exist
        already are passed to `fit`. A FrozenEstimator predicts as it is, with a
        warning, since it may have seen the rows; the codes of a frozen XGBoost stand
        for the sorted labels.
    student : classifier or regressor, default=None
        Learns the mixture of labels and responses; see `student_route_`. None is a
        clone of the teacher. A regressor learns probabilities (or log-odds, see
        :class:`~skdistill.objectives.Response`), which are clipped and normalised at
        prediction.
    teacher_features, student_features : None, str, int, slice, callable or \
            array-like, default=None
        Columns each one sees: names, positions, a boolean mask, a slice, or a callable
        that returns one of these from X. None is all columns.
    objective : str, objective or list of them, default="response"
        What is transferred: "response",
        :class:`~skdistill.objectives.Response` with a temperature and more, tunable as
        ``objective__temperature``; "feature" or "relation"
        (:class:`~skdistill.objectives.Feature`,
        :class:`~skdistill.objectives.Relation`), which come on top of the response; or
        a list, as ``[Response(temperature=2), Feature(weight=0.3)]``.
    alpha : float or "auto", default=0.5
        Weight of the teacher against the labels, in [0, 1]. At 0 the student is
        trained on the labels alone, exactly as without this class, and no teacher is
        trained. "auto" chooses among 0, 0.5 and 1; see Notes.
    privileged_weight : float or "auto", default=1.0
        Share, in [0, 1], of the teacher that sees `teacher_features` in the soft
        target; the rest belongs to the same teacher trained on the student's columns
        over the same folds, so teacher fits double below 1. What the privileged
        columns explain beyond the student's own is noise to the student, so a mixture
        is often the better target; 0.5 is a safe first try. "auto" chooses between 0.5
        and 1; see Notes.
    unlabeled_weight : float or "auto", default=1.0
        What a row of `X_unlabeled`, see `fit`, weighs against a row with a
        label; at least 0. "auto" compares 1 with doing without them; see
        Notes.
    n_perturbed : int, default=0
        Perturbed copies of each row with a label, made for small students such as one
        tree; 5 is a good number. In a copy each number or date has moved to one that is
        near it in its column, and one category in ten is that of another row; missing
        values stay. A copy has no label: it is predicted by the fold teachers that did
        not see its row (of a forest with ``cv="oob"``, the trees), and weighs what its
        row does. All students with a teacher learn from the copies. With `memory`, set
        `random_state`: other copies are other rows. X must not be sparse.
    cv : int, splitter, iterable of (train, test) or "oob", default=None
        Folds for the out-of-fold predictions; None is 5 stratified folds. Rows that no
        test part holds do not train the student. Repeated
        predictions are averaged, which steadies them where rows are few. "oob" takes
        the out-of-bag predictions of a forest or bagging teacher, from one fit.
    student_cv : int, splitter, iterable of (train, test) or "same", default=None
        None trains one student. Otherwise one student is trained on each training
        part and their probabilities (on the scale of the objective, where they are
        regressors) are averaged; "same" takes the folds of `cv`.
    scoring : str, callable or None, default=None
        What "auto" chooses by. None is the loss on the true labels, row by row;
        otherwise a scorer's name or ``scorer(estimator, X, y)``, computed on the rows
        that are held out, and on nine tenths of them to find how sure the score is. It
        is passed an object that holds the student's out-of-fold predictions. The loss
        is measured with less noise, but the metric that your model is evaluated by can
        prefer another mixture: labels in it sharpen the probabilities, and ranks do
        not change by that. Not used where nothing is "auto".
    memory : None, str, path-like or joblib.Memory, default=None
        Where the fold teachers' predictions are cached. They depend on the teacher, its
        columns, y, weights and splits; a search over the student, alpha, the
        temperature or the correction trains each fold teacher once. A teacher whose
        parameters cannot be pickled is not cached, with a warning; one without a seed
        is cached with whatever it predicted first. Entries are pickles, so the folder
        must be one that nobody else can write to.
    store_teacher : bool, default=False
        Whether to keep `fold_teachers_`, `teacher_predictions_` and
        `auxiliary_targets_`, and to train `teacher_` on all rows, which costs one more
        fit.
    n_jobs : int, default=None
        Teacher folds (and students of `student_cv`) trained at a time, through
        joblib's current backend. Fold teachers whose parameters name a GPU are
        trained one at a time.
    random_state : int, RandomState instance or None, default=None
        Seeds every `random_state` that teacher and student leave at None, and drawn
        labels. Equal seeds give equal models for any `n_jobs`.
    verbose : int, default=0
        Above 0, a line that says how many fits are ahead, one for each teacher and the
        student with its time, and one for what "auto" chose, and by how much.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    student_ : estimator
        The fitted student, a plain object of the class that was passed. Only defined
        if `student_cv` is None.
    students_ : list of estimators
        One student, or one for each training part of `student_cv`.
    student_route_ : str
        How the student learnt: "labels" (alpha is 0), "cross_entropy",
        "one_vs_rest", "logistic", "logistic_gradient", "softmax_gradient",
        "weighted_copies", "label_draw", "probability_regression" or
        "logit_regression".
    alpha_, privileged_weight_, correction_, unlabeled_weight_ : float
        The weight of the teacher, the share of the privileged one in it, the
        correction of its predictions (or None), and the weight of a row without a
        label (0 if there are none): as given or as chosen.
    calibrated_ : bool
        Whether the teacher's predictions were calibrated: as given or as chosen.
    selection_results_ : dict of ndarray of shape (n_candidates,)
        What was chosen from: "alpha", "privileged_weight", "correction",
        "unlabeled_weight", "calibrated", "loss", the mean held-out loss (log-loss with
        probabilities clipped at the objective's `clip`; share of errors for a student
        without probabilities; squared error in regression; with `scoring` the negative
        mean score), and "std_error", of its difference to the first, labels alone.
        Empty if nothing was "auto".
    teacher_feature_indices_, student_feature_indices_ : ndarray of int
        Positions of the columns each one sees.
    fit_times_ : dict
        Seconds of this fit: "checks", "teachers", "selection", "student", and
        "teacher_folds" (a list).
    teacher_, fold_teachers_, teacher_predictions_, auxiliary_targets_
        The teacher trained on all rows, those of the folds, the out-of-fold
        predictions of shape (n_samples, n_classes), and for each auxiliary
        objective what the student learnt of it, of shape
        (n_samples, n_auxiliary_outputs); NaN where no fold covers a row. Only defined
        if `store_teacher` is True, the models if the teacher was trained here.
    teacher_predictions_unlabeled_ : ndarray
        Those for the rows of `X_unlabeled` that were used. Only defined if
        `store_teacher` is True.
    n_features_in_ : int
        Number of columns of X in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns. Only defined if they are all strings.

    See Also
    --------
    DistilledRegressor : The same for continuous targets.

    Notes
    -----
    The loss is that of Hinton et al. [1]_; teachers with columns of their own are the
    privileged information of Vapnik and Vashist, unified with distillation in [2]_.

    Where a parameter is "auto", mixtures are compared by the student's loss on rows
    that were held out, from the student as well as from the teachers behind its
    targets. From 1,000 rows on, with and without labels, two of 5 folds are held out
    together: that takes up to 6 teacher fits more, each on two fifths of the rows, and
    up to 2 student fits for each mixture. With fewer rows, or folds in the order of
    time, each fold is held out alone: up to 10 teacher fits, each on three fifths of
    the rows, and 5 student fits for each mixture. No more is compared where 4,000 rows
    have been or, from 1,000 rows on, the choice on all of them is foreseen [3]_.

    Labels alone are always among the mixtures, and so is doing without `X_unlabeled`.
    The mixture that is safe stays unless the loss of another is lower by more than one
    standard error of the paired difference, over rows or, with ``groups``, over groups.
    With `scoring` it is over blocks of rows or groups, which are left out in turn (the
    jackknife). Safe is the student on labels alone or, with `X_unlabeled` that have the
    teacher's columns, alpha 0.5 and those rows.

    References
    ----------
    .. [1] G. Hinton, O. Vinyals, J. Dean, "Distilling the knowledge in a neural
       network", 2015.
    .. [2] D. Lopez-Paz, L. Bottou, B. Schölkopf, V. Vapnik, "Unifying distillation and
       privileged information", ICLR 2016.
    .. [3] K. Lan, R. Simon, M. Halperin, "Stochastically curtailed tests in long-term
       clinical trials", Sequential Analysis 1(3), 1982.

    Examples
    --------
    Two hundred patients; the last three columns are known in training only.

    >>> from sklearn.datasets import make_classification
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skdistill import DistilledClassifier
    >>> X, y = make_classification(n_samples=200, n_features=8, random_state=0)
    >>> model = DistilledClassifier(
    ...     RandomForestClassifier(random_state=0),
    ...     LogisticRegression(),
    ...     student_features=slice(0, 5),
    ... ).fit(X, y)
    >>> model.student_route_
    'weighted_copies'
    >>> model.predict_proba(X[:1, :5]).shape
    (1, 2)
    """

    def predict(self, X: Any) -> NDArray:
        """Predict class labels.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe}
            All columns of the training data, or only the student's: a frame by name,
            an array by its width.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        student = self.students_[0]
        if is_regressor(student) or len(self.students_) > 1:
            return self.classes_[self.predict_proba(X).argmax(axis=1)]
        predicted = np.ravel(student.predict(select_input(self, X, self._input_spec)))
        if holds_codes(student):
            return self.classes_[predicted.astype(np.intp)]
        # CatBoost predicts strings as objects.
        return predicted.astype(self.classes_.dtype, copy=False)

    @available_if(_student_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray:
        """Predict class probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe}
            As for `predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        check_is_fitted(self)
        if is_regressor(self.students_[0]):
            return regressed_probabilities(self._mean_output(X, "predict"), self._loss)
        if self._all_in_order:
            return self._mean_output(X, "predict_proba")
        return self._mean_prediction(X)

    @available_if(_student_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray:
        """Compute scores of a student without probabilities, such as LinearSVC.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe}
            As for `predict`.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        check_is_fitted(self)
        return self._mean_output(X, "decision_function")

    def _mean_output(self, X: Any, method: str) -> NDArray:
        """Average what a method of the students returns, as it is."""
        X = select_input(self, X, self._input_spec)
        first, *others = (
            own_outputs(getattr(s, method)(X), self._loss)
            if method == "predict"
            else getattr(s, method)(X)
            for s in self.students_
        )
        return sum(others, start=first) / len(self.students_) if others else first

    def _check_student(self, student: Any) -> None:
        check_is_estimator(student, "student of DistilledClassifier")
        if not (is_classifier(student) or is_regressor(student)):
            raise ValueError(
                "student of DistilledClassifier must be a classifier or a regressor; "
                f"got {student!r}, which can take no soft target."
            )
        if self.student_cv is not None and not (
            is_regressor(student) or may_have_probabilities(student)
        ):
            raise ValueError(
                f"student_cv of DistilledClassifier averages probabilities; the "
                f"student {type(student).__name__} has no predict_proba."
            )

    def _encode_y(self, y: Any) -> tuple[NDArray[np.intp], NDArray]:
        codes, classes = super()._encode_y(y)
        if isinstance(self.teacher, FrozenEstimator):
            check_is_fitted(self.teacher.estimator)
            align_classes(self.teacher, classes)
        return codes, classes

    def _set_fitted(self, classes: NDArray) -> None:
        if is_regressor(self.students_[0]):
            return
        self._all_in_order = all(
            in_order(student_classes(s, classes), len(classes)) for s in self.students_
        )
