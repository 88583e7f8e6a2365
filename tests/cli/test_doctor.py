"""``instep doctor``: findings, exit code, JSON, and a bundle that only its owner can read."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from cli.conftest import Run


def test_a_sound_installation_ends_with_zero_and_says_each_check(run: Run, synced: str) -> None:
    result = run("doctor", "--online")
    assert result.exit_code == 0, result.output
    words = ("Python", "state database", "work: last run", "in step", "work: login")
    assert [word for word in words if word not in result.stdout] == []


def test_what_failed_ends_with_one_and_says_what_to_do(run: Run, home: Path) -> None:
    home.mkdir(0o700)
    (home / "config.toml").write_text("[accounts.work]\nurll = 3\n")
    result = run("doctor")
    assert result.exit_code == 1
    assert "Did you mean url?" in result.stdout


def test_a_run_that_failed_is_kept_with_the_kind_of_its_error(run: Run, synced: str) -> None:
    config = Path(os.environ["INSTEP_HOME"]) / "config.toml"
    config.write_text(config.read_text().replace('password_command = "echo ', 'password_command = "echo not'))
    assert run("sync", synced).exit_code == 4
    checks = json.loads(run("doctor", "--json").stdout)
    [last] = [check for check in checks if check["name"] == "last run"]
    assert (last["outcome"], last["error"], last["account"]) == ("failed", "LoginRefused", "work")


def test_the_bundle_is_written_for_its_owner_alone_and_over_nothing(run: Run, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "bundle.zip"
    result = run("doctor", "--bundle", str(file))
    assert result.exit_code == 0, result.output
    assert "runs.json: the last 50 runs" in result.stdout
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600
    assert "README.txt" in zipfile.ZipFile(file).namelist()
    before = file.read_bytes()
    again = run("doctor", "--bundle", str(file))
    assert (again.exit_code, file.read_bytes()) == (2, before)
    assert "is there already" in again.stderr


@pytest.mark.parametrize("words", [("--json",), ("--json", "--bundle")], ids=["alone", "with a bundle"])
def test_json_is_one_list_and_nothing_else(run: Run, home: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    given = [*words, str(tmp_path / "b.zip")] if "--bundle" in words else list(words)
    found = json.loads(run("doctor", *given).stdout)
    assert {"name", "outcome", "detail", "advice", "about", "account", "error"} == set(found[0])
