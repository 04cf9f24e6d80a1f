"""Which knowledge is transferred from the teacher to the student."""

from skdistill.objectives._response import Response

__all__ = ["Response"]
