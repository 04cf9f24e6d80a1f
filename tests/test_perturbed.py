"""Rows made from rows: who predicts the copies, and what they may take part in."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from scipy import sparse
from sklearn.base import clone, is_regressor
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.validation import has_fit_parameter
from xgboost import XGBClassifier

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.input._perturb import perturbed_copies
from skdistill.input._preparation import FitInput, TrainingData
from skdistill.offline._planning import make_plan
from skdistill.offline._students import rows_of_part
from skdistill.offline._targets import make_task, mix_teachers
from skdistill.offline._teachers import Teachers
from skdistill.report._models import train_teacher
from skdistill.students._inner_validation import split_labeled_rows
from skdistill.teachers._crossfit import ExecutionConfig

N, COPIES = 60, 3
X, LABELS = make_classification(
    N + 40, 4, n_informative=4, n_redundant=0, flip_y=0.1, random_state=0
)
X, U, LABELS = X[:N], X[N:], LABELS[:N]
VALUES = X[:, 0] + X[:, 2] ** 2
TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
SMALL = DecisionTreeRegressor(max_leaf_nodes=8, random_state=0)


def distilled(teacher=TREE, student=SMALL, **params):
    regresses = not isinstance(teacher, str) and is_regressor(teacher)
    kind = DistilledRegressor if regresses else DistilledClassifier
    settings = {"student_features": [0, 1], "n_perturbed": COPIES, "random_state": 0}
    return kind(teacher, student, **settings | params)


def predicted(model, y=LABELS, **given):
    """The plan of a fit, and what the teachers predict: for all rows, and by part."""
    plan = make_plan(model, FitInput(X, y, **given))
    parts = range(1 + len(plan.teacher.held_out))
    return plan, Teachers(plan.teacher, ExecutionConfig()).predict(parts)


def copies_of(plan):
    """The teacher's columns of the copies, and the row that each comes from."""
    return plan.teacher.privileged.X.unlabeled, plan.student.source


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("weighted", [False, True])
def test_equal_to_the_loop_written_by_hand(task, weighted):
    y = LABELS if task == "classification" else VALUES
    teacher = TREE if task == "classification" else DecisionTreeRegressor(max_depth=3)
    splits = list(KFold(4, shuffle=True, random_state=1).split(X))
    model = distilled(teacher, cv=splits, alpha=0.3)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, N) if weighted else None
    made, source = copies_of(make_plan(model, FitInput(X, y)))
    q, of_copies = np.zeros(N), np.zeros(len(made))
    for train, test in splits:
        fitted = clone(teacher).set_params(random_state=0)
        fitted.fit(X[train], y[train], None if weight is None else weight[train])
        for rows, values, which in (
            (X, q, np.isin(np.arange(N), test)),
            (made, of_copies, np.isin(source, test)),
        ):
            if task == "classification":
                values[which] = fitted.predict_proba(rows[which])[:, 1]
            else:
                values[which] = fitted.predict(rows[which])
    by_hand = clone(SMALL).fit(
        np.concatenate([X, made])[:, :2],
        np.concatenate([0.3 * q + 0.7 * y, of_copies]),
        None if weight is None else np.concatenate([weight, weight[source]]),
    )
    model.set_params(teacher=clone(teacher).set_params(random_state=0))
    model.fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(
        model.student_.predict(U[:, :2]), by_hand.predict(U[:, :2]), atol=1e-9
    )


def test_each_row_has_its_copies_in_all_columns_near_it():
    made, source = copies_of(make_plan(distilled(), FitInput(X, LABELS)))
    assert made.shape == (COPIES * N, 4)
    np.testing.assert_array_equal(np.bincount(source), COPIES)
    for column in range(4):
        assert np.isin(made[:, column], X[:, column]).all()
        ranks = np.argsort(np.argsort(X[:, column]))
        moved = np.searchsorted(np.sort(X[:, column]), made[:, column])
        steps = np.abs(moved - ranks[source])
        assert 0.5 < steps.mean() < 0.2 * N
        assert (steps > 0).mean() > 0.5


SPLITTERS = {
    "folds": (KFold(4, shuffle=True, random_state=0), {}),
    "repeated": (RepeatedKFold(n_splits=3, n_repeats=2, random_state=0), {}),
    "drawn": (ShuffleSplit(6, test_size=0.3, random_state=0), {}),
    "time": (TimeSeriesSplit(4), {}),
    "groups": (GroupKFold(3), {"groups": np.arange(N) % 6}),
}


@pytest.mark.parametrize("name", SPLITTERS)
@pytest.mark.filterwarnings("ignore:The test parts of cv")
def test_no_label_of_a_row_or_its_group_reaches_its_copies(name):
    cv, fit = SPLITTERS[name]
    model = distilled(cv=cv)
    plan, before = predicted(model, params=fit)
    before = before.privileged[0]
    copies = np.append(np.full(N, -1), plan.student.source)
    tested = np.zeros(N, dtype=bool)
    tested[np.concatenate([test for _, test in plan.teacher.splits])] = True
    np.testing.assert_array_equal(before.covered[:N], tested)
    np.testing.assert_array_equal(before.covered[N:], tested[copies[N:]])
    for row in (0, 31, 58):
        group = np.arange(N) % 6 == row % 6 if fit else np.arange(N) == row
        flipped = LABELS.copy()
        flipped[group] = 1 - flipped[group]
        after = predicted(model, flipped, params=fit)[1].privileged[0]
        own = np.isin(copies, np.flatnonzero(group))
        np.testing.assert_array_equal(before.values[own], after.values[own])
        # The test would see it: copies of other rows do change.
        others = (copies >= 0) & ~own & before.covered
        assert (before.values[others] != after.values[others]).any() or name == "time"


@pytest.mark.parametrize(
    "teacher",
    [
        RandomForestClassifier(25, random_state=0),
        BaggingClassifier(TREE, 25, max_features=3, random_state=0),
        ExtraTreesRegressor(25, bootstrap=True, random_state=0),
        BaggingRegressor(SMALL, 25, random_state=0),
    ],
    ids=lambda teacher: type(teacher).__name__,
)
@pytest.mark.parametrize("part", [0, 1])
def test_out_of_bag_copies_are_predicted_by_members_that_left_their_row_out(
    teacher, part
):
    y = LABELS if hasattr(teacher, "predict_proba") else VALUES
    model = distilled(teacher, cv="oob", alpha="auto")
    plan, found = predicted(model, y)
    made, source = copies_of(plan)
    rows = np.arange(N) if part == 0 else plan.selection.validation[0][0]
    values = found.privileged[part].values[N:]
    fitted = clone(teacher).fit(X[rows], y[rows])
    features = getattr(fitted, "estimators_features_", [np.arange(4)] * 25)
    total, count = np.zeros(values.shape), np.zeros(len(made))
    for member, drawn, columns in zip(
        fitted.estimators_, fitted.estimators_samples_, features, strict=True
    ):
        asked = np.isin(source, np.delete(rows, drawn))
        predict = getattr(member, "predict_proba", member.predict)
        total[asked] += predict(made[asked][:, columns])
        count[asked] += 1
    known = count > 0
    np.testing.assert_array_equal(found.privileged[part].covered[N:], known)
    expected = (total[known].T / count[known]).T
    np.testing.assert_allclose(values[known], expected, atol=1e-12)


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.filterwarnings("ignore:The .*teacher of .* is frozen|The frozen teacher")
def test_candidates_learn_from_no_copy_and_no_label_of_their_validation_fold(frozen):
    teacher = FrozenEstimator(GaussianNB().fit(U, U[:, 0] > 0)) if frozen else TREE
    splits = list(KFold(4).split(X))
    model = distilled(teacher, alpha="auto", cv=splits)

    def trained_on(y):
        plan, predictions = predicted(model, y)
        found = []
        for fold, (train, _) in enumerate(splits):
            for candidate, loss in plan.selection.candidates[1:]:
                mixed = mix_teachers(predictions, 1 + fold, 1.0)
                task, rows = make_task(plan.student, candidate, loss, mixed)
                rows = rows_of_part(plan.student, rows, train)
                found.append((fold, rows, task.targets[rows]))
        return plan.student.source, found

    source, before = trained_on(LABELS)
    assert len(before) == 8
    for number, (fold, rows, targets) in enumerate(before):
        train, test = splits[fold]
        copies = rows[rows >= N] - N
        assert len(copies) == COPIES * len(train)
        assert np.isin(source[copies], train).all()
        flipped = LABELS.copy()
        flipped[test] = 1 - flipped[test]
        np.testing.assert_array_equal(targets, trained_on(flipped)[1][number][2])


def test_students_of_parts_learn_from_copies_of_their_rows():
    parts = [(np.arange(20), np.arange(20, 60)), (np.arange(10, 60), np.arange(10))]
    model = distilled(student_cv=parts)
    plan, predictions = predicted(model)
    task, rows = make_task(
        plan.student, *plan.selection.candidates[0], mix_teachers(predictions, 0, 1.0)
    )
    for part, _ in parts:
        own = rows_of_part(plan.student, rows, part)
        expected = np.flatnonzero(np.isin(plan.student.source, part)) + N
        np.testing.assert_array_equal(own, np.append(part, expected))
        of_part = task.rows(own)
        np.testing.assert_array_equal(own[of_part.source], task.source[own])
        assert of_part.copies_of(np.array([0])).size == COPIES
    assert len(model.fit(X, LABELS).students_) == 2


def test_together_with_unlabeled_rows():
    splits = list(KFold(4).split(X))
    model = distilled(cv=splits, unlabeled_weight=0.25, store_teacher=True)
    made, source = copies_of(make_plan(model, FitInput(X, LABELS)))
    q, of_copies, of_unlabeled = np.zeros(N), np.zeros(len(made)), np.zeros(len(U))
    for train, test in splits:
        fitted = clone(TREE).fit(X[train], LABELS[train])
        q[test] = fitted.predict_proba(X[test])[:, 1]
        own = np.isin(source, test)
        of_copies[own] = fitted.predict_proba(made[own])[:, 1]
        of_unlabeled += fitted.predict_proba(U)[:, 1] / 4
    by_hand = clone(SMALL).fit(
        np.concatenate([X, made, U])[:, :2],
        np.concatenate([(q + LABELS) / 2, of_copies, of_unlabeled]),
        np.concatenate([np.ones(N + len(made)), np.full(len(U), 0.25)]),
    )
    model.fit(X, LABELS, X_unlabeled=U)
    np.testing.assert_allclose(
        model.student_.predict(U[:, :2]), by_hand.predict(U[:, :2]), atol=1e-9
    )
    np.testing.assert_allclose(
        model.teacher_predictions_unlabeled_[:, 1], of_unlabeled, atol=1e-12
    )
    without = model.set_params(unlabeled_weight=0.0)
    with pytest.warns(UserWarning, match="is not used"):
        without.fit(X, LABELS, X_unlabeled=U)
    plain = distilled(cv=splits).fit(X, LABELS)
    np.testing.assert_array_equal(without.predict_proba(U), plain.predict_proba(U))


def test_unlabeled_rows_of_the_student_s_columns_alone():
    model = distilled(store_teacher=True, privileged_weight=0.5)
    with pytest.warns(UserWarning, match="lacks columns of the teacher"):
        _, found = predicted(model, X_unlabeled=U[:, :2])
    both, regular = found.privileged[0].values, found.regular[0].values
    n_copies = COPIES * N
    assert (len(both), len(regular)) == (N + n_copies, N + n_copies + len(U))
    mixed = mix_teachers(found, 0, 0.5).values
    np.testing.assert_allclose(mixed[: len(both)], (both + regular[: len(both)]) / 2)
    np.testing.assert_array_equal(mixed[len(both) :], regular[len(both) :])


def test_auto_compares_mixtures_with_copies_to_labels_alone():
    model = distilled(alpha="auto", cv=3).fit(X, LABELS)
    np.testing.assert_array_equal(model.selection_results_["alpha"], [0.0, 0.5, 1.0])
    assert not model.selection_results_["unlabeled_weight"].any()


def test_at_alpha_zero_the_student_is_the_plain_one():
    model = distilled(student=LogisticRegression(), alpha=0.0).fit(X, LABELS)
    plain = LogisticRegression().fit(X[:, :2], LABELS)
    np.testing.assert_array_equal(model.predict_proba(U), plain.predict_proba(U[:, :2]))


def typed_frame():
    """A frame with a column of each type that estimators are given."""
    rng = np.random.default_rng(0)
    missing = rng.random(N) < 0.2
    columns = {
        "number": np.where(missing, np.nan, X[:, 0]),
        "single": X[:, 1].astype("float32"),
        "count": rng.integers(0, 30, N).astype("int16"),
        "flag": rng.random(N) < 0.4,
        "category": pd.Categorical(rng.choice(list("abcd"), N)),
        "grade": pd.Categorical(rng.choice([*"lmh", None], N), [*"lmh"], ordered=True),
        "text": rng.choice(["x", "y", None], N),
        "string": pd.array(rng.choice(["x", "y"], N), dtype="string"),
        "nullable": pd.array(np.where(missing, None, np.arange(N)), dtype="Int64"),
        "day": pd.date_range("2020", periods=N, tz="UTC"),
        "constant": 1.0,
        "nothing": np.nan,
    }
    return pd.DataFrame(columns, index=np.arange(N) + 100)


def copies(X, n_copies=COPIES):
    data = TrainingData("Distilled", X, LABELS, None, None, None)
    return perturbed_copies(data, np.arange(X.shape[1]), n_copies, None, seed=0)


def test_columns_keep_their_types_values_and_gaps():
    frame = typed_frame()
    made = copies(frame)
    source = frame.iloc[made.source].reset_index(drop=True)
    assert made.X.dtypes.equals(frame.dtypes)
    for name in frame:
        np.testing.assert_array_equal(made.X[name].isna(), source[name].isna())
        known = frame[name].dropna()
        assert made.X[name].dropna().isin(known).all()
        changed = (made.X[name] != source[name])[source[name].notna()].mean()
        fixed = name in ("constant", "nothing")
        assert np.isnan(changed) or (changed == 0.0 if fixed else changed > 0.0)


def test_arrays_and_polars_frames():
    whole = copies(np.arange(2.0 * N, dtype="float32").reshape(N, 2)).X
    assert (whole.shape, whole.dtype) == ((COPIES * N, 2), np.float32)
    letters = np.where(LABELS, "a", "b").astype(object)
    mixed = np.column_stack([X[:, :2].astype(object), letters])
    made = copies(mixed)
    assert made.X.dtype == object
    assert set(made.X[:, 2]) == {"a", "b"}
    steps = np.abs(made.X[:, 0] - mixed[made.source, 0]).astype(float)
    assert 0.0 < steps.mean() < 0.5 * X[:, 0].std()
    frame = pl.DataFrame(
        {
            "number": [1.0, None, *X[2:, 0]],
            "text": [None, *np.where(LABELS[1:], "a", "b").tolist()],
        }
    ).with_columns(pl.col("text").cast(pl.Categorical).alias("category"))
    made = copies(frame)
    assert made.X.schema == frame.schema
    for name in frame.columns:
        np.testing.assert_array_equal(
            made.X[name].is_null(), frame[name].is_null().to_numpy()[made.source]
        )


@pytest.mark.parametrize(
    "student",
    [
        CatBoostClassifier(5, cat_features=["category"], verbose=0, thread_count=1),
        XGBClassifier(n_estimators=5, enable_categorical=True, n_jobs=1),
        LGBMClassifier(n_estimators=5, min_child_samples=5, verbose=-1, n_jobs=1),
        HistGradientBoostingClassifier(max_iter=5, categorical_features=["category"]),
        make_pipeline(OneHotEncoder(), LogisticRegression()),
    ],
    ids=lambda student: type(student).__name__,
)
def test_libraries_with_categories_and_pipelines_take_the_copies(student):
    frame = typed_frame()[["number", "category", "count"]]
    features = ["number", "category"]
    if "Pipeline" in type(student).__name__:
        features = ["category", "count"]  # Values that do not occur would be refused.
    teacher = HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=5)
    model = distilled(teacher, student, student_features=features)
    model.fit(frame, np.where(LABELS, "yes", "no"))
    assert np.isfinite(model.predict_proba(frame)).all()
    model.set_params(n_jobs=2)
    again = clone(model).fit(frame, np.where(LABELS, "yes", "no"))
    expected = model.predict_proba(frame)
    np.testing.assert_array_equal(again.predict_proba(frame), expected)


@pytest.mark.parametrize("objective", ["feature", "relation"])
def test_features_and_relations_of_copies(objective):
    student = DecisionTreeRegressor(max_depth=4, random_state=0)
    model = distilled(student=student, objective=["response", objective])
    _, found = predicted(model)
    (places,) = found.privileged[0].representations
    assert len(places) == (1 + COPIES) * N
    assert np.isfinite(places).all()
    assert np.isfinite(model.fit(X, LABELS).predict_proba(U)).all()


def test_memory_serves_equal_copies(tmp_path):
    fits = []

    class Counting(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            fits.append(len(X))
            return super().fit(X, y, sample_weight)

    model = distilled(Counting(), memory=tmp_path, cv=4)
    expected = model.fit(X, LABELS).predict_proba(U)
    again = clone(model).set_params(alpha=1.0).fit(X, LABELS).set_params(alpha=0.5)
    again.fit(X, LABELS)
    assert len(fits) == 4
    np.testing.assert_array_equal(again.predict_proba(U), expected)
    assert clone(model).get_params()["n_perturbed"] == COPIES
    clone(model).set_params(n_perturbed=1).fit(X, LABELS)
    assert len(fits) == 8


def test_memory_of_a_forest_tells_copies_from_other_rows(tmp_path):
    forest = RandomForestClassifier(20, random_state=0)
    model = distilled(forest, cv="oob", memory=tmp_path)
    made, _ = copies_of(make_plan(model, FitInput(X, LABELS)))
    for params, given in (
        ({}, {}),
        ({"n_perturbed": 0}, {"X_unlabeled": made}),
        ({}, {}),
    ):
        with_memory = clone(model).set_params(**params).fit(X, LABELS, **given)
        without = clone(model).set_params(**params, memory=None)
        expected = without.fit(X, LABELS, **given).predict_proba(U)
        np.testing.assert_array_equal(with_memory.predict_proba(U), expected)


def test_what_a_student_holds_out_is_held_out_with_its_copies():
    search = GridSearchCV(DecisionTreeRegressor(), {"max_depth": [2, 3]}, cv=KFold(3))
    plan, predictions = predicted(distilled(student=search))
    task, _ = make_task(
        plan.student, *plan.selection.candidates[0], mix_teachers(predictions, 0, 1.0)
    )
    source = np.append(np.arange(N), plan.student.source)
    np.testing.assert_array_equal(task.source, source)
    for train, test in split_labeled_rows(search, task):
        assert (test < N).all()
        assert not np.isin(source[train], test).any()
        assert len(train) == (1 + COPIES) * (N - len(test))


@pytest.mark.skipif(
    not has_fit_parameter(HistGradientBoostingRegressor(), "X_val"),
    reason="needs X_val",
)
def test_early_stopping_holds_out_rows_with_their_copies():
    seen = []

    class Recording(HistGradientBoostingRegressor):
        def fit(self, X, y, sample_weight=None, *, X_val=None, **params):
            seen.append((X, X_val))
            return super().fit(X, y, sample_weight, X_val=X_val, **params)

    student = Recording(early_stopping=True, max_iter=3, random_state=0)
    distilled(student=student, student_features=None).fit(X, LABELS)
    train, held_out = seen[-1]
    assert len(held_out) == 6
    assert len(train) == (1 + COPIES) * (N - 6)


def test_a_report_trains_its_teacher_on_rows_with_labels():
    fitted = train_teacher(distilled(), X, LABELS, np.array([0, 1]), {})
    plain = clone(TREE).fit(X, LABELS)
    np.testing.assert_array_equal(fitted.predict_proba(X), plain.predict_proba(X))


BAD = [
    ({"n_perturbed": -1}, ValueError, "n_perturbed of .* at least 0; got -1"),
    ({"n_perturbed": 2.5}, TypeError, "n_perturbed of .* must be an integer"),
    ({"student": MLPRegressor(early_stopping=True)}, ValueError, "early_stopping"),
]


@pytest.mark.parametrize(("params", "error", "message"), BAD, ids=str)
def test_what_cannot_be_is_refused_before_a_teacher_is_trained(params, error, message):
    class Untouched(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            raise AssertionError("a teacher was trained")

    with pytest.raises(error, match=message):
        distilled(Untouched(), **params).fit(X, LABELS)


def test_rows_that_nobody_has_predicted_and_sparse_rows_are_refused():
    model = distilled("precomputed", n_perturbed=2)
    with pytest.raises(ValueError, match=r"n_perturbed .* 'precomputed'"):
        model.fit(X, LABELS, soft_targets=np.full(N, 0.5))
    with pytest.raises(TypeError, match=r"n_perturbed .* sparse .*toarray"):
        distilled().fit(sparse.csr_array(X), LABELS)


def test_regression_on_several_values():
    many, values = make_regression(N, 4, n_targets=2, noise=1.0, random_state=0)
    model = distilled(Ridge(), SMALL, store_teacher=True).fit(many, values)
    assert model.predict(many).shape == (N, 2)
    assert model.teacher_predictions_.shape == (N, 2)
    assert not hasattr(model, "teacher_predictions_unlabeled_")


@pytest.mark.parametrize("as_frame", [False, True])
def test_a_row_without_weight_is_as_good_as_left_out(as_frame):
    weight = np.ones(N)
    weight[::3] = 0.0
    rows = pd.DataFrame(X).assign(kind=np.where(X[:, 0] > 0, "a", "b"))
    rows = rows if as_frame else X
    kept = weight > 0.0

    def copies(rows, weight):
        data = TrainingData("model", rows, LABELS, None, None, None)
        return perturbed_copies(data, np.arange(rows.shape[1]), COPIES, weight, 0)

    given, left_out = copies(rows, weight), copies(rows[kept], None)
    np.testing.assert_array_equal(np.asarray(given.X), np.asarray(left_out.X))
    assert (given.weight == 1.0).all()
    np.testing.assert_array_equal(given.source, np.flatnonzero(kept)[left_out.source])
