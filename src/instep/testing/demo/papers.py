"""Twenty-five tasks and fifteen notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import NAMESPACE_URL, uuid5

from instep.core.model import Kind
from instep.testing.demo.document import Document, joined, listed, text

_TASKS = listed(
    "Write the offer for Nordlicht|Steuererklärung abgeben|Call Chloé back|Order Brötchen|Renew the passport|"
    "Reifen wechseln|Send the invoice|Pläne prüfen|Water the plants|Zahnarzttermin vereinbaren|Book the train|"
    "Größe der Regale messen|Backup|Geschenk für Mia|Read the contract|Update the home page|Clean the bicycle|"
    "Vertrag kündigen|Paint the fence|Rückruf Hansen & Söhne|Prepare the talk|Kühlschrank abtauen|Sort the photos|"
    "Fenster putzen|Plan the summer"
)
_NOTES = listed(
    "Einkaufsliste|Packing list|Ideen für den Garten|Rezept: Käsespätzle|Books to read|Wi-Fi at the café|"
    "Meeting minutes|Reiseplan Ærø|Measurements|Wünsche|Quotes|Kleidergrößen|Guest list|Vokabeln|"
    "How the heating works"
)
_PARAGRAPH = (
    'Zuerst die Zwiebeln in Ringe schneiden; dann den Käse reiben, "nicht zu fein".\n'
    "Ein Satz, mit Semikolon; und Rückstrich \\ – und 日本語 dazu.\n\n"
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A task or a note: its number and title."""

    number: int
    title: str

    def uid(self, kind: Kind) -> str:
        """The uid, the same in every run."""
        return str(uuid5(NAMESPACE_URL, f"demo:{kind}:{self.number}"))


def tasks() -> tuple[Paper, ...]:
    """The 25 tasks of the server."""
    return tuple(Paper(number, title) for number, title in enumerate(_TASKS))


def new_tasks() -> tuple[Paper, ...]:
    """Two tasks that only the desktop has."""
    return Paper(100, "Schlüssel nachmachen"), Paper(101, "Ask Ivo for the drawings")


def notes() -> tuple[Paper, ...]:
    """The 15 notes of the server."""
    return tuple(Paper(number, title) for number, title in enumerate(_NOTES))


def new_notes() -> tuple[Paper, ...]:
    """Two notes that only the desktop has."""
    return Paper(100, "Gedanken zum Umbau"), Paper(101, "Door codes")


def task_document(task: Paper, *, desktop: bool = False, uid: bool = True) -> Document:
    """The task as a telephone's program puts it on the server, or as a desktop program writes it."""
    number, known = task.number, task.uid(Kind.TASK)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//Example//{'Planner 16' if desktop else 'Telephone 7'}//EN"]
    lines += [
        "BEGIN:VTODO",
        *([f"UID:{known}"] if uid else []),
        "DTSTAMP:20260901T080000Z",
        f"SUMMARY:{text(task.title)}",
    ]
    if number % 3:
        lines.append(f"DUE;VALUE=DATE:{date(2027, 1, 10) + timedelta(days=3 * (number % 50)):%Y%m%d}")
    elif number % 2:
        lines.append(f"DUE:{date(2027, 2, 1) + timedelta(days=number % 50):%Y%m%d}T160000Z")
    lines += [f"PRIORITY:{(1, 5, 9)[number % 3]}"] if number % 4 else []
    lines += ["STATUS:IN-PROCESS", "PERCENT-COMPLETE:40"] if number % 6 == 2 else ["STATUS:NEEDS-ACTION"]
    lines += [f"DESCRIPTION:{text(_PARAGRAPH.strip())}"] if number % 5 == 1 else []
    lines += [f"CATEGORIES:{text('Haus & Hof')}"] if number % 4 == 3 else []
    if number % 3 == 0 and number % 2:
        lines += [
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            "TRIGGER;RELATED=END:-PT30M",
            f"DESCRIPTION:{text(task.title)}",
            "END:VALARM",
        ]
    name = f"task{number}.ics" if desktop else f"{known[:8]}.ics"
    return Document(Kind.TASK, task.title, name, joined([*lines, "END:VTODO", "END:VCALENDAR"], 140 if desktop else 75))


def note_on_a_phone(note: Paper) -> Document:
    """The note as a telephone's program puts it on the server: a VJOURNAL."""
    uid = note.uid(Kind.NOTE)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Telephone 7//EN", "BEGIN:VJOURNAL", f"UID:{uid}"]
    lines += ["DTSTAMP:20260901T080000Z", f"DTSTART;VALUE=DATE:202609{note.number % 28 + 1:02}"]
    lines += [f"SUMMARY:{text(note.title)}", f"DESCRIPTION:{text(_body(note))}"]
    lines += ["CATEGORIES:Privat"] if note.number % 3 == 0 else []
    return Document(Kind.NOTE, note.title, f"{uid[:8]}.ics", joined([*lines, "END:VJOURNAL", "END:VCALENDAR"]))


def note_on_a_desktop(note: Paper) -> Document:
    """The same note as a text file."""
    name = note.title.replace(":", "").replace("/", "-")
    return Document(Kind.NOTE, note.title, f"{name}.md", f"# {note.title}\n\n{_body(note)}\n".encode())


def _body(note: Paper) -> str:
    if note.number % 4 == 3:
        return (_PARAGRAPH * 40).strip()
    return "\n".join(f"- {word}" for word in ("Äpfel", "Brot", f"{note.number + 2} Zitronen", "Öl", "Müsli"))
