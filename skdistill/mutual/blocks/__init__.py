"""How estimators learn block by block, from a target that changes in between."""

from skdistill.mutual.blocks._growth import BlockTrainer, RefitTrainer, Round
from skdistill.mutual.blocks._registry import block_trainer_for

__all__ = ["BlockTrainer", "RefitTrainer", "Round", "block_trainer_for"]
