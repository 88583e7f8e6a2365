"""A desktop and a SmarterMail mailbox: what a person does on either side arrives on the other, and nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from acceptance.mailbox import FOLDERS, REST_ONLY, Mailbox, mailbox, writes
from acceptance.smartermail_story import no_series, snapshot
from instep.connectors.base import Fetched, Snapshot
from instep.core.model import Kind
from instep.testing.smartermail import ANNA, World, many_contacts

WAYS: dict[str, dict[Kind, str]] = {"by preference": {}, "over REST alone": REST_ONLY}
BY_REST = "over REST alone"


@pytest.fixture(params=WAYS)
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Anna's account after its first run, by preference or over REST alone."""
    with mailbox(tmp_path, fixed=WAYS[request.param]) as made:
        if request.param == BY_REST:
            no_series(made.world)
        made.pair()
        made.before = snapshot(made.world)  # type: ignore[attr-defined]
        report = made.sync()
        assert not report.failure and not any(pair.problems for pair in report.pairs), report
        yield made


def test_a_first_run_brings_all_four_kinds_and_leaves_the_server_as_it_was(box: Mailbox) -> None:
    assert snapshot(box.world) == box.before  # type: ignore[attr-defined]
    assert box.paths(Kind.CONTACT, "FN:Carla Weiß") and box.paths(Kind.EVENT, "SUMMARY:Dentist")
    assert box.paths(Kind.TASK, "SUMMARY:Tax return") and "Shopping.md" in box.names(Kind.NOTE)
    for _ in range(2):
        box.settled()
    assert snapshot(box.world) == box.before  # type: ignore[attr-defined]
    assert box.world.records.mails == []


def test_groups_never_become_persons(box: Mailbox) -> None:
    for path in box.paths(Kind.CONTACT, "Choir"):
        assert "KIND:group" in path.read_text(encoding="utf-8")


ON_THE_WEB: list[tuple[Kind, str, dict[str, Any], str]] = [
    (Kind.CONTACT, "Carla Weiß", {"company": "Rosenhof"}, "ORG:Rosenhof"),
    (Kind.CONTACT, "Hotel Seeblick", {"additionalInfo": "Ask for room 4"}, "NOTE:Ask for room 4"),
    (Kind.EVENT, "Dentist", {"location": "Side street 6"}, "LOCATION:Side street 6"),
    (Kind.EVENT, "Dentist", {"reminder": 30}, "TRIGGER:-PT30M"),
    (Kind.EVENT, "Dentist", {"description": "Bring money."}, "DESCRIPTION:Bring money."),
    (Kind.TASK, "Tax return", {"percentComplete": 60}, "PERCENT-COMPLETE:60"),
    (Kind.TASK, "Tax return", {"priority": 10}, "PRIORITY:1"),
    (Kind.TASK, "Water the plants", {"status": 1}, "STATUS:IN-PROCESS"),
    (Kind.NOTE, "Shopping", {"text": "Milk\nButter"}, "Butter"),
]


def test_edits_on_the_web_arrive_on_the_desktop(box: Mailbox) -> None:
    for kind, name, change, _ in ON_THE_WEB:
        box.edit(kind, name, **change)
    held = snapshot(box.world)
    assert writes(box.sync()) == len({name for _, name, _, _ in ON_THE_WEB})
    for kind, _, _, seen in ON_THE_WEB:
        assert box.paths(kind, seen), seen
    assert snapshot(box.world) == held, "the server was only read"
    box.settled()


ON_THE_DESKTOP: list[tuple[Kind, str, tuple[str, str], str, Any]] = [
    (Kind.CONTACT, "Carla Weiß", ("TITLE:Gardener", "TITLE:Head gardener"), "jobTitle", "Head gardener"),
    (Kind.CONTACT, "Dr. Emil Sørensen", ("Havnegade 7", "Havnegade 9"), "homeStreet", "Havnegade 9"),
    (Kind.EVENT, "Dentist", ("Main street 5", "Main street 7"), "location", "Main street 7"),
    (Kind.EVENT, "Dentist", ("TRIGGER:-PT1H", "TRIGGER:-PT2H"), "reminder", 120),
    (Kind.TASK, "Return the books", ("SUMMARY:Return the books", "SUMMARY:Return the book"), "priority", 2),
    (Kind.TASK, "Tax return", ("PERCENT-COMPLETE:40", "PERCENT-COMPLETE:80"), "percentComplete", 80),
    (Kind.NOTE, "Wi-Fi", ("Pond", "Lake"), "text", "The guests' network is called *Lake*."),
]


def test_edits_on_the_desktop_arrive_on_the_web_and_change_nothing_else(box: Mailbox) -> None:
    held = snapshot(box.world)
    ids = {name: box.web(kind, name)[0] for kind, name, _, _, _ in ON_THE_DESKTOP}
    for kind, _, change, _, _ in ON_THE_DESKTOP:
        box.rewrite(kind, change[0], lambda text, change=change: text.replace(*change))  # type: ignore[misc]
    report = box.sync()
    assert writes(report) == len(ids) and not any(p.problems for p in report.pairs), report
    meant: dict[str, set[str]] = {}
    for kind, name, _, key, value in ON_THE_DESKTOP:
        assert box.world.items(ANNA, kind)[ids[name]][key] == value
        meant.setdefault(ids[name], {"lastModifiedUTC"}).add("subject" if key == "priority" else key)
    for folder, items in snapshot(box.world).items():
        for id, after in items.items():
            old = held[folder][id]
            changed = {key for key in old if _meant(old[key]) != _meant(after[key])}
            assert changed <= meant.get(id, set()), (after, changed)
    box.settled()
    assert box.world.records.mails == []


def _meant(value: Any) -> Any:
    """A flag that is not set may be an object that says so."""
    return None if isinstance(value, dict) and not any(value.values()) else value


def test_edits_of_different_fields_are_joined(box: Mailbox) -> None:
    for kind, name, web, desktop in (
        (Kind.CONTACT, "Carla Weiß", {"company": "Rosenhof"}, ("TITLE:Gardener", "TITLE:Boss")),
        (Kind.TASK, "Tax return", {"priority": 1}, ("PERCENT-COMPLETE:40", "PERCENT-COMPLETE:70")),
    ):
        box.edit(kind, name, **web)
        box.rewrite(kind, desktop[0], lambda text, desktop=desktop: text.replace(*desktop))  # type: ignore[misc]
    report = box.sync()
    assert sum(pair.merged for pair in report.pairs) == 2, report
    assert box.web(Kind.CONTACT, "Carla Weiß")[1]["jobTitle"] == "Boss"
    assert box.web(Kind.TASK, "Tax return")[1]["percentComplete"] == 70
    box.settled()


def test_edits_of_the_same_field_are_a_question_and_nothing_is_written(box: Mailbox) -> None:
    box.edit(Kind.CONTACT, "Carla Weiß", jobTitle="Web")
    box.rewrite(Kind.CONTACT, "TITLE:Gardener", lambda text: text.replace("TITLE:Gardener", "TITLE:Desk"))
    held = snapshot(box.world)
    for _ in range(2):
        report = box.sync()
        assert sum(pair.conflicts for pair in report.pairs) == 1 and writes(report) == 0
    assert snapshot(box.world) == held and box.paths(Kind.CONTACT, "TITLE:Desk")
    assert writes(box.sync(on_conflict="server")) == 1
    assert box.paths(Kind.CONTACT, "TITLE:Web")
    box.settled()


NAMES = {
    Kind.CONTACT: ("Hotel Seeblick", "FN:Hotel Seeblick"),
    Kind.EVENT: ("Holiday", "SUMMARY:Holiday"),
    Kind.TASK: ("Water the plants", "SUMMARY:Water the plants"),
    Kind.NOTE: ("Wi-Fi", "# Wi-Fi"),
}
LEFT = {Kind.CONTACT: "Carla Weiß", Kind.EVENT: "Dentist", Kind.TASK: "Tax return", Kind.NOTE: "Shopping"}


def test_deletions_are_carried_both_ways_and_back_again(box: Mailbox) -> None:
    count = {kind: len(box.all_web(kind)) for kind in Kind}
    for kind, (name, _) in NAMES.items():
        box.world.remove(ANNA, kind, box.web(kind, name)[0])
    assert writes(box.sync()) == 4
    assert not any(box.paths(kind, word) for kind, (_, word) in NAMES.items())
    box.settled()
    gone: dict[Path, bytes] = {}
    for kind, name in LEFT.items():
        (path,) = box.paths(kind, name)
        gone[path] = path.read_bytes()
        path.unlink()
    assert writes(box.sync()) == 4
    for kind, name in LEFT.items():
        assert len(box.all_web(kind)) == count[kind] - 2 and name not in box.all_web(kind)
    for path, data in gone.items():
        path.write_bytes(data)
    assert writes(box.sync()) == 4
    assert all(box.all_web(kind).count(name) == 1 for kind, name in LEFT.items())
    box.settled()
    assert box.world.records.mails == []


def test_a_formatted_note_keeps_its_markup(box: Mailbox) -> None:
    markup = box.web(Kind.NOTE, "Ideas")[1]["text"]
    box.rewrite(Kind.NOTE, "# Ideas", lambda text: text.replace("# Ideas", "# Better ideas"))
    assert writes(box.sync()) == 1
    assert box.web(Kind.NOTE, "Better ideas")[1]["text"] == markup
    box.rewrite(Kind.NOTE, "quiet", lambda text: text.replace("quiet", "loud"))
    assert writes(box.sync()) == 1
    assert box.web(Kind.NOTE, "Better ideas")[1]["text"] == markup.replace("quiet", "loud")
    box.settled()


def test_new_items_of_the_desktop_are_made_once(box: Mailbox) -> None:
    made = {
        Kind.CONTACT: "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:new-1\r\nFN:Nora New\r\nN:New;Nora;;;\r\nEND:VCARD\r\n",
        Kind.EVENT: (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:new-2\r\n"
            "DTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20261210T100000\r\n"
            "DTEND;TZID=Europe/Berlin:20261210T110000\r\nSUMMARY:Nora's visit\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        ),
        Kind.TASK: (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VTODO\r\nUID:new-3\r\n"
            "DTSTAMP:20260101T000000Z\r\nSUMMARY:Bake\r\nPRIORITY:1\r\nDUE:20261209T150000Z\r\n"
            "END:VTODO\r\nEND:VCALENDAR\r\n"
        ),
        Kind.NOTE: "# Recipe\n\nFlour\nSugar\n",
    }
    names = {Kind.CONTACT: "Nora New", Kind.EVENT: "Nora's visit", Kind.TASK: "Bake", Kind.NOTE: "Recipe"}
    for kind, text in made.items():
        suffix = {Kind.CONTACT: ".vcf", Kind.NOTE: ".md"}.get(kind, ".ics")
        (box.files / FOLDERS[kind] / f"new{suffix}").write_bytes(text.encode())
    assert writes(box.sync()) == 4
    for kind, name in names.items():
        assert box.all_web(kind).count(name) == 1
    assert box.web(Kind.TASK, "Bake")[1]["priority"] == 10
    box.settled()


def test_meetings_with_guests_are_read_and_never_saved_unasked(tmp_path: Path) -> None:
    guests = [{"name": "Ben", "email": "ben@example.com", "status": 0, "isOrganizer": False, "isResource": False}]
    at = {"dt": "2026-12-05T09:00:00", "tz": "Europe/Berlin"}
    with mailbox(tmp_path, fixed=REST_ONLY, kinds=(Kind.EVENT,)) as box:
        no_series(box.world)
        meeting = {"subject": "Plan", "start": at, "end": {**at, "dt": "2026-12-05T10:00:00"}, "attendees": guests}
        box.world.put(ANNA, Kind.EVENT, {**meeting, "organizerEmail": ANNA, "meetingStatus": 1})
        box.pair()
        box.sync()
        held = snapshot(box.world)
        box.rewrite(Kind.EVENT, "SUMMARY:Plan", lambda text: text.replace("SUMMARY:Plan", "SUMMARY:New plan"))
        report = box.sync()
        assert sum(pair.conflicts for pair in report.pairs) == 1
        (path,) = box.paths(Kind.EVENT, "New plan")
        path.unlink()
        box.sync()
        assert snapshot(box.world) == held
        assert box.world.records.mails == []


def test_two_step_login_without_application_password_goes_over_rest_and_says_so(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        no_series(box.world)
        box.pair()  # signs in with the password
        box.password, box.dav_password = "", ""
        place = box.folder / "second"
        second = Mailbox(place, box.server, keeper=box.keeper, password="", dav_password="")
        ids = second.pair()
        assert all(id.startswith("smartermail:") for id in ids.values())
        second.sync()
        second.settled()
        assert box.world.records.logins_by("password") == 1


@pytest.mark.trial
def test_five_thousand_contacts_cost_few_requests(tmp_path: Path) -> None:
    world = World.demo()
    many_contacts(world, 5000)
    with mailbox(tmp_path, world, fixed=REST_ONLY, kinds=(Kind.CONTACT,)) as box:
        box.pair()
        assert writes(box.sync()) == 5003
        report = box.settled()
        assert report.requests <= 30, report.requests
        box.edit(Kind.CONTACT, "Ada Adeyemi 0", company="Changed")
        report = box.sync()
        assert writes(report) == 1 and report.requests <= 30


def test_looking_at_five_thousand_contacts_costs_few_requests(tmp_path: Path) -> None:
    async def look(box: Mailbox) -> tuple[int, int]:
        server = box.connect()
        try:
            infos = await server.collections()
            place = next(info.id for info in infos if Kind.CONTACT in info.default_for)
            before = server.traffic[0]
            replica = await server.open(place, Kind.CONTACT)
            answer = await replica.changes(None)
            assert isinstance(answer, Snapshot)
            read = [result async for result in replica.fetch([entry.href for entry in answer.entries])]
            return sum(isinstance(result, Fetched) for result in read), server.traffic[0] - before
        finally:
            await server.close()

    world = World.demo()
    many_contacts(world, 5000)
    with mailbox(tmp_path, world, fixed=REST_ONLY, kinds=(Kind.CONTACT,)) as box:
        found, requests = asyncio.run(look(box))
    assert found == 5003 and requests <= 25, requests
