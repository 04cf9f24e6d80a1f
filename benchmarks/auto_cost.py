"""What "auto" costs, and whether it chooses as it would on all folds.

Teacher and student are boosted trees, with one 5-fold cross-fit. "auto" leaves out two
folds together and stops when the choice is settled; "all folds" leaves out every fold
alone. Both are held against `alpha=0.5`. `--scoring` compares by the metric of each
set, of which blocks of rows are the observations, in place of the loss of each row.
"""

import time

import numpy as np
from _data import choose_sets, is_large_enough, load, results_name
from _models import boosting, distilled, folds, score
from _run import options
from _sweep import group, paired, shown, sweep
from few_rows import draw

from skdistill.input import _splits
from skdistill.selection import _choice

LIBRARIES = ("hgb", "catboost", "xgboost")
NOTE = (
    "CPU time in units of alpha=0.5 (5 teachers, 1 student), mean over data sets and "
    "draws. Score: by the metric of each data set (ROC AUC, accuracy or R²) on at most "
    "6,000 other rows; auto less all folds, mean ± standard error, and the lowest and "
    "highest difference of a draw. Harmed: data on which auto is below labels by more "
    "than one standard error over the draws. By loss: auto without scoring, where auto "
    "has it. When a choice is settled was decided with draws 0 to 7 of all sets, and "
    "12 to 35 of those with groups, in sight; draws 8 to 11 had been looked at under "
    "two earlier forms of that rule. That folds are left out together was decided with "
    "draws 0 to 3."
)


def run_draw(folder, data, library, n_train, seed, scoring):
    """Fit with both choices and with one half."""
    X, y, groups, meta = load(folder, data)
    train, test = draw(X, y, groups, meta, n_train, seed, n_train)
    inner = folds(
        X.iloc[train],
        y[train],
        None if groups is None else groups[train],
        meta,
        seed=seed,
    )
    given = {} if groups is None else {"groups": groups[train]}
    model = boosting(library, "small", meta)
    result = {"data": data, "library": library, "n_train": n_train, "seed": seed}
    result["grouped"], result["scoring"] = groups is not None, scoring
    by = meta["metric"] if scoring else None
    ways = {
        "labels": (0.0, by),
        "half": (0.5, by),
        "auto": ("auto", by),
        "all folds": ("auto", by),
    }
    if scoring:
        ways["by loss"] = ("auto", None)
    for name, (alpha, by) in ways.items():
        student = distilled(model, model, meta, cv=inner, alpha=alpha, scoring=by)
        before = _choice.FEW, _splits._MANY_ROWS
        if name == "all folds":
            _choice.FEW = _splits._MANY_ROWS = np.inf
        start = time.process_time()
        student.fit(X.iloc[train], y[train], **given)
        result[f"{name} seconds"] = time.process_time() - start
        _choice.FEW, _splits._MANY_ROWS = before
        result[f"{name} teachers"] = len(student.fit_times_["teacher_folds"])
        result[f"{name} alpha"] = student.alpha_
        result[name] = score(student, X.iloc[test][meta["regular"]], y[test], meta)
    return [result]


def summarise(raw):
    """Average over data sets and draws, by number of rows."""
    return [
        summary(rows)
        for rows in sorted(
            group(raw, ("library", "n_train", "grouped")),
            key=lambda rows: (
                LIBRARIES.index(rows[0]["library"]),
                rows[0]["grouped"],
                rows[0]["n_train"],
            ),
        )
    ]


def summary(rows):
    """Average the draws of one number of rows."""

    def units(name):
        ratios = [row[f"{name} seconds"] / row["half seconds"] for row in rows]
        return f"{np.mean(ratios):.2f}"

    difference = [row["auto"] - row["all folds"] for row in rows]
    same = [row["auto alpha"] == row["all folds alpha"] for row in rows]
    harmed = []
    for of_set in group(rows, ("data",)):
        mean, error = paired(of_set, "auto", "labels")
        if mean < -error * (1.0 + 1e-9):  # One draw of many is harmed by its error.
            harmed.append(f"{of_set[0]['data']} {shown((mean, error))}")
    first, by_loss = rows[0], {}
    if first["scoring"]:
        by_loss["by loss - labels"] = shown(paired(rows, "by loss", "labels"))
    return {
        "library": first["library"] + (", grouped" if first["grouped"] else ""),
        "rows": first["n_train"],
        "sets": len({row["data"] for row in rows}),
        "draws": len(rows),
        "time, all folds": units("all folds"),
        "time, auto": units("auto"),
        "teacher fits": f"{np.mean([row['auto teachers'] for row in rows]):.1f}",
        "same choice": f"{np.mean(same):.2f}",
        "auto - all folds": shown(paired(rows, "auto", "all folds")),
        "lowest, highest": f"{min(difference):+.4f}, {max(difference):+.4f}",
        "auto - labels": shown(paired(rows, "auto", "labels")),
        **by_loss,
        "harmed": ", ".join(harmed) or "none",
    }


def main():
    parser = options(__doc__, data=True, jobs=True, resumes=True)
    parser.add_argument("--sets", nargs="+", help="all by default")
    parser.add_argument("--library", nargs="+", default=["hgb"], choices=LIBRARIES)
    parser.add_argument(
        "--train",
        nargs="+",
        type=int,
        default=[400, 1_000, 2_500, 6_000, 10_000, 20_000, 35_000],
    )
    parser.add_argument("--draws", type=int, default=4)
    parser.add_argument("--first", type=int, default=8, help="draws before them")
    parser.add_argument("--scoring", action="store_true", help="by the metric")
    args = parser.parse_args()
    args.sets = choose_sets(args)
    if args.quick:
        args.sets, args.train, args.draws = args.sets[:1], [1_000], 1
    n_rows = {name: len(load(args.data, name)[1]) for name in args.sets}
    tasks = [
        {
            "data": name,
            "library": library,
            "n_train": n_train,
            "seed": seed,
            "scoring": args.scoring,
        }
        for library in args.library
        for n_train in args.train
        for name in args.sets
        for seed in range(args.first, args.first + args.draws)
        if n_train <= 0.8 * n_rows[name] and is_large_enough(name, n_train)
    ]
    key = ("data", "library", "n_train", "seed")
    name = "auto_cost_scoring" if args.scoring else "auto_cost"
    if args.first != parser.get_default("first"):
        name += "_more"
    sweep(results_name(name, args), run_draw, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
