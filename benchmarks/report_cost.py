"""What `distillation_report` costs above the models that it needs.

12,000 rows, five outer folds. By hand, each fold trains the teacher, the student on
labels, the distilled student and the control; nobody is asked for a prediction but the
fold teachers. The report also scores, times and pickles them, but trains what they have
in common once: 25 teachers in place of 55, on four inner folds in place of five.
Simulated data with 20 columns, and real ones where there is a folder.
"""

from __future__ import annotations

from pathlib import Path

from _data import load, sample
from _measure import alternate, beside_hand
from _models import SIZES
from _run import options, write
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import _safe_indexing

from skdistill import DistilledClassifier, distillation_report

N_ROWS = 12_000
SETS = ("adult", "oil")


def simulated():
    """Return data of which the student sees half of the columns."""
    X, y = make_classification(N_ROWS, 20, n_informative=10, random_state=0)
    return X, y, list(range(10))


def real(folder, name):
    """Return at most 12,000 rows of a data set and the student's columns."""
    X, y, _, meta = load(folder, name)
    X, y, _ = sample(X, y, None, N_ROWS, seed=0)
    return X, y, meta["regular"]


def make_model(regular, **settings):
    """Boosting for boosting; without early stopping, all fits do the same work."""
    boosting = HistGradientBoostingClassifier(
        early_stopping=False, random_state=0, **SIZES["hgb", "regularised"]
    )
    return DistilledClassifier(
        boosting, boosting, student_features=regular, random_state=0, **settings
    )


def by_hand(X, y, regular, folds):
    """Train what the report compares."""
    model = make_model(regular)
    for train, _ in folds:
        X_train, y_train = _safe_indexing(X, train), y[train]
        clone(model.teacher).fit(X_train, y_train)
        for settings in ({"alpha": 0.0}, {}, {"teacher_features": regular}):
            make_model(regular, **settings).fit(X_train, y_train)


def by_report(X, y, regular, folds):
    """Let the report do it."""
    distillation_report(make_model(regular), X, y, cv=folds, random_state=0)


def compare(name, data, n_rounds):
    """Return one row of the table and the times behind it."""
    X, y, regular = data
    folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(X, y))
    ways = {
        way.__name__: lambda way=way: way(X, y, regular, folds)
        for way in (by_hand, by_report)
    }
    seconds = alternate(ways, n_rounds)
    row = {
        "data": name,
        "rows x columns": f"{X.shape[0]:,} x {X.shape[1]}",
        **beside_hand(seconds, "by_report", "report over hand"),
    }
    return row, {"data": name, **seconds}


def main():
    parser = options(__doc__)
    parser.add_argument("data", nargs="?", help="folder with one folder a data set")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    data = {"simulated": simulated()}
    if args.data is not None:
        sets = SETS[:1] if args.quick else SETS
        data |= {name: real(Path(args.data), name) for name in sets}
    rows, raw = [], []
    for name, one in data.items():
        X, y, regular = one
        if args.quick:
            one = X[:1000], y[:1000], regular
        row, times = compare(name, one, 1 if args.quick else args.rounds)
        rows.append(row)
        raw.append(times)
        print(row, flush=True)
    note = (
        "CPU time of the report over that of its models by hand: median and quartiles "
        f"of {args.rounds} rounds, in each of which both ran once, on one thread."
    )
    write("report_cost", rows, args, note=note, raw=raw)


if __name__ == "__main__":
    main()
