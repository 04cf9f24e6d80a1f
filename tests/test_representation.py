"""What a teacher's representation is, for every kind of teacher."""

import numpy as np
import pytest
from catboost import CatBoostClassifier
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.distance import pdist
from scipy.special import softmax
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from skdistill.teachers._reduction import Reduction
from skdistill.teachers._representation import Units, check_representation, represent

X, Y = make_classification(
    120, 6, n_informative=4, n_redundant=0, n_classes=3, random_state=0
)
QUIET = {"verbose": 0, "allow_writing_files": False, "thread_count": 1}
FOREST = RandomForestClassifier(5, max_depth=3, random_state=0)

pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("activation", ["identity", "relu", "tanh", "logistic"])
def test_hidden_units_are_what_the_last_layer_sees(activation):
    model = MLPClassifier((7, 5), activation=activation, max_iter=20, random_state=0)
    model.fit(X, Y)
    units = represent(model, X)
    assert not units.coded
    scores = units.values @ model.coefs_[-1] + model.intercepts_[-1]
    assert_allclose(softmax(scores, axis=1), model.predict_proba(X), atol=1e-6)
    sides = represent(model, X, match="boundary").values
    assert set(np.unique(sides)) <= {-1.0, 1.0}
    centre = 0.5 if activation == "logistic" else 0.0
    assert_array_equal(sides > 0, units.values > centre)


def test_leaves_of_forests_and_boosters():
    forest = FOREST.fit(X, Y)
    assert_array_equal(represent(forest, X).values, forest.apply(X))
    for model, n_trees in [
        (DecisionTreeClassifier(max_depth=2), 1),
        (GradientBoostingClassifier(n_estimators=4), 12),
        (XGBClassifier(n_estimators=4, n_jobs=1), 12),
        (CatBoostClassifier(iterations=4, **QUIET), 4),
    ]:
        units = represent(model.fit(X, Y), X)
        assert units.coded
        assert units.values.shape == (120, n_trees)


def test_leaves_of_rows_of_a_frame():
    frame = pytest.importorskip("pandas").DataFrame(X).add_prefix("x")
    for model in (FOREST, GradientBoostingClassifier(n_estimators=4, random_state=0)):
        expected = represent(model.fit(X, Y), X).values
        got = represent(model.fit(frame, Y), frame).values  # Without a warning.
        assert_array_equal(got, expected)


def test_leaves_of_lightgbm():
    lightgbm = pytest.importorskip("lightgbm")
    model = lightgbm.LGBMClassifier(n_estimators=4, n_jobs=1, verbose=-1).fit(X, Y)
    units = represent(model, X)
    assert units.coded
    assert units.values.shape == (120, 12)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_values_of_leaves_add_up_to_the_score(n_classes):
    model = HistGradientBoostingClassifier(max_iter=6)
    model.fit(X, np.minimum(Y, n_classes - 1))
    values = represent(model, X).values
    per_class = values.reshape(120, 6, -1).sum(axis=1)
    assert_allclose(np.squeeze(per_class), model.decision_function(X))
    regressor = HistGradientBoostingRegressor(max_iter=6).fit(X, Y)
    assert_allclose(represent(regressor, X).values.sum(axis=1), regressor.predict(X))


def test_sides_of_splits():
    forest = FOREST.fit(X, Y)
    sides = represent(forest, X, match="boundary").values
    assert_array_equal(sides.sum(axis=1).ravel() > 5, True)
    model = CatBoostClassifier(iterations=4, depth=3, **QUIET).fit(X, Y)
    bits = represent(model, X, match="boundary").values.reshape(120, 4, 3) > 0
    assert_array_equal((bits * [1, 2, 4]).sum(axis=2), model.calc_leaf_indexes(X))


def test_pipelines_searches_and_frozen_teachers():
    scaled = StandardScaler().fit_transform(X)
    linear = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    assert_allclose(represent(linear, X).values, scaled)
    forest = make_pipeline(StandardScaler(), FOREST).fit(X, Y)
    assert_array_equal(represent(forest, X).values, forest[-1].apply(scaled))
    search = GridSearchCV(FOREST, {"max_depth": [2]}, cv=2).fit(X, Y)
    expected = search.best_estimator_.apply(X)
    assert_array_equal(represent(search, X).values, expected)
    assert_array_equal(represent(FrozenEstimator(search), X).values, expected)


def test_decision_values_of_linear_models():
    model = LogisticRegression().fit(X, Y)
    assert_array_equal(represent(model, X).values, model.decision_function(X))
    ridge = Ridge().fit(X, Y)
    assert_array_equal(represent(ridge, X).values[:, 0], ridge.predict(X))


def first_two(teacher, X):
    return X[:, :2]


def test_a_callable_is_asked():
    assert_array_equal(represent(None, X, first_two).values, X[:, :2])
    sides = represent(None, X, first_two, "boundary").values
    assert_array_equal(sides, np.sign(X[:, :2]))


def one_row_short(teacher, X):
    return X[1:]


def flat(teacher, X):
    return X[:, 0]


def missing(teacher, X):
    return np.where(X > 0, np.nan, X)


def words(teacher, X):
    return [["a"]] * len(X)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (one_row_short, r"shape \(120, n_units\).*its shape is \(119, 6\)"),
        (flat, r"its shape is \(120,\)"),
        (missing, "representation missing returned NaN or infinite"),
        (words, "representation words must return a numeric array"),
    ],
)
def test_a_callable_that_answers_nonsense(function, message):
    with pytest.raises(ValueError, match=message):
        represent(None, X, function)


@pytest.mark.parametrize(
    ("teacher", "representation", "match", "message"),
    [
        (GaussianNB(), "auto", "values", "a GaussianNB has none that is known"),
        (make_pipeline(GaussianNB()), "auto", "values", "that ends in GaussianNB"),
        (XGBClassifier(booster="gblinear"), "auto", "values", "XGBClassifier has none"),
        (XGBClassifier(), "auto", "boundary", "Use match='values'"),
        (LogisticRegression(), "auto", "boundary", "not known for a LogisticRegress"),
        (
            CatBoostClassifier(grow_policy="Lossguide"),
            "auto",
            "boundary",
            "symmetric trees; grow_policy of the teacher is 'Lossguide'",
        ),
        (FOREST, "leaves", "values", "must be 'auto' or a callable"),
        (FOREST, None, "values", "must be 'auto' or a callable"),
    ],
)
def test_teachers_without_a_representation(teacher, representation, match, message):
    with pytest.raises(ValueError, match=message):
        check_representation(teacher, representation, match, "Feature")


def test_enough_dimensions_keep_all_distances():
    reduce = Reduction(Units(X), 6)
    assert_allclose(pdist(reduce(Units(X))), pdist(X))
    assert_allclose(reduce(Units(X)).mean(axis=0), 0.0, atol=1e-12)


def test_fewer_dimensions_keep_what_varies_most():
    wide = X * [10.0, 10.0, 0.1, 0.1, 0.1, 0.1]
    reduced = Reduction(Units(wide), 2)(Units(wide))
    assert_allclose(pdist(reduced), pdist(wide[:, :2]), rtol=0.1)


def test_missing_dimensions_are_zeros():
    reduced = Reduction(Units(X[:, :2]), 5)(Units(X[:, :2]))
    assert reduced.shape == (120, 5)
    assert not reduced[:, 2:].any()


@pytest.mark.parametrize("coded", [True, False])
@pytest.mark.parametrize("n_components", [2, 50])
def test_a_weight_is_a_repetition(coded, n_components):
    values = FOREST.fit(X, Y).apply(X) if coded else X
    weight = np.random.default_rng(0).integers(0, 3, size=120)
    weighted = Reduction(Units(values, coded), n_components, weight.astype(float))
    repeated = Reduction(Units(np.repeat(values, weight, axis=0), coded), n_components)
    asked = Units(values, coded)
    common = min(n_components, 8)  # Beyond, some directions have no variance.
    assert_allclose(weighted(asked)[:, :common], repeated(asked)[:, :common], atol=1e-9)


def test_a_leaf_that_no_anchor_reached_is_no_dimension():
    reduce = Reduction(Units(np.array([[1, 1], [2, 1], [2, 3]]), coded=True), 2)
    assert np.isfinite(reduce(Units(np.array([[7, 1]]), coded=True))).all()
