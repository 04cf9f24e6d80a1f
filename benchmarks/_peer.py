"""One peer on one task: `python _peer.py PEER FOLDER THREADS`, in its environment.

FOLDER holds data.npz; the predicted probabilities are left there, times and memory are
printed as JSON. Every way has the same teacher and budget. Time is that of the CPU
with one thread, on one core, and wall time with more.
"""

import json
import os
import sys
import time
import types
import warnings
from pathlib import Path

import numpy as np
from _measure import peak_megabytes

TEACHER = {"n_estimators": 200, "num_leaves": 31, "learning_rate": 0.05}
STUDENT = {"n_estimators": 60, "num_leaves": 15, "learning_rate": 0.1}
TREE = {"max_leaf_nodes": 32, "random_state": 0}
THREADS = int(sys.argv[3])
SETTINGS = {"n_jobs": THREADS, "verbose": -1, "random_state": 0}


def boosters():
    """Return teacher, student classifier and student regressor."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    return (
        LGBMClassifier(**TEACHER, **SETTINGS),
        LGBMClassifier(**STUDENT, **SETTINGS),
        LGBMRegressor(**STUDENT, **SETTINGS),
    )


def as_probabilities(predict):
    """Turn a regressor's predictions, one or one a class, into probabilities."""

    def predict_proba(X):
        values = np.clip(np.asarray(predict(X), dtype=float), 0.0, 1.0)
        if values.ndim == 1:
            return np.column_stack([1.0 - values, values])
        return values / values.sum(axis=1, keepdims=True).clip(1e-12)

    return predict_proba


def labels(X, y, folder):
    """Train the student on labels: the bound to pass."""
    return boosters()[1].fit(X, y).predict_proba


def teacher(X, y, folder):
    """Train the teacher itself: the bound to reach."""
    return boosters()[0].fit(X, y).predict_proba


def out_of_fold(X, y):
    """Soft targets as the usual loop makes them."""
    from sklearn.model_selection import StratifiedKFold

    targets = np.empty((len(y), y.max() + 1))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
        targets[test] = boosters()[0].fit(X[train], y[train]).predict_proba(X[test])
    return targets


def recipe(X, y, folder):
    """Fit regressors to out-of-fold probabilities, one a class."""
    from sklearn.multioutput import MultiOutputRegressor

    targets, student = out_of_fold(X, y), boosters()[2]
    if targets.shape[1] == 2:
        return as_probabilities(student.fit(X, targets[:, 1]).predict)
    return as_probabilities(MultiOutputRegressor(student).fit(X, targets).predict)


def recipe_tree(X, y, folder):
    """Fit one regression tree to out-of-fold probabilities."""
    from sklearn.tree import DecisionTreeRegressor

    targets = out_of_fold(X, y)
    return as_probabilities(DecisionTreeRegressor(**TREE).fit(X, targets).predict)


def labels_tree(X, y, folder):
    """Train a tree on labels."""
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(**TREE).fit(X, y).predict_proba


def skdistill(X, y, folder, **settings):
    """Train the student with this package, which is asked for nothing special."""
    from skdistill import DistilledClassifier

    trained, student, _ = boosters()
    model = DistilledClassifier(trained, student, random_state=0)
    return model.set_params(**settings).fit(X, y).predict_proba


def skdistill_2_folds(X, y, folder):
    """Train the teacher twice instead of five times."""
    return skdistill(X, y, folder, cv=2)


def skdistill_in_sample(X, y, folder, **settings):
    """Train the teacher once and let it answer for its own rows, as peers do."""
    from sklearn.frozen import FrozenEstimator

    fitted = FrozenEstimator(boosters()[0].fit(X, y))
    return skdistill(X, y, folder, teacher=fitted, **settings)


def skdistill_tree(X, y, folder):
    """Let a tree learn."""
    from sklearn.tree import DecisionTreeClassifier

    return skdistill(X, y, folder, student=DecisionTreeClassifier(**TREE))


def skdistill_tree_in_sample(X, y, folder):
    """Let a tree learn what the teacher answers for its own rows."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(**TREE)
    return skdistill_in_sample(X, y, folder, student=tree)


def imodels(X, y, folder, student=None):
    """Train imodels' DistilledRegressor, which is for two classes."""
    from imodels import DistilledRegressor

    trained, _, regressor = boosters()
    if y.max() > 1:
        raise SystemExit("two classes only")
    model = DistilledRegressor(trained, student or regressor)
    return as_probabilities(model.fit(X, y).predict)


def imodels_tree(X, y, folder):
    """Let a tree learn with imodels."""
    from sklearn.tree import DecisionTreeRegressor

    return imodels(X, y, folder, DecisionTreeRegressor(**TREE))


def trustee_tree(X, y, folder):
    """Let Trustee extract a tree; it draws its own samples."""
    import pandas as pd
    from trustee import ClassificationTrustee

    expert = boosters()[0].fit(X, y)
    model = ClassificationTrustee(expert=expert)
    model.fit(
        pd.DataFrame(X),
        pd.Series(y),
        max_leaf_nodes=TREE["max_leaf_nodes"],
        num_iter=10,
        num_stability_iter=3,
        samples_size=0.3,
    )
    tree = model.explain()[0]
    return lambda X: tree.predict_proba(pd.DataFrame(X))


def autogluon(X, y, folder, augment_method="spunge"):
    """Fit AutoGluon's LightGBM and distil it to a smaller one."""
    import pandas as pd
    from autogluon.tabular import TabularPredictor

    def sized(n_estimators, **settings):
        return {"GBM": {"num_boost_round": n_estimators, **settings}}

    table = pd.DataFrame(X).add_prefix("column_").assign(label=y)
    predictor = TabularPredictor("label", path=f"{folder}/models", verbosity=0)
    predictor.fit(
        table,
        hyperparameters=sized(**TEACHER),
        num_cpus=THREADS,
        fit_weighted_ensemble=False,
    )
    (student,) = predictor.distill(
        hyperparameters=sized(**STUDENT),
        augment_method=augment_method,
        verbosity=0,
    )[:1]

    def predict_proba(X):
        table = pd.DataFrame(X).add_prefix("column_")
        return predictor.predict_proba(table, model=student).to_numpy()

    return predict_proba


def autogluon_plain(X, y, folder):
    """Distil without invented rows."""
    return autogluon(X, y, folder, augment_method=None)


def tabtune(X, y, folder):
    """Let TabTune's LightGBM student learn out-of-fold probabilities."""
    import pandas as pd

    # Its foundation models are not asked; they would load thirteen libraries.
    unused = types.ModuleType("tabtune.TabularPipeline.pipeline")
    unused.TabularPipeline = None
    sys.modules["tabtune.TabularPipeline"] = types.ModuleType("tabtune.TabularPipeline")
    sys.modules[unused.__name__] = unused
    from tabtune.distillation import TabDistiller

    class Teacher:
        """A teacher that is asked for its training rows once, as they are."""

        model_name, tuning_strategy = "LightGBM", "finetuned"

        def predict_proba(self, X):
            return out_of_fold(X.to_numpy(), y)

    budget = {"n_estimators": STUDENT["n_estimators"], "max_depth": 4}
    budget["learning_rate"] = STUDENT["learning_rate"]
    model = TabDistiller([Teacher()], student="lgbm", student_params=budget)
    return model.fit(pd.DataFrame(X), pd.Series(y)).predict_proba


def seconds():
    """CPU seconds of this process and those it has waited for, or those of the wall."""
    if THREADS > 1:
        return time.perf_counter()
    return time.process_time() + sum(os.times()[2:4])


def main():
    warnings.filterwarnings("ignore")
    way, folder = globals()[sys.argv[1]], Path(sys.argv[2])
    if THREADS == 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    data = np.load(folder / "data.npz")
    way(data["X"][:300], data["y"][:300], f"{folder}/few")  # Loads the libraries.
    start = seconds()
    predict_proba = way(data["X"], data["y"], folder)
    fitted = seconds() - start
    probabilities = predict_proba(data["X_test"])
    calls = []
    for _ in range(5):
        start = seconds()
        predict_proba(data["X_test"])
        calls.append(seconds() - start)
    np.save(folder / "probabilities.npy", probabilities)
    found = {"fit": fitted, "predict": min(calls), "peak": peak_megabytes()}
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main()
