"""CatBoost students: the loss is minimised, and what is left is plain CatBoost."""

import copy
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from catboost import (
    CatBoost,
    CatBoostClassifier,
    CatBoostError,
    CatBoostRegressor,
    Pool,
)
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import log_softmax, softmax

from skdistill.input._responses import temper
from skdistill.students import fit_student
from skdistill.students._catboost import CatBoostAdapter
from skdistill.students._task import Loss, StudentTask

ADAPTER = CatBoostAdapter()


class Derived(CatBoostClassifier):
    """A user's own class."""


class OwnFit(CatBoostClassifier):
    def fit(self, X, y=None, **options):
        return super().fit(X, y, **options)


def student(cls=CatBoostClassifier, **params):
    return cls(
        **{
            "iterations": 20,
            "depth": 4,
            "thread_count": 1,
            "verbose": 0,
            "allow_writing_files": False,
            **params,
        }
    )


def make_data(n_classes, n_samples=300, seed=0, sharpness=1.0):
    """Rows, the probabilities they come with, and labels drawn from these."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, 4)).astype(np.float32)
    slopes = np.random.default_rng(7).normal(size=(4, n_classes))
    q = softmax(sharpness * X @ slopes, axis=1)
    labels = (q.cumsum(axis=1) < rng.random((n_samples, 1))).sum(axis=1)
    labels[:n_classes] = np.arange(n_classes)
    return X, q, labels


def make_task(q, labels, alpha=1.0, temperature=1.0, classes=None, **other):
    n_classes = q.shape[1]
    return StudentTask(
        loss=Loss("classification", alpha, n_classes, temperature=temperature),
        targets=alpha * q + (1 - alpha) * np.eye(n_classes)[labels],
        responses=q,
        labels=labels,
        classes=np.arange(n_classes) if classes is None else np.asarray(classes),
        **other,
    )


def labels_only(labels, n_classes, **other):
    """The task whose soft targets are the labels themselves."""
    return make_task(np.eye(n_classes)[labels], labels, **other)


def divergence(q, p):
    return (q * (np.log(q) - np.log(p))).sum(axis=1).mean()


def distil(model, X, task):
    ADAPTER.route(model, task.loss)
    return ADAPTER.fit_soft(model, X, task)


LABELS = {
    "int": [-3, 10],
    "float": [0.5, 2.0],
    "bool": [False, True],
    "str": ["no", "yes"],
    "accents": ["a", "ä", "ö"],
    "gaps": [3, 7, 100],
    "object": np.array(["b", "c", "d"], dtype=object),
    "digits": ["0", "1", "2"],
}


# The route


@pytest.mark.parametrize("n_classes, route", [(2, "cross_entropy"), (3, "one_vs_rest")])
def test_route(n_classes, route):
    assert ADAPTER.route(student(), Loss("classification", 0.5, n_classes)) == route


@pytest.mark.parametrize(
    "loss, params",
    [
        (Loss("classification", 1.0, 2, temperature=3.0), {}),
        (Loss("classification", 0.5, 2), {"objective": "Logloss"}),
        (Loss("classification", 0.5, 2), {"loss_function": "CrossEntropy"}),
        (Loss("classification", 0.5, 3), {"loss_function": "MultiClass"}),
        (Loss("classification", 0.5, 3), {"eval_metric": "AUC"}),
    ],
)
def test_what_can_be_learnt_is_routed(loss, params):
    assert ADAPTER.route(student(**params), loss)


class Objective:
    def calc_ders_range(self, approxes, targets, weights):
        raise AssertionError


@pytest.mark.parametrize(
    "params, n_classes, message",
    [
        ({"loss_function": "Focal:focal_alpha=.5;focal_gamma=2"}, 2, "Leave it out"),
        ({"objective": "MultiClassOneVsAll"}, 3, "objective of the student"),
        ({"loss_function": "Logloss"}, 3, r"one of \['MultiClass'\].*got 'Logloss'"),
        ({"loss_function": Objective()}, 2, "loss_function of .* plain value"),
        ({"eval_metric": Objective()}, 3, "eval_metric of .* plain value"),
        ({"callback": Objective()}, 2, "callback of .* plain value"),
        ({"target_border": 0.5}, 2, "target_border .* would cut soft targets"),
        ({"scale_pos_weight": 2.0}, 3, "Keep class_weights alone"),
        (
            {"class_weights": [1, 2], "auto_class_weights": "Balanced"},
            2,
            "class_weights and auto_class_weights of the student",
        ),
    ],
)
def test_parameters_that_soft_targets_cannot_honour_are_refused(
    params, n_classes, message
):
    with pytest.raises(ValueError, match=message):
        ADAPTER.route(student(**params), Loss("classification", 0.5, n_classes))


@pytest.mark.parametrize(
    "alpha, n_classes, params, message",
    [
        (0.5, 2, {}, "alpha is 0.5.*alpha=1, or an XGBoost"),
        (0.5, 3, {}, "alpha is 0.5.*alpha=1, or an XGBoost"),
        (1.0, 2, {"class_weights": [1, 2]}, "has class_weights.*sample_weight"),
        (1.0, 2, {"scale_pos_weight": 2}, "has scale_pos_weight"),
    ],
)
def test_inexact_temperatures_are_refused(alpha, n_classes, params, message):
    loss = Loss("classification", alpha, n_classes, temperature=2.0)
    with pytest.raises(ValueError, match=message):
        ADAPTER.route(student(**params), loss)


def test_a_subclass_with_a_fit_of_its_own_is_refused():
    with pytest.raises(ValueError, match="register_student_adapter"):
        ADAPTER.route(student(OwnFit), Loss("classification", 1.0, 2))


def test_only_classifiers_are_routed():
    with pytest.raises(ValueError, match="cannot learn from soft targets"):
        ADAPTER.route(CatBoost(), Loss("classification", 1.0, 2))


# Two classes: CrossEntropy


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"learning_rate": 0.2},
        {"eta": 0.2},
        {"n_estimators": 30, "iterations": None},
        {"l2_leaf_reg": 5.0},
        {"boost_from_average": True},
        {"objective": "Logloss"},
        {"random_seed": 3},
        {"random_state": 3, "subsample": 0.5},
    ],
    ids=str,
)
def test_labels_as_targets_give_the_plain_student(params):
    X, _, labels = make_data(2)
    base = student().get_params() | params
    base = {key: value for key, value in base.items() if value is not None}
    plain = CatBoostClassifier(**base).fit(X, labels)
    soft = distil(CatBoostClassifier(**base), X, labels_only(labels, 2))
    assert soft.learning_rate_ == plain.learning_rate_
    assert_array_equal(soft.predict_proba(X), plain.predict_proba(X))


def test_sample_weights_are_those_of_the_plain_student():
    X, _, labels = make_data(2)
    weight = np.random.default_rng(1).uniform(0.1, 3, len(X))
    plain = student().fit(X, labels, sample_weight=weight)
    task = labels_only(labels, 2, sample_weight=weight)
    soft = distil(student(), X, task)
    assert_array_equal(soft.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "params",
    [
        {"class_weights": [1.0, 3.0]},
        {"class_weights": np.array([1.0, 3.0])},
        {"class_weights": {"yes": 3.0, "no": 0.5}},
        {"class_weights": (3.0, 0.5), "class_names": ["yes", "no"]},
        {"class_weights": [0.0, 1.0]},
        {"auto_class_weights": "Balanced"},
        {"auto_class_weights": "SqrtBalanced"},
        {"auto_class_weights": "None"},
        {"scale_pos_weight": 2.5},
    ],
    ids=str,
)
def test_class_weights_are_those_of_catboost(params, weighted):
    X, _, labels = make_data(2)
    labels[:100] = 0
    classes = np.array(["no", "yes"])
    weight = np.random.default_rng(1).uniform(0.1, 3, len(X)) if weighted else None
    plain = student(**params).fit(X, classes[labels], sample_weight=weight)
    task = labels_only(labels, 2, classes=classes, sample_weight=weight)
    soft = distil(student(**params), X, task)
    expected = plain.predict_proba(X)[:, list(plain.classes_).index("yes")]
    # CatBoost balances sums of row weights that it has cut to whole numbers.
    rtol = 2e-3 if weighted and "auto_class_weights" in params else 1e-5
    assert_allclose(soft.predict_proba(X)[:, 1], expected, rtol=rtol, atol=1e-9)
    assert_array_equal(soft.classes_, classes)
    assert soft.get_params().keys() == student(**params).get_params().keys()


def test_a_temperature_is_taken_out_of_the_scores():
    X, q, labels = make_data(2)
    task = make_task(q, labels, temperature=3.0)
    soft = distil(student(boost_from_average=True), X, task)
    tempered = make_task(temper(q, 3.0), labels)
    undone = distil(student(boost_from_average=True), X, tempered)
    raw = [
        model.predict(X, prediction_type="RawFormulaVal") for model in (soft, undone)
    ]
    assert_allclose(raw[0], 3.0 * raw[1], rtol=1e-6, atol=1e-9)
    assert divergence(q, soft.predict_proba(X)) < 0.5 * divergence(
        q, undone.predict_proba(X)
    )


def test_targets_a_rounding_error_outside_the_unit_interval_are_clipped():
    X, q, labels = make_data(2)
    q = np.where(q > 0.9, 1 + 1e-6, q)
    q[:, 0] = 1 - q[:, 1]
    with pytest.raises(CatBoostError):
        student(loss_function="CrossEntropy").fit(X, q[:, 1])
    assert distil(student(), X, make_task(q, labels)).is_fitted()


# More classes


@pytest.mark.parametrize("alpha", [1.0, 0.5])
def test_probabilities_are_a_softmax_of_the_scores(alpha):
    X, q, labels = make_data(4)
    soft = distil(student(), X, make_task(q, labels, alpha))
    raw = soft.predict(X, prediction_type="RawFormulaVal")
    assert_allclose(soft.predict_proba(X), softmax(raw, axis=1), rtol=1e-12)


def test_a_regressor_learns_log_probabilities_by_catboosts_own_loss():
    X, q, labels = make_data(3, sharpness=4.0)
    task = make_task(q, labels)
    task = replace(task, loss=replace(task.loss, scale="logit"))
    assert (q < task.loss.clip).any()
    soft = fit_student(student(CatBoostRegressor, learning_rate=0.2), X, task)
    logits = np.log(np.maximum(q, task.loss.clip))
    logits -= logits.mean(axis=1, keepdims=True)
    params = student(learning_rate=0.2).get_params() | {"loss_function": "MultiRMSE"}
    by_hand = CatBoostRegressor(**params).fit(X, logits).predict(X)
    assert_allclose(soft.predict(X), by_hand, rtol=1e-6)


def test_the_automatic_learning_rate_is_that_of_rmse():
    X, q, labels = make_data(3)
    regressor = student(CatBoostRegressor, iterations=300).fit(X, q[:, 0])
    soft = distil(student(iterations=300), X, make_task(q, labels))
    assert soft.learning_rate_ == regressor.learning_rate_ > 0.05


def test_one_vs_rest_is_close_to_its_own_normalised_probabilities():
    X, q, labels = make_data(4)
    soft = distil(student(learning_rate=0.2), X, make_task(q, labels))
    params = student(learning_rate=0.2).get_params()
    params |= {"loss_function": "MultiCrossEntropy", "leaf_estimation_iterations": 1}
    own = CatBoost(params).fit(X, q).predict(X, prediction_type="Probability")
    own /= own.sum(axis=1, keepdims=True)
    assert divergence(own, soft.predict_proba(X)) < 0.003


def test_one_vs_rest_takes_a_temperature():
    X, q, labels = make_data(3, sharpness=3.0)
    soft = distil(student(), X, make_task(q, labels, temperature=2.0))
    undone = distil(student(), X, make_task(temper(q, 2.0), labels))
    raw = [
        model.predict(X, prediction_type="RawFormulaVal") for model in (soft, undone)
    ]
    assert_allclose(raw[0], 2.0 * raw[1], rtol=1e-6, atol=1e-9)


def test_one_vs_rest_follows_the_mean_of_scattered_targets():
    # One constant column, and a teacher that is sure of class 0 on seven rows in ten.
    labels = np.repeat([0, 1, 2], [700, 200, 100])
    X = np.tile([[0.0], [1.0]], (500, 1))
    q = 0.97 * np.eye(3)[labels] + 0.01
    task = make_task(q, labels)
    ovr = distil(student(iterations=200), X, task).predict_proba(X)
    task = replace(task, loss=replace(task.loss, scale="logit"))
    scores = fit_student(student(CatBoostRegressor, iterations=200), X, task).predict(X)
    logit = softmax(scores, axis=1)
    assert_allclose(ovr[0], q.mean(axis=0), atol=0.01)
    assert logit[0, 0] > 0.85


@pytest.mark.parametrize(
    "params",
    [
        {"class_weights": [1.0, 5.0, 1.0]},
        {"class_weights": {"b": 5.0, "a": 1.0, "c": 1.0}},
    ],
    ids=str,
)
def test_class_weights_favour_their_class(params):
    X, q, labels = make_data(3)
    task = make_task(q, labels, classes=["a", "b", "c"])
    plain = distil(student(), X, task).predict_proba(X).mean(axis=0)
    weighted = distil(student(**params), X, task)
    by_rows = task.weighted_by_class(np.array([1.0, 5.0, 1.0]))
    assert weighted.predict_proba(X).mean(axis=0)[1] > 1.3 * plain[1]
    assert_allclose(
        weighted.predict_proba(X),
        distil(student(), X, by_rows).predict_proba(X),
        rtol=1e-6,
    )


@pytest.mark.parametrize(
    "weights, message",
    [
        ({"a": 1.0, "b": 2.0}, r"lacks \['c'\]"),
        ([1.0, 2.0], "each of the 3 classes"),
        ([1.0, -2.0, 1.0], "at least 0"),
    ],
    ids=str,
)
def test_class_weights_that_do_not_fit_the_classes_are_an_error(weights, message):
    X, q, labels = make_data(3)
    task = make_task(q, labels, classes=["a", "b", "c"])
    with pytest.raises(ValueError, match=f"class_weights of the student .*{message}"):
        distil(student(class_weights=weights), X, task)


# What soft targets are for


@pytest.mark.parametrize("n_classes", [2, 3, 6])
def test_soft_targets_beat_labels_drawn_from_them(n_classes):
    X, q, labels = make_data(n_classes, 1000)
    train, test = slice(400), slice(400, None)
    soft = distil(student(), X[train], make_task(q[train], labels[train]))
    hard = student().fit(X[train], labels[train])
    kl_soft, kl_hard = (
        divergence(q[test], model.predict_proba(X[test])) for model in (soft, hard)
    )
    assert kl_soft < 0.7 * kl_hard


def test_zero_weights_leave_rows_out():
    X, q, labels = make_data(3)
    weight = np.ones(len(X))
    weight[::2] = 0.0
    wrong = np.roll(q, 1, axis=1)
    spoilt = np.where(weight[:, None] == 0, wrong, q)
    kept = distil(student(), X, make_task(spoilt, labels, sample_weight=weight))
    lost = distil(student(), X, make_task(spoilt, labels))
    assert divergence(q, kept.predict_proba(X)) < 0.5 * divergence(
        q, lost.predict_proba(X)
    )


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_teacher_that_says_one_thing_is_followed(n_classes):
    X, _, labels = make_data(n_classes)
    prior = np.array([0.7, 0.2, 0.1]) if n_classes == 3 else np.array([0.7, 0.3])
    task = make_task(np.tile(prior, (len(X), 1)), labels)
    soft = distil(student(iterations=200, learning_rate=0.2), X, task)
    assert_allclose(soft.predict_proba(X), np.tile(prior, (len(X), 1)), atol=0.03)


# What is left is plain CatBoost


@pytest.mark.parametrize("classes", LABELS.values(), ids=LABELS)
def test_the_labels_are_the_users(classes):
    classes = np.asarray(classes)
    X, q, labels = make_data(len(classes))
    task = make_task(q, labels, classes=classes)
    soft = distil(student(), X, task)
    plain = student().fit(X, task.y)
    assert_array_equal(soft.classes_, plain.classes_)
    assert soft.classes_.dtype == plain.classes_.dtype
    predicted = soft.predict(X)
    assert predicted.shape == plain.predict(X).shape
    assert predicted.dtype == plain.predict(X).dtype
    assert_array_equal(predicted.ravel(), classes[soft.predict_proba(X).argmax(axis=1)])
    assert soft.score(X, task.y) > 0.5


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"learning_rate": 0.1, "eval_metric": "AUC", "custom_loss": ["Accuracy"]},
        {"objective": "MultiClass", "class_weights": [1, 2, 3], "random_state": 4},
        {"early_stopping_rounds": 5, "auto_class_weights": "Balanced"},
        {"eta": 0.1, "max_depth": 3, "depth": None, "reg_lambda": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_parameters_are_the_users(n_classes, params):
    X, q, labels = make_data(n_classes)
    base = student().get_params() | params
    base = {key: value for key, value in base.items() if value is not None}
    if "class_weights" in base:
        base["class_weights"] = base["class_weights"][:n_classes]
    task = make_task(q, labels, 0.5)
    soft = distil(CatBoostClassifier(**base), X, task)
    assert soft.get_params() == base
    assert type(soft)(**soft.get_params()).get_params() == base


@pytest.mark.parametrize("n_classes", [2, 3])
def test_subclasses_stay_what_they_are(n_classes):
    X, q, labels = make_data(n_classes)
    soft = distil(student(Derived), X, make_task(q, labels))
    assert type(soft) is Derived
    assert type(copy.deepcopy(soft)) is Derived


@pytest.mark.parametrize("n_classes", [2, 4])
def test_copies_and_pickles_answer_alike(n_classes):
    X, q, labels = make_data(n_classes)
    classes = list("abcd")[:n_classes]
    soft = distil(student(), X, make_task(q, labels, classes=classes))
    pickled = pickle.dumps(soft)
    assert b"skdistill" not in pickled
    for other in (copy.deepcopy(soft), soft.copy(), pickle.loads(pickled)):
        assert_array_equal(other.predict_proba(X), soft.predict_proba(X))
        assert_array_equal(other.predict(X), soft.predict(X))
        assert other.get_params() == soft.get_params()
        assert_array_equal(other.feature_importances_, soft.feature_importances_)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_catboost_takes_it_for_a_classifier_trained_on_labels(n_classes, tmp_path):
    X, q, labels = make_data(n_classes)
    classes = np.array(["a", "b", "c"])[:n_classes]
    task = make_task(q, labels, classes=classes)
    soft = distil(student(), X, task)
    loss = "Logloss" if n_classes == 2 else "MultiClass"
    pool = Pool(X, task.y)
    expected = -np.log(soft.predict_proba(X)[np.arange(len(X)), labels]).mean()
    assert soft.eval_metrics(pool, loss)[loss][-1] == pytest.approx(expected)
    assert len(soft.get_feature_importance(pool, type="LossFunctionChange")) == 4
    soft.save_model(tmp_path / "student.cbm")
    loaded = CatBoostClassifier().load_model(tmp_path / "student.cbm")
    assert loaded.get_params() == soft.get_params() | {"loss_function": loss}
    # It can be trained anew, and trained on.
    plain = CatBoostClassifier(**loaded.get_params()).fit(X, task.y)
    assert_array_equal(
        plain.predict_proba(X), student().fit(X, task.y).predict_proba(X)
    )
    if n_classes == 2:
        longer = student(learning_rate=0.1).fit(pool, init_model=loaded)
        assert longer.tree_count_ == 40


# A None in sys.modules makes every import of that name fail, installed or not.
ALONE = """
import sys
sys.modules["skdistill"] = None
from pathlib import Path
import numpy as np
from catboost import CatBoostClassifier
X = np.load("X.npy")
for path in Path().glob("*.cbm"):
    model = CatBoostClassifier().load_model(path)
    y = model.predict(X).astype(str)
    classes = model.classes_.astype(str)
    np.savez(path.stem, p=model.predict_proba(X), y=y, classes=classes)
try:
    import skdistill
except ImportError:
    pass
else:
    raise AssertionError("skdistill is importable")
"""


def test_saved_models_need_no_skdistill(tmp_path):
    saved = {}
    for name, n_classes, temperature in [
        ("two", 2, 1.0),
        ("two at temperature 3", 2, 3.0),
        ("ten", 10, 1.0),
    ]:
        X, q, labels = make_data(n_classes)
        classes = [f"class {letter}" for letter in "abcdefghij"[:n_classes]]
        task = make_task(q, labels, temperature=temperature, classes=classes)
        soft = distil(student(), X, task)
        soft.save_model(tmp_path / f"{name}.cbm")
        saved[name] = soft, X, classes
    np.save(tmp_path / "X.npy", X)  # The same rows for every number of classes.
    subprocess.run([sys.executable, "-I", "-c", ALONE], cwd=tmp_path, check=True)
    for name, (soft, X, classes) in saved.items():
        answer = np.load(tmp_path / f"{name}.npz")
        assert_array_equal(answer["p"], soft.predict_proba(X))
        assert_array_equal(answer["y"], soft.predict(X).astype(str))
        assert_array_equal(answer["classes"], classes)


@pytest.mark.parametrize("n_classes, temperature", [(2, 1.0), (2, 3.0), (3, 1.0)])
def test_onnx_is_written(n_classes, temperature, tmp_path):
    X, q, labels = make_data(n_classes)
    task = make_task(
        q, labels, temperature=temperature, classes=list("abc")[:n_classes]
    )
    distil(student(), X, task).save_model(str(tmp_path / "student.onnx"), format="onnx")
    written = (tmp_path / "student.onnx").read_bytes()
    assert b"TreeEnsembleClassifier" in written
    assert (b"SOFTMAX" if n_classes > 2 else b"LOGISTIC") in written


# Data


@pytest.mark.parametrize("n_classes", [2, 3])
def test_categories_strings_and_missing_values(n_classes, tmp_path):
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    level = rng.integers(0, 30, 900)
    slopes = rng.normal(size=(30, n_classes))
    x = rng.normal(size=900)
    q = softmax(1.5 * slopes[level] + x[:, None] * slopes[0], axis=1)
    labels = (q.cumsum(axis=1) < rng.random((900, 1))).sum(axis=1)
    X = pd.DataFrame(
        {
            "x": np.where(rng.random(900) < 0.2, np.nan, x),
            "town": [f"town {i}" for i in level],
            "kind": pd.Categorical(np.where(x > 1, "high", "low")),
        }
    )
    train, test = slice(600), slice(600, None)
    params = {"cat_features": ["town", "kind"], "iterations": 40}
    task = make_task(q[train], labels[train], 0.5)
    soft = distil(student(**params), X[train], task)
    hard = student(**params).fit(X[train], labels[train])
    p = soft.predict_proba(X[test])
    assert divergence(q[test], p) < divergence(q[test], hard.predict_proba(X[test]))
    assert soft.get_params() == student(**params).get_params()
    assert soft.feature_names_ == list(X.columns)
    soft.save_model(tmp_path / "student.cbm")
    loaded = CatBoostClassifier().load_model(tmp_path / "student.cbm")
    assert_array_equal(loaded.predict_proba(X[test]), p)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_polars_frames(n_classes):
    pl = pytest.importorskip("polars")
    X, q, labels = make_data(n_classes)
    frame = pl.DataFrame({f"c{i}": X[:, i] for i in range(4)})
    task = make_task(q, labels)
    soft = distil(student(), frame, task)
    expected = distil(student(), X, task).predict_proba(X)
    assert_array_equal(soft.predict_proba(frame), expected)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_eval_fraction_holds_rows_out(n_classes):
    X, q, labels = make_data(n_classes)
    # Nothing can be learnt from these rows, so held-out rows stop the training early.
    X = np.random.default_rng(1).normal(size=X.shape)
    params = {
        "eval_fraction": 0.3,
        "early_stopping_rounds": 3,
        "iterations": 300,
        "learning_rate": 0.5,
        "eval_metric": "Accuracy",
        "cat_features": [],
    }
    soft = distil(student(**params), X, make_task(q, labels, 0.5))
    assert 0 < soft.tree_count_ < 30
    assert soft.get_params() == student(**params).get_params()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_labels_alone_are_the_plain_student(n_classes):
    X, q, labels = make_data(n_classes)
    classes = np.array(["a", "b", "c"])[:n_classes]
    weight = np.linspace(0.5, 2, len(X))
    task = make_task(q, labels, 0.0, classes=classes, sample_weight=weight)
    alone = ADAPTER.fit_labels(student(), X, task)
    plain = student().fit(X, classes[labels], sample_weight=weight)
    assert_array_equal(alone.predict_proba(X), plain.predict_proba(X))


def test_the_log_loss_is_near_that_of_the_teacher_itself():
    X, q, labels = make_data(3, 600)
    soft = distil(student(iterations=200), X, make_task(q, labels))
    log_p = log_softmax(soft.predict(X, prediction_type="RawFormulaVal"), axis=1)
    entropy = -(q * np.log(q)).sum(axis=1).mean()
    assert -(q * log_p).sum(axis=1).mean() < entropy + 0.02


@pytest.mark.parametrize(
    ("labels", "params"),
    [
        (["9", "10"], {"class_weights": [1, 50]}),
        (["9", "10"], {"scale_pos_weight": 50}),
        (["-2", "1.5", "10"], {"class_weights": [1, 1, 50]}),
        (["b", "a"], {"class_names": ["b", "a"], "scale_pos_weight": 50}),
        (["b", "a"], {"class_names": ["b", "a"], "class_weights": [1, 50]}),
    ],
    ids=str,
)
def test_weights_are_in_the_order_that_catboost_has_of_the_labels(labels, params):
    X, q, codes = make_data(len(labels))
    classes = np.sort(labels)
    weighed = student(**params)
    plain = weighed.copy().fit(X, classes[codes])
    heaviest = plain.classes_[plain.predict_proba(X).mean(axis=0).argmax()]
    assert heaviest == labels[-1]
    made = distil(weighed, X, make_task(q, codes, classes=classes))
    mean = dict(zip(made.classes_, made.predict_proba(X).mean(axis=0), strict=True))
    assert mean[heaviest] > 0.8
