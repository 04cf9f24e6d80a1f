"""Real data sets with a natural privileged split, from a folder given by the user.

Each data set is a folder with ``data.csv.gz`` and ``meta.json``. The latter names the
target, the task, the metric, the privileged and the categorical columns and, where
rows belong together, the group column.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

NAMES = (
    "oil",
    "adult",
    "credit",
    "support2",
    "abalone",
    "wine_grade",
    "thyroid",
    "pm25",
    "wilms",
    "flights",
    "digits_lowres",
)


def load(folder: Path, name: str):
    """Load one data set.

    Parameters
    ----------
    folder : Path
        Folder of the data sets.
    name : str
        One of `NAMES`.

    Returns
    -------
    X : DataFrame
        Categorical columns have the dtype category; a missing category is a category
        of its own, as CatBoost asks for.
    y : ndarray
        Labels or values.
    groups : ndarray or None
        Rows of one group must not be split.
    meta : dict
        meta.json, and "regular": the columns that the student may see.
    """
    meta = json.loads((folder / name / "meta.json").read_text())
    table = pd.read_csv(folder / name / "data.csv.gz")
    y = table.pop(meta["target"]).to_numpy()
    groups = table.pop(meta["group"]).to_numpy() if meta["group"] else None
    for column in meta["categorical"]:
        text = table[column].astype(object).where(table[column].notna(), "missing")
        table[column] = text.astype(str).astype("category")
    hidden = set(meta["privileged"])
    meta["regular"] = [column for column in table if column not in hidden]
    return table, y, groups, meta


def sample(X, y, groups, n_rows: int, seed: int):
    """Take at most `n_rows` random rows of a data set."""
    if len(y) <= n_rows:
        return X, y, groups
    rows = np.random.default_rng(seed).choice(len(y), n_rows, replace=False)
    return X.iloc[rows], y[rows], None if groups is None else groups[rows]
