"""Run tasks through joblib's current backend, or in threads of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import joblib
from sklearn import config_context, get_config
from sklearn.utils.parallel import Parallel, delayed


def run_in_order(n_jobs: int | None, tasks: Iterable[Any]) -> Iterator[Any]:
    """Run delayed tasks; yield their results in order, as they come.

    Backends that cannot hand out results one by one, as joblib's multiprocessing and
    those built on it, hand them out at the end.

    Parameters
    ----------
    n_jobs : int or None
        Tasks at a time.
    tasks : iterable of delayed calls
        From `sklearn.utils.parallel.delayed`.
    """
    try:
        parallel = Parallel(n_jobs=n_jobs, return_as="generator")
    except ValueError:
        parallel = Parallel(n_jobs=n_jobs)
    yield from parallel(tasks)


def run_fits(
    n_jobs: int | None,
    function: Callable[..., Any],
    tasks: Iterable[tuple[Any, ...]],
    n_tasks: int,
) -> Iterator[Any]:
    """Call a function that fits on each task; yield its results in order.

    Parameters
    ----------
    n_jobs : int or None
        Tasks at a time.
    function : callable
        It is passed as `n_at_a_time` how many of them share the cores.
    tasks : iterable of tuple
        Its other arguments.
    n_tasks : int
        How many there are.
    """
    n_at_a_time = min(joblib.effective_n_jobs(n_jobs), n_tasks)
    call = delayed(function)
    return run_in_order(
        n_jobs, (call(*arguments, n_at_a_time=n_at_a_time) for arguments in tasks)
    )


def run_in_threads(
    n_jobs: int | None, function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]]
) -> list[Any]:
    """Call a function in threads, under the configuration of this one.

    scikit-learn's `Parallel` sets warning filters for each task, which all threads
    share, so that some stay set.

    Parameters
    ----------
    n_jobs : int or None
        Tasks at a time.
    function : callable
        What to call.
    tasks : iterable of tuple
        Its arguments.
    """
    parallel = joblib.Parallel(n_jobs=n_jobs, require="sharedmem")
    call, config = joblib.delayed(_call_configured), get_config()
    return parallel(call(config, function, *arguments) for arguments in tasks)


def _call_configured(config, function, *arguments):
    with config_context(**config):
        return function(*arguments)
