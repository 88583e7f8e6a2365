"""The calls on folders against the stand-in: by default, with each of its switches alone, and with doubtful answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from instep.core.model import Kind
from instep.errors import CollectionVanished, InstepError, ItemRefused, ReadOnly, Transient
from instep.protocols.exchange import HttpSettings
from instep.protocols.http import HttpClient
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.events import EventFolder
from instep.protocols.smartermail.folders import Source
from instep.protocols.smartermail.forms import Forms
from instep.protocols.smartermail.opening import open_folder
from instep.protocols.smartermail.paging import id_in
from instep.protocols.smartermail.replies import named
from instep.protocols.smartermail.session import MemoryKeeper
from instep.protocols.smartermail.sources import create_source, delete_source, sources
from instep.testing.smartermail import ANNA, SWITCHES, Server, Switches, World, many_contacts, serve

PASSWORD = "correct horse"
START = {"dt": "2026-12-05T10:00:00", "tz": "UTC"}
END = {"dt": "2026-12-05T11:00:00", "tz": "UTC"}
NEW: dict[Kind, dict[str, Any]] = {
    Kind.CONTACT: {"displayAs": "New One", "firstName": "New"},
    Kind.EVENT: {"subject": "New One", "allDay": False, "start": START, "end": END},
    Kind.TASK: {"subject": "New One", "description": "", "status": 0, "percentComplete": 0, "priority": 5},
    Kind.NOTE: {"subject": "New One", "text": "a", "isPlainText": True, "color": "white"},
}
TITLE = {Kind.CONTACT: "displayAs", Kind.EVENT: "subject", Kind.TASK: "subject", Kind.NOTE: "subject"}
KINDS = list(Kind)
CONCERNED = {
    "contact_path": [Kind.CONTACT],
    "contact_id": [Kind.CONTACT],
    "put_reply": [Kind.CONTACT, Kind.NOTE],
    "event_ids": [Kind.EVENT],
    "event_new_id": [Kind.EVENT],
    "event_path": [Kind.EVENT],
    "event_list": [Kind.EVENT],
    "delete_flag": [Kind.EVENT],
    "take_zero": [Kind.EVENT],
    "calendar_success": [Kind.EVENT],
}
DAV_OR_SIGN_IN = {"two_step", "two_step_email", "code_twice", "refused_login", "password_change", "blocked"}
ROWS = [
    (name, value)
    for name, values in SWITCHES.items()
    for value in values
    if name not in DAV_OR_SIGN_IN and not name.startswith(("dav_", "group_", "sync_", "etag", "if_"))
]


async def _at_once(seconds: float) -> None:
    pass


@asynccontextmanager
async def rest_of(server: Server) -> AsyncIterator[RestClient]:
    async with HttpClient(HttpSettings(allow_insecure=True), sleep=_at_once) as http:
        yield RestClient(http, server.url, ANNA, MemoryKeeper(), PASSWORD)


def at(world: World, work: Callable[[RestClient, Server], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        with serve(world) as server:
            async with rest_of(server) as rest:
                return await work(rest, server)

    return asyncio.run(run())


async def primary(rest: RestClient, kind: Kind) -> Source:
    return next(source for source in await sources(rest, kind) if source.primary)


def test_global_address_list_is_read_as_a_whole_and_takes_nothing() -> None:
    async def work(rest: RestClient, server: Server) -> None:
        gal = next(source for source in await sources(rest, Kind.CONTACT) if source.id == "gal")
        folder = open_folder(rest, gal, Forms())
        listed = await folder.listing()
        assert {named(entry, "emailAddressList")[0] for entry in listed} == set(server.world.people)
        assert await folder.item(id_in(listed[0])) == listed[0]
        assert await folder.item("00000000-0000-0000-0000-0000000000ff") is None
        with pytest.raises(ReadOnly):
            await folder.create({"displayAs": "New One"})

    at(World.demo(), work)


async def live_and_die(rest: RestClient, server: Server, source: Source, forms: Forms) -> None:
    """Create, read, list, update, and delete an item, and look at the server's own data each time."""
    kind, world = source.kind, server.world
    folder = open_folder(rest, source, forms)
    place = world.folders[source.id]
    before = dict(world.items(ANNA, kind, place))
    id = None
    for _ in range(3):  # a form at which the server fails is not repeated at once in another one
        try:
            id = await folder.create(dict(NEW[kind]))
            break
        except Transient:
            assert world.items(ANNA, kind, place).keys() == before.keys()
    made = [
        entry for entry in await folder.listing() if id_in(entry) not in before and _title(kind, entry) == "New One"
    ]
    assert len(made) == 1
    assert len(world.items(ANNA, kind, place)) == len(before) + 1
    assert id in (None, id_in(made[0]))
    id = id_in(made[0])
    item = await folder.item(id)
    assert item is not None
    assert named(item, TITLE[kind]) == "New One"
    key = next(key for key in item if key.lower() == TITLE[kind].lower())
    await folder.update(id, {**item, key: "Changed"})
    again = await folder.item(id)
    assert again is not None
    assert named(again, TITLE[kind]) == "Changed"
    assert len(world.items(ANNA, kind, place)) == len(before) + 1
    await folder.delete(id)
    assert await folder.item(id) is None
    assert world.items(ANNA, kind, place).keys() == before.keys()
    assert {key: dict(value) for key, value in world.items(ANNA, kind, place).items()} == before


def _title(kind: Kind, entry: dict[str, Any]) -> Any:
    return named(entry, TITLE[kind], "title")


@pytest.mark.parametrize(("switch", "value"), ROWS, ids=[f"{name}={value}" for name, value in ROWS])
def test_items_live_and_die_whatever_the_switch(switch: str, value: str) -> None:
    async def work(rest: RestClient, server: Server) -> None:
        for kind in CONCERNED.get(switch, KINDS):
            await live_and_die(rest, server, await primary(rest, kind), Forms())
        assert server.world.records.mails == []

    at(World.demo(Switches(**{switch: value})), work)


PAIRS = [
    {"contact_path": "address", "contact_id": "path"},
    {"contact_path": "address", "contact_id": "path", "put_reply": "nothing", "refusals": "status"},
    {"contact_path": "address", "contact_id": "body", "refusals": "status", "keys": "pascal"},
    {"contact_path": "folder", "contact_id": "path", "refusals": "status"},
    {"event_path": "short", "event_new_id": "absent", "event_ids": "number"},
    {"event_path": "short", "event_new_id": "null", "refusals": "status"},
    {"event_path": "short", "event_new_id": "zero", "keys": "pascal"},
    {"event_path": "null", "event_new_id": "absent"},
    {"event_path": "zero", "event_ids": "number"},
    {"list_key": "bare", "take_zero": "nothing", "page_limit": "100"},
    {"list_key": "bare", "page_limit": "100"},
    {"list_key": "plural", "keys": "pascal", "missing_item": "404"},
]


@pytest.mark.parametrize("switches", PAIRS, ids=str)
@pytest.mark.parametrize("named_folder", [False, True], ids=["default folder", "folder of its own"])
def test_items_live_and_die_whatever_the_pair(switches: dict[str, str], named_folder: bool) -> None:
    kinds = KINDS
    if any(name.startswith("contact_") for name in switches):
        kinds = [Kind.CONTACT]
    elif any(name.startswith("event_") for name in switches):
        kinds = [Kind.EVENT]

    async def work(rest: RestClient, server: Server) -> None:
        forms = Forms()
        for kind in kinds:
            source = await create_source(rest, kind, "Trial") if named_folder else await primary(rest, kind)
            await live_and_die(rest, server, source, forms)
            if named_folder:
                await delete_source(rest, source)
                with pytest.raises(CollectionVanished):
                    await open_folder(rest, source, forms).listing()
                with pytest.raises(CollectionVanished):
                    await open_folder(rest, source, forms).item("x")

    at(World.demo(Switches(**switches)), work)


def test_forms_that_worked_are_told_and_used_at_once() -> None:
    told: dict[str, str] = {}
    world = World.demo(Switches(contact_path="address", contact_id="path", event_path="short", event_new_id="null"))

    def learn(question: str, answer: str) -> None:
        told[question] = answer

    async def work(rest: RestClient, server: Server) -> None:
        for kind in (Kind.CONTACT, Kind.EVENT):
            await live_and_die(rest, server, await primary(rest, kind), Forms({}, learn))
        assert told["contact-new"] == "address"
        assert told["contact-change"] == "address/id"
        assert told["event-new"] == "/null"
        known = dict(told)
        server.world.records.requests.clear()
        for kind in (Kind.CONTACT, Kind.EVENT):
            await live_and_die(rest, server, await primary(rest, kind), Forms(known, learn))
        assert told == known
        assert all(asked.status == 200 for asked in server.world.records.requests if "put" in asked.path)

    at(world, work)


def test_five_thousand_contacts_are_read_in_few_requests() -> None:
    world = World.demo()
    many_contacts(world, 5000)

    async def work(rest: RestClient, server: Server) -> None:
        listed = await open_folder(rest, await primary(rest, Kind.CONTACT), Forms()).listing()
        assert {id_in(entry) for entry in listed} == set(world.items(ANNA, Kind.CONTACT))
        assert len(world.records.requests) <= 16

    at(world, work)


@pytest.mark.parametrize("value", ["none", "100"])
def test_many_events_are_all_listed(value: str) -> None:
    for other in ({"take_zero": "nothing"}, {"list_key": "bare"}, {"list_key": "bare", "take_zero": "nothing"}, {}):
        world = World.demo(Switches(page_limit=value, **other))
        for n in range(250):
            world.put(ANNA, Kind.EVENT, {"subject": str(n), "start": START, "end": END})

        async def work(rest: RestClient, server: Server, world: World = world) -> None:
            listed = await open_folder(rest, await primary(rest, Kind.EVENT), Forms()).listing()
            assert {id_in(entry) for entry in listed} == set(world.items(ANNA, Kind.EVENT))

        at(world, work)


def test_shared_and_foreign_folders_are_told_apart() -> None:
    async def work(rest: RestClient, server: Server) -> None:
        found = {(source.kind, source.name): source for kind in Kind for source in await sources(rest, kind)}
        assert found[Kind.CONTACT, "My Contacts"].writable is True
        assert found[Kind.CONTACT, "Club"].writable is None
        assert found[Kind.CONTACT, "Global Address List"].writable is False
        assert found[Kind.EVENT, "Team"].writable is False
        assert found[Kind.EVENT, "Moon phases"].writable is False
        assert found[Kind.EVENT, "Meeting room"].shared
        assert [s.name for s in found.values() if s.primary] == ["My Contacts", "My Calendar", "Tasks", "My Notes"]
        for source in found.values():
            await open_folder(rest, source, Forms()).listing()
        for name in ("Team", "Moon phases"):
            with pytest.raises(ReadOnly):
                await open_folder(rest, found[Kind.EVENT, name], Forms()).create(dict(NEW[Kind.EVENT]))
        assert not any("save" in asked.path for asked in server.world.records.requests)

    at(World.demo(), work)


@pytest.mark.parametrize(("permission", "error"), [("manage", None), ("read", ReadOnly)])
def test_folder_of_unclear_permission_takes_a_write_or_refuses_it(
    permission: str, error: type[Exception] | None
) -> None:
    async def work(rest: RestClient, server: Server) -> None:
        club = next(source for source in await sources(rest, Kind.CONTACT) if source.name == "Club")
        folder = open_folder(rest, club, Forms())
        before = len(server.world.folders[club.id].items)
        if error is None:
            assert await folder.create(dict(NEW[Kind.CONTACT]))
        else:
            with pytest.raises(error):
                await folder.create(dict(NEW[Kind.CONTACT]))
        assert len(server.world.folders[club.id].items) == before + (error is None)
        assert len(server.world.items(ANNA, Kind.CONTACT)) == 4

    at(World.demo(Switches(permission_8=permission)), work)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", [502, "drop-before", "drop-after"])
def test_write_that_may_have_been_done_is_never_repeated(kind: Kind, what: Any) -> None:
    async def work(rest: RestClient, server: Server) -> None:
        folder = open_folder(rest, await primary(rest, kind), Forms())
        before = len(server.world.items(ANNA, kind))
        server.fail(r"POST .*(-put|/save)", what)
        with pytest.raises(Transient):
            await folder.create(dict(NEW[kind]))
        writes = [a for a in server.world.records.requests if "-put" in a.path or "/save" in a.path]
        assert len(writes) == 1
        assert len(server.world.items(ANNA, kind)) == before + (what == "drop-after")

    at(World.demo(), work)


@pytest.mark.parametrize("kind", KINDS)
def test_reading_survives_a_broken_connection(kind: Kind) -> None:
    async def work(rest: RestClient, server: Server) -> None:
        folder = open_folder(rest, await primary(rest, kind), Forms())
        server.fail(r"(contacts-all|events-all2|GET .*/tasks/|notes/notes)", "drop-before")
        assert await folder.listing()

    at(World.demo(), work)


async def _event(rest: RestClient, world: World, **more: Any) -> tuple[EventFolder, str]:
    id = world.put(ANNA, Kind.EVENT, {"subject": "Meeting", "start": START, "end": END, **more})
    folder = open_folder(rest, await primary(rest, Kind.EVENT), Forms())
    assert isinstance(folder, EventFolder)
    return folder, id


GUEST = {"name": "Ben", "email": "ben@example.com", "status": 0, "isOrganizer": False, "isResource": False}


def test_event_with_guests_is_deleted_only_with_a_persons_word() -> None:
    async def work(rest: RestClient, server: Server) -> None:
        folder, id = await _event(rest, server.world, attendees=[GUEST], organizerEmail=ANNA)
        with pytest.raises(ItemRefused, match="guests"):
            await folder.delete(id)
        assert id in server.world.items(ANNA, Kind.EVENT)
        await folder.delete(id, guests=True)
        assert id not in server.world.items(ANNA, Kind.EVENT)

    at(World.demo(), work)


@pytest.mark.parametrize("flag", SWITCHES["delete_flag"])
def test_series_is_deleted_as_a_whole(flag: str) -> None:
    async def work(rest: RestClient, server: Server) -> None:
        folder, id = await _event(rest, server.world, recurrence="FREQ=DAILY")
        await folder.delete(id)
        assert id not in server.world.items(ANNA, Kind.EVENT)
        assert server.world.records.mails == []

    at(World.demo(Switches(delete_flag=flag)), work)


def test_deletion_that_is_only_said_to_be_done_is_tried_in_other_ways_and_then_refused() -> None:
    async def work(rest: RestClient, server: Server) -> None:
        folder, id = await _event(rest, server.world)
        server.world.faults.false_deletes = 1
        await folder.delete(id)
        assert id not in server.world.items(ANNA, Kind.EVENT)
        folder, id = await _event(rest, server.world)
        server.world.faults.false_deletes = 9
        with pytest.raises(ItemRefused):
            await folder.delete(id)
        assert id in server.world.items(ANNA, Kind.EVENT)

    at(World.demo(), work)


def test_token_that_expires_between_calls_is_no_trouble() -> None:
    async def work(rest: RestClient, server: Server) -> None:
        folder = open_folder(rest, await primary(rest, Kind.TASK), Forms())
        for n in range(4):
            if n % 2:
                server.expire_tokens()
            else:
                server.world.clock.move(minutes=30)
            assert await folder.create({**NEW[Kind.TASK], "subject": f"Task {n}"})
        subjects = [task["subject"] for task in server.world.items(ANNA, Kind.TASK).values()]
        assert sorted(s for s in subjects if s.startswith("Task ")) == [f"Task {n}" for n in range(4)]
        assert not server.world.intrusion.failures

    at(World.demo(), work)


def test_server_that_dies_and_comes_back_is_read_again() -> None:
    async def work(rest: RestClient, server: Server) -> None:
        folder = open_folder(rest, await primary(rest, Kind.NOTE), Forms())
        server.die_after(0)
        with pytest.raises(InstepError):
            await folder.listing()
        server.stop()
        server.start()
        assert len(await folder.listing()) == 3

    at(World.demo(), work)
