"""Rows without labels: what they are worth, and what "auto" makes of them.

400 labelled rows and up to 4,000 without, or 2,000 and up to 8,000; scored on up to
6,000 other rows; one 5-fold cross-fit. "labels": the student on labels alone. "half",
"soft": alpha 0.5 and 1. "auto" chooses by held-out predictions, first without U, the
rows without labels. "half + U", "soft + U": alpha 0.5 and 1 with U. "U regular": U has
the student's columns only. "all labelled": the student on the true labels of labelled
rows and U, the bound. Each choice is made by the rule of the package on the recorded
means and covariances of the held-out losses, so that another rule can be tried on the
same runs.
"""

from dataclasses import replace

import numpy as np
from _data import choose_sets, is_large_enough, load, results_name
from _models import boosting, distilled, score
from _run import RULE, options
from _sweep import group, paired, shown, sweep
from few_rows import draw

from skdistill.input._checks import clone_estimator
from skdistill.offline._planning import make_plan
from skdistill.offline._request import FitInput
from skdistill.offline._students import held_out_losses, train_students
from skdistill.offline._targets import make_task, mix_teachers
from skdistill.offline._teachers import TeacherPredictions, Teachers
from skdistill.selection._candidates import Candidate
from skdistill.selection._choice import choose, is_settled
from skdistill.selection._comparison import Comparison, compare
from skdistill.teachers._crossfit import ExecutionConfig

SIZES = {400: 4_000, 2_000: 8_000}
OTHER_LIBRARY_SETS = (
    *("support2", "credit", "wine_grade", "pm25"),
    *("wilms", "rotterdam", "star", "loans"),
)
WITHOUT_U = [Candidate(0.0)] + [
    Candidate(alpha, share) for alpha in (0.5, 1.0) for share in (0.5, 1.0)
]
WITH_U = [Candidate(0.5, 1.0, None, 1.0), Candidate(1.0, 1.0, None, 1.0)]
CANDIDATES = [*WITHOUT_U, *WITH_U]
REGULAR_U = [Candidate(0.5, 0.5, None, 1.0)]
NOTE = (
    "Held-out score by the metric of each data set, mean over the draws; differences "
    "are paired, mean ± standard error. Harmed: auto with U is below labels, or below "
    f"auto without U, by more than one standard error. {RULE} That soft "
    "+ U is not in the running where most rows have no label was chosen with all of "
    "them in sight, and how folds are left out with U with draws 0 to 5 of the public "
    "sets."
)


def run_draw(folder, data, library, n_labeled, seed):
    """Score all mixtures on one draw of rows."""
    X, y, groups, meta = load(folder, data)
    if meta["task"] != "regression":
        y = np.unique(y, return_inverse=True)[1]
    pool, test = draw(X, y, groups, meta, n_labeled, seed, rows_in_pool(n_labeled, y))
    train, rest = pool[:n_labeled], pool[n_labeled:]
    regular = meta["regular"]
    model = boosting(library, "small", meta)
    auto = distilled(
        model,
        model,
        meta,
        **dict.fromkeys(("alpha", "privileged_weight", "unlabeled_weight"), "auto"),
    )
    plan = make_plan(auto, FitInput(X.iloc[train], y[train], X_unlabeled=X.iloc[rest]))
    predictions = predict(plan)
    # Of few rows without U each fold is left out alone.
    alone = make_plan(auto, FitInput(X.iloc[train], y[train]))
    without_u = held_out(alone, WITHOUT_U, predict(alone))
    # U without the privileged columns has predictions of the regular teacher only.
    shortened = TeacherPredictions(
        {
            number: _without_unlabeled(part, n_labeled)
            for number, part in predictions.privileged.items()
        },
        predictions.regular,
    )
    scores = []
    for listed, of_teachers in ((CANDIDATES, predictions), (REGULAR_U, shortened)):
        for candidate in listed:
            mixed = mix_teachers(of_teachers, 0, candidate.privileged_weight)
            loss = loss_of(plan, candidate)
            task, rows = make_task(plan.student, candidate, loss, mixed)
            (student,) = train_students(plan.student, task, rows, None)
            scores.append(score(student, X.iloc[test][regular], y[test], meta))
    bound = clone_estimator(plan.student.estimator)
    bound.fit(X.iloc[pool][regular], y[pool])
    return [
        {
            "data": data,
            "library": library,
            "n_labeled": n_labeled,
            "n_unlabeled": plan.student.n_unlabeled,
            "seed": seed,
            "teacher": score(
                clone_estimator(model).fit(X.iloc[train], y[train]),
                X.iloc[test],
                y[test],
                meta,
            ),
            "all labelled": score(bound, X.iloc[test][regular], y[test], meta),
            "scores": scores,
            "compared": held_out(plan, CANDIDATES, predictions),
            "compared without U": without_u,
        }
    ]


def predict(plan):
    """Return what the teachers predict, for all rows and for held-out parts."""
    teachers = Teachers(plan.teacher, ExecutionConfig())
    return teachers.predict(range(1 + len(plan.selection.validation)))


def held_out(plan, listed, predictions):
    """Compare some mixtures by held-out losses: what is known after each part."""
    pairs = [(candidate, loss_of(plan, candidate)) for candidate in listed]
    selection = replace(plan.selection, candidates=pairs)
    teachers = Teachers(plan.teacher, ExecutionConfig())
    teachers.predict = lambda parts: predictions
    losses, compared = [], []
    for _, of_part in held_out_losses(
        selection, plan.student, teachers, ExecutionConfig()
    ):
        losses.append(of_part)
        so_far = compare(np.concatenate(losses))
        compared.append(
            {
                "mean": so_far.mean.tolist(),
                "covariance": so_far.covariance.tolist(),
                "n_observations": so_far.n_observations,
            }
        )
    return compared


def rows_in_pool(n_labeled, y):
    """Count the rows with and without labels."""
    return min(n_labeled + SIZES.get(n_labeled, 10 * n_labeled), int(0.7 * len(y)))


def loss_of(plan, candidate):
    """State the loss of a mixture."""
    return replace(plan.selection.candidates[-1][1], alpha=candidate.alpha)


def _without_unlabeled(part, n_labeled):
    return replace(
        part, values=part.values[:n_labeled], covered=part.covered[:n_labeled]
    )


def choose_from(row, n_candidates, recorded):
    """Score of what the rule takes from the first candidates, once it is settled."""
    candidates, first = CANDIDATES[:n_candidates], slice(n_candidates)
    for n_parts, so_far in enumerate(recorded, start=1):
        mean, covariance = np.array(so_far["mean"]), np.array(so_far["covariance"])
        compared = Comparison(
            mean[first], covariance[first, first], so_far["n_observations"]
        )
        if is_settled(candidates, compared, share=n_parts / len(recorded)):
            break
    return row["scores"][candidates.index(choose(candidates, compared).best)]


def derived(row):
    """Add to a draw what the rule makes of it."""
    n = len(CANDIDATES)
    if row["n_unlabeled"] > row["n_labeled"]:
        n -= 1  # Of the mixtures with many such rows, one half is in the running.
    without_u = row["compared without U"]
    return row | {
        "labels": row["scores"][0],
        "half": row["scores"][CANDIDATES.index(Candidate(0.5, 1.0))],
        "soft": row["scores"][CANDIDATES.index(Candidate(1.0, 1.0))],
        "auto": choose_from(row, len(WITHOUT_U), without_u),
        "half + U": row["scores"][CANDIDATES.index(Candidate(0.5, 1.0, None, 1.0))],
        "soft + U": row["scores"][CANDIDATES.index(Candidate(1.0, 1.0, None, 1.0))],
        "auto with U": choose_from(row, n, row["compared"]),
        "U regular": row["scores"][-1],
    }


def summary(rows):
    """Average the draws of one data set, library and number of rows."""
    rows = [derived(row) for row in rows]
    names = (
        "teacher",
        "labels",
        "half",
        "soft",
        "auto",
        "half + U",
        "soft + U",
        "auto with U",
        "U regular",
        "all labelled",
    )
    result = {
        "data": rows[0]["data"],
        "library": rows[0]["library"],
        "labelled + U": f"{rows[0]['n_labeled']} + {rows[0]['n_unlabeled']}",
        **{name: f"{np.mean([row[name] for row in rows]):.4f}" for name in names},
    }
    for one, other in (
        ("half", "labels"),
        ("soft", "labels"),
        ("auto", "labels"),
        ("auto with U", "auto"),
        ("auto with U", "labels"),
        ("U regular", "auto"),
    ):
        result[f"{one} - {other}"] = shown(paired(rows, one, other))
    harmed = []
    for other in ("labels", "auto"):
        below, error = paired(rows, "auto with U", other)
        if below < -error * (1.0 + 1e-9):
            harmed.append(f"by {other}")
    return result | {"harmed": "; ".join(harmed), "draws": len(rows)}


def summarise(raw):
    """Return the table."""
    return [summary(rows) for rows in group(raw, ("library", "n_labeled", "data"))]


def main():
    parser = options(__doc__, data=True, jobs=True, resumes=True)
    parser.add_argument("--sets", nargs="+", help="all by default")
    parser.add_argument("--library", nargs="+", default=["hgb", "catboost", "xgboost"])
    parser.add_argument("--labeled", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="first draw")
    args = parser.parse_args()
    args.sets = choose_sets(args)
    if args.quick:
        args.sets, args.labeled, args.draws = ["wilms"], [200], 2
        args.library = ["hgb"]
    tasks = [
        {"data": name, "library": library, "n_labeled": n_labeled, "seed": seed}
        for n_labeled in args.labeled
        for library in args.library
        for seed in range(args.first, args.first + args.draws)
        for name in args.sets
        if library == "hgb" or name in OTHER_LIBRARY_SETS
        if is_large_enough(name, n_labeled)
    ]
    key = ("data", "library", "n_labeled", "seed")
    name = "unlabeled_more" if args.first else "unlabeled"
    if "hgb" not in args.library:
        name = "unlabeled_boosters"
    elif 400 not in args.labeled and not args.quick:
        name = "unlabeled_2000"
    sweep(results_name(name, args), run_draw, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
