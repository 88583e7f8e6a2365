"""The demonstration keeps its promises, and says so plainly when it cannot."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from instep.cli import demo_server
from instep.cli.demo_stage import PromiseBroken, Stage, fresh_folder, promise
from instep.cli.main import cli
from instep.codecs import icalendar, vcard
from instep.core.model import Kind
from instep.errors import CodecError, ConfigError
from instep.testing import demo

PROGRAM = [sys.executable, "-c", "from instep.cli.main import main; main()"]
NEEDS_RADICALE = pytest.mark.skipif(importlib.util.find_spec("radicale") is None, reason="radicale is not installed")


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """One whole demonstration, as `make demo` runs it."""
    folder = tmp_path_factory.mktemp("demo")
    # Whoever runs the tests may have an account, and colours, of their own.
    environment = {**os.environ, "INSTEP_HOME": str(folder / "mine"), "COLUMNS": "200"}
    done = subprocess.run(
        [*PROGRAM, "demo"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=280,
    )
    return folder, done


@NEEDS_RADICALE
def test_the_demonstration_ends_as_promised(shown: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _, done = shown
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "All of it was as promised" in done.stdout
    assert done.stdout.count("in step, nothing to do") == 4
    assert "No conflict is left" in done.stdout


@NEEDS_RADICALE
def test_the_demonstration_shows_merges_and_one_conflict(
    shown: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = shown
    assert "+ TEL;TYPE=HOME:+49 40 5550303" in done.stdout
    assert "Conflict 1 · demo · contacts · Petra Schäfer" in done.stdout
    assert "? Job Title" in done.stdout
    assert "1 conflict decided and carried out" in done.stdout


@NEEDS_RADICALE
def test_the_demonstration_says_every_command_that_it_ran(
    shown: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = shown
    closing = done.stdout.partition("These commands were run")[2]
    typed = [line.removeprefix("$ ") for line in done.stdout.splitlines() if line.startswith("$ ")]
    assert len(typed) > 15
    assert [line for line in typed if f"  {line}\n" not in closing] == []


@NEEDS_RADICALE
def test_the_demonstration_touches_nothing_outside_its_folder(
    shown: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = shown
    assert [entry.name for entry in folder.iterdir()] == ["demo-run"]
    assert (folder / "demo-run" / "home" / "vault.json").exists()
    assert not (folder / "demo-run" / "home" / "passphrase").exists()


@NEEDS_RADICALE
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent another way there")
def test_by_hand_only_shows_the_commands_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    process = subprocess.Popen([*PROGRAM, "demo", "--by-hand"], cwd=tmp_path, stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout is not None
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                break
        assert not (tmp_path / "demo-run" / "home").exists()
        process.send_signal(signal.SIGINT)
        assert "The server is stopped." in process.communicate(timeout=60)[0]
    finally:
        process.kill()
    assert process.returncode == 0
    assert "$ instep sync demo --yes --on-conflict skip\n" in said


def test_without_radicale_it_is_said_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_server.importlib.util, "find_spec", lambda name: None)
    result = CliRunner().invoke(cli, ["demo", "--folder", str(tmp_path / "run")])
    assert result.exit_code == 2
    assert "pip install 'instep[demo]'" in result.stderr
    assert not (tmp_path / "run").exists()


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ConfigError, match="not from a demonstration"):
        fresh_folder(tmp_path)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_the_folder_of_an_earlier_demonstration_is_emptied(tmp_path: Path) -> None:
    (fresh_folder(tmp_path / "run") / "old").touch()
    assert [entry.name for entry in fresh_folder(tmp_path / "run").iterdir()] == [".instep-demo"]


def test_a_promise_that_does_not_hold_ends_with_exit_code_1() -> None:
    with pytest.raises(PromiseBroken) as broken:
        promise(1 + 1 == 3, "one and one is not three.")
    assert broken.value.exit_code == 1


def test_a_command_that_fails_breaks_the_promise(tmp_path: Path) -> None:
    with pytest.raises(PromiseBroken, match="ended with exit code 2"):
        Stage(tmp_path).instep("sync", "nobody")


def test_the_account_is_the_same_in_every_run_and_as_large_as_said() -> None:
    assert demo.on_the_server() == demo.on_the_server()
    counts = Counter(document.kind for document in demo.on_the_server())
    assert counts == {Kind.CONTACT: 60, Kind.EVENT: 80, Kind.TASK: 25, Kind.NOTE: 15}


@pytest.mark.parametrize("documents", [demo.on_the_server(), demo.on_the_desktop()], ids=["server", "desktop"])
def test_no_two_documents_share_a_file(documents: tuple[demo.Document, ...]) -> None:
    names = Counter((document.kind, document.file.casefold()) for document in documents)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("documents", [demo.on_the_server(), demo.on_the_desktop()], ids=["server", "desktop"])
def test_every_document_is_one_that_can_be_read(documents: tuple[demo.Document, ...]) -> None:
    unread = []
    for document in documents:
        try:
            if document.file.endswith(".vcf"):
                vcard.read(document.data)
            elif document.file.endswith(".ics"):
                icalendar.read(document.data)
        except CodecError as error:
            unread.append((document.file, str(error)))
    assert unread == []
