"""What goes wrong in life: each a clear sentence that names what it is about, and the good items synchronized."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from acceptance.desk import Desk, card, totals
from peers.servers import Peer, free_port, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Peer]:
    """A Radicale of its own."""
    with running("radicale", tmp_path / "lab") as peer:
        yield peer


@contextmanager
def small_disk(folder: Path, size: str = "64k") -> Iterator[None]:
    """A disk of its own at ``folder``, where this machine lets us make one."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_wrong_password_is_tried_once_and_never_shown(server: Peer, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "a")
    desk.write("contacts/card-1.vcf", card(1))
    wrong = "not-the-password-7"
    added = desk.add(replace(server, password=wrong), "", "--kinds", "contacts", "--no-test")
    assert added.code == 0, added.err
    before = (server.folder / "radicale.log").read_text().count("Failed login attempt")
    log = tmp_path / "log.txt"
    done = desk.instep("sync", "me", "--yes", "-vv", "--log-file", str(log))
    assert done.code == 4 and "me" in done.err and "password" in done.err.lower(), done.err
    assert (server.folder / "radicale.log").read_text().count("Failed login attempt") - before == 1
    state = b"".join(
        p.read_bytes() for p in (desk.folder / "home").rglob("*") if p.is_file() and p.name != "config.toml"
    )
    for text in (done.out, done.err, log.read_text(), added.out, added.err):
        assert wrong not in text
    assert wrong.encode() not in state
    assert oct(log.stat().st_mode & 0o777) == "0o600"


def test_a_host_that_is_not_there_ends_with_4_and_its_name(server: Peer, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "a")
    assert desk.add(server, "", "--kinds", "contacts").code == 0
    gone = Desk(tmp_path / "b")
    done = gone.add(server, f"http://127.0.0.1:{free_port()}")
    assert done.code == 4 and "127.0.0.1" in done.out + done.err


def test_a_host_that_is_no_dav_server_is_said_to_be_none(tmp_path: Path) -> None:
    class Plain(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>Hello</html>")

        do_GET = do_PROPFIND = do_OPTIONS = do_REPORT = answer

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    web = ThreadingHTTPServer(("127.0.0.1", 0), Plain)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        peer = Peer("web", f"http://127.0.0.1:{web.server_port}/", "anna", "x", "", "", tmp_path)
        done = Desk(tmp_path / "a").add(peer)
    finally:
        web.shutdown()
    assert done.code == 4 and "DAV" in done.out + done.err, done.out + done.err


def test_a_broken_card_among_good_ones_is_named_and_the_good_ones_arrive(server: Peer, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "a")
    for number in range(3):
        desk.write(f"contacts/card-{number}.vcf", card(number))
    broken = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cut off\r\n"
    desk.write("contacts/broken.vcf", broken)
    assert desk.add(server, "", "--kinds", "contacts").code == 0
    code, report = desk.sync()
    assert code == 1 and totals(report)["create"] == 3
    [problem] = report["pairs"][0]["problems"]
    assert problem["side"] == "desktop" and "broken.vcf" in problem["item"] + problem["message"]
    assert (desk.files / "contacts/broken.vcf").read_bytes().decode() == broken
    code, report = desk.sync()
    assert code == 1 and len(report["pairs"][0]["problems"]) == 1
    desk.write("contacts/broken.vcf", card(9))
    code, report = desk.sync()
    assert code == 0 and totals(report)["create"] == 1


def test_a_full_disk_loses_nothing_and_the_rest_comes_when_there_is_room(server: Peer, tmp_path: Path) -> None:
    full, empty = Desk(tmp_path / "a"), Desk(tmp_path / "b")
    for number in range(20):
        full.write(f"contacts/card-{number}.vcf", card(number, NOTE="x" * 9000))
    assert full.add(server, "", "--kinds", "contacts").code == 0
    assert full.sync()[0] == 0
    with small_disk(empty.files, "100k"):
        assert empty.add(server, "", "--kinds", "contacts").code == 0
        done = empty.instep("sync", "me", "--yes")
        assert done.code == 1, done.out + done.err
        assert "full" in (done.out + done.err).lower() or "space" in (done.out + done.err).lower()
        assert all(p.read_text().rstrip().endswith("END:VCARD") for p in (empty.files / "contacts").glob("*.vcf"))
        subprocess.run(["mount", "-o", "remount,size=4m", str(empty.files)], check=True)
        code, report = empty.sync()
        assert code == 0, report
        assert len(empty.names("contacts")) == 20
    assert len(full.names("contacts")) == 20


def test_a_read_only_folder_is_named_and_nothing_is_lost(server: Peer, tmp_path: Path) -> None:
    desk, other = Desk(tmp_path / "a"), Desk(tmp_path / "b")
    with small_disk(desk.files, "4m"):
        desk.write("contacts/card-1.vcf", card(1))
        assert desk.add(server, "", "--kinds", "contacts").code == 0
        assert desk.sync()[0] == 0
        assert other.add(server, "", "--kinds", "contacts").code == 0
        other.write("contacts/card-2.vcf", card(2))
        assert other.sync()[0] == 0
        subprocess.run(["mount", "-o", "remount,ro", str(desk.files)], check=True)
        done = desk.instep("sync", "me", "--yes")
        assert done.code in {0, 1} and "Traceback" not in done.err
        assert desk.names("contacts") == ["Anna Berg1"]
        subprocess.run(["mount", "-o", "remount,rw", str(desk.files)], check=True)
        assert desk.sync()[0] == 0
        assert desk.names("contacts") == ["Anna Berg1", "Anna Berg2"]


def test_the_second_process_is_told_who_works_on_the_account(server: Peer, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "a")
    desk.write("contacts/card-1.vcf", card(1))
    assert desk.add(server, "", "--kinds", "contacts").code == 0
    script = (
        "import sys; from pathlib import Path\n"
        "from instep.store.database import Database; from instep.store import lease\n"
        "with lease.held(Database.open(Path(sys.argv[1])), 'me', 'sync'):\n print('held', flush=True); sys.stdin.read()"
    )
    home = desk.folder / "home" / "state.db"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        done = desk.instep("sync", "me", "--yes")
        assert done.code == 2 and str(holder.pid) in done.err, done.err
    finally:
        holder.communicate(b"")
    assert desk.sync()[0] == 0
