"""Self-distillation over generations."""

import pickle

import numpy as np
import pytest
from joblib import parallel_config
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification, make_friedman1
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdistill.objectives import Response
from skdistill.selection._comparison import paired_means
from skdistill.selection._validation import HeldOutScorer
from skdistill.selfdistill._self import SelfDistilledClassifier, SelfDistilledRegressor
from skdistill.selfdistill._stopping import StoppingRule


def all_but_last(X):
    # The checks' smallest data, one or two columns, cannot spare one.
    return np.arange(X.shape[1] - (1 if X.shape[1] > 2 else 0))


TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
GROWN = DecisionTreeRegressor(max_depth=3, random_state=0)
ESTIMATORS = [
    SelfDistilledClassifier(TREE, cv=3, n_generations=1),
    SelfDistilledClassifier(
        TREE,
        features=all_but_last,
        cv=3,
        n_generations=2,
        patience=2,
        ensemble=True,
        store_generations=True,
    ),
    SelfDistilledClassifier(
        make_pipeline(MinMaxScaler(), LogisticRegression()),
        objective=Response(2.0),
        alpha=1.0,
        cv=3,
        n_generations=1,
    ),
    SelfDistilledRegressor(Ridge(), cv=3, n_generations=1, alpha=1.0),
    SelfDistilledRegressor(
        GROWN, features=all_but_last, cv=3, n_generations=2, ensemble=True, patience=2
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


def deep_tree(**params):
    return DecisionTreeClassifier(min_samples_leaf=3, random_state=0, **params)


def test_scores_are_those_of_unseen_rows():
    # Labels without any signal: whatever predicts better than their frequency knows
    # labels it must not know.
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 3)), np.arange(400) % 2
    model = SelfDistilledClassifier(
        KNeighborsClassifier(3), n_generations=2, patience=2, alpha=1.0
    ).fit(X, y)
    assert (model.validation_scores_ < -np.log(2)).all()


def test_a_generation_learns_from_the_predictions_of_the_one_before(noisy):
    X, y = noisy
    model = SelfDistilledRegressor(
        KNeighborsRegressor(5), n_generations=2, patience=2, store_generations=True
    ).fit(X, y)
    for generation in (1, 2):
        target = 0.5 * model.teacher_predictions_[generation - 1] + 0.5 * y
        expected = KNeighborsRegressor(5).fit(X, target).predict(X)
        np.testing.assert_allclose(
            model.generations_[generation].predict(X), expected, rtol=1e-12
        )
    np.testing.assert_array_equal(
        model.generations_[0].predict(X), KNeighborsRegressor(5).fit(X, y).predict(X)
    )


def test_the_first_responses_and_scores_are_plain_cross_validation(noisy):
    X, y = noisy
    model = SelfDistilledClassifier(deep_tree(), store_generations=True).fit(X, y)
    expected = cross_val_score(deep_tree(), X, y, scoring="accuracy").mean()
    assert np.mean(model.teacher_predictions_[0].argmax(axis=1) == y) == pytest.approx(
        expected
    )
    clipped = np.clip(model.teacher_predictions_[0], 1e-3, None)[np.arange(len(y)), y]
    assert model.validation_scores_[0] == pytest.approx(np.log(clipped).mean())
    assert model.validation_std_errors_[0] == 0.0


def test_distillation_helps_where_regularisation_is_missing(noisy):
    X, y = noisy
    X_new, y_new = X[100:], y[100:]
    X, y = X[:100], y[:100]
    plain = deep_tree().fit(X, y).predict_proba(X_new)
    model = SelfDistilledClassifier(deep_tree()).fit(X, y)
    assert model.best_generation_ > 0
    assert log_loss(y_new, model.predict_proba(X_new)) < 0.7 * log_loss(y_new, plain)


def test_generation_zero_can_win(noisy):
    X, y = noisy
    # A fit of the mean has nothing to gain from its own predictions.
    model = SelfDistilledClassifier(LogisticRegression(C=0.01), alpha=1.0).fit(X, y)
    assert model.best_generation_ == 0
    assert model.n_iter_ == 1
    assert model.termination_condition_ == "no_improvement"
    np.testing.assert_array_equal(
        model.predict_proba(X), LogisticRegression(C=0.01).fit(X, y).predict_proba(X)
    )


def test_alpha_zero_is_the_plain_estimator(noisy):
    X, y = noisy
    model = SelfDistilledClassifier(deep_tree(), alpha=0.0).fit(X, y)
    assert model.termination_condition_ == "alpha_is_zero"
    assert model.student_route_ == "labels"
    assert len(model.validation_scores_) == 1
    np.testing.assert_array_equal(
        model.predict_proba(X), deep_tree().fit(X, y).predict_proba(X)
    )


def test_it_ends_for_the_reason_it_says(noisy):
    X, y = noisy
    model = SelfDistilledClassifier(deep_tree(), n_generations=1).fit(X, y)
    assert (model.n_iter_, model.termination_condition_) == (1, "max_generations")
    never = clone(model).set_params(tol=100.0, n_generations=4, patience=2).fit(X, y)
    assert (never.n_iter_, never.termination_condition_) == (2, "no_improvement")
    assert never.best_generation_ == 0
    assert len(never.validation_scores_) == 3


def test_best_generation_must_be_better_by_tol():
    scores, sure = np.array([-1.0, -0.9, -0.8]), np.zeros(3)
    assert StoppingRule(3, 1, 0.0).best(np.array([-1.0, -0.9, -0.95]), sure) == 1
    assert StoppingRule(3, 1, 0.15).best(scores, sure) == 2
    assert StoppingRule(3, 1, 0.0).best(np.array([-1.0, -1.0]), sure[:2]) == 0


def test_generation_zero_gives_way_to_what_is_better_beyond_doubt():
    scores, doubt = np.array([-1.0, -0.9, -0.8, -0.7]), np.array([0.0, 0.2, 0.1, 0.4])
    rule = StoppingRule(3, 1, 0.0)
    # The first is no better than chance allows, the last one has a wide error.
    assert rule.best(scores, doubt) == 2
    assert rule.best(scores, 3 * doubt) == 0


def test_generations_stop_for_one_of_three_reasons():
    scores, sure = np.array([-1.0, -0.9, -0.9]), np.zeros(3)
    assert StoppingRule(0, 1, 0.0).reason(scores[:1], sure[:1]) == "alpha_is_zero"
    assert StoppingRule(3, 1, 0.0).reason(scores[:2], sure[:2]) is None
    assert StoppingRule(3, 1, 0.0).reason(scores, sure) == "no_improvement"
    assert StoppingRule(2, 2, 0.0).reason(scores, sure) == "max_generations"


def test_doubt_is_measured_over_folds():
    splits = [(None, np.array([0, 1])), (None, np.array([2])), (None, np.array([3]))]
    scores = np.array([[-1.0, -0.25], [-1.0, -1.5], [-2.0, -1.0]])
    weight = np.array([1.0, 1.0, 2.0, 0.0])
    totals = HeldOutScorer(None, None, None, weight, None).fold_weights(splits)
    np.testing.assert_array_equal(totals, [2.0, 2.0, 0.0])
    # Differences of two folds, of the same weight: .75 and -.5.
    mean, error = paired_means(scores, totals)
    np.testing.assert_allclose(mean, [-1.0, -0.875])
    np.testing.assert_allclose(error, [0.0, 1.25 / 2])
    np.testing.assert_allclose(paired_means(scores, 7 * totals)[1], error)
    undefined = np.vstack([scores[:2], [np.nan, np.nan]])
    np.testing.assert_allclose(paired_means(undefined, None)[1], error)
    # .75, -.5 and 1, with shares of 1/2, 1/4 and 1/4 around their mean .5.
    spread = np.array([0.25 / 2, -1.0 / 4, 0.5 / 4])
    totals = HeldOutScorer(None, None, None, None, None).fold_weights(splits)
    np.testing.assert_allclose(
        paired_means(scores, totals)[1][1], np.sqrt(1.5 * (spread**2).sum())
    )


def test_a_gain_in_doubt_is_none():
    # A well-regularised model on pure noise: whatever changes is chance.
    doubted = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(90, 2)), rng.integers(2, size=90)
        model = SelfDistilledClassifier(
            LogisticRegression(), n_generations=1, cv=3, alpha=1.0
        ).fit(X, y)
        gain = model.validation_scores_[1] - model.validation_scores_[0]
        assert model.best_generation_ == (gain > model.validation_std_errors_[1])
        doubted += gain > 0 and model.best_generation_ == 0
    assert doubted


def test_scores_are_those_of_the_scorer_on_each_fold(noisy):
    X, y = noisy
    labels = np.array(["no", "yes"])[y]
    weight = np.random.default_rng(0).uniform(size=len(y))
    splits = list(StratifiedKFold(4).split(X, y))
    model = SelfDistilledClassifier(
        deep_tree(),
        cv=splits,
        scoring="balanced_accuracy",
        n_generations=1,
        store_generations=True,
    ).fit(X, labels, sample_weight=weight)
    for score, predicted_by in zip(
        model.validation_scores_, model.teacher_predictions_, strict=True
    ):
        predicted = model.classes_[predicted_by.argmax(axis=1)]
        by_fold = [
            balanced_accuracy_score(
                labels[test], predicted[test], sample_weight=weight[test]
            )
            for _, test in splits
        ]
        totals = [weight[test].sum() for _, test in splits]
        assert score == pytest.approx(np.average(by_fold, weights=totals))


def test_the_metric_decides_which_generation_predicts():
    # Softer predictions improve the loss; this metric punishes them.
    X, y = make_classification(400, 8, flip_y=0.3, random_state=1)

    def confidence(estimator, X, y):
        return np.abs(estimator.predict_proba(X)[:, 1] - 0.5).mean()

    model = SelfDistilledClassifier(deep_tree(), n_generations=1)
    assert model.fit(X, y).best_generation_ == 1
    model.set_params(scoring=confidence)
    assert model.fit(X, y).best_generation_ == 0
    assert model.validation_scores_[0] > model.validation_scores_[1]


def test_folds_where_the_score_is_not_defined_do_not_count(noisy):
    X, y = noisy
    order = np.argsort(y, kind="stable")
    tests = [order[:20], order[20:-20:2], order[21:-20:2], order[-20:]]
    splits = [(np.setdiff1d(order, test), test) for test in tests]
    model = SelfDistilledClassifier(
        deep_tree(), cv=splits, scoring="roc_auc", n_generations=1
    )
    assert np.isfinite(model.fit(X, y).validation_scores_).all()
    thirds = [(order[::3], order[1:30:3]), (order[1::3], order[2:30:3])]
    thirds.append((order[2::3], order[0:30:3]))
    with pytest.raises(ValueError, match="not defined on the test part of any fold"):
        model.set_params(cv=thirds).fit(X, y)


def test_regressors_are_scored_by_any_scorer():
    X, y = make_friedman1(120, noise=2.0, random_state=0)
    model = SelfDistilledRegressor(
        DecisionTreeRegressor(random_state=0), scoring="neg_mean_absolute_error"
    ).fit(X, y)
    assert -5.0 < model.validation_scores_[0] < -2.0


@pytest.mark.parametrize(
    ("scoring", "error", "message"),
    [
        ("acuracy", ValueError, "unknown scorer 'acuracy'"),
        (3, TypeError, "must be None, a scorer's name or a callable"),
        ("r2", ValueError, "cannot be computed for this task: "),
    ],
)
def test_scoring_is_tried_before_anything_is_trained(noisy, scoring, error, message):
    X, y = noisy
    labels = np.array(["no", "yes"])[y]
    model = SelfDistilledClassifier(deep_tree(), scoring=scoring, n_generations=1)
    with pytest.raises(error, match=message):
        model.fit(X, labels)


@pytest.mark.parametrize("ensemble", [False, True])
def test_the_best_generations_predict(noisy, ensemble):
    X, y = noisy
    model = SelfDistilledClassifier(
        deep_tree(), ensemble=ensemble, store_generations=True, n_generations=2
    ).fit(X, y)
    best = model.best_generation_
    assert best > 0
    chosen = model.generations_[: best + 1] if ensemble else [model.generations_[best]]
    assert model.estimators_ == chosen
    assert model.estimator_ is chosen[-1]
    np.testing.assert_allclose(
        model.predict_proba(X), np.mean([m.predict_proba(X) for m in chosen], axis=0)
    )
    predicted_by = (
        model.teacher_predictions_[: best + 1]
        if ensemble
        else [model.teacher_predictions_[best]]
    )
    own = np.mean(predicted_by, axis=0)[np.arange(len(y)), y]
    assert model.validation_scores_[best] == pytest.approx(
        np.log(np.clip(own, 1e-3, None)).mean()
    )


@pytest.mark.parametrize(
    "estimator",
    [
        pytest.param("xgboost", id="xgboost"),
        pytest.param("catboost", id="catboost"),
        pytest.param("lightgbm", id="lightgbm"),
        pytest.param("hgb", id="hgb"),
        pytest.param("forest", id="forest"),
    ],
)
def test_libraries_with_string_labels_missing_values_and_categories(estimator):
    pd = pytest.importorskip("pandas")
    X, codes = make_classification(
        n_samples=150, n_classes=3, n_informative=4, flip_y=0.2, random_state=0
    )
    y = np.array(["high", "low", "mid"])[codes]
    X = pd.DataFrame(X[:, :5], columns=list("abcde"))
    X.loc[::7, "a"] = np.nan
    X["f"] = pd.Categorical(np.where(X["b"] > 0, "yes", "no"))
    model = SelfDistilledClassifier(
        booster(estimator), n_generations=1, cv=3, patience=2, ensemble=True
    )
    features = list("acdf") if estimator != "forest" else list("acd")
    model.set_params(features=features).fit(X, y)
    narrow = X[features[::-1]]
    probabilities = model.predict_proba(narrow)
    np.testing.assert_array_equal(probabilities, model.predict_proba(X))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)
    assert set(model.predict(narrow)) <= {"high", "low", "mid"}
    assert model.score(X, y) > 0.5
    assert type(model.estimator_) is type(booster(estimator))
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    with pytest.raises(ValueError, match=r"yet now missing:\n- c"):
        model.predict(X[["a", "d", "f"]])


def booster(name):
    if name == "xgboost":
        from xgboost import XGBClassifier

        return XGBClassifier(n_estimators=5, enable_categorical=True, n_jobs=1)
    if name == "catboost":
        from catboost import CatBoostClassifier

        return CatBoostClassifier(iterations=5, cat_features=["f"], thread_count=1)
    if name == "lightgbm":
        lightgbm = pytest.importorskip("lightgbm")
        return lightgbm.LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1)
    if name == "hgb":
        return HistGradientBoostingClassifier(
            max_iter=5, categorical_features="from_dtype", random_state=0
        )
    return RandomForestClassifier(5, random_state=0)


def test_narrow_arrays_pass_by_their_width(noisy):
    X, y = noisy
    model = SelfDistilledClassifier(deep_tree(), features=[4, 1]).fit(X, y)
    np.testing.assert_array_equal(model.feature_indices_, [4, 1])
    np.testing.assert_array_equal(model.predict(X), model.predict(X[:, [4, 1]]))
    with pytest.raises(ValueError, match="X has 3 features, but SelfDistilled"):
        model.predict(X[:, :3])


@pytest.mark.parametrize("ensemble", [False, True])
def test_several_outputs(ensemble):
    X, y = make_friedman1(n_samples=120, noise=4.0, random_state=0)
    Y = np.column_stack([y, -y])
    model = SelfDistilledRegressor(
        DecisionTreeRegressor(random_state=0), cv=3, ensemble=ensemble
    ).fit(X, Y)
    assert model.best_generation_ > 0
    predicted = model.predict(X)
    np.testing.assert_allclose(predicted[:, 0], -predicted[:, 1])


def test_a_class_missing_from_a_fold_is_named_and_predicted():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 2))
    y = np.where(X[:, 0] > 0, "a", "b").astype(object)
    y[:2] = "rare"
    splits = [
        (np.setdiff1d(np.arange(90), test), test)
        for test in np.array_split(np.arange(90), 3)
    ]
    model = SelfDistilledClassifier(deep_tree(), cv=splits, n_generations=1)
    with pytest.warns(UserWarning, match=r"'rare' \(splits \[0\]\)"):
        model.fit(X, y)
    assert model.predict_proba(X).shape == (90, 3)


def test_splitters(noisy):
    X, y = noisy
    groups = np.arange(len(y)) // 20
    for cv in (
        GroupKFold(4),
        TimeSeriesSplit(4),
        RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0),
    ):
        params = {"groups": groups} if isinstance(cv, GroupKFold) else {}
        model = SelfDistilledClassifier(
            deep_tree(), cv=cv, n_generations=2, patience=2, store_generations=True
        ).fit(X, y, **params)
        covered = np.isfinite(model.teacher_predictions_[2]).all(axis=1)
        first = 40 if isinstance(cv, TimeSeriesSplit) else 0
        np.testing.assert_array_equal(np.flatnonzero(~covered), np.arange(first))


def test_groups_never_meet_their_own_labels():
    # Every group has one label that only its own rows tell, far from all others.
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 5)
    X = groups[:, None] * 10.0 + rng.normal(size=(200, 1))
    y = (rng.permutation(40) % 2)[groups]
    model = SelfDistilledClassifier(
        KNeighborsClassifier(3),
        cv=GroupKFold(5),
        n_generations=2,
        patience=2,
        random_state=0,
    ).fit(X, y, groups=groups)
    assert (model.validation_scores_ < -np.log(2)).all()
    assert model.score(X, y) > 0.7


def test_weights_act_as_repetitions(noisy):
    X, y = noisy
    X, y = X[:120], y[:120]
    weight = np.random.default_rng(0).integers(0, 3, size=120)
    groups = np.arange(120) % 3
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)

    def fitted(X, y, groups, **params):
        splits = list(LeaveOneGroupOut().split(X, y, groups))
        model = SelfDistilledClassifier(tree, cv=splits, n_generations=2, patience=2)
        return model.fit(X, y, **params)

    weighted = fitted(X, y, groups, sample_weight=weight)
    repeated = fitted(*(np.repeat(a, weight, axis=0) for a in (X, y, groups)))
    np.testing.assert_allclose(
        weighted.validation_scores_, repeated.validation_scores_, rtol=1e-6
    )
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X))


def test_routing(noisy):
    X, y = noisy
    weight = np.where(y == 1, 3.0, 1.0)
    with config_context(enable_metadata_routing=True):
        asked = DecisionTreeClassifier(max_depth=3, random_state=0)
        asked.set_fit_request(sample_weight=True)
        model = SelfDistilledClassifier(asked, cv=3).fit(X, y, sample_weight=weight)
        refused = clone(asked).set_fit_request(sample_weight=False)
        without = SelfDistilledClassifier(refused, cv=3).fit(X, y, sample_weight=weight)
        groups = SelfDistilledClassifier(TREE, cv=GroupKFold(4)).fit(
            X, y, groups=np.arange(len(y)) // 10
        )
        pipeline = make_pipeline(MinMaxScaler(), clone(asked))
        piped = SelfDistilledClassifier(pipeline, cv=3).fit(X, y, sample_weight=weight)
        with pytest.raises(ValueError, match="sample_weight"):
            SelfDistilledClassifier(TREE).fit(X, y, sample_weight=weight)
    plain = SelfDistilledClassifier(TREE, cv=3)
    np.testing.assert_array_equal(
        model.predict_proba(X),
        clone(plain).fit(X, y, sample_weight=weight).predict_proba(X),
    )
    np.testing.assert_array_equal(
        without.predict_proba(X), plain.fit(X, y).predict_proba(X)
    )
    assert model.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean()
    np.testing.assert_allclose(model.predict_proba(X), piped.predict_proba(X))
    assert len(groups.validation_scores_) > 1


def test_same_seed_same_model_for_any_n_jobs(noisy):
    X, y = noisy
    forest = RandomForestClassifier(3, max_depth=4)
    model = SelfDistilledClassifier(forest, random_state=1, cv=3, n_generations=1)
    fitted = [model.fit(X, y)]
    with parallel_config("threading"):
        fitted.append(clone(model).set_params(n_jobs=2).fit(X, y))
    other = clone(fitted[0]).set_params(random_state=2).fit(X, y)
    expected = fitted[0].predict_proba(X)
    np.testing.assert_array_equal(fitted[1].predict_proba(X), expected)
    np.testing.assert_array_equal(
        fitted[0].validation_scores_, fitted[1].validation_scores_
    )
    assert not np.array_equal(other.predict_proba(X), expected)
    assert forest.random_state is None


def test_it_tunes_and_scores_like_any_estimator(noisy):
    X, y = noisy
    search = GridSearchCV(
        SelfDistilledClassifier(deep_tree(), cv=3, n_generations=1),
        {
            "estimator__min_samples_leaf": [3, 10],
            "alpha": [0.0, 0.5],
            "objective": [Response(), Response(correction=0.1)],
        },
        cv=2,
        scoring="neg_log_loss",
        error_score="raise",
    ).fit(X, y)
    assert search.best_params_["alpha"] == 0.5
    search = GridSearchCV(
        SelfDistilledClassifier(deep_tree(), cv=3, objective=Response()),
        {"objective__clip": [1e-3, 1e-2]},
        cv=2,
        error_score="raise",
    ).fit(X, y)
    assert search.best_score_ > 0.5


def test_progress_is_printed_when_verbose(noisy, capsys):
    X, y = noisy
    SelfDistilledClassifier(deep_tree(), n_generations=1, cv=3, verbose=1).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("[skdistill] generation 1: score -0.")
    SelfDistilledClassifier(deep_tree(), n_generations=1, cv=3).fit(X, y)
    assert capsys.readouterr().out == ""


def test_not_fitted(noisy):
    with pytest.raises(NotFittedError):
        SelfDistilledClassifier().predict(noisy[0])
    with pytest.raises(NotFittedError):
        _ = SelfDistilledRegressor().estimator_


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"n_generations": 0}, ValueError, "n_generations of SelfDistilledClassifier "),
        ({"n_generations": 1.5}, TypeError, "must be an integer of at least 1"),
        ({"patience": 0}, ValueError, "patience of .* must be at least 1; got 0"),
        ({"alpha": 2}, ValueError, r"alpha of .* must be in \[0, 1\]; got 2"),
        ({"alpha": "auto"}, TypeError, "alpha of .* must be a number"),
        ({"tol": -1.0}, ValueError, "tol of SelfDistilledClassifier"),
        ({"cv": 2}, ValueError, "Use at least 3 folds"),
        ({"objective": "feature"}, ValueError, "objective of .* must be 'response'"),
        (
            {"objective": Response(correction="auto")},
            ValueError,
            "correction of the objective of .* must be a number",
        ),
        ({"objective": Response(2.0)}, ValueError, "temperature of Response is 2"),
        ({"features": []}, ValueError, "features of .* selects no column"),
        ({"estimator": LinearSVC()}, ValueError, "must have predict_proba"),
        ({"estimator": Ridge()}, ValueError, "must be a classifier; Ridge is a regr"),
    ],
)
def test_bad_input_fails_before_anything_is_trained(
    noisy, monkeypatch, params, error, message
):
    def fit(*args, **kwargs):
        raise AssertionError("trained")

    monkeypatch.setattr(DecisionTreeClassifier, "fit", fit)
    model = SelfDistilledClassifier(**{"estimator": deep_tree(), **params})
    with pytest.raises(error, match=message):
        model.fit(*noisy)


def test_bad_data_fails_clearly(noisy):
    X, y = noisy
    with pytest.raises(ValueError, match="requires y to be passed"):
        SelfDistilledClassifier(TREE, alpha=1.0).fit(X, None)
    with pytest.raises(ValueError, match="SelfDistilledClassifier needs at least two"):
        SelfDistilledClassifier(TREE).fit(X, np.zeros(len(y)))
    with pytest.raises(ValueError, match="must be a regressor; DecisionTreeClassifier"):
        SelfDistilledRegressor(TREE).fit(X, y)
    with pytest.raises(ValueError, match="fit of its estimator KNeighbors"):
        SelfDistilledClassifier(KNeighborsClassifier()).fit(X, y, np.ones(len(y)))
    with pytest.raises(TypeError, match=r"unexpected parameters \['day'\]"):
        SelfDistilledClassifier(TREE).fit(X, y, day=1)
    with pytest.raises(ValueError, match="y has several outputs, but the estimator"):
        SelfDistilledRegressor().fit(X, np.column_stack([y, y]))


def test_sparse_input(noisy):
    scipy_sparse = pytest.importorskip("scipy.sparse")
    X, y = noisy
    sparse = scipy_sparse.csr_matrix(np.maximum(X, 0.0))
    dense = SelfDistilledClassifier(TREE, cv=3).fit(sparse.toarray(), y)
    model = SelfDistilledClassifier(TREE, cv=3).fit(sparse, y)
    np.testing.assert_allclose(
        model.predict_proba(sparse), dense.predict_proba(sparse.toarray())
    )


def test_the_default_is_a_well_regularised_boosting(noisy):
    X, y = (part[:60] for part in noisy)
    model = SelfDistilledClassifier(n_generations=1, cv=3).fit(X, y)
    assert isinstance(model.estimator_, HistGradientBoostingClassifier)
    assert model.estimator_.max_leaf_nodes == 8
    assert SelfDistilledRegressor(cv=3).fit(X, y).estimator_.max_leaf_nodes == 8


def test_fold_models_predict_rows_without_labels_and_all_generations_learn_them():
    X, y = make_friedman1(n_samples=160, noise=3.0, random_state=0)
    near = KNeighborsRegressor(3)
    model = SelfDistilledRegressor(
        near, n_generations=1, alpha=0.4, store_generations=True
    ).fit(X[:60], y[:60], X_unlabeled=X[60:])
    out_of_fold, without_label = np.empty(60), np.zeros(100)
    for train, test in KFold(5).split(X[:60]):
        fold = clone(near).fit(X[train], y[train])
        out_of_fold[test] = fold.predict(X[test])
        without_label += fold.predict(X[60:]) / 5
    np.testing.assert_allclose(model.teacher_predictions_[0], out_of_fold)
    np.testing.assert_allclose(model.teacher_predictions_unlabeled_[0], without_label)
    target = np.append(0.4 * out_of_fold + 0.6 * y[:60], without_label)
    expected = clone(near).fit(X, target)
    np.testing.assert_allclose(
        model.generations_[1].predict(X), expected.predict(X), rtol=1e-9
    )
    # Generation 0 is the estimator on the labels.
    alone = clone(near).fit(X[:60], y[:60])
    np.testing.assert_array_equal(model.generations_[0].predict(X), alone.predict(X))


def test_labels_of_a_fold_reach_no_target_behind_its_score():
    # Labels without any signal; each row without a label is next to one with it.
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 3)), np.arange(300) % 2
    model = SelfDistilledClassifier(
        KNeighborsClassifier(3), n_generations=2, patience=2, alpha=1.0
    ).fit(X, y, X_unlabeled=X[1:] + 1e-6)
    assert (model.validation_scores_ < -np.log(2)).all()


@pytest.mark.parametrize("name", ["xgboost", "catboost", "lightgbm", "hgb", "forest"])
def test_every_library_learns_rows_without_labels(name):
    pd = pytest.importorskip("pandas")
    X, codes = make_classification(
        n_samples=300, n_classes=3, n_informative=4, flip_y=0.2, random_state=0
    )
    X = pd.DataFrame(X[:, :5], columns=list("abcde"))
    X["f"] = pd.Categorical(np.where(X["b"] > 0, "yes", "no"))
    y = np.array(["high", "low", "mid"])[codes]
    model = SelfDistilledClassifier(
        booster(name), n_generations=1, cv=3, store_generations=True
    )
    model.set_params(features=list("acdf") if name != "forest" else list("acd"))
    # By name, in any order; other columns do not matter.
    unlabeled = X.iloc[100:, ::-1].drop(columns="e")
    model.fit(X[:100], y[:100], X_unlabeled=unlabeled)
    plain = clone(model).fit(X[:100], y[:100])
    learnt, never = (
        m.generations_[1].predict_proba(X[m.features]) for m in (model, plain)
    )
    assert np.abs(learnt - never).mean() > 0.005


@pytest.mark.filterwarnings("ignore:The test parts of cv:UserWarning")
@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_unlabeled_rows_wait_for_a_prediction(kind):
    # Nobody predicts them for the first generation of a time series' first split.
    X = np.random.default_rng(0).normal(size=(80, 3))
    truth = X[:, 0] + X[:, 1]
    model = SelfDistilledRegressor(DecisionTreeRegressor(max_depth=3, random_state=0))
    if kind == "classifier":
        truth = truth > 0
        model = SelfDistilledClassifier(deep_tree())
    model.set_params(cv=TimeSeriesSplit(4), n_generations=2, patience=2)
    model.fit(X[:60], truth[:60], X_unlabeled=X[60:])
    assert np.isfinite(model.validation_scores_).all()
    assert model.score(X[60:], truth[60:]) > 0.4


def test_rows_without_labels_that_are_not_used_are_named(noisy):
    X, y = noisy
    model = SelfDistilledClassifier(TREE, alpha=0.0)
    with pytest.warns(UserWarning, match="X_unlabeled was given .* it is not used"):
        model.fit(X[:100], y[:100], X_unlabeled=X[101:])
    np.testing.assert_array_equal(
        model.predict_proba(X), clone(TREE).fit(X[:100], y[:100]).predict_proba(X)
    )


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"X_unlabeled": np.zeros((3, 4))}, ValueError, "has 4 columns; it must"),
        ({"X_unlabeled": np.zeros((0, 6))}, ValueError, "minimum of 1 is required"),
        (
            {"sample_weight_unlabeled": np.ones(100)},
            ValueError,
            "without X_unlabeled",
        ),
        (
            {"X_unlabeled": np.zeros((3, 6)), "sample_weight_unlabeled": [1, 2, -1]},
            ValueError,
            "must not be negative",
        ),
    ],
)
def test_bad_rows_without_labels_fail_before_anything_is_trained(
    noisy, monkeypatch, change, error, message
):
    def fit(*args, **kwargs):
        raise AssertionError("trained")

    monkeypatch.setattr(DecisionTreeClassifier, "fit", fit)
    with pytest.raises(error, match=message):
        SelfDistilledClassifier(TREE).fit(*noisy, **change)


@pytest.mark.parametrize("library", ["lightgbm", "xgboost", "hgb"])
def test_a_part_without_a_class_trains_in_every_library(library):
    # The first fold of the rare class leaves it to nobody else.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 6))
    y = np.where(X[:, 0] > 0, "a", "b").astype(object)
    y[:3] = "rare"
    splits = list(KFold(3).split(X))
    estimator = booster(library)
    if hasattr(estimator, "class_weight"):
        estimator.set_params(class_weight="balanced")
    model = SelfDistilledClassifier(estimator, cv=splits, n_generations=2, patience=2)
    with pytest.warns(UserWarning, match="'rare'"):
        model.fit(X, y)
    assert model.n_iter_ == 2
    assert model.predict_proba(X).shape == (90, 3)


def test_a_refused_refit_leaves_the_model_as_it_was(noisy):
    X, y = noisy
    model = SelfDistilledClassifier(TREE, cv=3, n_generations=1).fit(X, y)
    before, expected = dict(vars(model)), model.predict_proba(X)
    for bad in ({"y": y[:-1]}, {"X": X[:, :3], "day": [0]}, {"X_unlabeled": [1]}):
        with pytest.raises((ValueError, TypeError)):
            model.fit(**{"X": X, "y": y, **bad})
    assert vars(model).keys() == before.keys()
    np.testing.assert_array_equal(model.predict_proba(X), expected)


def test_counts_stay_in_the_range_of_the_loss():
    X, y = make_friedman1(n_samples=120, noise=1.0, random_state=0)
    counts = np.random.default_rng(0).poisson(np.exp(y / 20) - 1)
    boosting = HistGradientBoostingRegressor(loss="poisson", max_iter=5)
    model = SelfDistilledRegressor(boosting, cv=3, n_generations=2, patience=2)
    assert (model.fit(X, counts).predict(X) >= 0.0).all()
    stack = TransformedTargetRegressor(Ridge(), func=np.sqrt, inverse_func=np.square)
    assert np.isfinite(clone(model).set_params(estimator=stack).fit(X, counts).n_iter_)


def test_an_ensemble_whose_probabilities_show_after_fit(noisy):
    X, y = noisy
    stack = StackingClassifier([("tree", TREE), ("near", KNeighborsClassifier())], cv=2)
    model = SelfDistilledClassifier(stack, cv=3, n_generations=1).fit(X, y)
    assert model.score(X, y) > 0.7


def test_catboost_parameters_set_to_none_can_be_cloned(noisy):
    catboost = pytest.importorskip("catboost")
    X, y = noisy
    cat = catboost.CatBoostClassifier(iterations=3, thread_count=1)
    cat.set_params(depth=None)
    model = clone(SelfDistilledClassifier(cat, cv=3, n_generations=1))
    assert model.fit(X, y).score(X, y) > 0.6


def test_metadata_routing_of_rows_without_labels(noisy):
    X, y = noisy
    model = SelfDistilledClassifier(deep_tree(), cv=3, n_generations=1)
    alone = cross_val_score(model, X[:120], y[:120], cv=2, scoring="neg_log_loss")
    with config_context(enable_metadata_routing=True):
        model.set_fit_request(X_unlabeled=True)
        scores = cross_val_score(
            model,
            X[:120],
            y[:120],
            cv=2,
            scoring="neg_log_loss",
            params={"X_unlabeled": X[120:]},
        )
    assert (scores != alone).all()


class Fussy(DecisionTreeClassifier):
    """A classifier that refuses weights that are not equal."""

    def fit(self, X, y, sample_weight=None):
        if sample_weight is not None and np.ptp(sample_weight):
            raise RuntimeError("fussy")
        return super().fit(X, y, sample_weight)


def test_a_generation_is_called_a_generation(noisy):
    with pytest.raises(RuntimeError) as caught:
        SelfDistilledClassifier(Fussy(max_depth=2)).fit(*noisy)
    assert "Raised by the generation, Fussy, on" in str(caught.value.__notes__)
    tempered = SelfDistilledClassifier(GaussianNB(), objective=Response(temperature=2))
    with pytest.raises(
        ValueError,
        match=r"^estimator of SelfDistilledClassifier learns as a student does: temper",
    ):
        tempered.fit(*noisy)


@pytest.mark.parametrize("wrap", [lambda f: f, make_pipeline])
def test_a_frozen_estimator_has_no_generations(noisy, wrap):
    frozen = wrap(FrozenEstimator(GaussianNB().fit(*noisy)))
    with pytest.raises(ValueError, match=r"estimator of Self.* is frozen.*unfitted"):
        SelfDistilledClassifier(frozen).fit(*noisy)
