"""Long runs over many tasks: some at a time, each kept as soon as it is done."""

from __future__ import annotations

from _run import saved, write
from joblib import Parallel, delayed


def sweep(name, measure, tasks, key, summarise, args, note):
    """Measure every task that no earlier run has measured, and write the table.

    Parameters
    ----------
    name : str
        Of the results.
    measure : callable
        Called with the values of a task; returns a list of dictionaries that hold
        the task, too.
    tasks : list of dict
        What to measure.
    key : tuple of str
        Which items of a task tell it apart.
    summarise : callable
        From all measurements to the rows of the table.
    args : Namespace
        Options, with `data` and `jobs`.
    note : str
        How to read the table.
    """
    raw = saved(name, args)
    done = {tuple(row[k] for k in key) for row in raw}
    todo = [task for task in tasks if tuple(task[k] for k in key) not in done]
    calls = (delayed(measure)(args.data, **task) for task in todo)
    parallel = Parallel(n_jobs=args.jobs, return_as="generator_unordered")
    for number, measured in enumerate(parallel(calls), start=1):
        raw += measured
        shown = ", ".join(str(measured[0][k]) for k in key)
        print(f"{number}/{len(todo)}: {shown}", flush=True)
        write(name, summarise(raw), args, note=note, raw=raw, show=False)
    write(name, summarise(raw), args, note=note, raw=raw)


def group(raw, key):
    """Group measurements by some of their items, in order of appearance."""
    grouped = {}
    for row in raw:
        grouped.setdefault(tuple(row[k] for k in key), []).append(row)
    return list(grouped.values())


def paired(rows, first, second):
    """Return mean and standard error of a difference over repeated measurements."""
    differences = [row[first] - row[second] for row in rows]
    n = len(differences)
    mean = sum(differences) / n
    if n < 2:
        return mean, float("nan")
    variance = sum((d - mean) ** 2 for d in differences) / (n - 1)
    return mean, (variance / n) ** 0.5


def shown(mean_and_error):
    """Write a difference with its standard error."""
    mean, error = mean_and_error
    return f"{mean:+.4f} ± {error:.4f}"
