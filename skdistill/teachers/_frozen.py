"""Teachers that were trained elsewhere: their predictions, and what is amiss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skdistill.input._classes import class_probabilities
from skdistill.input._warnings import warn
from skdistill.teachers._class_names import predict_aligned
from skdistill.teachers._teacher import (
    OutOfFold,
    TeacherSpec,
    check_predictions,
    predict_rows,
    run_queries,
)

# Probability, and share of the rows, above which a teacher only repeats the labels.
_CERTAIN = 0.99


def frozen_predictions(spec: TeacherSpec, owner: str) -> OutOfFold:
    """Predict by a teacher trained elsewhere; warn, as it may have seen these rows."""
    teacher, classes, n_samples = spec.teacher, spec.classes, spec.n_samples

    def predict(X):
        if classes is None:
            return predict_aligned(teacher, X, spec.y)
        return class_probabilities(teacher, X, classes)

    every = np.arange(n_samples)
    try:
        values = predict_rows(predict, spec.X, every)
    except Exception as error:
        error.add_note(
            "A frozen teacher is passed the columns of teacher_features, in their "
            "order. List those that it was trained on."
        )
        raise
    check_predictions(values, classes, "The frozen teacher")
    _warn_of_in_sample(values[: spec.n_labeled], spec, owner)
    results = run_queries(spec, teacher, every, values, predict)
    representations = tuple(
        query.collect([(every, every)], [result], n_samples)
        for query, result in zip(spec.queries, results, strict=True)
    )
    return OutOfFold(
        values, np.ones(n_samples, dtype=bool), representations=representations
    )


def _warn_of_in_sample(values: NDArray, spec: TeacherSpec, owner: str) -> None:
    """Warn that a frozen teacher may have seen the rows, or that it surely has."""
    certain = False
    if spec.classes is not None:
        of_label = values[np.arange(spec.n_labeled), spec.y]
        certain = np.mean(of_label > _CERTAIN) > _CERTAIN
    if certain:
        warn(
            f"The frozen teacher of {owner} repeats the labels: it gives them a "
            f"probability above {_CERTAIN} on nearly all rows, as in-context learners "
            "and other models do for the rows that they were trained on. The student "
            "learns little from it that the labels do not say. Pass the unfitted "
            "teacher, to predict out of fold."
        )
    else:
        warn(
            f"The teacher of {owner} is frozen: if it was trained on these rows, its "
            "predictions are in-sample and overconfident, and the student is weaker "
            "than out-of-fold predictions would make it. Pass the unfitted teacher "
            "for those."
        )
