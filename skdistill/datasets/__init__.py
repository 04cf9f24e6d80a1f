"""Data with columns that only the training rows have."""

from skdistill.datasets._generators import make_lopez_paz
from skdistill.datasets._loaders import load_digits_lowres, load_wilms

__all__ = ["load_digits_lowres", "load_wilms", "make_lopez_paz"]
