"""What only training can find wrong, and when it is found."""

import warnings
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    GammaRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    SGDClassifier,
)
from sklearn.model_selection import TimeSeriesSplit, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.offline._dry_run import few_rows


class Counting(GaussianNB):
    """Counts how often any copy is trained, and on how many rows."""

    fits = 0
    rows: ClassVar[list[int]] = []

    def fit(self, X, y, sample_weight=None):
        Counting.fits += 1
        Counting.rows.append(len(y))
        return super().fit(X, y, sample_weight)


@pytest.fixture(autouse=True)
def no_fits():
    Counting.fits = 0
    Counting.rows.clear()


@pytest.fixture(scope="module")
def frame():
    X, y = make_classification(300, 4, n_informative=3, n_redundant=0, random_state=0)
    return pd.DataFrame(X, columns=["age", "stage", "lab_a", "lab_b"]), y


def notes(caught):
    return " ".join(caught.value.__notes__)


@pytest.mark.parametrize("alpha", [0.5, "auto", 0.0])
def test_a_student_that_cannot_be_trained_costs_no_teacher(frame, alpha):
    X, y = frame
    X = X.assign(age=X["age"].where(X["age"] > 0))
    student = LogisticRegression()
    model = DistilledClassifier(
        make_pipeline(make_column_transformer(("drop", ["age"])), Counting()),
        student,
        student_features=["age", "stage"],
        alpha=alpha,
        store_teacher=alpha == 0.0,
    )
    with pytest.raises(ValueError, match="contains NaN") as caught:
        model.fit(X, y)
    assert Counting.fits == 0
    assert "the student, LogisticRegression" in notes(caught)


def test_a_misspelt_category_costs_no_teacher(frame):
    from catboost import CatBoostClassifier

    X, y = frame
    student = CatBoostClassifier(10, cat_features=["stagge"], verbose=0)
    with pytest.raises(ValueError, match="stagge"):
        DistilledClassifier(Counting(), student, student_features=["age", "stage"]).fit(
            X, y
        )
    assert Counting.fits == 0


@pytest.mark.parametrize("missing", [np.nan, np.inf])
def test_rows_without_a_label_that_the_student_cannot_take_cost_no_teacher(
    frame, missing
):
    X, y = frame
    U = X[250:].reset_index(drop=True)
    U.loc[40, "age"] = missing
    lab = make_pipeline(make_column_transformer(("passthrough", ["lab_a"])), Counting())
    model = DistilledClassifier(
        lab, LogisticRegression(), student_features=["age", "stage"]
    )
    with pytest.raises(ValueError, match=r"contains NaN|infinity") as caught:
        model.fit(X[:250], y[:250], X_unlabeled=U, sample_weight=np.ones(250))
    assert Counting.fits == 0
    assert "Rows without a label have missing" in notes(caught)


def test_errors_of_a_teacher_say_that_it_predicted_rows_without_a_label(frame):
    X, y = frame
    U = X[250:].assign(lab_a=np.nan)
    model = DistilledClassifier(
        LogisticRegression(), Counting(), student_features=["age", "stage"]
    )
    with pytest.raises(ValueError, match="contains NaN") as caught:
        model.fit(X[:250], y[:250], X_unlabeled=U)
    assert "as it predicted 50 rows without a label" in notes(caught)


@pytest.mark.parametrize("missing", [np.nan, np.inf])
@pytest.mark.parametrize("lacking", ["lab_a", "age"])
def test_rows_without_a_label_that_a_teacher_cannot_take_cost_no_teacher(
    frame, missing, lacking
):
    X, y = frame
    U = X[250:].reset_index(drop=True)
    U.loc[40, lacking] = missing
    model = DistilledClassifier(
        make_pipeline(StandardScaler(), Counting()),
        HistGradientBoostingClassifier(max_iter=2),
        student_features=["age", "stage"],
        privileged_weight=0.5,
    )
    with pytest.raises(ValueError, match=r"contains NaN|infinity"):
        model.fit(X[:250], y[:250], X_unlabeled=U)
    assert max(Counting.rows) <= 100  # Of each class 50.
    model.set_params(teacher=make_pipeline(SimpleImputer(), Counting()))
    if missing is np.nan:
        model.fit(X[:250], y[:250], X_unlabeled=U)
        assert model.score(X, y) > 0.6


def test_text_among_rows_without_a_label_costs_no_teacher(frame):
    X, y = frame
    X = X.to_numpy()
    U = X[250:].astype(object)
    U[3, 3] = "low"
    model = DistilledClassifier(Counting(), LogisticRegression(), student_features=[0])
    with pytest.raises(ValueError, match=r"^X_unlabeled of .* must be an array as X"):
        model.fit(X[:250], y[:250], X_unlabeled=U)
    assert not Counting.fits
    U[3, 3] = 1.0
    assert model.fit(X[:250], y[:250], X_unlabeled=U).score(X, y) > 0.5


def test_few_rows_that_are_too_few_are_no_error(frame):
    X, y = frame
    student = KNeighborsClassifier(n_neighbors=150)
    model = DistilledClassifier(Counting(), student, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.6
    assert Counting.fits == 5


@pytest.mark.parametrize("by_name", [True, False])
def test_a_teacher_that_selects_columns_is_also_trained_on_the_student_s(
    frame, by_name
):
    X, y = frame
    columns = list(X) if by_name else make_column_selector(dtype_include=float)
    model = DistilledClassifier(
        make_pipeline(make_column_transformer((StandardScaler(), columns)), Counting()),
        LogisticRegression(),
        student_features=["age", "stage"],
        privileged_weight=0.5,
    )
    Counting.fits = 0
    model.fit(X, y)
    assert Counting.fits == 11  # Five folds of each teacher, and a dry run.


def test_errors_of_the_teacher_say_that_they_are_its(frame):
    X, y = frame
    X = X.assign(lab_a=X["lab_a"].where(X["lab_a"] > 0))
    model = DistilledClassifier(
        Counting(), LogisticRegression(), student_features=["age", "stage"]
    )
    with pytest.raises(ValueError, match="contains NaN") as caught:
        model.fit(X, y)
    assert "the teacher, Counting, on 240 rows" in notes(caught)


def test_rows_of_every_class_and_of_some_weight():
    _, y = load_iris(return_X_y=True)
    weight = (np.arange(150) % 2).astype(float)
    every = np.arange(150)
    rows = few_rows(every, y, np.unique(y), weight)
    assert set(y[rows]) == {0, 1, 2}
    assert weight[rows].all()
    np.testing.assert_array_equal(few_rows(every, y * 1.0, None, None), every[:50])
    many = np.arange(5000) % 100
    assert len(few_rows(np.arange(5000), many, np.arange(100), None)) == 1000


def test_rows_that_no_teacher_answers_for_may_lack_values():
    rng = np.random.default_rng(0)
    series = rng.normal(size=300).cumsum()
    X = np.column_stack([np.r_[[np.nan] * 5, series[:-5]], rng.normal(size=300)])
    model = DistilledRegressor(
        HistGradientBoostingRegressor(), LinearRegression(), cv=TimeSeriesSplit(9)
    ).fit(X, series)
    assert np.isfinite(model.predict(X[5:])).all()


def test_targets_are_as_soft_as_those_of_a_teacher():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    counts = rng.poisson(np.exp(X[:, 0]))
    assert (counts == 0).any()
    DistilledRegressor(PoissonRegressor(), GammaRegressor()).fit(X, counts)


def test_it_leaves_no_trace(frame, capsys):
    X, y = frame
    student = SGDClassifier(loss="log_loss", verbose=1, random_state=0)

    def printed(model):
        model.fit(X, y)
        return capsys.readouterr().out

    alone = printed(student)
    assert len(printed(DistilledClassifier(GaussianNB(), student))) < 1.9 * len(alone)


def test_it_draws_nothing_from_the_global_state(frame, monkeypatch):
    model = DistilledClassifier(GaussianNB(), SGDClassifier(loss="log_loss"), cv=3)
    drawn = []
    for dry_run in (True, False):
        if not dry_run:
            monkeypatch.setattr("skdistill.offline._base.dry_run", lambda plan: None)
        np.random.seed(0)  # noqa: NPY002
        model.fit(*frame)
        drawn.append(np.random.uniform())  # noqa: NPY002
    assert drawn[0] == drawn[1]


def test_filters_of_warnings_survive_threads(frame):
    X, y = frame
    everything = ("ignore", None, Warning, None, 0)
    assert everything not in warnings.filters
    model = DistilledClassifier(GaussianNB(), LogisticRegression(), cv=3)
    with parallel_config("threading", n_jobs=4):
        cross_validate(model, X, y, cv=8)
    assert everything not in warnings.filters


def test_a_teacher_whose_fit_returns_nothing(frame):
    class Silent(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            super().fit(X, y, sample_weight)

    model = DistilledClassifier(Silent(), LogisticRegression(), store_teacher=True)
    assert model.fit(*frame).teacher_.score(*frame) > 0.6
