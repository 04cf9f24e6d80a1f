"""Response-based knowledge: the student learns what the teacher predicts."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from skdistill.input._checks import check_above_zero, check_in_interval, check_option
from skdistill.input._rows import finite_rows
from skdistill.input._targets import as_predictions
from skdistill.objectives._calibration import calibrated
from skdistill.objectives._corrections import Extremes, corrected, within_range
from skdistill.students._adapter import StudentAdapter
from skdistill.students._task import Loss, StudentTask


class Response(BaseEstimator):
    """Match the teacher's responses: probabilities, or predicted values.

    The student minimises::

        alpha * T**2 * CE(softmax(log q / T), softmax(z / T))
            + (1 - alpha) * CE(y, softmax(z))

    for teacher responses q, labels y and its own scores z [1]_, or
    the squared errors with the same weights in regression. ``alpha`` belongs to the
    estimator.

    Parameters
    ----------
    temperature : float, default=1.0
        T above. Larger values give weight to the classes that are unlikely to the
        teacher, which matters where the teacher is nearly certain. At 1 the loss is one
        cross-entropy to ``alpha * q + (1 - alpha) * onehot(y)``, which every student
        can learn. Elsewhere the student must take a gradient (XGBoost, LightGBM), or
        `alpha` must be 1 and the student's scores scalable (CatBoost,
        LogisticRegression, MLPClassifier, HistGradientBoostingClassifier).
    correction : float >= 0, "auto" or None, default=None
        c of the loss correction of [2]_: the response q becomes
        ``q + g * (y - q)`` with ``g = c / (c + |y - q|**2)``, a step towards the label
        of at most ``sqrt(c) / 2``. Small c corrects small errors only, large c leaves
        the label. It keeps a weak teacher from dragging the student down. For several
        classes ``|y - q|**2`` is half the squared distance of onehot(y) and q; in
        regression c is in units of y squared. "auto" chooses c by the student's
        out-of-fold loss, with the labels themselves and the uncorrected response in
        the running.
    scale : {"probability", "logit"}, default="probability"
        What a *regressor* is trained on when it is the student of a classifier:
        probabilities, or log-odds (log-probabilities for more than two classes).
    clip : float, default=1e-3
        Distance that probabilities keep from 0 before a logarithm is taken, in
        [1e-12, 0.49]. Smaller values suit a calibrated smooth teacher, larger ones a
        forest that predicts exact zeros.
    calibrate : bool or "auto", default=False
        Whether one temperature is fitted to the teacher's predictions, so that they fit
        the labels, before anything else is done with them [3]_; in regression one
        slope, towards their mean. It softens a teacher that is too sure of itself, as
        one that overfits is, and costs no fit. The temperature or slope of a row is
        fitted to the labels of other rows. Predictions for rows without a label
        are means over the fold teachers, which are less sure, and stay as they are, as
        do those for perturbed copies; where there are such rows, calibration brings
        little, and nothing with a teacher that stops early. A student with few
        parameters averages over predictions by itself; calibration can then harm.
        "auto" chooses by the student's out-of-fold loss, with the labels themselves and
        the predictions as they are in the running; beside ``alpha="auto"`` it costs
        students, but no teacher.

    References
    ----------
    .. [1] G. Hinton, O. Vinyals, J. Dean, "Distilling the knowledge in a neural
       network", 2015.
    .. [2] T. Dao, G. M. Kamath, V. Syrgkanis, L. Mackey, "Knowledge distillation as
       semiparametric inference", ICLR 2021.
    .. [3] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural
       networks", ICML 2017.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skdistill import DistilledClassifier
    >>> from skdistill.objectives import Response
    >>> X, y = make_classification(random_state=0)
    >>> distilled = DistilledClassifier(
    ...     LogisticRegression(), objective=Response(temperature=4), alpha=1.0
    ... )
    >>> distilled.set_params(objective__temperature=2.0).fit(X, y).score(X, y)
    0.93
    """

    def __init__(
        self,
        temperature: float = 1.0,
        *,
        correction: float | Literal["auto"] | None = None,
        scale: Literal["probability", "logit"] = "probability",
        clip: float = 1e-3,
        calibrate: bool | Literal["auto"] = False,
    ):
        self.temperature = temperature
        self.correction = correction
        self.scale = scale
        self.clip = clip
        self.calibrate = calibrate

    def loss(
        self,
        kind: Literal["classification", "regression"],
        alpha: float,
        n_outputs: int,
    ) -> Loss:
        """Check the parameters and state the student's loss."""
        self.check()
        if kind == "regression" and self.temperature != 1.0:
            raise ValueError(
                f"temperature of Response softens probabilities; in regression it must "
                f"be 1, got {self.temperature!r}."
            )
        about = (float(self.temperature), self.scale, float(self.clip))
        return Loss(kind, alpha, n_outputs, *about)

    def check(self) -> None:
        """Raise unless the parameters are such as they can be."""
        check_above_zero(self.temperature, "temperature", "Response")
        if not (self.correction is None or isinstance(self.correction, str)):
            check_in_interval(self.correction, "correction", "Response", 0.0, np.inf)
        elif self.correction is not None:
            check_option(self.correction, "correction", "Response", ("auto",))
        options = (True, False, "auto")
        check_option(self.calibrate, "calibrate", "Response", options)
        check_option(self.scale, "scale", "Response", ("probability", "logit"))
        check_in_interval(self.clip, "clip", "Response", 1e-12, 0.49)

    def task(
        self,
        loss: Loss,
        responses: NDArray[np.float64] | None,
        labels: NDArray,
        classes: NDArray | None = None,
        sample_weight: NDArray[np.float64] | None = None,
        seed: int = 0,
        *,
        correction: float | None = None,
        labeled: NDArray[np.bool_] | None = None,
        adapter: StudentAdapter | None = None,
        extremes: Extremes | None = None,
    ) -> StudentTask:
        """Mix responses and labels into the targets of one student.

        A row without a response (NaN) keeps its label, a row without a label its
        response.

        Parameters
        ----------
        loss : Loss
            From `loss`.
        responses : ndarray or None
            The teacher's out-of-fold responses, of shape (n_samples, n_classes) in
            classification and of the shape of `labels` in regression. None where
            ``loss.alpha`` is 0.
        labels : ndarray
            Class codes 0..k-1 of shape (n_samples,), or values.
        classes, sample_weight, seed : ndarray, ndarray and int
            Handed on; see StudentTask.
        correction : float or None, default=None
            c of the loss correction; the estimator resolves "auto".
        labeled : ndarray of bool of shape (n_samples,) or None, default=None
            Which rows have a label; None is all.
        adapter : StudentAdapter or None, default=None
            What trains the student, from `adapter_for`.
        extremes : Extremes or None, default=None
            Of all rows in regression, where these are a part; None is of these rows.

        Returns
        -------
        StudentTask
        """
        alphas = None
        if responses is None:
            hard = responses = as_predictions(labels, classes)
        else:
            if self.calibrate:
                about = (responses, labels, labeled, classes, sample_weight)
                responses = calibrated(*about, loss.clip)
            if classes is None:
                if extremes is None:
                    y = labels if labeled is None else labels[labeled]
                    extremes = Extremes.of(responses, y)
                responses = within_range(responses, extremes)
            if labeled is not None:
                labels = _with_pseudo_labels(labels, responses, classes, labeled)
            hard = as_predictions(labels, classes)
            alphas = _row_alphas(loss.alpha, responses, labeled)
            if alphas is not None:
                responses = np.where(_as_column(alphas > 0.0, hard), responses, hard)
            if correction is not None:
                one_hot = classes is not None
                moved = corrected(responses, hard, correction, one_hot=one_hot)
                if labeled is not None:  # Without a label there is nothing to correct.
                    moved = np.where(_as_column(labeled, hard), moved, responses)
                responses = moved
        targets = hard
        if loss.alpha > 0.0:
            alpha = loss.alpha if alphas is None else _as_column(alphas, hard)
            targets = alpha * responses + (1.0 - alpha) * hard
        return StudentTask(
            loss,
            targets,
            responses,
            labels,
            classes,
            sample_weight,
            seed,
            alphas=alphas,
            labeled=labeled,
            adapter=adapter,
        )


def _with_pseudo_labels(
    labels: NDArray,
    responses: NDArray,
    classes: NDArray | None,
    labeled: NDArray[np.bool_],
) -> NDArray:
    """Fill the labels of unlabeled rows with what is most probable there."""
    filled = labels.copy()
    guessed = responses[~labeled]
    filled[~labeled] = guessed if classes is None else guessed.argmax(axis=1)
    return filled


def _row_alphas(
    alpha: float, responses: NDArray, labeled: NDArray[np.bool_] | None
) -> NDArray[np.float64] | None:
    """Weight of the teacher for each row; None where it is the same for all."""
    has_response = finite_rows(responses)
    if has_response.all() and labeled is None:
        return None
    alphas = np.where(has_response, alpha, 0.0)
    if labeled is not None:
        alphas[~labeled] = 1.0
    return alphas


def _as_column(by_row: NDArray, values: NDArray) -> NDArray:
    """Let a value for each row broadcast over the outputs."""
    return by_row if values.ndim == 1 else by_row[:, None]
