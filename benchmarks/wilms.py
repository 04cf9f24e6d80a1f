"""Wilms tumour study: is the central laboratory's reading worth anything locally.

Two times five folds. The teacher sees the central histology, the students do not;
"control" is a student taught by a teacher that does not see it either, so what
"distilled" gains over it is owed to the central laboratory.
"""

import numpy as np
from _models import boosting, distilled, score
from _run import options, write
from sklearn.model_selection import RepeatedStratifiedKFold

from skdistill.datasets import load_wilms

SETTINGS = [
    ("hgb", "shipped"),
    ("hgb", "regularised"),
    ("catboost", "shipped"),
    ("catboost", "regularised"),
]


def fold_scores(library, size, wilms, train, test, meta):
    """ROC AUC of teacher and students on one fold."""
    X, y = wilms.data.iloc[train], wilms.target.iloc[train]
    X_test, y_test = wilms.data.iloc[test], wilms.target.iloc[test]
    model = boosting(library, size, meta)
    models = {
        "teacher": boosting(library, size, meta),
        "labels": distilled(model, model, meta, alpha=0.0),
        "control": distilled(model, model, meta, teacher_features=meta["regular"]),
        "distilled": distilled(model, model, meta),
        "imitation": distilled(model, model, meta, alpha=1.0),
    }
    return {
        name: score(model.fit(X, y), X_test, y_test, meta)
        for name, model in models.items()
    }


def summary(library, size, raw):
    """Average the folds; differences are paired."""
    of = {name: np.array([row[name] for row in raw]) for name in raw[0]}

    def paired(first, second):
        difference = of[first] - of[second]
        return f"{difference.mean():+.4f} ± {difference.std(ddof=1):.4f}"

    return {
        "library": library,
        "setting": size,
        **{name: f"{values.mean():.4f}" for name, values in of.items()},
        "distilled - labels": paired("distilled", "labels"),
        "distilled - control": paired("distilled", "control"),
        "folds won": f"{(of['distilled'] > of['labels']).sum()} of {len(raw)}",
    }


def main():
    args = options(__doc__).parse_args()
    wilms = load_wilms()
    meta = {
        "task": "binary",
        "metric": "roc_auc",
        "categorical": [],
        "regular": wilms.regular_features,
    }
    splitter = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
    splits = list(splitter.split(wilms.data, wilms.target))
    raw, rows = [], []
    for library, size in SETTINGS[1::2] if args.quick else SETTINGS:
        of_setting = []
        for train, test in splits[: 2 if args.quick else None]:
            of_setting.append(fold_scores(library, size, wilms, train, test, meta))
            print(library, size, of_setting[-1], flush=True)
        rows.append(summary(library, size, of_setting))
        raw += [{"library": library, "setting": size, **r} for r in of_setting]
    write(
        "wilms",
        rows,
        args,
        note="Held-out ROC AUC; differences are paired over the folds, mean ± standard "
        "deviation. Distilled and control are half labels, half teacher; imitation is "
        "the teacher alone.",
        raw=raw,
    )


if __name__ == "__main__":
    main()
