"""Row weights through what holds others, and training parts without weight."""

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledClassifier,
    MutualDistilledRegressor,
    SelfDistilledClassifier,
    SelfDistilledRegressor,
)

X, y = make_classification(160, 5, random_state=0)
values = X[:, 0] + 2.0
weight = np.where(y, 5.0, 1.0)
line, ridge = LogisticRegression(), Ridge()
nested = make_pipeline(StandardScaler(), make_pipeline(RobustScaler(), line))
nested_ridge = make_pipeline(StandardScaler(), make_pipeline(RobustScaler(), ridge))
grid = {"pipeline__logisticregression__C": [0.1, 1.0]}
CLASSIFIERS = {
    "nested": nested,
    "search": GridSearchCV(nested, grid, cv=2),
    "voting": VotingClassifier(
        [("a", line), ("b", DecisionTreeClassifier(max_depth=2))], voting="soft"
    ),
    "stacking": StackingClassifier([("a", line)], cv=2),
    "search in pipeline": make_pipeline(
        StandardScaler(), GridSearchCV(line, {"C": [0.1, 1.0]}, cv=2)
    ),
}
REGRESSORS = {
    "nested": nested_ridge,
    "transformed": TransformedTargetRegressor(nested_ridge),
    "transformed by default": TransformedTargetRegressor(),
    "transformed in pipeline": make_pipeline(
        StandardScaler(), TransformedTargetRegressor(ridge)
    ),
    "search": GridSearchCV(
        TransformedTargetRegressor(nested_ridge), {"check_inverse": [False]}, cv=2
    ),
    "voting": VotingRegressor([("a", ridge)]),
    "stacking": StackingRegressor([("a", ridge)], cv=2),
}


class TestWeightsReachWhatLearns:
    @pytest.mark.parametrize("name", CLASSIFIERS)
    def test_classifiers_learn_weights_as_copies_of_rows(self, name):
        teacher = CLASSIFIERS[name]
        model = DistilledClassifier(teacher, line, cv=2, store_teacher=True)
        weighted = model.fit(X, y, sample_weight=weight).predict_proba(X)[:, 1].mean()
        assert weighted > model.fit(X, y).predict_proba(X)[:, 1].mean() + 0.02

    @pytest.mark.parametrize("name", CLASSIFIERS)
    @pytest.mark.parametrize("alpha", [0.0, 0.5])
    def test_students(self, name, alpha):
        model = DistilledClassifier(line, CLASSIFIERS[name], cv=2, alpha=alpha)
        weighted = model.fit(X, y, sample_weight=weight).predict_proba(X)[:, 1].mean()
        assert weighted > model.fit(X, y).predict_proba(X)[:, 1].mean() + 0.01

    @pytest.mark.parametrize("name", REGRESSORS)
    @pytest.mark.parametrize("alpha", [0.0, 0.5])
    def test_regressors(self, name, alpha):
        estimator = REGRESSORS[name]
        model = DistilledRegressor(estimator, estimator, cv=2, alpha=alpha)
        # Rows that are wrong and do not count change nothing.
        wrong = values + 100.0 * (y == 0) * (np.arange(160) < 60)
        counts = np.where(wrong > 50, 0.0, 1.0)
        model.fit(X[:, :2], wrong, sample_weight=counts)
        assert model.predict(X[:, :2]).max() < 50

    @pytest.mark.parametrize(
        "model",
        [
            SelfDistilledClassifier(nested, n_generations=1, cv=3),
            MutualDistilledClassifier(
                [("a", nested), ("b", CLASSIFIERS["search"])], n_rounds=2
            ),
            SelfDistilledRegressor(
                TransformedTargetRegressor(nested_ridge), n_generations=1, cv=3
            ),
        ],
        ids=lambda model: type(model).__name__,
    )
    def test_generations_and_peers(self, model):
        def mean(**params):
            fitted = model.fit(X, y, **params)
            if hasattr(fitted, "predict_proba"):
                return fitted.predict_proba(X)[:, 1].mean()
            return fitted.predict(X).mean()

        assert mean(sample_weight=weight) > mean() + 0.02

    @pytest.mark.parametrize(
        "wrap",
        [
            lambda model: make_pipeline(StandardScaler(), make_pipeline(model)),
            lambda model: GridSearchCV(make_pipeline(model), {"memory": [None]}),
            lambda model: VotingClassifier([("a", model)], voting="soft"),
            lambda model: StackingClassifier([("a", model)]),
        ],
    )
    def test_what_takes_no_weights_is_found_at_any_depth(self, wrap):
        model = DistilledClassifier(wrap(KNeighborsClassifier()), line)
        with pytest.raises(ValueError, match="takes none"):
            model.fit(X, y, sample_weight=weight)


class TestTrainingPartsWithoutWeight:
    halves = (np.arange(160) < 80).astype(float)

    @pytest.mark.parametrize(
        "model",
        [
            DistilledClassifier(line, line, cv=KFold(2)),
            DistilledClassifier(line, line, cv=KFold(4), alpha="auto"),
            DistilledClassifier(XGBClassifier(), line, cv=KFold(2)),
            DistilledRegressor(ridge, ridge, cv=KFold(2)),
            SelfDistilledClassifier(line, cv=KFold(4)),
            SelfDistilledRegressor(ridge, cv=KFold(4)),
            MutualDistilledRegressor([("a", ridge), ("b", nested_ridge)], cv=KFold(4)),
            MutualDistilledClassifier([("a", line), ("b", nested)], cv=KFold(4)),
        ],
    )
    def test_they_are_named_before_anything_is_trained(self, model):
        with pytest.raises(ValueError, match="no row with weight: sample_weight is z"):
            model.fit(X, y, sample_weight=self.halves)

    def test_weight_on_one_class_only_is_named(self):
        only = np.where(np.arange(160) < 80, y, 1.0)
        model = DistilledClassifier(line, line, cv=KFold(2))
        with pytest.raises(ValueError, match="one class only with weight"):
            model.fit(X, y, sample_weight=only)

    def test_parts_with_some_weight_train(self):
        model = DistilledClassifier(line, line, cv=KFold(4))
        assert model.fit(X, y, sample_weight=self.halves).score(X, y) > 0.7
