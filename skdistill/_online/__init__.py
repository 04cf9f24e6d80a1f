"""How estimators learn block by block, from a target that changes in between."""

from skdistill._online._growth import Growth, Refit, Turn
from skdistill._online._registry import growth_for

__all__ = ["Growth", "Refit", "Turn", "growth_for"]
