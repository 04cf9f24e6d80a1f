"""Gradient and curvature of the distillation loss, for libraries that take them.

Both are computed by blocks of rows that stay in the processor's cache, on as many
threads as the student has; beside the two arrays that are returned, no memory grows
with the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.special import expit

from skdistill.input._responses import temper
from skdistill.students._relation_gradient import RelationGradient
from skdistill.students._task import StudentTask

# Scores of a block: a few arrays of them stay in the cache.
_BLOCK = 2**15
# Blocks that are worth a thread. Fewer cost more than they save: the threads take turns
# between short steps, on cores that the library does not leave at once.
_BLOCKS_PER_THREAD = 8


class DistillationGradient:
    """Derivatives of the loss in the raw scores, for many rounds of boosting.

    The loss of relations is added where the task has them. Row weights are left out.
    What does not depend on the scores is computed once, in the precision in which the
    library boosts.

    Parameters
    ----------
    pull : ndarray of shape (n_classes, n_samples)
        The part of the gradient that does not depend on the scores, to be subtracted.
    temperature : float
        Of the loss.
    alpha : float or ndarray of shape (n_samples,)
        Weight of the teacher.
    relations : RelationGradient, default=None
        To be added.
    n_threads : int, default=1
        Blocks at a time, at most.
    """

    def __init__(
        self,
        pull: NDArray,
        temperature: float,
        alpha: float | NDArray,
        *,
        relations: RelationGradient | None = None,
        n_threads: int = 1,
    ):
        self.pull = pull
        # Weight and temperature of each cross-entropy in the loss.
        self.terms: list[tuple[Any, float]] = [(1.0, 1.0)]
        if temperature != 1.0:
            self.terms = [(alpha, temperature)]
            if np.any(alpha != 1.0):
                self.terms.append((1 - alpha, 1))
        self.relations = relations
        self.n_threads = n_threads

    @classmethod
    def of_task(
        cls, task: StudentTask, dtype: DTypeLike = np.float64, n_threads: int = 1
    ) -> DistillationGradient:
        """Return the gradient of a classification task.

        Parameters
        ----------
        task : StudentTask
            The task.
        dtype : dtype, default=float64
            Precision of the scores that will come.
        n_threads : int, default=1
            Blocks at a time, at most.
        """
        T, pull = task.loss.temperature, task.targets
        alpha: float | NDArray = task.loss.alpha
        if T != 1.0:
            if task.alphas is not None:
                alpha = task.alphas.astype(dtype)
            pull = np.reshape(alpha, (-1, 1)) * T * temper(task.responses, T)
            pull[np.arange(len(pull)), task.labels] += 1.0 - alpha
        return cls(
            np.ascontiguousarray(pull.T, dtype=dtype),
            T,
            alpha,
            relations=RelationGradient(task) if task.auxiliary else None,
            n_threads=n_threads,
        )

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
        gradient, hessian = np.empty_like(raw), np.empty_like(raw)
        self.hold(raw)

        def fill(rows):
            # One row a class: numpy is several times slower on many short rows.
            first, second = self.at(np.ascontiguousarray(raw[rows].T), rows)
            gradient[rows], hessian[rows] = first.T, second.T

        self.in_blocks(fill, raw.shape)
        return gradient, hessian

    def in_blocks(self, fill: Callable, shape: tuple[int, ...]) -> None:
        """Call `fill` with slices that make up all rows of an array of scores."""
        n_rows, size = shape[0], max(64, _BLOCK // (shape[1] if len(shape) > 1 else 1))
        slices = [slice(start, start + size) for start in range(0, n_rows, size)]
        # Relations of a row are work enough.
        per_thread = _BLOCKS_PER_THREAD if self.relations is None else 1
        n_threads = min(self.n_threads, len(slices) // per_thread)
        if n_threads <= 1:
            for rows in slices:
                fill(rows)
            return
        with ThreadPoolExecutor(n_threads) as pool:
            list(pool.map(fill, slices))

    def hold(self, raw: NDArray, prior: NDArray | float = 0.0) -> None:
        """Note where landmarks are, at scores of all rows that lack the prior."""
        if self.relations is not None:
            self.relations.hold(raw, prior)

    def at(self, scores: NDArray, rows: slice) -> tuple[NDArray, NDArray]:
        """Return gradient and Hessian of some rows.

        Parameters
        ----------
        scores : ndarray of shape (n_rows,) or (n_classes, n_rows)
            Of these rows, one row a class.
        rows : slice
            Which they are.
        """
        gradient = hessian = None
        for weight, temperature in self.terms:
            if isinstance(weight, np.ndarray):
                weight = weight[rows]
            p = _probabilities(scores, temperature)
            curvature = 1.0 - p
            curvature *= p
            if np.any(weight != 1.0):
                curvature *= weight
            if np.any(weight * temperature != 1.0):
                p *= weight * temperature
            if gradient is None:
                gradient, hessian = p, curvature
            else:
                gradient += p
                hessian += curvature
        assert gradient is not None and hessian is not None
        gradient -= self.pull[1, rows] if scores.ndim == 1 else self.pull[:, rows]
        if self.relations is not None:
            first, second = self.relations(scores.T, rows)
            gradient += first.T
            hessian += second.T
        return gradient, hessian


def _probabilities(scores, temperature):
    if temperature != 1.0:
        scores = scores / temperature
    if scores.ndim == 1:
        return expit(scores)
    p = scores - scores.max(axis=0)
    np.exp(p, out=p)
    p /= p.sum(axis=0)
    return p
