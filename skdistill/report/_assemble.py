"""From the results of all folds to the tables and facts of a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skdistill.input._sklearn import safe_indexing
from skdistill.input._splits import Split
from skdistill.report._arms import Arms
from skdistill.report._cost import cost_table
from skdistill.report._data import Data
from skdistill.report._fidelity import fidelity, reliability, response_sample
from skdistill.report._metrics import Metric
from skdistill.report._models import describe_models
from skdistill.report._runs import WHOLE, RunResult, pool
from skdistill.report._summary import MODELS, STUDENTS
from skdistill.report._tables import DataFrame, concat, frame
from skdistill.report._threshold import tuned_macro_f1

_CURVES = {"rows": "learning_curve", "unlabeled": "unlabeled_curve"}
# Timing may add this share of the training time, and no more than these seconds.
_TIMING_SHARE = 0.02
_TIMING_SECONDS = 3.0


def make_tables(
    results: Sequence[RunResult],
    splits: Sequence[Split],
    data: Data,
    metrics: Sequence[Metric],
    seed: int,
) -> dict[str, DataFrame]:
    """Put the results of all folds side by side.

    Parameters
    ----------
    results : sequence of RunResult
        With the models of the first fold.
    splits, data, metrics
        What they were trained and scored on.
    seed : int
        Draws the rows that FidelityDisplay shows.

    Returns
    -------
    dict of DataFrame
        See DistillationReport.
    """
    whole = [result for result in results if result.run.whole]
    by_arm = {(result.run.arm, result.run.fold): result for result in whole}
    models = [model for model in MODELS if (model, 0) in by_arm]
    tests = [test for _, test in splits]
    scores, thresholds = _scores(by_arm, models, splits, data, metrics)
    budget = min(_TIMING_SHARE * sum(r.seconds for r in whole), _TIMING_SECONDS)
    tables = {
        "scores": scores,
        "cost": cost_table(whole, safe_indexing(data.X, tests[0]), budget),
    }
    if "teacher" in models:
        tables |= {
            "fidelity": _fidelity(by_arm, models, tests, data),
            "responses": response_sample(whole, tests, data.y, data.classes, seed),
        }
    if len(thresholds):
        tables["thresholds"] = thresholds
    if data.classes is not None:
        pooled = {
            model: values
            for model in models
            if (values := pool(whole, model, data.classes)) is not None
        }
        y = data.y[np.concatenate(tests)]
        tables["reliability"] = reliability(pooled, y, data.classes)
    chosen = [
        frame({"fold": r.run.fold, **r.selection})
        for r in whole
        if r.run.arm == "distilled" and r.selection
    ]
    if chosen:
        tables["alpha_curve"] = concat(chosen)
    largest = int(np.median([len(train) for train, _ in splits]))
    parts = {result.run.part for result in results}
    for part, name in _CURVES.items():
        if part in parts:
            tables[name] = _learning_curve(results, metrics, part, largest)
    if "hidden" in parts:
        tables["hidden_labels"] = _hidden_labels(results, metrics)
    return tables


def _scores(by_arm, models, splits, data, metrics):
    scores, thresholds = [], []
    for metric in metrics:
        for model in models:
            results = [by_arm[model, fold] for fold in range(len(splits))]
            if metric.scorer is not None:
                values = [result.scores[metric.name] for result in results]
            else:
                second = [result.probabilities[:, 1] for result in results]
                positive = data.y == data.classes[1]
                tuned = tuned_macro_f1(splits, second, positive, data.sample_weight)
                values, used = zip(*tuned, strict=True)
                thresholds += [
                    {"fold": fold, "model": model, "threshold": threshold}
                    for fold, threshold in enumerate(used)
                ]
            scores += [
                {"fold": fold, "model": model, "metric": metric.name, "value": value}
                for fold, value in enumerate(values)
            ]
    return frame(scores), frame(thresholds)


def _fidelity(by_arm, models, tests, data):
    weight = data.sample_weight
    rows = [
        {
            "fold": fold,
            "model": model,
            **fidelity(
                by_arm["teacher", fold],
                by_arm[model, fold],
                data.y[test],
                None if weight is None else weight[test],
                data.classes is not None,
            ),
        }
        for model in models
        if model in STUDENTS
        for fold, test in enumerate(tests)
    ]
    return frame(rows)


def _learning_curve(results, metrics, part, largest):
    """Collect the scores of the draws; whole parts are the largest size.

    Over rows without labels, the model that has none of them is the smallest.
    """
    rows = []
    for result in results:
        run, model = result.run, "distilled"
        if run.part not in (part, WHOLE) or run.arm not in STUDENTS:
            continue
        if part == "rows":
            size, model = largest if run.whole else len(run.train), run.arm
        elif run.arm in ("labeled", "distilled"):
            size = 0 if run.unlabeled is None else len(run.unlabeled)
        else:
            continue
        rows += _score_rows(result, metrics, draw=run.draw, rows=size, model=model)
    return frame(rows)


def _hidden_labels(results, metrics):
    """Collect the scores of the models that learnt from rows with hidden labels."""
    names = {
        ("hidden", "labeled"): "without",
        ("hidden", "distilled"): "hidden",
        (WHOLE, "distilled"): "labels",
    }
    rows = []
    for result in results:
        model = names.get((result.run.part, result.run.arm))
        if model is not None:
            rows += _score_rows(result, metrics, model=model)
    return frame(rows)


def _score_rows(result, metrics, **columns):
    """Return the scores of a run that need no other run, one row a metric."""
    first = {"fold": result.run.fold, **columns}
    return [
        first | {"metric": metric.name, "value": result.scores[metric.name]}
        for metric in metrics
        if metric.scorer is not None
    ]


def describe(
    data: Data,
    splits: Sequence[Split],
    arms: Arms,
    results: Sequence[RunResult],
) -> dict[str, Any]:
    """Return the facts of a run that a reader needs beside its figures."""
    whole = [result for result in results if result.run.whole]
    distilled = [result for result in whole if result.run.arm == "distilled"]
    models = {r.run.arm: r.model for r in whole if r.model is not None}
    names = dict.fromkeys(name for result in distilled for name in result.chosen)
    sizes = np.array([[len(train), len(test)] for train, test in splits])
    return {
        **describe_models(models["distilled"], models.get("teacher")),
        "task": "regression" if data.classes is None else "classification",
        "classes": None if data.classes is None else data.classes.tolist(),
        "rows": int(data.X.shape[0]),
        "unlabeled_rows": data.unlabeled.n_rows,
        "hidden_rows": max(
            (len(r.run.hidden) for r in results if r.run.hidden is not None), default=0
        ),
        "folds": len(splits),
        "train_rows": float(sizes[:, 0].mean()),
        "test_ratio": float(sizes[:, 1].mean() / sizes[:, 0].mean()),
        "no_control": arms.no_control,
        "chosen": {
            name: [r.chosen.get(name, np.nan) for r in distilled] for name in names
        },
        "models": len(results),
    }
