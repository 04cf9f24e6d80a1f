"""From an estimator to the way it is trained in rounds."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from skdistill.input._boosters import BOOSTERS, library
from skdistill.mutual.blocks._block_trainer import BlockTrainer, RefitTrainer
from skdistill.students import Loss
from skdistill.students._registry import adapter_for
from skdistill.students._sklearn import BoosterCopiesAdapter


def block_trainer_for(estimator: Any, loss: Loss, X: Any) -> BlockTrainer:
    """Return how an estimator that is not a pipeline learns `loss` in rounds.

    One with a registered adapter is trained by that, anew in each round; so is a
    booster whose library has changed.

    Parameters
    ----------
    estimator : estimator
        Unfitted.
    loss : Loss
        To learn.
    X : {array-like, sparse matrix, dataframe}
        What it, or the pipeline it ends, is trained on.
    """
    adapter = adapter_for(estimator)
    changed = isinstance(adapter, BoosterCopiesAdapter)
    if changed or not type(adapter).__module__.startswith("skdistill."):
        return RefitTrainer()
    name = library(estimator) if library(estimator) in BOOSTERS else "sklearn"
    module = import_module(f"skdistill.mutual.blocks._{name}")
    return module.block_trainer(estimator, loss, X) or RefitTrainer()
