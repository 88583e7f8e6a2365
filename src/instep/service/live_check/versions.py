"""Questions about CalDAV and CardDAV: versions, preconditions, tokens, and whether a uid is the same both ways."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from instep.codecs import icalendar
from instep.core.model import Event, Kind, Moment
from instep.errors import CodecError, ItemRefused
from instep.protocols.smartermail.replies import named, text_of
from instep.protocols.webdav.collections import FoundCollection
from instep.protocols.webdav.names import Flavour
from instep.protocols.webdav.verbs import Refused, sync_collection
from instep.service.live_check.answers import Answer, Sure, not_answered, not_tried
from instep.service.live_check.bench import Bench
from instep.service.live_check.dav import DavDesk, Document
from instep.service.live_check.moments import ZONE, at_noon

_NO_CALENDAR = "the calendar of the check does not show over CalDAV"
_WRONG = '"instep-test-of-a-version-that-never-was"'


def _calendar(bench: Bench) -> tuple[DavDesk, FoundCollection] | Answer:
    if bench.dav is None:
        return not_tried(bench.dav_why)
    place = bench.dav.collection(bench.tag, Flavour.CALENDAR)
    return (bench.dav, place) if place is not None else not_answered(_NO_CALENDAR)


def _document(bench: Bench, what: str) -> tuple[str, bytes]:
    noon = datetime.combine(bench.day, time(12))
    uid = f"{bench.tag} {what}".replace(" ", "-").lower()
    hour = Moment(noon, ZONE), Moment(noon + timedelta(hours=1), ZONE)
    return uid, icalendar.write(Event(uid=uid, summary=bench.name(what), start=hour[0], end=hour[1]))


async def preconditions(bench: Bench) -> Answer:
    """Whether a PUT tells the ETag that the item has then, whether If-Match is honoured, and whether changes can be
    asked for by a sync-token."""
    match _calendar(bench):
        case Answer() as stopped:
            return stopped
        case (dav, place):
            pass
    uid, data = _document(bench, "dav version")
    url, made = await dav.put_new(place, uid, data)
    if not made.ok:
        return Answer("CalDAV refuses a new event", Sure.SEEN, f"Status {made.status}.")
    first = await dav.get(url)
    if first is None:
        return not_answered("CalDAV does not show the event that it took")
    told = made.headers.get("etag", "")
    etag = "no ETag after PUT" if not told else "ETag after PUT right" if told == first.etag else "ETag after PUT stale"
    kept = "as it was put" if first.data == data else "rewritten"
    words = [etag, await _if_match(dav, first), await _if_none_match(dav, place, uid, data), await _sync(dav, place)]
    return Answer("; ".join(words), Sure.SEEN, f"A document comes back {kept}.")


async def _if_match(dav: DavDesk, document: Document) -> str:
    other = replace(document, data=document.data.replace(b"SUMMARY:", b"LOCATION:Elsewhere\r\nSUMMARY:", 1))
    refused = (await dav.put(other, Flavour.CALENDAR, _WRONG)).status == 412
    if not refused:
        return "If-Match ignored"
    taken = (await dav.put(other, Flavour.CALENDAR, document.etag)).ok if document.etag else False
    return "If-Match honoured" if taken else "If-Match always refused"


async def _if_none_match(dav: DavDesk, place: FoundCollection, uid: str, data: bytes) -> str:
    _, again = await dav.put_new(place, uid, data)
    return "If-None-Match honoured" if again.status == 412 else "If-None-Match ignored"


async def _sync(dav: DavDesk, place: FoundCollection) -> str:
    answer = await sync_collection(dav.client, place.url, "")
    if isinstance(answer, Refused) or not answer.sync_token:
        return "no sync-token" + (", though announced" if place.syncs else "")
    again = await sync_collection(dav.client, place.url, answer.sync_token)
    if isinstance(again, Refused) or again.resources:
        return "sync-token does not work"
    return "sync-token works"


async def uids(bench: Bench) -> Answer:
    """Whether the uid that REST shows of an event is the UID that CalDAV shows."""
    match _calendar(bench):
        case Answer() as stopped:
            return stopped
        case (dav, place):
            pass
    id = await bench.make(Kind.EVENT, "uid", at_noon(bench.day))
    rest = text_of(named(await bench.shown(Kind.EVENT, id), "uid"))
    document = await dav.document_with(place, bench.name("uid"))
    if document is None:
        return Answer("an event made over REST does not show over CalDAV")
    there = _uid_in(document.data)
    from_rest = "same" if rest and rest == there else "different" if rest else "REST shows none"
    return Answer(from_rest, Sure.SEEN, f"{await _from_caldav(bench, dav, place)}.")


async def _from_caldav(bench: Bench, dav: DavDesk, place: FoundCollection) -> str:
    uid, data = _document(bench, "dav uid")
    _, answer = await dav.put_new(place, uid, data)
    id = await bench.found(Kind.EVENT, bench.name("dav uid")) if answer.ok else None
    if id is None:
        return "An event made over CalDAV does not show over REST"
    shown = text_of(named(await bench.shown(Kind.EVENT, id), "uid"))
    return f"Of an event made over CalDAV, REST shows {'the same' if shown == uid else 'another'} uid"


def _uid_in(data: bytes) -> str:
    try:
        found = icalendar.read(data)
    except CodecError:
        raise ItemRefused("CalDAV shows a document that cannot be read.") from None
    return getattr(found, "uid", "")
