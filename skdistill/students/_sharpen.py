"""Undo the temperature inside a fitted scikit-learn classifier.

A classifier trained on softmax(log q / T) has scores z / T. Multiplying its last
layer by T gives the scores z, in the very object, with nothing wrapped around it.
"""

from __future__ import annotations

from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from skdistill.students._histogram import private_names_work, scale_scores


def can_sharpen(student: Any, n_classes: int) -> bool:
    """Whether the scores of a student can be multiplied after its fit."""
    if isinstance(student, LogisticRegression):
        # liblinear's probabilities for many classes are no softmax of its scores.
        return n_classes == 2 or student.solver != "liblinear"
    if isinstance(student, HistGradientBoostingClassifier):
        return private_names_work()
    return isinstance(student, MLPClassifier)


def sharpen(student: Any, temperature: float) -> Any:
    """Multiply the scores of a fitted classifier by the temperature, in place."""
    if temperature == 1.0:
        return student
    if isinstance(student, LogisticRegression):
        student.coef_ = student.coef_ * temperature
        student.intercept_ = student.intercept_ * temperature
    elif isinstance(student, MLPClassifier):
        student.coefs_[-1] *= temperature
        student.intercepts_[-1] *= temperature
    else:
        scale_scores(student, temperature)
    return student
