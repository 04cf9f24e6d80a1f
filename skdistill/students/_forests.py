"""Random forests on soft targets: each tree draws rows, not copies of rows.

A forest that drew copies would give a row, in most trees, one class with the weight of
another: noise of labels, which a single tree does not smooth.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    RandomForestClassifier,
)
from sklearn.utils import check_array, check_random_state
from sklearn.utils.parallel import Parallel, delayed

from skdistill.students._params import is_count, parts

_FORESTS = (RandomForestClassifier, ExtraTreesClassifier)


def bootstraps_rows(student: Any) -> bool:
    """Whether the student would draw copies for each tree, and need not."""
    return isinstance(student, _FORESTS) and student.bootstrap


def draws_singly(student: Any) -> list[str]:
    """Return prefixes of the parts that draw copies of rows one by one."""
    drawing = []
    for prefix, part in parts(student).items():
        params = part.get_params(deep=False)
        draws = params.get("bootstrap") and "max_samples" in params
        if draws and (prefix or not bootstraps_rows(part)):
            drawing.append(prefix)
    return drawing


@cache
def draws_by_weight() -> bool:
    """Whether this scikit-learn's bagging draws heavy rows more often.

    Where it does not, a row is drawn with a class that has next to no weight as often
    as with its own, and most of what a tree learns is noise.
    """
    X, y = np.arange(40.0)[:, None], np.arange(40) % 2
    heavy = X[:, 0] < 20
    bagging = BaggingClassifier(n_estimators=1, random_state=0)
    with config_context(enable_metadata_routing=False):
        bagging.fit(X, y, sample_weight=heavy.astype(float))
    return bool(heavy[bagging.estimators_samples_[0]].all())


def fit_drawing_rows(
    student: Any,
    X: Any,
    y: NDArray,
    weights: NDArray[np.float64],
    rows: NDArray[np.intp],
) -> Any:
    """Fit a forest on copies of rows, each tree on all copies of the rows it draws.

    Parameters
    ----------
    student : RandomForestClassifier or ExtraTreesClassifier
        Fitted in place. With `warm_start`, trees are added.
    X, y, weights
        Of the copies. Rows whose copies weigh nothing are not drawn.
    rows : ndarray of int of shape (n_copies,)
        Whose copies they are; each row has one.
    """
    params = student.get_params(deep=False)
    grown = list(getattr(student, "estimators_", ())) if student.warm_start else []
    if grown and len(grown) >= student.n_estimators:
        return student
    seeds = check_random_state(student.random_state).randint(
        np.iinfo(np.int32).max, size=(student.n_estimators, 2)
    )
    drawable = np.flatnonzero(np.bincount(rows, weights))
    share = student.max_samples
    n_draws = share if is_count(share) else round((share or 1.0) * len(drawable))
    one_tree = {"n_estimators": 1, "bootstrap": False, "max_samples": None}
    student.set_params(**one_tree, warm_start=False, n_jobs=1)
    forests = [student, *(clone(student) for _ in seeds[len(grown) + 1 :])]
    # The first one learns names; the others need no frame.
    values = X
    if not issparse(X):
        values = check_array(X, dtype=np.float32, ensure_all_finite=False)
    Parallel(n_jobs=params["n_jobs"], require="sharedmem")(
        delayed(_fit_tree)(
            forest,
            X if forest is student else values,
            y,
            weights,
            rows,
            (drawable, max(n_draws, 1)),
            *seed,
        )
        for forest, seed in zip(forests, seeds[len(grown) :], strict=True)
    )
    student.set_params(**params)
    student.estimators_ = grown + [forest.estimators_[0] for forest in forests]
    return student


def _fit_tree(forest, X, y, weights, rows, draws, seed, seed_of_rows):
    drawable, n_draws = draws
    drawn = np.random.default_rng(seed_of_rows).integers(len(drawable), size=n_draws)
    counts = np.bincount(drawable[drawn], minlength=rows[-1] + 1)
    forest.set_params(random_state=int(seed))
    return forest.fit(X, y, sample_weight=weights * counts[rows])
