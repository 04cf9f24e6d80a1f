"""Teachers are trained on the labels, so that whatever speaks of labels is right."""

import warnings

import numpy as np
import pytest
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, recall_score
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from skdistill import (
    DistilledClassifier,
    MutualDistilledClassifier,
    SelfDistilledClassifier,
    distillation_report,
)

X, codes = make_classification(240, 6, weights=[0.8], random_state=0)
y = np.where(codes, "relapse", "well")
three = np.array(["a", "b", "c"])[(codes + (X[:, 0] > 0)).astype(int)]
line = LogisticRegression()
recall = make_scorer(recall_score, pos_label="relapse")
catboost = CatBoostClassifier(iterations=4)
lightgbm = LGBMClassifier(n_estimators=4, verbose=-1)
xgboost = XGBClassifier(n_estimators=4, n_jobs=1)
vote = VotingClassifier([("xgb", xgboost), ("line", line)], voting="soft")
scaled = make_pipeline(StandardScaler(), xgboost)


def search(estimator, **grid):
    return GridSearchCV(estimator, grid, scoring=recall, cv=3)


class TestScorersThatNameALabel:
    def test_a_search_in_the_teacher_finds_what_it_finds_alone(self):
        forest = RandomForestClassifier(10, random_state=0)
        teacher = search(forest, max_depth=[1, 8])
        assert teacher.fit(X, y).best_params_ == {"max_depth": 8}
        model = DistilledClassifier(teacher, line, store_teacher=True).fit(X, y)
        assert {t.best_params_["max_depth"] for t in model.fold_teachers_} == {8}

    @pytest.mark.parametrize(
        "teacher",
        [
            TunedThresholdClassifierCV(line, scoring=recall, cv=2),
            HistGradientBoostingClassifier(
                max_iter=3, early_stopping=True, scoring=recall
            ),
            DistilledClassifier(
                HistGradientBoostingClassifier(max_iter=3), line, scoring=recall, cv=3
            ).set_params(alpha="auto"),
            search(vote, flatten_transform=[True]),
            search(make_pipeline(StandardScaler(), catboost), verbose=[False]),
            search(lightgbm, num_leaves=[3]),
        ],
        ids=["threshold", "stopping", "assistant", "voting", "catboost", "lightgbm"],
    )
    def test_any_teacher_that_scores_by_a_label(self, teacher):
        model = DistilledClassifier(teacher, line, cv=2).fit(X, y)
        assert model.score(X, y) > 0.75

    def test_in_the_report(self):
        teacher = search(DecisionTreeClassifier(random_state=0), max_depth=[1, 3])
        report = distillation_report(
            DistilledClassifier(teacher, line, cv=2), X, y, cv=2
        )
        assert "log-loss" in str(report)


@pytest.mark.parametrize(
    "labels", [list("abc"), [1, 2, 3], ["9", "10", "11"], [-5.0, 0.0, 7.0]]
)
@pytest.mark.parametrize(
    "teacher",
    [
        catboost,
        lightgbm,
        xgboost,
        make_pipeline(StandardScaler(), scaled),
        GridSearchCV(xgboost, {"max_depth": [2]}, cv=2),
        CalibratedClassifierCV(xgboost, cv=2),
        GridSearchCV(scaled, {"xgbclassifier": [line, xgboost]}, cv=2),
        DecisionTreeClassifier(max_depth=3, random_state=0),
    ],
    ids=["cat", "lgb", "xgb", "pipe", "search", "calib", "cands", "tree"],
)
def test_predictions_do_not_depend_on_what_classes_are_called(teacher, labels):
    labels = np.array(labels)
    order = np.argsort(labels)
    y_codes = np.searchsorted(["a", "b", "c"], three)

    def soft_targets(y):
        model = DistilledClassifier(teacher, line, cv=2, store_teacher=True)
        model.fit(X, y)
        return model.teacher_predictions_

    np.testing.assert_allclose(
        soft_targets(labels[order][y_codes]), soft_targets(y_codes), atol=1e-9
    )


class TestParametersThatNameALabel:
    @pytest.mark.parametrize(
        "teacher",
        [
            DecisionTreeClassifier(max_depth=3, class_weight={"a": 9, "b": 1, "c": 1}),
            CatBoostClassifier(iterations=3, class_weights={"a": 9, "b": 1, "c": 1}),
            CatBoostClassifier(
                iterations=3, class_names=["c", "b", "a"], class_weights=[1, 1, 9]
            ),
            CatBoostClassifier(iterations=3, class_weights=[9, 1, 1]),
            LGBMClassifier(
                n_estimators=3, verbose=-1, class_weight={"a": 9, "b": 1, "c": 1}
            ),
            DecisionTreeClassifier(max_depth=3, class_weight={"c": 9}),
        ],
        ids=str,
    )
    def test_they_may_name_a_class_that_a_training_part_lacks(self, teacher):
        halves = np.arange(240) % 2
        gone = (three == "c") & (halves == 0)
        cv = [
            (np.flatnonzero((halves == i) & ~gone), np.flatnonzero(halves != i))
            for i in (0, 1)
        ]
        with pytest.warns(UserWarning, match="'c'"):
            model = DistilledClassifier(teacher, line, cv=cv, store_teacher=True)
            model.fit(X, three)
        assert (model.teacher_predictions_[halves == 1, 2] == 0).all()
        assert (model.teacher_predictions_[halves == 0, 2] > 0).any()
        weighed = {"cv": 3, "student_cv": cv, "alpha": 0.0}
        model = DistilledClassifier(line, teacher, **weighed).fit(X, three)
        assert set(model.students_[0].classes_) == {"a", "b"}

    @pytest.mark.parametrize(
        "estimator",
        [
            DecisionTreeClassifier(max_depth=3, class_weight={"c": 9}),
            LGBMClassifier(n_estimators=3, verbose=-1, class_weight={"c": 9}),
            CatBoostClassifier(iterations=3, class_weights=[9, 1, 1]),
        ],
        ids=str,
    )
    @pytest.mark.filterwarnings("ignore:Classes are missing")
    def test_so_may_generations_and_peers(self, estimator):
        order = np.argsort(three == "c", kind="stable")
        cv = [(np.delete(order, t), order[t]) for t in np.array_split(range(240), 3)]
        peers = [("first", estimator), ("second", line)]
        for model in (
            SelfDistilledClassifier(estimator, cv=cv, n_generations=1),
            MutualDistilledClassifier(peers, cv=cv, n_rounds=2),
        ):
            assert model.fit(X, three).score(X, three) > 0.5

    @pytest.mark.parametrize(
        "teacher",
        [
            RandomForestClassifier(5, class_weight="balanced", random_state=0),
            LogisticRegression(class_weight={"0": 1, "1": 4}),
            LGBMClassifier(n_estimators=3, verbose=-1, class_weight={"0": 1, "1": 4}),
        ],
        ids=["forest", "line", "lightgbm"],
    )
    def test_labels_that_look_like_numbers(self, teacher):
        model = DistilledClassifier(teacher, line, cv=2, store_teacher=True)
        named = model.fit(X, codes.astype(str)).teacher_predictions_
        if "0" in str(teacher.class_weight):
            teacher = teacher.set_params(class_weight={0: 1, 1: 4})
        numbered = model.fit(X, codes).teacher_predictions_
        np.testing.assert_array_equal(named, numbered)


class TestEvaluationSets:
    @pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated")
    @pytest.mark.parametrize("labels", [["relapse", "well"], [1, 2]])
    @pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
    def test_they_hold_the_labels(self, library, labels):
        target = np.array(labels)[1 - codes]
        rows, rest = slice(0, 160), slice(160, None)
        if library == "xgboost":
            teacher = XGBClassifier(n_estimators=30, early_stopping_rounds=2, n_jobs=1)
        else:
            teacher = LGBMClassifier(
                n_estimators=30, early_stopping_round=2, verbose=-1
            )
        given = {"eval_set": [(X[rest], target[rest])]}
        with config_context(enable_metadata_routing=True):
            teacher = teacher.set_fit_request(**dict.fromkeys(given, True))
            model = DistilledClassifier(teacher, line, cv=2, store_teacher=True)
            model.fit(X[rows], target[rows], **given)
        assert all(evaluated(t) < 0.5 for t in model.fold_teachers_)

    def test_a_label_that_the_training_part_lacks_is_named(self):
        with config_context(enable_metadata_routing=True):
            model = DistilledClassifier(
                XGBClassifier(n_estimators=3, n_jobs=1).set_fit_request(eval_set=True),
                line,
            )
            with pytest.raises(ValueError, match=r"eval_set holds the labels \['x'\]"):
                model.fit(X, y, eval_set=[(X[:2], ["x", "well"])])


def evaluated(model):
    """Log-loss on the evaluation set, as the library has it."""
    if isinstance(model, XGBClassifier):
        return model.best_score
    return model.best_score_["valid_0"]["binary_logloss"]


class TestFrozenXGBoost:
    @pytest.mark.parametrize(
        "teacher", [xgboost, scaled], ids=["alone", "in a pipeline"]
    )
    def test_its_codes_stand_for_the_sorted_labels(self, teacher):
        teacher = clone(teacher).fit(X, codes)
        model = DistilledClassifier(FrozenEstimator(teacher), line, store_teacher=True)
        with pytest.warns(UserWarning, match="frozen"):
            model.fit(X, np.where(codes, "2nd", "1st"))
        np.testing.assert_allclose(
            model.teacher_predictions_, teacher.predict_proba(X), atol=1e-7
        )
        assert model.score(X, np.where(codes, "2nd", "1st")) > 0.75

    def test_the_student_of_one_distillation_is_the_teacher_of_the_next(self):
        first = DistilledClassifier(line, xgboost).fit(X, three)
        model = DistilledClassifier(FrozenEstimator(first.student_), line)
        with pytest.warns(UserWarning, match="frozen"):
            model.fit(X, three)
        assert model.score(X, three) > 0.6

    def test_codes_of_another_number_of_classes_are_refused(self):
        teacher = FrozenEstimator(clone(xgboost).fit(X, codes))
        with pytest.raises(ValueError, match="Train it on the same labels"):
            DistilledClassifier(teacher, line).fit(X, three)


def test_raw_scores_in_place_of_probabilities_are_named():
    def objective(y_true, raw):
        p = 1 / (1 + np.exp(-raw))
        return p - y_true, p * (1 - p)

    teacher = LGBMClassifier(n_estimators=3, verbose=-1, objective=objective)
    with warnings.catch_warnings(), pytest.raises(ValueError, match="raw scores"):
        warnings.simplefilter("ignore")
        DistilledClassifier(teacher, line).fit(X, y)


@pytest.mark.parametrize(
    "model",
    [
        SelfDistilledClassifier(xgboost, n_generations=1, cv=3),
        MutualDistilledClassifier([("xgb", xgboost), ("line", line)], n_rounds=2),
    ],
    ids=["self", "mutual"],
)
def test_self_and_mutual_distillation_know_the_labels(model):
    assert model.fit(X, three).score(X, three) > 0.6


# CatBoost reads numbers in single precision.
LARGE = [
    np.array([3, 2**31, 2**31 + 5]),
    np.array([2**24, 2**24 + 1]),
    np.array([2**53, 2**53 + 1, 2**63 - 1]),
]


@pytest.mark.parametrize("labels", LARGE, ids=str)
@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_catboost_tells_large_numbers_apart(labels, alpha):
    X, y = make_classification(
        150, 4, n_informative=4, n_redundant=0, n_classes=len(labels), class_sep=3.0,
        n_clusters_per_class=1, random_state=0,
    )  # fmt: skip
    y = labels[y]
    booster = CatBoostClassifier(iterations=20, verbose=0, allow_writing_files=False)
    for model in (
        DistilledClassifier(booster, alpha=alpha),
        DistilledClassifier(booster, LogisticRegression(), alpha=alpha),
        SelfDistilledClassifier(booster, alpha=alpha, cv=3, n_generations=1),
    ):
        assert model.fit(X, y).score(X, y) > 0.9
    assert DistilledClassifier(booster).fit(X, y).student_.score(X, y) > 0.9


@pytest.mark.parametrize("labels", [[1, 2], [True, False], ["a", 1]], ids=str)
def test_objects_that_are_no_text_are_named(labels):
    y = np.array(labels * 30, dtype=object)
    with pytest.raises(ValueError, match=r"objects of type \['.*astype\(int\)"):
        DistilledClassifier(DecisionTreeClassifier()).fit(np.arange(60.0)[:, None], y)


@pytest.mark.parametrize(
    "holder",
    [GridSearchCV(xgboost, {"max_depth": [2]}), CalibratedClassifierCV(xgboost, cv=2)],
    ids=["search", "calibration"],
)
def test_students_that_hand_labels_to_xgboost_are_refused_before_any_training(holder):
    class Untrainable(DecisionTreeClassifier):
        def fit(self, X, y, sample_weight=None):
            raise AssertionError("trained")

    message = f"{type(holder).__name__}, hands labels to XGBoost, .* 0 to 1 only"
    for model in (
        DistilledClassifier(Untrainable(), holder),
        SelfDistilledClassifier(holder),
        MutualDistilledClassifier([("first", Untrainable()), ("second", holder)]),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(X, np.where(codes, "b", "a"))
    model = DistilledClassifier(line, GridSearchCV(xgboost, {"max_depth": [2]}, cv=2))
    assert model.fit(X, codes).score(X, codes) > 0.75
