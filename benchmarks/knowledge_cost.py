"""What feature and relation objectives cost, and how that grows with the rows.

CPU time of the fit against the response alone, forest teacher and forest student with
leaves in proportion to the rows, so that trees keep their size. 16 landmarks.
"""

import time

import numpy as np
from _run import options, write
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier, RandomForestRegressor

from skdistill import DistilledClassifier
from skdistill.objectives import Feature, Relation

OBJECTIVES = {
    "response": "response",
    "feature": Feature(),
    "relation": Relation(),
    "both": [Feature(), Relation()],
}
NOTE = (
    "Seconds of CPU, least of the rounds, one thread; in brackets the ratio to the "
    "response alone. Exponent: of the growth from the fewest rows to the most. "
    "Prediction: seconds for 10,000 rows."
)


def fit_seconds(objective, X, y):
    """Train once; return CPU seconds of the fit and of predicting 10,000 rows."""
    leaf = len(y) // 100
    model = DistilledClassifier(
        ExtraTreesClassifier(50, min_samples_leaf=leaf, random_state=0),
        RandomForestRegressor(20, min_samples_leaf=leaf, random_state=0),
        student_features=slice(0, 12),
        objective=objective,
    )
    start = time.process_time()
    model.fit(X, y)
    fitted = time.process_time()
    model.predict_proba(np.resize(X[:, :12], (10_000, 12)))
    return fitted - start, time.process_time() - fitted


def main():
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", nargs="+", type=int, default=[1000, 10_000, 40_000])
    args = parser.parse_args()
    sizes = [500, 1000] if args.quick else args.sizes
    n_rounds = 1 if args.quick else args.rounds
    least, raw = {}, []
    for n in sizes:
        X, y = make_classification(
            n, 20, n_informative=8, n_classes=3, shuffle=False, random_state=0
        )
        shuffled = np.random.default_rng(0).permutation(n)
        for _ in range(n_rounds):
            for name, objective in OBJECTIVES.items():
                seconds = fit_seconds(objective, X[shuffled], y[shuffled])
                raw.append({"rows": n, "objective": name, "seconds": seconds})
                known = least.get((name, n), seconds)
                least[name, n] = tuple(map(min, known, seconds))
    rows = []
    for name in OBJECTIVES:
        row = {"objective": name}
        for n in sizes:
            seconds = least[name, n][0]
            ratio = seconds / least["response", n][0]
            row[f"{n} rows"] = f"{seconds:.2f} ({ratio:.2f})"
        growth = least[name, sizes[-1]][0] / least[name, sizes[0]][0]
        row["exponent"] = f"{np.log(growth) / np.log(sizes[-1] / sizes[0]):.2f}"
        seconds = least[name, sizes[-1]][1]
        ratio = seconds / least["response", sizes[-1]][1]
        row["prediction"] = f"{seconds:.3f} ({ratio:.2f})"
        rows.append(row)
    write("knowledge_cost", rows, args, note=NOTE, raw=raw)


if __name__ == "__main__":
    main()
