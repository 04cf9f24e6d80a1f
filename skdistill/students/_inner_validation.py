"""Students that validate inside, and what of it is wrong on soft targets.

Early stopping, searches and calibration split what they are given. Copies of one row on
both sides of such a split would validate the student on rows that it is trained on,
and a row without a label cannot validate at all. The splits of the student
itself can be said in terms of rows; those of an estimator inside it cannot, and are
refused before anything is trained.

Parameters are recognised by their names, so that this holds for any library.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    StackingClassifier,
    StackingRegressor,
)
from sklearn.model_selection import TunedThresholdClassifierCV, check_cv
from sklearn.utils.validation import has_fit_parameter

from skdistill.input._boosters import HISTOGRAMS
from skdistill.input._checks import is_search, searched
from skdistill.students._params import is_count, parts
from skdistill.students._task import StudentTask

# Parameters that count rows, with the value below which they bound nothing.
ROW_COUNTS = {"min_samples_leaf": 1, "min_samples_split": 2, "min_child_samples": 1}
# Shares of the rows that are held out, and parameters that turn this on.
_HELD_OUT = ("validation_fraction", "validation_size", "validation_split", "val_size")
_SWITCHES = ("early_stopping", "early_stopping_rounds", "n_iter_no_change")

_WHY = "as soft targets reach it as weighted copies"
_VALIDATES = f"would validate on copies of rows it is trained on, {_WHY}"
_UNLABELED = "would validate on rows without a label among those it holds out"
_COUNTS = f"would count copies of rows, {_WHY}"


def splits_rows(student: Any) -> bool:
    """Whether a student splits its rows itself, as searches and calibration do."""
    params = student.get_params(deep=False)
    return "cv" in params and not isinstance(params["cv"], str)


def check_threshold(student: Any) -> None:
    """Refuse a student that decides where its classes part, by labels alone."""
    if any(isinstance(p, TunedThresholdClassifierCV) for p in parts(student).values()):
        raise ValueError(
            f"student {type(student).__name__} tunes its threshold on labels, which "
            "soft targets are not. Tune that of the distilled model: "
            "TunedThresholdClassifierCV(DistilledClassifier(...))."
        )


def check_inner_validation(student: Any) -> None:
    """Refuse a student that would validate on copies of its training rows.

    And one inside which a parameter would silently mean something else on copies.
    """
    for prefix, part, params, whose in _described(student):
        for name, problem in _problems(part, params, bool(prefix)):
            raise ValueError(f"{name} of {whose} {problem}")
        if prefix and splits_rows(part):
            raise ValueError(
                f"cv of {whose} {_VALIDATES}. Let "
                f"{type(part).__name__} be the student, and put the "
                f"DistilledClassifier into {type(student).__name__}."
            )
        weighs = params.get("class_weight")
        if prefix and isinstance(weighs, str) and not _hands_labels(student, prefix):
            raise ValueError(
                f"class_weight of {whose} is {weighs!r}, which would count copies of "
                "rows, of which every class has one a row. Leave it at None and pass "
                "the weights as sample_weight."
            )
    if is_search(student):
        _check_candidates(student)


def split_labeled_rows(
    student: Any, task: StudentTask
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Split the labeled rows by the student's own cv.

    The unlabeled rows are in each training part, but for copies of rows that it leaves
    out. Where held-out predictions of all rows are learnt from, and not scored, copies
    are in the test parts of their rows, and other unlabeled rows by turns.
    """
    labeled = task.labeled_rows
    unlabeled = np.delete(np.arange(len(task.labels)), labeled)
    y = task.labels[labeled]
    splitter = check_cv(student.cv, y, classifier=is_classifier(student))
    splits = []
    for train, test in splitter.split(np.zeros(len(y)), y):
        others = np.setdiff1d(unlabeled, task.copies_of(labeled[test]))
        splits.append((np.append(labeled[train], others), labeled[test]))
    stacks = isinstance(student, (StackingClassifier, StackingRegressor))
    if len(unlabeled) and (stacks or getattr(student, "ensemble", True) is False):
        given = np.setdiff1d(unlabeled, task.copies_of(labeled))
        turns = np.array_split(given, len(splits))
        splits = [
            (
                np.setdiff1d(train, turn),
                np.concatenate([test, task.copies_of(test), turn]),
            )
            for (train, test), turn in zip(splits, turns, strict=True)
        ]
    return splits


def check_unlabeled(student: Any) -> None:
    """Refuse a student that would validate on rows without a label."""
    for prefix, part, params, whose in _described(student):
        # Histogram boosting is passed its rows, or does not stop by itself.
        passed = not prefix and has_fit_parameter(part, "X_val")
        if isinstance(part, HISTOGRAMS) and (passed or part.early_stopping == "auto"):
            continue
        name, remedy = _holds_out(params)
        if name:
            raise ValueError(f"{name} of {whose} {_UNLABELED}. {remedy}")
        if prefix and splits_rows(part):
            raise ValueError(
                f"cv of {whose} {_UNLABELED}. Let {type(part).__name__} be the student."
            )


def _described(student: Any) -> Iterator[tuple[str, Any, dict[str, Any], str]]:
    """Yield prefix, parameters and name of each part of a student."""
    for prefix, part in parts(student).items():
        inside = f"{type(part).__name__} in " if prefix else ""
        whose = f"{inside}the student {type(student).__name__}"
        yield prefix, part, part.get_params(deep=False), whose


def _holds_out(params: dict[str, Any]) -> tuple[str, str]:
    """Name the parameter by which rows are held out, and how to turn it off."""
    switch = next((name for name in _SWITCHES if name in params), None)
    share = next((name for name in _HELD_OUT if params.get(name)), None)
    if switch and not params[switch]:
        share = None
    if params.get("eval_fraction"):  # CatBoost's, with or without a switch.
        share = "eval_fraction"
    if params.get("early_stopping") is True:
        return "early_stopping", "Use early_stopping=False."
    if share and switch == "n_iter_no_change":
        return switch, "Use n_iter_no_change=None."
    return (share, f"Use {share}=0.") if share else ("", "")


def _problems(part, params, inside):
    """Yield a parameter that cannot hold on copies, and what to say of it."""
    name, remedy = _holds_out(params)
    if isinstance(part, HistGradientBoostingClassifier):
        stops = params.get("early_stopping") is True and params["validation_fraction"]
        if stops and (inside or not has_fit_parameter(part, "X_val")):
            newer = "" if inside else ", or scikit-learn 1.7 or later"
            yield "early_stopping", f"{_VALIDATES}. Use early_stopping=False{newer}."
    elif name:
        yield (
            name,
            f"{_VALIDATES}. {remedy} Or let a regressor of the same kind be the "
            "student, which learns the probabilities as they are.",
        )
    if params.get("sampling_strategy") is not None:
        yield (
            "sampling_strategy",
            "would draw rows by labels, which soft targets are not. Let it be the "
            "teacher, or weigh the rows with sample_weight.",
        )
    if params.get("probability", False) not in (False, "deprecated"):
        name = type(part).__name__
        yield (
            "probability",
            f"{_VALIDATES}. Use CalibratedClassifierCV({name}(), ensemble=False).",
        )
    if params.get("class_weight") == "balanced_subsample":
        yield (
            "class_weight",
            "is 'balanced_subsample', which would weigh classes anew for each tree, "
            "by labels that soft targets are not. Use class_weight='balanced'.",
        )


def _hands_labels(student, prefix):
    """Whether a part is passed the labels as they are, not as codes."""
    if prefix != "estimator__":
        return False
    if isinstance(student, CalibratedClassifierCV):
        return student.method != "temperature" and student.ensemble is not False
    return is_search(student)


def _check_candidates(search):
    """Refuse candidates that would mean something else on copies."""
    kind, inside = type(search).__name__, parts(search.estimator)
    for name, value in _candidates(search):
        if hasattr(value, "get_params"):
            changed = [
                (part, part.get_params(deep=False), None)
                for part in parts(value).values()
            ]
        else:
            owner, _, own = name.rpartition("__")
            part = inside.get(f"{owner}__" if owner else "")
            params = {} if part is None else part.get_params(deep=False)
            changed = [(part, params | {own: value}, own)]
        remedy = (
            f"Search the distilled model: {kind}(DistilledClassifier(...), ...) over "
            f"'student__{name}'."
        )
        for part, params, only in changed:
            for bad, problem in _problems_of_candidate(part, params, remedy):
                if only in (None, bad):
                    raise ValueError(
                        f"{bad} of a candidate of the student {kind}, "
                        f"{name}={value!r}, {problem}"
                    )


def _candidates(search: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and value of what is searched; one draw of a distribution."""
    for name, values in searched(search):
        drawn = hasattr(values, "rvs")
        for value in [values.rvs(random_state=0)] if drawn else values:
            yield name, value


def _problems_of_candidate(part, params, remedy):
    """Yield what holds for any part, and what would have to be changed for copies."""
    yield from _problems(part, params, True)
    for name, unbounded in ROW_COUNTS.items():
        if is_count(params.get(name)) and params[name] > unbounded:
            yield name, f"{_COUNTS}. {remedy}"
    if isinstance(params.get("class_weight"), str):
        yield "class_weight", f"{_COUNTS}. {remedy}"
    boosts = isinstance(part, HistGradientBoostingClassifier)
    if boosts and params["early_stopping"] == "auto" and params["validation_fraction"]:
        yield "early_stopping", f"{_VALIDATES}. {remedy}"
    if "cv" in params and not isinstance(params["cv"], str):
        yield "cv", f"{_VALIDATES}. {remedy}"
