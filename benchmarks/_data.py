"""Real data sets with a natural privileged split.

Without a folder: those of `skdistill.datasets`, which anyone can install. With a folder
given by the user, each data set is a folder in it with ``data.csv.gz`` and
``meta.json``. The latter names the target, the task, the metric, the privileged and the
categorical columns and, where rows belong together, the group column.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from skdistill import datasets

PUBLIC = (
    "wilms",
    "rotterdam",
    "cells",
    "crashes",
    "flights",
    "digits_lowres",
    "pupils",
    "star",
    "ames",
    "loans",
    "diamonds",
    "diabetes_blood",
)
# Sets that leave too few rows for a test, and the most rows to train on.
MOST_ROWS = {
    **dict.fromkeys(("digits_lowres", "cells", "pupils", "rotterdam", "ames"), 1000),
    "diabetes_blood": 200,
}
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


def choose_sets(args):
    """Return the data sets that the options ask for; all there are by default."""
    known = NAMES if args.data else PUBLIC
    for name in args.sets or ():
        if name not in known:
            raise SystemExit(f"--sets: {name} is none of {', '.join(known)}.")
    return args.sets or known


def is_large_enough(name: str, n_train: int) -> bool:
    """Tell whether a data set leaves rows for a test beside those to train on."""
    return n_train <= MOST_ROWS.get(name, n_train)


def results_name(name: str, args) -> str:
    """Return the name of the results; those on public data have one of their own."""
    return name if args.data else f"{name}_public"


def load(folder: Path | None, name: str):
    """Load one data set.

    Parameters
    ----------
    folder : Path or None
        Folder of the data sets; None for those of `skdistill.datasets`.
    name : str
        One of `NAMES`, or of `PUBLIC`.

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
    if folder is None:
        return load_public(name)
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


@cache  # Flights take a quarter of a minute to read.
def load_public(name: str):
    """Load a data set of `skdistill.datasets` as `load` returns it."""
    bunch = getattr(datasets, f"load_{name}")()
    X = pd.DataFrame(bunch.data).rename(columns=str)
    target = np.asarray(bunch.target)
    n_classes = len(np.unique(target))
    if n_classes > 10:
        task, metric = "regression", "r2"
    elif n_classes > 2:
        task, metric = "multiclass", "accuracy"
    else:
        task, metric = "binary", "roc_auc"
    meta = {
        "task": task,
        "metric": metric,
        "regular": [str(column) for column in bunch.regular_features],
        "categorical": list(X.select_dtypes("category")),
    }
    groups = None if bunch.groups is None else np.asarray(bunch.groups)
    return X, target, groups, meta


def sample(X, y, groups, n_rows: int, seed: int):
    """Take at most `n_rows` random rows of a data set."""
    if len(y) <= n_rows:
        return X, y, groups
    rows = np.random.default_rng(seed).choice(len(y), n_rows, replace=False)
    return X.iloc[rows], y[rows], None if groups is None else groups[rows]
