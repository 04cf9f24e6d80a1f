"""What every benchmark shares: its options, its surroundings, its results."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

STARTED = time.perf_counter()
RESULTS = Path(__file__).parent / "results"
PACKAGES = ("skdistill", "scikit-learn", "numpy", "catboost", "xgboost", "lightgbm")
# Options that do not change what is measured.
NO_SETTINGS = ("quick", "results", "data", "jobs", "fresh", "minutes_before")
# For the notes of tables with "auto".
RULE = (
    'The rule of "auto" was chosen with runs on the sets of a folder in sight: '
    "no_harm, draws 0 to 19 of few_rows (later ones, too, of digits_lowres and of "
    "regressions), draws 0 to 9 of unlabeled, draws 0 to 7 of auto_cost. Later draws, "
    "and the public sets but wilms, flights and digits_lowres, were not in sight; "
    "draws 0 to 3 of 400 to 2,500 rows of these were, for how folds are left out "
    "together, and, for when a choice is settled, draws 0 to 11 of auto_cost, 12 to 35 "
    "where there are groups, and draws 0 to 10 of unlabeled."
)


def options(description: str, *, data=False, jobs=False, resumes=False):
    """Return a parser with the options all benchmarks share.

    Each benchmark runs on one thread a process. Libraries read that wish when they
    are loaded, so a process that lacks it starts itself again.
    """
    if os.environ.get("OMP_NUM_THREADS") != "1":
        os.environ["OMP_NUM_THREADS"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    if data:
        parser.add_argument(
            "data",
            type=Path,
            nargs=None if data == "folder" else "?",
            help="folder with one folder a data set; see benchmarks/README.md",
        )
    if jobs:
        parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    if resumes:
        parser.add_argument(
            "--fresh", action="store_true", help="repeat what was measured before"
        )
    parser.add_argument(
        "--quick", action="store_true", help="seconds instead of minutes; saves nothing"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="output folder")
    return parser


def environment() -> dict[str, str]:
    """Versions and the size of the machine."""

    def find(package):
        try:
            return version(package)
        except PackageNotFoundError:
            return "source tree"

    return {
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit(),
        "python": platform.python_version(),
        **{package: find(package) for package in PACKAGES},
        "cores": str(os.cpu_count()),
        "threads a process": os.environ["OMP_NUM_THREADS"],
        "system": f"{platform.system()} {platform.machine()}",
    }


def commit() -> str:
    """Return the commit that is measured, with a mark if files have changed since."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "unknown"


def command(args) -> str:
    """Return the command line, with DATA for a folder and without other folders."""
    data = str(getattr(args, "data", None))
    given = ["DATA" if one == data else one for one in sys.argv[1:]]
    for folder in ("--results", "--environments"):
        if folder in given:
            place = given.index(folder)
            del given[place : place + 2]
    return " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *given])


def seeds(args) -> str:
    """Return the seeds of the draws; 0 where all rounds repeat the same work."""
    names = ("draws", "seeds", "splits", "repeats")
    n = next((vars(args)[name] for name in names if name in args), 1)
    first = getattr(args, "first", 0)
    return f"{first} to {first + n - 1}" if n > 1 else str(first)


def _minutes(args):
    """Minutes of this run and of those that it goes on from."""
    before = getattr(args, "minutes_before", 0.0)
    return f"{before + (time.perf_counter() - STARTED) / 60:.1f}"


def table(rows: list[dict]) -> str:
    """Render rows, dictionaries with the same keys, as a Markdown table."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [columns, ["---"] * len(columns)]
    lines += [[str(row.get(column, "")) for column in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(name: str, rows: list[dict], args, *, note="", raw=None, show=True) -> None:
    """Print a table and, unless the run was quick, keep it as Markdown and JSON.

    Parameters
    ----------
    name : str
        Of the files.
    rows : list of dict
        The table.
    args : Namespace
        Of the parser from `options`.
    note : str, default=""
        How to read the table.
    raw : list of dict, default=None
        Single measurements, for a long run to go on from; kept beside the results,
        in a folder that is not under version control.
    show : bool, default=True
        Whether to print.
    """
    if show:
        print(f"\n{table(rows)}\n\n{note}\n", flush=True)
    if args.quick:
        return
    args.results.mkdir(parents=True, exist_ok=True)
    setting = {
        key: str(value) for key, value in vars(args).items() if key not in NO_SETTINGS
    }
    found = {"command": command(args), "seeds": seeds(args), "minutes": _minutes(args)}
    found |= environment()
    if "threads" in args:
        found["threads a process"] = str(args.threads)
    content = {"environment": found, "options": setting, "note": note, "rows": rows}
    if raw is not None:
        kept = args.results / "raw" / f"{name}.json"
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps(raw))
    (args.results / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
    where = ", ".join(f"{key} {value}" for key, value in found.items())
    text = f"# {name}\n\n{table(rows)}\n\n{note}\n\n{where}\n"
    (args.results / f"{name}.md").write_text(text)


def saved(name: str, args) -> list[dict]:
    """Single measurements of an earlier run, so that a long one can go on."""
    path = args.results / "raw" / f"{name}.json"
    if args.quick or args.fresh or not path.exists():
        return []
    found = json.loads((args.results / f"{name}.json").read_text())["environment"]
    args.minutes_before = float(found["minutes"])
    return json.loads(path.read_text())
