"""Data that scikit-learn ships, with a privileged split."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_diabetes, load_digits
from sklearn.utils import Bunch

from skdistill.datasets._split import split_bunch

_LICENCE = "BSD-3-Clause, as scikit-learn, which ships it"


def load_digits_lowres() -> Bunch:
    """Load scikit-learn's handwritten digits in two resolutions.

    The student sees each 8 x 8 image as the means of its 2 x 2 blocks; the teacher may
    see the image, as in the MNIST study of Lopez-Paz et al. (2016).

    Returns
    -------
    Bunch
        data : ndarray of shape (1797, 80)
            16 block means, then 64 pixels.
        target : ndarray of int of shape (1797,)
            The digit.
        regular_features, privileged_features : ndarray of int
            Positions of the block means and of the pixels.
        source, licence, reason : str
            Where the data come from, and why the columns are privileged.

    Examples
    --------
    >>> from skdistill.datasets import load_digits_lowres
    >>> digits = load_digits_lowres()
    >>> digits.data[0, digits.regular_features].reshape(4, 4)
    array([[ 0.  , 11.5 ,  8.75,  1.25],
           [ 1.75,  7.25,  4.75,  4.  ],
           [ 2.25,  4.75,  5.5 ,  3.75],
           [ 0.5 ,  9.5 ,  8.  ,  0.  ]])
    """
    digits = load_digits()
    blocks = digits.images.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
    return Bunch(
        data=np.hstack([blocks, digits.data]),
        target=digits.target,
        regular_features=np.arange(16),
        privileged_features=np.arange(16, 80),
        groups=None,
        source="scikit-learn, load_digits",
        licence=_LICENCE,
        reason="A cheap camera has fewer pixels than the one that took the images.",
    )


def load_diabetes_blood() -> Bunch:
    """Load scikit-learn's diabetes data: a visit, and a blood test.

    How far the disease has progressed after a year. Age, sex, body mass index and
    blood pressure are taken in a visit; six blood measurements need a laboratory.

    Returns
    -------
    Bunch
        data : DataFrame of shape (442, 10)
            Standardised, as scikit-learn ships them.
        target : Series of float of shape (442,)
            Progression after one year, 25 to 346, without a unit.
        regular_features, privileged_features : list of str
            Names of the four columns of a visit, and of the six blood measurements.
        source, licence, reason : str
            Where the data come from, and why the columns are privileged.

    Examples
    --------
    >>> from skdistill.datasets import load_diabetes_blood
    >>> load_diabetes_blood().regular_features
    ['age', 'sex', 'bmi', 'bp']
    """
    diabetes = load_diabetes(as_frame=True)
    return split_bunch(
        diabetes.data,
        diabetes.target,
        ["age", "sex", "bmi", "bp"],
        [f"s{number}" for number in range(1, 7)],
        source="scikit-learn, load_diabetes",
        licence=_LICENCE,
        reason="A blood test costs money and time.",
    )
