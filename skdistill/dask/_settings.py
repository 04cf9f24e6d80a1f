"""Parameters of the estimators on Dask: what can be checked without the data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator
from xgboost import XGBModel

from skdistill.input._checks import check_count, check_verbose, make_random_state
from skdistill.input._members import check_member
from skdistill.objectives import Response
from skdistill.objectives._mixture import refuse_auto, split_objective
from skdistill.offline._request import check_mixture

_FOLDS = 5


@dataclass(frozen=True)
class Settings:
    """Parameters of an estimator, checked.

    Attributes
    ----------
    mixture : dict of str to float or "auto"
        "alpha", "privileged_weight" and "unlabeled_weight".
    n_folds, max_teacher_rows : int
        Numbers of folds, and of rows of a teacher that is trained on one worker.
    objective : Response
        What is learnt.
    teacher, student : estimator
        The user's own, not to be fitted.
    memory : str or None
        Folder of the predictions.
    seeds : list of int
        Of the teachers, of the student, and of folds and samples.
    """

    mixture: dict[str, float | str]
    n_folds: int
    max_teacher_rows: int
    objective: Response
    teacher: Any
    student: Any
    memory: str | None
    seeds: list[int]


def check_settings(model: Any, owner: str, kind: str) -> Settings:
    """Check the parameters of an estimator.

    Raises
    ------
    ValueError, TypeError
        If one is not fit for use, with what one machine does where Dask does not.
    """
    check_verbose(model.verbose, owner)
    mixture = check_mixture(model)
    objective, further = split_objective(model.objective, owner)
    if further:
        raise ValueError(
            f"objective of {owner} on Dask must be 'response' or a Response; features "
            f"and relations are learnt by skdistill.{owner} on one machine. Got "
            f"{model.objective!r}."
        )
    refuse_auto(objective, owner, f"skdistill.{owner} chooses it on one machine")
    if objective.calibrate:
        raise ValueError(
            f"calibrate of the objective of {owner} must be False on Dask, where no "
            "partition has all rows that a temperature or slope is fitted to; "
            f"skdistill.{owner} calibrates on one machine."
        )
    cv = _FOLDS if model.cv is None else model.cv
    if isinstance(cv, str) or not np.isscalar(cv):
        raise TypeError(
            f"cv of {owner} must be a number of folds on Dask, where a hash of the "
            f"index or group says which; skdistill.{owner} takes splitters and 'oob' "
            f"on one machine. Got {cv!r}."
        )
    random_state = make_random_state(
        0 if model.random_state is None else model.random_state, owner
    )
    teacher = model._student_class() if model.teacher is None else model.teacher
    _check_teacher(teacher, owner, kind)
    student = teacher if model.student is None else model.student
    _check_student(student, model, owner)
    return Settings(
        mixture,
        check_count(cv, "cv", owner, least=2),
        check_count(model.max_teacher_rows, "max_teacher_rows", owner, least=10),
        objective,
        teacher,
        student,
        _check_memory(model.memory, owner),
        random_state.randint(np.iinfo(np.int32).max, size=3).tolist(),
    )


def _check_teacher(teacher, owner, kind):
    if isinstance(teacher, (str, FrozenEstimator)):
        raise ValueError(
            f"teacher of {owner} must be an unfitted estimator on Dask; skdistill."
            f"{owner} takes frozen teachers on one machine. Got {teacher!r}."
        )
    check_member(teacher, "teacher", owner, kind)
    _refuse_dask_estimator(teacher, "teacher", owner)
    if isinstance(teacher, XGBModel):
        _check_distributed(teacher, "teacher", owner)


def _check_student(student, model, owner):
    allowed = model._student_class
    _refuse_dask_estimator(student, "student", owner)
    if not isinstance(student, allowed):
        of = "the teacher's copy is" if model.student is None else "got"
        raise TypeError(
            f"student of {owner} on Dask must be an {allowed.__name__}, since XGBoost "
            f"trains it on all workers; {of} {type(student).__name__}. skdistill."
            f"{owner} trains any student on one machine."
        )
    _check_distributed(student, "student", owner)


def _refuse_dask_estimator(estimator, name, owner):
    if type(estimator).__module__.startswith("xgboost.dask"):
        raise TypeError(
            f"{name} of {owner} must be a plain XGBoost estimator, whose parameters "
            f"are taken and which is what is left; got {type(estimator).__name__}."
        )


def _check_distributed(estimator, name, owner):
    for parameter, refused in (
        ("booster", "gblinear"),
        ("tree_method", "exact"),
        ("multi_strategy", "multi_output_tree"),
    ):
        if getattr(estimator, parameter, None) == refused:
            raise ValueError(
                f"{parameter} of the {name} of {owner} must not be {refused!r} on "
                f"Dask, where XGBoost does not train it; skdistill.{owner} does on one "
                "machine."
            )
    for parameter in ("early_stopping_rounds", "callbacks"):
        if getattr(estimator, parameter, None):
            raise ValueError(
                f"{parameter} of the {name} of {owner} must be None on Dask, where "
                f"boosters have no rows to watch; got "
                f"{getattr(estimator, parameter)!r}."
            )


def _check_memory(memory, owner):
    if memory is None:
        return None
    if not isinstance(memory, (str, os.PathLike)):
        raise TypeError(
            f"memory of {owner} must be a folder, or its address, that all workers "
            f"reach; got {memory!r}."
        )
    return os.fspath(memory).rstrip("/")
