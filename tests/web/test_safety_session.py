"""Sessions and one-time links: who is let in, for how long, and that nothing else opens the door."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx2

from instep.accounts.home import Home
from instep.web.key import LINK_SECONDS, Key
from instep.web.server import link
from web.client import Client, Pages
from web.conftest import served


def test_session_is_out_of_reach_of_scripts_and_other_pages(pages: Pages) -> None:
    with httpx2.Client() as http:
        said = http.get(pages.link).headers["set-cookie"]
    parts = [part.strip().lower() for part in said.split(";")]
    assert parts[0].startswith("instep_session=")
    assert {"httponly", "samesite=strict", "path=/"} <= set(parts)
    assert not [part for part in parts if part.startswith("domain")]


def test_session_that_was_not_given_by_us_is_none(client: Client) -> None:
    mine = client.http.cookies["instep_session"]
    name, _, signature = mine.partition(".")
    for forged in (
        "",
        ".",
        "x",
        f"{name}.",
        f"{name}.{'0' * 64}",
        f"x{name}.{signature}",
        f"{name}.{signature}x",
        "\u00fc",
    ):
        said = {"cookie": f"instep_session={forged}".encode()}
        assert httpx2.get(client.pages.origin, headers=said).status_code == 403, forged


def test_session_lasts_over_a_restart(home: Home) -> None:
    with served(home) as pages:
        client = pages.client()
        port = urlsplit(pages.origin).port or 0
    with served(home, port):
        client.get("/")
        client.http.close()


def test_link_lets_in_once(pages: Pages) -> None:
    address = pages.link
    with httpx2.Client() as http:
        assert http.head(address).status_code == 405
        assert http.get(address).status_code == 200
    with httpx2.Client() as http:
        assert http.get(address).status_code == 403
        assert not http.cookies


def test_link_of_another_time_program_or_hand_lets_nobody_in(home: Home, pages: Pages) -> None:
    site, now = pages.site, pages.site.clock()
    dead = {
        "too old": f"{pages.origin}/open?link={site.key.new_link(now - LINK_SECONDS - 1)}",
        "of the program before": f"{pages.origin}/open?link={site.key.new_link(now - 3600)}",
        "of the future": f"{pages.origin}/open?link={site.key.new_link(now + 60)}",
        "of another installation": f"{pages.origin}/open?link={Key(b'x' * 32).new_link(now)}",
        "with a session in its place": f"{pages.origin}/open?link={site.key.new_session()}",
        "empty": f"{pages.origin}/open?link=",
        "without one": f"{pages.origin}/open",
        "half": link(site)[:-5],
        "odd": f"{pages.origin}/open?link=%C3%BC-%00.x",
    }
    with httpx2.Client() as http:
        for name, address in dead.items():
            assert http.get(address).status_code == 403, name
        assert not http.cookies


def test_link_dies_with_the_program_that_it_was_made_for(home: Home) -> None:
    with served(home) as pages:
        old = urlsplit(pages.link)
    with served(home) as pages, httpx2.Client() as http:
        assert http.get(f"{pages.origin}{old.path}?{old.query}").status_code == 403


def test_proof_of_being_the_one_opens_no_door(pages: Pages) -> None:
    site = pages.site
    said = httpx2.get(f"{pages.origin}/alive?say=x").text
    assert site.key.signed("alive", "x", said)
    assert not site.key.signed("session", "x", said)
    assert not site.key.is_session(f"x.{said}")
