"""Time zones as documents carry them: VTIMEZONE components, under IANA names and under Outlook's (RFC 5545, 3.6.5)."""

from __future__ import annotations

BERLIN, NEW_YORK, TOKYO, OUTLOOK_BERLIN = "Europe/Berlin", "America/New_York", "Asia/Tokyo", "W. Europe Standard Time"
_BERLIN_RULES = (
    ("DAYLIGHT", "+0100", "+0200", "CEST", "19810329T020000", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
    ("STANDARD", "+0200", "+0100", "CET", "19961027T030000", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
)
_RULES = {
    BERLIN: _BERLIN_RULES,
    OUTLOOK_BERLIN: _BERLIN_RULES,
    NEW_YORK: (
        ("DAYLIGHT", "-0500", "-0400", "EDT", "20070311T020000", "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"),
        ("STANDARD", "-0400", "-0500", "EST", "20071104T020000", "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"),
    ),
    TOKYO: (("STANDARD", "+0900", "+0900", "JST", "19510101T000000", ""),),
}


def zone_lines(zone: str) -> list[str]:
    """Return the VTIMEZONE of ``zone``; no lines for UTC, floating times and dates."""
    if zone not in _RULES:
        return []
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone}"]
    for name, before, after, short, since, rule in _RULES[zone]:
        lines += [
            f"BEGIN:{name}",
            f"TZOFFSETFROM:{before}",
            f"TZOFFSETTO:{after}",
            f"TZNAME:{short}",
            f"DTSTART:{since}",
        ]
        lines += [f"RRULE:{rule}"] if rule else []
        lines.append(f"END:{name}")
    return [*lines, "END:VTIMEZONE"]
