"""Feature and relation objectives where the representation is the answer.

Rows lie around the eight corners of a cube, and the label is the parity of the corner:
no single column says anything about it. The teacher, a perceptron, sees the three
coordinates; the students see noisy copies of them among ten columns of noise, and have
300 labelled rows. A greedy student finds no split that brings it nearer to the
responses, while where the teacher's hidden units place a row is learnt one coordinate
at a time.
"""

import tempfile
from itertools import product

import numpy as np
from _run import options
from _sweep import group, paired, shown, sweep
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from skdistill import DistilledClassifier
from skdistill.objectives import Feature, Relation

N_TRAIN, N_TEST, N_NOISE = 300, 3_000, 10
STUDENTS = {
    "tree": DecisionTreeRegressor(max_leaf_nodes=16, min_samples_leaf=5),
    "forest": RandomForestRegressor(20, min_samples_leaf=5, max_features=0.5),
}
OBJECTIVES = {
    "response": "response",
    "feature": Feature(1.0),
    "boundary": Feature(1.0, match="boundary"),
    "distance": Relation(1.0, kind="distance"),
    "angle": Relation(1.0, kind="angle"),
    "similarity": Relation(1.0, kind="similarity"),
    "both": [Feature(1.0), Relation(1.0)],
}
NOTE = (
    "Held-out ROC AUC, mean over the seeds; differences are paired, mean ± standard "
    "error. CKA: linear centred kernel alignment of the student's leaves with the "
    "teacher's hidden units on held-out rows. Imitation only (alpha=1)."
)


def make_parity(n_samples, seed):
    """Corners of a cube: noisy copies, noise, and the coordinates; parity as label."""
    rng = np.random.default_rng(seed)
    corner = rng.choice([-1.0, 1.0], size=(n_samples, 3))
    y = (corner.prod(axis=1) > 0) ^ (rng.random(n_samples) < 0.1)
    columns = [
        corner + rng.normal(scale=0.5, size=corner.shape),
        rng.normal(size=(n_samples, N_NOISE)),
        corner + rng.normal(scale=0.3, size=corner.shape),
    ]
    return np.hstack(columns), y.astype(int)


def alignment(one, other):
    """Linear CKA of two representations of the same rows (Kornblith et al. 2019)."""
    one, other = (values - values.mean(axis=0) for values in (one, other))
    shared = np.linalg.norm(one.T @ other) ** 2
    return shared / (np.linalg.norm(one.T @ one) * np.linalg.norm(other.T @ other))


def run_seed(_, seed):
    """Score every objective and student on one data set."""
    X, y = make_parity(N_TRAIN + N_TEST, seed)
    n_regular = 3 + N_NOISE
    X_test, y_test = X[N_TRAIN:], y[N_TRAIN:]
    X, y = X[:N_TRAIN], y[:N_TRAIN]
    teacher = make_pipeline(
        StandardScaler(), MLPClassifier((32,), max_iter=300, alpha=0.01)
    )
    bound = teacher.set_params(mlpclassifier__random_state=seed).fit(
        X[:, n_regular:], y
    )
    hidden = bound[:-1].transform(X_test[:, n_regular:]) @ bound[-1].coefs_[0]
    hidden = np.maximum(hidden + bound[-1].intercepts_[0], 0.0)
    reached = score(bound, X_test[:, n_regular:], y_test)
    results = [
        {"student": student, "seed": seed, "teacher": reached} for student in STUDENTS
    ]
    with tempfile.TemporaryDirectory() as memory:
        for result, name in product(results, ("labels", *OBJECTIVES)):
            model = DistilledClassifier(
                teacher,
                STUDENTS[result["student"]],
                teacher_features=slice(n_regular, None),
                student_features=slice(0, n_regular),
                alpha=0.0 if name == "labels" else 1.0,
                objective=OBJECTIVES.get(name, "response"),
                memory=memory,
                random_state=seed,
            ).fit(X, y)
            leaves = model.student_.apply(X_test[:, :n_regular]).reshape(N_TEST, -1)
            leaves = OneHotEncoder(sparse_output=False).fit_transform(leaves)
            result[name] = score(model, X_test, y_test)
            result[f"{name} CKA"] = alignment(leaves, hidden)
    return results


def score(model, X, y):
    """ROC AUC."""
    return float(roc_auc_score(y, model.predict_proba(X)[:, 1]))


def summarise(raw):
    """One row for each student and objective."""
    table = []
    for rows in group(raw, ("student",)):
        for name in ("teacher", "labels", *OBJECTIVES):
            row = {"student": rows[0]["student"], "objective": name}
            row["AUC"] = f"{np.mean([r[name] for r in rows]):.4f}"
            if name != "teacher":
                row["minus response"] = shown(paired(rows, name, "response"))
                row["CKA"] = f"{np.mean([r[f'{name} CKA'] for r in rows]):.3f}"
                closer = paired(rows, f"{name} CKA", "response CKA")
                row["CKA minus response"] = shown(closer)
            table.append(row | {"seeds": len(rows)})
    return table


def main():
    parser = options(__doc__, jobs=True, resumes=True)
    parser.add_argument("--seeds", type=int, default=20)
    args = parser.parse_args()
    args.data = None
    n_seeds = 2 if args.quick else args.seeds
    tasks = [{"seed": seed} for seed in range(n_seeds)]
    sweep("knowledge_parity", run_seed, tasks, ("seed",), summarise, args, NOTE)


if __name__ == "__main__":
    main()
