"""Teachers that read their training rows for each prediction."""

import time
from functools import partial

import numpy as np
import pytest
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks
from xgboost import XGBClassifier

from skdistill import DistilledClassifier
from skdistill.report import distillation_report
from skdistill.report._cost import repeated_seconds
from skdistill.teachers import InContextClassifier, InContextRegressor
from skdistill.teachers._crossfit import runs_alone
from skdistill.teachers._in_context import draw_stratified

CALLS = []


class Memoriser(ClassifierMixin, BaseEstimator):
    """A stand-in: similar rows of the context vote, and a row finds itself in it."""

    limit = 100
    stops_at = np.inf  # Calls, after which the GPU is gone.

    def __init__(self, device=None):
        self.device = device

    def fit(self, X, y):
        if len(X) > self.limit:
            raise ValueError(f"more than {self.limit} rows of context")
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.context_, self.labels_ = X, np.eye(len(self.classes_))[codes]
        return self

    def predict_proba(self, X):
        if len(CALLS) >= self.stops_at:
            raise RuntimeError("out of memory")
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


@pytest.mark.parametrize(
    ("settings", "n_asked"),
    [
        ({}, 1),
        ({"privileged_weight": 0.5, "student_features": [0, 1]}, 2),
        # Of each pair of folds, a teacher that saw neither predicts both.
        ({"alpha": "auto"}, 1 + 4),
        ({"student_cv": 4}, 1),
    ],
    ids=str,
)
def test_how_often_each_row_is_asked_for(rows, every_part, settings, n_asked):
    X, y = rows
    teacher = InContextClassifier(Memoriser(), max_context=100)
    model = DistilledClassifier(teacher, GaussianNB()).set_params(**settings)
    model.fit(X, y)
    assert sum(CALLS) == n_asked * len(y)


def test_a_report_asks_what_its_fits_and_scores_need(rows):
    X, y = rows
    teacher = InContextClassifier(Memoriser(), max_context=100)
    distillation_report(DistilledClassifier(teacher, GaussianNB()), X, y, cv=3)
    # Two thirds of the rows in each of three fits, each test row once, and five times
    # one row and the first test part for latencies.
    assert sum(CALLS) == 2 * len(y) + len(y) + 5 * (1 + 134)


def test_what_predicts_slowly_is_timed_once(monkeypatch):
    monkeypatch.setattr("skdistill.report._cost._LONG", 0.01)
    calls = {"slow": partial(time.sleep, 0.02), "cheap": int}
    times = repeated_seconds(calls, budget=0.01)
    assert len(times["slow"]) == 1
    assert len(times["cheap"]) == 5


@pytest.mark.parametrize("in_pipeline", [False, True])
def test_what_was_asked_before_a_failure_is_kept(
    rows, tmp_path, monkeypatch, in_pipeline
):
    X, y = rows
    teacher = InContextClassifier(
        Memoriser(), max_context=100, batch_size=20, random_state=0
    )
    if in_pipeline:
        teacher = make_pipeline(StandardScaler(), teacher)
    model = DistilledClassifier(teacher, GaussianNB(), random_state=0)
    expected = model.fit(X, y).predict_proba(X)
    CALLS.clear()
    # 4 calls a fold: three folds and one batch.
    monkeypatch.setattr(Memoriser, "stops_at", 13)
    model.set_params(memory=tmp_path)
    with pytest.raises(RuntimeError, match="out of memory"):
        model.fit(X, y)
    monkeypatch.setattr(Memoriser, "stops_at", np.inf)
    np.testing.assert_array_equal(model.fit(X, y).predict_proba(X), expected)
    assert sum(CALLS) == len(y)
    model.fit(X, y)
    assert sum(CALLS) == len(y)


def test_rows_without_labels_are_asked_for_in_batches_that_are_kept(rows, tmp_path):
    X, y = rows
    teacher = InContextClassifier(
        Memoriser(), max_context=100, batch_size=30, random_state=0
    )
    model = DistilledClassifier(teacher, GaussianNB(), random_state=0)
    model.fit(X[:190], y[:190], X_unlabeled=X[190:])
    expected, n_asked = model.predict_proba(X), sum(CALLS)
    assert n_asked == 190 + 5 * 210  # All fold teachers are out of fold for them.
    CALLS.clear()
    for _ in range(2):
        model.set_params(memory=tmp_path)
        model.fit(X[:190], y[:190], X_unlabeled=X[190:])
        np.testing.assert_array_equal(model.predict_proba(X), expected)
    assert sum(CALLS) == n_asked


def test_what_a_teacher_has_learnt_is_not_hashed(rows, tmp_path, monkeypatch):
    """Weights can be gigabytes."""
    X, y = rows

    def state(self):
        assert not hasattr(self, "context_"), "weights are pickled"
        return vars(self)

    monkeypatch.setattr(Memoriser, "__getstate__", state)
    learnt = Memoriser().fit(X[:50], y[:50])
    fitted = InContextClassifier(learnt, max_context=100).fit(X, y)
    for teacher in (fitted, make_pipeline(StandardScaler(), fitted)):
        model = DistilledClassifier(teacher, GaussianNB(), memory=tmp_path)
        CALLS.clear()
        model.fit(X, y)
        model.set_params(alpha=1.0).fit(X, y)
        assert sum(CALLS) == len(y)


@pytest.mark.parametrize(
    ("teacher", "alone"),
    [
        (InContextClassifier(Memoriser(), max_context=100), True),
        (make_pipeline(InContextClassifier(Memoriser(), max_context=100)), True),
        (InContextClassifier(Memoriser(), one_at_a_time=False), False),
        (Memoriser(), False),
        (Memoriser(device="cuda:0"), True),
        (XGBClassifier(device="cuda"), True),
        (XGBClassifier(device="cpu"), False),
        (CatBoostClassifier(task_type="GPU"), True),
        (LGBMClassifier(device_type="gpu"), True),
    ],
    ids=str,
)
def test_on_a_gpu_one_fold_teacher_runs_at_a_time(teacher, alone):
    assert runs_alone(teacher) == alone


def test_one_at_a_time_is_in_this_process_whatever_n_jobs_is(rows):
    X, y = rows
    teacher = make_pipeline(InContextClassifier(Memoriser(), max_context=100))
    DistilledClassifier(teacher, GaussianNB(), n_jobs=2).fit(X, y)
    assert sum(CALLS) == len(y)


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


@pytest.mark.parametrize("labels", [["9", "10"], ["9", "10", "1"]])
def test_classes_keep_their_order_whatever_that_of_the_learner_is(labels):
    # CatBoost has "9" before "10".
    X, y = make_classification(
        200, 4, n_informative=4, n_redundant=0, n_classes=len(labels), class_sep=3.0,
        n_clusters_per_class=1, random_state=0,
    )  # fmt: skip
    y = np.array(labels)[y]
    learner = CatBoostClassifier(iterations=20, verbose=0, allow_writing_files=False)
    model = InContextClassifier(learner, max_context=100, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.9
    student = DistilledClassifier(model, DecisionTreeClassifier(max_depth=4))
    assert student.fit(X, y).score(X, y) > 0.9


def test_a_context_must_hold_a_row_of_each_class():
    X, y = np.arange(9.0)[:, None], np.arange(9) % 3
    with pytest.raises(ValueError, match=r"max_context of InContext.* is 2, but"):
        InContextClassifier(GaussianNB(), max_context=2).fit(X, y)
