"""The calls on one calendar (facts 3.4), chosen so that nobody gets mail because of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from instep.errors import ItemRefused
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
    with_values,
    without,
)
from instep.protocols.smartermail.folders import Json, Source
from instep.protocols.smartermail.forms import Forms, may_be_the_form
from instep.protocols.smartermail.paging import PAGE, Page, id_in, whole, without_doubles
from instep.protocols.smartermail.replies import Reply, item_refusal, named, rows, text_of

_LISTS = ("results", "events", "calendarEvents")
_NEW, _DELETE, _DELETE_SERIES = "event-new", "event-delete", "series-delete"
# A missing event is answered with 500; the connector judges whether it is the server that is ill.
_MISSING = _FAILED = frozenset({500})
_WINDOW = {"startDate": "1990-01-01T00:00:00.000Z", "endDate": "2070-01-01T00:00:00.000Z"}


@dataclass(frozen=True, slots=True)
class EventFolder:
    """One calendar; see ``Folder`` for the promises. The listing holds only a summary of each event."""

    rest: RestClient
    source: Source
    forms: Forms

    async def listing(self) -> list[Json]:
        """Read everything at once, and look whether "all" did not mean "none" or "the first ones".

        Where that call is none of this server's: the events between 1990 and 2070."""
        reply = await self._all(0, 0)
        if reply.status in (404, 405):
            return own(await self._between(), self.source)
        first = page_of(reply, self.source, *_LISTS)
        known = {id_in(entry) for entry in first.entries}
        if first.entries and first.total is None:
            rest = await self._page(len(first.entries), PAGE)
            full = all(id_in(entry) in known for entry in rest.entries)
        else:
            full = bool(first.entries) and first.total == len(first.entries)
        entries = first.entries if full else await whole(self._page, self.source.name)
        return own(without_doubles(entries), self.source)

    async def _page(self, skip: int, take: int) -> Page:
        return page_of(await self._all(skip, take), self.source, *_LISTS)

    async def _all(self, skip: int, take: int) -> Reply:
        wanted = {"skip": skip, "take": take, "search": None, "sortField": None, "sortDescending": False}
        body = {"sources": [{"owner": self.source.owner, "id": self.source.id}], "searchParams": wanted}
        return await self.rest.ask("POST", "calendars/events-all2", body=body, reads=True)

    async def _between(self) -> list[Json]:
        path = (self.source.owner, self.source.id)
        reply = await self.rest.ask("POST", "calendars/events", *path, body=_WINDOW, reads=True)
        return without_doubles(page_of(reply, self.source, *_LISTS).entries)

    async def item(self, id: str) -> Json | None:
        """Read one event with all that the server tells of it; ``None`` also for the answer 500."""
        reply = await self._detail(id, _MISSING)
        if reply.status in _MISSING:
            return None
        return self._item(reply, id)

    async def _detail(self, id: str, accept: frozenset[int] = frozenset()) -> Reply:
        path = (self.source.owner, self.source.id, id)
        return await self.rest.ask("GET", "calendars/events", *path, reads=True, accept=accept)

    def _item(self, reply: Reply, id: str) -> Json | None:
        if is_missing(reply, self.source):
            return None
        return one_of(reply, "details", id, self.source)

    async def create(self, item: Json) -> str | None:
        """Make an event; in which form a new one is told is found out."""
        require_writable(self.source)
        body = placed(item, self.source.owner, "calendarOwner", self.source.id, "calendarId")

        async def attempt(form: str) -> Reply:
            return await self._save(*_as_new(form, body), accept=_FAILED)

        reply = await self.forms.found(_NEW, _NEW_FORMS, not self.source.shared, attempt)
        if not reply.done:
            raise item_refusal(reply, self.source.name, "stored")
        saved = rows(reply.json, "events", "results") or []
        return made_id(saved[0]) if len(saved) == 1 else None

    async def update(self, id: str, item: Json) -> None:
        """Send the whole event; what it says of guests must be as it came, or the server may write to them."""
        require_writable(self.source)
        reply = await self._save((id,), identified(item, id))
        if not reply.done:
            raise item_refusal(reply, self.source.name, "stored")

    async def _save(self, last: tuple[str, ...], body: Json, accept: frozenset[int] = frozenset()) -> Reply:
        path = ("calendars/events/save", self.source.owner, self.source.id, *last)
        return await self.rest.ask("POST", *path, body=body, reads=False, accept=accept)

    async def delete(self, id: str, *, guests: bool = False) -> None:
        """Remove one event, a series as a whole.

        An event with guests is refused (``ItemRefused``) unless ``guests`` says that a person agreed to mail to them:
        what the call's flag means is not known.
        """
        require_writable(self.source)
        # Here 500 is no sign that it is gone: what cannot be looked at is not deleted.
        item = self._item(await self._detail(id), id)
        if item is None:
            return
        if has_guests(item) and not guests:
            raise ItemRefused(
                "The appointment has guests, and the mail server might write to them when it is deleted.",
                "Delete it in the web mail.",
            )
        series = may_recur(item)
        question = _DELETE_SERIES if series else _DELETE
        refusal: Reply | None = None
        for form in self.forms.to_try(question, ("true", "bulk") if series else ("false", "true", "bulk")):
            reply = await self._delete(form, id, item)
            if reply.done and not _nothing_deleted(reply):
                self.forms.worked(question, form)
                return
            refusal = reply
            if not (reply.done or may_be_the_form(reply, own=not self.source.shared)):
                break
        assert refusal is not None
        raise item_refusal(refusal, self.source.name, "deleted")

    async def _delete(self, form: str, id: str, item: Json) -> Reply:
        owner, folder = self.source.owner, self.source.id
        if form == "bulk":
            own_id = named(item, "id")
            event = own_id if text_of(own_id) == id else id
            body: Any = [{"owner": owner, "calendarId": folder, "eventId": event}]
            return await self.rest.ask("POST", "calendars/events/delete-bulk", body=body, reads=False)
        body = {"instanceStart": None} if form == "false" else None
        path = (owner, folder, id, form)
        return await self.rest.ask("POST", "calendars/events/delete", *path, body=body, reads=False)


_NEW_FORMS = ("null/0", "/0", "null/null", "/null", "null/", "/", "0/0")
"""How a new event is told: the last part of the path, and its identifier; empty is left out."""


def _as_new(form: str, body: Json) -> tuple[tuple[str, ...], Json]:
    last, _, id = form.partition("/")
    if not id:
        new = without(body, "id")
    else:
        new = with_values(body, id=0 if id == "0" else None)
    return ((last,) if last else ()), new


def has_guests(item: Json) -> bool:
    """Tell whether saving or deleting this event might write to somebody."""
    attendees = named(item, "attendees")
    others = isinstance(attendees, list) and any(named(one, "isOrganizer") is not True for one in attendees)
    return others or named(item, "meetingStatus") not in (None, 0, "0")


def may_recur(item: Json) -> bool:
    """Tell whether an event may be a series; its recurrence object is not known well enough to tell for certain."""
    return named(item, "isRecurring") is True or bool(named(item, "recurrence"))


def _nothing_deleted(reply: Reply) -> bool:
    """An answer of entries without any identifier means: accepted, and nothing done."""
    left = reply.json if isinstance(reply.json, list) else []
    return any(
        isinstance(entry, dict) and all(named(entry, key) is None for key in ("owner", "calendarId", "eventId"))
        for entry in left
    )
