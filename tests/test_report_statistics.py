"""Intervals, shares, rows' worth and thresholds behind the report."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from skdistill.report._data import Data
from skdistill.report._draws import draw_order
from skdistill.report._fidelity import divergence, reliability
from skdistill.report._statistics import (
    HELPED,
    HURT,
    NO_EVIDENCE,
    Interval,
    corrected_interval,
    ratio_interval,
    rows_worth,
)
from skdistill.report._tables import plain
from skdistill.report._threshold import best_threshold, tuned_macro_f1


def test_interval_is_that_of_nadeau_and_bengio():
    differences = np.array([0.01, 0.03, 0.02, -0.01, 0.02])
    interval = corrected_interval(differences, test_ratio=0.25)
    variance = (1 / 5 + 0.25) * differences.var(ddof=1)
    half = stats.t.ppf(0.975, 4) * np.sqrt(variance)
    assert interval.mean == pytest.approx(0.014)
    assert (interval.low, interval.high) == pytest.approx((0.014 - half, 0.014 + half))


def test_without_a_test_ratio_it_is_students_interval():
    differences = np.array([0.5, 1.0, 2.0, 4.0])
    low, high = stats.t.interval(
        0.9, 3, loc=differences.mean(), scale=stats.sem(differences)
    )
    interval = corrected_interval(differences, test_ratio=0.0, confidence=0.9)
    assert (interval.low, interval.high) == pytest.approx((low, high))


def test_the_interval_covers_where_the_usual_one_does_not():
    # Means over 10-fold cross-validation of the difference of two constant guesses;
    # the training parts share rows, so the fold differences are correlated.
    rng = np.random.RandomState(0)
    corrected = usual = 0
    n_runs, n_folds, n_rows = 300, 10, 40
    for _ in range(n_runs):
        y = rng.normal(size=n_rows)
        gains = []
        for rows in np.array_split(np.arange(n_rows), n_folds):
            train = np.setdiff1d(np.arange(n_rows), rows)
            gains.append(
                np.mean((y[rows] - 0.0) ** 2 - (y[rows] - y[train].mean()) ** 2)
            )
        truth = -1.0 / 36
        narrow, wide = (corrected_interval(gains, ratio) for ratio in (0.0, 1 / 9))
        usual += narrow.low <= truth <= narrow.high
        corrected += wide.low <= truth <= wide.high
    assert corrected > usual
    assert corrected / n_runs >= 0.95


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ([0.1, 0.11, 0.1], "helped"),
        ([-0.1, -0.11, -0.1], "hurt"),
        ([0.1, -0.1, 0.05], "no evidence either way"),
        ([0.0, 0.0, 0.0], "the same student"),
        ([0.1], "one fold gives no interval"),
        ([np.nan, 0.1], "one fold gives no interval"),
    ],
)
def test_verdict(differences, verdict):
    assert corrected_interval(differences, 0.25).verdict == verdict


def test_undefined_folds_are_left_out():
    with_nan = corrected_interval([0.1, np.nan, 0.2], 0.25)
    assert with_nan == corrected_interval([0.1, 0.2], 0.25)
    assert np.isnan(corrected_interval([np.nan], 0.25).mean)


def test_ratio_of_proportional_gains_is_exact():
    teacher = np.array([0.1, 0.12, 0.11, 0.09])
    share = ratio_interval(0.5 * teacher, teacher, 0.25)
    assert share.mean == pytest.approx(0.5)
    assert (share.low, share.high) == pytest.approx((0.5, 0.5), abs=1e-6)


def test_ratio_solves_fiellers_equation():
    top = np.array([0.02, 0.05, 0.04, 0.03, 0.06])
    bottom = np.array([0.10, 0.11, 0.14, 0.09, 0.12])
    share = ratio_interval(top, bottom, 0.25)
    for end in (share.low, share.high):
        # At an end, the gain that is left over just touches zero.
        rest = corrected_interval(top - end * bottom, 0.25)
        assert min(abs(rest.low), abs(rest.high)) == pytest.approx(0.0, abs=1e-12)


def test_ratio_has_no_interval_where_the_teachers_gain_may_be_zero():
    share = ratio_interval([0.1, 0.0, 0.1], [0.3, -0.2, 0.2], 0.25)
    assert share.mean == pytest.approx(2 / 3)
    assert np.isnan(share.low) and np.isnan(share.high)
    assert np.isnan(ratio_interval([0.1, 0.1], [-0.1, -0.2], 0.25).mean)


SIZES, CURVE = [100, 200, 400, 800], [0.5, 0.6, 0.7, 0.8]


@pytest.mark.parametrize(
    ("at", "gain", "worth"),
    [
        (100, 0.1, 200),
        (100, 0.05, 100 * np.sqrt(2)),
        (200, -0.1, 100),
        (400, 0.0, 400),
        (800, 0.01, np.inf),
        (100, -0.01, 0.0),
        (400, 0.05, 400 * np.sqrt(2)),
    ],
)
def test_rows_worth(at, gain, worth):
    assert rows_worth(SIZES, CURVE, at, gain) == pytest.approx(worth)


def test_rows_worth_on_a_flat_or_falling_curve_is_the_nearest_reading():
    assert rows_worth([100, 200, 400], [0.5, 0.5, 0.6], 100, 0.05) == pytest.approx(
        200 * np.sqrt(2)
    )
    # 0.6, 0.58 are made equal, so no size between them is worth more.
    assert rows_worth([100, 200, 400], [0.6, 0.58, 0.7], 100, 0.11) == pytest.approx(
        400
    )
    assert rows_worth([100, 200, 400], [0.5, 0.6, 0.6], 400, -0.05) == pytest.approx(
        100 * np.sqrt(2)
    )
    assert np.isnan(rows_worth(SIZES, CURVE, 100, np.nan))


def test_best_threshold_is_the_best_of_all():
    rng = np.random.RandomState(0)
    values = rng.uniform(size=200).round(2)
    positive = rng.uniform(size=200) < values**2
    weight = rng.uniform(0.5, 2.0, size=200)
    chosen = best_threshold(values, positive, weight)

    def macro_f1(threshold):
        return f1_score(
            positive,
            values >= threshold,
            average="macro",
            sample_weight=weight,
            zero_division=0.0,
        )

    best = max(macro_f1(threshold) for threshold in np.linspace(0, 1, 401))
    assert macro_f1(chosen) == pytest.approx(best)


def test_the_threshold_never_sees_the_test_rows_of_its_fold():
    rng = np.random.RandomState(0)
    positive = rng.uniform(size=90) < 0.3
    rows = np.arange(90)
    splits = [(rows[rows % 3 != i], rows[rows % 3 == i]) for i in range(3)]
    responses = [rng.uniform(size=30) for _ in range(3)]
    first = tuned_macro_f1(splits, responses, positive)
    flipped = positive.copy()
    flipped[splits[0][1]] = ~flipped[splits[0][1]]
    second = tuned_macro_f1(splits, responses, flipped)
    assert second[0][1] == first[0][1]
    assert second[0][0] != first[0][0]


def test_draws_begin_with_all_classes_in_proportion():
    y = np.repeat([0, 1], [90, 10])
    data = Data(np.zeros((100, 1)), y, np.array([0, 1]))
    order = draw_order(data, np.arange(100), np.random.RandomState(0))
    assert sorted(order) == list(range(100))
    for size in (20, 40, 60):
        assert abs(y[order[:size]].sum() - size / 10) <= 1


def test_divergence_is_zero_for_equal_predictions_and_known_otherwise():
    teacher = np.array([[0.5, 0.5], [1.0, 0.0]])
    np.testing.assert_allclose(divergence(teacher, teacher), 0.0, atol=1e-12)
    student = np.array([[0.25, 0.75], [0.5, 0.5]])
    expected = [0.5 * np.log(2) + 0.5 * np.log(2 / 3), np.log(2)]
    np.testing.assert_allclose(divergence(teacher, student), expected)
    assert np.isfinite(divergence(teacher, student[:, ::-1] * [0.0, 2.0])).all()


@pytest.mark.parametrize("n_classes", [2, 10])
def test_reliability_of_calibrated_probabilities_lies_on_the_diagonal(n_classes):
    rng = np.random.RandomState(0)
    p = rng.dirichlet(np.ones(n_classes), size=4000)
    y = np.array([rng.choice(n_classes, p=row) for row in p])
    bins = reliability({"distilled": p}, y, np.arange(n_classes))
    assert bins["rows"].sum() == 4000 and len(bins["rows"]) == 10
    np.testing.assert_allclose(bins["predicted"], bins["observed"], atol=0.08)


def test_plain_values_are_json():
    value = plain({"a": np.float64("nan"), 1: [np.int64(2), np.array([np.inf])]})
    assert value == {"a": None, "1": [2, ["Infinity"]]}


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (0.0, 0.2, NO_EVIDENCE),
        (1e-12, 0.2, HELPED),
        (-0.2, 0.0, NO_EVIDENCE),
        (-0.2, -1e-12, HURT),
    ],
)
def test_an_interval_that_ends_at_zero_is_no_evidence(low, high, says):
    assert Interval((low + high) / 2, low, high, n=5).verdict == says
