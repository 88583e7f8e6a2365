"""A person's day at the command line, without a terminal, against a real Radicale."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Run
from cli.desk import Desk, card
from peers.servers import free_port

KEYS = ["run", "account", "status", "pairs", "requests", "bytes", "seconds"]
PAIR_KEYS = [
    "kind",
    "desktop",
    "server",
    "desktop_actions",
    "server_actions",
    "linked",
    "merged",
    "conflicts",
    "problems",
    "staying",
]


def conflict(run: Run, desk: Desk, account: str) -> int:
    """Let both sides change one e-mail address; returns the conflict's number."""
    desk.edit(desk.files, "jane@example.org", "jane@desk.example")
    desk.edit(desk.held, "jane@example.org", "jane@server.example")
    assert run("sync", account).exit_code == 1
    [found] = json.loads(run("conflicts", "--json").stdout)
    return int(found["id"])


def test_add_tests_stores_and_says_how_folders_are_paired(run: Run, account: str) -> None:
    listed = run("folders", account)

    assert "contacts  ↔  Contacts" in listed.stdout
    assert "appointments" not in listed.stdout


def test_wrong_password_is_not_stored(run: Run, desk: Desk) -> None:
    words = ["--url", desk.server.url, "--login", desk.server.login, "--email", "alice@example.org", "--insecure-http"]
    result = run(
        "account", "add", "work", *words, "--desktop", f"files:{desk.folder}", "--password-stdin", input="no\n"
    )

    assert result.exit_code == 4
    assert "refused the login name or the password" in result.stdout
    assert "There is no account yet" in run("account", "list").stdout


def test_first_sync_without_a_yes_waits_and_writes_nothing(run: Run, desk: Desk, account: str) -> None:
    result = run("sync", account)

    assert result.exit_code == 3
    assert "0 items would be written to desk, 1 item to " in result.stdout
    assert "instep sync work --yes" in result.stderr
    assert desk.held == []


def test_dry_run_foretells_and_writes_nothing(run: Run, desk: Desk, account: str) -> None:
    result = run("sync", account, "--dry-run")

    assert result.exit_code == 1
    assert "would be: 1 new on the server" in result.stdout
    assert desk.held == []


def test_second_run_has_nothing_to_do(run: Run, desk: Desk, synced: str) -> None:
    result = run("sync", synced)

    assert (result.exit_code, result.stdout) == (0, "contacts · contacts ↔ Contacts: in step, nothing to do.\n")
    assert run("sync", "--dry-run").exit_code == 0
    assert run("verify", synced).exit_code == 0
    assert len(desk.held) == 1


def test_json_is_one_object_with_the_documented_keys(run: Run, synced: str) -> None:
    result = run("sync", synced, "--json")

    found = json.loads(result.stdout)
    assert list(found) == KEYS
    assert [list(pair) for pair in found["pairs"]] == [PAIR_KEYS]
    assert found["status"] == "in-step"
    assert found["account"] == "work"


def test_conflict_waits_and_is_shown_in_words(run: Run, desk: Desk, synced: str) -> None:
    number = conflict(run, desk, synced)

    shown = run("conflicts", synced)
    described = json.loads(run("conflicts", "--json").stdout)

    assert shown.exit_code == 0
    assert f"Conflict {number} · work · contacts · Jane Doe" in shown.stdout
    assert "different, to decide" in shown.stdout
    assert "\x1b" not in shown.stdout
    assert described == [
        {
            "id": number,
            "account": "work",
            "kind": "contacts",
            "name": "Jane Doe",
            "reason": "both-changed",
            "fields": ["emails"],
            "candidates": [],
            "mails": [],
        }
    ]
    assert run("verify", synced).exit_code == 1


def test_decision_is_carried_out_at_once(run: Run, desk: Desk, synced: str) -> None:
    number = conflict(run, desk, synced)

    result = run("resolve", str(number), "--keep", "server")

    assert result.exit_code == 0, result.output
    assert "1 conflict decided and carried out." in result.stdout
    assert b"jane@server.example" in desk.files[0].read_bytes()
    assert run("conflicts").stdout == "There is no open conflict.\n"
    assert run("sync").stdout.endswith("in step, nothing to do.\n")


def test_field_is_taken_by_its_name_or_its_label(run: Run, desk: Desk, synced: str) -> None:
    number = conflict(run, desk, synced)

    wrong = run("resolve", str(number), "--take", "company=server")
    result = run("resolve", str(number), "--take", "E-mail=desktop")

    assert wrong.exit_code == 2
    assert "emails" in wrong.stderr
    assert result.exit_code == 0, result.output
    assert b"jane@desk.example" in desk.held[0].read_bytes()


def test_decision_for_later_waits_for_the_next_run(run: Run, desk: Desk, synced: str) -> None:
    number = conflict(run, desk, synced)

    stored = run("resolve", str(number), "--keep", "desktop", "--later")
    before = desk.held[0].read_bytes()
    synchronized = run("sync")

    assert stored.exit_code == 0
    assert b"jane@server.example" in before
    assert synchronized.exit_code == 0
    assert b"jane@desk.example" in desk.held[0].read_bytes()


def test_skip_leaves_it_open(run: Run, desk: Desk, synced: str) -> None:
    number = conflict(run, desk, synced)

    assert run("resolve", str(number), "--skip").exit_code == 0
    assert len(json.loads(run("conflicts", "--json").stdout)) == 1


def test_answer_that_does_not_fit_is_refused(run: Run, desk: Desk, synced: str) -> None:
    number = conflict(run, desk, synced)

    assert run("resolve", str(number), "--new").exit_code == 2
    assert run("resolve", str(number), "--keep", "server:2").exit_code == 2


def test_all_remaining_conflicts_take_the_same_answer(run: Run, desk: Desk, account: str) -> None:
    desk.put("john.vcf", card("john-1", "John", "Roe", "EMAIL:john@example.org"))
    run("sync", "--yes")
    desk.edit(desk.files, "@example.org", "@desk.example")
    desk.edit(desk.held, "@example.org", "@server.example")
    run("sync")
    first, second = json.loads(run("conflicts", "--json").stdout)

    result = run("resolve", str(first["id"]), "--keep", "desktop", "--all-remaining")

    assert first["id"] != second["id"]
    assert result.exit_code == 0, result.output
    assert "2 conflicts decided and carried out." in result.stdout
    assert all(b"@desk.example" in file.read_bytes() for file in desk.held)


def test_rule_on_the_command_line_decides_without_a_question(run: Run, desk: Desk, synced: str) -> None:
    desk.edit(desk.files, "jane@example.org", "jane@desk.example")
    desk.edit(desk.held, "jane@example.org", "jane@server.example")

    assert run("sync", "--on-conflict", "server").exit_code == 0
    assert b"jane@server.example" in desk.files[0].read_bytes()


def test_guard_stops_with_three_until_a_word_is_said(run: Run, desk: Desk, account: str) -> None:
    for number in range(8):
        desk.put(f"{number}.vcf", card(f"n-{number}", f"N{number}"))
    run("sync", "--yes")
    for file in desk.files:
        file.unlink()

    stopped = run("sync", "--yes")
    skipped = run("sync", "--on-guard", "skip")
    restored = run("sync", "--on-guard", "restore")

    assert stopped.exit_code == 3
    assert "--on-guard" in stopped.stderr
    assert skipped.exit_code in (0, 1)
    assert restored.exit_code == 0, restored.output
    assert len(desk.held) == len(desk.files) == 9


def test_unreachable_server_is_four_and_never_stops_the_others(
    run: Run, desk: Desk, synced: str, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    words = ["--url", url, "--email", "b@example.org", "--no-password", "--insecure-http", "--no-test"]
    run("account", "add", "gone", *words, "--desktop", f"files:{tmp_path / 'gone'}")
    desk.put("new.vcf", card("new-1", "New"))

    result = run("sync", "--jobs", "2", "--json")

    found = {report["account"]: report for report in json.loads(result.stdout)}
    assert result.exit_code == 4
    assert found["gone"]["status"] == "failed"
    assert found["work"]["status"] == "in-step"
    assert len(desk.held) == 2
    assert result.stderr.count("Error:") == 1


def test_broken_file_is_a_problem_and_the_good_ones_go_on(run: Run, desk: Desk, account: str) -> None:
    desk.put("broken.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cut")

    result = run("sync", "--yes")

    assert result.exit_code == 1
    assert "broken.vcf" in result.stderr
    assert len(desk.held) == 1


def test_missing_folder_is_a_sentence_and_deletes_nothing(run: Run, desk: Desk, synced: str) -> None:
    desk.folder.rename(desk.folder.with_name("elsewhere"))

    result = run("sync")

    assert result.exit_code != 0
    assert "Traceback" not in result.stderr
    assert len(desk.held) == 1


def test_vanished_folder_is_said_of_its_own_side(run: Run, desk: Desk, synced: str) -> None:
    desk.contacts.rename(desk.folder / "elsewhere")

    result = run("sync", synced)

    assert result.exit_code == 1
    assert f"  desktop: {desk.contacts}: The folder is not there." in result.stderr
    assert "server:" not in result.stderr


def test_verify_says_the_same_of_nothing_that_it_could_not_read(run: Run, desk: Desk, synced: str, home: Path) -> None:
    desk.put("broken.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cut")
    broken = run("verify", synced)
    settings = home / "config.toml"
    settings.write_text(settings.read_text().replace(desk.server.url, f"http://127.0.0.1:{free_port()}/"))
    away = run("verify", synced)

    assert broken.exit_code == 1 and broken.stdout.count("broken.vcf") == 1
    assert away.exit_code == 4 and away.stdout == ""
    assert away.stderr.startswith("Error: ")


def test_history_tells_what_was_written(run: Run, desk: Desk, synced: str) -> None:
    [row] = json.loads(run("history", synced, "--json").stdout)

    assert (row["account"], row["kind"], row["side"], row["action"], row["name"]) == (
        "work", "contacts", "server", "create", "Jane Doe",
    )  # fmt: skip
    assert "Jane Doe" in run("history").stdout


def test_pair_is_changed_let_go_and_made_again(run: Run, desk: Desk, synced: str) -> None:
    changed = run("pair", synced, "contacts", "contacts", "Contacts", "--on-conflict", "server")
    shown = run("folders", synced)
    gone = run("unpair", synced, "contacts", "contacts")
    alone = run("folders", synced)
    made = run("pair", synced, "contacts", str(desk.contacts), "Contacts", "--direction", "to-server")

    assert [r.exit_code for r in (changed, shown, gone, alone, made)] == [0, 0, 0, 0, 0]
    assert changed.stdout.startswith("Changed:")
    assert "on conflict: server" in shown.stdout
    assert alone.stdout.count("…") == 2
    assert "to-server" in made.stdout


def test_account_added_without_a_test_is_paired_by_its_first_sync(run: Run, desk: Desk) -> None:
    words = ["--url", desk.server.url, "--email", "alice@example.org", "--login", desk.server.login, "--password-stdin"]
    words += ["--insecure-http", "--no-test", "--desktop", f"files:{desk.folder}"]
    run("account", "add", "work", *words, input=f"{desk.server.password}\n")

    foreseen = run("sync", "--dry-run")
    result = run("sync", "--yes")

    assert foreseen.exit_code == 2
    assert result.exit_code == 0, result.output
    assert [line.split(" · ")[0] for line in result.stdout.splitlines()] == [
        "contacts",
        "appointments",
        "tasks",
        "notes",
    ]
    assert len(desk.held) == 1


def test_test_of_an_account_writes_nothing_and_says_each_step(run: Run, desk: Desk, account: str) -> None:
    result = run("account", "test", account)

    assert result.exit_code == 0
    assert "login" in result.stdout
    assert desk.held == []


def test_log_tells_the_run_and_no_secret(run: Run, desk: Desk, account: str, tmp_path: Path) -> None:
    log = tmp_path / "log"

    result = run("sync", "--yes", "-vv", "--log-file", str(log))

    for text in (log.read_text(), result.stderr):
        assert "1 new on the server" in text
        assert desk.server.password not in text
