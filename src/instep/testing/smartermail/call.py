"""One call of REST: who asks for what, and which folder is meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from instep.core.model import Kind
from instep.testing.smartermail.contact_form import words
from instep.testing.smartermail.exchange import Json, Refusal, Request, soft
from instep.testing.smartermail.folders import READ, Folder
from instep.testing.smartermail.people import Person
from instep.testing.smartermail.sessions import Session
from instep.testing.smartermail.shapes import key
from instep.testing.smartermail.switches import Switches
from instep.testing.smartermail.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """A call that found its route; ``params`` are the segments of the path that the route names, decoded."""

    world: World
    request: Request
    params: dict[str, str]
    session: Session

    @property
    def switches(self) -> Switches:
        """The server's switches."""
        return self.world.switches

    @property
    def person(self) -> Person:
        """Who asks."""
        return self.world.people[self.session.email]

    @property
    def now(self) -> float:
        """The server's time."""
        return self.world.clock.now()

    def content(self) -> Any:
        """What the body says; raises ``Refusal`` (400) when it is no JSON."""
        try:
            return json.loads(self.request.body.decode("utf-8")) if self.request.body.strip() else None
        except ValueError:
            raise Refusal(400, "The JSON value could not be converted.") from None

    def content_object(self) -> Json:
        """The body as an object; raises ``Refusal`` (400) when it is none."""
        found = self.content()
        if not isinstance(found, dict):
            raise Refusal(400, "The JSON value could not be converted: an object is expected.")
        return found

    def content_objects(self) -> list[Json]:
        """The body as an array of objects; raises ``Refusal`` (400) when it is none."""
        found = self.content()
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise Refusal(400, "The JSON value could not be converted: an array of objects is expected.")
        return found

    def folder(self, kind: Kind) -> Folder:
        """The folder that the path names; raises ``Refusal`` when there is none, or it may not be seen."""
        return self.folder_of(kind, self.params["owner"], self.params["guid"])

    def folder_of(self, kind: Kind, owner: object, guid: object) -> Folder:
        """The folder at an owner, written exactly as a sources call writes it, and a GUID."""
        folder = self.world.folders.get(str(guid))
        if folder is None or folder.kind is not kind or owner_of(self.world, folder) != owner:
            raise soft("FOLDER_NOT_FOUND", 404)
        if folder.permission(self.person.email) < READ:
            raise soft("ACCESS_DENIED", 403)
        return folder

    def writable(self, folder: Folder) -> Folder:
        """The folder; raises ``Refusal`` when the person may not write there."""
        if not self.world.may_write(folder, self.person.email):
            raise soft("ACCESS_DENIED", 403)
        return folder


Answering = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """A way to ask: verb, path below ``/api/v1/`` with ``{names}``, what answers, and whether it is open to all."""

    verb: str
    path: str
    answer: Answering
    open: bool = False

    def matches(self, segments: list[str]) -> dict[str, str] | None:
        """Give the named segments if this is the route, else None."""
        wanted = self.path.split("/")
        if len(wanted) != len(segments):
            return None
        params: dict[str, str] = {}
        for want, have in zip(wanted, segments):
            if want.startswith("{") and have:
                params[want[1:-1]] = unquote(have)
            elif want != have.lower():
                return None
        return params


def owner_of(world: World, folder: Folder) -> str:
    """How the server writes the owner of a folder."""
    if folder.resource:
        return "~" if world.switches.resource_owner == "~" else folder.owner
    if folder.kind in (Kind.CONTACT, Kind.NOTE) or world.switches.owners == "local":
        return folder.owner.partition("@")[0]
    return folder.owner


def source_of(call: Call, kind: Kind, entry: Json) -> Folder:
    """The folder of an entry of a bulk call: ``sourceOwner`` and ``sourceId``, or ``owner`` and ``calendarId``."""
    owner = key(entry, "sourceOwner", key(entry, "owner"))
    return call.folder_of(kind, owner, key(entry, "sourceId", key(entry, "calendarId", key(entry, "id"))))


def page(call: Call, search: Json, rows: list[Json]) -> list[Json]:
    """Cut the part out of a list that ``skip`` and ``take`` ask for, and no more than the server gives at once."""
    skip, take = _count(search, "skip"), _count(search, "take")
    if take == 0 and call.switches.take_zero == "nothing":
        return []
    most = int(call.switches.page_limit) if call.switches.page_limit != "none" else len(rows)
    size = min(take or len(rows), most)
    return rows[skip : skip + size]


def searched(search: Json, rows: list[Json], names: tuple[str, ...]) -> list[Json]:
    """Keep the rows in which the searched text stands."""
    text = str(key(search, "search") or "").casefold()
    if not text:
        return rows
    return [row for row in rows if any(text in str(row.get(name, "")).casefold() for name in names)]


def categorized(search: Json, rows: list[Json]) -> list[Json]:
    """Keep the rows of the categories that are asked for; of those without one as ``showNonCategorized`` says."""
    wanted = {str(name).casefold() for name in key(search, "categories") or ()}
    bare = key(search, "showNonCategorized", True) is not False
    kept = []
    for row in rows:
        own = {word.casefold() for word in words(row["categoriesString"])}
        if (own and (not wanted or own & wanted)) or (not own and bare):
            kept.append(row)
    return kept


def _count(search: Json, name: str) -> int:
    value = key(search, name, 0)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refusal(400, f"Error converting value. Path '{name}'.")
    return value
