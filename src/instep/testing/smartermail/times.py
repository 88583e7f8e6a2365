"""Times in JSON: an event's ``{dt, tz}`` and a task's dates (facts 3.4 and 3.5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from instep.codecs.windows_zones import WINDOWS_ZONES
from instep.codecs.zones import zone_of
from instep.core.model import Moment
from instep.core.moments import instant, zone_info
from instep.testing.smartermail.exchange import Json, Refusal
from instep.testing.smartermail.shapes import key
from instep.testing.smartermail.switches import Switches

_TO_WINDOWS: Final = {zone_of(name): name for name in reversed(WINDOWS_ZONES)} | {"UTC": "UTC"}


def read_event_time(value: Any, path: str) -> Json | None:
    """Give the inner form, wall time and zone's name; raises ``Refusal`` (400) for what is none."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refusal(400, f"Error converting value. Path '{path}'.")
    text, zone = key(value, "dt", key(value, "dateTime")), str(key(value, "tz") or "UTC")
    name = zone_of(zone)
    if name is None:
        raise Refusal(400, f"Unknown time zone. Path '{path}.tz'.")
    local = _within(_parsed(text, f"{path}.dt"), f"{path}.dt")
    if local.tzinfo is not None:
        local = local.astimezone(zone_info(name) or UTC).replace(tzinfo=None)
    return {"dt": f"{local:%Y-%m-%dT%H:%M:%S}", "tz": name}


def event_time_shown(switches: Switches, value: Json | None, all_day: bool, name: str = "dt") -> Json | None:
    """Give an event's time as an answer holds it."""
    if value is None:
        return None
    zone, local = value["tz"], value["dt"]
    if switches.tz == "utc" and not all_day:
        at = instant_of(value)
        return {name: f"{at:%Y-%m-%dT%H:%M:%SZ}", "tz": "UTC"}
    if switches.tz == "utc":
        return {name: f"{local}Z", "tz": "UTC"}
    if switches.tz == "windows":
        zone = windows_name(zone)
    return {name: local, "tz": zone}


def windows_name(zone: str) -> str:
    """Give the Windows name of a zone, its own name where there is none."""
    return _TO_WINDOWS.get(zone, zone)


def moment_of(value: Json, all_day: bool) -> Moment:
    """Give the moment of an inner form."""
    local = datetime.fromisoformat(value["dt"])
    return Moment(local.date()) if all_day else Moment(local, value["tz"])


def wall(moment: Moment) -> datetime:
    """Give the wall time of a moment; that of a day is its midnight."""
    local = moment.local
    return local if isinstance(local, datetime) else datetime(local.year, local.month, local.day)


def value_of(moment: Moment, zone: str) -> Json:
    """Give the inner form of a moment; ``zone`` is the mailbox's, for days and for floating times."""
    local = moment.local
    if not isinstance(local, datetime):
        return {"dt": f"{local:%Y-%m-%d}T00:00:00", "tz": zone}
    if moment.zone == "" or zone_info(moment.zone) is not None:
        return {"dt": f"{local:%Y-%m-%dT%H:%M:%S}", "tz": moment.zone or zone}
    at = instant(moment) or local.replace(tzinfo=UTC)
    return {"dt": f"{at:%Y-%m-%dT%H:%M:%S}", "tz": "UTC"}


def instant_of(value: Json) -> datetime:
    """Give the instant of an inner form."""
    local = datetime.fromisoformat(value["dt"])
    return instant(Moment(local, value["tz"])) or local.replace(tzinfo=UTC)


def read_task_time(value: Any, path: str, zone: str) -> str | None:
    """Give the inner form of a task's date, UTC with Z; a text without a zone is on the mailbox's clock."""
    if value in (None, ""):
        return None
    local = _parsed(value, path)
    if local.year <= 1:
        return None
    _within(local, path)
    if local.tzinfo is None:
        local = local.replace(tzinfo=zone_info(zone) or UTC)
    return f"{local.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def task_time_shown(switches: Switches, value: str | None, zone: str) -> str | None:
    """Give a task's date as an answer holds it."""
    if value is None or switches.task_dates == "utc":
        return value
    local = datetime.fromisoformat(value).astimezone(zone_info(zone) or UTC)
    return f"{local:%Y-%m-%dT%H:%M:%S}" if switches.task_dates == "local" else local.isoformat(timespec="seconds")


def read_window(value: Any, path: str) -> datetime:
    """Give the instant of one end of a window; a text without a zone is UTC."""
    at = _parsed(value, path)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _within(local: datetime, path: str) -> datetime:
    """Keep to the years with which a calendar can count a day back and forth."""
    if not 1600 <= local.year <= 4500:
        raise Refusal(400, f"Could not convert to DateTime. Path '{path}'.")
    return local


def day_before(value: Json) -> Json:
    """The same inner form a day earlier."""
    return _days(value, -1)


def day_after(value: Json) -> Json:
    """The same inner form a day later."""
    return _days(value, 1)


def _days(value: Json, count: int) -> Json:
    local = datetime.fromisoformat(value["dt"]) + timedelta(days=count)
    return {"dt": f"{local:%Y-%m-%dT%H:%M:%S}", "tz": value["tz"]}


@lru_cache(maxsize=4096)
def _iso(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _parsed(value: Any, path: str) -> datetime:
    if isinstance(value, str) and not isinstance(value, date):
        try:
            return _iso(value.strip())
        except ValueError:
            pass
    raise Refusal(400, f"Could not convert to DateTime. Path '{path}'.")
