"""Soft targets against labels: training time and memory of the same booster.

20,000 rows, 30 columns, 40 trees, one thread; 3 and 10 classes. Times are the ratio of
medians of alternating runs. Peak memory is measured in fresh processes, on 10 times
the rows: of the whole process, and above what it holds with the data once a small fit
has loaded the libraries. A copy of the rows for each class would add 23 MB a class.
"""

import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
from _measure import peak_megabytes
from _run import options, write
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from xgboost import XGBClassifier

from skdistill import DistilledClassifier

N_TREES = 40
PARTS = ("few_X", "few_y", "X", "y")
STUDENTS = {
    "xgboost": XGBClassifier(n_estimators=N_TREES, n_jobs=1),
    "lightgbm": LGBMClassifier(n_estimators=N_TREES, n_jobs=1, verbose=-1),
    "catboost": CatBoostClassifier(
        iterations=N_TREES, thread_count=1, verbose=0, allow_writing_files=False
    ),
    "scikit-learn": HistGradientBoostingClassifier(
        max_iter=N_TREES, early_stopping=False
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
    teacher = LogisticRegression(max_iter=1000).fit(X[:2000], y[:2000])
    return DistilledClassifier(FrozenEstimator(teacher), student, alpha=0.7)


def seconds_of_fit(name, soft, X, y):
    """Train once; CPU seconds of the student's own training."""
    student = STUDENTS[name].__class__(**STUDENTS[name].get_params())
    model = soft_student(student, X, y) if soft else student
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The teacher .* is frozen")
        model.fit(X, y)
    elapsed = time.process_time() - start
    return elapsed - model.fit_times_["teachers"] if soft else elapsed


def peak_of_fit(name, soft, folder):
    """Peak of a process in megabytes, and what a fit adds to it; run in one alone."""
    few_X, few_y, X, y = (np.load(f"{folder}/{part}.npy") for part in PARTS)
    seconds_of_fit(name, soft, few_X, few_y)
    before = peak_megabytes()
    seconds_of_fit(name, soft, X, y)
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
    X, y = make_data(n_rows, n_classes)
    times = {False: [], True: []}
    for number in range(n_rounds):
        for soft in (False, True) if number % 2 else (True, False):
            times[soft].append(seconds_of_fit(name, soft, X, y))
    soft, hard = statistics.median(times[True]), statistics.median(times[False])
    on_labels, on_soft = peaks_in_processes(name, 10 * n_rows, n_classes)
    row = {
        "student": name,
        "classes": n_classes,
        "time ratio": f"{soft / hard:.2f}",
        "memory ratio": f"{on_soft[0] / on_labels[0]:.2f}",
        "labels: MB, added": "{:.0f}, {:.0f}".format(*on_labels),
        "soft: MB, added": "{:.0f}, {:.0f}".format(*on_soft),
    }
    return row, {"hard": times[False], "soft": times[True], **row}


def main():
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peak", nargs=3, help="one measurement of memory")
    args = parser.parse_args()
    if args.peak:
        name, soft, folder = args.peak
        print(*peak_of_fit(name, soft == "1", folder))
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
        note="Soft targets over labels, same booster and number of trees: CPU time and "
        "peak memory of the process. The distilled model holds the teacher's answers "
        "and the targets, one number a row and class each, and two gradients.",
        raw=raw,
    )


if __name__ == "__main__":
    main()
