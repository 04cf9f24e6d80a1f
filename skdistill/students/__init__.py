"""How each library's estimators are trained on soft targets."""

from skdistill.students._adapter import StudentAdapter
from skdistill.students._registry import (
    adapter_for,
    fit_student,
    register_student_adapter,
    student_route,
)
from skdistill.students._task import AuxiliaryTarget, Loss, StudentTask

__all__ = [
    "AuxiliaryTarget",
    "Loss",
    "StudentAdapter",
    "StudentTask",
    "adapter_for",
    "fit_student",
    "register_student_adapter",
    "student_route",
]
