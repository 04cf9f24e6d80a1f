"""
A foundation model's recipe
===========================

A tabular foundation model is an in-context learner: it has no training worth the name,
reads the whole training set for each prediction, and wants a GPU. That makes it a fine
teacher and a poor thing to serve. A student keeps what it found, without its context.

TabICL is one, with the interface of scikit-learn and a licence that allows it; the
extra ``skdistill[tabicl]`` installs it. Where it and its weights are at hand, it is the
teacher below. Elsewhere ``SimilarRows`` takes its place, which needs no weights and no
GPU: it averages the labels of similar training rows, with scales that it finds in
context. Licences of other models are in :doc:`/guide/soft_targets`.
"""

from tempfile import TemporaryDirectory
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from catboost import CatBoostClassifier
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from skdistill import DistilledClassifier
from skdistill.datasets import load_cells
from skdistill.teachers import InContextClassifier


class SimilarRows(ClassifierMixin, BaseEstimator):
    """Predict from similar rows of the context, which is the training set."""

    def __init__(self, width=2.0):
        self.width = width

    def fit(self, X, y):
        """Keep the context, and weigh each column by what it tells of the label."""
        X = np.asarray(X, dtype=float)
        self.classes_, self.codes_ = np.unique(y, return_inverse=True)
        told = mutual_info_classif(X, self.codes_, random_state=0)
        self.scale_ = np.sqrt(told / told.mean()) / (X.std(axis=0) + 1e-9)
        self.context_ = X * self.scale_
        return self

    def predict_proba(self, X):
        """Average the labels of the context by similarity."""
        rows = np.asarray(X, dtype=float) * self.scale_
        squared = ((rows[:, None] - self.context_) ** 2).sum(axis=2)
        nearest = squared.min(axis=1, keepdims=True)
        similar = np.exp(-(squared - nearest) / self.width**2)
        votes = similar @ np.eye(len(self.classes_))[self.codes_] + 0.05
        return votes / votes.sum(axis=1, keepdims=True)

    def predict(self, X):
        """Predict the most probable label."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def foundation_model(X, y):
    """Return TabICL, or the stand-in after saying what is missing."""
    try:
        from tabicl import TabICLClassifier

        model = TabICLClassifier(allow_auto_download=False, random_state=0)
        model.fit(X, y)  # Loads the weights; nothing is learnt yet.
    except ImportError:
        print("TabICL is missing, a stand-in teaches. To get it:")
        print('    pip install "skdistill[tabicl]"')
    except ValueError as error:
        print("TabICL lacks its weights, a stand-in teaches.", error)
        print("With skdistill[tabicl] and a network, TabICLClassifier().fit gets them.")
    else:
        return model
    return SimilarRows()


cells = load_cells()
X_train, X_test, y_train, y_test = train_test_split(
    cells.data, cells.target, train_size=800, random_state=0
)

# %%
# Each fold teacher has the other folds as its context, so no row answers for itself.
# ``InContextClassifier`` limits the context, asks in batches, and lets one fold teacher
# work at a time, as one GPU must. With ``memory`` it is asked once, whatever student
# comes after, and a run that is killed goes on with the batch that is missing:
# predictions of a large model are the expensive part.
teacher = foundation_model(X_train, y_train)
asked = InContextClassifier(teacher, max_context=2000, batch_size=200)
student = CatBoostClassifier(
    iterations=150,
    depth=4,
    thread_count=1,
    random_seed=0,
    verbose=0,
    allow_writing_files=False,
)
with TemporaryDirectory() as folder:
    model = DistilledClassifier(asked, student, memory=folder, random_state=0)
    for alpha in (1.0, 0.5):
        model.set_params(alpha=alpha).fit(X_train, y_train)
        print(f"alpha {alpha}: {model.fit_times_}")

# %%
teacher = asked.fit(X_train, y_train)
baseline = clone(student).fit(X_train, y_train)
models = {
    "teacher, in context": teacher,
    "student on labels": baseline,
    "distilled student": model,
}
losses, times = [], []
for name, fitted in models.items():
    start = perf_counter()
    probability = fitted.predict_proba(X_test)
    times.append(1e6 * (perf_counter() - start) / len(X_test))
    losses.append(log_loss(y_test, probability))
    print(f"{name:20} log-loss {losses[-1]:.3f}, {times[-1]:.0f} µs a row")

# %%
# Down and left is better: the student predicts at its own cost. It gains where the
# teacher is better than the student on labels, which the stand-in is not here.
figure, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
ax.scatter(times, losses)
for name, x, y in zip(models, times, losses, strict=True):
    ax.annotate(name, (x, y), xytext=(6, 6), textcoords="offset points")
ax.set(xscale="log", xlabel="µs a row, in bulk", ylabel="log-loss")
ax.margins(x=0.35, y=0.2)
plt.show()
