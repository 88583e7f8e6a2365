"""Copies of the state database taken while a run writes it, one file after the other: they open and go on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from acceptance.desk import Desk
from acceptance.killing import Lab, lab
from acceptance.test_sudden_ends import SCENARIOS
from peers.standin import Asked, Say

FILES = ("state.db", "state.db-wal", "state.db-shm")


def home_of(desk: Desk) -> Path:
    return next((desk.folder / "home").rglob("state.db")).parent


def copied_during(it: Lab, moments: dict[int, int]) -> list[Path]:
    """Run to the end and copy the files meanwhile: from these requests on, each so many requests after the last."""
    home, seen = home_of(it.a), [0]
    due: dict[int, list[tuple[int, str]]] = {}
    for start, apart in moments.items():
        for number, name in enumerate(FILES):
            due.setdefault(start + number * apart, []).append((start, name))

    def copy(asked: Asked) -> Say | None:
        seen[0] += 1
        for start, name in due.pop(seen[0], ()):
            goal = it.folder / f"copy-{start}"
            goal.mkdir(exist_ok=True)
            if (home / name).exists():
                shutil.copy(home / name, goal / name)
        return None

    it.proxy.before = copy
    code, report = it.a.sync()
    it.proxy.heal()
    assert code == 0, report
    return sorted(it.folder.glob("copy-*"))


def gone_on_with(it: Lab, copy: Path, done: Path) -> None:
    """Everything as it was after the run, but for the state: that is the copy."""
    shutil.rmtree(it.a.folder)
    shutil.copytree(done, it.a.folder)
    home = home_of(it.a)
    for name in FILES:
        (home / name).unlink(missing_ok=True)
    for file in copy.iterdir():
        shutil.copy(file, home / file.name)
    it.as_measured()


def tried(it: Lab, moments: dict[int, int]) -> None:
    it.back()
    copies = copied_during(it, moments)
    assert len(copies) == len(moments)
    done = it.folder / "done"
    shutil.copytree(it.a.folder, done)
    for copy in copies:
        gone_on_with(it, copy, done)
    shutil.rmtree(done)
    for copy in copies:
        shutil.rmtree(copy)


def test_a_copy_of_the_state_made_during_a_run_goes_on(tmp_path: Path) -> None:
    with lab("radicale", tmp_path / "lab", SCENARIOS["changes, deletions and moves"](40)) as it:
        tried(it, {it.requests // 2: 1})


@pytest.mark.trial
@pytest.mark.parametrize("scenario", list(SCENARIOS))
@pytest.mark.parametrize("part", range(4))
def test_copies_made_at_any_moment_go_on(scenario: str, part: int, tmp_path: Path) -> None:
    with lab("radicale", tmp_path / "lab", SCENARIOS[scenario](300)) as it:
        step = max(1, it.requests // 16)
        # at once, or with requests and commits in between
        tried(it, {at: (0, 1, 5)[at % 3] for at in range(2 + part, it.requests - 10, 4 * step)})
