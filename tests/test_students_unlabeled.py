"""Rows without a label: they count for the soft targets and for nothing else."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
import sklearn
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy import sparse
from scipy.special import softmax
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
)
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Ridge, RidgeCV, SGDClassifier
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.validation import has_fit_parameter
from xgboost import XGBClassifier, XGBRegressor

from skdistill.objectives import Response
from skdistill.students import fit_student, student_route

rng = np.random.default_rng(0)
N, LABELED = 240, np.arange(240) % 3 == 0
X = rng.normal(size=(N, 4)).round(1)
SCORES = X @ rng.normal(size=(4, 3))
CLASSES = np.array(["a", "b", "c"])
VALUES = X[:, 0] + X[:, 1] ** 2

HGB = HistGradientBoostingClassifier(max_iter=10, max_depth=3, random_state=0)
CLASSIFIERS = {
    "logistic": LogisticRegression(),
    "tree": DecisionTreeClassifier(max_depth=4, random_state=0),
    "forest": RandomForestClassifier(10, random_state=0),
    "histogram": HGB,
    "histogram_by_copies": clone(HGB).set_params(scoring="accuracy"),
    "drawn": KNeighborsClassifier(),
    "calibrated": CalibratedClassifierCV(LogisticRegression(), ensemble=False, cv=3),
    "search": GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3),
    "search_of_drawn": GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [3]}, cv=2),
    "stacked": StackingClassifier([("a", LogisticRegression())], cv=3),
    "pipeline": make_pipeline(StandardScaler(), SelectKBest(k=3), LogisticRegression()),
    "catboost": CatBoostClassifier(iterations=10, verbose=0, thread_count=1),
    "xgboost": XGBClassifier(n_estimators=10, n_jobs=1),
    "lightgbm": LGBMClassifier(n_estimators=10, n_jobs=1, verbose=-1),
}
SPLIT_OR_SELECT = ("calibrated", "search", "search_of_drawn", "stacked", "pipeline")
REGRESSORS = {
    "ridge": Ridge(),
    "ridge_cv": RidgeCV(),
    "tree": DecisionTreeRegressor(max_depth=4, random_state=0),
    "forest": RandomForestRegressor(10, random_state=0),
    "histogram": HistGradientBoostingRegressor(max_iter=10, random_state=0),
    "search": GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=3),
    "stacked": StackingRegressor([("a", Ridge())], cv=3),
    "catboost": CatBoostRegressor(iterations=10, verbose=0, thread_count=1),
    "xgboost": XGBRegressor(n_estimators=10, n_jobs=1),
    "lightgbm": LGBMRegressor(n_estimators=10, n_jobs=1, verbose=-1),
}


def make_task(
    alpha=0.5, n_classes=3, labeled=LABELED, weight=None, temperature=1.0, labels=None
):
    """Soft targets for all rows, labels for one of three."""
    q = softmax(SCORES[:, :n_classes], axis=1)
    if labels is None:
        labels = (q.cumsum(axis=1) < rng_labels[:, None]).sum(axis=1)
    objective = Response(temperature)
    loss = objective.loss("classification", alpha, n_classes)
    loss = replace(loss, unlabeled=labeled is not None)
    task = objective.task(loss, q, labels, CLASSES[:n_classes], weight, labeled=labeled)
    return task


rng_labels = rng.random(N)


def regression_task(alpha=0.5, labeled=LABELED, y=VALUES):
    loss = replace(Response().loss("regression", alpha, 1), unlabeled=True)
    q = VALUES + np.sin(X[:, 2])
    return Response().task(loss, q, y, labeled=labeled)


def answer(student, rows=X):
    ask = getattr(student, "predict_proba", student.predict)
    return ask(rows)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_labels_behind_unlabeled_rows_do_not_matter(name, n_classes):
    task = make_task(n_classes=n_classes)
    other = task.labels.copy()
    other[~LABELED] = (other[~LABELED] + 1) % n_classes
    same = make_task(n_classes=n_classes, labels=other)
    np.testing.assert_array_equal(task.labels, same.labels)
    assert student_route(CLASSIFIERS[name], task.loss)
    fitted = fit_student(clone(CLASSIFIERS[name]), X, task)
    assert answer(fitted).shape == (N, n_classes)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    "name", [name for name in CLASSIFIERS if name not in SPLIT_OR_SELECT]
)
def test_at_alpha_one_unlabeled_rows_are_rows_like_any_others(name, n_classes):
    with_mask = fit_student(
        clone(CLASSIFIERS[name]), X, make_task(1.0, n_classes=n_classes)
    )
    all_rows = fit_student(
        clone(CLASSIFIERS[name]), X, make_task(1.0, n_classes=n_classes, labeled=None)
    )
    np.testing.assert_allclose(answer(with_mask), answer(all_rows), atol=1e-6)


@pytest.mark.parametrize("name", REGRESSORS)
def test_regressors_learn_values_of_unlabeled_rows(name):
    task = regression_task()
    expected = np.where(LABELED, (task.responses + VALUES) / 2, task.responses)
    np.testing.assert_allclose(task.targets, expected)
    assert student_route(REGRESSORS[name], task.loss) == "regression"
    fitted = fit_student(clone(REGRESSORS[name]), X, task)
    if name in ("ridge", "tree", "forest", "histogram", "xgboost", "lightgbm"):
        plain = clone(REGRESSORS[name]).fit(X, expected)
        np.testing.assert_allclose(answer(fitted), answer(plain))


@pytest.mark.parametrize("name", ["xgboost", "lightgbm"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_gradient_has_an_alpha_for_each_row(name, n_classes):
    """As two copies of a row: the tempered response, and the label."""
    task = make_task(0.3, n_classes=n_classes, temperature=2.0)
    from skdistill.students._gradients import DistillationGradient

    raw = rng.normal(size=(N, n_classes) if n_classes > 2 else N)
    gradient, hessian = DistillationGradient.of_task(task)(raw)
    for alpha, rows in ((0.3, LABELED), (1.0, ~LABELED)):
        one = make_task(alpha, n_classes=n_classes, temperature=2.0, labeled=None)
        expected, curvature = DistillationGradient.of_task(one)(raw)
        np.testing.assert_allclose(gradient[rows], expected[rows])
        np.testing.assert_allclose(hessian[rows], curvature[rows])
    fitted = fit_student(clone(CLASSIFIERS[name]), X, task)
    assert answer(fitted).shape == (N, n_classes)


@pytest.mark.parametrize(
    "student",
    [
        LogisticRegression(class_weight="balanced"),
        clone(HGB).set_params(class_weight="balanced"),
        GridSearchCV(LogisticRegression(class_weight="balanced"), {"C": [1.0]}, cv=3),
        CatBoostClassifier(
            iterations=5, verbose=0, thread_count=1, auto_class_weights="Balanced"
        ),
        LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1, class_weight="balanced"),
        LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1, is_unbalance=True),
    ],
    ids=lambda s: type(s).__name__,
)
def test_class_weights_are_counted_on_labeled_rows(student):
    """Rows without weight, whose labels would change the counts, change nothing."""
    task = make_task(n_classes=2)
    weight = np.where(LABELED, 1.0, 1e-12)
    unlabeled = replace(task, sample_weight=weight)
    alone = task.rows(np.flatnonzero(LABELED))
    few = replace(alone, labeled=None, alphas=None)
    if isinstance(student, CatBoostClassifier):
        from skdistill.students._catboost_params import class_weight_of

        np.testing.assert_allclose(
            class_weight_of(student, unlabeled), class_weight_of(student, few)
        )
        return
    from skdistill.students._class_weights import weigh_classes

    if getattr(student, "class_weight", None):
        np.testing.assert_allclose(
            weigh_classes("balanced", unlabeled, student),
            weigh_classes("balanced", few, student),
        )
    if isinstance(student, (LogisticRegression, GridSearchCV)):
        mixed = fit_student(clone(student), X, unlabeled)
        plain = fit_student(clone(student), X[LABELED], few)
        np.testing.assert_allclose(answer(mixed), answer(plain), atol=1e-3)


class Recorder(LogisticRegression):
    """Remember which rows were held out."""

    scored: ClassVar[list] = []

    def score(self, X, y, sample_weight=None):
        self.scored.append((X, y))
        return super().score(X, y, sample_weight)


def test_a_search_scores_labeled_rows_by_their_labels():
    Recorder.scored.clear()
    task = make_task()
    fit_student(GridSearchCV(Recorder(), {"C": [1.0]}, cv=3), X, task)
    scored = np.concatenate([rows for rows, _ in Recorder.scored])
    known = np.concatenate([labels for _, labels in Recorder.scored])
    assert len(scored) == LABELED.sum()
    order = np.lexsort(scored.T)
    expected = np.lexsort(X[LABELED].T)
    np.testing.assert_array_equal(scored[order], X[LABELED][expected])
    assert sorted(known) == sorted(task.y[LABELED])


@pytest.mark.skipif(
    not has_fit_parameter(HGB, "X_val"), reason="this scikit-learn has no X_val"
)
@pytest.mark.parametrize("regression", [False, True])
def test_early_stopping_holds_out_labeled_rows(regression, monkeypatch):
    kind = HistGradientBoostingRegressor if regression else type(HGB)
    held_out = []

    class Recording(kind):
        def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, **params):
            held_out.append((X_val, y_val))
            return super().fit(X, y, sample_weight, X_val=X_val, y_val=y_val, **params)

    task = regression_task() if regression else make_task()
    marked = np.column_stack([X, np.arange(N)])
    student = Recording(early_stopping=True, max_iter=5, random_state=0)
    fit_student(student, marked, task)
    rows = held_out[0][0][:, -1].round().astype(int)
    assert len(rows) == 8
    assert LABELED[rows].all()
    np.testing.assert_array_equal(
        held_out[0][1], (task.targets if regression else task.y)[rows]
    )


@pytest.mark.parametrize(
    ("student", "name"),
    [
        (MLPClassifier(early_stopping=True), "early_stopping"),
        (MLPRegressor(early_stopping=True), "early_stopping"),
        (SGDClassifier(early_stopping=True), "early_stopping"),
        (GradientBoostingClassifier(n_iter_no_change=3), "n_iter_no_change"),
        (GradientBoostingRegressor(n_iter_no_change=3), "n_iter_no_change"),
        (CatBoostClassifier(eval_fraction=0.2), "eval_fraction"),
        (GridSearchCV(GridSearchCV(Ridge(), {}), {}), "cv"),
    ],
    ids=str,
)
def test_a_student_that_holds_out_rows_by_itself_is_refused(student, name):
    loss = replace(Response().loss("classification", 0.5, 2), unlabeled=True)
    with pytest.raises(ValueError, match=f"^{name} of .* rows without a label"):
        student_route(student, loss)


@pytest.mark.skipif(
    sklearn.__version__.startswith(("1.6", "1.7", "1.8")),
    reason="cv is a number before 1.9",
)
def test_the_head_of_a_pipeline_is_fitted_on_labeled_rows():
    categories = rng.integers(20, size=(N, 1))
    task = make_task()
    student = make_pipeline(TargetEncoder(cv=KFold(3)), LogisticRegression())
    fitted = fit_student(clone(student), categories, task)
    alone = clone(student[0])
    known = alone.fit_transform(categories[LABELED], task.y[LABELED])
    expected = alone.transform(categories)
    np.testing.assert_allclose(fitted[0].transform(categories), expected)
    expected[LABELED] = known
    plain = fit_student(clone(student[1]), expected, task)
    np.testing.assert_allclose(fitted[1].coef_, plain.coef_)


class Rows(TransformerMixin, BaseEstimator):
    """Return rows in one of many containers."""

    def __init__(self, container):
        self.container = container

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return self.container(X)


def to_polars(X):
    import polars as pl

    return pl.DataFrame(np.asarray(X))


@pytest.mark.parametrize(
    "container",
    [np.asarray, pd.DataFrame, sparse.csr_matrix, sparse.csr_array, to_polars],
)
def test_rows_keep_their_order_behind_a_head(container):
    student = make_pipeline(Rows(container), LogisticRegression())
    fitted = fit_student(student, X, make_task())
    plain = fit_student(LogisticRegression(), X, make_task())
    np.testing.assert_allclose(fitted[-1].coef_, plain.coef_, atol=1e-6)


def test_alpha_zero_is_the_student_on_labeled_rows():
    task = make_task(0.0)
    fitted = fit_student(make_pipeline(StandardScaler(), clone(HGB)), X, task)
    plain = make_pipeline(StandardScaler(), clone(HGB)).fit(X[LABELED], task.y[LABELED])
    np.testing.assert_array_equal(answer(fitted), answer(plain))
