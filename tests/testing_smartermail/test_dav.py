"""CalDAV and CardDAV: discovery, logins, and the same data as REST (facts 2.3 and 2.4)."""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from instep.codecs import icalendar, vcard
from instep.core.model import Contact, Kind
from instep.testing.builders import full
from instep.testing.smartermail import ANNA, BEN, DAV_GROUP, Mail, Server, Switches, TwoStep, World, serve
from peers.dav_sessions import card, ics
from peers.smartermail import Asking

PRINCIPAL = "/webdav/principals/example.com/anna/"
WORD = {Kind.CONTACT: "card", Kind.EVENT: "cal", Kind.TASK: "cal"}


def _place(world: World, kind: Kind) -> str:
    return f"/webdav/{WORD[kind]}/example.com/anna/{world.primary(ANNA, kind).number}/"


def _only(world: World, kind: Kind, name: str, key: str = "subject") -> tuple[str, str]:
    """Id and path of Anna's item of this name."""
    folder = world.primary(ANNA, kind)
    (item,) = [item for item in folder.items.values() if item.data[key] == name]
    return item.id, _place(world, kind) + item.name


def _hrefs(answer: Any, prop: str) -> list[str]:
    return re.findall(rf"<[^>]*{prop}[^>]*>\s*<[^>]*href>([^<]*)", answer.body.decode())


@pytest.fixture
def dav(smartermail: Server) -> Asking:
    return Asking(smartermail.url)


@pytest.mark.parametrize("path", ["caldav", "carddav", "nonsense"])
def test_every_well_known_path_is_401_without_a_login(dav: Asking, path: str) -> None:
    answer = dav.ask("PROPFIND", f"/.well-known/{path}")
    assert answer.status == 401 and answer.headers["www-authenticate"].startswith("Basic")


WELL_KNOWN = [("caldav", 301), ("carddav", 301), ("nonsense", 404)]


@pytest.mark.parametrize(("path", "status"), WELL_KNOWN)
def test_a_well_known_path_leads_on_with_a_login_if_there_is_one(dav: Asking, path: str, status: int) -> None:
    assert dav.dav("PROPFIND", f"/.well-known/{path}").status == status


def test_discovery_goes_from_the_root_by_principal_and_homes_to_the_collections(dav: Asking) -> None:
    assert _hrefs(dav.dav("PROPFIND", "/webdav/", Depth="0"), "current-user-principal") == [PRINCIPAL]
    principal = dav.dav("PROPFIND", PRINCIPAL, Depth="0")
    (cal,), (cards,) = _hrefs(principal, "calendar-home-set"), _hrefs(principal, "addressbook-home-set")
    calendars = dav.dav("PROPFIND", cal, Depth="1").body.decode()
    names = re.findall(r"displayname>([^<]+)<", calendars)
    assert names == ["My Calendar", "Moon phases", "ben - Team", "Meeting room", "Tasks"]
    books = dav.dav("PROPFIND", cards, Depth="1").body.decode()
    assert re.findall(r"displayname>([^<]+)<", books) == ["My Contacts", "ben - Club"]


def test_only_the_properties_asked_for_come_and_others_are_404(smartermail: Server, dav: Asking) -> None:
    body = b'<propfind xmlns="DAV:"><prop><displayname/><quota-used-bytes/></prop></propfind>'
    root = ET.fromstring(dav.dav("PROPFIND", _place(smartermail.world, Kind.EVENT), body, Depth="0").body)
    stats = [(stat.findtext("{DAV:}status"), [p.tag for p in stat.find("{DAV:}prop") or ()]) for stat in
             root.iter("{DAV:}propstat")]  # fmt: skip
    assert stats == [
        ("HTTP/1.1 200 OK", ["{DAV:}displayname"]),
        ("HTTP/1.1 404 Not Found", ["{DAV:}quota-used-bytes"]),
    ]


STATUSES = [
    ("a principal of somebody else", "PROPFIND", "/webdav/principals/example.com/ben/", b"", 404),
    ("a path that is none", "PROPFIND", "/webdav/nothing/", b"", 404),
    ("a new collection", "MKCALENDAR", "/webdav/cal/example.com/anna/new/", b"", 404),
    ("a document type", "PROPFIND", "/webdav/", b"<!DOCTYPE x><x/>", 400),
    ("broken XML", "PROPFIND", "/webdav/", b"<x>", 400),
    ("a member of no collection", "PUT", "/webdav/cal/example.com/anna/1/x.ics", b"x", 409),
]


@pytest.mark.parametrize(("what", "method", "path", "body", "status"), STATUSES, ids=[row[0] for row in STATUSES])
def test_dav_refuses(dav: Asking, what: str, method: str, path: str, body: bytes, status: int) -> None:
    assert dav.dav(method, path, body, Depth="0").status == status


DOCUMENTS = [
    ("a task in a calendar", Kind.EVENT, ics("u1", "VTODO"), "supported-calendar-component"),
    ("an event among the tasks", Kind.TASK, ics("u1"), "supported-calendar-component"),
    ("no calendar at all", Kind.EVENT, b"hello", "valid-calendar-data"),
    ("an event cut off", Kind.EVENT, ics("u1")[:150], "valid-calendar-data"),
    ("an event without a UID", Kind.EVENT, ics("").replace(b"UID:\r\n", b""), "valid-calendar-data"),
    ("a card cut off", Kind.CONTACT, card("u1")[:40], "valid-address-data"),
]


@pytest.mark.parametrize(("what", "kind", "document", "condition"), DOCUMENTS, ids=[row[0] for row in DOCUMENTS])
def test_a_document_is_refused_that_is(
    smartermail: Server, dav: Asking, what: str, kind: Kind, document: bytes, condition: str
) -> None:
    answer = dav.dav("PUT", f"{_place(smartermail.world, kind)}new", document)
    assert answer.status == 403 and condition in answer.body.decode()


def test_a_uid_is_taken_once_in_a_collection(smartermail: Server, dav: Asking) -> None:
    place = _place(smartermail.world, Kind.EVENT)
    assert dav.dav("PUT", f"{place}one.ics", ics("u1")).status == 201
    assert dav.dav("PUT", f"{place}two.ics", ics("u1")).status == 403
    assert dav.dav("PUT", f"{place}one.ics", ics("u1", summary="Walk")).status == 204


def test_an_edit_over_rest_or_on_the_web_shows_in_dav_with_another_etag(smartermail: Server, dav: Asking) -> None:
    id, path = _only(smartermail.world, Kind.EVENT, "Dentist")
    before = dav.dav("GET", path)
    smartermail.world.edit(ANNA, Kind.EVENT, id, location="Elsewhere")
    after = dav.dav("GET", path)
    assert before.headers["etag"] != after.headers["etag"]
    assert before.body.replace(b"Main street 5", b"Elsewhere") == after.body, "one line of the document, no more"


def test_an_edit_over_dav_shows_over_rest_and_leaves_what_only_rest_can_say(
    smartermail: Server, dav: Asking, anna: Asking
) -> None:
    id, path = _only(smartermail.world, Kind.EVENT, "Choir practice")
    guid = smartermail.world.primary(ANNA, Kind.EVENT).id
    before = anna.rest("GET", f"calendars/events/anna/{guid}/{id}").json["details"]
    document = dav.dav("GET", path).body.replace(b"Choir practice", b"Concert")
    assert dav.dav("PUT", path, document.replace(b"END:VEVENT", b"X-OWN:kept\r\nEND:VEVENT")).status == 204
    after = anna.rest("GET", f"calendars/events/anna/{guid}/{id}").json["details"]
    assert after == {**before, "subject": "Concert"}
    anna.rest("POST", f"calendars/events/save/anna/{guid}/{id}", {**after, "location": "Park"})
    assert b"X-OWN:kept" in dav.dav("GET", path).body, "and the other way round"


def test_a_contact_is_one_and_the_same_by_both_ways(smartermail: Server, dav: Asking) -> None:
    id, path = _only(smartermail.world, Kind.CONTACT, "Carla Weiß", "displayAs")
    found = dav.dav("GET", path)
    assert found.headers["content-type"].startswith("text/vcard") and b"VERSION:3.0" in found.body
    edited = found.body.replace(b"TEL;TYPE=WORK:+49 30 1234567", b"TEL;TYPE=WORK:+49 30 7")
    assert edited != found.body and dav.dav("PUT", path, edited).status == 204
    data = smartermail.world.items(ANNA, Kind.CONTACT)[id]
    assert [phone["number"] for phone in data["phoneNumberList"]] == ["+49 30 7", "+49 170 7654321"]
    assert data["syncTag"] == "kept-by-the-server" and data["flagInfo"]["isFlagged"]


def test_a_task_keeps_its_priority_of_ten_when_dav_changes_something_else(smartermail: Server, dav: Asking) -> None:
    id = smartermail.world.put(ANNA, Kind.TASK, {"subject": "Now", "priority": 10, "status": 1})
    path = _only(smartermail.world, Kind.TASK, "Now")[1]
    document = dav.dav("GET", path).body
    assert b"PRIORITY:1\r\n" in document and b"STATUS:IN-PROCESS" in document
    dav.dav("PUT", path, document.replace(b"SUMMARY:Now", b"SUMMARY:Later"))
    data = smartermail.world.items(ANNA, Kind.TASK)[id]
    assert (data["subject"], data["priority"]) == ("Later", 10)
    dav.dav("PUT", path, document.replace(b"PRIORITY:1\r\n", b"PRIORITY:9\r\n"))
    assert smartermail.world.items(ANNA, Kind.TASK)[id]["priority"] == 1


def test_plain_text_written_over_dav_replaces_the_formatted_one(smartermail: Server, dav: Asking) -> None:
    id, path = _only(smartermail.world, Kind.TASK, "Tax return")
    document = dav.dav("GET", path).body.replace(b"DESCRIPTION:With all papers.", b"DESCRIPTION:Done")
    assert dav.dav("PUT", path, document).status == 204
    assert smartermail.world.items(ANNA, Kind.TASK)[id]["description"] == "Done"


@pytest.mark.parametrize("kind", [Kind.CONTACT, Kind.EVENT, Kind.TASK], ids=str)
def test_a_rich_document_survives_a_whole_item_sent_back_over_rest(
    smartermail: Server, dav: Asking, anna: Asking, kind: Kind
) -> None:
    new = full(kind)
    document = vcard.write(new) if isinstance(new, Contact) else icalendar.write(new)  # type: ignore[arg-type]
    path = f"{_place(smartermail.world, kind)}rich"
    assert dav.dav("PUT", path, document).status == 201
    folder = smartermail.world.primary(ANNA, kind)
    item = folder.named("rich")
    assert item is not None
    place = {"sourceOwner": "anna", "sourceId": folder.id}
    match kind:
        case Kind.CONTACT:
            said = anna.rest("GET", f"contacts/get/anna/{folder.id}/{item.id}").json["contact"]
            anna.rest("POST", f"contacts/contact-put/anna/{folder.id}", said)
        case Kind.EVENT:
            said = anna.rest("GET", f"calendars/events/anna/{folder.id}/{item.id}").json["details"]
            anna.rest("POST", f"calendars/events/save/anna/{folder.id}/{item.id}", said)
        case Kind.TASK:
            said = anna.rest("GET", f"tasks/anna/{folder.id}/{item.id}").json["details"][0]
            anna.rest("POST", "tasks/save", [{**said, **place}])
    assert said["categoriesString"]
    assert dav.dav("GET", path).body == document


GROUPS = [("apple", b"X-ADDRESSBOOKSERVER-KIND:group"), ("kind", b"\r\nKIND:group")]


@pytest.mark.parametrize(("switch", "line"), GROUPS)
def test_a_group_is_marked_as_the_switch_says(switch: str, line: bytes) -> None:
    with serve(World.demo(Switches(group_cards=switch))) as server:
        _, path = _only(server.world, Kind.CONTACT, "Choir", "displayAs")
        assert line in Asking(server.url).dav("GET", path).body


def test_uids_are_rests_or_others(smartermail: Server, dav: Asking) -> None:
    id, path = _only(smartermail.world, Kind.EVENT, "Dentist")
    assert smartermail.world.items(ANNA, Kind.EVENT)[id]["uid"].encode() in dav.dav("GET", path).body


def test_guests_are_mailed_by_dav_as_the_switch_says_and_it_is_announced_or_not() -> None:
    guest = b"ORGANIZER:mailto:anna@example.com\r\nATTENDEE:mailto:gast@elsewhere.example\r\nEND:VEVENT"
    for switch, announced, mails in (("announced", True, 2), ("hidden", False, 2), ("none", False, 0)):
        with serve(World.demo(Switches(dav_mails=switch))) as server:
            dav = Asking(server.url)
            path = f"{_place(server.world, Kind.EVENT)}new.ics"
            dav.dav("PUT", path, ics("u1").replace(b"END:VEVENT", guest))
            dav.dav("PUT", path, ics("u1").replace(b"END:VEVENT", b"CATEGORIES:x\r\n" + guest))
            dav.dav("DELETE", path)
            assert len(server.world.records.mails) == mails
            assert ("calendar-auto-schedule" in dav.dav("OPTIONS", path).headers["dav"]) is announced


def test_nobody_is_mailed_whom_a_client_says_to_tell_itself(smartermail: Server, dav: Asking) -> None:
    guest = b"ORGANIZER:mailto:anna@example.com\r\nATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:g@elsewhere.example\r\n"
    path = f"{_place(smartermail.world, Kind.EVENT)}new.ics"
    dav.dav("PUT", path, ics("u1").replace(b"END:VEVENT", guest + b"END:VEVENT"))
    dav.dav("DELETE", path)
    assert smartermail.world.records.mails == []


def test_an_attendee_who_deletes_replies_unless_told_not_to(smartermail: Server, dav: Asking) -> None:
    me = b"ORGANIZER:mailto:boss@work.example\r\nATTENDEE:mailto:anna@example.com\r\nEND:VEVENT"
    place = _place(smartermail.world, Kind.EVENT)
    for name, headers in (("one", {}), ("two", {"Schedule_Reply": "F"})):
        dav.dav("PUT", f"{place}{name}.ics", ics(name).replace(b"END:VEVENT", me))
        dav.dav("DELETE", f"{place}{name}.ics", **headers)
    assert smartermail.world.records.mails == [Mail("reply", "boss@work.example", "Talk", ANNA)]


@pytest.mark.parametrize("switch", ["vtodo", "unsaid", "hidden"])
def test_the_task_list_among_the_calendars_is_as_the_switch_says(switch: str) -> None:
    with serve(World.demo(Switches(tasks_collection=switch))) as server:
        path = _place(server.world, Kind.TASK)
        answer = Asking(server.url).dav("PROPFIND", path, Depth="0")
        assert answer.status == (404 if switch == "hidden" else 207)
        assert (b'name="VTODO"' in answer.body) is (switch == "vtodo")


PRECONDITIONS = [("honoured", 412), ("ignored", 204)]


@pytest.mark.parametrize(("switch", "status"), PRECONDITIONS)
def test_a_precondition_is_looked_at_or_not(switch: str, status: int) -> None:
    with serve(World.demo(Switches(if_match=switch))) as server:
        dav = Asking(server.url)
        path = f"{_place(server.world, Kind.EVENT)}new.ics"
        assert dav.dav("PUT", path, ics("u1"), If_None_Match="*").status == 201
        assert dav.dav("PUT", path, ics("u1"), If_None_Match="*").status == status
        assert dav.dav("PUT", path, ics("u1"), If_Match='"other"').status == status
        assert dav.dav("DELETE", path, If_Match='"other"').status == status


def test_the_etag_of_a_put_is_the_items_none_or_soon_no_more() -> None:
    for switch, told, same in (("stable", True, True), ("absent", False, False), ("changes", True, False)):
        with serve(World.demo(Switches(etag=switch))) as server:
            dav = Asking(server.url)
            path = f"{_place(server.world, Kind.EVENT)}new.ics"
            tag = dav.dav("PUT", path, ics("u1")).headers.get("etag")
            assert (tag is not None) is told
            assert (tag == dav.dav("GET", path).headers["etag"]) is same


def test_what_a_server_does_not_know_is_kept_or_lost() -> None:
    for switch, kept in (("everything", True), ("known", False)):
        with serve(World.demo(Switches(dav_keeps=switch))) as server:
            dav = Asking(server.url)
            path = f"{_place(server.world, Kind.EVENT)}new.ics"
            dav.dav("PUT", path, ics("u1").replace(b"END:VEVENT", b"X-OWN:1\r\nEND:VEVENT"))
            assert (b"X-OWN:1" in dav.dav("GET", path).body) is kept


def test_nothing_is_written_over_dav_where_one_may_only_read(smartermail: Server, dav: Asking) -> None:
    (team,) = [folder for folder in smartermail.world.folders.values() if folder.name == "Team"]
    path = f"/webdav/cal/example.com/anna/{team.number}/"
    assert b"<D:write" not in dav.dav("PROPFIND", path, Depth="0").body
    assert dav.dav("PUT", f"{path}new.ics", ics("u1")).status == 403
    (item,) = team.items.values()
    assert dav.dav("DELETE", path + quote(item.name)).status == 403 and team.items


def test_a_query_finds_by_component_and_time(smartermail: Server, dav: Asking) -> None:
    def found(inside: str) -> int:
        body = (
            '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/></D:prop>'
            f'<C:filter><C:comp-filter name="VCALENDAR">{inside}</C:comp-filter></C:filter></C:calendar-query>'
        )
        answer = dav.dav("REPORT", _place(smartermail.world, Kind.EVENT), body.encode(), Depth="1")
        return answer.body.count(b"getetag>") // 2

    assert found('<C:comp-filter name="VEVENT"/>') == 3 and found('<C:comp-filter name="VTODO"/>') == 0
    span = '<C:time-range start="20270105T000000Z" end="20270106T000000Z"/>'
    assert found(f'<C:comp-filter name="VEVENT">{span}</C:comp-filter>') == 1


def test_with_two_step_only_the_application_password_of_its_group_opens(smartermail: Server) -> None:
    person = smartermail.world.people[ANNA]
    person.two_step = TwoStep.APP
    person.app_passwords = {"EAS": "e" * 16, DAV_GROUP: "d" * 16}
    dav = Asking(smartermail.url)

    def status(password: str, name: str = ANNA) -> int:
        basic = base64.b64encode(f"{name}:{password}".encode()).decode()
        return dav.ask("PROPFIND", "/webdav/", Authorization=f"Basic {basic}", Depth="0").status

    assert [status(word) for word in (person.password, "e" * 16, "d" * 16)] == [401, 401, 207]
    assert status(smartermail.world.people[BEN].password, "ben") == 401, "the whole address is the name"
