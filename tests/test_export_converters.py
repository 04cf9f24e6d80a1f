"""skl2onnx converts our estimators, wherever it finds them."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import skdistill
from skdistill.export import register_onnx_converters, to_onnx

onnxruntime = pytest.importorskip("onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx")
pd = pytest.importorskip("pandas")
xgboost = pytest.importorskip("xgboost")
catboost = pytest.importorskip("catboost")

STUDENTS = {
    "linear": LogisticRegression(),
    "histogram": HistGradientBoostingClassifier(max_iter=5),
    "xgboost": xgboost.XGBClassifier(n_estimators=5, n_jobs=1),
    "catboost": catboost.CatBoostClassifier(
        iterations=5, verbose=0, allow_writing_files=False
    ),
}


@pytest.fixture(autouse=True)
def registered():
    register_onnx_converters()


def make_model(student="histogram", columns=(3, 1, 2)):
    return skdistill.DistilledClassifier(
        DecisionTreeClassifier(max_depth=4, random_state=0),
        STUDENTS[student],
        student_features=list(columns),
        cv=3,
        random_state=0,
    )


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(
        300, 6, n_informative=4, n_classes=3, n_clusters_per_class=1, random_state=0
    )
    return X, np.array(["a", "b", "c"])[y]


def convert(model, X, **options):
    options = {"zipmap": False, **options}
    exported = skl2onnx.to_onnx(model, X[:1], options={id(model): options})
    return onnxruntime.InferenceSession(
        exported.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def assert_same(session, model, X, feed=None):
    labels, probabilities = session.run(None, {"X": X} if feed is None else feed)
    np.testing.assert_allclose(probabilities, model.predict_proba(X), atol=1e-6)
    assert np.mean(labels == model.predict(X)) > 0.99


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("student", STUDENTS)
def test_the_outermost_model(student, dtype, data):
    X, y = data
    model = make_model(student).fit(X, y)
    X = X.astype(dtype)
    session = convert(model, X)
    assert session.get_inputs()[0].shape[1] == 6
    assert_same(session, model, X)


def test_the_students_columns_alone(data):
    X, y = data
    model = make_model().fit(X, y)
    assert_same(convert(model, X[:, [3, 1, 2]]), model, X[:, [3, 1, 2]])


def test_dictionaries_of_probabilities_are_the_default_of_skl2onnx(data):
    X, y = data
    model = make_model().fit(X, y)
    X = X.astype(np.float32)  # ONNX has them in single precision.
    _, rows = convert(model, X, zipmap=True).run(None, {"X": X})
    assert list(rows[0]) == ["a", "b", "c"]


def test_frames_come_in_one_input_a_column(data):
    X, y = data
    frame = pd.DataFrame(X, columns=list("uvwxyz"))
    model = make_model(columns=["x", "v"]).fit(frame, y)
    feed = {name: frame[[name]].to_numpy() for name in frame}
    assert_same(convert(model, frame), model, frame, feed)


@pytest.mark.parametrize("student", STUDENTS)
def test_inside_a_pipeline(student, data):
    X, y = data
    model = make_pipeline(StandardScaler(), make_model(student)).fit(X, y)
    assert_same(convert(model, X), model, X)
    to_onnx(model, X)


def test_inside_a_calibrated_classifier(data):
    X, y = data
    model = CalibratedClassifierCV(make_model("xgboost"), cv=2).fit(X, y)
    assert_same(convert(model, X), model, X)
    to_onnx(model, X)


def test_inside_other_meta_estimators(data):
    X, y = data
    search = GridSearchCV(make_model(), {"alpha": [0.5, 1.0]}, cv=2).fit(X, y)
    voting = VotingClassifier(
        [("one", make_model()), ("two", LogisticRegression())],
        voting="soft",
        flatten_transform=False,
    ).fit(X, y)
    for model in (search, voting):
        assert_same(convert(model, X), model, X)


def test_self_and_mutual_distillation(data):
    X, y = data
    base = HistGradientBoostingClassifier(max_iter=5)
    own = skdistill.SelfDistilledClassifier(base, random_state=0)
    mutual = skdistill.MutualDistilledClassifier(
        [("a", base), ("b", LogisticRegression())],
        peer_features={"a": [4, 2], "b": [0, 2]},
        n_rounds=2,
        random_state=0,
    )
    for model in (own, mutual):
        assert_same(convert(model.fit(X, y), X), model, X)


def test_regressors():
    X, y = make_regression(200, 5, random_state=0)
    ridge = Ridge()
    offline = skdistill.DistilledRegressor(ridge, ridge, student_features=[4, 0], cv=3)
    own = skdistill.SelfDistilledRegressor(ridge)
    for model in (offline, own, make_pipeline(StandardScaler(), offline)):
        model.fit(X, y)
        exported = skl2onnx.to_onnx(model, X[:1])
        session = onnxruntime.InferenceSession(
            exported.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        (values,) = session.run(None, {"X": X})
        np.testing.assert_allclose(values[:, 0], model.predict(X))


def test_what_cannot_be_converted_is_refused_inside_others_too(data):
    X, y = data
    frame = pd.DataFrame({"a": X[:, 0], "b": pd.Categorical(y)})
    student = STUDENTS["histogram"]
    model = skdistill.DistilledClassifier(student=student, alpha=0.0).fit(frame, y)
    with pytest.raises(ValueError, match="The student HistGradientBoostingClassifier"):
        skl2onnx.to_onnx(FrozenEstimator(model).estimator, frame[:1])
