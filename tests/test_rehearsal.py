"""What only training can find wrong, and when it is found."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_iris, make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdistill import DistilledClassifier


class Counting(GaussianNB):
    """Counts how often any copy is trained."""

    fits = 0

    def fit(self, X, y, sample_weight=None):
        Counting.fits += 1
        return super().fit(X, y, sample_weight)


@pytest.fixture(autouse=True)
def no_fits():
    Counting.fits = 0


@pytest.fixture(scope="module")
def frame():
    X, y = make_classification(300, 4, n_informative=3, n_redundant=0, random_state=0)
    return pd.DataFrame(X, columns=["age", "stage", "lab_a", "lab_b"]), y


def notes(caught):
    return " ".join(caught.value.__notes__)


@pytest.mark.parametrize("alpha", [0.5, "auto"])
def test_a_student_that_cannot_be_trained_costs_no_teacher(frame, alpha):
    X, y = frame
    X = X.assign(age=X["age"].where(X["age"] > 0))
    student = LogisticRegression()
    model = DistilledClassifier(
        make_pipeline(make_column_transformer(("drop", ["age"])), Counting()),
        student,
        student_features=["age", "stage"],
        alpha=alpha,
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


def test_few_rows_that_are_too_few_are_no_error(frame):
    X, y = frame
    student = KNeighborsClassifier(n_neighbors=150)
    model = DistilledClassifier(Counting(), student, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.6
    assert Counting.fits == 5


def test_a_teacher_that_names_privileged_columns(frame):
    X, y = frame
    by_name = make_column_transformer((StandardScaler(), list(X)))
    model = DistilledClassifier(
        make_pipeline(by_name, Counting()),
        LogisticRegression(),
        student_features=["age", "stage"],
        privileged_weight=0.5,
    )
    with pytest.raises(ValueError, match="of the dataframe") as caught:
        model.fit(X, y)
    assert Counting.fits == 0
    assert "make_column_selector" in notes(caught)
    by_type = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include=float))
    )
    model.set_params(teacher=make_pipeline(by_type, Counting())).fit(X, y)
    assert Counting.fits == 11


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
    from skdistill._rehearsal import few_rows

    _, y = load_iris(return_X_y=True)
    weight = (np.arange(150) % 2).astype(float)
    rows = few_rows(y, np.unique(y), weight)
    assert set(y[rows]) == {0, 1, 2}
    assert weight[rows].all()
    np.testing.assert_array_equal(few_rows(y * 1.0, None, None), np.arange(50))
