"""The rows of a report and its outer folds, checked before anything is trained."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import BaseCrossValidator, BaseShuffleSplit
from sklearn.utils import check_consistent_length
from sklearn.utils.metadata_routing import get_routing_for_object

from skdistill.input._checks import check_sample_weight
from skdistill.input._data import check_is_at_hand
from skdistill.input._sklearn import safe_indexing
from skdistill.input._splits import Split, check_groups, make_splits
from skdistill.input._training_parts import check_training_rows
from skdistill.report._unlabeled import ROWS, Unlabeled, check_unlabeled_rows
from skdistill.report._wrappers import OWNER, inner_estimator, search_in
from skdistill.teachers._precomputed import check_soft_targets
from skdistill.teachers._teacher import subset_params


@dataclass(frozen=True)
class Data:
    """The rows of a report.

    Attributes
    ----------
    X : {ndarray, sparse matrix, dataframe} of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The user's labels, or values.
    classes : ndarray of shape (n_classes,) or None
        None in regression.
    sample_weight, groups : ndarray of shape (n_samples,) or None
    group_splitters : tuple of {"cv", "student_cv"}
        Which of the estimator's own splitters take the groups.
    params : dict
        Further metadata of `fit`, but for that of rows without labels.
    unlabeled : Unlabeled
        Rows without labels.
    soft_targets : ndarray or None
        Those of `params`, checked, one row a row of X.
    """

    X: Any
    y: NDArray
    classes: NDArray | None
    sample_weight: NDArray | None = None
    groups: NDArray | None = None
    group_splitters: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    unlabeled: Unlabeled = field(default_factory=Unlabeled)
    soft_targets: NDArray | None = None

    def fit_params(
        self,
        rows: NDArray,
        unlabeled: NDArray | None = None,
        hidden: NDArray | None = None,
    ) -> dict[str, Any]:
        """Return the metadata of a fit on some rows, besides X and y.

        `unlabeled` are numbers of rows without labels that go with it; or `hidden` are
        rows of X that take part without their labels.
        """
        params = dict(subset_params(self.params, rows, len(self.y)))
        if unlabeled is not None:
            params |= self.unlabeled.take(unlabeled)
        if hidden is not None:
            params[ROWS] = safe_indexing(self.X, hidden)
        if self.sample_weight is not None:
            params["sample_weight"] = self.sample_weight[rows]
            if hidden is not None:
                params["sample_weight_unlabeled"] = self.sample_weight[hidden]
        if self.groups is not None and self.group_splitters:
            params["groups"] = self.groups[rows]
        return params


def check_data(
    estimator: Any, X: Any, y: Any, sample_weight: Any, groups: Any, params: Any
) -> Data:
    """Check the rows; frames stay frames."""
    check_is_at_hand(X, f"X of {OWNER}")
    if hasattr(X, "tocsr"):
        X = X.tocsr()
    elif not hasattr(X, "shape"):
        X = np.asarray(X)
    if len(X.shape) != 2:
        raise ValueError(
            f"X of {OWNER} must have rows and columns; got shape {X.shape}."
        )
    target, classes = inner_estimator(estimator)._encode_y(y)
    check_consistent_length(X, target)
    check_groups(groups, len(target), OWNER)
    groups = None if groups is None else np.asarray(groups)
    unlabeled = check_unlabeled_rows(
        estimator, X, target, {} if params is None else params
    )
    by_row = {k: v for k, v in (params or {}).items() if "unlabeled" not in k}
    soft_targets = by_row.get("soft_targets")
    if soft_targets is not None:
        n_outputs = target[:1].size if classes is None else len(classes)
        soft_targets = check_soft_targets(
            soft_targets, len(target), classes, n_outputs, "soft_targets", OWNER
        )
    splitters = _inner_splitters(estimator)
    takers = [name for name, splitter in splitters.items() if _takes_groups(splitter)]
    return Data(
        X,
        target if classes is None else classes[target],
        classes,
        check_sample_weight(sample_weight, X),
        groups,
        () if groups is None else tuple(takers),
        by_row,
        unlabeled,
        soft_targets,
    )


def _inner_splitters(estimator):
    """Return the estimator's own splitters of rows by name, of a search its `cv`."""
    search, inner = search_in(estimator), inner_estimator(estimator)
    splitters = {}
    for holder, name in ((inner, "cv"), (inner, "student_cv"), (search, "cv")):
        cv = getattr(holder, name, None)
        usable = cv is None or isinstance(cv, (numbers.Integral, str))
        if not (usable or hasattr(cv, "split")):
            raise ValueError(
                f"{name} of {type(holder).__name__} is a list of splits of the "
                f"whole X, which do not fit the training parts of {OWNER}. Set it to a "
                "number of folds or a splitter."
            )
        # A number of folds keeps groups together in ours, but not in a search.
        if holder is inner and not (
            isinstance(cv, str) or (cv is None and name != "cv")
        ):
            splitters[name] = cv
    if search is None:
        return splitters
    return {"cv": search.cv} if hasattr(search.cv, "split") else {}


def _takes_groups(splitter):
    """Whether a splitter uses groups, as a number of folds does.

    scikit-learn's other splitters warn when given some.
    """
    if not isinstance(splitter, (BaseCrossValidator, BaseShuffleSplit)):
        return True
    return bool(get_routing_for_object(splitter).consumes("split", ["groups"]))


def outer_splits(cv: Any, data: Data) -> tuple[list[Split], bool]:
    """Folds of the report, and whether they keep groups together.

    Raises
    ------
    ValueError
        If there are too few rows, a class is missing from a training part, a test part
        has a single row, or a part has no weight.
    """
    classifier = data.classes is not None
    codes = data.y if data.classes is None else np.searchsorted(data.classes, data.y)
    if isinstance(cv, numbers.Integral) and cv < 2:
        raise ValueError(f"cv of {OWNER} must be at least 2 folds; got {cv}.")
    grouped = data.groups is not None and _takes_groups(cv)
    splits = make_splits(
        cv,
        data.X,
        codes,
        classifier=classifier,
        name="cv",
        owner=OWNER,
        params={"groups": data.groups} if grouped else {},
    )
    for number, (train, test) in enumerate(splits):
        where = f"Fold {number} of cv of {OWNER}"
        if len(test) < 2:
            raise ValueError(
                f"{where} has one test row, on which no score rests. Use fewer folds."
            )
        if data.classes is not None:
            absent = np.setdiff1d(data.classes, data.y[train])
            if len(absent):
                raise ValueError(
                    f"{where} has no training row of the classes {absent.tolist()}. "
                    "Use fewer folds, a stratified splitter, or drop these classes."
                )
        _check_weight(data, codes, train, test, where)
    return splits, grouped


def _check_weight(data, codes, train, test, where):
    """Raise unless what is trained, and what is scored, has weight."""
    weight = data.sample_weight
    if weight is None:
        return
    part = f"The training part of {where[0].lower()}{where[1:]}"
    check_training_rows(codes, train, data.classes, weight, part, learner="a model")
    if not weight[test].any():
        raise ValueError(
            f"{where} has no test row with weight: sample_weight is zero on all "
            f"{len(test)}. Drop the rows without weight, or use a splitter that "
            "shuffles."
        )
