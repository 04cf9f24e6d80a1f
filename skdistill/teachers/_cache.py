"""Soft targets are computed once: what a teacher's responses depend on, as a key.

The entries are joblib.Memory's, one for each fitted teacher, so that a search that is
interrupted goes on where it was, and entries that cannot be read are computed anew
with joblib's warning. They are pickles, which run code when they are read: the folder
must be one that nobody else can write to.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Sequence
from functools import partial
from inspect import unwrap
from types import CodeType, FunctionType
from typing import Any

import joblib
import numpy as np
from joblib import Memory

from skdistill.input._boosters import BOOSTERS
from skdistill.input._rows import Stacked
from skdistill.input._warnings import warn
from skdistill.teachers._fits import FitStore

# A new version of theirs is the user's to notice.
_LIBRARIES = ("builtins", "sklearn", "numpy", "scipy", "skdistill", *BOOSTERS)


def check_memory(memory: Any, owner: str) -> Memory | FitStore | None:
    """Return a joblib.Memory for a folder or a Memory, None for None."""
    if memory is None or isinstance(memory, FitStore):
        return memory
    if isinstance(memory, Memory):
        return memory if memory.store_backend is not None else None
    if isinstance(memory, str) or hasattr(memory, "__fspath__"):
        return Memory(memory, verbose=0)
    raise TypeError(
        f"memory of {owner} must be None, a folder or a joblib.Memory; got {memory!r}."
    )


def remembering(
    function: Callable,
    spec: Any,
    memory: Memory | FitStore | None,
    ignore: Sequence[str],
) -> tuple[Callable, str | None]:
    """Return a function that looks its results up first, and the key it uses.

    `function` takes `spec` as its first argument, which is not hashed again for
    each call, and `key`, which stands for it. Both are the plain function and None
    where nothing is remembered.
    """
    if isinstance(memory, FitStore):  # It keeps models.
        memory = None
    key = None if memory is None else content_key(spec)
    if memory is None or key is None:
        return function, None
    return remembered(memory, function, ["spec", *ignore]), key


def remembered(memory: Memory, function: Callable, ignore: Sequence[str]) -> Callable:
    """Return a function that looks its results up first."""
    return partial(_look_up, memory.cache(function, ignore=list(ignore)))


def _look_up(cached, *arguments, **params):
    """Call a cached function, and do not take all that it finds for a result."""
    result = cached(*arguments, **params)
    if _is_result(result):
        return result
    warn(
        f"An entry of memory holds a {type(result).__name__} in place of what a "
        "teacher predicted; it is computed anew. Something else has written to "
        "the folder."
    )
    cached.call_and_shelve(*arguments, **params).clear()
    return cached(*arguments, **params)


def _is_result(result):
    """Whether it is predictions, or a tuple of them and two more."""
    if isinstance(result, tuple) and len(result) == 3:
        result = result[0]
    return isinstance(result, np.ndarray)


def content_key(spec: Any) -> str | None:
    """Hash everything that decides a teacher's responses, except the split.

    Class and parameters of the teacher, its columns, y, classes, fit parameters and
    queries beside its responses count; what only the student sees does not.
    So does the code of functions and classes among them, but not of what they call.
    What the teacher has learnt, maybe gigabytes of weights, does not: it is a clone.
    None, with a warning, where something of that cannot be pickled, as a lambda among
    the parameters: such a teacher is trained each time.
    """
    teacher = spec.teacher
    kind, params = type(teacher), teacher.get_params(deep=True)
    try:
        return joblib.hash(
            (
                kind.__module__,
                kind.__qualname__,
                params,
                spec.queries,
                code_behind(kind, (params, spec.queries)),
                whatever_the_layout(spec.X),
                whatever_the_layout(spec.y),
                spec.classes,
                dict(spec.fit_params),
            )
        )
    except Exception as error:  # Pickling may raise anything.
        warn(
            f"memory is not used: the teacher {type(teacher).__name__} or its data "
            f"cannot be pickled ({error}).",
        )
        return None


def whatever_the_layout(values: Any) -> Any:
    """Return rows such that equal ones are hashed alike, in any order in memory."""
    if isinstance(values, Stacked):
        parts = (values.labeled, values.unlabeled, values.source)
        return [whatever_the_layout(part) for part in parts]
    if isinstance(values, np.ndarray):
        return np.ascontiguousarray(values)
    if type(values).__module__.partition(".")[0] != "pandas":
        return values
    return [
        (name, np.ascontiguousarray(c) if isinstance(c.dtype, np.dtype) else c.array)
        for name, c in values.items()
    ]


def code_behind(kind: type, values: Any) -> list[tuple]:
    """Return the code of a class, and of what a pickle of the values has by name.

    Whoever edits a function under its old name means another teacher. What functions
    call, and attributes of classes that are no functions, are not looked into.
    """
    finder = _Finder(io.BytesIO())
    finder.dump(values)
    functions = []
    for item in (kind, *finder.found):
        if isinstance(item, FunctionType):
            functions.append(unwrap(item))
        else:
            members = [m for base in item.__mro__ for m in vars(base).values()]
            members = [getattr(m, "__func__", m) for m in members]
            functions += [unwrap(m) for m in members if isinstance(m, FunctionType)]
    return [
        (f.__qualname__, _code(f.__code__), _defaults(f))
        for f in functions
        if f.__module__.partition(".")[0] not in _LIBRARIES
    ]


class _Finder(pickle.Pickler):
    """Note functions and classes on the way."""

    def __init__(self, file):
        super().__init__(file)
        self.found = []

    def reducer_override(self, value):
        if isinstance(value, (FunctionType, type)):
            self.found.append(value)
        return NotImplemented


def _code(code):
    return code.co_code, [_constant(c) for c in code.co_consts], code.co_names


def _constant(value):
    if isinstance(value, CodeType):
        return _code(value)
    # The order of a set differs between processes.
    return sorted(map(repr, value)) if isinstance(value, frozenset) else value


def _defaults(function):
    given = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items()]
    return [_default(value) for value in given]


def _default(value):
    """Return something that differs where a default differs, as far as possible."""
    if isinstance(value, FunctionType):
        return _code(value.__code__)
    try:
        return joblib.hash(value)
    except Exception:  # Pickling may raise anything.
        return type(value).__qualname__
