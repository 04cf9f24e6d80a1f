"""alpha="auto", privileged_weight and loss correction."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, StratifiedKFold, TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.objectives import Response
from skdistill.objectives._response import corrected
from skdistill.selection._selection import (
    Candidate,
    choose,
    make_candidates,
    paired_means,
    row_loss,
)


@pytest.fixture(scope="module")
def privileged():
    """Labels that the last column knows and the first two hardly do."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    score = X[:, 0] + X[:, 1] + 3 * X[:, 2]
    return X, (score + rng.normal(size=200) > 0).astype(int)


REGULAR = [0, 1]


class TestAlpha:
    def test_a_useless_teacher_is_not_heard(self, privileged):
        X, y = privileged
        rng = np.random.default_rng(1)
        X = np.column_stack([X, rng.normal(size=len(y))])
        model = DistilledClassifier(
            DecisionTreeClassifier(random_state=0),
            LogisticRegression(),
            teacher_features=[3],
            alpha="auto",
        ).fit(X, y)
        assert model.alpha_ == 0.0
        plain = LogisticRegression().fit(X, y)
        np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))
        assert model.student_route_ == "labels"

    def test_an_overfitting_student_hears_a_good_teacher(self, privileged):
        X, y = privileged
        model = DistilledClassifier(
            LogisticRegression(),
            DecisionTreeClassifier(random_state=0),
            student_features=REGULAR,
            alpha="auto",
        ).fit(X, y)
        assert model.alpha_ > 0.5
        scores = model.selection_results_
        np.testing.assert_array_equal(scores["alpha"], [0.0, 0.25, 0.5, 0.75, 1.0])
        assert scores["loss"][scores["alpha"] == model.alpha_] == min(scores["loss"])
        assert scores["std_error"][0] == 0.0
        assert (scores["std_error"][1:] > 0.0).all()

    @pytest.mark.filterwarnings("ignore:The test parts of cv:UserWarning")
    def test_the_loss_of_labels_alone_is_that_of_cross_validation(self, privileged):
        X, y = privileged
        splits = [(np.arange(0, 150), np.arange(150, 200)),
                  (np.arange(50, 200), np.arange(50))]  # fmt: skip
        model = DistilledClassifier(
            GaussianNB(), LogisticRegression(), alpha="auto", cv=splits
        ).fit(X, y)
        by_hand = []
        for train, test in splits:
            student = LogisticRegression().fit(X[train], y[train])
            p = student.predict_proba(X[test])[np.arange(50), y[test]]
            by_hand.append(-np.log(np.clip(p, 1e-3, None)))
        np.testing.assert_allclose(
            model.selection_results_["loss"][0], np.mean(by_hand), rtol=1e-10
        )

    def test_temperatures_leave_what_the_student_can_learn(self, privileged):
        X, y = privileged
        model = DistilledClassifier(
            GaussianNB(), LogisticRegression(), objective=Response(3.0), alpha="auto"
        ).fit(X, y)
        np.testing.assert_array_equal(model.selection_results_["alpha"], [0.0, 1.0])

    def test_two_folds_are_too_few(self, privileged):
        model = DistilledClassifier(GaussianNB(), alpha="auto", cv=2)
        with pytest.raises(ValueError, match="needs at least three"):
            model.fit(*privileged)

    @pytest.mark.parametrize("case", ["groups", "time", "weights", "regressor"])
    def test_any_splitter_and_weights(self, privileged, case):
        X, y = privileged
        params, fit = {"cv": 3}, {}
        if case == "groups":
            params, fit = {"cv": GroupKFold(4)}, {"groups": np.arange(200) // 5}
        elif case == "time":
            params = {"cv": TimeSeriesSplit(4)}
        elif case == "weights":
            fit = {"sample_weight": np.linspace(0.0, 1.0, 200)}
        if case == "regressor":
            model = DistilledRegressor(Ridge(), DecisionTreeRegressor(), alpha="auto")
            model.fit(X, X @ [1.0, 2.0, 3.0])
        else:
            model = DistilledClassifier(
                GaussianNB(), DecisionTreeClassifier(), alpha="auto", **params
            ).fit(X, y, **fit)
        assert np.isfinite(model.selection_results_["loss"]).all()
        assert model.alpha_ in model.selection_results_["alpha"]

    def test_students_without_probabilities_are_judged_by_errors(self, privileged):
        model = DistilledClassifier(GaussianNB(), LinearSVC(), alpha="auto")
        losses = model.fit(*privileged).selection_results_["loss"]
        np.testing.assert_allclose(losses * 200, np.round(losses * 200))


class TestScoring:
    def test_mixtures_are_judged_by_the_scorer_on_each_fold(self, privileged):
        X, y = privileged
        labels = np.array(["no", "yes"])[y]
        splits = list(StratifiedKFold(4).split(X, y))
        weight = np.random.default_rng(0).uniform(size=len(y))
        model = DistilledClassifier(
            GaussianNB(),
            DecisionTreeClassifier(random_state=0),
            student_features=REGULAR,
            alpha="auto",
            cv=splits,
            scoring="roc_auc",
        ).fit(X, labels, sample_weight=weight)
        by_fold, totals = [], []
        for train, test in splits:
            student = DecisionTreeClassifier(random_state=0)
            student.fit(X[train][:, REGULAR], y[train], sample_weight=weight[train])
            answer = student.predict_proba(X[test][:, REGULAR])[:, 1]
            by_fold.append(roc_auc_score(y[test], answer, sample_weight=weight[test]))
            totals.append(weight[test].sum())
        assert model.selection_results_["loss"][0] == pytest.approx(
            -np.average(by_fold, weights=totals)
        )
        assert model.alpha_ > 0.0

    def test_the_metric_decides(self, privileged):
        # Answers of an imitating student are never sure.
        def confidence(estimator, X, y):
            assert X.shape[1] == len(REGULAR)
            return np.abs(estimator.predict_proba(X)[:, 1] - 0.5).mean()

        model = DistilledClassifier(
            LogisticRegression(),
            DecisionTreeClassifier(random_state=0),
            student_features=REGULAR,
            alpha="auto",
            scoring=confidence,
        )
        assert model.fit(*privileged).alpha_ == 0.0
        assert model.set_params(scoring=None).fit(*privileged).alpha_ > 0.0

    def test_values_and_students_without_probabilities(self, privileged):
        X, y = privileged
        model = DistilledRegressor(
            Ridge(), DecisionTreeRegressor(), alpha="auto", scoring="r2"
        ).fit(X, X @ [1.0, 2.0, 3.0])
        assert model.selection_results_["loss"][0] < -0.5
        model = DistilledClassifier(
            GaussianNB(), LinearSVC(), alpha="auto", scoring="accuracy"
        ).fit(X, y)
        errors = (1.0 + model.selection_results_["loss"]) * len(y)
        np.testing.assert_allclose(errors, np.round(errors), atol=1e-9)
        with pytest.raises(ValueError, match="'neg_log_loss', cannot be computed"):
            model.set_params(scoring="neg_log_loss").fit(X, y)

    @pytest.mark.parametrize("alpha", [0.5, "auto"])
    def test_it_is_tried_before_anything_is_trained(self, privileged, alpha):
        class Untrainable(GaussianNB):
            def fit(self, X, y, sample_weight=None):
                raise AssertionError("trained")

        model = DistilledClassifier(Untrainable(), alpha=alpha, scoring="acuracy")
        if alpha == 0.5:
            with pytest.raises(AssertionError, match="trained"):
                model.fit(*privileged)
        else:
            with pytest.raises(ValueError, match="unknown scorer 'acuracy'"):
                model.fit(*privileged)


class TestPrivilegedWeight:
    def fit(self, data, **params):
        return DistilledClassifier(
            GaussianNB(),
            DecisionTreeRegressor(),
            student_features=REGULAR,
            store_teacher=True,
            **{"alpha": 1.0, **params},
        ).fit(*data)

    def test_it_mixes_both_teachers_over_the_same_folds(self, privileged):
        X, _ = privileged
        classic = self.fit(privileged)
        control = self.fit(privileged, teacher_features=REGULAR)
        mixed = self.fit(privileged, privileged_weight=0.3)
        np.testing.assert_allclose(
            mixed.teacher_predictions_,
            0.3 * classic.teacher_predictions_ + 0.7 * control.teacher_predictions_,
        )
        zero = self.fit(privileged, privileged_weight=0.0)
        np.testing.assert_array_equal(zero.predict_proba(X), control.predict_proba(X))
        one = self.fit(privileged, privileged_weight=1.0)
        np.testing.assert_array_equal(one.predict_proba(X), classic.predict_proba(X))

    # The teacher on the student's columns rehearses once on a few rows.
    @pytest.mark.parametrize(
        ("share", "n_fits"),
        [(1.0, 5), (0.5, 11), (0.0, 6), ("auto", 2 * (5 + 10) + 1)],
    )
    def test_no_teacher_is_trained_that_is_not_heard(self, privileged, share, n_fits):
        fits = []

        class Counting(GaussianNB):
            def fit(self, X, y, sample_weight=None):
                fits.append(X.shape[1])
                return super().fit(X, y, sample_weight)

        DistilledClassifier(
            Counting(),
            LogisticRegression(),
            student_features=REGULAR,
            privileged_weight=share,
        ).fit(*privileged)
        assert len(fits) == n_fits
        if share == 0.0:
            assert set(fits) == {2}

    def test_auto_chooses_jointly_with_alpha(self, privileged):
        model = self.fit(privileged, alpha="auto", privileged_weight="auto")
        tried = set(
            zip(
                model.selection_results_["alpha"],
                model.selection_results_["privileged_weight"],
                strict=True,
            )
        )
        assert tried == {(0.0, 1.0), *((a, b) for a in (0.5, 1.0) for b in (0, 0.5, 1))}
        assert (model.alpha_, model.privileged_weight_) in tried

    @pytest.mark.parametrize(
        ("student", "scoring", "sharp"),
        [
            (GaussianNB(), None, True),
            (GaussianNB(), "accuracy", False),
            (LinearSVC(), None, False),
        ],
    )
    def test_only_a_log_loss_is_distrusted(
        self, privileged, monkeypatch, student, scoring, sharp
    ):
        asked = []

        def spy(*args, by_log_loss, **params):
            asked.append(by_log_loss)
            return choose(*args, by_log_loss=by_log_loss, **params)

        monkeypatch.setattr("skdistill.offline._plan.choose", spy)
        DistilledClassifier(
            GaussianNB(),
            student,
            student_features=REGULAR,
            privileged_weight="auto",
            scoring=scoring,
        ).fit(*privileged)
        assert asked == [sharp]

    def test_it_needs_two_sets_of_columns_and_a_teacher_to_train(self, privileged):
        X, y = privileged
        with pytest.raises(ValueError, match="see the same columns"):
            DistilledClassifier(privileged_weight=0.5, student_features=[2, 1, 0]).fit(
                X, y
            )
        frozen = FrozenEstimator(GaussianNB().fit(X, y))
        with pytest.raises(ValueError, match="the teacher is frozen"):
            DistilledClassifier(
                frozen,
                LogisticRegression(),
                student_features=REGULAR,
                privileged_weight=0.5,
            ).fit(X, y)
        auto = DistilledClassifier(GaussianNB(), privileged_weight="auto").fit(X, y)
        assert auto.privileged_weight_ == 1.0

    def test_in_regression_it_mixes_values(self, privileged):
        X, _ = privileged
        y = X @ [1.0, 2.0, 3.0]

        def responses(share):
            return (
                DistilledRegressor(
                    LinearRegression(),
                    student_features=REGULAR,
                    privileged_weight=share,
                    store_teacher=True,
                )
                .fit(X, y)
                .teacher_predictions_
            )

        np.testing.assert_allclose(
            responses(0.5), (responses(0.0) + responses(1.0)) / 2
        )


class TestCorrection:
    def test_the_step_is_that_of_the_paper(self):
        q, hard = np.array([[0.8, 0.2]]), np.array([[0.0, 1.0]])
        c = 0.1
        gamma = c / (c + 0.8**2)
        step = corrected(q, hard, c, one_hot=True)
        np.testing.assert_allclose(step, q + gamma * (hard - q))
        values = corrected(np.array([1.0, 3.0]), np.array([2.0, 3.0]), c, one_hot=False)
        np.testing.assert_allclose(values, [1.0 + 0.1 / 1.1, 3.0])

    @pytest.mark.parametrize("n_classes", [2, 4])
    def test_it_stays_between_response_and_label(self, n_classes):
        rng = np.random.default_rng(0)
        q = rng.dirichlet(np.ones(n_classes), 50)
        hard = np.eye(n_classes)[rng.integers(n_classes, size=50)]
        np.testing.assert_array_equal(corrected(q, hard, 0.0, one_hot=True), q)
        np.testing.assert_array_equal(corrected(q, hard, np.inf, one_hot=True), hard)
        for c in (1e-3, 0.1, 10.0):
            step = corrected(q, hard, c, one_hot=True)
            np.testing.assert_allclose(step.sum(axis=1), 1.0)
            moved = np.sqrt(((step - q) ** 2).sum(axis=1) / 2)
            assert (moved <= np.sqrt(c) / 2 + 1e-12).all()

    def test_auto_keeps_a_weak_teacher_from_harming(self):
        X, y = make_classification(
            400, 8, n_informative=6, class_sep=1.5, random_state=3
        )
        stump = DecisionTreeClassifier(max_depth=1)
        imitation = DistilledClassifier(stump, GaussianNB(), alpha=1.0).fit(X, y)
        auto = DistilledClassifier(
            stump, GaussianNB(), alpha=1.0, objective=Response(correction="auto")
        ).fit(X, y)
        scores = auto.selection_results_
        assert set(scores["correction"][1:]) == {0, 1e-3, 1e-2, 1e-1, 1, np.inf}
        uncorrected = scores["loss"][scores["correction"] == 0.0]
        assert scores["loss"].min() < uncorrected
        assert auto.score(X, y) >= imitation.score(X, y)


def test_corrections_of_values_are_in_units_of_their_variance():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2))
    y = 1000.0 * (X[:, 0] + rng.normal(size=100))
    model = DistilledRegressor(
        DecisionTreeRegressor(max_depth=1),
        DecisionTreeRegressor(max_depth=3, random_state=0),
        alpha=1.0,
        objective=Response(correction="auto"),
    ).fit(X, y)
    tried = model.selection_results_["correction"][1:]
    np.testing.assert_allclose(tried[1:-1] / np.var(y), [1e-3, 1e-2, 1e-1, 1.0])


def test_candidates_start_with_labels_alone():
    assert make_candidates(0.3, 0.5, None) == [Candidate(0.3, 0.5, None)]
    for given in (("auto", 1.0, None), (0.5, "auto", None), (0.5, 1.0, "auto"),
                  ("auto", "auto", "auto")):  # fmt: skip
        candidates = make_candidates(*given)
        assert candidates[0].alpha == 0.0
        assert all(c.alpha > 0.0 for c in candidates[1:])
        assert len(candidates) > 4


def test_the_choice_leaves_out_rows_that_are_not_judged():
    losses = np.array([[1.0, 0.5], [np.nan, np.nan], [1.0, 0.7]])
    both = [Candidate(0.0), Candidate(1.0)]
    choice = choose(
        both,
        losses,
        np.array([1.0, 5.0, 3.0]),
        n_rows=3,
        kind="classification",
        by_log_loss=True,
    )
    assert choice.best.alpha == 1.0
    np.testing.assert_allclose(choice.scores["loss"], [1.0, (0.5 + 3 * 0.7) / 4])


@pytest.mark.parametrize("by_log_loss", [False, True])
def test_labels_stay_unless_a_mixture_is_clearly_better(by_log_loss):
    labels = np.linspace(0.5, 1.5, 100)
    scatter = np.resize([0.9, -1.1], 100)  # mean -0.1, standard error 0.1
    both = [Candidate(0.0), Candidate(1.0)]
    for factor, alpha in ((0.99, 0.0), (1.01, 1.0)):
        shift = (scatter + 0.1) - 0.1 * factor
        losses = np.column_stack([labels, labels + shift])
        choice = choose(
            both,
            losses,
            None,
            n_rows=100,
            kind="classification",
            by_log_loss=by_log_loss,
        )
        assert choice.best.alpha == alpha
        assert choice.scores["loss"][1] < choice.scores["loss"][0]


SCATTER = np.resize([1.0, -1.0], 100)  # standard error 0.1005


def chosen(n_rows, kind, **known):
    """The choice by losses of one, but those of labels alone and of share 1."""
    candidates = make_candidates("auto", "auto", None)
    places = {
        "labels": 0,
        "half": candidates.index(Candidate(0.5, 1.0)),
        "classic": candidates.index(Candidate(1.0, 1.0)),
    }
    losses = np.ones((100, len(candidates)))
    for name, loss in known.items():
        losses[:, places[name]] = loss
    choice = choose(
        candidates,
        losses,
        None,
        n_rows=n_rows,
        kind=kind,
        by_log_loss=kind == "classification",
    )
    return choice.best


@pytest.mark.parametrize(
    ("n_rows", "kind", "labels", "other"),
    [
        (40, "classification", 0.3, 0.3),
        (400, "classification", 0.1, 0.3),
        (1600, "classification", 0.05, 0.225),
        (40, "regression", 0.3, 0.3),
        (400, "regression", 0.25, 0.25),
        (2500, "regression", 0.1, 0.1),
    ],
)
def test_the_mean_of_both_teachers_stays_unless_another_is_clearly_better(
    n_rows, kind, labels, other
):
    for gain, share in ((other - 0.01, 0.5), (other + 0.01, 1.0)):
        best = chosen(n_rows, kind, classic=1.0 - gain + SCATTER)
        assert best == Candidate(1.0, share)
    for gain, alpha in ((labels - 0.01, 1.0), (labels + 0.01, 0.0)):
        best = chosen(n_rows, kind, labels=1.0 - gain + SCATTER)
        assert best.alpha == alpha


@pytest.mark.parametrize(
    ("kind", "evidence"), [("regression", 0.0), ("classification", 0.3)]
)
def test_labels_that_sharpen_have_to_be_clearly_better(kind, evidence):
    for gain, alpha in ((evidence - 0.01, 1.0), (evidence + 0.01, 0.5)):
        best = chosen(400, kind, classic=0.5, half=0.5 - gain + SCATTER)
        assert best == Candidate(alpha, 1.0)


@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_labels_take_the_place_of_the_mean_of_both_teachers(kind):
    for gain, alpha in ((0.09, 0.0), (0.11, 1.0)):
        best = chosen(400, kind, labels=0.5, classic=0.5 - gain + SCATTER)
        assert best.alpha == alpha


@pytest.mark.parametrize(
    ("kind", "alpha"), [("classification", 0), ("regression", 0.5)]
)
@pytest.mark.parametrize("labels", [0.95, 1.05])
def test_a_mixture_with_labels_must_beat_labels_alone(kind, alpha, labels):
    labels = labels + SCATTER  # half a standard error from the mean of both
    for loss, expected in ((0.85, alpha), (0.6, 0.5)):
        best = chosen(400, kind, labels=labels, half=loss + SCATTER / 5)
        assert best.alpha == expected


def test_row_losses():
    p = np.array([[0.9, 0.1], [1.0, 0.0]])
    np.testing.assert_allclose(
        row_loss(p, np.array([0, 1]), "classification", 1e-3),
        -np.log([0.9, 1e-3]),
    )
    codes = row_loss(np.array([0, 1]), np.array([0, 0]), "classification", 1e-3)
    np.testing.assert_array_equal(codes, [0.0, 1.0])
    values = row_loss(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]]), "regression", 0.1)
    np.testing.assert_array_equal(values, [2.5])


def test_unknown_rows_are_left_out_and_the_others_weighed():
    losses = np.array([[1.0, 0.5], [3.0, 2.0], [np.nan, 0.0], [9.0, 0.0]])
    means, errors = paired_means(losses, np.array([1.0, 3.0, 9.0, 0.0]))
    np.testing.assert_allclose(means, [2.5, 1.625])
    # Differences -.5 and -1 with weights 1 and 3 around their mean -.875.
    expected = np.sqrt(2) * np.hypot(0.25 * 0.375, 0.75 * 0.125)
    np.testing.assert_allclose(errors, [0.0, expected])
