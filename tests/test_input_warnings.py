"""Warnings point at the line of the user."""

import inspect
import warnings

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier

from skdistill import DistilledClassifier, SelfDistilledClassifier

rng = np.random.default_rng(0)
X = rng.normal(size=(90, 4))
y = (X[:, 0] + rng.normal(size=90) > 0).astype(int)
rare = np.r_[np.full(3, 2), y[3:]]
tree, line = DecisionTreeClassifier(max_depth=2), LogisticRegression()


def frozen_teacher():
    DistilledClassifier(FrozenEstimator(tree.fit(X, y)), line).fit(X, y)


def a_class_missing_from_a_fold():
    SelfDistilledClassifier(tree, cv=KFold(30), n_generations=1).fit(X[:, :2], rare)


def rows_without_a_prediction():
    forest = RandomForestClassifier(3, random_state=0)
    DistilledClassifier(forest, line, cv="oob").fit(X, y)


def few_rows_are_predicted():
    DistilledClassifier(tree, line, cv=[(np.arange(45, 90), np.arange(9))]).fit(X, y)


def warned_lines(function, *args):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function(*args)
    return [(each.filename, each.lineno) for each in caught]


@pytest.mark.parametrize(
    "function",
    [
        frozen_teacher,
        a_class_missing_from_a_fold,
        rows_without_a_prediction,
        few_rows_are_predicted,
    ],
)
def test_a_warning_points_at_the_line_that_called_fit(function):
    lines, start = inspect.getsourcelines(function)
    span = range(start, start + len(lines))
    found = warned_lines(function)
    assert found
    assert all(name == __file__ and line in span for name, line in found)


def test_a_warning_from_cross_validation_points_at_the_line_that_called_it():
    def function():
        model = DistilledClassifier(FrozenEstimator(tree.fit(X, y)), line)
        cross_val_score(model, X, y, cv=2)

    found = warned_lines(function)
    assert len(found) == 2
    assert {name for name, _ in found} == {__file__}
