"""On a GPU: what soft targets cost against labels, and whether predictions are right.

XGBoost and CatBoost, 100 trees of depth 6 on 400,000 rows of 30 float32 columns, 2 and
10 classes, time on the clock: labels and soft targets in turn, after a fit that is not
counted, which loads what a first fit loads. The same model on the CPU, trained on
20,000 of the rows, tells whether predictions are right. Without a GPU it says so.
"""

import os
import subprocess
import time
import warnings

import numpy as np
from _measure import alternate
from _run import options, write
from catboost import CatBoostClassifier
from catboost.utils import get_gpu_device_count
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss
from xgboost import XGBClassifier

from skdistill import DistilledClassifier

N_ROWS, N_FEW, N_TEST = 400_000, 20_000, 20_000


def make_student(library, n_trees, gpu):
    """Return an untrained booster."""
    n_threads = os.cpu_count()
    if library == "xgboost":
        return XGBClassifier(
            n_estimators=n_trees, device="cuda" if gpu else "cpu", n_jobs=n_threads
        )
    return CatBoostClassifier(
        iterations=n_trees,
        depth=6,
        learning_rate=0.1,
        task_type="GPU" if gpu else "CPU",
        thread_count=n_threads,
        verbose=0,
        allow_writing_files=False,
    )


def find_gpu():
    """Name the GPU; None where there is none."""
    if not get_gpu_device_count():
        return None
    asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "a GPU"
    return found.stdout.splitlines()[0]


def compare(library, n_classes, n_rows, n_trees, n_rounds, gpu):
    """Time both ways, and compare what models of both devices predict."""
    X, y = make_classification(
        n_rows + N_TEST,
        30,
        n_informative=12,
        n_classes=n_classes,
        flip_y=0.05,
        random_state=0,
    )
    X = X.astype(np.float32)
    X, X_test, y, y_test = X[N_TEST:], X[:N_TEST], y[N_TEST:], y[:N_TEST]
    soft = 0.8 * np.eye(n_classes)[y] + 0.2 / n_classes

    def fit_labels(n=None):
        return make_student(library, n_trees, gpu).fit(X[:n], y[:n])

    def fit_soft(n=None, gpu=gpu):
        student = make_student(library, n_trees, gpu)
        model = DistilledClassifier("precomputed", student, alpha=0.7)
        return model.fit(X[:n], y[:n], soft_targets=soft[:n])

    ways = {"labels": fit_labels, "soft": fit_soft}
    for way in ways.values():
        way(N_FEW)
    seconds = alternate(ways, n_rounds, clock=time.perf_counter)
    medians = {name: float(np.median(values)) for name, values in seconds.items()}
    here, on_cpu = (
        fit_soft(N_FEW, gpu=which).predict_proba(X_test) for which in (gpu, False)
    )
    return {
        "library": library,
        "classes": n_classes,
        "labels, s": f"{medians['labels']:.2f}",
        "soft, s": f"{medians['soft']:.2f}",
        "soft / labels": f"{medians['soft'] / medians['labels']:.2f}",
        "log-loss": f"{log_loss(y_test, here):.4f}",
        "log-loss, CPU": f"{log_loss(y_test, on_cpu):.4f}",
        "mean distance": f"{np.abs(here - on_cpu).mean():.4f}",
    }


def main():
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=N_ROWS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cpu", action="store_true", help="try it out; saves nothing")
    args = parser.parse_args()
    gpu = find_gpu()
    if gpu is None and not args.cpu:
        print("This machine has no GPU that CatBoost finds; nothing is measured.")
        return
    n_trees = 100
    if args.quick or args.cpu:
        args.rows, args.rounds, args.quick, n_trees = N_FEW, 1, True, 10
    with warnings.catch_warnings():
        # XGBoost says so where it trains on a GPU and predicts rows in main memory.
        warnings.filterwarnings("ignore", message=".*mismatched devices")
        rows = [
            compare(library, n_classes, args.rows, n_trees, args.rounds, not args.cpu)
            for library in ("xgboost", "catboost")
            for n_classes in (2, 10)
        ]
    note = (
        f"{gpu}. Seconds on the clock, medians. Log-losses and the mean distance of "
        f"probabilities are those of models trained on {N_FEW:,} rows with soft "
        "targets, on this device and on the CPU, for 20,000 other rows."
    )
    write("gpu", rows, args, note=note)


if __name__ == "__main__":
    main()
