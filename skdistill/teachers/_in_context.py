"""Teachers that predict slowly: in-context learners, such as foundation models.

Their `fit` stores the rows, and `predict` reads all of them for each prediction. So
the number of rows is limited, and each call should predict many rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    MetaEstimatorMixin,
    RegressorMixin,
)
from sklearn.utils import (
    Tags,
    check_consistent_length,
    column_or_1d,
    get_tags,
)
from sklearn.utils.validation import check_is_fitted

from skdistill.input._checks import (
    check_count,
    check_option,
    clone_estimator,
    make_random_state,
    seed_unset,
)
from skdistill.input._classes import class_probabilities
from skdistill.input._data import check_input
from skdistill.input._members import check_is_estimator
from skdistill.input._sklearn import safe_indexing
from skdistill.input._targets import encode_labels


class _InContext(MetaEstimatorMixin, BaseEstimator):
    """Contexts of limited size, and queries in batches; see the subclasses."""

    def __init__(
        self,
        estimator: Any,
        *,
        max_context: int = 10_000,
        n_contexts: int = 1,
        batch_size: int = 1_000,
        one_at_a_time: bool = True,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.max_context = max_context
        self.n_contexts = n_contexts
        self.batch_size = batch_size
        self.one_at_a_time = one_at_a_time
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the estimator to each context.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training data; `max_context` rows are drawn if there are more.
        y : array-like of shape (n_samples,)
            Labels or values.

        Returns
        -------
        self
        """
        owner = type(self).__name__
        size = check_count(self.max_context, "max_context", owner, least=2)
        n_contexts = check_count(self.n_contexts, "n_contexts", owner)
        check_count(self.batch_size, "batch_size", owner)
        check_option(self.one_at_a_time, "one_at_a_time", owner, (False, True))
        check_is_estimator(self.estimator, f"estimator of {owner}")
        random_state = make_random_state(self.random_state, owner)
        X = check_input(self, X)
        y = column_or_1d(y, warn=True)
        check_consistent_length(X, y)
        whole = len(y) <= size
        estimators = []
        for _ in range(1 if whole else n_contexts):
            seed = int(random_state.randint(np.iinfo(np.int32).max))
            estimator = clone_estimator(self.estimator)
            if self.random_state is not None:
                seed_unset(estimator, seed)
            if whole:
                estimators.append(estimator.fit(X, y))
                continue
            rows = self._draw(y, size, np.random.default_rng(seed))
            estimators.append(estimator.fit(safe_indexing(X, rows), y[rows]))
        self.estimators_ = estimators
        return self

    def _draw(
        self, y: NDArray, size: int, rng: np.random.Generator
    ) -> NDArray[np.intp]:
        return np.sort(rng.choice(len(y), size, replace=False))

    def _mean(self, X: Any, predict: Callable[[Any, Any], NDArray]) -> NDArray:
        """Average the predictions of all contexts, one batch of rows at a time."""
        check_is_fitted(self)
        X = check_input(self, X, reset=False)
        n_batches = max(1, int(np.ceil(X.shape[0] / self.batch_size)))
        batches = np.array_split(np.arange(X.shape[0]), n_batches)
        predicted = [
            np.mean(
                [predict(each, safe_indexing(X, rows)) for each in self.estimators_],
                axis=0,
            )
            for rows in batches
        ]
        return np.concatenate(predicted)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        try:
            tags.input_tags = get_tags(self.estimator).input_tags
        except (AttributeError, TypeError):
            return tags  # fit says what is wrong with it.
        tags.target_tags.required = True
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        # The columns are known before the estimators are.
        return hasattr(self, "estimators_")


class InContextClassifier(ClassifierMixin, _InContext):
    """Make an in-context learner a good teacher: limited contexts, queries in batches.

    Parameters
    ----------
    estimator : classifier with `predict_proba`
        Such as ``TabICLClassifier()``; cloned for each context.
    max_context : int, default=10_000
        Most rows of a context. If there are more, that many are drawn, with every
        class among them and in its proportion. All rows to predict are predicted.
    n_contexts : int, default=1
        Number of contexts if there are more than `max_context` training rows; their
        probabilities are averaged.
    batch_size : int, default=1_000
        Most rows that are predicted in one call. With `memory` of the distilled model,
        the predictions of each batch are stored at once.
    one_at_a_time : bool, default=True
        Whether fold teachers run one after the other whatever `n_jobs` is, as models
        on one GPU must.
    random_state : int, RandomState instance or None, default=None
        Draws the contexts, and seeds the estimator if it has no seed.

    Attributes
    ----------
    estimators_ : list of estimators
        One for each context.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns. Only defined if they are all strings.

    Notes
    -----
    In sample, the row to predict is in the context, with its label, so an in-context
    learner tends to predict that label. As a teacher it is cross-fitted, like any
    other; never pass it as a FrozenEstimator whose context holds rows of X.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skdistill import DistilledClassifier
    >>> from skdistill.teachers import InContextClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> teacher = InContextClassifier(
    ...     KNeighborsClassifier(), max_context=60, n_contexts=2, random_state=0
    ... )
    >>> model = DistilledClassifier(teacher, DecisionTreeClassifier()).fit(X, y)
    >>> model.score(X, y) > 0.9
    True
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the estimator to each context.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training data; `max_context` rows are drawn if there are more.
        y : array-like of shape (n_samples,)
            Labels.

        Returns
        -------
        self
        """
        codes, classes = encode_labels(y, type(self).__name__)
        super().fit(X, classes[codes])
        self.classes_ = classes
        return self

    def predict_proba(self, X: Any) -> NDArray:
        """Predict class probabilities: the mean over the contexts.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows; predicted in batches.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return self._mean(
            X, lambda each, rows: class_probabilities(each, rows, self.classes_)
        )

    def predict(self, X: Any) -> NDArray:
        """Predict the most probable label.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def _draw(
        self, y: NDArray, size: int, rng: np.random.Generator
    ) -> NDArray[np.intp]:
        n_classes = len(np.unique(y))
        if size < n_classes:
            raise ValueError(
                f"max_context of {type(self).__name__} is {size}, but a context must "
                f"hold a row of each of the {n_classes} classes of y."
            )
        return draw_stratified(y, size, rng)


class InContextRegressor(RegressorMixin, _InContext):
    """Make an in-context learner a good teacher: limited contexts, queries in batches.

    Parameters
    ----------
    estimator : regressor
        Such as ``TabICLRegressor()``; cloned for each context.
    max_context : int, default=10_000
        Most rows of a context. If there are more, that many are drawn. All rows to
        predict are predicted.
    n_contexts : int, default=1
        Number of contexts if there are more than `max_context` training rows; their
        predictions are averaged.
    batch_size : int, default=1_000
        Most rows that are predicted in one call. With `memory` of the distilled model,
        the predictions of each batch are stored at once.
    one_at_a_time : bool, default=True
        Whether fold teachers run one after the other whatever `n_jobs` is, as models
        on one GPU must.
    random_state : int, RandomState instance or None, default=None
        Draws the contexts, and seeds the estimator if it has no seed.

    Attributes
    ----------
    estimators_ : list of estimators
        One for each context.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns. Only defined if they are all strings.

    See Also
    --------
    InContextClassifier : The same for class labels.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from skdistill.teachers import InContextRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = InContextRegressor(KNeighborsRegressor(), max_context=200)
    >>> model.fit(X, y).predict(X[:3]).shape
    (3,)
    """

    def predict(self, X: Any) -> NDArray:
        """Predict values: the mean over the contexts.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows; predicted in batches.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        return self._mean(X, lambda each, rows: each.predict(rows))


def query_size(teacher: Any) -> int | None:
    """Return how many rows an in-context learner predicts at once, in a pipeline, too.

    None for other teachers.
    """
    parts = (teacher, *teacher.get_params(deep=True).values())
    sizes = (part.batch_size for part in parts if isinstance(part, _InContext))
    return min(sizes, default=None)


def draw_stratified(
    y: NDArray[Any], size: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Draw rows so that every class is among them and in its proportion.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Labels.
    size : int
        Rows to draw; at least as many as there are classes.
    rng : numpy.random.Generator
        What draws.

    Returns
    -------
    ndarray of int of shape (size,)
        In order.
    """
    order = rng.permutation(len(y))
    _, codes, counts = np.unique(y[order], return_inverse=True, return_counts=True)
    by_class = np.argsort(codes, kind="stable")
    ranks = np.empty(len(y), dtype=np.intp)
    ranks[by_class] = np.arange(len(y)) - np.repeat(np.cumsum(counts) - counts, counts)
    # A class is drawn from evenly; its first row comes before all that are not first.
    place = np.where(ranks == 0, -1.0, (ranks + rng.random(len(y))) / counts[codes])
    return np.sort(order[np.argsort(place, kind="stable")[:size]])
