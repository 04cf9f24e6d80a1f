"""What a student cannot learn from soft targets, and what it can after all."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_regression
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.linear_model import (
    HuberRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    SGDRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from xgboost import XGBClassifier, XGBRegressor

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledClassifier,
)
from skdistill.objectives import Response
from skdistill.objectives._corrections import Extremes, within_range
from skdistill.students import fit_student, student_route

rng = np.random.default_rng(0)
X = rng.normal(size=(120, 3))
Q = softmax(X @ rng.normal(size=(3, 3)), axis=1)
Y = np.array([rng.choice(3, p=q) for q in Q])


def make_task(alpha=0.5, classes=("a", "b", "c"), labels=Y, weight=None):
    loss = Response().loss("classification", alpha, 3)
    return Response().task(loss, Q, labels, np.array(classes), weight)


class Sampler(StandardScaler):
    """What a pipeline of imbalanced-learn takes for a step that changes rows."""

    def fit_resample(self, X, y):
        return X[::2], y[::2]


class TestPipelinesThatChangeRows:
    student = make_pipeline(Sampler(), LogisticRegression())

    def test_soft_targets_are_refused_by_the_name_of_the_step(self):
        with pytest.raises(ValueError, match=r"steps \['sampler'\].*alpha=0"):
            student_route(self.student, make_task().loss)
        nested = make_pipeline(StandardScaler(), self.student)
        with pytest.raises(ValueError, match=r"steps \['sampler'\]"):
            student_route(nested, make_task().loss)

    def test_without_a_teacher_they_train_as_they_are(self):
        sampling = pytest.importorskip("imblearn.over_sampling")
        student = pytest.importorskip("imblearn.pipeline").make_pipeline(
            StandardScaler(),
            sampling.RandomOverSampler(random_state=0),
            LogisticRegression(),
        )
        with pytest.raises(ValueError, match="randomoversampler"):
            student_route(student, make_task().loss)
        task = make_task(0.0)
        fitted = fit_student(clone(student), X, task)
        plain = clone(student).fit(X, task.y)
        np.testing.assert_array_equal(fitted.predict_proba(X), plain.predict_proba(X))
        peers = [("a", student), ("b", make_pipeline(StandardScaler(), student))]
        model = MutualDistilledClassifier(peers, alpha=0.0, combine="a")
        for peer in model.fit(X, task.y).peers_:
            np.testing.assert_allclose(peer.predict_proba(X), plain.predict_proba(X))

    def test_a_transformer_that_drops_rows_is_named(self):
        class DropsRows(TransformerMixin, BaseEstimator):
            def fit(self, X, y=None):
                self.n_features_in_ = X.shape[1]
                return self

            def transform(self, X):
                return X[:-1]

        student = make_pipeline(DropsRows(), LogisticRegression())
        with pytest.raises(ValueError, match=r"dropsrows.*119 rows of 120"):
            fit_student(student, X, make_task())


class TestRangeOfTheTarget:
    @pytest.mark.parametrize(
        ("y", "responses", "expected"),
        [
            ([0.0, 3.0], [-1.0, 5.0], [0.0, 5.0]),
            ([1.0, 3.0], [-1.0, 0.5], [0.5, 0.5]),
            ([0.0, 1.0], [-1.0, 1.5], [0.0, 1.0]),
            ([0.2, 0.8], [1.5, 0.9], [0.9, 0.9]),
            ([-1.0, 3.0], [-5.0, 9.0], [-5.0, 9.0]),
            ([2.0, 3.0], [-5.0, -9.0], [2.0, 2.0]),
            ([0.0, 0.8], [1.5, 1.2], [0.8, 0.8]),
        ],
        ids=[
            "counts",
            "amounts",
            "shares",
            "open shares",
            "values",
            "none above 0",
            "none below 1",
        ],
    )
    def test_predictions_stay_where_y_can_be(self, y, responses, expected):
        y, responses = np.array(y), np.array(responses)
        found = within_range(responses, Extremes.of(responses, y))
        np.testing.assert_allclose(found, expected)
        parts = [Extremes.of(responses[:1], y[1:]), Extremes.of(responses[1:], y[:1])]
        again = within_range(responses, Extremes.of_all(parts))
        np.testing.assert_array_equal(again, found)

    def test_outputs_have_a_range_each(self):
        y = np.array([[0.0, -1.0], [2.0, 1.0]])
        low = np.full((2, 2), -3.0)
        found = within_range(low, Extremes.of(low, y))
        np.testing.assert_array_equal(found, [[0.0, -3.0], [0.0, -3.0]])
        y = np.array([[2.0, 7.0], [3.0, 5.0]])
        found = within_range(low[:1], Extremes.of(low[:1], y))
        np.testing.assert_array_equal(found, [[2.0, 5.0]])

    @pytest.mark.parametrize(
        "student",
        [
            HistGradientBoostingRegressor(loss="gamma", max_iter=5),
            HistGradientBoostingRegressor(loss="poisson", max_iter=5),
            PoissonRegressor(),
            RandomForestRegressor(5, criterion="poisson"),
            XGBRegressor(objective="reg:gamma", n_estimators=3, n_jobs=1),
            LGBMRegressor(objective="tweedie", n_estimators=3, n_jobs=1, verbose=-1),
            TransformedTargetRegressor(
                LinearRegression(), func=np.log, inverse_func=np.exp
            ),
        ],
        ids=lambda s: type(s).__name__,
    )
    def test_students_for_positive_targets_learn_from_any_teacher(self, student):
        y = np.exp(X[:, 0])
        loss = Response().loss("regression", 1.0, 1)
        task = Response().task(loss, y - 1.0, y)
        assert student_route(student, loss) == "regression"
        assert np.isfinite(fit_student(clone(student), X, task).predict(X)).all()


@pytest.mark.parametrize(
    "student",
    [
        HistGradientBoostingRegressor(loss="quantile", quantile=0.9),
        GradientBoostingRegressor(loss="huber"),
        RandomForestRegressor(criterion="absolute_error"),
        SGDRegressor(loss="epsilon_insensitive"),
        QuantileRegressor(),
        HuberRegressor(),
        SVR(),
        MultiOutputRegressor(QuantileRegressor()),
        GridSearchCV(QuantileRegressor(), {"alpha": [0.1]}),
        XGBRegressor(objective="reg:quantileerror", quantile_alpha=0.9),
        XGBRegressor(objective="reg:pseudohubererror"),
        LGBMRegressor(objective="regression_l1"),
        LGBMRegressor(objective="mape"),
        CatBoostRegressor(loss_function="Quantile:alpha=0.9"),
        CatBoostRegressor(objective="MAE"),
        CatBoostRegressor(loss_function="Lq:q=3"),
    ],
    ids=str,
)
def test_a_loss_whose_optimum_is_no_mean_takes_no_mixture(student):
    loss = Response().loss("regression", 0.5, 1)
    with pytest.raises(ValueError, match=r"does not learn a mean.*Use alpha=1"):
        student_route(student, loss)
    assert student_route(student, replace(loss, alpha=1.0)) == "regression"
    assert student_route(student, replace(loss, alpha=0.0)) == "labels"
    with pytest.raises(ValueError, match="does not learn a mean"):
        student_route(student, Response().loss("classification", 1.0, 2))


@pytest.mark.parametrize(
    "student",
    [
        Ridge(),
        HistGradientBoostingRegressor(loss="poisson"),
        GradientBoostingRegressor(),
        RandomForestRegressor(),
        SGDRegressor(),
        XGBRegressor(),
        XGBRegressor(objective="reg:squarederror"),
        LGBMRegressor(objective="l2"),
        LGBMRegressor(objective="regression"),
        CatBoostRegressor(),
        CatBoostRegressor(loss_function="Tweedie:variance_power=1.5"),
    ],
    ids=str,
)
def test_a_loss_whose_optimum_is_a_mean_takes_a_mixture(student):
    assert student_route(student, Response().loss("regression", 0.5, 1)) == "regression"


@pytest.mark.parametrize(
    ("teacher", "alpha", "warns"),
    [
        (HistGradientBoostingRegressor(loss="quantile", quantile=0.9), 0.5, True),
        (CatBoostRegressor(loss_function="Quantile:alpha=0.9", verbose=0), 0.5, True),
        (QuantileRegressor(quantile=0.9), 1.0, False),
        (QuantileRegressor(quantile=0.9), "auto", False),
        (HuberRegressor(), 0.5, False),
    ],
    ids=str,
)
def test_labels_are_mixed_with_quantiles_of_a_teacher_only_with_a_warning(
    teacher, alpha, warns
):
    X, y = make_regression(60, 4, noise=9.0, random_state=0)
    model = DistilledRegressor(teacher, Ridge(), alpha=alpha, cv=3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    found = [w for w in caught if "predicts a quantile" in str(w.message)]
    assert bool(found) is warns
    assert all(w.filename == __file__ for w in found)


class GlassBox(ClassifierMixin, BaseEstimator):
    """The parameters of a library of its own that holds out rows."""

    def __init__(self, validation_size=0.15, early_stopping_rounds=50):
        self.validation_size = validation_size
        self.early_stopping_rounds = early_stopping_rounds

    def fit(self, X, y, sample_weight=None):
        return self


class TestOtherLibraries:
    def test_what_holds_out_rows_is_refused(self):
        loss = make_task().loss
        with pytest.raises(ValueError, match="validation_size of the student GlassBox"):
            student_route(GlassBox(), loss)
        assert student_route(GlassBox(0), loss) == "weighted_copies"
        assert student_route(GlassBox(0.2, None), loss) == "weighted_copies"

    def test_what_balances_classes_by_drawing_rows_is_refused(self):
        balanced = pytest.importorskip(
            "imblearn.ensemble"
        ).BalancedRandomForestClassifier()
        with pytest.raises(ValueError, match=r"sampling_strategy of .*by labels"):
            student_route(balanced, make_task().loss)


class TestBalancedClasses:
    def test_a_class_that_is_missing_from_a_part_weighs_one(self):
        task = make_task(labels=np.minimum(Y, 1))
        for student in (
            LogisticRegression(class_weight="balanced"),
            CalibratedClassifierCV(LogisticRegression(class_weight="balanced"), cv=2),
        ):
            fitted = fit_student(student, X, task)
            assert fitted.predict_proba(X).shape == (120, 3)

    @pytest.mark.parametrize("weighted", [False, True])
    def test_a_little_of_a_teacher_changes_little(self, weighted):
        weight = rng.uniform(0.1, 3.0, size=120) * (1 + 4 * Y) if weighted else None
        student = LogisticRegression(class_weight="balanced", tol=1e-8, max_iter=1000)
        labels = fit_student(clone(student), X, make_task(0.0, weight=weight))
        nearly = fit_student(clone(student), X, make_task(1e-6, weight=weight))
        np.testing.assert_allclose(
            labels.predict_proba(X), nearly.predict_proba(X), atol=1e-4
        )

    @pytest.mark.parametrize(
        "student",
        [
            CalibratedClassifierCV(LogisticRegression(class_weight="balanced"), cv=2),
            GridSearchCV(
                LogisticRegression(class_weight="balanced"), {"C": [1.0]}, cv=2
            ),
            LogisticRegression(class_weight="balanced"),
            LGBMClassifier(
                class_weight={"0": 1, "1": 4, "10": 1},
                n_estimators=3,
                n_jobs=1,
                verbose=-1,
            ),
        ],
        ids=lambda s: type(s).__name__,
    )
    def test_labels_may_look_like_numbers(self, student):
        task = make_task(classes=("0", "1", "10"))
        fitted = fit_student(clone(student), X, task)
        assert fitted.classes_.tolist() == ["0", "1", "10"]


def test_the_refusal_comes_before_any_teacher_is_trained():
    class NeverTrained(LogisticRegression):
        def fit(self, X, y):
            raise AssertionError

    model = DistilledClassifier(
        NeverTrained(), TestPipelinesThatChangeRows.student, alpha=0.5
    )
    with pytest.raises(ValueError, match="sampler"):
        model.fit(X, Y)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize(
    "student",
    [
        XGBClassifier(n_estimators=2, n_jobs=1),
        LGBMClassifier(n_estimators=2, n_jobs=1, verbose=-1, min_child_samples=1),
        CatBoostClassifier(iterations=2, thread_count=1, verbose=0),
    ],
    ids=lambda s: type(s).__name__,
)
def test_there_may_be_fewer_rows_than_classes(student, temperature):
    objective = Response(temperature)
    loss = objective.loss("classification", 1.0, 5)
    q = rng.dirichlet(np.ones(5), size=3)
    task = objective.task(loss, q, np.arange(3), np.array(list("abcde")))
    fitted = fit_student(student, X[:3], task)
    assert fitted.predict_proba(X).shape == (120, 5)
