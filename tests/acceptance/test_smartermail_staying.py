"""What REST cannot carry: a series and a group stay where they are, are said once, and go over CalDAV or CardDAV."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from acceptance.mailbox import FOLDERS, REST_ONLY, Mailbox, mailbox
from acceptance.smartermail_story import no_series, snapshot
from instep.codecs.smartermail_dialect import Dialect
from instep.core.model import Kind, Side
from instep.engine.report import PairReport
from instep.protocols.smartermail.profile import Profile
from instep.store import pairs as pair_table
from instep.testing.smartermail import ANNA

SERIES = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:rowing
DTSTAMP:20260101T000000Z
SUMMARY:Rowing
DTSTART:20260302T180000Z
DTEND:20260302T190000Z
RRULE:FREQ=WEEKLY;COUNT=20
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
GROUP = "BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nUID:group-1\r\nFN:Team\r\nMEMBER:mailto:a@x.org\r\nEND:VCARD\r\n"
SORTS = [
    (Kind.EVENT, "rowing.ics", SERIES, "Rowing", "Choir practice", "A series can only be kept over CalDAV"),
    (Kind.CONTACT, "team.vcf", GROUP, "Team", "Choir", "A group can only be kept over CardDAV"),
]
sorts = pytest.mark.parametrize(("kind", "file", "text", "mine", "theirs", "why"), SORTS, ids=["series", "group"])


def quiet(box: Mailbox, *, desktop: int, server: int) -> None:
    """Two more runs have nothing to do and nothing to say; what stays is counted."""
    for _ in range(2):
        (pair,) = box.settled().pairs
        assert (pair.notes, pair.staying) == ([], {Side.LEFT: desktop, Side.RIGHT: server})


def again_over(box: Mailbox, protocol: str) -> PairReport:
    """The account's kinds go over another protocol: its pairs begin anew. Gives the first run's report."""
    with box.db.transaction() as tx:
        for pair in pair_table.of_account(tx, "me"):
            pair_table.remove(tx, pair.id)
    box.fixed = dict.fromkeys(box.fixed, protocol)
    box.pair()
    (pair,) = box.sync().pairs
    assert not pair.problems and not pair.conflicts
    return pair


@sorts
def test_what_rest_cannot_carry_is_said_once_on_either_side_and_goes_over_dav(
    kind: Kind, file: str, text: str, mine: str, theirs: str, why: str, tmp_path: Path
) -> None:
    with mailbox(tmp_path, fixed=REST_ONLY, kinds=(kind,)) as box:
        before = snapshot(box.world)
        box.pair()
        (first,) = box.sync().pairs
        (note,) = first.notes
        assert note.startswith(f"{theirs}: stays as it is (SmarterMail). {why}")
        assert "instep account protocol me " in note
        assert not first.problems and not box.paths(kind, theirs)
        quiet(box, desktop=0, server=1)

        path = box.files / FOLDERS[kind] / file
        path.write_bytes(text.encode())
        (second,) = box.sync(dry_run=True).pairs
        assert second.work == 0 and len(second.notes) == 1
        (third,) = box.sync().pairs
        (note,) = third.notes
        assert note.startswith(f"{mine}: stays as it is (") and why in note and third.work == 0
        quiet(box, desktop=1, server=1)
        path.write_bytes(text.replace(mine, f"{mine} B").encode())
        quiet(box, desktop=1, server=1)
        assert snapshot(box.world) == before

        assert again_over(box, "dav").server_actions.create == 1
        assert len(box.paths(kind, theirs)) == 1 and box.all_web(kind).count(f"{mine} B") == 1
        quiet(box, desktop=0, server=0)


@sorts
def test_what_stays_in_the_web_mail_is_edited_and_deleted_there_and_nothing_happens_here(
    kind: Kind, file: str, text: str, mine: str, theirs: str, why: str, tmp_path: Path
) -> None:
    with mailbox(tmp_path, fixed=REST_ONLY, kinds=(kind,)) as box:
        box.pair()
        box.sync()
        names = box.names(kind)
        key = "displayAs" if kind is Kind.CONTACT else "subject"
        box.edit(kind, theirs, **{key: "Singers"})
        quiet(box, desktop=0, server=1)
        box.world.remove(ANNA, kind, box.web(kind, "Singers")[0])
        quiet(box, desktop=0, server=0)
        assert box.names(kind) == names


@sorts
def test_what_came_over_dav_stays_as_it_is_on_both_sides_over_rest(
    kind: Kind, file: str, text: str, mine: str, theirs: str, why: str, tmp_path: Path
) -> None:
    with mailbox(tmp_path, fixed={kind: "dav"}, kinds=(kind,)) as box:
        box.pair()
        box.sync()
        files, before = box.names(kind), snapshot(box.world)
        told = again_over(box, "rest")
        assert len(told.notes) == 2 and told.work == 0
        quiet(box, desktop=1, server=1)
        (path,) = [p for p in box.paths(kind, theirs) if "RRULE" in p.read_text() or "group" in p.read_text()]
        path.unlink()
        quiet(box, desktop=0, server=1)
        assert snapshot(box.world) == before
        again_over(box, "dav")
        assert len(box.names(kind)) == len(files)
        quiet(box, desktop=0, server=0)


def test_appointment_that_becomes_a_series_stays_single_over_rest_and_goes_when_it_ends(tmp_path: Path) -> None:
    with mailbox(tmp_path, fixed=REST_ONLY, kinds=(Kind.EVENT,)) as box:
        box.pair()
        single = SERIES.replace("RRULE:FREQ=WEEKLY;COUNT=20\r\n", "")
        path = box.files / FOLDERS[Kind.EVENT] / "rowing.ics"
        path.write_bytes(single.encode())
        box.sync()
        before = snapshot(box.world)
        path.write_bytes(SERIES.replace("Rowing", "Rowing B").encode())
        (pair,) = box.sync().pairs
        assert len(pair.notes) == 1 and pair.work == 0 and not pair.problems
        quiet(box, desktop=1, server=1)
        assert snapshot(box.world) == before
        path.write_bytes(single.replace("Rowing", "Rowing B").encode())
        (pair,) = box.sync().pairs
        assert pair.server_actions.update == 1
        assert box.web(Kind.EVENT, "Rowing B")
        quiet(box, desktop=0, server=1)


def test_rule_that_the_proved_form_cannot_say_stays_on_the_desktop_until_it_can_be_said(tmp_path: Path) -> None:
    profile = Profile(dialect=Dialect(recurrence="parts"))
    with mailbox(tmp_path, fixed=REST_ONLY, kinds=(Kind.EVENT,), profile=profile) as box:
        no_series(box.world)
        box.pair()
        box.sync()
        before = snapshot(box.world)
        path = box.files / FOLDERS[Kind.EVENT] / "rowing.ics"
        path.write_bytes(SERIES.replace("FREQ=WEEKLY;COUNT=20", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1").encode())
        (pair,) = box.sync().pairs
        assert len(pair.notes) == 1 and pair.work == 0 and not pair.problems
        quiet(box, desktop=1, server=0)
        assert snapshot(box.world) == before


def test_test_over_rest_says_that_series_and_groups_stay(tmp_path: Path) -> None:
    async def findings(box: Mailbox) -> dict[str, str]:
        server = box.connect()
        try:
            told = (await server.probe()).findings
        finally:
            await server.close()
        return {f.detail: f.advice for f in told}

    with mailbox(tmp_path, fixed=REST_ONLY) as box:
        told = asyncio.run(findings(box))
        (group,) = [detail for detail in told if detail.startswith("a group")]
        (series,) = [detail for detail in told if detail.startswith("a series") and "occurrences" not in detail]
        assert "contacts dav" in told[group] and "instep doctor smartermail" in told[series]
        box.fixed = {}
        assert not [detail for detail in asyncio.run(findings(box)) if detail.startswith(("a group", "a series"))]
