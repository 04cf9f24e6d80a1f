"""What `predict_proba` of the estimator costs above the bare student's.

One row, as an array and as a frame, with the student's columns only and with all; and
100,000 rows. Calls alternate; figures are the tenth percentile of their times, which
other work on the machine disturbs less than the median.
"""

import time

import numpy as np
import pandas as pd
from _run import options, write
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from xgboost import XGBClassifier

from skdistill import DistilledClassifier

STUDENTS = {
    "HistGradientBoosting": HistGradientBoostingClassifier(),
    "LogisticRegression": LogisticRegression(max_iter=1000),
    "XGBoost": XGBClassifier(n_jobs=1),
}
N_FEATURES, N_STUDENT = 30, 20


def alternate(bare, ours, n_rounds):
    """Tenth percentile of the seconds of two calls, made in turn."""
    times = {bare: [], ours: []}
    for call in (bare, ours):
        call()
    for _ in range(n_rounds):
        for call, seconds in times.items():
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
    return tuple(np.quantile(times[call], 0.1) for call in (bare, ours))


def compare(name, student, X, y, n_bulk, n_rounds):
    """Return one row of the table."""
    names = [f"column_{number}" for number in range(N_FEATURES)]
    row = {"student": name}
    for kind, full in (("array", X), ("frame", pd.DataFrame(X, columns=names))):
        narrow = full[:, :N_STUDENT] if kind == "array" else full[names[:N_STUDENT]]
        model = DistilledClassifier(
            LogisticRegression(max_iter=1000),
            student,
            student_features=np.arange(N_STUDENT),
        ).fit(full[:2000], y[:2000])
        bare = model.student_
        for label, given in (("", narrow), (", all columns", full)):
            alone, ours = alternate(
                lambda bare=bare, one=narrow[:1]: bare.predict_proba(one),
                lambda model=model, one=given[:1]: model.predict_proba(one),
                n_rounds,
            )
            row[f"one row, {kind}{label}: µs more"] = f"{(ours - alone) * 1e6:.0f}"
            if not label:
                row[f"one row, {kind}: µs bare"] = f"{alone * 1e6:.0f}"
        bulk = narrow[:n_bulk]
        alone, ours = alternate(
            lambda bare=bare, bulk=bulk: bare.predict_proba(bulk),
            lambda model=model, bulk=bulk: model.predict_proba(bulk),
            max(5, n_rounds // 20),
        )
        row[f"{n_bulk:,} rows, {kind}: ratio"] = f"{ours / alone:.3f}"
    return row


def main():
    args = options(__doc__).parse_args()
    n_bulk, n_rounds = (5000, 20) if args.quick else (100_000, 1000)
    X, y = make_classification(n_bulk, N_FEATURES, n_informative=10, random_state=0)
    rows = []
    for name, student in STUDENTS.items():
        rows.append(compare(name, student, X, y, n_bulk, n_rounds))
        print(rows[-1], flush=True)
    write(
        "latency",
        rows,
        args,
        note=f"predict_proba over the bare student's on its {N_STUDENT} of "
        f"{N_FEATURES} columns; tenth percentile of {n_rounds} alternating calls.",
    )


if __name__ == "__main__":
    main()
