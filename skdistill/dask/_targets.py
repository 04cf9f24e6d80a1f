"""Teacher predictions for all rows: computed once, and kept on workers or in files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import dask
import distributed
import pandas as pd
from dask.delayed import Delayed
from fsspec.core import url_to_fs
from numpy.typing import NDArray

from skdistill.dask._cluster import persist
from skdistill.dask._labelled import Labelled
from skdistill.dask._teachers import (
    TeacherSpec,
    fit_fold_teacher,
    predict_out_of_fold,
    predict_unlabeled,
)
from skdistill.dask._unlabeled import Unlabeled

_COMPLETE = "complete.json"


class Predictions(NamedTuple):
    """What the teachers predict for one partition.

    Attributes
    ----------
    privileged, regular : ndarray of shape (n_rows, n_classes) or (n_rows,), or None
        None from a teacher that is not asked.
    """

    privileged: NDArray | None
    regular: NDArray | None


@dataclass(frozen=True)
class Targets:
    """Predictions for all partitions, of labelled rows and of unlabeled ones."""

    labelled: list[Delayed]
    unlabeled: list[Delayed]


class Teachers:
    """The fold teachers of a fit, trained when they are first asked for.

    Parameters
    ----------
    client : distributed.Client
    owner : str
        For messages.
    labelled : Labelled
    unlabeled : Unlabeled or None
    specs : dict of TeacherSpec
        "privileged", the teacher on its own columns, and "regular", on the student's.
    asked : dict of tuple of str
        Which of them are asked for "labelled" rows, and which for "unlabeled" ones.
    memory : str or None
        Folder of the predictions.
    key : str
        What they depend on.
    report : callable
        Called with a line of progress.
    """

    def __init__(
        self,
        client: distributed.Client,
        owner: str,
        labelled: Labelled,
        unlabeled: Unlabeled | None,
        specs: dict[str, TeacherSpec],
        asked: dict[str, tuple[str, ...]],
        memory: str | None,
        key: str,
        report: Callable[[str], None],
    ):
        self.client = client
        self.owner = owner
        self.labelled = labelled
        self.unlabeled = unlabeled
        self.specs = specs
        self.asked = asked
        self.memory = memory
        self.key = key
        self.report = report
        self.fitted: dict = {}

    def predict(self, held_out: int | None = None) -> Targets:
        """Predict all rows out of fold.

        Parameters
        ----------
        held_out : int, default=None
            A fold that no teacher may have seen, in addition to the row's own. Its
            own rows have no prediction then.
        """
        both = [("labelled", self._labelled), ("unlabeled", self._unlabeled)]
        found = {}
        for name, make in both:
            if not self.asked[name]:
                n_parts = len(self.labelled.rows) if name == "labelled" else 0
                found[name] = [dask.delayed(Predictions)(None, None)] * n_parts
                continue
            folder = f"{self.key}-{name}-{'all' if held_out is None else held_out}"
            found[name] = keep(
                self.client, self.memory, folder, lambda m=make: m(held_out)
            )
        return Targets(**found)

    def _teachers(self, which, held_out):
        also = frozenset() if held_out is None else frozenset([held_out])
        teachers = []
        for fold in range(self.labelled.n_folds):
            without = also | {fold}
            if fold == held_out:
                teachers.append(None)
                continue
            if (which, without) not in self.fitted:
                self.report(f"{which} teacher without folds {sorted(without)}")
                self.fitted[which, without] = fit_fold_teacher(
                    self.client, self.owner, self.specs[which], self.labelled, without
                )
            teachers.append(self.fitted[which, without])
        return teachers

    def _labelled(self, held_out):
        predict = dask.delayed(predict_out_of_fold)
        rows = self.labelled.rows
        found = {"privileged": [None] * len(rows), "regular": [None] * len(rows)}
        for which in self.asked["labelled"]:
            teachers = self._teachers(which, held_out)
            parts = self.labelled.features.parts(self.specs[which].columns)
            found[which] = [
                predict(X, r, teachers, self.labelled.classes)
                for X, r in zip(parts, rows, strict=True)
            ]
        return _zip(found)

    def _unlabeled(self, held_out):
        predict = dask.delayed(predict_unlabeled)
        found = {}
        for which in self.asked["unlabeled"]:
            teachers = self._teachers(which, held_out)
            found[which] = [
                predict(X, teachers, self.labelled.classes)
                for X in self.unlabeled.parts(which)
            ]
        nothing = [None] * len(self.unlabeled.sizes)
        return _zip({"privileged": nothing, "regular": nothing, **found})


def _zip(found):
    make = dask.delayed(Predictions)
    return [
        make(privileged, regular)
        for privileged, regular in zip(
            found["privileged"], found["regular"], strict=True
        )
    ]


def keep(
    client: distributed.Client,
    memory: str | None,
    key: str,
    make: Callable[[], list[Delayed]],
) -> list[Delayed]:
    """Compute predictions, or find them in a folder from an earlier fit.

    Parameters
    ----------
    client : distributed.Client
    memory : str or None
        A folder that all workers reach; None keeps predictions on the workers.
    key : str
        Name of the subfolder.
    make : callable
        Returns a delayed Predictions for each partition; called only if needed.
    """
    if memory is None:
        return persist(client, make())
    folder = f"{memory}/{key}"
    files, root = url_to_fs(folder)
    marker = f"{root}/{_COMPLETE}"
    if not files.exists(marker):
        files.makedirs(root, exist_ok=True)
        write = dask.delayed(_write)
        parts = make()
        persist(client, [write(folder, n, part) for n, part in enumerate(parts)])
        with files.open(marker, "w") as file:
            json.dump({"n_partitions": len(parts)}, file)
    with files.open(marker) as file:
        n_parts = json.load(file)["n_partitions"]
    return [dask.delayed(_read)(folder, number) for number in range(n_parts)]


def _write(folder, number, predictions):
    columns = {}
    for name, values in predictions._asdict().items():
        if values is not None:
            table = values.reshape(len(values), -1)
            columns |= {f"{name}_{i}": table[:, i] for i in range(table.shape[1])}
    files, root = url_to_fs(folder)
    with files.open(_path(root, number), "wb") as file:
        pd.DataFrame(columns).to_parquet(file)
    return len(columns)


def _read(folder, number):
    files, root = url_to_fs(folder)
    with files.open(_path(root, number), "rb") as file:
        frame = pd.read_parquet(file)
    found = {}
    for name in Predictions._fields:
        columns = [c for c in frame.columns if c.startswith(f"{name}_")]
        values = frame[columns].to_numpy() if columns else None
        # One column are values; there are no fewer than two classes.
        found[name] = values[:, 0] if len(columns) == 1 else values
    return Predictions(**found)


def _path(root: str, number: int) -> str:
    return f"{root}/part-{number:06d}.parquet"
