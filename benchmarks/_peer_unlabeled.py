"""AutoGluon with rows without labels: `python _peer_unlabeled.py WAY FOLDER`.

Run in AutoGluon's environment. FOLDER holds labeled.csv, unlabeled.csv, test.csv and
settings.json; the predictions are left in it.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from autogluon.common.features.feature_metadata import FeatureMetadata
from autogluon.tabular import TabularPredictor


def main():
    way, folder = sys.argv[1], Path(sys.argv[2])
    settings = json.loads((folder / "settings.json").read_text())
    labeled, unlabeled, test = (
        pd.read_csv(folder / f"{name}.csv") for name in ("labeled", "unlabeled", "test")
    )
    privileged, model = settings["privileged"], settings["model"]
    given, of_student = {}, {}
    if way == "expert":
        marks = {name: ["privileged"] for name in privileged}
        given = {
            "feature_metadata": FeatureMetadata.from_df(
                labeled.drop(columns="y")
            ).add_special_types(marks),
            "num_bag_folds": 5,
            "ag_args_ensemble": {"fold_fitting_strategy": "sequential_local"},
        }
        extra = {"invalid_special_types": ["privileged"]}
        of_student = {"ag.get_features_kwargs_extra": extra}
    predictor = TabularPredictor(
        "y", problem_type=settings["task"], path=str(folder / "models"), verbosity=0
    ).fit(
        labeled,
        hyperparameters={"GBM": model},
        num_cpus=1,
        fit_weighted_ensemble=False,
        **given,
    )
    (student,) = predictor.distill(
        augmentation_data=unlabeled,
        hyperparameters={"GBM": {**model, **of_student}},
        verbosity=0,
    )[:1]
    # It wants all columns in prediction; what production lacks is missing.
    test = test.reindex(columns=labeled.columns.drop("y"))
    if settings["task"] == "binary":
        predicted = predictor.predict_proba(test, model=student).to_numpy()[:, 1]
    else:
        predicted = predictor.predict(test, model=student).to_numpy()
    np.save(folder / "predicted.npy", predicted)
    print(json.dumps({}))


if __name__ == "__main__":
    main()
