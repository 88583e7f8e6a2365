"""One account's settings: what is completed, what is refused, and in which words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from instep.accounts.account import Account, PasswordIn, faults_of, read_account, tidied, written
from instep.accounts.automatic import automatic_sentence
from instep.accounts.server_type import ServerType
from instep.core.model import Kind

SOUND = Account("work", url="https://dav.example.org/", email="ann@example.org", desktop="files:/home/ann/pim")
SMARTERMAIL = {"server": ServerType.SMARTERMAIL}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no name", {"name": ""}, "name"),
    ("a name that looks like an option", {"name": "--all"}, "name"),
    ("a name that is a path", {"name": "../etc"}, "name"),
    ("a name with a line break", {"name": "a\nb"}, "name"),
    ("a name with a space at its end", {"name": "work "}, "name"),
    ("a name that is too long", {"name": "x" * 65}, "name"),
    ("neither address nor e-mail", {"url": "", "email": "", "login": "ann"}, "url"),
    ("an address of another protocol", {"url": "ftp://example.org"}, "url"),
    ("an address with a space", {"url": "dav example org"}, "url"),
    ("an address without a host", {"url": "https:///dav"}, "url"),
    ("an address with a senseless port", {"url": "https://example.org:99999999"}, "url"),
    ("an address that holds a password", {"url": "https://ann:hunter2@example.org"}, "url"),
    ("plain http without a yes", {"url": "http://example.org"}, "url"),
    ("an e-mail address that is none", {"email": "ann"}, "email"),
    ("nobody to log in as", {"email": "", "login": ""}, "login"),
    ("no desktop", {"desktop": ""}, "desktop"),
    ("a desktop without a folder", {"desktop": "files:"}, "desktop"),
    ("a desktop that is not known", {"desktop": "thunderbird"}, "desktop"),
    ("a proxy with a password", {"proxy": "http://ann:hunter2@proxy:3128"}, "proxy"),
    ("a proxy that is no address", {"proxy": "proxy"}, "proxy"),
    ("a command that is missing", {"password": PasswordIn.COMMAND}, "password_command"),
    ("a command and a key store", {"password_command": "echo hunter2"}, "password_command"),
    ("less than no minute", {"sync_every": -1}, "sync_every"),
    ("more minutes than a day has", {"sync_every": 1441}, "sync_every"),
    ("SmarterMail without an address", {**SMARTERMAIL, "url": ""}, "url"),
    ("SmarterMail without a login", {**SMARTERMAIL, "password": PasswordIn.NONE}, "password"),
    ("two-step login of a server that has none", {"two_step": True}, "two_step"),
    ("protocols of a server that has one", {"protocols": ("contacts=rest",)}, "protocols"),
]
TAKEN: list[tuple[str, dict[str, Any]]] = [
    ("the server found by e-mail", {"url": ""}),
    ("a bare host with a port", {"url": "dav.example.org:8443/dav"}),
    ("a name with umlauts, a space and an e-mail address", {"name": "Jörg @büro.example"}),
    ("plain http with a yes", {"url": "http://127.0.0.1:5232/", "insecure_http": True}),
    ("no login without a password", {"email": "", "login": "", "password": PasswordIn.NONE}),
    ("a password command", {"password": PasswordIn.COMMAND, "password_command": "pass show mail"}),
    ("a proxy", {"proxy": "http://proxy.example.org:3128"}),
    ("every minute", {"sync_every": 1}),
    ("once a day", {"sync_every": 1440}),
    ("a server that was found to be no SmarterMail", {"server": ServerType.DAV}),
    ("SmarterMail with two-step login", {**SMARTERMAIL, "two_step": True}),
    ("SmarterMail over chosen protocols", {**SMARTERMAIL, "protocols": ("contacts=rest", "tasks=dav")}),
]


@pytest.mark.parametrize(("story", "settings", "key"), REFUSED, ids=[row[0] for row in REFUSED])
def test_wrong_setting_is_one_fault_without_secrets(story: str, settings: dict[str, Any], key: str) -> None:
    faults = faults_of(replace(SOUND, **settings))
    assert [fault.key for fault in faults] == [key]
    assert faults[0].advice
    assert "hunter2" not in repr(faults)


@pytest.mark.parametrize(("story", "settings"), TAKEN, ids=[row[0] for row in TAKEN])
def test_sound_setting_has_no_fault(story: str, settings: dict[str, Any]) -> None:
    assert faults_of(replace(SOUND, **settings)) == ()


FILE_FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("a setting that is misspelt", {"pasword": "x"}, "pasword", "Did you mean password"),
    ("a setting nobody knows", {"zzz": 1}, "zzz", "Settings of an account are"),
    ("a number for a text", {"url": 3}, "url", "not a text"),
    ("a text for a yes or no", {"insecure_http": "yes"}, "insecure_http", "true nor false"),
    ("a kind that is none", {"kinds": ["mail"]}, "kinds", "'mail'"),
    ("kinds that are no list", {"kinds": 4}, "kinds", "list of kinds"),
    ("minutes in quotation marks", {"sync_every": "15"}, "sync_every", "whole number"),
    ("true for minutes", {"sync_every": True}, "sync_every", "whole number"),
    ("minutes for a yes or no", {"sync_at_start": 15}, "sync_at_start", "true nor false"),
    ("minutes that are too many", {"sync_every": 9999}, "sync_every", "0 for never"),
    ("a server of no sort", {"server": "exchange"}, "server", "dav or smartermail"),
    ("a list for a server", {"server": ["dav"]}, "server", "dav or smartermail"),
    ("a text for two-step login", {"two_step": "yes"}, "two_step", "true nor false"),
    ("protocols of no kind", {"protocols": ["mail=rest"]}, "protocols", "'mail=rest', which names no kind"),
    ("notes over a protocol without notes", {"protocols": ["notes=dav"]}, "protocols", "notes go over rest"),
    ("two protocols of one kind", {"protocols": ["tasks=dav", "tasks=rest"]}, "protocols", "two things of tasks"),
    ("protocols that are no list", {"protocols": 7}, "protocols", "list of texts"),
    ("the password itself", {"password": "hunter2"}, "password", "Never write the password itself"),
]


@pytest.mark.parametrize(("story", "settings", "key", "words"), FILE_FAULTS, ids=[row[0] for row in FILE_FAULTS])
def test_wrong_line_in_the_file_names_the_setting(story: str, settings: dict[str, Any], key: str, words: str) -> None:
    _, faults = read_account("work", {**written(SOUND), **settings})
    assert [fault.key for fault in faults] == [key]
    assert words in f"{faults[0].message} {faults[0].advice}"
    assert "hunter2" not in repr(faults)


@pytest.mark.parametrize(
    "account",
    [
        SOUND,
        replace(SOUND, kinds=frozenset({Kind.NOTE, Kind.CONTACT}), enabled=False, insecure_http=True),
        replace(SOUND, password=PasswordIn.COMMAND, password_command='pass "show" mail', ca_file="/etc/ca.pem"),
        replace(SOUND, sync_at_start=True, sync_at_exit=True, sync_every=15, sync_after_changes=True),
        replace(SOUND, **SMARTERMAIL, two_step=True, protocols=("contacts=rest", "appointments=dav")),
    ],
)
def test_settings_written_and_read_are_the_same(account: Account) -> None:
    assert read_account(account.name, written(account)) == (account, ())


def test_password_command_alone_says_where_the_password_is() -> None:
    table = {"url": "https://x", "email": "a@b", "desktop": "files:/x", "password_command": "pass show mail"}
    account, faults = read_account("work", table)
    assert (account.password, faults) == (PasswordIn.COMMAND, ())


def test_what_a_person_typed_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    account = tidied(Account(" work ", url="ann@example.org ", desktop="files:~/pim", ca_file="ca.pem"))
    assert account.name == "work"
    assert (account.url, account.email) == ("", "ann@example.org")
    assert account.desktop == f"files:{tmp_path / 'pim'}"
    assert account.ca_file == str(tmp_path / "ca.pem")


def test_password_command_is_not_in_the_repr() -> None:
    account = replace(SOUND, password=PasswordIn.COMMAND, password_command="echo hunter2")
    assert "hunter2" not in repr(account)


def test_kinds_not_chosen_are_all_four() -> None:
    assert SOUND.wanted == tuple(Kind)
    assert replace(SOUND, kinds=frozenset({Kind.NOTE, Kind.EVENT})).wanted == (Kind.EVENT, Kind.NOTE)


def test_login_name_is_the_email_address_unless_told() -> None:
    assert SOUND.login_name == "ann@example.org"
    assert replace(SOUND, login="ann").login_name == "ann"
    assert replace(SOUND, password=PasswordIn.NONE).login_name == ""


AUTOMATIC: list[tuple[dict[str, Any], str]] = [
    ({}, "never"),
    ({"sync_every": 1}, "every minute"),
    ({"sync_every": 90, "sync_at_exit": True}, "every 90 minutes, at exit"),
    ({"sync_at_start": True, "sync_after_changes": True}, "at start, after changes"),
]


@pytest.mark.parametrize(("settings", "words"), AUTOMATIC, ids=[row[1] for row in AUTOMATIC])
def test_when_it_runs_by_itself_is_said(settings: dict[str, Any], words: str) -> None:
    assert automatic_sentence(replace(SOUND, **settings)) == words
