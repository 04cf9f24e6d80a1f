"""What can go wrong on Dask ends in the right model or in a clear error."""

import contextlib
import os
import signal
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from xgboost import XGBClassifier, XGBRegressor

pytest.importorskip("skdistill.dask", exc_type=ImportError)

import dask
import dask.array as da
import dask.dataframe as dd
from distributed import Client, LocalCluster, SchedulerPlugin, WorkerPlugin
from xgboost.dask import DaskXGBClassifier

import skdistill
from skdistill.dask import DistilledClassifier, DistilledRegressor
from skdistill.objectives import Response


def test_without_a_cluster_the_error_says_how_to_start_one():
    with pytest.raises(ValueError, match=r"distributed\.Client"):
        model().fit(split(make_frame()), "label")


@contextlib.contextmanager
def two_workers():
    """A client of a new cluster."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client():
    with two_workers() as client:
        yield client


def booster(**params):
    return XGBClassifier(**{"n_estimators": 4, "max_depth": 3, "n_jobs": 1, **params})


def model(teacher=None, **params):
    params = {"cv": 2, **params}
    return DistilledClassifier(teacher or booster(), booster(), **params)


def make_frame(n_samples=400, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n_samples, 3)).round(1), columns=list("abc"))
    noisy = frame["a"] + frame["b"] + 0.5 * rng.normal(size=n_samples)
    frame["label"] = (noisy > 0).astype(np.int64)
    return frame


def split(frame, n=4):
    return dd.from_pandas(frame, npartitions=n)


def from_parts(parts):
    """A collection of these very partitions."""
    parts = [dask.delayed(part) for part in parts]
    return dd.from_delayed(parts, meta=parts[0].compute(), verify_meta=False)


def fitted(data, frame, y="label", **params):
    return model(**params).fit(data, y).predict_proba(frame[["a", "b", "c"]])


class Witness(ClassifierMixin, BaseEstimator):
    """Refuses to predict what it was trained on."""

    def fit(self, X, y):
        self.seen_ = set(X["id"])
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        if self.seen_ & set(X["id"]):
            raise ValueError("asked for what it was trained on")
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


@pytest.mark.parametrize("groups", [None, "patient"])
def test_no_teacher_predicts_a_row_or_group_that_it_saw(client, groups):
    frame = make_frame()
    frame["patient"] = np.arange(len(frame)) // 3
    frame["id"] = frame.index if groups is None else frame["patient"]
    data = split(frame.sample(frac=1.0, random_state=0), 3)
    fit = model(Witness(), student_features=["a", "b"], cv=3)
    assert fit.fit(data, "label", groups=groups).alpha_ == 0.5


def test_order_and_partitions_of_the_rows_do_not_matter(client):
    frame = make_frame()
    expected = fitted(split(frame), frame)
    shuffled = frame.sample(frac=1.0, random_state=0)
    parts = [shuffled[:10], shuffled[10:15], shuffled[15:]]
    assert_allclose(fitted(from_parts(parts), frame), expected, atol=1e-6)


def test_partitions_without_rows_or_without_a_class(client):
    frame = make_frame().sort_values("label")
    cut = int((frame["label"] == 0).sum())
    parts = [frame[:0], frame[:cut], frame[cut:cut], frame[cut:], frame[:0]]
    expected = fitted(split(frame.sort_index()), frame)
    assert_allclose(fitted(from_parts(parts), frame), expected, atol=1e-6)


def test_rows_of_one_index_share_a_fold(client):
    frame = make_frame()
    parts = [frame[start : start + 100].reset_index(drop=True) for start in range(4)]
    parts = [part.assign(id=part.index) for part in parts]
    data = from_parts(parts)
    assert not data.known_divisions
    fit = model(Witness(), student_features=["a", "b"]).fit(data, "label")
    assert fit.predict(data).compute().isin([0, 1]).all()
    same = from_parts([part.set_index(np.zeros(100, int)) for part in parts])
    with pytest.raises(ValueError, match="leaves 1 folds without rows"):
        model().fit(same, "label")


@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame")
def test_files_stay_partitions_whatever_columns_are_read(client, tmp_path):
    """Dask joins files to partitions by how many of their columns are read."""
    frame = make_frame()
    split(frame, 16).to_parquet(tmp_path)
    data = dd.read_parquet(tmp_path)
    assert len(data["label"].to_delayed()) < 16
    found = fitted(data[["a", "b", "c"]], frame, y=data["label"])
    assert_allclose(found, fitted(split(frame), frame), atol=1e-6)


def test_a_column_missing_in_one_partition(client):
    frame = make_frame()
    data = from_parts([frame[:200], frame[200:].drop(columns="c")])
    with pytest.raises(ValueError, match=r"lacks columns that the others have.*'c'"):
        model().fit(data, "label")


def test_text_in_place_of_categories_is_refused(client):
    frame = make_frame().assign(c=pd.Categorical(["x", "y"] * 200))
    fit = model(booster(enable_categorical=True), student_features=["a", "c"])
    fit.set_params(student__enable_categorical=True).fit(split(frame), "label")
    text = frame.astype({"c": str})
    with pytest.raises(TypeError, match=r"Column 'c' has the type .*\.astype\("):
        fit.predict(text)
    assert_array_equal(fit.predict(text.astype({"c": "category"})), fit.predict(frame))


def test_classes_that_a_sample_lacks_are_named(client):
    frame = make_frame()
    frame.loc[[3, 70, 140, 300], "label"] = 2
    teacher = LogisticRegression()
    with pytest.warns(
        UserWarning, match=r"none of the classes \[2\].* max_teacher_rows"
    ):
        model(teacher, max_teacher_rows=20).fit(split(frame), "label")
    frame["label"] = (frame.index == 3) | (frame.index == 70) | (frame.index == 140)
    with pytest.raises(ValueError, match=r"10 rows .* of the class \[False\]"):
        model(teacher, max_teacher_rows=10).fit(split(frame), "label")


def test_categories_that_differ_between_partitions(client):
    frame = make_frame()
    levels = np.random.default_rng(1).choice(["x", "y", "z"], len(frame))
    frame["c"] = pd.Categorical(levels)
    params = {"teacher": booster(enable_categorical=True)}

    def fit(data):
        params = {"n_estimators": 4, "max_depth": 3, "enable_categorical": True}
        one = DistilledClassifier(XGBClassifier(**params), cv=2)
        return one.fit(data, "label").predict_proba(frame[["a", "b", "c"]])

    parts = [frame[:200], frame[200:]]
    recoded = parts[1].assign(c=parts[1]["c"].cat.set_categories(["z", "x", "y"]))
    assert_allclose(fit(from_parts([parts[0], recoded])), fit(split(frame)), atol=1e-6)
    with pytest.raises(ValueError, match=r"'c' is categorical.*student"):
        model(**params).fit(split(frame), "label")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": lambda f: split(f, 3)["label"]}, "y of .* has 3 partitions, X has 4"),
        (
            {"y": lambda f: split(f.set_index(f.index + 1))["label"]},
            "y of .* another index",
        ),
        ({"y": lambda f: f["label"]}, "y of .* must be a Dask Series"),
        ({"y": lambda f: "nothing"}, "y of .* names the column 'nothing'"),
        ({"y": lambda f: split(f.where(f != 0))["label"]}, "missing values"),
        ({"y": lambda f: split(f.assign(label=0))["label"]}, "2 and 10000 classes"),
        ({"sample_weight": lambda f: split(f)["a"]}, "sample_weight .* not negative"),
        ({"groups": lambda f: split(f.where(f < 1, None))["a"]}, "groups .* missing"),
        ({"X_unlabeled": lambda f: split(f)[["a"]]}, "lacks \\['b', 'c'\\]"),
        (
            {"X_unlabeled": lambda f: split(f.assign(b="1.5"))},
            "Column 'b' has the type float64 in X and str.* in X_unlabeled",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:The DataFrame.where:FutureWarning")
def test_data_that_do_not_belong_together(client, change, message):
    frame = make_frame()
    numbers = frame[["a", "b", "c"]]
    given = {
        name: make(frame if name == "y" else numbers) for name, make in change.items()
    }
    data = split(numbers)
    y = given.pop("y", split(frame)["label"])
    with pytest.raises((ValueError, TypeError), match=message):
        model().fit(data, y, **given)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"cv": KFold(3)}, "cv .* number of folds"),
        ({"cv": "oob"}, "cv .* 'oob' on one machine"),
        ({"cv": 1}, "cv .* at least 2"),
        ({"cv": 2, "alpha": "auto"}, "cv .* at least 3"),
        ({"alpha": 2}, "alpha"),
        ({"objective": "feature"}, "features and relations"),
        ({"objective": Response(correction="auto")}, "correction"),
        ({"objective": Response(calibrate=True)}, "calibrate .* on one machine"),
        ({"teacher": FrozenEstimator(booster())}, "frozen"),
        ({"teacher": LogisticRegression}, "not its class"),
        ({"student": LogisticRegression()}, "student .* XGBClassifier"),
        ({"student": XGBRegressor()}, "student .* XGBClassifier"),
        ({"student": DaskXGBClassifier()}, "plain XGBoost estimator"),
        ({"student": booster(booster="gblinear")}, "gblinear"),
        ({"student": booster(early_stopping_rounds=3)}, "early_stopping_rounds"),
        ({"student": None, "teacher": LogisticRegression()}, "teacher's copy is"),
        ({"privileged_weight": 0.5}, "both teachers would be one"),
        ({"unlabeled_weight": -1}, "unlabeled_weight"),
        ({"max_teacher_rows": 0}, "max_teacher_rows"),
        ({"memory": 3}, "memory"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(client, params, message):
    params = {"teacher": booster(), "student": booster(), **params}
    with pytest.raises((ValueError, TypeError), match=message):
        DistilledClassifier(**params).fit(split(make_frame()), "label")


def test_data_in_memory_are_refused(client):
    frame = make_frame()
    with pytest.raises(TypeError, match=r"use skdistill\.DistilledClassifier"):
        model().fit(frame[["a", "b"]], frame["label"])
    with pytest.raises(TypeError, match="'name' of X has the type"):
        model().fit(split(frame.assign(name="x")), "label")


def test_values_have_to_be_finite(client):
    frame = make_frame()
    X = da.from_array(frame[["a", "b"]].to_numpy(), (200, 2))
    y = da.from_array(np.where(frame["a"] > 2, np.inf, frame["b"]), 200)
    with pytest.raises(ValueError, match="y contains infinity"):
        DistilledRegressor(XGBRegressor(n_estimators=2), cv=2).fit(X, y)
    y = da.from_array(np.where(frame["label"], "yes", "no"), 200)
    with pytest.raises(ValueError, match="y of DistilledRegressor must hold numbers"):
        DistilledRegressor(XGBRegressor(n_estimators=2), cv=2).fit(X, y)


@pytest.mark.parametrize("teacher", [booster(), LogisticRegression()])
@pytest.mark.parametrize("as_array", [False, True])
def test_columns_have_to_be_finite(client, as_array, teacher):
    frame = make_frame()
    frame.loc[350, "b"] = 1e300  # Infinite in single precision.
    named = r"\[1\]" if as_array else r"\['b'\]"
    X, y = split(frame[["a", "b"]]), split(frame)["label"]
    if as_array:
        X, y = X.to_dask_array(lengths=True), y.to_dask_array(lengths=True)
    with pytest.raises(ValueError, match=f"columns {named} of X .* infinite values"):
        model(teacher).fit(X, y)
    infinity = booster(missing=np.inf)
    DistilledClassifier(infinity, infinity, cv=2).fit(X, y)


@pytest.mark.parametrize("name", ["X", "X_unlabeled"])
def test_names_are_those_of_one_column(client, name):
    twice = split(make_frame()[["a", "b", "c"]].set_axis(list("aab"), axis=1))
    given = {"X": split(make_frame()[["a", "b"]]), name: twice}
    with pytest.raises(ValueError, match=rf"{name} of .* more than once: \['a'\]"):
        model().fit(y=split(make_frame())["label"], **given)


def test_predictions_in_memory_are_found_again(client, tmp_path, capsys):
    frame = make_frame()
    settings = {"memory": tmp_path, "verbose": 1, "student_features": ["a", "b"]}
    data = split(frame)
    first = fitted(data, frame, **settings)
    assert capsys.readouterr().out.count("privileged teacher") == 2
    assert_allclose(first, fitted(data, frame, student_features=["a", "b"]))
    assert_array_equal(fitted(data, frame, **settings), first)
    assert "teacher" not in capsys.readouterr().out
    fitted(data, frame, privileged_weight=0.5, **settings)
    printed = capsys.readouterr().out
    assert printed.count("regular teacher") == 2
    assert "privileged" not in printed
    fitted(data, frame, random_state=1, **settings)
    assert capsys.readouterr().out.count("privileged teacher") == 2


def test_the_student_is_a_plain_file(client, tmp_path):
    frame = make_frame()
    frame["label"] = np.where(frame["a"] > 1, 2, frame["label"])
    fit = model().fit(split(frame), "label")
    frame[["a", "b", "c"]].to_csv(tmp_path / "X.csv", index=False)
    fit.student_.save_model(tmp_path / "student.json")
    script = (
        "import sys, pandas, xgboost\n"
        "model = xgboost.XGBClassifier()\n"
        "model.load_model('student.json')\n"
        "print(model.predict_proba(pandas.read_csv('X.csv'))[:3].tolist())\n"
        "assert not {'dask', 'skdistill'} & set(sys.modules)\n"
    )
    run = [sys.executable, "-I", "-c", script]
    found = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    expected = fit.predict_proba(frame[["a", "b", "c"]])[:3]
    assert_allclose(eval(found.stdout or found.stderr), expected, atol=1e-6)


class Largest(SchedulerPlugin):
    """The size of the largest result of a task."""

    nbytes = 0

    def transition(self, key, start, finish, *args, nbytes=None, **kwargs):
        self.nbytes = max(self.nbytes, nbytes or 0)


def test_no_worker_ever_has_more_than_some_partitions_in_one_piece(client):
    """What XGBoost holds beside is in the benchmark of scale, as is the client."""

    def read(number):
        frame = make_frame(500, seed=number)
        frame.index += 500 * number
        return frame.assign(label=frame["label"] + (frame["c"] > 1))

    parts = [dask.delayed(read)(number) for number in range(20)]
    data = dd.from_delayed(parts, meta=make_frame(0), verify_meta=False)
    largest = Largest()
    client.cluster.scheduler.add_plugin(largest)
    model().fit(data, "label")
    one = make_frame(500).memory_usage().sum()
    assert one / 2 < largest.nbytes < 4 * one


class Killer(WorkerPlugin):
    """Kills the worker that first starts its second task of some name, once.

    Which worker that is depends on the scheduler; of three tasks one of two workers has
    two.
    """

    def __init__(self, task, mark):
        self.task, self.left, self.mark = task, 2, mark

    def transition(self, key, start, finish, **kwargs):
        if finish != "executing" or not str(key).startswith(self.task):
            return
        self.left -= 1
        if self.left == 0:
            with contextlib.suppress(FileExistsError), open(self.mark, "x"):
                os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(
    "task",
    [
        pytest.param("read", id="reading"),
        pytest.param("fn-", id="before all workers of a training are connected"),
        pytest.param("predict_out_of_fold", id="predicting"),
    ],
)
def test_a_worker_that_dies_is_replaced(task, tmp_path, monkeypatch):
    monkeypatch.setattr("skdistill.dask._xgboost._CONNECT", 15)
    frame = make_frame()
    parts = [dask.delayed(read)(frame[n : n + 100]) for n in range(0, 400, 100)]
    data = dd.from_delayed(parts, meta=frame[:0], verify_meta=False)
    mark = tmp_path / "killed"
    with two_workers() as client:
        expected = fitted(data, frame)
        client.register_plugin(Killer(task, str(mark)))
        assert_allclose(fitted(data, frame), expected, atol=1e-6)
    assert mark.exists()


def test_data_that_was_on_a_dead_worker_alone_is_lost(tmp_path):
    frame = make_frame()
    with two_workers() as client:
        parts = [client.scatter(frame[n : n + 100]) for n in range(0, 400, 100)]
        data = dd.from_delayed(parts, meta=frame[:0], verify_meta=False)
        client.register_plugin(Killer("predict_out_of_fold", str(tmp_path / "killed")))
        with pytest.raises(RuntimeError, match="Read the data again"):
            model().fit(data, "label")


def read(part):
    return part


def predicted_with_and_without(backend):
    """Train on data in memory, by a backend of joblib and without it, and predict."""
    frame = make_frame()
    X, y = frame[["a", "b", "c"]], frame["label"]
    one = skdistill.DistilledClassifier(
        RandomForestClassifier(5, random_state=0),
        LogisticRegression(),
        cv=3,
        n_jobs=2,
        random_state=0,
    )
    expected = one.fit(X, y).predict_proba(X)
    with joblib.parallel_config(backend):
        return one.fit(X, y).predict_proba(X), expected


def test_joblib_trains_folds_of_data_in_memory_on_dask(client):
    assert_array_equal(*predicted_with_and_without("dask"))


@pytest.mark.filterwarnings("ignore")
def test_joblib_trains_folds_of_data_in_memory_on_ray():
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.util.joblib").register_ray()
    ray.init(num_cpus=2, include_dashboard=False)
    try:
        assert_array_equal(*predicted_with_and_without("ray"))
    finally:
        ray.shutdown()
