"""Ways that are compared run in turn, so that other work disturbs all of them."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np


def alternate(ways, n_rounds, *, clock=time.process_time):
    """Time calls in turn, in the reverse order every other round.

    Parameters
    ----------
    ways : dict of str to callable
    n_rounds : int
    clock : callable, default=time.process_time
        CPU time is disturbed less than wall time, but does not see other processes.

    Returns
    -------
    dict of str to list of float
        Seconds of each round, in order.
    """
    seconds = {name: [] for name in ways}
    for number in range(n_rounds):
        for name in list(ways) if number % 2 else reversed(list(ways)):
            start = clock()
            ways[name]()
            seconds[name].append(clock() - start)
    return seconds


def ratio(seconds, name, to):
    """Median, first and third quartile of the ratio of two ways, round by round."""
    pairs = np.divide(seconds[name], seconds[to])
    return tuple(float(q) for q in np.quantile(pairs, (0.5, 0.25, 0.75)))


def beside_hand(seconds, name, label):
    """Return the cells of a table that compare a way with the one by hand."""
    median, low, high = ratio(seconds, name, "by_hand")
    return {
        "CPU seconds by hand": f"{np.median(seconds['by_hand']):.1f}",
        label: f"{median:.3f}",
        "quartiles": f"{low:.3f} to {high:.3f}",
    }


def exponent(sizes, seconds):
    """Slope of the logarithm of time over the logarithm of size."""
    slope, _ = np.polyfit([math.log(n) for n in sizes], np.log(seconds), 1)
    return float(slope)


def peak_megabytes():
    """Return what this process has held at most, in megabytes; Linux.

    `resource.getrusage` would count what the parent process held when it forked.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def in_process(script, *arguments, python=sys.executable):
    """Run a script in a process of its own; return what its last line holds as JSON.

    Raises
    ------
    RuntimeError
        With the end of what the script wrote to its error stream.
    """
    run = subprocess.run(
        [python, str(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise RuntimeError(run.stderr.strip().rpartition("\n")[2] or "no message")
    return json.loads(run.stdout.strip().rpartition("\n")[2])
