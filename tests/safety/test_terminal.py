"""Whatever people, programs and servers wrote, what comes out drives no terminal, hides nothing and forges no line."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from cli.desk import Desk, card
from instep.cli.output import say_json
from instep.core.harmless import plain, plain_lines
from peers.proxy import between
from peers.servers import Peer
from peers.standin import Asked, Say

Run = Callable[..., Result]
ESCAPES = [
    *(
        "\x1b[2J\x1b[H",
        "\x1b]0;title\x07",
        "\x1b]8;;http://evil.example\x07click\x1b]8;;\x07",
        "\x1b]52;c;ZXZpbA==\x07",
    ),
    *(
        "\x9b31m",
        "\x9d0;t\x9c",
        "\x90q\x9c",
        "\x07\x08\x7f",
        "safe\rEVIL",
        "\u202eexe\u202c",
        "\u2066x\u2069",
        "\u200fא\u200e",
    ),
    *("a\u200bb\u2060c\ufeff", "\U000e0041\U000e007f", "x\u2028y\u2029z", "\ufff9a\ufffab\ufffb", "\ud800", "\x85"),
]
NASTY = "".join(ESCAPES[:-2])
LONG = "L" * 100_000


def harm(text: str, styled: bool = False) -> set[str]:
    """What in a printed text would be obeyed or not be seen."""
    text = click.unstyle(text) if styled else text
    return {
        ascii(c)
        for c in text
        if (unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and c not in "\n\u200c\u200d\u00ad")
        or c == "\x7f"
    }


@pytest.mark.parametrize("text", ESCAPES, ids=ascii)
def test_no_text_drives_a_terminal(text: str) -> None:
    assert harm(plain(f"a{text}b")) == harm(plain_lines(f"a{text}\nb")) == set()
    assert "\n" not in plain(f"{text}\n{text}")


LETTERS = ["Zoë Weiß", "👩‍👧‍👦", "می‌خواهم", "क्‍ष", "日本", "a\u00adb", "e\u0301", "שלום"]


@pytest.mark.parametrize("text", LETTERS)
def test_real_names_come_out_as_they_are(text: str) -> None:
    assert plain(text) == text


def test_a_name_without_end_leaves_room_for_the_rest() -> None:
    assert len(plain(LONG)) < 2100


def test_json_is_ascii_without_any_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"a": "".join(ESCAPES), "b": LONG})
    printed = capsys.readouterr().out
    assert all(c == "\n" or " " <= c <= "~" for c in printed)
    assert json.loads(printed) == {"a": "".join(ESCAPES), "b": LONG}


def _vcard(uid: str, name: str, *lines: str) -> str:
    escaped = name.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\r", "")
    return "\r\n".join(
        ("BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"N:;{escaped};;;", f"FN:{escaped}", *lines, "END:VCARD", "")
    )


@pytest.fixture
def hostile_desk(desk: Desk) -> Desk:
    """Items whose every field means harm, a folder and files that do too, and one that cannot be read."""
    clean = NASTY.replace("\u2028", "").replace("\u2029", "").replace("\x85", "")
    desk.put(
        "nasty.vcf",
        _vcard("nasty-1", f"{clean} Doe", f"NOTE:old {clean}", f"CATEGORIES:{clean}", f"TEL:1{clean}", f"X-A:{clean}"),
    )
    desk.put("long.vcf", _vcard("long-1", f"Long {LONG}", f"NOTE:old {LONG}"))
    desk.put("broken\x1b[31m\u202e.vcf", "BEGIN:VCARD\r\n")
    desk.put("line\nend.vcf", "BEGIN:VCARD\r\n")
    (desk.contacts / "displayname").write_text(f"Names {clean}")
    return desk


def test_no_command_lets_hostile_items_speak_to_the_terminal(
    run: Run, hostile_desk: Desk, lab: Peer, tmp_path: Path
) -> None:
    log = tmp_path / "instep.log"
    words = [
        "--url",
        lab.url,
        "--email",
        "a@example.org",
        "--login",
        lab.login,
        "--insecure-http",
        "--kinds",
        "contacts",
    ]
    words += ["--desktop", f"files:{hostile_desk.folder}", "--password-command", f"echo {lab.password}"]
    printed: list[tuple[list[str], Result]] = []

    def does(*words: str) -> Result:
        result = run(*words, "-vv", "--log-file", str(log))
        printed.append((list(words), result))
        return result

    assert does("account", "add", "work", *words).exit_code == 0
    assert does("sync", "work", "--yes").exit_code == 1
    for files, now in ((hostile_desk.files, "NOTE:here"), (hostile_desk.held, "NOTE:there")):
        hostile_desk.edit([file for file in files if b"old" in file.read_bytes()], "NOTE:old", now)
    for words in (
        ["sync", "work", "--dry-run"], ["sync", "work"], ["sync", "work", "--json"],
        ["conflicts"], ["conflicts", "--json"],
        ["history"], ["history", "--json"], ["verify", "work"], ["verify", "work", "--json"], ["folders", "work"],
        ["account", "test", "work"], ["account", "show", "work"], ["account", "list"],
        ["check", str(hostile_desk.contacts)], ["check", "--json", str(hostile_desk.contacts)],
        ["resolve", "1", "--keep", "server"], ["sync", f"no{NASTY}"], [f"{NASTY}"], ["sync", f"--{NASTY}"],
        ["pair", "work", "contacts", f"x{NASTY}", f"y{NASTY}"], ["check", f"no{NASTY}".replace("/", "")],
    ):  # fmt: skip
        does(*words)
    assert sum("conflict" in result.stdout for _, result in printed) >= 2
    for words, result in printed:
        assert harm(result.stdout) == harm(result.stderr) == set(), [ascii(word) for word in words]
        assert max(map(len, result.output.split("\n"))) < 20_000 or "--json" in words
    assert harm(log.read_text()) == set()


def nasty_server(asked: Asked, say: Say) -> Say:
    """The names and errors of a server that means harm, as far as XML can carry them."""
    name = "\u202eevil\u200b\x7f\x9b31m"
    body = say.body if isinstance(say.body, str) else say.body.decode("utf-8", "replace")
    if asked.method == "REPORT" and b"getetag" in asked.body:
        body = body.replace(".vcf</", f"%1b%5B2J{name}.vcf</")
    body = body.replace("<displayname>", f"<displayname>{name}").replace(
        "displayname />", f"displayname>{name}</displayname>"
    )
    return Say(say.status, body.encode(), say.headers)


def test_no_server_speaks_to_the_terminal(
    run: Run, desk: Desk, lab: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "instep.log"
    answers: list[tuple[str, Any]] = [
        ("before", lambda asked: Say(403, f"<html>{NASTY}".encode("utf-8", "replace"))),
        ("before", lambda asked: Say(302, headers=(("Location", "/\x1b[2J%1b[2J\x9b"),))),
        ("before", lambda asked: Say(401, headers=(("WWW-Authenticate", "Basic realm=\x1b[2J"),))),
        ("after", nasty_server),
    ]
    with between(lab) as way:
        words = [
            "--url",
            way.peer.url,
            "--email",
            "a@example.org",
            "--login",
            lab.login,
            "--insecure-http",
            "--kinds",
            "contacts",
        ]
        words += ["--desktop", f"files:{desk.folder}", "--password-command", f"echo {lab.password}"]
        assert run("account", "add", "work", *words).exit_code == 0
        assert run("sync", "work", "--yes").exit_code == 0
        desk.put("new.vcf", card("new-1", "New"))
        for name, answer in answers:
            way.heal()
            setattr(way, name, answer)
            for line in (["sync", "work"], ["folders", "work"], ["account", "test", "work"], ["verify", "work"]):
                result = run(*line, "-vv", "--log-file", str(log))
                assert harm(result.stdout) == harm(result.stderr) == set(), (name, line)
    assert harm(log.read_text()) == set()
