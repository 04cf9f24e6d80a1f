"""scikit-learn's own checks over a table of configurations."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.objectives import Feature, Relation, Response


def all_but_first(X):
    # The checks' smallest data, one or two columns, cannot spare one.
    return np.arange(1 if X.shape[1] > 2 else 0, X.shape[1])


def all_but_last(X):
    return np.arange(X.shape[1] - (1 if X.shape[1] > 2 else 0))


TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
GROWN = DecisionTreeRegressor(max_depth=3, random_state=0)

CLASSIFIERS = [
    DistilledClassifier(),
    DistilledClassifier(TREE),
    DistilledClassifier(TREE, LogisticRegression()),
    DistilledClassifier(TREE, GROWN),
    DistilledClassifier(
        TREE, teacher_features=all_but_last, student_features=all_but_first
    ),
    DistilledClassifier(
        TREE,
        teacher_features=all_but_last,
        student_features=all_but_first,
        alpha="auto",
        privileged_weight="auto",
    ),
    DistilledClassifier(TREE, LogisticRegression(), student_cv="same"),
    DistilledClassifier(
        GaussianNB(), LogisticRegression(), objective=Response(4.0), alpha=1.0
    ),
    DistilledClassifier(TREE, alpha=0.0),
    DistilledClassifier(TREE, alpha=1.0),
    DistilledClassifier(TREE, alpha="auto", objective=Response(correction="auto")),
    DistilledClassifier(
        make_pipeline(MinMaxScaler(), GaussianNB()),
        make_pipeline(MinMaxScaler(), LogisticRegression()),
    ),
    DistilledClassifier(TREE, store_teacher=True),
    DistilledClassifier(TREE, GROWN, objective=[Response(), Feature(n_components=3)]),
    DistilledClassifier(TREE, GROWN, objective=Relation(n_landmarks=3)),
]

REGRESSORS = [
    DistilledRegressor(),
    DistilledRegressor(GROWN),
    DistilledRegressor(GROWN, Ridge()),
    DistilledRegressor(Ridge(), GROWN, objective=Response(correction=0.1)),
    DistilledRegressor(
        GROWN, teacher_features=all_but_last, student_features=all_but_first
    ),
    DistilledRegressor(
        GROWN,
        teacher_features=all_but_last,
        student_features=all_but_first,
        privileged_weight="auto",
    ),
    DistilledRegressor(GROWN, Ridge(), student_cv="same"),
    DistilledRegressor(GROWN, alpha=0.0),
    DistilledRegressor(GROWN, alpha=1.0),
    DistilledRegressor(GROWN, alpha="auto"),
    DistilledRegressor(
        make_pipeline(MinMaxScaler(), Ridge()),
        make_pipeline(MinMaxScaler(), Ridge()),
    ),
    DistilledRegressor(GROWN, objective=[Feature(n_components=3), "response"]),
    DistilledRegressor(GROWN, objective=Relation(n_landmarks=3)),
]


# Some of the checks' data have fewer rows of a class than there are folds.
@pytest.mark.filterwarnings("ignore:The least populated class:UserWarning")
@parametrize_with_checks(CLASSIFIERS + REGRESSORS)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_the_table_is_wide_enough():
    assert len(CLASSIFIERS) >= 8
    assert len(REGRESSORS) >= 8


@pytest.mark.parametrize("estimator", [CLASSIFIERS[3], REGRESSORS[2]])
def test_narrow_arrays_pass_where_wrong_widths_do_not(estimator):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5))
    y = (X[:, 1] > 0).astype(int)
    model = estimator.set_params(student_features=[0, 1]).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), model.predict(X[:, :2]))
    with pytest.raises(ValueError, match="X has 3 features, but Distilled"):
        model.predict(X[:, :3])
