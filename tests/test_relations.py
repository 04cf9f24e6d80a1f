"""Relations between rows: their values, their slopes, and the loss made of them."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit, softmax

from skdistill.students._gradients import DistillationGradient
from skdistill.students._relation_gradient import RelationGradient
from skdistill.students._task import AuxiliaryTarget, Loss, StudentTask
from skdistill.teachers._relations import KINDS, relate, relation_slopes


def make_task(kind, n_classes=3, n_samples=40, weight=2.0, n_landmarks=6):
    rng = np.random.default_rng(0)
    q = rng.dirichlet(np.ones(n_classes), n_samples)
    places = rng.normal(size=(n_samples, 4))
    landmarks = np.arange(0, n_samples, n_samples // n_landmarks)[:n_landmarks]
    values = relate(kind, places, places[landmarks])
    return StudentTask(
        loss=Loss("classification", 1.0, n_classes, auxiliary=(kind,)),
        targets=q,
        responses=q,
        labels=q.argmax(axis=1),
        classes=np.arange(n_classes),
        auxiliary=(AuxiliaryTarget(kind, weight, values, landmarks),),
    )


def losses(relations, raw):
    """The loss of every row, written down as its documentation does."""
    p = np.column_stack([1 - expit(raw), expit(raw)])
    if raw.ndim == 2:
        p = softmax(raw, axis=1)
    (item,), (landmarks,), (scale,) = relations.items, relations.held, relations.scales
    error = np.abs(relate(item.name, p, landmarks, scale) - item.values)
    huber = np.where(error < 1, error**2 / 2, error - 0.5)
    return item.weight * huber.mean(axis=1)


def test_distances_are_in_units_of_their_mean():
    points = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
    assert_allclose(relate("distance", points, points[:1]), [[0.0], [1.0], [2.0]])


def test_angles_are_at_the_landmark():
    corner, arm = np.array([1.0, 1.0]), np.array([2.0, 1.0])
    points = np.array([[3.0, 1.0], [1.0, 5.0], [-1.0, 1.0], [1.0, 1.0]])
    cosines = relate("angle", points, np.stack([corner, arm]))
    assert_allclose(cosines[:, 0], [1.0, 0.0, -1.0, 0.0], atol=1e-12)


def test_similarities_of_a_row_have_length_one():
    rng = np.random.default_rng(0)
    points, landmarks = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    similarity = relate("similarity", points, landmarks)
    assert_allclose((similarity**2).sum(axis=1), 1.0)
    assert_allclose(relate("similarity", 3 * points, landmarks), similarity)


@pytest.mark.parametrize("kind", KINDS)
def test_slopes_agree_with_finite_differences(kind):
    rng = np.random.default_rng(0)
    points, landmarks = rng.normal(size=(7, 3)), rng.normal(size=(4, 3))
    slopes = relation_slopes(kind, points, landmarks, 0.7)
    for column, step in enumerate(1e-6 * np.eye(3)):
        up, down = (relate(kind, points + s, landmarks, 0.7) for s in (step, -step))
        assert_allclose(slopes[:, :, column], (up - down) / 2e-6, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_on_a_landmark_has_no_slope(kind):
    points = np.ones((2, 3))
    assert np.isfinite(relation_slopes(kind, points, points, 0.0)).all()
    assert np.isfinite(relate(kind, points, points)).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_gradient_agrees_with_finite_differences(kind, n_classes):
    task = make_task(kind, n_classes)
    shape = (40,) if n_classes == 2 else (40, n_classes)
    raw = np.random.default_rng(1).normal(size=shape)
    relations = RelationGradient(task)
    relations.hold(raw)
    every = slice(0, 40)
    # A landmark's own angle has a kink.
    others = np.setdiff1d(np.arange(40), task.auxiliary[0].landmarks)
    gradient, curvature = relations(raw, every)
    assert gradient.shape == curvature.shape == raw.shape
    assert (curvature >= 0).all()
    assert np.abs(gradient).max() > 1e-3 or (kind, n_classes) == ("angle", 2)
    steps = [1e-6] if n_classes == 2 else 1e-6 * np.eye(n_classes)
    for column, step in enumerate(steps):
        up, down = (losses(relations, raw + s) for s in (step, -step))
        found = gradient if n_classes == 2 else gradient[:, column]
        assert_allclose(found[others], ((up - down) / 2e-6)[others], atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_steps_along_the_gradient_bring_relations_closer(kind):
    task = make_task(kind, 3)
    # What can be reached: the relations of probabilities.
    places = np.random.default_rng(2).dirichlet(np.ones(3), 40)
    item = task.auxiliary[0]
    values = relate(kind, places, places[item.landmarks])
    task = StudentTask(
        task.loss, places, places, task.labels, task.classes,
        auxiliary=(AuxiliaryTarget(kind, 1.0, values, item.landmarks),),
    )  # fmt: skip
    raw = np.random.default_rng(1).normal(scale=0.3, size=(40, 3))
    relations, every = RelationGradient(task), slice(0, 40)
    reached = []
    for _ in range(200):
        relations.hold(raw)
        reached.append(losses(relations, raw).mean())
        raw -= 0.5 * relations(raw, every)[0]
    assert reached[-1] < 0.8 * reached[0]


def test_the_gradient_of_a_task_is_the_sum_of_both():
    task = make_task("distance")
    raw = np.random.default_rng(1).normal(size=(40, 3))
    relations = RelationGradient(task)
    relations.hold(raw)
    response = DistillationGradient.of_task(replace(task, auxiliary=()))(raw)
    added = relations(raw, slice(0, 40))
    of_both = DistillationGradient.of_task(task)
    whole = of_both(raw)
    rows = slice(0, 7), slice(7, 40)
    parts = [of_both.at(raw[some].T, some) for some in rows]
    for n in range(2):
        assert_allclose(whole[n], response[n] + added[n], rtol=1e-12)
        in_parts = np.hstack([part[n] for part in parts]).T
        assert_allclose(in_parts, whole[n], rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_landmarks_that_are_not_among_the_rows_are_left_out(kind):
    task = make_task(kind)
    first, last = (task.auxiliary[0].landmarks[i] for i in (0, -1))
    some = task.rows(np.setdiff1d(np.arange(40), [first]))
    assert some.auxiliary[0].landmarks[0] == -1
    assert some.auxiliary[0].landmarks[-1] == last - 1
    relations = RelationGradient(some)
    raw = np.random.default_rng(1).normal(size=(39, 3))
    relations.hold(raw)
    gradient, _ = relations(raw, slice(0, 39))
    assert np.isfinite(gradient).all()
    assert len(relations.items[0].landmarks) == (0 if kind == "angle" else 5)
