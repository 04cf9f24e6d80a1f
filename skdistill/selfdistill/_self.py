"""Self-distillation: an estimator that teaches its own next generation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Self

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skdistill.input._meta_estimator import (
    MeanClassifierMixin,
    MeanRegressorMixin,
    MetaEstimator,
)
from skdistill.input._preparation import FitInput
from skdistill.objectives import Response
from skdistill.selfdistill._generations import run_generations, train_generations
from skdistill.selfdistill._plan import make_plan
from skdistill.students import student_route
from skdistill.teachers._crossfit import ExecutionConfig

_STORED = ("generations_", "teacher_predictions_", "teacher_predictions_unlabeled_")


class BaseSelfDistilled(MetaEstimator, BaseEstimator):
    """Distillation of an estimator into itself, over generations.

    Subclasses say what they distil by a mixin of `_meta_estimator`.
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        features: Any = None,
        n_generations: int = 3,
        objective: Response | Literal["response"] = "response",
        alpha: float = 0.5,
        cv: Any = None,
        scoring: str | Callable | None = None,
        patience: int = 1,
        tol: float = 0.0,
        ensemble: bool = False,
        store_generations: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.features = features
        self.n_generations = n_generations
        self.objective = objective
        self.alpha = alpha
        self.cv = cv
        self.scoring = scoring
        self.patience = patience
        self.tol = tol
        self.ensemble = ensemble
        self.store_generations = store_generations
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        *,
        X_unlabeled: Any = None,
        sample_weight_unlabeled: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Train generations until the out-of-fold score no longer improves.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels or values; several outputs in regression only.
        sample_weight : array-like of shape (n_samples,), default=None
            Row weights, of training and of the scores.
        X_unlabeled : {array-like, sparse matrix, dataframe} of shape \
                (n_unlabeled, n_features), default=None
            Rows without a label: a frame by name, in any order, further columns
            ignored; an array by its width. All generations but 0 learn from the mean
            prediction of the fold models before them for such a row. They are in no
            split and no score, and rows that are rows of X are left out.
        sample_weight_unlabeled : array-like of shape (n_unlabeled,), default=None
            Row weights of those rows.
        **params : dict
            ``groups`` for the splitter. With metadata routing enabled, what the
            splitter requests.

        Returns
        -------
        self
        """
        execution = ExecutionConfig(self.n_jobs, self.verbose)
        given = FitInput(
            X, y, sample_weight, X_unlabeled, sample_weight_unlabeled, params=params
        )
        plan, input_spec = make_plan(self, given)
        predictions, scores, std_errors, reason = run_generations(plan, execution)
        last = len(scores) - 1
        best = plan.stopping.best(scores, std_errors)
        deployed = range(0 if self.ensemble else best, best + 1)
        wanted = range(last + 1) if self.store_generations else deployed
        models = train_generations(plan, predictions, wanted, execution)
        trained = dict(zip(wanted, models, strict=True))

        plan.data.remember(self)
        self._loss = plan.loss
        self._input_spec = input_spec
        self.feature_indices_ = input_spec.positions
        self.estimators_ = [trained[generation] for generation in deployed]
        self.best_generation_ = best
        self.n_iter_ = last
        self.termination_condition_ = reason
        self.validation_scores_ = scores
        self.validation_std_errors_ = std_errors
        self.student_route_ = student_route(plan.spec.teacher, plan.loss)
        for name in _STORED:
            self.__dict__.pop(name, None)
        if self.store_generations:
            self.generations_ = models
            n_labeled = plan.data.n_samples
            values = [each.values for each in predictions]
            self.teacher_predictions_ = [each[:n_labeled] for each in values]
            self.teacher_predictions_unlabeled_ = [each[n_labeled:] for each in values]
        return self

    @property
    def estimator_(self) -> Any:
        """The generation that predicts; with `ensemble`, the last one of the mean."""
        check_is_fitted(self)
        return self.estimators_[-1]

    def _get_estimator(self) -> Any:
        if self.estimator is None:
            return self._default_estimator()
        return self.estimator

    def _get_members(self) -> dict[str, Any]:
        return {"estimator": self._get_estimator()}

    def _deployed(self) -> list[tuple[Any, None]]:
        return [(estimator, None) for estimator in self.estimators_]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimators_")


class SelfDistilledClassifier(MeanClassifierMixin, BaseSelfDistilled):
    """Let a classifier learn from its own out-of-fold predictions, over generations.

    Generation 0 is the estimator trained on the labels. Each later generation is a
    fresh copy trained on the mixture of labels and the out-of-fold probabilities of
    the one before, which softens the labels where they are uncertain. It
    is the generation with the best out-of-fold score that predicts; generation 0
    gives way only to one that is better by more than one standard error of the
    difference.

    What gains is an estimator that lacks regularisation: deep trees, small forests,
    nearest neighbours, boosting with the library's own settings on few rows. A
    well-regularised one has little to gain, and generation 0 stays if there is none.

    Parameters
    ----------
    estimator : classifier with `predict_proba`, default=None
        Cloned for each training. None is HistGradientBoostingClassifier, well
        regularised (learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=40).
    features : None, str, int, slice, callable or array-like, default=None
        Columns it sees: names, positions, a boolean mask, a slice, or a callable that
        returns one of these from X. None is all columns.
    n_generations : int, default=3
        Generations to distil at most, beyond generation 0.
    objective : "response" or Response, default="response"
        How predictions are learnt from. ``Response(temperature=2)`` makes `temperature`
        tunable as ``objective__temperature``.
    alpha : float, default=0.5
        Weight of the previous generation against the labels, in [0, 1]. At 0 there is
        generation 0 only. Generation 0 learns from labels whatever `alpha` is.
    cv : int, splitter or iterable of (train, test), default=None
        Folds of the predictions and of the scores, at least 3; None is 5 stratified
        folds. Rows that no test part holds keep their label and are not scored.
    scoring : str, callable or None, default=None
        What generations are scored by on the test part of each fold: a scorer's name
        or ``scorer(estimator, X, y)``, which is passed an object that predicts the
        out-of-fold predictions. None is the negative log-loss. Choose the metric you
        will be judged by: the loss can improve where accuracy does not.
    patience : int, default=1
        Generations without improvement after which to stop.
    tol : float, default=0.0
        Improvement of the score that counts as one, beside the standard error against
        generation 0.
    ensemble : bool, default=False
        Whether the generations up to the best one predict together, by the mean of
        their probabilities. The score of a generation is then that of the mean of all
        up to it.
    store_generations : bool, default=False
        Whether to train every generation on all rows, as `generations_`, and to keep
        `teacher_predictions_`.
    n_jobs : int, default=None
        Models trained at a time, through joblib's current backend.
    random_state : int, RandomState instance or None, default=None
        Seeds every `random_state` that the estimator leaves at None, and drawn labels.
        Equal seeds give equal models for any `n_jobs`.
    verbose : int, default=0
        Above 0, one line for each generation with its score and time.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    estimator_ : estimator
        The generation that predicts, trained on all rows: a plain object of the class
        that was passed. With `ensemble`, the last one of the mean.
    estimators_ : list of estimators
        All that predict: one, or with `ensemble` generations 0 to `best_generation_`.
    best_generation_ : int
        The generation with the best score; 0 if none is clearly better.
    n_iter_ : int
        Number of the last generation that was trained and scored.
    termination_condition_ : {"no_improvement", "max_generations", "alpha_is_zero"}
        Why there is no later one.
    validation_scores_ : ndarray of shape (n_iter_ + 1,)
        Out-of-fold score of each generation, mean over folds. By default the negative
        log-loss on the true labels, with probabilities of at least `clip` of the
        objective.
    validation_std_errors_ : ndarray of shape (n_iter_ + 1,)
        Standard error of the difference of each score to that of generation 0, over
        the folds.
    student_route_ : str
        How generations with a predecessor learn, as in
        :class:`~skdistill.DistilledClassifier`.
    feature_indices_ : ndarray of int
        Positions of the columns the estimator sees.
    generations_, teacher_predictions_, teacher_predictions_unlabeled_ : list
        All generations, each trained on all rows, and their out-of-fold probabilities
        for the rows of X and of `X_unlabeled`. Only defined if `store_generations` is
        True.
    n_features_in_ : int
        Number of columns of X in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns. Only defined if they are all strings.

    See Also
    --------
    DistilledClassifier : Distillation between different estimators or columns.
    MutualDistilledClassifier : Several estimators that teach each other.

    Notes
    -----
    No prediction of a row comes from a model that was trained on the row's label, or
    learnt from a model that was. Predictions that are merely out of fold look better
    from one generation to the next even on labels that are pure noise. The price is
    fits that leave out two folds: with 5 folds there are 15 for generation 0, 5 for
    generation 1, and 25 for each later one, 20 of them for what it learns from; then
    one on all rows.

    Born-again networks are due to Furlanello et al. [1]_; why it regularises, to
    Mobahi et al. [2]_.

    References
    ----------
    .. [1] T. Furlanello, Z. C. Lipton, M. Tschannen, L. Itti, A. Anandkumar,
       "Born-again neural networks", ICML 2018.
    .. [2] H. Mobahi, M. Farajtabar, P. L. Bartlett, "Self-distillation amplifies
       regularization in Hilbert space", NeurIPS 2020.

    Examples
    --------
    A tree that is too deep for its 300 rows:

    >>> from sklearn.datasets import make_classification
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skdistill import SelfDistilledClassifier
    >>> X, y = make_classification(n_samples=300, flip_y=0.2, random_state=0)
    >>> model = SelfDistilledClassifier(
    ...     DecisionTreeClassifier(min_samples_leaf=5, random_state=0)
    ... ).fit(X, y)
    >>> model.best_generation_
    3
    >>> gains = model.validation_scores_ - model.validation_scores_[0]
    >>> round(float(gains[1]), 1)
    0.3
    """


class SelfDistilledRegressor(MeanRegressorMixin, BaseSelfDistilled):
    """Let a regressor learn from its own out-of-fold predictions, over generations.

    Generation 0 is the estimator trained on the values. Each later generation is a
    fresh copy trained on ``alpha * q + (1 - alpha) * y`` for values y and out-of-fold
    predictions q of the one before. It is the generation with the best out-of-fold
    score that predicts; generation 0 gives way only to one that is better by more than
    one standard error of the difference.

    What gains is an estimator that lacks regularisation: deep trees, small forests,
    nearest neighbours, boosting with the library's own settings on few rows. A
    well-regularised one has little to gain, and generation 0 stays if there is none.

    Parameters
    ----------
    estimator : regressor, default=None
        Cloned for each training. None is HistGradientBoostingRegressor, well
        regularised (learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=40).
    features : None, str, int, slice, callable or array-like, default=None
        Columns it sees: names, positions, a boolean mask, a slice, or a callable that
        returns one of these from X. None is all columns.
    n_generations : int, default=3
        Generations to distil at most, beyond generation 0.
    objective : "response" or Response, default="response"
        How predictions are learnt from; the temperature must be 1.
    alpha : float, default=0.5
        Weight of the previous generation against the values, in [0, 1]. At 0 there is
        generation 0 only. Generation 0 learns from values whatever `alpha` is.
    cv : int, splitter or iterable of (train, test), default=None
        Folds of the predictions and of the scores, at least 3; None is 5 folds. Rows
        that no test part holds keep their value and are not scored.
    scoring : str, callable or None, default=None
        What generations are scored by on the test part of each fold: a scorer's name
        or ``scorer(estimator, X, y)``, which is passed an object that predicts the
        out-of-fold predictions. None is the negative squared error.
    patience : int, default=1
        Generations without improvement after which to stop.
    tol : float, default=0.0
        Improvement of the score that counts as one, beside the standard error against
        generation 0.
    ensemble : bool, default=False
        Whether the generations up to the best one predict together, by their mean.
        The score of a generation is then that of the mean of all up to it.
    store_generations : bool, default=False
        Whether to train every generation on all rows, as `generations_`, and to keep
        `teacher_predictions_`.
    n_jobs : int, default=None
        Models trained at a time, through joblib's current backend.
    random_state : int, RandomState instance or None, default=None
        Seeds every `random_state` that the estimator leaves at None.
        Equal seeds give equal models for any `n_jobs`.
    verbose : int, default=0
        Above 0, one line for each generation with its score and time.

    Attributes
    ----------
    estimator_ : estimator
        The generation that predicts, trained on all rows: a plain object of the class
        that was passed. With `ensemble`, the last one of the mean.
    estimators_ : list of estimators
        All that predict: one, or with `ensemble` generations 0 to `best_generation_`.
    best_generation_ : int
        The generation with the best score; 0 if none is clearly better.
    n_iter_ : int
        Number of the last generation that was trained and scored.
    termination_condition_ : {"no_improvement", "max_generations", "alpha_is_zero"}
        Why there is no later one.
    validation_scores_ : ndarray of shape (n_iter_ + 1,)
        Out-of-fold score of each generation, mean over folds; by default the negative
        mean squared error.
    validation_std_errors_ : ndarray of shape (n_iter_ + 1,)
        Standard error of the difference of each score to that of generation 0, over
        the folds.
    student_route_ : str
        "labels" (alpha is 0) or "regression".
    feature_indices_ : ndarray of int
        Positions of the columns the estimator sees.
    generations_, teacher_predictions_, teacher_predictions_unlabeled_ : list
        All generations, each trained on all rows, and their out-of-fold predictions
        for the rows of X and of `X_unlabeled`. Only defined if `store_generations` is
        True.
    n_features_in_ : int
        Number of columns of X in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns. Only defined if they are all strings.

    See Also
    --------
    SelfDistilledClassifier : The same for class labels; also says what the folds cost.

    Examples
    --------
    >>> from sklearn.datasets import make_friedman1
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from skdistill import SelfDistilledRegressor
    >>> X, y = make_friedman1(n_samples=300, noise=3.0, random_state=0)
    >>> model = SelfDistilledRegressor(DecisionTreeRegressor(random_state=0)).fit(X, y)
    >>> model.best_generation_
    3
    >>> model.validation_scores_.round(1)
    array([-29.4, -25.1, -24.6, -23.2])
    """
