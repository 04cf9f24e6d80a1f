"""What the text says of tables: figures stand in them, commands made them."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CITED = re.compile(r"results/(\w+)\.md")
# At least three decimals: .0178, 0.706, but not a parameter such as 0.5.
FIGURE = re.compile(r"(?<![\w.])(\d*\.\d{3,})(?!\d)")


def cited_figures():
    """List the figures of each paragraph, with its list, that cites a table."""
    found = []
    built = {"_build", "auto_examples", "api", "results"}
    pages = [ROOT / "README.md", ROOT / "benchmarks" / "README.md"]
    for page in [*pages, *sorted((ROOT / "docs").rglob("*.md"))]:
        if built & set(page.relative_to(ROOT).parts):
            continue
        for block in re.split(r"\n\n(?!- )", page.read_text(encoding="utf-8")):
            tables, figures = CITED.findall(block), FIGURE.findall(block)
            if tables and figures:
                name = f"{page.stem}-{tables[0]}"
                found.append(pytest.param(tables, figures, id=name))
    return found


@pytest.mark.parametrize(("tables", "figures"), cited_figures())
def test_a_quoted_figure_stands_in_the_table_that_is_cited(tables, figures):
    folder = ROOT / "benchmarks" / "results"
    text = "".join((folder / f"{name}.md").read_text() for name in tables)
    known = {float(number) for number in re.findall(r"\d*\.\d+", text)}
    for figure in figures:
        digits = len(figure.split(".")[1])
        assert float(figure) in {round(number, digits) for number in known}, figure


def test_each_table_is_the_output_of_the_command_that_is_documented():
    listed = {}
    for line in (ROOT / "benchmarks" / "README.md").read_text().splitlines():
        cells = re.split(r" \| ", line.strip("| "))
        for table in re.findall(r"`(\w+)`", cells[-1] if len(cells) == 3 else ""):
            assert table not in listed, f"{table} has two commands."
            listed[table] = cells[1].strip("`").replace("[DATA]", "DATA")
    for path in (ROOT / "benchmarks" / "results").glob("*.json"):
        made = json.loads(path.read_text())["environment"].get("command")
        # Tables of an older version do not tell; how many processes changes nothing.
        made = made and re.sub(r" --(jobs \d+|fresh)", "", made)
        assert made in (None, f"python benchmarks/{listed[path.stem]}")
