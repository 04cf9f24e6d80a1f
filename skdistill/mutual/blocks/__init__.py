"""How estimators learn block by block, from a target that changes in between."""

from skdistill.mutual.blocks._growth import Growth, Refit, Turn
from skdistill.mutual.blocks._registry import growth_for

__all__ = ["Growth", "Refit", "Turn", "growth_for"]
