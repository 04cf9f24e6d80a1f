"""Rows without labels: the teachers predict them, and the student learns from them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from lightgbm import LGBMClassifier
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RepeatedKFold,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.input._preparation import FitInput
from skdistill.objectives import Response
from skdistill.offline._planning import make_plan
from skdistill.offline._teachers import Teachers
from skdistill.selection._shift import tell_apart
from skdistill.teachers._crossfit import ExecutionConfig

N = 120
COLUMNS = ["age", "stage", "lab_a", "lab_b"]
REGULAR = ["age", "stage"]


@pytest.fixture(scope="module")
def rows():
    X, y = make_classification(
        400, 4, n_informative=4, n_redundant=0, flip_y=0.1, random_state=0
    )
    return X[:N], y[:N], X[N:]


def frame(X):
    return pd.DataFrame(X, columns=COLUMNS)


def fold_teachers(teacher, X, y, splits, U):
    """Out-of-fold predictions for X, and the mean of all fold teachers for U."""
    q, of_unlabeled = np.zeros(len(y)), []
    for train, test in splits:
        model = clone(teacher).fit(X[train], y[train])
        predict = getattr(model, "predict_proba", model.predict)
        predicted = [predict(part) for part in (X[test], U)]
        q[test], mean = (p[:, 1] if p.ndim == 2 else p for p in predicted)
        of_unlabeled.append(mean)
    return q, np.mean(of_unlabeled, axis=0)


def test_the_target_is_the_mean_of_all_fold_teachers(rows):
    X, y, U = rows
    splits = list(KFold(4).split(X))
    teacher = DecisionTreeClassifier(max_depth=3, random_state=0)
    student = DecisionTreeRegressor(max_depth=5, random_state=0)
    q, q_unlabeled = fold_teachers(teacher, X, y, splits, U)
    by_hand = clone(student).fit(
        np.concatenate([X, U])[:, :2], np.concatenate([(q + y) / 2.0, q_unlabeled])
    )
    model = DistilledClassifier(
        teacher, student, student_features=[0, 1], cv=splits, store_teacher=True
    ).fit(X, y, X_unlabeled=U)
    np.testing.assert_allclose(
        model.student_.predict(U[:, :2]), by_hand.predict(U[:, :2]), atol=1e-9
    )
    np.testing.assert_allclose(model.teacher_predictions_[:, 1], q)
    np.testing.assert_allclose(model.teacher_predictions_unlabeled_[:, 1], q_unlabeled)


def test_weights_of_rows_with_and_without_values():
    X, y = make_regression(300, 4, noise=5.0, random_state=0)
    X, y, U = X[:100], y[:100], X[100:]
    splits = list(KFold(4).split(X))
    rng = np.random.default_rng(0)
    weight, of_unlabeled = rng.uniform(size=100), rng.uniform(size=200)
    q, q_unlabeled = np.zeros(100), []
    for train, test in splits:
        teacher = Ridge().fit(X[train], y[train], sample_weight=weight[train])
        q[test] = teacher.predict(X[test])
        q_unlabeled.append(teacher.predict(U))
    by_hand = Ridge().fit(
        np.concatenate([X, U])[:, :2],
        np.concatenate([0.3 * q + 0.7 * y, np.mean(q_unlabeled, axis=0)]),
        sample_weight=np.concatenate([weight, 0.2 * of_unlabeled]),
    )
    model = DistilledRegressor(
        Ridge(), student_features=[0, 1], alpha=0.3, unlabeled_weight=0.2, cv=splits
    ).fit(
        X,
        y,
        sample_weight=weight,
        X_unlabeled=U,
        sample_weight_unlabeled=of_unlabeled,
    )
    np.testing.assert_allclose(
        model.predict(U[:, :2]), by_hand.predict(U[:, :2]), atol=1e-9
    )


def test_frames_are_aligned_by_name(rows):
    X, y, U = rows
    given = frame(U)[REGULAR]
    model = DistilledClassifier(
        GaussianNB(), LogisticRegression(), student_features=REGULAR
    )
    expected = model.fit(frame(X), y, X_unlabeled=frame(U)).predict_proba(given)
    shuffled = frame(U)[COLUMNS[::-1]].assign(note="seen at night")
    got = model.fit(frame(X), y, X_unlabeled=shuffled).predict_proba(given)
    np.testing.assert_array_equal(got, expected)
    of_polars = model.fit(
        pl.DataFrame(X, schema=COLUMNS), y, X_unlabeled=pl.DataFrame(U, schema=COLUMNS)
    )
    np.testing.assert_allclose(
        of_polars.predict_proba(pl.DataFrame(U[:, :2], schema=REGULAR)), expected
    )


def test_rows_without_privileged_columns_are_predicted_by_the_regular_teacher(rows):
    X, y, U = rows
    splits = list(KFold(4).split(X))
    teacher = DecisionTreeClassifier(max_depth=3, random_state=0)
    model = DistilledClassifier(
        teacher, LogisticRegression(), student_features=[0, 1], cv=splits,
        store_teacher=True,
    )  # fmt: skip
    with pytest.warns(UserWarning, match="lacks columns of the teacher.* can harm"):
        model.fit(X, y, X_unlabeled=U[:, :2])
    q, _ = fold_teachers(teacher, X, y, splits, U)
    _, by_regular = fold_teachers(teacher, X[:, :2], y, splits, U[:, :2])
    np.testing.assert_allclose(model.teacher_predictions_[:, 1], q)
    np.testing.assert_allclose(model.teacher_predictions_unlabeled_[:, 1], by_regular)


def test_rows_of_x_are_left_out(rows):
    X, y, U = rows
    everything = np.concatenate([U[:50], X, U[50:]])
    for make in (np.asarray, sparse.csr_array, frame):
        model = DistilledClassifier(
            LogisticRegression(), LogisticRegression(), student_features=[0, 1]
        )
        expected = clone(model).fit(make(X), y, X_unlabeled=make(U)).student_.coef_
        with pytest.warns(UserWarning, match=r"120 of 400 rows .* equal rows of X"):
            model.fit(make(X), y, X_unlabeled=make(everything))
        np.testing.assert_allclose(model.student_.coef_, expected)


def test_a_content_that_x_has_once_is_left_out_once():
    X = np.repeat(np.arange(4.0), 10)[:, None]
    y = np.resize([0, 1], 40)
    U = np.repeat(np.arange(4.0), 25)[:, None]
    model = DistilledClassifier(GaussianNB(), LogisticRegression(), store_teacher=True)
    with pytest.warns(UserWarning, match="40 of 100 rows"):
        model.fit(X, y, X_unlabeled=U)
    assert len(model.teacher_predictions_unlabeled_) == 60


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_no_held_out_label_reaches_a_target_of_its_candidates(rows, share, monkeypatch):
    # As of many rows, where two of five folds are left out together.
    monkeypatch.setattr("skdistill.input._splits._MANY_ROWS", 0)
    X, y, U = rows
    model = DistilledClassifier(
        DecisionTreeClassifier(max_depth=3, random_state=0),
        LogisticRegression(),
        student_features=[0, 1],
        alpha="auto",
        privileged_weight=share,
        cv=list(KFold(5).split(X)),
    )

    def plan_and_targets(y):
        plan = make_plan(model, FitInput(X, y, X_unlabeled=U))
        teachers = Teachers(plan.teacher, ExecutionConfig())
        predictions = teachers.predict(range(1 + len(plan.teacher.held_out)))
        return plan, (predictions.privileged, predictions.regular)

    plan, plain = plan_and_targets(y)
    assert len(plan.teacher.held_out) == 2
    for part, (_, test) in enumerate(plan.teacher.held_out):
        flipped = y.copy()
        flipped[test] = 1 - y[test]
        for before, after in zip(plain, plan_and_targets(flipped)[1], strict=True):
            if before is None:
                continue
            known = before[1 + part].covered
            np.testing.assert_array_equal(
                before[1 + part].values[known], after[1 + part].values[known]
            )
            assert known[N:].all() and not known[test].any()
            # The test would see it: the other parts do change.
            assert (before[0].values[N:] != after[0].values[N:]).any()


def test_without_a_teacher_the_student_is_the_plain_one(rows):
    X, y, U = rows
    model = DistilledClassifier(GaussianNB(), LogisticRegression(), alpha=0.0)
    with pytest.warns(UserWarning, match="it is not used"):
        model.fit(X, y, X_unlabeled=U)
    plain = LogisticRegression().fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(U), plain.predict_proba(U))
    assert model.unlabeled_weight_ == 0.0


@pytest.mark.parametrize("n_unlabeled", [50, 280])
@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_auto_compares_with_and_without(rows, temperature, n_unlabeled):
    """Many rows without labels come with the alpha nearest one half, if learnable."""
    X, y, U = rows
    assert 50 < len(X) < len(U) == 280
    U = U[:n_unlabeled]
    model = DistilledClassifier(
        GaussianNB(),
        LogisticRegression(),
        student_features=[0, 1],
        objective=Response(temperature),
        alpha="auto",
    ).fit(X, y, X_unlabeled=U)
    tried = model.selection_results_
    pairs = set(zip(tried["alpha"], tried["unlabeled_weight"], strict=True))
    expected = {(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (0.5, 1.0), (1.0, 1.0)}
    if temperature != 1.0:
        expected = {(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)}
    elif n_unlabeled == 280:
        expected -= {(1.0, 1.0)}
    assert pairs == expected
    assert (model.alpha_, model.unlabeled_weight_) in pairs


@pytest.mark.parametrize(
    "params",
    [
        {"cv": RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)},
        {"cv": GroupKFold(4)},
        {"cv": TimeSeriesSplit(5)},
        {"student_cv": "same"},
        {"student_cv": 3, "alpha": "auto"},
        {"cv": "oob", "teacher": RandomForestClassifier(60, random_state=0)},
        {"cv": "oob", "teacher": RandomForestClassifier(60, random_state=0),
         "alpha": "auto"},
        {"objective": ["response", "feature"], "teacher": DecisionTreeClassifier(),
         "student": DecisionTreeRegressor(max_depth=5)},
    ],
    ids=str,
)  # fmt: skip
def test_any_splitter_route_and_objective(rows, params):
    X, y, U = rows
    fit = {}
    if isinstance(params.get("cv"), GroupKFold):
        fit["groups"] = np.arange(N) // 4
    settings = {"teacher": GaussianNB(), "student": LogisticRegression()} | params
    model = DistilledClassifier(
        **settings, student_features=[0, 1], store_teacher=True, random_state=0
    )
    model.fit(X, y, X_unlabeled=U, **fit)
    if model.unlabeled_weight_:
        assert np.isfinite(model.teacher_predictions_unlabeled_).all()
    np.testing.assert_allclose(model.predict_proba(U[:, :2]).sum(axis=1), 1.0)
    model.set_params(n_jobs=2)
    again = clone(model).fit(X, y, X_unlabeled=U, **fit)
    np.testing.assert_array_equal(again.predict_proba(U), model.predict_proba(U))


def test_a_forest_predicts_them_with_all_of_its_trees(rows):
    X, y, U = rows
    teacher = RandomForestClassifier(60, random_state=0)
    model = DistilledClassifier(
        teacher, LogisticRegression(), cv="oob", store_teacher=True
    ).fit(X, y, X_unlabeled=U)
    np.testing.assert_allclose(
        model.teacher_predictions_unlabeled_, teacher.fit(X, y).predict_proba(U)
    )


def test_a_frozen_teacher_predicts_them(rows):
    X, y, U = rows
    frozen = FrozenEstimator(GaussianNB().fit(X, y))
    model = DistilledClassifier(
        frozen, LogisticRegression(), student_features=[0, 1], store_teacher=True
    )
    with pytest.warns(UserWarning, match="frozen"):
        model.fit(X, y, X_unlabeled=U)
    np.testing.assert_allclose(
        model.teacher_predictions_unlabeled_, frozen.predict_proba(U)
    )
    with pytest.raises(ValueError, match=r"X_unlabeled .* lacks columns .* frozen"):
        model.fit(X, y, X_unlabeled=U[:, :2])


def test_memory_keeps_their_predictions(rows, tmp_path):
    X, y, U = rows
    fits = []

    class Counting(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            fits.append(len(X))
            return super().fit(X, y, sample_weight)

    model = DistilledClassifier(Counting(), LogisticRegression(), memory=tmp_path)
    expected = model.fit(X, y, X_unlabeled=U).predict_proba(U)
    n_fits = len(fits)
    np.testing.assert_array_equal(
        model.fit(X, y, X_unlabeled=U).predict_proba(U), expected
    )
    assert len(fits) == n_fits
    model.fit(X, y, X_unlabeled=U[:-1])
    assert len(fits) == 2 * n_fits


def test_each_fold_teacher_is_asked_for_each_row_once(rows):
    X, y, U = rows
    asked = []

    class Counting(GaussianNB):
        def predict_proba(self, X):
            asked.append(len(X))
            return super().predict_proba(X)

    DistilledClassifier(Counting(), LogisticRegression(), cv=4).fit(X, y, X_unlabeled=U)
    assert sum(asked) == len(X) + 4 * len(U)


def test_categories_that_x_lacks_count_as_missing(rows):
    X, y, U = rows
    X, U = (
        frame(part).assign(stage=pd.Categorical(np.digitize(part[:, 1], [-1, 0, 1])))
        for part in (X, U)
    )
    kept = X["stage"] != 3
    model = DistilledClassifier(
        HistGradientBoostingClassifier(max_iter=5), student_features=REGULAR
    )
    X = X[kept].assign(stage=X["stage"][kept].cat.remove_unused_categories())
    with pytest.warns(UserWarning, match=r"that X lacks: 'stage' \(1, such as '3'\)"):
        model.fit(X, y[kept], X_unlabeled=U)
    assert np.isfinite(model.predict_proba(X)).all()


def test_polars_columns_take_the_types_that_they_have_in_x(rows):
    X, y, U = rows
    stages = [pl.Enum(["0", "1", "2", "3"]), pl.Enum(["3", "2", "1", "0", "4"])]
    X, U = (
        pl.DataFrame(part, schema=COLUMNS).with_columns(
            stage=pl.Series(np.digitize(part[:, 1], [-1, 0, 1])).cast(str).cast(stage)
        )
        for part, stage in zip((X, U), stages, strict=True)
    )
    model = DistilledClassifier(
        HistGradientBoostingClassifier(max_iter=5), student_features=REGULAR
    )
    expected = model.fit(X, y, X_unlabeled=U.cast({"stage": stages[0]}))
    expected = expected.predict_proba(X)
    U = U.with_columns(pl.col("age").round())
    of_numbers = [
        model.fit(X, y, X_unlabeled=U.cast({"age": dtype})).predict_proba(X)
        for dtype in (pl.Float64, pl.Int32)
    ]
    np.testing.assert_array_equal(*of_numbers)
    unknown = U.with_columns(stage=pl.lit("4").cast(stages[1]))
    with pytest.warns(UserWarning, match=r"that X lacks: 'stage' \(1, such as '4'\)"):
        model.fit(X, y, X_unlabeled=unknown)
    with pytest.raises(TypeError, match=r"dataframe of polars.*got one of pandas"):
        model.fit(X, y, X_unlabeled=U.to_pandas())


@pytest.mark.parametrize("library", [pd, pl])
@pytest.mark.parametrize(
    ("of_x", "given", "message"),
    [
        (
            [True, False],
            ["True", "False"],
            "beside False and True|not supported|failed",
        ),
        ([True, False], [1.0, 2.0], "beside False and True|beside 0 and 1"),
        (["1", "2"], [1, 2], "it has numbers"),
        ([1, 2], ["1", "two"], "parse|invalid literal|failed"),
    ],
)
def test_no_value_is_converted_to_another(rows, of_x, given, message, library):
    X, U = (
        library.DataFrame({"age": part[:, 0], "lab": np.resize(values, len(part))})
        for part, values in zip(rows[::2], (of_x, given), strict=True)
    )
    model = DistilledClassifier(
        HistGradientBoostingClassifier(max_iter=5), student_features=["age"]
    )
    with pytest.raises(ValueError, match=f"(?s)'lab' .*({message})"):
        model.fit(X, rows[1], X_unlabeled=U)


def test_missing_flags_are_no_flags(rows):
    X, y, U = rows
    X, U = (frame(part).assign(stage=part[:, 1] > 0) for part in (X, U))
    U["stage"] = U["stage"].astype(object).where(U["age"] > 0, None)
    model = DistilledClassifier(GaussianNB(), student_features=REGULAR)
    with pytest.raises(ValueError, match=r"'stage' .*beside False and True"):
        model.fit(X, y, X_unlabeled=U)


@pytest.mark.parametrize(
    "names",
    [
        range(4),
        pd.MultiIndex.from_product([["a", "b"], ["c", "d"]]),
        ["self", "a b", "U", "0"],
    ],
    ids=["numbers", "levels", "words"],
)
def test_columns_of_a_frame_may_have_any_names(rows, names):
    X, y, U = (
        pd.DataFrame(part, columns=names) if part.ndim == 2 else part for part in rows
    )
    X[names[0]], U[names[0]] = X[names[0]] > 0, (U[names[0]] > 0).astype(int)
    model = DistilledClassifier(GaussianNB(), student_features=[0, 1])
    expected = model.fit(X, y, X_unlabeled=U).predict_proba(X)
    model.fit(X, y, X_unlabeled=U[U.columns[::-1]])
    np.testing.assert_array_equal(model.predict_proba(X), expected)


def test_flags_may_be_numbers_of_0_and_1(rows):
    """Below flags, such a column would be one of objects, which LightGBM refuses."""
    X, y, U = rows
    X, U = (frame(part).assign(stage=part[:, 1] > 0) for part in (X, U))
    model = DistilledClassifier(
        GaussianNB(),
        LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1),
        student_features=REGULAR,
    )
    expected = model.fit(X, y, X_unlabeled=U).predict_proba(X)
    model.fit(X, y, X_unlabeled=U.astype({"stage": float}))
    np.testing.assert_array_equal(model.predict_proba(X), expected)


BAD = [
    (np.zeros((5, 3)), {}, ValueError, "has 3 columns"),
    (np.zeros((0, 4)), {}, ValueError, "minimum of 1"),
    (frame(np.zeros((5, 4))), {}, TypeError, "is a dataframe, but X is a ndarray"),
    (sparse.csr_array(np.zeros((5, 4))), {}, TypeError, "both sparse"),
    (np.zeros((5, 4)), {"sample_weight_unlabeled": -np.ones(5)}, ValueError,
     "must not be negative"),
    (np.zeros((5, 4)), {"sample_weight_unlabeled": np.ones(4)}, ValueError,
     "one weight for each of the 5"),
    (None, {"sample_weight_unlabeled": np.ones(4)}, ValueError, "without X_unlabeled"),
]  # fmt: skip


@pytest.mark.parametrize(("U", "fit", "error", "message"), BAD)
def test_bad_arrays_are_refused_before_a_teacher_is_trained(
    rows, U, fit, error, message
):
    class Untouched(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            raise AssertionError("a teacher was trained")

    model = DistilledClassifier(
        Untouched(), LogisticRegression(), student_features=[0, 1]
    )
    with pytest.raises(error, match=message):
        model.fit(*rows[:2], X_unlabeled=U, **fit)


@pytest.mark.parametrize(
    ("U", "error", "message"),
    [
        (np.zeros((5, 4)), TypeError, "must be a dataframe"),
        (frame(np.zeros((5, 4))).drop(columns="age"), ValueError, r"lacks .*'age'"),
        (frame(np.zeros((5, 4))).assign(relapse=1), ValueError, "'relapse'.*name of y"),
        (frame(np.zeros((0, 4))), ValueError, "has no rows"),
        (frame(np.zeros((5, 4))).assign(age="old"), ValueError, "'age'"),
        (frame(np.zeros((5, 4)))[[*COLUMNS, "age"]], ValueError, "once: .'age'"),
    ],
)
def test_bad_frames_are_refused(rows, U, error, message):
    X, y, _ = rows
    model = DistilledClassifier(
        GaussianNB(), LogisticRegression(), student_features=REGULAR
    )
    with pytest.raises(error, match=message):
        model.fit(frame(X), pd.Series(y, name="relapse"), X_unlabeled=U)


def test_as_many_rows_as_x_are_cut_along_by_searches_not_unnoticed(rows):
    X, y, U = rows
    model = DistilledClassifier(GaussianNB(), LogisticRegression())
    with pytest.warns(UserWarning, match="as many rows as X"):
        model.fit(X, y, X_unlabeled=U[:N])


def test_cross_validation_and_searches_pass_them_on(rows):
    X, y, U = rows
    model = DistilledClassifier(
        GaussianNB(), DecisionTreeRegressor(max_depth=4), student_features=[0, 1]
    )
    plain = cross_val_score(model, X, y, cv=3)
    with config_context(enable_metadata_routing=True):
        routed = clone(model).set_fit_request(X_unlabeled=True)
        with_them = cross_val_score(routed, X, y, cv=3, params={"X_unlabeled": U})
        search = GridSearchCV(routed, {"student__max_depth": [2, 4]}, cv=3)
        search.fit(X, y, X_unlabeled=U)
        assert search.best_estimator_.unlabeled_weight_ == 1.0
        pipeline = make_pipeline(StandardScaler(), clone(routed))
        pipeline.set_params(transform_input=["X_unlabeled"])
        pipeline.fit(X, y, X_unlabeled=U)
        scaler, distilled = (step for _, step in pipeline.steps)
        by_hand = clone(model).fit(
            scaler.transform(X), y, X_unlabeled=scaler.transform(U)
        )
        np.testing.assert_allclose(
            distilled.predict_proba(U[:, :2]), by_hand.predict_proba(U[:, :2])
        )
    assert (with_them != plain).any()


def test_a_few_labels_and_many_rows_beat_the_labels_alone():
    X, y = make_classification(
        3000, 8, n_informative=6, n_redundant=0, shuffle=False, flip_y=0.05,
        class_sep=0.8, random_state=1,
    )  # fmt: skip
    rng = np.random.default_rng(0)
    order = rng.permutation(3000)
    train, unlabeled, test = np.split(order, [150, 1500])
    regular = [0, 1, 2, 6]
    scores = {}
    for name, fit in (("with", {"X_unlabeled": X[unlabeled]}), ("without", {})):
        model = DistilledClassifier(
            HistGradientBoostingClassifier(max_iter=50, min_samples_leaf=5),
            student_features=regular,
            random_state=0,
        ).fit(X[train], y[train], **fit)
        scores[name] = model.score(X[test], y[test])
    assert scores["with"] > scores["without"] + 0.01


@pytest.mark.parametrize("make", [np.asarray, frame, sparse.csr_array])
def test_rows_that_differ_from_those_with_labels_are_told_apart(rows, make):
    X, _, U = rows
    alike = tell_apart(make(np.concatenate([X, U])), N)
    apart = tell_apart(make(np.concatenate([X, U + 2.0])), N)
    assert alike < 0.65 and apart > 0.9
    assert np.isnan(tell_apart(make(X), N - 5))


def test_text_and_categories_are_told_apart():
    table = pd.DataFrame(
        {
            "ward": np.repeat(["north", "south"], 40),
            "stage": pd.Categorical(np.repeat(["a", None], 40)),
        }
    )
    assert tell_apart(table, 40) == 1.0


def test_fit_says_whether_they_are_like_the_others(rows, capsys):
    X, y, U = rows
    model = DistilledClassifier(GaussianNB(), LogisticRegression(), verbose=1)
    model.fit(X, y, X_unlabeled=U + 5.0)
    assert "need not hold where the others are" in capsys.readouterr().out


@pytest.mark.parametrize(("n_unlabeled", "n_parts"), [(10, 5), (940, 2)])
def test_with_many_rows_folds_are_left_out_together(rows, n_unlabeled, n_parts):
    X, y, _ = rows
    U = np.random.default_rng(1).normal(size=(n_unlabeled, X.shape[1]))
    model = DistilledClassifier(
        GaussianNB(), LogisticRegression(), student_features=[0, 1], alpha="auto", cv=5
    )
    plan = make_plan(model, FitInput(X[:60], y[:60], X_unlabeled=U))
    assert len(plan.selection.validation) == n_parts
    # Rows that lack the teacher's columns are in no mixture, and do not count.
    with pytest.warns(UserWarning, match="not used"):
        plan = make_plan(model, FitInput(X[:60], y[:60], X_unlabeled=U[:, :2]))
    assert len(plan.selection.validation) == 5


def test_rows_without_weight_do_not_count(rows):
    X, y, U = rows
    model = DistilledClassifier(
        GaussianNB(), LogisticRegression(), student_features=[0, 1], alpha="auto"
    )

    def tried(weight, weight_unlabeled, n_unlabeled=280):
        given = {"sample_weight": weight, "sample_weight_unlabeled": weight_unlabeled}
        given["X_unlabeled"] = U[:n_unlabeled]
        plan = make_plan(model, FitInput(X, y, **given))
        return [candidate for candidate, _ in plan.selection.candidates]

    half = (np.arange(280) < 50) * 1.0
    assert tried(None, half) == tried(None, None, 50) != tried(None, None)
    labelled = (np.arange(N) % 4 == 0) * 1.0
    assert tried(labelled, None, 50) == tried(None, None)
