"""A label never reaches the soft target of its own row, nor what a choice is made by.

One label is changed, and all else must stay: what out-of-fold models predict for its
row, and its row's target. The members are kernel smoothers, so that every prediction
depends on the label of every row that a model has seen, directly or by way of others'
predictions. They note what they are trained on and what they predict.
"""

from functools import partial

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
)
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledClassifier,
    MutualDistilledRegressor,
    SelfDistilledClassifier,
    SelfDistilledRegressor,
)
from skdistill.objectives import Response
from skdistill.report import distillation_report
from skdistill.students import StudentAdapter, register_student_adapter

NOTES = []  # Of each prediction: rows of the model, rows predicted, and what.


class Smoother(BaseEstimator):
    """Predicts the mean target of the rows it has seen, weighted by distance.

    The first column of X is the number of the row.
    """

    def __init__(self, width=1.0):
        self.width = width

    def learn(self, X, targets):
        self.rows_ = X[:, 0].astype(int)
        self.X_, self.targets_ = X[:, 1:], np.asarray(targets, dtype=float)
        return self

    def smooth(self, X):
        squared = ((X[:, None, 1:] - self.X_[None]) ** 2).sum(axis=2)
        kernel = np.exp(-squared / self.width)
        values = (kernel / kernel.sum(axis=1, keepdims=True)) @ self.targets_
        NOTES.append((self.rows_, X[:, 0].astype(int), values))
        return values


class SmoothRegressor(RegressorMixin, Smoother):
    def fit(self, X, y):
        return self.learn(X, y)

    def predict(self, X):
        return self.smooth(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class SmoothClassifier(ClassifierMixin, Smoother):
    def fit(self, X, y):
        self.classes_, codes = np.unique(y, return_inverse=True)
        return self.learn(X, np.eye(len(self.classes_))[codes])

    def predict_proba(self, X):
        return self.smooth(X)

    def predict(self, X):
        return self.classes_[self.smooth(X).argmax(axis=1)]


class SmoothAdapter(StudentAdapter):
    def route(self, student, loss):
        return "smooth"

    def fit_soft(self, student, X, task):
        student.classes_ = task.classes
        return student.learn(X, task.targets)


register_student_adapter(SmoothClassifier, SmoothAdapter())

rng = np.random.default_rng(0)
N = 30
GROUPS = np.arange(N) % 6
X = np.column_stack([np.arange(N), rng.normal(size=(N, 3))])
LABELS = (X[:, 1] + X[:, 3] + rng.normal(size=N) > 0).astype(int)
VALUES = X[:, 1] + X[:, 3] + rng.normal(size=N)
ROWS = (0, 7, 18)

SPLITTERS = {
    "folds": KFold(4, shuffle=True, random_state=0),
    "together": KFold(5, shuffle=True, random_state=0),
    "repeated": RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
    "drawn": ShuffleSplit(6, test_size=0.3, random_state=0),
    "time": TimeSeriesSplit(4),
    "listed": [(np.arange(12, N), np.arange(12)), (np.arange(18), np.arange(18, N))],
}
GROUPED = {"groups": GroupKFold(3), "each group": LeaveOneGroupOut()}

pytestmark = pytest.mark.filterwarnings("ignore:The test parts of cv:UserWarning")


# BLAS may round by how arrays lie in memory; a label that got through shows far more.
assert_same = partial(np.testing.assert_allclose, rtol=0.0, atol=1e-12)


def changed(y, rows):
    """Return y with other labels, or quite other values, at some rows."""
    other = y.copy()
    other[rows] = 1 - y[rows] if y.dtype.kind == "i" else y[rows] + 10.0
    return other


def noted(run):
    """Return what `run` returns, and what was predicted meanwhile."""
    NOTES.clear()
    found = run()
    # Asked again, as a report does to take the time, a model predicts the same.
    notes = {b"|".join(part.tobytes() for part in note): note for note in NOTES}
    return found, list(notes.values())


def assert_held_out(before, after, rows, parts=None):
    """No model predicts differently for rows that it was not trained on.

    With `parts`, only the models that were trained on one of these parts are looked at.
    """

    def held_out(notes):
        for trained, asked, values in notes:
            known = parts is None or any(np.array_equal(trained, p) for p in parts)
            if (
                known
                and not np.isin(trained, rows).any()
                and np.isin(asked, rows).any()
            ):
                yield values[np.isin(asked, rows)]

    before, after = list(held_out(before)), list(held_out(after))
    assert before
    for first, second in zip(before, after, strict=True):
        assert_same(first, second)


def assert_own_targets_stay(before, after, rows):
    """The targets of some rows are the same; tell whether those of others are not."""
    at = np.isin(before.rows_, rows)
    assert_same(before.targets_[at], after.targets_[at])
    return (before.targets_ != after.targets_).any()


def offline(y, **params):
    """Distil a smoother into another one with fewer columns, on targets alone."""
    classifier = y.dtype.kind == "i"
    cls = DistilledClassifier if classifier else DistilledRegressor
    member = SmoothClassifier if classifier else SmoothRegressor
    params = {"alpha": 1.0, "student_features": [0, 1, 2], **params}
    return cls(member(), member(2.0), store_teacher=True, **params)


@pytest.mark.parametrize("row", ROWS[1:])
@pytest.mark.parametrize("cv", SPLITTERS)
@pytest.mark.parametrize("y", [LABELS, VALUES], ids=["labels", "values"])
@pytest.mark.parametrize("share", [1.0, 0.4])
def test_a_label_does_not_reach_its_own_target(y, cv, row, share):
    model = offline(y, cv=SPLITTERS[cv], privileged_weight=share)
    (one, before), (two, after) = (
        noted(lambda y=y: offline_copy(model).fit(X, y)) for y in (y, changed(y, [row]))
    )
    assert_same(one.teacher_predictions_[row], two.teacher_predictions_[row])
    assert np.nanmax(np.abs(one.teacher_predictions_ - two.teacher_predictions_)) > 0
    assert assert_own_targets_stay(one.student_, two.student_, [row])
    assert_held_out(before, after, [row])


def offline_copy(model):
    return type(model)(**model.get_params(deep=False))


@pytest.mark.parametrize("cv", GROUPED)
@pytest.mark.parametrize("alpha", [1.0, "auto"])
def test_labels_of_a_group_do_not_reach_the_targets_of_the_group(cv, alpha):
    group = np.flatnonzero(GROUPS == 2)
    model = offline(LABELS, cv=GROUPED[cv], alpha=alpha)
    (one, before), (two, after) = (
        noted(lambda y=y: offline_copy(model).fit(X, y, groups=GROUPS))
        for y in (LABELS, changed(LABELS, group))
    )
    assert_same(one.teacher_predictions_[group], two.teacher_predictions_[group])
    assert_held_out(before, after, group)


@pytest.mark.parametrize("row", ROWS[1:])
@pytest.mark.parametrize(
    "teacher",
    [
        RandomForestClassifier(20, max_depth=4, random_state=0),
        BaggingClassifier(SmoothClassifier(), 20, random_state=0),
        ExtraTreesRegressor(20, bootstrap=True, random_state=0),
    ],
    ids=lambda teacher: type(teacher).__name__,
)
@pytest.mark.parametrize("alpha", [1.0, "auto"])
def test_a_label_does_not_reach_its_own_out_of_bag_target(teacher, row, alpha):
    y = VALUES if isinstance(teacher, ExtraTreesRegressor) else LABELS
    model = offline(y, cv="oob", alpha=alpha).set_params(teacher=teacher)
    (one, before), (two, after) = (
        noted(lambda y=y: offline_copy(model).fit(X, y)) for y in (y, changed(y, [row]))
    )
    assert_same(one.teacher_predictions_[row], two.teacher_predictions_[row])
    assert (one.teacher_predictions_ != two.teacher_predictions_).any()
    if alpha == "auto" and not is_stratified(one):
        assert_held_out(before, after, [row])


def is_stratified(model):
    """Whether its folds depend on labels: those of a choice with cv='oob' do."""
    return isinstance(model, DistilledClassifier)


CHOICES = {
    "alpha": {"alpha": "auto"},
    "share": {"alpha": 1.0, "privileged_weight": "auto"},
    "both": {"alpha": "auto", "privileged_weight": "auto"},
    "correction": {"alpha": 1.0, "objective": Response(correction="auto")},
    "score": {"alpha": "auto"},
}


@pytest.mark.parametrize("row", ROWS[1:])
@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("cv", ["folds", "together", "repeated", "time"])
@pytest.mark.parametrize("y", [LABELS, VALUES], ids=["labels", "values"])
def test_a_label_does_not_reach_what_a_choice_is_made_by(
    y, cv, choice, row, monkeypatch
):
    if cv == "together":  # As of many rows, where two of five folds are left out.
        monkeypatch.setattr("skdistill.input._splits._MANY_ROWS", 0)
    params = dict(CHOICES[choice], cv=SPLITTERS[cv])
    if choice == "score":
        params["scoring"] = "accuracy" if y is LABELS else "r2"
    model = offline(y, **params)
    (_, before), (_, after) = (
        noted(lambda y=y: offline_copy(model).fit(X, y)) for y in (y, changed(y, [row]))
    )
    assert_held_out(before, after, [row])


@pytest.mark.parametrize("row", ROWS[1:])
@pytest.mark.parametrize("cv", ["folds", "repeated", "oob"])
@pytest.mark.parametrize("choice", ["alpha", "both", "weight"])
@pytest.mark.parametrize("y", [LABELS, VALUES], ids=["labels", "values"])
def test_a_label_does_not_reach_its_own_score_by_unlabeled_rows(y, choice, cv, row):
    columns = np.random.default_rng(1).normal(size=(12, 3))
    unlabeled = np.column_stack([N + np.arange(12), columns])
    params = dict(CHOICES.get(choice, {"unlabeled_weight": "auto"}))
    if cv == "oob":
        if y is LABELS:  # Folds are then stratified, by labels.
            return
        forest = ExtraTreesRegressor(15, bootstrap=True, random_state=0)
        model = offline(y, cv="oob", **params).set_params(teacher=forest)
    else:
        model = offline(y, cv=SPLITTERS[cv], **params)
    (_, before), (_, after) = (
        noted(lambda y=y: offline_copy(model).fit(X, y, X_unlabeled=unlabeled))
        for y in (y, changed(y, [row]))
    )
    assert_held_out(before, after, [row])
    assert any((trained >= N).any() for trained, _, _ in before)


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("student_cv", ["same", KFold(3)], ids=["same", "own"])
def test_a_label_does_not_reach_its_own_target_of_several_students(student_cv, row):
    model = offline(LABELS, cv=SPLITTERS["folds"], student_cv=student_cv)
    one, two = (offline_copy(model).fit(X, y) for y in (LABELS, changed(LABELS, [row])))
    pairs = zip(one.students_, two.students_, strict=True)
    others_changed = [assert_own_targets_stay(*pair, [row]) for pair in pairs]
    assert any(others_changed)


@pytest.mark.parametrize("row", ROWS[1:])
@pytest.mark.parametrize("cv", ["folds", "repeated", "time"])
@pytest.mark.parametrize("y", [LABELS, VALUES], ids=["labels", "values"])
def test_a_label_does_not_reach_its_own_target_over_generations(y, cv, row):
    cls, member = SelfDistilledRegressor, SmoothRegressor
    if y is LABELS:
        cls, member = SelfDistilledClassifier, SmoothClassifier
    model = cls(
        member(),
        alpha=1.0,
        n_generations=3,
        patience=4,
        cv=SPLITTERS[cv],
        store_generations=True,
    )
    (one, before), (two, after) = (
        noted(lambda y=y: offline_copy(model).fit(X, y)) for y in (y, changed(y, [row]))
    )
    pairs = zip(one.generations_[1:], two.generations_[1:], strict=True)
    others_changed = [assert_own_targets_stay(*pair, [row]) for pair in pairs]
    assert any(others_changed)
    for first, second in zip(
        one.teacher_predictions_, two.teacher_predictions_, strict=True
    ):
        assert_same(first[row], second[row])
    # What the models of a fold learn from comes from models without two folds, whose
    # own targets are no better than those of the generation before.
    parts = [train for train, _ in SPLITTERS[cv].split(X)]
    assert_held_out(before, after, [row], parts)


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("cv", ["folds", "repeated"])
@pytest.mark.parametrize("y", [LABELS, VALUES], ids=["labels", "values"])
def test_a_label_does_not_reach_its_own_target_between_peers(y, cv, row):
    cls, member = MutualDistilledRegressor, SmoothRegressor
    if y is LABELS:
        cls, member = MutualDistilledClassifier, SmoothClassifier
    model = cls(
        [("one", member()), ("two", member(2.0))],
        alpha=1.0,
        n_rounds=3,
        cv=SPLITTERS[cv],
    )
    (one, before), (two, after) = (
        noted(lambda y=y: offline_copy(model).fit(X, y)) for y in (y, changed(y, [row]))
    )
    pairs = zip(one.peers_, two.peers_, strict=True)
    others_changed = [assert_own_targets_stay(*pair, [row]) for pair in pairs]
    assert any(others_changed)
    assert_held_out(before, after, [row])


@pytest.mark.parametrize("row", ROWS[:2])
@pytest.mark.parametrize("alpha", [1.0, "auto"])
@pytest.mark.parametrize("shared", [False, True])
def test_a_label_does_not_reach_what_a_report_measures_on_its_row(alpha, row, shared):
    # With folds of its own, the report lets its other folds serve the estimator.
    inner, outer = (None, KFold(5)) if shared else (SPLITTERS["folds"], KFold(3))
    model = offline(VALUES, cv=inner, alpha=alpha).set_params(store_teacher=False)
    (first, before), (second, after) = (
        noted(lambda y=y: distillation_report(model, X, y, cv=outer))
        for y in (VALUES, changed(VALUES, [row]))
    )
    assert first.info["inner_folds"] == (4 if shared else None)
    assert_held_out(before, after, [row])
    # Nor does it reach the predictions of its row by any of the models.
    tables = [report.tables["responses"] for report in (first, second)]
    at = tables[0]["row"] == row
    for values in ("teacher", "student"):
        assert_same(*(table[values][at] for table in tables))
    assert (tables[0]["student"] != tables[1]["student"]).any()
