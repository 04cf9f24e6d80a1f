"""Which estimators the report takes, and what their baseline is."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    PredefinedSplit,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_val_predict,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skdistill import (
    DistilledClassifier,
    MutualDistilledClassifier,
    SelfDistilledClassifier,
    distillation_report,
)

TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
PLAIN = DistilledClassifier(
    LogisticRegression(), TREE, student_features=[0, 1, 2, 3], cv=3
)


@pytest.fixture(scope="module")
def data():
    return make_classification(180, 6, n_informative=5, n_redundant=1, random_state=0)


@pytest.fixture(scope="module")
def splits(data):
    return list(StratifiedKFold(2).split(*data))


def loss(report, model):
    frame = report.frame().query("metric == 'log_loss' and model == @model")
    return frame.sort_values("fold")["value"].to_numpy()


def assert_equal_losses(report, name, model, data, splits):
    X, y = data
    fitted = (clone(model).fit(X[train], y[train]) for train, _ in splits)
    tests = (test for _, test in splits)
    expected = [
        log_loss(y[test], each.predict_proba(X[test]))
        for each, test in zip(fitted, tests, strict=True)
    ]
    np.testing.assert_allclose(loss(report, name), expected)


@pytest.mark.parametrize(
    "model",
    [
        SelfDistilledClassifier(TREE, cv=3, n_generations=1),
        MutualDistilledClassifier(
            [("line", LogisticRegression()), ("tree", TREE)],
            n_rounds=2,
            random_state=0,
        ),
    ],
    ids=["self", "mutual"],
)
def test_the_baseline_of_other_kinds_learns_from_labels_alone(model, data, splits):
    report = distillation_report(model, *data, cv=splits, scoring="log_loss")
    assert set(report.frame()["model"]) == {"baseline", "distilled"}
    labels = clone(model).set_params(alpha=0.0)
    assert_equal_losses(report, "baseline", labels, data, splits)
    assert_equal_losses(report, "distilled", model, data, splits)
    assert "teacher" not in str(report).partition("Cost")[0].lower()
    assert report.info["student_columns"] == 6


def test_a_pipeline_is_trained_and_scored_as_a_whole(data, splits):
    pipeline = make_pipeline(StandardScaler(), PLAIN)
    weight = np.linspace(0.5, 1.5, len(data[1]))
    report = distillation_report(pipeline, *data, cv=splits, scoring="log_loss")
    assert_equal_losses(report, "distilled", pipeline, data, splits)
    teacher = make_pipeline(StandardScaler(), LogisticRegression())
    assert_equal_losses(report, "teacher", teacher, data, splits)
    assert set(report.frame()["model"]) >= {"control"}
    assert report.info["privileged_columns"] == 2
    weighted = distillation_report(
        pipeline, *data, cv=splits, scoring="log_loss", sample_weight=weight
    )
    assert not np.allclose(loss(weighted, "teacher"), loss(report, "teacher"))


def test_a_search_is_run_in_each_fold_and_the_baseline_has_its_own(data, splits):
    search = GridSearchCV(
        PLAIN, {"alpha": [0.5, 1.0], "student__max_depth": [1, 3]}, cv=2
    )
    report = distillation_report(search, *data, cv=splits, scoring="log_loss")
    assert_equal_losses(report, "distilled", search, data, splits)
    of_labels = GridSearchCV(
        clone(PLAIN).set_params(alpha=0.0), {"student__max_depth": [1, 3]}, cv=2
    )
    assert_equal_losses(report, "baseline", of_labels, data, splits)
    assert set(report.frame()["model"]) >= {"teacher", "control"}
    assert set(report.info["chosen"]["alpha"]) <= {0.5, 1.0}
    with pytest.raises(ValueError, match="would search once a draw"):
        distillation_report(search, *data, train_sizes=[60])


@pytest.mark.parametrize("inside", [True, False])
def test_searches_and_pipelines_hold_one_another(data, splits, inside):
    if inside:
        model = make_pipeline(
            StandardScaler(), GridSearchCV(PLAIN, {"alpha": [0.5, 1.0]}, cv=2)
        )
    else:
        model = RandomizedSearchCV(
            make_pipeline(StandardScaler(), PLAIN),
            {"distilledclassifier__alpha": [0.5, 1.0]},
            n_iter=2,
            random_state=0,
            cv=2,
        )
    report = distillation_report(model, *data, cv=splits, scoring="log_loss")
    assert_equal_losses(report, "distilled", model, data, splits)
    # Nothing is left to search for, and trees do not mind the scale.
    labels = clone(PLAIN).set_params(alpha=0.0)
    assert_equal_losses(report, "baseline", labels, data, splits)


def test_one_fixed_split(data):
    X, y = data
    held_out = PredefinedSplit(np.where(np.arange(len(y)) < 120, -1, 0))
    report = distillation_report(PLAIN, X, y, cv=held_out, scoring="log_loss")
    assert "180 rows, 1 fold" in str(report) and "1 folds" not in str(report)
    assert "one fold gives no interval" in str(report)
    labels = clone(PLAIN).set_params(alpha=0.0)
    split = [(np.arange(120), np.arange(120, 180))]
    assert_equal_losses(report, "baseline", labels, data, split)


def test_precomputed_soft_targets_are_split_along_and_scored_as_the_teacher(
    data, splits
):
    X, y = data
    targets = cross_val_predict(LogisticRegression(), X, y, method="predict_proba")
    model = DistilledClassifier("precomputed", TREE, student_features=[0, 1, 2, 3])
    given = {"soft_targets": targets}
    report = distillation_report(
        model, X, y, cv=splits, scoring="log_loss", params=given
    )
    expected = [log_loss(y[test], targets[test]) for _, test in splits]
    np.testing.assert_allclose(loss(report, "teacher"), expected)
    train, test = splits[0]
    alone = clone(model).fit(X[train], y[train], soft_targets=targets[train])
    assert loss(report, "distilled")[0] == pytest.approx(
        log_loss(y[test], alone.predict_proba(X[test]))
    )
    targets[3] = np.nan
    partly = distillation_report(
        model, X, y, cv=splits, scoring="log_loss", params=given
    )
    assert "teacher" not in set(partly.frame()["model"])


def test_rows_without_labels_go_to_each_fit_whole(data, splits):
    X, y = data
    further = X[:100] + 0.01
    report = distillation_report(
        PLAIN, X, y, cv=splits, scoring="log_loss", params={"X_unlabeled": further}
    )
    train, test = splits[0]
    alone = clone(PLAIN).fit(X[train], y[train], X_unlabeled=further)
    assert loss(report, "distilled")[0] == pytest.approx(
        log_loss(y[test], alone.predict_proba(X[test]))
    )
