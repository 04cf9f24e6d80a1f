"""Simulated data with privileged columns."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from sklearn.utils import Bunch, check_random_state

from skdistill.input._checks import check_option

_N_RELEVANT = 3
_N_HOSPITALS = 40


def make_lopez_paz(
    kind: Literal[
        "clean_labels", "clean_features", "relevant_features"
    ] = "clean_labels",
    n_samples: int = 200,
    *,
    n_features: int = 50,
    random_state: Any = None,
) -> Bunch:
    """Simulate privileged information as in Lopez-Paz et al. (2016).

    With a ~ N(0, I) drawn once, regular columns x and privileged columns x*, each
    problem has two classes:

    - "clean_labels": x ~ N(0, I); x* is the distance to the boundary, <a, x>, and y is
      whether it is positive after adding noise from N(0, 1).
    - "clean_features": x* ~ N(0, I), x is x* with noise from N(0, I), and y is whether
      <a, x*> is positive.
    - "relevant_features": x ~ N(0, I); x* are the first three of its columns, and y is
      whether <a, x*> is positive, so most of x is irrelevant.

    Parameters
    ----------
    kind : {"clean_labels", "clean_features", "relevant_features"}, \
            default="clean_labels"
        Simulation 1, 2 or 3 of the paper.
    n_samples : int, default=200
        Rows. Rows for training and for testing must come from one call, as each call
        without a seed draws another a.
    n_features : int, default=50
        Regular columns, at least three.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    Bunch
        data : ndarray of shape (n_samples, n_features + n_privileged)
            x, then x*.
        target : ndarray of int of shape (n_samples,)
            0 or 1.
        regular_features, privileged_features : ndarray of int
            Positions of the columns of x and of x*.

    References
    ----------
    .. [1] D. Lopez-Paz, L. Bottou, B. Schölkopf, V. Vapnik, "Unifying distillation and
       privileged information", ICLR 2016, section 6.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skdistill import DistilledClassifier
    >>> from skdistill.datasets import make_lopez_paz
    >>> data = make_lopez_paz("relevant_features", 2200, random_state=0)
    >>> X, y, regular = data.data, data.target, data.regular_features
    >>> labels_only = LogisticRegression().fit(X[:200, regular], y[:200])
    >>> round(labels_only.score(X[200:, regular], y[200:]), 2)
    0.9
    >>> distilled = DistilledClassifier(
    ...     LogisticRegression(),
    ...     alpha=1.0,
    ...     teacher_features=data.privileged_features,
    ...     student_features=regular,
    ... ).fit(X[:200], y[:200])
    >>> round(distilled.score(X[200:, regular], y[200:]), 2)
    0.98
    """
    kinds = ("clean_labels", "clean_features", "relevant_features")
    check_option(kind, "kind", "make_lopez_paz", kinds)
    if n_features < _N_RELEVANT:
        raise ValueError(
            f"n_features of make_lopez_paz must be at least {_N_RELEVANT}; got "
            f"{n_features!r}."
        )
    random_state = check_random_state(random_state)
    direction = random_state.standard_normal(n_features)
    X = random_state.standard_normal((n_samples, n_features))
    if kind == "clean_labels":
        privileged = (X @ direction)[:, None]
        score = privileged[:, 0] + random_state.standard_normal(n_samples)
    elif kind == "clean_features":
        privileged, X = X, X + random_state.standard_normal(X.shape)
        score = privileged @ direction
    else:
        privileged = X[:, :_N_RELEVANT]
        score = privileged @ direction[:_N_RELEVANT]
    return Bunch(
        data=np.hstack([X, privileged]),
        target=(score > 0).astype(np.intp),
        regular_features=np.arange(n_features),
        privileged_features=np.arange(n_features, n_features + privileged.shape[1]),
    )


def make_patients(n_samples: int = 400, *, random_state: Any = 0) -> Bunch:
    """Make patients of forty hospitals, with a laboratory in training only.

    Small, but with what real tables bring: categories, missing values, groups and an
    uneven target. The snippets of the documentation run on it.

    Parameters
    ----------
    n_samples : int, default=400
        Rows, at least 40; patients are spread evenly over the hospitals.
    random_state : int, RandomState instance or None, default=0
        Seed.

    Returns
    -------
    Bunch
        data : DataFrame of shape (n_samples, 5)
            `age` in years, `stage`, `ward` (a category); privileged are `lab_count`
            and `lab_grade` (a category). One `age` and `lab_count` in ten is missing.
        target : ndarray of str of shape (n_samples,)
            "relapse" or "well".
        risk : ndarray of float of shape (n_samples,)
            What decides the target, as a target for regression.
        regular_features, privileged_features : list of str
            Names of the columns.
        groups : ndarray of int of shape (n_samples,)
            The hospital.

    Examples
    --------
    >>> from skdistill.datasets import make_patients
    >>> patients = make_patients()
    >>> patients.regular_features
    ['age', 'stage', 'ward']
    >>> float((patients.target == "relapse").mean())
    0.3225
    """
    import pandas as pd

    if n_samples < _N_HOSPITALS:
        raise ValueError(
            f"n_samples of make_patients must be at least {_N_HOSPITALS}; got "
            f"{n_samples!r}."
        )
    rng = check_random_state(random_state)
    disease, marker, noise, about, within = rng.normal(size=(5, n_samples))
    X = pd.DataFrame(
        {
            "age": rng.normal(60, 10, size=n_samples),
            "stage": disease + about,
            "ward": pd.Categorical(rng.choice(["north", "south", "west"], n_samples)),
            "lab_count": disease + 0.3 * within,
            "lab_grade": pd.Categorical(np.where(marker > 0, "high", "low")),
        }
    )
    X.loc[rng.uniform(size=n_samples) < 0.1, ["age", "lab_count"]] = np.nan
    risk = disease + 0.5 * marker + 0.5 * (X["ward"] == "north") + 0.5 * noise
    risk = risk.to_numpy()
    return Bunch(
        data=X,
        target=np.where(risk > 0.7, "relapse", "well"),
        risk=risk,
        regular_features=["age", "stage", "ward"],
        privileged_features=["lab_count", "lab_grade"],
        groups=np.arange(n_samples) * _N_HOSPITALS // n_samples,
    )
