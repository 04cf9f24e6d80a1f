"""Splits: positions, groups, time, and test parts that overlap."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
    cross_validate,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledClassifier,
    SelfDistilledClassifier,
    distillation_report,
)
from skdistill.input._splits import first_partition, make_splits, parts_to_compare_on

X, y = make_classification(120, 5, random_state=0)
groups = np.repeat(np.arange(24), 5)
MANY = np.arange(1_000)
line, tree = LogisticRegression(), DecisionTreeClassifier(max_depth=2, random_state=0)


def splits_of(cv, classifier=True, **params):
    return make_splits(
        cv, X, y, classifier=classifier, name="cv", owner="A", params=params
    )


class TestPositions:
    def test_negative_ones_count_from_the_end(self):
        (split,) = splits_of([(np.arange(60), np.arange(-60, 0))])
        np.testing.assert_array_equal(split[1], np.arange(60, 120))

    def test_a_row_in_both_parts_is_found_under_either_name(self):
        with pytest.raises(ValueError, match="1 rows in both train and test"):
            splits_of([(np.arange(60), np.array([-120, 70]))])
        with pytest.raises(ValueError, match="1 rows in both train and test"):
            DistilledClassifier(tree, line, cv=[(np.arange(60), [-61, 70])]).fit(X, y)

    @pytest.mark.parametrize(
        ("part", "words"),
        [
            ([200], "names row 200, and X has 120 rows"),
            ([-121], "names row -121"),
            ([30.9], "must be row numbers"),
            (["a"], "must be row numbers"),
            (7, "must be row numbers"),
            ([True, False], "masks of 120 rows"),
        ],
    )
    @pytest.mark.parametrize("parameter", ["cv", "student_cv"])
    def test_others_are_refused(self, part, words, parameter):
        model = DistilledClassifier(tree, line)
        model.set_params(**{parameter: [(np.arange(50), part)]})
        with pytest.raises(ValueError, match=words):
            model.fit(X, y)

    @pytest.mark.parametrize("split", [([], [0]), ([0], [])])
    def test_a_part_without_rows_is_named(self, split):
        with pytest.raises(ValueError, match="Split 0 of cv of A has an empty train"):
            splits_of([split])

    def test_masks_are_taken(self):
        mask = np.arange(120) < 60
        (split,) = splits_of([(mask, ~mask)])
        np.testing.assert_array_equal(split[0], np.arange(60))


class TestGroups:
    @pytest.mark.parametrize(
        ("cv", "classifier", "expected"),
        [
            (None, True, StratifiedGroupKFold(5)),
            (3, True, StratifiedGroupKFold(3)),
            (None, False, GroupKFold(5)),
            (np.int64(3), False, GroupKFold(3)),
        ],
    )
    def test_a_number_of_folds_leaves_out_whole_groups(self, cv, classifier, expected):
        found = splits_of(cv, classifier, groups=groups)
        for (train, test), (_, also) in zip(
            found, expected.split(X, y, groups), strict=True
        ):
            np.testing.assert_array_equal(test, also)
            assert not set(groups[train]) & set(groups[test])

    @pytest.mark.parametrize("routing", [False, True])
    def test_no_soft_target_comes_from_a_teacher_of_the_same_group(self, routing):
        # One point a group, labels by group at random: who has seen the group knows it.
        groups = np.arange(120) % 24
        points = groups[:, None] * 10.0
        labels = (np.random.default_rng(0).permutation(24) % 2)[groups]
        model = DistilledClassifier(
            KNeighborsClassifier(1), tree, store_teacher=True, random_state=0
        )
        with config_context(enable_metadata_routing=routing):
            model.fit(points, labels, groups=groups)
        own = model.teacher_predictions_[np.arange(120), labels]
        assert own.mean() < 0.8
        assert (
            model.fit(points, labels)
            .teacher_predictions_[np.arange(120), labels]
            .mean()
            > 0.99
        )

    @pytest.mark.parametrize(
        ("model", "splitters"),
        [
            (
                DistilledClassifier(tree, line, alpha="auto"),
                {"cv": StratifiedGroupKFold(5)},
            ),
            (
                DistilledClassifier(tree, line, student_cv=3),
                {"cv": StratifiedGroupKFold(5), "student_cv": StratifiedGroupKFold(3)},
            ),
            (DistilledRegressor(Ridge(), Ridge(), cv=3), {"cv": GroupKFold(3)}),
            (
                SelfDistilledClassifier(tree, n_generations=1),
                {"cv": StratifiedGroupKFold(5)},
            ),
            (
                MutualDistilledClassifier([("a", tree), ("b", line)], n_rounds=2, cv=3),
                {"cv": StratifiedGroupKFold(3)},
            ),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_every_estimator_splits_by_them(self, model, splitters):
        def predicted(model, **params):
            fitted = model.fit(X, y, **params)
            return getattr(fitted, "predict_proba", fitted.predict)(X)

        splits = {
            name: list(splitter.split(X, y, groups))
            for name, splitter in splitters.items()
        }
        expected = predicted(clone(model).set_params(**splits))
        np.testing.assert_array_equal(predicted(model, groups=groups), expected)
        with config_context(enable_metadata_routing=True):
            np.testing.assert_array_equal(predicted(model, groups=groups), expected)

    def test_under_cross_validation_with_routing(self):
        with config_context(enable_metadata_routing=True):
            scores = cross_validate(
                DistilledClassifier(tree, line, cv=3),
                X,
                y,
                cv=GroupKFold(3),
                params={"groups": groups},
                error_score="raise",
            )
        assert len(scores["test_score"]) == 3

    def test_the_report_finds_that_the_default_keeps_groups_apart(self):
        report = distillation_report(
            DistilledClassifier(tree, line), X, y, groups=groups, cv=2
        )
        assert "groups-ignored" not in {f.code for f in report.findings}

    @pytest.mark.parametrize("missing", [None, np.nan])
    def test_rows_without_a_group_are_refused(self, missing):
        kinds = np.array(["a", "b", missing] * 40, dtype=object)
        with pytest.raises(ValueError, match=r"groups of \w+ has 40 missing .* row 2"):
            DistilledClassifier(tree, line).fit(X, y, groups=kinds)

    def test_fewer_groups_than_folds_are_refused(self):
        with pytest.raises(ValueError, match=r"5 folds need as many groups.* are 2"):
            DistilledClassifier(tree, line).fit(X, y, groups=groups > 9)


class TestAutomaticChoice:
    @pytest.mark.filterwarnings("ignore:The test parts of cv")
    @pytest.mark.parametrize(
        ("cv", "words"),
        [
            (
                StratifiedShuffleSplit(20, test_size=0.5, random_state=0),
                "yields 20 splits, and the test part of split 1 shares rows.*KFold",
            ),
            (
                [(np.arange(i), np.arange(i, i + 40)) for i in range(40, 80, 10)],
                "yields 4 splits, .* split 1 shares .*TimeSeriesSplit",
            ),
            (KFold(2), "has 2 folds, but a choice by 'auto' needs at least three"),
        ],
    )
    def test_what_it_cannot_be_made_on_is_named(self, cv, words):
        model = DistilledClassifier(tree, line, cv=cv, alpha="auto")
        with pytest.raises(ValueError, match=words):
            model.fit(X, y)

    @pytest.mark.filterwarnings("ignore:The test parts of cv")
    @pytest.mark.parametrize(
        "cv",
        [
            RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0),
            TimeSeriesSplit(4),
        ],
    )
    def test_disjoint_parts_at_the_start_are_enough(self, cv):
        model = DistilledClassifier(tree, line, cv=cv, alpha="auto").fit(X, y)
        assert np.isfinite(model.selection_results_["loss"]).all()

    @pytest.mark.parametrize(
        ("cv", "together"),
        [
            (KFold(3), [[0], [1], [2]]),
            (KFold(4), [[0], [1], [2], [3]]),
            (KFold(5), [[1, 2], [3, 4]]),
            (RepeatedKFold(n_splits=5, n_repeats=2, random_state=0), [[1, 2], [3, 4]]),
            (KFold(10), [[2, 3, 4, 5], [6, 7, 8, 9]]),
            (TimeSeriesSplit(5), [[0], [1], [2], [3], [4]]),
        ],
    )
    def test_two_fifths_of_the_folds_are_left_out_together(self, cv, together):
        splits = list(cv.split(MANY))
        parts = parts_to_compare_on(first_partition(splits), MANY % 2)
        assert len(parts) == len(together)
        for (train, test), folds in zip(parts, together, strict=True):
            left_out = np.concatenate([splits[fold][1] for fold in folds])
            np.testing.assert_array_equal(test, np.sort(left_out))
            kept = splits[folds[0]][0]
            np.testing.assert_array_equal(train, np.setdiff1d(kept, left_out))

    def test_of_few_rows_folds_are_left_out_one_by_one(self):
        assert len(parts_to_compare_on(list(KFold(5).split(MANY[1:])))) == 5
        splits = list(KFold(5).split(MANY))
        assert len(parts_to_compare_on(splits)) == 2
        weight = np.ones(len(MANY))
        weight[0] = 0.0
        assert len(parts_to_compare_on(splits, weight=weight)) == 5
        assert len(parts_to_compare_on(splits, weight=weight, n_unlabeled=1)) == 2

    def test_so_they_are_for_a_class_that_few_of_them_hold(self):
        rare = np.zeros(len(MANY), dtype=int)
        rare[[0, 700, 900]] = 1  # In folds 0, 3 and 4.
        splits = list(KFold(5).split(MANY))
        assert len(parts_to_compare_on(splits, rare)) == 5
        model = DistilledClassifier(tree, line, cv=splits, alpha="auto")
        model.fit(MANY[:, None], rare)
        assert np.isfinite(model.selection_results_["loss"]).all()
        rare[300] = 1
        assert len(parts_to_compare_on(splits, rare)) == 2
        assert len(parts_to_compare_on(splits, rare, MANY != 300)) == 5


@pytest.mark.parametrize(
    ("given", "got"),
    [
        ("a", r"str of shape \(\)"),
        (groups[:60], r"ndarray of shape \(60,\)"),
        (groups[:, None], r"ndarray of shape \(120, 1\)"),
    ],
    ids=["a name", "too few", "a column"],
)
def test_groups_that_are_not_one_for_each_row_are_refused(given, got):
    model = DistilledClassifier(line, tree, cv=3)
    for fit in (model.fit, SelfDistilledClassifier(line).fit):
        with pytest.raises(ValueError, match=f"groups of .* {got}"):
            fit(X, y, groups=given)
    with pytest.raises(ValueError, match=f"groups of distillation_report .* {got}"):
        distillation_report(model, X, y, groups=given)


class TestRowsWithoutSoftTarget:
    def test_time_series_get_advice_for_time_series(self):
        cv = [(np.arange(60), np.arange(60, 90))]
        with pytest.warns(UserWarning, match="30 of 120 rows.*TimeSeriesSplit with mo"):
            DistilledClassifier(tree, line, cv=cv).fit(X, y)

    def test_others_get_advice_for_others(self):
        cv = [(np.arange(60, 120), np.arange(30))]
        with pytest.warns(UserWarning, match="30 of 120 rows.*such as KFold"):
            DistilledClassifier(tree, line, cv=cv).fit(X, y)
