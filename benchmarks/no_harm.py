"""Does distillation ever make a student worse? Eleven data sets, with controls.

Five outer folds (whole groups where the data has them). The teacher sees all columns,
the students the regular ones; "control" is a student whose teacher sees the regular
columns only. Students come as their library ships them, and well regularised.
"""

import tempfile

import numpy as np
from _data import choose_sets, load, results_name, sample
from _models import LIBRARIES, boosting, distilled, folds, score
from _run import RULE, options
from _sweep import group, paired, shown, sweep

# CatBoost takes ten times as long, and more with categories.
ROWS = {"hgb": 12_000, "catboost": 1_500}
STUDENTS = {
    "hgb": ("shipped", "regularised"),
    "catboost": ("200 trees", "regularised"),
}
FIXED = {"quarter": 0.25, "half": 0.5, "three quarters": 0.75, "imitation": 1.0}
MODELS = ("teacher", "labels", "control", *FIXED, "auto")
NOTE = (
    "Held-out score by the metric of each data set; differences are paired over 5 "
    "folds, mean ± standard error. Half and control have alpha=0.5. Gap closed: share "
    "of the teacher's gain over labels. Harmed: worse than labels by more than one "
    f"standard error. {RULE}"
)


def run_fold(folder, data, library, fold, n_rows):
    """Score all models on one outer fold; one result for each kind of student."""
    X, y, groups, meta = load(folder, data)
    X, y, groups = sample(X, y, groups, n_rows, seed=0)
    train, test = folds(X, y, groups, meta)[fold]
    X_train, y_train = X.iloc[train], y[train]
    within = None if groups is None else groups[train]
    inner = folds(X_train, y_train, within, meta, seed=1)
    X_test, y_test = X.iloc[test], y[test]
    teacher, bound = (boosting(library, STUDENTS[library][0], meta) for _ in range(2))
    bound.fit(X_train, y_train)
    settings = {
        "labels": {"alpha": 0.0},
        "control": {"alpha": 0.5, "teacher_features": meta["regular"]},
        **{name: {"alpha": alpha} for name, alpha in FIXED.items()},
        "auto": {"alpha": "auto"},
    }
    results = []
    with tempfile.TemporaryDirectory() as memory:
        for size in STUDENTS[library]:
            student = boosting(library, size, meta)
            result = {"data": data, "library": library, "student": size}
            result |= {"fold": fold, "n_rows": n_rows}
            result["teacher"] = score(bound, X_test, y_test, meta)
            for name, chosen in settings.items():
                model = distilled(
                    teacher, student, meta, cv=inner, memory=memory, **chosen
                ).fit(X_train, y_train)
                result[name] = score(model, X_test[meta["regular"]], y_test, meta)
            result["alpha"] = model.alpha_
            result["alpha_scores"] = {
                name: values.tolist()
                for name, values in model.selection_results_.items()
            }
            results.append(result)
    return results


def summary(rows):
    """Average the folds of one data set, library and student."""
    mean = {name: np.mean([row[name] for row in rows]) for name in MODELS}
    gap = mean["teacher"] - mean["labels"]
    gain, error = paired(rows, "auto", "labels")
    return {
        "data": rows[0]["data"],
        "rows, at most": f"{rows[0]['n_rows']:,}",
        "student": f"{rows[0]['library']}, {rows[0]['student']}",
        **{name: f"{value:.4f}" for name, value in mean.items()},
        "half - labels": shown(paired(rows, "half", "labels")),
        "auto - labels": shown((gain, error)),
        "auto - control": shown(paired(rows, "auto", "control")),
        "gap closed, half": f"{(mean['half'] - mean['labels']) / gap:.0%}",
        "gap closed, auto": f"{(mean['auto'] - mean['labels']) / gap:.0%}",
        "alpha": " ".join(f"{alpha:g}" for alpha in sorted(r["alpha"] for r in rows)),
        "harmed": "yes" if gain < -error else "",
    }


def summarise(raw):
    """Return the table."""
    key = ("library", "student", "data", "n_rows")
    return [summary(rows) for rows in group(raw, key)]


def main():
    parser = options(__doc__, data=True, jobs=True, resumes=True)
    parser.add_argument("--sets", nargs="+", help="all by default")
    parser.add_argument("--library", nargs="+", default=LIBRARIES, choices=LIBRARIES)
    parser.add_argument("--rows", type=int, help="at most; default depends on library")
    args = parser.parse_args()
    args.sets = choose_sets(args)
    sets, n_folds = (args.sets[:1], 2) if args.quick else (args.sets, 5)
    tasks = [
        {
            "data": name,
            "library": library,
            "fold": fold,
            "n_rows": args.rows or (1500 if args.quick else ROWS[library]),
        }
        for library in args.library
        for name in sets
        for fold in range(n_folds)
    ]
    key = ("data", "library", "fold", "n_rows")
    name = f"no_harm_{args.rows}" if args.rows else "no_harm"
    sweep(results_name(name, args), run_fold, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
