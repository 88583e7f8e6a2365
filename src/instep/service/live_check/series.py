"""Whether series can be kept over REST: a form of the recurrence object is proved by the instants that come of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from instep.codecs import icalendar, smartermail
from instep.codecs.expand import instants
from instep.codecs.recurrence import canonical_rule
from instep.codecs.smartermail_dialect import Dialect
from instep.codecs.smartermail_recurrence import FORMS
from instep.core.model import Event, Kind, Moment, Override
from instep.core.moments import instant
from instep.errors import AccountError, CodecError, InstepError
from instep.protocols.smartermail.entries import without
from instep.protocols.smartermail.folders import Json
from instep.protocols.smartermail.replies import named, rows, text_of
from instep.protocols.webdav.names import Flavour
from instep.service.live_check.answers import Answer, Sure, not_tried
from instep.service.live_check.bench import Bench
from instep.service.live_check.describing import described, word
from instep.service.live_check.moments import ZONE, day_in, instant_in

_DAYS_OF_WINDOW = 1200


@dataclass(frozen=True, slots=True)
class _Rule:
    """One of the rules that a form must keep."""

    word: str
    rule: str
    all_day: bool = False


_RULES = (
    _Rule("daily", "FREQ=DAILY;INTERVAL=2;COUNT=20"),
    _Rule("weekly", "FREQ=WEEKLY;COUNT=9;BYDAY=MO,TH"),
    _Rule("weekly until", "FREQ=WEEKLY;INTERVAL=2;UNTIL={until};BYDAY=MO"),
    _Rule("monthly", "FREQ=MONTHLY;COUNT=5;BYMONTHDAY={day}"),
    _Rule("yearly", "FREQ=YEARLY;COUNT=3"),
    _Rule("all day", "FREQ=WEEKLY;COUNT=4;BYDAY=MO", all_day=True),
)


def _event(bench: Bench, rule: _Rule) -> Event:
    first = bench.day
    until = datetime.combine(first + timedelta(days=84), time(23))
    text = canonical_rule(rule.rule.format(until=f"{until:%Y%m%dT%H%M%SZ}", day=first.day))
    if rule.all_day:
        return Event(start=Moment(first), end=Moment(first + timedelta(days=1)), rules=(text,))
    noon = datetime.combine(first, time(12))
    return Event(start=Moment(noon, ZONE), end=Moment(noon + timedelta(hours=1), ZONE), rules=(text,))


async def recurrence(bench: Bench) -> Answer:
    """Which form of the recurrence object brings back, for every rule, exactly the instants that the rule means."""
    shape = await _shape_of_caldav(bench)
    failures = []
    for form in FORMS:
        failure = await _failure_of(bench, form)
        if not failure:
            bench.learn_dialect("recurrence", form)
            return Answer(form, Sure.SEEN, f"All of {', '.join(rule.word for rule in _RULES)} came back right.{shape}")
        failures.append(f"{form}: {failure}")
    bench.learn_dialect("recurrence", "")
    return Answer("none of the known forms", Sure.SEEN, f"{'; '.join(failures)}.{shape}")


async def _failure_of(bench: Bench, form: str) -> str:
    """Say what the form does not bring back; empty when all is right."""
    dialect = Dialect(recurrence=form)
    for rule in _RULES:
        try:
            failure = await _failure_of_rule(bench, rule, f"{form} {rule.word}", dialect)
        except AccountError:
            raise
        except InstepError:
            failure = "is refused"
        if failure:
            return f"{rule.word} {failure}"
    return ""


async def _failure_of_rule(bench: Bench, rule: _Rule, what: str, dialect: Dialect) -> str:
    event = replace(_event(bench, rule), summary=bench.name(what))
    body = without(json.loads(smartermail.write(event, dialect=dialect)), "id")
    id = await bench.make(Kind.EVENT, what, body)
    if failure := await _difference(bench, id, what, event, dialect):
        return failure
    await bench.change(Kind.EVENT, id, location="Elsewhere")
    if await _difference(bench, id, what, event, dialect):
        return "is another series after a change of the location"
    shorter = replace(event, location="Elsewhere", rules=(canonical_rule("FREQ=DAILY;COUNT=3"),))
    for what_changed, changed in (("a changed rule", shorter), ("the end of it", replace(shorter, rules=()))):
        raw = json.dumps(await bench.shown(Kind.EVENT, id)).encode()
        sent = json.loads(smartermail.write(changed, onto=raw, dialect=dialect))
        await bench.folder(Kind.EVENT).update(id, sent)
        if await _difference(bench, id, what, changed, dialect):
            return f"does not take {what_changed}"
    return ""


async def _difference(bench: Bench, id: str, what: str, event: Event, dialect: Dialect) -> str:
    """Say how a series came back otherwise than it was meant, as our lens reads it and as the server reckons it."""
    try:
        raw = json.dumps(await bench.shown(Kind.EVENT, id)).encode()
        found = smartermail.read(Kind.EVENT, raw, dialect=dialect)
    except CodecError:
        return "comes back in another form"
    if not isinstance(found, Event) or found.rules != event.rules or found.start is None:
        return "comes back otherwise"
    # A start that comes back in UTC would be an hour off in summer, whatever the rule says.
    if _meant(found) != _meant(event):
        return "comes back in a time zone in which it means other times"
    return "" if await _occurrences(bench, id, what) == _meant(event) else "takes place at other times"


def _meant(event: Event) -> list[str]:
    """The occurrences of a series by our own reckoning."""
    assert event.start is not None
    local = event.start.local
    begin = datetime(local.year, local.month, local.day, tzinfo=UTC) - timedelta(days=2)
    found = instants(event, begin, begin + timedelta(days=_DAYS_OF_WINDOW))
    return sorted(_written(instant(one.start)) if not event.start.all_day else str(one.start.local) for one in found)


def _written(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}" if at else "?"


async def _occurrences(bench: Bench, id: str, what: str) -> list[str]:
    """The occurrences of a series of ours as the server's window shows them; of an all-day one the days."""
    found = await _window(bench, id, bench.name(what))
    starts = [named(row, "startWithTZ", "start") for row in found]
    return sorted(day_in(start) if what.endswith("all day") else _written(instant_in(start)) for start in starts)


async def _window(bench: Bench, id: str, name: str) -> list[Json]:
    place = bench.places[Kind.EVENT]
    begin = datetime.combine(bench.day - timedelta(days=2), time())
    end = begin + timedelta(days=_DAYS_OF_WINDOW)
    body = {"startDate": f"{begin:%Y-%m-%dT%H:%M:%S}.000Z", "endDate": f"{end:%Y-%m-%dT%H:%M:%S}.000Z"}
    answer = await bench.desk.rest.call("POST", "calendars/events", place.owner, place.id, body=body, reads=True)
    found = rows(answer, "events", "results", "calendarEvents") or []
    return [
        row
        for row in found
        if isinstance(row, dict)
        and (text_of(named(row, "id", "eventId")) == id or named(row, "title", "subject") == name)
    ]


async def _shape_of_caldav(bench: Bench) -> str:
    """Describe the recurrence object of series that came over CalDAV, without which nobody could write one."""
    shapes = []
    for rule in _RULES[:5]:
        try:
            found = await _through_caldav(bench, f"dav {rule.word}", _event(bench, rule))
        except InstepError:
            continue
        if found is not None:
            shapes.append(f"{rule.word} {described(named(found, 'recurrence'), bench.private)}")
    return f" A series made over CalDAV shows as: {'; '.join(shapes)}." if shapes else ""


async def _through_caldav(bench: Bench, what: str, event: Event) -> Json | None:
    """Put an event into our calendar over CalDAV, and read it over REST; ``None`` where one of both cannot be done."""
    place = bench.dav.collection(bench.tag, Flavour.CALENDAR) if bench.dav is not None else None
    if bench.dav is None or place is None:
        return None
    name = bench.name(what)
    uid = f"{bench.tag} {what}".replace(" ", "-").lower()
    data = icalendar.write(replace(event, uid=uid, summary=name))
    _, answer = await bench.dav.put_new(place, uid, data)
    id = await bench.found(Kind.EVENT, name) if answer.ok else None
    return await bench.shown(Kind.EVENT, id) if id is not None else None


async def exceptions(bench: Bench) -> Answer:
    """Whether an occurrence that is left out or changed over CalDAV, or deleted over REST, shows so over REST."""
    said = []
    plain = _event(bench, _RULES[0])
    assert plain.start is not None
    third = _later(plain.start, 4)
    changed = Override(_later(plain.start, 6), replace(plain, rules=(), start=_later(plain.start, 6, hours=3),
                                                       end=_later(plain.start, 6, hours=4)))  # fmt: skip
    torn = replace(plain, exdates=(third,))
    for what, event in (("left out", torn), ("changed", replace(plain, exceptions=(changed,)))):
        event = _with_name(event, bench.name(f"dav {what}"))
        found = await _through_caldav(bench, f"dav {what}", event)
        if found is not None:
            id = text_of(named(found, "id", "eventId"))
            right = await _occurrences(bench, id, f"dav {what}") == _meant(event)
            keys = ", ".join(_new_keys(named(found, "recurrence")))
            said.append(
                f"{what.capitalize()} over CalDAV: {'right' if right else 'not right'}"
                + (f" (keys {keys})" if keys else "")
            )
    over_caldav = list(said)
    if over_caldav or bench.dialect.recurrence:
        said.append(f"Left out over REST: {await _left_out_over_rest(bench, plain, third)}")
    if not said:
        return not_tried("no series could be made over CalDAV nor in a known form over REST")
    right = all(": right" in one for one in over_caldav or said)
    return Answer("right" if right else "not right", Sure.SEEN, f"{'; '.join(said)}.")


def _later(moment: Moment, days: int, hours: int = 0) -> Moment:
    return replace(moment, local=moment.local + timedelta(days=days, hours=hours))


def _with_name(event: Event, name: str) -> Event:
    inner = tuple(replace(one, item=replace(one.item, summary=name)) for one in event.exceptions)
    return replace(event, summary=name, exceptions=inner)


def _new_keys(value: Any) -> list[str]:
    keys = value if isinstance(value, dict) else {}
    return [word(key) for key in keys if str(key).lower().startswith(("exception", "exdate", "deleted", "excluded"))]


async def _left_out_over_rest(bench: Bench, plain: Event, at: Moment) -> str:
    id, moment = await make_series(bench, "left out"), instant(at)
    if id is None or moment is None:
        return "not tried"
    place = bench.places[Kind.EVENT]
    path = ("calendars/events/delete", place.owner, place.id, id, "false")
    body = {"instanceStart": f"{moment:%Y-%m-%dT%H:%M:%S}Z"}
    reply = await bench.desk.rest.ask("POST", *path, body=body, reads=False, accept=frozenset({500}))
    if not reply.done:
        return "not taken"
    right = await _occurrences(bench, id, "left out") == _meant(replace(plain, exdates=(at,)))
    return "right" if right else "not right"


async def make_series(bench: Bench, what: str) -> str | None:
    """Make a series in a form that is proved, else over CalDAV; its id, ``None`` where neither can be done."""
    event = _event(bench, _RULES[0])
    if bench.dialect.recurrence:
        body = json.loads(smartermail.write(replace(event, summary=bench.name(what)), dialect=bench.dialect))
        return await bench.make(Kind.EVENT, what, without(body, "id"))
    found = await _through_caldav(bench, what, event)
    return text_of(named(found, "id", "eventId")) if found is not None else None
