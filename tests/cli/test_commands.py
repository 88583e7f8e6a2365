"""What every command answers when there is nothing, or when it is called wrongly; no server is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from cli.conftest import PROGRAM, SOURCES
from instep import __version__
from instep.cli.main import cli

Run = Callable[..., Result]
COMMANDS = ["account", "folders", "pair", "unpair", "sync", "conflicts", "resolve", "history", "verify", "check"]
ENV = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(SOURCES)}
LOCAL = ["--email", "a@example.org", "--no-password", "--no-test"]


def test_version_is_told(run: Run) -> None:
    assert run("--version").stdout == f"instep {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    result = run(command, "--help")

    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: instep {command}")
    assert command in run("--help").stdout


def test_without_a_terminal_instep_alone_prints_help(run: Run) -> None:
    result = run()

    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: instep")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["syn"], "Did you mean sync?"),
        (["frobnicate"], "Commands are: account,"),
        (["sync", "--jobs", "0"], "--jobs"),
        (["sync", "--frob"], "--frob"),
        (["sync"], "There is no account yet."),
        (["sync", "work"], "no account called 'work'"),
        (["folders", "work"], "no account called 'work'"),
        (["verify", "work"], "no account called 'work'"),
        (["conflicts", "work"], "no account called 'work'"),
        (["history", "work"], "no account called 'work'"),
        (["account", "show", "work"], "no account called 'work'"),
        (["account", "test", "work"], "no account called 'work'"),
        (["account", "remove", "work"], "no account called 'work'"),
        (["account", "ad"], "Did you mean add?"),
        (["account", "add"], "Missing: NAME; --url or --email; --password-stdin"),
        (["account", "add", "work", "--email", "a@example.org"], "Missing: --password-stdin, --password-command"),
        (["account", "add", "work", *LOCAL, "--password-stdin"], "Give one of --password-stdin"),
        (["account", "add", "work", *LOCAL, "--kinds", "contacts,mails"], "'mails'"),
        (["account", "add", "work", *LOCAL, "--url", "http://example.org"], "--insecure-http"),
        (["account", "add", "work", *LOCAL, "--desktop", "folder"], "files:DIR"),
        (["account", "add", "../work", *LOCAL], "cannot be the name"),
        (["account", "add", "work", *LOCAL, "--every", "1441"], "1441"),
        (["account", "import", "nowhere.csv"], "nowhere.csv"),
        (["pair", "work", "mails", "a", "b"], "mails"),
        (["resolve", "1"], "Give one of --keep"),
        (["resolve", "1", "--new", "--both"], "Give one of --keep"),
        (["resolve", "1", "--send", "--keep", "desktop"], "Give one of --keep"),
        (["resolve", "1", "--send", "--all-remaining"], "a yes to one item"),
        (["resolve", "1", "--send"], "no open conflict 1"),
        (["resolve", "x", "--new"], "'x'"),
        (["resolve", "1", "--new"], "no open conflict 1"),
        (["check"], "PATH"),
        (["check", "nowhere.vcf"], "nowhere.vcf"),
        (["completion", "tcsh"], "tcsh"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_call_says_what_is_wrong_and_ends_with_two(run: Run, words: list[str], said: str) -> None:
    result = run(*words)

    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (["account", "list"], "There is no account yet. Set one up: instep account add NAME\n"),
        (["conflicts"], "There is no open conflict.\n"),
        (["conflicts", "--json"], "[]\n"),
        (["history"], "Nothing was written yet.\n"),
        (["history", "--json"], "[]\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_fresh_installation_has_nothing_to_show(run: Run, home: Path, words: list[str], printed: str) -> None:
    result = run(*words)

    assert (result.exit_code, result.stdout) == (0, printed)
    assert not home.exists()


def test_account_shows_when_it_runs_by_itself(run: Run) -> None:
    added = run("account", "add", "work", *LOCAL, "--every", "15", "--at-start", "--at-exit", "--after-changes")

    assert added.exit_code == 0, added.output
    assert "at start, every 15 minutes, after changes, at exit" in run("account", "show", "work").stdout


def test_account_without_a_test_is_stored_shown_and_removed(run: Run, tmp_path: Path) -> None:
    added = run("account", "add", "work", *LOCAL, "--url", "https://dav.example.org", "--kinds", "contacts,tasks")
    shown = run("account", "show", "work")
    listed = run("account", "list")
    removed = run("account", "remove", "work")

    assert [r.exit_code for r in (added, shown, listed, removed)] == [0, 0, 0, 0]
    assert "https://dav.example.org" in shown.stdout
    assert "contacts, tasks" in shown.stdout
    assert str(tmp_path / "person" / "Instep" / "work") in shown.stdout
    assert "not synchronized yet" in listed.stdout
    assert "There is no account yet" in run("account", "list").stdout


def test_name_that_is_taken_is_refused_in_any_letters(run: Run) -> None:
    run("account", "add", "work", *LOCAL)

    result = run("account", "add", "WORK", *LOCAL)

    assert result.exit_code == 2
    assert "already" in result.stderr


def test_password_is_kept_encrypted_and_never_shown(run: Run, home: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    words = ["--email", "a@example.org", "--password-stdin", "--no-test", "--log-file", str(log), "-vv"]
    added = run("account", "add", "work", *words, input="s3cret-word\nnext line\n")
    shown = run("account", "show", "work")

    assert added.exit_code == 0
    for text in (added.output, shown.output, log.read_text(), *(p.read_text("latin-1") for p in home.iterdir())):
        assert "s3cret-word" not in text
    assert log.stat().st_mode & 0o077 == 0


def test_empty_password_is_refused(run: Run) -> None:
    result = run("account", "add", "work", "--email", "a@example.org", "--password-stdin", "--no-test", input="\n")

    assert result.exit_code == 2
    assert "password is empty" in result.stderr
    assert "no account yet" in run("account", "list").stdout


def test_password_command_is_not_shown(run: Run) -> None:
    run("account", "add", "work", "--email", "a@example.org", "--password-command", "echo hush", "--no-test")

    assert "hush" not in run("account", "show", "work").output
    assert "from a command" in run("account", "show", "work").stdout


TABLE = "name,url,email,no_password,desktop\none,https://x.example,a@x.example,yes,files:{0}/1\n"


def test_import_stores_all_rows(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "accounts.csv"
    table.write_text(TABLE.format(tmp_path) + f"two,https://x.example,b@x.example,yes,files:{tmp_path}/2\n")

    foreseen = run("account", "import", str(table), "--dry-run")
    assert "no account yet" in run("account", "list").stdout
    done = run("account", "import", str(table))

    assert (foreseen.exit_code, done.exit_code) == (0, 0)
    assert "2 accounts would be added" in foreseen.stdout
    assert len(run("account", "list").stdout.splitlines()) == 2


def test_import_stores_nothing_while_a_row_is_wrong(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "accounts.csv"
    table.write_text(TABLE.format(tmp_path) + "two,https://x.example,nonsense,yes,files:x\n")

    result = run("account", "import", str(table))

    assert result.exit_code == 2
    assert "line 3, email" in result.stderr
    assert "no account yet" in run("account", "list").stdout


def test_broken_settings_are_named_with_their_line(run: Run, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text("[accounts.work]\nurl = \n")

    result = run("sync")

    assert result.exit_code == 2
    assert "line 2" in result.stderr


def test_damaged_state_is_one_sentence(run: Run, home: Path) -> None:
    home.mkdir()
    (home / "state.db").write_bytes(b"this is no database at all, " * 100)

    result = run("history")

    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_log_file_that_cannot_be_written_is_one_sentence(run: Run) -> None:
    result = run("--log-file", "/nowhere/at/all", "account", "list")

    assert result.exit_code == 2
    assert "/nowhere/at/all cannot be written" in result.stderr


def test_defect_is_a_sentence_and_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError("oops\nsecond line")

    monkeypatch.setattr("instep.accounts.config.load", fail)
    result = run("account", "list")

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: This is a defect of Instep: ZeroDivisionError: oops.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_calls_instep_back(run: Run, shell: str) -> None:
    result = run("completion", shell)

    assert result.exit_code == 0
    assert "_INSTEP_COMPLETE" in result.stdout


def test_names_of_accounts_are_completed(run: Run) -> None:
    from click.shell_completion import BashComplete

    run("account", "add", "work", *LOCAL)
    run("account", "add", "home", *LOCAL)

    found = BashComplete(cli, {}, "instep", "_INSTEP_COMPLETE").get_completions(["sync"], "w")

    assert [item.value for item in found] == ["work"]


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (
            ["--version"],
            ["instep.core", "instep.engine", "instep.store", "sqlalchemy", "rich", "httpx2", "keyring", "asyncio"],
        ),
        (["account", "list"], ["sqlalchemy", "rich", "httpx2", "keyring", "tomlkit", "cryptography", "alembic"]),
    ],
    ids=lambda value: " ".join(value[:2]),
)
def test_heavy_parts_are_not_loaded_where_they_are_not_used(home: Path, words: list[str], heavy: list[str]) -> None:
    program = (
        "import sys\nfrom instep.cli.main import main\n"
        "try:\n    main(sys.argv[2:])\nexcept SystemExit:\n    pass\n"
        "print([name for name in sys.argv[1].split() if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, " ".join(heavy), *words],
        capture_output=True, text=True, env={"INSTEP_HOME": str(home), **ENV},
        check=True,
    )  # fmt: skip

    assert done.stdout.splitlines()[-1] == "[]"


def test_closed_pipe_ends_quietly(home: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"'{PROGRAM[0]}' -c \"$0\" --help | true", PROGRAM[2]],
        capture_output=True, text=True, env={"INSTEP_HOME": str(home), **ENV},
        check=False,
    )  # fmt: skip

    assert done.stderr == ""


def test_terminal_that_knows_few_letters_gets_escapes(home: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("日本\n", encoding="utf-8")
    done = subprocess.run(
        [*PROGRAM, "check", str(note)],
        capture_output=True,
        env={"INSTEP_HOME": str(home), "PYTHONIOENCODING": "latin-1", **ENV},
        check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert b"\\u65e5\\u672c" in done.stdout


def test_json_of_check_is_the_documented_object(run: Run, tmp_path: Path) -> None:
    card = tmp_path / "a.vcf"
    card.write_bytes(b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jane Doe\r\nN:Doe;Jane;;;\r\nEND:VCARD\r\n")

    result = run("check", str(card), "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == [
        {
            "path": str(card),
            "kinds": ["contacts"],
            "items": ["Jane Doe"],
            "problems": [],
            "remarks": [],
            "unchanged_is_identical": True,
            "change_is_local": True,
            "tried": 1,
            "sound": True,
        }
    ]
