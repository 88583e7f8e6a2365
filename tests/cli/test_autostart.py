"""``instep autostart`` as a person types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Run


@pytest.fixture(autouse=True)
def no_systemd(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("sys.platform", "linux")


def test_on_status_and_off_tell_the_same_story(run: Run, tmp_path: Path) -> None:
    assert (run("autostart", "status").stdout, run("autostart", "status").exit_code) == ("off\n", 1)
    on = run("autostart", "on")
    [entry] = (tmp_path / "config" / "autostart").iterdir()
    assert on.stdout == f"Instep starts when you log in, by {entry}\n"
    assert "INSTEP_HOME=" in entry.read_text()
    assert (run("autostart", "status").stdout, run("autostart", "status").exit_code) == (f"on, by {entry}\n", 0)
    assert run("autostart", "off").stdout == "Instep does not start when you log in any more.\n"
    assert run("autostart", "off").stdout == "Instep does not start when you log in.\n"
    assert not entry.exists()


def test_entry_that_starts_something_else_is_told(run: Run, tmp_path: Path) -> None:
    run("autostart", "on")
    [entry] = (tmp_path / "config" / "autostart").iterdir()
    entry.write_text("[Desktop Entry]\nExec=/old/python -m instep serve\n")
    assert "starts another installation" in run("autostart", "status").stdout
