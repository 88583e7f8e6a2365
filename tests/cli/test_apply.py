"""``instep plan`` and ``instep apply`` as a person types them, against a real Radicale."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import AtTerminal, Run
from cli.desk import Desk, card

Start = Callable[..., AtTerminal]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "plan.json"


def test_a_plan_names_each_item_and_writes_nothing(run: Run, desk: Desk, account: str) -> None:
    result = run("plan", account)

    assert result.exit_code == 1
    assert "contacts · contacts ↔ Contacts:\n  create on the server: Jane Doe (new on the desktop)\n" in result.stdout
    assert desk.held == []


def test_a_plan_with_nothing_in_it_is_zero(run: Run, synced: str) -> None:
    result = run("plan", synced)

    assert (result.exit_code, result.stdout) == (0, "contacts · contacts ↔ Contacts: in step, nothing to do.\n")


def test_a_plan_is_kept_for_its_owner_alone_and_holds_no_secret(run: Run, desk: Desk, account: str, file: Path) -> None:
    result = run("plan", account, "--out", str(file), "--json")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(result.stdout) == json.loads(file.read_text())
    assert desk.server.password not in file.read_text() + result.output
    plain = json.loads(file.read_text())
    assert list(plain) == ["instep_plan", "account", "run", "made", "on_conflict", "pairs", "seal"]
    [pair] = plain["pairs"]
    assert list(pair) == ["id", "kind", "desktop", "server", "first", "items", "conflicts", "stops", "problems"]
    [item] = pair["items"]
    assert item["writes"] == [{"side": "server", "op": "create", "fields": []}]


def test_what_was_shown_is_carried_out_and_what_changed_is_refused(
    run: Run, desk: Desk, synced: str, file: Path
) -> None:
    desk.put("john.vcf", card("john-1", "John"))
    desk.put("kate.vcf", card("kate-1", "Kate"))
    desk.edit(desk.files, "jane@example.org", "jane@desk.example")
    planned = run("plan", synced, "--out", str(file))
    desk.put("kate.vcf", card("kate-1", "Kate", "Doe", "NOTE:changed"))
    desk.put("later.vcf", card("later-1", "Later"))

    result = run("apply", str(file), "--yes")
    held = b"".join(f.read_bytes() for f in desk.held)
    again = run("apply", str(file), "--yes", "--json")
    once_more = run("apply", str(file), "--yes")
    rest = run("sync", synced)

    assert "in step" not in once_more.stdout and once_more.stdout.endswith(": nothing done.\n")
    assert planned.exit_code == 1 and "update E-mail on the server: Jane Doe" in planned.stdout
    assert result.exit_code == 1
    assert "1 new, 1 changed on the server" in result.stdout
    assert "contacts: Kate Doe: it has changed since the plan was made" in result.stderr
    assert b"John" in held and b"jane@desk.example" in held and b"Kate" not in held and b"Later" not in held
    assert again.exit_code == 1
    refused = json.loads(again.stdout)["refused"]
    assert sorted((r["name"], "done already" in r["reason"]) for r in refused) == [
        ("Jane Doe", True), ("John Doe", True), ("Kate Doe", False),
    ]  # fmt: skip
    assert "2 new on the server" in rest.stdout and len(desk.held) == 4
    assert run("sync").stdout.endswith("in step, nothing to do.\n")


def test_without_a_yes_nothing_is_done(run: Run, desk: Desk, account: str, file: Path) -> None:
    run("plan", account, "--out", str(file))

    waits = run("apply", str(file))
    done = run("apply", str(file), "--yes")

    assert waits.exit_code == 3 and "--yes" in waits.stderr
    assert done.exit_code == 0 and len(desk.held) == 1
    assert run("sync").stdout.endswith("in step, nothing to do.\n")


def test_a_stop_that_the_plan_showed_waits_for_its_own_word(run: Run, desk: Desk, account: str, file: Path) -> None:
    for number in range(8):
        desk.put(f"{number}.vcf", card(f"n-{number}", f"N{number}"))
    run("sync", "--yes")
    for path in desk.files:
        path.unlink()
    planned = run("plan", account, "--out", str(file))
    foretold = run("sync", account, "--dry-run")

    stopped = run("apply", str(file), "--yes")
    before = len(desk.held)
    gone = run("apply", str(file), "--yes", "--on-guard", "go")

    assert "the guard would stop this: The desktop holds none of the 9 items" in planned.stdout
    assert foretold.exit_code == 1 and "The guard would stop this: The desktop holds none" in foretold.stderr
    assert stopped.exit_code == 3 and before == 9 and "--on-guard go" in stopped.stderr
    assert gone.exit_code == 0 and desk.held == []


def test_a_yes_at_a_terminal_covers_what_is_shown(
    terminal: Start, run: Run, desk: Desk, account: str, file: Path
) -> None:
    run("plan", account, "--out", str(file))
    person = terminal("apply", str(file))
    person.sees("create on the server: Jane Doe")
    person.sees("Carry out 1 change")
    person.types("n")
    assert person.ends() == 3 and desk.held == []

    person = terminal("apply", str(file))
    person.sees("Carry out 1 change")
    person.types("y")
    assert person.ends() == 0 and len(desk.held) == 1


def test_another_file_is_never_written_over(run: Run, desk: Desk, account: str, file: Path) -> None:
    file.write_text("my diary")
    refused = run("plan", account, "--out", str(file))
    folder = run("plan", account, "--out", str(file.parent))
    nowhere = run("plan", account, "--out", str(file.parent / "none" / "plan.json"))
    file.write_text("")  # as a program makes a name for itself
    first = run("plan", account, "--out", str(file))
    before = file.read_text()
    second = run("plan", account, "--out", str(file))

    assert refused.exit_code == folder.exit_code == nowhere.exit_code == 2
    assert "is no plan" in refused.stderr
    assert first.exit_code == second.exit_code == 1 and file.read_text() != before


def test_what_is_no_plan_of_ours_is_a_sentence(run: Run, desk: Desk, account: str, file: Path) -> None:
    missing = run("apply", str(file), "--yes")
    folder = run("apply", str(file.parent), "--yes")
    device = run("apply", "/dev/zero", "--yes")
    file.write_text("{}")
    garbage = run("apply", str(file), "--yes")
    run("plan", account, "--out", str(file.with_name("sound.json")))
    file.write_text(file.with_name("sound.json").read_text().replace("Jane", "Joan"))
    edited = run("apply", str(file), "--yes")
    run("account", "remove", account, "--yes")
    removed = run("apply", str(file.with_name("sound.json")), "--yes")

    for result in (missing, folder, device, garbage, edited, removed):
        assert result.exit_code == 2, result.output
        assert result.stderr.startswith("Error:")
    assert "edited" in edited.stderr
    assert desk.held == []


def test_an_account_whose_pairs_were_let_go_is_not_paired_anew(run: Run, desk: Desk, account: str, file: Path) -> None:
    run("plan", account, "--out", str(file))
    run("unpair", account, "contacts", "contacts")
    result = run("apply", str(file), "--yes")

    assert result.exit_code == 2 and "No folders are paired" in result.stderr
    assert "↔" not in run("folders", account).stdout and desk.held == []


def test_a_server_that_is_away_does_nothing_and_says_so(
    run: Run, desk: Desk, account: str, file: Path, home: Path
) -> None:
    from peers.servers import free_port

    run("plan", account, "--out", str(file))
    settings = home / "config.toml"
    settings.write_text(settings.read_text().replace(desk.server.url, f"http://127.0.0.1:{free_port()}/"))
    result = run("apply", str(file), "--yes")

    assert result.exit_code == 4
    assert desk.held == []
