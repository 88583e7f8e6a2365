"""What the desktop of the SmarterMail demonstration holds at the beginning, as other programs wrote it."""

from __future__ import annotations

from typing import Final

_EVENT: Final = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Another program//EN
BEGIN:VEVENT
UID:demo-roses
DTSTAMP:20261120T080000Z
DTSTART;TZID=Europe/Berlin:20270320T100000
DTEND;TZID=Europe/Berlin:20270320T120000
SUMMARY:Plant the roses
LOCATION:Allotment 12
END:VEVENT
END:VCALENDAR
"""
_TASK: Final = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Another program//EN
BEGIN:VTODO
UID:demo-passport
DTSTAMP:20261120T080000Z
SUMMARY:Renew the passport
PRIORITY:1
END:VTODO
END:VCALENDAR
"""
_CARLA: Final = """BEGIN:VCARD
VERSION:3.0
FN:Carla Weiß
N:Weiß;Carla;;;
EMAIL:carla@weiss.example
TEL;TYPE=CELL:+49 170 7654321
BDAY:1984-04-02
X-BADGE:7
END:VCARD
"""
_NINA: Final = """BEGIN:VCARD
VERSION:3.0
UID:demo-nina
FN:Nina Nováková
N:Nováková;Nina;;;
EMAIL:nina@novak.example
TEL;TYPE=CELL:+420 601 123 456
END:VCARD
"""
_NOTE: Final = "# Recipes\n\nFlour, eggs, patience.\n"

FILES: Final[dict[str, bytes]] = {
    "contacts/carla.vcf": _CARLA.replace("\n", "\r\n").encode(),
    "contacts/nina.vcf": _NINA.replace("\n", "\r\n").encode(),
    "calendar/roses.ics": _EVENT.replace("\n", "\r\n").encode(),
    "tasks/passport.ics": _TASK.replace("\n", "\r\n").encode(),
    "notes/recipes.md": _NOTE.encode(),
}
