"""Feature and Relation objectives in the distilled estimators."""

import pickle

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostRegressor
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.distance import pdist
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

from skdistill import DistilledClassifier, DistilledRegressor, SelfDistilledClassifier
from skdistill.objectives import Feature, Relation, Response

X, Y = make_classification(
    150, 8, n_informative=5, n_redundant=0, n_classes=3, random_state=0
)
BINARY = (Y > 0).astype(int)
FOREST = RandomForestClassifier(8, max_depth=4, random_state=0)
TREE = DecisionTreeRegressor(max_depth=4, random_state=0)
FEW = {"n_landmarks": 5}

pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")


def distil(objective, student=TREE, y=Y, teacher=FOREST, **settings):
    settings = {"student_features": slice(0, 5), "cv": 3, **settings}
    return DistilledClassifier(teacher, student, objective=objective, **settings).fit(
        X, y
    )


class NeverFitted(RandomForestClassifier):
    def fit(self, X, y, sample_weight=None):
        raise AssertionError("the teacher was trained")


@pytest.mark.parametrize("y", [Y, BINARY])
@pytest.mark.parametrize(
    ("objective", "n_outputs"),
    [
        ("feature", 8),
        (Feature(n_components=3), 3),
        (Feature(match="boundary", n_components=3), 3),
        (Relation(**FEW), 5),
        (Relation(kind="angle", **FEW), 5),
        ([Response(), Feature(n_components=2), Relation(kind="similarity", **FEW)], 7),
        ([Feature(n_components=2), "response", Relation(space="response", **FEW)], 7),
    ],
)
def test_further_outputs_are_learnt_and_dropped(objective, n_outputs, y):
    model = distil(objective, y=y)
    n_responses = 3 if y is Y else 1
    assert model.student_.predict(X[:, :5]).shape == (150, n_responses + n_outputs)
    probabilities = model.predict_proba(X[:, :5])
    assert probabilities.shape == (150, 3 if y is Y else 2)
    assert_allclose(probabilities.sum(axis=1), 1.0)
    assert model.score(X, y) > 0.6


@pytest.mark.parametrize(
    "student",
    [
        RandomForestRegressor(5, random_state=0),
        pytest.param(
            MLPRegressor(hidden_layer_sizes=(8,), max_iter=30, random_state=0),
            marks=pytest.mark.filterwarnings("ignore:Stochastic Optimizer"),
        ),
        CatBoostRegressor(iterations=10, thread_count=1, random_seed=0),
        XGBRegressor(n_estimators=5, n_jobs=1, multi_strategy="multi_output_tree"),
        make_pipeline(StandardScaler(), TREE),
    ],
    ids=lambda s: type(s).__name__,
)
def test_students_with_a_shared_structure_predict_otherwise(student):
    objective = [Feature(2.0, n_components=4), Relation(2.0, **FEW)]
    model, plain = distil(objective, student), distil("response", student)
    assert model.student_.predict(X[:, :5]).shape == (150, 12)
    assert np.abs(model.predict_proba(X) - plain.predict_proba(X)).max() > 1e-3
    assert_allclose(
        pickle.loads(pickle.dumps(model)).predict_proba(X), model.predict_proba(X)
    )


@pytest.mark.parametrize("student", [Ridge(), KNeighborsRegressor()])
def test_students_that_share_nothing_say_so(student):
    with pytest.warns(UserWarning, match=f"{type(student).__name__} share nothing"):
        model = distil("feature", student)
    assert_allclose(
        model.predict_proba(X), distil("response", student).predict_proba(X)
    )


@pytest.mark.parametrize("nothing", [Feature(0.0), [Response(), Relation(0.0, **FEW)]])
def test_weight_zero_is_the_response_alone(nothing):
    model, plain = distil(nothing), distil("response")
    assert_array_equal(model.predict_proba(X), plain.predict_proba(X))
    assert model.student_.predict(X[:, :5]).shape == (150, 3)


def test_alpha_zero_is_the_plain_student():
    model = distil(["feature", Relation(**FEW)], alpha=0.0)
    plain = clone(TREE).fit(X[:, :5], np.eye(3)[Y])
    assert_array_equal(model.student_.predict(X[:, :5]), plain.predict(X[:, :5]))


def test_regression_with_one_and_with_two_outputs():
    X, y = make_regression(120, 6, n_informative=4, n_targets=2, random_state=0)
    teacher = RandomForestRegressor(8, random_state=0)
    for target in (y, y[:, 0]):
        model = DistilledRegressor(
            teacher, TREE, objective=["feature", Relation(**FEW)], cv=3
        ).fit(X, target)
        assert model.predict(X).shape == target.shape
        n_responses = target[:1].size
        assert model.student_.predict(X).shape == (120, n_responses + 13)
        assert model.score(X, target) > 0.4


def test_a_frame_without_the_privileged_columns():
    frame = pd.DataFrame(X, columns=list("abcdefgh"))
    model = DistilledClassifier(
        FOREST, TREE, student_features=list("abc"), objective="feature", cv=3
    ).fit(frame, Y)
    assert_array_equal(
        model.predict_proba(frame[["c", "a", "b"]]), model.predict_proba(frame)
    )


def turned(teacher, X):
    """The last two columns, turned by an angle that depends on the teacher."""
    angle = 10.0 * teacher.feature_importances_[0]
    turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return X[:, -2:] @ turn


def test_the_bases_of_folds_are_turned_to_one():
    model = distil(
        Feature(representation=turned, n_components=2), store_teacher=True, cv=5
    )
    # Without centring errors, since every fold sees all anchors.
    assert_allclose(pdist(model.auxiliary_targets_[0]), pdist(X[:, -2:]), atol=1e-9)


@pytest.mark.parametrize("objective", [Feature(n_components=3), Relation(**FEW)])
def test_what_a_row_teaches_comes_from_a_teacher_that_did_not_see_it(objective):
    splits = list(KFold(5, shuffle=True, random_state=0).split(X))
    row, fold = splits[2][1][0], splits[2][1]
    flipped = Y.copy()
    flipped[row] = (Y[row] + 1) % 3
    before, after = (
        distil(objective, y=y, cv=splits, store_teacher=True).auxiliary_targets_[0]
        for y in (Y, flipped)
    )
    if isinstance(objective, Feature):
        # Up to the one rotation that all rows of a fold share.
        assert_allclose(pdist(before[fold]), pdist(after[fold]), atol=1e-9)
        assert np.abs(pdist(before) - pdist(after)).max() > 1e-3
    else:
        assert_allclose(before[fold], after[fold])
        assert np.abs(before - after).max() > 1e-3


def test_equal_seeds_are_equal_models_for_any_n_jobs():
    objective = ["feature", Relation(**FEW)]
    student = DecisionTreeRegressor(max_depth=4, max_features=2)
    one, two = (
        distil(objective, student, random_state=3, n_jobs=n_jobs).predict_proba(X)
        for n_jobs in (1, 2)
    )
    assert_array_equal(one, two)


def test_a_search_over_the_weight_trains_each_fold_teacher_once(tmp_path):
    model = DistilledClassifier(
        FOREST, TREE, objective=Feature(), cv=3, memory=tmp_path
    )
    search = GridSearchCV(model, {"objective__weight": [0.1, 0.3, 1.0]}, cv=2)
    search.fit(X, Y)
    outputs = list(tmp_path.rglob("output.pkl"))
    assert len(outputs) == 3 * (2 + 1)
    assert search.best_params_["objective__weight"] in (0.1, 0.3, 1.0)


def test_memory_tells_apart_what_teachers_are_asked(tmp_path):
    for objective in (Response(), Feature(), Relation(**FEW), Relation(n_landmarks=4)):
        fresh, remembered = (
            distil(objective, store_teacher=True, memory=memory, random_state=0)
            for memory in (None, tmp_path)
        )
        assert_array_equal(remembered.auxiliary_targets_, fresh.auxiliary_targets_)


def test_alpha_is_chosen_with_further_knowledge():
    model = distil("feature", alpha="auto", privileged_weight="auto", cv=4)
    assert len(model.selection_results_["loss"]) == 5
    assert model.predict_proba(X).shape == (150, 3)


def test_rows_that_no_fold_covers():
    model = distil(
        ["feature", Relation(**FEW)], cv=TimeSeriesSplit(3), store_teacher=True
    )
    covered = np.isfinite(model.auxiliary_targets_[0]).all(axis=1)
    assert 0 < covered.sum() < 150
    assert model.score(X, Y) > 0.5


@pytest.mark.parametrize("y", [Y, BINARY])
@pytest.mark.parametrize("kind", ["distance", "similarity"])
def test_boosters_take_relations_by_their_gradient(y, kind):
    student = XGBClassifier(n_estimators=8, max_depth=3, n_jobs=1)
    plain = distil("response", student, y)
    model = distil(Relation(1.0, kind=kind, **FEW), student, y)
    assert model.student_route_.endswith("_gradient")
    assert np.abs(model.predict_proba(X) - plain.predict_proba(X)).max() > 1e-3
    copied = pickle.loads(pickle.dumps(model.student_))
    assert_allclose(copied.predict_proba(X[:, :5]), model.predict_proba(X))
    zero = distil(Relation(0.0, kind=kind, **FEW), student, y)
    assert_array_equal(zero.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize("y", [Y, BINARY])
def test_lightgbm_takes_relations_by_its_gradient(y):
    lightgbm = pytest.importorskip("lightgbm")
    student = lightgbm.LGBMClassifier(n_estimators=8, n_jobs=1, verbose=-1)
    plain = distil("response", student, y).predict_proba(X)
    model = distil(Relation(1.0, **FEW), student, y)
    assert model.student_route_.endswith("_gradient")
    assert np.abs(model.predict_proba(X) - plain).max() > 1e-3


def test_relations_in_a_gradient_bring_the_student_closer_to_them():
    student = XGBClassifier(n_estimators=30, max_depth=4, n_jobs=1)
    objective = Relation(5.0, kind="similarity", space="response", **FEW)
    settings = {"student_features": None, "store_teacher": True}
    model = distil(objective, student, **settings)
    plain = distil(Relation(1e-9, **FEW), student, **settings)

    def error(fitted):
        from skdistill.teachers._relations import relate

        p = fitted.predict_proba(X)
        landmarks = np.sort(np.random.RandomState(0).choice(len(X), 5, replace=False))
        return np.abs(
            relate("similarity", p, p[landmarks]) - model.auxiliary_targets_[0]
        ).mean()

    assert error(model) < error(plain)


@pytest.mark.parametrize(
    ("student", "objective", "message"),
    [
        (LogisticRegression(), "feature", "LogisticRegression cannot learn beside"),
        (None, "feature", "Use a regressor that shares its structure"),
        (XGBClassifier(), "feature", "XGBClassifier cannot learn"),
        (XGBClassifier(), ["relation", "feature"], "holds 'feature'"),
        (XGBRegressor(), "relation", "set multi_strategy='multi_output_tree'"),
        (CatBoostRegressor(loss_function="MAE"), "feature", "loss_function is 'MAE'"),
        (HistGradientBoostingClassifier(), "relation", "or XGBClassifier or LGBM"),
    ],
)
def test_students_that_cannot_learn_it_are_refused_first(student, objective, message):
    with pytest.raises(ValueError, match=message):
        distil(objective, student, teacher=NeverFitted())


def test_angles_of_two_probabilities_are_refused():
    with pytest.raises(ValueError, match="two probabilities lie on a line"):
        distil(Relation(kind="angle", **FEW), XGBClassifier(), BINARY, NeverFitted())
    with pytest.raises(ValueError, match="responses of 2 classes lie on a line"):
        distil(Relation(kind="angle", space="response", **FEW), y=BINARY)


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (Feature(-0.1), "weight of Feature must be in"),
        (Relation(-1.0), "weight of Relation must be in"),
        (Feature(match="sign"), "match of Feature must be one of"),
        (Feature(n_components=0), "n_components of Feature must be at least 1"),
        (Relation(kind="cosine"), "kind of Relation must be one of"),
        (Relation(space="leaves"), "space of Relation must be one of"),
        (Relation(n_landmarks=1), "n_landmarks of Relation must be at least 2"),
        (Relation(n_landmarks=151), "is 151, but there are only n_samples = 150"),
        ("features", "objective of DistilledClassifier must be one of"),
        ([Response(), Response()], "holds 2 Responses"),
        ([Feature(), 3], "got 3"),
    ],
)
def test_bad_objectives_are_refused_first(objective, message):
    with pytest.raises(ValueError, match=message):
        distil(objective, teacher=NeverFitted())


def test_out_of_bag_teachers_have_no_common_representation():
    with pytest.raises(ValueError, match="no common representation"):
        distil("feature", teacher=NeverFitted(), cv="oob")


def test_the_other_estimators_exchange_responses_only():
    with pytest.raises(ValueError, match="responses are all that is exchanged"):
        SelfDistilledClassifier(FOREST, objective=Feature()).fit(X, Y)


def test_knowledge_narrows_the_distance_to_the_teachers_space():
    """Neighbours in the student's leaves are more often the teacher's neighbours."""
    teacher = ExtraTreesClassifier(30, max_depth=6, random_state=0)
    X, y = make_classification(
        400, 12, n_informative=8, n_redundant=0, n_classes=4, random_state=1
    )
    student = DecisionTreeRegressor(max_leaf_nodes=24, random_state=0)
    errors = []
    for weight in (0.0, 4.0):
        model = DistilledClassifier(
            teacher, student, objective=Feature(weight), cv=3, random_state=0
        ).fit(X, y)
        leaves = model.student_.apply(X)
        places = teacher.fit(X, y).apply(X)
        same = leaves[:, None] == leaves
        agreement = (places[:, None] == places).mean(axis=2)
        errors.append(agreement[same].mean())
    assert errors[1] > errors[0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Feature(n_components=2), Feature(n_components=3)),
        (Relation(**FEW), Relation(n_landmarks=5, kind="similarity")),
    ],
)
def test_the_cache_tells_what_else_a_teacher_is_asked(first, second, tmp_path):
    distil(first, memory=str(tmp_path))
    cached, alone = (
        distil(second, store_teacher=True, memory=memory, random_state=0)
        for memory in (str(tmp_path), None)
    )
    for one, two in zip(
        cached.auxiliary_targets_, alone.auxiliary_targets_, strict=True
    ):
        assert_array_equal(one, two)
