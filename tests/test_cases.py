"""What users of other libraries have met: reports of the field, as tests.

Those that belong to one module are beside the tests of that module.
"""

import numpy as np
import pytest
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.metrics import make_scorer, mean_pinball_loss
from sklearn.model_selection import (
    KFold,
    TimeSeriesSplit,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledClassifier,
    MutualDistilledRegressor,
    SelfDistilledClassifier,
    SelfDistilledRegressor,
)

X, Y = make_classification(120, 6, n_informative=4, random_state=0)


class TestCounts:
    """Students whose loss takes no negative value, and teachers that predict some."""

    X = np.random.default_rng(0).normal(size=(120, 4))
    y = np.random.default_rng(1).poisson(np.exp(-1.5 + X[:, 0] + 0.8 * X[:, 1]))
    students = (
        HistGradientBoostingRegressor(loss="poisson", max_iter=5),
        PoissonRegressor(),
        LGBMRegressor(objective="tweedie", n_estimators=5, verbose=-1, n_jobs=1),
    )

    @pytest.mark.parametrize("student", students, ids=lambda s: type(s).__name__)
    @pytest.mark.parametrize("alpha", [0.5, 1.0, "auto"])
    def test_the_teachers_predictions_are_kept_in_range(self, student, alpha):
        model = DistilledRegressor(LinearRegression(), student, alpha=alpha)
        assert model.fit(self.X, self.y).predict(self.X).min() >= 0

    @pytest.mark.parametrize("student", students, ids=lambda s: type(s).__name__)
    @pytest.mark.parametrize("cv", [None, 3])
    def test_and_those_of_peers(self, student, cv):
        peers = [("line", LinearRegression()), ("counts", student)]
        model = MutualDistilledRegressor(peers, combine="counts", n_rounds=3, cv=cv)
        assert model.fit(self.X, self.y).predict(self.X).min() >= 0

    def test_and_those_of_generations(self):
        model = SelfDistilledRegressor(self.students[0], n_generations=2, patience=3)
        assert model.fit(self.X, self.y).predict(self.X).min() >= 0


class TestBalancedClassesOfWhichAPartLacksOne:
    """Six rows of the third class, all of them in the last fold."""

    y = np.where(np.arange(120) >= 114, 2, Y)
    members = (
        DecisionTreeClassifier(max_depth=3, class_weight="balanced"),
        ExtraTreesClassifier(5, class_weight="balanced", random_state=0),
        make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced")),
        LGBMClassifier(n_estimators=3, class_weight="balanced", verbose=-1, n_jobs=1),
        HistGradientBoostingClassifier(max_iter=3, class_weight="balanced"),
    )

    @pytest.mark.filterwarnings("ignore:Classes are missing:UserWarning")
    @pytest.mark.parametrize("member", members, ids=lambda m: type(m).__name__)
    @pytest.mark.parametrize("params", [{"alpha": "auto"}, {"student_cv": KFold(3)}])
    def test_students(self, member, params):
        model = DistilledClassifier(GaussianNB(), member, cv=KFold(4), **params)
        assert model.fit(X, self.y).predict_proba(X).shape == (120, 3)

    @pytest.mark.filterwarnings("ignore:Classes are missing:UserWarning")
    @pytest.mark.parametrize("member", members, ids=lambda m: type(m).__name__)
    def test_generations(self, member):
        model = SelfDistilledClassifier(
            member, cv=KFold(4), n_generations=1, random_state=0
        )
        assert model.fit(X, self.y).predict_proba(X).shape == (120, 3)

    @pytest.mark.filterwarnings("ignore:Classes are missing:UserWarning")
    @pytest.mark.parametrize("member", members, ids=lambda m: type(m).__name__)
    def test_peers(self, member):
        peers = [("other", GaussianNB()), ("balanced", member)]
        model = MutualDistilledClassifier(peers, cv=KFold(4), random_state=0)
        assert model.fit(X, self.y).predict_proba(X).shape == (120, 3)


@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value):RuntimeWarning")
class TestClassesWithoutWeight:
    """Forests of scikit-learn 1.9 balance by the weight of each class."""

    y = np.arange(120) % 3
    weight = np.where(y == 2, 0.0, 1.0)
    forest = ExtraTreesClassifier(5, class_weight="balanced", random_state=0)
    bagged = RandomForestClassifier(
        9, class_weight="balanced", random_state=0, bootstrap=True
    )

    @pytest.mark.filterwarnings("ignore:.*of 120 rows were drawn by:UserWarning")
    @pytest.mark.parametrize(
        "model",
        [
            DistilledClassifier(forest, GaussianNB()),
            DistilledClassifier(make_pipeline(StandardScaler(), forest), GaussianNB()),
            DistilledClassifier(bagged, GaussianNB(), cv="oob"),
            DistilledClassifier(GaussianNB(), forest, alpha=0.0),
            DistilledClassifier(GaussianNB(), forest, alpha=0.0, student_cv=3),
            SelfDistilledClassifier(forest, n_generations=1),
            MutualDistilledClassifier([("a", forest), ("b", GaussianNB())]),
            MutualDistilledClassifier([("a", GaussianNB()), ("b", forest)], cv=3),
        ],
    )
    def test_are_refused_before_a_forest_divides_by_them(self, model):
        try:
            self.forest.fit(X, self.y, self.weight)
        except ValueError:
            with pytest.raises(
                ValueError, match=r"\[2\] without weight: sample_weight"
            ):
                model.fit(X, self.y, sample_weight=self.weight)
        else:
            model.fit(X, self.y, sample_weight=self.weight)

    @pytest.mark.filterwarnings("ignore:Teacher and student:UserWarning")
    @pytest.mark.parametrize(
        "student",
        [
            forest,
            CatBoostClassifier(
                iterations=2, thread_count=1, auto_class_weights="Balanced"
            ),
        ],
        ids=lambda student: type(student).__name__,
    )
    def test_weigh_nothing_in_students_of_soft_targets(self, student):
        model = DistilledClassifier(GaussianNB(), student)
        model.fit(X, self.y, sample_weight=self.weight)
        assert model.predict_proba(X).shape == (120, 3)


@pytest.mark.parametrize(
    "student",
    [
        DecisionTreeClassifier(max_depth=3),
        LogisticRegression(),
        LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1),
    ],
    ids=lambda student: type(student).__name__,
)
@pytest.mark.parametrize(
    "params", [{"alpha": "auto"}, {"alpha": 0.0, "student_cv": "same"}]
)
@pytest.mark.filterwarnings("ignore:.*(is frozen|made elsewhere):UserWarning")
def test_a_part_of_one_class_is_named_where_no_teacher_is_trained(student, params):
    sorted_y = np.arange(120) // 60
    frozen = FrozenEstimator(GaussianNB().fit(X, sorted_y))
    precomputed = {"soft_targets": frozen.predict_proba(X)}
    for teacher, given in ((frozen, {}), ("precomputed", precomputed)):
        model = DistilledClassifier(teacher, student, cv=KFold(2), **params)
        with pytest.raises(ValueError, match=r"split 0 of (student_)?cv .*\(1\)"):
            model.fit(X, sorted_y, **given)


def test_a_part_of_a_student_without_weight_is_named():
    model = DistilledClassifier(GaussianNB(), alpha=0.0, student_cv=KFold(2))
    with pytest.raises(ValueError, match=r"split 0 of student_cv.* no row with weight"):
        model.fit(X, Y, sample_weight=np.arange(120) < 60)


@pytest.mark.parametrize(
    "student",
    [
        DecisionTreeClassifier(max_depth=3, class_weight="balanced", random_state=0),
        LogisticRegression(class_weight="balanced"),
        LGBMClassifier(n_estimators=3, class_weight="balanced", verbose=-1, n_jobs=1),
    ],
    ids=lambda student: type(student).__name__,
)
def test_balanced_classes_with_row_weights_are_those_of_the_student_alone(student):
    weight = np.where(Y == 1, 4.0, 1.0)
    alone, nearly = (
        DistilledClassifier(GaussianNB(), student, alpha=alpha)
        .fit(X, Y, sample_weight=weight)
        .predict_proba(X)
        for alpha in (0.0, 1e-9)
    )
    np.testing.assert_allclose(alone, nearly, atol=1e-4)


@pytest.mark.filterwarnings("ignore:The test parts of cv:UserWarning")
def test_students_of_a_time_series_are_trained_on_the_parts_with_predictions():
    model = DistilledClassifier(
        GaussianNB(), LogisticRegression(), cv=TimeSeriesSplit(4), student_cv="same"
    ).fit(X, Y)
    # The rows before the first test part have no prediction.
    assert len(model.students_) == 3
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.filterwarnings("ignore:.*is frozen:UserWarning")
@pytest.mark.parametrize("wrap", [lambda m: m, make_pipeline])
def test_codes_of_a_frozen_xgboost_stand_for_the_sorted_labels(wrap):
    labels = np.array(["relapse", "well"])[Y]
    teacher = wrap(XGBClassifier(n_estimators=5, n_jobs=1)).fit(X[:60], Y[:60])
    frozen = FrozenEstimator(teacher)
    model = DistilledClassifier(frozen, LogisticRegression(), alpha=1.0)
    assert model.fit(X[60:], labels[60:]).score(X, labels) > 0.6


def test_a_quantile_is_chosen_by_its_own_loss_or_not_at_all():
    rng = np.random.default_rng(0)
    wide = rng.normal(size=(300, 5))
    scale = 0.5 + np.exp(0.5 * wide[:, 1])
    y = wide[:, 0] + scale * rng.standard_t(3, size=300) + 2 * wide[:, 4]
    q90 = HistGradientBoostingRegressor(loss="quantile", quantile=0.9, max_iter=10)
    model = DistilledRegressor(
        q90, q90, student_features=[0, 1, 2], alpha="auto", random_state=0, cv=3
    )
    with pytest.raises(ValueError, match="the student learns another loss"):
        model.fit(wide, y)
    pinball = make_scorer(mean_pinball_loss, alpha=0.9, greater_is_better=False)
    losses = model.set_params(scoring=pinball).fit(wide, y).selection_results_["loss"]
    worst = mean_pinball_loss(y, np.full(300, np.quantile(y, 0.9)), alpha=0.9)
    assert losses.max() < 1.5 * worst  # Squared errors are ten times that.


def test_missing_values_are_the_members_to_check():
    missing = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    for model in (
        DistilledClassifier(tree, tree),
        SelfDistilledClassifier(tree, n_generations=1),
        MutualDistilledClassifier([("a", tree), ("b", tree)]),
    ):
        assert model.fit(missing, Y).predict(missing).shape == (120,)
    regressor = DecisionTreeRegressor(max_depth=3)
    model = DistilledRegressor(regressor, regressor).fit(missing, Y)
    assert np.isfinite(model.predict(missing)).all()
