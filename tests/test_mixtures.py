"""Mixtures by hand: of two teachers, and of a teacher and labels."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdistill.input._responses import temper
from skdistill.objectives import Response
from skdistill.objectives._calibration import calibrate
from skdistill.offline._targets import mix_teachers
from skdistill.offline._teachers import TeacherPredictions
from skdistill.teachers._teacher import OutOfFold

NAN = np.nan


def out_of_fold(*values, representations=()):
    values = np.array(values)
    return OutOfFold(values, np.isfinite(values), representations=representations)


class TestOfTwoTeachers:
    """The regular teacher alone predicts the last row, which has no label."""

    told = (np.ones(3),)
    privileged = out_of_fold(0.2, 0.4, NAN, representations=told)
    regular = out_of_fold(1.0, NAN, 3.0, 4.0)

    @pytest.mark.parametrize(
        ("share", "expected"),
        [
            (1.0, [0.2, 0.4, NAN, 4.0]),
            (0.25, [0.8, NAN, NAN, 4.0]),
            (0.0, [1.0, NAN, 3.0, 4.0]),
        ],
    )
    def test_rows_are_known_where_all_that_have_a_share_predict(self, share, expected):
        both = TeacherPredictions([None, self.privileged], [None, self.regular])
        mixed = mix_teachers(both, 1, share)
        assert_allclose(mixed.values, expected)
        assert_array_equal(mixed.covered, np.isfinite(expected))
        assert mixed.representations == (self.told if share else ())
        assert_array_equal(self.regular.values, [1.0, NAN, 3.0, 4.0])

    def test_one_teacher_is_not_mixed(self):
        alone = [self.privileged]
        assert mix_teachers(TeacherPredictions(alone, None), 0, 0.5) is alone[0]
        assert mix_teachers(TeacherPredictions(None, alone), 0, 0.5) is alone[0]
        assert mix_teachers(TeacherPredictions(None, None), 0, 0.5) is None
        both = TeacherPredictions(alone, [out_of_fold(1.0, 2.0, 3.0)])
        assert mix_teachers(both, 0, 1.0) is alone[0]


class TestOfTeacherAndLabels:
    """Rows: predicted, not predicted, and without a label."""

    classes = np.array(["a", "b"])
    codes = np.array([0, 1, 0])
    labeled = np.array([True, True, False])
    soft = np.array([[0.6, 0.4], [NAN, NAN], [0.1, 0.9]])

    def task(self, alpha=0.5, objective=None, responses=soft, **given):
        objective = objective or Response()
        loss = objective.loss("classification", alpha, 2)
        return objective.task(loss, responses, self.codes, self.classes, **given)

    def test_a_row_without_prediction_has_its_label_one_without_label_the_other(self):
        task = self.task(labeled=self.labeled)
        assert_allclose(task.targets, [[0.8, 0.2], [0.0, 1.0], [0.1, 0.9]])
        assert_allclose(task.responses, [[0.6, 0.4], [0.0, 1.0], [0.1, 0.9]])
        assert_array_equal(task.alphas, [0.5, 0.0, 1.0])
        assert_array_equal(task.labels, [0, 1, 1])  # The last one is a guess.
        assert_array_equal(self.codes, [0, 1, 0])

    def test_where_all_rows_are_alike_there_is_one_alpha(self):
        assert self.task(responses=self.soft[[0, 2, 2]]).alphas is None
        assert_array_equal(self.task().alphas, [0.5, 0.0, 0.5])

    def test_labels_alone(self):
        task = self.task(alpha=0.0, responses=None)
        assert_array_equal(task.targets, np.eye(2)[self.codes])
        assert_array_equal(task.responses, task.targets)

    def test_a_correction_moves_rows_with_both_towards_their_label(self):
        # The error of row 0 is (.4^2 + .4^2) / 2 = .16: half of the way at c = .16.
        task = self.task(alpha=1.0, labeled=self.labeled, correction=0.16)
        assert_allclose(task.responses, [[0.8, 0.2], [0.0, 1.0], [0.1, 0.9]])
        assert_allclose(task.targets, task.responses)

    def test_values(self):
        loss = Response().loss("regression", 0.25, 1)
        y, labeled = np.array([-4.0, 2.0, 0.0]), self.labeled
        task = Response().task(loss, np.array([0.0, NAN, 8.0]), y, labeled=labeled)
        assert_allclose(task.targets, [-3.0, 2.0, 8.0])
        assert_allclose(task.labels, [-4.0, 2.0, 8.0])

    def test_the_range_is_that_of_the_labels(self):
        loss = Response().loss("regression", 1.0, 1)
        y, labeled = np.array([1.0, 0.0, -9.0]), self.labeled
        task = Response().task(loss, np.array([-1.0, 0.5, -1.0]), y, labeled=labeled)
        assert_allclose(task.targets, [0.0, 0.5, 0.0])

    def test_only_rows_with_both_are_calibrated(self):
        rng = np.random.default_rng(0)
        codes, labeled = rng.integers(0, 2, 60), np.arange(60) < 40
        soft = temper(rng.dirichlet([1.0, 1.0], 60), 0.3)
        soft[:10] = NAN
        objective = Response(calibrate=True)
        loss = objective.loss("classification", 1.0, 2)
        weight = rng.uniform(size=60)
        for marks in (labeled, None):
            task = objective.task(
                loss, soft, codes, self.classes, weight, labeled=marks
            )
            last = 60 if marks is None else 40
            rows = np.arange(10, last)
            expected = calibrate(soft, codes, rows, weight, clip=loss.clip)
            assert_allclose(task.responses[10:], expected[10:])
            assert_allclose(task.responses[last:], soft[last:])


class TestCalibration:
    rng = np.random.default_rng(0)
    soft = temper(rng.dirichlet(np.ones(3), 60), 0.3)
    codes = np.arange(60) % 3
    rows = np.arange(60)

    def test_rows_without_weight_count_for_nothing(self):
        weight = np.where(self.rows < 40, 1.0, 0.0)
        before = calibrate(self.soft, self.codes, self.rows, weight)
        other = np.where(self.rows < 40, self.codes, 0)
        assert_array_equal(before, calibrate(self.soft, other, self.rows, weight))

    def test_only_proportions_of_weights_count(self):
        about = (self.soft, self.codes, self.rows)
        plain = calibrate(*about)
        assert_allclose(calibrate(*about, np.full(60, 3.0)), plain, rtol=1e-4)
        certain = self.soft.argmax(axis=1) == self.codes
        weighed = calibrate(*about, np.where(certain, 9.0, 1.0))
        # Rows that the teacher got right call for a lower temperature.
        assert (weighed.max(axis=1) > plain.max(axis=1)).all()

    def test_what_is_impossible_is_possible_from_the_clip_on(self):
        soft = self.soft.copy()
        soft[0] = [1.0, 0.0, 0.0]
        found = calibrate(soft, self.codes, self.rows, clip=0.01)[0]
        assert found[1] == found[2] > 0.0
        assert found.sum() == pytest.approx(1.0)

    def test_without_others_a_row_stays_as_it_is(self):
        for weight in (None, np.array([1.0, 0.0])):
            rows = np.arange(1 if weight is None else 2)
            found = calibrate(self.soft[:2], self.codes[:2], rows, weight)
            assert_array_equal(found[0], self.soft[0])
