"""The page on deployment runs, section by section, where the libraries are."""

import re
from pathlib import Path

import pytest
from test_docs_pages import run_snippets

for library in ("pandas", "xgboost", "onnxruntime", "skl2onnx"):
    pytest.importorskip(library)

PAGE = Path(__file__).parent.parent / "docs" / "deploying.md"
START, *SECTIONS = re.split(r"^(?=## )", PAGE.read_text("utf-8"), flags=re.MULTILINE)
WITH_CODE = [section for section in SECTIONS if "```python" in section]
# They bring much with them, and are no part of what the tests need.
OPTIONAL = ("mlflow", "shap", "skops")


# They warn of each other, and of what is not this package's to change.
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    "section", WITH_CODE, ids=lambda text: text[3:].partition(":")[0]
)
def test_the_page_runs(section, tmp_path, monkeypatch):
    for library in OPTIONAL:
        if re.search(rf"^(import|from) {library}", section, re.MULTILINE):
            pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    namespace = {}
    before = [START] if section is WITH_CODE[0] else [START, WITH_CODE[0]]
    for part in [*before, section]:
        page = tmp_path / PAGE.name
        page.write_text(part, encoding="utf-8")
        assert run_snippets(page, namespace)
