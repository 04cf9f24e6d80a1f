"""Distillation on Dask: the models of one machine, from rows on several."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from xgboost import XGBClassifier, XGBRegressor

pytest.importorskip("skdistill.dask", exc_type=ImportError)

import dask.array as da
import dask.dataframe as dd
from distributed import Client, LocalCluster

import skdistill
from skdistill.dask import DistilledClassifier, DistilledRegressor
from skdistill.dask._folds import fold_of_rows
from skdistill.objectives import Response


@pytest.fixture(scope="module", autouse=True)
def client():
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def booster(**params):
    params = {"n_estimators": 8, "max_depth": 3, "n_jobs": 1, **params}
    return XGBClassifier(**params)


def make_frame(n_samples=800, n_classes=3, seed=0):
    """Rows with few values a column, a category, gaps, weights, groups and labels."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, 4)).round(1)
    frame = pd.DataFrame(X, columns=["a", "b", "c", "lab"])
    frame["kind"] = pd.Categorical(rng.choice(["u", "v", "w"], n_samples))
    score = X[:, 0] + X[:, 3] + (frame["kind"] == "u") + rng.normal(size=n_samples)
    frame.loc[rng.random(n_samples) < 0.1, "b"] = np.nan
    cuts = np.quantile(score, np.arange(1, n_classes) / n_classes)
    frame["label"] = np.array(["low", "mid", "top"])[np.searchsorted(cuts, score)]
    frame["value"] = score
    frame["weight"] = rng.integers(1, 4, n_samples) / 2
    frame["patient"] = rng.integers(0, n_samples // 4, n_samples)
    return frame


FEATURES = ["a", "b", "c", "lab", "kind"]
STUDENT = ["a", "b", "kind"]


def on_one_machine(model, keys):
    """The same estimator on one machine, with the folds of the hash as splits."""
    params = model.get_params(deep=False)
    del params["max_teacher_rows"]
    params["cv"] = same_folds(keys, model.cv, model.random_state)
    return getattr(skdistill, type(model).__name__)(**params)


def same_folds(keys, n_folds, seed=None):
    """The folds of the hash, as splits for one machine."""
    random_state = np.random.RandomState(0 if seed is None else seed)
    seeds = random_state.randint(np.iinfo(np.int32).max, size=3)
    fold = fold_of_rows(keys, n_folds, int(seeds[2]))
    return [
        (np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in range(n_folds)
    ]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_the_student_is_that_of_one_machine(n_classes, temperature):
    """With privileged columns, both teachers, weights, and rows without a label."""
    frame = make_frame(800, n_classes)
    unknown = make_frame(400, n_classes, seed=1)[FEATURES]
    unknown["a"] += 0.05  # One machine leaves out rows that are rows of X.
    model = DistilledClassifier(
        booster(n_estimators=12, enable_categorical=True),
        booster(enable_categorical=True),
        teacher_features=FEATURES,
        student_features=STUDENT,
        privileged_weight=0.6,
        unlabeled_weight=0.5,
        objective=Response(temperature=temperature),
        alpha=0.7,
        cv=2,
    )
    data = dd.from_pandas(frame, npartitions=5)[[*FEATURES, "label", "weight"]]
    model.fit(
        data,
        "label",
        sample_weight="weight",
        X_unlabeled=dd.from_pandas(unknown, npartitions=3),
    )
    alone = on_one_machine(model, frame.index).fit(
        frame[FEATURES],
        frame["label"],
        sample_weight=frame["weight"],
        X_unlabeled=unknown,
    )
    assert model.student_route_ == alone.student_route_
    expected = alone.predict_proba(frame[FEATURES])
    assert_allclose(model.predict_proba(frame[FEATURES]), expected, atol=1e-6)
    assert_allclose(model.student_.predict_proba(frame[STUDENT]), expected, atol=1e-6)
    assert_allclose(model.predict_proba(data[FEATURES]).compute(), expected, atol=1e-6)


def test_arrays_and_regression():
    frame = make_frame()
    X, y = frame[["a", "b", "c", "lab"]].to_numpy(), frame["value"].to_numpy()
    params = {"n_estimators": 8, "max_depth": 3, "n_jobs": 1}
    model = DistilledRegressor(
        XGBRegressor(**params), XGBRegressor(**params), student_features=[0, 1], cv=2
    ).fit(da.from_array(X, (300, 2)), da.from_array(y, 300))
    alone = on_one_machine(model, pd.RangeIndex(len(X))).fit(X, y)
    assert_allclose(model.predict(X), alone.predict(X), atol=1e-5)
    lazy = model.predict(da.from_array(X, (300, 2)))
    assert isinstance(lazy, da.Array)
    assert_allclose(lazy.compute(), model.predict(X))
    assert_allclose(
        model.score(da.from_array(X, (300, 2)), da.from_array(y, 300)),
        alone.score(X, y),
        atol=1e-5,
    )


@pytest.mark.parametrize("objective", ["reg:squarederror", "count:poisson"])
def test_the_range_of_values_is_that_of_all_partitions(objective):
    """Partitions in the order of y, one that is empty, and rows without a label."""
    frame = make_frame(400).sort_values("value")
    if objective == "count:poisson":  # The teacher predicts below the least.
        frame["value"] = np.exp(frame["value"]) + 0.01
    numbers = ["a", "b", "c", "lab"]
    unknown = make_frame(200, seed=1)[numbers] + 0.05
    teacher = XGBRegressor(n_estimators=20, n_jobs=1, max_depth=3)
    student = XGBRegressor(n_estimators=8, n_jobs=1, max_depth=3, objective=objective)
    model = DistilledRegressor(
        teacher, student, student_features=["a", "b"], alpha=0.8, cv=3
    )
    parts = [frame[start : start + 100] for start in range(0, 500, 100)]
    data = dd.from_map(lambda part: part, parts, meta=frame[:0])
    unlabeled = dd.from_pandas(unknown, npartitions=2)
    model.fit(data[[*numbers, "value"]], "value", X_unlabeled=unlabeled)
    alone = on_one_machine(model, frame.index)
    alone.fit(frame[numbers], frame["value"], X_unlabeled=unknown)
    rows = frame[["a", "b"]]
    assert_allclose(model.predict(rows), alone.predict(rows), rtol=1e-4, atol=1e-5)


def forest(**params):
    """A teacher that is trained on one worker."""
    params = {"n_estimators": 10, "min_samples_leaf": 5, "random_state": 0, **params}
    return RandomForestClassifier(**params)


def test_any_estimator_teaches_from_a_sample():
    frame = make_frame(n_classes=2)
    numbers = ["a", "c", "lab"]
    data = dd.from_pandas(frame[[*numbers, "label"]], npartitions=4)
    settings = {"teacher_features": numbers, "student_features": ["a", "c"]}
    whole = DistilledClassifier(forest(), booster(), cv=2, **settings)
    whole.fit(data, "label")
    alone = on_one_machine(whole, frame.index).fit(frame[numbers], frame["label"])
    assert_allclose(
        whole.predict_proba(frame[numbers]), alone.predict_proba(frame[numbers]), 1e-5
    )
    part = DistilledClassifier(
        RowCounter(most=50), booster(), cv=2, max_teacher_rows=50, **settings
    )
    assert part.fit(data, "label").score(data, "label") > 0.5


class RowCounter(RandomForestClassifier):
    """Refuses more rows than it was promised."""

    def __init__(self, most=0):
        super().__init__(n_estimators=5, random_state=0)
        self.most = most

    def fit(self, X, y):
        if not 0.8 * self.most < len(X) <= self.most:
            raise ValueError(f"{len(X)} rows")
        return super().fit(X, y)


def test_unlabeled_rows_without_privileged_columns_have_the_regular_teacher():
    frame = make_frame(600)
    numbers = ["a", "b", "c", "lab"]
    model = DistilledClassifier(
        booster(), booster(), student_features=["a", "b"], cv=2, random_state=0
    )
    data = dd.from_pandas(frame[:400][[*numbers, "label"]], npartitions=2)
    unknown = dd.from_pandas(frame[400:][["b", "a"]], npartitions=2)
    with pytest.warns(UserWarning, match="lacks privileged columns"):
        model.fit(data, "label", X_unlabeled=unknown)
    without = clone(model).fit(data, "label").predict_proba(frame[numbers])
    assert abs(model.predict_proba(frame[numbers]) - without).max() > 1e-3


@pytest.mark.parametrize(
    ("groups", "n_samples"), [(None, 800), ("patient", 800), (None, 6_000)]
)
def test_auto_chooses_as_on_one_machine(groups, n_samples):
    """Of many rows it compares one fold, here as there."""
    frame = make_frame(n_samples, n_classes=2)
    numbers = ["a", "b", "c", "lab"]
    unknown = make_frame(400, 2, seed=1)[numbers] + 0.05
    model = DistilledClassifier(
        booster(), booster(n_estimators=4), student_features=["a", "b"], alpha="auto"
    ).set_params(cv=3)
    data = [*numbers, "label", "weight", *([groups] if groups else [])]
    model.fit(
        dd.from_pandas(frame[data], npartitions=3),
        "label",
        sample_weight="weight",
        groups=groups,
        X_unlabeled=dd.from_pandas(unknown, npartitions=2),
    )
    keys = frame.index if groups is None else frame[groups]
    alone = on_one_machine(model, keys).fit(
        frame[numbers],
        frame["label"],
        sample_weight=frame["weight"],
        X_unlabeled=unknown,
        **({} if groups is None else {"groups": frame[groups]}),
    )
    assert model.alpha_ == alone.alpha_
    assert model.unlabeled_weight_ == alone.unlabeled_weight_
    assert set(model.selection_results_) == set(alone.selection_results_)
    for name, values in alone.selection_results_.items():
        assert_allclose(model.selection_results_[name], values, atol=1e-6)
