"""Points in time as SmarterMail writes them: ISO 8601 texts, often with the name of a zone beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from instep.codecs.smartermail_json import Object, Pen, broken, object_of, text_of
from instep.codecs.windows_zones import WINDOWS_ZONES
from instep.codecs.zone_aliases import ZONE_ALIASES
from instep.codecs.zones import zone_of
from instep.core.model import Moment
from instep.core.moments import in_zone, instant, zone_info
from instep.errors import CodecError

_STAMP: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:([T ])(\d\d):(\d\d)(:\d\d)?(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_NEVER: Final = 1601  # .NET writes the year 1 for "no date", older stores the year 1601
_WINDOWS_OF: Final = {ZONE_ALIASES.get(zone, zone): name for name, zone in reversed(WINDOWS_ZONES.items())}


@dataclass(frozen=True, slots=True)
class Stamp:
    """A point in time and the manner in which it is written.

    ``offset`` is its distance from UTC in minutes, ``None`` where the text says none.
    """

    local: datetime
    offset: int | None = None
    between: str = "T"
    seconds: bool = True
    fraction: int = 0
    suffix: str = ""
    timed: bool = True

    def text(self) -> str:
        """Write it."""
        day = f"{self.local.year:04}-{self.local:%m-%d}"
        if not self.timed:
            return day
        clock = f"{self.local:%H:%M:%S}" if self.seconds or self.local.second else f"{self.local:%H:%M}"
        fraction = f".{self.local.microsecond:06}000"[: self.fraction + 1] if self.fraction else ""
        return f"{day}{self.between}{clock}{fraction}{self.suffix}"

    def at(self, local: datetime) -> Stamp:
        """Give another point in time in the same manner (also with the same distance from UTC)."""
        return replace(self, local=local, timed=self.timed or local.time() != time())


PLAIN: Final = Stamp(datetime(2000, 1, 1))
ZULU: Final = Stamp(datetime(2000, 1, 1), 0, suffix="Z")


def stamp_of(object: Object, *names: str) -> Stamp | None:
    """Give the point in time that a key holds, ``None`` where it holds none. Raises ``CodecError`` for other text."""
    text = text_of(object, *names).strip()
    if not text:
        return None
    member = object.get(*names)
    stamp = parsed(text)
    if stamp is None:
        raise broken(member.key if member else names[0], "holds text that is no date")
    return stamp if stamp.local.year > _NEVER else None


def parsed(text: str) -> Stamp | None:
    """Read an ISO 8601 text, ``None`` for any other."""
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    between, suffix = found[4], found[9] or ""
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        clock = time(int(found[5] or 0), int(found[6] or 0), int((found[7] or ":0")[1:]))
    except ValueError:
        return None
    local = datetime.combine(day, clock)
    fraction = len(found[8]) - 1 if found[8] else 0
    return Stamp(local, _offset(suffix), between or "T", found[7] is not None, fraction, suffix, between is not None)


def _offset(suffix: str) -> int | None:
    if not suffix:
        return None
    if suffix == "Z":
        return 0
    minutes = int(suffix[1:3]) * 60 + int(suffix[-2:])
    return -minutes if suffix[0] == "-" else minutes


def utc_of(stamp: Stamp) -> datetime | None:
    """Give the point in time in UTC without a zone, ``None`` where the stamp does not tell it."""
    if stamp.offset is None:
        return None
    try:
        return stamp.local - timedelta(minutes=stamp.offset)
    except OverflowError:
        return None


def modified_of(object: Object, *names: str) -> datetime | None:
    """Give a stamp of the server's for display, in UTC; ``None`` for whatever makes no sense."""
    member = object.get(*names)
    stamp = parsed(member.value) if member is not None and isinstance(member.value, str) else None
    if stamp is None or stamp.local.year <= _NEVER:
        return None
    return (utc_of(stamp) or stamp.local).replace(tzinfo=UTC)


# A text alone -----------------------------------------------------------------------------------------------------


def moment_of(object: Object, *names: str) -> Moment | None:
    """Give the moment of a key that holds a text alone: UTC where it says so, else floating; midnight is a day."""
    stamp = stamp_of(object, *names)
    if stamp is None:
        return None
    if stamp.local.time() == time():
        return Moment(stamp.local.date())
    at = utc_of(stamp)
    return Moment(stamp.local) if at is None else Moment(at, "UTC")


def put_moment(pen: Pen, name: str, moment: Moment, style: Stamp | None = None) -> None:
    """Write a moment into a key that holds a text alone, in the manner of what is there (or of ``style``)."""
    there = stamp_of(pen.object, name) or style
    if not isinstance(moment.local, datetime):
        pen.put(name, (there or PLAIN).at(datetime.combine(moment.local, time())).text())
        return
    local = moment.local.replace(microsecond=0)
    if not moment.zone:
        style = replace(there, suffix="", offset=None) if there else PLAIN
        pen.put(name, style.at(local).text())
        return
    at = instant(moment)
    if at is None:
        raise unknown_zone(moment.zone)
    style = there if there is not None and there.offset == 0 else ZULU
    pen.put(name, style.at(at.replace(tzinfo=None, microsecond=0)).text())


def unknown_zone(zone: str) -> CodecError:
    """Give the error for a time zone of which nothing is known."""
    shown = zone[:60]
    return CodecError(f'the time zone "{shown}" is not known', "Choose another time zone for the item.")


# A text with a zone beside it -------------------------------------------------------------------------------------

TIMES: Final = ("dt", "dateTime")


@dataclass(frozen=True, slots=True)
class Zoned:
    """What ``{dt, tz}`` holds: the stamp, the zone as it is spelled there, and the wall time in that zone."""

    stamp: Stamp
    tz: str
    moment: Moment


def zoned_of(object: Object, *names: str) -> Zoned | None:
    """Give the point in time of a key that holds ``{dt, tz}`` (or a text alone), ``None`` where it holds none."""
    member = object.get(*names)
    if member is None or member.value is None:
        return None
    if isinstance(member.value, str):
        stamp, tz = stamp_of(object, *names), ""
    else:
        inner = object_of(object, *names)
        assert inner is not None
        stamp, tz = stamp_of(inner, *TIMES), text_of(inner, "tz")
    if stamp is None:
        return None
    zone = (zone_of(tz) or tz) if tz else ("UTC" if stamp.offset is not None else "")
    at = utc_of(stamp)
    if at is None or zone == "":
        moment = Moment(stamp.local, zone)
    else:
        moment = in_zone(Moment(at, "UTC"), zone)
    return Zoned(stamp, tz, moment)


def put_zoned(pen: Pen, names: tuple[str, ...], moment: Moment, beside: Zoned | None) -> None:
    """Write a moment as ``{dt, tz}``, in the manner of what is there, else of ``beside`` (the other end).

    Raises ``CodecError`` for a time without a zone, unless what is there has none either, and for an unknown zone.
    """
    there = zoned_of(pen.object, *names)
    manner = there or beside
    local = moment.local if isinstance(moment.local, datetime) else datetime.combine(moment.local, time())
    local = local.replace(microsecond=0)
    style = manner.stamp if manner is not None else PLAIN
    zone, tz = _zone_for(moment, manner)
    if style.offset is not None:
        at = instant(Moment(local, zone))
        if at is None:
            raise unknown_zone(zone)
        local = at.replace(tzinfo=None) + timedelta(minutes=style.offset)
    elif not moment.all_day and moment.zone != zone:
        local = _wall(in_zone(moment, zone))
    text = style.at(local).text()
    inner = object_of(pen.object, *names) if there is not None and not _is_text(pen.object, names) else None
    if inner is not None:
        own = Pen(inner)
        own.put(TIMES, text)
        if tz != text_of(inner, "tz"):
            own.put("tz", tz)
        pen.put_text(names, own.finish())
    elif there is not None:
        pen.put(names, text)
    else:
        pen.put(names, {pen.object.styled("dt"): text, pen.object.styled("tz"): tz})


def _is_text(object: Object, names: tuple[str, ...]) -> bool:
    member = object.get(*names)
    return member is not None and isinstance(member.value, str)


def _wall(moment: Moment) -> datetime:
    assert isinstance(moment.local, datetime)
    return moment.local.replace(microsecond=0)


def _zone_for(moment: Moment, manner: Zoned | None) -> tuple[str, str]:
    """The zone in which to write, and how it is spelled."""
    if moment.all_day:
        return (manner.moment.zone, manner.tz) if manner is not None else ("UTC", "UTC")
    if manner is not None and manner.moment.zone == moment.zone:
        return moment.zone, manner.tz
    if not moment.zone:
        raise CodecError(
            "its time has no time zone, and SmarterMail's own interface wants one",
            "Give the appointment a time zone, or let the account keep appointments over CalDAV.",
        )
    if moment.zone == "UTC":
        return "UTC", "UTC"
    if zone_info(moment.zone) is None:
        if instant(moment) is None:
            raise unknown_zone(moment.zone)
        return "UTC", "UTC"
    windows = manner is not None and manner.tz in WINDOWS_ZONES
    return moment.zone, _WINDOWS_OF.get(moment.zone, moment.zone) if windows else moment.zone
