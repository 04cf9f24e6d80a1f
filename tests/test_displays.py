"""Displays: numbers in, the same numbers on the axes, no matplotlib before plot."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.objectives import Response
from skdistill.report import (
    AlphaDisplay,
    FidelityDisplay,
    GainDisplay,
    LearningCurveDisplay,
    ReliabilityDisplay,
    TradeOffDisplay,
    distillation_report,
)

# Old matplotlib calls old names of a new pyparsing, and it is warnings that fail tests.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*deprecated - use:DeprecationWarning",
)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    plt = pytest.importorskip("matplotlib.pyplot")

DISPLAYS = [
    TradeOffDisplay,
    GainDisplay,
    FidelityDisplay,
    ReliabilityDisplay,
    LearningCurveDisplay,
    AlphaDisplay,
]
TREE = DecisionTreeClassifier(max_depth=4, random_state=0)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def classification_report(n_classes):
    X, y = make_classification(
        n_samples=400,
        n_features=10,
        n_informative=8,
        n_classes=n_classes,
        n_clusters_per_class=1,
        random_state=0,
    )
    names = np.array([f"class {code}" for code in range(n_classes)])
    model = DistilledClassifier(
        LogisticRegression(), student_features=slice(0, 6), alpha="auto", cv=3
    )
    return distillation_report(model, X, names[y], cv=2, train_sizes=[130])


@pytest.fixture(scope="module")
def binary():
    return classification_report(2)


@pytest.fixture(scope="module")
def ten_classes():
    return classification_report(10)


@pytest.fixture(scope="module")
def regression():
    X, y = make_regression(n_samples=150, n_features=6, noise=5.0, random_state=0)
    model = DistilledRegressor(
        DecisionTreeRegressor(max_depth=4, random_state=0),
        Ridge(),
        student_features=slice(0, 4),
    )
    return distillation_report(model, X, y, cv=3)


def texts(display):
    """Every label a reader sees."""
    ax = display.ax_
    legend = ax.get_legend()
    entries = [] if legend is None else [t.get_text() for t in legend.get_texts()]
    return [ax.get_xlabel(), ax.get_ylabel(), ax.get_title(), *entries]


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("name", ["binary", "ten_classes"])
def test_every_display_draws_on_own_and_on_given_axes(display, name, request):
    made = display.from_report(request.getfixturevalue(name))
    assert made.plot() is made
    assert made.figure_ is made.ax_.figure
    made.figure_.canvas.draw()
    _, (left, _) = plt.subplots(1, 2)
    assert made.plot(ax=left).ax_ is left
    assert len(made.frame()) > 0
    # What a gain compares is named by its ticks.
    assert made.ax_.get_xlabel() and (display is GainDisplay or made.ax_.get_ylabel())


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("name", ["binary", "ten_classes"])
def test_no_text_overlaps_another_or_leaves_the_figure(display, name, request):
    made = display.from_report(request.getfixturevalue(name)).plot()
    figure, ax = made.figure_, made.ax_
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    shown = [
        text
        for axis, limits, place in (
            (ax.xaxis, ax.get_xlim(), 0),
            (ax.yaxis, ax.get_ylim(), 1),
        )
        for text in axis.get_ticklabels()
        if min(limits) <= text.get_position()[place] <= max(limits)
    ]
    boxes = [
        item.get_window_extent(renderer)
        for item in [*shown, ax.xaxis.label, ax.yaxis.label, ax.title]
        if item.get_text()
    ]
    assert len(boxes) > 6
    if ax.get_legend() is not None:
        boxes.append(ax.get_legend().get_window_extent(renderer))
    for number, box in enumerate(boxes):
        assert box.x0 >= -1 and box.y0 >= -1
        assert box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])


@pytest.mark.parametrize("cost", ["bulk", "one_row", "size"])
def test_trade_off_shows_score_and_cost_of_each_model(binary, cost):
    display = TradeOffDisplay.from_report(binary, metric="accuracy").plot(cost=cost)
    points = {
        container.get_label(): container.lines[0].get_ydata()[0]
        for container in display.ax_.containers
    }
    summary = binary.summary().set_index("metric").loc["accuracy"]
    assert points["teacher"] == summary["teacher_gain"]
    assert points["distilled student"] == summary["gain"]
    assert points["baseline (labels only)"] == 0.0
    unit = {"bulk": "s per row", "one_row": "s, log", "size": "B, log"}[cost]
    assert unit in display.ax_.get_xlabel()


def test_trade_off_bars_are_the_interval_of_the_difference(binary):
    summary = binary.summary().set_index("metric")
    for metric in ("accuracy", "log_loss"):
        frame = TradeOffDisplay.from_report(binary, metric=metric).frame()
        row, shown = summary.loc[metric], frame.set_index("model").loc["distilled"]
        expected = row[["gain", "gain_low", "gain_high"]].tolist()
        assert shown[["gain", "low", "high"]].tolist() == expected


def test_trade_off_times_differ_only_beyond_noise():
    data = {
        "model": ["teacher", "baseline", "distilled"],
        "gain": [0.1, 0.0, 0.05],
        "low": [0.08, np.nan, 0.03],
        "high": [0.12, np.nan, 0.07],
        "bulk_seconds_per_row": [9.0, 1.0, 1.21],
        "bulk_seconds_per_row_low": [8.0, 0.9, 1.1],
        "bulk_seconds_per_row_high": [10.0, 1.2, 1.3],
    }
    display = TradeOffDisplay(data).plot()
    places = {
        container.get_label(): container.lines[0].get_xdata()[0]
        for container in display.ax_.containers
    }
    assert places["teacher"] == pytest.approx(9.0)
    assert places["baseline (labels only)"] == pytest.approx(1.1)
    assert places["distilled student"] == places["baseline (labels only)"]


def test_trade_off_refuses_an_unknown_cost(binary):
    with pytest.raises(ValueError, match="cost must be one of"):
        TradeOffDisplay.from_report(binary).plot(cost="money")


def test_gains_are_the_paired_differences_of_the_folds(binary):
    display = GainDisplay.from_report(binary, metric="roc_auc").plot()
    wide = binary.frame().query("metric == 'roc_auc'")
    wide = wide.pivot(index="fold", columns="model", values="value")
    frame = display.frame().query("comparison == 'privileged'")
    np.testing.assert_allclose(frame["gain"], wide["distilled"] - wide["control"])
    labels = [tick.get_text() for tick in display.ax_.get_yticklabels()]
    assert len(labels) == 4 and "over control" in labels[-1]


def test_an_unknown_metric_is_named(binary):
    with pytest.raises(ValueError, match=r"metric must be one of .*'log_loss'"):
        GainDisplay.from_report(binary, metric="gini")


def test_fidelity_shows_where_the_teacher_is_right(binary):
    display = FidelityDisplay.from_report(binary).plot(model="baseline")
    frame = display.frame().query("model == 'baseline'")
    right = frame["teacher_right"].sum()
    assert f"teacher right ({right} rows)" in texts(display)
    assert (frame.query("teacher_right")["teacher"] >= 0.5).all()
    assert "probability of the true class" in display.ax_.get_xlabel()


def test_fidelity_of_a_regression_is_in_units_of_the_target(regression):
    display = FidelityDisplay.from_report(regression).plot()
    assert "units of the target" in display.ax_.get_xlabel()
    assert display.ax_.get_xlim() == display.ax_.get_ylim()


def test_fidelity_of_a_student_without_probabilities_is_refused():
    X, y = make_classification(n_samples=120, random_state=0)
    model = DistilledClassifier(TREE, LinearSVC(), student_features=slice(0, 9))
    report = distillation_report(model, X, y, cv=2)
    with pytest.raises(ValueError, match="no predictions of the model 'distilled'"):
        FidelityDisplay.from_report(report).plot()


def test_reliability_names_the_class_of_two_and_the_likeliest_of_ten(
    binary, ten_classes
):
    two = ReliabilityDisplay.from_report(binary).plot()
    assert "class class 1" in two.ax_.get_xlabel()
    ten = ReliabilityDisplay.from_report(ten_classes).plot()
    assert "predicted class" in ten.ax_.get_xlabel()
    assert "control (smoothing only)" not in texts(two)
    all_four = ReliabilityDisplay.from_report(binary)
    all_four.plot(models=["teacher", "baseline", "control", "distilled"])
    assert "control (smoothing only)" in texts(all_four)


def test_reliability_of_models_that_are_not_there(binary):
    display = ReliabilityDisplay.from_report(binary)
    assert "control (smoothing only)" in texts(display.plot(models="control"))
    with pytest.raises(ValueError, match=r"no probabilities of the models \['labeled"):
        display.plot(models=["labeled"])
    y, p = [0, 1, 1], np.full((3, 2), 0.5)
    with pytest.raises(ValueError, match=r"some of \['mine'\], and those named"):
        ReliabilityDisplay.from_predictions(y, {"mine": p}).plot()
    with pytest.raises(ValueError, match=r"'teacher'\] must be of shape \(3, 2\)"):
        ReliabilityDisplay.from_predictions(y, {"teacher": p[:, 1]})


def test_reliability_needs_classes(regression):
    with pytest.raises(ValueError, match="report is of a regression"):
        ReliabilityDisplay.from_report(regression)


def test_learning_curve_shows_means_and_what_rows_are_worth(binary):
    display = LearningCurveDisplay.from_report(binary, metric="accuracy")
    curve = binary.learning_curve().query("metric == 'accuracy'")
    mean = curve.query("model == 'baseline' and rows == 130")["value"].mean()
    frame = display.frame().query("model == 'baseline' and rows == 130")
    assert frame["score"].item() == pytest.approx(mean)
    told = "130 rows distilled"
    display.efficiency = {"rows": 130, "worth": 180.4, "score": mean, "told": told}
    assert "130 rows distilled are worth 180" in texts(display.plot())
    ticks = [tick.get_text() for tick in display.ax_.get_xticklabels()]
    assert ticks == ["130", "200"]


def test_learning_curve_needs_sizes_and_a_metric_of_the_draws(regression, binary):
    with pytest.raises(ValueError, match="made with train_sizes"):
        LearningCurveDisplay.from_report(regression)
    with pytest.raises(ValueError, match="has no 'macro_f1'"):
        LearningCurveDisplay.from_report(binary, metric="macro_f1")


def test_alpha_marks_the_choice_of_the_estimator():
    X, y = make_classification(n_samples=200, n_features=6, flip_y=0.2, random_state=0)
    model = DistilledClassifier(
        TREE, LogisticRegression(), alpha="auto", cv=3, student_features=[0, 1, 2]
    ).fit(X, y)
    display = AlphaDisplay.from_estimator(model).plot()
    ring = [line for line in display.ax_.lines if line.get_label() == "chosen"]
    if model.alpha_ > 0.0:
        assert ring[0].get_xdata()[0] == pytest.approx(model.alpha_)
    else:
        assert not ring and "labels only (alpha 0), chosen" in texts(display)
    np.testing.assert_array_equal(
        display.frame()["loss"], model.selection_results_["loss"]
    )


def test_alpha_marks_what_was_chosen_even_if_another_has_the_least_loss():
    X, y = make_classification(n_samples=60, n_features=6, flip_y=0.3, random_state=3)
    model = DistilledClassifier(
        TREE, LogisticRegression(), alpha="auto", cv=3, student_features=[0, 1, 2]
    ).fit(X, y)
    for chosen, alpha in enumerate(model.selection_results_["alpha"]):
        model.alpha_ = alpha
        assert AlphaDisplay.from_estimator(model).chosen == chosen


def test_alpha_with_shares_has_a_line_for_each(binary):
    data = {
        "alpha": [0.0, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0],
        "privileged_weight": [1.0, 0.0, 0.5, 1.0, 0.0, 0.5, 1.0],
        "loss": [0.5, 0.48, 0.47, 0.49, 0.51, 0.46, 0.5],
        "std_error": [0.0, *[0.01] * 6],
    }
    display = AlphaDisplay(data).plot()
    assert {"alpha 0.5", "alpha 1"} <= set(texts(display))
    assert "privileged" in display.ax_.get_xlabel()


def test_alpha_of_a_correction_is_on_even_places():
    X, y = make_classification(n_samples=200, n_features=6, flip_y=0.2, random_state=0)
    model = DistilledClassifier(
        TREE,
        LogisticRegression(),
        objective=Response(correction="auto"),
        cv=3,
        student_features=[0, 1, 2],
    ).fit(X, y)
    display = AlphaDisplay.from_estimator(model).plot()
    ticks = [tick.get_text() for tick in display.ax_.get_xticklabels()]
    assert ticks[0] == "0" and ticks[-1] == "inf"
    assert "correction" in display.ax_.get_xlabel()


def test_alpha_that_was_not_chosen_is_refused(regression):
    X, y = make_classification(n_samples=100, random_state=0)
    model = DistilledClassifier(TREE, LogisticRegression()).fit(X, y)
    with pytest.raises(ValueError, match="this DistilledClassifier itself"):
        AlphaDisplay.from_estimator(model)
    search = GridSearchCV(model, {"alpha": ["auto"]}, cv=2).fit(X, y)
    with pytest.raises(ValueError, match=r"not what is around it.* GridSearchCV"):
        AlphaDisplay.from_estimator(search)
    AlphaDisplay.from_estimator(search.best_estimator_)
    with pytest.raises(ValueError, match="needs a report of an estimator with alpha"):
        AlphaDisplay.from_report(regression)


def test_displays_take_dataframes(binary):
    frame = GainDisplay.from_report(binary).frame()
    again = GainDisplay(frame)
    again.plot()
    assert again.frame().equals(frame)


def test_importing_the_report_imports_no_plotting_library():
    code = (
        "import sys, skdistill.report; "
        "print([m for m in ('matplotlib', 'catboost') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
