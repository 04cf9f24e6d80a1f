"""How the estimators of each library are trained in blocks of trees or epochs."""

from skdistill.mutual.blocks._block_trainer import BlockTrainer, RefitTrainer, Round
from skdistill.mutual.blocks._registry import block_trainer_for

__all__ = ["BlockTrainer", "RefitTrainer", "Round", "block_trainer_for"]
