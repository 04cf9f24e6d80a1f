"""Rows without labels: which of them a report uses, and how they differ from X."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdistill.input._columns import column_names, resolve_columns, select_columns
from skdistill.input._preparation import FitInput, TrainingData
from skdistill.input._row_hashes import not_rows_of
from skdistill.input._rows import stack_rows
from skdistill.input._sklearn import safe_indexing
from skdistill.input._unlabeled import UnlabeledData
from skdistill.input._unlabeled_checks import align_unlabeled
from skdistill.report._wrappers import OWNER, inner_estimator
from skdistill.selection._shift import tell_apart

ROWS = "X_unlabeled"


@dataclass(frozen=True)
class Unlabeled:
    """Rows without labels.

    Attributes
    ----------
    params : dict
        `X_unlabeled` and what else `fit` takes with one entry a row of it.
    n_rows : int
        Rows that are used; 0 where there are none.
    n_repeated : int
        Rows that equal rows of X, left out: where those are test rows, their
        privileged columns would not be known.
    compared : bool
        Whether rows that equal rows of X could be found.
    auc : float
        How well a classifier tells the rows from those of X; NaN if it is not known.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    n_rows: int = 0
    n_repeated: int = 0
    compared: bool = True
    auc: float = np.nan

    def take(self, rows: NDArray[np.intp]) -> Mapping[str, Any]:
        """Return the parameters of `fit` for some of the rows."""
        if len(rows) == self.n_rows:
            return self.params
        return {name: safe_indexing(v, rows) for name, v in self.params.items()}


def check_unlabeled_rows(
    estimator: Any, X: Any, y: Any, params: Mapping[str, Any]
) -> Unlabeled:
    """Find the rows without labels among the parameters of `fit`.

    Rows that cannot be compared with X are used as they are: the estimator checks them.
    """
    if not isinstance(params, Mapping):
        raise TypeError(
            f"params of {OWNER} must be a dict of what fit takes besides X, y, groups "
            f"and sample_weight; got {params!r}."
        )
    own = [name for name in ("groups", "sample_weight") if name in params]
    if own:
        raise ValueError(
            f"params of {OWNER} holds {own}, which its own folds and scores need, too. "
            f"Pass {' and '.join(f'{name}=...' for name in own)} to {OWNER} itself."
        )
    mine = {k: v for k, v in params.items() if "unlabeled" in k and v is not None}
    U = mine.get(ROWS)
    if U is None:
        return Unlabeled(mine)
    if not hasattr(U, "shape"):
        U = mine[ROWS] = np.asarray(U)
    inner = inner_estimator(estimator)
    owner, every = type(inner).__name__, np.arange(X.shape[1])
    columns = every
    for name in ("student_features", "features"):
        if estimator is inner and hasattr(inner, name):
            columns = resolve_columns(getattr(inner, name), X, name, owner).positions
    names = column_names(X)
    data = TrainingData(
        owner, X, np.asarray(y), None, None, None if names is None else np.array(names)
    )
    given = FitInput(X, y, X_unlabeled=U)
    try:
        aligned = UnlabeledData(*align_unlabeled(given, data, columns, every), None)
        kept = not_rows_of(aligned.X, select_columns(X, aligned.columns))
    except (TypeError, ValueError):
        return Unlabeled(mine, U.shape[0], compared=False)
    whole, rows = Unlabeled(mine, len(kept)), np.flatnonzero(kept)
    if not len(rows):
        return Unlabeled(n_repeated=len(kept))
    of_student = safe_indexing(aligned.select(columns), rows)
    both = stack_rows(select_columns(X, columns), of_student)
    n_repeated = len(kept) - len(rows)
    auc = tell_apart(both, X.shape[0])
    return Unlabeled(whole.take(rows), len(rows), n_repeated, auc=auc)
