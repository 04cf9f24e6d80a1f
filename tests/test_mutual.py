"""Online distillation between peers."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification, make_friedman1
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdistill.input._rows import average_rows
from skdistill.mutual._groups import make_groups, mean_of_others
from skdistill.mutual._mutual import MutualDistilledClassifier, MutualDistilledRegressor
from skdistill.objectives import Response

pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")


def all_but_last(X):
    # The checks' smallest data, one or two columns, cannot spare one.
    return np.arange(X.shape[1] - (1 if X.shape[1] > 2 else 0))


TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
GROWN = DecisionTreeRegressor(max_depth=3, random_state=0)
SMALL = HistGradientBoostingClassifier(max_iter=4, random_state=0)
PAIR = [("tree", TREE), ("line", LogisticRegression())]
# No split that rounding decides.
SMOOTH = [("bayes", GaussianNB()), ("line", LogisticRegression(tol=1e-8))]
PAIR_OF_REGRESSORS = [("tree", GROWN), ("line", Ridge())]
ESTIMATORS = [
    MutualDistilledClassifier(PAIR, n_rounds=3),
    MutualDistilledClassifier(
        [
            ("boosted", GradientBoostingClassifier(n_estimators=4, random_state=0)),
            ("scaled", make_pipeline(MinMaxScaler(), LogisticRegression())),
            ("none", "drop"),
        ],
        n_rounds=2,
        combine="scaled",
    ),
    MutualDistilledClassifier(
        PAIR, n_rounds=2, peer_features={"tree": all_but_last, "line": all_but_last}
    ),
    MutualDistilledClassifier(PAIR, n_rounds=2, cv=3, combine="best"),
    MutualDistilledRegressor(PAIR_OF_REGRESSORS, n_rounds=3, alpha=1.0),
    MutualDistilledRegressor(
        PAIR_OF_REGRESSORS,
        n_rounds=2,
        peer_features={"tree": all_but_last, "line": all_but_last},
        cv=3,
    ),
]


@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def noisy():
    return make_classification(
        n_samples=200, n_features=6, flip_y=0.3, class_sep=1.5, random_state=0
    )


def test_each_peer_learns_from_the_mean_of_the_others():
    X, y = make_friedman1(n_samples=60, random_state=0)
    peers = {
        "near": KNeighborsRegressor(3),
        "far": KNeighborsRegressor(20),
        "line": LinearRegression(),
    }
    model = MutualDistilledRegressor(list(peers.items()), n_rounds=3, alpha=0.3)
    model.fit(X, y)
    predicted = {name: clone(peer).fit(X, y).predict(X) for name, peer in peers.items()}
    for _ in range(2):
        total = sum(predicted.values())
        predicted = {
            name: clone(peer)
            .fit(X, 0.7 * y + 0.3 * (total - predicted[name]) / 2)
            .predict(X)
            for name, peer in peers.items()
        }
    for name, expected in predicted.items():
        np.testing.assert_allclose(model.named_peers_[name].predict(X), expected)
    np.testing.assert_allclose(
        model.predict(X), np.mean(list(predicted.values()), axis=0)
    )
    np.testing.assert_allclose(
        model.round_scores_["line"][-1], -np.mean((predicted["line"] - y) ** 2)
    )
    np.testing.assert_allclose(
        model.round_scores_["mean"][-1], -np.mean((model.predict(X) - y) ** 2)
    )


def test_with_folds_predictions_come_from_peers_without_the_row():
    X, y = make_friedman1(n_samples=60, random_state=0)
    near, line = KNeighborsRegressor(3), LinearRegression()
    splits = list(KFold(3).split(X))
    model = MutualDistilledRegressor(
        [("near", near), ("line", line)], n_rounds=2, alpha=0.4, cv=splits
    ).fit(X, y)
    out_of_fold = np.empty(60)
    for train, test in splits:
        out_of_fold[test] = clone(near).fit(X[train], y[train]).predict(X[test])
    expected = LinearRegression().fit(X, 0.6 * y + 0.4 * out_of_fold)
    np.testing.assert_allclose(
        model.named_peers_["line"].predict(X), expected.predict(X)
    )
    # The scores are of peers that never met the fold, nor predicted from who had.
    total = 0.0
    for number, (train, test) in enumerate(splits):
        predicted = np.empty(60)
        for other, (_, rows) in enumerate(splits):
            if other != number:
                known = np.setdiff1d(train, rows)
                predicted[rows] = clone(near).fit(X[known], y[known]).predict(X[rows])
        target = 0.6 * y[train] + 0.4 * predicted[train]
        predicted = LinearRegression().fit(X[train], target).predict(X[test])
        total += np.sum((predicted - y[test]) ** 2)
    assert model.round_scores_["line"][1] == pytest.approx(-total / 60)


def test_without_folds_few_rows_are_scored():
    (group,) = make_groups(3000, [], [])
    assert len(group.predicted) == 3000
    assert len(np.unique(group.scored)) == 1000
    # Those that count.
    weight = (np.arange(3000) % 2).astype(float)
    (group,) = make_groups(3000, [], [], weight)
    assert len(group.scored) == 1000
    assert (weight[group.scored] == 1.0).all()
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 2))
    y = X[:, 0] + rng.normal(size=1500)
    model = MutualDistilledRegressor(
        [("tree", DecisionTreeRegressor(max_depth=2)), ("line", Ridge())], n_rounds=2
    ).fit(X, y)
    rows = make_groups(1500, [], [])[0].scored
    np.testing.assert_allclose(
        model.round_scores_["mean"][-1], -np.mean((model.predict(X) - y)[rows] ** 2)
    )


def test_the_mean_of_others_is_that_of_their_source_groups():
    splits = list(KFold(2).split(np.zeros((4, 1))))
    groups = make_groups(4, splits, [[], []])
    predictions = {
        (group, peer): 10.0 * group + peer + np.zeros(4)
        for group in (1, 2)
        for peer in range(3)
    }
    np.testing.assert_array_equal(
        mean_of_others(groups, 0, 0, predictions, 4), [11.5, 11.5, 21.5, 21.5]
    )
    # A group without sources learns from its own peers.
    np.testing.assert_array_equal(
        mean_of_others(groups, 1, 2, predictions, 4), [10.5] * 4
    )


def test_rows_in_no_part_have_no_average():
    parts = [
        (np.array([0, 1]), np.array([[1.0, 0.0], [0.5, 0.5]])),
        (np.array([1]), np.array([[0.0, 1.0]])),
    ]
    np.testing.assert_array_equal(
        average_rows(parts, (3, 2)), [[1.0, 0.0], [0.25, 0.75], [np.nan, np.nan]]
    )


def test_scores_are_those_of_unseen_rows():
    # Labels without any signal: whatever predicts better than their frequency knows
    # labels it must not know.
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 3)), np.arange(300) % 2
    model = MutualDistilledClassifier(
        [("near", KNeighborsClassifier(3)), ("far", KNeighborsClassifier(9))],
        n_rounds=3,
        alpha=1.0,
        cv=4,
    ).fit(X, y)
    for scores in model.round_scores_.values():
        assert (scores < -np.log(2)).all()


def test_no_group_learns_from_a_group_with_the_row():
    splits = list(KFold(3).split(np.zeros((6, 1))))
    queries = [
        [
            (np.setdiff1d(train, other), other)
            for _, other in splits
            if not np.array_equal(other, test)
        ]
        for train, test in splits
    ]
    groups = make_groups(6, splits, queries)
    assert len(groups) == 1 + 3 + 3
    deployed = groups[0]
    assert deployed.train.tolist() == list(range(6))
    assert not len(deployed.predicted)
    for source, rows in deployed.sources:
        group = groups[source]
        assert not set(rows) & set(group.train)
        assert set(rows) <= set(group.predicted)
        assert rows.tolist() == group.scored.tolist()
        for inner, inner_rows in group.sources:
            assert not set(inner_rows) & set(groups[inner].train)
            assert not set(rows) & set(groups[inner].train)
            assert not groups[inner].sources


@pytest.fixture(scope="module", params=[None, 3], ids=["in_sample", "folds"])
def of_five_libraries(request, noisy):
    xgboost = pytest.importorskip("xgboost")
    catboost = pytest.importorskip("catboost")
    lightgbm = pytest.importorskip("lightgbm")
    X, codes = noisy
    peers = [
        ("xgb", xgboost.XGBClassifier(n_estimators=7, n_jobs=1)),
        ("cat", catboost.CatBoostClassifier(iterations=7, thread_count=1)),
        ("lgb", lightgbm.LGBMClassifier(n_estimators=7, n_jobs=1, verbose=-1)),
        ("hist", HistGradientBoostingClassifier(max_iter=7)),
        ("forest", RandomForestClassifier(7, random_state=0)),
    ]
    model = MutualDistilledClassifier(peers, n_rounds=3, cv=request.param)
    return model.fit(X, np.array(["no", "yes"])[codes])


def test_each_library_is_trained_in_its_own_way(of_five_libraries):
    assert of_five_libraries.peer_training_ == {
        "xgb": "continued_training",
        "cat": "continued_training",
        "lgb": "continued_training",
        "hist": "warm_start",
        "forest": "warm_start",
    }


def test_peers_get_all_their_trees(of_five_libraries):
    xgb, cat, lgb, hist, forest = of_five_libraries.peers_
    assert xgb.get_booster().num_boosted_rounds() == 7
    assert cat.tree_count_ == lgb.n_estimators_ == hist.n_iter_ == 7
    assert len(forest.estimators_) == 7


def test_peers_have_the_class_and_parameters_of_the_user(of_five_libraries):
    named = dict(of_five_libraries.peers)
    for name, peer in of_five_libraries.named_peers_.items():
        assert type(peer) is type(named[name])
    for name in ("hist", "forest"):
        fitted = of_five_libraries.named_peers_[name]
        assert fitted.get_params() == named[name].get_params()


def test_each_round_scores_each_peer(of_five_libraries):
    scores = of_five_libraries.round_scores_
    assert list(scores) == ["xgb", "cat", "lgb", "hist", "forest", "mean"]
    assert {len(by_round) for by_round in scores.values()} == {3}
    assert of_five_libraries.n_iter_ == 3


def test_the_mean_of_the_peers_predicts(of_five_libraries, noisy):
    X, _ = noisy
    mean = np.mean([p.predict_proba(X) for p in of_five_libraries.peers_], axis=0)
    np.testing.assert_allclose(of_five_libraries.predict_proba(X), mean)
    assert set(of_five_libraries.predict(X)) == {"no", "yes"}


def test_a_pickled_model_predicts_the_same(of_five_libraries, noisy):
    X, _ = noisy
    again = pickle.loads(pickle.dumps(of_five_libraries))
    np.testing.assert_array_equal(
        again.predict_proba(X), of_five_libraries.predict_proba(X)
    )


def test_missing_values_categories_and_columns_of_their_own():
    pd = pytest.importorskip("pandas")
    catboost = pytest.importorskip("catboost")
    xgboost = pytest.importorskip("xgboost")
    X, y = make_classification(
        n_samples=150, n_classes=3, n_informative=4, random_state=0
    )
    X = pd.DataFrame(X[:, :5], columns=list("abcde"))
    X.loc[::7, "a"] = np.nan
    X["f"] = pd.Categorical(np.where(X["b"] > 0, "yes", "no"))
    peers = [
        ("xgb", xgboost.XGBClassifier(n_estimators=4, enable_categorical=True)),
        ("cat", catboost.CatBoostClassifier(iterations=4, cat_features=["f"])),
        ("hist", HistGradientBoostingClassifier(max_iter=4)),
    ]
    model = MutualDistilledClassifier(
        peers,
        n_rounds=2,
        peer_features={"xgb": ["f", "a"], "cat": ["b", "f"], "hist": ["a", "c"]},
    ).fit(X, y)
    assert {k: v.tolist() for k, v in model.peer_feature_indices_.items()} == {
        "xgb": [5, 0],
        "cat": [1, 5],
        "hist": [0, 2],
    }
    expected = model.predict_proba(X)
    np.testing.assert_array_equal(model.predict_proba(X[list("cfba")]), expected)
    with pytest.raises(ValueError, match=r"yet now missing:\n- c"):
        model.predict(X[["a", "b", "f"]])
    # A single deployed peer needs its own columns only.
    model.set_params(combine="cat").fit(X, y)
    np.testing.assert_array_equal(
        model.predict_proba(X[["f", "b"]]),
        model.named_peers_["cat"].predict_proba(X[["b", "f"]]),
    )
    assert clone(model).fit(X, y).deployed_ == ["cat"]
    assert model.peer_training_["cat"] == "continued_training"


def test_narrow_arrays(noisy):
    X, y = noisy
    model = MutualDistilledClassifier(
        PAIR, n_rounds=2, peer_features={"tree": [3, 1], "line": [1, 4]}
    ).fit(X, y)
    expected = model.predict_proba(X)
    np.testing.assert_array_equal(model.predict_proba(X[:, [1, 3, 4]]), expected)
    with pytest.raises(ValueError, match="X has 4 features, but MutualDistilled"):
        model.predict(X[:, :4])
    model.set_params(combine="tree").fit(X, y)
    np.testing.assert_array_equal(
        model.predict_proba(X[:, [3, 1]]), model.predict_proba(X)
    )


def test_one_round_and_alpha_zero_are_peers_alone(noisy):
    X, y = noisy
    for params in ({"n_rounds": 1}, {"alpha": 0.0}):
        model = MutualDistilledClassifier(
            [("hist", SMALL), ("line", LogisticRegression())], **params
        ).fit(X, y)
        assert model.n_iter_ == 1
        np.testing.assert_array_equal(
            model.named_peers_["hist"].predict_proba(X),
            clone(SMALL).fit(X, y).predict_proba(X),
        )
    assert model.termination_condition_ == "alpha_is_zero"
    assert set(model.peer_training_.values()) == {"labels"}


def test_peers_that_agree_end_early(noisy):
    X, y = noisy
    model = MutualDistilledRegressor(
        [("one", Ridge()), ("other", Ridge(alpha=2.0))], n_rounds=50, tol=1e-6
    ).fit(X, y)
    assert model.termination_condition_ == "no_change"
    assert 2 < model.n_iter_ < 50
    growing = MutualDistilledRegressor(
        [("one", Ridge()), ("other", HistGradientBoostingRegressor(max_iter=2))],
        n_rounds=6,
        tol=100.0,
    ).fit(X, y)
    assert growing.termination_condition_ == "max_rounds"


def test_the_peer_with_the_best_score_predicts(noisy):
    X, y = noisy
    model = MutualDistilledClassifier(PAIR, n_rounds=2, cv=3, combine="best").fit(X, y)
    scores = {name: model.round_scores_[name][-1] for name in ("tree", "line")}
    assert model.deployed_ == [max(scores, key=scores.get)]
    best = model.named_peers_[model.deployed_[0]]
    np.testing.assert_array_equal(model.predict_proba(X), best.predict_proba(X))
    assert model.round_scores_["mean"].shape == (2,)


def test_peers_are_parameters(noisy):
    X, y = noisy
    model = MutualDistilledClassifier(clone_pairs(PAIR), n_rounds=2)
    assert model.get_params()["tree__max_depth"] == 3
    model.set_params(tree__max_depth=2, line=GaussianNB())
    assert model.fit(X, y).named_peers_["tree"].get_depth() == 2
    assert isinstance(model.named_peers_["line"], GaussianNB)
    model.set_params(peers=[*model.peers, ("more", LogisticRegression())], more="drop")
    model.set_params(peer_features={"more": [0], "line": [1]})
    assert list(model.fit(X, y).named_peers_) == ["tree", "line"]
    assert list(model.peer_feature_indices_["line"]) == [1]
    with pytest.raises(ValueError, match="Invalid parameter 'nobody'"):
        model.set_params(nobody=1)
    search = GridSearchCV(
        MutualDistilledClassifier(clone_pairs(PAIR), n_rounds=2),
        {
            "tree__max_depth": [1, 3],
            "alpha": [0.0, 0.5],
            "line": [LogisticRegression(), GaussianNB()],
        },
        cv=2,
        error_score="raise",
    ).fit(X, y)
    assert search.best_score_ > 0.6


def clone_pairs(pairs):
    return [(name, clone(peer)) for name, peer in pairs]


def test_cross_validation_with_catboost_columns(noisy):
    catboost = pytest.importorskip("catboost")
    pd = pytest.importorskip("pandas")
    X, y = noisy
    X = pd.DataFrame(X, columns=list("abcdef"))
    X["f"] = np.where(X["f"] > 0, "p", "n")
    model = MutualDistilledClassifier(
        [
            ("cat", catboost.CatBoostClassifier(iterations=3, cat_features=["f"])),
            ("tree", TREE),
        ],
        peer_features={"tree": list("abc")},
        n_rounds=2,
    )
    assert cross_val_score(model, X, y, cv=2, error_score="raise").mean() > 0.6


def test_weights_act_as_repetitions(noisy):
    X, y = noisy
    X, y = X[:120], y[:120]
    weight = np.random.default_rng(0).integers(0, 3, size=120)
    groups = np.arange(120) % 3

    def fitted(X, y, groups, **params):
        splits = list(LeaveOneGroupOut().split(X, y, groups))
        return MutualDistilledClassifier(SMOOTH, cv=splits, n_rounds=2).fit(
            X, y, **params
        )

    weighted = fitted(X, y, groups, sample_weight=weight)
    repeated = fitted(*(np.repeat(a, weight, axis=0) for a in (X, y, groups)))
    for name, scores in weighted.round_scores_.items():
        np.testing.assert_allclose(scores, repeated.round_scores_[name], rtol=1e-4)
    np.testing.assert_allclose(
        weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-4
    )


def test_routing(noisy):
    X, y = noisy
    weight = np.where(y == 1, 5.0, 1.0)
    with config_context(enable_metadata_routing=True):
        peers = [
            ("tree", clone(TREE).set_fit_request(sample_weight=True)),
            ("line", LogisticRegression().set_fit_request(sample_weight=False)),
        ]
        model = MutualDistilledClassifier(peers, n_rounds=2, alpha=0.1)
        model.fit(X, y, sample_weight=weight)
        grouped = MutualDistilledClassifier(PAIR, n_rounds=2, cv=GroupKFold(4)).fit(
            X, y, groups=np.arange(len(y)) // 10
        )
        with pytest.raises(ValueError, match="sample_weight"):
            MutualDistilledClassifier(PAIR).fit(X, y, sample_weight=weight)
    plain = MutualDistilledClassifier(PAIR, n_rounds=2, alpha=0.1).fit(X, y)
    of_tree, of_line = (
        model.named_peers_[name].predict_proba(X)[:, 1].mean()
        - plain.named_peers_[name].predict_proba(X)[:, 1].mean()
        for name in ("tree", "line")
    )
    assert of_tree > 0.15
    assert of_line < 0.1
    assert grouped.n_iter_ == 2


def test_splitters_that_leave_rows_out(noisy):
    X, y = noisy
    model = MutualDistilledClassifier(PAIR, n_rounds=3, cv=TimeSeriesSplit(4))
    assert model.fit(X, y).score(X, y) > 0.7
    assert np.isfinite(model.round_scores_["mean"]).all()


@pytest.mark.parametrize(
    "objective", ["binary:logistic", "multi:softprob", "multi:softmax"]
)
def test_a_class_missing_from_a_fold_is_named_and_predicted(objective):
    pytest.importorskip("xgboost")
    from xgboost import XGBClassifier, XGBRFClassifier

    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 2))
    y = np.where(X[:, 0] > 0, "a", "c").astype(object)
    y[:2] = "b"
    splits = list(KFold(3).split(X))
    peers = [
        ("xgb", XGBClassifier(objective=objective, n_estimators=4, n_jobs=1)),
        ("refitted", XGBRFClassifier(objective=objective, n_estimators=4, n_jobs=1)),
        ("hist", SMALL),
        ("forest", RandomForestClassifier(4, random_state=0)),
    ]
    model = MutualDistilledClassifier(peers, n_rounds=2, cv=splits)
    with pytest.warns(UserWarning, match=r"'b' \(splits \[0\]\)"):
        model.fit(X, y)
    assert model.predict_proba(X).shape == (90, 3)
    assert all(peer.predict_proba(X).shape[1] == 3 for peer in model.peers_)


@pytest.mark.parametrize("cv", [None, 3])
def test_same_seed_same_model_for_any_n_jobs(noisy, cv):
    X, y = noisy
    peers = [("forest", RandomForestClassifier(4, max_depth=4)), ("line", Ridge())]
    peers[1] = ("near", KNeighborsClassifier(5))
    model = MutualDistilledClassifier(peers, random_state=1, n_rounds=2, cv=cv)
    expected = model.fit(X, y).predict_proba(X)
    for jobs in (1, 2):
        again = clone(model).set_params(n_jobs=jobs).fit(X, y)
        np.testing.assert_array_equal(again.predict_proba(X), expected)
    other = clone(model).set_params(random_state=2).fit(X, y)
    assert not np.array_equal(other.predict_proba(X), expected)


def test_steps_before_the_last_are_fitted_once(noisy):
    X, y = noisy
    fits = []

    class Counting(MinMaxScaler):
        def fit(self, X, y=None):
            fits.append(len(X))
            return super().fit(X, y)

    piped = make_pipeline(Counting(), make_pipeline(MinMaxScaler(), SMALL))
    model = MutualDistilledClassifier([("piped", piped), ("tree", TREE)], n_rounds=4)
    model.fit(X, y)
    assert fits == [len(X)]
    peer = model.named_peers_["piped"]
    assert [name for name, _ in peer.steps] == ["counting", "pipeline"]
    assert peer[-1][-1].n_iter_ == SMALL.max_iter
    bare = MutualDistilledClassifier([("piped", SMALL), ("tree", TREE)], n_rounds=4)
    np.testing.assert_allclose(
        peer.predict_proba(X), bare.fit(X, y).named_peers_["piped"].predict_proba(X)
    )


def test_several_outputs():
    X, y = make_friedman1(n_samples=80, random_state=0)
    Y = np.column_stack([y, -y])
    model = MutualDistilledRegressor(PAIR_OF_REGRESSORS, n_rounds=2, cv=3).fit(X, Y)
    predicted = model.predict(X)
    np.testing.assert_allclose(predicted[:, 0], -predicted[:, 1])
    catboost = pytest.importorskip("catboost")
    cat = catboost.CatBoostRegressor(iterations=5, loss_function="MultiRMSE")
    model = MutualDistilledRegressor([("cat", cat), ("line", Ridge())], n_rounds=2)
    assert model.fit(X, Y).named_peers_["cat"].predict(X).shape == (80, 2)


def test_objectives(noisy):
    X, y = noisy
    gentle = MutualDistilledClassifier(PAIR, n_rounds=2, objective=Response())
    corrected = clone(gentle).set_params(objective=Response(correction=1e6))
    labels = MutualDistilledClassifier(PAIR, n_rounds=2, alpha=0.0).fit(X, y)
    far, near = (
        np.abs(m.fit(X, y).predict_proba(X) - labels.predict_proba(X)).mean()
        for m in (gentle, corrected)
    )
    assert near < 0.01 * far


def test_progress_is_printed_when_verbose(noisy, capsys):
    X, y = noisy
    MutualDistilledClassifier(PAIR, n_rounds=2, verbose=1).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("[skdistill] round 0: tree -0.")
    MutualDistilledClassifier(PAIR, n_rounds=2).fit(X, y)
    assert capsys.readouterr().out == ""


def test_not_fitted(noisy):
    with pytest.raises(NotFittedError):
        MutualDistilledClassifier(PAIR).predict(noisy[0])


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"peers": PAIR[:1]}, ValueError, "must be at least two.*SelfDistilledClass"),
        ({"peers": [PAIR[0], ("line", "drop")]}, ValueError, "must be at least two"),
        ({"peers": [PAIR[0], PAIR[0]]}, ValueError, r"\['tree'\] are repeated"),
        ({"peers": TREE}, TypeError, "peers of .* must be a list of"),
        ({"peers": []}, TypeError, "peers of .* must be a list of"),
        ({"peers": [PAIR[0], ("a__b", TREE)]}, ValueError, r"names \['a__b'\]"),
        ({"peers": [PAIR[0], ("alpha", TREE)]}, ValueError, r"names \['alpha'\]"),
        ({"peers": [PAIR[0], ("mean", TREE)]}, ValueError, r"names \['mean'\]"),
        (
            {"peers": [PAIR[0], ("svm", LinearSVC())]},
            ValueError,
            "The peer 'svm' of MutualDistilledClassifier must have predict_proba",
        ),
        (
            {"peers": [PAIR[0], ("line", Ridge())]},
            ValueError,
            "The peer 'line' of .* must be a classifier; Ridge is a regressor",
        ),
        ({"n_rounds": 0}, ValueError, "n_rounds of .* must be at least 1; got 0"),
        ({"n_rounds": 2.0}, TypeError, "n_rounds of .* must be an integer"),
        ({"alpha": -1.0}, ValueError, r"alpha of .* must be in \[0, 1\]"),
        ({"tol": "no"}, TypeError, "tol of"),
        ({"combine": "vote"}, ValueError, r"'mean', 'best' or .*\['tree', 'line'\]"),
        ({"combine": "best"}, ValueError, "combine='best' of .* needs a cv"),
        ({"cv": 2}, ValueError, "Use at least 3 folds"),
        ({"peer_features": {"x": [0]}}, ValueError, r"unknown peers \['x'\]"),
        ({"peer_features": [0]}, TypeError, "peer_features of .* must be a dict"),
        (
            {"peer_features": {"tree": [9]}},
            ValueError,
            r"peer_features\['tree'\] of .* selects positions \[9\]",
        ),
        ({"objective": "relation"}, ValueError, "must be 'response'"),
        ({"objective": Response(2.0)}, ValueError, "temperature of Response is 2"),
    ],
)
def test_bad_input_fails_before_anything_is_trained(
    noisy, monkeypatch, params, error, message
):
    def fit(*args, **kwargs):
        raise AssertionError("trained")

    monkeypatch.setattr(DecisionTreeClassifier, "fit", fit)
    model = MutualDistilledClassifier(**{"peers": PAIR, **params})
    with pytest.raises(error, match=message):
        model.fit(*noisy)


def test_bad_data_fails_clearly(noisy):
    X, y = noisy
    with pytest.raises(ValueError, match="requires y to be passed"):
        MutualDistilledClassifier(PAIR, alpha=1.0).fit(X, None)
    with pytest.raises(ValueError, match="needs at least two classes"):
        MutualDistilledClassifier(PAIR).fit(X, np.zeros(len(y)))
    with pytest.raises(ValueError, match=r"The peer 'tree' of .* must be a regressor"):
        MutualDistilledRegressor(PAIR).fit(X, y)
    peers = [("near", KNeighborsClassifier()), *PAIR]
    with pytest.raises(ValueError, match="fit of its near KNeighborsClassifier"):
        MutualDistilledClassifier(peers).fit(X, y, np.ones(len(y)))
    with pytest.raises(ValueError, match="y has several outputs, but the peer 'hist'"):
        MutualDistilledRegressor(
            [("hist", HistGradientBoostingRegressor()), ("line", Ridge())]
        ).fit(X, np.column_stack([y, y]))


def test_peers_predict_rows_without_labels_for_one_another():
    X, y = make_friedman1(n_samples=160, noise=3.0, random_state=0)
    peers = {"near": KNeighborsRegressor(3), "line": LinearRegression()}
    columns = {"near": [0, 1, 2], "line": [2, 3, 4]}
    model = MutualDistilledRegressor(
        list(peers.items()), peer_features=columns, n_rounds=3, alpha=0.3
    ).fit(X[:60], y[:60], X_unlabeled=X[60:])

    def predictions(targets):
        return {
            name: clone(peer)
            .fit(X[: len(targets[name]), columns[name]], targets[name])
            .predict(X[:, columns[name]])
            for name, peer in peers.items()
        }

    predicted = predictions(dict.fromkeys(peers, y[:60]))
    for _ in range(2):
        others = {"near": predicted["line"], "line": predicted["near"]}
        predicted = predictions(
            {
                name: np.append(0.3 * other[:60] + 0.7 * y[:60], other[60:])
                for name, other in others.items()
            }
        )
    np.testing.assert_allclose(
        model.predict(X), (predicted["near"] + predicted["line"]) / 2
    )
    # They are not among the rows that are scored.
    assert model.round_scores_["line"][2] == pytest.approx(
        -np.mean((predicted["line"][:60] - y[:60]) ** 2)
    )


def test_rows_without_labels_are_predicted_by_all_that_others_learn_from():
    splits = list(KFold(3).split(np.zeros((6, 1))))
    nested = [
        [
            (np.setdiff1d(train, other), other)
            for _, other in splits
            if not np.array_equal(other, test)
        ]
        for train, test in splits
    ]
    deployed, *others = make_groups(6, splits, nested, n_unlabeled=2)
    assert not len(deployed.predicted)
    for group in others:
        assert group.predicted[-2:].tolist() == [6, 7]
        assert group.rows(0).max() < 6
        assert group.rows(1)[-2:].tolist() == [6, 7]
        assert (group.scored < 6).all()
    for _, rows in deployed.sources:
        assert rows[-2:].tolist() == [6, 7]


@pytest.mark.parametrize("cv", [None, 3])
def test_every_library_learns_rows_without_labels(cv):
    xgboost = pytest.importorskip("xgboost")
    catboost = pytest.importorskip("catboost")
    lightgbm = pytest.importorskip("lightgbm")
    X, codes = make_classification(
        n_samples=240, n_classes=3, n_informative=4, flip_y=0.1, random_state=0
    )
    y = np.array(["a", "b", "c"])[codes]
    peers = [
        ("xgb", xgboost.XGBClassifier(n_estimators=6, n_jobs=1)),
        ("cat", catboost.CatBoostClassifier(iterations=6, thread_count=1)),
        ("lgb", lightgbm.LGBMClassifier(n_estimators=6, n_jobs=1, verbose=-1)),
        ("hist", HistGradientBoostingClassifier(max_iter=6)),
        ("piped", make_pipeline(MinMaxScaler(), RandomForestClassifier(6))),
    ]
    model = MutualDistilledClassifier(peers, n_rounds=2, cv=cv, random_state=0)
    plain = clone(model).fit(X[:80], y[:80])
    model.fit(X[:80], y[:80], X_unlabeled=X[80:])
    # Rows that join after round 0 would change the bins.
    assert model.peer_training_["hist"] == "refit"
    assert model.peer_training_["xgb"] == "continued_training"
    for name, peer in model.named_peers_.items():
        changed = peer.predict_proba(X) - plain.named_peers_[name].predict_proba(X)
        assert np.abs(changed).mean() > 1e-3, name
    assert model.peers_[0].get_booster().num_boosted_rounds() == 6
    assert model.score(X, y) > 0.6


def test_rows_without_labels_that_are_not_used_are_named(noisy):
    X, y = noisy
    model = MutualDistilledClassifier(PAIR, n_rounds=1)
    with pytest.warns(UserWarning, match="X_unlabeled was given .* it is not used"):
        model.fit(X[:100], y[:100], X_unlabeled=X[101:])
    np.testing.assert_array_equal(
        model.named_peers_["tree"].predict_proba(X),
        clone(TREE).fit(X[:100], y[:100]).predict_proba(X),
    )


def test_rows_without_labels_need_the_columns_of_all_peers(noisy):
    X, y = noisy
    model = MutualDistilledClassifier(
        PAIR, peer_features={"tree": [0, 1], "line": [3, 4]}
    )
    with pytest.raises(ValueError, match="has 5 columns; it must have the 6"):
        model.fit(X, y, X_unlabeled=X[:50, :5])
    # The columns of the peers will do.
    model.fit(X[:90], y[:90], X_unlabeled=X[100:, [0, 1, 3, 4]])
    assert model.score(X, y) > 0.6


def test_a_training_part_without_weight_is_named(noisy):
    X, y = noisy
    splits = list(KFold(3).split(X))
    weight = np.ones(len(y))
    weight[splits[0][0]] = 0.0
    with pytest.raises(ValueError, match="holds no row with weight"):
        MutualDistilledClassifier(PAIR, cv=splits).fit(X, y, sample_weight=weight)


def test_folds_without_weight_are_not_scored():
    X, y = make_friedman1(n_samples=60, random_state=0)
    weight = np.ones(60)
    weight[:20] = 0.0
    model = MutualDistilledRegressor(PAIR_OF_REGRESSORS, n_rounds=2, cv=KFold(4))
    model.fit(X, y, sample_weight=weight)
    assert np.isfinite(model.round_scores_["mean"]).all()
    tests = np.array_split(np.arange(20), 3)
    splits = [(np.setdiff1d(np.arange(60), test), test) for test in tests]
    with pytest.raises(ValueError, match="sample_weight is zero on all 20 rows"):
        model.set_params(cv=splits).fit(X, y, sample_weight=weight)


def test_a_refused_refit_leaves_the_model_as_it_was(noisy):
    X, y = noisy
    model = MutualDistilledClassifier(PAIR, n_rounds=2).fit(X, y)
    before, expected = set(vars(model)), model.predict_proba(X)
    for bad in ({"y": y[:-1]}, {"X": X[:, :3], "day": [0]}, {"X_unlabeled": [1]}):
        with pytest.raises((ValueError, TypeError)):
            model.set_params(cv=3).fit(**{"X": X, "y": y, **bad})
    assert set(vars(model)) == before
    np.testing.assert_array_equal(model.predict_proba(X), expected)


def test_counts_stay_in_the_range_of_the_loss():
    X, y = make_friedman1(n_samples=120, noise=1.0, random_state=0)
    counts = np.random.default_rng(0).poisson(np.exp(y / 20) - 1)
    peers = [
        ("boosted", HistGradientBoostingRegressor(loss="poisson", max_iter=5)),
        ("line", Ridge()),
    ]
    model = MutualDistilledRegressor(peers, n_rounds=3, combine="boosted")
    assert (model.fit(X, counts).predict(X) >= 0.0).all()


def test_an_ensemble_whose_probabilities_show_after_fit(noisy):
    X, y = noisy
    stack = StackingClassifier([("tree", TREE), ("bayes", GaussianNB())], cv=2)
    model = MutualDistilledClassifier([("stack", stack), ("tree", TREE)], n_rounds=2)
    assert model.fit(X, y).score(X, y) > 0.7


def test_catboost_parameters_set_to_none_can_be_cloned(noisy):
    catboost = pytest.importorskip("catboost")
    X, y = noisy
    cat = catboost.CatBoostClassifier(iterations=3, thread_count=1)
    cat.set_params(depth=None)
    model = MutualDistilledClassifier([("cat", cat), ("tree", TREE)], n_rounds=2)
    assert clone(model).fit(X, y).score(X, y) > 0.6


def test_fits_leave_warning_filters_alone(noisy):
    X, y = noisy
    network = MLPRegressor(hidden_layer_sizes=(3,), max_iter=4, random_state=0)
    model = MutualDistilledRegressor([("net", network), ("line", Ridge())], n_rounds=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        filters = list(warnings.filters)
        model.set_params(n_jobs=2, cv=3).fit(X, y)
        assert warnings.filters == filters


def test_errors_name_the_peer(noisy):
    class Fussy(DecisionTreeClassifier):
        def fit(self, X, y, sample_weight=None):
            raise RuntimeError("fussy")

    peers = [("tree", DecisionTreeClassifier()), ("fussy", Fussy())]
    with pytest.raises(RuntimeError) as caught:
        MutualDistilledClassifier(peers).fit(*noisy)
    assert "Raised by the peer 'fussy', Fussy, on" in str(caught.value.__notes__)
    with pytest.raises(
        ValueError,
        match=r"^The peer 'tree' of MutualDistilledClassifier learns as a student does",
    ):
        MutualDistilledClassifier(peers, objective=Response(temperature=2)).fit(*noisy)
