"""The report as an HTML document: what it says first, and how a browser shows it."""

import json
import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdistill import (
    DistilledClassifier,
    DistilledRegressor,
    SelfDistilledClassifier,
)
from skdistill.report import distillation_report

# Old matplotlib calls old names of a new pyparsing, and it is warnings that fail tests.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated - use:DeprecationWarning")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    None,
)
needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on the path to show the document in"
)
NASTY = "<script>alert('x')</script>&\""


@pytest.fixture(scope="module")
def hurts():
    """A stump teaches a better student, with names that are markup."""
    X, y = make_classification(400, 8, n_informative=6, random_state=0)
    columns = [f"<b>{NASTY}{i}" for i in range(8)]
    model = DistilledClassifier(
        DecisionTreeClassifier(max_depth=1),
        LogisticRegression(),
        student_features=columns,
        alpha=1.0,
    )
    labels = np.array([NASTY, "</div>"])[y]
    return distillation_report(
        model,
        pd.DataFrame(X, columns=columns),
        labels,
        cv=4,
        scoring={"log_loss": "log_loss", NASTY: "roc_auc"},
    )


@pytest.fixture(scope="module")
def others():
    """A regression, one fold, and an estimator without a teacher."""
    X, y = make_regression(120, 6, noise=5.0, random_state=0)
    grown = DecisionTreeRegressor(max_depth=4, random_state=0)
    regressor = DistilledRegressor(grown, Ridge(), student_features=[0, 1, 2])
    tree = DecisionTreeClassifier(min_samples_leaf=3, random_state=0)
    one_fold = StratifiedShuffleSplit(1, random_state=0)
    two = DistilledClassifier(tree, student_features=[0, 1, 2])
    return [
        distillation_report(regressor, X, y, cv=3),
        distillation_report(two, X, y > 0, cv=one_fold),
        distillation_report(SelfDistilledClassifier(tree, cv=3), X, y > 0, cv=2),
    ]


class Outline(HTMLParser):
    """Collects what is opened and closed, and all that is read."""

    VOID = ("meta", "br")

    def __init__(self, document):
        super().__init__()
        self.open, self.order, self.words = [], [], []
        self.feed(document)

    def handle_starttag(self, tag, attributes):
        self.order.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "title"):
            self.words.append(data)


def read(report):
    outline = Outline(report.to_html())
    assert outline.open == []
    return outline


def test_the_verdict_comes_first_and_tables_last(hurts):
    document = hurts.to_html()
    places = [
        document.index(words)
        for words in (
            'class="verdict hurt"',
            "Distillation hurt. On held-out rows log-loss is",
            "95% interval",
            "<svg",
            "To be aware of",
            "What was compared",
            "<table>",
        )
    ]
    assert places == sorted(places)
    assert document.rindex("<svg") < document.index("<table>")


def test_all_names_are_escaped(hurts):
    outline = read(hurts)
    assert "script" not in [tag for tag, _ in outline.order]
    assert NASTY in " ".join(outline.words)


def test_every_kind_of_report_is_a_whole_document(others):
    for report in others:
        outline = read(report)
        text = " ".join(outline.words)
        assert [tag for tag, _ in outline.order].count("svg") == 2
        assert "nan" not in text and "None" not in text
    regression, one_fold, no_teacher = (" ".join(read(r).words) for r in others)
    assert "how much" in regression or "the typical error" in regression
    assert "1 fold" in one_fold and "1 folds" not in one_fold
    assert "One fold gives no interval" in one_fold or "one fold" in one_fold
    assert "teacher" not in no_teacher.split("What was compared")[0]


def test_it_needs_no_other_file_and_no_network(hurts):
    for tag, attributes in read(hurts).order:
        for name, value in attributes.items():
            if not name.startswith("xmlns") and name != "content":
                assert "//" not in str(value), (tag, name, value)
        assert tag not in ("link", "img", "iframe", "script")


def test_pictures_share_no_names(hurts):
    document = hurts.to_html()
    names = re.findall(r'\bid="([^"]+)"', document)
    assert len(names) == len(set(names)) > 10
    assert set(re.findall(r'href="#([^"]+)"', document)) <= set(names)


def test_a_path_gets_the_document_and_a_notebook_the_same(hurts, tmp_path):
    assert hurts.to_html(tmp_path / "report.html") is None
    document = (tmp_path / "report.html").read_text(encoding="utf-8")
    # Pictures name their parts at random, so these are left out.
    shown = re.sub(r"<svg.*?</svg>", "", hurts._repr_html_(), flags=re.S)
    assert shown in re.sub(r"<svg.*?</svg>", "", document, flags=re.S)
    assert "<body" not in shown


MEASURE = """
<script>
  const top_of = q => document.querySelector(q).getBoundingClientRect().top;
  const pictures = [...document.querySelectorAll("svg")].map(
    picture => picture.getBoundingClientRect());
  document.body.setAttribute("data-measured", JSON.stringify({
    wide: document.documentElement.scrollWidth, window: window.innerWidth,
    verdict: top_of(".verdict"), picture: top_of("svg"), table: top_of("table"),
    widths: pictures.map(p => p.width), heights: pictures.map(p => p.height),
    tops: pictures.map(p => p.top),
    loaded: performance.getEntriesByType("resource").length,
    small: Math.min(...[...document.querySelectorAll("p, dd, td, th, li")].map(
      e => parseFloat(getComputedStyle(e).fontSize))),
  }));
</script>
"""


def browse(tmp_path, *arguments):
    run = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-sync",
            "--no-first-run",
            f"--user-data-dir={tmp_path / 'profile'}",
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return run.stdout


@needs_browser
@pytest.mark.parametrize(("width", "side_by_side"), [(1200, True), (500, False)])
def test_a_browser_shows_it_on_a_desktop_and_on_a_phone(
    hurts, tmp_path, width, side_by_side
):
    page = tmp_path / "page.html"
    document = hurts.to_html().replace("</body>", f"{MEASURE}</body>")
    page.write_text(document, encoding="utf-8")
    dom = browse(tmp_path, f"--window-size={width},900", "--dump-dom", page.as_uri())
    told = re.search(r'data-measured="([^"]+)"', dom).group(1)
    seen = json.loads(unescape(told))
    assert seen["wide"] <= seen["window"]
    assert 0 <= seen["verdict"] < 200 < seen["picture"] < seen["table"]
    assert min(seen["widths"]) > 300 and min(seen["heights"]) > 200
    assert (seen["tops"][1] - seen["tops"][0] < 60) == side_by_side
    assert seen["loaded"] == 0
    assert seen["small"] >= 12


@needs_browser
def test_it_prints_on_few_pages(hurts, tmp_path):
    page, printed = tmp_path / "page.html", tmp_path / "page.pdf"
    hurts.to_html(page)
    browse(
        tmp_path, f"--print-to-pdf={printed}", "--no-pdf-header-footer", page.as_uri()
    )
    content = printed.read_bytes()
    assert content.startswith(b"%PDF")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= 3
