"""Steadier soft targets: repeated cross-fitting, and an assistant between the two.

400 training rows as in `few_rows.py`, HistGradientBoosting teacher and student,
imitation only. Teachers are cross-fitted over 5 folds once, three and six times, their
answers averaged. The assistant is a distilled model as teacher: a student of the
privileged teacher whose out-of-fold answers, from the student's columns, teach the
student.
"""

import tempfile

import numpy as np
from _data import NAMES, load
from _models import boosting, distilled, folds, score
from _run import options
from _sweep import group, paired, shown, sweep
from few_rows import draw

REPEATS = (1, 3, 6)
# Several classes take the time of all the others.
SETS = tuple(
    name for name in NAMES if name not in ("wine_grade", "thyroid", "digits_lowres")
)
NOTE = (
    "Held-out score by the metric of each data set, mean over the draws, and paired "
    "differences, mean ± standard error. Repeats cost teacher fits in proportion."
)


def run_draw(folder, data, n_train, seed):
    """Score all targets on one draw of training rows."""
    X, y, groups, meta = load(folder, data)
    pool, test = draw(X, y, groups, meta, n_train, seed)
    train = pool[:n_train]
    X_train, y_train, X_test = X.iloc[train], y[train], X.iloc[test][meta["regular"]]
    within = None if groups is None else groups[train]
    model = boosting("hgb", "small", meta)
    kinds = {
        "control": {"teacher_features": meta["regular"]},
        "classic": {},
        "mean": {"privileged_weight": 0.5},
    }
    splits = [folds(X_train, y_train, within, meta, seed=n) for n in range(REPEATS[-1])]
    result = {"data": data, "n_train": n_train, "seed": seed}
    with tempfile.TemporaryDirectory() as memory:

        def learn(name, teacher, n_repeats, **settings):
            cv = [split for repeat in splits[:n_repeats] for split in repeat]
            student = distilled(
                teacher, model, meta, alpha=1.0, cv=cv, memory=memory, **settings
            ).fit(X_train, y_train)
            result[name] = score(student, X_test, y[test], meta)

        for kind, settings in kinds.items():
            for n_repeats in REPEATS:
                learn(f"{kind}, {n_repeats}", model, n_repeats, **settings)
        assistant = distilled(model, model, meta, alpha=1.0)
        learn("assistant, 1", assistant, 1)
    return [result]


def summary(rows):
    """Average the draws of one data set."""
    pairs = [
        (f"{kind}, {n}", f"{kind}, 1")
        for n in REPEATS[1:]
        for kind in ("control", "classic", "mean")
    ]
    pairs += [("assistant, 1", f"{kind}, 1") for kind in ("control", "classic", "mean")]
    return {
        "data": rows[0]["data"],
        **{
            f"{kind}, 1": f"{np.mean([row[f'{kind}, 1'] for row in rows]):.4f}"
            for kind in ("control", "classic", "mean", "assistant")
        },
        **{f"{one} - {other}": shown(paired(rows, one, other)) for one, other in pairs},
        "draws": len(rows),
    }


def summarise(raw):
    """Return the table, and all data sets as one row."""
    rows = [summary(rows) for rows in group(raw, ("data",))]
    return [*rows, {**summary(raw), "data": "all"}]


def main():
    parser = options(__doc__, data="folder", jobs=True, resumes=True)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=NAMES)
    parser.add_argument("--draws", type=int, default=8)
    args = parser.parse_args()
    n_train = 400
    if args.quick:
        args.sets, args.draws, n_train = args.sets[:2], 2, 200
    tasks = [
        {"data": name, "n_train": n_train, "seed": seed}
        for seed in range(args.draws)
        for name in args.sets
    ]
    key = ("data", "n_train", "seed")
    sweep("repeats", run_draw, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
