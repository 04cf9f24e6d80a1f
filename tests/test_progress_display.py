"""The display of scores by generation and by round."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_friedman1
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdistill.mutual._mutual import MutualDistilledClassifier, MutualDistilledRegressor
from skdistill.report.displays._progress import ProgressDisplay
from skdistill.selfdistill._self import SelfDistilledClassifier, SelfDistilledRegressor

# Old matplotlib calls old names of a new pyparsing, and it is warnings that fail tests.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated - use:DeprecationWarning")
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def labelled():
    return make_classification(n_samples=90, flip_y=0.2, random_state=0)


def lines(ax):
    return {
        container.get_label(): container.lines[0].get_ydata()
        for container in ax.containers
    }


def test_generations(labelled):
    model = SelfDistilledClassifier(
        DecisionTreeClassifier(min_samples_leaf=3, random_state=0), n_generations=2
    ).fit(*labelled)
    display = ProgressDisplay.from_estimator(model).plot()
    np.testing.assert_array_equal(
        lines(display.ax_)["estimator"], model.validation_scores_
    )
    assert display.ax_.get_xlabel() == "Generation"
    assert "log-loss" in display.ax_.get_ylabel()
    start = [line for line in display.ax_.lines if line.get_linestyle() == ":"]
    assert start[0].get_ydata()[0] == model.validation_scores_[0]
    chosen = next(line for line in display.ax_.lines if line.get_label() == "chosen")
    assert chosen.get_xdata()[0] == model.best_generation_
    frame = pytest.importorskip("pandas") and display.frame()
    assert list(frame) == ["step", "model", "score", "std_error"]
    assert frame["std_error"][0] == 0.0


def test_rounds(labelled):
    peers = [
        ("tree", DecisionTreeClassifier(max_depth=2, random_state=0)),
        ("line", LogisticRegression()),
    ]
    model = MutualDistilledClassifier(peers, n_rounds=3).fit(*labelled)
    _, ax = plt.subplots()
    display = ProgressDisplay.from_estimator(model, reference={"tree": -0.4})
    assert display.plot(ax) is display
    assert display.ax_ is ax
    drawn = lines(ax)
    assert list(drawn) == ["tree", "line", "mean"]
    for name, scores in drawn.items():
        np.testing.assert_array_equal(scores, model.round_scores_[name])
    dotted = [line.get_ydata() for line in ax.lines if line.get_linestyle() == ":"]
    assert [y[0] for y in dotted if len(y)] == [-0.4]
    assert ax.get_ylabel().startswith("Training negative log-loss")


def test_values_are_scored_by_squared_error():
    X, y = make_friedman1(n_samples=60, random_state=0)
    tree = DecisionTreeRegressor(max_depth=2, random_state=0)
    alone = SelfDistilledRegressor(tree, cv=3, n_generations=1).fit(X, y)
    peers = MutualDistilledRegressor([("tree", tree), ("line", Ridge())], cv=3)
    for model in (alone, peers.set_params(n_rounds=2).fit(X, y)):
        label = ProgressDisplay.from_estimator(model).plot().ax_.get_ylabel()
        assert label.startswith("Out-of-fold negative mean squared error")


def test_others_have_no_progress(labelled):
    with pytest.raises(ValueError, match=r"generations or rounds.*LogisticRegression"):
        ProgressDisplay.from_estimator(LogisticRegression().fit(*labelled))
