"""How sure a score of many rows is: blocks of rows are left out in turn."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.tree import DecisionTreeClassifier

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.selection._blocks import LEAST_ROWS, N_BLOCKS, jackknife, make_blocks
from skdistill.selection._comparison import paired_means


def test_blocks_hold_each_row_once_and_their_share_of_every_class():
    y = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [900, 70, 30]))
    blocks = make_blocks(y, None, len(y))
    np.testing.assert_array_equal(np.sort(np.concatenate(blocks)), np.arange(len(y)))
    counts = np.array([np.bincount(y[block]) for block in blocks])
    np.testing.assert_array_equal(counts, [[90, 7, 3]] * N_BLOCKS)


def test_the_only_row_of_a_class_and_rows_without_weight_are_never_left_out():
    y = np.repeat([0, 1, 2], [50, 49, 1])
    weight = np.ones(len(y))
    weight[:10] = 0.0
    blocks = np.concatenate(make_blocks(y, weight, len(y)))
    np.testing.assert_array_equal(np.sort(blocks), np.arange(10, 99))


def test_a_few_rows_make_no_blocks():
    assert make_blocks(None, None, 2 * LEAST_ROWS - 1) == []
    assert len(make_blocks(None, None, 2 * LEAST_ROWS)) == 2
    np.testing.assert_array_equal(jackknife(lambda rows: 3.0, 9, []), [3.0])


def test_the_spread_of_a_mean_is_that_of_its_blocks():
    values = np.random.default_rng(0).normal(size=1_000)
    blocks = make_blocks(None, None, len(values))
    observed = jackknife(lambda rows: values[rows].mean(), len(values), blocks)
    assert observed == pytest.approx([values[block].mean() for block in blocks])


def compared(metric, y, models):
    """Score models on the same rows: differences to the first, with standard errors."""
    blocks = make_blocks(y, None, len(y))

    def observed(values):
        return jackknife(lambda rows: metric(y[rows], values[rows]), len(y), blocks)

    return paired_means(np.stack([observed(m) for m in models], axis=1), None)


def test_a_block_that_a_score_needs_is_no_observation():
    def score(rows):
        return 0.7 if 0 in rows else np.nan

    observed = jackknife(score, 20, np.split(np.arange(20), 4))
    np.testing.assert_allclose(observed, [np.nan, 0.7, 0.7, 0.7])


@pytest.mark.parametrize("metric", [roc_auc_score, average_precision_score])
def test_standard_errors_of_differences_are_those_of_many_samples(metric):
    rng = np.random.default_rng(0)
    differences, std_errors = [], []
    for _ in range(200):
        y = rng.integers(2, size=400)
        good = y + rng.normal(size=400)
        worse = good + rng.normal(size=400)
        mean, std_error = compared(metric, y, [good, worse])
        assert mean == pytest.approx([metric(y, good), metric(y, worse)])
        differences.append(mean[1] - mean[0])
        std_errors.append(std_error[1])
    ratio = np.mean(np.square(std_errors)) / np.var(differences)
    assert 0.7 < ratio < 1.4


@pytest.fixture(scope="module")
def privileged():
    """6,000 rows in 60 groups, where the last column decides."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6_000, 3))
    y = (X[:, 0] + X[:, 1] + 3 * X[:, 2] + rng.normal(size=len(X)) > 0).astype(int)
    return X, y, np.arange(len(X)) // 100


def distilled(**params):
    return DistilledClassifier(
        LogisticRegression(),
        DecisionTreeClassifier(max_depth=8, random_state=0),
        student_features=[0, 1],
        alpha="auto",
        **params,
    )


def needs_whole_folds(estimator, X, y):
    if len(y) % 1_200:
        raise RuntimeError("a fold has 1,200 rows")
    return roc_auc_score(y, estimator.predict_proba(X)[:, 1])


def test_folds_are_observations_where_a_scorer_needs_whole_folds(privileged):
    X, y, _ = privileged
    model = distilled(scoring=needs_whole_folds).fit(X, y)
    assert len(model.fit_times_["teacher_folds"]) == 5 + 10


def test_groups_are_left_out_as_a_whole():
    groups = np.random.default_rng(0).integers(25, size=300)
    weight = (groups != 3).astype(float)
    blocks = make_blocks(None, weight, 300, groups)
    assert len(blocks) == N_BLOCKS
    held = [set(groups[block]) for block in blocks]
    assert {len(of_block) for of_block in held} == {2, 3}
    assert sorted(group for of_block in held for group in of_block) == sorted(
        set(range(25)) - {3}
    )
    assert sum(map(len, blocks)) == weight.sum()


def test_a_score_is_as_sure_as_the_groups_are_many(privileged):
    """However often each row of a group is repeated."""
    X, y, _ = privileged
    X, y, groups = X[:1_200], y[:1_200], np.arange(1_200) % 60
    cv = GroupKFold(5)
    one = distilled(scoring="accuracy", cv=cv).fit(X, y, groups=groups)
    assert len(one.fit_times_["teacher_folds"]) == 5 + 6
    many = [np.repeat(values, 20, axis=0) for values in (X, y, groups)]
    several = distilled(scoring="accuracy", cv=cv).fit(*many[:2], groups=many[2])
    # 48 groups each, and 960 or 19,200 rows of them: no part is left out.
    assert len(several.fit_times_["teacher_folds"]) == 5 + 6
    ratio = (
        several.selection_results_["std_error"][1:]
        / one.selection_results_["std_error"][1:]
    )
    assert (ratio > 0.5).all()
    assert (ratio < 2.0).all()


def test_rows_without_weight_leave_the_blocks_as_they_would_be_without_them():
    rng = np.random.default_rng(0)
    y, weight = rng.integers(2, size=200), (rng.random(200) < 0.7).astype(float)
    kept = np.flatnonzero(weight)
    for given, expected in zip(
        make_blocks(y, weight, len(y)),
        make_blocks(y[kept], None, len(kept)),
        strict=True,
    ):
        np.testing.assert_array_equal(given, kept[expected])


@pytest.mark.parametrize("action", ["error", "always"])
def test_a_scorer_is_tried_without_warnings_of_what_is_tried(action):
    """Precision is not defined for the one class that the dummy predicts."""
    X = np.random.default_rng(0).normal(size=(200, 2))
    model = DistilledClassifier(
        LogisticRegression(), alpha="auto", scoring="precision", cv=3
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action)
        model.fit(X, (X[:, 0] > 0).astype(int))
    assert not caught
    assert (model.selection_results_["loss"] < -0.8).all()


def test_an_error_of_a_scorer_says_that_it_is_one():
    X = np.random.default_rng(0).normal(size=(100, 2))
    model = DistilledRegressor(
        Ridge(), alpha="auto", scoring="neg_mean_poisson_deviance"
    )
    with pytest.raises(ValueError, match="strictly positive y_pred") as caught:
        model.fit(X, np.maximum(X[:, 0], 0.0))
    assert "Raised by scoring" in " ".join(caught.value.__notes__)
