"""LightGBM students: the loss is minimised, and what is left is plain LightGBM."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax

from skdistill.students._gradients import DistillationGradient
from skdistill.students._task import Loss, StudentTask

lightgbm = pytest.importorskip("lightgbm")
pd = pytest.importorskip("pandas")

from lightgbm import Booster, LGBMClassifier, LGBMRanker, LGBMRegressor  # noqa: E402
from lightgbm.basic import LightGBMError  # noqa: E402
from sklearn.base import clone  # noqa: E402

from skdistill.students._lightgbm import LightGBMAdapter  # noqa: E402

# LightGBM 4.6 says so of its own classifier whenever it predicts on an array.
pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")

ADAPTER = LightGBMAdapter()


class Derived(LGBMClassifier):
    """A user's own class."""


class FitsByItself(LGBMClassifier):
    """Another one, whose `fit` does more."""

    def fit(self, X, y, **params):
        self.n_calls_ = getattr(self, "n_calls_", 0) + 1
        return super().fit(X, y, **params)


def student(cls=LGBMClassifier, **params):
    small = {"n_estimators": 10, "num_leaves": 8, "random_state": 0}
    return cls(**{**small, "n_jobs": 1, "verbose": -1, **params})


def make_data(n_classes, n_samples=400, seed=0):
    """Rows, the probabilities they come with, and labels drawn from these."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, 5))
    slopes = np.random.default_rng(7).normal(size=(5, n_classes))
    q = softmax(1.5 * X @ slopes - 0.3 * np.arange(n_classes), axis=1)
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


def two_term_loss(fitted, X, task):
    z = np.log(fitted.predict_proba(X))
    T, alpha = task.loss.temperature, task.loss.alpha
    tempered = task.responses ** (1 / T)
    tempered /= tempered.sum(axis=1, keepdims=True)
    soft = -(tempered * log_softmax(z / T, axis=1)).sum(axis=1).mean()
    hard = -log_softmax(z, axis=1)[np.arange(len(z)), task.labels].mean()
    return alpha * T**2 * soft + (1 - alpha) * hard


def divergence(q, p):
    return (q * (np.log(q) - np.log(p))).sum(axis=1).mean()


def run_without_skdistill(code, *arguments):
    """Run code in a process in which `import skdistill` fails."""
    block = "import sys; sys.modules['skdistill'] = None\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", block + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("n_classes", "temperature", "route"),
    [
        (2, 1.0, "cross_entropy"),
        (2, 2.0, "logistic_gradient"),
        (3, 1.0, "softmax_gradient"),
        (3, 2.0, "softmax_gradient"),
    ],
)
@pytest.mark.parametrize("cls", [LGBMClassifier, Derived])
def test_route(cls, n_classes, temperature, route):
    loss = Loss("classification", 0.5, n_classes, temperature=temperature)
    assert ADAPTER.route(cls(), loss) == route


@pytest.mark.parametrize(
    "unfitted",
    [
        student(FitsByItself),
        student(unbalance=True),
        student(scale_pos_weight=2.0),
    ],
    ids=str,
)
def test_what_the_librarys_own_loss_lacks_is_left_to_the_gradient(unfitted):
    loss = Loss("classification", 0.5, 2)
    assert ADAPTER.route(unfitted, loss) == "logistic_gradient"


def test_relations_are_left_to_the_gradient():
    loss = Loss("classification", 0.5, 2, auxiliary=("distance",))
    assert ADAPTER.route(student(), loss) == "logistic_gradient"


@pytest.mark.parametrize(
    ("params", "n_classes"),
    [
        ({"objective": "binary", "class_weight": {0: 2}, "sigmoid": 1}, 2),
        ({"objective": "cross_entropy", "is_unbalance": True}, 2),
        ({"objective": "multiclass", "class_weight": "balanced"}, 3),
        ({"objective": "softmax", "early_stopping_round": 0}, 3),
        # Ignored by LightGBM itself with more than two classes.
        ({"scale_pos_weight": 3.0, "pos_bagging_fraction": 0.5, "sigmoid": 2.0}, 3),
    ],
)
def test_what_does_not_conflict_is_accepted(params, n_classes):
    loss = Loss("classification", 0.5, n_classes)
    assert ADAPTER.route(student(**params), loss)


@pytest.mark.parametrize(
    ("params", "n_classes", "temperature", "message"),
    [
        ({"objective": "regression"}, 2, 1.0, "objective of the student LGBMClass"),
        ({"objective": "multiclassova"}, 3, 1.0, "'multiclass', .*got 'multiclassova'"),
        ({"objective": "binary"}, 3, 1.0, "for 3 classes .*got 'binary'. Leave it"),
        ({"objective": np.subtract}, 3, 1.0, "got <ufunc 'subtract'>. Leave it unset"),
        ({"application": "binary"}, 2, 1.0, "application .* Set objective instead"),
        ({"sigmoid": 2.0}, 2, 1.0, "sigmoid .* must be 1 .*got 2.0"),
        ({"boosting_type": "rf"}, 2, 2.0, "boosting_type .*'rf'.*RandomForestRegr"),
        ({"boosting": "dart"}, 3, 1.0, "boosting of .*got 'dart'.*not twice alike"),
        ({"early_stopping_round": 5}, 2, 1.0, "early_stopping_round of .* eval_set"),
        ({"n_iter_no_change": 5}, 3, 1.0, "n_iter_no_change of .*got 5"),
        ({"neg_bagging_fraction": 0.5}, 2, 1.0, "neg_bagging_fraction .* subsample"),
        ({"class_weight": "balanced"}, 3, 2.0, "class_weight .* temperature 2 .*'bal"),
        ({"is_unbalance": True}, 2, 2.0, "is_unbalance .* temperature 2 .*got True"),
        ({"scale_pos_weight": 3.0}, 2, 2.0, "scale_pos_weight .* sample_weight"),
        (
            {"unbalance": True, "scale_pos_weight": 3.0},
            2,
            1.0,
            "unbalance .* unset next to scale_pos_weight .* one of the two",
        ),
    ],
)
def test_what_cannot_be_exact_is_refused_before_training(
    params, n_classes, temperature, message
):
    loss = Loss("classification", 0.5, n_classes, temperature=temperature)
    with pytest.raises(ValueError, match=message):
        ADAPTER.route(LGBMClassifier(**params), loss)


def test_other_estimators_of_the_library_are_refused():
    with pytest.raises(ValueError, match="LGBMRanker cannot learn from soft targets"):
        ADAPTER.route(LGBMRanker(), Loss("classification", 0.5, 2))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"subsample": 0.5, "subsample_freq": 1, "reg_lambda": 2.0},
        {"data_sample_strategy": "goss"},
        {"boosting_type": "goss", "boost_from_average": False},
        {"linear_tree": True},
        {"extra_trees": True, "path_smooth": 1.0},
        {"use_quantized_grad": True},
        {"min_split_gain": 20.0},
        {"min_split_gain": 1e9},
        {"min_child_samples": 400},
    ],
    ids=str,
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_on_labels_it_is_plain_lightgbm(params, n_classes):
    X, _, labels = make_data(n_classes)
    X[::7, 1] = np.nan
    plain = student(**params).fit(X, labels)
    soft = ADAPTER.fit_soft(student(**params), X, labels_only(labels, n_classes))
    assert_allclose(soft.predict_proba(X), plain.predict_proba(X), atol=1e-12)
    assert soft.get_params() == plain.get_params()
    assert soft.objective_ == plain.objective_
    assert soft.n_estimators_ == plain.n_estimators_
    assert soft.booster_.params["objective"] == plain.booster_.params["objective"]
    ours, theirs = (m.booster_.model_to_string().split("\n") for m in (soft, plain))
    for word in ("objective", "shrinkage", "num_leaves", "leaf_count"):
        assert [s for s in ours if word in s] == [s for s in theirs if word in s]
    ours, theirs = (m.booster_.trees_to_dataframe()["value"] for m in (soft, plain))
    assert_allclose(ours, theirs, atol=1e-5)


# The library's own loss trains what no gradient does, or not twice alike.
FORESTS = [
    {"boosting": "dart"},
    {"boosting_type": "rf", "subsample": 0.6, "subsample_freq": 1},
]


@pytest.mark.parametrize("params", [{"boost_from_average": False}, *FORESTS], ids=str)
@pytest.mark.parametrize("weighted", [False, True])
def test_two_classes_are_bit_for_bit_those_of_labels(params, weighted):
    X, _, labels = make_data(2, n_samples=3000)
    weight = np.random.default_rng(1).uniform(0.5, 2, len(X)) if weighted else None
    plain = student(**params).fit(X, labels, sample_weight=weight)
    task = labels_only(labels, 2, sample_weight=weight)
    soft = ADAPTER.fit_soft(student(**params), X, task)
    assert_array_equal(soft.predict_proba(X), plain.predict_proba(X))
    ours, theirs = (
        [
            line
            for line in m.booster_.model_to_string().split("\n")
            if "metric" not in line
        ]
        for m in (soft, plain)
    )
    assert ours == theirs


@pytest.mark.parametrize("params", [{}, *FORESTS], ids=str)
def test_two_classes_are_those_of_lightgbms_own_cross_entropy(params):
    X, q, labels = make_data(2)
    weight = np.random.default_rng(1).uniform(0.5, 2, len(X))
    task = make_task(q, labels, 0.7, sample_weight=weight)
    soft = ADAPTER.fit_soft(student(**params), X, task)
    own = student(LGBMRegressor, objective="cross_entropy", **params)
    own.fit(X, task.targets[:, 1], sample_weight=weight)
    assert_array_equal(soft.predict_proba(X)[:, 1], own.predict(X))


def test_the_gradient_and_the_librarys_own_loss_agree():
    X, q, labels = make_data(2, n_samples=2000)
    task = make_task(q, labels, 0.5, classes=["no", "yes"])
    own_loss = ADAPTER.fit_soft(student(), X, task)
    by_gradient = ADAPTER.fit_soft(student(FitsByItself), X, task)
    assert by_gradient.n_calls_ == 1
    assert_allclose(by_gradient.predict_proba(X), own_loss.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_many_rows_are_plain_lightgbm(n_classes):
    X, _, labels = make_data(n_classes, n_samples=10_000)
    weight = np.random.default_rng(1).uniform(0.5, 2, len(X)).astype(np.float32)
    plain = student().fit(X, labels, sample_weight=weight)
    task = labels_only(labels, n_classes, sample_weight=weight.astype(np.float64))
    soft = ADAPTER.fit_soft(student(), X, task)
    assert_allclose(soft.predict_proba(X), plain.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize(
    ("params", "n_classes"),
    [
        ({"class_weight": "balanced"}, 2),
        ({"class_weight": {"a": 0.5, "b": 4.0}}, 2),
        ({"is_unbalance": True}, 2),
        ({"unbalanced_sets": True, "class_weight": {"b": 3.0}}, 2),
        ({"scale_pos_weight": 5.0}, 2),
        ({"class_weight": "balanced"}, 3),
        ({"class_weight": {"c": 6.0}}, 3),
        ({"scale_pos_weight": 5.0, "is_unbalance": True}, 3),
    ],
    ids=str,
)
@pytest.mark.parametrize("weighted", [False, True])
def test_class_weights_are_those_of_lightgbm(params, n_classes, weighted):
    X, _, labels = make_data(n_classes)
    weight = np.random.default_rng(1).uniform(0.5, 2, len(X)) if weighted else None
    task = labels_only(
        labels, n_classes, classes=list("abc")[:n_classes], sample_weight=weight
    )
    plain = student(**params).fit(X, task.y, sample_weight=weight)
    soft = ADAPTER.fit_soft(student(**params), X, task)
    assert_allclose(soft.predict_proba(X), plain.predict_proba(X), atol=1e-6)
    assert soft.get_params() == plain.get_params() == student(**params).get_params()


def test_class_weights_weigh_soft_targets():
    X, q, labels = make_data(3)
    task = make_task(q, labels, alpha=0.7)
    weighted = ADAPTER.fit_soft(student(class_weight={1: 9.0}), X, task)
    expected = ADAPTER.fit_soft(
        student(), X, task.weighted_by_class(np.array([1.0, 9.0, 1.0]))
    )
    assert_array_equal(weighted.predict_proba(X), expected.predict_proba(X))
    plain = ADAPTER.fit_soft(student(), X, task).predict_proba(X)
    assert weighted.predict_proba(X)[:, 1].mean() > plain[:, 1].mean() + 0.1


def test_an_unknown_label_in_class_weight_is_an_error():
    X, q, labels = make_data(3)
    with pytest.raises(ValueError, match="must be a dict from the labels"):
        ADAPTER.fit_soft(student(class_weight={7: 9.0}), X, make_task(q, labels))


@pytest.mark.parametrize("n_classes", [2, 10])
def test_closer_to_the_teacher_than_drawn_labels(n_classes):
    X, q, labels = make_data(n_classes, n_samples=800)
    X_new, q_new, _ = make_data(n_classes, n_samples=800, seed=1)
    soft = ADAPTER.fit_soft(student(n_estimators=60), X, make_task(q, labels))
    drawn = student(n_estimators=60).fit(X, labels)
    ours = divergence(q_new, soft.predict_proba(X_new))
    assert ours < 0.9 * divergence(q_new, drawn.predict_proba(X_new))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_temperature_minimises_the_two_term_loss(n_classes):
    X, q, labels = make_data(n_classes, n_samples=800)
    task = make_task(q, labels, alpha=0.5, temperature=3.0)
    at_three = ADAPTER.fit_soft(student(n_estimators=40), X, task)
    at_one = ADAPTER.fit_soft(
        student(n_estimators=40), X, make_task(q, labels, alpha=0.5)
    )
    assert two_term_loss(at_three, X, task) < two_term_loss(at_one, X, task) - 1e-3


@pytest.mark.parametrize("temperature", [1.0, 3.0])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_each_cell_reaches_the_optimum(n_classes, temperature):
    _, q, labels = make_data(n_classes)
    cell = np.arange(len(q)) % 3
    weight = np.random.default_rng(2).uniform(0.5, 2, len(q))
    task = make_task(q, labels, 0.5, temperature, sample_weight=weight)
    fitted = ADAPTER.fit_soft(
        student(n_estimators=200, learning_rate=0.3), cell[:, None], task
    )
    z = np.log(fitted.predict_proba(cell[:, None]))
    raw = z[:, 1] - z[:, 0] if n_classes == 2 else z
    gradient = (DistillationGradient.of_task(task)(raw)[0].T * weight).T
    for value in range(3):
        left = gradient[cell == value].sum(axis=0) / weight[cell == value].sum()
        assert_allclose(left, 0.0, atol=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 3.0])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_rows_are_worked_on_in_blocks_without_a_trace(
    monkeypatch, n_classes, temperature
):
    X, q, labels = make_data(n_classes)
    weight = np.random.default_rng(2).uniform(0.5, 2, len(q))
    task = make_task(q, labels, 0.5, temperature, sample_weight=weight)
    at_once = ADAPTER.fit_soft(student(), X, task)
    monkeypatch.setattr("skdistill.students._gradients._BLOCK", 64)
    in_blocks = ADAPTER.fit_soft(student(), X, task)
    assert_allclose(in_blocks.predict_proba(X), at_once.predict_proba(X), atol=1e-12)


def test_weights_are_repetitions():
    _, q, labels = make_data(3)
    X = np.random.default_rng(3).integers(5, size=(len(q), 2)).astype(float)
    times = np.random.default_rng(4).integers(1, 4, size=len(q))
    params = {"min_child_samples": 1, "min_child_weight": 1.0}
    weighted = ADAPTER.fit_soft(
        student(**params), X, make_task(q, labels, sample_weight=times.astype(float))
    )
    again = ADAPTER.fit_soft(
        student(**params),
        X.repeat(times, axis=0),
        make_task(q.repeat(times, axis=0), labels.repeat(times)),
    )
    unweighted = ADAPTER.fit_soft(student(**params), X, make_task(q, labels))
    ours = weighted.predict_proba(X)
    assert_allclose(ours, again.predict_proba(X), atol=1e-5)
    assert np.abs(ours - unweighted.predict_proba(X)).max() > 0.01


@pytest.mark.parametrize(
    "classes",
    [["no", "yes"], [False, True], [-3, 40], ["b", "c", "z"], [1, 5, 90]],
    ids=str,
)
def test_it_answers_with_the_users_labels(classes):
    X, q, labels = make_data(len(classes))
    task = make_task(q, labels, classes=classes)
    fitted = ADAPTER.fit_soft(student(), X, task)
    assert_array_equal(fitted.classes_, classes)
    assert fitted.classes_.dtype == task.classes.dtype
    predicted = fitted.predict(X)
    assert_array_equal(predicted, fitted.classes_[fitted.predict_proba(X).argmax(1)])
    assert (predicted == task.y).mean() > 0.5


@pytest.mark.parametrize("params", [{}, {"class_weight": "balanced"}], ids=str)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_class_without_a_label_is_learnt_from_the_teacher(params, n_classes):
    X, q, labels = make_data(n_classes)
    labels = np.minimum(labels, n_classes - 2)
    fitted = ADAPTER.fit_soft(student(**params), X, make_task(q, labels))
    assert_array_equal(fitted.classes_, np.arange(n_classes))
    p = fitted.predict_proba(X)[:, -1]
    assert np.corrcoef(p, q[:, -1])[0, 1] > 0.8


@pytest.mark.parametrize("n_classes", [2, 3])
def test_features_that_never_split_leave_the_mean(n_classes):
    _, q, labels = make_data(n_classes)
    task = make_task(q, labels, alpha=0.5)
    fitted = ADAPTER.fit_soft(student(), np.ones((len(q), 2)), task)
    expected = np.tile(task.targets.mean(axis=0), (2, 1))
    assert_allclose(fitted.predict_proba(np.zeros((2, 2))), expected)


def test_errors_of_lightgbm_stay_errors(monkeypatch):
    X, q, labels = make_data(3)
    with pytest.raises(LightGBMError, match="max_bin"):
        ADAPTER.fit_soft(student(max_bin=1), X, make_task(q, labels))

    def broken(labels, raw):
        raise LightGBMError("while it trained")

    monkeypatch.setattr(
        "skdistill.students._lightgbm.gradient_objective", lambda *arguments: broken
    )
    with pytest.raises(LightGBMError, match="while it trained"):
        ADAPTER.fit_soft(student(), X, make_task(q, labels))


@pytest.mark.parametrize("cls", [LGBMClassifier, Derived])
@pytest.mark.parametrize("objective", [None, "binary", "cross_entropy"])
def test_what_is_returned_is_plain(cls, objective):
    X, q, labels = make_data(2)
    unfitted = student(cls, objective=objective, class_weight={0: 2.0})
    params = unfitted.get_params()
    fitted = ADAPTER.fit_soft(unfitted, X, make_task(q, labels))
    assert type(fitted) is cls
    assert fitted.get_params() == params
    assert fitted.objective_ == (objective or "binary")
    assert clone(fitted).get_params() == params
    copied = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(copied.predict_proba(X), fitted.predict_proba(X))
    plain = student(cls, **params).fit(X, labels)
    assert len(pickle.dumps(fitted)) < 2 * len(pickle.dumps(plain))
    # Fitted again it is what it would have been without distillation.
    again = fitted.fit(X, labels)
    assert_array_equal(again.predict_proba(X), plain.predict_proba(X))


def test_sparse_rows_and_array_rows_are_the_same():
    X, q, labels = make_data(3)
    X[X < 0] = 0.0
    task = make_task(q, labels)
    dense = ADAPTER.fit_soft(student(), X, task).predict_proba(X)
    sparse = ADAPTER.fit_soft(student(), csr_matrix(X), task)
    assert_allclose(sparse.predict_proba(csr_matrix(X)), dense, atol=1e-12)


def make_frame(n_classes, n_samples=600):
    """A frame with a category and missing values, and its teacher."""
    X, _, labels = make_data(n_classes, n_samples)
    rng = np.random.default_rng(5)
    level = rng.integers(6, size=n_samples)
    X[rng.random(X.shape) < 0.1] = np.nan
    frame = pd.DataFrame(X, columns=list("vwxyz"))
    frame["town"] = pd.Categorical.from_codes(level, list("pqrstu"))
    frame.loc[::9, "town"] = np.nan
    slopes = rng.normal(scale=2.0, size=(6, n_classes))
    return frame, softmax(slopes[level] + np.nan_to_num(X[:, :1]), axis=1), labels


def test_categories_and_missing_values_reach_lightgbm():
    frame, q, labels = make_frame(3)
    fitted = ADAPTER.fit_soft(
        student(min_data_per_group=5), frame, make_task(q, labels)
    )
    assert_array_equal(fitted.feature_names_in_, frame.columns)
    assert fitted.booster_.pandas_categorical == [list("pqrstu")]
    known = frame["town"].notna()
    p = fitted.predict_proba(frame)
    assert divergence(q[known], p[known]) < 0.5 * divergence(q, q.mean(axis=0))
    other_order = frame.assign(town=frame["town"].cat.set_categories(list("utsrqp")))
    assert_array_equal(fitted.predict_proba(other_order), p)


def test_files_answer_alike_where_skdistill_is_missing(tmp_path):
    expected = {}
    for n_classes, temperature in [(2, 1.0), (2, 2.0), (10, 1.0), (10, 2.0)]:
        frame, q, labels = make_frame(n_classes)
        classes = [f"class {i}" for i in range(n_classes)]
        task = make_task(q, labels, 0.5, temperature, classes=classes)
        fitted = ADAPTER.fit_soft(student(linear_tree=temperature == 2.0), frame, task)
        name = f"{n_classes}-{temperature}"
        fitted.booster_.save_model(tmp_path / f"{name}.txt")
        (tmp_path / f"{name}.pickle").write_bytes(pickle.dumps((fitted, frame)))
        expected[name] = classes, fitted.predict_proba(frame)
    run_without_skdistill(
        "from pathlib import Path\n"
        "import lightgbm, numpy as np, pickle\n"
        "for path in Path(sys.argv[1]).glob('*.txt'):\n"
        "    pickled = path.with_suffix('.pickle').read_bytes()\n"
        "    student, frame = pickle.loads(pickled)\n"
        "    booster = lightgbm.Booster(model_file=path)\n"
        "    answers = student.predict_proba(frame), booster.predict(frame)\n"
        "    np.savez(path.with_suffix('.npz'), student.classes_, *answers)\n",
        tmp_path,
    )
    for name, (classes, p) in expected.items():
        with np.load(tmp_path / f"{name}.npz") as answers:
            known, pickled, native = answers.values()
        assert_array_equal(known, classes)
        assert_array_equal(pickled, p)
        assert_array_equal(native, p[:, 1] if len(classes) == 2 else p)


def test_probabilities_are_the_softmax_of_the_raw_scores():
    X, q, labels = make_data(10)
    fitted = ADAPTER.fit_soft(student(), X, make_task(q, labels))
    booster = Booster(model_str=fitted.booster_.model_to_string())
    raw = booster.predict(X, raw_score=True)
    assert_allclose(softmax(raw, axis=1), fitted.predict_proba(X), atol=1e-12)
    assert_allclose(booster.predict(X), fitted.predict_proba(X), atol=1e-12)
