"""The built pages: read as files, and opened one by one in a real browser that may talk to this machine only."""

from __future__ import annotations

import html.parser
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import links
import pytest
import quiz_answers
import vendor

from ganlab.teaching.quiz import lessons

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"


@pytest.fixture(scope="module")
def built() -> list[Path]:
    """The pages, built or brought up to date. A warning of the build fails every test here."""
    if not _built_since_the_last_change():
        done = subprocess.run([sys.executable, ROOT / "book" / "build.py"], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    skipped = ("_static", "_sources", "_sphinx_design_static")
    return [path for path in sorted(HTML.rglob("*.html")) if path.relative_to(HTML).parts[0] not in skipped]


def _built_since_the_last_change() -> bool:
    """Whether `make book` has just been here: the build looks at every page again, which takes a while."""
    stamp = ROOT / "_build" / "built-without-warnings"
    sources = [path for name in ("book", "notebooks", "ganlab") for path in (ROOT / name).rglob("*")]
    written = ("__pycache__", "node_modules", ".ipynb_checkpoints")
    files = [path for path in (*ROOT.iterdir(), *sources) if path.is_file() and not {*path.parts} & {*written}]
    return stamp.exists() and all(path.stat().st_mtime <= stamp.stat().st_mtime for path in files)


class Page(html.parser.HTMLParser):
    """The addresses and the names that one page contains."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.names: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.names |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if given.get("src"):
            self.loads.append(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "preload", "icon") and given.get("href"):
            self.loads.append(given["href"])


def test_every_internal_link_leads_somewhere(built: list[Path]) -> None:
    parsed = {path: Page(path) for path in built}
    broken = []
    for path, page in parsed.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                broken.append(f"{path.relative_to(HTML)}: {link} has no file")
            elif parts.fragment and target in parsed and unquote(parts.fragment) not in parsed[target].names:
                broken.append(f"{path.relative_to(HTML)}: {link} has no such place")
    assert not broken, "\n".join(broken)


def test_vendored_pages_name_no_other_host_to_load_from(built: list[Path]) -> None:
    if not vendor.fresh():
        pytest.skip("npm was out of reach when the book was built: its pages use a CDN")
    foreign = {
        f"{path.relative_to(HTML)}: {address}"
        for path in built
        for address in Page(path).loads
        if urlsplit(address).scheme in ("http", "https") or address.startswith("//")
    }
    assert not foreign
    text = {path: path.read_text(encoding="utf-8") for path in built}
    cdn = re.compile(r"cdn\.jsdelivr|cdnjs\.|unpkg\.com|polyfill\.io|fonts\.google")
    assert not [str(path) for path, page in text.items() if cdn.search(page)]


def test_no_page_names_a_folder_of_this_machine(built: list[Path]) -> None:
    assert not [str(path) for path in built if f"{ROOT}/" in path.read_text(encoding="utf-8")]


@pytest.fixture(scope="module")
def reports(built: list[Path], chromium: Callable[..., Any], serve: Callable[[Path], str]) -> list[dict]:
    """What the browser saw, page by page."""
    if not vendor.fresh():
        pytest.skip("npm was out of reach when the book was built: its pages need a CDN")
    return chromium("browser.mjs", serve(HTML), HTML)


@pytest.mark.browser
def test_every_page_was_opened(reports: list[dict], built: list[Path]) -> None:
    assert {report["name"] for report in reports} == {path.relative_to(HTML).as_posix() for path in built}


@pytest.mark.browser
def test_no_request_leaves_this_machine(reports: list[dict]) -> None:
    assert not {report["name"]: report["foreign"] for report in reports if report["foreign"]}


@pytest.mark.browser
def test_nothing_that_a_page_asks_for_is_missing(reports: list[dict]) -> None:
    assert not {report["name"]: report["missing"] for report in reports if report["missing"]}


@pytest.mark.browser
def test_no_error_on_the_console(reports: list[dict]) -> None:
    assert not {report["name"]: report["errors"] for report in reports if report["errors"]}


@pytest.mark.browser
def test_every_picture_has_alternative_text(reports: list[dict]) -> None:
    assert not {report["name"]: report["images"] for report in reports if report["images"]}


@pytest.mark.browser
def test_every_formula_is_drawn(reports: list[dict]) -> None:
    assert sum(report["formulas"] for report in reports) > 0
    assert not {r["name"]: (r["formulas"], r["formulasDrawn"]) for r in reports if r["formulas"] > r["formulasDrawn"]}
    assert not {report["name"]: report["formulasWrong"] for report in reports if report["formulasWrong"]}


@pytest.mark.browser
def test_every_diagram_is_drawn_and_can_be_read_aloud(reports: list[dict]) -> None:
    assert sum(report["diagrams"] for report in reports) > 0
    for report in reports:
        assert report["diagrams"] == report["diagramsDrawn"] == report["diagramsSpoken"], report["name"]


@pytest.mark.browser
def test_no_page_is_wider_than_a_phone(reports: list[dict]) -> None:
    assert not {report["name"]: report["overflow"] for report in reports if report["overflow"] > 0}


@pytest.mark.browser
def test_colab_links_lead_to_notebooks_that_exist(reports: list[dict]) -> None:
    repository = links.repository()
    for report in reports:
        for link in report["colab"]:
            notebook = link.removeprefix(repository.colab(""))
            assert link.startswith(repository.colab("")) and (ROOT / notebook).is_file(), (report["name"], link)
        if report["name"].startswith("notebooks/"):
            own = repository.colab(report["name"].removesuffix(".html") + ".ipynb")
            assert own in report["colab"], (report["name"], "has no button for itself")


@pytest.fixture(scope="module")
def quizzes(
    built: list[Path], chromium: Callable[..., Any], serve: Callable[[Path], str], tmp_path_factory: Any
) -> dict[str, Any]:
    """What became of the quizzes on the pages of the lessons, answered by keyboard, and how they look."""
    pages = {path.name[:2]: path for path in built if path.parent.parent == HTML / "notebooks"}
    address = serve(HTML)
    urls = {lesson: f"{address}/{pages[lesson].relative_to(HTML).as_posix()}" for lesson in lessons()}
    plan = tmp_path_factory.mktemp("quizzes") / "plan.json"
    answered = [quiz_answers.run(url, lesson) for lesson, url in urls.items()]
    looked_at = [{"url": urls["10"], "theme": theme} for theme in ("light", "dark")]
    plan.write_text(json.dumps({"runs": answered, "colours": looked_at}), encoding="utf-8")
    return chromium("quiz.mjs", plan)


@pytest.mark.browser
def test_the_quiz_of_every_lesson_can_be_answered_on_its_page(quizzes: dict[str, Any]) -> None:
    for lesson, report in zip(lessons(), quizzes["runs"], strict=True):
        quiz_answers.check(lesson, report)


@pytest.mark.browser
def test_a_quiz_can_be_read_in_both_themes(quizzes: dict[str, Any]) -> None:
    assert [report["theme"] for report in quizzes["colours"]] == ["light", "dark"]
    for report in quizzes["colours"]:
        assert min(report["text"].values()) >= 4.5, report["text"]
        assert min(report["bars"]) >= 3, report["bars"]
