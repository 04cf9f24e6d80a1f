"""What scikit-learn's callbacks are told of a fit."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.tree import DecisionTreeClassifier

from skdistill import DistilledClassifier

pytest.importorskip("sklearn.callback")

X, Y = make_classification(80, 5, random_state=0)
TREE = DecisionTreeClassifier(max_depth=2, random_state=0)


class Recorder:
    """Notes each task that ends, and when everything is over."""

    def __init__(self):
        self.ended, self.torn_down = [], 0

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        self.ended.append((context.task_name, context.max_subtasks))

    def teardown(self, estimator, context):
        self.torn_down += 1


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_each_teacher_and_the_student_are_tasks(n_jobs):
    recorder = Recorder()
    model = DistilledClassifier(TREE, cv=4, n_jobs=n_jobs).set_callbacks(recorder)
    model.fit(X, Y)
    assert recorder.ended == [
        *[("teacher", 0)] * 4,
        ("teacher", 4),
        ("student", 0),
        ("fit", 2),
    ]
    assert recorder.torn_down == 1


def test_the_choice_is_a_stage():
    recorder = Recorder()
    model = DistilledClassifier(
        TREE, student_features=[0, 1, 2], alpha="auto", privileged_weight="auto", cv=4
    )
    model.set_callbacks(recorder).fit(X, Y)
    stages = [ended for ended in recorder.ended if ended[1]]
    # Four folds, then the pairs of folds that no teacher saw yet; five mixtures.
    assert stages == [
        *[("teacher", 7), ("teacher", 7), ("selection", 5)],
        *[("teacher", 2), ("teacher", 2), ("selection", 5)],
        *[("teacher", 1), ("teacher", 1), ("selection", 5)],
        *[("selection", 5), ("fit", 13)],
    ]


def test_callbacks_change_nothing():
    model = DistilledClassifier(TREE)
    watched = clone(model).set_callbacks(Recorder()).fit(X, Y)
    np.testing.assert_array_equal(
        watched.predict_proba(X), model.fit(X, Y).predict_proba(X)
    )
