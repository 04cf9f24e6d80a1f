"""Soft targets against labels: training time and memory of the same booster.

20,000 rows, 30 columns, 40 trees, one thread; 3 and 10 classes. Times are the ratio of
medians of alternating runs. Peak memory is measured in fresh processes, on 10 times
the rows so that the data outweighs the libraries, above what the process holds before
the fit.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
import warnings

import numpy as np
from _run import options, write
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB
from xgboost import XGBClassifier

from skdistill import DistilledClassifier

N_TREES = 40
STUDENTS = {
    "xgboost": XGBClassifier(n_estimators=N_TREES, n_jobs=1),
    "lightgbm": LGBMClassifier(n_estimators=N_TREES, n_jobs=1, verbose=-1),
    "catboost": CatBoostClassifier(
        iterations=N_TREES, thread_count=1, verbose=0, allow_writing_files=False
    ),
}


def make_data(n_rows, n_classes):
    """Simulate rows with as many classes."""
    return make_classification(
        n_rows,
        30,
        n_informative=12,
        n_classes=n_classes,
        n_clusters_per_class=2,
        flip_y=0.05,
        random_state=0,
    )


def soft_student(student, X, y):
    """Return a distilled model whose teacher is ready and costs next to nothing."""
    teacher = FrozenEstimator(GaussianNB().fit(X, y))
    return DistilledClassifier(teacher, student, alpha=0.7)


def seconds_of_fit(name, soft, X, y):
    """Train once; CPU seconds of the student's own training."""
    student = STUDENTS[name].__class__(**STUDENTS[name].get_params())
    model = soft_student(student, X, y) if soft else student
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The teacher .* is frozen")
        model.fit(X, y)
    elapsed = time.process_time() - start
    return elapsed - model.fit_times_["responses"] if soft else elapsed


def peak_of_fit(name, soft, n_rows, n_classes):
    """Megabytes that a fit adds to the peak of a process; run in a process alone."""
    X, y = make_data(n_rows, n_classes)
    X = X.astype(np.float32)
    # A small fit first, so that libraries are loaded and pools are there.
    few = slice(0, 500)
    seconds_of_fit(name, soft, X[few], y[few])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds_of_fit(name, soft, X, y)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def peak_in_process(name, soft, n_rows, n_classes):
    """Measure `peak_of_fit` in a process of its own."""
    job = json.dumps([name, soft, n_rows, n_classes])
    run = subprocess.run(
        [sys.executable, __file__, "--peak", job],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(run.stdout.split()[-1])


def compare(name, n_classes, n_rows, n_rounds):
    """Return one row of the table and the measurements behind it."""
    X, y = make_data(n_rows, n_classes)
    times = {False: [], True: []}
    for number in range(n_rounds):
        for soft in (False, True) if number % 2 else (True, False):
            times[soft].append(seconds_of_fit(name, soft, X, y))
    soft, hard = statistics.median(times[True]), statistics.median(times[False])
    peaks = {
        s: max(1.0, peak_in_process(name, s, 10 * n_rows, n_classes)) for s in times
    }
    row = {
        "student": name,
        "classes": n_classes,
        "time ratio": f"{soft / hard:.2f}",
        "memory ratio": f"{peaks[True] / peaks[False]:.2f}",
        "labels, MB": f"{peaks[False]:.0f}",
        "soft, MB": f"{peaks[True]:.0f}",
    }
    return row, {"hard": times[False], "soft": times[True], **row}


def main():
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peak", help="one measurement of memory, as JSON")
    args = parser.parse_args()
    if args.peak:
        print(peak_of_fit(*json.loads(args.peak)))
        return
    n_rows, n_rounds = (2000, 2) if args.quick else (20_000, args.rounds)
    rows, raw = [], []
    for n_classes in (2, 3, 10):
        for name in STUDENTS:
            row, measured = compare(name, n_classes, n_rows, n_rounds)
            rows.append(row)
            raw.append(measured)
            print(row, flush=True)
    write(
        "soft_vs_hard",
        rows,
        args,
        note="Soft targets over labels, same booster and number of trees. CPU time; "
        "memory is what the fit adds to the peak of the process.",
        raw=raw,
    )


if __name__ == "__main__":
    main()
