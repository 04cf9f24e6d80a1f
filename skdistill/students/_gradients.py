"""Gradient and curvature of the distillation loss, for libraries that take them."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.special import expit

from skdistill.input._responses import temper
from skdistill.students._task import StudentTask


class DistillationGradient:
    """Derivatives of the loss in the raw scores, for many rounds of boosting.

    Row weights are left out. What does not depend on the scores is computed once, in
    the precision in which the library boosts.

    Parameters
    ----------
    task : StudentTask
        A classification task.
    dtype : dtype, default=float64
        Precision of the scores that will come.
    """

    def __init__(self, task: StudentTask, dtype: DTypeLike = np.float64):
        loss = task.loss
        if loss.temperature == 1.0:
            self.terms = [(1.0, 1.0)]
            pull = task.targets
        else:
            T = loss.temperature
            alpha = loss.alpha if task.alphas is None else task.alphas.astype(dtype)
            self.terms = _terms(T, alpha)
            pull = np.reshape(alpha, (-1, 1)) * T * temper(task.responses, T)
            pull[np.arange(len(pull)), task.labels] += 1.0 - alpha
        self.pull = np.ascontiguousarray(pull.T, dtype=dtype)

    @classmethod
    def from_pull(
        cls, pull: NDArray, temperature: float, alpha: float | NDArray
    ) -> DistillationGradient:
        """Return the gradient where the part without scores is known.

        Parameters
        ----------
        pull : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Transposed `pull` of the gradient of a task, or that of the second of two
            classes.
        temperature : float
            Of the loss.
        alpha : float or ndarray of shape (n_samples,)
            Weight of the teacher.
        """
        gradient = cls.__new__(cls)
        gradient.terms = [(1.0, 1.0)]
        if temperature != 1.0:
            gradient.terms = _terms(temperature, alpha)
        # What has one dimension is read by a booster of two classes alone.
        gradient.pull = (
            np.broadcast_to(pull, (2, len(pull)))
            if pull.ndim == 1
            else np.ascontiguousarray(pull.T)
        )
        return gradient

    def __call__(self, raw: NDArray) -> tuple[NDArray, NDArray]:
        """Return gradient and diagonal Hessian at `raw`.

        Parameters
        ----------
        raw : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Log-odds of the second of two classes, or one score per class.

        Returns
        -------
        gradient, hessian : ndarray of the shape and precision of `raw`
            The Hessian is p (1 - p), at T != 1 that of both terms by their weights;
            libraries scale it as their own loss does.
        """
        # One row a class: numpy is several times slower on many short rows.
        scores = np.ascontiguousarray(raw.T)
        gradient = hessian = None
        for weight, temperature in self.terms:
            p = _probabilities(scores, temperature)
            curvature = 1.0 - p
            curvature *= p
            # A weight for all rows, or one a row, along the last axis.
            if np.any(weight != 1.0):
                curvature *= weight
            if np.any(weight * temperature != 1.0):
                p *= weight * temperature
            gradient = p if gradient is None else np.add(gradient, p, out=p)
            hessian = (
                curvature
                if hessian is None
                else np.add(hessian, curvature, out=curvature)
            )
        assert gradient is not None and hessian is not None
        gradient -= self.pull[1] if raw.ndim == 1 else self.pull
        return gradient.T, hessian.T


def _terms(temperature, alpha):
    """Weight and temperature of each cross-entropy in a loss."""
    terms = [(alpha, temperature)]
    if np.any(alpha != 1.0):
        terms.append((1 - alpha, 1))
    return terms


def _probabilities(scores, temperature):
    if temperature != 1.0:
        scores = scores / temperature
    if scores.ndim == 1:
        return expit(scores)
    p = scores - scores.max(axis=0)
    np.exp(p, out=p)
    p /= p.sum(axis=0)
    return p
