"""What is transferred from the teacher to the student."""

from skdistill.objectives._feature import Feature
from skdistill.objectives._relation import Relation
from skdistill.objectives._response import Response

__all__ = ["Feature", "Relation", "Response"]
