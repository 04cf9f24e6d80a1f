"""Adapters that users register, where students are trained in worker processes."""

import importlib

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdistill import DistilledClassifier, SelfDistilledClassifier
from skdistill.mutual.blocks import block_trainer_for
from skdistill.objectives import Response
from skdistill.students import (
    StudentAdapter,
    _histogram,
    adapter_for,
    register_student_adapter,
)
from skdistill.students._self_check import learns_soft_targets

X, y = make_classification(n_samples=80, random_state=0)


@pytest.fixture(scope="module")
def student():
    """A student whose adapter leaves a mark, unknown to other processes."""

    class Marked(LogisticRegression):
        pass

    class MarkingAdapter(StudentAdapter):
        def route(self, student, loss):
            return "marked"

        def fit_soft(self, student, X, task):
            student.fit(X, task.y)
            student.trained_by_adapter_ = True
            return student

        fit_labels = fit_soft

    register_student_adapter(Marked, MarkingAdapter())
    return Marked()


@pytest.mark.parametrize("alpha", [0.0, 0.5])
@pytest.mark.parametrize("in_pipeline", [False, True])
def test_a_registered_adapter_trains_students_in_worker_processes(
    student, alpha, in_pipeline
):
    if in_pipeline:
        student = make_pipeline(StandardScaler(), student)
    model = DistilledClassifier(
        GaussianNB(), student, alpha=alpha, cv=3, student_cv=3, n_jobs=2
    ).fit(X, y)
    final = [s[-1] if in_pipeline else s for s in model.students_]
    assert all(s.trained_by_adapter_ for s in final)


def test_a_registered_adapter_trains_generations_in_worker_processes(student):
    model = SelfDistilledClassifier(
        student, n_generations=1, cv=3, n_jobs=2, store_generations=True
    ).fit(X, y)
    assert len(model.generations_) == 2
    assert all(g.trained_by_adapter_ for g in model.generations_)


def test_a_pipeline_has_the_adapter_of_its_last_step(student):
    pipeline = make_pipeline(StandardScaler(), student)
    assert adapter_for(pipeline) is adapter_for(student)


class TestALibraryThatHasChanged:
    """Where the self-check of a library fails, rows are copied."""

    @pytest.mark.parametrize("alpha", [0.0, 0.5])
    @pytest.mark.parametrize(
        ("name", "booster"),
        [
            ("catboost", "CatBoostClassifier"),
            ("xgboost", "XGBClassifier"),
            ("lightgbm", "LGBMClassifier"),
        ],
    )
    def test_boosters_learn_weighted_copies(self, monkeypatch, name, booster, alpha):
        module = importlib.import_module(f"skdistill.students._{name}")
        assert module.works()
        monkeypatch.setattr(module, "works", lambda: False)
        few = {"n_estimators": 5} | ({"verbose": 0} if name == "catboost" else {})
        student = getattr(importlib.import_module(name), booster)(**few)
        labels = np.array(["a", "b"])[y]
        model = DistilledClassifier(GaussianNB(), student, alpha=alpha).fit(X, labels)
        assert model.student_route_ == ("weighted_copies" if alpha else "labels")
        assert model.score(X, labels) > 0.8
        loss = Response().loss("classification", 0.5, 2)
        assert block_trainer_for(student, loss, X).name == "refit"

    def test_histogram_boosting_learns_weighted_copies(self, monkeypatch):
        assert _histogram.private_names_work()
        monkeypatch.setattr(_histogram, "private_names_work", lambda: False)
        student = HistGradientBoostingClassifier(max_iter=5)
        model = DistilledClassifier(GaussianNB(), student).fit(X, y)
        assert model.student_route_ == "weighted_copies"

    def test_a_check_that_raises_has_failed(self):
        def fit(student, X, task):
            raise AttributeError("It was there yesterday.")

        assert not learns_soft_targets(LogisticRegression(), fit)
        assert not learns_soft_targets(
            LogisticRegression(), lambda student, X, task: student.fit(X, task.y)
        )
