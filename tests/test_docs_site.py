"""The built site: its links lead somewhere, it finds, and it fits a phone.

Runs where the site was built (``python -m sphinx docs docs/_build/html``); what needs a
browser, where Chromium is installed as well.
"""

import functools
import http.server
import json
import re
import shutil
import subprocess
import threading
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

SITE = Path(__file__).parent.parent / "docs" / "_build" / "html"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    not (SITE / "index.html").exists(), reason="the site is not built"
)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing")

PAGES = (
    "index.html",
    "settings.html",
    "guide/students.html",
    "auto_examples/index.html",
    "auto_examples/printed_tree.html",
    "api/skdistill.DistilledClassifier.html",
    "results/few_rows.html",
)
# Loads each page in a frame of a given width and tells how wide its content is.
MEASURE = """<!doctype html><body><script>
const pages = %s, width = %d, theme = "%s", found = {};
localStorage.setItem("mode", theme); localStorage.setItem("theme", theme);
async function measure(page) {
  const frame = document.createElement("iframe");
  frame.style = `width:${width}px;height:800px;border:0`;
  frame.src = "/" + page;
  document.body.append(frame);
  await new Promise(done => frame.onload = done);
  await new Promise(done => setTimeout(done, 300));
  const root = frame.contentDocument.documentElement;
  const text = frame.contentDocument.querySelectorAll(
    "article p, article li, article dt, article dd");
  const right = [...text]
    .filter(item => !item.closest("table, pre, .sphx-glr-thumbcontainer"))
    .map(item => item.getBoundingClientRect().right);
  found[page] = [Math.max(root.scrollWidth, Math.floor(Math.max(...right))),
                 root.clientWidth, root.dataset.theme];
  frame.remove();
}
(async () => {
  for (const page of pages) await measure(page);
  document.body.innerHTML = "<pre>" + JSON.stringify(found) + "</pre>";
})();
</script></body>"""


class Links(HTMLParser):
    """Collects the targets of links and pictures, and the names of places."""

    def __init__(self):
        super().__init__()
        self.targets, self.places = [], set()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "a" and attrs.get("href"):
            self.targets.append(attrs["href"])
        if tag == "img" and attrs.get("src"):
            self.targets.append(attrs["src"])
        if attrs.get("id"):
            self.places.add(attrs["id"])


@functools.cache
def read_links(path):
    links = Links()
    links.feed(path.read_text(encoding="utf-8"))
    return links


def test_every_link_inside_the_site_leads_somewhere():
    broken = []
    for page in SITE.rglob("*.html"):
        for target in read_links(page).targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or target.startswith("data:"):
                continue
            path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            path = path / "index.html" if path.is_dir() else path
            fragment = unquote(parts.fragment)
            exists = path.exists()
            if exists and fragment and path.suffix == ".html":
                exists = fragment in read_links(path).places
            if not exists:
                broken.append(f"{page.relative_to(SITE)}: {target}")
    assert not broken, "\n".join(broken[:20])


def test_the_main_pages_are_linked_from_every_page():
    for page in PAGES:
        targets = {Path(urlsplit(t).path).name for t in read_links(SITE / page).targets}
        for name in ("start", "settings", "reference", "evidence", "limits"):
            here = page == f"{name}.html"
            assert f"{name}.html" in targets or here, (page, name)


@pytest.fixture(scope="module")
def address():
    """Serve the site, and pages that tests make, from a free port."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        made = {}  # noqa: RUF012

        def do_GET(self):
            if self.path not in self.made:
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            return self.wfile.write(self.made[self.path].encode())

        def log_message(self, *args):
            pass

    handler = functools.partial(Handler, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.made = Handler.made
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def open_page(server, path):
    """Return what a page has become after its scripts have run."""
    command = [
        CHROMIUM,
        *("--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
        "--virtual-time-budget=20000",
        f"http://127.0.0.1:{server.server_port}/{path}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return done.stdout


@needs_browser
def test_the_search_finds_a_parameter_and_a_word_of_the_guide(address):
    for word, page in (
        ("unlabeled_weight", "api/skdistill.DistilledClassifier"),
        ("smoothing", "guide/report"),
    ):
        found = open_page(address, f"search.html?q={word}")
        results = re.findall(r'<li class="[^"]*"><a href="([^"#?]+)', found)
        assert any(page in result for result in results), (word, results)


@needs_browser
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_scrolls_sideways(address, width, theme):
    path = f"/measure-{width}-{theme}"
    address.made[path] = MEASURE % (json.dumps(PAGES), width, theme)
    told = open_page(address, path[1:])
    found = json.loads(re.search(r"<pre>(.*?)</pre>", told)[1])
    assert set(found) == set(PAGES)
    for page, (content, visible, shown) in found.items():
        assert content <= visible <= width, (page, content, visible)
        assert shown == theme, page
