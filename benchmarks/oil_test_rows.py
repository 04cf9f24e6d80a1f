"""The oil plant's own case: test rows without labels, with the field columns only.

The 6,041 rows of the competition's test set are `X_unlabeled` of "half + U"; "half" is
`alpha=0.5` without them. "auto" leaves such rows out. Models are trained on 400 and on
2,000 labelled rows, and on four fifths of all.
"""

import warnings

import numpy as np
import pandas as pd
from _data import load
from _models import boosting, score
from _run import RULE, options
from _sweep import group, paired, shown, sweep
from sklearn.base import clone
from sklearn.model_selection import train_test_split

from skdistill import DistilledClassifier

ARMS = ("auto", "half", "half + U")
NOTE = (
    "ROC AUC on labelled rows that were not trained on (at most 6,000), mean over the "
    "draws; differences are paired, mean ± standard error. U: the test rows. "
    f"{RULE}"
)


def load_test_rows(folder, X):
    """Load the rows without labels, with the categories of X."""
    U = pd.read_csv(folder / "oil" / "test_unlabelled.csv.gz")
    U = U[[column for column in X if column in U]]
    text = U.select_dtypes(exclude="number")
    return U.assign(**{name: text[name].astype(X[name].dtype) for name in text})


def run_draw(folder, n_labeled, seed):
    """Score labels and the arms on one draw of labelled rows."""
    X, y, _, meta = load(folder, "oil")
    U = load_test_rows(folder, X)
    size = n_labeled or int(0.8 * len(y))
    train, test = train_test_split(
        np.arange(len(y)), train_size=size, stratify=y, random_state=seed
    )
    test, field = test[:6_000], meta["regular"]
    X_train, y_train, X_test = X.iloc[train], y[train], X.iloc[test][field]
    student = boosting("hgb", "small", meta)
    labels = clone(student).fit(X_train[field], y_train)
    row = {"n_labeled": n_labeled, "seed": seed, "rows": size}
    row["labels"] = score(labels, X_test, y[test], meta)
    for arm in ARMS:
        mixture = "auto" if arm == "auto" else 0.5
        model = DistilledClassifier(
            student,
            student,
            student_features=field,
            alpha=mixture,
            privileged_weight=mixture,
            random_state=seed,
        )
        with warnings.catch_warnings():
            # That such rows bring little is the question here.
            warnings.filterwarnings("ignore", message=".*lacks columns of the teacher")
            model.fit(X_train, y_train, X_unlabeled=U if "U" in arm else None)
        row[arm] = score(model, X_test, y[test], meta)
    return [row]


def summarise(raw):
    """Return the table."""
    table = []
    for rows in group(raw, ("n_labeled",)):
        mean = {
            name: f"{np.mean([row[name] for row in rows]):.4f}"
            for name in ("labels", *ARMS)
        }
        differences = {
            f"{one} - {other}": shown(paired(rows, one, other))
            for one, other in (
                ("auto", "labels"),
                ("half", "labels"),
                ("half + U", "half"),
            )
        }
        about = {"labelled": rows[0]["rows"], "draws": len(rows)}
        table.append(about | mean | differences)
    return table


def main():
    parser = options(__doc__, data="folder", jobs=True, resumes=True)
    parser.add_argument("--draws", type=int, default=10)
    args = parser.parse_args()
    sizes, n_draws = ((400,), 1) if args.quick else ((400, 2_000, 0), args.draws)
    tasks = [
        {"n_labeled": n_labeled, "seed": seed}
        for n_labeled in sizes
        for seed in range(n_draws)
    ]
    key = ("n_labeled", "seed")
    sweep("oil_test_rows", run_draw, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
