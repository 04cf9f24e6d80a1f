"""The gradient of the distillation loss, against finite differences of the loss."""

import tracemalloc
from dataclasses import replace
from threading import get_ident

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import log_softmax

from skdistill.students._gradients import DistillationGradient
from skdistill.students._task import Loss, StudentTask


def make_task(n_classes, alpha, temperature, n_samples=12):
    rng = np.random.default_rng(0)
    q = rng.dirichlet(np.full(n_classes, 0.7), n_samples)
    q[0] = np.eye(n_classes)[1]  # a teacher that is certain
    labels = rng.integers(n_classes, size=n_samples)
    return StudentTask(
        loss=Loss("classification", alpha, n_classes, temperature=temperature),
        targets=alpha * q + (1 - alpha) * np.eye(n_classes)[labels],
        responses=q,
        labels=labels,
        classes=np.arange(n_classes),
    )


def losses(raw, task):
    """The loss of every row, written down as its documentation does."""
    loss = task.loss
    T = loss.temperature
    z = np.column_stack([np.zeros_like(raw), raw]) if raw.ndim == 1 else raw
    tempered = task.responses ** (1 / T)
    tempered /= tempered.sum(axis=1, keepdims=True)
    soft = -(tempered * log_softmax(z / T, axis=1)).sum(axis=1)
    hard = -log_softmax(z, axis=1)[np.arange(len(z)), task.labels]
    return loss.alpha * T**2 * soft + (1 - loss.alpha) * hard


@pytest.mark.parametrize("alpha", [0.3, 1.0])
@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize(
    ("n_classes", "one_score"), [(2, True), (2, False), (4, False)]
)
def test_derivatives_are_those_of_the_loss(n_classes, one_score, temperature, alpha):
    task = make_task(n_classes, alpha, temperature)
    shape = len(task.labels) if one_score else (len(task.labels), n_classes)
    raw = np.random.default_rng(1).normal(scale=2, size=shape)
    gradient, hessian = DistillationGradient.of_task(task)(raw)
    assert gradient.shape == hessian.shape == raw.shape

    h = 1e-4
    for column in range(1 if one_score else n_classes):
        step = h if one_score else h * np.eye(n_classes)[column]
        up, here, down = (losses(raw + s, task) for s in (step, 0 * step, -step))
        where = slice(None) if one_score else (slice(None), column)
        assert_allclose(gradient[where], (up - down) / (2 * h), atol=1e-6)
        assert_allclose(hessian[where], (up - 2 * here + down) / h**2, atol=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_single_precision_agrees_with_double(temperature):
    task = make_task(5, 0.4, temperature)
    raw = np.random.default_rng(1).normal(scale=4, size=(12, 5)).astype(np.float32)
    single = DistillationGradient.of_task(task, np.float32)(raw)
    double = DistillationGradient.of_task(task)(raw.astype(np.float64))
    for found, expected in zip(single, double, strict=True):
        assert found.dtype == np.float32
        assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_scores_are_not_touched(order):
    task = make_task(3, 0.4, 2.0)
    raw = np.asarray(np.random.default_rng(1).normal(size=(12, 3)), order=order)
    before = raw.copy()
    DistillationGradient.of_task(task)(raw)
    assert_allclose(raw, before, rtol=0)


def test_scores_far_out_overflow_nowhere():
    task = make_task(3, 1.0, 1.0)
    raw = np.array([[1e4, 0.0, -1e4]] * 12)
    gradient, hessian = DistillationGradient.of_task(task)(raw)
    assert_allclose(gradient + task.targets, [[1.0, 0.0, 0.0]] * 12, atol=1e-12)
    assert_allclose(hessian, 0.0, atol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_blocks_on_several_threads_change_nothing(monkeypatch, n_classes, temperature):
    monkeypatch.setattr("skdistill.students._gradients._BLOCKS_PER_THREAD", 1)
    n_samples = 40_000
    rng = np.random.default_rng(0)
    task = make_task(n_classes, 0.4, temperature, n_samples)
    task = replace(task, alphas=rng.choice([0.4, 1.0], n_samples))
    shape = n_samples if n_classes == 2 else (n_samples, n_classes)
    raw = rng.normal(size=shape).astype(np.float32)
    rows = np.arange(n_samples - 50, n_samples)
    few = DistillationGradient.of_task(task.rows(rows), np.float32)(raw[rows])
    for n_threads in (1, 3):
        found = DistillationGradient.of_task(task, np.float32, n_threads)(raw)
        for of_all, of_few in zip(found, few, strict=True):
            assert of_all.dtype == np.float32
            assert_array_equal(of_all[rows], of_few)


def test_threads_are_for_many_rows():
    gradient = DistillationGradient.of_task(make_task(3, 0.4, 1.0), n_threads=4)
    threads = set()

    def fill(rows):
        threads.add(get_ident())

    gradient.in_blocks(fill, (20_000, 10))
    assert threads == {get_ident()}
    threads.clear()
    gradient.in_blocks(fill, (1_000_000, 10))
    assert threads.isdisjoint({get_ident()})


def test_memory_is_that_of_what_is_returned():
    n_samples, n_classes = 100_000, 10
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(n_samples, n_classes)).astype(np.float32)
    gradient = DistillationGradient(np.full_like(raw, 0.1).T, 1.0, 1.0)
    tracemalloc.start()
    gradient(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.3 * raw.nbytes


def test_lightgbm_has_an_alpha_for_each_row_beyond_a_block():
    n_samples = 40_000
    task = make_task(2, 0.4, 2.0, n_samples)
    alphas = np.where(np.arange(n_samples) % 2, 0.4, 1.0)
    task = replace(task, alphas=alphas)
    raw = np.random.default_rng(1).normal(size=n_samples)
    objective = pytest.importorskip("skdistill.students._lightgbm").gradient_objective(
        task, np.zeros(1)
    )
    first, second = DistillationGradient.of_task(task)(raw)
    gradient, hessian = objective(None, raw)
    assert_allclose(gradient, first, atol=1e-6)
    assert_allclose(hessian, second, atol=1e-6)
