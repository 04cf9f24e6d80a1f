"""Did distillation help here? One outer cross-validation, summed up.

1. Check the data, and plan one run for each arm, fold and training size.
2. Train each run once; it predicts its test rows, and is scored.
3. Put results side by side: scores, fidelity, reliability, cost, findings.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.utils.parallel import delayed

from skdistill.input._checks import check_in_interval, check_verbose, make_random_state
from skdistill.input._parallel import run_in_order
from skdistill.input._warnings import tell, warn
from skdistill.report._arms import Arms, make_arms
from skdistill.report._assemble import describe, make_tables
from skdistill.report._data import check_data, outer_splits
from skdistill.report._draws import Draws, check_can_hide, check_draws
from skdistill.report._findings import score_findings, setting_findings
from skdistill.report._leaks import leak_findings
from skdistill.report._metrics import resolve_metrics
from skdistill.report._render import seconds
from skdistill.report._result import DistillationReport
from skdistill.report._runs import (
    RunResult,
    check_runs,
    fit_and_score,
    plan_runs,
    with_shared_folds,
)
from skdistill.report._sharing import can_share_folds, count_fits, use_store
from skdistill.report._wrappers import OWNER, inner_estimator, search_in
from skdistill.selection._precomputed import prediction_methods
from skdistill.teachers._fits import FitStore

# The others cost what the distilled student costs.
_COSTED = ("teacher", "baseline", "distilled")


def distillation_report(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    cv: Any = None,
    scoring: Any = None,
    groups: Any = None,
    sample_weight: Any = None,
    params: Mapping[str, Any] | None = None,
    control: bool = True,
    train_sizes: Any = None,
    unlabeled_sizes: Any = None,
    hidden_labels: float | None = None,
    n_repeats: int = 1,
    confidence: float = 0.95,
    n_jobs: int | None = None,
    random_state: Any = None,
    verbose: int = 0,
) -> DistillationReport:
    """Find out whether distillation helps on these data, and what it costs.

    Four models are trained and compared on the same outer folds: the teacher on all
    its columns; the baseline, which is the student on labels alone; the distilled
    student; and the control, which is the student of the same teacher on the student's
    columns only. What the control gains over the baseline is smoothing; what the
    distilled student gains over the control comes from the privileged columns. With
    rows without labels there is a fifth model, the distilled student without these
    rows; what they bring is then a third part of the gain.

    Parameters
    ----------
    estimator : estimator
        One of this package's, alone, as the last step of a Pipeline or inside a search.
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
        and Brier score; R2 and RMSE, each the mean over outputs, in regression.
    groups : array-like of shape (n_samples,), default=None
        For the outer folds, and for those of `estimator` if its `cv` or `student_cv`
        takes groups.
    sample_weight : array-like of shape (n_samples,), default=None
        Row weights in training and in scores.
    params : dict, default=None
        Further metadata of `fit`. ``soft_targets`` of a precomputed teacher are split
        along with X, and scored as the teacher. ``X_unlabeled``, but for rows that
        equal rows of X, goes whole to the distilled student of each fold.
    control : bool, default=True
        Whether to train the control, which costs one more out-of-fold teacher a fold.
        It is left out where teacher and student see the same columns.
    train_sizes : array-like of int or float, default=None
        Training rows (or shares of the smallest training part of a fold) for a learning
        curve of baseline, control and distilled student on the same draws. It tells how
        many labelled rows distillation is worth. None: no learning curve.
    unlabeled_sizes : array-like of int or float, default=None
        Numbers of rows without labels (or shares of them) for a learning curve of the
        distilled student over their number. None: no such curve.
    hidden_labels : float, default=None
        Share of the training rows whose labels are hidden, to see what these rows bring
        without their labels, and what their labels would bring. It shows whether to
        collect rows without labels if you have none. The teacher needs columns of its
        own. Two more models are trained a fold. None: nothing is hidden.
    n_repeats : int, default=1
        Draws for each size of a learning curve and fold.
    confidence : float, default=0.95
        Level of the intervals.
    n_jobs : int, default=None
        Models trained at a time. The figures, times apart, do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seeds the draws, and `estimator` where its own `random_state` is None.
    verbose : int, default=0
        Above 0, a line says how many fits are ahead, and one after each model how long
        the others may take.

    Returns
    -------
    DistillationReport

    Raises
    ------
    TypeError
        If `estimator` is not, and does not hold, one of this package's.
    ValueError
        Before anything is trained: for rows that are too few for the folds or the
        training sizes, a scorer that the task lacks, and bad parameters.

    Notes
    -----
    The figures are of the estimator as it is: with ``alpha="auto"`` each fold chooses
    anew. A threshold is tuned on what the models of the other folds predict for the
    rows of the training part, so that no model tunes it on rows it was trained on;
    these other models did see the labels of the test rows.

    Equal fits are done once, unless the estimator has a `memory` of its own, which is
    then used. If the report has five folds or more and `cv` of the estimator is None,
    or one less than the folds of the report, the estimator uses the report's other
    folds: a teacher that saw neither of two folds then serves the models of both. With
    any other `cv` the models of one outer fold share no fit with those of another.

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
    >>> report.summary()[["baseline", "control", "distilled", "teacher"]].round(2)
       baseline  control  distilled  teacher
    0      0.92      0.9       0.97     0.99
    """
    start = time.perf_counter()
    inner_estimator(estimator)
    check_verbose(verbose, OWNER)
    confidence = check_in_interval(confidence, "confidence", OWNER, 0.5, 0.999)
    data = check_data(estimator, X, y, sample_weight, groups, params)
    splits, outer_groups = outer_splits(cv, data)
    metrics = resolve_metrics(scoring, data, prediction_methods(estimator))
    asked = Draws(train_sizes, unlabeled_sizes, hidden_labels, n_repeats)
    draws = check_draws(estimator, data, splits, metrics, asked)
    rng = make_random_state(random_state, OWNER)
    seeds = rng.randint(np.iinfo(np.int32).max, size=2)
    scored = data.soft_targets is None or np.isfinite(data.soft_targets).all()
    settings: dict[str, Any] = {
        "control": control,
        "seed": int(seeds[0]),  # Of all models alike, or none could be shared.
        "unlabeled": data.unlabeled.n_rows > 0,
    }
    arms = make_arms(estimator, data.X, with_teacher=scored, **settings)
    if hidden_labels is not None:
        check_can_hide(arms, data, hidden_labels)
    runs = plan_runs(arms, splits, data, draws, rng)
    shares = can_share_folds(estimator, splits, data.groups is None or outer_groups)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        store = FitStore(folder, distinct=data.unlabeled.compared)
        for run in runs:
            use_store(run.estimator, store)
        if shares:
            runs = with_shared_folds(runs, splits)
        check_runs(runs, data)
        results = _train(runs, data, metrics, n_jobs, verbose)
        if search_in(estimator) is not None:
            further = _runs_of_found(results, data, settings)
            results += _train(further, data, metrics, n_jobs, verbose)
            runs += further

    arms, results = _without_failed_control(arms, results)
    info = {
        **describe(data, splits, arms, results),
        "inner_folds": len(splits) - 1 if shares else None,
        "fits": round(sum(map(_count_fits, runs))),
        "confidence": confidence,
        "n_jobs": n_jobs,
    }
    tables = make_tables(results, splits, data, metrics, int(seeds[1]))
    stored = tuple(replace(metric, scorer=None) for metric in metrics)
    report = DistillationReport(info, stored, tables)
    report.findings = (
        *leak_findings(results, data, arms.privileged, info["privileged_columns"]),
        *setting_findings(estimator, data, arms, outer_groups, metrics),
        *score_findings(report.summary(), metrics, info),
    )
    for finding in report.findings:
        if finding.code == "drawn-labels":
            warn(finding.message)
    info["seconds"] = time.perf_counter() - start
    return report


def _runs_of_found(results, data, settings):
    """Plan the arms that need what a search found for the distilled student."""
    runs = []
    for result in results:
        if result.run.arm == "distilled":
            arms = make_arms(result.found, data.X, **settings)
            runs += [
                replace(
                    result.run, arm=arm, estimator=arms.estimators[arm], unlabeled=None
                )
                for arm in ("teacher", "control", "labeled")
                if arm in arms.estimators
            ]
    return runs


def _train(runs, data, metrics, n_jobs, verbose):
    fits = [_count_fits(run) for run in runs]
    if verbose:
        told = f"{len(runs)} models, about {sum(fits):,.0f} fits"
        tell(f"report: {told}")
    start = time.perf_counter()
    tasks = (
        delayed(fit_and_score)(
            run,
            data,
            metrics,
            keep_model=run.fold == 0 and run.whole and run.arm in _COSTED,
        )
        for run in runs
    )
    results = []
    for result in run_in_order(n_jobs, tasks):
        results.append(result)
        if verbose:
            spent = time.perf_counter() - start
            left = spent * (sum(fits) / sum(fits[: len(results)]) - 1)
            tell(
                f"{len(results)}/{len(runs)} {result.run.arm}, fold "
                f"{result.run.fold + 1}: {seconds(spent)} spent, about "
                f"{seconds(left)} to go"
            )
    return results


def _count_fits(run):
    """Count the fits of a run; fewer rows without labels need no other teachers."""
    if run.arm == "teacher":
        return 1
    with_teachers = run.arm != "labeled" and run.part != "unlabeled"
    return count_fits(run.estimator, len(run.train), with_teachers)


def _without_failed_control(
    arms: Arms, results: Sequence[RunResult]
) -> tuple[Arms, list[RunResult]]:
    """Leave the control out everywhere if one of its runs failed."""
    errors = [result.error for result in results if result.error]
    if not errors:
        return arms, list(results)
    estimators = {k: v for k, v in arms.estimators.items() if k != "control"}
    reason = f"its training failed ({errors[0]})"
    return (
        replace(arms, estimators=estimators, no_control=reason),
        [result for result in results if result.run.arm != "control"],
    )
