"""Feature-based knowledge: the student learns how the teacher represents rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from skdistill.input._checks import check_count, check_in_interval, check_option
from skdistill.students._task import AuxiliaryTarget
from skdistill.teachers._queries import FeatureQuery, anchor_rows
from skdistill.teachers._representation import check_representation


class Feature(BaseEstimator):
    """Match the teacher's representation, on top of its responses.

    The student learns where the teacher places a row as further outputs beside the
    response [1]_, and drops them when it predicts. What is transferred is the shared
    structure: splits and hidden units that serve both. A student without any (linear
    models, nearest neighbours) predicts as without this objective, which a warning
    says. Worth a try with few labels and a student that is a single tree, a forest or a
    network; with a booster of many trees it is rarely of use.

    The loss adds ``alpha * weight`` times the squared error of the further outputs,
    scaled to the variance of the responses.

    Parameters
    ----------
    weight : float >= 0, default=0.5
        Of this objective against the responses; 0 leaves it out.
    match : {"values", "boundary"}, default="values"
        "values" are hidden units, leaves or scores. "boundary" is the side of its
        activation boundary that each hidden unit puts the row on [2]_, or that of each
        split: multi-layer perceptrons, scikit-learn's trees and forests, CatBoost;
        HistGradientBoosting by the sign of each tree's contribution.
    representation : "auto" or callable, default="auto"
        "auto" is the last hidden layer of a multi-layer perceptron, the leaves of
        trees, forests and boosters (for HistGradientBoosting, which does not name
        them, their values), the last transform of a Pipeline that ends in none of
        these, else the decision values. A callable is given the fitted teacher and X,
        and returns an array of shape (n_samples, n_units).
    n_components : int, default=8
        Dimensions that truncated SVD leaves of it, and number of further outputs.

    See Also
    --------
    Relation : Matches how rows stand to each other instead.

    Notes
    -----
    Representations are out of fold, as responses are. Each fold's teacher has a basis
    of its own, which orthogonal Procrustes rotates to that of the first fold.

    References
    ----------
    .. [1] A. Romero et al., "FitNets: hints for thin deep nets", ICLR 2015.
    .. [2] B. Heo, M. Lee, S. Yun, J. Y. Choi, "Knowledge transfer via distillation of
       activation boundaries formed by hidden neurons", AAAI 2019.

    Examples
    --------
    A tree that learns a forest's leaves beside its probabilities:

    >>> from sklearn.datasets import make_classification
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from skdistill import DistilledClassifier
    >>> from skdistill.objectives import Feature
    >>> X, y = make_classification(n_samples=200, random_state=0)
    >>> model = DistilledClassifier(
    ...     RandomForestClassifier(random_state=0),
    ...     DecisionTreeRegressor(max_depth=4, random_state=0),
    ...     objective=Feature(weight=0.3, n_components=4),
    ... ).fit(X, y)
    >>> model.student_.predict(X).shape  # One probability, four dimensions.
    (200, 5)
    >>> model.predict_proba(X).shape
    (200, 2)
    """

    name = "feature"

    def __init__(
        self,
        weight: float = 0.5,
        *,
        match: Literal["values", "boundary"] = "values",
        representation: Literal["auto"] | Callable = "auto",
        n_components: int = 8,
    ):
        self.weight = weight
        self.match = match
        self.representation = representation
        self.n_components = n_components

    def check(self, teacher: Any, kind: str, n_outputs: int, n_samples: int) -> None:
        """Check the parameters, and that the teacher has a representation."""
        check_in_interval(self.weight, "weight", "Feature", 0.0, np.inf, finite=True)
        check_option(self.match, "match", "Feature", ("values", "boundary"))
        check_count(self.n_components, "n_components", "Feature")
        check_representation(teacher, self.representation, self.match, "Feature")

    def query(self, n_samples: int, weight: NDArray | None) -> FeatureQuery:
        """Return the query to each fold's teacher."""
        anchors = anchor_rows(n_samples)
        return FeatureQuery(
            self.representation,
            self.match,
            self.n_components,
            anchors,
            None if weight is None else weight[anchors],
        )

    def auxiliary(self, alpha: float, values: NDArray, query: Any) -> AuxiliaryTarget:
        """Return what the student is to learn."""
        return AuxiliaryTarget(self.name, alpha * self.weight, values)
