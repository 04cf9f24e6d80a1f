"""Rows without labels in a report: a part of the gain, and curves over their number."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skdistill import DistilledClassifier, SelfDistilledClassifier
from skdistill.report import UnlabeledCurveDisplay, distillation_report
from skdistill.report._wrappers import without_search

TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
MODEL = DistilledClassifier(
    LogisticRegression(), TREE, student_features=list("abc"), cv=3
)
COLUMNS = list("abcdef")


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(420, 6, n_informative=4, random_state=0)
    X = pd.DataFrame(X, columns=COLUMNS)
    return X[:180], y[:180], X[180:]


@pytest.fixture(scope="module")
def splits(data):
    return list(StratifiedKFold(3).split(*data[:2]))


@pytest.fixture(scope="module")
def report(data, splits):
    X, y, U = data
    return distillation_report(
        MODEL,
        X,
        y,
        cv=splits,
        scoring="log_loss",
        params={"X_unlabeled": U},
        train_sizes=[60],
        unlabeled_sizes=[30, 0.5],
        random_state=0,
    )


def scores(report, model):
    frame = report.frame().query("model == @model")
    return frame.sort_values("fold")["value"].to_numpy()


def by_hand(data, splits, model, **given):
    X, y = data[:2]
    X = getattr(X, "iloc", X)
    fitted = [clone(model).fit(X[a], y[a], **given) for a, _ in splits]
    return [
        log_loss(y[test], each.predict_proba(X[test]))
        for each, (_, test) in zip(fitted, splits, strict=True)
    ]


def codes(report):
    return [finding.code for finding in report.findings]


def test_the_gain_is_the_sum_of_three_parts(report, data, splits):
    row = report.summary().loc[0]
    parts = row["smoothing"] + row["privileged"] + row["unlabeled"]
    assert row["gain"] == pytest.approx(parts)
    assert row["privileged"] == pytest.approx(row["control"] - row["labeled"])
    assert row["unlabeled_low"] <= row["unlabeled"] <= row["unlabeled_high"]
    alone, with_rows = (
        by_hand(data, splits, MODEL, **given)
        for given in ({}, {"X_unlabeled": data[2]})
    )
    np.testing.assert_allclose(scores(report, "labeled"), alone)
    np.testing.assert_allclose(scores(report, "distilled"), with_rows)
    control = clone(MODEL).set_params(teacher_features=list("abc"))
    of_control = by_hand(data, splits, control)
    np.testing.assert_allclose(scores(report, "control"), of_control)


def test_text_document_and_json_name_the_third_part(report):
    told = "parts: smoothing", "rows without labels +", "unlabeled: distilled over"
    assert all(words in str(report) for words in ("three", *told))
    assert "240 rows without labels take part" in str(report)
    html = report.to_html()
    assert "rows that have no label" in html and "has three parts" in html
    assert report.to_dict()["summary"][0]["unlabeled"] == pytest.approx(
        report.summary()["unlabeled"][0]
    )


def test_label_efficiency_counts_rows_without_labels(report):
    assert "distilled on 60 rows with labels and 240 without is worth" in str(report)
    assert "labeled" in set(report.learning_curve()["model"])


def test_the_curve_runs_from_none_to_all_rows_without_labels(report):
    curve = report.unlabeled_curve()
    assert curve["rows"].tolist() == [0, 30, 120, 240]
    ends = [scores(report, model).mean() for model in ("labeled", "distilled")]
    np.testing.assert_allclose(curve["score"].iloc[[0, -1]], ends)
    row = report.summary().loc[0]
    last = curve.iloc[-1]
    assert last["gain_low"] == pytest.approx(row["unlabeled_low"])
    shown = UnlabeledCurveDisplay.from_report(report).plot()
    assert shown.ax_.get_xlabel() == "Rows without labels"
    assert len(shown.frame()) == 4


@pytest.mark.parametrize("as_frame", [True, False])
def test_rows_that_equal_rows_of_x_are_left_out_of_every_fold(data, splits, as_frame):
    X, y, U = data
    mixed = pd.concat([U[:60], X[40:80]])[COLUMNS[::-1]]
    weight = np.linspace(1.0, 2.0, len(mixed))
    rest = U[:60]
    model = MODEL
    if not as_frame:
        X, mixed, rest = (part[COLUMNS].to_numpy() for part in (X, mixed, rest))
        model = clone(MODEL).set_params(student_features=[0, 1, 2])
    report = distillation_report(
        model,
        X,
        y,
        cv=splits,
        scoring="log_loss",
        params={"X_unlabeled": mixed, "sample_weight_unlabeled": weight},
    )
    assert "unlabeled-repeated" in codes(report)
    assert report.info["unlabeled_rows"] == 60
    given = {"X_unlabeled": rest, "sample_weight_unlabeled": weight[:60]}
    np.testing.assert_allclose(
        scores(report, "distilled"), by_hand((X, y), splits, model, **given)
    )


def test_rows_that_equal_others_by_chance_are_used_in_every_fold(data, splits):
    X, y, U = data
    # Rows of five values: many of U equal rows of X, each of which takes one of U.
    X, U = (part.round(-1) + np.sign(part) for part in (X[list("ab")], U[list("ab")]))
    X["f"], U["f"] = data[0]["f"].round(), data[2]["f"].round()
    model = clone(MODEL).set_params(student_features=["a", "b"])
    given = {"X_unlabeled": U}
    report = distillation_report(
        model, X, y, cv=splits, scoring="log_loss", params=given
    )
    assert 0 < report.info["unlabeled_rows"] < len(U)
    finding = next(f for f in report.findings if f.code == "unlabeled-repeated")
    assert f"{len(U) - report.info['unlabeled_rows']} rows" in finding.message


def test_nothing_but_rows_of_x_is_as_if_there_were_none(data, splits):
    X, y, _ = data
    report = distillation_report(
        MODEL, X, y, cv=splits, scoring="log_loss", params={"X_unlabeled": X[:50]}
    )
    assert "labeled" not in set(report.frame()["model"])
    assert codes(report)[0] == "unlabeled-repeated"


def test_rows_that_differ_from_x_are_a_finding(data, splits):
    X, y, U = data
    for shift, found in ((0.0, False), (3.0, True)):
        given = {"X_unlabeled": U + shift}
        report = distillation_report(
            MODEL, X, y, cv=splits, scoring="log_loss", params=given, control=False
        )
        assert ("unlabeled-differ" in codes(report)) == found
        assert "soft_targets" in report.summary()


@pytest.mark.parametrize(
    "model",
    [
        SelfDistilledClassifier(TREE, cv=3, n_generations=1),
        make_pipeline(StandardScaler().set_output(transform="pandas"), MODEL),
    ],
    ids=["self", "pipeline"],
)
def test_other_estimators_have_their_part_of_rows_without_labels(model, data, splits):
    X, y, U = data
    report = distillation_report(
        model, X, y, cv=splits, scoring="log_loss", params={"X_unlabeled": U}
    )
    row = report.summary().loc[0]
    parts = [row[k] for k in ("smoothing", "privileged", "soft_targets") if k in row]
    assert row["gain"] == pytest.approx(sum(parts) + row["unlabeled"])


SCALE = ("scale", StandardScaler().set_output(transform="pandas"))


@pytest.mark.parametrize("transformed", [False, True])
def test_rows_without_labels_that_a_pipeline_does_not_transform(
    data, splits, transformed
):
    X, y, U = data
    with config_context(enable_metadata_routing=True):
        model = clone(MODEL).set_fit_request(X_unlabeled=True)
        taken = ["X_unlabeled"] if transformed else None
        pipeline = Pipeline([SCALE, ("model", model)], transform_input=taken)
        given = {"X_unlabeled": U * 100 + 5}
        report = distillation_report(pipeline, X * 100 + 5, y, cv=splits, params=given)
    assert ("unlabeled-not-transformed" in codes(report)) != transformed


def test_what_a_search_found_transforms_rows_without_labels_as_well(data):
    X, y, U = data
    with config_context(enable_metadata_routing=True):
        model = clone(MODEL).set_fit_request(X_unlabeled=True)
        steps = [SCALE, ("model", model)]
        pipeline = Pipeline(steps, transform_input=["X_unlabeled"])
        search = GridSearchCV(pipeline, {"model__alpha": [0.5]}, cv=2)
        search.fit(X, y, X_unlabeled=U)
    assert without_search(search).transform_input == ["X_unlabeled"]


def test_hidden_labels_tell_what_rows_bring_with_and_without_them(data, splits):
    X, y, _ = data
    report = distillation_report(
        MODEL, X, y, cv=splits, scoring="log_loss", hidden_labels=0.5, random_state=0
    )
    table = report.tables["hidden_labels"]
    assert sorted(set(table["model"])) == ["hidden", "labels", "without"]
    whole = table.query("model == 'labels'").sort_values("fold")["value"]
    np.testing.assert_array_equal(whole, scores(report, "distilled"))
    gains = report.hidden_labels().set_index("rows")
    means = table.groupby("model")["value"].mean()
    for name in ("hidden", "labels"):
        gain = means["without"] - means[name]
        assert gains.loc[name, "gain"] == pytest.approx(gain)
    assert "With the labels of 60 training rows hidden" in str(report)


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"hidden_labels": 0.95}, "hidden_labels of distillation_report must be"),
        ({"hidden_labels": 0.5, "params": {"X_unlabeled": 1}}, "there are some"),
        ({"unlabeled_sizes": [30]}, "unlabeled_sizes of .* need rows without labels"),
        (
            {"unlabeled_sizes": [240], "params": {"X_unlabeled": 1}},
            "numbers of rows from 2 to 239, one less than the rows without labels",
        ),
    ],
)
def test_bad_requests(data, splits, params, match):
    X, y, U = data
    if "params" in params:
        params = params | {"params": {"X_unlabeled": U}}
    with pytest.raises(ValueError, match=match):
        distillation_report(MODEL, X, y, cv=splits, **params)


def test_labels_are_hidden_only_where_the_teacher_has_columns_of_its_own(data):
    X, y, _ = data
    with pytest.raises(ValueError, match="has columns of its own"):
        distillation_report(DistilledClassifier(TREE), X, y, hidden_labels=0.5)
