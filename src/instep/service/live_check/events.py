"""Questions about single events over REST (facts 3.4): how a new one is told, zones, mail."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from instep.core.model import Kind
from instep.errors import AccountError, InstepError
from instep.protocols.smartermail.entries import identified
from instep.protocols.smartermail.events import EventFolder
from instep.protocols.smartermail.forms import Forms
from instep.protocols.smartermail.replies import named, text_of
from instep.service.live_check.answers import Answer, Sure, not_answered, not_tried
from instep.service.live_check.bench import Bench
from instep.service.live_check.moments import ZONE, at_noon, instant_in, zoned

_NEW = "event-new"
_FORMS = ("null/0", "/0", "null/null", "/null", "null/", "/")
_IDS = {"0": "0", "null": "null", "": "left out"}
_WINDOWS = "W. Europe Standard Time"


async def new_id(bench: Bench) -> Answer:
    """Which ``id`` the object of a new event must hold."""
    ids = {form.partition("/")[2] for form in await _working_forms(bench)}
    if not ids:
        return not_answered("the server took a new event in none of the known forms")
    return Answer("any" if len(ids) == len(_IDS) else " or ".join(word for id, word in _IDS.items() if id in ids))


async def new_path(bench: Bench) -> Answer:
    """What the last part of the path of a new event is."""
    lasts = {form.partition("/")[0] for form in await _working_forms(bench)}
    if not lasts:
        return not_answered("the server took a new event in none of the known forms")
    return Answer("null or left out" if len(lasts) == 2 else "null" if "null" in lasts else "left out")


async def _working_forms(bench: Bench) -> list[str]:
    """Try each form of a new event once in a check."""
    if bench.new_event_forms is None:
        bench.new_event_forms = []
        for at, form in enumerate(_FORMS):
            try:
                await bench.make(Kind.EVENT, f"new {at}", at_noon(bench.day), Forms({_NEW: form}))
            except AccountError:
                bench.new_event_forms = None
                raise
            except InstepError:
                continue
            bench.new_event_forms.append(form)
            bench.forms.worked(_NEW, bench.new_event_forms[0])
    return bench.new_event_forms


async def zones(bench: Bench) -> Answer:
    """In which zone a time comes back, and whether it is the same point in time."""
    noon = datetime.combine(bench.day + timedelta(days=90), time(12))
    said, wrong = "", []
    for at, (zone, word) in enumerate(((ZONE, "An IANA name"), (_WINDOWS, "A Windows name"), ("UTC", "UTC"))):
        times = {"start": zoned(noon, zone), "end": zoned(noon + timedelta(hours=1), zone)}
        try:
            start = named(await bench.shown(Kind.EVENT, await bench.make(Kind.EVENT, f"zone {at}", times)), "start")
        except InstepError:
            wrong.append(f"{word} is refused")
            continue
        if instant_in(start) != instant_in(times["start"]):
            wrong.append(f"{word} comes back as another point in time")
        if zone == ZONE:
            said = _word_of(text_of(named(start, "tz")))
    detail = ". ".join(wrong) + "." if wrong else "IANA and Windows names and UTC keep their point in time."
    if said:
        return Answer(said, Sure.SEEN, detail)
    return not_answered("an event with a time zone was not taken")


def _word_of(tz: str) -> str:
    match tz:
        case "":
            return "no zone"
        case _ if tz == ZONE:
            return "as sent"
        case _ if tz == _WINDOWS:
            return "Windows name"
        case _ if tz.upper() in ("UTC", "ETC/UTC", "GMT"):
            return "UTC"
    return "another zone"


async def mail(bench: Bench) -> Answer:
    """Whether saving and deleting an event with a guest over REST sends mail; the guest is the person's own."""
    guest = bench.choices.guest
    if not guest:
        return not_tried("it would send mail, and no second address of your own was named")
    person = {"name": "", "email": guest, "status": 0, "isOrganizer": False, "isResource": False}
    folder: EventFolder = bench.folder(Kind.EVENT)
    id = await bench.make(Kind.EVENT, "mail", at_noon(bench.day))
    item = {**await bench.shown(Kind.EVENT, id), "attendees": [person]}
    try:
        await folder.update(id, identified(item, id))
    finally:
        await folder.delete(id, guests=True)
    came = await bench.choices.mail_came(guest)
    if came is None:
        return not_answered("nobody said whether mail came")
    bench.learned["appointments.saving-mails"] = "yes" if came else "no"
    return Answer("mails" if came else "no mail", Sure.TOLD, "An event with a guest was saved and deleted over REST.")
