"""Writes what an item says into one component, touching only the lines of what differs."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final

from instep.codecs.contentline import Params, escape_text, make_line
from instep.codecs.extras import written
from instep.codecs.icalendar_alarms import alarm_bytes, edit_alarm
from instep.codecs.icalendar_edit import Edit
from instep.codecs.icalendar_notes import summary_and_description
from instep.codecs.icalendar_read import END_OF, MOMENTS, SINGLES, Reading, html_uri
from instep.codecs.icalendar_values import (
    after,
    attachment_onto,
    attachment_written,
    attendee_onto,
    attendee_written,
    duration_of,
    duration_text,
    moment_onto,
    moment_written,
)
from instep.codecs.linetext import edit_head
from instep.codecs.recurrence import canonical_rule
from instep.codecs.zones import Zones
from instep.core.fields import EMPTY, FIELDS
from instep.core.model import Alarm, Attendee, Binary, Event, Extra, Moment, Note, Task
from instep.core.moments import instant, shift

_ESCAPED: Final = frozenset({"summary", "location", "description", "html"})
_LINE_OF: Final = {
    "rules": "RRULE",
    "rdates": "RDATE",
    "exdates": "EXDATE",
    "attendees": "ATTENDEE",
    "attachments": "ATTACH",
}
# How an element that changed is found again, the surest way first.
_SLOTS: Final[dict[str, tuple[Callable[[Any], Hashable], ...]]] = {
    "rules": (lambda rule: 0,),
    "categories": (str.casefold,),
    "attendees": (lambda attendee: attendee.address,),
    "attachments": (lambda binary: (binary.data, binary.uri),),
    "alarms": (
        lambda alarm: (alarm.trigger, alarm.related_end, alarm.action),
        lambda alarm: alarm.action,
    ),
    "extra": (lambda extra: (extra.name, extra.params), lambda extra: extra.name),
}


def same_written(a: Moment | None, b: Moment | None) -> bool:
    """True where two moments are written alike: the distance from UTC is computed and not written."""
    if a is None or b is None:
        return a is b
    return a.local == b.local and a.zone == b.zone and a.all_day == b.all_day


class Writer:
    """Edits one component."""

    def __init__(self, edit: Edit, reading: Reading, zones: Zones) -> None:
        self.edit = edit
        self.reading = reading
        self.zones = zones
        self.lines = edit.document.lines
        component = reading.component
        known = reading.elements.get("categories", {}).values()
        self.categories_line: Final = max((index for origins in known for index, _ in origins), default=-1)
        self.place: Final = component.children[0].start if component.children else component.content_end

    def write(self, old: Event | Task | Note, new: Event | Task | Note) -> None:
        """Change the lines of all fields in which ``new`` differs from ``old``, which is what the component says."""
        match old, new:
            case Note(), Note():
                self._note(old, new)
            case ((Event() | Task()), (Event() | Task())):
                self._schedule(old, new)
        moments = MOMENTS[self.reading.kind].values()
        singles = {field: name for name, (field, _) in SINGLES[self.reading.kind].items()}
        for field in FIELDS[self.reading.kind]:
            name = field.name
            if name in ("title", "body", "exceptions", "headless"):
                continue
            was, now = getattr(old, name), getattr(new, name)
            if name in moments:
                if name in ("date", "completed") and not same_written(was, now):
                    self._moment(name, now)
            elif was == now:
                continue
            elif name == "html":
                self._html(now, getattr(new, "description", ""))
            elif name in singles:
                self._single(name, singles[name], was, now)
            elif name == "alarms":
                self._alarms(was, now)
            else:
                self._set(name, was, now)

    def _insert(self, name: str, value: str, params: Params = ()) -> None:
        self.edit.insert(self.place, make_line(name, value, params, eol=self.edit.eol))

    def _drop_or_empty(self, field: str, indexes: list[int]) -> None:
        """Take a value out; where a second line of the name would take its place, the first stays, empty."""
        name = self.lines[indexes[0]].name
        others = any(extra.name == name for extra in self.reading.elements.get("extra", ()))
        for index in indexes[1:] if others else indexes:
            self.edit.drop(index)
        if others:
            self.edit.value(indexes[0], "")

    def _single(self, field: str, name: str, was: Any, now: Any) -> None:
        indexes = self.reading.singles.get(field, [])
        if now == EMPTY_OF.get(field, ""):
            if field == "description" and self.reading.data_html:
                self.edit.value(indexes[0], "")
            elif indexes:
                self._drop_or_empty(field, indexes)
            return
        params: Params = ()
        head: bytes | None = None
        if isinstance(now, Attendee):
            if indexes and was is not None:
                head, value = attendee_onto(self.lines[indexes[0]], was, now)
            else:
                value, params = attendee_written(now)
        else:
            value = escape_text(now) if field in _ESCAPED else str(now).replace("\n", " ")
        if not indexes:
            self._insert(name, value, params)
            return
        self.edit.value(indexes[0], value)
        if head is not None:
            self.edit.head(indexes[0], head)
        for index in indexes[1:]:
            self.edit.drop(index)

    def _html(self, now: str, description: str) -> None:
        if self.reading.data_html:
            index = self.reading.singles["description"][0]
            add: Params = (("ALTREP", (html_uri(now),)),) if now else ()
            self.edit.head(index, edit_head(self.lines[index].head, ("ALTREP",), add))
            if not now and not description:
                self.edit.drop(index)
            return
        indexes = self.reading.singles.get("html", [])
        if not now and self.reading.altrep:
            # Otherwise the second copy in ALTREP would take the place of the one that goes.
            index = self.reading.singles["description"][0]
            self.edit.head(index, edit_head(self.lines[index].head, ("ALTREP",)))
        if indexes or not now:
            self._single("html", "X-ALT-DESC", None, now)
        else:
            self._insert("X-ALT-DESC", escape_text(now), (("FMTTYPE", ("text/html",)),))

    def _moment(self, field: str, now: Moment | None) -> None:
        indexes = self.reading.singles.get(field, [])
        if now is None:
            if indexes:
                self._drop_or_empty(field, indexes)
            return
        if not indexes:
            name = next(name for name, known in MOMENTS[self.reading.kind].items() if known == field)
            value, params = moment_written(now, self.zones)
            self._insert(name, value, params)
            return
        head, value = moment_onto(self.lines[indexes[0]], now, self.zones)
        if head != self.lines[indexes[0]].head:
            self.edit.head(indexes[0], head)
        self.edit.value(indexes[0], value)
        for index in indexes[1:]:
            self.edit.drop(index)

    def _schedule(self, old: Event | Task, new: Event | Task) -> None:
        """Write start and end; where the document gives a duration, the duration is what changes."""
        end = END_OF[self.reading.kind]
        was, now = getattr(old, end), getattr(new, end)
        if not same_written(old.start, new.start):
            self._moment("start", new.start)
        index = self.reading.duration
        if index < 0:
            if not same_written(was, now):
                self._moment(end, now)
            return
        if now is None:
            self.edit.drop(index)
            return
        duration = duration_of(self.lines[index].value)
        if new.start is not None and duration is not None and same_written(after(new.start, duration), now):
            return
        if (text := _lasting(new.start, now)) is not None:
            self.edit.value(index, text)
            return
        value, params = moment_written(now, self.zones)
        name = next(name for name, known in MOMENTS[self.reading.kind].items() if known == end)
        self.edit.drop(index)
        self.edit.insert(index, make_line(name, value, params, eol=self.edit.eol))

    def _note(self, old: Note, new: Note) -> None:
        if (old.title, old.body) == (new.title, new.body):
            return
        fields = self.reading.fields
        was = fields.get("summary", ""), fields.get("description", "")
        now = summary_and_description(new, *was)
        for name, before, after_ in zip(("summary", "description"), was, now):
            if before != after_:
                self._single(name, name.upper(), before, after_)

    def _alarms(self, was: tuple[Alarm, ...], now: tuple[Alarm, ...]) -> None:
        changed, gone, added = paired("alarms", was, now)
        known = self.reading.alarms
        for before, after_ in changed:
            edit_alarm(self.edit, known[before][0], before, after_, self.zones)
            for again in known[before][1:]:
                self.edit.drop_range(again.start, again.end)
        for before in gone:
            for component in known[before]:
                self.edit.drop_range(component.start, component.end)
        for alarm in added:
            self.edit.insert(self.reading.component.content_end, alarm_bytes(alarm, self.zones, self.edit.eol))

    def _set(self, field: str, was: tuple[Any, ...], now: tuple[Any, ...]) -> None:
        if field == "rules":
            now = tuple(canonical_rule(rule) for rule in now)
        elif field in ("rdates", "exdates"):
            unwritten = {(m.local, m.zone, m.all_day): m for m in was}
            now = tuple(unwritten.get((m.local, m.zone, m.all_day), m) for m in now)
        changed, gone, added = paired(field, was, now)
        known = self.reading.elements.get(field, {})
        for before, after_ in changed:
            if not self._change(field, known[before][0], before, after_):
                gone.append(before)
                added.append(after_)
                continue
            self._take_out(known[before][1:])
        for before in gone:
            self._take_out(known[before])
        for element in added:
            self._add(field, element)

    def _take_out(self, origins: list[tuple[int, int]]) -> None:
        for index, position in origins:
            if position < 0:
                self.edit.drop(index)
            else:
                self.edit.piece(index, position, None)

    def _change(self, field: str, origin: tuple[int, int], old: Any, new: Any) -> bool:
        """Change one element where it stands; False when it has to become a new line."""
        index, position = origin
        line = self.lines[index]
        found: tuple[bytes, str] | None = None
        match new:
            case Attendee():
                found = attendee_onto(line, old, new)
            case Binary():
                found = attachment_onto(line, new)
            case Extra():
                if position < 0 and old.params == new.params:
                    found = line.head, _extra_value(new)
            case str() if field == "categories":
                self.edit.piece(index, position, escape_text(new))
                return True
            case str():
                found = line.head, new
        if found is None:
            return False
        if found[0] != line.head:
            self.edit.head(index, found[0])
        self.edit.value(index, found[1])
        return True

    def _add(self, field: str, element: Any) -> None:
        match element:
            case Moment():
                value, params = moment_written(element, self.zones)
                self._insert(_LINE_OF[field], value, params)
            case Attendee():
                value, params = attendee_written(element)
                self._insert(_LINE_OF[field], value, params)
            case Binary():
                value, params = attachment_written(element)
                self._insert(_LINE_OF[field], value, params)
            case Extra():
                self._insert(element.name, _extra_value(element), element.params)
            case str() if field == "categories":
                self._category(element)
            case str():
                self._insert(_LINE_OF[field], element)

    def _category(self, word: str) -> None:
        if self.categories_line >= 0:
            self.edit.add_piece(self.categories_line, escape_text(word))
        else:
            self.edit.add_new("CATEGORIES", self.place, escape_text(word))


def _extra_value(extra: Extra) -> str:
    return written(extra.value)


def _lasting(start: Moment | None, end: Moment) -> str | None:
    """Give the duration that leads from start to end exactly, None when there is none."""
    if start is None or start.all_day != end.all_day:
        return None
    at, until = instant(start), instant(end)
    gap = until - at if at is not None and until is not None else shift(start, end)
    if gap is None:
        return None
    seconds = gap.days * 86400 + gap.seconds
    if seconds < 0:
        return None
    days, rest = divmod(seconds, 86400)
    tries = [duration_text(seconds)]
    if rest:
        tries.append(f"P{days}D{duration_text(rest)[1:]}" if days else duration_text(rest))
        hours = seconds // 3600
        tries.append(f"PT{hours}H" + duration_text(seconds - hours * 3600)[2:] if seconds % 3600 else f"PT{hours}H")
    else:
        tries.append(f"PT{seconds // 3600}H")
    for text in tries:
        duration = duration_of(text)
        if duration is not None and same_written(after(start, duration), end):
            return text
    return None


def paired(
    field: str, was: tuple[Any, ...], now: tuple[Any, ...]
) -> tuple[list[tuple[Any, Any]], list[Any], list[Any]]:
    """Compare two sets: what changed into what, what is gone, what is added; equal elements are left out."""
    kept = set(was) & set(now)
    gone = [element for element in dict.fromkeys(was) if element not in kept]
    added = [element for element in dict.fromkeys(now) if element not in kept]
    changed: list[tuple[Any, Any]] = []
    for slot in _SLOTS.get(field, ()):
        waiting: dict[Hashable, list[Any]] = {}
        for element in gone:
            waiting.setdefault(slot(element), []).append(element)
        for candidates in waiting.values():
            candidates.reverse()
        rest: list[Any] = []
        for element in added:
            if candidates := waiting.get(slot(element), []):
                changed.append((candidates.pop(), element))
            else:
                rest.append(element)
        taken = {before for before, _ in changed}
        gone, added = [element for element in gone if element not in taken], rest
    return changed, gone, added


EMPTY_OF: Final = {field.name: EMPTY[field.shape] for fields in FIELDS.values() for field in fields}
