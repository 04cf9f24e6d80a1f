"""Teachers that read their training rows for each prediction."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdistill import DistilledClassifier
from skdistill.teachers import InContextClassifier, InContextRegressor
from skdistill.teachers._in_context import draw_stratified

CALLS = []


class Memoriser(ClassifierMixin, BaseEstimator):
    """A stand-in: similar rows of the context vote, and a row finds itself in it."""

    limit = 100

    def fit(self, X, y):
        if len(X) > self.limit:
            raise ValueError(f"more than {self.limit} rows of context")
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.context_, self.labels_ = X, np.eye(len(self.classes_))[codes]
        return self

    def predict_proba(self, X):
        CALLS.append(len(X))
        squared = ((X[:, None] - self.context_) ** 2).sum(axis=2)
        votes = 1.0 / (1e-9 + squared**2)
        return (votes @ self.labels_) / votes.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


@pytest.fixture
def rows():
    CALLS.clear()
    return make_classification(
        400, 5, n_informative=4, n_redundant=0, flip_y=0.2, random_state=0
    )


@parametrize_with_checks(
    [
        InContextClassifier(GaussianNB(), max_context=1000),
        InContextRegressor(LinearRegression(), max_context=1000),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_every_row_is_asked_for_once_in_batches_and_none_singly(rows):
    X, y = rows
    teacher = InContextClassifier(Memoriser(), max_context=100, batch_size=50)
    model = DistilledClassifier(teacher, LogisticRegression(), store_teacher=True)
    model.fit(X, y)
    assert np.isfinite(model.teacher_predictions_).all()
    assert sum(CALLS) == len(y)
    assert max(CALLS) <= 50 and min(CALLS) >= 40


def test_contexts_are_drawn_anew_and_averaged(rows):
    X, y = rows
    model = InContextClassifier(
        Memoriser(), max_context=100, n_contexts=3, random_state=0
    ).fit(X, y)
    assert len(model.estimators_) == 3
    assert all(len(e.context_) == 100 for e in model.estimators_)
    assert not np.array_equal(*(e.context_ for e in model.estimators_[:2]))
    mean = np.mean([e.predict_proba(X) for e in model.estimators_], axis=0)
    np.testing.assert_allclose(model.predict_proba(X), mean)
    whole = InContextClassifier(Memoriser(), n_contexts=3).fit(X[:90], y[:90])
    assert len(whole.estimators_) == 1


def test_every_class_is_in_every_context():
    y = np.r_[np.zeros(900), np.ones(99), 2]
    for seed in range(20):
        rows = draw_stratified(y, 100, np.random.default_rng(seed))
        assert len(np.unique(rows)) == 100
        counts = np.bincount(y[rows].astype(int))
        assert counts[2] == 1 and abs(counts[1] - 10) <= 1


def test_the_same_seed_gives_the_same_model_for_any_number_of_workers(rows):
    X, y = rows
    teacher = InContextClassifier(Memoriser(), max_context=50)
    one, two = (
        DistilledClassifier(
            teacher, LogisticRegression(), random_state=0, n_jobs=n_jobs
        ).fit(X, y)
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))


def test_in_sample_it_teaches_its_labels_and_out_of_fold_more(rows):
    X, y = rows
    X, y, X_test, y_test = X[:90], y[:90], X[90:], y[90:]
    student = DecisionTreeClassifier(max_depth=6, random_state=0)
    labels = log_loss(y_test, student.fit(X, y).predict_proba(X_test))
    losses = {}
    for name, teacher in (
        ("in sample", FrozenEstimator(Memoriser().fit(X, y))),
        ("out of fold", InContextClassifier(Memoriser())),
    ):
        model = DistilledClassifier(teacher, student, alpha=1.0)
        if name == "in sample":
            with pytest.warns(UserWarning, match="repeats the labels"):
                model.fit(X, y)
        else:
            model.fit(X, y)
        losses[name] = log_loss(y_test, model.predict_proba(X_test))
    assert losses["out of fold"] < 0.5 * labels
    assert losses["in sample"] > 0.9 * labels


@pytest.mark.parametrize("name", ["max_context", "n_contexts", "batch_size"])
def test_counts_are_checked(rows, name):
    model = InContextClassifier(GaussianNB(), **{name: 0})
    with pytest.raises(ValueError, match=f"{name} of InContextClassifier"):
        model.fit(*rows)
