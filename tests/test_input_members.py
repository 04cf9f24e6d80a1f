"""What is accepted as teacher, student and peer, and the copies of it."""

import joblib
import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier, CatBoostRegressor
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsOneClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledClassifier,
    SelfDistilledClassifier,
    SelfDistilledRegressor,
    distillation_report,
)
from skdistill.objectives import Response

X, y = make_classification(150, 5, random_state=0)
line = LogisticRegression()
tree = DecisionTreeClassifier(max_depth=2, random_state=0)
forest = RandomForestClassifier(3, random_state=0)
stack = StackingClassifier([("tree", tree), ("line", line)], cv=2)
scaled_svc = make_pipeline(StandardScaler(), SVC())


class TestProbabilitiesThatShowAfterFit:
    @pytest.mark.parametrize(
        "estimator",
        [
            stack,
            make_pipeline(StandardScaler(), stack),
            GridSearchCV(scaled_svc, {"svc": [tree, line]}, cv=2),
            RandomizedSearchCV(
                VotingClassifier([("t", tree)]), {"voting": ["soft"]}, n_iter=1, cv=2
            ),
        ],
        ids=["stack", "pipeline", "candidates", "voting"],
    )
    @pytest.mark.parametrize(
        "kind", ["teacher", "student", "student_cv", "auto", "self", "mutual"]
    )
    def test_they_are_accepted(self, kind, estimator):
        model = {
            "teacher": DistilledClassifier(estimator, line, cv=2),
            "student": DistilledClassifier(tree, estimator, cv=2),
            "student_cv": DistilledClassifier(tree, estimator, cv=2, student_cv=2),
            "auto": DistilledClassifier(tree, estimator, cv=3, alpha="auto"),
            "self": SelfDistilledClassifier(estimator, n_generations=1, cv=3),
            "mutual": MutualDistilledClassifier(
                [("a", estimator), ("b", tree)], n_rounds=2
            ),
        }[kind]
        assert hasattr(model, "predict_proba")
        probabilities = model.fit(X, y).predict_proba(X)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)

    def test_a_search_over_a_stack(self):
        search = GridSearchCV(stack, {"passthrough": [True]}, cv=2)
        assert DistilledClassifier(search, line, cv=2).fit(X, y).score(X, y) > 0.7

    def test_in_the_report(self):
        report = distillation_report(DistilledClassifier(stack, line, cv=2), X, y, cv=2)
        assert "log-loss" in str(report)

    @pytest.mark.parametrize(
        "estimator",
        [
            SVC(),
            scaled_svc,
            LinearSVC(),
            SGDClassifier(),
            VotingClassifier([("t", tree)]),
            OneVsOneClassifier(line),
            StackingClassifier([("t", tree)], final_estimator=LinearSVC()),
            GridSearchCV(scaled_svc, {"svc__C": [1.0]}),
        ],
    )
    def test_what_never_has_them_is_refused_before_training(self, estimator):
        with pytest.raises(ValueError, match="must have predict_proba"):
            DistilledClassifier(estimator, line).fit(X, y)

    def test_a_search_that_chooses_a_classifier_without_them_is_named(self):
        search = GridSearchCV(
            make_pipeline(tree), {"decisiontreeclassifier": [LinearSVC(), tree]}, cv=2
        )
        search.scoring = _prefers_linear
        with pytest.raises(ValueError, match="it chose one"):
            DistilledClassifier(search, line).fit(X, y)


def _prefers_linear(estimator, X, y):
    return float(not hasattr(estimator, "predict_proba"))


class TestCatBoostParametersThatAreNone:
    @pytest.mark.parametrize(
        ("model", "name"),
        [
            (DistilledClassifier(tree, CatBoostClassifier(iterations=2)), "student"),
            (DistilledClassifier(CatBoostClassifier(iterations=2), line), "teacher"),
            (SelfDistilledClassifier(CatBoostClassifier(iterations=2)), "estimator"),
            (SelfDistilledRegressor(CatBoostRegressor(iterations=2)), "estimator"),
            (
                DistilledClassifier(
                    make_pipeline(StandardScaler(), CatBoostClassifier(iterations=2)),
                    line,
                ),
                "teacher__catboostclassifier",
            ),
        ],
    )
    def test_they_can_be_searched_over(self, model, name):
        model.set_params(cv=3)
        grid = {f"{name}__depth": [None, 3], f"{name}__learning_rate": [None]}
        search = GridSearchCV(model, grid, cv=2, error_score="raise")
        assert search.fit(X, y).best_estimator_.predict(X).shape == y.shape

    def test_as_a_peer(self):
        peer = CatBoostClassifier(iterations=2).set_params(depth=None)
        model = MutualDistilledClassifier([("a", peer), ("b", tree)], n_rounds=2)
        assert clone(clone(model)).fit(X, y).score(X, y) > 0.5


class TestParametersOfADefault:
    @pytest.mark.parametrize(
        ("model", "name", "remedy"),
        [
            (DistilledClassifier(), "student__max_iter", "Pass an estimator as stud"),
            (DistilledClassifier(), "teacher__max_iter", "Pass an estimator as teac"),
            (DistilledRegressor(), "student__max_iter", "Pass an estimator as stude"),
            (SelfDistilledClassifier(), "estimator__max_iter", "an estimator as est"),
            (DistilledClassifier(), "objective__temperature", r"objective=Response\("),
            (DistilledClassifier(objective="feature"), "objective__weight", "Feature"),
            (SelfDistilledRegressor(), "objective__temperature", r"=Response\("),
            (MutualDistilledClassifier([]), "objective__temperature", r"=Response\("),
        ],
    )
    def test_the_message_says_what_to_pass(self, model, name, remedy):
        with pytest.raises(
            ValueError, match=f"{name} of {type(model).__name__}.*{remedy}"
        ):
            model.set_params(**{name: 2})

    def test_they_can_be_set_together_with_what_holds_them(self):
        model = DistilledClassifier(objective="response")
        model.set_params(
            objective=Response(),
            objective__temperature=2.0,
            student=tree,
            student__max_depth=1,
        )
        assert model.objective.temperature == 2.0
        assert model.student.max_depth == 1


class TestBackends:
    @pytest.mark.parametrize("n_jobs", [None, 2])
    @pytest.mark.parametrize("backend", ["multiprocessing", "threading"])
    @pytest.mark.parametrize(
        "model",
        [
            DistilledClassifier(forest, line, cv=3, alpha="auto", random_state=0),
            SelfDistilledClassifier(tree, n_generations=1, cv=3),
        ],
        ids=lambda model: type(model).__name__,
    )
    def test_the_model_is_the_same_in_each(self, model, backend, n_jobs):
        model.set_params(n_jobs=n_jobs)
        here = model.fit(X, y).predict_proba(X)
        with joblib.parallel_config(backend):
            there = model.fit(X, y).predict_proba(X)
        np.testing.assert_array_equal(here, there)

    def test_the_report_is_the_same_in_each(self):
        model = DistilledClassifier(tree, line, cv=2)
        here = distillation_report(model, X, y, cv=2)
        with joblib.parallel_config("multiprocessing"):
            there = distillation_report(model, X, y, cv=2)
        pd.testing.assert_frame_equal(here.frame(), there.frame())


@pytest.mark.parametrize("kind", ["teacher", "pipeline", "auto", "self"])
def test_no_fold_reads_the_snapshot_of_another(kind, tmp_path):
    catboost = CatBoostClassifier(
        iterations=3,
        save_snapshot=True,
        allow_writing_files=True,
        train_dir=str(tmp_path),
        verbose=0,
    )
    model = {
        "teacher": DistilledClassifier(catboost, line),
        "pipeline": DistilledClassifier(
            make_pipeline(StandardScaler(), catboost), line
        ),
        "auto": DistilledClassifier(tree, catboost, cv=3, alpha="auto"),
        "self": SelfDistilledClassifier(catboost, n_generations=1, cv=3),
    }[kind]
    assert model.fit(X, y).score(X, y) > 0.6


def test_regressors_are_never_asked_for_probabilities():
    model = DistilledRegressor(Ridge(), GridSearchCV(Ridge(), {"alpha": [1.0]}))
    assert model.fit(X, X[:, 0]).score(X, X[:, 0]) > 0.9
