"""Offline distillation of regressors."""

from __future__ import annotations

from typing import Any

from skdistill.input._members import check_member
from skdistill.input._meta_estimator import MeanRegressorMixin
from skdistill.offline._base import BaseDistilled


class DistilledRegressor(MeanRegressorMixin, BaseDistilled):
    """Train a student regressor on the out-of-fold predictions of a teacher.

    The student minimises ``alpha / 2 * (q - z)**2 + (1 - alpha) / 2 * (y - z)**2`` for
    teacher responses q, values y and its own prediction z. For a squared loss that is
    one loss to ``alpha * q + (1 - alpha) * y``, which is what it is trained on.

    Parameters
    ----------
    teacher : regressor, "precomputed" or None, default=None
        Cloned for each fold. None is HistGradientBoostingRegressor, well regularised
        (learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=40). "precomputed":
        predictions that exist already are passed to `fit`. A FrozenEstimator predicts
        as it is, with a warning, since it may have seen the rows.
    student : regressor, default=None
        Learns the mixture of values and responses. None is a clone of the teacher.
    teacher_features, student_features : None, str, int, slice, callable or \
            array-like, default=None
        Columns each one sees: names, positions, a boolean mask, a slice, or a callable
        that returns one of these from X. None is all columns.
    objective : str, objective or list of them, default="response"
        What is transferred: "response" or
        :class:`~skdistill.objectives.Response` (the temperature must be 1); "feature"
        or "relation" (:class:`~skdistill.objectives.Feature`,
        :class:`~skdistill.objectives.Relation`), which come on top of the response; or
        a list of them.
    alpha : float or "auto", default=0.5
        Weight of the teacher against the values, in [0, 1]. At 0 the student is
        trained on the values alone, exactly as without this class, and no teacher is
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
        value; at least 0. "auto" compares 1 with doing without them; see
        Notes.
    n_perturbed : int, default=0
        Perturbed copies of each row with a value, made for small students such as one
        tree; 5 is a good number. In a copy each number or date has moved to one that is
        near it in its column, and one category in ten is that of another row; missing
        values stay. A copy has no value to learn from: it is predicted by the fold
        teachers that did not see its row (of a forest with ``cv="oob"``, the trees),
        and weighs what its row does. All students with a teacher learn from the
        copies. With `memory`, set `random_state`: other copies are other rows. X must
        not be sparse.
    cv : int, splitter, iterable of (train, test) or "oob", default=None
        Folds for the out-of-fold predictions; None is 5 folds. Rows that no test
        part holds do not train the student. Repeated
        predictions are averaged, which steadies them where rows are few. "oob" takes
        the out-of-bag predictions of a forest or bagging teacher, from one fit.
    student_cv : int, splitter, iterable of (train, test) or "same", default=None
        None trains one student. Otherwise one student is trained on each training
        part and their predictions are averaged; "same" takes the folds of `cv`.
    scoring : str, callable or None, default=None
        What "auto" chooses by. None is the squared error, row by row; otherwise a
        scorer's name or ``scorer(estimator, X, y)``, computed on the rows that are held
        out, and on nine tenths of them to find how sure the score is. It is passed an
        object that holds the student's out-of-fold predictions. The loss is measured
        with less noise, but the metric that your model is evaluated by is what counts.
        Not used where nothing is "auto".
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
        Seeds every `random_state` that teacher and student leave at None.
    verbose : int, default=0
        Above 0, a line that says how many fits are ahead, one for each teacher and the
        student with its time, and one for what "auto" chose, and by how much.

    Attributes
    ----------
    student_ : estimator
        The fitted student, a plain object of the class that was passed. Only defined
        if `student_cv` is None.
    students_ : list of estimators
        One student, or one for each training part of `student_cv`.
    student_route_ : str
        "labels" (alpha is 0) or "regression".
    alpha_, privileged_weight_, correction_, unlabeled_weight_ : float
        The weight of the teacher, the share of the privileged one in it, the
        correction of its predictions (or None), and the weight of a row without a
        label (0 if there are none): as given or as chosen.
    calibrated_ : bool
        Whether the teacher's predictions were calibrated: as given or as chosen.
    selection_results_ : dict of ndarray of shape (n_candidates,)
        What was chosen from: "alpha", "privileged_weight", "correction",
        "unlabeled_weight", "calibrated", "loss", the mean held-out loss (squared
        error; with `scoring` the negative mean score), and "std_error", of its
        difference to the first, labels alone. Empty if nothing was "auto".
    teacher_feature_indices_, student_feature_indices_ : ndarray of int
        Positions of the columns each one sees.
    fit_times_ : dict
        Seconds of this fit: "checks", "teachers", "selection", "student", and
        "teacher_folds" (a list).
    teacher_, fold_teachers_, teacher_predictions_, auxiliary_targets_
        The teacher trained on all rows, those of the folds, the out-of-fold
        predictions of shape (n_samples,) or (n_samples, n_outputs), and for each
        auxiliary objective what the student learnt of it, of shape
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
    DistilledClassifier : The same for class labels.

    Notes
    -----
    Where a parameter is "auto", mixtures are compared by the student's loss on rows
    that were held out, from the student as well as from the teachers behind its
    targets. From 1,000 rows on, with and without labels, two of 5 folds are held out
    together: that takes up to 6 teacher fits more, each on two fifths of the rows, and
    up to 2 student fits for each mixture. With fewer rows, or folds in the order of
    time, each fold is held out alone: up to 10 teacher fits, each on three fifths of
    the rows, and 5 student fits for each mixture. No more is compared where 4,000 rows
    have been or, from 1,000 rows on, the choice on all of them is foreseen [1]_.

    Values alone are always among the mixtures, and so is doing without `X_unlabeled`.
    The mixture that is safe stays unless the loss of another is lower by more than one
    standard error of the paired difference, over rows or, with ``groups``, over groups.
    With `scoring` it is over blocks of rows or groups, which are left out in turn (the
    jackknife). Safe is the student on values alone or, with `X_unlabeled` that have the
    teacher's columns, alpha 0.5 and those rows.

    References
    ----------
    .. [1] K. Lan, R. Simon, M. Halperin, "Stochastically curtailed tests in long-term
       clinical trials", Sequential Analysis 1(3), 1982.

    Examples
    --------
    A forest learns from ten columns, a linear student from three of them.

    >>> from sklearn.datasets import make_friedman1
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from sklearn.linear_model import Ridge
    >>> from skdistill import DistilledRegressor
    >>> X, y = make_friedman1(n_samples=300, random_state=0)
    >>> model = DistilledRegressor(
    ...     RandomForestRegressor(random_state=0), Ridge(), student_features=[0, 1, 3]
    ... ).fit(X, y)
    >>> round(model.score(X[:, [0, 1, 3]], y), 2)
    0.64
    """

    def _check_student(self, student: Any) -> None:
        check_member(student, "student", type(self).__name__, self._kind)
