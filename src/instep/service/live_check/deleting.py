"""Which calls delete, and whether what they say is so (facts 3.4)."""

from __future__ import annotations

from typing import Any

from instep.core.model import Kind
from instep.errors import InstepError
from instep.protocols.smartermail.replies import Reply
from instep.service.live_check.answers import Answer, Sure
from instep.service.live_check.bench import Bench
from instep.service.live_check.moments import at_noon
from instep.service.live_check.series import make_series

_REFUSALS = frozenset({500})
_FORMS = ("false", "true", "bulk")


async def deletion(bench: Bench) -> Answer:
    """Which forms of the call delete an event, and a series, and whether other kinds are gone after their deletion."""
    works = [form for form in _FORMS if await _single_gone(bench, form)]
    if works:
        bench.learned["event-delete"] = works[0]
    series = await _series_deletions(bench)
    others = await _others_gone(bench)
    words = [f"an event: {' '.join(works) or 'none'}", *([f"a series: {series}"] if series else [])]
    detail = "Other kinds are gone after their deletion." if not others else f"Not gone when deleted: {others}."
    return Answer("; ".join(words), Sure.SEEN, detail)


async def _single_gone(bench: Bench, form: str) -> bool:
    what = f"delete {form}"
    id = await bench.make(Kind.EVENT, what, at_noon(bench.day))
    return await _gone(bench, form, id, what)


async def _series_deletions(bench: Bench) -> str:
    """Which forms delete a whole series; empty where none can be made."""
    works = []
    for form in _FORMS:
        what = f"delete series {form}"
        id = await make_series(bench, what)
        if id is None:
            return ""
        if await _gone(bench, form, id, what):
            works.append(form)
    # A plain "false" could mean a single occurrence elsewhere, so the client does not use it for series.
    whole = [form for form in works if form != "false"]
    if whole:
        bench.learned["series-delete"] = whole[0]
    return " ".join(works) or "none"


async def _gone(bench: Bench, form: str, id: str, what: str) -> bool:
    """Delete in one form, and see whether it is gone from the calendar and from its list."""
    await _delete(bench, form, id)
    return await bench.folder(Kind.EVENT).item(id) is None and await bench.found(Kind.EVENT, bench.name(what)) is None


async def _delete(bench: Bench, form: str, id: str) -> Reply:
    place = bench.places[Kind.EVENT]
    if form == "bulk":
        body: Any = [{"owner": place.owner, "calendarId": place.id, "eventId": int(id) if id.isdigit() else id}]
        path: tuple[str, ...] = ("calendars/events/delete-bulk",)
    else:
        body = {"instanceStart": None} if form == "false" else None
        path = ("calendars/events/delete", place.owner, place.id, id, form)
    return await bench.desk.rest.ask("POST", *path, body=body, reads=False, accept=_REFUSALS)


async def _others_gone(bench: Bench) -> str:
    stays = []
    for kind in (Kind.CONTACT, Kind.TASK, Kind.NOTE):
        if kind not in bench.places:
            continue
        try:
            id = await bench.make(kind, "delete")
            await bench.folder(kind).delete(id)
            if await bench.folder(kind).item(id) is not None:
                stays.append(kind.value)
        except InstepError:
            stays.append(f"{kind.value} (refused)")
    return ", ".join(stays)
