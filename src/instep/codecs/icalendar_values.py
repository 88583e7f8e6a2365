"""Single values of iCalendar and what they mean: moments, durations, people, attachments (RFC 5545 3.3)."""

from __future__ import annotations

import binascii
import re
from datetime import UTC as UTC_ZONE
from datetime import date, datetime, timedelta
from typing import Final

from instep.codecs.contentline import Line, Params, unescape_text
from instep.codecs.linetext import edit_head
from instep.codecs.zones import UTC, Zones
from instep.core.model import Attendee, Binary, Moment
from instep.core.moments import in_zone, instant

_DURATION: Final = re.compile(
    r"([+-]?)P(?:([0-9]{1,6})W)?(?:([0-9]{1,7})D)?"
    r"(?:T(?:([0-9]{1,8})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,10})S)?)?"
)
_DASHED: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?(Z?))?")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/")
_NAME_PARAMS: Final = ("X-FILENAME", "FILENAME", "X-APPLE-FILENAME", "X-LABEL")
_ATTENDEE_PARAMS: Final = (("name", "CN"), ("role", "ROLE"), ("type", "CUTYPE"), ("participation", "PARTSTAT"))


def text_of(line: Line) -> str:
    """Return a TEXT value without escapes and with plain line ends."""
    text = unescape_text(line.value)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _ascii_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def local_of(text: str) -> tuple[date | datetime, bool] | None:
    """Read a DATE or DATE-TIME: the wall time and whether it ends in Z; None when it is neither.

    ISO 8601 with dashes is taken too, and a leap second is the second before it.
    """
    text = text.strip()
    try:
        if len(text) == 8 and _ascii_digits(text):
            return date(int(text[:4]), int(text[4:6]), int(text[6:])), False
        utc = text[-1:] in ("Z", "z")
        bare = text[:-1] if utc else text
        if len(bare) in (13, 15) and bare[8] in "Tt" and _ascii_digits(bare[:8]) and _ascii_digits(bare[9:]):
            second = int(bare[13:15] or 0)
            return (
                datetime(
                    int(bare[:4]),
                    int(bare[4:6]),
                    int(bare[6:8]),
                    int(bare[9:11]),
                    int(bare[11:13]),
                    59 if second == 60 else second,
                ),
                utc,
            )
        if found := _DASHED.fullmatch(text):
            parts = [int(part or 0) for part in found.groups()[:6]]
            if found[4] is None:
                return date(*parts[:3]), False
            return datetime(*parts), bool(found[7])  # type: ignore[arg-type]
    except ValueError:
        return None
    return None


def moment_of(text: str, tzid: str | None, zones: Zones, as_date: bool = False) -> Moment | None:
    """Read one moment; None when it is none. ``as_date`` is VALUE=DATE, under which a time of day means nothing."""
    found = local_of(text)
    if found is None:
        return None
    local, utc = found
    if not isinstance(local, datetime):
        return Moment(local)
    if as_date:
        return Moment(local.date())
    if utc:
        return Moment(local, UTC)
    if not tzid:
        return Moment(local)
    zone = zones.meant(tzid)
    if zone != tzid or zones.known(tzid):
        return Moment(local, zone)
    return Moment(local, zone, zones.offset(tzid, local))


def moments_of(line: Line, zones: Zones) -> list[tuple[str, Moment | None]]:
    """Read a line of one or several moments: each text and its moment, None for what is none (a PERIOD)."""
    tzid, as_date = line.param("TZID"), (line.param("VALUE") or "").upper() == "DATE"
    return [(text, moment_of(text, tzid, zones, as_date)) for text in line.value.split(",")]


def local_text(moment: Moment, utc: bool) -> str:
    """Write the wall time; years are always four digits."""
    at = moment.local
    day = f"{at.year:04}{at.month:02}{at.day:02}"
    if not isinstance(at, datetime):
        return day
    return f"{day}T{at.hour:02}{at.minute:02}{at.second:02}{'Z' if utc else ''}"


def moment_written(moment: Moment, zones: Zones) -> tuple[str, Params]:
    """Return value and parameters of a moment in a new line; notes a zone that the document does not have."""
    if moment.all_day:
        return local_text(moment, False), (("VALUE", ("DATE",)),)
    if moment.zone in ("", UTC):
        return local_text(moment, moment.zone == UTC), ()
    return local_text(moment, False), (("TZID", (zones.text(moment.zone),)),)


def moment_onto(line: Line, moment: Moment, zones: Zones) -> tuple[bytes, str]:
    """Return head and value for ``line`` with another moment, keeping its zone's own name and all other parameters."""
    tzid = line.param("TZID")
    was_date = (line.param("VALUE") or "").upper() == "DATE"
    ends_in_z = line.value.strip()[-1:] in ("Z", "z")
    if not moment.all_day and not was_date:
        if ends_in_z and moment.zone == UTC:
            return line.head, local_text(moment, True)
        if tzid and not ends_in_z and zones.meant(tzid) == moment.zone:
            return line.head, local_text(moment, False)
    if moment.all_day and was_date and not tzid:
        return line.head, local_text(moment, False)
    value, params = moment_written(moment, zones)
    if not moment.all_day and (line.param("VALUE") or "").upper() == "DATE-TIME":
        return edit_head(line.head, ("TZID",), params), value
    return edit_head(line.head, ("TZID", "VALUE"), params), value


def stamp_of(text: str) -> datetime | None:
    """Return a time stamp in UTC, None when it is none."""
    found = local_of(text)
    if found is None or not isinstance(found[0], datetime):
        return None
    return found[0].replace(tzinfo=UTC_ZONE)


def duration_of(text: str) -> tuple[int, int] | None:
    """Read a DURATION as (days, seconds); None when it is none."""
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None or not any(part is not None for part in found.groups()[1:]):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    sign = -1 if found[1] == "-" else 1
    return sign * (weeks * 7 + days), sign * (hours * 3600 + minutes * 60 + seconds)


def duration_text(seconds: int) -> str:
    """Write a number of seconds as a DURATION, whole days as days."""
    sign, rest = ("-" if seconds < 0 else ""), abs(seconds)
    if rest % 86400 == 0:
        return f"{sign}P{rest // 86400}D" if rest else "PT0S"
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = ((hours, "H"), (minutes, "M"), (rest, "S"))
    return f"{sign}PT" + "".join(f"{count}{unit}" for count, unit in parts if count)


def after(start: Moment, duration: tuple[int, int]) -> Moment | None:
    """Give the moment a duration later: days on the wall clock, hours in exact time (RFC 5545 3.3.6)."""
    days, seconds = duration
    try:
        if start.all_day:
            return Moment(start.local + timedelta(days=days, seconds=seconds))
        local = start.local + timedelta(days=days)
        moved = Moment(local, start.zone, start.offset)
        at = instant(moved) if seconds and start.zone not in ("", UTC) and start.offset is None else None
        if at is None:
            return Moment(local + timedelta(seconds=seconds), start.zone, start.offset)
        return in_zone(Moment((at + timedelta(seconds=seconds)).replace(tzinfo=None), UTC), start.zone)
    except OverflowError:
        return None


def address_of(text: str) -> str:
    """Return an e-mail address in lower case without ``mailto:``; any other address as it is."""
    text = text.strip()
    if text[:7].lower() == "mailto:":
        return text[7:].strip().lower()
    return text if _SCHEME.match(text) else text.lower()


def address_text(address: str) -> str:
    """Write an address as a CAL-ADDRESS."""
    return address if _SCHEME.match(address) or not address else f"mailto:{address}"


def attendee_of(line: Line) -> Attendee | None:
    """Read an ATTENDEE or ORGANIZER; None when it names nobody."""
    address, name = address_of(line.value), (line.param("CN") or "").strip()
    if not address and not name:
        return None
    return Attendee(
        address,
        name,
        (line.param("ROLE") or "").strip().upper(),
        (line.param("CUTYPE") or "").strip().upper(),
        (line.param("PARTSTAT") or "").strip().upper(),
        (line.param("RSVP") or "").strip().upper() == "TRUE",
    )


def attendee_written(attendee: Attendee) -> tuple[str, Params]:
    """Return value and parameters of a new ATTENDEE or ORGANIZER line."""
    params = [(name, (getattr(attendee, field),)) for field, name in _ATTENDEE_PARAMS if getattr(attendee, field)]
    if attendee.rsvp:
        params.append(("RSVP", ("TRUE",)))
    return address_text(attendee.address), tuple(params)


def attendee_onto(line: Line, old: Attendee, new: Attendee) -> tuple[bytes, str]:
    """Return head and value for the line of ``old`` that is to say ``new``; only parameters that differ are touched."""
    drop, add = [], []
    for field, name in _ATTENDEE_PARAMS:
        if getattr(old, field) != getattr(new, field):
            drop.append(name)
            if getattr(new, field):
                add.append((name, (getattr(new, field),)))
    if old.rsvp != new.rsvp:
        drop.append("RSVP")
        if new.rsvp:
            add.append(("RSVP", ("TRUE",)))
    head = edit_head(line.head, drop, tuple(add)) if drop else line.head
    return head, line.value if old.address == new.address else address_text(new.address)


def attachment_of(line: Line) -> Binary | None:
    """Read an ATTACH: its decoded bytes or its address; None when it holds neither."""
    media = (line.param("FMTTYPE") or "").lower()
    name = next((found for param in _NAME_PARAMS if (found := line.param(param))), "")
    if line.encoding == "BASE64" or (line.param("VALUE") or "").upper() == "BINARY":
        try:
            data = binascii.a2b_base64(line.value.encode("utf-8"))
        except binascii.Error:
            return None
        return Binary(data, "", media, name) if data else None
    uri = line.value.strip()
    return Binary(b"", uri, media, name) if uri else None


def attachment_written(binary: Binary) -> tuple[str, Params]:
    """Return value and parameters of a new ATTACH line."""
    params: list[tuple[str, tuple[str, ...]]] = []
    if binary.media_type:
        params.append(("FMTTYPE", (binary.media_type,)))
    if binary.name:
        params.append((_NAME_PARAMS[0], (binary.name,)))
    if binary.uri:
        return binary.uri, tuple(params)
    params += [("ENCODING", ("BASE64",)), ("VALUE", ("BINARY",))]
    return binascii.b2a_base64(binary.data, newline=False).decode("ascii"), tuple(params)


def attachment_onto(line: Line, new: Binary) -> tuple[bytes, str] | None:
    """Return head and value of an attachment whose name changed; None when its content did, which makes a new line."""
    used = [name for name in _NAME_PARAMS if line.param(name)]
    head = edit_head(line.head, used, (((used or _NAME_PARAMS)[0], (new.name,)),) if new.name else ())
    return head, line.value
