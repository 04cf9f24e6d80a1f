"""Response-based knowledge: the student learns what the teacher answers."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from skdistill._checks import check_above_zero, check_in_interval, check_option
from skdistill.students._task import Loss, StudentTask


class Response(BaseEstimator):
    """Match the teacher's responses: probabilities, or predicted values.

    The student minimises::

        alpha * T**2 * CE(softmax(log q / T), softmax(z / T))
            + (1 - alpha) * CE(y, softmax(z))

    for teacher responses q, labels y and its own scores z (Hinton et al. 2015), or
    the squared errors with the same weights in regression. ``alpha`` belongs to the
    estimator.

    Parameters
    ----------
    temperature : float, default=1.0
        T above. Larger values dwell on the classes the teacher finds unlikely, which
        matters where the teacher is nearly certain. At 1 the loss is one
        cross-entropy to ``alpha * q + (1 - alpha) * onehot(y)``, which every student
        can learn. Elsewhere the student must take a gradient (XGBoost, LightGBM), or
        `alpha` must be 1 and the student's scores scalable (two-class CatBoost,
        LogisticRegression, MLPClassifier, HistGradientBoostingClassifier).
    scale : {"probability", "logit"}, default="probability"
        What a *regressor* is trained on when it is the student of a classifier:
        probabilities, or log-odds (log-probabilities for more than two classes).
    clip : float, default=1e-3
        Distance that probabilities keep from 0 before a logarithm is taken, in
        (0, 0.5). Smaller values suit a calibrated smooth teacher, larger ones a
        forest that answers exact zeros.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skdistill import DistilledClassifier
    >>> from skdistill.objectives import Response
    >>> X, y = make_classification(random_state=0)
    >>> distilled = DistilledClassifier(
    ...     LogisticRegression(), objective=Response(temperature=4), alpha=1.0
    ... )
    >>> distilled.set_params(objective__temperature=2.0).fit(X, y).score(X, y)
    0.95
    """

    def __init__(
        self,
        temperature: float = 1.0,
        *,
        scale: Literal["probability", "logit"] = "probability",
        clip: float = 1e-3,
    ):
        self.temperature = temperature
        self.scale = scale
        self.clip = clip

    def loss(
        self,
        kind: Literal["classification", "regression"],
        alpha: float,
        n_outputs: int,
    ) -> Loss:
        """Check the parameters and state the student's loss."""
        temperature = check_above_zero(self.temperature, "temperature", "Response")
        check_option(self.scale, "scale", "Response", ("probability", "logit"))
        clip = check_in_interval(self.clip, "clip", "Response", 1e-12, 0.49)
        if kind == "regression" and temperature != 1.0:
            raise ValueError(
                f"temperature of Response softens probabilities; in regression it must "
                f"be 1, got {temperature!r}."
            )
        return Loss(kind, alpha, n_outputs, temperature, self.scale, clip)

    def task(
        self,
        loss: Loss,
        responses: NDArray[np.float64],
        labels: NDArray,
        classes: NDArray | None = None,
        sample_weight: NDArray[np.float64] | None = None,
        seed: int = 0,
    ) -> StudentTask:
        """Mix responses and labels into the targets of one student.

        Parameters
        ----------
        loss : Loss
            From `loss`.
        responses : ndarray
            The teacher's out-of-fold responses, of shape (n_samples, n_classes) in
            classification and of the shape of `labels` in regression.
        labels : ndarray
            Class codes 0..k-1 of shape (n_samples,), or values.
        classes, sample_weight, seed
            Handed on; see StudentTask.
        """
        hard = labels if classes is None else np.eye(len(classes))[labels]
        targets = hard
        if loss.alpha > 0.0:  # Without a teacher there are no responses to mix in.
            targets = loss.alpha * responses + (1.0 - loss.alpha) * hard
        return StudentTask(
            loss, targets, responses, labels, classes, sample_weight, seed
        )
