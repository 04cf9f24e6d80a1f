"""A trained CatBoost model: what is changed in it, so that it is the student's own."""

from __future__ import annotations

import json

import numpy as np


def rescale_scores(model, factor, shift=0.0):
    """Multiply the raw scores by `factor`, and add `shift`, in the model itself.

    Both may be one number for each class. The factor goes into the leaves, as CatBoost
    exports no model to ONNX or CoreML that has a scale.
    """
    if np.all(factor == 1.0) and not np.any(shift):
        return
    scale, bias = model.get_scale_and_bias()
    leaves = model.get_leaf_values().reshape(-1, np.size(factor)) * factor
    model.set_leaf_values(leaves.ravel())
    bias = np.asarray(bias) * factor + shift
    model.set_scale_and_bias(scale, bias.tolist())


def declare_classifier(model, classes, ours):
    """Write into the model's metadata that it is a classifier of `classes`.

    CatBoost reads from there what its scores mean, which labels they belong to, and
    what the parameters of a loaded model are. `ours` are the parameters of training
    that are not the user's.
    """
    labels = classes.tolist()
    if all(isinstance(label, bool) for label in labels):
        label_type = "Boolean"
    elif all(isinstance(label, int) for label in labels):
        label_type = "Integer"
    elif all(isinstance(label, (int, float)) for label in labels):
        label_type = "Float"
    else:
        label_type, labels = "String", list(map(str, labels))
    class_params = {
        "classes_count": 0,
        "class_names": labels,
        "class_to_label": list(range(len(labels))),
        "class_label_type": label_type,
    }
    loss = "Logloss" if len(labels) == 2 else "MultiClass"
    metadata = model.get_metadata()
    params = json.loads(metadata["params"])
    params["loss_function"] = {"type": loss, "params": {}}
    params["metrics"] = {
        "objective_metric": params["loss_function"],
        "eval_metric": params["loss_function"],
        "custom_metrics": [],
    }
    flat = {k: v for k, v in params["flat_params"].items() if k not in ours}
    params["flat_params"] = {**flat, "loss_function": loss}
    metadata["params"] = json.dumps(params)
    # CatBoost compares this text, when models are summed, as it is.
    metadata["class_params"] = json.dumps(
        class_params, separators=(",", ":"), ensure_ascii=False
    )


def adopt_model(student, model):
    """Give the fitted model to the student, whose parameters stay the user's.

    What CatBoost pickles is its parameters and, beside them, the model.
    """
    trained_with = model.get_params()
    state = model.__getstate__()
    student.__setstate__({k: v for k, v in state.items() if k not in trained_with})
    return student
