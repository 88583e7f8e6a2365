"""Undo, history and restore at the command line, against a real Radicale."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from cli.conftest import AtTerminal, Run
from cli.desk import Desk, card


def last_run(run: Run) -> str:
    return str(json.loads(run("history", "--json").stdout)[0]["run"])


def changed(run: Run, desk: Desk, account: str) -> str:
    """A run that carried one edit to the server; its number."""
    desk.edit(desk.files, "jane@example.org", "jane@desk.example")
    assert run("sync", account).exit_code == 0
    return last_run(run)


def test_an_update_is_changed_back_and_the_next_sync_carries_it(run: Run, desk: Desk, synced: str) -> None:
    number = changed(run, desk, synced)

    result = run("undo", number, "--yes")

    assert result.exit_code == 0, result.output
    assert f"Undo of run {number} · work\n  server   changed back  contacts      Jane Doe\n" in result.stdout
    assert "instep sync work" in result.stdout
    assert b"jane@example.org" in desk.held[0].read_bytes()
    assert b"jane@desk.example" in desk.files[0].read_bytes()
    assert run("sync").exit_code == 0
    assert b"jane@example.org" in desk.files[0].read_bytes()
    assert run("sync").stdout.endswith("in step, nothing to do.\n")
    assert f"undo {number}" in run("history").stdout


def test_dry_run_shows_the_plan_and_writes_nothing(run: Run, desk: Desk, synced: str) -> None:
    number = changed(run, desk, synced)

    result = run("undo", number, "--dry-run")

    assert result.exit_code == 1
    assert "server   change back   contacts      Jane Doe" in result.stdout
    assert b"jane@desk.example" in desk.held[0].read_bytes()
    assert last_run(run) == number


def test_without_a_yes_nothing_is_written(run: Run, desk: Desk, synced: str) -> None:
    number = changed(run, desk, synced)

    result = run("undo", number)

    assert result.exit_code == 3
    assert "--yes" in result.stderr
    assert b"jane@desk.example" in desk.held[0].read_bytes()


def test_at_a_terminal_the_plan_is_shown_and_asked_about(
    run: Run, desk: Desk, synced: str, terminal: Callable[..., AtTerminal]
) -> None:
    number = changed(run, desk, synced)
    person = terminal("undo", number)

    assert "change back" in person.sees("Go on? [y/N] ")
    person.types("y")

    assert person.ends() == 0, person.shown
    assert b"jane@example.org" in desk.held[0].read_bytes()


def test_undoing_twice_says_that_it_is_so_already(run: Run, desk: Desk, synced: str) -> None:
    number = changed(run, desk, synced)
    run("undo", number, "--yes")

    result = run("undo", number, "--yes")

    assert result.exit_code == 0
    assert "Everything is so already; nothing was written." in result.stdout


def test_what_changed_since_is_named_and_left_alone(run: Run, desk: Desk, synced: str) -> None:
    number = changed(run, desk, synced)
    desk.edit(desk.held, "jane@desk.example", "jane@third.example")

    result = run("undo", number, "--yes", "--json")

    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["account"], found["asked"], found["status"]) == ("work", f"undo {number}", "problems")
    assert [list(item) for item in found["items"]] == [["kind", "side", "action", "name", "outcome", "reason"]]
    assert found["items"][0]["outcome"] == "refused" and "changed since" in found["items"][0]["reason"]
    assert b"jane@third.example" in desk.held[0].read_bytes()


def test_a_deleted_card_comes_back_with_its_own_document(run: Run, desk: Desk, account: str) -> None:
    desk.put("john.vcf", card("john-1", "John", "Roe", "X-OWN;X-P=1:kept", "NOTE:n"))
    run("sync", "--yes")
    before = next(f for f in desk.held if b"john-1" in f.read_bytes()).read_bytes()
    (desk.contacts / "john.vcf").unlink()
    assert run("sync").exit_code == 0 and len(desk.held) == 1

    assert run("undo", last_run(run), "--yes").exit_code == 0

    after = next(f for f in desk.held if b"john-1" in f.read_bytes()).read_bytes()
    assert sorted(after.splitlines()) == sorted(before.splitlines())
    assert run("sync").exit_code == 0
    assert len(desk.files) == 2
    assert run("sync").stdout.endswith("in step, nothing to do.\n")
    assert run("verify", "work").exit_code == 0


def test_a_first_upload_is_taken_back_and_stays_so(run: Run, desk: Desk, synced: str) -> None:
    assert run("undo", last_run(run), "--yes", "--on-guard", "go").exit_code == 0
    assert desk.held == []

    assert run("sync").stdout.endswith("in step, nothing to do.\n")
    assert len(desk.files) == 1 and desk.held == []
    verified = run("verify", synced)
    assert verified.exit_code == 0
    assert "1 on one side only, since an undo took the copy back" in verified.stdout
    desk.edit(desk.files, "jane@example.org", "jane@desk.example")
    assert run("verify", synced).exit_code == 1
    assert run("sync").exit_code == 0
    assert len(desk.held) == 1


def test_errors_say_what_is_missing(run: Run, desk: Desk, synced: str, home: Path) -> None:
    number = changed(run, desk, synced)
    for words, says in (
        (["undo", "999", "--yes"], "There is no run 999."),
        (["undo", number, "--item", "Nobody", "--yes"], "wrote no item whose name holds “Nobody”"),
        (["restore", "Nobody", "--version", "1"], "The history holds no item called “Nobody”"),
        (["restore", "Jane Doe", "--version", "99"], "has the versions 1 to"),
        (["history", "--version", "2"], "needs --item"),
    ):
        result = run(*words)
        assert result.exit_code == 2, words
        assert says in result.stderr, result.stderr
    run("account", "remove", "work", "--yes")
    for words in (["undo", number, "--yes"], ["restore", "Jane Doe", "--version", "1"]):
        assert "belongs to the account 'work', which is not set up any more" in run(*words).stderr


def test_a_pair_that_is_no_more_is_named(run: Run, desk: Desk, synced: str) -> None:
    number = changed(run, desk, synced)
    assert run("unpair", "work", "contacts", "contacts").exit_code == 0

    result = run("undo", number, "--yes")

    assert result.exit_code == 1
    assert "not paired any more" in result.stdout and "instep pair" in result.stdout
    paired = run("pair", "work", "contacts", "contacts", "Contacts")
    assert paired.exit_code == 0, paired.output
    assert run("undo", number, "--yes").exit_code == 0
    assert b"jane@example.org" in desk.held[0].read_bytes()


def test_versions_are_shown_with_what_each_changed(run: Run, desk: Desk, synced: str) -> None:
    changed(run, desk, synced)

    shown = run("history", "--item", "jane").stdout
    [found] = json.loads(run("history", "work", "--item", "jane", "--json").stdout)

    assert "Jane Doe" in shown and "jane@example.org → jane@desk.example" in shown
    assert list(found) == ["item", "account", "kind", "name", "versions"]
    assert [(v["version"], v["side"], v["action"]) for v in found["versions"]] == [
        (1, "server", "create"),
        (2, "server", "update"),
    ]
    assert found["versions"][1]["changes"] == [
        {"field": "emails", "before": "jane@example.org", "after": "jane@desk.example"}
    ]
    whole = json.loads(run("history", "--item", found["item"], "--version", "1", "--json").stdout)
    assert whole["version"]["fields"]["emails"] == "jane@example.org"
    assert "E-mail: jane@example.org" in run("history", "--item", found["item"], "--version", "1").stdout


def test_a_version_is_restored_carried_and_undone_again(run: Run, desk: Desk, synced: str) -> None:
    changed(run, desk, synced)

    result = run("restore", "Jane Doe", "--version", "1", "--yes")

    assert result.exit_code == 0, result.output
    assert b"jane@example.org" in desk.held[0].read_bytes()
    assert run("sync").exit_code == 0
    assert b"jane@example.org" in desk.files[0].read_bytes()
    again = run("restore", "Jane Doe", "--version", "1", "--yes")
    assert "Everything is so already" in again.stdout
    number = next(r for r in json.loads(run("history", "--json").stdout) if r["side"] == "server")["run"]
    assert run("undo", str(number), "--yes").exit_code == 0
    assert b"jane@desk.example" in desk.held[0].read_bytes()


def test_a_name_that_several_have_lists_their_numbers(run: Run, desk: Desk, account: str) -> None:
    desk.put("two.vcf", card("jane-2", "Jane", "Doe", "EMAIL:other@example.org"))
    assert run("sync", "--yes").exit_code == 0

    result = run("restore", "Jane Doe", "--version", "1")

    assert result.exit_code == 2
    assert "Several items fit “Jane Doe”" in result.stderr and "Give the number" in result.stderr
