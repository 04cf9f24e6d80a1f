"""What onnxruntime predicts is what the model predicts."""

import json
import sys
import warnings

import numpy as np
import pytest
from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import skdistill
from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.export import to_onnx
from skdistill.objectives import Feature, Response

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("skl2onnx")
pd = pytest.importorskip("pandas")
lightgbm = pytest.importorskip("lightgbm")
catboost = pytest.importorskip("catboost")
xgboost = pytest.importorskip("xgboost")

# LightGBM 4.6 takes arrays for frames that have lost their names.
pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")

TEACHER = DecisionTreeClassifier(max_depth=4, random_state=0)
QUIET = {"iterations": 10, "verbose": 0, "allow_writing_files": False}
CLASSIFIERS = {
    "linear": LogisticRegression(),
    "tree": DecisionTreeClassifier(max_depth=4, random_state=0),
    "forest": RandomForestClassifier(8, random_state=0),
    "extra_trees": ExtraTreesClassifier(8, random_state=0),
    "perceptron": MLPClassifier((5,), max_iter=50, tol=1.0, random_state=0),
    "histogram": HistGradientBoostingClassifier(max_iter=10),
    "xgboost": xgboost.XGBClassifier(n_estimators=10, n_jobs=1),
    "xgboost_forest": xgboost.XGBRFClassifier(n_estimators=10, n_jobs=1),
    "lightgbm": lightgbm.LGBMClassifier(n_estimators=10, verbose=-1, n_jobs=1),
    "catboost": catboost.CatBoostClassifier(**QUIET),
    "catboost_leafwise": catboost.CatBoostClassifier(**QUIET, grow_policy="Lossguide"),
    "scaled_linear": make_pipeline(StandardScaler(), LogisticRegression()),
    "scaled_xgboost": make_pipeline(
        StandardScaler(), xgboost.XGBClassifier(n_estimators=10, n_jobs=1)
    ),
    "scaled_histogram": make_pipeline(
        StandardScaler(), HistGradientBoostingClassifier(max_iter=10)
    ),
}
REGRESSORS = {
    "ridge": Ridge(),
    "tree_regressor": DecisionTreeRegressor(max_depth=4, random_state=0),
    "forest_regressor": RandomForestRegressor(8, random_state=0),
    "xgboost_regressor": xgboost.XGBRegressor(n_estimators=10, n_jobs=1),
    "catboost_regressor": catboost.CatBoostRegressor(**QUIET),
}
ONE_OUTPUT = {
    "histogram_regressor": HistGradientBoostingRegressor(max_iter=10),
    "lightgbm_regressor": lightgbm.LGBMRegressor(n_estimators=10, verbose=-1, n_jobs=1),
    "scaled_lightgbm_regressor": make_pipeline(
        StandardScaler(), lightgbm.LGBMRegressor(n_estimators=10, verbose=-1, n_jobs=1)
    ),
}


def classification(n_classes, n_rows=240):
    X, y = make_classification(
        n_rows,
        6,
        n_informative=4,
        n_redundant=0,
        n_classes=n_classes,
        n_clusters_per_class=1,
        random_state=0,
    )
    return X, np.array(["no", "perhaps", "yes"])[y]


def new_rows(n_features=6, n_rows=500):
    """Rows as far from the training rows as they are near to them."""
    return 2.0 * np.random.default_rng(1).normal(size=(n_rows, n_features))


def run(exported, feed):
    session = onnxruntime.InferenceSession(
        exported.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, feed)


def facts(exported):
    return {each.key: json.loads(each.value) for each in exported.metadata_props}


def assert_exported(model, X, columns):
    """Export in both precisions; compare as a server would, with the columns alone."""
    for dtype in (np.float64, np.float32):
        rows = X.astype(dtype)
        outputs = run(to_onnx(model, rows), {"X": rows[:, columns]})
        if is_classifier(model):
            expected = model.predict_proba(rows)
            np.testing.assert_allclose(outputs[1], expected, atol=1e-6)
            assert outputs[1].dtype == dtype
            assert np.mean(outputs[0] == model.predict(rows)) > 0.99
        else:
            expected = model.predict(rows)
            scale = np.abs(expected).max()
            np.testing.assert_allclose(
                outputs[0].reshape(expected.shape), expected, atol=1e-6 * scale
            )


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("student", CLASSIFIERS)
def test_classifier_students(student, n_classes):
    X, y = classification(n_classes)
    columns = [4, 0, 2]
    model = DistilledClassifier(
        TEACHER, CLASSIFIERS[student], student_features=columns, cv=3, random_state=0
    )
    assert_exported(model.fit(X, y), new_rows(), columns)


@pytest.mark.parametrize("scale", ["probability", "logit"])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("student", [*REGRESSORS, *ONE_OUTPUT])
def test_regressor_students_of_classifiers(student, n_classes, scale):
    X, y = classification(n_classes)
    regressor = {**REGRESSORS, **ONE_OUTPUT}[student]
    if n_classes > 2 and student in ONE_OUTPUT:
        pytest.skip("It learns one output.")
    if n_classes > 2 and student == "catboost_regressor":
        regressor = catboost.CatBoostRegressor(**QUIET, loss_function="MultiRMSE")
    model = DistilledClassifier(
        TEACHER, regressor, objective=Response(scale=scale), cv=3, random_state=0
    )
    assert_exported(model.fit(X, y), new_rows(), range(6))


@pytest.mark.parametrize("student", [*REGRESSORS, *ONE_OUTPUT])
def test_regressors(student):
    X, y = make_regression(240, 6, noise=5.0, random_state=0)
    regressor = {**REGRESSORS, **ONE_OUTPUT}[student]
    columns = [5, 1, 2, 3]
    model = DistilledRegressor(
        DecisionTreeRegressor(max_depth=4, random_state=0),
        regressor,
        student_features=columns,
        cv=3,
        random_state=0,
    )
    assert_exported(model.fit(X, y), new_rows(), columns)


def test_several_outputs():
    X, Y = make_regression(240, 6, n_targets=3, random_state=0)
    for student in (Ridge(), RandomForestRegressor(5, random_state=0)):
        model = DistilledRegressor(student=student, teacher=Ridge(), cv=3).fit(X, Y)
        assert_exported(model, new_rows(), range(6))


@pytest.mark.parametrize("student", ["xgboost", "lightgbm"])
def test_tempered_students(student):
    X, y = classification(3)
    objective = Response(temperature=3.0)
    model = DistilledClassifier(TEACHER, CLASSIFIERS[student], objective=objective)
    assert_exported(model.fit(X, y), new_rows(), range(6))


def test_what_a_regressor_learns_on_top_is_left_out():
    X, y = classification(3)
    forest = RandomForestClassifier(8, max_depth=4, random_state=0)
    student = RandomForestRegressor(8, max_depth=4, random_state=0)
    model = DistilledClassifier(
        forest, student, objective=["response", Feature()], cv=3, random_state=0
    ).fit(X, y)
    assert model.student_.n_outputs_ > 3
    assert_exported(model, new_rows(), range(6))


@pytest.mark.parametrize("student", ["linear", "xgboost", "forest_regressor"])
def test_mean_of_students(student):
    X, y = classification(3)
    model = DistilledClassifier(
        TEACHER,
        {**CLASSIFIERS, **REGRESSORS}[student],
        student_features=[3, 1],
        cv=3,
        student_cv="same",
        random_state=0,
    ).fit(X, y)
    assert len(model.students_) == 3
    assert_exported(model, new_rows(), [3, 1])


def test_classes_that_one_student_has_not_seen():
    X, y = classification(3)
    rare, seen = np.flatnonzero(y == "perhaps"), np.flatnonzero(y != "perhaps")
    folds = [(seen, rare), (np.append(rare, seen[::2]), seen[1::2])]
    model = DistilledClassifier(
        alpha=0.0, student=LogisticRegression(), student_cv=folds
    ).fit(X, y)
    assert [len(student.classes_) for student in model.students_] == [2, 3]
    assert_exported(model, new_rows(), range(6))


def test_self_distillation():
    X, y = classification(3)
    model = skdistill.SelfDistilledClassifier(
        HistGradientBoostingClassifier(max_iter=5), random_state=0
    ).fit(X, y)
    assert_exported(model, new_rows(), range(6))
    X, y = make_regression(240, 6, random_state=0)
    model = skdistill.SelfDistilledRegressor(Ridge()).fit(X, y)
    assert_exported(model, new_rows(), range(6))


def test_self_distillation_of_some_columns():
    X, y = classification(3)
    model = skdistill.SelfDistilledClassifier(
        CLASSIFIERS["xgboost"], features=[4, 1, 2], cv=3, random_state=0
    ).fit(X, y)
    assert_exported(model, new_rows(), [4, 1, 2])


@pytest.mark.parametrize("combine", ["mean", "best", "trees"])
def test_mutual_distillation(combine):
    X, y = classification(3)
    model = skdistill.MutualDistilledClassifier(
        [("line", LogisticRegression()), ("trees", CLASSIFIERS["xgboost"])],
        peer_features={"line": [5, 2], "trees": [1, 2, 3]},
        n_rounds=2,
        combine=combine,
        cv=3 if combine == "best" else None,
        random_state=0,
    ).fit(X, y)
    needed = {"mean": [1, 2, 3, 5], "trees": [1, 2, 3]}
    needed["best"] = {"line": [5, 2], "trees": [1, 2, 3]}[model.deployed_[0]]
    assert_exported(model, new_rows(), needed[combine])


def test_mutual_regression():
    X, y = make_regression(240, 6, random_state=0)
    peers = [("ridge", Ridge()), ("forest", RandomForestRegressor(5, random_state=0))]
    model = skdistill.MutualDistilledRegressor(peers, n_rounds=2, random_state=0)
    assert_exported(model.fit(X, y), new_rows(), range(6))


def test_a_bare_student_keeps_its_own_labels():
    X, y = classification(3)
    model = DistilledClassifier(TEACHER, CLASSIFIERS["xgboost"], cv=3).fit(X, y)
    labels, _ = run(to_onnx(model, X), {"X": X})
    np.testing.assert_array_equal(labels, model.predict(X))
    codes, _ = run(to_onnx(model.student_, X), {"X": X})
    np.testing.assert_array_equal(codes, model.student_.predict(X))


@pytest.mark.parametrize("labels", [[0, 1], [3, -7], [False, True], [1.0, 2.0]])
@pytest.mark.parametrize("student", ["linear", "xgboost", "catboost", "histogram"])
def test_labels_that_are_numbers(student, labels):
    X, y = classification(2)
    y = np.array(labels)[(y == "yes").astype(int) | (y == "perhaps")]
    model = DistilledClassifier(TEACHER, CLASSIFIERS[student], cv=3).fit(X, y)
    found, _ = run(to_onnx(model, X), {"X": X})
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, model.predict(X))


def test_frames_give_the_graph_their_names():
    X, y = classification(2)
    names = ["age", "heart rate", "sex (f)", "weight", "lab: a", "lab: b"]
    frame = pd.DataFrame(X, columns=names)
    wanted = ["weight", "age", "heart rate"]
    for student in ("xgboost", "lightgbm", "catboost", "histogram", "linear"):
        model = DistilledClassifier(
            TEACHER, CLASSIFIERS[student], student_features=wanted, cv=3
        ).fit(frame, y)
        exported = to_onnx(model, frame)
        assert facts(exported) == {
            "columns": wanted,
            "text_columns": [],
            "classes": ["no", "perhaps"],
        }
        (tensor,) = exported.graph.input
        assert tensor.type.tensor_type.shape.dim[1].dim_value == 3
        outputs = run(exported, {"X": frame[wanted].to_numpy()})
        np.testing.assert_allclose(outputs[1], model.predict_proba(frame), atol=1e-6)
        assert to_onnx(model, frame[wanted]) == exported


def test_missing_values():
    X, y = classification(3)
    X[np.random.default_rng(0).random(X.shape) < 0.2] = np.nan
    students = [
        "histogram",
        "xgboost",
        "lightgbm",
        "catboost",
        "catboost_leafwise",
        "tree",
        "forest",
    ]
    for student in students:
        model = DistilledClassifier(TEACHER, CLASSIFIERS[student], cv=3, alpha=0.5)
        assert_exported(model.fit(X, y), X, range(6))


@pytest.mark.parametrize("missing", ["Min", "Max"])
def test_missing_values_of_catboost_at_either_end(missing):
    X, y = classification(2)
    X[::3, :3] = np.nan
    model = catboost.CatBoostClassifier(**QUIET, nan_mode=missing).fit(X, y)
    assert_exported(model, X, range(6))


def test_missing_values_that_lightgbm_has_not_seen_are_zeros():
    X, y = classification(2)
    model = CLASSIFIERS["lightgbm"].__class__(n_estimators=10, verbose=-1, n_jobs=1)
    model.fit(X, y)
    rows = new_rows()
    rows[::3, :3] = np.nan
    assert_exported(model, rows, range(6))


def mixed_rows(n_rows=240):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "blood pressure": rng.normal(size=n_rows),
            "town": rng.choice(["Bern", "Thun", "Biel"], n_rows),
            "visits": rng.integers(0, 5, n_rows),
            "lab": rng.normal(size=n_rows),
        }
    )
    y = (frame["lab"] + (frame["town"] == "Bern") + frame["visits"] / 4 > 0.7).astype(
        int
    )
    return frame, y


@pytest.mark.parametrize("student", ["xgboost", "linear", "histogram", "catboost"])
def test_pipelines_that_encode_text(student):
    frame, y = mixed_rows()
    columns = ["visits", "blood pressure", "town"]
    encoder = ColumnTransformer(
        [
            ("town", OneHotEncoder(handle_unknown="ignore"), ["town"]),
            ("numbers", StandardScaler(), ["blood pressure", "visits"]),
        ],
        sparse_threshold=0.0,
    )
    model = DistilledClassifier(
        TEACHER,
        make_pipeline(encoder, CLASSIFIERS[student]),
        teacher_features=["lab"],
        student_features=columns,
        cv=3,
    ).fit(frame, y)
    exported = to_onnx(model, frame)
    assert facts(exported)["columns"] == columns
    assert facts(exported)["text_columns"] == ["town"]
    assert [each.name for each in exported.graph.input] == columns
    feed = {
        "visits": frame[["visits"]].to_numpy(dtype=float),
        "blood pressure": frame[["blood pressure"]].to_numpy(),
        "town": frame[["town"]].to_numpy(dtype=object),
    }
    _, probabilities = run(exported, feed)
    np.testing.assert_allclose(probabilities, model.predict_proba(frame), atol=1e-6)


def test_a_column_transformer_of_numbers_alone_takes_one_matrix():
    frame, y = mixed_rows()
    frame = frame.drop(columns="town")
    scaler = ColumnTransformer(
        [("scale", StandardScaler(), ["lab"])], remainder="passthrough"
    )
    model = DistilledClassifier(
        TEACHER, make_pipeline(scaler, LogisticRegression()), cv=3
    ).fit(frame, y)
    _, probabilities = run(to_onnx(model, frame), {"X": frame.to_numpy(dtype=float)})
    np.testing.assert_allclose(probabilities, model.predict_proba(frame), atol=1e-6)


BOOSTERS = {
    "dart": xgboost.XGBClassifier(
        n_estimators=8, booster="dart", rate_drop=0.5, n_jobs=1
    ),
    "base_score": xgboost.XGBClassifier(n_estimators=8, base_score=0.3, n_jobs=1),
    "xgboost_poisson": xgboost.XGBRegressor(
        n_estimators=8, objective="count:poisson", n_jobs=1
    ),
    "xgboost_logistic": xgboost.XGBRegressor(
        n_estimators=8, objective="binary:logistic", n_jobs=1
    ),
    "lightgbm_forest": lightgbm.LGBMClassifier(
        n_jobs=1,
        n_estimators=8,
        boosting_type="rf",
        subsample=0.5,
        subsample_freq=1,
        verbose=-1,
    ),
    "lightgbm_slope": lightgbm.LGBMClassifier(
        n_jobs=1, n_estimators=8, sigmoid=2.0, verbose=-1
    ),
    "lightgbm_poisson": lightgbm.LGBMRegressor(
        n_jobs=1, n_estimators=8, objective="poisson", verbose=-1
    ),
    "histogram_poisson": HistGradientBoostingRegressor(loss="poisson", max_iter=8),
    "catboost_poisson": catboost.CatBoostRegressor(**QUIET, loss_function="Poisson"),
}


@pytest.mark.parametrize("name", BOOSTERS)
def test_objectives_and_kinds_of_boosters(name):
    X, y = classification(2)
    model = BOOSTERS[name].fit(X, (y == "no").astype(int))
    assert_exported(model, new_rows(), range(6))


def test_boosters_that_stopped_early_predict_by_their_best_iteration():
    X, y = classification(3)
    y = np.unique(y, return_inverse=True)[1]
    rows, held_out = slice(0, 60), slice(60, None)
    xgb = xgboost.XGBClassifier(n_estimators=200, early_stopping_rounds=3, n_jobs=1)
    xgb.fit(X[rows], y[rows], eval_set=[(X[held_out], y[held_out])], verbose=False)
    assert xgb.best_iteration + 1 < xgb.get_booster().num_boosted_rounds()
    lgb = lightgbm.LGBMClassifier(n_estimators=200, verbose=-1, n_jobs=1)
    stop = lightgbm.early_stopping(3, verbose=False)
    with warnings.catch_warnings():  # Its new words are not those of older ones.
        warnings.simplefilter("ignore")
        held_out = [(X[held_out], y[held_out])]
        lgb.fit(X[rows], y[rows], eval_set=held_out, callbacks=[stop])
    assert lgb.best_iteration_ < 200
    for model in (xgb, lgb):
        assert_exported(model, new_rows(), range(6))


def test_the_file_is_written(tmp_path):
    X, y = classification(2)
    model = DistilledClassifier(TEACHER, LogisticRegression(), cv=3).fit(X, y)
    path = tmp_path / "student.onnx"
    to_onnx(model, X, path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_outputs()] == ["label", "probabilities"]


def test_a_difference_is_named():
    from skdistill.export._check import check_same_predictions, predict_sample

    X, y = classification(2)
    model = LogisticRegression().fit(X, y)
    exported = to_onnx(model, X)
    other = LogisticRegression(C=0.1).fit(X, y)
    with pytest.raises(RuntimeError, match=r"differs from predict_proba by 0\.\d+ in"):
        check_same_predictions(other, X, predict_sample(other, X), exported, {"X": X})
    with pytest.raises(RuntimeError, match="differs from predict by"):
        exported = to_onnx(Ridge().fit(X, X[:, 0]), X)
        other = Ridge(1e4).fit(X, X[:, 0])
        check_same_predictions(other, X, predict_sample(other, X), exported, {"X": X})


def test_a_file_is_not_written_where_the_graph_differs(tmp_path):
    X, y = classification(2)

    class Odd(LogisticRegression):
        """A model that skl2onnx does not know."""

    with pytest.raises(ValueError, match="Odd cannot be exported to ONNX: skl2onnx"):
        to_onnx(Odd().fit(X, y), X, tmp_path / "odd.onnx")
    assert not list(tmp_path.iterdir())


def with_categories():
    frame, y = mixed_rows()
    return frame.assign(town=frame["town"].astype("category")), y


@pytest.mark.parametrize(
    "model",
    [
        HistGradientBoostingClassifier(max_iter=3),
        lightgbm.LGBMClassifier(n_estimators=3, n_jobs=1, verbose=-1),
        xgboost.XGBClassifier(n_estimators=3, enable_categorical=True, n_jobs=1),
        catboost.CatBoostClassifier(**QUIET, cat_features=("town",)),
    ],
    ids=lambda model: type(model).__name__,
)
def test_categorical_columns_are_refused_by_name(model):
    frame, y = with_categories()
    model.fit(frame, y)
    name = type(model).__name__
    with pytest.raises(ValueError, match=rf"The model {name} cannot .* OneHotEncoder"):
        to_onnx(model, frame)
    distilled = DistilledClassifier(student=model, alpha=0.0).fit(frame, y)
    with pytest.raises(ValueError, match=rf"The student {name} cannot"):
        to_onnx(distilled, frame)


REFUSED = {
    "no trees": xgboost.XGBClassifier(booster="gblinear", n_jobs=1),
    "takes -1 for a missing value": xgboost.XGBClassifier(missing=-1, n_jobs=1),
    "the objective 'binary:hinge'": xgboost.XGBClassifier(
        objective="binary:hinge", n_jobs=1
    ),
    "linear models in its leaves": lightgbm.LGBMClassifier(
        linear_tree=True, n_estimators=2, n_jobs=1, verbose=-1
    ),
    "takes zeros for missing values": lightgbm.LGBMClassifier(
        zero_as_missing=True, n_jobs=1, verbose=-1
    ),
    "the objective 'regression sqrt'": lightgbm.LGBMRegressor(
        reg_sqrt=True, verbose=-1
    ),
    "the loss_function 'RMSEWithUncertainty'": catboost.CatBoostRegressor(
        **QUIET, loss_function="RMSEWithUncertainty"
    ),
    "no predict_proba": LinearSVC(),
    "skl2onnx": MultiOutputRegressor(
        lightgbm.LGBMRegressor(n_estimators=2, verbose=-1, linear_tree=True)
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_would_not_be_exact_is_refused_with_the_reason(reason):
    X, y = classification(2)
    y = (y == "no").astype(int)
    model = REFUSED[reason]
    model.fit(X, np.column_stack([y, y]) if reason == "skl2onnx" else y)
    with pytest.raises(ValueError, match=reason):
        to_onnx(model, X)


def test_what_is_no_fitted_predictor_is_refused():
    X, _ = classification(2)
    with pytest.raises(NotFittedError):
        to_onnx(DistilledClassifier(), X)
    for value in (3, "model.onnx", DistilledClassifier):
        with pytest.raises(TypeError, match=r"The model to be exported .* an est"):
            to_onnx(value, X)
    with pytest.raises(TypeError, match="must be a fitted classifier or regressor"):
        to_onnx(StandardScaler().fit(X), X)


def test_a_model_trained_on_dask_is_exported_by_its_student():
    dask = pytest.importorskip("skdistill.dask", exc_type=ImportError)
    with pytest.raises(ValueError, match=r"skdistill\.dask is not exported.* student_"):
        to_onnx(dask.DistilledClassifier(), classification(2)[0])


def test_rows_that_a_graph_cannot_take_are_refused():
    X, y = classification(2)
    model = DistilledClassifier(TEACHER, LogisticRegression(), cv=3).fit(X, y)
    with pytest.raises(ValueError, match="must have rows and columns"):
        to_onnx(model, X[0])
    from scipy.sparse import csr_matrix

    with pytest.raises(TypeError, match="must be dense"):
        to_onnx(model, csr_matrix(X))
    frame, y = mixed_rows()
    encoder = make_pipeline(OneHotEncoder(sparse_output=False), LogisticRegression())
    student = DistilledClassifier(
        alpha=0.0, student=encoder, student_features=["town"]
    ).fit(frame, y)
    with pytest.raises(ValueError, match=r"Column 'town' .* \['NoneType', 'str'\]"):
        to_onnx(
            student, frame.astype({"town": object}).replace({"town": {"Bern": None}})
        )


def named_columns(names):
    """Export a model of a text column and a number of these names; return its rows."""
    frame, y = mixed_rows()
    frame = frame[["visits", "town"]].set_axis(names, axis=1)
    encoder = ColumnTransformer(
        [("town", OneHotEncoder(sparse_output=False), [names[1]])],
        remainder="passthrough",
    )
    student = make_pipeline(encoder, HistGradientBoostingClassifier(max_iter=5))
    return DistilledClassifier(student, alpha=0.0).fit(frame, y), frame


def test_columns_may_have_any_names_but_those_of_outputs():
    model, frame = named_columns(["t1", "t4"])
    feed = {"t1": frame[["t1"]].to_numpy(float), "t4": frame[["t4"]].to_numpy(object)}
    _, probabilities = run(to_onnx(model, frame), feed)
    np.testing.assert_allclose(probabilities, model.predict_proba(frame), atol=1e-6)
    model, frame = named_columns(["label", "town"])
    with pytest.raises(ValueError, match=r"columns \['label'\].* outputs.* Rename"):
        to_onnx(model, frame)


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    remedy = r"needs skl2onnx: pip install 'skdistill\[onnx\]'"
    with pytest.raises(ImportError, match=remedy):
        to_onnx(LogisticRegression(), None)


def test_a_sample_of_other_types_than_fit_had_is_refused_with_the_remedy():
    X, y = classification(2)
    frame = pd.DataFrame(X[:, :2], columns=["age", "size"])
    remedy = "text and numbers in the columns where fit had them"
    trees = DistilledClassifier(TEACHER, DecisionTreeClassifier(max_depth=3), cv=3)
    trees.fit(frame, y)
    with pytest.raises(ValueError, match=f"^X_sample of to_onnx must be .*{remedy}"):
        to_onnx(trees, frame.assign(size="small"))
    text = frame.assign(size=np.where(X[:, 1] > 0, "small", "large"))
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["size"]), remainder="passthrough"
    )
    model = make_pipeline(encode, LogisticRegression()).fit(text, y)
    with pytest.raises(ValueError, match=remedy):
        to_onnx(model, frame)
    with pytest.raises(ValueError, match=remedy):
        to_onnx(model, text.assign(age="old"))
