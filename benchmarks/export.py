"""What an exported student loses in accuracy, and gains in time, on one row.

Each student learns from a forest on 1,000 rows with the first 20 of 30 columns, is
exported, and predicts 20,000 new rows: the largest difference to `predict_proba` (in
regression to `predict`, over the largest value). One-row calls of onnxruntime, of the
student and of the whole model alternate; figures are the tenth percentile of their
CPU times.
"""

import time

import numpy as np
import onnxruntime
from _measure import alternate
from _run import options, write
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    MutualDistilledClassifier,
    SelfDistilledClassifier,
)
from skdistill.export import to_onnx
from skdistill.objectives import Response

N_TRAIN, N_FEATURES, N_STUDENT = 1000, 30, 20
CATBOOST = {"verbose": 0, "allow_writing_files": False, "iterations": 200}
CLASSIFIERS = {
    "HistGradientBoosting": HistGradientBoostingClassifier(),
    "XGBoost": XGBClassifier(n_jobs=1),
    "LightGBM": LGBMClassifier(verbose=-1, n_jobs=1),
    "CatBoost": CatBoostClassifier(**CATBOOST),
    "random forest": RandomForestClassifier(min_samples_leaf=5, random_state=0),
    "LogisticRegression": LogisticRegression(max_iter=1000),
    "perceptron": MLPClassifier((50,), max_iter=50, tol=1e-2, random_state=0),
    "scaler, XGBoost": make_pipeline(StandardScaler(), XGBClassifier(n_jobs=1)),
}
REGRESSORS = {
    "HistGradientBoosting": HistGradientBoostingRegressor(),
    "XGBoost": XGBRegressor(n_jobs=1),
    "LightGBM": LGBMRegressor(verbose=-1, n_jobs=1),
    "CatBoost": CatBoostRegressor(**CATBOOST),
    "random forest": RandomForestRegressor(min_samples_leaf=5, random_state=0),
    "Ridge": Ridge(),
}


def make_models():
    """Yield the name, the task and the unfitted model of each row of the table."""
    teacher = RandomForestClassifier(10, min_samples_leaf=5, random_state=0)
    common = {"cv": 3, "random_state": 0, "student_features": slice(0, N_STUDENT)}
    for n_classes in (2, 4):
        for name, student in CLASSIFIERS.items():
            yield name, n_classes, DistilledClassifier(teacher, student, **common)
    histogram = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=8)
    two = [("a", histogram), ("b", CLASSIFIERS["XGBoost"])]
    yield (
        "mean of 3 XGBoost",
        4,
        DistilledClassifier(
            teacher, CLASSIFIERS["XGBoost"], student_cv="same", **common
        ),
    )
    yield (
        "SelfDistilled, HistGradientBoosting",
        4,
        SelfDistilledClassifier(histogram, cv=3),
    )
    yield (
        "MutualDistilled, HistGradientBoosting and XGBoost",
        4,
        MutualDistilledClassifier(two, random_state=0),
    )
    logit = Response(scale="logit")
    many = CatBoostRegressor(**CATBOOST, loss_function="MultiRMSE")
    for name, student in (("XGBoost", REGRESSORS["XGBoost"]), ("MultiRMSE", many)):
        model = DistilledClassifier(teacher, student, objective=logit, **common)
        yield f"{name}, regressor of log-odds", 4, model
    teacher = RandomForestRegressor(10, min_samples_leaf=5, random_state=0)
    for name, student in REGRESSORS.items():
        yield name, "regression", DistilledRegressor(teacher, student, **common)


def compare(name, task, model, n_rows, n_rounds):
    """Return one row of the table."""
    X, y = make_classification(
        N_TRAIN + n_rows,
        N_FEATURES,
        n_informative=10,
        n_classes=2 if task == "regression" else task,
        random_state=0,
    )
    method = "predict_proba"
    if task == "regression":
        y, method = 100.0 * np.sin(X[:, :10]).sum(axis=1), "predict"
    model.fit(X[:N_TRAIN], y[:N_TRAIN])
    new = X[N_TRAIN:]
    if hasattr(model, "student_feature_indices_"):
        new = np.ascontiguousarray(new[:, :N_STUDENT])
    row = {"model": name, "task": task if task == "regression" else f"{task} classes"}
    for dtype in (np.float64, np.float32):
        start = time.process_time()
        exported = to_onnx(model, new[:100].astype(dtype))
        seconds = time.process_time() - start
        one_thread = onnxruntime.SessionOptions()
        one_thread.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            exported.SerializeToString(), one_thread, ["CPUExecutionProvider"]
        )
        rows = new.astype(dtype)
        found = session.run(None, {"X": rows})[-1]
        expected = getattr(model, method)(rows)
        gap = np.abs(found.reshape(expected.shape) - expected).max()
        gap /= max(np.abs(expected).max(), 1.0)
        row[f"difference, {dtype.__name__}"] = f"{gap:.1e}"
        if dtype == np.float64:
            row["export, s"] = f"{seconds:.2f}"
            one = rows[:1]
            ways = {
                "onnxruntime": lambda s=session, one=one: s.run(None, {"X": one}),
                "model": lambda one=one: getattr(model, method)(one),
            }
            if len(getattr(model, "students_", ())) == 1:
                student = model.student_
                call = getattr(
                    student, method if hasattr(student, method) else "predict"
                )
                ways["student"] = lambda call=call, one=one: call(one)
            times = alternate(ways, n_rounds, clock=time.process_time)
            for way in ("onnxruntime", "student", "model"):
                micro = np.quantile(times[way], 0.1) * 1e6 if way in times else None
                row[f"one row, µs: {way}"] = "" if micro is None else f"{micro:.0f}"
    return row


def main():
    args = options(__doc__).parse_args()
    n_rows, n_rounds = (500, 5) if args.quick else (20_000, 50)
    rows = []
    for name, task, model in make_models():
        rows.append(compare(name, task, model, n_rows, n_rounds))
        print(rows[-1], flush=True)
    write(
        "export",
        rows,
        args,
        note=f"{n_rows:,} new rows of {N_STUDENT} columns (30 for SelfDistilled and "
        f"MutualDistilled); tenth percentile of {n_rounds} calls in turn, CPU time. "
        "That to export holds the comparison on 100 rows; the first imports skl2onnx.",
    )


if __name__ == "__main__":
    main()
