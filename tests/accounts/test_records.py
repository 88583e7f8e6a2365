"""What was found out about a server: kept in private, read tolerantly, moved and forgotten with its account."""

from __future__ import annotations

import json
import stat
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from instep.accounts.account import Account
from instep.accounts.durable import sole_writer
from instep.accounts.home import Home
from instep.accounts.means import means_of
from instep.accounts.records import Records, file_name
from instep.accounts.secrets import Secrets
from instep.accounts.server_type import ServerType
from instep.codecs.smartermail_dialect import Dialect
from instep.protocols.smartermail.profile import Profile

ANN = Account("Ann @büro", url="https://mail.example.org", email="ann@example.org")
BOB = replace(ANN, name="Bob")
FULL = Profile(
    base="https://mail.example.org",
    build=9526,
    old="15.7.6970",
    seen="2026-02-01T08:00:00+00:00",
    dav="https://mail.example.org/webdav/",
    forms={"contact-put": "owner and folder"},
    answers={"recurrence": "comes back"},
    dialect=Dialect("word", frozenset({"birthday", "title"}), "nested"),
)


def file_of(home: Home, account: Account) -> Path:
    return home.servers / f"{file_name(account.key)}.json"


def test_record_comes_back_whole(home: Home) -> None:
    Records(home).store(ANN, FULL)
    assert Records(home).load(ANN) == FULL
    assert Records(home).load(replace(ANN, name="ANN @BÜRO")) == FULL
    assert Records(home).load(BOB) == Profile()


@pytest.mark.skipif(sys.platform == "win32", reason="permission bits are POSIX's")
def test_record_is_readable_by_its_owner_alone_and_its_name_tells_nothing(home: Home) -> None:
    Records(home).store(ANN, FULL)
    assert stat.S_IMODE(file_of(home, ANN).stat().st_mode) == 0o600
    assert stat.S_IMODE(home.servers.stat().st_mode) == 0o700
    assert "ann" not in file_of(home, ANN).name


DAMAGED: list[tuple[str, bytes]] = [
    ("nothing at all", b""),
    ("half of a file", b'{"instep_server": 1, "build": 95'),
    ("another sort of document", b"[1, 2]"),
    ("bytes that are no text", b"\xff\xfe\x00"),
    ("levels without end", b"[" * 100_000),
    ("a record of a later version", b'{"instep_server": 99, "build": 9526}'),
]


@pytest.mark.parametrize(("story", "raw"), DAMAGED, ids=[row[0] for row in DAMAGED])
def test_damaged_record_says_nothing_and_is_written_anew(home: Home, story: str, raw: bytes) -> None:
    Records(home).store(ANN, FULL)
    file_of(home, ANN).write_bytes(raw)
    assert Records(home).load(ANN) == Profile()
    Records(home).store(ANN, FULL)
    assert Records(home).load(ANN) == FULL


def test_fields_of_another_sort_are_as_usual_and_unknown_ones_are_left_out(home: Home) -> None:
    Records(home).store(ANN, FULL)
    wrong = {"base": 7, "build": "9526", "forms": ["x"], "answers": {"a": 1, "b": "yes"}, "dialect": 3, "new": "x"}
    file_of(home, ANN).write_text(json.dumps({**json.loads(file_of(home, ANN).read_text()), **wrong}))
    assert Records(home).load(ANN) == Profile(seen=FULL.seen, dav=FULL.dav, answers={"b": "yes"}, old=FULL.old)


def test_record_goes_along_with_its_account(home: Home) -> None:
    records = Records(home)
    records.store(ANN, FULL)
    records.move(ANN, BOB)
    assert (records.load(ANN), records.load(BOB)) == (Profile(), FULL)
    records.forget(BOB)
    records.forget(BOB)
    assert records.load(BOB) == Profile()
    assert list(home.servers.iterdir()) == []


def test_every_field_of_a_record_is_kept() -> None:
    usual = Profile()
    assert all(getattr(FULL, one.name) != getattr(usual, one.name) for one in fields(Profile))


def test_removed_account_leaves_no_file_behind(home: Home) -> None:
    Records(home).store(ANN, FULL)
    with sole_writer(home.servers / f"{file_name(ANN.key)}.session"):
        pass
    Records(home).forget(ANN)
    assert list(home.servers.iterdir()) == []


def test_record_of_another_server_is_not_used_where_settings_were_written_by_hand(home: Home) -> None:
    ann = replace(ANN, server=ServerType.SMARTERMAIL)
    Records(home).store(ann, FULL)
    secrets = Secrets(home)
    assert means_of(home, secrets, ann, {}).profile == FULL
    moved = replace(ann, url="https://mail.other.example")
    assert means_of(home, secrets, moved, {}).profile == Profile("https://mail.other.example")
