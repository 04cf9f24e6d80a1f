"""Wrong parameters: refused by their name and that of their owner, before a fit."""

import inspect

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledClassifier,
    MutualDistilledRegressor,
    SelfDistilledClassifier,
    SelfDistilledRegressor,
    distillation_report,
)
from skdistill.objectives import Feature, Relation, Response
from skdistill.teachers import InContextClassifier, InContextRegressor

X = np.random.default_rng(0).normal(size=(60, 3))
LABELS, VALUES = (X[:, 0] > 0).astype(int), X[:, 0]


class Unfitted(DecisionTreeClassifier):
    """A member that must not be trained."""

    def fit(self, X, y, sample_weight=None):
        raise AssertionError("a member was trained")


class UnfittedRegressor(DecisionTreeRegressor):
    """A member that must not be trained."""

    def fit(self, X, y, sample_weight=None):
        raise AssertionError("a member was trained")


def distilled(**params):
    return DistilledClassifier(Unfitted(), UnfittedRegressor(), **params)


# Everything is right but for one parameter.
OWNERS = {
    DistilledClassifier: {"teacher": Unfitted(), "student": Unfitted()},
    DistilledRegressor: {
        "teacher": UnfittedRegressor(),
        "student": UnfittedRegressor(),
    },
    SelfDistilledClassifier: {"estimator": Unfitted()},
    SelfDistilledRegressor: {"estimator": UnfittedRegressor()},
    MutualDistilledClassifier: {"peers": [("a", Unfitted()), ("b", Unfitted())]},
    MutualDistilledRegressor: {
        "peers": [("a", UnfittedRegressor()), ("b", UnfittedRegressor())]
    },
    InContextClassifier: {"estimator": Unfitted()},
    InContextRegressor: {"estimator": UnfittedRegressor()},
    Response: {},
    Feature: {},
    Relation: {"n_landmarks": 5},
}
WRONG = ["no such", -7, 0.5j, [99], np.nan, np.array([1, 2]), DecisionTreeClassifier]
# Read by joblib, by callables, or only where anything is "auto".
OTHERS = {"n_jobs", "representation", "scoring"}
SKIPPED = {("memory", "no such")}


def cases():
    for owner, params in OWNERS.items():
        for name in inspect.signature(owner).parameters:
            if name not in OTHERS and not name.endswith("features"):
                yield owner, params, name


@pytest.mark.parametrize(
    ("owner", "params", "name"),
    [pytest.param(*case, id=f"{case[0].__name__}-{case[2]}") for case in cases()],
)
def test_a_wrong_parameter_is_named_before_anything_is_trained(owner, params, name):
    for value in WRONG:
        if (name, str(value)) in SKIPPED:
            continue
        held = owner(**params | {name: value})
        if owner in (Response, Feature, Relation):
            model = distilled(objective=[Response(), held])
            if owner is Response:
                model = distilled(objective=held)
        else:
            model = held
        y = VALUES if owner.__name__.endswith("Regressor") else LABELS
        with pytest.raises((TypeError, ValueError)) as caught:
            model.fit(X, y)
        message = str(caught.value)
        assert name in message, (value, message)
        assert owner.__name__ in message, (value, message)
        assert not [n for n in vars(model) if n.endswith("_") and n[0] != "_"]


@pytest.mark.parametrize("weight", [np.inf, -np.inf])
def test_weights_are_finite(weight):
    for model in (
        distilled(unlabeled_weight=weight),
        distilled(objective=[Response(), Feature(weight=weight)]),
        distilled(objective=[Response(), Relation(weight=weight)]),
    ):
        with pytest.raises(ValueError, match=r"weight of \w+ must be in \[0, inf\)"):
            model.fit(X, LABELS)


def test_a_generator_is_no_random_state():
    generator = np.random.default_rng(0)
    for owner, fit in (
        ("DistilledClassifier", distilled(random_state=generator).fit),
        (
            "distillation_report",
            lambda X, y: distillation_report(
                DistilledClassifier(GaussianNB()), X, y, random_state=generator
            ),
        ),
    ):
        with pytest.raises(ValueError, match=f"random_state of {owner} must be None"):
            fit(X, LABELS)


def test_verbose_of_a_report_is_a_number():
    with pytest.raises(TypeError, match="verbose of distillation_report must be"):
        distillation_report(distilled(), X, LABELS, verbose="yes")
