"""How Sphinx builds the site: ``python -m sphinx -W docs docs/_build/html``.

Nothing is fetched from the network, so the site is built offline and every warning,
a broken link inside the site among them, is an error.
"""

import importlib
import json
import os
import pkgutil
import re
import sys
from pathlib import Path

# One thread, as the examples are meant to run on one core; and no window.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")

import skdistill

DOCS = Path(__file__).parent
BENCHMARKS = DOCS.parent / "benchmarks"

project = "skdistill"
author = "the skdistill developers"
copyright = f"2026, {author}, BSD-3-Clause"
version = release = skdistill.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "auto_examples/*.ipynb", "auto_examples/*.py.md5"]
templates_path = ["_templates"]
root_doc = "index"

# Reference: a page for every name in the ``__all__`` of a public module.
autosummary_generate = True
rooms = [
    importlib.import_module(f"skdistill.{room.name}")
    for room in pkgutil.iter_modules(skdistill.__path__)
    if room.ispkg
]
PUBLIC = {
    room.__name__: list(room.__all__) for room in rooms if hasattr(room, "__all__")
}
elsewhere = {
    name
    for room in rooms
    for name in getattr(room, "__all__", ())
    if getattr(room, name) is getattr(skdistill, name, None)
}
# What a room offers as well has its page there.
PUBLIC["skdistill"] = sorted(set(skdistill.__all__) - elsewhere - {"__version__"})
autosummary_context = {
    "public": PUBLIC,
    # Methods of scikit-learn's own classes are documented by scikit-learn.
    "foreign": "BaseEstimator, ClassifierMixin, RegressorMixin, MetaEstimatorMixin",
}
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# Names in single backticks are code, as in scikit-learn's docstrings.
default_role = "code"
# The order of the gallery is a class, which Sphinx cannot keep between builds.
suppress_warnings = ["config.cache"]

# Pages in Markdown; their headings can be linked as ``page.md#the-heading``.
myst_heading_anchors = 3
myst_enable_extensions = ["deflist", "colon_fence"]

# The tables of the benchmarks are pages, so that the text can link what it quotes.
RESULTS = DOCS / "results"
RESULTS.mkdir(exist_ok=True)
for old in RESULTS.glob("*.md"):
    old.unlink()
TABLES = sorted((BENCHMARKS / "results").glob("*.md"))
for table in TABLES:
    RESULTS.joinpath(table.name).write_text(
        table.read_text(encoding="utf-8"), encoding="utf-8"
    )


def list_of_tables():
    """Return how each table was made, in Markdown, and which do not tell all of it."""
    told = ("command", "seeds", "minutes", "commit", "date")
    lines, lacking = [("table", *told), ("---",) * 6], []
    for table in TABLES:
        content = json.loads(table.with_suffix(".json").read_text(encoding="utf-8"))
        made = content["environment"]
        if not set(told) <= set(made) or "dirty" in made["commit"]:
            lacking.append(f"`{table.stem}`")
        cells = [made.get(name, "") for name in told]
        cells[0] = cells[0] and f"`{cells[0].removeprefix('python ')}`"
        lines.append((f"[{table.stem}](results/{table.name})", *cells))
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    if lacking:
        text += (
            "\n\nThese were measured before all of it was kept, or with changes that "
            f"were not committed, and will be measured anew: {', '.join(lacking)}."
        )
    sys.path.append(str(BENCHMARKS))
    return f"{importlib.import_module('_run').RULE}\n\n{text}\n"


RESULTS.joinpath("list.txt").write_text(list_of_tables(), encoding="utf-8")

EXAMPLES = (
    "competition_recipe.py",
    "tumour_study.py",
    "unlabeled_rows.py",
    "annotators_votes.py",
    "printed_tree.py",
    "three_libraries.py",
    "groups.py",
    "time_series.py",
    "tuning.py",
    "quantiles.py",
    "when_it_hurts.py",
    "export_onnx.py",
    "foundation_model.py",
)


class ExampleOrder:
    """Sort the gallery as EXAMPLES lists it; what is not listed comes last."""

    def __init__(self, source_folder):
        pass

    def __call__(self, name):
        """Return the place of the file in the gallery."""
        return EXAMPLES.index(name) if name in EXAMPLES else len(EXAMPLES)


sphinx_gallery_conf = {
    "examples_dirs": ["../examples"],
    "gallery_dirs": ["auto_examples"],
    # central_lab.py is a command with arguments; tumour_study.py shows the same study.
    "ignore_pattern": r"central_lab\.py",
    "filename_pattern": r"\.py",
    "within_subsection_order": ExampleOrder,
    "copyfile_regex": "",
    "download_all_examples": False,
    "show_signature": False,
    "min_reported_time": 0,
    "remove_config_comments": True,
    "plot_gallery": "True",
    "abort_on_example_error": True,
}

# No side bar where it would be empty.
html_sidebars = {
    page: []
    for page in (
        *("index", "start", "settings", "limits", "glossary", "contributing"),
        *("security", "releasing", "changelog", "deploying", "dask"),
    )
}
html_theme = "pydata_sphinx_theme"
html_title = f"skdistill {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    # Pages of wide tables have the width.
    "secondary_sidebar_items": {
        "**": ["page-toc"],
        "settings": [],
        "reference": [],
        "evidence": [],
    },
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 8,
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def escape_shapes(app, what, name, obj, options, lines):
    """Keep ``shape (n_iter_,)`` from being read as a link to ``n_iter``."""
    lines[:] = [
        re.sub(
            r"(shape \()([^)]*)",
            lambda found: found[1] + re.sub(r"_(?!\w)", r"\_", found[2]),
            line,
        )
        for line in lines
    ]


def setup(app):
    """Connect what needs more than a setting."""
    # Before numpydoc, which is connected with the priority 500.
    app.connect("autodoc-process-docstring", escape_shapes, priority=100)
