"""Estimators that are trained in blocks, towards a target that changes."""

import pickle

import numpy as np
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPRegressor

from skdistill.mutual.blocks import Round, block_trainer_for
from skdistill.objectives import Response
from skdistill.students import fit_student
from skdistill.students._bins import quantize_to_bins

# What LightGBM before 4.7 makes of arrays.
pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")

CAT = {"thread_count": 1, "verbose": 0, "allow_writing_files": False}
# CatBoost draws at random by default, anew in each block.
PLAIN_CAT = {**CAT, "random_strength": 0, "bootstrap_type": "No", "learning_rate": 0.1}


def xgboost(**params):
    module = pytest.importorskip("xgboost")
    return module.XGBClassifier(n_jobs=1, n_estimators=12, **params)


def catboost(**params):
    module = pytest.importorskip("catboost")
    return module.CatBoostClassifier(iterations=12, **{**PLAIN_CAT, **params})


def lightgbm(**params):
    module = pytest.importorskip("lightgbm")
    return module.LGBMClassifier(
        n_jobs=1, n_estimators=12, verbose=-1, min_child_samples=5, **params
    )


def regressor(make, **params):
    classifier = make(**params)
    module = pytest.importorskip(type(classifier).__module__.partition(".")[0])
    name = type(classifier).__name__.replace("Classifier", "Regressor")
    params = classifier.get_params()
    params.pop("objective", None)
    return getattr(module, name)(**params)


def histogram(**params):
    return HistGradientBoostingClassifier(max_iter=12, min_samples_leaf=5, **params)


def boosting(**params):
    return GradientBoostingClassifier(n_estimators=12, random_state=0, **params)


CLASSIFIERS = [xgboost, catboost, lightgbm, histogram, boosting]


@pytest.fixture(scope="module", params=[2, 3], ids=["two", "three"])
def labelled(request):
    return make_classification(
        n_samples=150,
        n_features=5,
        n_informative=4,
        n_redundant=0,
        n_classes=request.param,
        flip_y=0.1,
        random_state=0,
    )


def make_task(y, values, alpha, weight=None, objective=None):
    objective = objective or Response()
    if values is None or values.ndim == 2:
        classes, codes = np.unique(y, return_inverse=True)
        loss = objective.loss("classification", alpha, len(classes))
        return objective.task(loss, values, codes, classes, weight)
    return objective.task(
        objective.loss("regression", alpha, 1), values, y, None, weight
    )


def train_in_blocks(
    estimator, X, y, predicted, n_rounds=4, alpha=0.5, weight=None, objective=None
):
    """Train in rounds; `predicted` is the target from the second one on."""
    loss = make_task(y, predicted, alpha, weight, objective).loss
    trainer, model = block_trainer_for(estimator, loss, X), None
    for number in range(n_rounds):
        current = Round(number, n_rounds)
        task = make_task(y, predicted, alpha if number else 0.0, weight, objective)
        model = trainer.train_block(estimator, model, X, task, current)
    return trainer.finish(estimator, model, X, task)


def _given_params(estimator):
    """Parameters but what fit sets in XGBoost's classifier, and NaN."""
    params = estimator.get_params()
    return {k: v for k, v in params.items() if k not in ("objective", "missing")}


def hard(y):
    return np.eye(y.max() + 1)[y]


def smooth(X, k):
    """Return probabilities that have little to do with the labels."""
    values = np.column_stack([expit(2.0 * X[:, i]) for i in range(k)]) + 0.05
    return values / values.sum(axis=1, keepdims=True)


def test_each_block_is_as_large_as_all_before_it():
    shares = [Round(i, 4).block(80) for i in range(4)]
    assert shares == [(0, 10), (10, 20), (20, 40), (40, 80)]
    shares = [Round(i, 4).block(3) for i in range(4)]
    assert shares == [(0, 1), (1, 1), (1, 1), (1, 3)]
    assert Round(0, 1).block(7) == (0, 7)


@pytest.mark.parametrize("make", CLASSIFIERS)
def test_blocks_on_labels_are_one_training(make, labelled):
    X, y = labelled
    estimator = make()
    trained = train_in_blocks(estimator, X, y, hard(y)).predict_proba(X)
    if make is catboost and y.max() > 1:
        # One against the rest, as its adapter trains on probabilities.
        task = make_task(y, hard(y), 0.5)
        alone = fit_student(clone(estimator), X, task).predict_proba(X)
    else:
        alone = clone(estimator).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(trained, alone, atol=2e-6)


@pytest.mark.parametrize("make", CLASSIFIERS)
def test_blocks_move_towards_the_predictions(make, labelled):
    X, y = labelled
    target = smooth(X, y.max() + 1)

    def distance(model):
        p = np.clip(model.predict_proba(X), 1e-12, None)
        return np.mean(np.sum(target * np.log(target / p), axis=1))

    # Several times as many trees as the first block has: it must get over that one.
    count = "max_iter" if make is histogram else "n_estimators"
    estimator = make()
    estimator.set_params(**{"iterations" if make is catboost else count: 60})
    trained = train_in_blocks(estimator, X, y, target, n_rounds=6, alpha=1.0)
    alone = clone(estimator).fit(X, y)
    assert distance(trained) < 0.2 * distance(alone)


@pytest.mark.parametrize("make", CLASSIFIERS)
def test_classifiers_trained_in_blocks_are_plain_objects(make, labelled, tmp_path):
    X, codes = labelled
    y = np.array(["no", "yes", "zz"])[codes]
    estimator = make()
    before = estimator.get_params()
    before.pop("missing", None)
    trained = train_in_blocks(estimator, X, y, smooth(X, codes.max() + 1))
    assert estimator.get_params().items() >= before.items()
    assert type(trained) is type(estimator)
    assert _given_params(trained) == _given_params(estimator)
    expected = trained.predict_proba(X)
    np.testing.assert_allclose(expected.sum(axis=1), 1.0, atol=1e-6)
    again = pickle.loads(pickle.dumps(trained))
    np.testing.assert_array_equal(again.predict_proba(X), expected)
    if make is xgboost:
        trained.save_model(tmp_path / "model.json")
        loaded = type(trained)()
        loaded.load_model(tmp_path / "model.json")
        np.testing.assert_array_equal(loaded.predict_proba(X), expected)
        assert trained.n_classes_ == codes.max() + 1
        assert trained.get_booster().num_boosted_rounds() == 12
    elif make is catboost:
        trained.save_model(tmp_path / "model.cbm")
        loaded = type(trained)().load_model(tmp_path / "model.cbm")
        np.testing.assert_array_equal(loaded.predict_proba(X), expected)
        assert loaded.classes_.tolist() == np.unique(y).tolist()
        assert trained.tree_count_ == 12
    elif make is lightgbm:
        module = pytest.importorskip("lightgbm")
        text = trained.booster_.model_to_string()
        loaded = module.Booster(model_str=text).predict(X)
        loaded = np.column_stack([1 - loaded, loaded]) if loaded.ndim == 1 else loaded
        np.testing.assert_allclose(loaded, expected, atol=1e-12)
        assert trained.n_estimators_ == 12
    if make is not xgboost:
        assert trained.classes_.tolist() == np.unique(y).tolist()


@pytest.mark.parametrize("make", CLASSIFIERS)
def test_weights_reach_every_block(make, labelled):
    X, y = labelled
    keep = np.arange(len(y)) % 3 > 0
    # What has no weight says the opposite.
    values = smooth(X, y.max() + 1)
    values[~keep] = values[~keep][:, ::-1]
    y = np.where(keep, y, y.max() - y)
    weighted = train_in_blocks(make(), X, y, values, weight=keep.astype(float))
    chosen = train_in_blocks(make(), X[keep], y[keep], values[keep])
    whole = train_in_blocks(make(), X, y, values)
    to_chosen, to_whole = (
        np.abs(weighted.predict_proba(X) - model.predict_proba(X)).mean()
        for model in (chosen, whole)
    )
    assert to_chosen < 0.6 * to_whole


@pytest.mark.parametrize("make", [xgboost, catboost, lightgbm])
def test_boosted_regressors_continue_from_where_they_were(make):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 3))
    y = X[:, 0] + 5.0
    estimator = regressor(make)
    trained = train_in_blocks(estimator, X, y, y)
    np.testing.assert_allclose(
        trained.predict(X), clone(estimator).fit(X, y).predict(X), atol=1e-5
    )
    assert type(trained) is type(estimator)
    assert _given_params(trained) == _given_params(estimator)
    predicted = 5.0 - X[:, 1]
    estimator.set_params(**{"iterations" if make is catboost else "n_estimators": 100})
    trained = train_in_blocks(estimator, X, y, predicted, n_rounds=5, alpha=1.0)
    assert np.mean((trained.predict(X) - predicted) ** 2) < 0.05


@pytest.mark.parametrize(
    "estimator",
    [
        HistGradientBoostingRegressor(max_iter=12, min_samples_leaf=5),
        GradientBoostingRegressor(n_estimators=12, random_state=0),
        RandomForestRegressor(12, random_state=0),
    ],
)
def test_regressors_of_scikit_learn(estimator):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    y = X[:, 0] + 5.0
    trained = train_in_blocks(estimator, X, y, y)
    alone = clone(estimator).fit(X, y)
    np.testing.assert_allclose(trained.predict(X), alone.predict(X), atol=1e-6)
    assert trained.get_params() == estimator.get_params()
    predicted = train_in_blocks(estimator, X, y, -y, alpha=1.0)
    assert np.mean(predicted.predict(X)) < np.mean(alone.predict(X)) - 2.0


def test_trees_of_a_forest_learn_the_target_of_their_round(labelled):
    X, y = labelled
    target = smooth(X, y.max() + 1)
    forest = ExtraTreesClassifier(8, bootstrap=False, random_state=0)
    trained = train_in_blocks(forest, X, y, target, n_rounds=4, alpha=1.0)
    assert len(trained.estimators_) == 8
    early, late = trained.estimators_[0], trained.estimators_[-1]
    np.testing.assert_array_equal(early.predict_proba(X), hard(y))
    np.testing.assert_allclose(late.predict_proba(X), target, atol=1e-3)


def test_few_values_are_the_same_to_a_tree():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=500), rng.integers(5, size=500)])
    X[::9, 0] = np.nan
    X[0, 1] = np.nan
    few = quantize_to_bins(X, 20, None)
    assert len(np.unique(few[~np.isnan(few[:, 0]), 0])) == 20
    np.testing.assert_array_equal(few[:, 1], X[:, 1])
    np.testing.assert_array_equal(np.isnan(few), np.isnan(X))
    y = np.nan_to_num(X[:, 0]) > 0.3
    model = HistGradientBoostingClassifier(max_bins=20, max_iter=5).fit(few, y)
    np.testing.assert_array_equal(model.predict_proba(few), model.predict_proba(X))
    # Rows without weight are in nobody's way.
    weight = (X[:, 0] > 0).astype(float)
    left = np.unique(quantize_to_bins(X, 20, weight)[:, 0])
    assert left[0] > 0


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_few_values_of_frames(library):
    module = pytest.importorskip(library)
    values = np.arange(100.0)
    kinds = ["a", "b"] * 50
    X = module.DataFrame({"x": values, "kind": kinds, "n": [1, 2, 3, 4] * 25})
    few = quantize_to_bins(X, 10, None)
    assert type(few) is type(X)
    assert list(few.columns) == ["x", "kind", "n"]
    assert list(few["kind"]) == kinds
    assert len(np.unique(np.asarray(few["x"]))) == 10
    np.testing.assert_array_equal(np.asarray(X["x"]), values)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_few_values_leave_categories_what_they_are(library):
    module = pytest.importorskip(library)
    codes = np.random.default_rng(0).integers(40, size=500)
    if library == "pandas":
        kinds = {"number": module.Categorical(codes / 2)}
    else:
        texts = codes.astype(str)
        enum = module.Enum(np.unique(texts))
        kinds = {
            "text": module.Series(texts, dtype=module.Categorical),
            "listed": module.Series(texts, dtype=enum),
        }
    X = module.DataFrame(kinds | {"x": np.arange(500.0)})
    few = quantize_to_bins(X, 20, np.ones(500))
    for name in kinds:
        assert few[name].dtype == X[name].dtype
        assert few[name].to_list() == X[name].to_list()
    assert len(np.unique(np.asarray(few["x"]))) == 20


def test_few_values_of_frames_without_names():
    pd = pytest.importorskip("pandas")
    values = np.random.default_rng(0).normal(size=(50, 2))
    few = quantize_to_bins(pd.DataFrame(values), 10, None)
    assert list(few.columns) == [0, 1]
    np.testing.assert_array_equal(few, quantize_to_bins(values, 10, None))


def test_bins_stay_the_same_on_many_values():
    # More distinct values than bins, where quantiles of weighted copies matter.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1200, 2))
    y = (X[:, 0] + rng.normal(size=1200) > 0).astype(int)
    estimator = HistGradientBoostingClassifier(max_iter=6, max_leaf_nodes=4)
    values = np.column_stack([1 - expit(X[:, 0]), expit(X[:, 0])])
    trained = train_in_blocks(estimator, X, y, values, n_rounds=3, alpha=0.7)
    fitted = clone(estimator).fit(X, y).predict_proba(X)
    assert np.abs(trained.predict_proba(X) - fitted).mean() < 0.05


@pytest.mark.parametrize("make", [xgboost, catboost, lightgbm, histogram])
def test_class_weights_are_kept(make, labelled):
    X, y = labelled
    if y.max() > 1 and make is xgboost:
        pytest.skip("XGBoost weighs two classes only")
    params = {"class_weight": {0: 1.0, 1: 8.0, **({2: 1.0} if y.max() > 1 else {})}}
    if make is xgboost:
        params = {"scale_pos_weight": 8.0}
    elif make is catboost:
        params = {"class_weights": tuple(params["class_weight"].values())}
    trained = train_in_blocks(make(**params), X, y, hard(y))
    plain = train_in_blocks(make(), X, y, hard(y))
    assert trained.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean()
    if make is not catboost or y.max() == 1:
        alone = make(**params).fit(X, y)
        np.testing.assert_allclose(
            trained.predict_proba(X), alone.predict_proba(X), atol=1e-5
        )


@pytest.mark.parametrize("name", ["num_iterations", "n_iter", "max_iter"])
def test_trees_and_seeds_of_lightgbm_by_other_names(name, labelled):
    X, y = labelled
    sampled = {"subsample": 0.5, "subsample_freq": 1}
    target = smooth(X, y.max() + 1)
    expected = train_in_blocks(lightgbm(random_state=3, **sampled), X, y, target)
    estimator = lightgbm(seed=3, **sampled, **{name: 12}).set_params(n_estimators=50)
    trained = train_in_blocks(estimator, X, y, target)
    assert trained.n_estimators_ == 12
    assert trained.get_params() == estimator.get_params()
    np.testing.assert_allclose(trained.predict_proba(X), expected.predict_proba(X))


@pytest.mark.parametrize("make", [xgboost, lightgbm])
def test_gradients_have_the_temperature(make, labelled):
    X, y = labelled
    estimator = make()
    block_trainer = block_trainer_for(
        estimator, Response(3.0).loss("classification", 0.5, 2), X
    )
    assert block_trainer.name == "continued_training"
    target = smooth(X, y.max() + 1)
    estimator.set_params(n_estimators=60)
    trained = train_in_blocks(
        estimator, X, y, target, alpha=1.0, n_rounds=6, objective=Response(3.0)
    )
    assert np.abs(trained.predict_proba(X) - target).mean() < 0.06


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: LogisticRegression(), "has no blocks"),
        (lambda: RandomForestClassifier(oob_score=True), "out of bag of copies"),
        (lambda: RandomForestClassifier(class_weight="balanced"), "counts rows"),
        (lambda: HistGradientBoostingClassifier(early_stopping=True), "validates"),
        (lambda: GradientBoostingClassifier(n_iter_no_change=3), "validates"),
        (lambda: lightgbm(boosting_type="dart"), "drops trees"),
        (lambda: xgboost(booster="dart"), "drops trees"),
        (lambda: catboost(eval_fraction=0.2), "validates"),
        (lambda: pytest.importorskip("xgboost").XGBRFClassifier(), "one round"),
    ],
)
def test_others_are_refitted(make, reason):
    loss = Response().loss("classification", 0.5, 2)
    assert block_trainer_for(make(), loss, None).name == "refit", reason


def test_only_gradients_continue_at_a_temperature():
    loss = Response(2.0).loss("classification", 1.0, 2)
    assert block_trainer_for(histogram(), loss, None).name == "refit"
    assert block_trainer_for(catboost(), loss, None).name == "refit"


@pytest.mark.filterwarnings("ignore:.*:sklearn.exceptions.ConvergenceWarning")
def test_epochs_continue_from_the_weights():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    network = MLPRegressor(
        hidden_layer_sizes=(4,),
        activation="identity",
        batch_size=20,
        learning_rate_init=0.01,
        max_iter=100,
        tol=1e-7,
        random_state=0,
    )
    trained = train_in_blocks(network, X, X[:, 0], -X[:, 1], n_rounds=5, alpha=1.0)
    assert np.mean((trained.predict(X) + X[:, 1]) ** 2) < 0.05
    # The first block has learnt the values, the others the predictions.
    assert len(trained.loss_curve_) > 20
    assert trained.get_params() == network.get_params()


@pytest.mark.filterwarnings("ignore:.*:sklearn.exceptions.ConvergenceWarning")
def test_epochs_of_a_classifier(labelled):
    X, y = labelled
    target = smooth(X, y.max() + 1)
    line = SGDClassifier(loss="log_loss", alpha=0.01, max_iter=50, random_state=0)
    assert (
        block_trainer_for(line, make_task(y, target, 0.5).loss, X).name == "warm_start"
    )
    trained = train_in_blocks(line, X, y, target, n_rounds=5, alpha=1.0)
    alone = clone(line).fit(X, y)
    error = [np.abs(m.predict_proba(X) - target).mean() for m in (trained, alone)]
    assert error[0] < 0.6 * error[1]


def test_catboost_continues_where_categories_are_one_hot():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=200), np.arange(200) % 4]).astype(object)
    X[:, 1] = [f"c{number}" for number in X[:, 1]]
    y = (np.arange(200) % 4 < 2).astype(int)
    loss = make_task(y, hard(y), 0.5).loss
    few = catboost(cat_features=(1,), one_hot_max_size=4)
    assert block_trainer_for(few, loss, X).name == "continued_training"
    # Statistics of a target cannot be joined with those of another one.
    assert block_trainer_for(catboost(cat_features=(1,)), loss, X).name == "refit"
    few.set_params(cat_features=[1])
    trained = train_in_blocks(few, X, y, hard(y))
    assert trained.score(X, y) == 1.0
    assert trained.tree_count_ == 12


@pytest.mark.parametrize("k", [1, 2, 3])
def test_histograms_continue_as_by_their_own_warm_start(k):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 3)).round(1)
    y = (X[:, 0] + rng.normal(size=150) > 0).astype(int) + (k == 3) * (X[:, 1] > 1)
    target = smooth(X, k) if k > 1 else X[:, 2]
    y = y if k > 1 else X[:, 0]
    estimator = histogram()
    if k == 1:
        estimator = HistGradientBoostingRegressor(max_iter=12, min_samples_leaf=5)
    trained = train_in_blocks(estimator, X, y, target, alpha=1.0)
    plain = clone(estimator).set_params(warm_start=True)
    for number in range(4):
        task = make_task(y, target, 1.0 if number else 0.0)
        plain.set_params(max_iter=Round(number, 4).block(12)[1])
        plain = fit_student(plain, X, task)
    method = "predict_proba" if k > 1 else "predict"
    np.testing.assert_allclose(
        getattr(trained, method)(X), getattr(plain, method)(X), atol=1e-6
    )
    assert trained.get_params() == estimator.get_params()
    assert trained.n_iter_ == 12
