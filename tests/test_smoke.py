"""One fit of each kind: what must work at every commit."""

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import skdistill

CLASSIFIERS = [
    skdistill.DistilledClassifier(
        DecisionTreeClassifier(max_depth=3, random_state=0),
        LogisticRegression(),
        student_features=[0, 1, 2],
        alpha="auto",
        privileged_weight="auto",
    ),
    skdistill.SelfDistilledClassifier(DecisionTreeClassifier(random_state=0)),
    skdistill.MutualDistilledClassifier(
        [("line", LogisticRegression()), ("tree", DecisionTreeClassifier())],
        cv=3,
        random_state=0,
    ),
]
REGRESSORS = [
    skdistill.DistilledRegressor(
        DecisionTreeRegressor(max_depth=3, random_state=0),
        Ridge(),
        student_features=[0, 1, 2],
        alpha="auto",
    ),
    skdistill.SelfDistilledRegressor(DecisionTreeRegressor(random_state=0)),
    skdistill.MutualDistilledRegressor(
        [("line", Ridge()), ("tree", DecisionTreeRegressor())],
        cv=3,
        random_state=0,
    ),
]


@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda m: type(m).__name__)
def test_classifiers_predict_probabilities(model):
    X, y = make_classification(120, 6, random_state=0)
    probabilities = model.fit(X, y).predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert model.score(X, y) > 0.7


@pytest.mark.parametrize("model", REGRESSORS, ids=lambda m: type(m).__name__)
def test_regressors_predict_values(model):
    X, y = make_regression(120, 6, n_informative=3, shuffle=False, random_state=0)
    assert model.fit(X, y).score(X, y) > 0.5
