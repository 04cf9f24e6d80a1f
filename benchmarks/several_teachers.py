"""Several teachers: weights found on their out-of-fold predictions against their mean.

400 training rows; LightGBM, a forest and a logistic regression on all columns, and a
LightGBM student of their mixture (alpha=1) on the regular columns. "weights" have the
least log-loss of the mixed out-of-fold predictions, at no further fit; "best" is the
teacher whose own loss is least.
"""

import numpy as np
from _data import load
from _models import folds
from _run import options
from _sweep import group, paired, shown, sweep
from few_rows import draw
from lightgbm import LGBMClassifier
from scipy.optimize import minimize
from scipy.special import softmax
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdistill import DistilledClassifier

SETS = ("wilms", "support2", "credit", "wine_grade", "adult")
N_TRAIN, N_TEST = 400, 4_000
STUDENT = LGBMClassifier(
    num_leaves=8, n_jobs=1, random_state=0, deterministic=True, verbose=-1
)
TEACHERS = (
    STUDENT,
    make_pipeline(
        SimpleImputer(), RandomForestClassifier(100, min_samples_leaf=5, random_state=0)
    ),
    make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(max_iter=2000)),
)
NOTE = (
    "Log-loss of the student on up to 4,000 other rows, mean over the draws; less is "
    "better. Differences are paired, mean ± standard error."
)


def find_weights(predicted, codes):
    """Return the weights of the mixture with the least log-loss."""
    classes = np.arange(predicted.shape[2])

    def loss(logits):
        mixed = np.tensordot(softmax(np.append(logits, 0.0)), predicted, 1)
        return log_loss(codes, mixed, labels=classes)

    start = np.zeros(len(predicted) - 1)
    found = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 80})
    return softmax(np.append(found.x, 0.0))


def run_draw(folder, data, seed):
    """Score the students of all mixtures on one draw of rows."""
    X, y, groups, meta = load(folder, data)
    y = np.unique(y, return_inverse=True)[1]
    for column in meta["categorical"]:
        X = X.assign(**{column: X[column].cat.codes})
    train, test = draw(X, y, groups, meta, N_TRAIN, seed, N_TRAIN)
    test = test[:N_TEST]
    X_train, y_train = X.iloc[train], y[train]
    inner = folds(X_train, y_train, None if groups is None else groups[train], meta)
    predicted = np.stack(
        [
            cross_val_predict(each, X_train, y_train, cv=inner, method="predict_proba")
            for each in TEACHERS
        ]
    )
    predicted = np.clip(predicted, 1e-3, None)
    predicted /= predicted.sum(axis=2, keepdims=True)
    weights = find_weights(predicted, y_train)
    alone = [log_loss(y_train, each) for each in predicted]
    mixtures = {
        "mean": predicted.mean(axis=0),
        "weights": np.tensordot(weights, predicted, 1),
        "best": predicted[int(np.argmin(alone))],
    }
    result = {"data": data, "seed": seed, "found": weights.round(2).tolist()}
    for name, soft_targets in mixtures.items():
        model = DistilledClassifier("precomputed", STUDENT, alpha=1.0)
        regular = meta["regular"]
        model.fit(X_train[regular], y_train, soft_targets=soft_targets)
        p = np.clip(model.predict_proba(X.iloc[test][regular]), 1e-9, 1.0)
        result[name] = log_loss(y[test], p / p.sum(axis=1, keepdims=True))
    return [result]


def summary(rows):
    """Average the draws."""
    names = ("mean", "weights", "best")
    return {
        "data": rows[0]["data"],
        "draws": len(rows),
        "mean weights": np.mean([row["found"] for row in rows], axis=0).round(2),
        **{name: f"{np.mean([row[name] for row in rows]):.3f}" for name in names},
        "weights - mean": shown(paired(rows, "weights", "mean")),
        "best - mean": shown(paired(rows, "best", "mean")),
    }


def summarise(raw):
    """Return the table: of all sets together, then of each."""
    together = [row | {"data": "all"} for row in raw]
    table = [summary(rows) for rows in (together, *group(raw, ("data",)))]
    return [row | {"mean weights": str(row["mean weights"])} for row in table]


def main():
    parser = options(__doc__, data=True, jobs=True, resumes=True)
    parser.add_argument("--draws", type=int, default=8)
    args = parser.parse_args()
    if args.quick:
        args.draws = 1
    tasks = [
        {"data": data, "seed": seed} for seed in range(args.draws) for data in SETS
    ]
    key = ("data", "seed")
    sweep("several_teachers", run_draw, tasks, key, summarise, args, NOTE)


if __name__ == "__main__":
    main()
