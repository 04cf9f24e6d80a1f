"""The teachers of a fit, trained when their predictions are first asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.frozen import FrozenEstimator

from skdistill.offline._plan import TeacherPlan
from skdistill.teachers._crossfit import CrossFit, ExecutionConfig
from skdistill.teachers._frozen import frozen_predictions
from skdistill.teachers._oob import out_of_bag_predictions
from skdistill.teachers._teacher import OutOfFold, TeacherSpec

_Predict = Callable[[Sequence[int]], list[OutOfFold]]


@dataclass(frozen=True)
class TeacherPredictions:
    """What both teachers predict: for all rows, and for held-out parts.

    Attributes
    ----------
    privileged, regular : mapping of int to OutOfFold, or None
        Of the teacher on its own columns and on the student's; None if not needed. 0
        is all rows, 1 + i the held-out part i.
    """

    privileged: Mapping[int, OutOfFold] | None
    regular: Mapping[int, OutOfFold] | None


class Teachers:
    """Both teachers of a fit.

    Parameters
    ----------
    plan : TeacherPlan
        Which teachers, and which rows each of them predicts.
    execution : ExecutionConfig
        How to run the fits.

    Attributes
    ----------
    seconds : float
        What training and predicting took so far.
    fit_times : list of float
        Seconds of each teacher.
    """

    def __init__(self, plan: TeacherPlan, execution: ExecutionConfig):
        start = time.perf_counter()
        self.fit_times: list[float] = []
        self._predict = [
            _predictor(plan, plan.privileged, execution),
            _predictor(plan, plan.regular, replace(execution, name="regular teacher")),
        ]
        if plan.precomputed is not None:
            # What they were made from is not known, so nothing can be held out.
            self._predict[0] = _always(plan.precomputed)
        self._known: tuple[dict[int, OutOfFold], ...] = ({}, {})
        self.seconds = time.perf_counter() - start

    def predict(self, parts: Sequence[int]) -> TeacherPredictions:
        """Predict every row by teachers that did not see it.

        Parameters
        ----------
        parts : sequence of int
            0 is all rows; 1 + i is the held-out part i, whose test rows no teacher
            has seen.

        Returns
        -------
        TeacherPredictions
            For these parts.
        """
        start = time.perf_counter()
        for predict, known in zip(self._predict, self._known, strict=True):
            missing = [part for part in parts if part not in known]
            if predict is not None and missing:
                known.update(zip(missing, predict(missing), strict=True))
                self.fit_times += (s for part in missing for s in known[part].fit_times)
        self.seconds += time.perf_counter() - start
        return TeacherPredictions(
            *(
                None if predict is None else {part: known[part] for part in parts}
                for predict, known in zip(self._predict, self._known, strict=True)
            )
        )


def _predictor(
    plan: TeacherPlan, spec: TeacherSpec | None, execution: ExecutionConfig
) -> _Predict | None:
    """Return what predicts some parts."""
    if spec is None:
        return None
    if isinstance(spec.teacher, FrozenEstimator):
        # It was trained elsewhere, so nothing can be held out from it.
        return _always(frozen_predictions(spec, plan.owner))
    if isinstance(plan.splits, str):
        rows = [np.arange(spec.n_labeled), *(train for train, _ in plan.held_out)]
        return lambda parts: out_of_bag_predictions(
            spec,
            [rows[part] for part in parts],
            memory=execution.memory,
            verbose=execution.verbose,
            keep_models=plan.keep_models,
        )
    return CrossFit(
        spec,
        plan.splits,
        held_out_parts=plan.held_out,
        execution=execution,
        keep_models=plan.keep_models,
    ).predict


def _always(predictions: OutOfFold) -> _Predict:
    return lambda parts: [predictions] * len(parts)
