"""What the three kinds of distillation prepare alike: data, private copies, seeds.

Nothing here changes the estimator: what `fit` was given is remembered at its end, by
`TrainingData.remember`, so that a refused fit leaves a fitted model as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_consistent_length

from skdistill.input._boosters import silence_catboost
from skdistill.input._checks import (
    check_sample_weight,
    check_verbose,
    clone_estimator,
    make_random_state,
    seed_unset,
)
from skdistill.input._column_params import restrict_columns
from skdistill.input._columns import SelectedColumns, resolve_columns
from skdistill.input._data import check_input
from skdistill.input._rows import count_weighty
from skdistill.input._splits import Split, make_splits
from skdistill.input._targets import check_weighted_classes


@dataclass(frozen=True)
class FitInput:
    """What `fit` was passed, as it came.

    Attributes
    ----------
    X, y, sample_weight
        Rows with labels.
    X_unlabeled, sample_weight_unlabeled
        Rows without labels.
    soft_targets, soft_targets_unlabeled
        Of both, where the teacher is "precomputed".
    params : mapping
        Further metadata.
    """

    X: Any
    y: Any
    sample_weight: Any = None
    X_unlabeled: Any = None
    sample_weight_unlabeled: Any = None
    soft_targets: Any = None
    soft_targets_unlabeled: Any = None
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingData:
    """The training data of one fit, checked.

    Attributes
    ----------
    owner : str
        Name of the estimator, for messages.
    X : {ndarray, sparse matrix, dataframe} of shape (n_samples, n_features)
        All columns.
    target : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Class codes 0..k-1, or values.
    classes : ndarray of shape (n_classes,) or None
        The user's labels in the order of the codes; None in regression.
    weight : ndarray of shape (n_samples,) or None
        Row weights.
    names : ndarray of str of shape (n_features,) or None
        Column names, where all are strings.
    """

    owner: str
    X: Any
    target: NDArray
    classes: NDArray | None
    weight: NDArray[np.float64] | None
    names: NDArray | None

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return self.X.shape[0]

    @property
    def n_weighty(self) -> int:
        """Number of rows with weight."""
        return count_weighty(self.weight, self.n_samples)

    @property
    def n_outputs(self) -> int:
        """Number of classes, or of values a row."""
        return self.target[:1].size if self.classes is None else len(self.classes)

    @property
    def kind(self) -> str:
        """Tell "classification" from "regression"."""
        return "regression" if self.classes is None else "classification"

    def columns(self, spec: Any, parameter: str) -> SelectedColumns:
        """Resolve a column specification; see `resolve_columns`."""
        return resolve_columns(spec, self.X, parameter, self.owner)

    def splits(self, cv: Any, parameter: str, params: Mapping[str, Any]) -> list[Split]:
        """Split the rows as a parameter says; see `make_splits`."""
        return make_splits(
            cv,
            self.X,
            self.target,
            classifier=self.classes is not None,
            name=parameter,
            owner=self.owner,
            params=params,
        )

    def remember(self, model: Any) -> None:
        """Set what scikit-learn expects of a fitted model about its training data."""
        model.n_features_in_ = self.X.shape[1]
        vars(model).pop("feature_names_in_", None)
        if self.names is not None:
            model.feature_names_in_ = self.names
        if self.classes is not None:
            model.classes_ = self.classes


def prepare_data(model: Any, given: FitInput) -> TrainingData:
    """Check what `fit` was given, against each other, too, and `verbose`.

    Parameters
    ----------
    model : estimator
        Its `_encode_y` turns y into the training target and the classes. It is not
        changed.
    given : FitInput
        What `fit` was passed.

    Raises
    ------
    ValueError, TypeError
        If they are not fit for training.
    """
    check_verbose(model.verbose, type(model).__name__)
    # scikit-learn's checks write what they find; they write it on a copy.
    draft = copy(model)
    X = check_input(draft, given.X)
    target, classes = model._encode_y(given.y)
    check_consistent_length(X, target)
    weight = check_sample_weight(given.sample_weight, X)
    if classes is not None:
        check_weighted_classes(target, weight, classes)
    names = getattr(draft, "feature_names_in_", None)
    return TrainingData(type(model).__name__, X, target, classes, weight, names)


def copy_member(
    model: Any,
    member: Any,
    data: Any,
    columns: NDArray[np.intp],
    seed: int,
    *,
    written_for: NDArray[np.intp] | None = None,
) -> Any:
    """Return a private copy of an estimator: for its columns, seeded, and quiet.

    Parameters
    ----------
    model : estimator
        Where its `random_state` is None, nothing is seeded.
    member : estimator
        To copy; it is not changed.
    data : TrainingData
        Only its `names` of the columns are read.
    columns : ndarray of int
        Positions in X of the columns that the copy is trained on.
    seed : int
        For each `random_state` of the copy that is None.
    written_for : ndarray of int, default=None
        Positions in X of the columns that the parameters of `member` count along;
        None is `columns`.
    """
    copied = restrict_columns(clone_estimator(member), columns, data.names, written_for)
    if model.random_state is not None:
        seed_unset(copied, seed)
    return silence_catboost(copied)


def draw_seeds(model: Any, n_seeds: int) -> list[int]:
    """Draw seeds from the `random_state` of an estimator."""
    random_state = make_random_state(model.random_state, type(model).__name__)
    return random_state.randint(np.iinfo(np.int32).max, size=n_seeds).tolist()
