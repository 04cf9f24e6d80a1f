"""Data with columns that only the training rows have."""

from skdistill.datasets._bundled import load_diabetes_blood, load_digits_lowres
from skdistill.datasets._generators import make_lopez_paz, make_patients
from skdistill.datasets._health import (
    load_cells,
    load_crashes,
    load_rotterdam,
    load_wilms,
)
from skdistill.datasets._prices import load_ames, load_diamonds, load_loans
from skdistill.datasets._society import load_flights, load_pupils, load_star

__all__ = [
    "load_ames",
    "load_cells",
    "load_crashes",
    "load_diabetes_blood",
    "load_diamonds",
    "load_digits_lowres",
    "load_flights",
    "load_loans",
    "load_pupils",
    "load_rotterdam",
    "load_star",
    "load_wilms",
    "make_lopez_paz",
    "make_patients",
]
