"""A central laboratory teaches the local hospital.

In the National Wilms Tumor Study two pathologists read each tumour: one at the child's
own hospital, one at the central reference laboratory. The second reading predicts
relapse better, but where the model is used only the first exists. The teacher learns
from both readings; the student never sees the second, and learns from the teacher.

Run it as ``python examples/central_lab.py``. It prints the scores of teacher, plain
student and distilled student fold by fold, and whether distillation helped; it saves
two pictures.
"""

import argparse
from pathlib import Path

import numpy as np
from catboost import CatBoostClassifier
from sklearn.model_selection import RepeatedStratifiedKFold

from skdistill import DistilledClassifier, distillation_report
from skdistill.datasets import load_wilms
from skdistill.report import GainDisplay, TradeOffDisplay


def main():
    """Distil, and report whether it was worth it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path(), help="for the pictures")
    parser.add_argument("--quick", action="store_true", help="few trees and folds")
    args = parser.parse_args()

    wilms = load_wilms()
    print(
        f"{len(wilms.target)} children, {wilms.target.sum()} relapses. The student "
        f"sees {', '.join(wilms.regular_features)}; the teacher sees "
        f"{', '.join(wilms.privileged_features)} as well.\n"
    )
    booster = CatBoostClassifier(
        iterations=20 if args.quick else 200, learning_rate=0.05, depth=4
    )
    model = DistilledClassifier(
        teacher=booster,
        student=booster,
        student_features=wilms.regular_features,
        random_state=0,
    )
    report = distillation_report(
        model,
        wilms.data,
        wilms.target,
        scoring=["roc_auc", "log_loss"],
        cv=RepeatedStratifiedKFold(
            n_splits=2 if args.quick else 5, n_repeats=2, random_state=0
        ),
        random_state=0,
        verbose=1,
    )
    scores = report.frame().query("metric == 'roc_auc'")
    scores = scores.pivot(index="fold", columns="model", values="value")
    print("\nROC AUC on each fold")
    print(scores[["teacher", "baseline", "control", "distilled"]].round(4), "\n")
    print(report)

    args.folder.mkdir(parents=True, exist_ok=True)
    for name, display in (("gain", GainDisplay), ("trade_off", TradeOffDisplay)):
        path = args.folder / f"central_lab_{name}.png"
        picture = display.from_report(report).plot()
        picture.figure_.savefig(path, dpi=150, bbox_inches="tight")
        print(f"Saved {path}.")

    model.fit(wilms.data, wilms.target)
    bedside = wilms.data[wilms.regular_features].head(3)
    relapse = np.round(model.predict_proba(bedside)[:, 1], 3)
    print("\nPredicted without the central laboratory:")
    print(bedside.assign(probability_of_relapse=relapse))


if __name__ == "__main__":
    main()
