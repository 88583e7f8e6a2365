"""`make setup` names what is missing, and makes nothing then."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("sh", "dirname", "uname", "tr", "grep")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="make and sh are for POSIX systems")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout beside a PATH on which a test decides what Python there is."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "requirements").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "tools" / "setup.sh", tmp_path / "tools")
    shutil.copy(ROOT / "requirements" / "dev.txt", tmp_path / "requirements")
    for tool in TOOLS:
        if found := shutil.which(tool):
            (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def _python(checkout: Path, name: str, body: str) -> None:
    program = checkout / "bin" / name
    program.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    program.chmod(0o755)


def _setup(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shutil.which("sh") or "sh", str(checkout / "tools" / "setup.sh"), ".venv"],
        cwd=checkout,
        env={"PATH": str(checkout / "bin"), **environment},
        capture_output=True,
        text=True,
    )


TOO_OLD = 'case "$*" in *version_info*) exit 1 ;; esac'
WITHOUT_VENV = f'case "$*" in *ensurepip*) exit 1 ;; esac\nexec "{sys.executable}" "$@"'
CASES = [
    ("no Python at all", {}, "", "no Python 3.11 or newer was found"),
    ("only an old Python", {"python3": TOO_OLD}, "", "no Python 3.11 or newer was found"),
    ("a Python without venv", {"python3": WITHOUT_VENV}, "", "its venv or ensurepip module is missing"),
    ("a named Python that is not there", {"python3": WITHOUT_VENV}, "python9", "python9 is no Python 3.11 or newer"),
]


@pytest.mark.parametrize(("pythons", "named", "message"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_is_missing_is_named_and_nothing_is_made(
    checkout: Path, pythons: dict[str, str], named: str, message: str
) -> None:
    for name, body in pythons.items():
        _python(checkout, name, body)
    result = _setup(checkout, **({"PYTHON": named} if named else {}))
    assert result.returncode == 1
    assert message in result.stderr
    assert not (checkout / ".venv").exists()


def test_on_debian_the_package_to_install_is_named(checkout: Path) -> None:
    if not Path("/etc/debian_version").exists():
        pytest.skip("not a Debian or a descendant of it")
    _python(checkout, "python3", WITHOUT_VENV)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"apt install python{version}-venv" in _setup(checkout).stderr
