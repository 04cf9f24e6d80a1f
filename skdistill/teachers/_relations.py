"""How rows stand to landmark rows: distance, angle, similarity, and their slopes.

Against m landmarks the cost of n rows is n * m, never n squared, nor its cube for
angles. An angle is the one at a landmark between a row and the next landmark.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KINDS = ("distance", "angle", "similarity")


def relate(
    kind: str,
    points: NDArray[np.float64],
    landmarks: NDArray[np.float64],
    scale: float | None = None,
) -> NDArray[np.float64]:
    """Relations of points to landmarks.

    Parameters
    ----------
    kind : {"distance", "angle", "similarity"}
        "distance" is Euclidean, in units of `scale`; "angle" the cosine of the angle
        at a landmark between the point and the next landmark (both of [1]_);
        "similarity" the inner product, scaled so that the squares of a point's
        similarities add up to one [2]_.
    points : ndarray of shape (n_points, n_dimensions)
        Where the rows are.
    landmarks : ndarray of shape (n_landmarks, n_dimensions)
        Where the landmarks are.
    scale : float, default=None
        Unit of distances; None is their mean.

    Returns
    -------
    ndarray of shape (n_points, n_landmarks)

    References
    ----------
    .. [1] W. Park, D. Kim, Y. Lu, M. Cho, "Relational knowledge distillation",
       CVPR 2019.
    .. [2] F. Tung, G. Mori, "Similarity-preserving knowledge distillation", ICCV 2019.
    """
    if kind == "distance":
        away = points[:, None] - landmarks
        distance = np.sqrt((away**2).sum(axis=2))
        return divide(distance, distance.mean() if scale is None else scale)
    if kind == "angle":
        towards = _units(points[:, None] - landmarks)[0]
        arms = _units(np.roll(landmarks, -1, axis=0) - landmarks)[0]
        return (towards * arms).sum(axis=2)
    products = points @ landmarks.T
    return divide(products, np.linalg.norm(products, axis=1, keepdims=True))


def relation_slopes(
    kind: str,
    points: NDArray[np.float64],
    landmarks: NDArray[np.float64],
    scale: float,
) -> NDArray[np.float64]:
    """Derive `relate` by the points, with landmarks and scale held.

    Returns
    -------
    ndarray of shape (n_points, n_landmarks, n_dimensions)
        Zero where a point and a landmark coincide.
    """
    if kind == "distance":
        return divide(_units(points[:, None] - landmarks)[0], scale)
    if kind == "angle":
        towards, length = _units(points[:, None] - landmarks)
        arms = _units(np.roll(landmarks, -1, axis=0) - landmarks)[0]
        cosine = (towards * arms).sum(axis=2, keepdims=True)
        return divide(arms - cosine * towards, length)
    products = points @ landmarks.T
    norm = np.linalg.norm(products, axis=1, keepdims=True)
    share = divide(products, norm)
    return divide(
        landmarks - share[:, :, None] * (share @ landmarks)[:, None], norm[:, :, None]
    )


def _units(vectors):
    """Vectors of length one, and the lengths they had."""
    length = np.sqrt((vectors**2).sum(axis=-1, keepdims=True))
    return divide(vectors, length), length


def divide(numerator, denominator):
    """Quotient, zero where nothing is divided by nothing."""
    denominator = np.broadcast_to(denominator, numerator.shape)
    out = np.zeros_like(numerator)
    return np.divide(numerator, denominator, out=out, where=denominator > 1e-12)
