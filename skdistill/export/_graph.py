"""A small builder of ONNX graphs, and the table of inputs that a model reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from onnx import ModelProto, TensorProto, compose, helper, numpy_helper

# Old enough for any onnxruntime since 2022. What is built here means the same in every
# later version, too.
OPSETS = {"": 17, "ai.onnx.ml": 3}


class Graph:
    """Nodes and constants, in order; each output gets a name of its own.

    Parameters
    ----------
    opsets : mapping of str to int, default=None
        The version of each operator domain.
    """

    def __init__(self, opsets: Mapping[str, int] | None = None):
        self.opsets = dict(OPSETS if opsets is None else opsets)
        self.nodes: list[Any] = []
        self.constants: list[TensorProto] = []
        self._n_names = 0

    def name(self) -> str:
        """Return a name that is new in this graph."""
        self._n_names += 1
        return f"skdistill/{self._n_names}"  # No column has such a name.

    def add(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Append a node of one output and return the name of the output."""
        output = self.name()
        node = helper.make_node(op, inputs, [output], domain=domain, **attributes)
        self.nodes.append(node)
        return output

    def constant(self, values: ArrayLike) -> str:
        """Store an array and return its name; text is stored as strings."""
        name, values = self.name(), np.asarray(values)
        if values.dtype.kind in "UO":
            text = [str(value).encode() for value in values.ravel()]
            tensor = helper.make_tensor(
                name,
                TensorProto.STRING,
                values.shape,
                text,  # type: ignore[arg-type]
            )
        else:
            tensor = numpy_helper.from_array(np.ascontiguousarray(values), name)
        self.constants.append(tensor)
        return name

    def cast(self, name: str, dtype: Any) -> str:
        """Convert a tensor to a NumPy dtype."""
        to = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.add("Cast", name, to=to)

    def take(self, name: str, positions: Sequence[int] | NDArray) -> str:
        """Take columns of a matrix."""
        chosen = self.constant(np.asarray(positions, dtype=np.int64))
        return self.add("Gather", name, chosen, axis=1)

    def mean(self, names: Sequence[str]) -> str:
        """Average tensors of double numbers."""
        if len(names) == 1:
            return names[0]
        count = self.constant(float(len(names)))
        return self.add("Div", self.add("Sum", *names), count)

    def embed(self, model: ModelProto, inputs: Mapping[str, str]) -> list[str]:
        """Copy the nodes of another model and return the names of its outputs.

        Parameters
        ----------
        model : ModelProto
            What to copy.
        inputs : mapping of str to str
            The tensor of this graph for each of its inputs.
        """
        prefix = f"{self.name()}_"
        copy = compose.add_prefix(model, prefix).graph
        for inner, outer in inputs.items():
            self.nodes.append(helper.make_node("Identity", [outer], [prefix + inner]))
        self.constants.extend(copy.initializer)
        self.nodes.extend(copy.node)
        for opset in model.opset_import:
            self.opsets.setdefault(opset.domain, opset.version)
        return [output.name for output in copy.output]


@dataclass(frozen=True)
class Table:
    """The rows that a model reads: one matrix, or one tensor a column.

    Attributes
    ----------
    graph : Graph
        Where the tensors are.
    width : int
        Number of columns.
    matrix : str or None
        A tensor of numbers of shape (n_samples, width).
    columns : tuple of str
        Tensors of shape (n_samples, 1); empty where there is a matrix.
    text : tuple of bool
        Which of them hold strings.
    """

    graph: Graph
    width: int
    matrix: str | None = None
    columns: tuple[str, ...] = ()
    text: tuple[bool, ...] = ()

    def select(self, positions: NDArray[np.intp] | None) -> Table:
        """Return the table of some columns; None is all of them."""
        if positions is None or np.array_equal(positions, np.arange(self.width)):
            return self
        width = len(positions)
        if self.matrix is not None:
            return Table(self.graph, width, self.graph.take(self.matrix, positions))
        return Table(
            self.graph,
            width,
            columns=tuple(self.columns[i] for i in positions),
            text=tuple(self.text[i] for i in positions),
        )

    def as_matrix(self, dtype: Any) -> str:
        """Return all columns as one tensor of numbers."""
        if self.matrix is not None:
            return self.graph.cast(self.matrix, dtype)
        cast = [self.graph.cast(column, dtype) for column in self.columns]
        return self.graph.add("Concat", *cast, axis=1)

    def as_columns(self, dtype: Any) -> list[str]:
        """Return one tensor a column: numbers of a dtype, and strings as they are."""
        if self.matrix is not None:
            matrix = self.graph.cast(self.matrix, dtype)
            return [self.graph.take(matrix, [i]) for i in range(self.width)]
        return [
            column if text else self.graph.cast(column, dtype)
            for column, text in zip(self.columns, self.text, strict=True)
        ]
