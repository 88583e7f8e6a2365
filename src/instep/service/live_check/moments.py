"""Times of test items as REST writes them, and points in time out of what it answers; pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from instep.codecs.zones import zone_of
from instep.core.model import Moment
from instep.core.moments import instant
from instep.protocols.smartermail.folders import Json
from instep.protocols.smartermail.replies import named

ZONE = "Europe/Berlin"
"""A zone with summer time; the person's own is nobody's business."""


def zoned(local: datetime, zone: str) -> Json:
    """Write a wall time as events have it."""
    return {"dt": f"{local:%Y-%m-%dT%H:%M:%S}", "tz": zone}


def at_noon(day: date, zone: str = ZONE) -> Json:
    """Give start and end of an hour's event."""
    noon = datetime.combine(day, time(12))
    return {"start": zoned(noon, zone), "end": zoned(noon + timedelta(hours=1), zone)}


def instant_in(value: Any) -> datetime | None:
    """Read the point in time in ``{dt, tz}``; ``None`` where that tells none."""
    text, tz = named(value, "dt", "dateTime"), named(value, "tz")
    try:
        local = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if local is None:
        return None
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    zone = zone_of(tz) if isinstance(tz, str) else None
    return instant(Moment(local, zone)) if zone else None


def day_in(value: Any) -> str:
    """Read the day in ``{dt, tz}``; empty where there is none."""
    text = named(value, "dt", "dateTime")
    return text[:10] if isinstance(text, str) else ""
