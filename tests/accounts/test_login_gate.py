"""How many logins a mail server sees from us, whoever tries: few at a time, and none after too many refusals."""

from __future__ import annotations

import asyncio
import json
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from instep.accounts.login_gate import AT_A_TIME, MOST_REFUSED, WINDOW, HomeGate
from instep.errors import LoginsPaused


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logins.json"


async def tried(gate: HomeGate, host: str = "mail.example.org", *, refuse: bool = False) -> None:
    async with gate.attempt(host):
        if refuse:
            gate.refused(host)


def refuse(gate: HomeGate, times: int, host: str = "mail.example.org") -> None:
    for _ in range(times):
        asyncio.run(tried(gate, host, refuse=True))


def test_four_refusals_pause_nothing(path: Path, clock: Clock) -> None:
    gate = HomeGate(path, clock)
    refuse(gate, MOST_REFUSED - 1)
    asyncio.run(tried(gate))
    assert gate.paused_until("mail.example.org") is None


def test_five_refusals_within_an_hour_pause_that_host_alone_until_the_first_is_an_hour_old(
    path: Path, clock: Clock
) -> None:
    gate = HomeGate(path, clock)
    began = clock.now
    for _ in range(MOST_REFUSED):
        refuse(gate, 1)
        clock.now += 60
    with pytest.raises(LoginsPaused, match=r"mail\.example\.org refused 5 logins within an hour") as told:
        asyncio.run(tried(gate))
    assert "Until" in told.value.message and "wait until that time" in told.value.advice
    asyncio.run(tried(gate, "other.example.org"))
    assert gate.paused_until("mail.example.org") == began + WINDOW
    clock.now = began + WINDOW - 1
    with pytest.raises(LoginsPaused):
        asyncio.run(tried(gate))
    clock.now = began + WINDOW
    asyncio.run(tried(gate))


def test_upper_and_lower_case_are_one_host(path: Path, clock: Clock) -> None:
    refuse(HomeGate(path, clock), 3, "Mail.Example.ORG")
    refuse(HomeGate(path, clock), 2, "mail.example.org")
    with pytest.raises(LoginsPaused):
        asyncio.run(tried(HomeGate(path, clock), "MAIL.example.org"))


def test_another_program_sees_the_pause(path: Path) -> None:
    program = (
        "import sys, pathlib\nfrom instep.accounts.login_gate import HomeGate\n"
        "gate = HomeGate(pathlib.Path(sys.argv[1]))\nfor _ in range(5): gate.refused('mail.example.org')\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    with pytest.raises(LoginsPaused):
        asyncio.run(tried(HomeGate(path)))


def test_at_most_four_logins_go_on_at_one_host_from_all_threads(path: Path, clock: Clock) -> None:
    seen: list[int] = []
    going_on = 0
    turn = threading.Lock()

    async def one() -> None:
        nonlocal going_on
        async with HomeGate(path, clock).attempt("mail.example.org"):
            with turn:
                going_on += 1
                seen.append(going_on)
            for _ in range(20):
                await asyncio.sleep(0)
            with turn:
                going_on -= 1

    async def several() -> None:
        await asyncio.gather(*(one() for _ in range(10)))

    threads = [threading.Thread(target=lambda: asyncio.run(several())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 30
    assert max(seen) <= AT_A_TIME


def test_logins_at_the_same_time_never_make_more_than_five_refusals(path: Path, clock: Clock) -> None:
    refused = 0

    async def one() -> None:
        nonlocal refused
        gate = HomeGate(path, clock)
        with suppress(LoginsPaused):
            async with gate.attempt("mail.example.org"):
                await asyncio.sleep(0)
                refused += 1
                gate.refused("mail.example.org")

    async def all_at_once() -> None:
        await asyncio.gather(*(one() for _ in range(20)))

    asyncio.run(all_at_once())
    assert refused == MOST_REFUSED


def test_a_login_that_broke_off_gives_its_place_back(path: Path, clock: Clock) -> None:
    async def broken() -> None:
        with suppress(ValueError):
            async with HomeGate(path, clock).attempt("mail.example.org"):
                raise ValueError

    async def many() -> None:
        for _ in range(AT_A_TIME * 2):
            await broken()

    asyncio.run(many())


def test_file_holds_hosts_and_times_alone_and_forgets_what_is_over(path: Path, clock: Clock) -> None:
    gate = HomeGate(path, clock)
    refuse(gate, 2, "old.example.org")
    clock.now += WINDOW + 1
    refuse(gate, 1, "new.example.org")
    assert json.loads(path.read_text()) == {"new.example.org": [clock.now]}
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


DAMAGED = [b"", b"nothing", b"[1]", b'{"mail.example.org": "x"}', b'{"mail.example.org": [true, null, "x"]}', b"\xff"]


@pytest.mark.parametrize("raw", DAMAGED)
def test_damaged_file_counts_as_none_and_is_put_right(path: Path, clock: Clock, raw: bytes) -> None:
    path.write_bytes(raw)
    gate = HomeGate(path, clock)
    asyncio.run(tried(gate))
    refuse(gate, MOST_REFUSED)
    with pytest.raises(LoginsPaused):
        asyncio.run(tried(HomeGate(path, clock)))


def test_file_that_cannot_be_written_is_remembered_in_the_program(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("")
    gate = HomeGate(tmp_path / "file" / "logins.json", clock)
    refuse(gate, MOST_REFUSED)
    with pytest.raises(LoginsPaused):
        asyncio.run(tried(gate))


def test_clock_that_is_set_back_does_not_stretch_the_pause(path: Path, clock: Clock) -> None:
    gate = HomeGate(path, clock)
    refuse(gate, MOST_REFUSED)
    clock.now -= 2 * WINDOW
    asyncio.run(tried(gate))
