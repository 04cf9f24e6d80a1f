"""Warnings that point at the user's line, and lines that `verbose` prints."""

from __future__ import annotations

import sys
import warnings

# What stands between the user's line and ours: callers, and what they call us by.
_PACKAGES = ("skdistill", "sklearn", "joblib", "contextlib")


def tell(text: str) -> None:
    """Print a line of progress at once."""
    print(f"[skdistill] {text}", flush=True)


def warn(message: str) -> None:
    """Warn at the innermost line that is neither ours, scikit-learn's nor joblib's.

    `skip_file_prefixes` of :func:`warnings.warn` does this from Python 3.12 on. In a
    worker process no line is the user's; the outermost one is named.

    Parameters
    ----------
    message : str
        What is wrong, what follows from it, and the remedy.
    """
    frame = sys._getframe(1)
    while _package(frame) in _PACKAGES and frame.f_back is not None:
        frame = frame.f_back
    module = frame.f_globals
    warnings.warn_explicit(
        message,
        UserWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=module.get("__name__", "sys"),
        registry=module.setdefault("__warningregistry__", {}),
    )


def _package(frame):
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
