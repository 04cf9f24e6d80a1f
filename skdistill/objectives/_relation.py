"""Relation-based knowledge: the student learns which rows belong together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from skdistill.input._checks import (
    check_count,
    check_in_interval,
    check_option,
    make_random_state,
)
from skdistill.students._task import AuxiliaryTarget
from skdistill.teachers._queries import RelationQuery, anchor_rows
from skdistill.teachers._relations import KINDS
from skdistill.teachers._representation import check_representation


class Relation(BaseEstimator):
    """Match how the teacher relates rows to each other, on top of its responses.

    Each row is related to a few landmark rows, so that cost grows with the number of
    rows. A student with several outputs learns the relations as further outputs beside
    the response and drops them when it predicts; the splits or hidden units it shares
    between them are what is transferred. XGBClassifier and LGBMClassifier add the
    relational loss of their own probabilities to the gradient.

    Parameters
    ----------
    weight : float >= 0, default=0.5
        Of this objective against the responses; 0 leaves it out. Further outputs are
        scaled to the variance of the responses. In a gradient the loss is the mean
        over landmarks of the Huber loss of [1]_.
    kind : {"distance", "angle", "similarity"}, default="distance"
        Distances to landmarks, in units of their mean [1]_; cosines of the angles, at
        each landmark, between a row and the next landmark [1]_; inner products, scaled
        to one over a row's landmarks [2]_.
    space : {"representation", "response"}, default="representation"
        Where the teacher's rows are: in its representation, or in its responses, which
        must have two free dimensions for an angle or a similarity to say anything
        (three classes, or two outputs).
    representation : "auto" or callable, default="auto"
        As in :class:`Feature`.
    n_components : int, default=8
        Dimensions that truncated SVD leaves of the representation.
    n_landmarks : int, default=16
        Landmark rows, at least two, drawn at random.
    random_state : int or RandomState instance, default=0
        Draws the landmarks.

    See Also
    --------
    Feature : Matches the representation itself.

    Notes
    -----
    A row and the landmarks are placed by one fold teacher that did not see the row. In
    the gradient, landmarks stay where they are during a round, so that a row's gradient
    needs no other rows, and the student's distances are in units of the mean distance
    of the teacher's responses.

    References
    ----------
    .. [1] W. Park, D. Kim, Y. Lu, M. Cho, "Relational knowledge distillation",
       CVPR 2019.
    .. [2] F. Tung, G. Mori, "Similarity-preserving knowledge distillation", ICCV 2019.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from skdistill import DistilledClassifier
    >>> from skdistill.objectives import Relation, Response
    >>> X, y = load_iris(return_X_y=True)
    >>> model = DistilledClassifier(
    ...     RandomForestClassifier(random_state=0),
    ...     DecisionTreeRegressor(max_depth=3, random_state=0),
    ...     student_features=[0, 1],
    ...     objective=[Response(), Relation(n_landmarks=8)],
    ... ).fit(X, y)
    >>> model.student_.predict(X[:, :2]).shape  # Three probabilities, eight distances.
    (150, 11)
    >>> model.predict_proba(X[:, :2]).shape
    (150, 3)
    """

    def __init__(
        self,
        weight: float = 0.5,
        *,
        kind: Literal["distance", "angle", "similarity"] = "distance",
        space: Literal["representation", "response"] = "representation",
        representation: Literal["auto"] | Callable = "auto",
        n_components: int = 8,
        n_landmarks: int = 16,
        random_state: Any = 0,
    ):
        self.weight = weight
        self.kind = kind
        self.space = space
        self.representation = representation
        self.n_components = n_components
        self.n_landmarks = n_landmarks
        self.random_state = random_state

    @property
    def name(self) -> str:
        """What a student is said to learn."""
        return self.kind

    def check(self, teacher: Any, kind: str, n_outputs: int, n_samples: int) -> None:
        """Check the parameters, and that the teacher places rows in that space."""
        check_in_interval(self.weight, "weight", "Relation", 0.0, np.inf, finite=True)
        check_option(self.kind, "kind", "Relation", KINDS)
        check_option(self.space, "space", "Relation", ("representation", "response"))
        check_count(self.n_components, "n_components", "Relation")
        check_count(self.n_landmarks, "n_landmarks", "Relation", least=2)
        if self.n_landmarks > n_samples:
            raise ValueError(
                f"n_landmarks of Relation is {self.n_landmarks}, but there are only "
                f"n_samples = {n_samples} rows to draw them from. Use fewer."
            )
        if self.space == "representation":
            check_representation(teacher, self.representation, "values", "Relation")
        elif self.kind != "distance" and n_outputs - (kind == "classification") < 2:
            raise ValueError(
                f"kind of Relation is {self.kind!r}, but responses of {n_outputs} "
                f"{'classes' if kind == 'classification' else 'output'} lie on a line, "
                "where it says nothing. Use kind='distance', or "
                "space='representation'."
            )

    def query(self, n_samples: int, weight: NDArray | None) -> RelationQuery:
        """Return the query to each fold's teacher."""
        drawn = make_random_state(self.random_state, "Relation").choice(
            n_samples, self.n_landmarks, replace=False
        )
        landmarks = np.sort(drawn)
        return RelationQuery(
            self.kind,
            self.space,
            self.representation,
            self.n_components,
            landmarks,
            np.union1d(landmarks, anchor_rows(n_samples)),
        )

    def auxiliary(self, alpha: float, values: NDArray, query: Any) -> AuxiliaryTarget:
        """Return what the student is to learn."""
        return AuxiliaryTarget(self.name, alpha * self.weight, values, query.landmarks)
