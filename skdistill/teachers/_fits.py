"""Fitted models by what they were trained on, so that equal fits are done once.

A report trains models whose rows overlap: the same teacher on the same rows serves
several of them. A fit is found again by its content, so that no model can come from
rows that it should not have seen: it is the one that would have been trained.
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

# Of the free space on the disk, that one model may take.
_SHARE_OF_DISK = 0.01


@dataclass(frozen=True)
class FitStore:
    """A folder of fitted models, in the place of a `memory`.

    Attributes
    ----------
    folder : str
        Which somebody else removes.
    run : str
        Whose time is counted; see `saved_seconds`.
    distinct : bool
        Whether rows without labels that are rows of X have been left out already.
    """

    folder: str
    run: str = ""
    distinct: bool = True

    def for_run(self) -> FitStore:
        """Return the same store with an account of its own."""
        return replace(self, run=uuid4().hex)

    def recall(self, content: Callable[[], Any], fit: Callable[[], Any]) -> Any:
        """Return what `fit` returns, or what an equal fit returned before.

        Parameters
        ----------
        content : callable
            Returns all that decides the outcome of the fit. Where that cannot be
            pickled, the fit is done each time.
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
        """Sum up the seconds that the fits took which this run did not have to do."""
        if not self._account.exists():
            return 0.0
        return sum(map(float, self._account.read_text().split()))

    @property
    def _account(self):
        return Path(self.folder) / f"{self.run}.seconds"

    def _keep(self, path, outcome):
        """Write a model where it can be pickled and is not too large."""
        try:
            content = pickle.dumps(outcome, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception:
            return
        if len(content) < _SHARE_OF_DISK * shutil.disk_usage(self.folder).free:
            written = path.with_name(uuid4().hex)
            written.write_bytes(content)
            written.replace(path)  # At once, as others may read it.
