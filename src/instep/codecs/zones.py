"""Which time zone a TZID means: IANA, former and Windows names, names with a prefix, a VTIMEZONE's own rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from instep.codecs.contentline import Component
from instep.codecs.vtimezone import Offsets, observances_of
from instep.codecs.windows_zones import WINDOWS_ZONES
from instep.codecs.zone_aliases import ZONE_ALIASES
from instep.core.moments import zone_info

UTC: Final = "UTC"
_WINDOWS: Final = {name.casefold(): zone for name, zone in WINDOWS_ZONES.items()}
_NO_ZONE: Final = re.compile(r"[^A-Za-z0-9/_+-]")


@lru_cache(maxsize=4096)
def zone_of(tzid: str) -> str | None:
    """Give the IANA name (or ``UTC``) that a TZID stands for, None when it is no known name.

    Understands former names (``US/Eastern``), Windows names, and prefixes such as ``/mozilla.org/20070129_1/``.
    """
    name = tzid.strip().strip('"')
    if found := _plain(name):
        return found
    if name.casefold() == "tzone://microsoft/utc":
        return UTC
    if name.startswith("/"):
        segments = [part for part in name.split("/") if part]
        for start in range(1, min(len(segments), 6)):
            if found := _plain("/".join(segments[start:])):
                return found
    return None


def _plain(name: str) -> str | None:
    if name == UTC:
        return UTC
    if alias := ZONE_ALIASES.get(name):
        return alias
    if windows := _WINDOWS.get(name.casefold()):
        return ZONE_ALIASES.get(windows, windows)
    if not name or len(name) > 64 or _NO_ZONE.search(name) or not name[0].isalpha():
        return None
    return name if zone_info(name) is not None else None


class Zones:
    """The time zones of one VCALENDAR: what its TZIDs mean, and under which text each zone is known in it."""

    __slots__ = ("_meant", "_rules", "_texts", "components", "missing")

    def __init__(self, components: Sequence[Component] = ()) -> None:
        self.components: Final = {tzid: zone for zone in components if (tzid := tzid_of(zone))}
        self.missing: Final[dict[str, str]] = {}
        self._meant: Final[dict[str, str]] = {}
        self._rules: Final[dict[str, Offsets]] = {}
        self._texts: Final[dict[str, str]] = {}

    def meant(self, tzid: str) -> str:
        """Give the zone of a TZID that the document uses; the TZID itself when nothing is known of it."""
        zone = self._meant.get(tzid)
        if zone is None:
            zone = zone_of(tzid) or self._by_location(tzid) or tzid
            self._meant[tzid] = zone
            self._texts.setdefault(zone, tzid)
        return zone

    def known(self, tzid: str) -> bool:
        """True for a TZID whose rules are public: an IANA name (or one that stands for it)."""
        return tzid == UTC or zone_of(tzid) is not None or self._by_location(tzid) is not None

    def _by_location(self, tzid: str) -> str | None:
        component = self.components.get(tzid)
        if component is None:
            return None
        for line in component.lines():
            if line.name in ("X-LIC-LOCATION", "TZID-ALIAS-OF") and (zone := zone_of(line.value)):
                return zone
        return None

    def offset(self, tzid: str, local: datetime) -> int | None:
        """Give what the document's own rules say of a zone that has no known name, None where they say nothing."""
        rules = self._rules.get(tzid)
        if rules is None:
            component = self.components.get(tzid)
            rules = Offsets(observances_of(component) if component is not None else ())
            self._rules[tzid] = rules
        return rules.at(local)

    def text(self, zone: str) -> str:
        """Give the TZID under which to write a zone: the document's own, else a new one, noted in ``missing``."""
        text = self._texts.get(zone)
        if text is None:
            for tzid in self.components:
                self.meant(tzid)
            text = self._texts.setdefault(zone, zone)
            if text == zone and zone not in self.components:
                self.missing[zone] = text
        return text


def tzid_of(component: Component) -> str:
    """Give the TZID of a VTIMEZONE, empty when it has none."""
    return next((line.value.strip() for line in component.lines() if line.name == "TZID"), "")
