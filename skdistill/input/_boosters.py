"""What the booster libraries need from whoever trains them, teacher or student.

Libraries are recognised by name, so that none is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from joblib import cpu_count
from numpy.typing import NDArray
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.pipeline import Pipeline

from skdistill.input._rows import library_of_frame

BOOSTERS = ("catboost", "xgboost", "lightgbm")
# scikit-learn's own.
HISTOGRAMS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)

_THREADS = {"catboost": "thread_count", "xgboost": "n_jobs", "lightgbm": "n_jobs"}
_CATBOOST_LOGGING = ("verbose", "verbose_eval", "silent", "logging_level")


def library(estimator: Any) -> str:
    """Name of the top-level package an estimator's class comes from.

    Subclasses of a booster belong to that booster.
    """
    roots = [cls.__module__.partition(".")[0] for cls in type(estimator).__mro__]
    return next((root for root in roots if root in BOOSTERS), roots[0])


def is_booster(estimator: Any) -> bool:
    """Whether an estimator comes from CatBoost, XGBoost or LightGBM."""
    return library(estimator) in BOOSTERS


def final_step(estimator: Any) -> Any:
    """Return the last step of a (nested) pipeline, any other estimator as it is."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator


def check_polars_types(
    estimator: Any, what: str, X: Any, columns: NDArray[np.intp]
) -> None:
    """Refuse columns of a polars frame on which a booster would end the process.

    CatBoost and LightGBM read them through Arrow, and crash on types that they do not
    know, so that no exception could be caught. In a pipeline the steps before it
    decide what it reads.

    Parameters
    ----------
    estimator : estimator
        Another than CatBoost's and LightGBM's is not looked into.
    what : str
        Names it in the message.
    X : {ndarray, sparse matrix, dataframe}
        All columns.
    columns : ndarray of int
        Positions of those that the estimator is trained on.
    """
    name = library(estimator)
    if name not in ("catboost", "lightgbm") or library_of_frame(X) != "polars":
        return
    polars = import_module("polars")
    readable = [polars.Boolean]
    remedy = "convert the frame by X.to_pandas()"
    if name == "catboost":
        params = estimator.get_params()
        if params.get("cat_features") or params.get("text_features"):
            readable += [polars.String, polars.Enum]
        remedy = f"cast categories to String and name them in cat_features, or {remedy}"
    types = [(X.columns[column], X.dtypes[column]) for column in columns]
    refused = [
        f"{column!r} ({dtype})"
        for column, dtype in types
        if not dtype.is_numeric() and dtype not in readable
    ]
    if refused:
        raise TypeError(
            f"The {what}, {type(estimator).__name__}, cannot read columns of these "
            f"polars types: {', '.join(refused)}. Pass numbers, {remedy}."
        )


def silence_catboost(estimator: Any) -> Any:
    """Keep CatBoost from printing and from writing files, unless the user set it.

    A snapshot is of one fit: another fit of the same parameters, as that of the next
    fold, would refuse it, so private copies keep none.
    """
    models = (estimator, *estimator.get_params(deep=True).values())
    for model in filter(_is_catboost, models):
        params = model.get_params()
        if not any(name in params for name in _CATBOOST_LOGGING):
            model.set_params(verbose=0)
        if "allow_writing_files" not in params:
            model.set_params(allow_writing_files=False)
        if params.get("save_snapshot"):
            model.set_params(save_snapshot=False)
    return estimator


def _is_catboost(value):
    """Tell whether it is a CatBoost model to be trained; a frozen one is not."""
    if library(value) != "catboost" or not hasattr(value, "set_params"):
        return False
    return not value.is_fitted()


def limit_threads(estimator: Any, n_at_a_time: int) -> Any:
    """Give a booster its share of the cores when several are trained at a time.

    joblib limits OpenMP in its workers, which has no effect on CatBoost and LightGBM.
    What the user set stays.
    """
    model = final_step(estimator)
    if n_at_a_time > 1 and is_booster(model) and get_threads(estimator) is None:
        name = _THREADS[library(model)]
        model.set_params(**{name: max(1, cpu_count() // n_at_a_time)})
    return estimator


def get_threads(estimator: Any) -> int | None:
    """Return the number of threads the user gave a booster."""
    model = final_step(estimator)
    return model.get_params().get(_THREADS.get(library(model)))


def n_threads_of(estimator: Any) -> int:
    """Count the threads that a booster trains on."""
    threads = get_threads(estimator) or cpu_count()
    return threads if threads > 0 else max(1, cpu_count() + 1 + threads)


def restore_threads(fitted: Any, threads: int | None) -> Any:
    """Put back the number of threads into a booster that was trained with a share."""
    model = final_step(fitted)
    if library(model) == "catboost":
        # A trained CatBoost model refuses set_params, and has no None for threads.
        if threads is None:
            model._init_params.pop("thread_count", None)
    elif is_booster(model):
        model.set_params(**{_THREADS[library(model)]: threads})
    return fitted


def expect_two_classes(estimator: Any) -> Any:
    """Give XGBoost the loss of two classes for rows that lack the others.

    It refuses a softmax over two, while of its default it makes what fits.
    """
    model = final_step(estimator)
    if library(model) == "xgboost" and str(model.objective).startswith("multi:"):
        model.set_params(objective="binary:logistic")
    return estimator
