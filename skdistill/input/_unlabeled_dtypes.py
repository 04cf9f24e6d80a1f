"""Columns of rows without labels, in the types that they have in X.

Numbers may be of other types: the rows below each other have the wider one.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from skdistill.input._rows import library_of_frame
from skdistill.input._warnings import warn


def with_dtypes_of(X: Any, U: Any, what: str) -> Any:
    """Convert the columns of a frame to the types of those of X.

    Parameters
    ----------
    X, U : dataframe
        Of one library; each column of U is in X.
    what : str
        Names U in messages.

    Returns
    -------
    dataframe
        In a column of categories, those that X lacks are missing values, with a
        warning.

    Raises
    ------
    ValueError
        If a column cannot be converted.
    """
    library = library_of_frame(U)
    if library not in _CONVERT:
        return U
    convert, changed, unseen = _CONVERT[library], {}, []
    for name in U.columns:
        if U[name].dtype == X[name].dtype:
            continue
        try:
            changed[name], unknown = convert(U[name], X[name])
        except (TypeError, ValueError, ArithmeticError) as error:
            raise ValueError(
                f"The column {name!r} of {what} is of type {U[name].dtype}, in X of "
                f"type {X[name].dtype}: {error}. Convert it as in X."
            ) from error
        if len(unknown):
            unseen.append(f"{name!r} ({len(unknown)}, such as {str(unknown[0])!r})")
    if unseen:
        warn(
            f"Columns of {what} have categories that X lacks: {', '.join(unseen)}. "
            "They count as missing values. To keep them, give the column of both "
            "frames the same categories."
        )
    if library == "polars":
        return U.with_columns(changed.values())
    U = U.copy(deep=False)
    for name, values in changed.items():
        U[name] = values
    return U


def _as_in_pandas(values, of_x):
    """Convert a column; return the categories that its new type lacks, too."""
    dtype = of_x.dtype
    pandas = import_module("pandas")
    types = pandas.api.types
    if isinstance(dtype, pandas.CategoricalDtype):
        known = values.isna() | values.isin(dtype.categories)
        return values.where(known).astype(dtype), values[~known].unique()
    if types.is_bool_dtype(dtype):
        # Of text, and of None, `astype` would make True or False as well.
        given = values if isinstance(dtype, np.dtype) else values.dropna()
        if not given.isin([False, True]).all():
            raise ValueError("it has values beside False and True")
    elif types.is_numeric_dtype(values.dtype):
        if types.is_string_dtype(of_x) or types.is_datetime64_any_dtype(dtype):
            raise ValueError("it has numbers")
        if not types.is_bool_dtype(values.dtype):
            return values, []
    return values.astype(dtype), []


def _as_in_polars(values, of_x):
    """Convert a column; return the categories that its new type lacks, too."""
    dtype = of_x.dtype
    polars = import_module("polars")
    if values.dtype.is_numeric() and dtype not in (polars.Enum, polars.Categorical):
        flags = np.isin(values.drop_nulls().to_numpy(), [0, 1])
        if dtype == polars.Boolean and not flags.all():
            raise ValueError("it has values beside 0 and 1")
        if dtype.is_numeric():
            return values, []
        if dtype != polars.Boolean:
            raise ValueError("it has numbers")
    if dtype in (polars.Enum, polars.Categorical):
        values = values.cast(polars.String)
        converted = values.cast(dtype, strict=False)
        unknown = values.filter(converted.is_null() & values.is_not_null())
        return converted, unknown.unique(maintain_order=True)
    try:
        return values.cast(dtype), []
    except polars.exceptions.PolarsError as error:
        raise ValueError(str(error)) from error


_CONVERT = {"pandas": _as_in_pandas, "polars": _as_in_polars}
