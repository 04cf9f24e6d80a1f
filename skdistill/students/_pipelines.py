"""The earlier steps of a pipeline student: fitted once, on labeled rows only."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.pipeline import Pipeline

from skdistill.input._classes import holds_codes
from skdistill.input._routing import member_params
from skdistill.input._rows import stack_rows
from skdistill.input._sklearn import safe_indexing
from skdistill.students._task import StudentTask


def samplers(student: Any) -> list[str]:
    """Name the steps of a (nested) pipeline that change its rows."""
    if not isinstance(student, Pipeline):
        return []
    own = [name for name, step in student.steps if hasattr(step, "fit_resample")]
    return own + [n for _, step in student.steps for n in samplers(step)]


def check_head(student: Any) -> None:
    """Refuse a pipeline that changes the rows which soft targets belong to."""
    if names := samplers(student):
        raise ValueError(
            f"The steps {names} of the student {type(student).__name__} draw or drop "
            "rows, which soft targets belong to. Put them into the teacher, or weigh "
            "the rows with sample_weight; at alpha=0 they stay."
        )


def fit_with_samplers(student: Any, X: Any, task: StudentTask) -> Any:
    """Fit a pipeline that changes its rows on the labels, as it is."""
    y = task.labels if holds_codes(student) else task.y
    return student.fit(X, y, **member_params(student, task.sample_weight))


def fit_head(head: Pipeline, X: Any, task: StudentTask) -> tuple[list, Any]:
    """Fit the earlier steps on the labeled rows, and transform all rows.

    Returns
    -------
    steps : list of (str, transformer)
        Fitted.
    X : {ndarray, sparse matrix, dataframe}
        All rows, transformed.
    """
    labeled = task.labeled_rows
    all_labeled = len(labeled) == len(task.labels)
    known = X if all_labeled else safe_indexing(X, labeled)
    transformed = head.fit_transform(known, task.y[labeled])
    if transformed.shape[0] != len(labeled):
        raise ValueError(
            f"The steps {[name for name, _ in head.steps]} of the student make "
            f"{transformed.shape[0]} rows of {len(labeled)}, so that soft targets "
            "would belong to other rows. Put what changes rows into the teacher."
        )
    if not all_labeled:
        others = np.delete(np.arange(len(task.labels)), labeled)
        rest = head.transform(safe_indexing(X, others))
        if sparse.issparse(transformed):
            transformed = transformed.tocsr()
        order = np.argsort(np.append(labeled, others))
        transformed = safe_indexing(stack_rows(transformed, rest), order)
    return head.steps, transformed
