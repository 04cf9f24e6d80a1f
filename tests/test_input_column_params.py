"""Parameters that name columns mean the columns they were written for."""

import inspect
import subprocess
import sys
from textwrap import dedent

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMRegressor
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    StackingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.utils import all_estimators
from xgboost import XGBClassifier, XGBRegressor

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledRegressor,
    distillation_report,
)
from skdistill.input._column_params import restrict_columns
from skdistill.input._column_tables import (
    COLUMN_PARAMS,
    HARMLESS,
    LOOKS_LIKE_COLUMNS,
)

rng = np.random.default_rng(0)
n = 240
lab, dose = rng.normal(size=(2, n))
ward, age = rng.integers(0, 6, n), rng.integers(20, 90, n)
X = np.c_[lab, ward, age, dose]  # The laboratory value is known in training only.
frame = pd.DataFrame(X, columns=["lab", "ward", "age", "dose"])
y = lab + 0.05 * age + (ward == 3) + dose + rng.normal(size=n)
small = {"max_iter": 20, "early_stopping": False}
catboost = {"iterations": 20, "verbose": 0, "thread_count": 1}
xgboost = {"n_estimators": 20, "n_jobs": 1}
lightgbm = {"n_estimators": 20, "n_jobs": 1, "verbose": -1}

# Rising with age, as each library says it.
MONOTONE = {
    "catboost list": CatBoostRegressor(**catboost, monotone_constraints=[0, 0, 1, 0]),
    "catboost dict": CatBoostRegressor(**catboost, monotone_constraints={2: 1}),
    "catboost text": CatBoostRegressor(**catboost, monotone_constraints="(0,0,1,0)"),
    "catboost keys": CatBoostRegressor(**catboost, monotone_constraints="2:1"),
    "histogram": HistGradientBoostingRegressor(**small, monotonic_cst=[0, 0, 1, 0]),
    "forest": RandomForestRegressor(5, monotonic_cst=[0, 0, 1, 0], random_state=0),
    "xgboost": XGBRegressor(**xgboost, monotone_constraints=(0, 0, 1, 0)),
    "xgboost text": XGBRegressor(**xgboost, monotone_constraints="(0,0,1,0)"),
    "lightgbm": LGBMRegressor(**lightgbm, monotone_constraints=[0, 0, 1, 0]),
    "lightgbm text": LGBMRegressor(**lightgbm, monotone_constraints="0,0,1,0"),
    "lightgbm alias": LGBMRegressor(**lightgbm, mc=[0, 0, 1, 0]),
}
IN_OTHERS = {
    "pipeline": make_pipeline(StandardScaler(), MONOTONE["histogram"]),
    "nested": make_pipeline(
        SimpleImputer(), make_pipeline(StandardScaler(), MONOTONE["xgboost"])
    ),
    "search": GridSearchCV(MONOTONE["lightgbm"], {"num_leaves": [7]}, cv=2),
    "stack": StackingRegressor([("hgb", MONOTONE["histogram"])], cv=2),
}


class TestMonotoneConstraints:
    @pytest.mark.parametrize("name", [*MONOTONE, *IN_OTHERS])
    def test_hold_for_the_same_column_in_the_student(self, name):
        estimator = (MONOTONE | IN_OTHERS)[name]
        # Falling with age: a constraint that is lost shows at once.
        model = DistilledRegressor(
            estimator, student_features=[3, 2, 1], cv=2, alpha=0.0
        ).fit(X, -y)
        grid = np.tile([0.0, 50, 2], (50, 1))
        grid[:, 1] = np.linspace(20, 90, 50)
        assert (np.diff(model.student_.predict(grid)) >= -1e-6).all()
        free = np.tile([0.0, 50, 2], (50, 1))
        free[:, 0] = np.linspace(-2, 2, 50)
        assert (np.diff(model.student_.predict(free)) < -1e-6).any()

    def test_hold_by_name_in_frames(self):
        for estimator in (
            HistGradientBoostingRegressor(**small, monotonic_cst={"age": 1, "lab": 1}),
            XGBRegressor(**xgboost, monotone_constraints={"age": 1, "lab": 1}),
            CatBoostRegressor(**catboost, monotone_constraints={"age": 1, "lab": 1}),
        ):
            model = DistilledRegressor(
                estimator, student_features=["dose", "age"], cv=2, alpha=0.0
            ).fit(frame, -y)
            grid = pd.DataFrame({"dose": 0.0, "age": np.linspace(20, 90, 50)})
            assert (np.diff(model.student_.predict(grid)) >= -1e-6).all()

    def test_hold_in_the_teacher_on_the_students_columns(self):
        model = DistilledRegressor(
            MONOTONE["histogram"],
            LinearRegression(),
            teacher_features=[0, 1, 2, 3],
            student_features=[1, 2, 3],
            privileged_weight=0.0,
            alpha=1.0,
            cv=2,
        ).fit(X, -y)
        # What falls with age cannot be learnt from a teacher that must rise.
        assert model.student_.coef_[1] > -1e-3

    def test_hold_in_the_control_of_the_report(self):
        report = distillation_report(
            DistilledRegressor(MONOTONE["lightgbm"], student_features=[1, 2, 3], cv=2),
            X,
            y,
            cv=2,
        )
        assert "control" in str(report)

    def test_peers_are_written_for_their_own_columns(self):
        model = MutualDistilledRegressor(
            [
                ("a", HistGradientBoostingRegressor(**small, monotonic_cst=[0, 1])),
                ("b", LinearRegression()),
            ],
            peer_features={"a": [3, 2]},
            n_rounds=2,
        ).fit(X, -y)
        grid = np.c_[np.zeros(50), np.linspace(20, 90, 50)]
        assert (np.diff(model.named_peers_["a"].predict(grid)) >= -1e-9).all()


class TestCategories:
    def test_of_histogram_boosting(self):
        for spec in ([1], [False, True, False, False], np.array([1])):
            teacher = HistGradientBoostingClassifier(
                max_iter=3, categorical_features=spec
            )
            model = DistilledClassifier(teacher, student_features=[2, 1], cv=2)
            student = model.fit(X, y > 3).student_
            np.testing.assert_array_equal(student.is_categorical_, [False, True])

    def test_of_a_subclass_that_has_the_constructor_of_its_library(self):
        class Forgetful(HistGradientBoostingClassifier):
            pass

        teacher = Forgetful(max_iter=3, categorical_features=[1])
        model = DistilledClassifier(teacher, student_features=[2, 1], cv=2)
        student = model.fit(X, y > 3).student_
        np.testing.assert_array_equal(student.is_categorical_, [False, True])

    def test_of_which_none_is_left(self):
        teacher = HistGradientBoostingClassifier(max_iter=3, categorical_features=[1])
        model = DistilledClassifier(teacher, student_features=[0, 2], cv=2)
        student = model.fit(X, y > 3).student_
        assert student.is_categorical_ is None or not student.is_categorical_.any()


def translated(estimator, parameter, columns=(2, 1, 3), names=None):
    columns, written_for = np.array(columns), np.arange(4)
    copy = restrict_columns(estimator, columns, names, written_for)
    return copy.get_params()[parameter]


@pytest.mark.parametrize(
    ("estimator", "parameter", "expected"),
    [
        (CatBoostClassifier(ignored_features=[1, 0]), "ignored_features", [1]),
        (CatBoostClassifier(text_features=(1, 3)), "text_features", (1, 2)),
        (
            CatBoostClassifier(feature_weights=[1, 2, 3, 4]),
            "feature_weights",
            [3, 2, 4],
        ),
        (CatBoostClassifier(feature_weights={0: 2, 3: 5}), "feature_weights", {2: 5}),
        (CatBoostClassifier(feature_weights="0:2,3:.5"), "feature_weights", {2: 0.5}),
        (
            CatBoostClassifier(first_feature_use_penalties=[1, 2]),
            "first_feature_use_penalties",
            [0.0, 2, 0.0],
        ),
        (
            CatBoostClassifier(
                per_float_feature_quantization=["0:border_count=9", "3:nan_mode=Min"]
            ),
            "per_float_feature_quantization",
            ["2:nan_mode=Min"],
        ),
        (XGBRegressor(feature_types=list("qcqi")), "feature_types", ["q", "c", "i"]),
        (XGBRegressor(feature_weights=np.arange(4.0)), "feature_weights", [2, 1, 3]),
        (
            XGBRegressor(interaction_constraints=[[0, 1], [2, 3]]),
            "interaction_constraints",
            [[1], [0, 2]],
        ),
        (
            XGBRegressor(interaction_constraints="[[0, 1], [2, 3]]"),
            "interaction_constraints",
            [[1], [0, 2]],
        ),
        (
            LGBMRegressor(interaction_constraints="[0,1],[0]"),
            "interaction_constraints",
            [[1]],
        ),
        (
            LGBMRegressor(feature_contri=[0.1, 0.2, 0.3, 0.4]),
            "feature_contri",
            [0.3, 0.2, 0.4],
        ),
        (
            HistGradientBoostingRegressor(interaction_cst=[{0, 1}, {2}]),
            "interaction_cst",
            [[1], [0]],
        ),
        (
            HistGradientBoostingRegressor(interaction_cst="pairwise"),
            "interaction_cst",
            "pairwise",
        ),
        (
            HistGradientBoostingRegressor(categorical_features="from_dtype"),
            "categorical_features",
            "from_dtype",
        ),
        (OneHotEncoder(categories=[[0], [1], [2], [3]]), "categories", [[2], [1], [3]]),
        (MinMaxScaler(feature_range=(0, 2)), "feature_range", (0, 2)),
        (
            DistilledRegressor(
                teacher_features=[0, 2, 3], student_features=slice(1, 3)
            ),
            "teacher_features",
            [0, 2],
        ),
    ],
)
def test_a_parameter_is_translated(estimator, parameter, expected):
    found = translated(estimator, parameter)
    if isinstance(found, np.ndarray):
        found = found.tolist()
    assert found == expected
    assert type(found) is type(expected)


def test_names_of_columns_that_are_not_seen_are_left_out():
    names = np.array(["lab", "ward", "age", "dose"], dtype=object)
    model = CatBoostClassifier(cat_features=["lab", "ward"], ignored_features=["lab"])
    restrict_columns(model, np.array([1, 2]), names)
    assert model.get_params()["cat_features"] == ["ward"]
    assert model.get_params()["ignored_features"] == []


class TestColumnTransformers:
    def test_at_the_head_of_a_pipeline_select_the_same_columns(self):
        encode = ColumnTransformer(
            [("wards", OneHotEncoder(), [1, 0]), ("others", "passthrough", [2])],
        )
        teacher = make_pipeline(encode, LinearRegression())
        model = DistilledRegressor(teacher, student_features=[3, 2, 1], alpha=0.0)
        rounded = X.round()
        student = model.fit(rounded, y).student_
        assert len(student[-1].coef_) == 6 + 1

    @pytest.mark.parametrize("reach", ["student", "regular teacher"])
    def test_positions_behind_them_are_refused_before_training(self, reach):
        encode = ColumnTransformer([("all", StandardScaler(), [1, 2, 3])])
        teacher = make_pipeline(
            encode, HistGradientBoostingRegressor(monotonic_cst=[0, 1, 0])
        )
        given = {"student": LinearRegression(), "privileged_weight": 0.5}
        model = DistilledRegressor(
            teacher,
            student_features=[1, 2],
            **({} if reach == "student" else given),
        )
        with pytest.raises(
            ValueError, match=r"monotonic_cst .*ColumnTransformer makes"
        ):
            model.fit(X, y)


class TestWhatCannotBeTranslated:
    @pytest.mark.parametrize(
        ("estimator", "words"),
        [
            (CatBoostRegressor(text_processing={"a": []}), "text_processing"),
            (LGBMRegressor(forcedsplits_filename="x.json"), "forcedsplits_filename"),
            (
                LGBMRegressor(interaction_constraints=[[0]]),
                "none of its groups has a column left",
            ),
            (
                GridSearchCV(
                    MONOTONE["xgboost"], {"monotone_constraints": [(0, 0, 1, 0)]}
                ),
                "it tries monotone_constraints",
            ),
            (
                HistGradientBoostingRegressor(monotonic_cst=[0] * 9),
                "9 values, but the estimator was written for 4 columns",
            ),
            (
                HistGradientBoostingRegressor(categorical_features=[7]),
                "names column 7, but the estimator was written for 4 columns",
            ),
        ],
    )
    def test_it_is_refused_before_training(self, estimator, words):
        model = DistilledRegressor(estimator, student_features=[2, 3])
        with pytest.raises(ValueError, match=words):
            model.fit(X, y)

    def test_of_a_library_that_is_not_known(self):
        class Additive(LinearRegression):
            __module__ = "some_library.additive"

            def __init__(self, feature_pairs=None):
                super().__init__()
                self.feature_pairs = feature_pairs

        model = DistilledRegressor(Additive([(0, 1)]), student_features=[2, 3])
        with pytest.raises(ValueError, match="feature_pairs of Additive"):
            model.fit(X, y)
        model.set_params(teacher__feature_pairs=None).fit(X, y)

    def test_positions_out_of_range_do_not_end_the_process(self):
        script = """
            import numpy as np
            from lightgbm import LGBMRegressor
            from skdistill import DistilledRegressor
            X = np.random.default_rng(0).normal(size=(99, 5))
            constraints = [[0, 1], [2, 3, 4]]
            model = LGBMRegressor(n_estimators=3, interaction_constraints=constraints)
            DistilledRegressor(model, student_features=[1, 2]).fit(X, X[:, 0])
            try:
                DistilledRegressor(None, model, student_features=[1, 2]).fit(X, X[:, 0])
            except ValueError as error:
                print("names column 2" in str(error), end="")
        """
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", dedent(script)],
            check=True,
            capture_output=True,
            text=True,
        )
        assert done.stdout.endswith("True")


def parameters_of(library):
    if library == "lightgbm":
        from lightgbm.basic import _ConfigAliases

        aliases = _ConfigAliases._get_all_param_aliases().values()
        return {name for names in aliases for name in names}
    if library == "sklearn":
        classes = [kind for _, kind in all_estimators()]
    else:
        classes = {
            "catboost": [CatBoostClassifier, CatBoostRegressor],
            "xgboost": [XGBClassifier, XGBRegressor],
        }[library]
    if library == "xgboost":
        return {name for c in classes for name in c().get_params()}
    return {name for c in classes for name in inspect.signature(c).parameters}


@pytest.mark.parametrize("library", ["catboost", "lightgbm", "sklearn", "xgboost"])
class TestTheTables:
    def test_know_every_parameter_that_looks_as_if_it_named_columns(self, library):
        names = filter(LOOKS_LIKE_COLUMNS.search, parameters_of(library))
        assert set(names) <= {*COLUMN_PARAMS[library], *HARMLESS}

    def test_name_parameters_that_exist(self, library):
        lacking = set(COLUMN_PARAMS[library]) - parameters_of(library)
        # Older versions lack some.
        assert library == "sklearn" or lacking <= {"feature_weights"}
