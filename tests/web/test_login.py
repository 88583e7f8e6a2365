"""Pages for other computers: TLS and a password, or nothing."""

from __future__ import annotations

import re
import ssl
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import uvicorn

from instep.accounts.account import Account
from instep.accounts.home import Home
from instep.errors import ConfigError
from instep.web import presence
from instep.web.app import create_app
from instep.web.login import SESSION_SECONDS, Login, is_right, set_password, stored
from instep.web.presence import Presence
from instep.web.server import bound, link, settings
from instep.web.site import Site
from instep.web.throttle import FREE
from instep.web.tls import Public, public
from peers.servers import free_port
from web.certificate import certificate
from web.routes import addresses

PASSWORD = "correct horse battery"


@dataclass
class Out:
    """Pages that are served to other computers, and a browser there."""

    site: Site
    files: tuple[Path, Path]
    late: float = 0.0

    def browser(self) -> httpx2.Client:
        trusted = ssl.create_default_context(cafile=str(self.files[0]))
        return httpx2.Client(base_url=self.site.origin, verify=trusted, timeout=60)

    def enters(self, http: httpx2.Client, password: str) -> httpx2.Response:
        """Fill in the form of the login."""
        ticket = re.search(r'name="token" value="(\w+)"', http.get("/login").text)
        assert ticket is not None
        return http.post("/login", data={"token": ticket[1], "password": password})


@pytest.fixture
def out(home: Home, tmp_path: Path) -> Iterator[Out]:
    home.prepare()
    set_password(home, PASSWORD)
    files = certificate(tmp_path)
    where = public(f"127.0.0.1:{free_port()}", *files, ["localhost"])
    place = bound(public=where)
    found: list[Out] = []

    def clock() -> float:
        import time

        return time.time() + (found[0].late if found else 0.0)

    site = Site.of(home, where.port, public=where, clock=clock)
    found.append(Out(site, files))
    server = uvicorn.Server(settings(create_app(site), where))
    thread = threading.Thread(target=lambda: server.run(sockets=[place]), daemon=True)
    thread.start()
    presence.announce(home, Presence(site.origin, "127.0.0.1", where.port, True))
    yield found[0]
    server.should_exit = server.force_exit = True
    thread.join(30)
    site.here.db.close()


def test_password_lets_in_and_log_out_ends_it(out: Out, account: Account) -> None:
    with out.browser() as http:
        assert http.get("/").headers["location"] == "/login"
        assert out.enters(http, PASSWORD).headers["location"] == "/"
        assert "Work" in http.get("/").text
        mine = dict(http.cookies)["__Host-instep_session"]
        http.post("/logout", data={"token": out.site.key.form_token(mine)})
        assert http.get("/").status_code == 303
        # Whoever kept the cookie has nothing of it.
        assert http.get("/", headers={"cookie": f"__Host-instep_session={mine}"}).status_code == 303


def test_cookie_is_for_this_name_and_tls_alone(out: Out) -> None:
    with out.browser() as http:
        said = out.enters(http, PASSWORD).headers.get_list("set-cookie")
    [session] = [line for line in said if line.startswith("__Host-instep_session=")]
    parts = {part.strip().lower() for part in session.split(";")[1:]}
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= parts
    assert not [part for part in parts if part.startswith("domain")]


def test_wrong_password_or_a_form_from_elsewhere_lets_nobody_in(out: Out) -> None:
    with out.browser() as http:
        assert "That was not the password." in out.enters(http, "wrong horse battery").text
        assert http.post("/login", data={"token": "x", "password": PASSWORD}).status_code == 403
        http.cookies.clear()
        assert http.post("/login", data={"password": PASSWORD}).status_code == 403
        evil = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        assert http.post("/login", data={"password": PASSWORD}, headers=evil).status_code == 403
        assert "__Host-instep_session" not in dict(http.cookies)


def test_guessing_is_slowed_down_and_even_the_right_password_waits(out: Out) -> None:
    with out.browser() as http:
        for _ in range(FREE):
            assert out.enters(http, "wrong horse battery").status_code == 403
        slow = out.enters(http, PASSWORD)
        assert (slow.status_code, int(slow.headers["retry-after"]) > 0) == (429, True)
        out.late = 20.0
        assert out.enters(http, PASSWORD).status_code == 303


def test_session_ends_after_its_days_and_with_the_password(out: Out) -> None:
    key, login = out.site.key, out.site.login
    assert login is not None
    session = login.new_session(key)
    assert out.site.knows(session)
    out.late = SESSION_SECONDS + 1.0
    assert not out.site.knows(session)
    out.late = 0.0
    home = out.site.here.home
    set_password(home, "another horse battery")
    assert not Login.of(home, out.site.clock).key(key).is_session(session)


def test_sessions_and_links_of_this_computer_are_worth_nothing_outside(out: Out, home: Home) -> None:
    inside = Site.of(home, 7467)
    with out.browser() as http:
        for name in ("instep_session", "__Host-instep_session"):
            said = {"cookie": f"{name}={inside.key.new_session()}"}
            assert http.get("/", headers=said).status_code == 303
        assert http.get(link(inside).removeprefix(inside.origin)).status_code == 404
        assert not http.cookies
    inside.here.db.close()


def test_whoever_is_not_logged_in_gets_nothing(out: Out, account: Account) -> None:
    with out.browser() as http:
        for address in addresses(out.site):
            if address.open:
                continue
            answer = http.request(address.method, address.path)
            assert answer.status_code == (303 if address.method == "GET" else 403), address
            assert "Work" not in answer.text


def test_only_the_name_that_was_said_is_served(out: Out) -> None:
    port = out.site.origin.rpartition(":")[2]
    with out.browser() as http:
        for host in (f"127.0.0.1:{port}", f"evil.example:{port}", "localhost"):
            assert http.get("/login", headers={"host": host}).status_code == 421
        assert http.get("/login", headers={"host": f"LOCALHOST:{port}"}).status_code == 200


def test_program_is_found_behind_its_certificate(out: Out, home: Home) -> None:
    found = presence.found(home)
    assert found is not None and found.origin == out.site.origin


def test_password_is_kept_as_a_hash_that_only_its_owner_reads(home: Home) -> None:
    home.prepare()
    set_password(home, PASSWORD)
    text = stored(home)
    assert PASSWORD not in text
    assert stat.S_IMODE(home.web_password.stat().st_mode) == 0o600
    assert (is_right(text, PASSWORD), is_right(text, PASSWORD + "x"), is_right(text, "")) == (True, False, False)
    assert not is_right(text, "x" * 100_000)


@pytest.mark.parametrize("password", ["", "nine char", "x" * 1025])
def test_password_too_short_or_too_long_is_refused(home: Home, password: str) -> None:
    with pytest.raises(ConfigError, match="10 to 1024 characters"):
        set_password(home, password)
    assert not home.web_password.exists()


@pytest.mark.parametrize("text", ["", "{}", '{"salt": "x"}', "[]"])
def test_password_file_that_is_broken_lets_nobody_in(home: Home, text: str) -> None:
    home.prepare()
    home.web_password.write_text(text)
    with pytest.raises(ConfigError, match="cannot be used"):
        stored(home)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return certificate(tmp_path)


TAKEN: list[tuple[str, list[str], str, str]] = [
    ("192.0.2.1:8443", [], "https://192.0.2.1:8443", "192.0.2.1:8443"),
    ("192.0.2.1:443", [], "https://192.0.2.1", "192.0.2.1"),
    ("[2001:db8::1]:8443", [], "https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
    ("0.0.0.0:8443", ["Instep.Example.org."], "https://instep.example.org:8443", "instep.example.org:8443"),
    ("[::]:443", ["a.example", "b.example"], "https://a.example", "b.example"),
]


@pytest.mark.parametrize(("listen", "names", "origin", "host"), TAKEN, ids=[row[0] for row in TAKEN])
def test_address_is_understood(files: tuple[Path, Path], listen: str, names: list[str], origin: str, host: str) -> None:
    where = public(listen, *files, names)
    assert where.origin == origin
    assert host in where.hosts


REFUSED: list[tuple[str, str, list[str], str]] = [
    ("a name for an address", "localhost:8443", [], "no address to serve at"),
    ("no port", "192.0.2.1", [], "no address to serve at"),
    ("a port that is none", "192.0.2.1:99999", [], "no address to serve at"),
    ("port 0", "192.0.2.1:0", [], "no address to serve at"),
    ("IPv6 without brackets", "2001:db8::1:8443", [], "no address to serve at"),
    ("IPv4 in brackets", "[192.0.2.1]:8443", [], "no address to serve at"),
    ("every address and no name", "0.0.0.0:8443", [], "nobody knows by which name"),
    ("a name with a port", "0.0.0.0:8443", ["a.example:8443"], "no name of a computer"),
    ("a name that is none", "0.0.0.0:8443", ["evil example"], "no name of a computer"),
    ("a name of every computer", "0.0.0.0:8443", ["*"], "no name of a computer"),
]


@pytest.mark.parametrize(("story", "listen", "names", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_address_that_cannot_be_served_says_why(
    files: tuple[Path, Path], story: str, listen: str, names: list[str], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        public(listen, *files, names)


def test_without_a_certificate_and_its_own_key_nothing_is_served(files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = certificate(tmp_path / "other")
    shut = certificate(tmp_path / "other", "shut", b"passphrase")
    wrong: list[tuple[Path | None, Path | None, str]] = [
        (None, None, "with TLS only"),
        (files[0], None, "with TLS only"),
        (files[0], other[1], "not a certificate and its key"),
        (files[1], files[0], "not a certificate and its key"),
        (tmp_path / "nowhere", files[1], "cannot be read"),
        (shut[0], shut[1], "encrypted"),
    ]
    for cert, key, words in wrong:
        with pytest.raises(ConfigError, match=words):
            public("192.0.2.1:8443", cert, key)


def test_without_a_password_nothing_is_served(home: Home, files: tuple[Path, Path]) -> None:
    where = Public("127.0.0.1", free_port(), *files, ("localhost",))
    with pytest.raises(ConfigError, match="with a login only"):
        Site.of(home, where.port, public=where)
