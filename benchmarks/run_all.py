"""Run all benchmarks one after another.

Some run on data sets of a folder only; without it they are left out. `--quick` leaves
out those that need packages of their own, and runs one a core at the same time.
"""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ALONE = (
    "wilms",
    "lopez_paz",
    "dao_adult",
    "soft_vs_hard",
    "latency",
    "export",
    "overhead",
    "threads",
    "growth",
    "peak_memory",
    "cache",
    "peers",
    "report_cost",
    "unlabeled",
    "unlabeled_students",
    "unlabeled_peers",
    "few_rows",
    "no_harm",
    "auto_cost",
    "knowledge_real",
    "knowledge_parity",
    "knowledge_cost",
    "annotators",
    "in_context",
    "dask_scale",
    "gpu",
)
# They need packages that a quick look should not install.
WITH_PACKAGES = ("dao_adult", "peers")
# On data that anyone can have, and on those of a folder if there is one.
EITHER = (
    *("cache", "peers", "report_cost"),
    *("unlabeled", "unlabeled_students", "few_rows", "no_harm", "knowledge_real"),
    "auto_cost",
    "annotators",
)
ON_DATA = (
    "oil_recipe",
    "oil_test_rows",
    "oob",
    "weak_teacher",
    "self_distillation",
    "mutual_distillation",
    "repeats",
    "calibration",
    "several_teachers",
)


def run_one(run, quick):
    """Run one benchmark; what it prints is shown at once, or with its end if quick."""
    name, *data = run
    command = [sys.executable, str(HERE / f"{name}.py"), *data]
    start = time.perf_counter()
    if quick:
        done = subprocess.run(
            [*command, "--quick"],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    else:
        print(f"== {name}", flush=True)
        done = subprocess.run(command, check=False)
    return done.returncode, time.perf_counter() - start, done.stdout or ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="folder with one folder a data set")
    parser.add_argument("--quick", action="store_true", help="smallest settings")
    args = parser.parse_args()
    left_out = WITH_PACKAGES if args.quick else ()
    runs = [[name] for name in ALONE if name not in left_out]
    if args.data is not None:
        runs += [[name, args.data] for name in (*EITHER, *ON_DATA)]
    failed = []
    # What is measured is kept only where nothing else runs beside it.
    with ThreadPoolExecutor(os.cpu_count() if args.quick else 1) as pool:
        for name, (code, seconds, output) in zip(
            (run[0] for run in runs),
            pool.map(lambda run: run_one(run, args.quick), runs),
            strict=True,
        ):
            print(f"{output}== {name}: {seconds:.0f} s\n", flush=True)
            if code:
                failed.append(name)
    if failed:
        raise SystemExit(f"Failed: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
