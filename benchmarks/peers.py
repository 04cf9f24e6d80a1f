"""skdistill beside AutoGluon, imodels, Trustee and the hand-written recipe.

The same data, the same LightGBM teacher (200 trees) and, for each of two students (a
LightGBM of 60 trees, a tree of 32 leaves), the same budget; every way is alone in a
process on one core, or on as many as `--threads` says. Peers are installed into
environments of their own.
"""

import os
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

import numpy as np
from _data import load, sample
from _measure import in_process
from _run import options, write
from _sweep import group
from sklearn.datasets import make_classification
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent
PACKAGES = {
    "autogluon": ["autogluon.tabular[lightgbm]"],
    "imodels": ["imodels", "lightgbm", "six"],
    "trustee": ["trustee", "lightgbm"],
}
# Gigabytes that few need: used where the environment has been made, see the README.
BY_HAND = ("tabtune",)
PUBLIC = ("wilms", "cells", "digits_lowres")
# Way, the environment it runs in (None: this one), shown as, and its student.
WAYS = (
    ("teacher", None, "teacher itself", ""),
    ("labels", None, "student on labels", "LightGBM"),
    ("skdistill", None, "skdistill", "LightGBM"),
    ("skdistill_2_folds", None, "skdistill, cv=2", "LightGBM"),
    ("skdistill_in_sample", None, "skdistill, in sample", "LightGBM"),
    ("recipe", None, "K-fold recipe", "LightGBM"),
    ("imodels", "imodels", "imodels", "LightGBM"),
    ("autogluon", "autogluon", "AutoGluon, spunge", "LightGBM"),
    ("autogluon_plain", "autogluon", "AutoGluon, no new rows", "LightGBM"),
    ("tabtune", "tabtune", "TabTune", "LightGBM"),
    ("labels_tree", None, "student on labels", "tree"),
    ("skdistill_tree", None, "skdistill", "tree"),
    ("skdistill_tree_in_sample", None, "skdistill, in sample", "tree"),
    ("recipe_tree", None, "K-fold recipe", "tree"),
    ("imodels_tree", "imodels", "imodels", "tree"),
    ("trustee_tree", "trustee", "Trustee", "tree"),
)

# What was found, and why, to be read with the table.
NOTE = """Held-out rows; mean and standard error over the seeds (the tasks differ more
than the ways do on one of them: the JSON file has the pairs). Fit: seconds with the
teacher's fits, of the CPU on one thread, of the wall on more. "skdistill" asks for
nothing but the models: alpha 0.5 and 5 folds.

Where a peer wins: imodels and AutoGluon are faster, as they train the teacher once and
take its predictions of its own training rows. skdistill trains it 5 times, as the
K-fold recipe does, or twice with cv=2. "In sample" it trains it once, as they do (a
fitted teacher, frozen): then it is faster than AutoGluon and Trustee, and as fast as
imodels, which takes no weights, checks less and trains a regressor. AutoGluon stops its
teacher early, which pays where the teacher of all others is overfit, as on wilms and
cells.

Where skdistill wins: log-loss of the boosted student, which is trained on the cross-
entropy to the soft target. The others train regressors on squared error and clip them
(here at 1e-6), the recipe on the same out-of-fold predictions too. Those in sample are
much worse for the tree on cells and digits_lowres, where an overfit teacher is as sure
as the labels, and better for the boosted student on digits_lowres.

With as many labelled rows and no columns that only the teacher sees, the student on
labels is hard to beat by any of them.

AutoGluon holds out rows for early stopping, so its teacher and its student see fewer;
with three classes its LightGBM student stopped after the first round in the release
that was measured, 1.6.3. Trustee learns from labels that the teacher predicts; 10 x 3
trees instead of its usual 50 x 5 favour its time. imodels knows two classes only.

TabTune trains teachers of its own, foundation models whose weights it downloads. Here
it is passed the same out-of-fold probabilities as the recipe, without its other models.
Its student takes no number of leaves, so it has at most 16. It is a regressor for each
class, on squared error and 77 % of the rows: 9 % stop it early, 15 % are not used."""


def install(name, folder):
    """Return the Python of a peer's environment, made if need be; None if it fails."""
    python = folder / name / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet"]
    make = [sys.executable, "-m", "venv", str(folder / name)]
    if name in BY_HAND:
        return python if python.exists() else None
    for command in (make, [*pip, *PACKAGES[name]]):
        if command is make and python.exists():
            continue
        if subprocess.run(command, check=False).returncode:
            return None
    return python


def make_tasks(folder, n_rows):
    """Yield the name of a task and a function from a seed to its data."""
    for name, n_classes in (("simulated, 2 classes", 2), ("simulated, 3 classes", 3)):
        yield (
            name,
            lambda seed, n_classes=n_classes: make_classification(
                2 * n_rows,
                20,
                n_informative=10,
                n_classes=n_classes,
                flip_y=0.1,
                random_state=seed,
            ),
        )
    private = () if folder is None else ("adult", "wine_grade")
    places = [(None, name) for name in PUBLIC] + [(folder, name) for name in private]
    for place, name in places:
        X, y, _, meta = load(place, name)
        X = X.copy()
        for column in meta["categorical"]:
            X[column] = X[column].cat.codes
        codes = np.unique(y, return_inverse=True)[1]

        def draw(seed, X=X, codes=codes):
            rows, labels, _ = sample(X, codes, None, 2 * n_rows, seed)
            return rows.to_numpy(dtype=float), labels

        yield name, draw


def measure(way, python, folder, y_test, n_threads):
    """Run one way on the data in a folder; scores, times and memory."""
    try:
        found = in_process(HERE / "_peer.py", way, folder, n_threads, python=python)
    except RuntimeError as error:
        return {"failed": str(error)}
    found["probabilities"] = probabilities = np.load(Path(folder, "probabilities.npy"))
    clipped = np.clip(found.pop("probabilities"), 1e-6, 1.0)
    clipped /= clipped.sum(axis=1, keepdims=True)
    found["log-loss"] = float(log_loss(y_test, clipped))
    found["accuracy"] = float(accuracy_score(y_test, probabilities.argmax(axis=1)))
    scores = clipped[:, 1] if clipped.shape[1] == 2 else clipped
    found["AUC"] = float(roc_auc_score(y_test, scores, multi_class="ovr"))
    return found


def summarise(raw):
    """Return the rows of the table: means over the seeds."""
    rows = []
    for runs in group(raw, ("task", "student", "way")):
        first = runs[0]
        row = {key: first[key] for key in ("task", "student", "way")}
        done = [run for run in runs if "failed" not in run]
        if not done:
            row["log-loss"] = first["failed"]
        for key in ("log-loss", "AUC", "accuracy") if done else ():
            values = [run[key] for run in done]
            error = np.std(values, ddof=1) / len(values) ** 0.5 if values[1:] else 0.0
            row[key] = f"{np.mean(values):.4f} ± {error:.4f}"
        for key, shown, places in (
            ("fit", "fit, s", 2),
            ("predict", "predict, s", 3),
            ("peak", "peak, MB", 0),
        ):
            if done:
                row[shown] = f"{np.median([run[key] for run in done]):.{places}f}"
        rows.append(row)
    return rows


def main():
    parser = options(__doc__)
    parser.add_argument("data", nargs="?", type=Path, help="folder of data sets")
    parser.add_argument("--environments", type=Path, help="where to keep the peers'")
    known = (*PACKAGES, *BY_HAND)
    parser.add_argument("--peers", nargs="+", choices=known, help="all by default")
    parser.add_argument("--rows", type=int, default=4000, help="for training")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="of every way")
    args = parser.parse_args()
    if args.quick:
        args.rows, args.seeds = 1000, 1
    raw = []
    with tempfile.TemporaryDirectory() as scratch:
        where = (args.environments or Path(scratch, "environments")).absolute()
        chosen = args.peers or known
        pythons = {name: install(name, where) for name in chosen}
        pythons[None] = sys.executable
        students = {""} | {s for _, name, _, s in WAYS if name in chosen}
        for name in chosen:
            if pythons[name] is None:
                print(f"{name} is left out: it is not installed in {where}.")
        tasks = make_tasks(args.data, args.rows)
        for task, draw in islice(tasks, 1 if args.quick else None):
            for seed in range(args.seeds):
                X, X_test, y, y_test = train_test_split(
                    *draw(seed), test_size=0.5, random_state=seed
                )
                for way, environment, name, student in WAYS:
                    if not pythons.get(environment) or student not in students:
                        continue
                    run = {"task": task, "way": name, "student": student, "seed": seed}
                    with tempfile.TemporaryDirectory(dir=scratch) as folder:
                        np.savez(Path(folder, "data.npz"), X=X, y=y, X_test=X_test)
                        found = measure(
                            way, pythons[environment], folder, y_test, args.threads
                        )
                    raw.append({**run, **found})
                    print(raw[-1], flush=True)
    args.environments = None  # A folder of this machine is nobody else's business.
    name = "_".join(["peers", *(args.peers or ())])
    if args.threads > 1:
        name += "_threads"
    write(name, summarise(raw), args, note=NOTE, raw=raw)


if __name__ == "__main__":
    main()
