"""Adapters that users register, where students are trained in worker processes."""

import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdistill import DistilledClassifier, SelfDistilledClassifier
from skdistill.students import StudentAdapter, adapter_for, register_student_adapter

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
