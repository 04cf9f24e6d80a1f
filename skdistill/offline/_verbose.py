"""What `verbose` prints of a fit: what is ahead, and what was chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

import numpy as np
from sklearn.frozen import FrozenEstimator

from skdistill.input._splits import count_nested_fits, first_partition
from skdistill.input._warnings import tell
from skdistill.offline._plan import Plan, SelectionPlan
from skdistill.selection._candidates import Candidate
from skdistill.selection._choice import Choice
from skdistill.selection._shift import describe_shift, tell_apart


def tell_plan(plan: Plan) -> None:
    """Say how many fits are ahead, and how rows without labels differ."""
    student = plan.student
    if student.n_unlabeled > student.n_copies:
        auc = tell_apart(student.X, student.n_labeled, student.n_copies)
        tell(describe_shift(auc))
    tell(describe_fits(plan))


def describe_fits(plan: Plan) -> str:
    """Say how many teachers and students will be trained."""
    teacher, selection, student = plan.teacher, plan.selection, plan.student
    n_kinds = sum(
        spec is not None and not isinstance(spec.teacher, FrozenEstimator)
        for spec in (teacher.privileged, teacher.regular)
    )
    n_teachers = 1 if isinstance(teacher.splits, str) else len(teacher.splits)
    n_students = 1 if student.part_rows is None else len(student.part_rows)
    text = f"fits ahead: teachers {n_kinds * n_teachers}, students {n_students}"
    n_parts, n_candidates = len(selection.validation), len(selection.candidates)
    if n_candidates == 1:
        return text
    n_nested = n_parts
    if not isinstance(teacher.splits, str):
        n_nested = count_nested_fits(len(first_partition(teacher.splits)), n_parts)
    return (
        f"{text}; for the choice among {n_candidates} mixtures at most "
        f"{n_kinds * n_nested} and {n_parts * n_candidates} more"
    )


def describe_choice(plan: SelectionPlan, choice: Choice, parts: Iterable[int]) -> str:
    """Say what was chosen, and by how much: over labels alone, or over what is next.

    Parameters
    ----------
    plan : SelectionPlan
        What was to be compared.
    choice : Choice
        What came of it.
    parts : iterable of int
        Which parts were compared.
    """
    candidates, results = [c for c, _ in plan.candidates], choice.results
    best, losses = candidates.index(choice.best), results["loss"]
    other = 0 if best else 1 + int(np.argmin(losses[1:]))
    chosen = [
        f"{field.name}={getattr(choice.best, field.name)}"
        for field in fields(Candidate)
        if len(np.unique(results[field.name])) > 1
    ]
    sign, name = (1.0, "loss") if plan.by_row else (-1.0, "score")
    shown = [f"{sign * losses[place]:.4f}" for place in (best, other)]
    assert plan.scorer is not None
    n_rows = sum(len(plan.validation[part][1]) for part in parts)
    return (
        f"chose {', '.join(chosen)} on {n_rows} of {len(plan.scorer.y)} rows: "
        f"held-out {name} {shown[0]}, "
        f"{'the best mixture' if other else 'labels alone'} {shown[1]} (difference "
        f"{sign * (losses[best] - losses[other]):+.4f} ± "
        f"{results['std_error'][max(best, other)]:.4f})"
    )
