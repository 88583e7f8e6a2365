"""``kill -9`` of a real synchronization at a chosen request: the next run finishes, nothing is doubled or asked."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from acceptance.desk import Desk, card, component, fill, totals, writes
from peers.proxy import Proxy, Strike, between
from peers.servers import running

FOLDERS = (("contacts", "FN:"), ("calendar", "SUMMARY:"), ("tasks", "SUMMARY:"), ("notes", "line one"))


def struck(desk: Desk, proxy: Proxy, strike: Strike) -> bool:
    """Synchronize, and end the process at the strike; true when it was ended there."""
    proxy.strike = strike
    process = desk.start("sync", "me", "--yes", "--json")
    try:
        strike.aim(lambda: process.send_signal(signal.SIGKILL))
        process.communicate(timeout=300)
    finally:
        process.kill()
    proxy.heal()
    return strike.struck.is_set()


def settled(desk: Desk, proxy: Proxy, other: Desk) -> None:
    """The next run finishes without a question, a third has nothing to do, and a fresh desk sees the same items."""
    code, report = desk.sync()
    assert (code, sum(p["conflicts"] for p in report["pairs"])) == (0, 0), report
    code, report = desk.sync()
    assert (code, writes(report)) == (0, 0), report
    verified = desk.instep("verify", "me")
    assert verified.code == 0, verified.out + verified.err
    assert other.add(proxy.peer).code == 0
    code, report = other.sync()
    assert code == 0, report
    for folder, marker in FOLDERS:
        assert other.names(folder, marker) == desk.names(folder, marker), folder


def first_upload(server: str, count: int, strike: Strike, tmp_path: Path) -> None:
    """Kill the first upload of ``count`` items and look at everything."""
    desk = Desk(tmp_path / "a")
    fill(desk, count)
    with running(server, tmp_path / "lab") as peer, between(peer) as proxy:
        assert desk.add(proxy.peer).code == 0
        assert struck(desk, proxy, strike), "the run ended before the blow fell"
        settled(desk, proxy, Desk(tmp_path / "b"))
        for folder, marker in FOLDERS:
            assert len(desk.names(folder, marker)) == count // 4, folder


# Before it reached the server, or after: the answer never arrives. Other requests are under way at the same time.
SAMPLE = [Strike(14, False, "PUT"), Strike(40, True, "PUT")]


@pytest.mark.parametrize("strike", SAMPLE, ids=lambda s: f"{s.method}-{s.at}-{'after' if s.after else 'before'}")
def test_a_first_upload_killed_at_a_write_is_finished_by_the_next_run(strike: Strike, tmp_path: Path) -> None:
    first_upload("radicale", 40, Strike(strike.at, strike.after, strike.method), tmp_path)


@pytest.mark.trial
@pytest.mark.parametrize("server", ["radicale", "xandikos"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", [*range(1, 22, 2), *range(22, 222, 20), *range(206, 224, 3)])
def test_a_first_upload_of_200_killed_anywhere_is_finished(server: str, after: bool, at: int, tmp_path: Path) -> None:
    first_upload(server, 200, Strike(at, after), tmp_path)


def mixed(server: str, strike: Strike, tmp_path: Path) -> None:
    """Kill a run that creates, changes and deletes on both sides."""
    a, b = Desk(tmp_path / "a"), Desk(tmp_path / "b")
    fill(a, 40)
    with running(server, tmp_path / "lab") as peer, between(peer) as proxy:
        for desk in (a, b):
            assert desk.add(proxy.peer).code == 0
            assert desk.sync()[0] == 0
        for n in range(3):
            a.write(f"contacts/card-{n}.vcf", card(n, NOTE="from a"))
            a.write(f"contacts/new-{n}.vcf", card(100 + n))
            a.write(f"tasks/new-{n}.ics", component("VTODO", 100 + n))
        (a.files / "tasks/task-9.ics").unlink()
        (a.files / "notes/Note 9.md").unlink()
        for n in range(2, 6):
            path = next(p for p in (b.files / "contacts").glob("*.vcf") if f"FN:Anna Berg{n}\n" in p.read_text())
            path.write_bytes(path.read_bytes().replace(b"END:VCARD", b"TITLE:from b\r\nEND:VCARD"))
            b.write(f"calendar/new-{n}.ics", component("VEVENT", 100 + n, "DTSTART:20260701T090000Z"))
        next(p for p in (b.files / "calendar").glob("*.ics") if "Vevent 9" in p.read_text()).unlink()
        assert b.sync()[0] == 0
        assert struck(a, proxy, strike), "the run ended before the blow fell"
        for desk in (a, b, a):
            code, report = desk.sync()
            assert (code, sum(p["conflicts"] for p in report["pairs"])) == (0, 0), report
        for desk in (a, b):
            assert writes(desk.sync()[1]) == 0
            assert desk.instep("verify", "me").code == 0
        for folder, marker in (*FOLDERS, ("contacts", "NOTE:"), ("contacts", "TITLE:")):
            assert a.names(folder, marker) == b.names(folder, marker), (folder, marker)
        assert a.names("contacts", "NOTE:") == ["from a"] * 3
        assert a.names("contacts", "TITLE:") == ["from b"] * 4
        assert [len(a.names(f, m)) for f, m in FOLDERS[:3]] == [13, 13, 12]


@pytest.mark.trial
@pytest.mark.parametrize("strike", [Strike(1, True, "DELETE"), Strike(5, True, "PUT")])
def test_a_run_with_mixed_changes_killed_at_a_write_is_finished(strike: Strike, tmp_path: Path) -> None:
    mixed("radicale", Strike(strike.at, strike.after, strike.method), tmp_path)


@pytest.mark.trial
@pytest.mark.parametrize("server", ["radicale", "xandikos"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 22, 2))
def test_a_run_with_mixed_changes_killed_anywhere_is_finished(
    server: str, after: bool, at: int, tmp_path: Path
) -> None:
    mixed(server, Strike(at, after), tmp_path)


def test_a_download_killed_in_the_middle_is_finished_without_doubles(tmp_path: Path) -> None:
    a, b = Desk(tmp_path / "a"), Desk(tmp_path / "b")
    fill(a, 80)
    with running("radicale", tmp_path / "lab") as peer, between(peer) as proxy:
        for desk in (a, b):
            assert desk.add(proxy.peer).code == 0
        assert totals(a.sync()[1])["create"] == 80
        # The files are written between the read and the last look at the server, which is the blow's moment.
        assert struck(b, proxy, Strike(4, True, "REPORT"))
        code, report = b.sync()
        assert (code, totals(report)) == (0, {"create": 0, "update": 0, "delete": 0}), report
        assert writes(b.sync()[1]) == 0 and b.instep("verify", "me").code == 0
        for folder, marker in FOLDERS:
            assert a.names(folder, marker) == b.names(folder, marker), folder
