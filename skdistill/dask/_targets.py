"""Teacher predictions for all rows: computed once, and kept on workers or in files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import dask
import distributed
import pandas as pd
from dask.delayed import Delayed
from fsspec.core import url_to_fs
from numpy.typing import NDArray

from skdistill.dask._cluster import persist
from skdistill.dask._teachers import (
    TeacherSpec,
    fit_fold_teacher,
    predict_out_of_fold,
    predict_unlabeled,
    warn_of_absent_classes,
)
from skdistill.dask._unlabeled import FitData
from skdistill.input._warnings import tell

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


@dataclass
class Teachers:
    """The fold teachers of a fit, trained when they are first asked for.

    Attributes
    ----------
    data : FitData
        The rows.
    specs : dict of TeacherSpec
        "privileged", the teacher on its own columns, and "regular", on the student's.
    asked : dict of tuple of str
        Which of them are asked for "labelled" rows, and which for "unlabeled" ones.
    memory : str or None
        Folder of the predictions.
    keys : dict of tuple to str
        What the predictions of a teacher for some rows depend on.
    verbose : int
        Above 0, one line for each teacher.
    """

    data: FitData
    specs: dict[str, TeacherSpec]
    asked: dict[str, tuple[str, ...]]
    memory: str | None
    keys: dict[tuple[str, str], str]
    verbose: int
    fitted: dict[tuple[str, frozenset[int]], Delayed] = field(default_factory=dict)

    def predict(self, held_out: frozenset[int] = frozenset()) -> Targets:
        """Predict all rows out of fold.

        Parameters
        ----------
        held_out : frozenset of int, default=none
            Folds that no teacher may have seen, in addition to the row's own. Their
            own rows have no prediction then.
        """
        labelled, unlabeled = self.data.labelled, self.data.unlabeled
        n_unlabeled = 0 if unlabeled is None else len(unlabeled.sizes)
        return Targets(
            self._both("labelled", len(labelled.rows), held_out),
            self._both("unlabeled", n_unlabeled, held_out),
        )

    def _both(self, rows, n_parts, held_out):
        found = [
            self._one(which, rows, held_out)
            if which in self.asked[rows]
            else [None] * n_parts
            for which in Predictions._fields
        ]
        join = dask.delayed(Predictions)
        return [join(*pair) for pair in zip(*found, strict=True)]

    def _one(self, which, rows, held_out):
        name = "all"
        if held_out:
            name = "-".join(["without", *map(str, sorted(held_out))])
        return keep(
            self.data.client,
            self.memory,
            f"{self.keys[which, rows]}-{name}",
            lambda: self._make(which, rows, held_out),
        )

    def _make(self, which, rows, held_out):
        teachers, labelled = self._teachers(which, held_out), self.data.labelled
        if rows == "unlabeled":
            predict = dask.delayed(predict_unlabeled)
            parts = [(part,) for part in self.data.unlabeled.parts(which)]
        else:
            predict = dask.delayed(predict_out_of_fold)
            parts = labelled.parts(self.specs[which].columns)
        return [predict(*part, teachers, labelled.classes) for part in parts]

    def _teachers(self, which, held_out):
        """Return the teacher of each fold; None for those that are held out."""
        teachers = []
        spec, new = self.specs[which], {}
        for fold in range(self.data.labelled.n_folds):
            if fold in held_out:
                teachers.append(None)
                continue
            without = held_out | {fold}
            if (which, without) not in self.fitted:
                if self.verbose:
                    tell(f"{which} teacher without folds {sorted(without)}")
                new[without] = fit_fold_teacher(self.data, spec, without)
                self.fitted[which, without] = new[without]
            teachers.append(self.fitted[which, without])
        warn_of_absent_classes(self.data, spec, new)
        return teachers


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
        Returns a delayed array for each partition; called only if needed.
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


def _write(folder, number, values):
    files, root = url_to_fs(folder)
    table = values.reshape(len(values), -1)
    frame = pd.DataFrame(table, columns=[str(i) for i in range(table.shape[1])])
    with files.open(_path(root, number), "wb") as file:
        frame.to_parquet(file)


def _read(folder, number):
    files, root = url_to_fs(folder)
    with files.open(_path(root, number), "rb") as file:
        table = pd.read_parquet(file).to_numpy()
    # One column are values; there are no fewer than two classes.
    return table[:, 0] if table.shape[1] == 1 else table


def _path(root: str, number: int) -> str:
    return f"{root}/part-{number:06d}.parquet"
