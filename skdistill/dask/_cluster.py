"""What runs where: partitions on workers, and errors back to the caller."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from typing import Any

import dask
import distributed
import numpy as np
from dask.delayed import Delayed

# A training during which a worker was lost starts again; so many times in all.
_ATTEMPTS = 3
# Seconds until the scheduler has noticed that a worker is gone, and for a new one.
_NOTICE, _REPLACEMENT = 3.0, 60.0


def current_client(owner: str) -> distributed.Client:
    """Return the client that was started last."""
    try:
        client = distributed.default_client()
    except ValueError:
        raise ValueError(
            f"{owner} of skdistill.dask runs on a Dask cluster, and there is none. "
            "Start one before fit: client = distributed.Client() for this machine."
        ) from None
    # An adaptive cluster may have no worker yet.
    client.wait_for_workers(1, timeout=_REPLACEMENT)
    return client


def place(client: distributed.Client, sizes: Sequence[int]) -> list[str]:
    """Assign consecutive partitions to workers, with as many rows for each.

    XGBoost waits for the worker with the most rows, and does not move any.
    """
    workers = sorted(client.nthreads())
    total = max(sum(sizes), 1)
    middles = np.cumsum(sizes) - np.asarray(sizes) / 2
    return [
        workers[min(int(middle * len(workers) / total), len(workers) - 1)]
        for middle in middles
    ]


def on_worker(address: str, function: Callable, *args: Any) -> Delayed:
    """Call a function on a worker, or on another one where that is gone."""
    with dask.annotate(workers=[address], allow_other_workers=True):
        return dask.delayed(function)(*args)


def constant(value: Any) -> Delayed:
    """Put a value into a graph once, for all tasks that use it."""
    return dask.delayed(value, traverse=False)


def persist(client: distributed.Client, parts: list[Delayed]) -> list[Delayed]:
    """Compute partitions on the workers and keep them there.

    Raises
    ------
    Exception
        What a partition raised.
    """
    if not parts:
        return parts
    kept = client.persist(parts, optimize_graph=True)
    futures = distributed.futures_of(kept)
    # What was on a worker that is gone is computed again; only what was put there by
    # the user himself is cancelled.
    with contextlib.suppress(CancelledError):
        while any(future.status in ("pending", "lost") for future in futures):
            distributed.wait(futures)
    for future in futures:
        if future.status == "error":
            raise readable(future.exception())
        if future.status != "finished":
            raise RuntimeError(
                "A partition is lost, since the workers that held its data are gone. "
                "Read the data again and call fit once more."
            )
    return kept


def fetch(client: distributed.Client, parts: list[Delayed]) -> list[Any]:
    """Compute small results and bring them to the client, in order."""
    try:
        return client.gather(client.compute(parts))
    except KeyError as error:
        raise readable(error) from error


def readable(error: BaseException) -> BaseException:
    """Say what a missing column is where pandas raised on a worker."""
    if isinstance(error, KeyError):
        return ValueError(
            f"A partition of X lacks columns that the others have: {error.args[0]}. "
            "Write all partitions with the same columns."
        )
    return error


def survive(client: distributed.Client, owner: str, attempt: Callable[[], Any]) -> Any:
    """Start a distributed training again if a worker was lost during it.

    XGBoost's own training ends with an error then, on all workers.
    """
    before = set(client.nthreads())
    for left in reversed(range(_ATTEMPTS)):
        try:
            return attempt()
        except Exception as error:
            if not _lost(client, before):
                raise
            if not left:
                raise RuntimeError(
                    f"{owner} lost workers during a training, and {_ATTEMPTS} attempts "
                    "at it failed. Workers often die for lack of memory: use more of "
                    "them, with more memory each, or smaller partitions."
                ) from error
            client.wait_for_workers(1, timeout=_REPLACEMENT)
    return None


def _lost(client, before):
    deadline = time.monotonic() + _NOTICE
    while time.monotonic() < deadline:
        if before - set(client.nthreads()):
            return True
        time.sleep(0.1)
    return False
