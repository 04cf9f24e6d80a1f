"""What holds for every model on every kind of data: it works, or is refused in time.

A thousand examples of the six estimators run by default. More of them, at random::

    SKDISTILL_EXAMPLES=10000 pytest tests/test_properties.py
"""

import copy
import os
import pickle
import re
import traceback

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn
from hypothesis import HealthCheck, Phase, event, given, settings
from random_models import (
    FITS,
    count_fits,
    mutual_cases,
    offline_cases,
    self_cases,
)
from sklearn.base import is_classifier
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, check_cv
from sklearn.utils import _safe_indexing

from skdistill.input._routing import member_params
from skdistill.students import _catboost, _histogram, _lightgbm, _xgboost

EXAMPLES = int(os.environ.get("SKDISTILL_EXAMPLES", "1000"))
# What a message can blame, beside the parameters of the constructor.
BLAMED = ("X", "y", "sample_weight", "groups", "split", "peer", "temperature", "scale")

LIBRARY_CHECKS = (
    _catboost.works,
    _histogram.private_names_work,
    _lightgbm.works,
    _xgboost.works,
)

# Models and data of any kind warn, too; that is not what is looked at here.
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(
        sklearn.__version__.startswith(("1.6", "1.7", "1.8")),
        reason="Models drawn at random are tried with the newest libraries.",
    ),
]


@pytest.fixture(autouse=True, scope="module")
def _counting():
    # At its first use a library is checked by fits that are nobody's.
    for check_library in LIBRARY_CHECKS:
        check_library()
    with pytest.MonkeyPatch.context() as patch:
        count_fits(patch)
        yield


def examples(share):
    """Settings of a test that gets a share of the examples."""
    return settings(
        max_examples=max(1, round(EXAMPLES * share)),
        deadline=None,
        database=None,
        derandomize="SKDISTILL_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        # To explain a failure takes minutes of tracing.
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )


@given(case=offline_cases("classes"))
@examples(0.35)
def test_an_offline_classifier_works_or_is_refused(case):
    check(case)


@given(case=offline_cases("values"))
@examples(0.2)
def test_an_offline_regressor_works_or_is_refused(case):
    check(case)


@given(case=self_cases("classes"))
@examples(0.15)
def test_a_self_distilled_classifier_works_or_is_refused(case):
    check(case)


@given(case=self_cases("values"))
@examples(0.1)
def test_a_self_distilled_regressor_works_or_is_refused(case):
    check(case)


@given(case=mutual_cases("classes"))
@examples(0.1)
def test_a_mutually_distilled_classifier_works_or_is_refused(case):
    check(case)


@given(case=mutual_cases("values"))
@examples(0.1)
def test_a_mutually_distilled_regressor_works_or_is_refused(case):
    check(case)


def check(case):
    """Fit the model of a case; check what it predicts, or how it was refused."""
    X, y, params = case.data.make()
    given_X, given_y = copy.deepcopy(X), y.copy()
    model = case.model()
    before = str(model.get_params(deep=False))
    FITS.clear()
    try:
        model.fit(X, y, **params)
    except Exception as error:
        event("refused")
        check_refusal(case, model, error)
    else:
        event("works")
        check_predictions(case, model, X, y)
        check_pickle(case, model, X)
        check_refused_refit(case, model, X, y)
    assert_equal(X, given_X)
    np.testing.assert_array_equal(y, given_y)
    assert str(model.get_params(deep=False)) == before


def check_refusal(case, model, error):
    """The message names a parameter, and comes before a teacher was trained.

    A member that cannot be trained on such data by itself says so in its own words; on
    which part of the rows, nobody can know before.
    """
    n_fits = sum(FITS[cls] for cls in case.teachers())
    shown = "".join(traceback.format_exception(error)[-12:])
    if blames(model, error) and not n_fits:
        return
    X, y, params = case.data.make()
    weight = params.get("sample_weight")
    rows = np.arange(len(y)) if weight is None else np.flatnonzero(weight)
    parts = training_parts(model, X, y, params.get("groups"))
    if fails_alone(case, rows) and fails_alone(case, np.arange(len(y)), weight):
        # Generations are trained on the folds before they are on all rows.
        before = np.inf if case.kind == "Self" else len(case.members)
        assert n_fits < before, f"{n_fits} fits before:\n{shown}"
        return
    # A stack or a search may split off rows none of which has weight.
    for part in (*parts, np.arange(len(y))):
        weighted = np.intersect1d(part, rows)
        if fails_alone(case, weighted) or fails_alone(case, part, weight):
            return
    assert blames(model, error), shown
    assert not n_fits, f"{n_fits} fits before:\n{shown}"


def blames(model, error):
    """Whether an error is of the right kind, and names a parameter."""
    message = "\n".join([str(error), *getattr(error, "__notes__", ())])
    names = "|".join([*BLAMED, *model.get_params(deep=False)])
    return isinstance(error, (ValueError, TypeError)) and bool(
        re.search(rf"\b({names})\b", message)
    )


def fails_alone(case, rows, weight=None):
    """Whether a member cannot be trained on some rows by itself."""
    X, y, _ = case.data.make()
    if len(rows) < 2:
        return False
    for member, columns in case.members_alone():
        narrow = X if columns is None else take_columns(X, columns)
        known = y[rows]
        if case.data.task == "classes" and not is_classifier(member):
            known = known == known[0]  # A regressor learns probabilities.
        try:
            params = member_params(member, None if weight is None else weight[rows])
            member.fit(_safe_indexing(narrow, rows), known, **params)
        except Exception:  # Libraries raise what they like.
            return True
    return False


def training_parts(model, X, y, groups):
    """Training parts of the folds, also without the test part of another fold."""
    if model.cv is None and model.get_params().get("peers"):
        return []
    cv = None if isinstance(model.cv, str) else model.cv
    cv, classifier = 5 if cv is None else cv, is_classifier(model)
    if groups is not None and isinstance(cv, int):
        cv = (StratifiedGroupKFold if classifier else GroupKFold)(cv)
    try:
        splits = list(check_cv(cv, y, classifier=classifier).split(X, y, groups))
    except ValueError:
        return []
    return [np.setdiff1d(train, test) for train, _ in splits for _, test in splits]


def take_columns(X, columns):
    if isinstance(X, list):
        X = np.array(X)
    if not isinstance(X, pd.DataFrame):
        return X[:, columns]
    ends = [columns.start] if isinstance(columns, slice) else columns
    by_name = any(isinstance(end, str) for end in ends)
    return X.loc[:, columns] if by_name else X.iloc[:, columns]


def check_predictions(case, model, X, y):
    predicted = model.predict(X)
    assert predicted.shape == y.shape
    narrow = student_columns(model, X)
    if case.data.task == "values":
        assert np.isfinite(predicted).all()
        np.testing.assert_allclose(model.predict(narrow), predicted, rtol=1e-6)
        return
    np.testing.assert_array_equal(model.predict(narrow), predicted)
    np.testing.assert_array_equal(model.classes_, np.unique(y))
    assert np.isin(predicted, model.classes_).all()
    assert predicted.dtype.kind == model.classes_.dtype.kind
    if not hasattr(model, "predict_proba"):
        return
    probabilities = model.predict_proba(X)
    assert probabilities.shape == (len(y), len(model.classes_))
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(
        model.predict_proba(narrow), probabilities, rtol=1e-6, atol=1e-12
    )
    best = probabilities.max(axis=1)
    chosen = probabilities[
        np.arange(len(y)), np.searchsorted(model.classes_, predicted)
    ]
    if not case.members[-1].startswith("search"):
        np.testing.assert_allclose(chosen, best, atol=1e-6)


def student_columns(model, X):
    """X reduced to the columns that the student needs, in its order."""
    if hasattr(model, "peer_feature_indices_"):
        used = [model.peer_feature_indices_[name] for name in model.deployed_]
        columns = used[0] if len(used) == 1 else np.unique(np.concatenate(used))
    else:
        columns = getattr(model, "student_feature_indices_", None)
        columns = model.feature_indices_ if columns is None else columns
    if len(columns) == np.shape(X)[1]:
        return X  # A full X has the order of the training data.
    if isinstance(X, pd.DataFrame):
        return X.iloc[:, columns]
    if isinstance(X, list):
        return [[row[column] for column in columns] for row in X]
    return X[:, columns]


def check_pickle(case, model, X):
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def check_refused_refit(case, model, X, y):
    """A refit that is refused leaves the model as it was."""
    before = model.predict(X)
    useless = y * np.nan if case.data.task == "values" else np.repeat(y[:1], len(y))
    for X_bad, y_bad in (
        (other_columns(X), y[:-1]),
        (other_columns(X), useless),
        (X, y[1:]),
    ):
        with pytest.raises((ValueError, TypeError)):
            model.fit(X_bad, y_bad)
        np.testing.assert_array_equal(model.predict(X), before)


def other_columns(X):
    """X with its columns in another order, or fewer of them."""
    if isinstance(X, list):
        return [row[::-1] for row in X]
    if isinstance(X, pd.DataFrame):
        return X[X.columns[::-1]]
    return X[:, :-1]


def assert_equal(X, other):
    if isinstance(X, pd.DataFrame):
        pd.testing.assert_frame_equal(X, other)
    elif scipy.sparse.issparse(X):
        assert (other != X).nnz == 0
    else:
        np.testing.assert_array_equal(X, other)
