"""The calls on one folder of contacts (facts 3.3)."""

from __future__ import annotations

from dataclasses import dataclass

from instep.core.model import Kind
from instep.errors import ItemRefused, Transient
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.entries import (
    identified,
    is_missing,
    made_id,
    one_of,
    own,
    page_of,
    placed,
    require_writable,
    without,
)
from instep.protocols.smartermail.folders import Json, Source
from instep.protocols.smartermail.forms import Forms
from instep.protocols.smartermail.paging import Page, has_doubles, id_in, unsteady, whole
from instep.protocols.smartermail.replies import Reply, item_refusal
from instep.protocols.smartermail.sources import is_global_list, sources

_LISTS = ("results", "contactList", "contacts")
_NEW, _CHANGE = "contact-new", "contact-change"
_NAMED = "contact-new-in-named-folder"
_FOLDER, _ADDRESS, _ID = "folder", "address", "/id"
_NEW_FORMS = (_FOLDER, _ADDRESS)
_CHANGE_FORMS = (_FOLDER + _ID, _ADDRESS + _ID, _FOLDER, _ADDRESS)
_FAILED = frozenset({500})


class _Gone(Exception):
    """The paged list is no call of this server."""


@dataclass(frozen=True, slots=True)
class ContactFolder:
    """One address book; see ``Folder`` for the promises. Of the global address list only the whole can be read."""

    rest: RestClient
    source: Source
    forms: Forms

    async def listing(self) -> list[Json]:
        """Read the pages; where they never add up, or are no call of this server, the folder in one piece."""
        if is_global_list(self.source):
            reply = await self.rest.ask("GET", "contacts/domain", reads=True)
            if reply.status not in (404, 405):
                return page_of(reply, self.source, *reversed(_LISTS)).entries
        totals: list[int | None] = []

        async def read(skip: int, take: int) -> Page:
            page = await self._page(skip, take)
            totals.append(page.total)
            return page

        try:
            return own(await whole(read, self.source.name), self.source)
        except _Gone:
            return own(await self._in_one_piece(), self.source)
        except Transient:
            if not totals:
                raise
            return own(await self._in_one_piece_and_announced(totals[-1]), self.source)

    async def _page(self, skip: int, take: int) -> Page:
        source = {"owner": self.source.owner, "id": self.source.id, "sourceName": self.source.name}
        wanted = {"categories": None, "showNonCategorized": True, "skip": skip, "take": take, "search": ""}
        body = {"sources": [source], "searchParams": {**wanted, "sortDescending": False, "getImages": False}}
        reply = await self.rest.ask("POST", "contacts/contacts-all", body=body, reads=True)
        if reply.status in (404, 405):
            raise _Gone
        return page_of(reply, self.source, *_LISTS)

    async def _in_one_piece_and_announced(self, total: int | None) -> list[Json]:
        """Read the folder in one piece; where the announced number does not fit that either, it may count what no list
        shows or leave out what each shows (groups), and the pages to their end must give the very same contacts."""
        entries = await self._in_one_piece()
        if total not in (None, len(entries)):

            async def read(skip: int, take: int) -> Page:
                return Page((await self._page(skip, take)).entries)

            paged = await whole(read, self.source.name)
            if {id_in(entry) for entry in paged} != {id_in(entry) for entry in entries}:
                raise unsteady(self.source.name)
        return entries

    async def _in_one_piece(self) -> list[Json]:
        reply = await self.rest.ask("GET", "contacts/address-book", self.source.owner, self.source.id, reads=True)
        page = page_of(reply, self.source, *reversed(_LISTS))
        if has_doubles(page.entries):
            raise unsteady(self.source.name)
        return page.entries

    async def item(self, id: str) -> Json | None:
        """Read one contact."""
        if is_global_list(self.source):
            return next((entry for entry in await self.listing() if id_in(entry).lower() == id.lower()), None)
        reply = await self.rest.ask("GET", "contacts/get", self.source.owner, self.source.id, id, reads=True)
        if is_missing(reply, self.source):
            return None
        return one_of(reply, "contact", id, self.source)

    async def create(self, item: Json) -> str | None:
        """Make a contact; which form of the call the server takes is found out."""
        require_writable(self.source)
        body = placed(without(item, "id"), self.source.owner, "sourceOwner", self.source.id, "sourceId")
        if self.source.primary or self.source.shared or self.forms.known(_NEW) == _FOLDER:
            return _made(await self._put(_NEW, _NEW_FORMS if self.source.primary else (_FOLDER,), "", body))
        match self.forms.known(_NAMED):
            case "yes":
                return _made(await self._put(_NEW, _NEW_FORMS, "", body))
            case "no":
                return _made(await self._put(_NEW, (_FOLDER,), "", body))
        return await self._create_and_look(body)

    async def _create_and_look(self, body: Json) -> str | None:
        """The form by address names no folder in its path: see once whether what it makes stands in this one."""
        before = set(map(id_in, await self.listing()))
        id = _made(await self._put(_NEW, _NEW_FORMS, "", body))
        if self.forms.known(_NEW) == _FOLDER:
            return id
        if set(map(id_in, await self.listing())) - before:
            self.forms.worked(_NAMED, "yes")
            return id
        self.forms.worked(_NAMED, "no")
        home = next((source for source in await sources(self.rest, Kind.CONTACT) if source.primary), None)
        if id is not None and home is not None:
            await ContactFolder(self.rest, home, self.forms).delete(id)
        raise ItemRefused(
            f"{self.rest.host} puts new contacts into its default address book, not into {self.source.name!r}.",
            "Use the default address book, or CardDAV, for this account.",
        )

    async def update(self, id: str, item: Json) -> None:
        """Send the whole contact with its identifier; forms that name it in the path come first, since a server that
        ignores the one in the body would make another contact."""
        require_writable(self.source)
        forms = tuple(form for form in _CHANGE_FORMS if not (self.source.shared and form.startswith(_ADDRESS)))
        await self._put(_CHANGE, forms, id, identified(item, id))

    async def _put(self, question: str, forms: tuple[str, ...], id: str, body: Json) -> Reply:
        async def attempt(form: str) -> Reply:
            place = (self.rest.user,) if form.startswith(_ADDRESS) else (self.source.owner, self.source.id)
            path = (*place, id) if form.endswith(_ID) else place
            put = "contacts/contact-put"
            return await self.rest.ask("POST", put, *path, body=body, reads=False, accept=_FAILED)

        reply = await self.forms.found(question, forms, not self.source.shared, attempt)
        if not reply.done:
            raise item_refusal(reply, self.source.name, "stored")
        return reply

    async def delete(self, id: str) -> None:
        """Remove one contact."""
        require_writable(self.source)
        body = [{"sourceOwner": self.source.owner, "sourceId": self.source.id, "id": id}]
        reply = await self.rest.ask("POST", "contacts/delete-bulk", body=body, reads=False)
        if not (reply.done or reply.missing):
            raise item_refusal(reply, self.source.name, "deleted")


def _made(reply: Reply) -> str | None:
    return made_id(reply.told("contact")) or made_id(reply.told("id", "contactId"))
