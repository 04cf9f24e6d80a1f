"""How each library's estimators are trained on soft targets."""

from skdistill.students._adapter import StudentAdapter
from skdistill.students._registry import (
    fit_student,
    register_student_adapter,
    student_route,
)
from skdistill.students._task import Knowledge, Loss, StudentTask

__all__ = [
    "Knowledge",
    "Loss",
    "StudentAdapter",
    "StudentTask",
    "fit_student",
    "register_student_adapter",
    "student_route",
]
