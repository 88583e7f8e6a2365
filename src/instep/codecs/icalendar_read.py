"""Reads one VEVENT, VTODO or VJOURNAL and remembers which of its lines said what."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from instep.codecs.contentline import Component, Line, split_structured, unescape_text
from instep.codecs.extras import read_extra
from instep.codecs.icalendar_alarms import read_alarm
from instep.codecs.icalendar_notes import note_fields
from instep.codecs.icalendar_values import (
    after,
    attachment_of,
    attendee_of,
    duration_of,
    moment_of,
    moments_of,
    stamp_of,
    text_of,
)
from instep.codecs.recurrence import canonical_rule
from instep.codecs.zones import Zones
from instep.core.model import Event, Extra, Kind, Moment, Note, Task
from instep.core.moments import in_zone
from instep.errors import CodecError, Where

KIND_OF: Final = {"VEVENT": Kind.EVENT, "VTODO": Kind.TASK, "VJOURNAL": Kind.NOTE}
NAME_OF: Final = {kind: name for name, kind in KIND_OF.items()}
WORD_OF: Final = {Kind.EVENT: "appointment", Kind.TASK: "task", Kind.NOTE: "note", Kind.CONTACT: "contact"}
# Stamps and states of the programs that wrote the document (RULES 6); they stay in it, but are nobody's edit.
_SILENT: Final = frozenset(
    {
        "ACKNOWLEDGED",
        "BEGIN",
        "CREATED",
        "DTSTAMP",
        "END",
        "LAST-MODIFIED",
        "PRODID",
        "SEQUENCE",
        "UID",
        "VERSION",
        "X-LIC-ERROR",
        "X-MICROSOFT-CDO-APPT-SEQUENCE",
        "X-MICROSOFT-CDO-ATTENDEE-CRITICAL-CHANGE",
        "X-MICROSOFT-CDO-OWNER-CRITICAL-CHANGE",
        "X-MOZ-GENERATION",
        "X-MOZ-LASTACK",
        "",
    }
)
_SNOOZE: Final = "X-MOZ-SNOOZE-TIME"
# Properties of one value each, the field that they fill, and how they are read; None is for what makes no sense.
_TEXT: Final = "text"
_SINGLE: Final[dict[str, tuple[str, Callable[[Line], Any]]]] = {
    "SUMMARY": ("summary", text_of),
    "LOCATION": ("location", text_of),
    "DESCRIPTION": ("description", text_of),
    "STATUS": ("status", lambda line: line.value.strip().upper()),
    "CLASS": ("sensitivity", lambda line: line.value.strip().upper()),
    "COLOR": ("color", lambda line: line.value.strip()),
    "URL": ("url", lambda line: line.value.strip()),
    "GEO": ("geo", lambda line: unescape_text(line.value.strip())),
    "PRIORITY": ("priority", lambda line: _number(line.value)),
    "ORGANIZER": ("organizer", attendee_of),
    "X-ALT-DESC": ("html", lambda line: text_of(line) if _is_html(line) else None),
}
_EVENT_ONLY: Final[dict[str, tuple[str, Callable[[Line], Any]]]] = {
    "TRANSP": ("transparency", lambda line: line.value.strip().upper()),
    "X-MICROSOFT-CDO-BUSYSTATUS": ("busy", lambda line: line.value.strip().upper()),
}
_TASK_ONLY: Final[dict[str, tuple[str, Callable[[Line], Any]]]] = {
    "PERCENT-COMPLETE": ("percent", lambda line: _number(line.value)),
}
_OF_NOTES: Final = frozenset({"SUMMARY", "DESCRIPTION", "STATUS", "CLASS", "COLOR"})
SINGLES: Final = {
    Kind.EVENT: _SINGLE | _EVENT_ONLY,
    Kind.TASK: _SINGLE | _TASK_ONLY,
    Kind.NOTE: {name: found for name, found in _SINGLE.items() if name in _OF_NOTES},
}
MOMENTS: Final = {
    Kind.EVENT: {"DTSTART": "start", "DTEND": "end"},
    Kind.TASK: {"DTSTART": "start", "DUE": "due", "COMPLETED": "completed"},
    Kind.NOTE: {"DTSTART": "date"},
}
END_OF: Final = {Kind.EVENT: "end", Kind.TASK: "due"}
_LISTS: Final = {"RDATE": "rdates", "EXDATE": "exdates"}
Origin = tuple[int, int]
"""Line, and position among its comma-separated values (-1: the whole line)."""


@dataclass(slots=True)
class Reading:
    """One component, what it says, and where it says so.

    ``singles`` gives the lines of each field of one value; ``elements`` the origins of each element of each set;
    ``alarms`` the components of each reminder; ``duration`` the line from which the end was computed, -1 for none;
    ``altrep`` is True where a parameter of the plain description (ALTREP) holds a formatted one, ``data_html`` where
    that is the only one.
    """

    kind: Kind
    component: Component
    fields: dict[str, Any] = field(default_factory=dict)
    singles: dict[str, list[int]] = field(default_factory=dict)
    elements: dict[str, dict[Any, list[Origin]]] = field(default_factory=dict)
    alarms: dict[Any, list[Component]] = field(default_factory=dict)
    uid: str = ""
    uid_line: int = -1
    recurrence_id: Moment | None = None
    recurrence_line: int = -1
    and_future: bool = False
    duration: int = -1
    data_html: bool = False
    altrep: bool = False

    def item(self, **more: Any) -> Event | Task | Note:
        """Build the item of this component alone."""
        said = {name: value for name, value in self.fields.items() if not (value is None or value == "")}
        for name, found in self.elements.items():
            if found:
                # The order of rules means nothing, so it must not be a difference.
                said[name] = tuple(sorted(found) if name == "rules" else found)
        if self.kind is Kind.NOTE:
            return Note(**note_fields(said), **more)
        if self.alarms:
            said["alarms"] = tuple(self.alarms)
        return Event(**said, **more) if self.kind is Kind.EVENT else Task(**said, **more)


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _is_html(line: Line) -> bool:
    return (line.param("FMTTYPE") or "text/html").lower() == "text/html"


def read_component(component: Component, zones: Zones, where: str) -> Reading:
    """Read one component; raises ``CodecError`` when it is cut off, or when a moment of its schedule makes no sense."""
    return _Reader(component, zones, where).reading()


class _Reader:
    """Collects one component line by line."""

    def __init__(self, component: Component, zones: Zones, where: str) -> None:
        self.component = component
        self.zones = zones
        self.where = where
        self.out = Reading(KIND_OF[component.name], component)
        self.ends_by: Line | None = None

    def fail(self, reason: str, number: int) -> CodecError:
        word = WORD_OF[self.out.kind]
        return CodecError(
            f"the {word} {reason}", "Correct the line, or get the file again.", Where(item=self.where), number
        )

    def reading(self) -> Reading:
        out, singles, moments = self.out, SINGLES[self.out.kind], MOMENTS[self.out.kind]
        is_note = out.kind is Kind.NOTE
        stamp: datetime | None = None
        changed: datetime | None = None
        first: Line | None = None
        for index, line in self.component.indexed_lines():
            first = first or line
            name = line.name
            if name in singles:
                self._single(index, line, *singles[name])
            elif name in moments:
                self._moment(index, line, moments[name])
            elif name in _SILENT or name.startswith(_SNOOZE):
                if name == "UID" and out.uid_line < 0:
                    out.uid, out.uid_line = text_of(line).strip(), index
                elif name == "LAST-MODIFIED":
                    changed = stamp_of(line.value)
                elif name == "DTSTAMP":
                    stamp = stamp_of(line.value)
            elif name == "CATEGORIES":
                self._categories(index, line)
            elif name == "ATTACH":
                self._element("attachments", attachment_of(line), index, line)
            elif name == "RECURRENCE-ID":
                self._recurrence_id(index, line)
            elif is_note:
                self._extra(index, line)
            elif name == "ATTENDEE":
                self._element("attendees", attendee_of(line), index, line)
            elif name == "RRULE" and line.value.strip():
                self._element("rules", canonical_rule(line.value), index, line)
            elif name in _LISTS:
                self._moments(index, line, _LISTS[name])
            elif name == "DURATION" and self.ends_by is None and duration_of(line.value) is not None:
                self.ends_by, out.duration = line, index
            else:
                self._extra(index, line)
        if not self.component.closed:
            raise self.fail(f"is cut off (no END:{self.component.name})", first.number - 1 if first else 0)
        if changed or stamp:
            out.fields["modified"] = changed or stamp
        if not is_note:
            self._end()
            self._html()
            for child in self.component.children:
                if child.name == "VALARM" and (alarm := read_alarm(child, self.zones)) is not None:
                    out.alarms.setdefault(alarm, []).append(child)
        return out

    def _single(self, index: int, line: Line, name: str, read: Callable[[Line], Any]) -> None:
        value = read(line)
        if value is None:
            return self._extra(index, line)
        known = self.out.singles.get(name)
        if known is None:
            self.out.fields[name] = value
            self.out.singles[name] = [index]
        elif self.out.fields[name] == value:
            known.append(index)
        elif value != "":
            self._extra(index, line)
        return None

    def _moment(self, index: int, line: Line, name: str) -> None:
        if not line.value.strip():
            return None
        as_date = (line.param("VALUE") or "").upper() == "DATE" if b";" in line.head else False
        value = moment_of(line.value, line.param("TZID") if b";" in line.head else None, self.zones, as_date)
        if value is None:
            if name == "completed":
                return self._extra(index, line)
            raise self.fail(f"has a {line.name} that is no date or time", line.number)
        known = self.out.singles.get(name)
        if known is None:
            self.out.fields[name] = value
            self.out.singles[name] = [index]
        elif self.out.fields[name] == value:
            known.append(index)
        else:
            self._extra(index, line)
        return None

    def _recurrence_id(self, index: int, line: Line) -> None:
        as_date = (line.param("VALUE") or "").upper() == "DATE"
        value = moment_of(line.value, line.param("TZID"), self.zones, as_date)
        if value is None:
            raise self.fail("has a RECURRENCE-ID that is no date or time", line.number)
        self.out.recurrence_id, self.out.recurrence_line = value, index
        self.out.and_future = (line.param("RANGE") or "").upper() == "THISANDFUTURE"

    def _element(self, name: str, value: Any, index: int, line: Line) -> None:
        if value is None:
            return self._extra(index, line)
        self.out.elements.setdefault(name, {}).setdefault(value, []).append((index, -1))
        return None

    def _categories(self, index: int, line: Line) -> None:
        known = self.out.elements.setdefault("categories", {})
        for position, piece in enumerate(split_structured(line.value, ",")):
            if word := unescape_text(piece).strip():
                known.setdefault(word, []).append((index, position))

    def _moments(self, index: int, line: Line, name: str) -> None:
        known = self.out.elements.setdefault(name, {})
        whole: Extra | None = None
        for position, (text, value) in enumerate(moments_of(line, self.zones)):
            if value is not None:
                known.setdefault(value, []).append((index, position))
            elif text.strip():
                whole = whole or read_extra(line)
                self._keep(Extra(whole.name, text.strip(), whole.params), (index, position))

    def _extra(self, index: int, line: Line) -> None:
        self._keep(read_extra(line), (index, -1))

    def _keep(self, extra: Extra, origin: Origin) -> None:
        self.out.elements.setdefault("extra", {}).setdefault(extra, []).append(origin)

    def _end(self) -> None:
        """Compute the end from DURATION, where no other line gives it."""
        name, line = END_OF[self.out.kind], self.ends_by
        if line is None:
            return
        start, duration = self.out.fields.get("start"), duration_of(line.value)
        if start is not None and name not in self.out.fields and duration is not None:
            if (end := after(start, duration)) is None:
                raise self.fail("has a DURATION that ends after the year 9999", line.number)
            self.out.fields[name] = end
        elif name not in self.out.fields:
            self._extra(self.out.duration, line)
            self.out.duration = -1
        else:
            self.out.duration = -1

    def _html(self) -> None:
        """Take the formatted description from ALTREP or STYLED-DESCRIPTION, where X-ALT-DESC does not give it."""
        lines = self.out.singles.get("description")
        if not lines:
            return
        line = next(line for index, line in self.component.indexed_lines() if index == lines[0])
        if b"ALTREP" in line.head.upper() and (html := html_of(line.param("ALTREP") or "")):
            self.out.altrep = True
            if "html" not in self.out.singles:
                self.out.fields["html"] = html
                self.out.data_html = True


def html_of(uri: str) -> str:
    """Return the text of a ``data:text/html`` address, empty for any other."""
    head, comma, data = uri.partition(",")
    if not comma or head.lower().replace(" ", "") not in ("data:text/html", "data:text/html;charset=utf-8"):
        return ""
    return urllib.parse.unquote(data).replace("\r\n", "\n").replace("\r", "\n")


def html_uri(html: str) -> str:
    """Write a formatted text as the address that ``html_of`` reads."""
    return "data:text/html," + urllib.parse.quote(html, safe="-_.!~*()")


def in_series_zone(recurrence_id: Moment, start: Moment | None) -> Moment:
    """Give a recurrence id in the zone of its series, so that one written in UTC names the same occurrence."""
    if start is None or recurrence_id.zone != "UTC" or start.zone in ("", "UTC") or start.offset is not None:
        return recurrence_id
    return in_zone(recurrence_id, start.zone)
