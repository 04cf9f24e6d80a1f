"""Rows per second and memory on Dask, against one plain training of the student.

Rows are written as parquet files once; two workers with a memory limit read them. For
each size a plain ``xgboost.dask`` training of the student on labels, then the
distillation, each in a fresh process with a fresh cluster. ``--equality`` compares the
student with that of one machine instead.
"""

import importlib
import json
import shutil
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
from _measure import exponent, in_process, peak_megabytes
from _run import options, write
from xgboost import XGBClassifier

N_COLUMNS = 10
ROWS_A_FILE = 250_000
TREES = {"n_estimators": 20, "max_depth": 4, "random_state": 0}


def write_rows(folder, n_rows):
    """Write parquet files of float32 columns with an index of their own."""
    for number, start in enumerate(range(0, n_rows, ROWS_A_FILE)):
        rng = np.random.default_rng(number)
        n = min(ROWS_A_FILE, n_rows - start)
        X = rng.normal(size=(n, N_COLUMNS)).astype(np.float32)
        score = X[:, 0] + X[:, 1] * X[:, 2] + X[:, -1] + rng.normal(size=n)
        frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(N_COLUMNS)])
        frame["label"] = (score > 0).astype(np.int8)
        frame.index = pd.RangeIndex(start, start + n)
        frame.to_parquet(folder / f"part-{number:05d}.parquet")


def plain(client, data):
    """Train the student on labels, as directly as XGBoost offers it."""
    from xgboost import dask as distributed_xgboost

    X = as_partitioned(data[[f"x{i}" for i in range(N_COLUMNS - 1)]])
    y = as_partitioned(data[["label"]])["label"]
    matrix = distributed_xgboost.DaskQuantileDMatrix(client, X, y)
    student = XGBClassifier(**TREES, objective="binary:logistic")
    distributed_xgboost.train(
        client, student.get_xgb_params(), matrix, num_boost_round=student.n_estimators
    )


def as_partitioned(frame):
    """Keep Dask from joining files, by their columns: more for y than for X."""
    import dask.dataframe as dd

    parts = frame.simplify().to_delayed(optimize_graph=False)
    return dd.from_delayed(parts, meta=frame._meta, verify_meta=False)


def distil(data, cv):
    """Distil from a teacher that has one column more than the student."""
    from skdistill.dask import DistilledClassifier

    DistilledClassifier(
        XGBClassifier(**TREES),
        XGBClassifier(**TREES),
        student_features=slice(0, N_COLUMNS - 1),
        cv=cv,
    ).fit(data, "label")


def cpu_seconds(client):
    """Return what all workers and this process have computed so far."""
    return sum(client.run(time.process_time).values()) + time.process_time()


def measure(way, folder, memory, cv, n_workers):
    """Seconds, and the peaks of client and workers, of one way."""
    import dask.dataframe as dd
    from distributed import Client, LocalCluster

    spilled = [0.0]
    with (
        LocalCluster(
            n_workers=n_workers,
            processes=n_workers > 1,
            threads_per_worker=1,
            memory_limit=memory,
            dashboard_address=":0",
            local_directory=str(Path(folder).parent),
        ) as cluster,
        Client(cluster) as client,
    ):
        data = dd.read_parquet(folder)
        client.run(importlib.import_module, "skdistill.dask")
        before = peak_megabytes()
        workers = set(client.nthreads())
        done = threading.Event()

        def watch():
            while not done.wait(1.0):
                state = cluster.scheduler.workers.values()
                held = sum(w.metrics["spilled_bytes"]["disk"] for w in state) / 2**20
                spilled[0] = max(spilled[0], held)

        threading.Thread(target=watch, daemon=True).start()
        start, computed = time.perf_counter(), cpu_seconds(client)
        if way == "plain":
            plain(client, data)
        else:
            distil(data, cv)
        seconds = time.perf_counter() - start
        done.set()
        peaks = list(client.run(peak_megabytes).values())
        return {
            "seconds": seconds,
            "cpu": cpu_seconds(client) - computed,
            "workers": peaks,
            "client": peak_megabytes(),
            "client before": before,
            "spilled": spilled[0],
            "lost workers": len(workers - set(client.nthreads())),
        }


def make_frame(n_rows, n_classes, seed, shift=0.0):
    """Rows of few values a column, a category, and gaps; the last two are for training.

    Parameters
    ----------
    shift : float
        Of one column, so that no row is one of another frame.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 4)).round(1)
    frame = pd.DataFrame(X, columns=["a", "b", "c", "privileged"])
    frame["kind"] = pd.Categorical(rng.choice(["u", "v", "w"], n_rows))
    score = X[:, 0] + X[:, 3] + (frame["kind"] == "u") + rng.normal(size=n_rows)
    frame.loc[rng.random(n_rows) < 0.1, "b"] = np.nan
    frame["a"] += shift
    cuts = np.quantile(score, np.arange(1, n_classes) / n_classes)
    frame["label"] = np.array(["low", "mid", "top"])[np.searchsorted(cuts, score)]
    frame["weight"] = rng.integers(1, 4, n_rows) / 2
    return frame


def compare(n_rows, n_classes, temperature):
    """Train both, with weights and unlabeled rows, and compare what they predict."""
    import dask.dataframe as dd

    import skdistill
    from skdistill.dask import DistilledClassifier
    from skdistill.dask._folds import fold_of_rows
    from skdistill.dask._settings import check_settings
    from skdistill.objectives import Response

    frame = make_frame(n_rows, n_classes, 0)
    features = list(frame.columns[:5])
    unlabeled = make_frame(n_rows // 2, n_classes, 1, shift=0.05)[features]
    booster = XGBClassifier(n_estimators=20, max_depth=4, enable_categorical=True)
    model = DistilledClassifier(
        booster,
        booster,
        student_features=["a", "b", "kind"],
        objective=Response(temperature),
        alpha=0.7,
        privileged_weight=0.6,
        unlabeled_weight=0.5,
        cv=3,
    )
    model.fit(
        dd.from_pandas(frame, npartitions=5),
        "label",
        sample_weight="weight",
        X_unlabeled=dd.from_pandas(unlabeled, npartitions=3),
    )
    params = model.get_params(deep=False)
    del params["max_teacher_rows"]
    seed = check_settings(model, "DistilledClassifier", "classification").seeds[2]
    fold = fold_of_rows(frame.index, model.cv, seed)
    params["cv"] = [
        (np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in range(3)
    ]
    alone = skdistill.DistilledClassifier(**params).fit(
        frame[features],
        frame["label"],
        sample_weight=frame["weight"],
        X_unlabeled=unlabeled,
    )
    found, expected = (m.predict_proba(frame[features]) for m in (model, alone))
    labels = XGBClassifier(**booster.get_params()).fit(
        frame[["a", "b", "kind"]], np.unique(frame["label"], return_inverse=True)[1]
    )
    plain = labels.predict_proba(frame[["a", "b", "kind"]])
    return {
        "rows": f"{n_rows:,}",
        "classes": n_classes,
        "temperature": temperature,
        "route": model.student_route_,
        "largest difference": f"{abs(found - expected).max():.1e}",
        "student on labels": f"{abs(plain - expected).max():.2f}",
    }


def equality(args):
    """Compare the student with that of one machine, by what they predict."""
    from distributed import Client, LocalCluster

    rows = []
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        Client(cluster),
    ):
        for n_rows in (800,) if args.quick else (800, 20_000):
            for n_classes in (2, 3):
                for temperature in (1.0, 2.0):
                    rows.append(compare(n_rows, n_classes, temperature))
    note = (
        "Largest absolute difference of a predicted probability between the student of "
        "two workers and that of one machine with the same folds, on the training rows "
        "(simulated: 5 columns of at most 160 different values, one privileged and one "
        "categorical; row weights, both teachers, half as many unlabeled rows; 20 "
        "trees of depth 4). Beside it the difference of a student trained on labels "
        "alone."
    )
    write("dask_equality", rows, args, note=note)


def report(rows, raw, args):
    """Write what is known so far."""
    note = (
        f"{N_COLUMNS} float32 columns from parquet files of {ROWS_A_FILE:,} rows, the "
        f"student without the last one; {TREES['n_estimators']} trees of depth "
        f"{TREES['max_depth']}; cv={args.cv}; {args.workers} workers of {args.memory} "
        "with one thread each. CPU seconds are those of workers and client together; "
        "other work on the machine disturbs them less."
    )
    if len(raw) > 1:
        sizes = [one["rows"] for one in raw]
        time, cpu = (
            exponent(sizes, [one["distilled"][of] for one in raw])
            for of in ("seconds", "cpu")
        )
        note += f" Exponent in rows: {time:.2f} of time, {cpu:.2f} of CPU time."
    write("dask_scale", rows, args, note=note, raw=raw)


def main():
    parser = options(__doc__)
    parser.add_argument("--rows", type=float, nargs="+", default=[1e6, 5e6, 2e7])
    parser.add_argument("--memory", default="2GiB", help="limit of each worker")
    parser.add_argument("--cv", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="1: a thread")
    parser.add_argument("--folder", type=Path, help="for the files; default: temporary")
    parser.add_argument("--one", nargs=2, help="one measurement")
    parser.add_argument("--equality", action="store_true", help="the other table")
    args = parser.parse_args()
    if args.equality:
        equality(args)
        return
    if args.one:
        print(json.dumps(measure(*args.one, args.memory, args.cv, args.workers)))
        return
    if args.quick:
        args.rows, args.cv, args.workers = [20_000], 2, 1
    args.rows = [int(n) for n in args.rows]
    root = Path(tempfile.mkdtemp(dir=args.folder))
    rows, raw = [], []
    try:
        for n_rows in args.rows:
            folder = root / str(n_rows)
            folder.mkdir()
            write_rows(folder, n_rows)
            options_of_one = ("--memory", args.memory, "--cv", args.cv)
            options_of_one += ("--workers", args.workers)
            found = {
                way: in_process(__file__, "--one", way, folder, *options_of_one)
                for way in ("plain", "distilled")
            }
            shutil.rmtree(folder)
            one, ours = found["plain"], found["distilled"]
            row = {"rows": f"{n_rows:,}"}
            for name, of in (("s", "seconds"), ("CPU s", "cpu")):
                ratio = ours[of] / one[of]
                row |= {
                    f"{name}, plain": f"{one[of]:.1f}",
                    f"{name}, distilled": f"{ours[of]:.1f}",
                    f"{name}, ratio / {args.cv + 1}": f"{ratio / (args.cv + 1):.2f}",
                }
            row |= {
                "rows a second": f"{n_rows / ours['seconds']:,.0f}",
                "MB, client": f"{ours['client']:.0f}",
                "above its start": f"{ours['client'] - ours['client before']:.0f}",
                "MB, workers": ", ".join(f"{peak:.0f}" for peak in ours["workers"]),
                "MB, plain": ", ".join(f"{peak:.0f}" for peak in one["workers"]),
                "MB spilled": f"{ours['spilled']:.0f}",
            }
            rows.append(row)
            raw.append({"rows": n_rows, **found})
            report(rows, raw, args)
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
