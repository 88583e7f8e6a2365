"""What no page may ever do, tried on every route: new pages are covered the day they appear."""

from __future__ import annotations

import http.client
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import httpx2
import pytest

from cli.desk import Desk
from instep.accounts.account import Account
from instep.accounts.home import Home
from instep.web.security import HEADERS
from instep.web.site import Site
from web.client import Client
from web.routes import Address, addresses

PRIVATE = ("Work", "Jane", "alice@example.org", "desk")
"""Words of the person's that may be told to nobody else."""


@dataclass
class House:
    """Pages with an account and a run behind them, and all that can be asked of them."""

    client: Client
    home: Home
    desk: Desk

    @property
    def all(self) -> list[Address]:
        jobs = self.client.pages.site.jobs.all()
        return addresses(self.client.pages.site, job=jobs[-1].id)

    def state(self) -> str:
        """All that is kept: settings and state, and both sides."""
        with sqlite3.connect(f"file:{self.home.state}?mode=ro", uri=True) as db:
            dump = "\n".join(db.iterdump())
        files = [self.home.config, *self.desk.files, *self.desk.held]
        # A page may look at both sides in the background, as the one with the folders does; that writes nothing.
        jobs = [job.id for job in self.client.pages.site.jobs.all() if job.what != "folders"]
        return json.dumps([dump, [(str(file), file.read_text()) for file in files], jobs])

    def ask(
        self,
        address: Address,
        *,
        session: bool = True,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask as a browser does, or as somebody who was not let in; redirects are not followed."""
        cookie = {"cookie": f"instep_session={self.client.http.cookies['instep_session']}"} if session else {}
        body = None if data is None else urlencode(data)
        kind = {} if data is None else {"content-type": "application/x-www-form-urlencoded"}
        wire = http.client.HTTPConnection(urlsplit(self.client.pages.origin).netloc, timeout=60)
        try:
            wire.request(address.method, address.path, body, {**cookie, **kind, **(headers or {})})
            answer = wire.getresponse()
            said = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, said, answer.read().decode("utf-8", "replace"))
        finally:
            wire.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; names of headers in lower case."""

    status_code: int
    headers: Mapping[str, str]
    text: str


@pytest.fixture
def house(account: Account, client: Client, home: Home, desk: Desk) -> House:
    client.post(f"/accounts/{client.pages.site.id_of('Work')}/synchronize", {"yes": "yes"})
    client.until_over()
    return House(client, home, desk)


def token(house: House) -> dict[str, str]:
    return {"token": house.client.token}


def test_whoever_was_not_let_in_gets_nothing(house: House) -> None:
    before = house.state()
    for address in house.all:
        if address.open:
            continue
        answer = house.ask(address, session=False, data=token(house) if address.method == "POST" else None)
        assert answer.status_code == 403, address
        assert "not been let in" in answer.text
        assert not [word for word in PRIVATE if word in answer.text], address
    assert house.state() == before


def test_what_is_open_to_all_tells_nothing_of_the_person(house: House) -> None:
    nowhere = [Address("GET", path, True) for path in ("/static/nowhere.css", "/openings", "/static/../web.key")]
    for address in [one for one in house.all if one.open] + nowhere:
        answer = house.ask(address, session=False)
        assert answer.status_code in {200, 403, 404}, address
        # Not even how many conflicts wait, which every page's heading tells.
        assert "<nav" not in answer.text, address
        assert not [word for word in PRIVATE if word in answer.text], address


def test_form_without_this_sessions_token_does_nothing(house: House) -> None:
    other = house.client.pages.site.key.form_token(house.client.pages.site.key.new_session())
    before = house.state()
    for name, sent in {"none": {}, "wrong": {"token": "x"}, "of another session": {"token": other}}.items():
        for address in house.all:
            if address.method == "POST" and not address.open:
                assert house.ask(address, data=sent).status_code == 403, (address, name)
    assert house.state() == before


FOREIGN: list[tuple[str, dict[str, str]]] = [
    ("another site's form", {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}),
    ("another site's form in a browser that says only the origin", {"origin": "https://evil.example"}),
    ("a page without an origin", {"origin": "null"}),
    ("an origin that cannot be read", {"origin": "http://["}),
    ("another program of this computer", {"sec-fetch-site": "same-site"}),
    ("the right name with another scheme", {"origin": "https://127.0.0.1:{port}"}),
    ("another port", {"origin": "http://127.0.0.1:1"}),
    ("a name that only begins like ours", {"origin": "http://127.0.0.1:{port}.evil.example"}),
]


def test_form_of_another_page_does_nothing(house: House) -> None:
    port = str(urlsplit(house.client.pages.origin).port)
    before = house.state()
    for name, headers in FOREIGN:
        said = {key: value.replace("{port}", port) for key, value in headers.items()}
        for address in house.all:
            if address.method == "POST":
                assert house.ask(address, data=token(house), headers=said).status_code == 403, (address, name)
    assert house.state() == before


def test_page_is_not_embedded_but_linked_from_elsewhere(house: House) -> None:
    first = Address("GET", "/", False)
    image = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert house.ask(first, headers=image).status_code == 403
    assert house.ask(first, headers=link).status_code == 200


HOSTS = ["evil.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}", "", "[::1", "a@127.0.0.1:{port}"]


def test_name_that_leads_here_by_trickery_gets_nothing(house: House) -> None:
    port = str(urlsplit(house.client.pages.origin).port)
    before = house.state()
    for host in HOSTS:
        for address in house.all:
            data = token(house) if address.method == "POST" else None
            answer = house.ask(address, headers={"host": host.replace("{port}", port)}, data=data)
            assert answer.status_code == 421, (address, host)
            assert not [word for word in PRIVATE if word in answer.text], (address, host)
    assert house.state() == before


def test_looking_changes_nothing(house: House) -> None:
    before = house.state()
    for address in house.all:
        if address.method == "GET" and address.path != "/open" and not address.path.endswith("/events"):
            answer = house.ask(address)
            assert answer.status_code < 500, address
            assert house.ask(Address("HEAD", address.path, address.open)).status_code < 500, address
    assert house.state() == before


def test_every_answer_carries_what_a_browser_must_know(house: House) -> None:
    asked = [*house.all, Address("GET", "/nowhere", False), Address("PUT", "/", False), Address("TRACE", "/", False)]
    for address in asked:
        for session in (True, False):
            answer = house.ask(address, session=session, data={} if address.method == "POST" else None)
            carried = {name: answer.headers.get(name) for name in HEADERS}
            assert carried == HEADERS, address
            # What the help says is the same for everybody.
            if not address.path.startswith("/help/"):
                assert answer.headers["cache-control"] == "no-store", address
            assert "server" not in answer.headers
            assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_policy_of_the_pages_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    policy = dict(part.strip().split(" ", 1) for part in HEADERS["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert (policy["script-src"], policy["style-src"], policy["form-action"]) == ("'self'", "'self'", "'self'")
    assert (policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'none'")
    assert not [words for words in policy.values() if "unsafe" in words or "http" in words or "*" in words]


def test_defect_is_answered_like_any_page_and_without_its_details(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Site, id: str) -> Account:
        raise RuntimeError("Jane's secret")

    monkeypatch.setattr(Site, "account", broken)
    address = next(a for a in house.all if a.path.endswith("/synchronize") and a.path.startswith("/accounts/"))
    answer = house.ask(address, data=token(house))
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] == "no-store"


def test_no_address_of_a_page_holds_a_word_of_the_person(house: House) -> None:
    for address in house.all:
        if address.method != "GET" or address.path.endswith("/events"):
            continue
        text = house.ask(address).text
        for mark in ('href="', 'action="', 'src="', 'hx-get="', 'hx-post="', 'sse-connect="'):
            for piece in text.split(mark)[1:]:
                led = piece.partition('"')[0]
                assert not [word for word in (*PRIVATE, "jane-1") if word in led], (address, led)


def test_null_in_a_form_is_refused(house: House) -> None:
    before = house.state()
    for address in house.all:
        if address.method == "POST" and not address.open:
            fields = {**token(house), "name": "a\0b", "url\0": "x"}
            assert house.ask(address, data=fields).status_code == 400, address
    assert house.state() == before


def test_form_with_thousands_of_fields_is_refused(house: House) -> None:
    fields = {**token(house), **{f"f{number}": "x" for number in range(5000)}}
    assert house.ask(Address("POST", "/synchronize", False), data=fields).status_code == 400


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(0)
    yield caplog


def test_log_holds_no_link_no_session_and_no_form(log: pytest.LogCaptureFixture, house: House) -> None:
    address = house.client.pages.link
    with httpx2.Client() as http:
        http.get(address)
    for asked in house.all:
        if not asked.path.endswith("/events"):
            house.ask(asked, data={"token": "x", "password": "hunter2"} if asked.method == "POST" else None)
    ours = "\n".join(record.getMessage() for record in log.records if not record.name.startswith("http"))
    secrets = [address.rpartition("=")[2], house.client.http.cookies["instep_session"], "hunter2", "Jane"]
    assert not [word for word in secrets if word in ours]
