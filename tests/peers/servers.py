"""Real servers on loopback as fixtures: started once per session on free ports, stopped at its end.

A peer that is missing skips its tests with the reason; with ``INSTEP_REQUIRE_PEERS=1`` it fails them instead.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CYRUS = Path("/usr/lib/cyrus/bin/httpd")
REQUIRED = os.environ.get("INSTEP_REQUIRE_PEERS") == "1"


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server: its base URL, a login (empty: none needed), and the paths of its ready-made collections."""

    name: str
    url: str
    login: str
    password: str
    calendar: str
    addressbook: str
    folder: Path


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(name: str, folder: Path) -> Iterator[Peer]:
    """Start the peer ``name`` with its work files in ``folder``; stop it at the end."""
    reason = missing(name)
    if reason and REQUIRED:
        pytest.fail(f"{name} is required but {reason}")
    if reason:
        pytest.skip(f"{name}: {reason}")
    script = str(HERE / f"{name}.sh")
    env = os.environ | {
        "LAB_DIR": str(folder),
        "LAB_PORT": str(free_port()),
        "LAB_IMAP_PORT": str(free_port()),
        "LAB_USER": "alice",
        "LAB_PASS": "s3cret-lab",
        "LAB_PYTHON": sys.executable,
    }
    with (folder.parent / f"{name}.out").open("wb+") as output:
        # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
        done = subprocess.run(
            [script, "start"], env=env, stdout=output, stderr=subprocess.STDOUT, timeout=600, check=False
        )
        output.seek(0)
        said = output.read().decode("utf-8", "replace")
    try:
        if done.returncode != 0 or "URL=" not in said:
            pytest.fail(f"{name} did not start: {said[-400:]}")
        words = dict(word.split("=", 1) for word in said.split() if "=" in word)
        anonymous = words["USER"] == "(none)"
        yield Peer(
            name=name,
            url=words["URL"],
            login="" if anonymous else words["USER"],
            password="" if anonymous else words["PASSWORD"],
            calendar=words["CAL"],
            addressbook=words["CARD"],
            folder=folder,
        )
    finally:
        subprocess.run(
            [script, "stop"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False
        )


def missing(name: str) -> str:
    """Return why the peer cannot run here, or an empty text."""
    if sys.platform == "win32":
        return "the start scripts need a POSIX shell"
    if not name.startswith("cyrus"):
        return "" if importlib.util.find_spec(name) else "not installed in this environment"
    if CYRUS.exists() and os.geteuid() == 0:
        return ""
    if os.geteuid() != 0:
        return "only root can start it"
    return "" if REQUIRED else "not installed (INSTEP_REQUIRE_PEERS=1 installs it)"


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """Radicale with one login, one calendar (events, tasks, journals) and one address book."""
    with running("radicale", tmp_path_factory.mktemp("radicale") / "lab") as peer:
        yield peer


@pytest.fixture(scope="session")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """Xandikos without a login, with its default collections."""
    with running("xandikos", tmp_path_factory.mktemp("xandikos") / "lab") as peer:
        yield peer


@pytest.fixture(scope="session")
def cyrus() -> Iterator[Peer]:
    """Cyrus with one login; its files lie under /tmp because its own user must reach them."""
    folder = Path("/tmp") / f"instep-cyrus-{os.getpid()}"
    try:
        with running("cyrus", folder) as peer:
            yield peer
    finally:
        subprocess.run(["rm", "-rf", str(folder), str(folder.parent / "cyrus.out")], check=False)


@pytest.fixture(params=["radicale", "xandikos", "cyrus"])
def peer(request: pytest.FixtureRequest) -> Peer:
    """Each real server in turn."""
    found: Peer = request.getfixturevalue(request.param)
    return found
