"""The interface between rounds and the library that trains in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from skdistill.input._checks import clone_estimator
from skdistill.input._responses import student_predictions
from skdistill.students import StudentTask, fit_student


@dataclass(frozen=True)
class Round:
    """Which round of how many it is; number 0 learns from labels."""

    number: int
    n_rounds: int

    @property
    def is_last(self) -> bool:
        """Tell whether no round follows."""
        return self.number == self.n_rounds - 1

    def block(self, total: int) -> tuple[int, int]:
        """Return where the round's block of `total` trees or epochs starts and stops.

        Each block is as large as all before it together. What was learnt from labels
        alone stays small that way, and few rounds do what many equal ones would.
        """
        start, stop = (
            max(1, total >> (self.n_rounds - number)) if number else 0
            for number in (self.number, self.number + 1)
        )
        return start, stop


class BlockTrainer(ABC):
    """Trains the estimators of one library block by block.

    A subclass implements `train_block`, and `predict` and `finish` where a model in
    training is something else than a fitted estimator of the user's class. It has no
    state: a model is handed in and out, and may be changed in place. Rounds come in
    order, in one process.
    """

    name: str

    @abstractmethod
    def train_block(
        self, estimator: Any, model: Any, X: Any, task: StudentTask, current: Round
    ) -> Any:
        """Train one more block and return the model.

        Parameters
        ----------
        estimator : estimator
            As the user meant it, unfitted and not to be changed.
        model : model or None
            From the round before; None in round 0, whose task is the labels.
        X : {array-like, sparse matrix, dataframe}
            The same object in all rounds but round 0, which has no rows without label.
        task : StudentTask
            What to learn in this round.
        current : Round
            The round.
        """

    def predict(self, model: Any, X: Any, task: StudentTask) -> NDArray:
        """Return probabilities of the task's classes, or values.

        Parameters
        ----------
        model : model
            After any round.
        X : {array-like, sparse matrix, dataframe}
            That of `train_block` itself, where the rows are the same.
        task : StudentTask
            Of the round.
        """
        return student_predictions(model, X, task.loss, task.classes)

    def finish(self, estimator: Any, model: Any, X: Any, task: StudentTask) -> Any:
        """Return a fitted estimator of the user's class with the user's parameters."""
        return model


class RefitTrainer(BlockTrainer):
    """Trains anew in each round, as a whole."""

    name = "refit"

    def train_block(
        self, estimator: Any, model: Any, X: Any, task: StudentTask, current: Round
    ) -> Any:
        """Train the whole estimator; see BlockTrainer."""
        return fit_student(clone_estimator(estimator), X, task)
