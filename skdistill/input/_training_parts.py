"""Check that training parts can train: rows with weight, and two classes of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from skdistill.input._splits import Split
from skdistill.input._targets import present_codes
from skdistill.input._warnings import warn


def check_training_parts(
    y: NDArray,
    queries: Sequence[Sequence[Split]],
    classes: NDArray | None,
    weight: NDArray | None = None,
    teacher: Any = None,
) -> None:
    """Raise if a training part cannot train; warn if one of the first lacks a class.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Class codes, or values.
    queries : sequence of sequences of (train, test)
        The splits of `cv`, and those nested in them.
    classes : ndarray of shape (n_classes,) or None
        The labels; None in regression.
    weight : ndarray of shape (n_samples,) or None
        Row weights.
    teacher : estimator, default=None
        What is trained, where it learns from the labels by itself.

    Raises
    ------
    ValueError
        As `check_training_rows`.
    """
    absent: dict[Any, list[int]] = {}
    for level, splits in enumerate(queries):
        for number, (train, _) in enumerate(splits):
            where = f"The training part of split {number}"
            if level:
                where += ", of the nested splits that leave out one more part,"
            check_training_rows(y, train, classes, weight, where, teacher)
            if level == 0 and classes is not None:
                present = present_codes(y[train])
                for code in np.setdiff1d(np.arange(len(classes)), present):
                    absent.setdefault(classes.tolist()[code], []).append(number)
    if absent:
        shown = ", ".join(f"{label!r} (splits {at})" for label, at in absent.items())
        warn(
            f"Classes are missing from training parts: {shown}. The teachers of those "
            "splits give them probability 0; fewer folds or a stratified splitter "
            "avoid it.",
        )


def check_training_rows(
    y: NDArray,
    rows: NDArray[np.intp],
    classes: NDArray | None,
    weight: NDArray | None,
    where: str,
    estimator: Any = None,
    learner: str = "a teacher",
) -> None:
    """Raise if no estimator can learn from some rows, or `estimator` cannot.

    Parameters
    ----------
    y, classes, weight
        As in `check_training_parts`.
    rows : ndarray of int
        The training rows.
    where : str
        What they are, for messages.
    estimator : estimator, default=None
        What is trained.
    learner : str, default="a teacher"
        What it is, for messages.

    Raises
    ------
    ValueError
        If no row has weight, those that have it are of one class, or the estimator
        balances classes one of which has none.
    """
    weighty = rows if weight is None else rows[weight[rows] > 0]
    if not len(weighty):
        raise ValueError(
            f"{where} holds no row with weight: sample_weight is zero on its "
            f"{len(rows)} rows. Drop the rows without weight, or use a "
            "splitter that shuffles."
        )
    if classes is None:
        return
    labels, present = classes.tolist(), present_codes(y[weighty])
    if len(present) == 1:
        with_weight = "" if weight is None else " with weight"
        raise ValueError(
            f"{where} holds one class only{with_weight} ({labels[present[0]]!r}); "
            f"{learner} needs two. Use fewer folds or a stratified splitter."
        )
    weightless = np.setdiff1d(y[rows], present)
    if len(weightless) and (balance := _divides_by_weight(estimator)):
        raise ValueError(
            f"{where} holds the classes {[labels[code] for code in weightless]} without"
            f" weight: sample_weight is zero on all of their rows, and {balance} "
            "divides by it. Drop the rows without weight."
        )


def _divides_by_weight(estimator: Any) -> str | None:
    """Name what in an estimator divides by the weight of each class in y, if any.

    Forests of scikit-learn 1.9 do, unless each tree balances the rows that it draws.
    """
    if estimator is None:
        return None
    for part in (estimator, *estimator.get_params(deep=True).values()):
        if isinstance(part, (RandomForestClassifier, ExtraTreesClassifier)):
            balances = part.class_weight == "balanced"
            at_once = part.class_weight == "balanced_subsample" and not part.bootstrap
            if (balances or at_once) and _forests_divide():
                return f"class_weight={part.class_weight!r} of {type(part).__name__}"
    return None


@cache
def _forests_divide() -> bool:
    forest = ExtraTreesClassifier(1, class_weight="balanced")
    try:
        with config_context(enable_metadata_routing=False), np.errstate(all="ignore"):
            forest.fit([[0.0], [1.0]], [0, 1], sample_weight=[1.0, 0.0])
    except ValueError:
        return True
    return False
