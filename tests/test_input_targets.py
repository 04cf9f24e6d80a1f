"""Marks of missing labels in y."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledRegressor,
    SelfDistilledClassifier,
)

X = np.random.default_rng(0).normal(size=(60, 3))
line, ridge = LogisticRegression(), Ridge()


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (DistilledClassifier(line), [*"ab" * 29, "a", None]),
        (DistilledClassifier(line), [*[0.0, 1.0] * 29, 1.0, np.nan]),
        (DistilledClassifier(line), pd.Series([*"ab" * 29, "a", np.nan])),
        (SelfDistilledClassifier(line), [*[0, 1] * 29, 1, None]),
        (DistilledRegressor(ridge), [*range(59), np.nan]),
        (DistilledRegressor(ridge), [*range(59), None]),
        (MutualDistilledRegressor([("a", ridge), ("b", Ridge())]), [*X[1:, 0], np.nan]),
    ],
)
def test_rows_without_a_label_are_sent_to_where_they_belong(model, y):
    if not isinstance(y, pd.Series):
        y = np.array(y, dtype=object if any(v is None for v in y) else None)
    with pytest.raises(ValueError, match=r"contains N(aN|one)[\s\S]*X_unlabeled"):
        model.fit(X, y)


@pytest.mark.parametrize("dtype", [str, object, "string", "category"])
def test_text_is_no_value(dtype):
    y = pd.Series([*"ab" * 30]).astype(dtype)
    with pytest.raises(ValueError, match="y of DistilledRegressor must hold numbers"):
        DistilledRegressor(ridge).fit(X, y)


def test_minus_one_beside_codes_is_learnt_with_a_warning():
    y = np.arange(60) % 3 - 1
    with pytest.warns(UserWarning, match="learnt as a class.*X_unlabeled"):
        model = DistilledClassifier(line, cv=2).fit(X, y)
    assert model.classes_.tolist() == [-1, 0, 1]


@pytest.mark.parametrize("labels", [[-1, 1], [-1, 0], [-2, -1, 0], ["-1", "0", "1"]])
def test_other_labels_with_a_minus_are_labels(labels):
    y = np.array(labels)[np.arange(60) % len(labels)]
    model = DistilledClassifier(line, cv=2).fit(X, y)  # Without a warning.
    assert model.classes_.tolist() == labels
