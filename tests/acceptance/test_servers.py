"""The main job against real servers, with the real command line: both directions, four kinds, rest, requests."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from acceptance.desk import Desk, card, component, fill, totals, writes
from peers.servers import REQUIRED, Peer, running

SERVERS = ["radicale", "xandikos", "cyrus"]


OF_ANY = [SERVERS[0], *(pytest.param(name, marks=pytest.mark.trial) for name in SERVERS[1:])]
"""For what is the same whatever server stands behind: one of them, and all in ``make trial``."""


@pytest.fixture(params=SERVERS)
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    """A server of its own for one test."""
    if request.param == "cyrus":
        folder = Path("/tmp") / f"instep-acceptance-{tmp_path.parent.name}-{tmp_path.name}"[:60]
    else:
        folder = tmp_path / "lab"
    with running(request.param, folder) as peer:
        yield peer
    if request.param == "cyrus":
        shutil.rmtree(folder, ignore_errors=True)


def test_four_kinds_travel_from_desk_to_desk_over_one_server(fresh: Peer, tmp_path: Path) -> None:
    a, b = Desk(tmp_path / "a"), Desk(tmp_path / "b")
    fill(a, 40)
    assert a.add(fresh).code == 0
    assert b.add(fresh).code == 0
    code, report = a.sync()
    assert code == 0 and totals(report)["create"] == 40, report
    code, report = b.sync()
    assert code == 0 and totals(report, "desktop_actions")["create"] == 40, report
    for folder, marker in (("contacts", "FN:"), ("calendar", "SUMMARY:"), ("tasks", "SUMMARY:"), ("notes", "line")):
        assert a.names(folder, marker) == b.names(folder, marker)

    # three-way: A and B edit different fields of one card, B edits an event, A deletes a task
    a.write("contacts/card-0.vcf", card(0, TITLE="Boss"))
    on_b = next(p for p in (b.files / "contacts").glob("*.vcf") if "FN:Anna Berg0\r\n" in p.read_bytes().decode())
    on_b.write_bytes(on_b.read_bytes().replace(b"END:VCARD", b"NOTE:from b\r\nEND:VCARD"))
    (a.files / "tasks" / "task-3.ics").unlink()
    for desk in (b, a, b, a):
        code, report = desk.sync()
        assert code == 0, report
    for desk in (a, b):
        text = next(t for p in (desk.files / "contacts").glob("*.vcf") if "FN:Anna Berg0\n" in (t := p.read_text()))
        assert "TITLE:Boss" in text and "NOTE:from b" in text and "X-LAB:kept" in text
        assert len(desk.names("tasks", "SUMMARY:")) == 9
        code, report = desk.sync()
        assert (code, writes(report)) == (0, 0)
        assert desk.instep("verify", "me").code == 0


@pytest.mark.parametrize("fresh", OF_ANY, indirect=True)
def test_requests_of_upload_rest_and_small_changes_stay_within_their_bounds(fresh: Peer, tmp_path: Path) -> None:
    desk, count = Desk(tmp_path / "a"), 100
    fill(desk, count)
    assert desk.add(fresh).code == 0
    code, report = desk.sync()
    assert code == 0 and totals(report)["create"] == count
    assert report["requests"] <= count + count // 50 + 20, report["requests"]
    for _ in range(2):  # also directly after an upload
        code, report = desk.sync()
        assert (code, writes(report)) == (0, 0)
        assert report["requests"] <= 2 * 2 and report["bytes"] <= 2 * 2048, (report["requests"], report["bytes"])
    desk.write("contacts/card-1.vcf", card(1, NOTE="changed"))
    code, report = desk.sync()
    assert (code, totals(report)["update"]) == (0, 1)
    assert report["requests"] <= 1 + 10


@pytest.mark.parametrize("fresh", OF_ANY, indirect=True)
def test_state_lost_with_both_sides_full_needs_no_write_and_no_question(fresh: Peer, tmp_path: Path) -> None:
    desk, count = Desk(tmp_path / "a"), 60
    fill(desk, count)
    start, end = "DTSTART;TZID=Europe/Berlin:20260302T090000", "DTEND;TZID=Europe/Berlin:20260302T100000"
    series = (start, end, "RRULE:FREQ=WEEKLY;COUNT=9", "EXDATE;TZID=Europe/Berlin:20260309T090000")
    desk.write("calendar/series.ics", component("VEVENT", 999, *series))
    assert desk.add(fresh).code == 0
    assert desk.sync()[0] == 0
    again = Desk(tmp_path / "again")
    shutil.copytree(desk.files, again.files)
    assert again.add(fresh).code == 0
    code, report = again.sync()
    assert (code, writes(report)) == (0, 0), report
    assert sum(p["linked"] for p in report["pairs"]) == count + 1
    assert sum(p["conflicts"] for p in report["pairs"]) == 0
    assert writes(again.sync()[1]) == 0


@pytest.mark.parametrize("fresh", OF_ANY, indirect=True)
def test_a_conflict_left_pending_over_five_runs_disturbs_nothing_else(fresh: Peer, tmp_path: Path) -> None:
    a, b = Desk(tmp_path / "a"), Desk(tmp_path / "b")
    a.write("contacts/card-0.vcf", card(0, NOTE="old"))
    for desk in (a, b):
        assert desk.add(fresh, "", "--kinds", "contacts").code == 0
        assert desk.sync()[0] == 0
    on_b = next((b.files / "contacts").glob("*.vcf"))

    def swap(path: Path, old: str, new: str) -> None:
        text = path.read_bytes().decode()
        assert old in text, text
        path.write_bytes(text.replace(old, new).encode())

    on_a = a.files / "contacts/card-0.vcf"
    swap(on_a, "NOTE:old", "NOTE:from a")
    swap(on_b, "NOTE:old", "NOTE:from b\r\nTITLE:T0\r\nROLE:R0")
    assert b.sync()[0] == 0
    assert a.sync()[0] == 1
    for turn in range(5):
        swap(on_a, f"TITLE:T{turn}", f"TITLE:T{turn + 1}")
        swap(on_b, f"ROLE:R{turn}", f"ROLE:R{turn + 1}")
        for desk in (b, a, b):
            code, report = desk.sync()
            assert code == (1 if desk is a else 0), report
        for path, note in ((on_a, "from a"), (on_b, "from b")):
            text = path.read_text()
            assert f"NOTE:{note}" in text and f"TITLE:T{turn + 1}" in text, (turn, text)
        swap(on_a, f"ROLE:R{turn + 1}", f"ROLE:R{turn + 1}")
    questions = a.instep("conflicts", "me", "--json").json
    assert [q["fields"] for q in questions] == [["note"]]
    assert a.instep("resolve", str(questions[0]["id"]), "--keep", "server").code == 0
    assert "NOTE:from b" in on_a.read_text()
    assert a.sync()[0] == 0 and writes(a.sync()[1]) == 0


@pytest.mark.parametrize("fresh", OF_ANY, indirect=True)
def test_another_client_sees_no_change_after_a_sync(fresh: Peer, tmp_path: Path) -> None:
    vdirsyncer = shutil.which("vdirsyncer", path=str(Path(sys.executable).parent))
    if vdirsyncer is None and REQUIRED:
        pytest.fail("vdirsyncer is required but not installed in this environment")
    if vdirsyncer is None:
        pytest.skip("vdirsyncer is not installed in this environment")
    import subprocess

    desk = Desk(tmp_path / "a")
    fill(desk, 40)
    assert desk.add(fresh).code == 0
    assert desk.sync()[0] == 0
    login = f'username = "{fresh.login}"\npassword = "{fresh.password}"\n' if fresh.login else ""
    config = tmp_path / "vdirsyncer.conf"
    config.write_text(
        f'[general]\nstatus_path = "{tmp_path}/status/"\n'
        '[pair cards]\na = "a"\nb = "b"\ncollections = null\n'
        f'[storage a]\ntype = "filesystem"\npath = "{tmp_path}/other/"\nfileext = ".vcf"\n'
        f'[storage b]\ntype = "carddav"\nurl = "{fresh.url.rstrip("/")}{fresh.addressbook}"\n{login}'
    )
    (tmp_path / "other").mkdir()
    for words in (["discover"], ["sync"], ["sync"]):
        done = subprocess.run(
            [vdirsyncer, "-c", str(config), *words], input="y\n" * 9, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert "Copying" not in done.stderr + done.stdout
    assert len(list((tmp_path / "other").glob("*.vcf"))) == 10
    assert writes(desk.sync()[1]) == 0
