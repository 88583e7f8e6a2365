"""A real server whose backup is put back under a running installation: it is noticed, and the answer counts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from acceptance.desk import Desk, card, fill, totals, writes
from peers.servers import Peer, running


def put_back(peer: Peer, backup: Path) -> None:
    shutil.rmtree(peer.folder / "data")
    shutil.copytree(backup, peer.folder / "data")


def after_a_backup(desk: Desk, peer: Peer, backup: Path) -> None:
    """A backup of 40 items; then four cards are changed, three made, one deleted; then the backup is put back."""
    fill(desk, 40)
    assert desk.add(peer).code == 0
    assert desk.sync()[0] == 0
    shutil.copytree(peer.folder / "data", backup)
    for n in range(4):
        desk.write(f"contacts/card-{n}.vcf", card(n, NOTE=f"newer {n}"))
    for n in range(3):
        desk.write(f"contacts/new-{n}.vcf", card(100 + n, NOTE="newer"))
    (desk.files / "contacts" / "card-9.vcf").unlink()
    assert desk.sync()[0] == 0
    put_back(peer, backup)


@pytest.mark.parametrize(
    ("answer", "newer", "cards"), [("restore", 7, 13), pytest.param("go", 0, 10, marks=pytest.mark.trial)]
)
def test_a_server_put_back_to_its_backup_waits_for_a_word(answer: str, newer: int, cards: int, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk")
    with running("radicale", tmp_path / "lab") as peer:
        after_a_backup(desk, peer, tmp_path / "backup")
        for _ in range(2):
            stopped = desk.instep("sync", "me", "--yes")
            assert stopped.code == 3 and "older versions" in stopped.out, stopped.out + stopped.err
        assert len(desk.names("contacts", "NOTE:newer")) == 7
        code, report = desk.sync("--on-guard", answer)
        assert code == 0, report
        side = "server_actions" if answer == "restore" else "desktop_actions"
        # The card that was deleted after the backup is there again on both sides.
        assert totals(report, side)["update"] == 4 and totals(report, "desktop_actions")["create"] == 1
        code, report = desk.sync()
        assert (code, writes(report)) == (0, 0), report
        assert len(desk.names("contacts", "NOTE:newer")) == newer and len(desk.names("contacts")) == cards
        assert desk.instep("verify", "me").code == 0
