"""A trained LightGBM model: what is changed in it, so that it is the student's own.

The one door to LightGBM's private names, and to the model text, which is given a native
objective, and the prior that our gradient started from, as LightGBM's own training
would have left it.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import LabelEncoder

# Objectives of two classes, and how the model text declares them.
_BINARY = {"binary": "binary sigmoid:1", "cross_entropy": "cross_entropy"}


def native_objectives(n_classes: int) -> tuple[str, ...]:
    """Return the objectives that predict the sigmoid or softmax of the raw scores.

    The first one is what LGBMClassifier chooses by itself.
    """
    return tuple(_BINARY) if n_classes == 2 else ("multiclass", "softmax")


def note_labels(fitted: Any, classes: NDArray) -> None:
    """Note what the `fit` of a classifier notes of labels, and that of others does not.

    Parameters
    ----------
    fitted : LGBMClassifier
        Changed in place.
    classes : ndarray of shape (2,)
        The labels.
    """
    fitted._le = LabelEncoder().fit(classes)
    fitted._classes, fitted._n_classes = fitted._le.classes_, 2


def declare_native(fitted: Any, native: str, prior: NDArray[np.float64]) -> None:
    """Give a model that was trained on soft targets a native objective, and a prior."""
    # What `objective_` reports; `fit` leaves the objective it used here.
    fitted._objective = native
    booster = fitted.booster_
    text = native_text(booster.model_to_string(), native, prior)
    booster.model_from_string(text)
    booster.params["objective"] = native


def native_text(text: str, objective: str, prior: NDArray[np.float64]) -> str:
    """Give a model's text a native objective, and its first trees the prior."""
    head, *trees = text.split("\nTree=", len(prior) + 1)
    declared = _BINARY.get(objective, f"multiclass num_class:{len(prior)}")
    # Trees change their sizes; LightGBM finds them by itself.
    head = re.sub(r"^(objective|tree_sizes)=.*\n", "", head, flags=re.M)
    head = head.replace("\nfeature_names=", f"\nobjective={declared}\nfeature_names=")
    for i, score in enumerate(prior.tolist()):
        if score != 0.0:
            trees[i] = _shifted(trees[i], score)
    text = "\nTree=".join([head, *trees])
    # One of the parameters, which are the last thing in a text of many megabytes.
    before, line, after = text.rpartition("\n[objective: ")
    return f"{before}{line}{declared.split()[0]}{after[after.index(']') :]}"


def _shifted(tree: str, score: float) -> str:
    """Add `score` to what a tree predicts, as LightGBM itself does with a prior."""

    def shift(match):
        values = " ".join(repr(float(v) + score) for v in match[2].split())
        return f"{match[1]}={values}"

    # leaf_const is what the linear models of leaves start from.
    fields = r"^(leaf_value|leaf_const|internal_value)=(.*)$"
    tree = re.sub(fields, shift, tree, flags=re.M)
    return re.sub(r"^shrinkage=.*$", "shrinkage=1", tree, count=1, flags=re.M)
