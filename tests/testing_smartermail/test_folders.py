"""Folders of each kind (facts 3.2)."""

from __future__ import annotations

from typing import Any

import pytest

from instep.testing.smartermail import ANNA, BEN, Kind, Server, Switches, World, serve
from peers.smartermail import Asking

KEYS = [
    ("contacts/sources", "sharedLists", {"folderId", "itemID", "displayName", "ownerUsername", "ownerEmailAddress",
                                         "isPrimary", "enabled", "isSharedItem", "isDomainResource", "access"}),
    ("calendars/sources", "calendars", {"id", "folderId", "owner", "name", "friendlyName", "isPrimary",
                                        "isWebCalendar", "isSharedItem", "permission", "color", "calendarViewColor"}),
    ("calendars/sources", "tasks", {"id", "folderId", "owner", "name", "isPrimary"}),
    ("tasks/sources", "sources", {"id", "owner", "name", "folderId", "isPrimary", "isSharedItem", "color"}),
    ("notes/sources", "sharedLists", {"itemID", "folderId", "displayName", "ownerUsername", "isPrimary",
                                      "isSharedItem", "access", "enabled"}),
]  # fmt: skip


def _rows(anna: Asking, path: str, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = anna.rest("GET", path).json[name]
    return found


@pytest.mark.parametrize(("path", "name", "keys"), KEYS, ids=[f"{row[0]} {row[1]}" for row in KEYS])
def test_a_source_has_the_documented_keys(anna: Asking, path: str, name: str, keys: set[str]) -> None:
    rows = _rows(anna, path, name)
    assert rows[0].keys() >= keys and rows[0]["isPrimary"]


def test_shared_folders_resources_web_calendars_and_the_address_list_are_listed(anna: Asking) -> None:
    calendars = {row["name"]: row for row in _rows(anna, "calendars/sources", "calendars")}
    assert (calendars["Team"]["owner"], calendars["Team"]["permission"], calendars["Team"]["isSharedItem"]) == (
        "ben",
        4,
        True,
    )
    assert calendars["Moon phases"]["isWebCalendar"]
    assert calendars["Meeting room"]["owner"] == "@example.com"
    assert [row["itemID"] for row in _rows(anna, "contacts/sources", "sharedLists")][-1] == "gal"


OWNERS = [
    (Switches(owners="address"), "calendars/sources", "calendars", "owner", ANNA),
    (Switches(owners="local"), "calendars/sources", "calendars", "owner", "anna"),
    (Switches(owners="address"), "tasks/sources", "sources", "owner", ANNA),
    (Switches(owners="address"), "notes/sources", "sharedLists", "ownerUsername", "anna"),
]


@pytest.mark.parametrize(("switches", "path", "name", "key", "owner"), OWNERS)
def test_an_owner_is_written_as_the_switch_says(switches: Switches, path: str, name: str, key: str, owner: str) -> None:
    with serve(World.demo(switches)) as server:
        anna = Asking(server.url)
        anna.sign_in()
        assert _rows(anna, path, name)[0][key] == owner
        rows = _rows(anna, "calendars/sources", "calendars")
        other = {"anna": ANNA, ANNA: "anna"}[rows[0]["owner"]]
        wrong = anna.rest("POST", f"calendars/events/{other}/{rows[0]['id']}", {"startDate": "2026-01-01"})
        assert wrong.json["message"] == "FOLDER_NOT_FOUND", "an owner is echoed exactly"


def test_a_resource_of_the_domain_may_be_written_with_a_tilde() -> None:
    with serve(World.demo(Switches(resource_owner="~"))) as server:
        anna = Asking(server.url)
        anna.sign_in()
        assert {row["owner"] for row in _rows(anna, "calendars/sources", "calendars")} == {"anna", "ben", "~"}


WAYS = [
    ("contacts/address-book", "contacts/sources", "sharedLists", "itemID", "displayName"),
    ("notes/sources", "notes/sources", "sharedLists", "itemID", "displayName"),
    ("tasks/sources", "tasks/sources", "sources", "id", "name"),
]


@pytest.mark.parametrize(("prefix", "path", "name", "id", "shown"), WAYS, ids=[row[0] for row in WAYS])
def test_a_folder_is_added_renamed_and_deleted(
    anna: Asking, prefix: str, path: str, name: str, id: str, shown: str
) -> None:
    def named(wanted: str) -> list[Any]:
        return [row[id] for row in _rows(anna, path, name) if row[shown] == wanted]

    assert anna.rest("POST", f"{prefix}/add", {"folder": "More"}).json["success"]
    (uid,) = named("More")
    assert anna.rest("POST", f"{prefix}/edit", {"folder": "Less", "uid": uid}).json["success"]
    assert named("Less") == [uid] and not named("More")
    assert anna.rest("POST", f"{prefix}/delete", {"uid": uid}).json["success"]
    assert not named("Less")


@pytest.mark.parametrize("said", ["true", "false"])
def test_a_calendar_is_added_whatever_the_answer_says(said: str) -> None:
    with serve(World.demo(Switches(calendar_success=said))) as server:
        anna = Asking(server.url)
        anna.sign_in()
        setting = {"friendlyName": "More", "calendarViewColor": "#ff0000", "isPrimary": False}
        assert anna.rest("POST", "calendars/calendar-put", {"setting": setting}).json["success"] is (said == "true")
        (row,) = [row for row in _rows(anna, "calendars/sources", "calendars") if row["name"] == "More"]
        anna.rest("POST", "calendars/calendar", {"setting": {**setting, "friendlyName": "Less", "id": row["id"]}})
        anna.rest("POST", f"calendars/calendar-delete/{row['id']}")
        assert not [r for r in _rows(anna, "calendars/sources", "calendars") if r["id"] == row["id"]]


def test_a_primary_folder_and_somebody_elses_stay(smartermail: Server, anna: Asking) -> None:
    own = smartermail.world.primary(ANNA, Kind.TASK).id
    theirs = smartermail.world.primary(BEN, Kind.TASK).id
    for uid in (own, theirs):
        assert not anna.rest("POST", "tasks/sources/delete", {"uid": uid}).json["success"]
    assert smartermail.world.folders.keys() >= {own, theirs}


def _write_into_club(switches: Switches) -> bool:
    with serve(World.demo(switches)) as server:
        anna = Asking(server.url)
        anna.sign_in()
        (row,) = [row for row in _rows(anna, "contacts/sources", "sharedLists") if row["displayName"] == "Club"]
        assert row["access"] == 8
        path = f"contacts/contact-put/{row['ownerUsername']}/{row['itemID']}"
        return bool(anna.rest("POST", path, {"displayAs": "New"}).json["success"])


def test_permission_8_writes_or_only_reads_as_the_switch_says() -> None:
    assert _write_into_club(Switches(permission_8="manage"))
    assert not _write_into_club(Switches(permission_8="read"))


def test_nothing_is_written_where_one_may_only_read(smartermail: Server, anna: Asking) -> None:
    start = {"dt": "2026-12-01T10:00:00", "tz": "UTC"}
    before = smartermail.world.revision
    for row in _rows(anna, "calendars/sources", "calendars"):
        if row["permission"] < 8:
            path = f"calendars/events/save/{row['owner']}/{row['id']}/null"
            assert not anna.rest("POST", path, {"id": 0, "subject": "x", "start": start}).json["success"]
    gal = anna.rest("POST", "contacts/contact-put/@example.com/gal", {"displayAs": "x"})
    assert not gal.json["success"]
    assert smartermail.world.revision == before


def test_a_folder_with_the_permission_to_see_availability_alone_cannot_be_read(smartermail: Server) -> None:
    hidden = smartermail.world.folder(BEN, Kind.EVENT, "Hidden", shares={ANNA: 2})
    anna = Asking(smartermail.url)
    anna.sign_in()
    assert hidden.id in {row["id"] for row in _rows(anna, "calendars/sources", "calendars")}
    said = anna.rest("POST", f"calendars/events/ben/{hidden.id}", {"startDate": "2026-01-01"})
    assert said.json["message"] == "ACCESS_DENIED"
