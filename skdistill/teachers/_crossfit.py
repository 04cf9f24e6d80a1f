"""Out-of-fold predictions: each row is predicted by a teacher that did not see it.

1. `make_splits` turns `cv` into checked train and test indices.
2. `CrossFit` trains one clone of the teacher a split, in parallel, and predicts the
   rows that it did not see; repeated predictions are averaged.
3. `frozen_predictions` predicts by a teacher that was trained elsewhere, ``_oob.py`` by
   one whose bagging left rows out.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import joblib
import numpy as np
from joblib import Memory
from numpy.typing import NDArray

from skdistill.input._checks import params_named
from skdistill.input._parallel import run_fits
from skdistill.input._row_sets import rows_of_any
from skdistill.input._rows import average_rows
from skdistill.input._sklearn import Progress
from skdistill.input._splits import Split, nested_splits
from skdistill.input._warnings import tell
from skdistill.teachers._cache import remembered, remembering
from skdistill.teachers._fits import FitStore
from skdistill.teachers._teacher import (
    OutOfFold,
    TeacherSpec,
    check_predictions,
    fit_and_predict_fold,
)


@dataclass(frozen=True)
class ExecutionConfig:
    """How to run the fits: how many at a time, how loudly, with which cache."""

    n_jobs: int | None = None
    verbose: int = 0
    memory: Memory | FitStore | None = None
    progress: Progress | None = None
    name: str = "teacher"

    def stage(self, name: str, n_tasks: int) -> AbstractContextManager:
        """Enter a stage of the fit, see `Progress.stage`."""
        if self.progress is None:
            return nullcontext(lambda: None)
        return self.progress.stage(name, n_tasks)


class CrossFit:
    """Clones of a teacher, one a training set, trained when they are first needed.

    Each training set is used once, for all that it has to predict.

    Parameters
    ----------
    spec : TeacherSpec
        The teacher and its data.
    splits : sequence of (train, test)
        From `make_splits`. Rows that no test part holds have no prediction.
    held_out_parts : sequence of (train, test)
        For each, further predictions, of rows of its train part, by teachers
        that saw none of its test part, so that what was learnt from them can be scored
        on the test part. Of repeated splits the first repetition is used. Two folds
        left out together are left out once: 5 folds cost 10 fits more, each on three
        fifths of the rows.
    execution : ExecutionConfig
        Parallelism, verbosity and cache; None is one fit at a time.
    keep_models : bool, default=False
        Whether `OutOfFold.models` of the splits holds the fold teachers.
    """

    def __init__(
        self,
        spec: TeacherSpec,
        splits: Sequence[Split],
        *,
        held_out_parts: Sequence[Split] = (),
        execution: ExecutionConfig | None = None,
        keep_models: bool = False,
    ):
        self.spec = spec
        self.execution = execution or ExecutionConfig()
        self.keep_models = keep_models
        parts = [list(splits), *nested_splits(splits, held_out_parts)]
        if len(spec.unlabeled_rows):
            # All fold teachers are out of fold for a row without a label, but a copy.
            parts = [
                [(train, spec.with_unlabeled(test)) for train, test in each]
                for each in parts
            ]
        self.parts = parts
        # By training set: what the teacher has to predict, and what came of it.
        self._pool: dict[str, Split] = {}
        self._outcomes: dict[str, _Fold] = {}
        self._keys = [[joblib.hash(train) for train, _ in each] for each in parts]
        for keys, each in zip(self._keys, parts, strict=True):
            for key, (train, test) in zip(keys, each, strict=True):
                before = self._pool.get(key, (train, test[:0]))[1]
                self._pool[key] = train, rows_of_any(before, test)

    def predict(self, parts: Sequence[int]) -> list[OutOfFold]:
        """Train the teachers that are missing, and collect predictions.

        Parameters
        ----------
        parts : sequence of int
            0 is the splits, 1 + i the held-out part i.

        Returns
        -------
        list of OutOfFold
            For each part; the first has the seconds of the teachers trained now.

        Raises
        ------
        ValueError
            If predictions are not finite (and, for a classifier, probabilities).
        """
        needed = itertools.chain.from_iterable(self._keys[part] for part in parts)
        missing = [key for key in dict.fromkeys(needed) if key not in self._outcomes]
        folds = []
        if missing:
            splits = [self._pool[key] for key in missing]
            folds = _predict_all(self.spec, splits, self.execution, self.keep_models)
            self._outcomes.update(zip(missing, folds, strict=True))
        first, *others = map(self._collect, parts)
        fit_times = tuple(fold.seconds for fold in folds)
        return [replace(first, fit_times=fit_times), *others]

    def _collect(self, part):
        """Average for each row what the teachers of a part predict."""
        spec, splits = self.spec, self.parts[part]
        predicted, results, models = [], [], []
        for key, (_, test) in zip(self._keys[part], splits, strict=True):
            fold, asked = self._outcomes[key], self._pool[key][1]
            # All of them in most fits: no need to look a million rows up.
            same = np.array_equal(asked, test)
            rows = slice(None) if same else np.searchsorted(asked, test)
            predicted.append(fold.predicted[rows])
            results.append([(by_row[rows], *rest) for by_row, *rest in fold.results])
            models.append(fold.model)
        return replace(
            average_predictions(spec, splits, predicted),
            models=tuple(models) if self.keep_models and part == 0 else (),
            representations=tuple(
                query.collect(splits, [each[n] for each in results], spec.n_samples)
                for n, query in enumerate(spec.queries)
                if splits
            ),
        )


@dataclass(frozen=True)
class _Fold:
    """What came of one training set: its predictions, and the seconds it took today."""

    predicted: NDArray
    model: Any
    results: tuple
    seconds: float


def _predict_all(spec, splits, execution, keep_models):
    """Train one teacher a split, and predict, in order."""
    if isinstance(execution.memory, FitStore):
        spec = replace(spec, store=execution.memory)
    predict, key = remembering(
        fit_and_predict_fold, spec, execution.memory, ["n_at_a_time", "remember"]
    )
    remember = None if key is None else partial(remembered, execution.memory)
    n_jobs = 1 if runs_alone(spec.teacher) else execution.n_jobs
    fits = ((predict, spec, *split, keep_models, key, remember) for split in splits)
    folds: list[_Fold] = []
    start, n_folds = time.perf_counter(), len(splits)
    with execution.stage("teacher", n_folds) as tick:
        for outcome, seconds in run_fits(n_jobs, _timed, fits, n_folds):
            folds.append(_Fold(*outcome, seconds))
            check_predictions(
                outcome[0], spec.classes, f"Teacher of fold {len(folds) - 1}"
            )
            tick()
            if execution.verbose:
                spent, n_done = time.perf_counter() - start, len(folds)
                tell(
                    f"{execution.name} {n_done}/{n_folds}: {seconds:.1f} s, about "
                    f"{spent / n_done * (n_folds - n_done):.1f} s to go"
                )
    return folds


def runs_alone(teacher: Any) -> bool:
    """Tell whether one fold teacher is to run at a time.

    Models on one GPU would run out of its memory together. `one_at_a_time` of an
    in-context learner decides, in a pipeline, too; else the device that a parameter
    names.
    """
    told = params_named(teacher, "one_at_a_time").values()
    if told:
        return any(told)
    devices = params_named(teacher, "device", "device_type", "task_type").values()
    return any(str(value).lower().startswith(("cuda", "gpu")) for value in devices)


def _timed(function, *arguments, **params):
    """Call a function; return its result and the seconds that it took."""
    start = time.perf_counter()
    return function(*arguments, **params), time.perf_counter() - start


def average_predictions(
    spec: TeacherSpec, splits: Sequence[Split], predicted: Sequence[NDArray]
) -> OutOfFold:
    """Average the predictions of each row; NaN for rows without any."""
    width = spec.y.shape[1:]
    if spec.classes is not None:
        width = (len(spec.classes),)
    covered = np.zeros(spec.n_samples, dtype=bool)
    for _, test in splits:
        covered[test] = True
    parts = zip((test for _, test in splits), predicted, strict=True)
    return OutOfFold(average_rows(parts, (spec.n_samples, *width)), covered)
