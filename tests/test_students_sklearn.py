"""scikit-learn's students on soft targets."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import randint
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    Ridge,
    SGDClassifier,
)
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, NuSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.validation import has_fit_parameter

from skdistill.input._responses import regressed_probabilities, temper
from skdistill.objectives import Response
from skdistill.students import (
    StudentAdapter,
    _histogram,
    fit_student,
    register_student_adapter,
)
from skdistill.students import student_route as route_of
from skdistill.students._copies import fit_weighted_copies, make_copies
from skdistill.students._sharpen import sharpen
from skdistill.students._sklearn import draw_labels

rng = np.random.default_rng(0)
X = rng.normal(size=(300, 4))
SCORES = X @ rng.normal(size=(4, 3))
Q = softmax(SCORES, axis=1)
Y = np.array([rng.choice(3, p=q) for q in Q])
CLASSES = np.array(["a", "b", "c"])
STOPS_EARLY = HistGradientBoostingClassifier(early_stopping=True)


def make_task(alpha=1.0, temperature=1.0, n_classes=3, weight=None, **params):
    objective = Response(temperature, **params)
    loss = objective.loss("classification", alpha, n_classes)
    if n_classes == 3:
        return objective.task(loss, Q, Y, CLASSES, weight)
    q = softmax(SCORES[:, :2] * [1, 0], axis=1)
    return objective.task(loss, q, (Y > 0).astype(int), CLASSES[:2], weight)


def cross_entropy(p, q=Q):
    return -(q * np.log(np.clip(p, 1e-9, None))).sum(axis=1).mean()


@pytest.mark.parametrize(
    ("student", "route"),
    [
        (LogisticRegression(C=100.0), "weighted_copies"),
        (HistGradientBoostingClassifier(max_iter=30), "cross_entropy"),
        (RandomForestClassifier(50, min_samples_leaf=5), "weighted_copies"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "weighted_copies"),
        (KNeighborsClassifier(25), "label_draw"),
        (VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())],
                          voting="soft"), "weighted_copies"),
        (StackingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], cv=3),
         "weighted_copies"),
        (CalibratedClassifierCV(GaussianNB(), cv=3), "weighted_copies"),
        (VotingClassifier([("a", LogisticRegression()), ("b", KNeighborsClassifier())],
                          voting="soft"), "label_draw"),
        (StackingClassifier([("a", KNeighborsClassifier(25))], cv=3),
         "label_draw"),
        (CalibratedClassifierCV(KNeighborsClassifier(25), cv=3), "label_draw"),
        (RandomForestRegressor(50, random_state=0), "probability_regression"),
        (HistGradientBoostingRegressor(max_iter=30), "probability_regression"),
        (Ridge(), "probability_regression"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)  # fmt: skip
@pytest.mark.parametrize("n_classes", [2, 3])
def test_every_kind_learns_the_teacher(student, route, n_classes):
    from skdistill.input._checks import clone_estimator

    task = make_task(n_classes=n_classes)
    assert route_of(student, task.loss) == route
    fitted = fit_student(clone_estimator(student), X, task)
    if hasattr(fitted, "predict_proba"):
        p = fitted.predict_proba(X)
        np.testing.assert_array_equal(fitted.classes_, task.classes)
    else:
        p = regressed_probabilities(fitted.predict(X), task.loss)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    prior = task.targets.mean(axis=0)
    entropy = cross_entropy(task.targets, task.targets)
    gap = cross_entropy(np.tile(prior, (300, 1)), task.targets) - entropy
    assert cross_entropy(p, task.targets) - entropy < 0.5 * gap


def test_copies_minimise_the_stated_loss():
    """A saturated student, one tree leaf a row, answers the target itself."""
    task = make_task(alpha=0.4)
    fitted = fit_student(DecisionTreeClassifier(random_state=0), X, task)
    expected = 0.4 * Q + 0.6 * np.eye(3)[Y]
    np.testing.assert_allclose(fitted.predict_proba(X), expected, atol=5e-4)


@pytest.mark.parametrize("count", [15, np.int64(15)])
def test_a_leaf_of_m_rows_stays_a_leaf_of_m_rows(count):
    """Trees on copies equal trees on rows: impurity is linear in the copies."""
    student = DecisionTreeClassifier(min_samples_leaf=count, random_state=0)
    task = make_task(n_classes=2)
    fitted = fit_student(student, X, task)
    assert fitted.min_samples_leaf == 15
    rows = DecisionTreeRegressor(min_samples_leaf=15, random_state=0)
    rows.fit(X, task.targets[:, 1])
    np.testing.assert_allclose(
        fitted.predict_proba(X)[:, 1], rows.predict(X), atol=1e-4
    )


def test_copies_keep_weights_and_the_rows_own_label():
    weight = np.linspace(0, 2, 300)
    task = make_task(alpha=1.0, weight=weight)
    task.targets[0] = [1.0, 0.0, 0.0]
    task.labels[0] = 2
    copies = make_copies(task)
    np.testing.assert_allclose(np.bincount(copies.rows, copies.weights), weight)
    assert list(copies.codes[copies.rows == 0]) == [0, 2]


def test_bags_draw_as_many_rows_as_there_are():
    bagged = BaggingClassifier(max_samples=1.0, n_estimators=2, random_state=0)
    drawn = fit_student(bagged, X, make_task()).estimators_samples_
    assert [len(rows) for rows in drawn] == [300, 300]


def test_forests_draw_as_many_rows_as_there_are():
    student = RandomForestClassifier(5, random_state=0)
    fitted = fit_student(student, X, make_task(n_classes=2))
    assert fitted.max_samples is None
    drawn = [tree.tree_.n_node_samples[0] for tree in fitted.estimators_]
    # Each drawn row is two copies: 0.63 of the rows are in a bootstrap.
    assert 0.5 * 600 < np.mean(drawn) < 0.75 * 600
    bagged = BaggingClassifier(DecisionTreeClassifier(), 5, random_state=0)
    bagged_with = bagged.max_samples
    assert fit_student(bagged, X, make_task()).max_samples == bagged_with


@pytest.mark.parametrize("class_weight", ["balanced", {"a": 1.0, "b": 5.0}])
def test_class_weights_become_row_weights(class_weight):
    task = make_task(alpha=0.0, n_classes=2)
    plain = LogisticRegression(class_weight=class_weight).fit(X, task.y)
    near_labels = make_task(alpha=1e-9, n_classes=2)
    student = LogisticRegression(class_weight=class_weight)
    fitted = fit_student(student, X, near_labels)
    np.testing.assert_allclose(fitted.coef_, plain.coef_, rtol=1e-3)
    assert fitted.class_weight == class_weight


def test_a_row_whose_classes_weigh_nothing_has_no_weight():
    task = make_task(n_classes=2)
    task.targets[0] = [1.0, 0.0]
    weighted = task.weighted_by_class(np.array([0.0, 1.0]))
    assert weighted.sample_weight[0] == 0.0
    assert np.isfinite(weighted.targets).all()


@pytest.mark.parametrize(
    "student",
    [
        LogisticRegression(C=1e4, max_iter=2000, tol=1e-8),
        MLPClassifier((), alpha=0.0, solver="lbfgs", max_iter=2000, random_state=0),
    ],
    ids=lambda student: type(student).__name__,
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_tempered_target_is_sharpened_back(student, n_classes):
    if not has_fit_parameter(student, "sample_weight"):
        pytest.skip("this scikit-learn has no weights for it")
    task = make_task(temperature=5.0, n_classes=n_classes)
    fitted = fit_student(student, X, task)
    np.testing.assert_allclose(fitted.predict_proba(X), task.responses, atol=0.01)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_boosting_is_sharpened_in_its_leaves(n_classes):
    task = make_task(temperature=3.0, n_classes=n_classes)
    warm = make_task(temperature=1.0, n_classes=n_classes)
    warm.targets[:] = temper(warm.targets, 3.0)
    params = {"max_iter": 20, "random_state": 0, "early_stopping": False}
    soft = fit_student(HistGradientBoostingClassifier(**params), X, warm)
    sharp = fit_student(HistGradientBoostingClassifier(**params), X, task)
    np.testing.assert_allclose(
        sharp.decision_function(X), 3.0 * soft.decision_function(X)
    )


def test_temper_softens_and_keeps_zeros():
    q = np.array([[0.9, 0.1, 0.0]])
    np.testing.assert_allclose(temper(q, 2.0), [[0.75, 0.25, 0.0]])
    np.testing.assert_allclose(temper(temper(q, 2.0), 0.5), q)


def test_regression_of_log_odds():
    task = make_task(scale="logit", n_classes=2)
    fitted = fit_student(Ridge(1e-6), X, task)
    p = regressed_probabilities(fitted.predict(X), task.loss)
    assert route_of(Ridge(), task.loss) == "logit_regression"
    assert np.abs(p - task.targets).mean() < 0.1
    task = make_task(scale="logit")
    fitted = fit_student(Ridge(1e-6), X, task)
    p = regressed_probabilities(fitted.predict(X), task.loss)
    np.testing.assert_allclose(p, Q, atol=0.02)


def test_regressors_of_one_output_are_cloned_for_each_class():
    fitted = fit_student(HistGradientBoostingRegressor(max_iter=5), X, make_task())
    assert isinstance(fitted, MultiOutputRegressor)
    assert len(fitted.estimators_) == 3


def test_xgboost_and_catboost_regressors_learn_all_classes_at_once():
    from catboost import CatBoostRegressor
    from xgboost import XGBRegressor

    for student in (
        XGBRegressor(n_estimators=30, n_jobs=1),
        CatBoostRegressor(iterations=100, thread_count=1, verbose=0),
    ):
        fitted = fit_student(student, X, make_task())
        assert fitted is student
        p = regressed_probabilities(fitted.predict(X), make_task().loss)
        assert cross_entropy(p) < cross_entropy(Q) + 0.1


def test_no_class_is_impossible_to_a_regressor():
    values = np.array([-9.0, -0.2, 0.0, 0.001, 0.002, 0.4, 0.998, 1.0, 1.3])
    p = regressed_probabilities(values, make_task(n_classes=2).loss)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_allclose(p[4:7, 1], values[4:7])
    assert (np.diff(p[:, 1]) > 0).all()
    assert p.min() > 0.001
    many = np.array([[-0.2, 0.4, 0.8], [-1.0, -2.0, -3.0], [0.2, 0.3, 0.5]])
    p = regressed_probabilities(many, make_task().loss)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    assert (np.diff(p[[0, 2]], axis=1) > 0).all()
    assert (np.diff(p[1]) < 0).all()
    assert p.min() > 0.0005
    np.testing.assert_allclose(p[2], many[2])


def test_drawn_labels_follow_the_target():
    many = np.tile([0.2, 0.5, 0.3], (20_000, 1))
    shares = np.bincount(draw_labels(many, 0)) / 20_000
    np.testing.assert_allclose(shares, [0.2, 0.5, 0.3], atol=0.02)
    np.testing.assert_array_equal(draw_labels(many, 3), draw_labels(many, 3))


class TestInnerValidation:
    """No student may be validated on copies of rows it was trained on."""

    @pytest.mark.parametrize(
        ("student", "name"),
        [
            (SGDClassifier(loss="log_loss", early_stopping=True), "early_stopping"),
            (GradientBoostingClassifier(n_iter_no_change=3), "n_iter_no_change"),
            (SVC(probability=True), "probability"),
            (NuSVC(probability=True), "probability"),
            (GridSearchCV(STOPS_EARLY, {"max_depth": [2]}), "early_stopping"),
            (AdaBoostClassifier(STOPS_EARLY), "early_stopping"),
            (AdaBoostClassifier(SVC(probability=True)), "probability"),
            (GridSearchCV(CalibratedClassifierCV(GaussianNB()), {}), "cv"),
            (AdaBoostClassifier(LogisticRegressionCV()), "cv"),
        ],
        ids=lambda value: value if isinstance(value, str) else type(value).__name__,
    )
    def test_random_splits_of_copies_are_refused(self, student, name):
        with pytest.raises(
            ValueError, match=f"{name} of .*the student .* would validate"
        ):
            route_of(student, make_task().loss)

    def test_boosting_stops_early_on_rows_that_it_does_not_train_on(self):
        student = HistGradientBoostingClassifier(
            early_stopping=True, max_iter=500, random_state=0
        )
        if not has_fit_parameter(student, "X_val"):
            with pytest.raises(ValueError, match=r"scikit-learn 1\.7 or later"):
                route_of(student, make_task().loss)
            return
        fitted = fit_student(student, X, make_task(alpha=0.5))
        assert fitted.n_iter_ < 500
        assert fitted.early_stopping is True
        assert len(fitted.validation_score_) == fitted.n_iter_ + 1

    def test_boosting_holds_out_rows_by_its_own_seed(self):
        student = HistGradientBoostingClassifier(
            early_stopping=True, max_iter=60, random_state=0
        )
        if not has_fit_parameter(student, "X_val"):
            pytest.skip("validates on copies, and is refused")
        one, other, elsewhere = (
            fit_student(
                clone(student).set_params(random_state=own),
                X,
                replace(make_task(alpha=0.5), seed=seed),
            ).validation_score_
            for own, seed in ((0, 1), (0, 2), (3, 1))
        )
        np.testing.assert_array_equal(one, other)
        assert list(one) != list(elsewhere)

    def test_auto_counts_rows_and_not_copies(self):
        student = HistGradientBoostingClassifier(max_iter=5, random_state=0)
        many = 4_000
        wide = np.tile(X, (many // 300 + 1, 1))[:many]
        objective = Response()
        loss = objective.loss("classification", 0.5, 3)
        take = np.resize(np.arange(300), many)
        task = objective.task(loss, Q[take], Y[take], CLASSES)
        fitted = fit_student(student, wide, task)
        assert not hasattr(fitted, "validation_score_") or not len(
            fitted.validation_score_
        )
        assert fitted.early_stopping == "auto"

    @pytest.mark.parametrize("wrap", ["search", "calibration", "stacking"])
    def test_inner_splits_are_splits_of_rows(self, wrap):
        seen = []

        class Watching(LogisticRegression):
            def fit(self, X, y, sample_weight=None):
                seen.append({tuple(row) for row in X})
                return super().fit(X, y, sample_weight)

            def decision_function(self, X):
                seen.append({tuple(row) for row in X})
                return super().decision_function(X)

        if wrap == "search":
            student = GridSearchCV(Watching(), {"C": [1.0]}, cv=3,
                                   scoring="neg_log_loss")  # fmt: skip
        elif wrap == "stacking":
            # Before the splits, it is trained on all rows for its answers.
            student = StackingClassifier([("w", Watching())], GaussianNB(), cv=3,
                                         stack_method="decision_function")  # fmt: skip
        else:
            student = CalibratedClassifierCV(
                Watching(), cv=3, method="sigmoid", ensemble=True
            )
        fitted = fit_student(student, X, make_task())
        assert fitted.cv == 3
        trained, scored = seen[1:3] if wrap == "stacking" else seen[:2]
        assert not trained & scored
        assert len(trained | scored) == 300

    def test_the_remedy_for_a_support_vector_machine_holds(self):
        student = CalibratedClassifierCV(SVC(), cv=3, ensemble=False)
        route_of(student, make_task().loss)
        p = fit_student(student, X, make_task()).predict_proba(X)
        assert cross_entropy(p) < cross_entropy(np.tile(Q.mean(axis=0), (300, 1)))

    @pytest.mark.parametrize(
        "grid",
        [
            {"early_stopping": [False, True]},
            {"early_stopping": ["auto"]},
            [{"max_iter": [5]}, {"min_samples_leaf": [1, 20]}],
            {"min_samples_leaf": randint(2, 9)},
            {"class_weight": [None, "balanced"]},
        ],
        ids=["stops", "auto", "counts", "drawn_counts", "balanced"],
    )
    def test_candidates_of_a_search_that_would_see_copies_are_refused(self, grid):
        kind = GridSearchCV
        if not isinstance(grid, list) and hasattr(*grid.values(), "rvs"):
            kind = RandomizedSearchCV
        student = kind(HistGradientBoostingClassifier(early_stopping=False), grid)
        with pytest.raises(ValueError, match=r"of a candidate of the student .*Search"):
            route_of(student, make_task().loss)

    def test_estimators_among_the_candidates_are_looked_into(self):
        student = GridSearchCV(
            AdaBoostClassifier(), {"estimator": [GaussianNB(), STOPS_EARLY]}
        )
        with pytest.raises(ValueError, match="early_stopping of a candidate"):
            route_of(student, make_task().loss)

    def test_shares_of_rows_may_be_searched(self):
        grid = {"min_samples_leaf": [1, 0.1], "class_weight": [None, {"a": 2.0}]}
        student = GridSearchCV(DecisionTreeClassifier(), grid)
        assert route_of(student, make_task().loss) == "weighted_copies"

    def test_auto_is_off_inside_a_search(self, monkeypatch):
        boosting = HistGradientBoostingClassifier(max_iter=2, random_state=0)
        student = GridSearchCV(boosting, {"max_depth": [2]}, cv=2)
        fitted = fit_student(clone(student), X, make_task())
        assert fitted.best_estimator_.early_stopping is False
        assert fitted.estimator.early_stopping == "auto"
        monkeypatch.setattr(_histogram, "AUTO_EARLY_STOPPING_ROWS", 100)
        with pytest.warns(UserWarning, match="early_stopping='auto' of .* is off"):
            fitted = fit_student(clone(student), X, make_task())
        assert fitted.best_estimator_.early_stopping is False


@pytest.mark.parametrize("ensemble", [True, False])
@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_a_calibrated_student_answers_with_the_base_rate(alpha, ensemble):
    # Noise, so there is nothing to answer but how frequent the second class is.
    rng = np.random.default_rng(0)
    labels = (rng.random(600) < 0.1).astype(int)
    rate = labels.mean()
    loss = Response().loss("classification", alpha, 2)
    q = np.tile([1 - rate, rate], (600, 1))
    task = Response().task(loss, q, labels, np.array([0, 1]))
    student = CalibratedClassifierCV(GaussianNB(), cv=3, ensemble=ensemble)
    noise = rng.normal(size=(600, 2))
    fitted = fit_student(student, noise, task)
    assert abs(fitted.predict_proba(noise)[:, 1].mean() - rate) < 0.005
    assert fitted.cv == 3


@pytest.mark.filterwarnings("ignore::FutureWarning")  # Of attributes to come.
def test_a_penalty_is_chosen_by_the_loss_on_soft_targets():
    task = make_task(n_classes=2)
    student = LogisticRegressionCV(Cs=[1e-4, 1.0], cv=3, scoring="neg_log_loss")
    scores = np.asarray(list(fit_student(student, X, task).scores_.values()))
    for C, score in zip(student.Cs, scores.mean(axis=(0, 1)), strict=True):
        p = fit_student(LogisticRegression(C=C), X, task).predict_proba(X)
        np.testing.assert_allclose(-score, cross_entropy(p, task.targets), rtol=0.05)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda tree: GridSearchCV(tree, {"max_depth": [None]}, cv=2),
        lambda tree: AdaBoostClassifier(tree, n_estimators=1),
    ],
    ids=["search", "boosting"],
)
def test_a_leaf_counts_rows_inside_another_estimator(wrap):
    student = wrap(DecisionTreeClassifier(min_samples_leaf=15))
    fitted = fit_student(student, X, make_task(n_classes=2))
    tree = getattr(fitted, "best_estimator_", None) or fitted.estimators_[0]
    _, rows = np.unique(tree.apply(X), return_counts=True)
    assert 15 <= rows.min() < 30
    assert fitted.estimator.min_samples_leaf == 15


def test_bags_of_drawn_copies_count_draws():
    tree = DecisionTreeClassifier(min_samples_leaf=15)
    student = BaggingClassifier(tree, n_estimators=2, random_state=0)
    fitted = fit_student(student, X, make_task(n_classes=2))
    assert {bagged.min_samples_leaf for bagged in fitted.estimators_} == {15}


def test_classes_are_balanced_inside_a_search():
    task = make_task(alpha=0.5)
    tree = DecisionTreeClassifier(max_depth=2, class_weight="balanced", random_state=0)
    alone = fit_student(clone(tree), X, task)
    searched = fit_student(GridSearchCV(tree, {"max_depth": [2]}, cv=2), X, task)
    np.testing.assert_allclose(
        searched.predict_proba(X), alone.predict_proba(X), atol=1e-6
    )
    assert searched.estimator.class_weight == "balanced"


def test_a_search_is_judged_by_the_labels_and_not_by_copies():
    n_scored = []

    def accuracy(model, X, y, sample_weight=None):
        n_scored.append(len(X))
        return model.score(X, y, sample_weight)

    grid = {"C": [0.1, 1.0]}
    student = GridSearchCV(LogisticRegression(), grid, cv=3, scoring=accuracy)
    fit_student(student, X, make_task())
    assert n_scored == [100] * 6


@pytest.mark.filterwarnings("ignore::FutureWarning")  # Of attributes to come.
def test_weights_of_classes_do_not_weigh_what_is_held_out():
    task = make_task(alpha=1e-9, n_classes=2)
    student = LogisticRegressionCV(
        Cs=[1.0], cv=3, scoring="neg_log_loss", class_weight={"a": 1.0, "b": 5.0}
    )
    plain = clone(student).fit(X, task.y)
    fitted = fit_student(student, X, task)
    np.testing.assert_allclose(
        list(fitted.scores_.values()), list(plain.scores_.values()), rtol=1e-3
    )


@pytest.mark.parametrize(
    ("student", "message"),
    [
        (AdaBoostClassifier(LogisticRegression(class_weight="balanced")),
         "class_weight of LogisticRegression in the student AdaBoostClassifier"),
        (RandomForestClassifier(class_weight="balanced_subsample"),
         "Use class_weight='balanced'"),
    ],
    ids=["inside", "subsample"],
)  # fmt: skip
def test_weights_of_classes_that_would_count_copies_are_refused(student, message):
    with pytest.raises(ValueError, match=message):
        route_of(student, make_task().loss)


@pytest.mark.parametrize(
    "student",
    [
        TunedThresholdClassifierCV(LogisticRegression()),
        GridSearchCV(TunedThresholdClassifierCV(LogisticRegression()), {}),
    ],
    ids=["alone", "searched"],
)
def test_a_threshold_is_tuned_around_the_distilled_model(student):
    with pytest.raises(ValueError, match=r"TunedThresholdClassifierCV\(Distilled"):
        route_of(student, make_task().loss)


def test_pipelines_fit_their_steps_once_on_the_labels():
    student = make_pipeline(
        StandardScaler(), SelectKBest(k=2), LogisticRegression(), memory=None
    )
    fitted = fit_student(student, X, make_task())
    plain = make_pipeline(StandardScaler(), SelectKBest(k=2)).fit(X, CLASSES[Y])
    np.testing.assert_array_equal(fitted[:-1].transform(X), plain.transform(X))
    assert fitted.predict_proba(X).shape == (300, 3)


def test_a_user_can_register_an_adapter():
    class Constant(KNeighborsClassifier):
        pass

    class ConstantAdapter(StudentAdapter):
        def route(self, student, loss):
            return "constant"

        def fit_soft(self, student, X, task):
            student.mean_ = task.targets.mean(axis=0)
            return student

    register_student_adapter(Constant, ConstantAdapter())
    assert route_of(make_pipeline(StandardScaler(), Constant()), make_task().loss) == (
        "constant"
    )
    np.testing.assert_allclose(
        fit_student(Constant(), X, make_task()).mean_, Q.mean(axis=0)
    )
    with pytest.raises(TypeError, match="must be an instance of StudentAdapter"):
        register_student_adapter(Constant, ConstantAdapter)


@pytest.mark.parametrize("temperature", [1.0, 3.0])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_boosting_learns_probabilities_as_copies_would(
    temperature, weighted, n_classes
):
    # Few values, so that both find the same bins, and leaves that count no rows.
    student = HistGradientBoostingClassifier(
        max_iter=20, min_samples_leaf=1, max_depth=3, early_stopping=False
    )
    weight = rng.uniform(0.5, 2.0, size=len(X)) if weighted else None
    task = make_task(temperature=temperature, n_classes=n_classes, weight=weight)
    coarse = X.round(1)
    assert route_of(student, task.loss) == "cross_entropy"
    direct = fit_student(clone(student), coarse, task)
    copied = sharpen(fit_weighted_copies(clone(student), coarse, task), temperature)
    np.testing.assert_allclose(
        direct.decision_function(coarse),
        copied.decision_function(coarse),
        # The copies' gradients of more classes are rounded to single precision, each.
        atol=1e-6 if n_classes == 2 else 1e-3,
    )


@pytest.mark.parametrize("n_classes", [2, 3])
def test_boosting_on_sure_targets_is_boosting_on_labels(n_classes):
    student = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=5)
    labels = np.minimum(Y, n_classes - 1)
    loss = Response().loss("classification", 1.0, n_classes)
    sure = np.eye(n_classes)[labels]
    classes = CLASSES[:n_classes]
    weight = rng.uniform(0.5, 2.0, size=len(X))
    coarse = X.round(1)
    for weights in (None, weight):
        task = Response().task(loss, sure, labels, classes, weights)
        soft = fit_student(clone(student), coarse, task)
        plain = clone(student).fit(coarse, classes[labels], sample_weight=weights)
        np.testing.assert_allclose(
            soft.decision_function(coarse), plain.decision_function(coarse), atol=1e-3
        )


@pytest.mark.parametrize("n_classes", [2, 3])
def test_boosting_is_left_as_it_was_but_fitted(n_classes):
    student = HistGradientBoostingClassifier(max_iter=3, class_weight="balanced")
    fitted = fit_student(student, X, make_task(n_classes=n_classes))
    assert type(fitted) is HistGradientBoostingClassifier
    assert fitted.get_params() == clone(student).get_params()
    assert list(fitted.classes_) == list(CLASSES[:n_classes])
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    labels = np.minimum(Y, n_classes - 1)
    ordinary = clone(student).fit(X, labels, sample_weight=np.ones(len(X)))
    assert vars(fitted).keys() == vars(ordinary).keys()
    assert type(fitted._loss) is type(ordinary._loss)


def test_boosting_keeps_categories_where_rows_are_weighted():
    pd = pytest.importorskip("pandas")
    codes = np.random.default_rng(0).integers(40, size=300)
    frame = pd.DataFrame({"code": pd.Categorical(codes), "x": X[:, 0].round(1)})
    student = HistGradientBoostingClassifier(max_iter=3)
    plain, ones = (
        fit_student(clone(student), frame, make_task(weight=weight))
        for weight in (None, np.ones(300))
    )
    assert ones.is_categorical_.tolist() == plain.is_categorical_.tolist()
    np.testing.assert_allclose(ones.predict_proba(frame), plain.predict_proba(frame))


def test_boosting_that_scores_labels_or_is_no_plain_class_learns_copies():
    class Own(HistGradientBoostingClassifier):
        pass

    loss = make_task(n_classes=2).loss
    scored = HistGradientBoostingClassifier(scoring="roc_auc")
    for student in (Own(), scored):
        assert route_of(student, loss) == "weighted_copies"
    scored.set_params(early_stopping=False)
    assert route_of(scored, loss) == "cross_entropy"
