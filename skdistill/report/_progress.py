"""A progress bar on standard error, with nothing to install."""

from __future__ import annotations

import sys
import time

_WIDTH = 24


class Progress:
    """Counts trained models; use as a context manager.

    Parameters
    ----------
    total : int
        Models to train.
    show : bool or None
        None shows the bar in a terminal and in a notebook only.
    """

    def __init__(self, total: int, show: bool | None):
        self._total = total
        self._done = 0
        self._start = time.perf_counter()
        self._show = _is_watched() if show is None else show

    def __enter__(self) -> Progress:
        self._draw("starting")
        return self

    def step(self, what: str) -> None:
        """Count one model; `what` names it."""
        self._done += 1
        self._draw(what)

    def __exit__(self, *error: object) -> None:
        if self._show:
            sys.stderr.write("\n")
            sys.stderr.flush()

    def _draw(self, what: str) -> None:
        if not self._show:
            return
        filled = _WIDTH * self._done // max(self._total, 1)
        bar = "#" * filled + "." * (_WIDTH - filled)
        seconds = time.perf_counter() - self._start
        line = f"[{bar}] {self._done}/{self._total} models {seconds:.0f} s  {what}"
        sys.stderr.write(f"\r{line:<78}")
        sys.stderr.flush()


def _is_watched() -> bool:
    return sys.stderr is not None and (
        sys.stderr.isatty() or "ipykernel" in sys.modules
    )
