"""Eighty appointments: single and all-day ones, and series with exceptions, in several time zones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from instep.core.model import Kind
from instep.testing.demo.document import Document, joined, listed, text
from instep.testing.demo.people import people
from instep.testing.demo.zones import BERLIN, NEW_YORK, OUTLOOK_BERLIN, TOKYO, zone_lines

_SUBJECTS = listed(
    "Project review|Zahnärztin|Lunch with Zoë|Prüfung der Pläne|Sales call|Elternabend|Yoga|Release planning"
)
_SERIES = listed(
    "Team meeting|Transatlantic sync|Chorprobe|Tokyo stand-up|Müllabfuhr|1:1 Petra|Sprachkurs|Board call|Training|"
    "Wochenrückblick|Putzplan|Werkstatt|Stammtisch"
)
_PLACES = ("Büro, 3. Stock", "Café Größenwahn", "Video call", "Rathaus; Eingang Süd", "")
_DAYS_OFF = ("Urlaub: Ærø", "Messe München", "Brückentag", "Moving house")
_AGENDA = "\n".join(
    f'{n}. Punkt: Rückblick, Ausblick; offene Fragen, "Kleinigkeiten" und Übermut' for n in range(1, 30)
)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment; a ``date`` as start is all-day, ``zone`` "Z" is UTC and "" floating."""

    key: str
    subject: str
    start: date | datetime
    length: timedelta
    zone: str = ""
    rule: str = ""
    skipped: tuple[date, ...] = ()
    moved: tuple[date, ...] = ()
    number: int = 0

    @property
    def uid(self) -> str:
        """The uid, the same in every run."""
        return f"{uuid5(NAMESPACE_URL, f'demo:appointment:{self.key}')}@example.org"


def appointments() -> tuple[Appointment, ...]:
    """The 80 appointments of the server's calendar; the first is the series that the demonstration edits."""
    found = [*_series(), *_timed(), *_all_day(), *_birthdays()]
    return tuple(found)


def newcomers() -> tuple[Appointment, ...]:
    """Four appointments that only the desktop has."""
    found = []
    for number, subject in enumerate(("Steuerberater", "Kino mit Jürgen", "Fahrrad abholen", "Call with Blue Harbor")):
        start = datetime(2027, 3, 2 + number, 17, 30)
        found.append(Appointment(f"new{number}", subject, start, timedelta(hours=1), BERLIN))
    return tuple(found)


def _series() -> list[Appointment]:
    found = []
    zones = (BERLIN, NEW_YORK, BERLIN, TOKYO, BERLIN)
    for number, name in enumerate(_SERIES):
        first = date(2027, 1, 4) + timedelta(days=number % 5)
        start = datetime(first.year, first.month, first.day, 8 + number % 9, 15 * (number % 4))
        day = _WEEKDAYS[first.weekday()]
        rule = (
            "FREQ=WEEKLY;COUNT=30",
            f"FREQ=MONTHLY;BYDAY=1{day};COUNT=18",
            f"FREQ=WEEKLY;INTERVAL=2;BYDAY={day};COUNT=20",
        )[number % 3]
        weekly = number % 3 != 1
        step = timedelta(weeks=2 if number % 3 == 2 else 1)
        skipped = (first + 3 * step, first + 5 * step) if weekly else ()
        moved = (first + 2 * step,) if weekly else ()
        found.append(
            Appointment(
                f"series{number}", name, start, timedelta(minutes=45), zones[number % 5], rule, skipped, moved, number
            )
        )
    return found


def _timed() -> list[Appointment]:
    zones = [BERLIN] * 24 + [NEW_YORK] * 8 + [TOKYO] * 6 + ["Z"] * 5 + [""] * 4
    found = []
    for number, zone in enumerate(zones):
        start = datetime(2027, 1, 11, 9, 0) + timedelta(days=2 * number, hours=number % 8, minutes=30 * (number % 2))
        subject = f"{_SUBJECTS[number % len(_SUBJECTS)]} {number // len(_SUBJECTS) + 1}"
        found.append(
            Appointment(
                f"timed{number}", subject, start, timedelta(minutes=30 + 15 * (number % 5)), zone, number=number
            )
        )
    return found


def _all_day() -> list[Appointment]:
    found = []
    for number in range(12):
        subject = f"{_DAYS_OFF[number % 4]} {number // 4 + 1}"
        days = timedelta(days=1 if number < 8 else number - 4)
        found.append(Appointment(f"day{number}", subject, date(2027, number + 1, 3 + number), days, number=number))
    return found


def _birthdays() -> list[Appointment]:
    return [
        Appointment(f"birthday{number}", f"{person.name} – Geburtstag", date(1960 + 3 * number, number + 1, 7 + number),
                    timedelta(days=1), rule="FREQ=YEARLY", number=number)
        for number, person in enumerate(people()[:8])
    ]  # fmt: skip


def on_a_phone(one: Appointment) -> Document:
    """The appointment as a telephone's program puts it on the server."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Telephone 7//EN", *zone_lines(one.zone)]
    lines += [*_events(one, one.zone, "X-PHONE-COLOUR:#3366CC"), "END:VCALENDAR"]
    return Document(Kind.EVENT, one.subject, f"{one.uid[:8]}.ics", joined(lines))


def on_a_desktop(one: Appointment, *, uid: bool = True) -> Document:
    """The same appointment as a desktop program writes it: Outlook's zone names, longer lines."""
    zone = OUTLOOK_BERLIN if one.zone == BERLIN else one.zone
    lines = ["BEGIN:VCALENDAR", "PRODID:-//Example//Planner 16//EN", "VERSION:2.0", *zone_lines(zone)]
    lines += [line for line in _events(one, zone) if uid or not line.startswith("UID:")]
    return Document(Kind.EVENT, one.subject, f"{one.key}.ics", joined([*lines, "END:VCALENDAR"], 140))


def moved_again(one: Appointment) -> str:
    """The lines that move one more occurrence of a weekly series by an hour, as the telephone writes them."""
    begin = _same_time(one.moved[0] + timedelta(weeks=2), one.start)
    lines = ["BEGIN:VEVENT", f"UID:{one.uid}", "DTSTAMP:20270105T080000Z", _at("RECURRENCE-ID", begin, one.zone)]
    lines += _times(begin + timedelta(hours=1), one.length, one.zone)
    return "\r\n".join([*lines, f"SUMMARY:{text(one.subject)} (verlegt)", "END:VEVENT"])


def _events(one: Appointment, zone: str, own: str = "") -> list[str]:
    lines = ["BEGIN:VEVENT", f"UID:{one.uid}", "DTSTAMP:20260901T080000Z", *_times(one.start, one.length, zone)]
    lines += [f"SUMMARY:{text(one.subject)}", *_details(one)]
    lines += [f"RRULE:{one.rule}"] if one.rule else []
    lines += [_at("EXDATE", _same_time(day, one.start), zone) for day in one.skipped]
    lines += [own] if own and one.number % 4 == 1 else []
    lines += [*_alarms(one), "END:VEVENT"]
    for day in one.moved:
        begin = _same_time(day, one.start)
        lines += ["BEGIN:VEVENT", f"UID:{one.uid}", "DTSTAMP:20260901T080000Z", _at("RECURRENCE-ID", begin, zone)]
        lines += _times(begin + timedelta(hours=2), one.length, zone)
        lines += [f"SUMMARY:{text(one.subject)} (später)", "LOCATION:Büro Süd", "END:VEVENT"]
    return lines


def _details(one: Appointment) -> list[str]:
    timed, place = isinstance(one.start, datetime), _PLACES[one.number % len(_PLACES)]
    lines = [f"LOCATION:{text(place)}"] if timed and place else []
    lines += [] if timed else ["TRANSP:TRANSPARENT"]
    if one.number % 9 == 2:
        lines.append(f"DESCRIPTION:{text(_AGENDA)}")
    if one.number % 5 == 3:
        lines.append(f"CATEGORIES:{text('Büro')},{text('Wichtig, aber nicht eilig')}")
    if timed and one.number % 7 == 4:
        lines.append("ORGANIZER;CN=Anna Weiß:mailto:anna@example.org")
        for guest, said in zip(people()[one.number % 20 :][:3], ("ACCEPTED", "NEEDS-ACTION", "TENTATIVE")):
            mail = f"guest{guest.number}@example.com"
            lines.append(f'ATTENDEE;CN="{guest.name}";ROLE=REQ-PARTICIPANT;PARTSTAT={said};RSVP=TRUE:mailto:{mail}')
    return lines


def _alarms(one: Appointment) -> list[str]:
    if not isinstance(one.start, datetime) or one.number % 3 == 2:
        return []
    lines: list[str] = []
    for trigger in ("-PT15M", "-P1D")[: 1 + (one.number % 3 == 1)]:
        lines += [
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"TRIGGER:{trigger}",
            f"DESCRIPTION:{text(one.subject)}",
            "END:VALARM",
        ]
    return lines


def _times(start: date | datetime, length: timedelta, zone: str) -> list[str]:
    return [_at("DTSTART", start, zone), _at("DTEND", start + length, zone)]


def _at(name: str, when: date | datetime, zone: str) -> str:
    if not isinstance(when, datetime):
        return f"{name};VALUE=DATE:{when:%Y%m%d}"
    if zone in ("", "Z"):
        return f"{name}:{when:%Y%m%dT%H%M%S}{zone}"
    return f"{name};TZID={zone}:{when:%Y%m%dT%H%M%S}"


def _same_time(day: date, start: date | datetime) -> date | datetime:
    return datetime.combine(day, start.time()) if isinstance(start, datetime) else day
