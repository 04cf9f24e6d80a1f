"""Did distillation help here? One outer cross-validation answers.

1. Check the data, and plan one part for each role, fold and training size.
2. Train each part once; it answers for its test rows, and is scored.
3. Put answers side by side: scores, fidelity, reliability, cost, findings.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.parallel import Parallel, delayed

from skdistill.input._checks import check_count, check_in_interval
from skdistill.report._answering import answered_methods
from skdistill.report._assemble import assemble_tables, learning_curve
from skdistill.report._data import (
    OWNER,
    check_data,
    check_ours,
    outer_splits,
    resolve_sizes,
)
from skdistill.report._facts import (
    describe,
    find_leak,
    score_findings,
    setting_findings,
)
from skdistill.report._measure import RunResult, measure
from skdistill.report._plan import (
    Roles,
    check_fits,
    drawn_parts,
    make_roles,
    whole_parts,
)
from skdistill.report._progress import Progress
from skdistill.report._result import DistillationReport
from skdistill.report._scoring import resolve_metrics
from skdistill.report._threshold import lacks_other_folds


def distillation_report(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    cv: Any = None,
    scoring: Any = None,
    groups: Any = None,
    sample_weight: Any = None,
    control: bool = True,
    train_sizes: Any = None,
    n_repeats: int = 1,
    confidence: float = 0.95,
    n_jobs: int | None = None,
    random_state: Any = None,
    progress: bool | None = None,
) -> DistillationReport:
    """Find out whether distillation helps on these data, and what it costs.

    On the same outer folds four models are trained once and compared: the teacher on
    all its columns, the student on labels alone, the distilled student, and the
    control: the student of the same teacher when that sees only the student's columns.
    What the control gains over labels is smoothing; what the distilled student gains
    over the control is privileged information.

    Parameters
    ----------
    estimator : DistilledClassifier or DistilledRegressor
        Fitted or not; only copies are trained.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        Columns of teacher and student.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Labels or values.
    cv : int, splitter or iterable of (train, test), default=None
        Outer folds. None and numbers: folds stratified by class in classification,
        and of whole groups where `groups` are given; None is 5. Repeated splitters
        narrow the intervals.
    scoring : str, callable, list of str or dict, default=None
        Metrics by scikit-learn's names, or "log_loss", "brier", "macro_f1" and "rmse",
        or ``{name: name or callable}``. The first one leads the verdict and the label
        efficiency. None: log-loss, ROC AUC (one class against the rest), accuracy,
        macro F1 (two classes: at a threshold tuned on the training part of each fold)
        and Brier score; R2 and RMSE in regression.
    groups : array-like of shape (n_samples,), default=None
        For the outer folds, and for those of `estimator` if its `cv` or `student_cv`
        takes groups.
    sample_weight : array-like of shape (n_samples,), default=None
        Row weights in training and in scores.
    control : bool, default=True
        Whether to train the control, which costs one more out-of-fold teacher a fold.
        It is left out where teacher and student see the same columns.
    train_sizes : array-like of int or float, default=None
        Training rows (or shares of the smallest training part of a fold) for a learning
        curve of labels only, control and distilled on the same draws. It tells how many
        labelled rows distillation is worth. None: no learning curve.
    n_repeats : int, default=1
        Draws for each size and fold.
    confidence : float, default=0.95
        Level of the intervals.
    n_jobs : int, default=None
        Models trained at a time. The figures, times apart, do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seeds the draws, and `estimator` where its own `random_state` is None.
    progress : bool, default=None
        Whether to draw a progress bar on standard error. None: in terminals and
        notebooks.

    Returns
    -------
    DistillationReport

    Raises
    ------
    TypeError
        If `estimator` is not one of this package's.
    ValueError
        Before anything is trained: for rows that are too few for the folds or the
        training sizes, a scorer that the task lacks, and bad parameters.

    Notes
    -----
    The figures are of the estimator as it is: with ``alpha="auto"`` each fold chooses
    anew. A threshold is tuned on the answers of the other folds' models for the rows
    of the training part, so that no model tunes it on rows it was trained on; these
    other models did see the labels of the test rows.

    Examples
    --------
    The teacher knows which three of fifty columns matter.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from skdistill import DistilledClassifier
    >>> from skdistill.datasets import make_lopez_paz
    >>> from skdistill.report import distillation_report
    >>> data = make_lopez_paz("relevant_features", 400, random_state=0)
    >>> model = DistilledClassifier(
    ...     LogisticRegression(),
    ...     alpha=1.0,
    ...     teacher_features=data.privileged_features,
    ...     student_features=data.regular_features,
    ... )
    >>> report = distillation_report(
    ...     model, data.data, data.target, scoring="accuracy"
    ... )
    >>> report.verdict
    'helped'
    >>> report.summary()[["labels", "control", "distilled", "teacher"]].round(2)
       labels  control  distilled  teacher
    0    0.92      0.9       0.97     0.99
    """
    start = time.perf_counter()
    check_ours(estimator)
    confidence = check_in_interval(confidence, "confidence", OWNER, 0.5, 0.999)
    n_repeats = check_count(n_repeats, "n_repeats", OWNER)
    data = check_data(estimator, X, y, sample_weight, groups)
    splits, outer_groups = outer_splits(cv, data)
    metrics, unweighted = resolve_metrics(
        scoring,
        data.X,
        data.y,
        data.classes,
        answered_methods(estimator),
        data.sample_weight,
    )
    sizes = resolve_sizes(train_sizes, splits)
    rng = check_random_state(random_state)
    seeds = rng.randint(np.iinfo(np.int32).max, size=2)
    seed = None if random_state is None else int(seeds[0])
    roles = make_roles(estimator, data, control, seed)
    if sizes and all(metric.compute is None for metric in metrics):
        raise ValueError(
            f"train_sizes of {OWNER} need a metric besides macro_f1, whose threshold "
            "is tuned on whole training parts only. Add one to scoring."
        )
    tuned = any(metric.compute is None for metric in metrics)
    in_sample = lacks_other_folds(splits, data.y) if tuned else [False for _ in splits]
    parts = whole_parts(roles, splits, in_sample) + drawn_parts(
        roles, splits, sizes, n_repeats, data, rng
    )

    check_fits(roles, parts, data)

    with _shared_memory(roles, estimator):
        outcomes = _train(roles, parts, data, metrics, n_jobs, progress)

    roles, outcomes = _without_failed_control(roles, outcomes)
    whole = [o for o in outcomes if o.part.size is None]
    answers = {(o.part.role, o.part.fold): o.answer for o in whole}
    tables = assemble_tables(whole, answers, splits, data, metrics, int(seeds[1]))
    if sizes:
        tables["learning_curve"] = learning_curve(outcomes, metrics, splits)
    info = {
        **describe(estimator, data, splits, roles, whole, confidence),
        "n_jobs": n_jobs,
        "models": len(outcomes),
        "model_seconds": float(sum(o.seconds for o in outcomes)),
        "seconds": time.perf_counter() - start,
    }
    findings = [
        *setting_findings(estimator, data, roles, outer_groups, unweighted),
        *score_findings(tables["scores"], metrics, info),
    ]
    leak = find_leak(answers, splits, data, roles)
    if leak is not None:
        findings.insert(0, leak)
    stored = tuple(replace(metric, compute=None) for metric in metrics)
    return DistillationReport(info, stored, tables, tuple(findings))


@contextmanager
def _shared_memory(roles, estimator):
    """Let the control use the regular teacher that the distilled student trained."""
    mixes = estimator.privileged_weight != 1.0 and "control" in roles.estimators
    if not mixes or estimator.memory is not None:
        yield
        return
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for role in ("distilled", "control"):
            roles.estimators[role].set_params(memory=folder)
        yield


def _train(roles, parts, data, metrics, n_jobs, progress):
    tasks = (
        delayed(measure)(
            roles.estimators[part.role],
            part,
            data,
            metrics,
            keep_model=part.fold == 0 and part.size is None and part.role != "control",
        )
        for part in parts
    )
    outcomes = []
    with Progress(len(parts), progress) as bar:
        for outcome in Parallel(n_jobs=n_jobs, return_as="generator")(tasks):
            outcomes.append(outcome)
            part = outcome.part
            rows = "" if part.size is None else f", {part.size} rows"
            bar.step(f"{part.role}, fold {part.fold + 1}{rows}")
    return outcomes


def _without_failed_control(
    roles: Roles, outcomes: Sequence[RunResult]
) -> tuple[Roles, list[RunResult]]:
    """Leave the control out everywhere if one of its parts failed."""
    errors = [o.error for o in outcomes if o.error]
    if not errors:
        return roles, list(outcomes)
    estimators = {k: v for k, v in roles.estimators.items() if k != "control"}
    reason = f"its training failed ({errors[0]})"
    return (
        replace(roles, estimators=estimators, no_control=reason),
        [o for o in outcomes if o.part.role != "control"],
    )
