"""Answers that no documented server gives: nothing in them is read as "empty", "gone" or "done"."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from instep.core.model import Kind
from instep.errors import (
    CollectionError,
    CollectionVanished,
    InstepError,
    ItemRefused,
    LoginsPaused,
    NotSmarterMail,
    ReadOnly,
    SignInNeeded,
    Transient,
)
from instep.protocols.http import HttpClient
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.folders import Source
from instep.protocols.smartermail.forms import Forms
from instep.protocols.smartermail.opening import open_folder
from instep.protocols.smartermail.sources import create_source, sources
from peers.smartermail_sessions import USER, said, signed_in
from peers.standin import Asked, Say

KINDS = list(Kind)


def at(content: Callable[[Asked], Say], work: Callable[[RestClient], Awaitable[Any]]) -> list[str]:
    """Do something with a client whose server answers as told; gives the paths that were asked, sign-in apart."""
    device = signed_in(attempts=1)
    asked: list[str] = []

    def answers(request: Asked) -> Say:
        asked.append(f"{request.method} {request.path.removeprefix('/api/v1/')}")
        return content(request)

    device.server.content = answers

    async def run() -> None:
        async with device.client() as rest:
            await work(rest)

    asyncio.run(run())
    return asked


def source(kind: Kind, **more: Any) -> Source:
    return Source(kind, "anna", "f1", "Folder", **{"primary": True, "raw": {"folderId": 7}, **more})


PAGE = Say(200, "<html>Sign in</html>")
LISTS: list[tuple[str, Say, type[InstepError]]] = [
    ("nothing at all", Say(200), Transient),
    ("a success without a list", said(success=True), Transient),
    ("a list of another name", said(people=[{"id": "1"}]), Transient),
    ("a text for a list", said(results="none", notes="none", details="none", contacts="none"), Transient),
    ("a list of numbers", said(results=[1], notes=[1], details=[1], contacts=[1]), Transient),
    ("a number", Say(200, "7"), Transient),
    ("a page", PAGE, NotSmarterMail),
    ("refused", said(success=False, message="SOMETHING_WRONG"), CollectionError),
    ("forbidden", said(403, success=False, message="ACCESS_DENIED"), CollectionError),
    ("blocked", Say(403), LoginsPaused),
    ("not there", said(404, success=False, message="FOLDER_NOT_FOUND"), CollectionVanished),
    ("not there, in plain words", said(success=False, message="The folder was not found"), CollectionVanished),
    ("ill", Say(500), Transient),
    (
        "another folder's entries",
        said(**{key: [{"id": "1", "sourceId": "f2"}] for key in ("results", "notes", "details", "contacts")}),
        CollectionError,
    ),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("situation", "say", "error"), LISTS, ids=[row[0] for row in LISTS])
def test_odd_list_is_never_an_empty_folder(kind: Kind, situation: str, say: Say, error: type[InstepError]) -> None:
    async def work(rest: RestClient) -> None:
        with pytest.raises(error):
            await open_folder(rest, source(kind), Forms()).listing()

    at(lambda asked: say, work)


def test_entries_that_say_their_folder_by_its_number_are_its_own() -> None:
    async def work(rest: RestClient) -> None:
        listed = await open_folder(rest, source(Kind.NOTE), Forms()).listing()
        assert [entry["id"] for entry in listed] == ["1", "3"]

    notes = [{"id": "1", "folderId": 7}, {"id": "2", "folderId": 8}, {"id": "3"}]
    at(lambda asked: said(notes=notes, count=3), work)


ITEMS: list[tuple[str, Say, type[InstepError] | None]] = [
    ("nothing at all", Say(200), Transient),
    ("a success without an item", said(success=True), Transient),
    ("another item", said(contact={"id": "2"}, note={"id": "2"}, details={"id": "2"}), Transient),
    ("an item without an identifier", said(contact={"x": 1}, note={"x": 1}, details={"x": 1}), Transient),
    ("a text", said(contact="x", note="x", details="x"), Transient),
    ("refused", said(success=False, message="SOMETHING_WRONG"), ItemRefused),
    ("the folder is missing", said(success=False, message="FOLDER_NOT_FOUND"), CollectionVanished),
    ("a page", PAGE, NotSmarterMail),
    ("busy", Say(503), Transient),
    ("missing", said(success=False, message="CONTACT_NOT_FOUND", contact=None), None),
    ("missing, in plain words", said(success=False, message="Item not found"), None),
    ("missing, by the status", Say(404), None),
    ("gone, by the status", said(410), None),
    ("nothing under its name", said(success=True, contact=None, note=None, details=[]), None),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("situation", "say", "error"), ITEMS, ids=[row[0] for row in ITEMS])
def test_only_a_clear_answer_says_that_an_item_is_missing(
    kind: Kind, situation: str, say: Say, error: type[InstepError] | None
) -> None:
    async def work(rest: RestClient) -> None:
        folder = open_folder(rest, source(kind), Forms())
        if error is None:
            assert await folder.item("1") is None
        else:
            with pytest.raises(error):
                await folder.item("1")

    at(lambda asked: say, work)


def test_event_that_cannot_be_looked_at_is_not_deleted() -> None:
    async def work(rest: RestClient) -> None:
        with pytest.raises(Transient):
            await open_folder(rest, source(Kind.EVENT), Forms()).delete("1")

    assert at(lambda asked: Say(500), work) == ["GET calendars/events/anna/f1/1"]


WRITES: list[tuple[str, Say, type[InstepError]]] = [
    ("refused by a status", said(422, success=False, message="BAD_VALUE"), ItemRefused),
    ("refused as success:false", said(success=False, message="BAD_VALUE"), ItemRefused),
    ("the folder is missing", said(404, success=False, message="FOLDER_NOT_FOUND"), CollectionVanished),
    ("ill", Say(500), Transient),
    ("a proxy gave up waiting", Say(504, "<html>"), Transient),
    ("broken off", Say(drop=True), Transient),
    ("broken off within the answer", Say(200, "x" * 100, cut=10), Transient),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("situation", "say", "error"), WRITES, ids=[row[0] for row in WRITES])
def test_refused_write_is_told_and_an_unclear_one_is_sent_once(
    kind: Kind, situation: str, say: Say, error: type[InstepError]
) -> None:
    async def work(rest: RestClient) -> None:
        for write in ("create", "update"):
            folder = open_folder(rest, source(kind), Forms())
            with pytest.raises(error):
                await (folder.create({}) if write == "create" else folder.update("1", {"id": "1"}))

    asked = at(lambda asked: say, work)
    if error is Transient:
        assert len(asked) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_forbidden_shared_folder_is_read_only(kind: Kind) -> None:
    async def work(rest: RestClient) -> None:
        folder = open_folder(rest, source(kind, shared=True, primary=False, writable=None), Forms())
        for write in (folder.create({}), folder.update("1", {"id": "1"})):
            with pytest.raises(ReadOnly):
                await write

    at(lambda asked: said(403, success=False, message="ACCESS_DENIED"), work)


def test_task_without_its_id_in_the_answer_is_not_stored() -> None:
    async def work(rest: RestClient) -> None:
        folder = open_folder(rest, source(Kind.TASK), Forms())
        assert await folder.create({"subject": "x"}) is None
        for answer in ("null", "2"):
            told[0] = answer
            with pytest.raises(ItemRefused):
                await folder.update("1", {"id": "1"})

    told = ["null"]
    at(lambda asked: Say(200, f'[{{"id": {told[0]}}}]'), work)


def test_contact_of_a_missing_id_is_put_in_no_other_form() -> None:
    async def work(rest: RestClient) -> None:
        with pytest.raises(ItemRefused):
            await open_folder(rest, source(Kind.CONTACT), Forms({"contact-change": "folder"})).update("1", {"id": "1"})
        with pytest.raises(ItemRefused):
            await open_folder(rest, source(Kind.CONTACT), Forms()).update("1", {"id": "1"})

    assert len(at(lambda asked: said(success=False, message="CONTACT_NOT_FOUND"), work)) == 2


def test_contact_in_the_wrong_address_book_is_taken_away_again_once() -> None:
    made: list[str] = []
    told: dict[str, str] = {}

    def content(asked: Asked) -> Say:
        path = asked.path.removeprefix("/api/v1/contacts/")
        match path:
            case "contacts-all":
                return said(results=[], totalCount=0)
            case "contact-put/anna%40example.com":
                made.append("c9")
                return said(contact={"id": "c9"})
            case "sources":
                return said(sharedLists=[{"itemID": "home", "ownerUsername": "anna", "isPrimary": True}])
            case "delete-bulk":
                assert json.loads(asked.body) == [{"sourceOwner": "anna", "sourceId": "home", "id": "c9"}]
                made.remove("c9")
                return said(success=True)
        return Say(404)

    async def work(rest: RestClient) -> None:
        forms = Forms({}, told.__setitem__)
        folder = open_folder(rest, source(Kind.CONTACT, primary=False), forms)
        for _ in range(2):
            with pytest.raises((ItemRefused, CollectionVanished)):
                await folder.create({"displayAs": "x"})

    asked = at(content, work)
    assert made == []
    assert told["contact-new-in-named-folder"] == "no"
    assert sum("anna%40" in path for path in asked) == 1


def test_number_stays_a_number_where_an_item_names_itself() -> None:
    bodies: list[Any] = []

    def content(asked: Asked) -> Say:
        if asked.method == "GET":
            return said(details=[{"Id": 17, "Subject": "x"}])
        bodies.append(json.loads(asked.body))
        return Say(200, '[{"id": 17}]') if "save" in asked.path else said(success=True)

    async def work(rest: RestClient) -> None:
        folder = open_folder(rest, source(Kind.TASK), Forms())
        item = await folder.item("17")
        assert item is not None
        await folder.update("17", {**item, "Subject": "y"})
        await folder.delete("17")

    at(content, work)
    assert bodies[0][0]["Id"] == 17
    assert "id" not in bodies[0][0]
    assert bodies[1][0]["id"] == 17


OTHER_LISTS = [
    (Kind.CONTACT, "contacts/contacts-all", "contacts/address-book", {"contacts": [{"id": "1"}]}),
    (Kind.EVENT, "calendars/events-all2", "calendars/events/", {"events": [{"id": "1"}, {"id": "1"}]}),
    (Kind.TASK, "tasks/anna", "tasks/tasks-all", {"results": [{"id": "1"}], "totalCount": 1}),
]


@pytest.mark.parametrize(("kind", "dropped", "used", "answer"), OTHER_LISTS, ids=[row[0] for row in OTHER_LISTS])
def test_list_call_that_was_dropped_has_another(kind: Kind, dropped: str, used: str, answer: dict[str, Any]) -> None:
    async def work(rest: RestClient) -> None:
        assert await open_folder(rest, source(kind), Forms()).listing() == [{"id": "1"}]

    asked = at(lambda asked: Say(404) if dropped in asked.path else said(**answer), work)
    assert used in asked[-1]


SOURCES: list[tuple[str, Say, type[InstepError]]] = [
    ("no list", said(success=True), CollectionError),
    ("not there", Say(404), CollectionError),
    ("refused", said(success=False, message="FEATURE_DISABLED"), CollectionError),
    ("ill", Say(500), Transient),
    ("a page", PAGE, NotSmarterMail),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("situation", "say", "error"), SOURCES, ids=[row[0] for row in SOURCES])
def test_odd_sources_are_never_no_folders(kind: Kind, situation: str, say: Say, error: type[InstepError]) -> None:
    async def work(rest: RestClient) -> None:
        with pytest.raises(error):
            await sources(rest, kind)

    at(lambda asked: say, work)


ROWS: list[tuple[str, dict[str, Any], tuple[Any, ...] | None]] = [
    ("one's own", {"itemID": "a", "ownerUsername": "anna", "access": 0}, ("a", "anna", False, True)),
    ("in PascalCase", {"ItemID": "a", "OwnerUsername": "anna"}, ("a", "anna", False, True)),
    ("a number for an id", {"id": 5, "owner": "anna@example.com"}, ("5", "anna@example.com", False, True)),
    ("shared, may be read", {"id": "a", "owner": "ben", "isSharedItem": True, "access": 4}, ("a", "ben", True, False)),
    ("shared, 8", {"id": "a", "owner": "ben", "isSharedItem": True, "permission": 8}, ("a", "ben", True, None)),
    ("shared, 10", {"id": "a", "owner": "ben", "isSharedItem": True, "permission": 10}, ("a", "ben", True, None)),
    ("shared, unsaid", {"id": "a", "owner": "ben", "isSharedItem": True}, ("a", "ben", True, None)),
    ("a domain's", {"id": "a", "owner": "@example.com"}, ("a", "@example.com", True, None)),
    ("a resource", {"id": "a", "owner": "~", "isDomainResource": True}, ("a", "~", True, None)),
    ("a web calendar", {"id": "a", "owner": "anna", "isWebCalendar": True}, ("a", "anna", False, False)),
    ("the global list", {"id": "gal", "owner": "@example.com"}, ("gal", "@example.com", True, False)),
    ("only its free times", {"id": "a", "owner": "ben", "isSharedItem": True, "permission": 2}, None),
    ("switched off", {"id": "a", "owner": "anna", "enabled": False}, None),
    ("without an id", {"owner": "anna", "displayName": "x"}, None),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("situation", "row", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_source_is_read(kind: Kind, situation: str, row: dict[str, Any], expected: tuple[Any, ...] | None) -> None:
    async def work(rest: RestClient) -> None:
        found = [(s.id, s.owner, s.shared, s.writable) for s in await sources(rest, kind)]
        assert found == ([expected] if expected else [])

    at(lambda asked: said(sharedLists=[row, "x", None], calendars=[row, 7], sources=[row]), work)


@pytest.mark.parametrize("wrapped", [True, False])
def test_primary_list_holds_the_primary_one(wrapped: bool) -> None:
    row = {"itemID": "a", "ownerUsername": "anna"}

    async def work(rest: RestClient) -> None:
        assert [(s.id, s.primary) for s in await sources(rest, Kind.CONTACT)] == [("a", True), ("b", False)]

    shared = [{"itemID": "b", "ownerUsername": "ben", "isSharedItem": True}]
    at(lambda asked: said(primaryList=[row] if wrapped else row, sharedLists=shared), work)


def test_task_lists_are_also_found_among_the_calendars() -> None:
    async def work(rest: RestClient) -> None:
        assert [s.id for s in await sources(rest, Kind.TASK)] == ["a"]

    at(lambda asked: Say(404) if "tasks" in asked.path else said(calendars=[], tasks=[{"id": "a", "owner": "x"}]), work)


def test_folder_that_is_only_said_to_be_made_is_an_error() -> None:
    async def work(rest: RestClient) -> None:
        with pytest.raises(CollectionError):
            await create_source(rest, Kind.TASK, "New")

    at(lambda asked: said(success=True, sources=[]), work)


def test_two_programs_of_one_device_end_each_others_tokens_and_get_on() -> None:
    device = signed_in()

    async def work() -> None:
        async with device.client() as first, HttpClient(device.settings) as http:
            second = RestClient(http, first.base, USER, device.keeper)
            await first.signed_in()
            meddling = [2]

            def content(asked: Asked) -> Say:
                return said(success=True)

            async def meddle() -> None:
                await second._renewed()

            device.server.content = content
            original = first._send

            async def send(*args: Any) -> Any:
                if meddling[0]:
                    meddling[0] -= 1
                    await meddle()
                return await original(*args)

            first._send = send  # type: ignore[method-assign]
            await first.call("GET", "notes/sources", reads=True)

    asyncio.run(work())


def test_endless_quarrel_over_the_session_ends() -> None:
    device = signed_in()
    device.server.content = lambda asked: Say(401)

    async def work() -> None:
        async with device.client() as rest:
            with pytest.raises(SignInNeeded):
                await rest.call("GET", "notes/sources", reads=True)

    asyncio.run(work())
    assert sum(device.server.calls.values()) <= 4
