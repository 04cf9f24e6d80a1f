"""What a user expects of both estimators."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris, make_classification, make_friedman1
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_score,
)
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledClassifier,
)
from skdistill.objectives import Response


class Dated(LogisticRegression):
    """Knows what day it was fitted with."""

    def fit(self, X, y, sample_weight=None, day=None):
        self.day_ = day
        return super().fit(X, y, sample_weight)


@pytest.fixture(scope="module")
def binary():
    return make_classification(
        160, 6, n_informative=4, flip_y=0.1, class_sep=0.7, random_state=0
    )


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return X, np.array(["setosa", "versicolor", "virginica"])[y]


@pytest.fixture(scope="module")
def friedman():
    return make_friedman1(150, random_state=0)


def boosters():
    from catboost import CatBoostClassifier
    from xgboost import XGBClassifier

    return [
        CatBoostClassifier(iterations=20, thread_count=1, verbose=0),
        XGBClassifier(n_estimators=20, n_jobs=1),
    ]


class TestAlpha:
    @pytest.mark.parametrize(
        "student",
        [
            DecisionTreeClassifier(random_state=0),
            LogisticRegression(),
            KNeighborsClassifier(),
            HistGradientBoostingClassifier(random_state=0, max_iter=10),
            RandomForestClassifier(10, random_state=0),
            make_pipeline(StandardScaler(), LogisticRegression()),
            *boosters(),
        ],
        ids=lambda student: type(student).__name__,
    )
    def test_zero_is_the_plain_student(self, binary, student):
        X, y = binary
        plain = clone(student).fit(X, y)
        distilled = DistilledClassifier(GaussianNB(), student, alpha=0.0).fit(X, y)
        np.testing.assert_array_equal(
            distilled.predict_proba(X), plain.predict_proba(X)
        )
        np.testing.assert_array_equal(distilled.predict(X), plain.predict(X))
        assert distilled.student_route_ == "labels"
        assert type(distilled.student_) is type(student)

    def test_zero_trains_no_teacher(self, binary):
        class Refuses(GaussianNB):
            def fit(self, X, y, sample_weight=None):
                raise AssertionError("trained")

        DistilledClassifier(Refuses(), LogisticRegression(), alpha=0).fit(*binary)
        with pytest.raises(AssertionError, match="trained"):
            DistilledClassifier(Refuses(), LogisticRegression()).fit(*binary)

    def test_one_does_not_hear_the_labels_but_through_the_teacher(self, binary):
        X, y = binary
        splits = list(KFold(4).split(X))
        model = DistilledClassifier(
            GaussianNB(), DecisionTreeRegressor(), alpha=1.0, cv=splits,
            store_teacher=True,
        ).fit(X, y)  # fmt: skip
        np.testing.assert_allclose(
            model.student_.predict(X), model.teacher_predictions_[:, 1], atol=1e-12
        )

    def test_the_mixture_is_what_a_regressor_learns(self, binary):
        X, y = binary
        model = DistilledClassifier(
            GaussianNB(), DecisionTreeRegressor(), alpha=0.3, store_teacher=True
        ).fit(X, y)
        np.testing.assert_allclose(
            model.student_.predict(X),
            0.3 * model.teacher_predictions_[:, 1] + 0.7 * y,
        )

    def test_in_regression_it_mixes_values(self, friedman):
        X, y = friedman
        model = DistilledRegressor(
            Ridge(), DecisionTreeRegressor(), alpha=0.25, store_teacher=True
        ).fit(X, y)
        np.testing.assert_allclose(
            model.predict(X), 0.25 * model.teacher_predictions_ + 0.75 * y, rtol=1e-12
        )
        plain = Ridge().fit(X, y).predict(X)
        model = DistilledRegressor(LinearRegression(), Ridge(), alpha=0.0).fit(X, y)
        np.testing.assert_array_equal(model.predict(X), plain)


class TestLabels:
    @pytest.mark.parametrize(
        "labels",
        [
            ["setosa", "versicolor", "virginica"],
            [0, 2, 5],
            [10, -1, 3],
            [1.0, 2.0, 4.0],
        ],
    )
    @pytest.mark.parametrize(
        "student",
        [
            LogisticRegression(max_iter=2000),
            KNeighborsClassifier(),
            RandomForestRegressor(10, random_state=0),
            *boosters(),
        ],
        ids=lambda student: type(student).__name__,
    )
    def test_users_see_their_own(self, labels, student):
        X, codes = load_iris(return_X_y=True)
        y = np.array(labels)[codes]
        model = DistilledClassifier(GaussianNB(), student, random_state=0).fit(X, y)
        np.testing.assert_array_equal(model.classes_, np.unique(y))
        assert set(model.predict(X)) <= set(y)
        assert model.score(X, y) > 0.9
        proba = model.predict_proba(X)
        np.testing.assert_allclose(proba.sum(axis=1), 1.0, rtol=1e-6)
        np.testing.assert_array_equal(
            model.classes_[proba.argmax(axis=1)], model.predict(X)
        )
        if type(student).__name__ != "XGBClassifier" and hasattr(
            model.student_, "classes_"
        ):
            np.testing.assert_array_equal(model.student_.classes_, model.classes_)

    def test_booleans(self, binary):
        X, y = binary
        model = DistilledClassifier(GaussianNB(), LogisticRegression()).fit(X, y == 1)
        assert model.predict(X).dtype == bool

    @pytest.mark.filterwarnings("ignore:The teacher of:UserWarning")
    @pytest.mark.parametrize("alpha", [0.0, 0.5])
    @pytest.mark.parametrize("labels", [["9", "10", "8"], ["7", "8.5", "10.25"]])
    def test_catboost_sorts_numbers_in_strings_its_own_way(self, labels, alpha):
        X, codes = load_iris(return_X_y=True)
        y = np.array(labels)[codes]
        sorting = boosters()[0]
        frozen = FrozenEstimator(clone(sorting).fit(X, y))
        assert list(frozen.classes_) != sorted(labels)
        for teacher, student in (
            (GaussianNB(), sorting),
            (frozen, LogisticRegression(max_iter=2000)),
        ):
            model = DistilledClassifier(teacher, student, alpha=alpha).fit(X, y)
            most_likely = model.classes_[model.predict_proba(X).argmax(axis=1)]
            np.testing.assert_array_equal(most_likely, model.predict(X))
            assert np.mean(most_likely == y) > 0.9

    def test_catboost_may_be_told_the_order_of_classes(self):
        X, codes = load_iris(return_X_y=True)
        y = np.array(["a", "b", "c"])[codes]
        told = boosters()[0].set_params(class_names=["c", "a", "b"])
        for teacher, student, alpha in (
            (told, LogisticRegression(max_iter=2000), 1.0),
            (GaussianNB(), told, 0.0),
            (GaussianNB(), told, 0.5),
        ):
            model = DistilledClassifier(teacher, student, alpha=alpha).fit(X, y)
            most_likely = model.classes_[model.predict_proba(X).argmax(axis=1)]
            assert np.mean(most_likely == y) > 0.9

    @pytest.mark.filterwarnings("ignore:y holds -1:UserWarning")
    def test_xgboost_holds_codes_of_any_labels(self):
        X, codes = load_iris(return_X_y=True)
        student = boosters()[1]
        for labels in ([False, True, True], [-1, 0, 1], ["2", "1", "0"]):
            y = np.array(labels)[codes]
            model = DistilledClassifier(GaussianNB(), student).fit(X, y)
            assert model.predict(X).dtype == y.dtype
            assert model.score(X, y) > 0.9

    def test_xgboost_on_both_sides_takes_strings(self, iris):
        teacher = boosters()[1]
        assert DistilledClassifier(teacher).fit(*iris).score(*iris) > 0.9


class InOneColumn(Ridge):
    """Predicts a column, as regressors of other libraries do."""

    def predict(self, X):
        return super().predict(X).reshape(-1, 1)


class TestRegression:
    def test_a_student_may_predict_a_column(self, friedman):
        X, y = friedman
        expected = DistilledRegressor(Ridge(), Ridge(), alpha="auto").fit(X, y)
        model = DistilledRegressor(InOneColumn(), InOneColumn(), alpha="auto")
        model.fit(X, y)
        assert model.predict(X).shape == y.shape
        for name, scores in expected.selection_results_.items():
            np.testing.assert_array_equal(model.selection_results_[name], scores)

    def test_many_outputs(self, friedman):
        X, y = friedman
        Y = np.column_stack([y, -y, y**2])
        model = DistilledRegressor(
            RandomForestRegressor(10, random_state=0),
            KNeighborsRegressor(),
            alpha=0.5,
        ).fit(X, Y)
        assert model.predict(X).shape == Y.shape
        assert model.score(X, Y) > 0.5

    def test_many_outputs_with_catboost(self, friedman):
        from catboost import CatBoostRegressor

        X, y = friedman
        Y = np.column_stack([y, -y])
        student = CatBoostRegressor(iterations=50, thread_count=1)
        model = DistilledRegressor(Ridge(), student).fit(X, Y)
        assert model.predict(X).shape == Y.shape
        assert model.score(X, Y) > 0.5

    def test_a_teacher_of_one_output_is_refused(self, friedman):
        from catboost import CatBoostRegressor

        X, y = friedman
        with pytest.raises(ValueError, match="MultiOutputRegressor"):
            DistilledRegressor().fit(X, np.column_stack([y, y]))
        boosted = DistilledRegressor(CatBoostRegressor(), Ridge())
        with pytest.raises(ValueError, match="loss_function='MultiRMSE'"):
            boosted.fit(X, np.column_stack([y, y]))
        model = DistilledRegressor(
            MultiOutputRegressor(Ridge()), DecisionTreeRegressor()
        )
        assert model.fit(X, np.column_stack([y, y])).predict(X).shape == (150, 2)


class TestStudentCv:
    def test_it_is_the_mean_of_one_student_a_training_part(self, binary):
        X, y = binary
        cv = KFold(3, shuffle=True, random_state=0)
        model = DistilledClassifier(
            GaussianNB(), Ridge(), cv=cv, student_cv=cv, alpha=1.0, store_teacher=True
        ).fit(X, y)
        by_hand = [
            Ridge().fit(X[train], model.teacher_predictions_[train, 1]).predict(X)
            for train, _ in cv.split(X)
        ]
        mean = np.mean(by_hand, axis=0)
        inside = (mean > 0.01) & (mean < 0.99)  # Others are kept from 0 and 1.
        np.testing.assert_allclose(model.predict_proba(X)[inside, 1], mean[inside])
        assert len(model.students_) == 3
        with pytest.raises(AttributeError, match="they are in students_"):
            _ = model.student_

    def test_same_takes_the_folds_of_cv(self, binary):
        X, y = binary
        cv = KFold(3, shuffle=True, random_state=0)
        same = DistilledClassifier(GaussianNB(), Ridge(), cv=cv, student_cv="same")
        own = DistilledClassifier(GaussianNB(), Ridge(), cv=cv, student_cv=cv)
        np.testing.assert_array_equal(
            same.fit(X, y).predict_proba(X), own.fit(X, y).predict_proba(X)
        )


class TestComposition:
    def test_a_clone_has_nothing_of_the_fit(self, binary):
        X, y = binary
        from catboost import CatBoostClassifier

        # scikit-learn's clone refuses list parameters of CatBoost.
        teacher = CatBoostClassifier(5, class_weights=[1, 1], verbose=0)
        model = DistilledClassifier(teacher, GaussianNB())
        with config_context(enable_metadata_routing=True):
            model.set_fit_request(sample_weight=True)
        fresh = clone(model.fit(X, y))
        assert set(vars(fresh)) - set(fresh.get_params(deep=False)) == {
            "_metadata_request"
        }
        np.testing.assert_array_equal(
            fresh.fit(X, y).predict_proba(X), model.predict_proba(X)
        )

    def test_grid_search_over_everything_that_is_nested(self, binary):
        X, y = binary
        search = GridSearchCV(
            DistilledClassifier(
                GaussianNB(),
                LogisticRegression(),
                objective=Response(),
                alpha=1.0,
                student_features=[0, 1, 2, 3],
            ),
            {
                "objective__temperature": [1.0, 4.0],
                "student__C": [0.1, 1.0],
                "privileged_weight": [0.5, 1.0],
            },
            cv=3,
        ).fit(X, y)
        assert len(search.cv_results_["params"]) == 8
        narrow = search.predict(X[:, :4])
        np.testing.assert_array_equal(narrow, search.predict(X))

    def test_pipelines_inside_and_outside(self, binary):
        X, y = binary
        inner = make_pipeline(StandardScaler(), LogisticRegression())
        model = make_pipeline(
            StandardScaler(), DistilledClassifier(GaussianNB(), inner)
        )
        assert cross_val_score(model, X, y, cv=3).min() > 0.5
        student = model.fit(X, y)[-1].student_
        assert student[-1].coef_.shape == (1, 6)

    @pytest.mark.parametrize(
        "wrap", [CalibratedClassifierCV, TunedThresholdClassifierCV]
    )
    def test_wrappers_take_narrow_data(self, binary, wrap):
        X, y = binary
        inner = DistilledClassifier(
            GaussianNB(), LogisticRegression(), student_features=[0, 1, 2]
        )
        model = wrap(inner, cv=2).fit(X, y)
        np.testing.assert_array_equal(model.predict(X[:, :3]), model.predict(X))

    def test_a_distilled_model_teaches(self, binary):
        X, y = binary
        assistant = DistilledClassifier(
            GaussianNB(), LogisticRegression(), student_features=[0, 1, 2], alpha=1.0
        )
        model = DistilledClassifier(
            assistant,
            DecisionTreeClassifier(max_depth=2, random_state=0),
            student_features=[0, 1, 2],
            alpha=1.0,
            cv=StratifiedKFold(3),
            store_teacher=True,
        ).fit(X, y)
        for train, test in StratifiedKFold(3).split(X, y):
            expected = clone(assistant).fit(X[train], y[train]).predict_proba(X[test])
            np.testing.assert_array_equal(model.teacher_predictions_[test], expected)
        assert model.predict_proba(X[:, :3]).shape == (160, 2)

    def test_voting(self, binary):
        X, y = binary
        distilled = DistilledClassifier(GaussianNB(), LogisticRegression())
        model = VotingClassifier(
            [("a", distilled), ("b", GaussianNB())], voting="soft"
        ).fit(X, y)
        alone = [clone(distilled).fit(X, y), GaussianNB().fit(X, y)]
        np.testing.assert_allclose(
            model.predict_proba(X), np.mean([m.predict_proba(X) for m in alone], axis=0)
        )

    def test_clone_and_params(self):
        model = DistilledClassifier(
            GaussianNB(), LogisticRegression(C=3), objective=Response(2.0)
        )
        copy = clone(model).set_params(student__C=5, objective__temperature=3.0)
        assert model.student.C == 3
        assert model.objective.temperature == 2.0
        assert copy.get_params()["student__C"] == 5
        assert copy.get_params()["objective__temperature"] == 3.0

    def test_sub_estimators_stay_unfitted(self, binary):
        teacher, student = GaussianNB(), LogisticRegression()
        DistilledClassifier(teacher, student).fit(*binary)
        assert not hasattr(teacher, "classes_")
        assert not hasattr(student, "classes_")

    def test_html_shows_teacher_and_student(self):
        html = DistilledClassifier(GaussianNB(), LogisticRegression())._repr_html_()
        assert "GaussianNB" in html
        assert "LogisticRegression" in html

    def test_a_pickle_holds_no_teacher(self, binary):
        X, y = binary
        teacher = RandomForestClassifier(100, random_state=0)
        model = DistilledClassifier(teacher, LogisticRegression(), cv=2).fit(X, y)
        stored = pickle.dumps(model)
        assert len(stored) < 10_000
        np.testing.assert_array_equal(
            pickle.loads(stored).predict_proba(X), model.predict_proba(X)
        )
        kept = model.set_params(store_teacher=True).fit(X, y)
        assert len(pickle.dumps(kept)) > 100_000
        assert len(kept.fold_teachers_) == 2
        np.testing.assert_array_equal(
            kept.teacher_.predict_proba(X), teacher.fit(X, y).predict_proba(X)
        )

    @pytest.mark.parametrize("side", ["teacher", "student", "both", "pipeline"])
    def test_catboost_with_lists_survives_scikit_learns_clone(self, side):
        pd = pytest.importorskip("pandas")
        from catboost import CatBoostClassifier

        rng = np.random.default_rng(0)
        X = pd.DataFrame({"x": rng.normal(size=80), "c": rng.choice(["a", "b"], 80)})
        y = (X["x"] + (X["c"] == "a") + rng.normal(size=80) > 0).astype(int)
        cat = CatBoostClassifier(iterations=5, cat_features=["c"], thread_count=1)
        other = CatBoostClassifier(iterations=5, cat_features=("c",), thread_count=1)
        teacher, student = {
            "teacher": (cat, other),
            "student": (other, cat),
            "both": (cat, None),
            "pipeline": (make_pipeline("passthrough", cat), cat),
        }[side]
        model = DistilledClassifier(teacher, student, cv=2)
        assert cross_val_score(model, X, y, cv=2, error_score="raise").min() > 0.4
        search = GridSearchCV(
            model, {"alpha": [0.0, 1.0]}, cv=2, n_jobs=2, error_score="raise"
        )
        assert search.fit(X, y).score(X, y) > 0.5


class TestWeights:
    def test_they_reach_teacher_and_student(self, binary):
        X, y = binary
        weight = np.where(np.arange(len(y)) % 3 == 0, 0.0, 1.0)
        splits = list(KFold(4, shuffle=True, random_state=0).split(X))
        model = DistilledClassifier(
            GaussianNB(), LogisticRegression(), cv=splits, store_teacher=True
        ).fit(X, y, sample_weight=weight)
        train, test = splits[0]
        by_hand = GaussianNB().fit(X[train], y[train], weight[train])
        np.testing.assert_allclose(
            model.teacher_predictions_[test], by_hand.predict_proba(X[test])
        )
        kept = weight > 0
        student = DistilledClassifier(
            GaussianNB(), LogisticRegression(), alpha=0.0
        ).fit(X, y, sample_weight=weight)
        plain = LogisticRegression().fit(X[kept], y[kept])
        np.testing.assert_allclose(student.student_.coef_, plain.coef_, rtol=1e-3)

    def test_rows_of_weight_zero_do_not_sway_the_choice(self, friedman):
        X, y = friedman
        counted = np.arange(len(y)) % 4 == 0
        weight = counted.astype(float)
        splits = list(KFold(4, shuffle=True, random_state=0).split(X))
        model = DistilledRegressor(
            LinearRegression(),
            DecisionTreeRegressor(max_depth=2, random_state=0),
            student_features=[0, 1, 2],
            alpha="auto",
            privileged_weight="auto",
            objective=Response(correction="auto"),
            cv=splits,
        )
        chosen = []
        for shift in (0.0, 1e6):
            moved = np.where(counted, y, y + shift)
            model.fit(X, moved, sample_weight=weight)
            chosen.append(
                (model.alpha_, model.privileged_weight_, model.selection_results_)
            )
        assert chosen[0][:2] == chosen[1][:2]
        for name, values in chosen[0][2].items():
            np.testing.assert_allclose(values, chosen[1][2][name], rtol=1e-6)

    def test_routing_asks_for_requests(self, binary):
        X, y = binary
        weight = np.linspace(0.1, 2.0, len(y))
        expected = DistilledClassifier(GaussianNB(), LogisticRegression()).fit(
            X, y, sample_weight=weight
        )
        with config_context(enable_metadata_routing=True):
            model = DistilledClassifier(
                GaussianNB().set_fit_request(sample_weight=True),
                LogisticRegression().set_fit_request(sample_weight=True),
            ).set_fit_request(sample_weight=True)
            model.set_score_request(sample_weight=False)
            search = GridSearchCV(model, {"alpha": [0.5]}, cv=2)
            search.fit(X, y, sample_weight=weight)
            np.testing.assert_array_equal(
                search.best_estimator_.predict_proba(X), expected.predict_proba(X)
            )
            silent = DistilledClassifier(GaussianNB(), LogisticRegression())
            with pytest.raises(Exception, match="sample_weight"):
                silent.fit(X, y, sample_weight=weight)

    def test_catboost_cannot_request_and_gets_them(self, binary):
        X, y = binary
        weight = np.linspace(0.1, 2.0, len(y))
        model = DistilledClassifier(boosters()[0])
        expected = model.fit(X, y, sample_weight=weight).predict_proba(X)
        with config_context(enable_metadata_routing=True):
            routed = model.fit(X, y, sample_weight=weight).predict_proba(X)
        np.testing.assert_array_equal(routed, expected)

    def test_a_students_other_metadata_are_refused(self, binary):
        X, y = binary
        with config_context(enable_metadata_routing=True):
            model = DistilledClassifier(
                GaussianNB().set_fit_request(sample_weight=False),
                Dated().set_fit_request(day=True, sample_weight=True),
            )
            with pytest.raises(TypeError, match=r"student of .* requests \['day'\]"):
                model.fit(X, y, day=np.ones(len(y)))
            model.set_params(teacher=model.student, student=LogisticRegression())
            model.set_params(store_teacher=True).fit(X, y, day=np.ones(len(y)))
        assert len(model.teacher_.day_) == len(y)

    def test_weights_reach_the_last_step_that_requests_them(self, binary):
        X, y = binary
        weight = np.where(y == 1, 5.0, 1.0)
        expected = DistilledClassifier(
            GaussianNB(), make_pipeline(StandardScaler(), LogisticRegression())
        ).fit(X, y, sample_weight=weight)
        with config_context(enable_metadata_routing=True):
            scaler = StandardScaler().set_fit_request(sample_weight=False)
            last = LogisticRegression().set_fit_request(sample_weight="day")
            model = DistilledClassifier(
                GaussianNB().set_fit_request(sample_weight="day"),
                make_pipeline(scaler, last),
            )
            routed = model.fit(X, y, day=weight)
        np.testing.assert_array_equal(
            routed.predict_proba(X), expected.predict_proba(X)
        )

    @pytest.mark.parametrize(
        "make",
        [
            lambda student: DistilledClassifier(GaussianNB(), student),
            lambda student: MutualDistilledClassifier(
                [("student", student), ("other", LogisticRegression())]
            ),
        ],
    )
    def test_earlier_steps_of_a_student_get_no_metadata(self, binary, make):
        X, y = binary
        with config_context(enable_metadata_routing=True):
            student = make_pipeline(
                StandardScaler().set_fit_request(sample_weight=True),
                LogisticRegression().set_fit_request(sample_weight=False),
            )
            model = make(student)
            for name in ("teacher", "other"):
                if name in model.get_params():
                    held = model.get_params()[name]
                    held.set_fit_request(sample_weight=False)
            with pytest.raises(TypeError, match="step 'standardscaler' of the student"):
                model.fit(X, y, sample_weight=np.ones(len(y)))

    def test_a_frozen_teacher_needs_no_weights(self, binary):
        X, y = binary
        weight = np.where(y == 1, 5.0, 1.0)
        frozen = FrozenEstimator(KNeighborsClassifier().fit(X, y))
        with pytest.warns(UserWarning, match="is frozen"):
            model = DistilledClassifier(frozen, LogisticRegression()).fit(
                X, y, sample_weight=weight
            )
            plain = DistilledClassifier(frozen, LogisticRegression()).fit(X, y)
        assert model.predict(X).sum() > plain.predict(X).sum()

    @pytest.mark.parametrize(
        ("ensemble", "params"),
        [
            (VotingClassifier, {"voting": "soft"}),
            (StackingClassifier, {"final_estimator": LogisticRegression(), "cv": 3}),
        ],
    )
    def test_ensembles_hand_weights_to_what_they_hold(self, binary, ensemble, params):
        X, y = binary
        weight = np.where(y == 1, 5.0, 1.0)
        held = [("bayes", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=2))]
        plain = ensemble(held, **params).fit(X, y, sample_weight=weight)
        model = DistilledClassifier(
            clone(plain), LogisticRegression(), cv=3, store_teacher=True
        ).fit(X, y, sample_weight=weight)
        np.testing.assert_allclose(
            model.teacher_.predict_proba(X), plain.predict_proba(X)
        )
        model.set_params(teacher__tree=KNeighborsClassifier())
        with pytest.raises((ValueError, TypeError), match="weight"):
            model.fit(X, y, sample_weight=weight)

    def test_groups_of_the_students_folds(self, binary):
        X, y = binary
        groups = np.arange(len(y)) // 4
        model = DistilledClassifier(
            GaussianNB(),
            LogisticRegression(),
            cv=GroupKFold(4),
            student_cv=GroupKFold(3),
        )
        expected = model.fit(X, y, groups=groups).predict_proba(X)
        with config_context(enable_metadata_routing=True):
            routed = model.fit(X, y, groups=groups).predict_proba(X)
        np.testing.assert_array_equal(routed, expected)
        assert len(model.students_) == 3

    def test_out_of_bag_responses_keep_no_groups_apart(self, binary):
        X, y = binary
        model = DistilledClassifier(
            RandomForestClassifier(30, random_state=0), LogisticRegression(), cv="oob"
        )
        with pytest.raises(ValueError, match=r"groups .* its cv is 'oob'.*GroupKFold"):
            model.fit(X, y, groups=np.arange(len(y)) // 4)
        assert model.fit(X, y, groups=None).student_route_ == "weighted_copies"

    def test_weights_of_classes_that_count_twice_are_worth_a_warning(self, binary):
        from catboost import CatBoostClassifier

        weighing = LogisticRegression(class_weight="balanced")
        boosting = CatBoostClassifier(5, class_weights=[1, 5], verbose=0)
        with pytest.warns(UserWarning, match="both weigh classes"):
            DistilledClassifier(make_pipeline(weighing), boosting).fit(*binary)
        for model in (
            DistilledClassifier(weighing, GaussianNB()),
            DistilledClassifier(GaussianNB(), weighing),
            DistilledClassifier(weighing, alpha=0.0),
        ):
            model.fit(*binary)

    def test_unknown_metadata_points_to_routing(self, binary):
        with pytest.raises(TypeError, match=r"\['day'\].*enable_metadata_routing=True"):
            DistilledClassifier().fit(*binary, day=3)


class TestBadInput:
    @pytest.mark.parametrize(
        ("params", "error", "message"),
        [
            ({"alpha": 1.5}, ValueError, r"alpha of DistilledClassifier .*\[0, 1\]"),
            ({"alpha": -0.1}, ValueError, "got -0.1"),
            ({"alpha": "some"}, TypeError, "alpha of DistilledClassifier"),
            ({"alpha": None}, TypeError, "alpha of DistilledClassifier"),
            ({"privileged_weight": 2}, ValueError, "privileged_weight of Distilled"),
            ({"privileged_weight": 0.5}, ValueError, "see the same columns"),
            ({"objective": "soft"}, ValueError, "objective of DistilledClassifier"),
            ({"objective": Response(0.0)}, ValueError, "temperature of Response"),
            ({"objective": Response(-1)}, ValueError, "must be above 0"),
            ({"objective": Response("1")}, TypeError, "temperature of Response"),
            ({"objective": Response(clip=0.6)}, ValueError, "clip of Response"),
            ({"objective": Response(scale="log")}, ValueError, "scale of Response"),
            ({"objective": Response(correction=-1)}, ValueError, "correction of Resp"),
            ({"teacher": LinearSVC()}, ValueError, "CalibratedClassifierCV"),
            ({"alpha": "best"}, TypeError, r"in \[0, 1\] or 'auto'"),
            ({"teacher": Ridge()}, ValueError, "a classifier; Ridge is a regressor"),
            ({"teacher": GaussianNB}, TypeError, r"not its class; pass GaussianNB\(\)"),
            ({"teacher": "forest"}, ValueError, "'precomputed' or None; got 'forest'"),
            ({"student": StandardScaler()}, ValueError, "can take no soft target"),
            ({"cv": "oof"}, ValueError, "cv of DistilledClassifier"),
            ({"cv": "oob"}, ValueError, "gives no out-of-bag predictions"),
            ({"memory": 3}, TypeError, "memory of DistilledClassifier"),
            (
                {"student": LinearSVC(), "student_cv": 3},
                ValueError,
                "student_cv of DistilledClassifier averages probabilities",
            ),
        ],
    )
    def test_parameters(self, binary, params, error, message):
        class Untouched(GaussianNB):
            def fit(self, X, y, sample_weight=None):
                raise AssertionError("a teacher was trained")

        with pytest.raises(error, match=message):
            DistilledClassifier(**{"teacher": Untouched(), **params}).fit(*binary)

    @pytest.mark.parametrize(
        ("student", "message"),
        [
            (KNeighborsClassifier(), "scores of the student KNeighborsClassifier"),
            (DecisionTreeRegressor(), "is a regressor"),
            (LogisticRegression(), "alpha is 0.5, but the student LogisticRegression"),
            (boosters()[0], "temperature"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_temperatures_a_student_cannot_learn(self, binary, student, message):
        class Untouched(GaussianNB):
            def fit(self, X, y, sample_weight=None):
                raise AssertionError("a teacher was trained")

        model = DistilledClassifier(Untouched(), student, objective=Response(2.0))
        with pytest.raises(ValueError, match=message):
            model.fit(*binary)

    @pytest.mark.parametrize(
        ("y", "message"),
        [
            (np.zeros(160), "at least two classes in y; got one class"),
            (np.where(np.arange(160) == 3, np.nan, 1.0), "Input y contains NaN"),
            (np.array(["a", None] * 80, dtype=object), "Input y contains None"),
            (np.linspace(0, 1, 160), "Unknown label type"),
            (np.zeros((160, 2)), "1d array"),
            (np.arange(150) % 2, "inconsistent numbers of samples"),
        ],
    )
    def test_labels(self, binary, y, message):
        with pytest.raises(ValueError, match=message):
            DistilledClassifier().fit(binary[0], y)

    def test_values(self, friedman):
        X, y = friedman
        with pytest.raises(ValueError, match="Input y contains NaN"):
            DistilledRegressor().fit(X, np.where(y > 10, np.nan, y))
        with pytest.raises(ValueError, match="student of DistilledRegressor must be a"):
            DistilledRegressor(Ridge(), LogisticRegression()).fit(X, y)
        with pytest.raises(ValueError, match="in regression it must be 1"):
            DistilledRegressor(objective=Response(2.0)).fit(X, y)

    @pytest.mark.parametrize(
        ("weight", "message"),
        [
            (np.full(160, -1.0), "must not be negative; the least is -1"),
            (np.ones(159), "one weight for each of the 160 rows"),
            (np.ones((160, 2)), "one-dimensional"),
            (np.zeros(160), "zero on every row"),
            (np.full(160, np.nan), "contains NaN"),
            (["a"] * 160, "sample_weight must hold one number for each row"),
        ],
    )
    def test_weights(self, binary, weight, message):
        with pytest.raises(ValueError, match=message):
            DistilledClassifier().fit(*binary, sample_weight=weight)

    def test_weights_for_a_student_that_takes_none(self, binary):
        model = DistilledClassifier(GaussianNB(), KNeighborsClassifier())
        with pytest.raises(ValueError, match="the fit of its student KNeighborsClass"):
            model.fit(*binary, sample_weight=np.ones(160))

    def test_a_failed_fit_leaves_no_half_fitted_model(self, binary):
        X, y = binary
        model = DistilledClassifier(GaussianNB(), LogisticRegression(), alpha=2)
        with pytest.raises(ValueError, match="alpha"):
            model.fit(X, y)
        with pytest.raises(NotFittedError):
            model.predict(X)

    def test_a_teacher_that_fails_leaves_no_half_fitted_model(self, binary):
        X, y = binary

        class Fails(GaussianNB):
            def fit(self, X, y, sample_weight=None):
                raise RuntimeError("out of memory")

        model = DistilledClassifier(GaussianNB(), LogisticRegression()).fit(X, y)
        before = model.predict_proba(X)
        with pytest.raises(RuntimeError, match="out of memory"):
            model.set_params(teacher=Fails(), student_features=[0]).fit(X, y)
        model.set_params(student_features=None)
        np.testing.assert_array_equal(model.predict_proba(X), before)
        unfitted = DistilledClassifier(Fails(), LogisticRegression())
        with pytest.raises(RuntimeError, match="out of memory"):
            unfitted.fit(X, y)
        with pytest.raises(NotFittedError):
            unfitted.predict(X)

    def test_nor_does_one_that_fails_on_all_rows(self, binary):
        X, y = binary

        class TooLarge(GaussianNB):
            def fit(self, X, y, sample_weight=None):
                if len(X) == 160:
                    raise RuntimeError("out of memory")
                return super().fit(X, y, sample_weight)

        model = DistilledClassifier(
            TooLarge(), LogisticRegression(), store_teacher=True
        )
        with pytest.raises(RuntimeError, match="out of memory"):
            model.fit(X, y)
        with pytest.raises(NotFittedError):
            model.predict(X)

    def test_a_later_fit_keeps_nothing_of_an_earlier_teacher(self, binary):
        model = DistilledClassifier(
            GaussianNB(), LogisticRegression(), store_teacher=True
        ).fit(*binary)
        assert len(model.teacher_predictions_) == 160
        model.set_params(store_teacher=False).fit(*binary)
        for name in (
            "teacher_",
            "fold_teachers_",
            "teacher_predictions_",
            "auxiliary_targets_",
        ):
            assert not hasattr(model, name)


class TestStudentsWithoutProbabilities:
    def test_they_predict_and_score(self, binary):
        X, y = binary
        model = DistilledClassifier(GaussianNB(), LinearSVC()).fit(X, y)
        assert not hasattr(model, "predict_proba")
        assert model.decision_function(X).shape == (160,)
        assert cross_val_score(model, X, y, cv=2, scoring="roc_auc").min() > 0.6

    def test_probabilities_are_offered_where_the_student_has_them(self, binary):
        assert hasattr(DistilledClassifier(GaussianNB(), SVC(probability=True)),
                       "predict_proba")  # fmt: skip
        assert not hasattr(DistilledClassifier(GaussianNB(), SVC()), "predict_proba")
        assert hasattr(DistilledClassifier(GaussianNB(), Ridge()), "predict_proba")


def test_equal_seeds_give_equal_models(binary):
    X, y = binary
    teacher = RandomForestClassifier(5)
    fits = [
        DistilledClassifier(teacher, KNeighborsClassifier(), random_state=seed)
        .fit(X, y)
        .predict_proba(X)
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(fits[0], fits[1])
    assert not np.array_equal(fits[0], fits[2])


def test_nothing_is_printed_or_written(binary, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    from catboost import CatBoostClassifier

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DistilledClassifier(CatBoostClassifier(iterations=3, thread_count=1)).fit(
            *binary
        )
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().out == ""
