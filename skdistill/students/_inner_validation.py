"""Students that validate inside, and what of it is wrong on copies of rows.

Early stopping, searches and calibration split what they are given. Copies of one row on
both sides of such a split would make the student judge itself on what it learnt by
heart. The splits of the student itself can be said in terms of rows; those of an
estimator inside it cannot, and are refused before anything is trained.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.utils.validation import has_fit_parameter

from skdistill.students._params import is_count, parts

# Parameters that count rows, with the value below which they bound nothing.
ROW_COUNTS = {"min_samples_leaf": 1, "min_samples_split": 2, "min_child_samples": 1}

_WHY = "as soft targets reach it as weighted copies"
_VALIDATES = f"would validate on copies of rows it is trained on, {_WHY}"
_COUNTS = f"would count copies of rows, {_WHY}"


def is_search(student: Any) -> bool:
    """Whether a student searches parameters of the estimator inside it."""
    names = ("cv", "refit", "estimator")
    return all(hasattr(student, name) for name in names) and not isinstance(
        student, TunedThresholdClassifierCV
    )


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
    for prefix, part in parts(student).items():
        whose = f"the student {type(student).__name__}"
        if prefix:
            whose = f"{type(part).__name__} in {whose}"
        params = part.get_params(deep=False)
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


def _problems(part, params, inside):
    """Yield a parameter that cannot hold on copies, and what to say of it."""
    early = params.get("early_stopping")
    if isinstance(part, HistGradientBoostingClassifier):
        stops = early is True and params["validation_fraction"]
        if stops and (inside or not has_fit_parameter(part, "X_val")):
            newer = "" if inside else ", or scikit-learn 1.7 or later"
            yield "early_stopping", f"{_VALIDATES}. Use early_stopping=False{newer}."
    elif early is True:
        yield "early_stopping", f"{_VALIDATES}. Use early_stopping=False."
    elif (
        "early_stopping" not in params
        and params.get("n_iter_no_change")
        and "validation_fraction" in params
    ):
        yield "n_iter_no_change", f"{_VALIDATES}. Use n_iter_no_change=None."
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
    calibrates = isinstance(student, CalibratedClassifierCV)
    return is_search(student) or (calibrates and student.method != "temperature")


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


def _candidates(search) -> Iterator[tuple[str, Any]]:
    """Yield name and value of what is searched; one draw of a distribution."""
    params = search.get_params(deep=False)
    grids = params.get("param_grid", params.get("param_distributions")) or []
    for grid in [grids] if hasattr(grids, "items") else grids:
        for name, values in grid.items():
            if hasattr(values, "rvs"):
                values = [values.rvs(random_state=0)]
            for value in values:
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
