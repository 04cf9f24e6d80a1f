"""Soft targets that exist already."""

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris, make_regression
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.objectives import Response

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
STUDENTS = [
    LogisticRegression(),
    DecisionTreeClassifier(max_depth=3, random_state=0),
    HistGradientBoostingClassifier(max_iter=10),
    XGBClassifier(n_estimators=10, n_jobs=1),
    LGBMClassifier(n_estimators=10, n_jobs=1, verbose=-1),
    CatBoostClassifier(iterations=10, thread_count=1, verbose=0, learning_rate=0.1),
    RandomForestClassifier(5, random_state=0),
    MLPClassifier((5,), max_iter=20, solver="lbfgs", random_state=0),
    make_pipeline(StandardScaler(), LogisticRegression()),
    ExtraTreesRegressor(5, random_state=0),
]
REGRESSORS = [
    Ridge(),
    HistGradientBoostingRegressor(max_iter=10),
    XGBRegressor(n_estimators=10, n_jobs=1),
    LGBMRegressor(n_estimators=10, n_jobs=1, verbose=-1),
    CatBoostRegressor(iterations=10, thread_count=1, verbose=0, learning_rate=0.1),
    ExtraTreesRegressor(5, random_state=0),
]
TREE = DecisionTreeClassifier(max_depth=3, random_state=0)


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(150)
    labels = np.array(["setosa", "versicolor", "virginica"])
    return X[order], labels[y[order]]


@pytest.fixture(scope="module")
def soft(iris):
    X, y = iris
    return (
        DistilledClassifier(TREE, LogisticRegression(), store_teacher=True, cv=KFold(5))
        .fit(X, y)
        .teacher_predictions_
    )


@pytest.mark.parametrize("student", STUDENTS, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_the_teachers_own_predictions_give_the_same_student(iris, soft, student, alpha):
    X, y = iris
    settings = {"student_features": [0, 1], "alpha": alpha, "random_state": 0}
    trained = DistilledClassifier(TREE, student, cv=KFold(5), **settings).fit(X, y)
    given = DistilledClassifier("precomputed", student, **settings)
    given.fit(X, y, soft_targets=soft)
    np.testing.assert_array_equal(
        given.predict_proba(X[:, :2]), trained.predict_proba(X[:, :2])
    )


def test_frames_name_the_classes_in_any_order(iris, soft):
    X, y = iris
    model = DistilledClassifier("precomputed", LogisticRegression())
    expected = model.fit(X, y, soft_targets=soft).predict_proba(X)
    named = pd.DataFrame(soft, columns=["setosa", "versicolor", "virginica"])
    named = named[["virginica", "setosa", "versicolor"]]
    np.testing.assert_array_equal(
        model.fit(X, y, soft_targets=named).predict_proba(X), expected
    )
    with pytest.raises(ValueError, match="must name the classes"):
        model.fit(X, y, soft_targets=named.rename(columns={"setosa": "rose"}))


def test_one_column_is_the_second_of_two_classes(iris, soft):
    X, y = iris
    two = y != "setosa"
    X, y, second = X[two], y[two], soft[two, 2] / soft[two, 1:].sum(axis=1)
    model = DistilledClassifier("precomputed", LogisticRegression())
    expected = model.fit(X, y, soft_targets=np.column_stack([1 - second, second]))
    expected = expected.predict_proba(X)
    got = model.fit(X, y, soft_targets=second).predict_proba(X)
    np.testing.assert_array_equal(got, expected)


def test_rows_without_soft_targets_learn_from_their_labels(iris, soft):
    X, y = iris
    some = soft.copy()
    some[::3] = np.nan
    hard = soft.copy()
    hard[::3] = (y[:, None] == np.unique(y))[::3]
    model = DistilledClassifier("precomputed", LogisticRegression(), alpha=0.7)
    expected = model.fit(X, y, soft_targets=hard).predict_proba(X)
    got = model.fit(X, y, soft_targets=some).predict_proba(X)
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_labels_are_not_needed_where_soft_targets_are_all_there_is(iris, soft):
    X, _ = iris
    named = pd.DataFrame(soft, columns=["setosa", "versicolor", "virginica"])
    model = DistilledClassifier("precomputed", LogisticRegression(), alpha=1.0)
    model.fit(X, None, soft_targets=named)
    assert model.classes_.tolist() == list(named.columns)
    assert (model.predict(X) == named.columns[soft.argmax(axis=1)]).mean() > 0.9
    with pytest.raises(ValueError, match=r"y of .* is None, but alpha is 0.5"):
        model.set_params(alpha=0.5).fit(X, None, soft_targets=named)


@pytest.mark.parametrize("student", STUDENTS, ids=lambda s: type(s).__name__)
def test_without_labels_a_row_of_nan_is_no_row(iris, soft, student):
    X, _ = iris
    known = np.arange(len(X)) % 3 > 0
    some = np.where(known[:, None], soft, np.nan)
    model = DistilledClassifier("precomputed", student, alpha=1.0, random_state=0)
    expected = model.fit(X[known], None, soft_targets=some[known]).predict_proba(X)
    got = model.fit(X, None, soft_targets=some).predict_proba(X)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("student", STUDENTS, ids=lambda s: type(s).__name__)
def test_without_labels_a_class_that_is_nowhere_most_probable_is_one(
    iris, soft, student
):
    X, _ = iris
    rare = np.column_stack([soft[:, 0], 0.6 * soft[:, 1:].sum(axis=1), soft[:, 2]])
    rare[:, 2] = 1.0 - rare[:, :2].sum(axis=1)
    assert not (rare.argmax(axis=1) == 2).any()
    named = pd.DataFrame(rare, columns=["setosa", "versicolor", "virginica"])
    model = DistilledClassifier("precomputed", student, alpha=1.0, random_state=0)
    model.fit(X, None, soft_targets=named)
    assert model.classes_.tolist() == list(named.columns)
    assert model.predict_proba(X)[:, 2].mean() == pytest.approx(0.27, abs=0.1)


@pytest.mark.parametrize("often", [0, 1, 2])
def test_without_labels_classes_share_no_row(iris, often):
    X, _ = iris
    shares = np.tile(np.roll([0.6, 0.2, 0.2], often), (len(X), 1))
    shares[7] = [0.34, 0.33, 0.33]  # The only class, or two, have their largest share.
    named = pd.DataFrame(shares, columns=["setosa", "versicolor", "virginica"])
    model = DistilledClassifier("precomputed", LogisticRegression(), alpha=1.0)
    model.fit(X, None, soft_targets=named)
    assert model.classes_.tolist() == list(named.columns)
    assert model.predict_proba(X).mean(axis=0) == pytest.approx(shares[0], abs=0.1)


@pytest.mark.parametrize(
    "objective", [Response(calibrate=True), Response(correction=0.1)], ids=str
)
def test_what_compares_with_labels_needs_them(iris, soft, objective):
    X, _ = iris
    model = DistilledClassifier(
        "precomputed", GaussianNB(), alpha=1.0, objective=objective
    )
    with pytest.raises(ValueError, match=r"compares soft targets with labels"):
        model.fit(X, None, soft_targets=soft)


@pytest.mark.parametrize("student", REGRESSORS, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_the_teachers_own_values_give_the_same_student(student, alpha):
    X, y = make_regression(100, 4, noise=5.0, random_state=0)
    settings = {"student_features": [0, 1], "alpha": alpha, "random_state": 0}
    tree = DecisionTreeRegressor(max_depth=4, random_state=0)
    teacher = DistilledRegressor(tree, student, store_teacher=True, **settings)
    expected = teacher.fit(X, y).predict(X[:, :2])
    given = DistilledRegressor("precomputed", student, **settings)
    given.fit(X, y, soft_targets=teacher.teacher_predictions_)
    np.testing.assert_array_equal(given.predict(X[:, :2]), expected)


def test_values_need_no_labels():
    X, y = make_regression(100, 4, noise=5.0, random_state=0)
    model = DistilledRegressor("precomputed", Ridge(), alpha=1.0)
    known = np.arange(100) % 3 > 0
    expected = model.fit(X[known], None, soft_targets=y[known]).predict(X)
    some = np.where(known, y, np.nan)
    got = model.fit(X, None, soft_targets=pd.DataFrame({"y": some})).predict(X)
    np.testing.assert_array_equal(got, expected)
    both = np.column_stack([y, -y])
    model.fit(X, None, soft_targets=both)
    assert model.predict(X).shape == (100, 2)


def test_rows_without_labels_have_their_own(iris, soft):
    X, y = iris
    exact = LogisticRegression(tol=1e-8, max_iter=1000)
    model = DistilledClassifier("precomputed", exact, alpha=1.0)
    whole = model.fit(X, y, soft_targets=soft).predict_proba(X)
    model.fit(
        X[:90],
        y[:90],
        soft_targets=soft[:90],
        X_unlabeled=X[90:],
        soft_targets_unlabeled=soft[90:],
    )
    np.testing.assert_allclose(model.predict_proba(X), whole, atol=1e-4)
    with pytest.raises(ValueError, match=r"soft_targets_unlabeled .* go together"):
        model.fit(X[:90], y[:90], soft_targets=soft[:90], X_unlabeled=X[90:])


def test_rows_without_labels_may_lack_them(iris, soft):
    X, y = iris
    model = DistilledClassifier("precomputed", LogisticRegression())
    given = {"soft_targets": soft[:90]}
    some = np.where(np.arange(60)[:, None] < 20, np.nan, soft[90:])
    model.fit(X[:90], y[:90], X_unlabeled=X[90:], soft_targets_unlabeled=some, **given)
    got = model.predict_proba(X)
    model.fit(
        X[:90],
        y[:90],
        X_unlabeled=X[110:],
        soft_targets_unlabeled=soft[110:],
        **given,
    )
    np.testing.assert_array_equal(model.predict_proba(X), got)


@pytest.mark.parametrize(
    "params",
    [
        {"student_cv": 3},
        {"objective": Response(temperature=2.0), "alpha": 1.0},
        {"student_cv": "same"},
        {"objective": Response(correction=0.1)},
        {"objective": Response(calibrate=True)},
    ],
    ids=str,
)
def test_settings_mean_what_they_always_mean(iris, soft, params):
    X, y = iris
    weight = np.linspace(0.1, 1.0, len(y))
    trained = DistilledClassifier(TREE, LogisticRegression(), cv=KFold(5), **params)
    weighted = clone(trained).set_params(store_teacher=True)
    weighted.fit(X, y, sample_weight=weight)
    given = clone(trained).set_params(teacher="precomputed")
    given.fit(X, y, sample_weight=weight, soft_targets=weighted.teacher_predictions_)
    np.testing.assert_array_equal(given.predict_proba(X), weighted.predict_proba(X))


def test_votes_count_by_their_number(iris):
    """A row of two votes that weighs two is two rows with a label each."""
    X, y = iris
    X, y = X[y != "setosa"], y[y != "setosa"]
    votes = np.random.default_rng(0).integers(1, 4, (len(y), 2))
    total = votes.sum(axis=1)
    model = DistilledClassifier(
        "precomputed", LogisticRegression(tol=1e-8), alpha=1.0
    ).fit(X, y, sample_weight=total, soft_targets=votes / total[:, None])
    opinions = np.repeat(["versicolor", "virginica"], votes.sum(axis=0))
    rows = np.concatenate([np.repeat(np.arange(len(y)), votes[:, k]) for k in (0, 1)])
    single = LogisticRegression(tol=1e-8).fit(X[rows], opinions)
    np.testing.assert_allclose(
        model.predict_proba(X), single.predict_proba(X), atol=1e-4
    )


@pytest.mark.parametrize("groups", [None, np.arange(150) // 3], ids=["rows", "groups"])
def test_auto_warns_that_it_cannot_know_what_they_have_seen(iris, soft, groups):
    X, y = iris
    model = DistilledClassifier("precomputed", GaussianNB(), alpha="auto")
    with pytest.warns(UserWarning, match="must be out of fold"):
        model.fit(X, y, soft_targets=soft, groups=groups)
    assert model.alpha_ in (0.0, 0.5, 1.0)
    assert np.isfinite(model.selection_results_["loss"]).all()


@pytest.mark.parametrize("frame", [False, True])
def test_cross_validation_and_searches_split_them_along(iris, soft, frame):
    X, y = iris
    if frame:
        soft = pd.DataFrame(soft, columns=["setosa", "versicolor", "virginica"])
        soft = soft[["virginica", "setosa", "versicolor"]]
    model = DistilledClassifier("precomputed", LogisticRegression())
    expected = []
    for train, test in KFold(3).split(X):
        part = soft.iloc[train] if frame else soft[train]
        fitted = clone(model).fit(X[train], y[train], soft_targets=part)
        expected.append(fitted.score(X[test], y[test]))
    given = {"soft_targets": soft}
    scores = cross_val_score(model, X, y, cv=KFold(3), params=given)
    np.testing.assert_array_equal(scores, expected)
    plain = GridSearchCV(model, {"alpha": [0.5]}, cv=KFold(3)).fit(X, y, **given)
    with config_context(enable_metadata_routing=True):
        routed = clone(model).set_fit_request(soft_targets=True)
        search = GridSearchCV(routed, {"alpha": [0.5]}, cv=KFold(3))
        search.fit(X, y, **given)
    for each in (plain, search):
        assert each.best_score_ == pytest.approx(np.mean(expected))
    step = make_pipeline(StandardScaler(), model)
    step.fit(X, y, distilledclassifier__soft_targets=soft)
    assert step.score(X, y) > 0.9


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda P: P[:-1], "must be of shape"),
        (lambda P: P[:, :2], "must be of shape"),
        (lambda P: 5.0 * P, "counts of votes"),
        (lambda P: P - 0.5, "not be negative"),
        (lambda P: np.where(np.arange(3) == 1, np.nan, P), "some values are NaN"),
        (lambda P: np.full_like(P, np.nan), "NaN on every row"),
        (lambda P: np.array(["a", "b", "c"])[P.argmax(axis=1)], "no labels: could not"),
    ],
)
def test_what_is_no_soft_target_is_refused(iris, soft, given, message):
    model = DistilledClassifier("precomputed", LogisticRegression())
    with pytest.raises(ValueError, match=message):
        model.fit(*iris, soft_targets=given(soft))


@pytest.mark.parametrize(
    ("params", "fit", "message"),
    [
        ({}, {}, "so fit needs its predictions"),
        ({"teacher": GaussianNB()}, {"soft_targets": 1}, "Set teacher='precomputed'"),
        ({"student": None}, {"soft_targets": 1}, "student of .* must be given"),
        ({"privileged_weight": 0.5}, {"soft_targets": 1}, "the teacher is precomputed"),
        ({"cv": "oob"}, {"soft_targets": 1}, "no members that leave rows out"),
        ({"objective": "feature"}, {"soft_targets": 1}, "asks a fitted teacher for"),
        ({"objective": "relation"}, {"soft_targets": 1}, "asks a fitted teacher for"),
    ],
)
def test_what_does_not_go_together_is_refused(iris, params, fit, message):
    model = DistilledClassifier(
        "precomputed", LogisticRegression(), student_features=[0, 1]
    ).set_params(**params)
    with pytest.raises(ValueError, match=message):
        model.fit(*iris, **fit)
