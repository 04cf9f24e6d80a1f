"""Intervals for paired differences over overlapping folds, and what follows from them.

Training parts of cross-validation overlap, so fold differences are correlated and the
usual t-interval is far too narrow. Nadeau and Bengio (2003) widen it by the ratio of
test to training rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student_t
from sklearn.isotonic import IsotonicRegression

HELPED = "helped"
HURT = "hurt"
NO_EVIDENCE = "no evidence either way"
SAME = "the same student"
ONE_FOLD = "one fold gives no interval"


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its interval.

    Attributes
    ----------
    mean, low, high : float
        NaN ends where there is no interval.
    n : int
        Folds it rests on.
    """

    mean: float
    low: float
    high: float
    n: int

    def named(self, name: str) -> dict[str, float]:
        """Return the columns of a table that hold the interval."""
        return {name: self.mean, f"{name}_low": self.low, f"{name}_high": self.high}

    @property
    def verdict(self) -> str:
        """What the interval says of a gain, in words."""
        if self.n < 2:
            return ONE_FOLD
        if self.mean == self.low == self.high == 0.0:
            return SAME
        if self.low > 0.0:
            return HELPED
        if self.high < 0.0:
            return HURT
        return NO_EVIDENCE


def corrected_interval(
    differences: ArrayLike, test_ratio: float, confidence: float = 0.95
) -> Interval:
    """Mean of paired fold differences with the corrected resampled t-interval.

    Parameters
    ----------
    differences : array-like of shape (n_folds,)
        One difference a fold; NaN where a score is undefined.
    test_ratio : float
        Test rows divided by training rows of a fold.
    confidence : float, default=0.95
        Level of the interval.

    Returns
    -------
    Interval

    References
    ----------
    C. Nadeau, Y. Bengio, "Inference for the generalization error", Machine Learning
    52:239-281, 2003.
    """
    values = np.asarray(differences, dtype=np.float64)
    values = values[np.isfinite(values)]
    n = len(values)
    if n == 0:
        return Interval(np.nan, np.nan, np.nan, 0)
    mean = float(values.mean())
    if n == 1:
        return Interval(mean, np.nan, np.nan, 1)
    half = _quantile(n, confidence) * values.std(ddof=1) * _inflation(n, test_ratio)
    return Interval(mean, float(mean - half), float(mean + half), n)


def ratio_interval(
    numerators: ArrayLike,
    denominators: ArrayLike,
    test_ratio: float,
    confidence: float = 0.95,
) -> Interval:
    """Ratio of two means over the same folds, with Fieller's interval.

    Parameters
    ----------
    numerators, denominators : array-like of shape (n_folds,)
        Paired by fold, such as the gain of the student and that of the teacher.
    test_ratio, confidence : float
        As for `corrected_interval`.

    Returns
    -------
    Interval
        NaN mean where the mean denominator is not above 0; NaN ends where it is not
        distinguishable from 0, as the interval is then unbounded.
    """
    pairs = np.column_stack([numerators, denominators]).astype(np.float64)
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    n = len(pairs)
    top, bottom = pairs.mean(axis=0) if n else (np.nan, np.nan)
    if not bottom > 0.0:
        return Interval(np.nan, np.nan, np.nan, n)
    ratio = float(top / bottom)
    if n < 2:
        return Interval(ratio, np.nan, np.nan, n)
    scale = (_quantile(n, confidence) * _inflation(n, test_ratio)) ** 2
    (v_top, v_both), (_, v_bottom) = scale * np.cov(pairs.T)
    square = bottom**2 - v_bottom
    middle = top * bottom - v_both
    root = middle**2 - square * (top**2 - v_top)
    if square <= 0.0 or root < 0.0:
        return Interval(ratio, np.nan, np.nan, n)
    low, high = ((middle + end * np.sqrt(root)) / square for end in (-1.0, 1.0))
    return Interval(ratio, float(low), float(high), n)


def rows_worth(sizes: ArrayLike, baseline: ArrayLike, at: float, gain: float) -> float:
    """How many rows lift the baseline by as much as `gain` does at `at` rows.

    The baseline's curve is made monotone, and read on a logarithmic axis of rows.
    Where it is flat, the reading nearest to `at` is taken.

    Parameters
    ----------
    sizes : array-like of shape (n_sizes,)
        Training rows, increasing.
    baseline : array-like of shape (n_sizes,)
        Mean score of the baseline at these sizes; greater is better.
    at : float
        One of `sizes`.
    gain : float
        Score above the baseline's at `at`.

    Returns
    -------
    float
        Rows; infinity beyond the largest size, 0 below the smallest, NaN for a NaN
        gain.

    Examples
    --------
    >>> from skdistill.report._statistics import rows_worth
    >>> round(rows_worth([100, 200, 400], [0.60, 0.65, 0.70], at=100, gain=0.05))
    200
    """
    if np.isnan(gain):
        return np.nan
    if gain == 0.0:
        return float(at)
    log_sizes = np.log(np.asarray(sizes, dtype=np.float64))
    curve = IsotonicRegression().fit_transform(log_sizes, baseline)
    start = float(np.interp(np.log(at), log_sizes, curve))
    target = start + gain
    if target > curve[-1]:
        return np.inf
    if target < curve[0]:
        return 0.0
    if gain > 0.0:
        upper = max(int(np.argmax(curve >= target)), 1)
    else:
        upper = len(curve) - max(int(np.argmax(curve[::-1] <= target)), 1)
    rise = curve[upper] - curve[upper - 1]
    part = (target - curve[upper - 1]) / rise if rise > 0.0 else 1.0
    step = log_sizes[upper] - log_sizes[upper - 1]
    return float(np.exp(log_sizes[upper - 1] + part * step))


def _quantile(n: int, confidence: float) -> float:
    return float(student_t.ppf(0.5 + confidence / 2.0, n - 1))


def _inflation(n: int, test_ratio: float) -> float:
    return float(np.sqrt(1.0 / n + test_ratio))
