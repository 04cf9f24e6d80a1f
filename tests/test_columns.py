"""Column selection in fit, narrow data in predict."""

from time import perf_counter

import numpy as np
import pytest
from sklearn.compose import make_column_selector
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.input._columns import resolve_columns, select_columns

pd = pytest.importorskip("pandas")

NAMES = ["age", "stage", "site", "lab_a", "lab_b"]
REGULAR = ["age", "stage", "site"]


def assert_same(probabilities, expected):
    """Equal but for the last bit: frames differ in layout, and BLAS rounds by it."""
    np.testing.assert_allclose(probabilities, expected, rtol=1e-13)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 5))
    y = np.where(X[:, 0] + 2 * X[:, 3] + rng.normal(size=120) > 0, "ill", "well")
    return pd.DataFrame(X, columns=NAMES), y


def fit(X, y, student_features=REGULAR, **params):
    model = DistilledClassifier(
        GaussianNB(), LogisticRegression(), student_features=student_features, **params
    )
    return model.fit(X, y)


@pytest.mark.parametrize(
    "spec",
    [
        REGULAR,
        [0, 1, 2],
        [-5, -4, -3],
        np.array([True, True, True, False, False]),
        slice(0, 3),
        slice("age", "site"),
        lambda X: [name for name in X.columns if not name.startswith("lab")],
        make_column_selector("^[^l]"),
    ],
)
def test_every_kind_of_specification_selects_the_same(data, spec):
    X, _ = data
    selected = resolve_columns(
        spec, X, "student_features", "DistilledClassifier"
    ).positions
    np.testing.assert_array_equal(selected, [0, 1, 2])


@pytest.mark.parametrize("spec", ["lab_a", 3, [3], ["lab_a"]])
def test_one_column_can_be_given_without_a_list(data, spec):
    selected = resolve_columns(spec, data[0], "student_features", "owner").positions
    np.testing.assert_array_equal(selected, [3])


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (["age", "weight"], "names the unknown column 'weight'"),
        (["age", "age"], r"selects columns more than once: \['age'\]"),
        ([0, -5], r"selects columns more than once: \['age'\]"),
        ([], "selects no column"),
        (slice(0, 0), "selects no column"),
        ([False] * 5, "selects no column"),
        ([True, False], "is a mask of 2 entries, but X has 5 columns"),
        ([7], r"selects positions \[7\], but X has 5 columns"),
        (lambda X: [], "selects no column"),
    ],
)
def test_bad_specifications_name_parameter_and_owner(data, spec, message):
    with pytest.raises(
        ValueError, match=f"student_features of DistilledClassifier .*{message}"
    ):
        fit(*data, student_features=spec)


def test_items_of_mixed_type_are_a_type_error(data):
    with pytest.raises(TypeError, match=r"got items of type \['float', 'str'\]"):
        fit(*data, student_features=["age", 1.5])


@pytest.mark.parametrize("spec", [1.5, True, np.array(2), lambda X: 1.5])
def test_what_holds_no_items_is_a_type_error(data, spec):
    expected = r"student_features of Distilled.* must be column names.* of type"
    with pytest.raises(TypeError, match=expected):
        fit(*data, student_features=spec)


def test_names_need_a_frame(data):
    X, y = data
    with pytest.raises(ValueError, match="but X is a ndarray without them"):
        fit(X.to_numpy(), y)


def test_duplicate_column_names_are_refused(data):
    X, y = data
    X.columns = ["age", "age", "site", "lab_a", "lab_b"]
    with pytest.raises(ValueError, match=r"'age'.* 2 times"):
        fit(X, y, student_features=["age"])


def test_privileged_columns_missing_at_fit_are_an_error(data):
    X, y = data
    with pytest.raises(ValueError, match=r"teacher_features .*unknown column 'lab_a'"):
        fit(X[REGULAR], y, teacher_features=["age", "lab_a"])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_predict_takes_full_narrow_shuffled_and_wider_frames(data, library):
    X, y = data
    if library == "polars":
        X = pytest.importorskip("polars").from_pandas(X)
    model = fit(X, y)
    expected = model.predict_proba(X)
    for columns in (REGULAR, ["site", "age", "stage"], [*reversed(NAMES)]):
        assert_same(model.predict_proba(X[columns]), expected)
    wider = X[REGULAR].assign(note="x") if library == "pandas" else X[REGULAR]
    assert_same(model.predict_proba(wider), expected)
    assert model.score(X[REGULAR], y) == model.score(X, y)


def test_a_missing_student_column_is_named_and_a_privileged_one_is_not(data):
    X, y = data
    model = fit(X, y)
    with pytest.raises(ValueError, match="yet now missing:\n- stage\n") as error:
        model.predict(X[["age", "site"]])
    assert "lab_a" not in str(error.value)


def test_positions_keep_the_order_of_a_full_frame(data):
    X, y = data
    model = fit(X, y, student_features=[0, 1, 2])
    np.testing.assert_array_equal(model.predict(X[REGULAR[::-1]]), model.predict(X))
    with pytest.raises(ValueError, match="must be in the same order"):
        model.predict(X[NAMES[::-1]])


def test_arrays_are_taken_by_width(data):
    X, y = data
    model = fit(X.to_numpy(), y, student_features=[2, 0])
    full = X.to_numpy()
    assert_same(model.predict_proba(full[:, [2, 0]]), model.predict_proba(full))
    for width in (1, 3, 4):
        with pytest.raises(ValueError, match=f"X has {width} features, but Distilled"):
            model.predict(full[:, :width])


def test_without_student_features_the_standard_rules_hold(data):
    X, y = data
    model = DistilledClassifier(GaussianNB()).fit(X, y)
    with pytest.raises(ValueError, match="must be in the same order"):
        model.predict(X[NAMES[::-1]])
    with pytest.raises(ValueError, match="yet now missing"):
        model.predict(X[REGULAR])


def test_each_one_sees_its_columns_only(data):
    X, y = data
    model = fit(X, y, teacher_features=["lab_a", "lab_b"], store_teacher=True)
    np.testing.assert_array_equal(model.teacher_.feature_names_in_, ["lab_a", "lab_b"])
    np.testing.assert_array_equal(model.student_.feature_names_in_, REGULAR)
    np.testing.assert_array_equal(model.teacher_feature_indices_, [3, 4])
    np.testing.assert_array_equal(model.student_feature_indices_, [0, 1, 2])


def test_the_student_cannot_hear_a_privileged_column_at_predict(data):
    X, y = data
    model = fit(X, y)
    changed = X.assign(lab_a=1e6, lab_b=np.nan)
    assert_same(model.predict_proba(changed), model.predict_proba(X))


def test_all_columns_are_the_frame_itself(data):
    X, _ = data
    assert select_columns(X, np.arange(5)) is X
    array = X.to_numpy()
    assert select_columns(array, np.arange(5)) is array
    assert np.shares_memory(select_columns(array, np.arange(1, 4)), array)


def test_float32_stays_float32(data):
    X = data[0].to_numpy(dtype=np.float32)
    seen = {}

    class Recorder(DecisionTreeClassifier):
        def fit(self, X, y, sample_weight=None):
            seen["dtype"] = X.dtype
            return super().fit(X, y, sample_weight)

    DistilledClassifier(Recorder(), GaussianNB(), student_features=[0]).fit(X, data[1])
    assert seen["dtype"] == np.float32


def test_categories_strings_and_missing_values_reach_both_untouched(data):
    from catboost import CatBoostClassifier

    X, y = data
    X = X.assign(
        ward=pd.Categorical(np.where(X["age"] > 0, "north", "south")),
        region=np.where(X["site"] > 0, "a", "b"),
        lab_c=np.where(X["lab_a"] > 0, "high", "low"),
    )
    X.loc[::7, "age"] = np.nan
    both = CatBoostClassifier(
        iterations=10, cat_features=["ward", "region", "lab_c"], thread_count=1
    )
    regular = [*REGULAR, "ward", "region"]
    model = DistilledClassifier(both, student_features=regular).fit(X, y)
    assert model.student_.get_param("cat_features") == ["ward", "region"]
    np.testing.assert_array_equal(
        model.predict_proba(X[regular[::-1]]), model.predict_proba(X)
    )


def test_positions_of_a_shared_list_count_along_the_teachers_columns(data):
    from catboost import CatBoostClassifier

    X, y = data
    X = X.assign(lab_a=np.where(X["lab_a"] > 0, "high", "low"), ward="north")
    both = CatBoostClassifier(iterations=5, cat_features=[3, 5], thread_count=1)
    model = DistilledClassifier(both, student_features=["age", "ward"]).fit(X, y)
    assert model.student_.get_param("cat_features") == [1]


def test_regression_takes_narrow_frames_too(data):
    X, _ = data
    model = DistilledRegressor(LinearRegression(), student_features=REGULAR)
    model.fit(X, X["age"] + X["lab_a"])
    np.testing.assert_array_equal(model.predict(X[REGULAR]), model.predict(X))


class TestSpecifications:
    @pytest.mark.parametrize(
        "spec", [{"age", "stage"}, frozenset({0, 1}), {"age": 1}, {0: 1, 1: 2}.keys()]
    )
    @pytest.mark.parametrize("parameter", ["student_features", "teacher_features"])
    def test_without_an_order_are_refused(self, data, spec, parameter):
        model = DistilledClassifier(GaussianNB(), LogisticRegression())
        with pytest.raises(TypeError, match=f"{parameter} of .*no order of its own"):
            model.set_params(**{parameter: spec}).fit(*data)

    def test_a_callable_is_called_once(self, data):
        calls = []

        def columns(X):
            calls.append(X.shape)
            return REGULAR

        model = fit(*data, student_features=columns)
        assert len(calls) == 1
        assert model.predict(data[0][["site", "stage", "age"]]).shape == (120,)

    def test_thousands_of_names_take_no_time(self):
        X = pd.DataFrame(
            np.zeros((3, 20_000)), columns=[f"column {i}" for i in range(20_000)]
        )
        names = list(X.columns[::-2])
        start = perf_counter()
        selected = resolve_columns(names, X, "student_features", "owner")
        assert perf_counter() - start < 0.5
        np.testing.assert_array_equal(selected.positions, np.arange(19_999, 0, -2))

    def test_an_unknown_name_among_thousands_is_a_short_message(self):
        X = pd.DataFrame(np.zeros((3, 2000)), columns=[f"c{i}" for i in range(2000)])
        with pytest.raises(ValueError, match=r"unknown column 'x'.*1980 more") as error:
            resolve_columns(["x"], X, "student_features", "owner")
        assert len(str(error.value)) < 500
