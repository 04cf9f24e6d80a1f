"""
A student without Python: ONNX
==============================

``skdistill.export.to_onnx`` writes a fitted model as an ONNX graph: a file of numbers
and operations, without code and without any row of the training data. Before it is
returned, the graph predicts the sample that was passed, and must agree with the model.

The tumour study: the graph takes the four columns that a hospital has.
"""

import json
from tempfile import TemporaryDirectory
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import onnxruntime
from sklearn.ensemble import HistGradientBoostingClassifier

from skdistill import DistilledClassifier
from skdistill.datasets import load_wilms
from skdistill.export import to_onnx

wilms = load_wilms()
booster = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=8, random_state=0)
model = DistilledClassifier(
    booster, booster, student_features=wilms.regular_features, random_state=0
).fit(wilms.data, wilms.target)
bedside = wilms.data[wilms.regular_features]

# %%
with TemporaryDirectory() as folder:
    path = f"{folder}/student.onnx"
    graph = to_onnx(model, bedside.head(500), path)
    session = onnxruntime.InferenceSession(path)
told = {entry.key: json.loads(entry.value) for entry in graph.metadata_props}
print("columns:", told["columns"])
print("classes:", told["classes"])

# %%
# One input, a matrix of the columns in their order; labels and probabilities come out.
(entry,) = session.get_inputs()
kind = np.float64 if "double" in entry.type else np.float32
rows = bedside.to_numpy(dtype=kind)
label, probability = session.run(None, {entry.name: rows})
gap = np.abs(probability - model.predict_proba(bedside)).max()
print(f"{len(rows)} rows, largest difference of a probability {gap:.1e}")


# %%
# What a row costs, alone and in bulk.
def microseconds_per_row(predict, size):
    """Time a call that predicts some rows, and take the best of ten."""
    part, times = rows[:size], []
    frame = bedside.head(size)
    for _ in range(10):
        start = perf_counter()
        predict(part, frame)
        times.append(perf_counter() - start)
    return 1e6 * min(times) / size


ways = {
    "DistilledClassifier": lambda part, frame: model.predict_proba(frame),
    "its student_ alone": lambda part, frame: model.student_.predict_proba(frame),
    "ONNX": lambda part, frame: session.run(None, {entry.name: part}),
}
figure, axes = plt.subplots(1, 2, figsize=(8.4, 2.6), layout="constrained")
for ax, size in zip(axes, (1, 4000), strict=True):
    costs = [microseconds_per_row(predict, size) for predict in ways.values()]
    bars = ax.barh(list(ways), costs, height=0.5)
    ax.bar_label(bars, fmt="%.3g", padding=3)
    ax.set(title=f"{size} row{'s' * (size > 1)} a call", xlabel="µs a row")
    ax.set_xlim(0, 1.2 * max(costs))
    ax.invert_yaxis()
plt.show()
