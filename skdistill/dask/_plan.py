"""From an estimator and collections to a plan: all that can fail before training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from dask.base import tokenize
from numpy.typing import NDArray
from xgboost import XGBModel

from skdistill.dask._cluster import current_client
from skdistill.dask._collections import Features, collect_features
from skdistill.dask._labelled import check_folds, read_labelled
from skdistill.dask._rows import check_names, read_rows
from skdistill.dask._settings import check_settings
from skdistill.dask._student import StudentSpec
from skdistill.dask._targets import Teachers
from skdistill.dask._teachers import TeacherSpec
from skdistill.dask._unlabeled import FitData, read_unlabeled
from skdistill.input._columns import SelectedColumns, resolve_columns
from skdistill.input._preparation import copy_member
from skdistill.input._routing import check_takes_weight
from skdistill.input._warnings import warn
from skdistill.offline._candidates import learnable
from skdistill.offline._request import check_share
from skdistill.selection._candidates import make_candidates
from skdistill.students import student_route


@dataclass(frozen=True)
class Plan:
    """Everything a fit needs, checked.

    Attributes
    ----------
    data : FitData
        The rows.
    columns : dict of ndarray of int
        Those of the "privileged" teacher, and of the "regular" one and the student.
    selected : SelectedColumns
        The student's, as `student_features` says.
    teachers : Teachers
        Predict the rows when they are asked to.
    students : list of StudentSpec
        One for each candidate; labels alone come first if there are several.
    """

    data: FitData
    columns: dict[str, NDArray[np.intp]]
    selected: SelectedColumns
    teachers: Teachers
    students: list[StudentSpec]


def make_plan(
    model: Any, X: Any, y: Any, sample_weight: Any, groups: Any, X_unlabeled: Any
) -> Plan:
    """Check everything that can be checked before a teacher is trained.

    Raises
    ------
    ValueError, TypeError
        If a parameter or the data are not fit for use.
    """
    owner, kind = type(model).__name__, model._kind
    settings = check_settings(model, owner, kind)
    client = current_client(owner)
    given = {"y": y, "sample_weight": sample_weight, "groups": groups}
    features = collect_features(X, owner, drop=check_names(X, given, owner))
    selected = _resolve(model, features, owner)
    columns = {which: each.positions for which, each in selected.items()}
    mixture = check_share(
        model, settings.mixture, columns["privileged"], columns["regular"]
    )
    unlabeled = None
    if X_unlabeled is not None and mixture["alpha"] == 0.0:
        warn(
            f"alpha of {owner} is 0, so X_unlabeled is not used: the student learns "
            "from labels alone."
        )
    elif X_unlabeled is not None:
        unlabeled = read_unlabeled(client, X_unlabeled, features, columns, owner)
    candidates = make_candidates(
        mixture["alpha"],
        mixture["privileged_weight"],
        0.0 if unlabeled is None else mixture["unlabeled_weight"],
        settings.objective.correction,
        privileged_unlabeled=unlabeled is None or unlabeled.privileged,
    )
    if len(candidates) > 1 and settings.n_folds < 3:
        raise ValueError(
            f"cv of {owner} must be at least 3 where something is 'auto': with one "
            "fold held out for the choice, two are left to predict each other; got "
            f"{settings.n_folds}."
        )
    asked = _asked(candidates, unlabeled, owner)
    if asked["labelled"]:
        check_takes_weight(settings.teacher, "teacher", owner, sample_weight)
    student = copy_member(
        model,
        settings.student,
        features,
        columns["regular"],
        settings.seeds[1],
        written_for=columns["privileged"] if model.student is None else None,
    )
    _check_readable(student, features, columns["regular"], "student", owner)
    specs = _make_specs(model, settings, columns, features, asked)
    n_folds, seed = settings.n_folds, settings.seeds[2]
    rows = read_rows(X, features, given, n_folds=n_folds, seed=seed, owner=owner)
    labelled = read_labelled(client, features, rows, given, kind, n_folds, owner)
    if asked["labelled"]:
        check_folds(labelled, owner)
    data = FitData(client, owner, labelled, unlabeled)
    teachers = Teachers(
        data,
        specs,
        asked,
        settings.memory,
        _keys(specs, (X, *given.values()), X_unlabeled, kind, settings.n_folds),
        model.verbose,
    )
    students = _make_students(settings, student, candidates, data, kind)
    return Plan(data, columns, selected["regular"], teachers, students)


def _make_specs(model, settings, columns, features, asked):
    """Copy the teacher for its own columns, and for the student's."""
    specs = {}
    for which in sorted({*asked["labelled"], *asked["unlabeled"]}):
        teacher = copy_member(
            model,
            settings.teacher,
            features,
            columns[which],
            settings.seeds[0],
            written_for=columns["privileged"],
        )
        _check_readable(
            teacher, features, columns[which], "teacher", type(model).__name__
        )
        specs[which] = TeacherSpec(
            teacher, columns[which], settings.max_teacher_rows, settings.seeds[2]
        )
    return specs


def _make_students(settings, student, candidates, data, kind):
    """Pair the candidates that the student can learn with all that it needs."""
    classes = data.labelled.classes
    n_unlabeled = 0 if data.unlabeled is None else data.unlabeled.sizes.sum()
    n_outputs = 1 if classes is None else len(classes)
    pairs = learnable(
        candidates,
        lambda alpha: settings.objective.loss(kind, alpha, n_outputs),
        student,
        many_unlabeled=n_unlabeled > data.labelled.n_rows,
    )
    return [
        StudentSpec(
            student,
            student_route(student, loss),
            settings.objective,
            candidate,
            loss,
            classes,
        )
        for candidate, loss in pairs
    ]


def _keys(specs, labelled, X_unlabeled, kind, n_folds):
    """Name what the predictions of each teacher depend on."""
    keys = {}
    for which, spec in specs.items():
        model = joblib.hash((spec.teacher, spec.columns, spec.max_rows, spec.seed))
        key = tokenize(*labelled, kind, n_folds, model)
        keys[which, "labelled"] = key
        keys[which, "unlabeled"] = f"{key}-{tokenize(X_unlabeled)}"
    return keys


def _resolve(model: Any, features: Features, owner: str) -> dict[str, SelectedColumns]:
    array = features.names is None
    meta = np.zeros((1, features.width)) if array else features.X._meta_nonempty
    return {
        which: resolve_columns(getattr(model, name), meta, name, owner)
        for which, name in (
            ("privileged", "teacher_features"),
            ("regular", "student_features"),
        )
    }


def _check_readable(estimator, features, columns, name, owner):
    """Raise if XGBoost cannot read columns of these types."""
    if not isinstance(estimator, XGBModel):
        return
    meta = features.meta_of(columns)
    if isinstance(meta, np.ndarray):
        return
    for column, dtype in meta.dtypes.items():
        categorical = str(dtype) == "category"
        if categorical and not estimator.enable_categorical:
            raise ValueError(
                f"Column {column!r} is categorical, which the {name} of {owner} reads "
                "with enable_categorical=True only."
            )
        if not categorical and dtype.kind not in "iufb":
            raise TypeError(
                f"Column {column!r} of X has the type {dtype}, which XGBoost, the "
                f"{name} of {owner}, does not read. Make it a category, or leave it "
                f"out of {name}_features."
            )


def _asked(candidates, unlabeled, owner):
    """Name the teachers that predict labelled rows, and those for unlabeled ones."""
    taught = [c for c in candidates if c.alpha > 0.0]
    asked = {
        "labelled": _shares_of(taught),
        "unlabeled": _shares_of([c for c in taught if c.unlabeled_weight > 0.0]),
    }
    if unlabeled is not None and not unlabeled.privileged:
        if "privileged" in asked["unlabeled"]:
            warn(
                f"X_unlabeled of {owner} lacks privileged columns, so it is predicted "
                "by the teacher on the student's columns. Such rows bring little, and "
                "can do harm."
            )
        asked["unlabeled"] = ("regular",)
    return asked


def _shares_of(candidates):
    """Name the teachers that have a share in some candidates."""
    shares = {c.privileged_weight for c in candidates}
    privileged = ("privileged",) if shares - {0.0} else ()
    return privileged + (("regular",) if shares - {1.0} else ())
