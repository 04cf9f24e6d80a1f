"""Few labelled rows: what distillation is worth, and what the privileged add to it.

400 (and 2,000) training rows, 20 draws, scored on up to 6,000 other rows. Teacher
responses are averaged over three cross-fits. "control" is taught by a teacher that
sees the student's columns only, "classic" by the privileged teacher, "mean" by both;
all three imitate only. The autos choose on the training rows, "auto alpha" how much of
the privileged teacher, "auto" how much of both. The learning curve of the student on
labels alone says how many labelled rows "auto alpha" is worth. `--first 20` asks the
same of other draws.
"""

import tempfile

import numpy as np
from _data import choose_sets, is_large_enough, load, results_name
from _models import LIBRARIES, boosting, distilled, folds, score
from _run import RULE, options
from _sweep import group, paired, shown, sweep
from sklearn.model_selection import GroupShuffleSplit, train_test_split

N_TEST = 6_000
CATBOOST_SETS = ("support2", "credit", "wilms", "abalone", "rotterdam", "star")
GROWTH = (1.5, 2.0, 3.0, 4.0)
PAIRS = (
    ("auto alpha", "labels"),
    ("mean", "labels"),
    ("auto", "labels"),
    ("classic", "control"),
    ("mean", "control"),
    ("auto", "control"),
)
NOTE = (
    "Held-out score by the metric of each data set, mean over the draws; differences "
    "are paired, mean ± standard error. Worth: labelled rows that the student on "
    "labels alone needs for the score of auto alpha. "
    f"{RULE}"
)


def draw(X, y, groups, meta, n_train, seed, n_pool=None):
    """Return shuffled rows to train on, as many as a learning curve asks for, and test.

    Groups are not split between them.
    """
    n_pool = n_pool or min(int(n_train * GROWTH[-1]), int(0.6 * len(y)))
    rows = np.arange(len(y))
    if groups is not None:
        splitter = GroupShuffleSplit(
            1, train_size=max(0.6, n_pool / len(y)), random_state=seed
        )
        pool, test = next(splitter.split(X, y, groups))
        shuffled = np.random.default_rng(seed)
        pool = shuffled.permutation(pool)[:n_pool]
        test = shuffled.permutation(test)[:N_TEST]
        return pool, test
    pool, test = train_test_split(
        rows,
        train_size=n_pool,
        stratify=None if meta["task"] == "regression" else y,
        random_state=seed,
    )
    return pool, test[:N_TEST]


def run_draw(folder, data, library, n_train, seed, n_repeats):
    """Score all models on one draw of training rows."""
    X, y, groups, meta = load(folder, data)
    pool, test = draw(X, y, groups, meta, n_train, seed)
    regular = meta["regular"]
    X_test, y_test = X.iloc[test], y[test]
    train = pool[:n_train]
    X_train, y_train = X.iloc[train], y[train]
    within = None if groups is None else groups[train]
    inner = [
        split
        for repeat in range(n_repeats)
        for split in folds(X_train, y_train, within, meta, seed=repeat)
    ]
    model = boosting(library, "small", meta)
    result = {"data": data, "library": library, "n_train": n_train, "seed": seed}
    bound = boosting(library, "small", meta).fit(X_train, y_train)
    result["teacher"] = score(bound, X_test, y_test, meta)
    settings = {
        "labels": {"alpha": 0.0},
        "control": {"alpha": 1.0, "teacher_features": regular},
        "half control": {"alpha": 0.5, "teacher_features": regular},
        "classic": {"alpha": 1.0},
        "half classic": {"alpha": 0.5},
        "mean": {"alpha": 1.0, "privileged_weight": 0.5},
        "half mean": {"alpha": 0.5, "privileged_weight": 0.5},
        "auto alpha": {"alpha": "auto"},
        "auto": {"alpha": "auto", "privileged_weight": "auto"},
    }
    with tempfile.TemporaryDirectory() as memory:
        for name, chosen in settings.items():
            student = distilled(model, model, meta, cv=inner, memory=memory, **chosen)
            student.fit(X_train, y_train)
            result[name] = score(student, X_test[regular], y_test, meta)
            if "auto" in name:
                result[f"{name} scores"] = {
                    key: values.tolist()
                    for key, values in student.selection_results_.items()
                }
    result["alpha"] = student.alpha_
    result["privileged_weight"] = student.privileged_weight_
    result["curve"] = []
    for growth in GROWTH:
        more = pool[: int(growth * n_train)]
        alone = distilled(model, model, meta, alpha=0.0).fit(X.iloc[more], y[more])
        reached = score(alone, X_test[regular], y_test, meta)
        result["curve"].append([len(more), reached])
    return [result]


def worth(rows):
    """Labelled rows that labels alone need for the mean score of auto alpha."""
    sizes = [rows[0]["n_train"]] + [size for size, _ in rows[0]["curve"]]
    scores = [np.mean([row["labels"] for row in rows])]
    scores += list(np.mean([[s for _, s in row["curve"]] for row in rows], axis=0))
    scores = np.maximum.accumulate(scores)
    target = np.mean([row["auto alpha"] for row in rows])
    if target <= scores[0]:
        return f"≤ {sizes[0]}"
    if target > scores[-1]:
        return f"> {sizes[-1]}"
    return f"{np.exp(np.interp(target, scores, np.log(sizes))):.0f}"


def summary(rows):
    """Average the draws of one data set, library and number of rows."""
    names = ("teacher", "labels", "control", "classic", "mean", "auto alpha", "auto")
    means = {name: np.mean([row[name] for row in rows]) for name in names}
    best = max(("labels", "control"), key=means.get)
    below, error = paired(rows, "auto", best)
    return {
        "data": rows[0]["data"],
        "library": rows[0]["library"],
        "rows": rows[0]["n_train"],
        **{name: f"{value:.4f}" for name, value in means.items()},
        **{f"{one} - {other}": shown(paired(rows, one, other)) for one, other in PAIRS},
        # One draw of many is harmed by just its error.
        "harmed": f"by {best}" if below < -error * (1.0 + 1e-9) else "",
        "worth": worth(rows),
        "draws": len(rows),
    }


def summarise(raw):
    """Return the table."""
    return [summary(rows) for rows in group(raw, ("library", "n_train", "data"))]


def main():
    parser = options(__doc__, data=True, jobs=True, resumes=True)
    parser.add_argument("--sets", nargs="+", help="all by default")
    parser.add_argument("--library", nargs="+", default=LIBRARIES, choices=LIBRARIES)
    parser.add_argument("--train", nargs="+", type=int, default=[400, 2000])
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument(
        "--first", type=int, default=0, help="draws before the first one measured"
    )
    parser.add_argument("--cross-fits", type=int, default=3)
    args = parser.parse_args()
    args.sets = choose_sets(args)
    if args.quick:
        args.sets, args.train, args.draws, args.cross_fits = args.sets[:1], [200], 2, 1
    tasks = [
        {
            "data": name,
            "library": library,
            "n_train": n_train,
            "seed": seed,
            "n_repeats": args.cross_fits,
        }
        for n_train in args.train
        for library in args.library
        for name in args.sets
        for seed in range(args.first, args.first + args.draws)
        if library == "hgb" or name in CATBOOST_SETS
        if is_large_enough(name, n_train)
    ]
    key = ("data", "library", "n_train", "seed")
    name = "few_rows_more" if args.first else "few_rows"
    sweep(results_name(name, args), run_draw, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
