"""The help: every topic, every link, the search by a form, and what a page may cost."""

from __future__ import annotations

import html
import json
import re
import zipfile
from pathlib import Path

import pytest

from instep.web import help_book
from instep.web.help_book import Page, anchor_of, book, headings_of
from instep.web.help_search import index, search
from instep.web.help_text import html_of
from web.client import Client

LIMIT = 150_000
ROOT = Path(__file__).parents[2]


def test_every_page_of_the_documentation_is_a_topic() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert {page.file for page in (book().first, *book().pages)} == files | {"CHANGELOG.md", "SECURITY.md"}


def test_every_topic_is_shown_and_every_link_of_it_leads_somewhere(client: Client) -> None:
    """Also that no page weighs too much; the looks and scripts that come with each are counted."""
    seen: dict[str, str] = {}
    waiting = ["/help"]
    while waiting:
        path = waiting.pop()
        client.get(path)
        seen[path] = client.text
        for link in re.findall(r'href="(/[^"#]*)', client.text):
            inside = re.match(r"/(help|doctor|static)", link)
            if inside and link not in seen and link not in waiting:
                waiting.append(link)
    assert {page.address for page in book().pages} <= set(seen)
    broken = [
        (path, link)
        for path, text in seen.items()
        if path.startswith("/help")
        for link in re.findall(r'href="((?:/help|#)[^"]*)', text)
        if not _is_there(link, path, seen)
    ]
    assert broken == []
    shared = sum(len(client.http.get(f"/static/{name}").content) for name in _static(seen["/help"]))
    assert {path: len(text) for path, text in seen.items() if len(text.encode()) + shared > LIMIT} == {}


def _is_there(link: str, path: str, seen: dict[str, str]) -> bool:
    page, _, anchor = link.partition("#")
    text = seen.get(page or path, "")
    return bool(text) and (not anchor or f'id="{html.unescape(anchor)}"' in text)


def _static(text: str) -> list[str]:
    return re.findall(r'(?:src|href)="/static/([^"?]+)', text)


def test_a_topic_that_is_not_there_says_so(client: Client) -> None:
    assert "no such page in the help" in client.get("/help/how-to/fly", expect=404)


@pytest.mark.parametrize("path", ["/help/..%2f..%2fREADME", "/help/%00", "/help/docs/index.md", "/help/" + "x" * 4000])
def test_no_address_leads_to_other_files(client: Client, path: str) -> None:
    client.get(path, expect=404)


def test_the_search_without_script_finds_with_an_excerpt_and_keeps_the_words_out_of_the_address(
    client: Client,
) -> None:
    said = client.post("/help/search", {"query": "two-step password"})
    assert client.path == "/help/search"
    assert "The login is refused When something is wrong" in said
    assert re.search(r"<mark>password</mark>", client.text)


def test_what_is_looked_for_is_shown_harmless(client: Client) -> None:
    client.post("/help/search", {"query": '<script>alert(1)</script>\u202e"'})
    assert "<script>alert" not in client.text and "\u202e" not in client.text
    assert "Nothing found" in client.said


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        pytest.param("password refused", "The login is refused", id="the words of a symptom"),
        pytest.param("duplicates", "Everything is there twice", id="a word that is only alike"),
        pytest.param("iphones", "iPhone and iPad", id="a plural, any case"),
        pytest.param("undo a run", "Take a run back", id="words that say nothing do not count"),
        pytest.param("telepho", "Old telephones", id="the beginning of a word"),
        pytest.param("license", "", id="a word that is only in a text"),
        pytest.param("certificate expired", "The connection is not secure", id="every word must be there"),
    ],
)
def test_searching_finds_the_place_among_the_first(query: str, heading: str) -> None:
    assert heading in [hit.part.heading for hit in search(query)][:4]


@pytest.mark.parametrize("query", ["", "   ", "…", "zzzzqqq", "password zzzzqqq"])
def test_searching_for_nothing_finds_nothing(query: str) -> None:
    assert search(query) == []


def test_the_index_is_small_and_packed(client: Client) -> None:
    answer = client.http.get("/help/index.json", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json() == json.loads(json.dumps(index()))
    assert int(answer.headers["content-length"]) < 60_000
    assert client.http.get("/help/index.json", headers={"accept-encoding": "identity"}).json() == answer.json()


def test_about_names_every_part_with_its_licence_and_who_is_not_behind_this(client: Client) -> None:
    said = client.get("/help/about")
    for words in ("not affiliated", "SmarterTools", "Microsoft", "Starlette", "htmx 2.0", "0BSD", "BSD-3-Clause"):
        assert words.lower() in said.lower(), words


def _page(text: str) -> Page:
    return Page("how-to/x", "docs/how-to/x.md", "X", "", text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;", id="HTML is text"),
        pytest.param("[a](conflicts.md#later)", 'href="/help/how-to/conflicts#later"', id="a neighbour"),
        pytest.param("[a](../../CHANGELOG.md)", 'href="/help/release-notes"', id="the release notes"),
        pytest.param("[a](../index.md)", 'href="/help"', id="the first page"),
        pytest.param("[a](../../LICENSE)", "<span>a</span>", id="a file that is no page is no link"),
        pytest.param("[a](javascript:alert(1))", "[a](javascript:alert(1))", id="a script is no link"),
        pytest.param("[a](https://example.org/)", 'href="https://example.org/"', id="elsewhere"),
        pytest.param("# T\n\n## In the *end*", 'id="in-the-end"', id="a heading with marks"),
    ],
)
def test_markdown_becomes(text: str, words: str) -> None:
    assert words in html_of(_page(text))


def test_headings_of_the_same_words_have_anchors_of_their_own() -> None:
    assert [h.anchor for h in headings_of("## A\n\n```\n## no\n```\n## A\n")] == ["a", "a-1"]


def test_anchors_are_those_of_other_places_that_show_markdown() -> None:
    assert anchor_of("Plain http, private certificates & `x`") == "plain-http-private-certificates--x"


def test_an_installed_program_finds_its_help_inside_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "lib" / "instep"
    (package / "help" / "docs").mkdir(parents=True)
    (package / "help" / "docs" / "index.md").write_text("# X")
    monkeypatch.setattr(help_book.instep, "__file__", str(package / "__init__.py"))
    assert help_book.root() == package / "help"


def test_the_wheel_holds_the_help(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    [wheel] = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("instep/help/")}
    shown = {f"instep/help/docs/pictures/{file.name}" for file in (ROOT / "docs" / "pictures").iterdir()}
    assert names == {f"instep/help/{page.file}" for page in (book().first, *book().pages)} | shown


def test_every_picture_of_the_help_is_shown_somewhere_and_served(client: Client) -> None:
    shown = set()
    for page in book().pages:
        shown |= set(re.findall(r'<img src="(/help/pictures/[^"]+)"', html_of(page)))
    assert shown == {f"/help/pictures/{file.name}" for file in (ROOT / "docs" / "pictures").iterdir()}
    for address in shown:
        answer = client.http.get(address)
        assert answer.status_code == 200 and answer.content.startswith(b"\x89PNG")
    client.get("/help/pictures/..%2f..%2fREADME.md", expect=404)
