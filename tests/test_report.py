"""distillation_report: what is compared, on which rows, and what it says."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import log_loss, r2_score
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GroupKFold,
    KFold,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.datasets import make_lopez_paz
from skdistill.report import DistillationReport, distillation_report
from skdistill.report._cost import pickled_bytes

STUDENT = [0, 1, 2, 3]
TREE = DecisionTreeClassifier(max_depth=4, random_state=0)


@pytest.fixture(scope="module")
def binary():
    return make_classification(
        n_samples=240, n_features=8, n_informative=6, random_state=0
    )


@pytest.fixture(scope="module")
def three_classes():
    X, y = make_classification(
        n_samples=300, n_features=8, n_informative=6, n_classes=3, random_state=0
    )
    return X, np.array(["red", "green", "blue"])[y]


@pytest.fixture(scope="module")
def continuous():
    return make_regression(n_samples=200, n_features=6, noise=5.0, random_state=0)


@pytest.fixture(scope="module")
def linear():
    return DistilledClassifier(LogisticRegression(), student_features=STUDENT)


@pytest.fixture(scope="module")
def report(linear, binary):
    """One report that the tests below only read."""
    X, y = binary
    return distillation_report(linear, X, y, cv=4, train_sizes=[60, 0.6], n_repeats=2)


def scores(report, model, metric):
    frame = report.frame().query("model == @model and metric == @metric")
    return frame.sort_values("fold")["value"].to_numpy()


def codes(report):
    return [finding.code for finding in report.findings]


# What is compared


def test_every_model_is_scored_on_the_rows_its_fold_left_out(linear, binary):
    X, y = binary
    splits = list(StratifiedKFold(3).split(X, y))
    report = distillation_report(linear, X, y, cv=splits, scoring="log_loss")
    for fold, (train, test) in enumerate(splits):
        teacher = LogisticRegression().fit(X[train], y[train])
        labels = LogisticRegression().fit(X[train][:, STUDENT], y[train])
        distilled = clone(linear).fit(X[train], y[train])
        control = clone(linear).set_params(teacher_features=STUDENT)
        control.fit(X[train], y[train])
        expected = {
            "teacher": teacher.predict_proba(X[test]),
            "baseline": labels.predict_proba(X[test][:, STUDENT]),
            "distilled": distilled.predict_proba(X[test]),
            "control": control.predict_proba(X[test]),
        }
        for model, probabilities in expected.items():
            value = scores(report, model, "log_loss")[fold]
            assert value == pytest.approx(log_loss(y[test], probabilities), abs=1e-9)


def test_regression_is_scored_on_left_out_rows(continuous):
    X, y = continuous
    model = DistilledRegressor(DecisionTreeRegressor(max_depth=4), Ridge())
    report = distillation_report(model, X, y, cv=3)
    train, test = next(KFold(3).split(X))
    labels = Ridge().fit(X[train], y[train])
    assert scores(report, "baseline", "r2")[0] == pytest.approx(
        r2_score(y[test], labels.predict(X[test]))
    )
    assert set(report.frame()["metric"]) == {"r2", "rmse"}


def test_alpha_0_is_the_student_on_labels_alone_in_every_figure(linear, binary):
    report = distillation_report(clone(linear).set_params(alpha=0.0), *binary, cv=3)
    assert report.verdict == "the same student"
    assert (report.summary()["gain"] == 0.0).all()
    assert "control" not in set(report.frame()["model"])
    assert "alpha-zero" in codes(report)


def test_the_gain_is_the_sum_of_smoothing_and_privileged_information(report):
    summary = report.summary()
    parts = summary["smoothing"] + summary["privileged"]
    np.testing.assert_allclose(summary["gain"], parts, atol=1e-12)


def test_gains_are_positive_for_the_better_score_in_either_direction(report):
    summary = report.summary().set_index("metric")
    for metric, sign in (("log_loss", -1.0), ("roc_auc", 1.0)):
        row = summary.loc[metric]
        difference = sign * (row["distilled"] - row["baseline"])
        assert row["gain"] == pytest.approx(difference)


def test_the_share_is_the_part_of_the_teachers_gain(report):
    summary = report.summary()
    np.testing.assert_allclose(
        summary["share"], summary["gain"] / summary["teacher_gain"]
    )


def test_without_control_nothing_is_split(linear, binary):
    report = distillation_report(linear, *binary, cv=3, control=False)
    assert set(report.frame()["model"]) == {"teacher", "baseline", "distilled"}
    assert "smoothing" not in report.summary()
    assert "control=False" in str(report)


def test_equal_columns_have_no_control_and_the_text_says_so(binary):
    report = distillation_report(DistilledClassifier(TREE), *binary, cv=3)
    assert "control" not in set(report.frame()["model"])
    assert "teacher and student see the same columns" in str(report)


def test_a_share_of_0_is_its_own_control(linear, binary):
    model = clone(linear).set_params(privileged_weight=0.0)
    report = distillation_report(model, *binary, cv=3)
    assert "control" not in set(report.frame()["model"])
    assert "the distilled student is the control" in str(report)


def test_privileged_share_is_named_and_the_control_has_none_of_it(linear, binary):
    X, y = binary
    mixed = distillation_report(
        clone(linear).set_params(privileged_weight=0.5), X, y, cv=3
    )
    assert "privileged weight 0.5" in str(mixed)
    classic = distillation_report(linear, X, y, cv=3)
    for metric in ("log_loss", "roc_auc"):
        np.testing.assert_allclose(
            scores(mixed, "control", metric), scores(classic, "control", metric)
        )


@pytest.mark.filterwarnings("ignore:.*one label a row, drawn")
@pytest.mark.parametrize(
    "student",
    [
        FixedThresholdClassifier(LogisticRegression(), threshold=0.1),
        HistGradientBoostingClassifier(max_iter=5),
        DecisionTreeRegressor(max_depth=3),
    ],
    ids=["threshold", "boosting", "regressor"],
)
def test_accuracy_is_that_of_what_the_student_predicts(binary, student):
    X, y = binary
    splits = list(StratifiedKFold(2).split(X, y))
    model = DistilledClassifier(TREE, student, student_features=STUDENT, random_state=0)
    report = distillation_report(model, X, y, cv=splits, scoring="accuracy")
    for fold, (train, test) in enumerate(splits):
        predicted = clone(model).fit(X[train], y[train]).predict(X[test])
        value = scores(report, "distilled", "accuracy")[fold]
        assert value == pytest.approx(np.mean(predicted == y[test]))


# Inputs of all kinds


def test_string_labels_missing_values_and_categories(three_classes):
    X, y = three_classes
    frame = pd.DataFrame(X.copy(), columns=list("abcdefgh"))
    frame.loc[::7, "a"] = np.nan
    frame["kind"] = pd.Categorical(np.array(["u", "v", "w"])[np.arange(len(X)) % 3])
    model = DistilledClassifier(
        HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype"),
        student_features=["a", "b", "kind"],
    )
    report = distillation_report(model, frame, y, cv=2)
    assert report.info["classes"] == ["blue", "green", "red"]
    assert np.isfinite(report.frame()["value"]).all()
    assert report.info["privileged_columns"] == 6


@pytest.mark.parametrize("cat_features", [["kind"], [8]])
def test_catboost_on_both_sides_with_listed_categories(binary, cat_features):
    from catboost import CatBoostClassifier

    X, y = binary
    frame = pd.DataFrame(X, columns=list("abcdefgh"))
    frame["kind"] = pd.Categorical(np.array(["u", "v", "w"])[np.arange(len(X)) % 3])
    booster = CatBoostClassifier(
        iterations=3, cat_features=cat_features, verbose=0, thread_count=1
    )
    model = DistilledClassifier(booster, student_features=["kind", "a", "b"])
    report = distillation_report(model, frame, y, cv=2, scoring="roc_auc")
    assert not report.info["no_control"]
    assert np.isfinite(report.frame()["value"]).all()


def test_ten_classes():
    X, y = make_classification(
        n_samples=400,
        n_features=10,
        n_informative=8,
        n_classes=10,
        n_clusters_per_class=1,
        random_state=0,
    )
    model = DistilledClassifier(LogisticRegression(), student_features=slice(0, 6))
    report = distillation_report(model, X, y, cv=2)
    assert np.isfinite(report.frame()["value"]).all()
    assert report.fidelity()["kl"].min() >= 0.0


def test_several_outputs(continuous):
    X, y = continuous
    model = DistilledRegressor(
        DecisionTreeRegressor(max_depth=4), LinearRegression(), student_features=STUDENT
    )
    report = distillation_report(model, X, np.column_stack([y, X[:, 5]]), cv=2)
    assert np.isfinite(report.summary()["gain"]).all()


def test_lists_are_fine(linear, binary):
    X, y = binary
    from_lists = distillation_report(linear, X.tolist(), y.tolist(), cv=2)
    from_arrays = distillation_report(linear, X, y, cv=2)
    assert from_lists.frame().equals(from_arrays.frame())


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_student_without_probabilities(n_classes, binary, three_classes):
    X, y = binary if n_classes == 2 else three_classes
    model = DistilledClassifier(TREE, LinearSVC(), student_features=STUDENT)
    report = distillation_report(model, X, y, cv=2)
    expected = ["roc_auc"] * (n_classes == 2) + ["accuracy", "macro_f1"]
    assert [metric.name for metric in report.metrics] == expected
    assert "kl" in report.fidelity() and report.fidelity()["kl"].isna().all()
    assert report.fidelity()["agreement"].notna().all()


@pytest.mark.parametrize("inner", ["cv", "student_cv"])
def test_the_folds_keep_groups_together_and_the_inner_folds_get_them(binary, inner):
    X, y = binary
    groups = np.arange(len(y)) % 12
    seen = []

    class Recorder(GroupKFold):
        def split(self, X, y=None, groups=None):
            seen.append(groups)
            return super().split(X, y, groups)

    splitters = {"cv": GroupKFold(3), inner: Recorder(3)}
    model = DistilledClassifier(TREE, student_features=STUDENT, **splitters)
    report = distillation_report(model, X, y, groups=groups, cv=4)
    assert "groups-ignored" not in codes(report)
    assert seen
    # Twelve groups in four outer folds: each training part holds nine of them.
    assert {len(np.unique(given)) for given in seen} == {9}


def test_groups_reach_the_students_folds_alone(binary):
    X, y = binary
    model = DistilledClassifier(
        TREE,
        TREE,
        student_features=STUDENT,
        cv=StratifiedKFold(5),
        student_cv=GroupKFold(3),
    )
    groups = np.arange(len(y)) % 12
    with pytest.warns(UserWarning, match="groups parameter is ignored by Stratified"):
        report = distillation_report(model, X, y, groups=groups, cv=4)
    assert "groups-ignored" in codes(report)


@pytest.mark.parametrize(
    ("cv", "inner"), [(3, KFold(3)), (KFold(3), None)], ids=["inner", "outer"]
)
def test_groups_that_a_splitter_ignores_are_a_finding(binary, cv, inner):
    X, y = binary
    model = DistilledClassifier(TREE, student_features=STUDENT, cv=inner)
    groups = np.arange(len(y)) % 12
    report = distillation_report(model, X, y, cv=cv, groups=groups)
    assert "groups-ignored" in codes(report)


def test_weights_reach_training_and_scores(linear, binary):
    X, y = binary
    weight = np.where(X[:, 0] > 0, 3.0, 0.5)
    splits = list(StratifiedKFold(2).split(X, y))
    report = distillation_report(
        linear,
        X,
        y,
        cv=splits,
        sample_weight=weight,
        scoring=["log_loss", "neg_log_loss"],
    )
    train, test = splits[0]
    teacher = LogisticRegression().fit(X[train], y[train], sample_weight=weight[train])
    expected = log_loss(
        y[test], teacher.predict_proba(X[test]), sample_weight=weight[test]
    )
    assert scores(report, "teacher", "log_loss")[0] == pytest.approx(expected)
    assert scores(report, "teacher", "neg_log_loss")[0] == pytest.approx(-expected)


def test_scores_that_take_no_weight_are_named(continuous):
    X, y = continuous
    report = distillation_report(
        DistilledRegressor(Ridge(), student_features=STUDENT),
        X,
        y,
        cv=2,
        sample_weight=np.ones(len(y)),
        scoring=["r2", "neg_max_error"],
    )
    finding = next(f for f in report.findings if f.code == "unweighted-scores")
    assert "neg_max_error" in finding.message and "r2" not in finding.message


@pytest.mark.parametrize(
    "cv",
    [
        RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0),
        TimeSeriesSplit(3),
        StratifiedShuffleSplit(2, random_state=0),
    ],
    ids=["repeated", "time", "shuffled"],
)
def test_any_splitter(linear, binary, cv):
    report = distillation_report(linear, *binary, cv=cv)
    assert np.isfinite(report.frame()["value"]).all()
    assert report.info["folds"] == cv.get_n_splits()


def test_one_fold_has_scores_but_no_verdict(linear, binary):
    cv = StratifiedShuffleSplit(1, random_state=0)
    report = distillation_report(linear, *binary, cv=cv)
    assert report.verdict == "one fold gives no interval"
    assert "No verdict" in str(report)


def test_metadata_routing(binary):
    from sklearn import config_context

    X, y = binary
    groups = np.arange(len(y)) % 12
    with config_context(enable_metadata_routing=True):
        part = LogisticRegression().set_fit_request(sample_weight=True)
        model = DistilledClassifier(
            part, clone(part), student_features=STUDENT, cv=GroupKFold(3)
        )
        routed = distillation_report(
            model, X, y, cv=2, groups=groups, sample_weight=1.0 + groups
        )
    plain = distillation_report(
        DistilledClassifier(
            LogisticRegression(), student_features=STUDENT, cv=GroupKFold(3)
        ),
        X,
        y,
        cv=2,
        groups=groups,
        sample_weight=1.0 + groups,
    )
    assert routed.frame().equals(plain.frame())


# Each part is trained once, on copies, whatever the parallelism


def test_a_fitted_estimator_is_not_refitted(linear, binary):
    X, y = binary
    model = clone(linear).fit(X[:100], y[:100])
    before = pickle.dumps(model)
    report = distillation_report(model, X, y, cv=2)
    assert pickle.dumps(model) == before
    assert report.frame().equals(distillation_report(linear, X, y, cv=2).frame())


def test_figures_do_not_depend_on_n_jobs(binary):
    X, y = binary
    model = DistilledClassifier(
        RandomForestClassifier(5), DecisionTreeClassifier(max_features=2)
    )
    model.set_params(student_features=STUDENT)
    one, two = (
        distillation_report(
            model, X, y, cv=2, train_sizes=[80], random_state=3, n_jobs=n_jobs
        )
        for n_jobs in (None, 2)
    )
    assert one.frame().equals(two.frame())
    assert one.learning_curve().equals(two.learning_curve())
    assert (
        one.tables["responses"]["row"].tolist()
        == two.tables["responses"]["row"].tolist()
    )


class CountingTree(DecisionTreeClassifier):
    fits = 0

    def fit(self, *args, **kwargs):
        type(self).fits += 1
        return super().fit(*args, **kwargs)


@pytest.mark.parametrize("privileged_weight", [1.0, 0.5])
def test_each_part_is_trained_once_a_fold(binary, privileged_weight):
    X, y = binary
    model = DistilledClassifier(
        CountingTree(max_depth=3, random_state=0),
        LogisticRegression(),
        student_features=STUDENT,
        privileged_weight=privileged_weight,
        cv=3,
    )
    CountingTree.fits = 0
    distillation_report(model, X, y, cv=2)
    # In both folds: the teacher, three fold teachers on its columns, three on the
    # student's, which control and distilled student share where both need them; and
    # one dry run on the student's columns for each of these two that needs them.
    dry_runs = 1 + (privileged_weight < 1.0)
    assert CountingTree.fits == 2 * (1 + 3 + 3 + dry_runs)


def needs_h(X):
    return X[["a", "h"]]


def test_a_control_that_cannot_be_trained_costs_nothing_else(binary):
    X, y = binary
    frame = pd.DataFrame(X, columns=list("abcdefgh"))
    model = DistilledClassifier(
        make_pipeline(FunctionTransformer(needs_h), LogisticRegression()),
        LogisticRegression(),
        student_features=["a", "b"],
    )
    report = distillation_report(model, frame, y, cv=2)
    assert "control-failed" in codes(report)
    assert set(report.frame()["model"]) == {"teacher", "baseline", "distilled"}
    assert np.isfinite(report.frame()["value"]).all()


def test_alpha_is_reported_by_fold(linear, binary):
    model = clone(linear).set_params(alpha="auto", cv=3)
    report = distillation_report(model, *binary, cv=2, scoring="log_loss")
    chosen = report.info["chosen"]["alpha"]
    first, second = (part for _, part in report.tables["alpha_curve"].groupby("fold"))
    assert first["alpha"].tolist() == second["alpha"].tolist()
    assert len(chosen) == 2 and set(chosen) <= set(first["alpha"]) >= {0.0, 1.0}


# The threshold


def test_macro_f1_needs_its_tuned_threshold_where_a_class_is_rare():
    X, y = make_classification(
        n_samples=600, n_features=6, weights=[0.9], class_sep=0.4, random_state=0
    )
    model = DistilledClassifier(LogisticRegression(), student_features=STUDENT)
    report = distillation_report(
        model, X, y, cv=3, scoring={"macro_f1": "macro_f1", "at half": "f1_macro"}
    )
    means = report.frame().groupby(["metric", "model"])["value"].mean()
    assert means["macro_f1", "baseline"] > means["at half", "baseline"] + 0.02
    assert (report.tables["thresholds"]["threshold"] < 0.5).all()


def test_folds_without_earlier_test_rows_cut_at_the_share_of_the_class(linear, binary):
    # The first of the time splits has no other fold inside its training part.
    report = distillation_report(linear, *binary, cv=TimeSeriesSplit(3))
    assert np.isfinite(scores(report, "baseline", "macro_f1")).all()


# Label efficiency


def test_all_roles_share_draws_and_the_whole_part_is_the_largest_size(report):
    curve = report.learning_curve()
    assert sorted(curve["rows"].unique()) == [60, 108, 180]
    counts = curve.query("metric == 'log_loss'").groupby(["model", "rows"]).size()
    assert counts.loc["baseline"].tolist() == [8, 8, 4]
    assert set(curve["model"]) == {"baseline", "control", "distilled"}
    whole = curve.query("rows == 180 and model == 'baseline' and metric == 'log_loss'")
    np.testing.assert_array_equal(
        whole.sort_values("fold")["value"], scores(report, "baseline", "log_loss")
    )


def test_label_efficiency_in_one_number():
    data = make_lopez_paz("relevant_features", 900, random_state=0)
    model = DistilledClassifier(
        LogisticRegression(),
        alpha=1.0,
        teacher_features=data.privileged_features,
        student_features=data.regular_features,
        cv=3,
    )
    report = distillation_report(
        model,
        data.data,
        data.target,
        cv=3,
        scoring="accuracy",
        control=False,
        train_sizes=[60, 120, 300],
        random_state=0,
    )
    best = report.headline_efficiency()
    # The simulation is made for the teacher: its rows are worth a multiple.
    assert best["worth"] > 1.5 * best["rows"]
    assert best["worth_low"] <= best["worth"] <= best["worth_high"]
    assert f"distilled on {best['rows']:,} rows is worth the baseline" in str(report)


def test_the_curve_is_read_by_the_first_metric_that_has_one(linear, binary):
    report = distillation_report(
        linear, *binary, cv=2, scoring=["macro_f1", "roc_auc"], train_sizes=[60]
    )
    assert report.curve_metric().name == "roc_auc"
    assert "By ROC AUC, distilled on 60 rows" in str(report)
    with pytest.raises(ValueError, match="need a metric besides macro_f1"):
        distillation_report(linear, *binary, scoring="macro_f1", train_sizes=[60])


def test_a_curve_that_tells_nothing_says_so(report):
    # More rows bring .01, distillation anything from -.2 to .2.
    labels = {60: [0.60, 0.61, 0.62], 110: [0.61, 0.62, 0.63]}
    distilled = {60: [0.40, 0.61, 0.82], 110: [0.41, 0.62, 0.83]}
    cells = [
        (fold, 0, rows, model, "accuracy", value)
        for model, curve in (("baseline", labels), ("distilled", distilled))
        for rows, values in curve.items()
        for fold, value in enumerate(values)
    ]
    names = ("fold", "draw", "rows", "model", "metric", "value")
    curve = pd.DataFrame(cells, columns=names)
    tables = {**report.tables, "learning_curve": curve}
    report = DistillationReport(report.info, report.metrics, tables)
    best = report.headline_efficiency()
    assert best["worth_low"] == 0.0 and best["worth_high"] == np.inf
    assert "the curve cannot tell" in str(report)


def test_without_train_sizes_there_is_no_learning_curve(linear, binary):
    report = distillation_report(linear, *binary, cv=2)
    assert report.learning_curve().empty
    assert report.label_efficiency().empty
    assert report.headline_efficiency() is None


# Findings


def test_a_leaking_column_is_found_and_named(binary):
    X, y = binary
    frame = pd.DataFrame(X[:, :5], columns=list("abcde"))
    frame["outcome code"] = 2.0 * y + np.random.RandomState(0).uniform(size=len(y))
    model = DistilledClassifier(TREE, student_features=["a", "b", "c"])
    report = distillation_report(model, frame, y, cv=3)
    finding = next(f for f in report.findings if f.code == "leaking-column")
    assert "'outcome code' alone reaches ROC AUC 1.0000" in finding.message


def test_a_teacher_without_a_leak_is_not_called_one(report):
    assert "leaking-column" not in codes(report)


def test_a_regression_leak_is_found(continuous):
    X, y = continuous
    X = np.column_stack([X[:, :3], y + np.random.RandomState(0).normal(size=len(y))])
    model = DistilledRegressor(LinearRegression(), student_features=[0, 1, 2])
    report = distillation_report(model, X, y, cv=3)
    finding = next(f for f in report.findings if f.code == "leaking-column")
    assert "Column 3 alone" in finding.message


def test_a_teacher_without_an_advantage_is_found(binary):
    X, y = binary
    stump = DecisionTreeClassifier(max_depth=1, random_state=0)
    model = DistilledClassifier(stump, LogisticRegression(), alpha=1.0)
    report = distillation_report(model, X, y, cv=4, scoring="log_loss")
    assert "teacher-no-better" in codes(report)
    assert "distillation-hurts" in codes(report)
    finding = next(f for f in report.findings if f.code == "teacher-no-better")
    assert "learnt from it in 4 of 4 folds" in finding.message
    assert report.verdict == "hurt"


def test_smoothing_is_found_where_privileged_columns_are_noise():
    rng = np.random.RandomState(0)
    X = rng.normal(size=(600, 8))
    y = (X[:, 0] + rng.normal(size=600) > 0).astype(int)
    # A deep student overfits labels; any teacher smooths, and the last columns are
    # noise.
    model = DistilledClassifier(
        RandomForestClassifier(10, min_samples_leaf=10, random_state=0),
        DecisionTreeClassifier(max_depth=5, random_state=0),
        student_features=slice(0, 6),
        alpha=1.0,
        cv=3,
    )
    report = distillation_report(model, X, y, cv=5, scoring="log_loss")
    assert report.verdict == "helped"
    assert "mostly-smoothing" in codes(report)


def test_a_frozen_teacher_is_a_finding(binary):
    X, y = binary
    frozen = FrozenEstimator(clone(TREE).fit(X, y))
    model = DistilledClassifier(frozen, LogisticRegression(), student_features=STUDENT)
    with pytest.warns(UserWarning, match="is frozen: if it was trained on these rows"):
        report = distillation_report(model, X, y, cv=2)
    assert "frozen-teacher" in codes(report)
    assert "a frozen teacher cannot be trained" in str(report)


def test_a_scorer_may_predict_other_rows(linear, binary):
    def steadiness(model, X, y):
        return -np.abs(model.predict_proba(X) - model.predict_proba(X + 0.01)).mean()

    report = distillation_report(linear, *binary, cv=2, scoring=steadiness)
    assert (report.frame()["value"] < 0.0).all()


class AskedOnce(DecisionTreeClassifier):
    asked = 0

    def predict_proba(self, X):
        type(self).asked += len(X)
        return super().predict_proba(X)


def test_the_teacher_predicts_each_test_row_once(binary):
    X, y = binary
    frozen = FrozenEstimator(AskedOnce(max_depth=3).fit(X[:, :8], y))
    model = DistilledClassifier(frozen, LogisticRegression(), student_features=STUDENT)
    with pytest.warns(UserWarning, match="is frozen"):
        distillation_report(model, X, y, cv=2)
    # Twice for its training rows, as it is no cross-fitted one, and for timing.
    rounds = 30
    timed = rounds * (1 + len(X) // 2)
    assert AskedOnce.asked - timed <= len(X) + len(X)


def test_drawn_labels_are_announced_once(binary):
    model = DistilledClassifier(
        TREE, KNeighborsClassifier(), student_features=STUDENT, random_state=0
    )
    with pytest.warns(UserWarning, match="one label a row, drawn") as caught:
        report = distillation_report(model, *binary, cv=2, control=False)
    assert len(caught) == 1
    assert "drawn-labels" in codes(report)


@pytest.mark.parametrize("alpha", [0.5, "auto"])
def test_a_teacher_that_is_no_better_is_told_before_and_after_auto(binary, alpha):
    stump = DecisionTreeClassifier(max_depth=1, random_state=0)
    model = DistilledClassifier(stump, LogisticRegression(), alpha=alpha, cv=3)
    report = distillation_report(model, *binary, cv=2, scoring="log_loss")
    assert "teacher-no-better" in codes(report)


def test_scores_that_some_folds_lack_are_found(linear, binary):
    X, y = binary
    order = np.argsort(y, kind="stable")
    ones = order[-40:]
    rest = np.setdiff1d(np.arange(len(y)), ones)
    splits = [(rest, ones), *StratifiedKFold(2).split(X, y)]
    report = distillation_report(linear, X, y, cv=splits)
    assert "undefined-scores" in codes(report)
    row = report.summary().set_index("metric").loc["roc_auc"]
    assert row["folds"] == 2 and np.isfinite(row["gain"])


# What a reader sees


def test_the_text_holds_the_verdict_and_every_table(report):
    text = str(report)
    for words in (
        "Verdict",
        "Scores on held-out rows",
        "Paired gains",
        "Label efficiency",
        "Fidelity to the teacher",
        "Cost",
        "log-loss",
        "tuned macro F1",
        "Less is better: log-loss, Brier score.",
    ):
        assert words in text
    assert "nan" not in text


def test_html_escapes_what_the_user_named(linear, binary):
    X, y = binary
    report = distillation_report(
        linear, X, y, cv=2, scoring={"<script>alert(1)</script>": "roc_auc"}
    )
    html = report._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_json_holds_the_figures(report):
    read = json.loads(report.to_json())
    assert read["verdict"] == report.verdict
    assert read["summary"][0]["gain"] == pytest.approx(report.summary()["gain"][0])
    assert read["tables"]["scores"]["value"] == report.frame()["value"].tolist()
    assert read["tables"]["cost"]["model"] == ["teacher", "baseline", "distilled"]


def test_a_report_pickles_even_with_a_local_scorer(linear, binary):
    X, y = binary
    report = distillation_report(
        linear, X, y, cv=2, scoring=lambda model, X, y: np.mean(model.predict(X) == y)
    )
    read = pickle.loads(pickle.dumps(report))
    assert str(read) == str(report)


def test_costs_are_measured_on_the_models_alone(report):
    cost = report.cost().set_index("model")
    numbers = cost[["fit_seconds", "one_row_seconds", "bulk_seconds_per_row"]]
    assert (numbers > 0).all(axis=None)
    assert cost["columns"].to_dict() == {"teacher": 8, "baseline": 4, "distilled": 4}
    assert (cost["bytes"] > 500).all()


def test_sizes_are_those_of_the_pickle():
    model = clone(TREE).fit(np.eye(4), [0, 1, 0, 1])
    assert pickled_bytes(model) == len(pickle.dumps(model, pickle.HIGHEST_PROTOCOL))
    assert np.isnan(pickled_bytes(lambda: None))


def test_verbose_says_how_many_models_are_ahead(linear, binary, capsys):
    distillation_report(linear, *binary, cv=2, verbose=1)
    shown = capsys.readouterr().out.splitlines()
    assert "8 models, about 28 fits" in shown[0]
    assert "1/8 teacher, fold 1" in shown[1] and "to go" in shown[1]
    distillation_report(linear, *binary, cv=2)
    assert capsys.readouterr() == ("", "")


# Bad input fails before anything is trained


class Untrainable(DecisionTreeClassifier):
    def fit(self, *args, **kwargs):
        raise AssertionError("trained")


@pytest.fixture
def untrained():
    return DistilledClassifier(Untrainable(), student_features=STUDENT)


@pytest.mark.parametrize(
    ("params", "error", "match"),
    [
        ({"cv": 1}, ValueError, "cv of distillation_report must be at least 2"),
        ({"cv": 200}, ValueError, "cv of distillation_report cannot split X"),
        ({"scoring": "r2"}, ValueError, "'r2', which scores a regression"),
        ({"scoring": "rmse"}, ValueError, "unknown scorer 'rmse'"),
        ({"scoring": "auc"}, ValueError, "unknown scorer 'auc'"),
        ({"scoring": []}, ValueError, "is empty"),
        ({"scoring": [len]}, TypeError, "must be a name, a callable"),
        ({"scoring": 3}, TypeError, "must be a name, a callable"),
        ({"scoring": {"a": 3}}, TypeError, "must be a name, a callable"),
        ({"train_sizes": [1]}, ValueError, "numbers of rows from 2 to 191"),
        ({"train_sizes": [192]}, ValueError, "numbers of rows from 2 to 191"),
        ({"train_sizes": [1.5]}, ValueError, r"shares of it in \(0, 1\)"),
        ({"train_sizes": ["all"]}, TypeError, "train_sizes of distillation_report"),
        (
            {"train_sizes": [6]},
            ValueError,
            "6 rows are too few. cv of DistilledClassifier",
        ),
        ({"n_repeats": 0}, ValueError, "n_repeats of distillation_report"),
        ({"n_repeats": True}, TypeError, "n_repeats of distillation_report"),
        ({"confidence": 95}, ValueError, "confidence of distillation_report"),
        ({"sample_weight": [1.0]}, ValueError, "one weight for each"),
        ({"groups": [1, 2]}, ValueError, "groups of distillation_report"),
        ({"cv": [(1, 2)]}, ValueError, "cv of distillation_report .* row numbers"),
        ({"params": 3}, TypeError, "params of distillation_report must be a dict"),
        (
            {"params": {"groups": [1], "sample_weight": [1.0]}},
            ValueError,
            r"params of .* holds \['groups', 'sample_weight'\].* groups=",
        ),
        ({"random_state": "x"}, ValueError, "random_state of distillation_report"),
    ],
)
def test_bad_parameters(untrained, binary, params, error, match):
    X, y = binary
    with pytest.raises(error, match=match):
        distillation_report(untrained, X, y, **params)


def test_a_scorer_that_the_task_lacks(continuous, three_classes):
    X, y = continuous
    with pytest.raises(ValueError, match=r"'accuracy', which cannot be computed"):
        distillation_report(DistilledRegressor(Ridge()), X, y, scoring="accuracy")
    X, y = three_classes
    with pytest.raises(ValueError, match=r"'f1', which cannot be .*\(3 classes\)"):
        distillation_report(DistilledClassifier(Untrainable()), X, y, scoring="f1")


def test_a_scorer_that_needs_the_positive_class(binary):
    X, y = binary
    labels = np.array(["no", "yes"])[y]
    model = DistilledClassifier(Untrainable())
    with pytest.raises(ValueError, match=r"make_scorer\(\.\.\., pos_label='yes'\)"):
        distillation_report(model, X, labels, scoring="f1")


def test_a_scorer_that_the_student_has_no_method_for(binary):
    model = DistilledClassifier(Untrainable(), LinearSVC())
    with pytest.raises(ValueError, match="'log_loss', which cannot be computed"):
        distillation_report(model, *binary, scoring="log_loss")


@pytest.mark.parametrize(
    ("estimator", "got"),
    [
        (LogisticRegression(), "got LogisticRegression"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "got Pipeline"),
        (DistilledClassifier, "the class DistilledClassifier; pass an instance"),
    ],
)
def test_an_estimator_that_is_not_ours(estimator, got, binary):
    with pytest.raises(TypeError, match=got):
        distillation_report(estimator, *binary)


def test_an_estimator_on_dask_is_named_with_its_home(binary):
    dask = pytest.importorskip("skdistill.dask", exc_type=ImportError)
    with pytest.raises(TypeError, match=r"got DistilledClassifier of skdistill\.dask;"):
        distillation_report(dask.DistilledClassifier(), *binary)


def test_too_few_rows(untrained):
    X = np.eye(6)
    with pytest.raises(ValueError, match="cv of distillation_report cannot split X"):
        distillation_report(untrained, X, [0, 0, 0, 1, 1, 1])


def test_a_class_that_a_training_part_lacks(untrained, binary):
    X, y = binary
    ones = np.flatnonzero(y == 1)
    splits = [(np.flatnonzero(y == 0), ones)]
    with pytest.raises(ValueError, match=r"no training row of the classes \[1\]"):
        distillation_report(untrained, X, y, cv=splits)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (np.arange(240) < 120, "training part of fold 0 .* no row with weight"),
        (np.arange(240) >= 120, "Fold 0 .* no test row with weight"),
    ],
)
def test_parts_without_weight_are_named(untrained, binary, counts, words):
    with pytest.raises(ValueError, match=words):
        distillation_report(untrained, *binary, cv=KFold(2), sample_weight=counts)


def test_single_test_rows_carry_no_score(untrained, binary):
    X, y = binary
    with pytest.raises(ValueError, match="has one test row"):
        distillation_report(untrained, X, y, cv=[(np.arange(1, 240), [0])])


def test_inner_splits_of_the_whole_data_do_not_fit_a_fold(untrained, binary):
    X, y = binary
    for name in ("cv", "student_cv"):
        model = clone(untrained).set_params(**{name: list(KFold(3).split(X))})
        with pytest.raises(
            ValueError, match=f"^{name} of DistilledClassifier is a list"
        ):
            distillation_report(model, X, y)


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"alpha": 2.0}, "alpha of DistilledClassifier"),
        ({"student_features": ["age"]}, "student_features of DistilledClassifier"),
        ({"objective": "magic"}, "objective of DistilledClassifier"),
    ],
)
def test_bad_parameters_of_the_estimator(untrained, binary, params, match):
    with pytest.raises(ValueError, match=match):
        distillation_report(clone(untrained).set_params(**params), *binary)


def test_y_must_be_given(untrained, binary):
    with pytest.raises(ValueError, match="requires y"):
        distillation_report(untrained, binary[0], None)
