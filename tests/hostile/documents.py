"""Documents made to be slow, huge or senseless, each in a size that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice

Made = Callable[[int], bytes]
_START = datetime(2026, 1, 5, 10)


def card(*lines: str) -> bytes:
    """A contact with these lines."""
    head = ("BEGIN:VCARD", "VERSION:3.0", "UID:u", "N:D;J;;;", "FN:J D")
    return "\r\n".join((*head, *lines, "END:VCARD", "")).encode("utf-8", "surrogatepass")


def event(*lines: str, before: str = "", start: str = "DTSTART:20260105T100000Z") -> bytes:
    """An appointment with these lines; ``before`` stands before it in the calendar."""
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", *([before] if before else []), "BEGIN:VEVENT", "UID:u", start)
    return "\r\n".join((*head, *lines, "END:VEVENT", "END:VCALENDAR", "")).encode("utf-8", "surrogatepass")


def calendar(*components: str) -> bytes:
    """A calendar of these components."""
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *components, "END:VCALENDAR", "")).encode()


def stamp(number: int, digits: str = "%Y%m%dT%H%M%SZ") -> str:
    """The ``number``-th of many different days."""
    return (_START + timedelta(days=number)).strftime(digits)


def overrides(count: int) -> bytes:
    """A series with this many exceptions."""
    master = f"BEGIN:VEVENT\r\nUID:u\r\nDTSTART:{stamp(0)}\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT"
    each = (
        f"BEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID:{stamp(n)}\r\nDTSTART:{stamp(n)}\r\nSUMMARY:s{n}\r\nEND:VEVENT"
        for n in range(count)
    )
    return calendar(master, *each)


def zone(parts: int, name: str = "Own") -> str:
    """A time zone of a name that nobody knows, with this many yearly rules."""
    each = (
        f"BEGIN:STANDARD\r\nDTSTART:{1600 + n % 400}0101T{n // 400 % 24:02}0000\r\nTZOFFSETFROM:+0100\r\n"
        "TZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY\r\nEND:STANDARD"
        for n in range(parts)
    )
    return "\r\n".join(("BEGIN:VTIMEZONE", f"TZID:{name}", *each, "END:VTIMEZONE"))


def _alone(count: int, uid: bool) -> bytes:
    return calendar(
        *(f"BEGIN:VEVENT\r\n{f'UID:{n}' if uid else 'X-N:1'}\r\nDTSTART:20260101\r\nEND:VEVENT" for n in range(count))
    )


def _zoned(count: int) -> bytes:
    days = (f"EXDATE;TZID=Own:{2000 + n % 7000:04}0105T{n // 7000:02}0000" for n in range(count))
    return event("RRULE:FREQ=YEARLY", *days, before=zone(40))


CARDS: dict[str, Made] = {
    "one long line": lambda n: card("NOTE:" + "x" * n * 50),
    "one line in many folds": lambda n: card("NOTE:" + "\r\n ".join(["x" * 70] * n)),
    "backslashes": lambda n: card("NOTE:" + "\\" * n * 50),
    "spaces": lambda n: card("TEL:" + " " * n * 50 + "1"),
    "quotes": lambda n: card('NOTE;X="' + '"' * n * 50 + ":x"),
    "colons in a quote that never ends": lambda n: card('NOTE;X="' + ":" * n * 50),
    "parameters of one line": lambda n: card("TEL" + "".join(f";X-P{i}=a" for i in range(n)) + ":1"),
    "types of one line": lambda n: card("TEL" + "".join(f";TYPE=t{i}" for i in range(n)) + ":1"),
    "one parameter many times": lambda n: card("X-A" + "".join(f";X-P=v{i}" for i in range(n)) + ":1"),
    "short lines": lambda n: card(*(f"X-L{i}:v" for i in range(n))),
    "telephones": lambda n: card(*(f"TEL:{i}" for i in range(n))),
    "lines of categories": lambda n: card(*(f"CATEGORIES:c{i}" for i in range(n))),
    "lines of nicknames": lambda n: card(*(f"NICKNAME:c{i}" for i in range(n))),
    "categories of one line": lambda n: card("CATEGORIES:" + ",".join(f"c{i}" for i in range(n))),
    "labels": lambda n: card(*(f"item{i}.TEL:{i}\r\nitem{i}.X-ABLabel:l{i}" for i in range(n))),
    "quoted-printable in many lines": lambda n: card("NOTE;ENCODING=QUOTED-PRINTABLE:" + "=\r\n".join(["=41x"] * n)),
    "base64 in many lines": lambda n: card("PHOTO;ENCODING=BASE64:" + "\r\n".join(["QUJD" * 19] * n), ""),
    "base64 garbage": lambda n: card("PHOTO;ENCODING=b:" + "!@#" * n * 20),
    "a photo of white space": lambda n: card("PHOTO:" + "A" * 200 + " " * n * 50 + "!"),
    "semicolons of an address": lambda n: card("ADR:" + ";" * n * 20),
    "many cards": lambda n: card() * n,
    "cards inside cards": lambda n: b"BEGIN:VCARD\r\n" * n + b"END:VCARD\r\n" * n,
}
EVENTS: dict[str, Made] = {
    "short lines": lambda n: event(*(f"X-L{i}:v" for i in range(n))),
    "categories": lambda n: event("CATEGORIES:" + ",".join(f"c{i}" for i in range(n))),
    "people": lambda n: event(*(f"ATTENDEE:mailto:a{i}@x" for i in range(n))),
    "reminders": lambda n: event(
        *(f"BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT{i}M\r\nEND:VALARM" for i in range(n))
    ),
    "dates left out, in one line": lambda n: event("RRULE:FREQ=DAILY", "EXDATE:" + ",".join(map(stamp, range(n)))),
    "dates left out that are none": lambda n: event("EXDATE;X-P=1:" + ",".join(f"bad{i}" for i in range(n))),
    "dates in a zone of many rules": _zoned,
    "rules": lambda n: event(*(f"RRULE:FREQ=DAILY;COUNT={i}" for i in range(n))),
    "a long rule": lambda n: event("RRULE:FREQ=DAILY;BYSECOND=" + ",".join(map(str, range(n)))),
    "exceptions": overrides,
    "parts of a zone": lambda n: event("EXDATE;TZID=Own:20260101T000000", before=zone(n)),
    "zones": lambda n: event(before="\r\n".join(zone(1, f"Z{i}") for i in range(n))),
    "names of zones": lambda n: event(*(f"EXDATE;TZID=/x/y.z{i}:20260101T000000" for i in range(n))),
    "slashes in the name of a zone": lambda n: event("EXDATE;TZID=" + "/a" * n * 10 + ":20260101T000000"),
    "an encoded description": lambda n: event('DESCRIPTION;ALTREP="data:text/html,' + "%41" * n * 10 + '":x'),
    "many appointments": lambda n: _alone(n, uid=True),
    "many appointments without a uid": lambda n: _alone(n, uid=False),
    "one uid many times": lambda n: calendar(*["BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260101\r\nEND:VEVENT"] * n),
    "many calendars": lambda n: event() * n,
}
LINES: dict[str, Made] = {
    "BEGIN without END": lambda n: b"BEGIN:A\r\n" * n,
    "BEGIN of many names": lambda n: b"".join(b"BEGIN:A%d\r\n" % i for i in range(n)),
    "END without BEGIN": lambda n: b"END:A\r\n" * n,
    "BEGIN and END crosswise": lambda n: b"BEGIN:A\r\nBEGIN:B\r\nEND:A\r\n" * n,
    "nesting": lambda n: b"BEGIN:A\r\n" * n + b"END:A\r\n" * n,
    "NUL": lambda n: b"\0" * n * 50,
    "CR alone": lambda n: b"\r" * n * 20,
    "CR CR LF": lambda n: b"\r\r\n" * n * 10,
    "folds of nothing": lambda n: b"A:\r\n" + b" \r\n" * n * 20,
    "colons": lambda n: b":" * n * 50,
    "quotes that never end": lambda n: b'A;X="b:c\r\n' * n,
}
NOTES: dict[str, Made] = {
    "lines": lambda n: b"# t\n\n" + b"line\n" * n * 10,
    "marks of front matter": lambda n: b"---\n" * n * 10,
    "blank lines": lambda n: b"\n" * n * 20,
    "blanks of a heading": lambda n: b"#" + b" " * n * 50 + b"x\n",
    "one line": lambda n: b"x" * n * 100,
}


def first_lines(raw: bytes, count: int = 3) -> list[bytes]:
    """The beginning of a document, for messages."""
    return list(islice(raw.splitlines(), count))
