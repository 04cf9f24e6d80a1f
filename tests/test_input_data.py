"""What predict takes is what fit takes, and no matrix ends the process."""

import subprocess
import sys
from textwrap import dedent

import numpy as np
import polars as pl
import pytest
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from scipy import sparse
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledClassifier,
    MutualDistilledRegressor,
    SelfDistilledClassifier,
    SelfDistilledRegressor,
    distillation_report,
)

rng = np.random.default_rng(0)
X = rng.normal(size=(120, 4))
y = (X[:, 0] + rng.normal(size=120) > 0).astype(int)
gaps = X.copy()
gaps[rng.random(X.shape) < 0.1] = np.nan
line = make_pipeline(SimpleImputer(), LogisticRegression())
ridge = make_pipeline(SimpleImputer(), Ridge())
trees = HistGradientBoostingClassifier(max_iter=3)
grown = HistGradientBoostingRegressor(max_iter=3)


class TestPredictIsNotStricterThanFit:
    @pytest.mark.parametrize("training", [gaps, X], ids=["gaps in fit", "none in fit"])
    @pytest.mark.parametrize(
        "model",
        [
            DistilledClassifier(line, line),
            DistilledClassifier(trees, line),
            DistilledClassifier(line, trees),
            DistilledClassifier(line, make_pipeline(StandardScaler(), line)),
            DistilledClassifier(
                line, GridSearchCV(line, {"logisticregression__C": [1]}, cv=2)
            ),
            DistilledClassifier(LogisticRegression(), line, alpha=0.0),
            DistilledRegressor(ridge, ridge),
            DistilledRegressor(Ridge(), ridge, alpha=0.0),
            SelfDistilledClassifier(line, n_generations=1, cv=3),
            SelfDistilledRegressor(ridge, n_generations=1, cv=3),
            MutualDistilledClassifier([("a", line), ("b", trees)], n_rounds=2),
            MutualDistilledRegressor([("a", ridge), ("b", grown)], n_rounds=2),
        ],
    )
    def test_missing_values_and_an_imputer(self, model, training):
        model.fit(training, y)
        assert np.isfinite(model.predict(gaps)).all()
        assert np.isfinite(model.predict(gaps[:1])).all()

    def test_under_cross_validation(self):
        scores = cross_val_score(DistilledClassifier(line, line), gaps, y, cv=2)
        assert np.isfinite(scores).all()

    @pytest.mark.parametrize("order", [1, -1])
    def test_what_fit_refused_predict_refuses(self, order):
        model = DistilledClassifier(*[LogisticRegression(), trees][::order])
        with pytest.raises(ValueError, match="NaN"):
            model.fit(gaps, y)
        with pytest.raises(ValueError, match="NaN"):
            model.fit(X, y).predict(gaps)


class TestSparseMatrices:
    @pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csc_matrix])
    def test_members_get_sorted_indices_whatever_columns_are_selected(self, make):
        seen = []

        class Looks(DecisionTreeClassifier):
            def fit(self, X, y, sample_weight=None):
                seen.append(X)
                return super().fit(X, y, sample_weight)

            def predict_proba(self, X):
                seen.append(X)
                return super().predict_proba(X)

        model = DistilledClassifier(
            Looks(max_depth=2),
            Looks(max_depth=2),
            teacher_features=[3, 1, 0],
            student_features=[2, 0, 1],
        )
        model.fit(make(X), y).predict_proba(make(X))
        model.predict_proba(unsorted(X[:, [2, 0, 1]]))
        assert len(seen) > 10
        assert all(each.has_canonical_format for each in seen)

    def test_a_matrix_of_the_user_is_sorted_in_a_copy(self):
        given = unsorted(X)
        indices = given.indices.copy()
        model = DistilledClassifier(DecisionTreeClassifier(max_depth=2)).fit(given, y)
        model.predict(given)
        np.testing.assert_array_equal(given.indices, indices)
        np.testing.assert_allclose(
            model.predict_proba(given), model.predict_proba(sparse.csr_matrix(X))
        )

    def test_no_selection_ends_the_process(self):
        script = """
            import numpy as np
            from scipy import sparse
            from catboost import CatBoostClassifier
            from lightgbm import LGBMClassifier
            from sklearn.tree import DecisionTreeClassifier
            from xgboost import XGBClassifier
            from skdistill import DistilledClassifier

            rng = np.random.default_rng(0)
            tree = DecisionTreeClassifier(max_depth=2)
            boosters = [
                XGBClassifier(n_estimators=2, n_jobs=1, tree_method="hist"),
                XGBClassifier(n_estimators=2, n_jobs=1, tree_method="exact"),
                LGBMClassifier(n_estimators=2, n_jobs=1, verbose=-1),
                CatBoostClassifier(iterations=2, thread_count=1),
            ]
            for round in range(12):
                X = rng.normal(size=(rng.integers(40, 300), rng.integers(3, 9)))
                X *= rng.random(X.shape) < rng.choice([0.1, 0.5, 1.0])
                y = np.arange(len(X)) % 2
                make = [sparse.csr_matrix, sparse.csc_matrix][round % 2]
                booster = boosters[round % 4]
                pair = (booster, tree) if round % 3 else (tree, booster)
                columns = rng.permutation(X.shape[1])[: rng.integers(2, X.shape[1])]
                model = DistilledClassifier(*pair, cv=2, student_features=columns)
                model.fit(make(X), y).predict_proba(make(X))
                model.predict_proba(make(X[:, columns]))
        """
        command = [sys.executable, "-W", "ignore", "-c", dedent(script)]
        assert subprocess.run(command).returncode == 0


def unsorted(X):
    matrix = sparse.csr_matrix(X)[:, np.arange(X.shape[1])[::-1]]
    matrix.indices = matrix.shape[1] - 1 - matrix.indices
    matrix.has_sorted_indices = matrix.has_canonical_format = False
    assert not matrix.has_sorted_indices
    return matrix


class OnGPU:
    """As a CuPy array, which becomes one of numpy by `get` alone."""

    shape, dtype, ndim = (20, 2), np.dtype(float), 2

    @property
    def __cuda_array_interface__(self):
        return {"shape": self.shape, "typestr": "<f8", "version": 3}

    def __len__(self):
        return 20

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")


@pytest.mark.parametrize(
    "model",
    [
        DistilledClassifier(),
        SelfDistilledClassifier(LogisticRegression()),
        MutualDistilledClassifier(
            [("deep", DecisionTreeClassifier()), ("flat", DecisionTreeClassifier())]
        ),
    ],
    ids=lambda model: type(model).__name__,
)
def test_rows_on_a_gpu_are_refused_in_one_sentence(model):
    y = np.arange(20) % 2
    with pytest.raises(TypeError, match=r"X of \w+ is on a GPU .*OnGPU.*X\.get\(\)"):
        model.fit(OnGPU(), y)
    with pytest.raises(TypeError, match=r"X of \w+ is on a GPU"):
        model.fit(np.random.default_rng(0).normal(size=(20, 2)), y).predict(OnGPU())


def test_rows_that_are_yet_to_be_computed_are_refused_with_what_to_do():
    X = pl.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0)})
    y, model = np.arange(20) % 2, DistilledClassifier(DecisionTreeClassifier())
    for fails in (
        lambda: model.fit(X.lazy(), y),
        lambda: model.fit(X, y).predict(X.lazy()),
        lambda: model.fit(X, y, X_unlabeled=X.lazy()),
        lambda: distillation_report(model, X.lazy(), y),
    ):
        with pytest.raises(TypeError, match=r"of \w+ is a polars LazyFrame.* collect"):
            fails()
    frame = pytest.importorskip("dask.dataframe").from_pandas(X.to_pandas(), 2)
    with pytest.raises(TypeError, match=r"X of \w+ is a Dask frame.* skdistill\.dask"):
        model.fit(frame, y)
    columns = DistilledClassifier(DecisionTreeClassifier(), student_features=["a"])
    with pytest.raises(TypeError, match=r"X of \w+ is a Dask frame"):
        columns.fit(X.to_pandas(), y).predict(frame)


class TestPolarsTypesThatEndTheProcess:
    frame = pl.DataFrame(
        {
            "number": X[:, 0],
            "flag": X[:, 1] > 0,
            "word": np.where(X[:, 1] > 0, "a", "b").tolist(),
            "day": pl.Series(range(len(X))).cast(pl.Date),
        }
    ).with_columns(
        category=pl.col("word").cast(pl.Categorical),
        enum=pl.col("word").cast(pl.Enum(["a", "b"])),
    )
    plain = ("number", "flag")

    @pytest.mark.parametrize(
        ("booster", "refused"),
        [
            (CatBoostClassifier(iterations=2), "word"),
            (CatBoostClassifier(iterations=2), "enum"),
            (CatBoostClassifier(iterations=2), "day"),
            (CatBoostClassifier(iterations=2, cat_features=["category"]), "category"),
            (LGBMClassifier(n_estimators=2, verbose=-1), "word"),
            (LGBMClassifier(n_estimators=2, verbose=-1), "enum"),
            (LGBMClassifier(n_estimators=2, verbose=-1), "category"),
            (LGBMClassifier(n_estimators=2, verbose=-1), "day"),
        ],
    )
    def test_they_are_refused_before_anything_is_trained(self, booster, refused):
        columns = [*self.plain, refused]
        for model, owner in (
            (DistilledClassifier(booster), "student of Distilled"),
            (DistilledClassifier(trees, booster), "student of Distilled"),
            (DistilledClassifier(booster, trees), "teacher of Distilled"),
            (SelfDistilledClassifier(booster), "estimator of Self"),
            (
                MutualDistilledClassifier([("a", trees), ("b", booster)]),
                "peer 'b' of Mutual",
            ),
        ):
            expected = rf"{owner}\w+, \w+, .*: '{refused}' \(.*X\.to_pandas\(\)"
            with pytest.raises(TypeError, match=expected):
                model.fit(self.frame[columns], y)

    def test_other_columns_are_read(self):
        names = ["word", "enum"]
        teacher = CatBoostClassifier(iterations=2, cat_features=names)
        model = DistilledClassifier(teacher).fit(self.frame[[*self.plain, *names]], y)
        assert model.student_.feature_names_ == [*self.plain, *names]
