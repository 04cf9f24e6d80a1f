"""What the models of a report have in common is trained once, to the same figures."""

from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GroupKFold,
    RepeatedStratifiedKFold,
    StratifiedKFold,
)
from sklearn.tree import DecisionTreeClassifier

from skdistill import DistilledClassifier
from skdistill.report import distillation_report
from skdistill.teachers._fits import FitStore

STUDENT = [0, 1, 2]


class CountingTree(DecisionTreeClassifier):
    """Notes the size of each training part but those of dry runs."""

    parts: ClassVar = []

    def fit(self, X, y, **kwargs):
        if len(X) > 100:
            self.parts.append(len(X))
        return super().fit(X, y, **kwargs)


class CountingRegression(LogisticRegression):
    parts: ClassVar = []

    def fit(self, X, y, sample_weight=None):
        self.parts.append(len(np.unique(X, axis=0)))  # Copies count once.
        return super().fit(X, y, sample_weight=sample_weight)


@pytest.fixture(scope="module")
def data():
    return make_classification(300, 6, n_informative=5, n_redundant=1, random_state=0)


def model(**params):
    teacher = CountingTree(max_depth=4, random_state=0)
    params = {"student_features": STUDENT, **params}
    return DistilledClassifier(teacher, CountingRegression(), **params)


def losses(report, name):
    frame = report.frame().query("model == @name")
    return frame.sort_values("fold")["value"].to_numpy()


def inner_folds(splits, fold):
    train = splits[fold][0]
    for number, (_, test) in enumerate(splits):
        if number != fold:
            asked = np.isin(train, test)
            yield np.flatnonzero(~asked), np.flatnonzero(asked)


@pytest.mark.parametrize("cv", [None, 4])
@pytest.mark.parametrize("alpha", [0.5, "auto"])
def test_sharing_changes_no_figure(data, alpha, cv):
    X, y = data
    splits = list(StratifiedKFold(5).split(X, y))
    report = distillation_report(
        model(alpha=alpha, cv=cv), X, y, cv=splits, scoring="log_loss"
    )
    assert "4 folds of each training part: the other folds of the report" in str(report)
    for name, columns in (("distilled", None), ("control", STUDENT)):
        expected = []
        for fold, (train, test) in enumerate(splits):
            alone = model(alpha=alpha, teacher_features=columns)
            alone.set_params(cv=list(inner_folds(splits, fold)))
            alone.fit(X[train], y[train])
            expected.append(log_loss(y[test], alone.predict_proba(X[test])))
        np.testing.assert_allclose(losses(report, name), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("params", "n_teachers", "n_students"),
    [
        # Teachers without one fold; without two, of both kinds; students of both.
        ({}, 5 + 2 * 10, 3 * 5),
        # And without three; students of both kinds without two, and those of labels.
        ({"alpha": "auto"}, 5 + 2 * (10 + 10), 3 * 5 + 5 * 10),
        # As before: the model's own folds are five, and nobody shares them.
        ({"cv": 5}, 5 * (1 + 2 * 5), 3 * 5),
    ],
    ids=["fixed", "auto", "own folds"],
)
def test_how_many_models_are_trained(data, every_part, params, n_teachers, n_students):
    CountingTree.parts.clear()
    CountingRegression.parts.clear()
    made = model(**params)
    report = distillation_report(made, *data, scoring="log_loss")
    assert len(CountingTree.parts) == n_teachers
    equal_to_baseline = np.count_nonzero(np.array(report.info["chosen"]["alpha"]) == 0)
    students = [part for part in CountingRegression.parts if part > 100]
    assert len(students) <= n_students
    assert len(students) >= n_students - 2 * equal_to_baseline - 5


def test_the_time_of_a_shared_fit_counts_for_all_who_use_it(data):
    report = distillation_report(model(), *data, scoring="log_loss", n_jobs=2)
    cost = report.cost().set_index("model")["fit_seconds"]
    assert cost["distilled"] > cost["teacher"]


def test_groups_stay_together_in_shared_folds(data):
    X, y = data
    groups = np.arange(len(y)) % 20
    report = distillation_report(
        model(alpha="auto"), X, y, groups=groups, scoring="log_loss", cv=GroupKFold(5)
    )
    assert report.info["inner_folds"] == 4
    assert not any(f.code == "groups-ignored" for f in report.findings)


@pytest.mark.parametrize(
    ("params", "cv"),
    [
        ({"cv": 3}, None),
        ({"student_cv": 3}, None),
        ({}, 3),
        ({}, RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)),
    ],
    ids=["cv", "student_cv", "few folds", "repeated"],
)
def test_where_folds_cannot_be_shared_the_model_has_its_own(data, params, cv):
    made = clone(model(**params)).set_params(teacher=DecisionTreeClassifier())
    report = distillation_report(made, *data, cv=cv, scoring="log_loss", control=False)
    assert report.info["inner_folds"] is None


def test_a_memory_of_the_user_is_used(data, tmp_path):
    made = model(memory=tmp_path)
    first = distillation_report(made, *data, cv=2, scoring="log_loss")
    CountingTree.parts.clear()
    second = distillation_report(made, *data, cv=2, scoring="log_loss")
    assert first.frame().equals(second.frame())
    assert len(CountingTree.parts) == 2  # The teacher that is compared.


def test_equal_fits_are_done_once(tmp_path):
    store, fits = FitStore(str(tmp_path)).for_run(), []

    def fit():
        fits.append(1)
        return DecisionTreeClassifier().fit([[0], [1]], [0, 1])

    first = store.recall(lambda: ("content", np.arange(3)), fit)
    second = store.recall(lambda: ("content", np.arange(3)), fit)
    assert len(fits) == 1 and second.tree_.node_count == first.tree_.node_count
    assert store.saved_seconds() > 0.0 == store.for_run().saved_seconds()
    store.recall(lambda: ("content", np.arange(4)), fit)
    store.recall(lambda: lambda: None, fit)  # Cannot be pickled, so fitted each time.
    store.recall(lambda: lambda: None, fit)
    assert len(fits) == 4
    unpicklable = store.recall(lambda: "other", lambda: lambda: None)
    assert store.recall(lambda: "other", lambda: unpicklable) is unpicklable
