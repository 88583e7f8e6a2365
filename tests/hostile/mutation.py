"""Damages real documents: bytes and lines flipped, inserted, deleted, doubled, moved; values and parameters swapped."""

from __future__ import annotations

from random import Random

VALUES = [
    *("", "99991231T235959", "00010101T000000", "00010101", "99991231", "20260230T000000Z", "-P99999999W", "P999999W"),
    *("PT9999999999S", "-PT9999999999S", "P9999999D", "+9999", "-2359", "+235959", "9" * 400, "FREQ=DAILY;INTERVAL=0"),
    *(
        "FREQ=YEARLY;COUNT=1000000000",
        "FREQ=SECONDLY",
        "FREQ=YEARLY;BYMONTHDAY=-99999999999999999999",
        "FREQ=X;UNTIL=y",
    ),
    *(
        "Asia/Tokyo",
        "../../etc/passwd",
        "/" * 300,
        "\\",
        "\\,;\\",
        "\u202e",
        "\ud800",
        "=\u00e9=0",
        "mailto:",
        "-0",
        "²",
    ),
    *("data:text/html,%FF%00", "data:;base64,!!!", "٣", "1²", "--02-30", "9999-12-31T00:00:00Z", "a\\nb", "\0", "\x85"),
    *("20260105T100000Z,20260105T100000Z,,", "\u2028x", "\x0b\x0c\x1c"),
]
PARAMETERS = [
    *(";TZID=Asia/Tokyo", ";TZID=Own", ";TZID=", ";TZID=/a/b/Europe/Berlin", ";VALUE=DATE", ";VALUE=DATE-TIME"),
    *(
        ";VALUE=BINARY",
        ";ENCODING=BASE64",
        ";ENCODING=QUOTED-PRINTABLE",
        ";CHARSET=utf-16",
        ";CHARSET=idna",
        ";CHARSET=hex",
    ),
    *(";CHARSET=punycode", ";CHARSET=utf-7", ";CHARSET=\0", ";PREF=²", ";PREF=1", ';TYPE="', ';X="a,b"', ";X=^n^^'"),
    *(";RANGE=THISANDFUTURE", ";RELATED=END", ';ALTREP="data:text/html,%ff"', ";FMTTYPE=", ";X-APPLE-OMIT-YEAR=2026"),
]
NAMES = [
    *("DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "EXDATE", "RDATE", "RECURRENCE-ID", "TRIGGER", "REPEAT"),
    *(
        "TZOFFSETFROM",
        "TZOFFSETTO",
        "COMPLETED",
        "PERCENT-COMPLETE",
        "PRIORITY",
        "GEO",
        "UID",
        "SUMMARY",
        "DESCRIPTION",
    ),
    *("X-ALT-DESC", "CATEGORIES", "ATTENDEE", "ORGANIZER", "ATTACH", "LAST-MODIFIED", "DTSTAMP", "BDAY", "ANNIVERSARY"),
    *(
        "PHOTO",
        "KEY",
        "TEL",
        "EMAIL",
        "ADR",
        "ORG",
        "N",
        "FN",
        "NICKNAME",
        "REV",
        "GENDER",
        "X-WAB-GENDER",
        "IMPP",
        "URL",
    ),
    *("MEMBER", "item1.X-ABLABEL", "item1.TEL", "VERSION", "BEGIN", "END", "TZID", "X-LIC-LOCATION", "NOTE", "CLASS"),
]


def mutated(raw: bytes, chance: Random) -> bytes:
    """Return the document with one to six damages."""
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        lines = raw.splitlines(keepends=True)
        if not lines:
            return raw
        raw = _bytes_damaged(raw, chance) if chance.random() < 0.35 else _lines_damaged(lines, chance)
    return raw


def _bytes_damaged(raw: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(raw))
    match chance.randrange(3):
        case 0:
            return raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]
        case 1:
            return raw[:at] + bytes(chance.choices(b'\r\n \t;:,="\\^\0\xff\xc3', k=chance.choice((1, 2, 5)))) + raw[at:]
        case _:
            return raw[:at] + raw[at + chance.choice((1, 5, 50)) :]


def _lines_damaged(lines: list[bytes], chance: Random) -> bytes:
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    head, colon, _ = lines[at].partition(b":")
    value = chance.choice(VALUES).encode("utf-8", "surrogatepass") + b"\r\n"
    parameter = chance.choice(PARAMETERS).encode()
    match chance.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(other, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3 if colon:
            lines[at] = head + colon + value
        case 4:
            name = chance.choice(NAMES).encode()
            lines.insert(at, name + (parameter if chance.random() < 0.4 else b"") + b":" + value)
        case _:
            lines[at] = lines[at].replace(b":", parameter + b":", 1)
    return b"".join(lines)
