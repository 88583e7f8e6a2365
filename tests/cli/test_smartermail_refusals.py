"""What a person is told at the set-up of a SmarterMail account where something is not as it should be."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from cli.conftest import AtTerminal
from cli.mailbox import APP_PASSWORD, PASSWORD, cheap, code, server, stored, two_step, ways, words
from instep.accounts import config
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.accounts.secrets import Secrets
from instep.testing.smartermail import ANNA, Server

Run = Callable[..., Result]
Start = Callable[..., AtTerminal]

__all__ = ["cheap", "server", "two_step"]
WRONG = "ponmlkjihgfedcba"


def test_refused_application_password_of_a_script_is_said_and_nothing_is_stored(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    said = words(two_step, tmp_path, "--code", code(two_step), "--app-password-stdin")
    result = run(*said, input=f"{PASSWORD}\n{WRONG}\n")
    assert result.exit_code == 4, result.output
    assert "CalDAV and CardDAV refused the application password." in result.stderr
    assert "The account was not stored." in result.stderr and "well-known" not in result.output
    assert config.load(Home(home)) == ()
    assert [worked for way, worked in ways(two_step) if way == "dav"] == [False]


def test_refused_application_password_at_a_terminal_is_asked_for_once_more(
    terminal: Start, home: Path, tmp_path: Path, two_step: Server
) -> None:
    person = terminal(
        "account", "add", "work", "--url", two_step.url, "--email", ANNA, "--insecure-http",
        "--desktop", f"files:{tmp_path / 'desk'}",
    )  # fmt: skip
    person.sees(f"Password of {ANNA}")
    person.types(PASSWORD)
    person.sees("Code of two-step login")
    person.types(code(two_step))
    person.sees("Application password (empty: none)")
    person.types(WRONG)
    person.sees("refused the application password. It is asked for once more; leave it empty to go on without it.")
    person.sees("Application password (empty: none)")
    person.types(APP_PASSWORD)
    person.sees("The account work is stored.")
    assert person.ends() == 0
    assert Secrets(Home(home)).get(stored(home)) == Secret(APP_PASSWORD)


def test_application_password_given_later_is_tried_and_tells_what_it_opens(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    first = run(*words(two_step, tmp_path, "--code", code(two_step)), input=f"{PASSWORD}\n")
    assert first.exit_code == 0, first.output
    assert "no application password is kept" in first.stdout
    two_step.world.clock.move(minutes=1)
    login = ["account", "login", "work", "--password-stdin", "--app-password-stdin"]
    refused = run(*login, "--code", code(two_step), input=f"{PASSWORD}\n{WRONG}\n")
    assert refused.exit_code == 4 and "You are signed in nevertheless" in refused.stderr, refused.output
    assert Secrets(Home(home)).get(stored(home)) == Secret("")
    two_step.world.clock.move(minutes=1)
    result = run(*login, "--code", code(two_step), input=f"{PASSWORD}\n{APP_PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert "Contacts: instep account protocol work contacts dav" in result.stdout
    assert "Appointments: instep account protocol work appointments dav" in result.stdout
    assert re.search(r"password +application password, in the vault", run("account", "show", "work").stdout)
    assert run("account", "protocol", "work", "contacts", "dav", "--yes").exit_code == 0
    two_step.world.clock.move(minutes=1)
    again = run(*login, "--code", code(two_step), input=f"{PASSWORD}\n{APP_PASSWORD}\n")
    assert "contacts dav" not in again.stdout and "appointments dav" in again.stdout


def test_revoked_application_password_is_told_by_the_test_in_plain_words(
    run: Run, tmp_path: Path, two_step: Server
) -> None:
    said = words(two_step, tmp_path, "--code", code(two_step), "--app-password-stdin")
    assert run(*said, input=f"{PASSWORD}\n{APP_PASSWORD}\n").exit_code == 0
    two_step.world.people[ANNA].app_passwords.clear()
    told = run("account", "test", "work").stdout
    assert re.search(r"note +dav +CalDAV and CardDAV refused the application password\n", told)
    assert "Make another one in the web mail" in told and "well-known" not in told


@pytest.mark.parametrize("path", ["", "/interface/root#/email"], ids=["a server", "a page of the web mail"])
def test_plain_http_is_looked_for_encrypted_and_its_lack_is_said(
    path: str, run: Run, home: Path, tmp_path: Path, server: Server
) -> None:
    said = ["account", "add", "work", "--url", f"{server.url}{path}", "--email", ANNA, "--password-stdin"]
    result = run(*said, "--desktop", f"files:{tmp_path / 'desk'}", input=f"{PASSWORD}\n")
    assert result.exit_code == 2, result.output
    assert "Nothing answers encrypted at 127.0.0.1" in result.stderr and "--insecure-http" in result.stderr
    assert server.world.records.requests == [] and config.load(Home(home)) == ()


def test_notes_are_said_to_be_missing_in_an_old_version_and_nobody_is_to_make_a_folder(
    run: Run, tmp_path: Path, server: Server
) -> None:
    server.world.old_version = "15.7.6970"
    result = run(*words(server, tmp_path), input=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert re.search(r"note +server: notes +not available on this server version", result.stdout)
    assert "has no notes for other programs in this version" in result.stdout
    assert "VJOURNAL" not in result.stdout and result.stdout.lower().count("make one") <= 2
    tested = run("account", "test", "work").stdout
    assert "SmarterMail 15.7, build 6970" in tested and "a version up to 15" in tested
    assert re.search(r"notes +not available on this server version", run("account", "show", "work").stdout)


def test_notes_asked_for_by_name_fail_the_test_of_an_old_version(run: Run, tmp_path: Path, server: Server) -> None:
    server.world.old_version = "15.7.6970"
    result = run(*words(server, tmp_path, "--kinds", "notes"), input=f"{PASSWORD}\n")
    assert result.exit_code != 0
    assert re.search(r"FAILED +server: notes +not available on this server version", result.stdout)


def test_version_before_dav_is_not_supported_and_sees_no_password(
    run: Run, home: Path, tmp_path: Path, server: Server
) -> None:
    server.world.old_version = "7.6.4000"
    result = run(*words(server, tmp_path), input=f"{PASSWORD}\n")
    assert result.exit_code == 4, result.output
    assert "SmarterMail 7.6, build 4000" in result.stderr and "not supported" in result.stderr
    assert "Ask its operator for a newer version" in result.stderr
    assert (ways(server), config.load(Home(home))) == ([], ())
