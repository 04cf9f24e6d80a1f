"""alpha="auto", privileged_weight and loss correction."""

import re
from dataclasses import replace

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.objectives import Response
from skdistill.objectives._corrections import corrected
from skdistill.selection._candidates import (
    CORRECTIONS,
    Candidate,
    make_candidates,
    safe_candidate,
)
from skdistill.selection._choice import ENOUGH, FEW, choose, is_settled
from skdistill.selection._comparison import (
    Comparison,
    average_groups,
    compare,
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
    def test_a_useless_teacher_is_not_chosen(self, privileged):
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

    def test_an_overfitting_student_gets_a_good_teacher(self, privileged):
        X, y = privileged
        model = DistilledClassifier(
            LogisticRegression(),
            DecisionTreeClassifier(random_state=0),
            student_features=REGULAR,
            alpha="auto",
        ).fit(X, y)
        assert model.alpha_ > 0.5
        scores = model.selection_results_
        np.testing.assert_array_equal(scores["alpha"], [0.0, 0.5, 1.0])
        assert scores["loss"][scores["alpha"] == model.alpha_] == min(scores["loss"])
        assert scores["std_error"][0] == 0.0
        assert (scores["std_error"][1:] > 0.0).all()

    @pytest.mark.filterwarnings("ignore:The test parts of cv:UserWarning")
    def test_the_loss_of_labels_alone_is_that_of_cross_validation(
        self, privileged, every_part
    ):
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

    def test_students_without_probabilities_are_compared_by_errors(
        self, privileged, every_part
    ):
        model = DistilledClassifier(GaussianNB(), LinearSVC(), alpha="auto")
        losses = model.fit(*privileged).selection_results_["loss"]
        np.testing.assert_allclose(losses * 200, np.round(losses * 200))


class TestScoring:
    def test_mixtures_are_compared_by_the_scorer_on_each_fold(
        self, privileged, every_part
    ):
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

    def test_values_and_students_without_probabilities(self, privileged, every_part):
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
    def test_its_name_is_looked_up_before_anything_is_trained(self, privileged, alpha):
        class Untrainable(GaussianNB):
            def fit(self, X, y, sample_weight=None):
                raise AssertionError("trained")

        model = DistilledClassifier(Untrainable(), alpha=alpha, scoring="acuracy")
        with pytest.raises(ValueError, match="unknown scorer 'acuracy'"):
            model.fit(*privileged)
        # It is computed where there is a choice alone.
        model.set_params(scoring=lambda *_: "no number")
        if alpha == 0.5:
            with pytest.raises(AssertionError, match="trained"):
                model.fit(*privileged)
        else:
            with pytest.raises(ValueError, match="cannot be computed"):
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

    # The teacher on the student's columns is trained once on a few rows first.
    @pytest.mark.parametrize(
        ("share", "n_fits"),
        [(1.0, 5), (0.5, 11), (0.0, 6), ("auto", 2 * (5 + 10) + 1)],
    )
    def test_no_teacher_is_trained_that_has_no_share(
        self, privileged, every_part, share, n_fits
    ):
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
        assert tried == {(0.0, 1.0), *((a, b) for a in (0.5, 1.0) for b in (0.5, 1))}
        assert (model.alpha_, model.privileged_weight_) in tried

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

    def test_auto_with_values_that_are_all_alike(self):
        X = np.arange(30.0)[:, None]
        auto = DistilledRegressor(
            DecisionTreeRegressor(max_depth=2), objective=Response(correction="auto")
        )
        assert (auto.fit(X, np.full(30, 2.0)).predict(X) == 2.0).all()


@pytest.mark.filterwarnings("ignore:.*is frozen:UserWarning")
@pytest.mark.parametrize("correction", [50.0, "auto"])
def test_corrections_that_are_chosen_are_in_variances_of_the_rows_trained_on(
    every_part, correction
):
    X = np.random.default_rng(0).normal(size=(90, 3))
    y = X @ [1.0, 2.0, 3.0] * np.repeat([1.0, 3.0, 9.0], 30)
    teacher = FrozenEstimator(Ridge().fit(X, -y))
    model = DistilledRegressor(
        teacher,
        Ridge(),
        alpha="auto",
        cv=KFold(3),
        objective=Response(correction=correction),
    ).fit(X, y)
    tried = model.selection_results_
    chosen = correction == "auto"
    if chosen:
        tried_at = np.unique(tried["correction"][1:])
        np.testing.assert_allclose(tried_at, np.var(y) * np.array(CORRECTIONS))
    for alpha, c, loss in zip(
        tried["alpha"], tried["correction"], tried["loss"], strict=True
    ):
        squared = []
        for train, test in KFold(3).split(X):
            labels, soft = y[train], teacher.predict(X[train])
            if alpha:
                share = np.var(labels) / np.var(y) if chosen else 1.0
                soft = corrected(soft, labels, share * c, one_hot=False)
            student = Ridge().fit(X[train], alpha * soft + (1.0 - alpha) * labels)
            squared.append((student.predict(X[test]) - y[test]) ** 2)
        assert loss == pytest.approx(np.mean(squared))


def test_candidates_start_with_labels_alone():
    assert make_candidates(0.3, 0.5, 1.0, None) == [Candidate(0.3, 0.5, None, 1.0)]
    for given in (("auto", 1.0, 0.0, None), (0.5, "auto", 0.0, None),
                  (0.5, 1.0, "auto", None), (0.5, 1.0, 0.0, "auto"),
                  ("auto", "auto", "auto", "auto")):  # fmt: skip
        candidates = make_candidates(*given)
        assert candidates[0].alpha == candidates[0].unlabeled_weight == 0.0
        assert all(c.alpha > 0.0 for c in candidates[1:])
        assert len(set(candidates)) == len(candidates) > 2


def test_doing_without_unlabeled_rows_is_in_the_running_wherever_there_is_a_choice():
    for given in (("auto", 1.0, 2.0, None), (0.5, 1.0, "auto", None)):
        candidates = make_candidates(*given)
        used = {c.unlabeled_weight for c in candidates if c.alpha == 0.5}
        assert used == {0.0, 2.0 if given[2] == 2.0 else 1.0}
    assert make_candidates(0.0, 1.0, 1.0, None) == [Candidate(0.0)]


def test_the_choice_leaves_out_rows_without_a_loss():
    losses = np.array([[1.0, 0.5], [np.nan, np.nan], [1.0, 0.7]])
    both = [Candidate(0.0), Candidate(1.0)]
    choice = choose(both, compare(losses, np.array([1.0, 5.0, 3.0])))
    assert choice.best.alpha == 1.0
    np.testing.assert_allclose(choice.results["loss"], [1.0, (0.5 + 3 * 0.7) / 4])


SCATTER = np.resize([1.0, -1.0], 100)  # standard error 0.1005
LABELS, HALF, SOFT = Candidate(0.0), Candidate(0.5), Candidate(1.0)


def chosen(candidates, **losses):
    """Choose where all losses are 1 but those that are given by position."""
    matrix = np.ones((100, len(candidates)))
    for place, loss in losses.items():
        matrix[:, int(place[1:])] = loss
    return choose(candidates, compare(matrix)).best


def test_labels_stay_unless_a_mixture_is_clearly_better():
    for gain, best in ((0.09, LABELS), (0.11, SOFT)):
        assert chosen([LABELS, HALF, SOFT], c2=1.0 - gain + SCATTER) == best


def test_of_those_that_are_clearly_better_the_least_loss_decides():
    close = {"c1": 0.7 + SCATTER, "c2": 0.6 + SCATTER}
    assert chosen([LABELS, HALF, SOFT], **close) == SOFT
    # A lower loss that is known to less does not count.
    assert chosen([LABELS, HALF, SOFT], c1=0.7, c2=0.6 + 5 * SCATTER) == HALF


def test_unlabeled_rows_stay_unless_another_mixture_is_clearly_better():
    candidates = make_candidates("auto", "auto", "auto", None)
    safe = Candidate(0.5, 1.0, None, 1.0)
    assert chosen(candidates) == safe
    for n, candidate in enumerate(candidates):
        if candidate != safe:
            close = {f"c{n}": 0.91 + SCATTER}
            assert chosen(candidates, **close) == safe
            clear = {f"c{n}": 0.89 + SCATTER}
            assert chosen(candidates, **clear) == candidate


def test_unlabeled_rows_without_privileged_columns_are_not_in_the_running():
    candidates = make_candidates(
        "auto", "auto", "auto", None, privileged_unlabeled=False
    )
    assert not any(c.unlabeled_weight for c in candidates)
    assert safe_candidate(candidates) == 0


def test_rows_of_a_group_are_one_observation():
    # A gain in 12 of 20 groups is chance, however often each group is repeated.
    gains = np.repeat(np.r_[np.ones(12), -np.ones(8)], 50)
    losses = np.column_stack([np.ones(1000), 1.0 - gains])
    groups = np.repeat(np.arange(20), 50)
    assert choose([LABELS, SOFT], compare(losses)).best == SOFT
    grouped = choose([LABELS, SOFT], compare(losses, groups=groups))
    assert grouped.best == LABELS
    single = choose([LABELS, SOFT], compare(losses[::50]))
    for name in ("loss", "std_error"):
        np.testing.assert_allclose(grouped.results[name], single.results[name])


def test_groups_weigh_what_their_rows_weigh():
    losses = np.array([[1.0, 0.0], [1.0, 2.0], [1.0, 5.0], [np.nan, np.nan]])
    means, weight = average_groups(
        losses, np.array([1.0, 3.0, 2.0, 9.0]), np.array([0, 0, 1, 1])
    )
    np.testing.assert_allclose(means, [[1.0, 1.5], [1.0, 5.0]])
    np.testing.assert_allclose(weight, [4.0, 2.0])


def test_row_losses():
    p = np.array([[0.9, 0.1], [1.0, 0.0]])
    np.testing.assert_allclose(
        row_loss(p, np.array([0, 1]), "classification", 1e-3),
        -np.log([0.9, 1e-3]),
    )
    codes = row_loss(np.array([0, 1]), np.array([0, 0]), "classification", 1e-3)
    np.testing.assert_array_equal(codes, [0.0, 1.0])
    values = row_loss(np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]]), "regression", 0.1)
    np.testing.assert_array_equal(values, [2.5])


def test_unknown_rows_are_left_out_and_the_others_weighed():
    losses = np.array([[1.0, 0.5], [3.0, 2.0], [np.nan, 0.0], [9.0, 0.0]])
    means, errors = paired_means(losses, np.array([1.0, 3.0, 9.0, 0.0]))
    np.testing.assert_allclose(means, [2.5, 1.625])
    # Differences -.5 and -1 with weights 1 and 3 around their mean -.875.
    expected = np.sqrt(2) * np.hypot(0.25 * 0.375, 0.75 * 0.125)
    np.testing.assert_allclose(errors, [0.0, expected])


def compared(z, n=FEW, n_candidates=2):
    """A comparison whose second candidate is better by so many standard errors."""
    mean, covariance = np.zeros(n_candidates), np.zeros((n_candidates,) * 2)
    mean[1:], covariance[1:, 1:] = -z, np.eye(n_candidates - 1)
    return Comparison(mean, covariance, n)


@pytest.mark.parametrize(
    ("z", "n", "share", "settled"),
    [
        (9.0, FEW - 1, 0.4, (False, False)),  # too few rows
        (1.0, ENOUGH, 0.2, (True, True)),  # enough of them
        # 1.92 are needed of one mixture, 2.20 of two, and -1.02 of all.
        (2.3, FEW, 0.2, (True, True)),
        (2.0, FEW, 0.2, (True, False)),
        (1.8, FEW, 0.2, (False, False)),
        (-1.0, FEW, 0.2, (False, False)),
        (-1.1, FEW, 0.2, (True, True)),
        (9.0, FEW, 1.0, (False, False)),  # nothing is left to leave out
    ],
)
def test_a_choice_is_settled_where_more_rows_would_hardly_change_it(
    z, n, share, settled
):
    listed = [LABELS, SOFT], [LABELS, HALF, SOFT]
    for candidates, expected in zip(listed, settled, strict=True):
        comparison = compared(z, n, len(candidates))
        assert is_settled(candidates, comparison, share=share) is expected


@pytest.mark.parametrize("z", [-1.4, 0.0, 1.4, 3.5])
def test_a_settled_choice_is_that_of_all_rows(z):
    """For a gain of so many standard errors."""
    rng = np.random.default_rng(0)
    agree = []
    for _ in range(300):
        losses = np.zeros((5 * FEW, 2))
        losses[:, 1] = rng.normal(-z / np.sqrt(5 * FEW), 1.0, 5 * FEW)
        on_all = choose([LABELS, SOFT], compare(losses)).best
        for folds in range(1, 5):
            some = compare(losses[: folds * FEW])
            if is_settled(
                [LABELS, SOFT], replace(some, n_observations=FEW), share=folds / 5
            ):
                agree.append(choose([LABELS, SOFT], some).best == on_all)
                break
    assert len(agree) > 100
    assert np.mean(agree) > 0.9


@pytest.fixture(scope="module")
def many():
    """6,000 rows, where the privileged column decides: the first fold shows it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6_000, 3))
    noise = rng.normal(size=len(X))
    return X, (X[:, 0] + X[:, 1] + 3 * X[:, 2] + noise > 0).astype(int)


def counted(data, **params):
    """Fit where one fold shows that the teacher helps; list the teachers' rows."""
    fits = []

    class Counting(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            fits.append(len(y))
            return super().fit(X, y, sample_weight)

    model = DistilledClassifier(
        Counting(),
        DecisionTreeClassifier(random_state=0),
        student_features=REGULAR,
        alpha="auto",
        **params,
    ).fit(*data)
    return model, fits


def test_a_clear_choice_needs_no_more_folds(many):
    model, fits = counted(many)
    assert model.alpha_ == 1.0
    # Five fold teachers, and those that saw neither of two folds.
    assert len(fits) == 5 + 3
    with_scorer, fits = counted(many, scoring="neg_log_loss")
    assert with_scorer.alpha_ == 1.0
    assert len(fits) == 5 + 3


@pytest.mark.parametrize("n_jobs", [2, 16])
@pytest.mark.parametrize("scoring", [None, "roc_auc"])
def test_the_choice_does_not_depend_on_how_many_folds_run_at_a_time(
    many, n_jobs, scoring
):
    student = DecisionTreeClassifier(max_depth=4, random_state=0)
    model = DistilledClassifier(
        LogisticRegression(), student, alpha="auto", scoring=scoring
    )
    one = clone(model).fit(*many)
    with parallel_config("threading"):
        several = clone(model).set_params(n_jobs=n_jobs).fit(*many)
    for name, values in one.selection_results_.items():
        np.testing.assert_array_equal(several.selection_results_[name], values)


@pytest.mark.parametrize("scoring", [None, "roc_auc"])
@pytest.mark.parametrize("useful", [False, True])
def test_verbose_tells_what_is_ahead_and_by_how_much_a_mixture_is_better(
    capsys, privileged, scoring, useful
):
    student = DecisionTreeClassifier(random_state=0) if useful else LogisticRegression()
    teacher = LogisticRegression() if useful else DecisionTreeClassifier(max_depth=1)
    model = DistilledClassifier(
        teacher, student, alpha="auto", scoring=scoring, cv=4, verbose=1
    ).fit(*privileged)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(
        "fits ahead: teachers 4, students 1; for the choice among 3 mixtures at most 6 "
        "and 12 more"
    )
    # Four, and three that did not see the fold that is compared first.
    assert lines[1].startswith("[skdistill] teacher 1/7: ")
    assert lines[1].endswith(" s to go")
    (told,) = (line for line in lines if "chose" in line)
    assert f"chose alpha={model.alpha_} on 50 of 200 rows" in told
    best, other, difference = map(
        float,
        re.search(
            r"(?:loss|score) (\S+), \D+ (\S+) \(difference (\S+) ", told
        ).groups(),
    )
    losses = model.selection_results_["loss"]
    sign = 1.0 if scoring is None else -1.0
    assert best == pytest.approx(sign * losses[int(2 * model.alpha_)], abs=1e-4)
    assert other == pytest.approx(
        sign * (losses[0] if useful else min(losses[1:])), abs=1e-4
    )
    assert difference == pytest.approx(best - other, abs=2e-4)
    assert useful == (model.alpha_ > 0.0) == ("labels alone" in told)


def test_in_the_order_of_time_the_last_rows_decide(many):
    """The first fold has no soft targets, and the second few of them."""
    X, y = many
    model, fits = counted((X, y), cv=TimeSeriesSplit(3))
    assert model.alpha_ == 1.0
    # The three fold teachers, and those that saw nothing of the last fold: the same.
    assert len(fits) == 3
    labels = DecisionTreeClassifier(random_state=0).fit(
        X[:4_500][:, REGULAR], y[:4_500]
    )
    predicted = labels.predict_proba(X[4_500:][:, REGULAR])
    loss = row_loss(predicted, y[4_500:], "classification", Response().clip)
    assert model.selection_results_["loss"][0] == pytest.approx(loss.mean())


@pytest.mark.parametrize(
    "params",
    [
        {"objective": Response(correction="auto", calibrate="auto")},
        {"scoring": "neg_log_loss", "privileged_weight": "auto"},
        {"unlabeled_weight": "auto"},
    ],
    ids=lambda params: next(iter(params)),
)
@pytest.mark.parametrize("cv", [KFold(4), TimeSeriesSplit(4)], ids=["KFold", "time"])
def test_a_choice_is_that_without_the_rows_of_no_weight(privileged, params, cv):
    X, y = privileged
    weight = np.random.default_rng(0).choice([0.0, 0.5, 1.0], len(y))
    kept = np.flatnonzero(weight)
    splits = list(cv.split(X))
    given = {"X_unlabeled": X[:50] + 0.5} if "unlabeled_weight" in params else {}
    losses = []
    for rows in (np.arange(len(y)), kept):
        own = [
            tuple(np.flatnonzero(np.isin(rows, part)) for part in split)
            for split in splits
        ]
        model = DistilledClassifier(
            DecisionTreeClassifier(max_depth=3, random_state=0),
            LogisticRegression(C=0.3, tol=1e-9),
            student_features=REGULAR,
            alpha="auto",
            cv=own,
            **params,
        )
        model.fit(X[rows], y[rows], sample_weight=weight[rows], **given)
        results = model.selection_results_
        losses.append(np.append(results["loss"], results["std_error"]))
    np.testing.assert_allclose(*losses, atol=1e-6)
