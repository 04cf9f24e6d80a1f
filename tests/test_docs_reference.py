"""Every public name has its page, and a docstring that numpydoc accepts."""

import contextlib
import dataclasses
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from sklearn.base import is_classifier

import skdistill
from skdistill.students import Loss, student_route

numpydoc_validate = pytest.importorskip("numpydoc.validate")

DOCS = Path(__file__).parent.parent / "docs"
ROOMS = []
for room in pkgutil.iter_modules(skdistill.__path__):
    # A room asks for its extra, and for new enough versions, when it is imported.
    with contextlib.suppress(ImportError):
        if room.ispkg:
            ROOMS.append(importlib.import_module(f"skdistill.{room.name}"))
PUBLIC = {
    room.__name__: [name for name in room.__all__ if name != "__version__"]
    for room in [skdistill, *ROOMS]
    if hasattr(room, "__all__")
}

# What numpydoc finds, and this project does otherwise:
IGNORED = {
    "ES01",  # No extended summary: one line may say it all.
    "EX01",  # No example: a method is shown by the example of its class.
    "GL01",  # The summary stands on the line of the quotes.
    "GL08",  # No docstring: a property without one is documented by its class.
    "PR04",  # No type where a name is handed on: "y, sample_weight", as for `fit`.
    "PR08",  # A description may open with a name in lower case.
    "RT02",  # A Bunch names what is returned.
    "RT03",  # "self" needs no description.
    "RT04",  # Entries of a Bunch open with their names.
    "SA01",  # No See Also: the guide links what belongs together.
    "SA04",
    "YD01",
}
# A method may say in one line what it takes and returns, and a dataclass documents
# its fields as attributes, or those of its base class last.
SHORT = {"PR01", "PR03", "RT01"}


def documented_objects():
    """Name functions and classes, and the methods that this package writes."""
    found, short = set(), set()
    for module, names in PUBLIC.items():
        for name in names:
            obj = getattr(importlib.import_module(module), name)
            fields = dataclasses.is_dataclass(obj)
            (short if fields else found).add(f"{obj.__module__}.{obj.__qualname__}")
            if not inspect.isclass(obj):
                continue
            for method, value in inspect.getmembers(obj, inspect.isfunction):
                ours = value.__module__.startswith("skdistill")
                if ours and not method.startswith("_"):
                    short.add(f"{obj.__module__}.{obj.__qualname__}.{method}")
    return [(name, IGNORED) for name in sorted(found)] + [
        (name, IGNORED | SHORT) for name in sorted(short)
    ]


@pytest.mark.parametrize(("name", "ignored"), documented_objects())
def test_a_public_docstring_is_numpydoc(name, ignored):
    told = numpydoc_validate.validate(name)
    errors = [f"{code} {text}" for code, text in told["errors"] if code not in ignored]
    assert not errors, "\n".join([f"{told['file']}:{told['file_line']}", *errors])


def test_the_reference_lists_every_public_module():
    page = (DOCS / "reference.md").read_text(encoding="utf-8")
    listed = re.findall(r"^ {3}(skdistill[\w.]*)$", page, re.MULTILINE)
    optional = {"skdistill.dask", "skdistill.export"}
    assert set(PUBLIC) <= set(listed) <= set(PUBLIC) | optional


def capabilities():
    """List what the reference says of each student that it names."""
    page = (DOCS / "reference.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (\w+(?:\([^|]*\))?) \| ([^|]+) \| (yes|no) \| (yes|no) \|",
        page,
        re.MULTILINE,
    )
    return [row for row in rows if row[0] != "others"]


@pytest.mark.parametrize(
    ("student", "temperature", "feature", "relation"), capabilities()
)
def test_a_student_can_do_what_the_reference_says(
    student, temperature, feature, relation
):
    pytest.importorskip("lightgbm", minversion="4.7")
    pytest.importorskip("sklearn", minversion="1.9", reason="it says what is newest")
    homes = ("catboost", "xgboost", "lightgbm", "sklearn.ensemble", "sklearn.tree")
    names = {}
    for home in (*homes, "sklearn.linear_model", "sklearn.neural_network"):
        names |= vars(importlib.import_module(home))
    made = eval(student if "(" in student else f"{student}()", names)
    if is_classifier(made):
        plain = Loss("classification", 0.5, 3)
    else:
        plain = Loss("regression", 0.5, 1)

    def learns(**changes):
        try:
            student_route(made, dataclasses.replace(plain, **changes))
        except ValueError:
            return False
        return True

    assert learns()
    assert learns(auxiliary=("feature",)) == (feature == "yes")
    assert learns(auxiliary=("distance",)) == (relation == "yes")
    if is_classifier(made):
        assert learns(temperature=2.0) == (temperature == "yes")
        assert learns(temperature=2.0, alpha=1.0) == (temperature != "no")
    else:
        assert temperature == "no"
