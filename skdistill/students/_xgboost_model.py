"""The file format of XGBoost's models: what is changed in a trained one.

The one door to it. A classifier of several classes can only be trained on labels, or
with a callable objective; what was trained otherwise on one target a class becomes one
by changing a few fields of the saved model. Universal binary JSON holds the numbers of
a tree in one piece, so that thousands of trees take no time. A public way to build a
model from trees, or soft targets in XGBClassifier, would replace this.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

# How a number is written, by the letter before it.
_NUMBERS = {
    letter: struct.Struct(f">{code}")
    for letter, code in zip(
        (b"i", b"U", b"I", b"l", b"L", b"d", b"D"), "bBhiqfd", strict=True
    )
}


def move_leaves(
    model: bytearray, shifts: NDArray, scales: NDArray | None = None
) -> bytearray:
    """Scale the leaves of each class, and add a number to the first tree of it.

    Parameters
    ----------
    model : bytearray
        From ``save_raw("ubj")``; changed in place.
    shifts : ndarray of shape (n_classes,)
        To add.
    scales : ndarray of shape (n_classes,) or None, default=None
        Of the leaves, before the shift.
    """
    labels, at = _numbers(model, b"tree_info")
    weights = [1.0] * len(labels)
    if b"weight_drop[" in model:
        weights, _ = _numbers(model, b"weight_drop")
    waiting = dict(enumerate(shifts.tolist()))
    for label, weight in zip(labels, weights, strict=True):
        if not waiting and scales is None:
            break
        left, at = _array(model, b"left_children", ">i4", at)
        values, at = _array(model, b"split_conditions", ">f4", at)
        # A leaf has no children, and its value where others have a threshold.
        leaves = left == -1
        if scales is not None:
            values[leaves] *= scales[int(label)]
        values[leaves] += waiting.pop(int(label), 0.0) / weight
    return model


def as_softmax(model: bytearray, n_classes: int, objective: str | None) -> bytearray:
    """Declare a model of one target a class the softmax classifier that it is.

    Its base scores are left out; they have to be in the leaves.

    Parameters
    ----------
    model : bytearray
        From ``save_raw("ubj")``.
    n_classes : int
        Number of targets.
    objective : str or None
        "multi:softmax", or anything for "multi:softprob".
    """
    start = model.rindex(b"learner_model_param{")
    tail = bytes(model[start:])
    for name, value in (
        ("base_score", "5E-1"),
        ("num_class", n_classes),
        ("num_target", 1),
    ):
        at = tail.index(_text(name)) + len(_text(name)) + 1
        (length,) = struct.unpack(">q", tail[at + 1 : at + 9])
        tail = tail[:at] + _text(value) + tail[at + 9 + length :]
    softmax = objective if objective == "multi:softmax" else "multi:softprob"
    # The objective is the last thing that a learner holds, before the version.
    begin, end = tail.index(_text("objective") + b"{"), tail.rindex(_text("version"))
    head = _text("objective") + b"{" + _text("name") + b"S" + _text(softmax)
    classes = _text("num_class") + b"S" + _text(n_classes)
    declared = head + _text("softmax_multiclass_param") + b"{" + classes + b"}}}"
    return model[:start] + tail[:begin] + declared + tail[end:]


def _text(value: object) -> bytes:
    """Write a value of the file, or a key, with its length before it."""
    written = str(value).encode()
    return b"L" + struct.pack(">q", len(written)) + written


def base_scores(model: bytearray) -> NDArray[np.float64]:
    """Return what a model starts from, before its link: one number, or one a target."""
    key = _text("base_score")
    at = model.rindex(key) + len(key) + 2
    (length,) = struct.unpack(">q", model[at : at + 8])
    return np.array(json.loads(model[at + 8 : at + 8 + length].decode()))


def _array(
    model: bytearray, name: bytes, dtype: str, start: int
) -> tuple[NDArray, int]:
    """Return the next array of a name, as a view, and where it ends."""
    kind = {">f4": b"d", ">i4": b"l"}[dtype]
    length, at = _length(model, name + b"[$" + kind + b"#L", start)
    return np.frombuffer(model, dtype, length, at), at + 4 * length


def _numbers(model: bytearray, name: bytes) -> tuple[list[Any], int]:
    """Return a list of numbers that have a type each, and where it ends."""
    length, at = _length(model, name + b"[#L", 0)
    numbers: list[float] = []
    for _ in range(length):
        number = _NUMBERS[bytes(model[at : at + 1])]
        numbers += number.unpack_from(model, at + 1)
        at += 1 + number.size
    return numbers, at


def _length(model, field, start):
    at = model.index(field, start) + len(field)
    return struct.unpack_from(">q", model, at)[0], at + 8
