"""Teachers that are too sure of themselves."""

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_friedman1
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    SelfDistilledClassifier,
)
from skdistill.datasets import make_lopez_paz
from skdistill.input._responses import temper
from skdistill.objectives import Response
from skdistill.objectives._calibration import (
    calibrate,
    calibrate_values,
    fit_temperature,
)
from skdistill.report import distillation_report


def soft_and_labels(n_samples=4000, n_classes=3):
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(n_classes), n_samples)
    codes = (rng.random(n_samples)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    return p, codes


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_the_temperature_that_was_taken_off_is_found(temperature):
    p, codes = soft_and_labels()
    too_sure = temper(p, 1.0 / temperature)
    assert fit_temperature(too_sure, codes) == pytest.approx(temperature, rel=0.1)


def test_no_row_s_label_reaches_its_own_probabilities():
    p, codes = soft_and_labels(200)
    too_sure, rows = temper(p, 0.3), np.arange(200)
    before = calibrate(too_sure, codes, rows)
    for row in range(0, 200, 17):
        flipped = codes.copy()
        flipped[row] = (codes[row] + 1) % 3
        after = calibrate(too_sure, flipped, rows)
        np.testing.assert_array_equal(after[row], before[row])
        assert (after != before).any()


def test_rows_without_weight_change_nothing_for_the_others():
    p, codes = soft_and_labels(200)
    weight = np.random.default_rng(0).choice([0.0, 0.5, 1.0], 200)
    kept = np.flatnonzero(weight)
    for fitted, labels in ((calibrate, codes), (calibrate_values, p)):
        given = fitted(temper(p, 0.3), labels, np.arange(200), weight)
        alone = temper(p[kept], 0.3), labels[kept], np.arange(len(kept)), weight[kept]
        np.testing.assert_allclose(given[kept], fitted(*alone))


def test_rows_without_a_label_stay_as_they_are():
    p, codes = soft_and_labels(100)
    rows = np.arange(0, 100, 2)
    calibrated = calibrate(temper(p, 0.3), codes, rows)
    np.testing.assert_array_equal(calibrated[1::2], temper(p, 0.3)[1::2])
    assert (calibrated[::2] != temper(p, 0.3)[::2]).any()


def test_a_flexible_student_of_an_overfit_teacher_gains():
    X, y = make_classification(1200, 6, n_informative=4, flip_y=0.3, random_state=0)
    teacher = HistGradientBoostingClassifier(max_iter=200, min_samples_leaf=5)
    student = HistGradientBoostingClassifier(max_iter=60)
    losses = {}
    for calibrated in (False, True):
        model = DistilledClassifier(
            teacher, student, alpha=1.0, objective=Response(calibrate=calibrated)
        ).fit(X[:400], y[:400])
        losses[calibrated] = log_loss(y[400:], model.predict_proba(X[400:]))
    assert losses[True] < losses[False] - 0.05


class TestRegression:
    rng = np.random.default_rng(0)
    y = rng.normal(size=(200, 2))
    rows = np.arange(200)

    @pytest.mark.parametrize("outputs", [0, slice(None)])
    def test_the_line_that_was_put_on_is_taken_off(self, outputs):
        y = self.y[:, outputs]
        found = calibrate_values(3.0 + np.array([2.0, 0.5])[outputs] * y, y, self.rows)
        np.testing.assert_allclose(found, y)

    def test_noise_is_scaled_towards_the_mean(self):
        y, noise = self.y.T
        found = calibrate_values(y + noise, y, self.rows)
        assert np.std(found) == pytest.approx(0.5 * np.std(y + noise), rel=0.2)
        assert np.mean((found - y) ** 2) < 0.7 * np.mean(noise**2)

    def test_a_teacher_that_is_worse_than_the_mean_becomes_it(self):
        y = self.y[:, 0]
        found = calibrate_values(-y, y, self.rows)
        for part in range(5):
            others = self.rows % 5 != part
            np.testing.assert_allclose(found[~others], y[others].mean())
        assert np.isfinite(calibrate_values(np.ones(200), y, self.rows)).all()

    def test_no_row_s_label_reaches_its_own_value(self):
        y, predicted = self.y.T
        before = calibrate_values(predicted, y, self.rows)
        for row in range(0, 200, 17):
            other = y.copy()
            other[row] += 9.0
            after = calibrate_values(predicted, other, self.rows)
            assert after[row] == before[row]
            assert (after != before).any()

    def test_rows_without_label_or_weight_have_no_part_in_it(self):
        y, predicted = self.y.T
        loss = Response().loss("regression", 1.0, 1)
        labeled, weight = self.rows < 150, np.where(self.rows < 100, 1.0, 0.0)
        values = predicted.copy()
        values[140:150] = np.nan
        task = Response(calibrate=True).task(
            loss, values, y, sample_weight=weight, labeled=labeled
        )
        np.testing.assert_array_equal(task.responses[150:], predicted[150:])
        np.testing.assert_array_equal(task.responses[140:150], y[140:150])
        other = np.where((self.rows < 100) | (self.rows >= 140), y, 7.0)
        again = Response(calibrate=True).task(
            loss, values, other, sample_weight=weight, labeled=labeled
        )
        np.testing.assert_array_equal(task.responses, again.responses)

    def test_the_range_of_the_labels_is_kept(self):
        y = np.abs(self.y[:, 0])
        predicted = np.where(self.rows % 20, y - 0.2, -9.0)
        loss = Response().loss("regression", 1.0, 1)
        assert Response(calibrate=True).task(loss, predicted, y).targets.min() >= 0.0

    @pytest.mark.parametrize(
        ("student", "gains"),
        [(DecisionTreeRegressor(random_state=0), True), (Ridge(), False)],
        ids=["keeps the noise", "averages it out"],
    )
    def test_auto_sees_which_student_gains(self, student, gains):
        X, y = make_friedman1(700, noise=4.0, random_state=0)
        models = {
            given: DistilledRegressor(
                KNeighborsRegressor(1),
                student,
                alpha=alpha,
                objective=Response(calibrate=given),
            ).fit(X[:300], y[:300])
            for given, alpha in ((False, 1.0), (True, 1.0), ("auto", "auto"))
        }
        score = {given: m.score(X[300:], y[300:]) for given, m in models.items()}
        assert (score[True] > score[False] + 0.1) == gains
        assert (score[True] < score[False] - 0.1) != gains
        assert models["auto"].calibrated_ == gains
        assert score["auto"] > max(score[False], score[True])


def sure_teacher(**params):
    return HistGradientBoostingClassifier(max_iter=100, random_state=0, **params)


class TestAuto:
    X, y = make_classification(500, 6, n_informative=4, flip_y=0.3, random_state=0)
    booster = HistGradientBoostingClassifier(max_iter=60, random_state=0)

    def fit(self, teacher, student, calibrate="auto", alpha="auto"):
        objective = Response(calibrate=calibrate)
        return DistilledClassifier(
            teacher, student, alpha=alpha, objective=objective, random_state=0
        ).fit(self.X, self.y)

    def test_both_are_in_the_running_beside_labels(self):
        model = self.fit(LogisticRegression(), LogisticRegression())
        results = model.selection_results_
        assert results["alpha"].tolist() == [0.0, 0.5, 0.5, 1.0, 1.0]
        assert results["calibrated"].tolist() == [0.0, 0.0, 1.0, 0.0, 1.0]
        chosen = (results["alpha"] == model.alpha_) & (
            results["calibrated"] == model.calibrated_
        )
        assert chosen.sum() == 1

    def test_a_flexible_student_of_an_overfit_teacher_chooses_it(self):
        model = self.fit(sure_teacher(min_samples_leaf=5), self.booster)
        assert model.calibrated_ and model.objective.calibrate == "auto"
        given = True, model.alpha_
        told = self.fit(sure_teacher(min_samples_leaf=5), self.booster, *given)
        assert told.calibrated_
        np.testing.assert_array_equal(
            model.predict_proba(self.X), told.predict_proba(self.X)
        )

    def test_a_student_that_averages_by_itself_can_do_without(self):
        """The predictions alone would not tell: they fit better once calibrated."""
        made = make_lopez_paz("relevant_features", 400, random_state=0)
        model = DistilledClassifier(
            sure_teacher(),
            LogisticRegression(),
            teacher_features=made.privileged_features,
            student_features=made.regular_features,
            alpha="auto",
            objective=Response(calibrate="auto"),
            store_teacher=True,
            random_state=0,
        ).fit(made.data, made.target)
        assert model.alpha_ > 0.0 and not model.calibrated_
        raw, codes = model.teacher_predictions_, made.target
        calibrated = calibrate(raw, codes, np.arange(400))
        assert log_loss(codes, calibrated) < log_loss(codes, raw.clip(1e-3, 1 - 1e-3))

    @pytest.mark.parametrize("alpha", [0.0, 0.5])
    def test_where_alpha_is_given_labels_are_in_the_running_too(self, alpha):
        model = self.fit(sure_teacher(), LogisticRegression(), alpha=alpha)
        compared = model.selection_results_.get("alpha", np.array([]))
        assert compared.tolist() == ([0.0, 0.5, 0.5] if alpha else [])

    def test_a_search_over_it_trains_no_teacher_again(self, tmp_path, every_part):
        teacher = sure_teacher()
        counts = []
        for choice in (False, "auto"):
            model = DistilledClassifier(
                teacher, LogisticRegression(), alpha="auto", memory=tmp_path,
                objective=Response(calibrate=choice), random_state=0,
            ).fit(self.X, self.y)  # fmt: skip
            counts.append(len(list(tmp_path.rglob("output.pkl"))))
        assert counts[0] == counts[1] > 0
        assert set(model.selection_results_["calibrated"]) == {0.0, 1.0}

    @pytest.mark.filterwarnings("ignore:The teacher of DistilledClassifier is frozen")
    @pytest.mark.parametrize("frozen", [False, True])
    def test_labels_of_a_validation_fold_reach_no_target(self, every_part, frozen):
        """Whether the teacher saw them or not, and whatever they decide."""
        teacher = sure_teacher(min_samples_leaf=5)
        if frozen:
            teacher = FrozenEstimator(teacher.fit(self.X[:300], self.y[:300]))
        seen = []

        class Student(LogisticRegression):
            def fit(self, X, y, sample_weight=None):
                seen.append((X[:, 0], y, sample_weight))
                return super().fit(X, y, sample_weight)

        def targets_of_first_fold(y):
            seen.clear()
            DistilledClassifier(
                teacher, Student(), alpha="auto", cv=KFold(3), random_state=0,
                objective=Response(calibrate="auto"),
            ).fit(self.X, y)  # fmt: skip
            first = set(self.X[:167, 0])
            return [fit for fit in seen if first.isdisjoint(fit[0])]

        before = targets_of_first_fold(self.y)
        flipped = self.y.copy()
        flipped[:167] = 1 - flipped[:167]
        after = targets_of_first_fold(flipped)
        assert len(before) == len(after) >= 3
        for one, other in zip(before, after, strict=True):
            for of_one, of_other in zip(one, other, strict=True):
                np.testing.assert_array_equal(of_one, of_other)

    @pytest.mark.parametrize("calibrate", ["always", 2, None])
    def test_other_values_are_refused(self, calibrate):
        with pytest.raises(ValueError, match="calibrate of Response must be one of"):
            self.fit(LogisticRegression(), LogisticRegression(), calibrate)

    def test_who_makes_no_choice_refuses_it(self):
        model = SelfDistilledClassifier(
            sure_teacher(), objective=Response(calibrate="auto")
        )
        with pytest.raises(ValueError, match="calibrate of the objective of Self"):
            model.fit(self.X, self.y)

    def test_the_report_tells(self):
        model = DistilledClassifier(
            sure_teacher(min_samples_leaf=5),
            self.booster,
            alpha=1.0,
            objective=Response(calibrate=True),
        )
        report = distillation_report(model, self.X, self.y, cv=2, random_state=0)
        assert report.info["chosen"]["calibrated"] == [1.0, 1.0]
        assert "on calibrated soft targets" in " ".join(str(report).split())
