"""Answers of all folds side by side: the tables of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from skdistill.input._sklearn import safe_indexing
from skdistill.input._splits import Split
from skdistill.report._cost import cost_table
from skdistill.report._data import Data
from skdistill.report._fidelity import (
    STUDENTS,
    fidelity,
    fidelity_table,
    reliability,
    response_sample,
)
from skdistill.report._measure import Answer, RunResult
from skdistill.report._plan import Part
from skdistill.report._scoring import Metric
from skdistill.report._summary import MODELS
from skdistill.report._tables import Table, table
from skdistill.report._threshold import tuned_macro_f1

# Timing may add this share of the training time, and no more than these seconds.
_TIMING_SHARE = 0.02
_TIMING_SECONDS = 3.0


def assemble_tables(
    whole: Sequence[RunResult],
    answers: Mapping[tuple[str, int], Answer],
    splits: Sequence[Split],
    data: Data,
    metrics: Sequence[Metric],
    seed: int,
) -> dict[str, Table]:
    """Put the answers of the whole training parts side by side.

    Parameters
    ----------
    whole : sequence of Outcome
        Of the parts on all training rows, with the models of the first fold.
    answers : mapping
        Their answers by model and fold.
    splits, data, metrics
        What they were trained and scored on.
    seed : int
        Draws the rows that FidelityDisplay shows.

    Returns
    -------
    dict of tables
        See DistillationReport.
    """
    models = [model for model in MODELS if (model, 0) in answers]
    tests = [test for _, test in splits]
    soft = data.classes is not None
    scores, thresholds = _scores(answers, models, splits, data, metrics)
    compared = [
        {
            "fold": fold,
            "model": model,
            **fidelity(
                answers["teacher", fold],
                answers[model, fold],
                data.y[test],
                None if data.sample_weight is None else data.sample_weight[test],
                soft,
            ),
        }
        for model in models
        if model in STUDENTS
        for fold, test in enumerate(tests)
    ]
    tables = {
        "scores": scores,
        "fidelity": fidelity_table(compared, soft),
        "responses": response_sample(answers, tests, data.y, data.classes, seed),
        "cost": cost_table(
            whole,
            safe_indexing(data.X, tests[0]),
            min(_TIMING_SHARE * sum(o.seconds for o in whole), _TIMING_SECONDS),
        ),
    }
    if len(thresholds["fold"]):
        tables["thresholds"] = thresholds
    if soft:
        pooled = {
            model: np.concatenate(
                [answers[model, i].responses for i in range(len(tests))]
            )
            for model in models
            if answers[model, 0].responses is not None
        }
        tables["reliability"] = reliability(
            pooled, data.y[np.concatenate(tests)], data.classes
        )
    curves = [o for o in whole if o.part.role == "distilled" and o.alpha_scores]
    if curves:
        tables["alpha_curve"] = _alpha_curve(curves)
    return tables


def _scores(answers, models, splits, data, metrics):
    rows, thresholds = [], []
    for metric in metrics:
        for model in models:
            by_fold = {fold: answers[model, fold] for fold in range(len(splits))}
            if metric.compute is not None:
                values = {fold: a.scores[metric.name] for fold, a in by_fold.items()}
            else:
                tuned = _tuned(by_fold, splits, data)
                values = {fold: value for fold, (value, _) in tuned.items()}
                thresholds += [
                    {"fold": fold, "model": model, "threshold": threshold}
                    for fold, (_, threshold) in tuned.items()
                ]
            rows += [
                {"fold": fold, "model": model, "metric": metric.name, "value": value}
                for fold, value in values.items()
            ]
    return (
        table(rows, ["fold", "model", "metric", "value"]),
        table(thresholds, ["fold", "model", "threshold"]),
    )


def _tuned(by_fold, splits, data):
    def second(values):
        return None if values is None else values[:, 1]

    return tuned_macro_f1(
        splits,
        {fold: second(answer.responses) for fold, answer in by_fold.items()},
        {fold: second(answer.train_responses) for fold, answer in by_fold.items()},
        data.y == data.classes[1],
        data.sample_weight,
    )


def learning_curve(
    outcomes: Sequence[RunResult],
    metrics: Sequence[Metric],
    splits: Sequence[Split],
) -> Table:
    """Collect the scores of the draws; whole training parts are the largest size."""
    largest = int(np.median([len(train) for train, _ in splits]))
    rows = []
    for outcome in outcomes:
        part: Part = outcome.part
        if part.role == "teacher":
            continue
        rows += [
            {
                "fold": part.fold,
                "draw": 0 if part.draw is None else part.draw,
                "rows": largest if part.size is None else part.size,
                "model": part.role,
                "metric": metric.name,
                "value": outcome.answer.scores[metric.name],
            }
            for metric in metrics
            if metric.compute is not None
        ]
    return table(rows, ["fold", "draw", "rows", "model", "metric", "value"])


def _alpha_curve(outcomes):
    """Put the choices of all folds below one another."""
    columns: dict[str, list] = {"fold": []}
    for outcome in outcomes:
        scores = {k: np.asarray(v) for k, v in outcome.alpha_scores.items()}
        columns["fold"].append(np.repeat(outcome.part.fold, len(scores["alpha"])))
        for name, values in scores.items():
            columns.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in columns.items()}
