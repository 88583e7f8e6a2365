"""Which folders a mailbox has (facts 3.2), and making and removing one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from instep.core.model import Kind
from instep.errors import CollectionError
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.folders import Json, Source
from instep.protocols.smartermail.replies import Reply, has_key, item_refusal, named, rows, text_of


@dataclass(frozen=True, slots=True)
class _Lists:
    """Where the folders of a kind are listed: the call, the names of the lists, and the names of the identifier."""

    call: str
    names: tuple[str, ...]
    ids: tuple[str, ...]


_TASKS_AMONG_CALENDARS = _Lists("calendars/sources", ("tasks",), ("id", "itemID"))
_PRIMARY_LIST = "primaryList"
_LISTS = {
    Kind.CONTACT: _Lists("contacts/sources", (_PRIMARY_LIST, "sharedLists"), ("itemID", "id")),
    Kind.EVENT: _Lists("calendars/sources", ("calendars",), ("id", "itemID")),
    Kind.TASK: _Lists("tasks/sources", ("sources",), ("id", "itemID")),
    Kind.NOTE: _Lists("notes/sources", (_PRIMARY_LIST, "sharedLists"), ("itemID", "id")),
}
_OWNERS = ("owner", "ownerUsername", "ownerEmailAddress")
_NAMES = ("displayName", "friendlyName", "name")
_COLORS = ("calendarViewColor", "color")
_GLOBAL_LIST = "gal"
_AVAILABILITY, _READ = 2, 4
# 8 is "manage" to some and "read" to others; only a write that succeeded tells.
_NO_WRITES = frozenset({0, _AVAILABILITY, _READ})


async def sources(rest: RestClient, kind: Kind) -> list[Source]:
    """List the folders of one kind that can be read.

    Raises ``CollectionError`` when the server does not offer this kind over REST (never an empty list then), and what
    ``RestClient.ask`` raises.
    """
    lists = _LISTS[kind]
    reply = await rest.ask("GET", lists.call, reads=True)
    if reply.missing and kind is Kind.TASK:
        # The calendars' call lists them as well.
        lists = _TASKS_AMONG_CALENDARS
        reply = await rest.ask("GET", lists.call, reads=True)
    if not reply.done:
        raise _not_offered(rest, kind, reply.reason())
    objects = _objects(reply, lists.names)
    if objects is None:
        raise _not_offered(rest, kind, "an answer without a list")
    found: dict[str, Source] = {}
    for raw in objects:
        source = _source(kind, raw, lists.ids)
        if source is not None:
            found.setdefault(source.id, source)
    return list(found.values())


async def create_source(rest: RestClient, kind: Kind, name: str) -> Source:
    """Make a folder and return it as the server lists it then.

    Raises ``ItemRefused`` or ``ReadOnly`` when the server would not, ``CollectionError`` when it says that it did but
    does not list it, ``Transient`` when it may have made it.
    """
    before = {source.id for source in await sources(rest, kind)}
    reply = await _post(rest, *_creation(kind, name))
    made = [source for source in await sources(rest, kind) if source.id not in before and source.name == name]
    if made:
        # The answer's own word on success is not reliable; the list is.
        return made[0]
    if not reply.done:
        raise item_refusal(reply, name, "made")
    raise CollectionError(f"{rest.host} did not make the folder {name!r}.", "Make it in the web mail.")


async def delete_source(rest: RestClient, source: Source) -> None:
    """Remove a folder with all that is in it; only ever one that this program made itself.

    Raises ``CollectionError`` when it is still listed afterwards."""
    await _post(rest, *_deletion(source))
    if any(left.id == source.id for left in await sources(rest, source.kind)):
        raise CollectionError(f"{rest.host} did not remove the folder {source.name!r}.", "Remove it in the web mail.")


async def _post(rest: RestClient, call: str, body: Any, *path: str) -> Reply:
    return await rest.ask("POST", call, *path, body=body, reads=False)


def _creation(kind: Kind, name: str) -> tuple[str, Any]:
    match kind:
        case Kind.CONTACT:
            return "contacts/address-book/add", {"folder": name}
        case Kind.EVENT:
            setting = {"friendlyName": name, "calendarViewColor": "", "isPrimary": False}
            return "calendars/calendar-put", {"setting": setting}
        case Kind.TASK:
            return "tasks/sources/add", {"folder": name}
        case Kind.NOTE:
            return "notes/sources/add", {"folder": name}


def _deletion(source: Source) -> tuple[Any, ...]:
    match source.kind:
        case Kind.CONTACT:
            return "contacts/address-book/delete", {"uid": source.id}
        case Kind.EVENT:
            return "calendars/calendar-delete", None, source.id
        case Kind.TASK:
            return "tasks/sources/delete", {"folder": source.name, "uid": source.id}
        case Kind.NOTE:
            return "notes/sources/delete", {"folder": source.name, "uid": source.id}


def _objects(reply: Reply, names: tuple[str, ...]) -> list[Json] | None:
    found: list[Json] | None = None
    for name in names:
        alone = reply.told(name)
        listed = [alone] if isinstance(alone, dict) else rows(reply.json, name)
        if listed is not None:
            objects = [entry for entry in listed if isinstance(entry, dict)]
            found = [*(found or []), *(_primary(one) if name == _PRIMARY_LIST else one for one in objects)]
    return found


def _primary(raw: Json) -> Json:
    return raw if has_key(raw, "isPrimary") else {**raw, "isPrimary": True}


def _source(kind: Kind, raw: Json, ids: tuple[str, ...]) -> Source | None:
    id = next((text for name in ids if (text := text_of(named(raw, name)))), "")
    owner = next((text for name in _OWNERS if (text := text_of(named(raw, name)))), "")
    if not id or named(raw, "enabled") is False:
        return None
    shared = named(raw, "isSharedItem") is True or named(raw, "isDomainResource") is True or owner[:1] in ("@", "~")
    access = named(raw, "permission", "access")
    if shared and access in (0, _AVAILABILITY):
        return None  # its items cannot be seen
    return Source(
        kind,
        owner,
        id,
        next((text for name in _NAMES if (text := text_of(named(raw, name)))), "") or id,
        primary=named(raw, "isPrimary") is True and not shared,
        shared=shared,
        writable=_writable(raw, id, shared, access),
        color=text_of(named(raw, *_COLORS)),
        raw=raw,
    )


def is_global_list(source: Source) -> bool:
    """Tell whether a folder is the global address list, which only the server itself fills (facts 2.6)."""
    return source.kind is Kind.CONTACT and source.id.lower() == _GLOBAL_LIST


def _writable(raw: Json, id: str, shared: bool, access: Any) -> bool | None:
    if id.lower() == _GLOBAL_LIST or named(raw, "isWebCalendar") is True:
        return False
    if not shared:
        return True
    return False if isinstance(access, int) and access in _NO_WRITES else None


def _not_offered(rest: RestClient, kind: Kind, reason: str) -> CollectionError:
    return CollectionError(
        f"{rest.host} does not offer {kind.value} over its REST interface ({reason}).",
        "Another protocol may carry them; see the account's test.",
    )
