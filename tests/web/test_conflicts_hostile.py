"""Conflicts of hostile and of huge items: shown harmless, small and usable."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from instep.accounts.home import Home
from instep.core.model import Typed
from web.client import Client
from web.conflicts import Clashes


@pytest.fixture
def clashes(home: Home) -> Clashes:
    return Clashes(home)


SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"


def test_hostile_text_is_shown_and_does_nothing(clashes: Clashes, client: Client) -> None:
    name = f"Eve {SCRIPT}"
    question = clashes.both_changed(
        name, left={"note": f"left {SCRIPT} \u202etxt.exe", "company": "\x1b[31mL"}, note=f"right {SCRIPT}", company="R"
    )
    for path in ("/conflicts", f"/conflicts/{question.id}?choice=both"):
        client.get(path)
        assert "<script>alert" not in client.text and "<img src=x" not in client.text
        assert "\u202e" not in client.text and "\x1b" not in client.text
        assert "<script>alert('x')</script>" in client.said
    whole = client.http.get(f"/conflicts/{question.id}/text/desktop/note")
    assert whole.headers["content-type"].startswith("text/plain") and SCRIPT in whole.text


def test_a_megabyte_of_notes_stays_a_small_page_that_leads_to_all_of_it(clashes: Clashes, client: Client) -> None:
    left = "word " * 200_000 + "END-LEFT"
    question = clashes.both_changed(left={"note": left}, note="other " * 150_000)
    said = client.get(f"/conflicts/{question.id}?choice=server")
    assert len(client.text) < 60_000 and "characters …" in said and "All of it" in said
    assert client.http.get(f"/conflicts/{question.id}/text/desktop/note").text == left


def test_a_contact_with_hundreds_of_addresses_stays_usable(clashes: Clashes, client: Client) -> None:
    mails = tuple(Typed(f"anna{n}@example.org", frozenset({"work"})) for n in range(300))
    one, other = (
        (*mails[:150], replace(mails[150], value=f"new{side}@example.org"), *mails[151:]) for side in ("L", "R")
    )
    question = clashes.both_changed(base={"emails": mails}, left={"emails": one}, emails=other)
    said = client.get(f"/conflicts/{question.id}?choice=desktop")
    assert len(client.text) < 30_000 and "newL" in said and "newR" in said and "characters …" in said
    assert "anna290" in client.http.get(f"/conflicts/{question.id}/text/server/emails").text


def test_only_the_words_that_differ_are_marked(clashes: Clashes, client: Client) -> None:
    text = "We meet in the {} at nine and bring cake. " + "Nothing else. " * 40
    question = clashes.both_changed(left={"note": text.format("hall")}, note=text.format("garden"))
    client.get(f"/conflicts/{question.id}")
    assert set(re.findall(r"<mark>(.*?)</mark>", client.text)) == {"hall", "garden"}
