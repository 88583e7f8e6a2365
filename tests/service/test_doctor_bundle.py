"""A diagnostic bundle can be given away: nothing in it tells of a person, in no writing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import itertools
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from instep.accounts.home import Home
from instep.engine.events import Face, FirstSync
from instep.errors import InstepError
from instep.service.doctor import Check, examine
from instep.service.doctor_bundle import CONTENTS, bundle
from instep.service.installation import Installation
from instep.service.running import Wishes, run_account
from peers.servers import Peer

# Each word is planted once, where a person's words get into settings, items, problems, failures and paths.
PLANTED = {
    "the account's name": "Quintessa",
    "a second account": "Zwölfling",
    "the login": "loginvonwarda",
    "the mailbox": "wardamailbox",
    "the mail domain": "wardadomain.example",
    "the password": "pa55-warda-geheim",
    "the host": "wardahost.invalid",
    "the path of the URL": "wardaurlpath",
    "a proxy": "wardaproxy.invalid",
    "the home": "wardahome",
    "the desktop": "wardadesktop",
    "a certificate's file": "wardacert",
    "a given name": "Wardagiven",
    "a family name": "Wardáfamily",
    "a telephone": "+49555010203",
    "a street": "Wardastreet 17",
    "a category": "Wardacategory",
    "a note": "wardanote before",
    "its edit on the desktop": "wardanote desktop",
    "its edit on the server": "wardanote server",
    "a file that cannot be read": "wardabroken",
    "its bad line": "WARDABADLINE",
    "a folder": "wardafolder",
}
CARD = """BEGIN:VCARD\r
VERSION:3.0\r
UID:warda-1\r
N:{family};{given};;;\r
FN:{given} {family}\r
TEL:{telephone}\r
ADR:;;{street};;;;\r
CATEGORIES:{category}\r
NOTE:{note}\r
END:VCARD\r
"""


_NUMBERS = itertools.count(1)


async def _yes(question: FirstSync) -> bool:
    return True


@pytest.fixture
def here(radicale: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """An installation that has a conflict, a problem, a failed account and a history, all full of personal words."""
    word = PLANTED
    monkeypatch.setenv("INSTEP_SECRETS", "vault")
    monkeypatch.setenv("HTTPS_PROXY", "")
    login = f"{word['the login']}{os.getpid()}{next(_NUMBERS)}"
    with (radicale.folder / "htpasswd").open("a") as logins:
        logins.write(f"{login}:{word['the password']}\n")
    server = replace(radicale, login=login)
    desk = tmp_path / word["the desktop"]
    contacts = desk / "contacts"
    contacts.mkdir(parents=True)
    (desk / "calendar" / word["a folder"]).mkdir(parents=True)
    home = Home(tmp_path / word["the home"])
    home.prepare()
    email = f"{word['the mailbox']}@{word['the mail domain']}"
    home.config.write_text(
        f"""\
[accounts."{word["the account's name"]}"]
url = "{server.url}"
email = "{email}"
login = "{login}"
desktop = "files:{desk}"
kinds = ["contacts"]
insecure_http = true
password_command = "echo {word["the password"]}"

[accounts."{word["a second account"]}"]
url = "https://{word["the host"]}/{word["the path of the URL"]}/"
email = "{email}"
desktop = "files:{desk}"
ca_file = "/etc/{word["a certificate's file"]}.pem"
proxy = "http://{word["a proxy"]}:3128"
password = "none"
""",
        encoding="utf-8",
    )
    card = contacts / "one.vcf"
    names = {"given": word["a given name"], "family": word["a family name"], "telephone": word["a telephone"]}
    names |= {"street": word["a street"], "category": word["a category"], "note": word["a note"]}
    card.write_text(CARD.format(**names), encoding="utf-8", newline="")
    (contacts / f"{word['a file that cannot be read']}.vcf").write_text(f"BEGIN:VCARD\r\n{word['its bad line']}\r\n")
    with Installation(home) as made:
        face = Face(confirm_first=_yes)
        first, second = made.accounts()
        asyncio.run(run_account(made, first, Wishes(yes=True), face))
        [held] = (server.folder / "data" / "collection-root" / login).glob("*/*.vcf")
        _replace(held, word["a note"], word["its edit on the server"])
        _replace(card, word["a note"], word["its edit on the desktop"])
        report = asyncio.run(run_account(made, first, Wishes(), face))
        assert (report.pairs[0].conflicts, len(report.pairs[0].problems)) == (1, 1), report
        made.told(second, made.secrets.get(second))
        failed = asyncio.run(run_account(made, second, Wishes(yes=True), face))
        assert failed.failure
        yield made


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_bytes()
    assert old.encode() in text
    file.write_bytes(text.replace(old.encode(), new.encode()))


def _checks(here: Installation) -> list[Check]:
    async def collect() -> list[Check]:
        return [check async for check in examine(here, online=True)]

    return asyncio.run(collect())


def _opened(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def _writings(word: str) -> Iterator[bytes]:
    """A word in every writing in which it could hide."""
    for form in {word, word.casefold(), word.upper(), word.replace(" ", "")}:
        plain = form.encode()
        yield plain
        yield form.encode("utf-16-le")
        yield form.encode("utf-16-be")
        yield form.encode("ascii", "backslashreplace")
        yield json.dumps(form).strip('"').encode()
        yield quote(form).encode()
        yield plain.hex().encode()
        yield form[::-1].encode()
        for shift in range(3):  # base64 of a text around it, whatever stands before it
            yield base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 :].rstrip(b"=")[:-1]
        for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256):
            yield digest(plain).hexdigest().encode()
            yield digest(plain).hexdigest()[:16].encode()


@pytest.fixture
def opened(here: Installation) -> dict[str, bytes]:
    """The files of a bundle of that installation."""
    return _opened(bundle(here, _checks(here)))


def test_no_planted_word_is_in_the_bundle_in_any_writing(here: Installation, opened: dict[str, bytes]) -> None:
    state = here.home.state.read_bytes() + here.home.state.with_name("state.db-wal").read_bytes()
    assert PLANTED["the account's name"].encode() in state  # what is looked for would be there to leak
    everything = b"\n".join([*opened.values(), *(name.encode() for name in opened)])
    folded = everything.lower()
    leaks = [
        what
        for what, word in PLANTED.items()
        if any(writing in everything or writing.lower() in folded for writing in _writings(word))
    ]
    assert leaks == []


def test_the_bundle_holds_what_it_says_and_says_what_it_holds(opened: dict[str, bytes]) -> None:
    assert sorted(opened) == sorted(["README.txt", *(name for name, _ in CONTENTS)])
    readme = opened["README.txt"].decode()
    assert all(f"- {name}: {what}" in readme for name, what in CONTENTS)


def test_the_bundle_still_tells_what_is_wrong(opened: dict[str, bytes]) -> None:
    runs, settings = json.loads(opened["runs.json"]), json.loads(opened["settings.json"])
    state, checks = json.loads(opened["state.json"]), json.loads(opened["checks.json"])
    assert [run["account"] for run in runs] == ["account-2", "account-1", "account-1"]
    assert [run["failure"] for run in runs] == ["ConfigError", "", ""]
    assert runs[1]["pairs"][0]["problems"] == {"ItemUnreadable": 1}
    assert state["conflicts"] == {"both-changed": 1}
    first, second = settings["accounts"]
    assert (first["url"]["scheme"], second["url"]["path_parts"]) == ("http", 1)
    assert first["email"] == second["email"] == "mailbox-1@host-2"
    assert {(c["account"], c["error"]) for c in checks if "error" in c} == {("account-2", "ConfigError")}


def test_a_bundle_is_made_of_an_installation_that_cannot_be_read(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    home.config.write_text("[accounts\n")
    home.state.write_bytes(b"no database" * 999)
    with Installation(home) as broken, pytest.raises(InstepError):
        _ = broken.db
    with Installation(home) as broken:
        opened = _opened(bundle(broken, ()))
    assert json.loads(opened["settings.json"]) == {"error": "ConfigError"}
    assert json.loads(opened["state.json"]) == {"error": "StateDamaged"}
