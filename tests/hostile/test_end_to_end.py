"""Hostile items on both sides: each is one problem with its name, and all others are kept the same as ever."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hostile.documents import CARDS, EVENTS, LINES, overrides
from instep.connectors.files import FilesConnector
from instep.core.model import Kind
from instep.engine.report import Report
from instep.engine.run import synchronize
from instep.engine.work import Options
from instep.store import pairs as pair_table
from instep.store.database import Database
from instep.store.pairs import Pair
from peers.dav_sessions import card, connector, ics
from peers.odd_dav import CAL, CARD, OddDav, Quirks
from peers.standin import Answers, Asked, Say, serving

BROKEN_CARDS = {
    "cut.vcf": b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cut",
    "empty.vcf": b"",
    "nul.vcf": b"\0" * 5000,
    "utf16.vcf": "BEGIN:VCARD\r\nEND:VCARD\r\n".encode("utf-16"),
    "nest.vcf": LINES["nesting"](3000),
    "page.vcf": b"<!doctype html><html>no card</html>",
    "colons.vcf": LINES["colons"](5000),
}
BROKEN_EVENTS = {
    "cut.ics": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:c\r\n",
    "date.ics": ics("d").replace(b"DTSTART:20260310T090000Z", b"DTSTART:20260230T090000Z"),
    "twice.ics": EVENTS["one uid many times"](50),
    "nothing.ics": b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    "span.ics": ics("s").replace(b"DTEND:20260310T100000Z", b"DURATION:P999999W"),
}
HEAVY_CARDS = {"lines.vcf": CARDS["short lines"](3000), "words.vcf": CARDS["categories of one line"](3000)}
HEAVY_EVENTS = {"series.ics": overrides(300), "people.ics": EVENTS["people"](1000)}


class Both:
    """A folder of files and an odd server, and runs of the engine between them."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.kind = kind
        self.place, self.there = ("contacts", CARD) if kind is Kind.CONTACT else ("calendar", CAL)
        self.files = folder / "desk" / self.place
        self.files.mkdir(parents=True)
        self.server = OddDav(Quirks())
        self.db = Database.open(folder / "state.db")
        self.root = folder / "desk"

    def name(self, number: int, side: str) -> str:
        """The file name of a good item."""
        return f"{side}{number}.{'vcf' if self.kind is Kind.CONTACT else 'ics'}"

    def good(self, number: int, side: str) -> bytes:
        """A good item."""
        text = f"{side} {number}"
        return card(f"{side}{number}", text) if self.kind is Kind.CONTACT else ics(f"{side}{number}", summary=text)

    def runs(self, count: int, answers: Answers | None = None) -> list[Report]:
        """Some runs one after the other, each to its end."""

        async def work() -> list[Report]:
            async with serving(answers or self.server.answers) as server:
                with self.db.transaction() as tx:
                    place = server.url + self.there
                    pair_table.add(tx, Pair(0, "me", self.kind, self.place, place, "Here", "There", "two-way", "ask"))
                return [await one(server.url + "/") for _ in range(count)]

        async def one(url: str) -> Report:
            desktop, remote = FilesConnector(self.root), connector(url, "anna", "secret")
            try:
                return await synchronize(self.db, "me", desktop, remote, Options(yes=True))
            finally:
                await asyncio.gather(desktop.close(), remote.close())

        return asyncio.run(work())


SIDES = [
    ("contacts", Kind.CONTACT, BROKEN_CARDS, HEAVY_CARDS),
    ("appointments", Kind.EVENT, BROKEN_EVENTS, HEAVY_EVENTS),
]


@pytest.mark.parametrize(("word", "kind", "broken", "heavy"), SIDES, ids=[row[0] for row in SIDES])
@pytest.mark.parametrize("side", ["desktop", "server"])
def test_each_hostile_item_is_one_named_problem_and_the_others_go_on(
    tmp_path: Path, word: str, kind: Kind, broken: dict[str, bytes], heavy: dict[str, bytes], side: str
) -> None:
    both = Both(tmp_path, kind)
    for number in range(3):
        (both.files / both.name(number, "here")).write_bytes(both.good(number, "here"))
        both.server.put(both.there + both.name(number, "there"), both.good(number, "there"))
    for name, data in (broken | heavy).items():
        if side == "desktop":
            (both.files / name).write_bytes(data)
        else:
            both.server.put(both.there + name, data.decode("utf-8", "replace").encode())
    for again, report in enumerate(both.runs(2)):
        assert not report.failure, report.failure
        [pair] = report.pairs
        told = [problem.item + problem.message for problem in pair.problems]
        unnamed = [name for name in broken if sum(name in text for text in told) != 1]
        assert unnamed == [], told
        assert len(told) <= len(broken)
        assert pair.work == 0 or not again, "what cannot be read is left alone, and nothing else is left to do"
    texts = b"".join(path.read_bytes() for path in both.files.iterdir())
    held = b"".join(data for _, data in both.server.members.values())
    for number in range(3):
        assert f"there {number}".encode() in texts and f"here {number}".encode() in held
    for name, data in broken.items():
        if side == "desktop":
            assert (both.files / name).read_bytes() == data


def test_a_server_that_lists_what_is_not_its_own_disturbs_no_other_item(tmp_path: Path) -> None:
    both = Both(tmp_path, Kind.CONTACT)
    both.server.be(sync=False)
    (both.files / "here0.vcf").write_bytes(both.good(0, "here"))
    both.server.put(f"{CARD}there0.vcf", both.good(0, "there"))
    strange = "/dav/bob/card/private.vcf"
    asked_for: list[str] = []

    def answers(asked: Asked) -> Say:
        asked_for.append(f"{asked.method} {asked.path} {asked.body!r}")
        say = both.server.answers(asked)
        if say.status == 207 and asked.headers.get("depth") == "1" and isinstance(say.body, str):
            etag = "<D:propstat><D:prop><D:getetag>1</D:getetag></D:prop></D:propstat>"
            more = f"<D:response><D:href>{strange}</D:href>{etag}</D:response></D:multistatus>"
            return Say(207, say.body.replace("</D:multistatus>", more), say.headers)
        return say

    for report in both.runs(2, answers):
        [pair] = report.pairs
        assert [strange in problem.item + problem.message for problem in pair.problems] == [True]
    assert len(list(both.files.iterdir())) == len(both.server.members) == 2
    assert not [text for text in asked_for if "bob" in text]
