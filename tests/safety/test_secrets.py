"""After a whole day with every kind of trouble, the password is nowhere but where it belongs."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from click.testing import Result

from cli.conftest import SOURCES
from cli.desk import Desk, card
from instep.accounts.account import Account
from instep.accounts.connect import connect
from instep.accounts.secret import Secret
from instep.accounts.vault import Vault
from instep.errors import InstepError
from instep.protocols.http import HttpClient, HttpSettings
from peers.proxy import Proxy, between
from peers.servers import Peer
from peers.standin import Asked, Say

Run = Callable[..., Result]
# Every character that some encoding would write otherwise; a search for the plain text alone would miss those.
PASSWORD = 'Pa:ss/w%rd"+ü<&'


def disguises(login: str, password: str) -> list[bytes]:
    """The password and the value of the Authorization header, in every way in which they may come out."""
    pair = f"{login}:{password}".encode()
    texts = [
        *(password, quote(password), quote(password, safe=""), quote_plus(password), json.dumps(password)[1:-1]),
        *(repr(password)[1:-1], password.replace("&", "&amp;").replace("<", "&lt;"), password[::-1]),
        *(base64.b64encode(pair).decode(), base64.urlsafe_b64encode(pair).decode(), pair.hex()),
        base64.b64encode(password.encode()).decode().rstrip("="),
    ]
    return [text.encode(code) for text in texts for code in ("utf-8", "utf-16-le", "latin-1")]


def leaks(secrets: list[bytes], *texts: bytes | str) -> list[bytes]:
    """What of the secret stands in the texts."""
    held = [text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text for text in texts]
    return [secret for secret in secrets if any(secret in text for text in held)]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are not waited for, and a key of the vault is had at once."""

    async def at_once(seconds: float) -> None:
        return None

    monkeypatch.setitem(HttpClient.__init__.__kwdefaults__, "sleep", at_once)
    monkeypatch.setattr(Vault.__init__, "__defaults__", (16,))


@pytest.fixture
def person(lab: Peer) -> Peer:
    """A login of the real server with the difficult password."""
    logins = lab.folder / "htpasswd"
    logins.write_text(
        "".join(line for line in logins.read_text().splitlines(keepends=True) if not line.startswith(f"{lab.login}:"))
        + f"{lab.login}:{PASSWORD}\n"
    )
    return replace(lab, password=PASSWORD)


@pytest.fixture
def way(person: Peer) -> Iterator[Proxy]:
    """The way to that server, on which things go wrong."""
    with between(person) as proxy:
        yield proxy


def refused(asked: Asked) -> Say:
    return Say(
        401,
        b"Authorization: " + asked.headers.get("authorization", "").encode(),
        (("WWW-Authenticate", 'Basic realm="x"'),),
    )


def echoing(status: int) -> Callable[[Asked], Say]:
    """A server that sends back what it was sent, as debugging pages do."""
    return lambda asked: Say(status, json.dumps({**asked.headers, "path": asked.path}).encode())


def broken_xml(asked: Asked, say: Say) -> Say:
    return Say(say.status, b"<D:multistatus>" + asked.headers.get("authorization", "").encode(), say.headers)


TROUBLES: list[tuple[str, dict[str, object]]] = [
    ("the login is refused", {"before": refused}),
    ("the server fails and echoes", {"before": echoing(500)}),
    ("the server refuses and echoes", {"before": echoing(403)}),
    ("the server is busy and echoes", {"before": echoing(599)}),
    ("a redirect to another host", {"before": lambda asked: Say(302, headers=(("Location", "http://127.0.0.2:1/x"),))}),
    ("a redirect with a password in it", {"before": lambda asked: Say(302, headers=(("Location", f"http://a:{quote(PASSWORD)}@127.0.0.1:1/"),))}),
    ("broken XML", {"after": broken_xml}),
    ("the connection breaks", {"before": lambda asked: Say(drop=True)}),
]  # fmt: skip


def test_after_every_trouble_of_a_day_the_password_is_nowhere(
    run: Run, home: Path, tmp_path: Path, person: Peer, way: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    log, secrets = tmp_path / "instep.log", disguises(person.login, PASSWORD)
    desk = Desk(tmp_path / "desk", person)
    desk.put("jane.vcf", card("jane-1", "Jane", "Doe", "NOTE:old"))
    said: list[str | bytes] = []

    def does(*words: str, input: str = "") -> Result:
        result = run(*words, "-vv", "--log-file", str(log), input=input)
        said.extend((result.stdout, result.stderr))
        return result

    url = way.peer.url.replace("://", f"://{person.login}:{quote(PASSWORD, safe='')}@")
    words = [
        "--email",
        "a@example.org",
        "--login",
        person.login,
        "--insecure-http",
        "--kinds",
        "contacts",
        "--password-stdin",
    ]
    words += ["--desktop", f"files:{desk.folder}"]
    assert does("account", "add", "url", *words, "--url", url, "--no-test", input=f"{PASSWORD}\n").exit_code == 2
    added = does("account", "add", "work", *words, "--url", way.peer.url, input=f"{PASSWORD}\n")
    assert added.exit_code == 0, added.output
    assert does("sync", "work", "--yes").exit_code == 0
    # Both sides change the same field, so there is a conflict to tell of.
    desk.edit(desk.files, "NOTE:old", "NOTE:here")
    desk.edit(desk.held, "NOTE:old", "NOTE:there")
    assert does("sync", "work", "--json").exit_code == 1
    asking = itertools.cycle((["sync", "work"], ["verify", "work"], ["account", "test", "work"], ["folders", "work"]))
    for situation, trouble in TROUBLES:
        way.heal()
        for name, answer in trouble.items():
            setattr(way, name, answer)
        for words in (["sync", "work", "--json"], next(asking)):
            assert does(*words).exit_code in (1, 2, 4), situation
    way.heal()
    for words in (
        ["conflicts", "--json"],
        ["conflicts"],
        ["history", "--json"],
        ["account", "show", "work"],
        ["account", "list"],
    ):
        assert does(*words).exit_code == 0
    assert any("refused" in str(text) for text in said) and "work: run" in log.read_text()
    files = [path.read_bytes() for folder in (home, desk.folder) for path in folder.rglob("*") if path.is_file()]
    assert len(files) >= 4
    assert leaks(secrets, *said) == []
    assert leaks(secrets, *files) == []
    assert leaks(secrets, log.read_bytes()) == []
    assert leaks(secrets, *(r.getMessage() for r in caplog.records if r.name.startswith("instep"))) == []
    # What the libraries below would say if somebody made them talk: nothing of what we send.
    assert leaks([base64.b64encode(f"{person.login}:{PASSWORD}".encode())], caplog.text) == []
    with sqlite3.connect(home / "state.db") as state:
        assert leaks(secrets, "\n".join(state.iterdump())) == []
    # The search itself finds what it looks for.
    sent = [value for asked in way.asked for name, value in asked.headers.items() if name == "authorization"]
    assert sent and leaks(secrets, *sent)


class _Frames:
    """Every value of every frame of a traceback, as crash reporters print them."""

    def __init__(self, error: BaseException) -> None:
        self.text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def test_a_traceback_with_all_values_shows_a_secret_as_stars() -> None:
    secret, account = Secret(PASSWORD), Account("work", url="https://x.invalid", email="a@b", desktop="files:/x")
    try:
        held = connect(account, secret)
        raise RuntimeError(f"{held} {secret} {account}")
    except RuntimeError as error:
        text = _Frames(error).text
    assert leaks(disguises("a@b", PASSWORD), text) == []
    assert "***" in text


def test_clients_settings_and_errors_show_no_secret() -> None:
    settings = HttpSettings(
        "anna", PASSWORD, allow_insecure=True, proxy=f"http://u:{quote(PASSWORD)}@127.0.0.1:1", attempts=1
    )
    client = HttpClient(settings)
    shown = [repr(settings), str(settings), repr(client), str(client)]

    async def work() -> None:
        async with client:
            client.trust("http://dav.example.org/")
            try:
                await client.request("GET", "http://dav.example.org/")
            except InstepError as error:
                chain: BaseException | None = error
                while chain is not None:
                    shown.extend((repr(chain), str(chain), repr(chain.args)))
                    chain = chain.__cause__ or chain.__context__
                shown.append("".join(traceback.format_exception(error)))

    asyncio.run(work(), debug=True)
    assert len(shown) > 6
    assert leaks(disguises("anna", PASSWORD), *shown) == []


def test_debug_output_of_the_event_loop_and_a_crash_dump_show_no_secret(tmp_path: Path) -> None:
    program = """
import asyncio, faulthandler, logging, sys
logging.basicConfig(level=logging.DEBUG)
from instep.protocols.http import HttpClient, HttpSettings
from instep.errors import InstepError
async def work():
    async with HttpClient(HttpSettings("anna", sys.stdin.read(), allow_insecure=True, attempts=1)) as client:
        client.trust("http://127.0.0.1:1/")
        lost = asyncio.ensure_future(client.request("PROPFIND", "http://127.0.0.1:1/"))
        await asyncio.sleep(0.1)
        print(lost, [repr(task) for task in asyncio.all_tasks()], file=sys.stderr)
        faulthandler.dump_traceback(all_threads=True)
    del lost
asyncio.run(work(), debug=True)
"""
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "PYTHONFAULTHANDLER": "1", "PYTHONASYNCIODEBUG": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=PASSWORD.encode(),
        env=environment,
        capture_output=True,
        cwd=tmp_path,
        check=False,
    )
    assert b"Current thread" in done.stderr
    assert leaks(disguises("anna", PASSWORD), done.stdout, done.stderr) == []


def test_a_defect_in_the_middle_of_a_run_is_logged_without_the_secret(
    run: Run, home: Path, tmp_path: Path, person: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, log = Desk(tmp_path / "desk", person), tmp_path / "instep.log"
    words = [
        "--url",
        person.url,
        "--login",
        person.login,
        "--email",
        "a@b.org",
        "--desktop",
        f"files:{desk.folder}",
        "--insecure-http",
    ]
    assert run("account", "add", "work", *words, "--password-stdin", input=f"{PASSWORD}\n").exit_code == 0

    async def fails(self: HttpClient, *args: object, **more: object) -> None:
        raise RuntimeError(f"{self!r} {args!r} {more!r} \x1b[31m")

    monkeypatch.setattr(HttpClient, "request", fails)
    result = run("sync", "work", "--yes", "--log-file", str(log))
    assert result.exit_code == 2 and "defect" in result.stderr and "Traceback" in log.read_text()
    assert leaks(disguises(person.login, PASSWORD), result.output, log.read_text()) == []
    assert "\x1b[31m" not in log.read_text()


def test_no_command_line_or_environment_of_a_process_holds_the_password(run: Run, home: Path, lab: Peer) -> None:
    words = ["--email", "a@b.org", "--password-command", f"{sys.executable} -c 'print(1)'", "--no-test"]
    assert run("account", "add", "work", *words).exit_code == 0
    shown = run("account", "add", "other", "--email", "a@b.org", "--password", PASSWORD, "--no-test")
    assert shown.exit_code == 2, "a password is no option: every user of the machine can read command lines"
    assert leaks(disguises("a@b.org", PASSWORD), shown.output, *(p.read_bytes() for p in home.iterdir())) == []


def test_the_program_leaves_nothing_in_the_place_for_temporary_files(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", None)
    run("account", "add", "work", "--email", "a@b.org", "--password-stdin", "--no-test", input=f"{PASSWORD}\n")
    assert list(place.iterdir()) == []
