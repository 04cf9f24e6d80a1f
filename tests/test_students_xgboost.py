"""XGBoost students: the loss is minimised, and what is left is plain XGBoost."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from xgboost import DMatrix, XGBClassifier, XGBRegressor, XGBRFClassifier
from xgboost.callback import EarlyStopping, LearningRateScheduler

from skdistill import DistilledClassifier
from skdistill.students._one_vs_rest import one_vs_rest_to_softmax
from skdistill.students._task import Loss, StudentTask
from skdistill.students._xgboost import (
    PRIOR_PER_CLASS,
    XGBoostAdapter,
    _train_softmax,
    adopt_model,
)

ADAPTER = XGBoostAdapter()
_LOGISTIC = "binary:logistic"


def by_gradient(given, X, task):
    """Train more than two classes by the gradient of the softmax."""
    return adopt_model(given, _train_softmax(given, X, task))


class Derived(XGBClassifier):
    """A user's own class."""


def student(**params):
    return XGBClassifier(
        **{"n_estimators": 10, "max_depth": 3, "n_jobs": 1, "random_state": 0, **params}
    )


def make_data(n_classes, n_samples=400, seed=0):
    """Rows, the probabilities they come with, and labels drawn from these."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, 5)).astype(np.float32)
    slopes = np.random.default_rng(7).normal(size=(5, n_classes))
    q = softmax(1.5 * X @ slopes - 0.4 * np.arange(n_classes), axis=1)
    labels = (q.cumsum(axis=1) < rng.random((n_samples, 1))).sum(axis=1)
    labels[:n_classes] = np.arange(n_classes)
    return X, q, labels


def make_task(q, labels, alpha=1.0, temperature=1.0, **other):
    n_classes = q.shape[1]
    return StudentTask(
        loss=Loss("classification", alpha, n_classes, temperature=temperature),
        targets=alpha * q + (1 - alpha) * np.eye(n_classes)[labels],
        responses=q,
        labels=labels,
        classes=np.arange(n_classes),
        **other,
    )


def labels_only(labels, n_classes, **other):
    """The task whose soft targets are the labels themselves."""
    return make_task(np.eye(n_classes)[labels], labels, **other)


def two_term_loss(z, task):
    T, alpha = task.loss.temperature, task.loss.alpha
    tempered = task.responses ** (1 / T)
    tempered /= tempered.sum(axis=1, keepdims=True)
    soft = -(tempered * log_softmax(z / T, axis=1)).sum(axis=1).mean()
    hard = -log_softmax(z, axis=1)[np.arange(len(z)), task.labels].mean()
    return alpha * T**2 * soft + (1 - alpha) * hard


def scores(fitted, X):
    return np.log(fitted.predict_proba(X).astype(np.float64))


def from_margin(plain, X, margin):
    """Probabilities of a model that was trained from an initial margin."""
    # Not XGBClassifier.predict_proba, which adds the margin wrongly for dart.
    raw = plain.get_booster().predict(
        DMatrix(X, base_margin=margin, enable_categorical=True), output_margin=True
    )
    return softmax(raw, axis=1)


def divergence(q, p):
    return (q * (np.log(q) - np.log(p))).sum(axis=1).mean()


@pytest.mark.parametrize(
    ("n_classes", "temperature", "route"),
    [
        (2, 1.0, "logistic"),
        (2, 2.0, "logistic_gradient"),
        (3, 1.0, "one_vs_rest" if PRIOR_PER_CLASS else "softmax_gradient"),
        (3, 2.0, "softmax_gradient"),
    ],
)
@pytest.mark.parametrize("cls", [XGBClassifier, Derived])
def test_route(cls, n_classes, temperature, route):
    loss = Loss("classification", 0.5, n_classes, temperature=temperature)
    assert ADAPTER.route(cls(), loss) == route


@pytest.mark.parametrize(
    "given",
    [
        XGBRFClassifier(),
        XGBClassifier(booster="gblinear"),
        XGBClassifier(multi_strategy="multi_output_tree"),
    ],
    ids=["forest", "linear", "vector leaves"],
)
def test_what_has_no_tree_a_class_and_round_takes_the_gradient(given):
    loss = Loss("classification", 0.5, 3)
    assert ADAPTER.route(given, loss) == "softmax_gradient"


@pytest.mark.skipif(not PRIOR_PER_CLASS, reason="XGBoost before 3.1")
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"booster": "dart", "rate_drop": 0.5},
        {"num_parallel_tree": 2, "subsample": 0.8},
        {"base_score": 0.2},
        {"objective": "multi:softmax"},
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_one_against_the_rest_is_a_softmax_of_the_librarys_own_loss(params, weighted):
    X, q, labels = make_data(4)
    weight = np.random.default_rng(1).uniform(0.5, 2, len(X)) if weighted else None
    task = make_task(q, labels, sample_weight=weight)
    soft = ADAPTER.fit_soft(student(**params), X, task)
    own = XGBRegressor(**{**student(**params).get_params(), "objective": _LOGISTIC})
    raw = own.fit(X, q, sample_weight=weight).predict(X, output_margin=True)
    scale, shift = one_vs_rest_to_softmax(raw)
    expected = softmax(scale * raw + shift, axis=1)
    assert_allclose(soft.predict_proba(X), expected, atol=1e-5)
    assert_array_equal(soft.predict(X), expected.argmax(axis=1))
    own = 1 / (1 + np.exp(-raw))
    own /= own.sum(axis=1, keepdims=True)
    assert np.abs(expected - own).max() < 0.15
    assert divergence(q, expected) < 0.5 * divergence(q, q.mean(axis=0))


def test_many_classes_have_numbers_of_two_bytes():
    X, q, labels = make_data(300)
    soft = ADAPTER.fit_soft(student(n_estimators=2), X, make_task(q, labels))
    assert_allclose(soft.predict_proba(X).sum(axis=1), 1.0, atol=1e-5)
    assert divergence(q, soft.predict_proba(X)) < divergence(q, q.mean(axis=0))


@pytest.mark.parametrize(
    ("params", "n_classes", "temperature", "message"),
    [
        ({"objective": "reg:squarederror"}, 2, 1.0, "objective of the student XGBCl"),
        ({"objective": "binary:hinge"}, 3, 1.0, "'multi:softprob', .*'binary:hinge'"),
        (
            {"objective": "multi:softprob"},
            2,
            1.0,
            "'binary:logistic', .* 2 classes",
        ),
        ({"objective": np.subtract}, 3, 1.0, "got <ufunc 'subtract'>. Leave it at"),
        ({"early_stopping_rounds": 5}, 2, 1.0, "early_stopping_rounds .* eval_set"),
        (
            {"callbacks": [EarlyStopping(rounds=3)]},
            3,
            1.0,
            "callbacks of .* without EarlyStopping",
        ),
        ({"scale_pos_weight": 3.0}, 2, 2.0, "scale_pos_weight .* temperature 2.*3.0"),
    ],
)
def test_what_cannot_be_exact_is_refused_before_training(
    params, n_classes, temperature, message
):
    loss = Loss("classification", 0.5, n_classes, temperature=temperature)
    with pytest.raises(ValueError, match=message):
        ADAPTER.route(XGBClassifier(**params), loss)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"subsample": 0.6, "colsample_bytree": 0.7},
        {"booster": "dart", "rate_drop": 0.5},
        {"num_parallel_tree": 3, "subsample": 0.8},
        {"tree_method": "approx"},
        {"base_score": 0.3},
        {"missing": 0.5},
        {"callbacks": [LearningRateScheduler(lambda round_: 0.5 / (1 + round_))]},
        {"lambda": 50.0},
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_two_classes_on_labels_are_plain_xgboost(params, weighted):
    X, _, labels = make_data(2)
    X[::7, 1] = 0.5
    weight = np.random.default_rng(1).uniform(0.5, 2, len(X)) if weighted else None
    plain = student(**params).fit(X, labels, sample_weight=weight)
    task = labels_only(labels, 2, sample_weight=weight)
    soft = ADAPTER.fit_soft(student(**params), X, task)
    assert_allclose(soft.predict_proba(X), plain.predict_proba(X), atol=1e-6)
    assert soft.get_params() == plain.get_params()


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"subsample": 0.6, "colsample_bytree": 0.7},
        {"booster": "dart", "rate_drop": 0.9},
        {"num_parallel_tree": 3, "subsample": 0.8},
        {"tree_method": "approx"},
        {"tree_method": "exact"},
        {"objective": "multi:softmax"},
        {"grow_policy": "lossguide", "max_leaves": 5, "max_depth": 0},
        {"callbacks": [LearningRateScheduler(lambda round_: 0.5 / (1 + round_))]},
        {"lambda": 50.0},
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_more_classes_on_labels_are_xgboost_from_the_prior(params, weighted):
    X, _, labels = make_data(4)
    weight = np.random.default_rng(1).uniform(0.5, 2, len(X)) if weighted else None
    prior = np.bincount(labels, weights=weight) / (len(X) if weight is None else 1)
    margin = np.tile(np.log(prior / prior.sum()), (len(X), 1))
    plain = student(**params).fit(X, labels, sample_weight=weight, base_margin=margin)
    task = labels_only(labels, 4, sample_weight=weight)
    soft = by_gradient(student(**params), X, task)
    expected = from_margin(plain, X, margin)
    assert_allclose(soft.predict_proba(X), expected, atol=1e-5)
    assert_array_equal(soft.predict(X), expected.argmax(axis=1))
    assert soft.get_params() == plain.get_params()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_forests_and_subclasses_keep_their_class(n_classes):
    X, q, labels = make_data(n_classes)
    for cls, params in ((XGBRFClassifier, {"n_estimators": 7}), (Derived, {})):
        given = cls(max_depth=3, n_jobs=1, random_state=0, **params)
        soft = ADAPTER.fit_soft(given, X, make_task(q, labels))
        assert type(soft) is cls
        assert divergence(q, soft.predict_proba(X)) < divergence(q, q.mean(axis=0))
    forest = ADAPTER.fit_soft(
        XGBRFClassifier(n_estimators=7, n_jobs=1), X, make_task(q, labels)
    )
    assert forest.get_booster().num_boosted_rounds() == 1


@pytest.mark.parametrize("n_classes", [2, 3])
def test_sparse_rows(n_classes):
    X, _, labels = make_data(n_classes)
    X = csr_matrix(np.where(X > 0, X, 0))
    task = labels_only(labels, n_classes)
    margin = np.tile(np.log(task.targets.mean(axis=0)), (len(labels), 1))
    margin = None if n_classes == 2 else margin
    plain = student().fit(X, labels, base_margin=margin)
    fit = ADAPTER.fit_soft if n_classes == 2 else by_gradient
    soft = fit(student(), X, task)
    expected = plain.predict_proba(X, base_margin=margin)
    assert_allclose(soft.predict_proba(X), expected, atol=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_fitted_student_is_plain(n_classes, temperature):
    X, q, labels = make_data(n_classes)
    given = student(importance_type="weight", scale_pos_weight=None)
    params = given.get_params()
    task = make_task(q, labels, 0.3, temperature)
    soft = ADAPTER.fit_soft(given, X, task)
    plain = student(importance_type="weight").fit(X, labels)

    assert soft is given
    left = soft.get_params()
    assert not any(callable(value) for value in left.values())
    assert left == plain.get_params()
    assert {**left, "objective": params["objective"]} == params
    assert_array_equal(soft.classes_, np.arange(n_classes))
    assert soft.n_features_in_ == 5

    p = soft.predict_proba(X)
    assert_allclose(p.sum(axis=1), 1.0, atol=1e-6)
    margin = soft.predict(X, output_margin=True)
    if n_classes > 2:
        assert_allclose(p, softmax(margin, axis=1), atol=1e-6)
    assert len(pickle.dumps(soft)) < 1.3 * len(pickle.dumps(plain))
    assert_allclose(pickle.loads(pickle.dumps(soft)).predict_proba(X), p, atol=0)


_CHILD = """
import pickle, sys
import numpy as np
sys.modules["skdistill"] = None  # importing it fails, even where it is installed
from xgboost import XGBClassifier
for folder in sys.argv[1:]:
    X = np.load(folder + "/X.npy")
    answers = []
    for name in ("model.json", "model.ubj"):
        model = XGBClassifier()
        model.load_model(folder + "/" + name)
        answers.append(model.predict_proba(X))
    with open(folder + "/model.pickle", "rb") as file:
        answers.append(pickle.load(file).predict_proba(X))
    np.save(folder + "/answers.npy", answers)
"""


def test_saved_and_loaded_without_skdistill(tmp_path):
    expected = {}
    for n_classes in (2, 10):
        X, q, labels = make_data(n_classes)
        for temperature in (1.0, 2.0):
            for booster in ("gbtree", "dart"):
                drop = {"booster": booster, "rate_drop": 0.9}
                soft = ADAPTER.fit_soft(
                    student(n_estimators=3, **(drop if booster == "dart" else {})),
                    X,
                    make_task(q, labels, 0.5, temperature),
                )
                folder = tmp_path / f"{n_classes}-{temperature}-{booster}"
                folder.mkdir()
                np.save(folder / "X.npy", X)
                soft.save_model(folder / "model.json")
                soft.save_model(folder / "model.ubj")
                (folder / "model.pickle").write_bytes(pickle.dumps(soft))
                expected[folder] = soft.predict_proba(X)
    subprocess.run([sys.executable, "-c", _CHILD, *map(str, expected)], check=True)
    for folder, probabilities in expected.items():
        assert probabilities.shape == (400, int(folder.name.partition("-")[0]))
        for answer in np.load(folder / "answers.npy"):
            assert_allclose(answer, probabilities, atol=1e-7)


def test_the_prior_is_saved_once_per_class():
    X, q, labels = make_data(3)
    q = 0.001 * q + 0.999 * np.array([0.9, 0.09, 0.01])
    soft = ADAPTER.fit_soft(
        student(n_estimators=20, num_parallel_tree=2), X, make_task(q, labels)
    )
    assert_allclose(soft.predict_proba(X), q, atol=1e-3)
    one_round = soft.predict_proba(X, iteration_range=(0, 1))
    assert_allclose(one_round, q, atol=1e-3)


def test_a_model_without_trees_has_no_place_for_the_prior():
    X, q, labels = make_data(3)
    soft = ADAPTER.fit_soft(student(n_estimators=0), X, make_task(q, labels))
    assert_allclose(soft.predict_proba(X), 1 / 3, atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_categories_missing_values_and_names(n_classes):
    pd = pytest.importorskip("pandas")
    X, q, labels = make_data(n_classes)
    levels = np.array(["low", "mid", "high"])
    frame = pd.DataFrame(X, columns=list("abcde"))
    frame["level"] = pd.Categorical(levels[np.digitize(X[:, 0], [-0.5, 0.5])])
    frame["a"] = np.where(X[:, 0] > 1, np.nan, X[:, 1])
    given = student(enable_categorical=True, max_cat_to_onehot=1)
    soft = ADAPTER.fit_soft(given, frame, make_task(q, labels))
    assert soft.enable_categorical
    assert soft.feature_types is None
    assert list(soft.feature_names_in_) == [*"abcde", "level"]
    p = soft.predict_proba(frame)
    assert divergence(q, p) < 0.7 * divergence(q, q.mean(axis=0))
    # The category itself is split on, not its code.
    other = frame.assign(level=pd.Categorical(["low"] * len(X), categories=levels))
    assert np.abs(soft.predict_proba(other) - p).max() > 0.01

    plain = student(enable_categorical=True, max_cat_to_onehot=1)
    task = labels_only(labels, n_classes)
    margin = np.tile(np.log(task.targets.mean(axis=0)), (len(labels), 1))
    margin = None if n_classes == 2 else margin
    plain.fit(frame, labels, base_margin=margin)
    given = student(enable_categorical=True, max_cat_to_onehot=1)
    fit = ADAPTER.fit_soft if n_classes == 2 else by_gradient
    assert_allclose(
        fit(given, frame, task).predict_proba(frame),
        plain.predict_proba(frame, base_margin=margin),
        atol=1e-5,
    )


@pytest.mark.parametrize("n_classes", [2, 4])
def test_nearer_to_the_teacher_than_sampled_labels(n_classes):
    X, q, labels = make_data(n_classes)
    X_new, q_new, _ = make_data(n_classes, seed=1)
    soft = ADAPTER.fit_soft(student(n_estimators=30), X, make_task(q, labels))
    hard = student(n_estimators=30).fit(X, labels)
    assert divergence(q_new, soft.predict_proba(X_new)) < 0.6 * divergence(
        q_new, hard.predict_proba(X_new)
    )


@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_stated_loss_is_minimised_at_every_temperature(n_classes):
    X, q, labels = make_data(n_classes)
    tasks = {T: make_task(q, labels, 0.5, T) for T in (1.0, 3.0)}
    deep = {
        "max_depth": 6,
        "n_estimators": 40,
        "min_child_weight": 0,
        "reg_lambda": 0.1,
    }
    fit = ADAPTER.fit_soft if n_classes == 2 else by_gradient
    fitted = {T: fit(student(**deep), X, t) for T, t in tasks.items()}
    for T, other in ((1.0, 3.0), (3.0, 1.0)):
        own = two_term_loss(scores(fitted[T], X), tasks[T])
        assert own < two_term_loss(scores(fitted[other], X), tasks[T]) - 1e-3


def test_temperature_reaches_the_minimum_of_a_constant_student():
    """One leaf: the minimum over constants is known by search."""
    _, q, labels = make_data(2)
    task = make_task(q, labels, 0.5, 3.0)
    X = np.zeros((len(q), 1))
    soft = ADAPTER.fit_soft(student(n_estimators=60, reg_lambda=0), X, task)
    grid = np.linspace(-2, 2, 401)
    losses = [two_term_loss(np.tile([0.0, z], (len(q), 1)), task) for z in grid]
    z = scores(soft, X[:1])[0]
    assert z[1] - z[0] == pytest.approx(grid[np.argmin(losses)], abs=1e-2)


def test_scale_pos_weight_becomes_weights_of_rows():
    X, q, labels = make_data(2)
    task = make_task(q, labels, sample_weight=np.linspace(0.5, 2, len(X)))
    soft = ADAPTER.fit_soft(student(scale_pos_weight=4.0), X, task)
    assert soft.get_params()["scale_pos_weight"] == 4.0
    by_hand = ADAPTER.fit_soft(
        student(), X, task.weighted_by_class(np.array([1.0, 4.0]))
    )
    assert_array_equal(soft.predict_proba(X), by_hand.predict_proba(X))
    without = ADAPTER.fit_soft(student(), X, task).predict_proba(X)
    assert soft.predict_proba(X)[:, 1].mean() > without[:, 1].mean() + 0.1


@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_constant_targets(n_classes, temperature):
    X, _, labels = make_data(n_classes)
    constant = np.array([0.7, 0.3] if n_classes == 2 else [0.6, 0.3, 0.1])
    q = np.tile(constant, (len(X), 1))
    soft = ADAPTER.fit_soft(
        student(n_estimators=30), X, make_task(q, labels, 1.0, temperature)
    )
    assert_allclose(soft.predict_proba(X), q, atol=1e-2)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_class_that_is_absent(n_classes, temperature):
    """Neither in the labels nor in the targets, as in a small fold."""
    X, q, labels = make_data(n_classes - 1) if n_classes > 2 else make_data(2)
    if n_classes == 2:
        q, labels = np.tile([1.0, 0.0], (len(X), 1)), np.zeros_like(labels)
    else:
        q = np.column_stack([q, np.zeros(len(q))])
    soft = ADAPTER.fit_soft(student(), X, make_task(q, labels, 0.5, temperature))
    p = soft.predict_proba(X)
    assert p.shape == (len(X), n_classes)
    assert np.isfinite(p).all()
    assert p[:, -1].max() < 0.2


@pytest.mark.parametrize(
    "params",
    [
        {"booster": "gblinear", "n_estimators": 50, "max_depth": None},
        {"multi_strategy": "multi_output_tree", "n_estimators": 30},
        {"base_score": 0.2, "n_estimators": 30},
    ],
)
def test_other_starts_than_the_prior(tmp_path, params):
    X, q, labels = make_data(3)
    given = student(**params)
    before = given.get_params()
    soft = ADAPTER.fit_soft(given, X, make_task(q, labels, 1.0, 2.0))
    assert divergence(q, soft.predict_proba(X)) < 0.2 * divergence(q, q.mean(axis=0))
    assert {**soft.get_params(), "objective": before["objective"]} == before
    soft.save_model(tmp_path / "model.json")
    loaded = XGBClassifier()
    loaded.load_model(tmp_path / "model.json")
    assert_allclose(loaded.predict_proba(X), soft.predict_proba(X), atol=1e-7)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_labels_alone_are_trained_on_as_codes(n_classes):
    X, q, labels = make_data(n_classes)
    task = StudentTask(
        loss=Loss("classification", 0.0, n_classes),
        targets=np.eye(n_classes)[labels],
        responses=q,
        labels=labels,
        classes=np.array(["ant", "bee", "cow"][:n_classes]),
        sample_weight=np.linspace(0.5, 2, len(X)),
    )
    plain = student().fit(X, labels, sample_weight=task.sample_weight)
    found = ADAPTER.fit_labels(student(), X, task)
    assert_array_equal(found.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize("cls", [XGBClassifier, XGBRFClassifier])
@pytest.mark.parametrize(("n_classes", "absent"), [(3, 0), (3, 1), (3, 2), (2, 0)])
def test_labels_that_lack_a_class_train_a_student_of_all_classes(
    cls, n_classes, absent
):
    X, _, labels = make_data(n_classes)
    X, labels = X[labels != absent], labels[labels != absent]
    task = labels_only(labels, n_classes, alpha=0.0, temperature=2.0)
    fitted = ADAPTER.fit_labels(cls(n_estimators=5, n_jobs=1), X, task)
    p = fitted.predict_proba(X)
    assert p.shape == (len(X), n_classes)
    assert p[:, absent].max() < 0.05
    assert (p.argmax(axis=1) == labels).mean() > 0.8


@pytest.mark.parametrize("absent", [0, 1, 2])
def test_a_part_of_student_cv_without_a_class(absent):
    X, _, labels = make_data(3, n_samples=90)
    labels = np.where(labels == absent, (absent + 1) % 3, labels)
    labels[0] = absent
    model = DistilledClassifier(
        student=student(), alpha=0.0, cv=KFold(3), student_cv="same"
    ).fit(X, np.array(["ant", "bee", "cow"])[labels])
    p = model.predict_proba(X)
    alone = [s.predict_proba(X) for s in model.students_]
    assert_allclose(p, np.mean(alone, axis=0))
    assert (p.argmax(axis=1) == labels).mean() > 0.8


def test_the_native_objective_is_in_the_model():
    X, q, labels = make_data(3)
    for objective in ("binary:logistic", "multi:softprob", "multi:softmax"):
        given = student(objective=objective)
        soft = ADAPTER.fit_soft(given, X, make_task(q, labels, 0.5, 2.0))
        saved = json.loads(soft.get_booster().save_raw("json"))
        native = "multi:softmax" if objective == "multi:softmax" else "multi:softprob"
        assert saved["learner"]["objective"]["name"] == soft.objective == native


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_pipeline_that_ends_in_xgboost_predicts_the_users_labels(n_classes):
    X, _, codes = make_data(n_classes, 120)
    labels = np.array(["no", "yes", "maybe"])[codes]
    model = DistilledClassifier(
        student(), make_pipeline("passthrough", student()), cv=3
    ).fit(X, labels)
    predicted = model.predict(X)
    assert set(predicted) <= set(model.classes_)
    assert np.mean(predicted == labels) > 0.6
    best = model.classes_[model.predict_proba(X).argmax(axis=1)]
    assert_array_equal(predicted, best)
