"""Out-of-fold responses."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_val_predict,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.input._splits import first_partition, make_splits
from skdistill.teachers._crossfit import CrossFit, ExecutionConfig
from skdistill.teachers._teacher import TeacherSpec


class RowRecorder(ClassifierMixin, BaseEstimator):
    """A teacher that is certain about rows it was trained on and about no other."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.seen_ = {tuple(row) for row in X}
        return self

    def predict_proba(self, X):
        seen = np.array([tuple(row) in self.seen_ for row in X])
        return np.where(seen[:, None], [[1.0, 0.0]], [[0.5, 0.5]])

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Answers(ClassifierMixin, BaseEstimator):
    """A teacher that gives the same answer to every row."""

    def __init__(self, answer=(0.5, 0.5)):
        self.answer = answer

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return np.tile(self.answer, (len(X), 1))


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 3))
    return X, (X[:, 0] + rng.normal(size=90) > 0).astype(int)


@pytest.mark.filterwarnings("ignore:The test parts of cv:UserWarning")
@pytest.mark.parametrize(
    "cv",
    [
        None,
        3,
        KFold(4, shuffle=True, random_state=0),
        RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0),
        TimeSeriesSplit(4),
        ShuffleSplit(3, random_state=0),
    ],
)
def test_no_response_comes_from_a_teacher_that_saw_the_row(data, cv):
    X, y = data
    model = DistilledClassifier(
        RowRecorder(), LogisticRegression(), cv=cv, store_teacher=True
    ).fit(X, y)
    answered = np.isfinite(model.teacher_predictions_).all(axis=1)
    assert answered.any()
    np.testing.assert_array_equal(model.teacher_predictions_[answered], 0.5)


@pytest.mark.parametrize("repeats", [1, 2])
def test_predictions_for_a_choice_leave_out_the_rows_it_is_made_by(data, repeats):
    X, y = data
    # Unique labels of rows: the teacher tells which rows it saw.
    splits = make_splits(
        RepeatedStratifiedKFold(n_splits=4, n_repeats=repeats, random_state=0),
        X,
        y,
        classifier=True,
        name="cv",
        owner="test",
    )
    validation = first_partition(splits)
    assert len(validation) == 4
    spec = TeacherSpec(DecisionTreeClassifier(random_state=0), X, y, np.arange(2))
    parts = range(1 + len(validation))
    plain = CrossFit(spec, splits, held_out_parts=validation).predict(parts)
    for (train, test), before in zip(validation, plain[1:], strict=True):
        flipped = y.copy()
        flipped[test] = 1 - flipped[test]
        changed = TeacherSpec(spec.teacher, X, flipped, np.arange(2))
        number = [t is test for _, t in validation].index(True)
        (after,) = CrossFit(changed, splits, held_out_parts=validation).predict(
            [1 + number]
        )
        np.testing.assert_array_equal(before.covered, np.isin(np.arange(90), train))
        np.testing.assert_array_equal(before.values, after.values)


def test_two_folds_left_out_together_are_left_out_once(data):
    X, y = data
    fits = []

    class Counting(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            fits.append(len(y))
            return super().fit(X, y, sample_weight)

    DistilledClassifier(Counting(), LogisticRegression(), alpha="auto").fit(X, y)
    assert len(fits) == 5 + 10


def test_responses_equal_cross_val_predict(data):
    X, y = data
    cv = KFold(5, shuffle=True, random_state=1)
    model = DistilledClassifier(GaussianNB(), cv=cv, store_teacher=True).fit(X, y)
    expected = cross_val_predict(GaussianNB(), X, y, cv=cv, method="predict_proba")
    np.testing.assert_allclose(model.teacher_predictions_, expected)
    model = DistilledRegressor(LinearRegression(), cv=cv, store_teacher=True).fit(X, y)
    expected = cross_val_predict(LinearRegression(), X, y, cv=cv)
    np.testing.assert_allclose(model.teacher_predictions_, expected)


def test_repeated_splits_are_averaged(data):
    X, y = data
    parts = [KFold(3, shuffle=True, random_state=seed) for seed in (0, 1)]
    splits = [split for part in parts for split in part.split(X)]
    model = DistilledClassifier(GaussianNB(), cv=splits, store_teacher=True).fit(X, y)
    expected = np.mean(
        [cross_val_predict(GaussianNB(), X, y, cv=part, method="predict_proba")
         for part in parts],
        axis=0,
    )  # fmt: skip
    np.testing.assert_allclose(model.teacher_predictions_, expected)


def test_uncovered_rows_do_not_train_the_student(data):
    X, y = data
    cv = TimeSeriesSplit(4)
    first_test = next(iter(cv.split(X)))[1][0]
    model = DistilledClassifier(
        GaussianNB(), DecisionTreeClassifier(), cv=cv, alpha=1.0, store_teacher=True
    ).fit(X, y)
    assert np.isnan(model.teacher_predictions_[:first_test]).all()
    n_rows = model.student_.tree_.weighted_n_node_samples[0]
    assert round(n_rows) == len(X) - first_test


def test_few_answered_rows_are_worth_a_warning(data):
    X, y = data
    half = [(np.arange(45), np.arange(45, 90))]
    with pytest.warns(UserWarning, match="hold 45 of 90 rows"):
        DistilledClassifier(GaussianNB(), cv=half).fit(X, y)


@pytest.mark.parametrize("routing", [False, True])
def test_groups_reach_the_splitter(data, routing):
    X, y = data
    groups = np.repeat(np.arange(9), 10)
    with config_context(enable_metadata_routing=routing):
        for cv in (GroupKFold(3), LeaveOneGroupOut()):
            model = DistilledClassifier(
                GaussianNB(), LogisticRegression(), cv=cv, store_teacher=True
            ).fit(X, y, groups=groups)
            expected = cross_val_predict(
                GaussianNB(), X, y, cv=cv.split(X, y, groups), method="predict_proba"
            )
            np.testing.assert_allclose(model.teacher_predictions_, expected)


@pytest.mark.parametrize(
    "library", ["sklearn", "xgboost", "xgboost softmax", "catboost"]
)
def test_a_class_missing_from_a_fold_gets_zero_and_is_named(library):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    y = np.repeat(["a", "b", "c"], 20)
    splits = [(np.arange(0, 40), np.arange(40, 60)), (np.arange(20, 60), np.arange(20))]
    if library.startswith("xgboost"):
        from xgboost import XGBClassifier

        teacher = XGBClassifier(n_estimators=3, n_jobs=1)
        if library.endswith("softmax"):
            teacher.set_params(objective="multi:softprob")
    elif library == "catboost":
        from catboost import CatBoostClassifier

        teacher = CatBoostClassifier(iterations=3, thread_count=1)
    else:
        teacher = GaussianNB()
    model = DistilledClassifier(
        teacher, DecisionTreeClassifier(), cv=splits, store_teacher=True
    )
    with pytest.warns(UserWarning, match=r"'c' \(splits \[0\]\), 'a' \(splits \[1\]"):
        model.fit(X, y)
    np.testing.assert_array_equal(model.teacher_predictions_[40:, 2], 0.0)
    np.testing.assert_array_equal(model.teacher_predictions_[:20, 0], 0.0)
    np.testing.assert_allclose(model.teacher_predictions_[:20].sum(axis=1), 1.0)


def test_train_and_test_must_not_overlap(data):
    X, y = data
    splits = [(np.arange(60), np.arange(59, 90))]
    with pytest.raises(
        ValueError, match=r"Split 0 of cv .* 1 rows in both .*first: 59"
    ):
        DistilledClassifier(GaussianNB(), cv=splits).fit(X, y)


def test_more_folds_than_rows_is_a_clear_error(data):
    X, y = data
    with pytest.raises(ValueError, match="cv of DistilledClassifier cannot split X"):
        DistilledClassifier(GaussianNB(), cv=100).fit(X, y)
    with pytest.raises(ValueError, match="cv of DistilledRegressor cannot split X"):
        DistilledRegressor(LinearRegression(), cv=100).fit(X, y)


def test_a_training_part_needs_two_classes(data):
    X, y = data
    order = np.argsort(y)
    with pytest.raises(ValueError, match="holds one class only"):
        DistilledClassifier(GaussianNB(), cv=KFold(2)).fit(X[order], y[order])


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((np.nan, 0.5), "Teacher of fold 0 returned probabilities that are NaN"),
        ((-0.5, 1.5), "Teacher of fold 0 returned negative probabilities"),
        ((0.7, 0.7), "Teacher of fold 0 .*do not sum to one .a row sums to 1.4"),
        ((0.5, 0.49), "Teacher of fold 0 .*do not sum to one .a row sums to 0.99"),
    ],
)
def test_answers_that_are_no_probabilities_name_the_fold(data, answer, message):
    with pytest.raises(ValueError, match=message):
        DistilledClassifier(Answers(answer), LogisticRegression()).fit(*data)


def test_a_frozen_teacher_answers_as_it_is_and_warns(data):
    X, y = data
    labels = np.array(["no", "yes"])[y]
    teacher = GaussianNB().fit(X, labels)
    model = DistilledClassifier(
        FrozenEstimator(teacher), LogisticRegression(), store_teacher=True
    )
    with pytest.warns(UserWarning, match="is frozen") as caught:
        model.fit(X, labels)
    assert len(caught) == 1
    np.testing.assert_array_equal(model.teacher_predictions_, teacher.predict_proba(X))


def test_a_frozen_teacher_of_other_columns_is_told_the_remedy(data):
    X, y = data
    frame = pd.DataFrame(X, columns=[f"c{i}" for i in range(X.shape[1])])
    frozen = FrozenEstimator(GaussianNB().fit(frame[["c1", "c0"]], y))
    model = DistilledClassifier(frozen, LogisticRegression())
    with pytest.raises(ValueError, match="feature names") as caught:
        model.fit(frame, y)
    assert "columns of teacher_features" in caught.value.__notes__[-1]
    with pytest.warns(UserWarning, match="is frozen"):
        model.set_params(teacher_features=["c1", "c0"]).fit(frame, y)


def test_a_frozen_teacher_must_know_the_same_labels(data):
    X, y = data
    teacher = GaussianNB().fit(X, np.array(["no", "yes"])[y])
    with pytest.raises(ValueError, match=r"classes \['no', 'yes'\], which y does not"):
        DistilledClassifier(FrozenEstimator(teacher), LogisticRegression()).fit(X, y)
    with pytest.raises(ValueError, match=r"student of .* must be given"):
        DistilledClassifier(FrozenEstimator(GaussianNB().fit(X, y))).fit(X, y)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_number_of_jobs_changes_no_bit(data, n_jobs):
    X, y = data
    teacher = DecisionTreeClassifier(max_features=1)
    one = DistilledClassifier(teacher, random_state=3, alpha="auto").fit(X, y)
    many = DistilledClassifier(
        teacher, random_state=3, alpha="auto", n_jobs=n_jobs, student_cv="same"
    ).fit(X, y)
    assert one.alpha_ == many.alpha_
    np.testing.assert_array_equal(
        one.selection_results_["loss"], many.selection_results_["loss"]
    )
    again = DistilledClassifier(
        teacher, random_state=3, alpha="auto", student_cv="same"
    ).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), many.predict_proba(X))


def test_verbose_tells_each_stage(data, capsys):
    DistilledClassifier(GaussianNB(), cv=3, verbose=1).fit(*data)
    printed = capsys.readouterr().out
    assert "teacher 3/3:" in printed
    assert "student:" in printed


def test_class_weights_by_label_survive_the_encoding(data):
    X, y = data
    labels = np.array(["no", "yes"])[y]
    by_label = DistilledClassifier(
        LogisticRegression(class_weight={"no": 1, "yes": 9}),
        GaussianNB(),
        store_teacher=True,
    ).fit(X, labels)
    by_code = DistilledClassifier(
        LogisticRegression(class_weight={0: 1, 1: 9}), GaussianNB(), store_teacher=True
    ).fit(X, y)
    np.testing.assert_array_equal(
        by_label.teacher_predictions_, by_code.teacher_predictions_
    )


def test_workers_default_to_one_fit_at_a_time():
    assert ExecutionConfig() == ExecutionConfig(None, 0, None)


def test_fold_teachers_are_in_the_order_of_the_folds(data):
    X, y = data
    splits = list(KFold(4).split(X))
    model = DistilledClassifier(
        GaussianNB(), LogisticRegression(), cv=splits, store_teacher=True
    ).fit(X, y)
    for teacher, (_, test) in zip(model.fold_teachers_, splits, strict=True):
        np.testing.assert_array_equal(
            teacher.predict_proba(X[test]), model.teacher_predictions_[test]
        )


@pytest.mark.filterwarnings("ignore:The test parts of cv:UserWarning")
def test_each_student_is_trained_on_the_answered_rows_of_its_part(data):
    X, y = data
    splits = list(TimeSeriesSplit(4).split(X))
    answered = np.concatenate([test for _, test in splits])
    parts = KFold(3, shuffle=True, random_state=0)
    model = DistilledClassifier(
        GaussianNB(), Rows(), cv=splits, student_cv=parts, alpha=1.0
    ).fit(X, y)
    for student, (train, _) in zip(model.students_, parts.split(X), strict=True):
        expected = X[np.intersect1d(train, answered)]
        np.testing.assert_array_equal(np.sort(student.X_, axis=0), np.sort(expected, 0))
        assert np.isfinite(student.y_).all()


class Rows(RegressorMixin, BaseEstimator):
    """A student that keeps what it was trained on."""

    def fit(self, X, y):
        self.X_, self.y_ = X, y
        return self

    def predict(self, X):
        return np.full(len(X), self.y_.mean())


def test_verbose_tells_both_teachers_apart(data, capsys):
    X, y = data
    teacher = DecisionTreeClassifier(max_depth=2)
    DistilledClassifier(
        teacher, student_features=[0], privileged_weight=0.5, cv=2, verbose=1
    ).fit(X, y)
    told = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    numbers = ("1/2", "2/2")
    both = [f"{name} {n}" for name in ("teacher", "regular teacher") for n in numbers]
    assert told[1:-1] == [f"[skdistill] {line}" for line in both]
