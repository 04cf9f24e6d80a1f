"""Columns to suspect: a teacher that is too good, and the column that makes it so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import r2_score, roc_auc_score

from skdistill.input._sklearn import safe_indexing
from skdistill.report._data import Data
from skdistill.report._findings import Finding
from skdistill.report._metrics import roc_auc
from skdistill.report._runs import RunResult, pool

# A teacher this good, over a student this much weaker, usually sees the target.
_PERFECT = {"ROC AUC": (0.99, 0.95), "R2": (0.98, 0.90)}


def leak_findings(
    results: Sequence[RunResult], data: Data, privileged: NDArray, n_privileged: int
) -> Iterator[Finding]:
    """Warn of a near-perfect teacher whose student is far from perfect.

    Parameters
    ----------
    results : sequence of RunResult
        Of all folds, with predictions of their test rows.
    data : Data
        Its X is searched for the column at fault.
    privileged : ndarray of int
        Columns of X that only the teacher sees, where they can be told.
    n_privileged : int
        How many it has.
    """
    whole = [result for result in results if result.run.whole]
    if not n_privileged or "teacher" not in {result.run.arm for result in whole}:
        return
    rows = np.concatenate([r.run.test for r in whole if r.run.arm == "teacher"])
    y, classes = data.y[rows], data.classes
    name = "R2" if classes is None else "ROC AUC"
    perfect, modest = _PERFECT[name]
    quality = {}
    for arm in ("teacher", "baseline"):
        predicted = pool(results, arm, classes)
        if predicted is None:
            return
        quality[arm] = _quality(y, predicted, classes)
    best = quality["teacher"]
    if not best >= perfect or not quality["baseline"] < modest:
        return
    message = (
        f"The teacher is nearly perfect on rows it has not seen ({name} {best:.4f}), "
        "the baseline far from it. One of the teacher's own columns may be a "
        "consequence of the target: such a leak makes confident targets, not better "
        "students."
    )
    if y.ndim == 1 and len(privileged):
        X = safe_indexing(data.X, rows)
        value, column = max((_column_quality(X, i, y, classes), i) for i in privileged)
        if value >= perfect - 0.04:
            names = list(getattr(X, "columns", []))
            shown = f"{names[column]!r}" if names else f"{column}"
            message += f" Column {shown} alone reaches {name} {value:.4f}."
    yield Finding("leaking-column", message)


def _quality(y, predicted, classes):
    try:
        if classes is None:
            return r2_score(y, predicted)
        return roc_auc(y, predicted[:, 1] if len(classes) == 2 else predicted, classes)
    except ValueError:
        return np.nan


def _column_quality(X, column, y, classes):
    """Rate how one column ranks the target, without a model; 0 if it holds no numbers.

    Missing values rank below all others. In regression, squared rank correlation.
    """
    try:
        values = X.iloc[:, column] if hasattr(X, "iloc") else X[:, int(column)]
        values = np.asarray(values, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        return 0.0
    rank = rankdata(np.nan_to_num(values, nan=-np.inf), method="dense")
    if classes is None:
        of_y = rankdata(y, method="dense")
        return float(np.corrcoef(rank, of_y)[0, 1] ** 2) if np.ptp(rank) else 0.0
    areas = [roc_auc_score(y == label, rank) for label in classes if (y == label).any()]
    return float(np.mean([max(area, 1.0 - area) for area in areas]))
