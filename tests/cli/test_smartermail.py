"""Accounts with a SmarterMail server at the command line: found, signed in to with and without a code, and kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from cli.conftest import AtTerminal
from cli.mailbox import (
    APP_PASSWORD,
    PASSWORD,
    cheap,
    code,
    server,
    server_sessions,
    stored,
    token,
    two_step,
    ways,
    words,
)
from instep.accounts import config
from instep.accounts.account import PasswordIn
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.accounts.secrets import Secrets
from instep.core.model import Kind
from instep.testing.smartermail import ANNA, DAV_GROUP, Server, TwoStep

Run = Callable[..., Result]
Start = Callable[..., AtTerminal]

__all__ = ["cheap", "server", "two_step"]


def test_account_is_found_from_the_web_mails_address_and_signed_in_once(
    run: Run, home: Path, tmp_path: Path, server: Server
) -> None:
    server.world.build = 9500
    result = run(*words(server, tmp_path), input=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert re.search(r"SmarterMail, build 9500 of 2026-01-04, at http://127\.0\.0\.1:\d+\.", result.stderr)
    assert "known holes" in result.stderr and "Tell its operator" in result.stderr
    account = stored(home)
    assert (account.is_smartermail, account.url, account.two_step) == (True, server.url, False)
    assert ways(server).count(("password", True)) == 1
    assert all(worked for _, worked in ways(server))
    assert token(home)
    assert Secrets(Home(home)).get(account) == Secret(PASSWORD)


def test_two_step_login_keeps_the_session_and_not_the_password(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    result = run(*words(two_step, tmp_path, "--code-stdin"), input=f"{PASSWORD}\n{code(two_step)}\n")
    assert result.exit_code == 0, result.output
    account = stored(home)
    assert (account.two_step, Secrets(Home(home)).get(account)) == (True, Secret(""))
    assert token(home)
    assert [way for way in ways(two_step) if way[0] != "refresh"] == [("password", True), ("code", True)]
    shown = run("account", "show", "work").stdout
    assert "two-step login; kept on this computer" in shown and "over REST" in shown
    assert re.search(r"password +not kept", shown)


def test_application_password_opens_dav_and_is_what_is_kept(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    said = words(two_step, tmp_path, "--code", code(two_step), "--app-password-stdin")
    result = run(*said, input=f"{PASSWORD}\n{APP_PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert Secrets(Home(home)).get(stored(home)) == Secret(APP_PASSWORD)
    assert ("dav", False) not in ways(two_step) and ("dav", True) in ways(two_step)
    assert re.search(r"contacts +over CardDAV, since", run("account", "show", "work").stdout)


def test_wrong_code_stores_nothing_and_shows_the_password_no_second_time(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    result = run(*words(two_step, tmp_path, "--code", "000000"), input=f"{PASSWORD}\n")
    assert result.exit_code == 4, result.output
    assert "did not take the code" in result.stderr and "asked for once more" not in result.stderr
    assert config.load(Home(home)) == ()
    assert [worked for way, worked in ways(two_step) if way == "code"] == [False]


def test_missing_code_says_how_to_give_it(run: Run, home: Path, tmp_path: Path, two_step: Server) -> None:
    result = run(*words(two_step, tmp_path), input=f"{PASSWORD}\n")
    assert result.exit_code == 4
    assert "--code or --code-stdin" in result.stderr
    assert config.load(Home(home)) == ()


def test_wrong_password_is_shown_once_and_fails_the_step_login(
    run: Run, home: Path, tmp_path: Path, server: Server
) -> None:
    result = run(*words(server, tmp_path), input="wrong\n")
    assert result.exit_code == 4, result.output
    assert re.search(r"FAILED +login .*refused the e-mail address or the password", result.stdout)
    assert ways(server) == [("password", False)]
    assert config.load(Home(home)) == ()


def test_five_refused_passwords_pause_the_host_and_the_server_sees_no_sixth(
    run: Run, home: Path, tmp_path: Path, server: Server
) -> None:
    for _ in range(5):
        assert run(*words(server, tmp_path), input="wrong\n").exit_code == 4
    result = run(*words(server, tmp_path), input=f"{PASSWORD}\n")
    assert result.exit_code == 4
    assert "127.0.0.1 refused 5 logins within an hour" in result.stdout
    assert ways(server) == [("password", False)] * 5


def test_session_survives_and_is_refreshed_without_the_password(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    assert (
        run(
            *words(two_step, tmp_path, "--kinds", "tasks,notes", "--code", code(two_step)), input=f"{PASSWORD}\n"
        ).exit_code
        == 0
    )
    before = token(home)
    two_step.world.records.clear()
    two_step.world.clock.move(minutes=30)
    result = run("account", "test", "work")
    assert result.exit_code == 0, result.output
    assert "signed in with two-step login" in result.stdout
    assert set(ways(two_step)) == {("refresh", True)}
    assert token(home) not in ("", before)


def test_ended_session_asks_for_a_person_who_signs_in_again(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    assert (
        run(
            *words(two_step, tmp_path, "--kinds", "tasks,notes", "--code", code(two_step)), input=f"{PASSWORD}\n"
        ).exit_code
        == 0
    )
    two_step.world.sessions.end(ANNA)
    failed = run("sync", "work", "--yes")
    assert failed.exit_code == 4
    assert "has ended" in failed.output
    assert "a person has to sign in again" in run("account", "show", "work").stdout
    two_step.world.clock.move(minutes=1)
    again = run("account", "login", "work", "--password-stdin", "--code", code(two_step), input=f"{PASSWORD}\n")
    assert again.exit_code == 0, again.output
    assert run("account", "test", "work").exit_code == 0
    assert Secrets(Home(home)).get(stored(home)) == Secret("")


def test_wrong_code_at_a_terminal_is_asked_once_more_and_the_password_is_not(
    terminal: Start, home: Path, tmp_path: Path, two_step: Server
) -> None:
    person = terminal(
        "account", "add", "work", "--url", two_step.url, "--email", ANNA, "--insecure-http",
        "--desktop", f"files:{tmp_path / 'desk'}",
    )  # fmt: skip
    person.sees("SmarterMail, build")
    person.sees(f"Password of {ANNA}")
    person.types(PASSWORD)
    person.sees("Code of two-step login")
    person.types("000000")
    person.sees("This code was wrong")
    person.sees("Code of two-step login")
    person.types(code(two_step))
    person.sees("Application password (empty: none)")
    person.types("")
    person.sees("The account work is stored.")
    assert person.ends() == 0
    assert PASSWORD not in person.shown
    assert stored(home).two_step


def test_kind_moves_to_another_protocol_and_nothing_is_doubled(
    run: Run, home: Path, tmp_path: Path, server: Server
) -> None:
    assert run(*words(server, tmp_path, "--kinds", "contacts,tasks"), input=f"{PASSWORD}\n").exit_code == 0
    assert run("sync", "work", "--yes").exit_code == 0
    held = {kind: len(server.world.items(ANNA, kind)) for kind in (Kind.CONTACT, Kind.TASK)}
    files = sorted(path.name for path in (tmp_path / "desk").rglob("*.*"))
    seen = run("account", "protocol", "work", "contacts", "rest", "--dry-run")
    assert seen.exit_code == 1 and "begin anew over REST" in seen.stdout
    assert stored(home).protocols == ()
    refused = run("account", "protocol", "work", "contacts", "rest")
    assert refused.exit_code == 2 and "--yes" in refused.stderr and stored(home).protocols == ()
    switched = run("account", "protocol", "work", "contacts", "rest", "--yes")
    assert switched.exit_code == 0, switched.output
    assert stored(home).protocols == ("contacts=rest",)
    assert "contacts       over REST, as you chose" in run("account", "show", "work").stdout
    preview = json.loads(run("sync", "work", "--dry-run", "--json").stdout)
    assert not [pair for pair in preview["pairs"] if pair["server_actions"]["create"] or pair["problems"]]
    result = run("sync", "work", "--yes", "--json")
    assert result.exit_code == 0, result.output
    assert {kind: len(server.world.items(ANNA, kind)) for kind in held} == held
    assert sorted(path.name for path in (tmp_path / "desk").rglob("*.*")) == files
    assert json.loads(run("sync", "work", "--dry-run", "--json").stdout)["status"] == "in-step"


def test_removed_account_is_signed_out_and_not_remembered(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    assert run(*words(two_step, tmp_path, "--code", code(two_step)), input=f"{PASSWORD}\n").exit_code == 0
    account = stored(home)
    assert run("account", "remove", "work", "--yes").exit_code == 0
    assert server_sessions(two_step) == 0
    assert Secrets(Home(home)).session(account) is None
    assert [path for path in (home / "servers").iterdir() if path.suffix == ".json"] == []


def test_account_is_removed_also_while_its_server_is_away(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    assert run(*words(two_step, tmp_path, "--code", code(two_step)), input=f"{PASSWORD}\n").exit_code == 0
    two_step.stop()
    assert run("account", "remove", "work", "--yes").exit_code == 0
    assert config.load(Home(home)) == ()


def test_refused_passwords_over_dav_count_for_the_pause_too(
    run: Run, home: Path, tmp_path: Path, server: Server
) -> None:
    for _ in range(5):
        assert run(*words(server, tmp_path, "--server", "dav"), input="wrong\n").exit_code == 4
    result = run(*words(server, tmp_path, "--server", "dav"), input=f"{PASSWORD}\n")
    assert "refused 5 logins within an hour" in result.stdout
    assert ways(server) == [("dav", False)] * 5


def test_old_version_is_an_account_of_calendars_and_contacts_without_notes(
    run: Run, home: Path, tmp_path: Path, server: Server
) -> None:
    server.world.old_version = "15.7.6970"
    result = run(*words(server, tmp_path, "--kinds", "contacts,appointments"), input=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert "SmarterMail 15.7, build 6970 of 2019-01-31" in result.stderr and "notes stay out" in result.stderr
    assert re.search(r"ok +product +SmarterMail 15.7, build 6970", result.stdout) and "CVE-2019-7214" in result.stdout
    account = stored(home)
    assert (account.is_smartermail, account.url) == (False, f"{server.url}/webdav/")
    shown = run("account", "show", "work").stdout
    assert "SmarterMail 15.7, build 6970" in shown and "CVE-2019-7214" in shown
    assert run("sync", "work", "--yes").exit_code == 0


def test_two_step_login_is_switched_off_and_the_password_is_kept_again(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    said = words(two_step, tmp_path, "--kinds", "tasks,notes", "--code", code(two_step))
    assert run(*said, input=f"{PASSWORD}\n").exit_code == 0
    two_step.world.people[ANNA].two_step = TwoStep.NONE
    assert run("account", "login", "work", "--password-stdin", input=f"{PASSWORD}\n").exit_code == 0
    account = stored(home)
    assert (account.two_step, Secrets(Home(home)).get(account)) == (False, Secret(PASSWORD))


def test_command_that_gives_the_password_is_not_kept_with_two_step_login(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    said = [word for word in words(two_step, tmp_path, "--code", code(two_step)) if word != "--password-stdin"]
    result = run(*said, "--password-command", f"echo {PASSWORD}")
    assert result.exit_code == 0, result.output
    account = stored(home)
    assert (account.two_step, account.password, account.password_command) == (True, PasswordIn.VAULT, "")
    assert ("dav", False) not in ways(two_step)


def test_application_password_is_never_shown_to_the_web_mails_login(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    said = words(two_step, tmp_path, "--code", code(two_step), "--app-password-stdin")
    assert run(*said, input=f"{PASSWORD}\n{APP_PASSWORD}\n").exit_code == 0
    two_step.world.sessions.end(ANNA)
    two_step.world.records.clear()
    assert run("account", "test", "work").exit_code == 4
    assert set(ways(two_step)) == {("refresh", False)}


def test_refused_application_password_fails_the_test_of_an_account_that_is_paired_over_dav(
    run: Run, home: Path, tmp_path: Path, two_step: Server
) -> None:
    said = words(two_step, tmp_path, "--code", code(two_step), "--app-password-stdin")
    assert run(*said, input=f"{PASSWORD}\n{APP_PASSWORD}\n").exit_code == 0
    two_step.world.people[ANNA].app_passwords[DAV_GROUP] = "made anew in the web"
    two_step.world.records.logins.clear()
    result = run("account", "test", "work")
    assert result.exit_code == 1, result.output
    assert re.search(r"FAILED +server: contacts +the folder of its pair cannot be reached", result.stdout)
    assert "Let instep make one" not in result.stdout and "Leave it out" not in result.stdout
    assert ways(two_step).count(("dav", False)) == 1
