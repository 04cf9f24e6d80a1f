"""Teachers that are too sure of themselves."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import Ridge
from sklearn.metrics import log_loss

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.input._responses import temper
from skdistill.objectives import Response
from skdistill.objectives._calibration import calibrate, fit_temperature


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


def test_regressors_are_refused():
    X, y = make_classification(random_state=0)
    model = DistilledRegressor(Ridge(), objective=Response(calibrate=True))
    with pytest.raises(ValueError, match="calibrate of Response"):
        model.fit(X, y.astype(float))
