"""Clearing away: what live checks have made is found by its name, looked at, and removed; nothing else is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from instep.core.model import Kind
from instep.errors import AccountError, CollectionError, InstepError, Transient
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.events import EventFolder, has_guests
from instep.protocols.smartermail.folders import Source
from instep.protocols.smartermail.forms import Forms
from instep.protocols.smartermail.opening import open_folder
from instep.protocols.smartermail.paging import id_in
from instep.protocols.smartermail.sources import delete_source, sources
from instep.service.live_check.answers import Left
from instep.service.live_check.names import is_ours, name_in


@dataclass(frozen=True, slots=True)
class Leftover:
    """A folder of a check, or (``id``) a single item of one in the person's own folder ``source``."""

    source: Source
    name: str
    id: str = ""

    @property
    def left(self) -> Left:
        """The same as something that is not removed yet."""
        return Left(self.source.kind, self.name, folder=not self.id)


async def find(rest: RestClient, tag: str = "", inside: Iterable[Kind] = ()) -> list[Leftover]:
    """Find what checks (or the check ``tag``) have left: their folders, and for the kinds ``inside`` single items in
    the person's default folder, of which only the names are looked at.

    Raises ``AccountError``, and ``Transient`` when a list cannot be had now.
    """
    found: list[Leftover] = []
    for kind in Kind:
        try:
            known = await sources(rest, kind)
        except CollectionError:
            continue
        own = [source for source in known if not source.shared and source.writable]
        found += [Leftover(s, s.name) for s in own if not s.primary and is_ours(s.name, tag)]
        if kind in inside and (home := next((source for source in own if source.primary), None)) is not None:
            found += await _items(rest, home, tag)
    return found


async def _items(rest: RestClient, source: Source, tag: str) -> list[Leftover]:
    entries = await open_folder(rest, source, Forms()).listing()
    named = [(name_in(source.kind, entry), id_in(entry)) for entry in entries]
    return [Leftover(source, name, id) for name, id in named if id and is_ours(name, tag)]


async def remove(rest: RestClient, found: Iterable[Leftover], *, guests: bool = False) -> list[Left]:
    """Remove what was found, and return what is left of it.

    A folder in which something stands that no check has made stays. So does an appointment with a guest, unless
    ``guests`` says that a person knows that its removal may send a mail. Raises nothing, whatever a server answers.
    """
    left: list[Left] = []
    for one in found:
        try:
            why = await (_item_removed if one.id else _folder_removed)(rest, one, guests)
        except Exception as error:
            why = word_for(error)
        if why:
            left.append(Left(one.source.kind, one.name, not one.id, why))
    return left


async def _folder_removed(rest: RestClient, one: Leftover, guests: bool) -> str:
    folder = open_folder(rest, one.source, Forms())
    ids: list[str] = []
    for entry in await folder.listing():
        if not is_ours(name_in(one.source.kind, entry)):
            return "something else is in it"
        ids.append(id_in(entry))
    if isinstance(folder, EventFolder):
        for id in ids:
            # The removal of a whole calendar would not ask; so one by one, while there are guests.
            item = await folder.item(id)
            if item is not None and has_guests(item):
                if not guests:
                    return "an appointment in it has a guest, who might be mailed"
                await folder.delete(id, guests=True)
    try:
        await delete_source(rest, one.source)
        return ""
    except (AccountError, Transient):
        raise
    except InstepError:
        for id in ids:
            await _gone(rest, one.source, id, guests)
        await delete_source(rest, one.source)
    return ""


async def _item_removed(rest: RestClient, one: Leftover, guests: bool) -> str:
    return await _gone(rest, one.source, one.id, guests)


async def _gone(rest: RestClient, source: Source, id: str, guests: bool) -> str:
    folder = open_folder(rest, source, Forms())
    if isinstance(folder, EventFolder):
        await folder.delete(id, guests=guests)
    else:
        await folder.delete(id)
    return "the server did not delete it" if await folder.item(id) is not None else ""


def word_for(error: BaseException) -> str:
    """Say why something failed without what errors say of hosts, people and folders."""
    match error:
        case AccountError():
            return "the server could not be reached, or did not take the sign-in"
        case Transient():
            return "the server failed, or the connection broke off"
        case CollectionError():
            return "the server refused the call on the folder"
        case InstepError():
            return "the server refused it"
    return "the server answered in a way that the check does not know"
