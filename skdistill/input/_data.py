"""Check what `fit` was given, and reduce what `predict` was given to what it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import get_tags
from sklearn.utils.validation import validate_data

from skdistill.input._boosters import library
from skdistill.input._checks import is_estimator
from skdistill.input._columns import SelectedColumns, column_names, select_columns
from skdistill.input._sklearn import in_canonical_form


@dataclass(frozen=True)
class InputSpec(SelectedColumns):
    """The columns that `predict` needs, and what it checks them for.

    Where there was no selection, scikit-learn's rules hold unchanged.

    Attributes
    ----------
    sparse : bool
        Whether sparse matrices are taken.
    finite : bool
        Whether arrays must be finite.
    """

    sparse: bool = False
    finite: bool = False


def make_input_spec(
    estimator: Any, columns: SelectedColumns, *, trained: Iterable[Any] = ()
) -> InputSpec:
    """State in `fit` what `predict` needs, so that it need not find out again.

    A value that `fit` refused on behalf of one of the estimators `trained` on all
    columns is refused in `predict` too, whichever of them predicts. `predict` is never
    stricter than `fit`: only the tags of scikit-learn's own estimators count, and none
    that holds others, as a pipeline does not say what its first step takes.
    """
    sparse = estimator.__sklearn_tags__().input_tags.sparse
    finite = any(_refuses_nan(each) for each in trained)
    return InputSpec(**vars(columns), sparse=sparse, finite=finite)


def _refuses_nan(estimator):
    holds_others = any(map(is_estimator, estimator.get_params().values()))
    return (
        library(estimator) == "sklearn"
        and not holds_others
        and not get_tags(estimator).input_tags.allow_nan
    )


def check_input(estimator: Any, X: Any, *, reset: bool = True) -> Any:
    """Check shape and names of X; its cells are the members' to check.

    Frames stay frames, with dtypes, categories and missing values. `reset` is for
    `fit`; elsewhere X is compared with what `fit` was given.
    """
    sparse = estimator.__sklearn_tags__().input_tags.sparse
    return _validate(estimator, X, reset=reset, sparse=sparse, finite=False)


def select_input(estimator: Any, X: Any, input_spec: InputSpec) -> Any:
    """Reduce X to the needed columns, in the order of ``needed.positions``.

    Parameters
    ----------
    estimator : fitted estimator
        With `n_features_in_` and, after a fit on a frame, `feature_names_in_`.
    X : {array-like, sparse matrix, dataframe}
        The full X or only the needed columns: a frame by name, an array by its width.
    needed : InputSpec
        What is needed.

    Returns
    -------
    {ndarray, sparse matrix, dataframe} of shape (n_samples, n_needed)
    """
    positions = input_spec.positions
    if input_spec.everything:
        return select_columns(_check_again(estimator, X, input_spec), positions)
    check_is_at_hand(X, f"X of {type(estimator).__name__}")
    fitted_names = getattr(estimator, "feature_names_in_", None)
    names = column_names(X)
    if names is not None and fitted_names is not None:
        return _by_name(estimator, X, names, fitted_names, input_spec)
    if not hasattr(X, "shape"):
        X = np.asarray(X)
    width = X.shape[1] if len(X.shape) == 2 else None
    if width == len(positions) < estimator.n_features_in_:
        return in_canonical_form(X)
    known = isinstance(X, np.ndarray) and fitted_names is None
    if known and width == estimator.n_features_in_:
        # One row costs microseconds; the student checks its cells.
        return select_columns(X, positions)
    return select_columns(_check_again(estimator, X, input_spec), positions)


def _by_name(estimator, X, names, fitted_names, input_spec):
    wanted = list(fitted_names[input_spec.positions])
    if names == wanted:
        return X
    if names == list(fitted_names):
        return select_columns(X, input_spec.positions)
    missing = sorted(set(wanted) - set(names))
    if missing:
        raise ValueError(_missing_message(names, fitted_names, missing))
    whole = len(names) == len(fitted_names) and set(names) == set(fitted_names)
    if whole and not input_spec.by_name:
        # Positions were given, so the order of the full X carries meaning, and
        # scikit-learn's rule holds: same names, same order.
        _check_again(estimator, X, input_spec)
    return X[wanted]


def _check_again(estimator, X, input_spec):
    return _validate(
        estimator, X, reset=False, sparse=input_spec.sparse, finite=input_spec.finite
    )


def _validate(estimator, X, *, reset, sparse, finite):
    check_is_at_hand(X, f"X of {type(estimator).__name__}")
    if not hasattr(X, "columns"):
        checked = validate_data(
            estimator,
            X,
            reset=reset,
            accept_sparse=("csr", "csc") if sparse else False,
            dtype=None,
            ensure_all_finite=finite,
        )
        return in_canonical_form(checked)
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    if X.shape[0] < 1 or X.shape[1] < 1:
        raise ValueError(
            f"X must have at least one row and one column; got shape {X.shape}."
        )
    return X


def check_is_at_hand(X: Any, what: str) -> None:
    """Raise if rows are on a GPU, or are yet to be computed; `what` names them."""
    kind = type(X)
    library = kind.__module__.partition(".")[0]
    if kind.__name__ == "LazyFrame":
        raise TypeError(f"{what} is a {library} LazyFrame. Pass its collect().")
    if library in ("dask", "dask_expr") and hasattr(X, "columns"):
        raise TypeError(
            f"{what} is a Dask frame, whose rows are not computed. Pass its compute(), "
            "or use the class of the same name in skdistill.dask."
        )
    if hasattr(X, "__cuda_array_interface__") or library == "cudf":
        raise TypeError(
            f"{what} is on a GPU (a {kind.__module__}.{kind.__name__}), but "
            "folds are taken from rows in main memory. Pass X.get() of a CuPy array, "
            "X.to_pandas() of a cuDF frame; members that train on the GPU, as "
            'XGBClassifier(device="cuda"), move their rows there.'
        )


def _missing_message(names, fitted_names, missing):
    lines = ["The feature names should match those that were passed during fit."]
    unseen = sorted(set(names) - set(fitted_names))
    for title, group in (
        ("Feature names unseen at fit time:", unseen),
        ("Feature names seen at fit time, yet now missing:", missing),
    ):
        if group:
            lines += [title, *(f"- {name}" for name in group[:5])]
            lines += ["- ..."] if len(group) > 5 else []
    return "\n".join([*lines, ""])
