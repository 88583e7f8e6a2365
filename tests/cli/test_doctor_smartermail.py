"""The live check at the command line: explained, allowed, reported without personal data, and cleared away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from cli.conftest import AtTerminal
from instep.accounts import config
from instep.accounts.home import Home
from instep.accounts.records import Records
from instep.accounts.vault import Vault
from instep.core.model import Kind
from instep.protocols.smartermail.profile import Profile
from instep.service.live_check.questions import QUESTIONS
from instep.testing.smartermail import ANNA, DAV_GROUP, Server, TwoStep, World, recurrences, serve, totp
from peers.live_check import mailbox

Run = Callable[..., Result]
Start = Callable[..., AtTerminal]
PASSWORD = "correct horse"
APP_PASSWORD = "abcdefghijklmnop"
TAG = "Instep test 2026-03-04 abcdef"
CHECK = ("doctor", "smartermail", "work")


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Vault.__init__, "__defaults__", (16,))


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(World.demo()) as found:
        yield found


def words(server: Server, tmp_path: Path, *more: str) -> list[str]:
    said = ["account", "add", "work", "--url", server.url, "--email", ANNA, "--insecure-http", "--password-stdin"]
    return [*said, "--desktop", f"files:{tmp_path / 'desk'}", *more]


@pytest.fixture
def work(run: Run, server: Server, tmp_path: Path) -> Server:
    """The server, with the account ``work`` at it."""
    result = run(*words(server, tmp_path), input=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    return server


def record(home: Path) -> Profile:
    [account] = config.load(Home(home))
    return Records(Home(home)).load(account)


def test_check_prints_every_answer_keeps_them_and_leaves_the_mailbox_as_it_was(
    run: Run, home: Path, work: Server
) -> None:
    before, asked = mailbox(work.world), len(work.world.records.logins)
    result = run(*CHECK, "--yes")
    assert result.exit_code == 0, result.output
    for question in QUESTIONS:
        assert question.name in result.stdout and question.asks in result.stdout
    assert "is removed" in result.stderr and "SmarterMail build 9800 of 2026-10-31" in result.stderr
    found = record(home)
    assert (found.build, found.answers["event-new"], found.dialect.phone_type) == (9800, "null/0", "word")
    assert mailbox(work.world) == before
    assert work.world.records.mails == []
    assert all(login.worked for login in work.world.records.logins[asked:])


def test_report_is_the_persons_alone_and_says_nothing_of_the_person(
    run: Run, work: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = recurrences.shown

    def telling(switches: Any, rule: str | None) -> Any:
        more = {
            "owner": ANNA,
            "by": ANNA,
            "who": "anna",
            "tz": "Europe/Berlin",
            "calendarId": 4711,
            "at": "example.com",
        }
        return {**usual(switches, rule), **more}

    monkeypatch.setattr(recurrences, "shown", telling)
    file = tmp_path / "report.md"
    result = run(*CHECK, "--yes", "--json", "--report", str(file))
    assert result.exit_code == 0, result.output
    report = file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o600
    host = re.escape(work.url.partition("//")[2])
    forbidden = [
        r"anna",
        r"example\.com",
        r"127\.0\.0\.1",
        host,
        PASSWORD,
        r"Berlin",
        r"4711",
        r"Wei",
        r"Dentist",
        r"\bBen\b",
    ]
    forbidden += [re.escape(token) for token in (*work.world.sessions.access, *work.world.sessions.refresh)]
    for text in (report, result.stdout):
        assert [one for one in forbidden if re.search(one, text, re.IGNORECASE)] == []
    told = json.loads(result.stdout)
    assert (told["build"], told["left"]) == (9800, [])
    assert [one["name"] for one in told["questions"]] == [question.name for question in QUESTIONS]
    assert "| owners | local part | seen |" in report


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--yes", "--report", "{there}"], "is there already"),
        ([], "Say --yes"),
        (["--yes", "--mail-to", "second@example.net"], "at a terminal"),
        (["--yes", "--mail-to", ANNA], "second address"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_asked(
    run: Run, work: Server, tmp_path: Path, more: list[str], said: str
) -> None:
    there = tmp_path / "there.md"
    there.write_text("mine")
    asked = len(work.world.records.requests)
    result = run(*CHECK, *(word.replace("{there}", str(there)) for word in more))
    assert (result.exit_code, said in result.stderr) == (2, True), result.output
    assert len(work.world.records.requests) == asked
    assert there.read_text() == "mine"


def test_dry_run_explains_every_question_and_asks_nothing(run: Run, work: Server) -> None:
    asked = len(work.world.records.requests)
    result = run(*CHECK, "--dry-run")
    assert result.exit_code == 0
    assert all(question.how in result.stdout for question in QUESTIONS)
    assert len(work.world.records.requests) == asked


def test_account_of_another_server_is_refused(run: Run, account: str) -> None:
    result = run("doctor", "smartermail", account, "--yes")
    assert result.exit_code == 2 and "not known to be SmarterMail" in result.stderr


def test_server_that_is_gone_ends_with_its_code(run: Run, work: Server) -> None:
    work.stop()
    result = run(*CHECK, "--yes")
    assert result.exit_code == 4, result.output


def test_server_that_dies_meanwhile_is_told_with_what_may_be_left(run: Run, home: Path, work: Server) -> None:
    before = mailbox(work.world)
    work.die_after(60)
    result = run(*CHECK, "--yes")
    assert result.exit_code == 4, result.output
    assert "may be left on the server" in result.stderr and "Run the check again" in result.stderr
    assert record(home).answers == {}
    work.stop()
    work.start()
    again = run(*CHECK, "--yes")
    assert again.exit_code == 0, again.output
    assert "An earlier check has left this" in again.stderr
    assert mailbox(work.world) == before


def test_two_step_login_needs_no_code_and_tries_the_application_password(
    run: Run, server: Server, tmp_path: Path
) -> None:
    anna = server.world.people[ANNA]
    anna.two_step, anna.app_passwords[DAV_GROUP] = TwoStep.APP, APP_PASSWORD
    code = totp(anna.secret, server.world.clock.now())
    added = run(*words(server, tmp_path, "--code", code, "--app-password-stdin"), input=f"{PASSWORD}\n{APP_PASSWORD}\n")
    assert added.exit_code == 0, added.output
    logins = len(server.world.records.logins)
    result = run(*CHECK, "--yes", "--app-password-stdin", input=f"{APP_PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert "DAV: accepted; REST: refused (seen)." in result.stdout
    assert "If-Match honoured" in result.stdout
    assert APP_PASSWORD not in result.output
    ways = [(login.way, login.worked) for login in server.world.records.logins[logins:]]
    assert [way for way in ways if not way[1]] == [("password", False)]
    assert ("code", True) not in ways


def test_person_is_asked_once_and_may_say_no(terminal: Start, work: Server) -> None:
    before = mailbox(work.world)
    program = terminal(*CHECK)
    shown = program.sees("Begin? [y/N] ")
    assert "folders of its own" in shown and "removes all of that at the end" in shown and "no personal data" in shown
    program.types("n")
    assert program.ends() == 0
    assert mailbox(work.world) == before


def test_what_an_earlier_check_left_is_removed_at_a_word(terminal: Start, work: Server) -> None:
    before = mailbox(work.world)
    folder = work.world.folder(ANNA, Kind.TASK, TAG)
    work.world.put(ANNA, Kind.TASK, {"subject": f"{TAG}: dates"}, folder)
    program = terminal(*CHECK)
    assert f"task list: {TAG}" in program.sees("Remove it? [y/N] ")
    program.types("y")
    program.sees("Begin? [y/N] ")
    program.types("n")
    assert program.ends() == 0
    assert mailbox(work.world) == before


def test_person_says_whether_mail_came(terminal: Start, home: Path, work: Server) -> None:
    before = mailbox(work.world)
    program = terminal(*CHECK, "--mail-to", "second@example.net")
    assert "mail goes to nobody but second@example.net" in program.sees("Begin? [y/N] ")
    program.types("y")
    program.sees("Did an invitation or a cancellation come?")
    program.types("y")
    assert "mails (told)" in program.sees("mails (told)")
    assert program.ends() == 0
    assert {mail.to for mail in work.world.records.mails} == {"second@example.net"}
    assert record(home).answers["appointments.saving-mails"] == "yes"
    assert mailbox(work.world) == before


def test_no_mail_is_believed_only_of_somebody_who_waited(terminal: Start, home: Path, work: Server) -> None:
    program = terminal(*CHECK, "--mail-to", "second@example.net")
    program.sees("Begin? [y/N] ")
    program.types("y")
    program.sees("Did an invitation or a cancellation come?")
    program.types("n")
    program.sees("five minutes")
    program.types("n")
    program.sees("nobody said whether mail came")
    assert program.ends() == 1
    assert "appointments.saving-mails" not in record(home).answers


def test_ctrl_c_clears_away_and_says_so(terminal: Start, work: Server) -> None:
    before = mailbox(work.world)
    program = terminal(*CHECK, "--mail-to", "second@example.net")
    program.sees("Begin? [y/N] ")
    program.types("y")
    program.sees("Did an invitation or a cancellation come?")
    assert mailbox(work.world) != before
    program.presses(b"\x03")
    program.sees("is removed")
    assert program.ends() == 130
    assert mailbox(work.world) == before
