"""Boosters trained by XGBoost on Dask, as the estimators of one machine would be.

A booster that learns several classes by a gradient is trained with one target a class,
since XGBoost takes no two-dimensional label beside `num_class`. Its trees are those of
a softmax; what the model file says about them is put right afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import dask.array as da
import dask.dataframe as dd
import distributed
import numpy as np
from numpy.typing import NDArray
from xgboost import Booster, DMatrix
from xgboost import dask as distributed_xgboost
from xgboost.collective import Config

from skdistill.dask._cluster import on_worker, persist, place, survive
from skdistill.students._gradients import DistillationGradient
from skdistill.students._xgboost import gradient_objective

# Seconds until all workers have found each other. XGBoost waits for ever if one of them
# is lost before; what is lost later ends the training at once.
_CONNECT = 300


class TrainingPart(NamedTuple):
    """One partition of what a booster is trained on.

    Attributes
    ----------
    X : {dataframe, ndarray} of shape (n_rows, n_features)
        Numbers in single precision, as XGBoost reads them.
    label : ndarray of shape (n_rows,) or (n_rows, n_targets)
        Codes, values, or soft targets.
    weight : ndarray of shape (n_rows,) or None
        Row weights.
    margin : ndarray of shape (n_rows, n_targets) or None
        Where boosting starts.
    """

    X: Any
    label: NDArray
    weight: NDArray | None
    margin: NDArray | None


@dataclass(frozen=True)
class TrainingData:
    """How the partitions are made, and what is known of them before.

    Attributes
    ----------
    make : callable
        Run on a worker with the arguments of a partition; returns a TrainingPart.
    arguments : list of tuple
        One for each partition.
    sizes : ndarray of int of shape (n_partitions,)
        Number of rows; partitions without any are left out.
    X_meta : {dataframe, ndarray}
        No row of the features.
    n_targets : int or None
        Columns of the label; None if it is one-dimensional.
    weighted, has_margin : bool
        Whether parts have weights and margins.
    """

    make: Any
    arguments: Sequence[tuple]
    sizes: NDArray[np.int64]
    X_meta: Any
    n_targets: int | None = None
    weighted: bool = False
    has_margin: bool = False


class DistributedGradient:
    """The distillation loss as XGBoost asks for it on each worker.

    The label is what `DistillationGradient` calls the pull. That of an unlabeled row,
    which has one term, is stored as -1 minus itself.

    Parameters
    ----------
    loss : Loss
        Of labelled rows.
    hessian_scale : float
        See `gradient_objective`.
    """

    def __init__(self, loss: Any, hessian_scale: float):
        self.loss = loss
        self.hessian_scale = hessian_scale

    def __call__(self, raw: NDArray, data: DMatrix) -> tuple[NDArray, NDArray]:
        """Return gradient and Hessian for the rows of this worker."""
        pull = data.get_label().reshape(raw.shape)
        weight = data.get_weight()
        return gradient_objective(
            None,
            raw,
            weight if weight.size else None,
            gradient=lambda raw: self._derivatives(raw, pull),
            hessian_scale=self.hessian_scale,
        )

    def _derivatives(self, raw, pull):
        T, alpha = self.loss.temperature, self.loss.alpha
        unlabeled = (pull if pull.ndim == 1 else pull[:, 0]) < 0.0
        if unlabeled.any():
            pull[unlabeled] = -1.0 - pull[unlabeled]
            alpha = np.where(unlabeled, 1.0, alpha).astype(pull.dtype)
        # Of two classes, the label is the pull of the second one.
        both = np.broadcast_to(pull, (2, len(pull))) if pull.ndim == 1 else pull.T
        return DistillationGradient(both, T, alpha)(raw)


def native_params(estimator: Any, n_classes: int | None) -> dict[str, Any]:
    """Return the parameters that XGBoost's own estimator would train with."""
    params = estimator.get_xgb_params()
    if n_classes is None:
        return params
    if n_classes > 2:
        if params.get("objective") != "multi:softmax":
            params["objective"] = "multi:softprob"
        return {**params, "num_class": n_classes}
    if str(params.get("objective")).startswith("multi:"):
        params["objective"] = "binary:logistic"
    return params


def train(
    client: distributed.Client,
    owner: str,
    estimator: Any,
    params: dict[str, Any],
    data: TrainingData,
    objective: Any = None,
) -> Booster:
    """Train a booster on all workers.

    Parameters
    ----------
    client : distributed.Client
    owner : str
        For messages.
    estimator : XGBModel
        Whose rounds, and whose reading of missing values and categories, are meant.
    params : dict
        For the booster.
    data : TrainingData
        Computed anew if a worker is lost.
    objective : callable, default=None
        None is that of `params`.
    """
    params = {name: value for name, value in params.items() if value is not None}
    options = {
        "missing": estimator.missing,
        "enable_categorical": estimator.enable_categorical,
        "feature_types": estimator.feature_types,
    }
    make_matrix = distributed_xgboost.DaskDMatrix
    if params.get("tree_method", "auto") in ("auto", "hist"):
        make_matrix = distributed_xgboost.DaskQuantileDMatrix
        options["max_bin"] = estimator.max_bin

    # XGBoost would say so on one worker, and on others that the first one is gone.
    refuses = None if np.isinf(estimator.missing) else owner

    def attempt():
        X, label, weight, margin = _to_collections(client, data, refuses)
        matrix = make_matrix(
            client, X, label, weight=weight, base_margin=margin, **options
        )
        del X, label, weight, margin
        found = distributed_xgboost.train(
            client,
            params,
            matrix,
            num_boost_round=estimator.get_num_boosting_rounds(),
            obj=objective,
            coll_cfg=Config(tracker_timeout=_CONNECT),
        )
        return found["booster"]

    return survive(client, owner, attempt)


def _to_collections(client, data, owner):
    filled = np.flatnonzero(data.sizes)
    sizes = data.sizes[filled].tolist()
    parts = persist(
        client,
        [
            on_worker(worker, _make_part, owner, data.make, *data.arguments[number])
            for number, worker in zip(filled, place(client, sizes), strict=True)
        ],
    )
    if isinstance(data.X_meta, np.ndarray):
        X = _array(parts, 0, sizes, (data.X_meta.shape[1],))
    else:
        frames = [part[0] for part in parts]
        X = dd.from_delayed(frames, meta=data.X_meta, verify_meta=False)
    width = () if data.n_targets is None else (data.n_targets,)
    label = _array(parts, 1, sizes, width)
    weight = _array(parts, 2, sizes, ()) if data.weighted else None
    margin = _array(parts, 3, sizes, width) if data.has_margin else None
    return X, label, weight, margin


def _make_part(owner: str | None, make: Any, *arguments: Any) -> TrainingPart:
    """Make a part; refuse infinite values in the name of an owner, if one is given."""
    part = make(*arguments)
    if owner is None:
        return part
    X = part.X
    if isinstance(X, np.ndarray):
        infinite = np.flatnonzero(np.isinf(X).any(axis=0)).tolist()
    else:
        floats = [name for name, dtype in X.dtypes.items() if dtype.kind == "f"]
        infinite = [name for name in floats if np.isinf(X[name]).any()]
    if infinite:
        raise ValueError(
            f"The columns {infinite} of X or X_unlabeled of {owner} hold infinite "
            "values, or values beyond single precision, which XGBoost does not take. "
            "Replace them, as by NaN where they are missing."
        )
    return part


def _array(parts: list[Any], item: int, sizes: list[int], width: tuple) -> da.Array:
    return da.concatenate(
        [
            da.from_delayed(part[item], shape=(size, *width), dtype=np.float32)
            for part, size in zip(parts, sizes, strict=True)
        ]
    )


def in_single_precision(X: Any) -> Any:
    """Halve what a partition of doubles takes; XGBoost reads them so in any case."""
    if isinstance(X, np.ndarray):
        return X.astype(np.float32, copy=False)
    doubles = [name for name, dtype in X.dtypes.items() if dtype == np.float64]
    return X.astype(dict.fromkeys(doubles, np.float32)) if doubles else X
