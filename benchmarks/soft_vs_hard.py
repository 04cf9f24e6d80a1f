"""Soft targets against labels: training time and memory of the same booster.

20,000 rows, 30 columns, 40 trees; 2, 3, 10 and 50 classes; on one thread (CPU time) and
on all threads (time on the clock). Times are the ratio of medians of alternating runs,
log-losses those on 5,000 rows of the last ones. Peak memory is measured in fresh
processes, on 10 times the rows: of the whole process, and above what it holds with the
data once a small fit has loaded the libraries. A copy of the rows for each class would
add 23 MB a class.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from _measure import peak_megabytes
from _run import options, write
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from xgboost import XGBClassifier

from skdistill import DistilledClassifier

N_TREES = 40
PARTS = ("few_X", "few_y", "X", "y")
NAMES = ("xgboost", "lightgbm", "catboost", "scikit-learn")


def make_student(name, n_threads=1):
    """Return an untrained booster; scikit-learn's takes its threads from OpenMP."""
    few = {"n_estimators": N_TREES, "n_jobs": n_threads}
    if name == "xgboost":
        return XGBClassifier(**few)
    if name == "lightgbm":
        return LGBMClassifier(**few, verbose=-1)
    if name == "catboost":
        return CatBoostClassifier(
            iterations=N_TREES,
            thread_count=n_threads,
            verbose=0,
            allow_writing_files=False,
        )
    return HistGradientBoostingClassifier(max_iter=N_TREES, early_stopping=False)


def make_data(n_rows, n_classes):
    """Simulate rows with as many classes."""
    return make_classification(
        n_rows,
        30,
        n_informative=12,
        n_classes=n_classes,
        n_clusters_per_class=1 if n_classes > 10 else 2,
        flip_y=0.05,
        random_state=0,
    )


def soft_targets(X, y):
    """Predict all rows by a small teacher, before the clock starts."""
    teacher = LogisticRegression(max_iter=1000).fit(X[:2000], y[:2000])
    return teacher.predict_proba(X)


def fit(name, targets, X, y, n_threads=1):
    """Train once, on labels or on targets; return the model and the seconds."""
    student = make_student(name, n_threads)
    model, given = student, {}
    if targets is not None:
        model = DistilledClassifier("precomputed", student, alpha=0.7)
        given = {"soft_targets": targets}
    clock = time.process_time if n_threads == 1 else time.perf_counter
    start = clock()
    model.fit(X, y, **given)
    return model, clock() - start


def times_of_fits(name, n_classes, n_rows, n_rounds, n_threads):
    """Return seconds and held-out log-losses, on labels and on soft targets."""
    X, y = make_data(n_rows + 5_000, n_classes)
    X, X_test, y, y_test = X[5_000:], X[:5_000], y[5_000:], y[:5_000]
    times, losses = {False: [], True: []}, {}
    targets = soft_targets(X, y)
    for number in range(n_rounds):
        for soft in (False, True) if number % 2 else (True, False):
            model, seconds = fit(name, targets if soft else None, X, y, n_threads)
            times[soft].append(seconds)
            losses[soft] = log_loss(y_test, model.predict_proba(X_test))
    return {
        "hard": times[False],
        "soft": times[True],
        "log-loss": [losses[False], losses[True]],
    }


def times_in_a_process(*arguments):
    """Run `times_of_fits` where the libraries have all threads."""
    run = subprocess.run(
        [sys.executable, __file__, "--times", *map(str, arguments)],
        env=os.environ | {"OMP_NUM_THREADS": str(arguments[-1])},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout.splitlines()[-1])


def peak_of_fit(name, soft, folder):
    """Peak of a process in megabytes, and what a fit adds to it; run in one alone."""
    few_X, few_y, X, y = (np.load(f"{folder}/{part}.npy") for part in PARTS)
    few, many = (
        soft_targets(*data) if soft else None for data in ((few_X, few_y), (X, y))
    )
    fit(name, few, few_X, few_y)
    before = peak_megabytes()
    fit(name, many, X, y)
    return peak_megabytes(), peak_megabytes() - before


def peaks_in_processes(name, n_rows, n_classes):
    """Measure `peak_of_fit` on labels and on soft targets, each in its own process."""
    X, y = make_data(n_rows, n_classes)
    X = X.astype(np.float32)
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        # A process that makes the data itself has had its peak before the fit.
        for part, values in zip(PARTS, (X[:2000], y[:2000], X, y), strict=True):
            np.save(f"{folder}/{part}.npy", values)
        for soft in (False, True):
            run = subprocess.run(
                [sys.executable, __file__, "--peak", name, str(int(soft)), folder],
                capture_output=True,
                text=True,
                check=True,
            )
            peaks.append([float(number) for number in run.stdout.split()])
    return peaks


def compare(name, n_classes, n_rows, n_rounds):
    """Return one row of the table and the measurements behind it."""
    ratios, losses, raw = [], [], {}
    for n_threads in (1, os.cpu_count()):
        found = times_in_a_process(name, n_classes, n_rows, n_rounds, n_threads)
        soft, hard = statistics.median(found["soft"]), statistics.median(found["hard"])
        ratios.append(f"{soft / hard:.2f}")
        losses.append(found["log-loss"])
        raw[f"{n_threads} threads"] = found
    on_labels, on_soft = peaks_in_processes(name, 10 * n_rows, n_classes)
    row = {
        "student": name,
        "classes": n_classes,
        "time ratio, one thread": ratios[0],
        f"{os.cpu_count()} threads": ratios[1],
        "log-loss: labels, soft": "{:.3f}, {:.3f}".format(*losses[0]),
        "memory ratio": f"{on_soft[0] / on_labels[0]:.2f}",
        "labels: MB, added": "{:.0f}, {:.0f}".format(*on_labels),
        "soft: MB, added": "{:.0f}, {:.0f}".format(*on_soft),
    }
    return row, {**raw, **row}


def main():
    if sys.argv[1:2] == ["--times"]:
        # Before `options`, which leaves one thread.
        name, *numbers = sys.argv[2:]
        print(json.dumps(times_of_fits(name, *map(int, numbers))))
        return
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--classes", nargs="+", type=int, default=[2, 3, 10, 50])
    parser.add_argument("--peak", nargs=3, help="one measurement of memory")
    args = parser.parse_args()
    if args.peak:
        name, soft, folder = args.peak
        print(*peak_of_fit(name, soft == "1", folder))
        return
    n_rows, n_rounds = (2000, 2) if args.quick else (20_000, args.rounds)
    rows, raw = [], []
    for n_classes in (3,) if args.quick else args.classes:
        for name in NAMES:
            row, measured = compare(name, n_classes, n_rows, n_rounds)
            rows.append(row)
            raw.append(measured)
            print(row, flush=True)
    write(
        "soft_vs_hard" if min(args.classes) < 50 else "soft_vs_hard_50",
        rows,
        args,
        note="Soft targets over labels, same booster and number of trees: time and "
        "peak memory of the process. The soft targets exist before the fit, which also "
        "holds its own targets and two gradients, one number a row and class each. The "
        "teacher, a logistic regression on 2,000 rows, is weak on purpose: it costs "
        "nothing, and log-losses of soft targets compare versions, not distillation.",
        raw=raw,
    )


if __name__ == "__main__":
    main()
