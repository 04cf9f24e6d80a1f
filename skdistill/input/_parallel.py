"""Run tasks through joblib's current backend, and take their results in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sklearn.utils.parallel import Parallel


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
