"""The page of recipes runs, from its first snippet to its last."""

import re
import sys
import traceback
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("pandas")
# LightGBM brings matplotlib, and an old one calls old names of a new pyparsing.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*deprecated - use:DeprecationWarning",
)
PAGE = Path(__file__).parent.parent / "docs" / "recipes.md"
SNIPPET = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def run_snippets(page, namespace):
    """Execute the python snippets of a page in order; return how many there are."""
    text = page.read_text(encoding="utf-8")
    found = list(SNIPPET.finditer(text))
    for snippet in found:
        # Empty lines before it give the code the line numbers of the page.
        above = "\n" * text.count("\n", 0, snippet.start(1))
        try:
            code = compile(above + snippet[1], page.name, "exec")
            exec(code, namespace)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            lines = [f.lineno for f in frames if f.filename == page.name]
            line = lines[-1] if lines else getattr(error, "lineno", None)
            told = "".join(traceback.format_exception(error))
            pytest.fail(f"{page.name}, line {line}:\n{told}", pytrace=False)
    return len(found)


def test_every_recipe_runs(tmp_path, monkeypatch):
    pytest.importorskip("lightgbm")
    # What the page defines is pickled by the name of its module.
    page = ModuleType("recipes")
    monkeypatch.setitem(sys.modules, page.__name__, page)
    monkeypatch.chdir(tmp_path)
    n_snippets = run_snippets(PAGE, vars(page))
    assert n_snippets == PAGE.read_text(encoding="utf-8").count("```") // 2 > 10
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["soft_targets", "student.cbm"]


def test_an_error_names_the_line_of_the_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n```python\nx = 1\n```\n\n```python\n\nx / 0\n```\n")
    namespace = {}
    with pytest.raises(pytest.fail.Exception, match=r"page\.md, line 9:\n.*"):
        run_snippets(page, namespace)
    assert namespace["x"] == 1
