"""The program at a real (pseudo-)terminal: set-up, first synchronization, conflict, interruption."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import AtTerminal, Run
from cli.desk import Desk, card

Start = Callable[..., AtTerminal]


def clash(desk: Desk) -> None:
    desk.edit(desk.files, "jane@example.org", "jane@desk.example")
    desk.edit(desk.held, "jane@example.org", "jane@server.example")


def test_instep_alone_sets_up_the_first_account(terminal: Start, run: Run, desk: Desk) -> None:
    person = terminal()
    person.sees("A name for the account")
    person.types("home")
    person.sees("E-mail address")
    person.types("alice@example.org")
    person.sees("Server address")
    person.types(desk.server.url)
    person.sees("Folder for the files")
    person.types(str(desk.folder))
    person.sees("Nothing answers encrypted at 127.0.0.1")
    person.sees("Allow plain http for this account?")
    person.types("y")
    person.sees("Login name")
    person.types(desk.server.login)
    person.sees(f"Password of {desk.server.login}")
    person.types(desk.server.password)
    person.sees("The account home is stored.")

    assert person.ends() == 0
    assert desk.server.password not in person.shown
    assert "contacts  ↔  Contacts" in run("folders", "home").stdout


def test_ctrl_c_in_the_set_up_stores_nothing(terminal: Start, run: Run) -> None:
    person = terminal()
    person.sees("A name for the account")
    person.interrupts()

    assert person.ends() == 130
    assert "There is no account yet" in run("account", "list").stdout


def test_instep_alone_prints_help_once_there_is_an_account(terminal: Start, account: str) -> None:
    person = terminal()

    assert person.ends() == 0
    assert person.shown.startswith("Usage: instep")


@pytest.mark.parametrize(("answer", "code", "written"), [("y", 0, 1), ("n", 3, 0), ("", 3, 0)])
def test_first_sync_shows_its_counts_and_asks(
    terminal: Start, desk: Desk, account: str, answer: str, code: int, written: int
) -> None:
    person = terminal("sync")
    shown = person.sees("[y/N]")
    person.types(answer)

    assert person.ends() == code
    assert "1 on the desktop, 0 on the server" in shown
    assert len(desk.held) == written


def test_conflict_is_shown_in_colour_and_decided(terminal: Start, run: Run, desk: Desk, synced: str) -> None:
    clash(desk)
    person = terminal("sync")
    shown = person.sees("Your answer")
    person.types("k")

    assert person.ends() == 0
    assert "\x1b[31m" in shown
    assert "different, to decide" in shown
    assert "desk (desktop)" in shown
    assert b"jane@server.example" in desk.files[0].read_bytes()
    assert json.loads(run("conflicts", "--json").stdout) == []


def test_field_by_field_takes_each_from_its_side(terminal: Start, desk: Desk, account: str, run: Run) -> None:
    desk.put("jane.vcf", card("jane-1", "Jane", "Doe", "EMAIL:jane@example.org", "TITLE:none"))
    run("sync", "--yes")
    clash(desk)
    desk.edit(desk.files, "TITLE:none", "TITLE:desk")
    desk.edit(desk.held, "TITLE:none", "TITLE:server")
    person = terminal("sync")
    person.sees("Your answer")
    person.types("f")
    person.sees("E-mail:")
    person.sees("Take")
    person.types("k")
    person.sees("Job Title:")
    person.sees("Take")
    person.types("d")

    assert person.ends() == 0
    for file in (*desk.files, *desk.held):
        assert b"jane@server.example" in file.read_bytes()
        assert b"TITLE:desk" in file.read_bytes()


def test_no_color_leaves_the_words(terminal: Start, desk: Desk, synced: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    clash(desk)
    person = terminal("sync")
    shown = person.sees("Your answer")
    person.types("s")

    assert person.ends() == 1
    assert "\x1b[31m" not in shown
    assert "different, to decide" in shown


@pytest.mark.parametrize("key", [b"\x04", b"s\n"])
def test_end_of_input_and_skip_leave_the_conflict_open(
    terminal: Start, run: Run, desk: Desk, synced: str, key: bytes
) -> None:
    clash(desk)
    person = terminal("sync")
    person.sees("Your answer")
    person.presses(key)

    assert person.ends() == 1
    assert len(json.loads(run("conflicts", "--json").stdout)) == 1


def test_ctrl_c_at_a_conflict_ends_quietly_and_the_next_run_goes_on(
    terminal: Start, run: Run, desk: Desk, synced: str
) -> None:
    clash(desk)
    person = terminal("sync")
    person.sees("Your answer")
    person.presses(b"\x03")

    assert person.ends() == 130
    assert "nothing is lost" in person.shown
    assert "Traceback" not in person.shown
    assert run("sync").exit_code == 1


def test_guard_is_asked_at_a_terminal(terminal: Start, run: Run, desk: Desk, account: str) -> None:
    for number in range(8):
        desk.put(f"{number}.vcf", card(f"n-{number}", f"N{number}"))
    run("sync", "--yes")
    for file in desk.files:
        file.unlink()
    person = terminal("sync")
    person.sees("What shall be done?")
    person.types("r")

    assert person.ends() == 0
    assert len(desk.files) == len(desk.held) == 9


def test_json_at_a_terminal_keeps_questions_off_standard_output(
    terminal: Start, desk: Desk, synced: str, tmp_path: Path
) -> None:
    clash(desk)
    person = terminal("sync", "--json", out=tmp_path / "printed")
    person.sees("Your answer")
    person.types("k")

    assert person.ends() == 0
    assert json.loads((tmp_path / "printed").read_text())["status"] == "in-step"
