"""A server that stumbles over the other side's document gets the item itself."""

from __future__ import annotations

from pathlib import Path

from acceptance.desk import Desk
from peers.servers import Peer, running


def test_a_card_that_radicale_refuses_as_it_is_arrives_without_what_it_stumbles_over(tmp_path: Path) -> None:
    with running("radicale", tmp_path / "lab") as peer:
        _arrives(peer, tmp_path)


def _arrives(peer: Peer, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "a")
    head = "BEGIN:VCARD\r\nVERSION:3.0\r\n"
    files = {
        "twice.vcf": head + "UID:a\r\nN:Berg;Anna;;;\r\nN:Berg;Annchen;;;\r\nFN:Anna Berg\r\nEND:VCARD\r\n",
        "nofn.vcf": head + "UID:b\r\nN:Clay;Bert;;;\r\nTEL:1\r\nEND:VCARD\r\n",
        "space.vcf": head + "UID:c\r\nN:Dell;Cora;;;\r\nFN:Cora Dell\r\nX-GOOGLE TALK:cora\r\nEND:VCARD\r\n",
    }
    for name, text in files.items():
        desk.write(f"contacts/{name}", text)
    assert desk.add(peer, "", "--kinds", "contacts").code == 0
    code, report = desk.sync()
    assert (code, report["pairs"][0]["server_actions"]["create"]) == (0, 3), report
    code, report = desk.sync()
    assert (code, report["pairs"][0]["desktop_actions"]["update"]) == (0, 0)
    assert {n: (desk.files / "contacts" / n).read_bytes().decode() for n in files} == files
