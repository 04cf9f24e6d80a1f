"""Fitted models by what they were trained on, so that equal fits are done once.

A report trains models whose rows overlap: the same teacher on the same rows serves
several of them. A fit is found by all that decides its outcome, so the model that is
found equals the one that would be trained, and saw the same rows.
"""

from __future__ import annotations

import pickle
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import joblib

# Of the free space on the disk, the most that one model takes.
_SHARE_OF_DISK = 0.01


@dataclass(frozen=True)
class FitStore:
    """Keep fitted models in a folder; takes the place of `memory`.

    Attributes
    ----------
    folder : str
        The caller removes it.
    run : str
        Name of the run whose saved time is counted; see `saved_seconds`.
    distinct : bool
        Whether rows without labels that equal rows of X have been left out already.
    """

    folder: str
    run: str = ""
    distinct: bool = True

    def for_run(self) -> FitStore:
        """Return the same store with its own count of saved seconds."""
        return replace(self, run=uuid4().hex)

    def recall(self, content: Callable[[], Any], fit: Callable[[], Any]) -> Any:
        """Return what `fit` returns, or what an equal fit returned before.

        Parameters
        ----------
        content : callable
            Returns all that decides the outcome of the fit. If that cannot be pickled,
            the fit is done each time.
        fit : callable
            Returns a fitted model.
        """
        try:
            path = Path(self.folder) / joblib.hash(content())
        except Exception:  # Pickling may raise anything.
            return fit()
        if path.exists():
            model, seconds = pickle.loads(path.read_bytes())
            with self._account.open("a") as file:
                file.write(f"{seconds}\n")
            return model
        start = time.perf_counter()
        model = fit()
        self._keep(path, (model, time.perf_counter() - start))
        return model

    def saved_seconds(self) -> float:
        """Sum up the seconds of the fits that this run found instead of doing them."""
        if not self._account.exists():
            return 0.0
        return sum(map(float, self._account.read_text().split()))

    @property
    def _account(self):
        return Path(self.folder) / f"{self.run}.seconds"

    def _keep(self, path, outcome):
        """Write a model if it can be pickled and is not too large."""
        try:
            content = pickle.dumps(outcome, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception:
            return
        if len(content) < _SHARE_OF_DISK * shutil.disk_usage(self.folder).free:
            written = path.with_name(uuid4().hex)
            written.write_bytes(content)
            written.replace(path)  # At once, as others may read it.
