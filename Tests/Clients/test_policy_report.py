"""The audit page that `homeroom policy report` writes and REST answers: read by an HTML parser and by a browser."""

import base64
import hashlib
import html.parser
import json
import re
import shutil
import subprocess

import pytest

from browser import Browser
from conftest import ROOT, binary, plain_environment

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(html.parser.HTMLParser):
    """A page, and what is wrong with how it is built."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.tags, self.ids, self.headings = [], [], [], [], []
        self.words = ""
        self.feed(text)
        self.close()
        self.faults += [f"<{name}> is never closed" for name in self.open]

    def handle_starttag(self, name, attributes):
        values = dict(attributes)
        self.tags.append((name, values))
        if len(values) != len(attributes):
            self.faults.append(f"<{name}> has an attribute twice")
        if "id" in values:
            self.ids.append(values["id"])
        if re.fullmatch("h[1-6]", name):
            self.headings.append(int(name[1]))
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name):
        if not self.open or self.open.pop() != name:
            self.faults.append(f"</{name}> closes something else")

    def handle_data(self, data):
        self.words += data

    def named(self, name):
        return [values for tag, values in self.tags if tag == name]


def report(folder, *options, cwd):
    return subprocess.run(
        [binary(), "policy", "report", str(folder), *options], capture_output=True, text=True, timeout=60,
        env=plain_environment(), cwd=cwd)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """The page about the policies that ship, and the process that wrote it."""
    folder = tmp_path_factory.mktemp("report")
    done = report(ROOT / "Policies", cwd=folder)
    assert done.returncode in (0, 1), done.stderr
    return folder / "report.html"


@pytest.fixture(scope="module")
def page(shipped):
    return Page(shipped.read_text(encoding="utf-8"))


@pytest.fixture
def faulty(tmp_path):
    """A folder whose policies open everything, with a case that fails and a description that wants to be markup."""
    folder = tmp_path / "odd folder's"
    for name in ["roles", "policies", "cases"]:
        (folder / name).mkdir(parents=True)
    (folder / "policies/open.json").write_text(json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*", "Condition": {
            "StringLikeIfExists": {"aws:PrincipalTag/x": "</code><script>document.title='taken'</script>*"}}}]}))
    (folder / "roles/clerk.json").write_text(json.dumps({
        "name": "clerk", "description": "<script>document.title='taken'</script><img src=x onerror=alert(1)>",
        "policies": ["open.json"], "trust": {"conditions": {"StringEquals": {"homeroom:role": "clerk"}}}}))
    (folder / "cases/clerk.json").write_text(json.dumps({"role": "clerk", "cases": [
        {"name": "<b>may not scan</b>", "action": "dynamodb:Scan", "table": "student-table", "expect": "Deny(implicit)"}]}))
    return folder


def test_the_page_is_well_built(page):
    assert page.faults == []
    assert page.headings.count(1) == 1 and page.headings[0] == 1
    for before, after in zip(page.headings, page.headings[1:]):
        assert after <= before + 1, "a heading skips a level"
    assert len(page.ids) == len(set(page.ids))
    assert page.named("html") == [{"lang": "en"}]
    assert len(page.named("table")) == len(page.named("caption"))
    assert all("scope" in cell for cell in page.named("th"))


def test_every_link_stays_on_the_page(page):
    links = [values["href"] for values in page.named("a")]
    assert len(links) > 50
    for link in links:
        assert link.startswith("#") and link[1:] in page.ids, link
    for _, values in page.tags:
        assert not set(values) & {"src", "style", "srcset", "action", "data"}
        assert not any(name.startswith("on") for name in values)
    assert {name for name, _ in page.tags} & {"script", "link", "iframe", "object", "embed", "base", "form"} == set()
    for values in page.named("section") + page.named("article"):
        assert values.get("aria-labelledby", "") in page.ids or values.get("class") == "failure"


def test_its_hashes_are_those_of_the_files(page):
    for path in (ROOT / "Policies").glob("*/*.json"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() in page.words, path.name
    assert hashlib.sha256((ROOT / "Templates/catalogs/default.json").read_bytes()).hexdigest() in page.words


def test_the_command_that_it_names_gives_the_hash_that_it_names(faulty, tmp_path):
    done = report(faulty, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    page = Page((tmp_path / "report.html").read_text())
    command = page.words[page.words.index("cd '"):]
    command = command[:command.index("| sha256sum") + len("| sha256sum")]
    found = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=tmp_path)
    digest = found.stdout.split()[0]
    assert f"SHA-256 of the policies{digest}" in page.words, found.stderr


def test_it_tells_every_role_and_prints_every_policy(page):
    for path in (ROOT / "Policies").glob("[rp]o*/*.json"):
        for line in path.read_text().splitlines():
            assert line in page.words
    for path in (ROOT / "Policies/roles").glob("*.json"):
        assert json.loads(path.read_text())["description"] in page.words


def test_a_page_is_the_same_but_for_times(shipped, tmp_path):
    def timeless(path):
        return re.sub(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d UTC)?|[\d.]+ ms", "", path.read_text())

    report(ROOT / "Policies", "--out", "again.html", cwd=tmp_path)
    assert timeless(tmp_path / "again.html") == timeless(shipped)


def test_what_files_hold_is_never_markup(faulty, tmp_path):
    done = report(faulty, "--out", "-", cwd=tmp_path)
    assert done.returncode == 1
    page = Page(done.stdout)
    assert page.faults == []
    assert {name for name, _ in page.tags} & {"script", "img", "b"} == set()
    assert "<img src=x onerror=alert(1)>" in page.words
    assert "<b>may not scan</b>" in page.words and "expected Deny(implicit)" in page.words
    assert not (tmp_path / "report.html").exists()


def test_a_page_takes_the_place_of_an_older_one(tmp_path):
    (tmp_path / "report.html").write_text("old")
    report(ROOT / "Policies", cwd=tmp_path)
    assert (tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("words, complaint", [
    (["nowhere"], "there is no folder `nowhere`"),
    ([str(ROOT / "Policies"), "--out", "no/such/folder.html"], "cannot write `no/such/folder.html`"),
    ([str(ROOT / "Policies"), "--catalog", "none.json"], "there is nothing at `none.json`"),
])
def test_what_cannot_be_done_ends_with_2(tmp_path, words, complaint):
    done = report(words[0], *words[1:], cwd=tmp_path)
    assert done.returncode == 2 and complaint in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_broken_folder_has_no_page(faulty, tmp_path):
    (faulty / "policies/open.json").write_text("{")
    done = report(faulty, cwd=tmp_path)
    assert done.returncode == 2 and "policies/open.json:1:" in done.stderr
    assert not (tmp_path / "report.html").exists()


def test_rest_answers_the_page_of_what_is_sent_and_of_what_is_in_force(shared_server, faulty):
    files = {str(p.relative_to(faulty)): p.read_text() for p in faulty.glob("*/*.json")}
    answer = shared_server.api("POST", "/v1/policies/report", {"files": files, "folder": "odd"})
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    page = Page(answer.text)
    assert page.faults == [] and "clerk" in page.words
    answer = shared_server.api("POST", "/v1/policies/report", {})
    assert answer.status == 200
    for path in (ROOT / "Policies").glob("roles/*.json"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() in answer.text


def test_rest_refuses_what_it_cannot_read(shared_server):
    answer = shared_server.api("POST", "/v1/policies/report", {"files": {"roles/a.json": "{"}})
    assert answer.status == 400 and "roles/a.json:1:" in answer.json["detail"]
    answer = shared_server.api("POST", "/v1/policies/report", {"files": {"../a.json": "{}"}})
    assert answer.status == 400 and answer.json["field"] == "files"
    assert shared_server.api("POST", "/v1/policies/report", {}, key="").status == 401


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@pytest.mark.parametrize("width", [320, 360, 390, 768, 1280])
def test_nothing_is_wider_than_the_screen(browser, shipped, width):
    browser.look(width)
    browser.open(shipped.as_uri())
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.complaints() == []
    assert browser.requests() == [shipped.as_uri()]


# Every piece of text with the colours that it is seen in: the contrast by WCAG 2.2, 1.4.3.
CONTRAST = """
(() => {
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const light = rgb => rgb.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = channels(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility()) continue;
    const a = light(channels(getComputedStyle(element).color)), b = light(behind(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found[element.tagName + '.' + element.className] = ratio;
  }
  return found;
})()
"""


@pytest.mark.parametrize("scheme, medium", [("light", "screen"), ("dark", "screen"), ("dark", "print")])
def test_every_text_can_be_told_from_its_ground(browser, shipped, faulty, tmp_path, scheme, medium):
    report(faulty, cwd=tmp_path)
    browser.look(1280, scheme, medium)
    for path in [shipped, tmp_path / "report.html"]:
        browser.open(path.as_uri())
        assert browser.evaluate(CONTRAST) == {}
        ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (scheme == "light" or medium == "print")


def test_what_files_hold_runs_nowhere(browser, faulty, tmp_path):
    report(faulty, cwd=tmp_path)
    browser.look(1280)
    browser.open((tmp_path / "report.html").as_uri())
    assert browser.evaluate("document.title").startswith("Policy audit: default")
    assert browser.complaints() == []


def test_paper_carries_the_hash_and_everything_that_matters(browser, shipped, page, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext here: `apt install poppler-utils` to read the page as printed")
    browser.open(shipped.as_uri())
    browser.look(800, medium="")
    pdf = base64.b64decode(browser.call("Page.printToPDF", preferCSSPageSize=True)["data"])
    (tmp_path / "report.pdf").write_bytes(pdf)
    subprocess.run(["pdftotext", "-layout", "report.pdf"], cwd=tmp_path, check=True)
    pages = (tmp_path / "report.txt").read_text().split("\f")[:-1]
    digest = re.search("SHA-256 of the policies([0-9a-f]{64})", page.words)[1]
    for number, text in enumerate(pages, 1):
        assert f"SHA-256 {digest}" in text and f"page {number} of {len(pages)}" in text
    everything = " ".join(" ".join(pages).split())
    assert re.search(r"\d+ cases passed\. They are listed on this page on a screen", everything)
    assert "The cases that passed" not in everything
    for path in (ROOT / "Policies/policies").glob("*.json"):
        for sid in re.findall(r'"Sid": "(\w+)"', path.read_text()):
            assert f'"Sid": "{sid}"' in everything, f"the text of {path.name} is on paper"
