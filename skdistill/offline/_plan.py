"""The plan of a fit: plain values, one for each thing that is done.

A plan is made, and everything that can fail cheaply has failed, before a teacher is
trained. Each step of the fit takes the value that it needs:

- `TeacherPlan`: whose predictions are made, on which folds;
- `StudentPlan`: what is trained on them, on which rows;
- `SelectionPlan`: which mixtures of teachers and labels are compared, and how.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray

from skdistill.input._data import InputSpec
from skdistill.input._preparation import TrainingData
from skdistill.input._splits import Split
from skdistill.objectives import Feature, Relation, Response
from skdistill.selection._candidates import Candidate
from skdistill.selection._validation import HeldOutScorer
from skdistill.students import Loss
from skdistill.teachers._fits import FitStore
from skdistill.teachers._teacher import OutOfFold, TeacherSpec


@dataclass(frozen=True)
class TeacherPlan:
    """Whose predictions the student learns from, and how they are made.

    Attributes
    ----------
    owner : str
        Name of the estimator, for messages.
    privileged, regular : TeacherSpec or None
        The teacher on its own columns and on the student's; None if not needed.
    splits : list of (train, test) or "oob"
        Folds of the predictions; none for a frozen teacher.
    held_out : list of (train, test)
        Parts of the data on which what was learnt is scored. For each of them,
        predictions are made a second time, by teachers that saw none of its test rows.
    keep_models : bool
        Whether fold teachers are kept.
    precomputed : OutOfFold or None
        Soft targets that were passed to `fit`.
    """

    owner: str
    privileged: TeacherSpec | None
    regular: TeacherSpec | None
    splits: list[Split] | str
    held_out: list[Split]
    keep_models: bool
    precomputed: OutOfFold | None = None


@dataclass(frozen=True)
class StudentPlan:
    """What is trained on the teachers' predictions.

    Attributes
    ----------
    estimator : estimator
        Cloned for each training.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        The student's columns of the rows with labels, then of their copies, then of
        the other rows without labels.
    target, classes : ndarray, ndarray or None
        Class codes and the user's labels, or values and None, of rows with labels.
    weight : ndarray of shape (n_labeled,) or None
        Row weights of the rows with labels.
    weight_unlabeled : ndarray of shape (n_unlabeled,) or None
        Those of the rows without; None is 1 for all.
    source : ndarray of int of shape (n_unlabeled,) or None
        The row with a label that each is a copy of, -1 for none; None where there are
        no copies.
    part_rows : list of ndarray of int, or None
        Rows with labels of each student; None for one student on all.
    objective : Response
        Makes the student's task.
    auxiliary_objectives : tuple of Feature or Relation
        What is learnt on top of the predictions.
    queries : tuple
        To the fold teachers, for the auxiliary objectives.
    seed : int
        For routes that draw at random.
    store : FitStore or None
        Where equal fits are looked up.
    """

    estimator: Any
    X: Any
    target: NDArray
    classes: NDArray | None
    weight: NDArray[np.float64] | None
    weight_unlabeled: NDArray[np.float64] | None
    source: NDArray[np.intp] | None
    part_rows: list[NDArray[np.intp]] | None
    objective: Response
    auxiliary_objectives: tuple[Feature | Relation, ...]
    queries: tuple[Any, ...]
    seed: int
    store: FitStore | None = None

    @property
    def n_labeled(self) -> int:
        """Number of rows with a label."""
        return len(self.target)

    @property
    def n_unlabeled(self) -> int:
        """Number of rows without a label."""
        return self.X.shape[0] - len(self.target)

    @property
    def n_copies(self) -> int:
        """Number of those that are copies."""
        return 0 if self.source is None else int(np.count_nonzero(self.source >= 0))


@dataclass(frozen=True)
class SelectionPlan:
    """Which mixtures are compared, and how.

    Attributes
    ----------
    candidates : list of (Candidate, Loss)
        The first is the student on labels alone if there are several.
    validation : list of (train, test)
        Rows to compare on, the test part; none where there is no choice.
    scorer : HeldOutScorer or None
        What candidates are compared by; None where there is no choice.
    groups : ndarray of int of shape (n_labeled,) or None
        Rows of one group are one observation.
    blocks : list of list of ndarray of int
        Of each test part, where a scorer scores it: they are the observations, or the
        part is one where there are none.
    """

    candidates: list[tuple[Candidate, Loss]]
    validation: list[Split]
    scorer: HeldOutScorer | None
    groups: NDArray[np.intp] | None
    blocks: list[list[NDArray[np.intp]]] = field(default_factory=list)

    @property
    def by_row(self) -> bool:
        """Whether a row has a loss; a scorer scores many rows."""
        return self.scorer is not None and self.scorer.scorer is None

    def n_units(self, part: int) -> int:
        """Count the rows, or groups, in the blocks of a part that a scorer scores."""
        rows = self.validation[part][1]
        rows = rows[np.concatenate([[], *self.blocks[part]]).astype(np.intp)]
        return len(rows if self.groups is None else np.unique(self.groups[rows]))

    def rounds(self, n_jobs: int | None) -> list[range]:
        """Group the parts, as many as occupy all jobs.

        The last one comes first: in the order of time it is trained on most rows.
        """
        order = range(len(self.validation))[::-1]
        size = max(1, effective_n_jobs(n_jobs) // len(self.candidates))
        return [order[i : i + size] for i in range(0, len(order), size)]


@dataclass(frozen=True)
class Plan:
    """Everything a fit needs, checked.

    Attributes
    ----------
    data : TrainingData
        What `fit` was given.
    input_spec : InputSpec
        What `predict` needs.
    teacher_columns : ndarray of int
        Positions in X.
    teacher, student, selection : TeacherPlan, StudentPlan, SelectionPlan
        For the steps of the fit.
    """

    data: TrainingData
    input_spec: InputSpec
    teacher_columns: NDArray[np.intp]
    teacher: TeacherPlan
    student: StudentPlan
    selection: SelectionPlan

    def n_stages(self, n_jobs: int | None) -> int:
        """Count the parts of the work, at most: teachers, comparisons, the student."""
        n_teachers = sum(
            spec is not None for spec in (self.teacher.privileged, self.teacher.regular)
        )
        if len(self.selection.candidates) == 1:
            return n_teachers + 1
        return (n_teachers + 1) * len(self.selection.rounds(n_jobs)) + 1
