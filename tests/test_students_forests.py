"""Forests on soft targets."""

import warnings

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from skdistill import DistilledClassifier
from skdistill.objectives import Response
from skdistill.students import fit_student
from skdistill.students._forests import draws_by_weight


def soft_task(values, labels, classes, weight=None):
    objective = Response()
    loss = objective.loss("classification", 1.0, len(classes))
    return objective.task(loss, values, labels, classes, weight)


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
@pytest.mark.parametrize("max_samples", [None, 0.5, 30, np.int64(30)])
def test_trees_draw_rows_with_all_their_labels(kind, max_samples):
    # Wherever the rows end up, each says 3 to 7.
    X = np.random.default_rng(0).normal(size=(100, 2))
    labels = np.arange(100) % 2
    task = soft_task(np.tile([0.3, 0.7], (100, 1)), labels, np.array(["a", "b"]))
    forest = kind(5, bootstrap=True, max_samples=max_samples, random_state=0)
    fitted = fit_student(clone(forest), X, task)
    assert fitted.get_params() == forest.get_params()
    assert fitted.classes_.tolist() == ["a", "b"]
    assert len(fitted.estimators_) == 5
    drawn = max(tree.tree_.n_node_samples[0] for tree in fitted.estimators_)
    assert drawn <= 2 * {None: 100, 0.5: 50}.get(max_samples, 30)
    for tree in fitted.estimators_:
        np.testing.assert_allclose(tree.predict_proba(X), task.targets)


def test_forests_on_soft_targets_are_repeatable_and_draw_different_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    first = rng.random(60)
    task = soft_task(np.column_stack([first, 1 - first]), np.arange(60) % 2, [0, 1])
    task = soft_task(task.targets, task.labels, np.array([0, 1]))
    fitted = [
        fit_student(RandomForestClassifier(4, n_jobs=jobs, random_state=0), X, task)
        for jobs in (None, 2)
    ]
    answers = [
        [tree.predict_proba(X) for tree in forest.estimators_] for forest in fitted
    ]
    np.testing.assert_array_equal(*answers)
    for tree in answers[0]:
        # Two of three rows are in the bag, with their own target.
        share = np.isclose(tree, task.targets).all(axis=1).mean()
        assert 0.5 < share < 0.8
    assert np.abs(answers[0][0] - answers[0][1]).max() > 0.1


def test_forests_on_soft_targets_go_on_growing():
    rng = np.random.default_rng(0)
    X, first = rng.normal(size=(60, 2)), rng.random(60)
    task = soft_task(
        np.column_stack([first, 1 - first]), np.arange(60) % 2, np.array([0, 1])
    )
    whole = fit_student(RandomForestClassifier(4, random_state=0), X, task)
    forest = RandomForestClassifier(2, random_state=0, warm_start=True)
    forest = fit_student(forest, X, task).set_params(n_estimators=4)
    np.testing.assert_allclose(
        fit_student(forest, X, task).predict_proba(X), whole.predict_proba(X)
    )


def test_forests_on_frames_keep_their_names():
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2)), columns=["a", "b"])
    task = soft_task(np.tile([0.3, 0.7], (40, 1)), np.arange(40) % 2, np.array([0, 1]))
    fitted = fit_student(RandomForestClassifier(3, random_state=0), X, task)
    assert fitted.feature_names_in_.tolist() == ["a", "b"]
    np.testing.assert_allclose(fitted.predict_proba(X), task.targets)


@pytest.mark.parametrize(
    "student",
    [
        BaggingClassifier(DecisionTreeClassifier(), 30, random_state=0),
        VotingClassifier(
            [("forest", RandomForestClassifier(30, random_state=0))], voting="soft"
        ),
        RandomForestClassifier(30, random_state=0),
    ],
    ids=lambda student: type(student).__name__,
)
def test_soft_targets_reach_trees_that_draw(student):
    rng = np.random.default_rng(0)
    X, unseen = rng.normal(size=(400, 3)), rng.normal(size=(1000, 3))
    noisy = (X[:, 0] + 0.3 * rng.normal(size=400) > 0).astype(int)
    taught, alone = (
        DistilledClassifier(
            LogisticRegression(), student, alpha=alpha, random_state=0
        ).fit(X, noisy)
        for alpha in (1.0, 0.0)
    )
    truth = (unseen[:, 0] > 0).astype(int)
    assert taught.score(unseen, truth) > alone.score(unseen, truth) - 0.05
    confidence = np.abs(taught.predict_proba(unseen)[:, 1] - 0.5).mean()
    assert confidence > 0.3


@pytest.mark.parametrize(
    "student",
    [
        RandomForestClassifier(30, oob_score=True, random_state=0),
        BaggingClassifier(GaussianNB(), 30, oob_score=True, random_state=0),
    ],
    ids=lambda student: type(student).__name__,
)
def test_copies_have_no_out_of_bag_score(student):
    X, y = make_classification(200, 4, random_state=0)
    model = DistilledClassifier(LogisticRegression(), student)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    assert model.student_.oob_score
    if model.student_route_ == "weighted_copies":
        assert not hasattr(model.student_, "oob_score_")
        assert any("oob_score of the student" in str(w.message) for w in caught)
    else:
        assert model.student_route_ == "label_draw"
        assert model.student_.oob_score_ > 0.6


def test_routing_is_no_matter_to_how_rows_are_drawn():
    expected = draws_by_weight()
    draws_by_weight.cache_clear()
    with config_context(enable_metadata_routing=True):
        assert draws_by_weight() == expected


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
@pytest.mark.parametrize("n_weighty", [3, 60])
def test_rows_without_weight_are_as_good_as_left_out(kind, n_weighty):
    rng = np.random.default_rng(0)
    X, first = rng.normal(size=(200, 3)), rng.random(200)
    values, labels = np.column_stack([first, 1 - first]), np.arange(200) % 2
    weight = np.zeros(200)
    weight[rng.choice(200, n_weighty, replace=False)] = 1.0
    kept, forest = weight > 0.0, kind(20, bootstrap=True, random_state=0)
    given, left_out = (
        fit_student(
            clone(forest),
            X[rows],
            soft_task(values[rows], labels[rows], np.array([0, 1]), weight[rows]),
        ).predict_proba(X)
        for rows in (slice(None), kept)
    )
    np.testing.assert_allclose(given, left_out)
