"""The four kinds of item as frozen values, in the fields' standard words.

An empty text is ``""``, an empty set of elements ``()``, an absent compound ``None``. Everything a document says that
has no field of its own is kept in ``extra``. Time stamps of the programs that wrote a document (``modified``) are
carried for display and for the rule *newest*; they are no part of equality.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    """The four kinds; the values are what people type and what JSON holds."""

    CONTACT = "contacts"
    EVENT = "appointments"
    TASK = "tasks"
    NOTE = "notes"


class Side(StrEnum):
    """The two sides of a pair; the values are what people type and what JSON holds."""

    LEFT = "desktop"
    RIGHT = "server"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, or a wall time in a zone.

    ``local`` is a ``date`` (all-day) or a naive ``datetime``. ``zone`` is ``""`` (floating, all-day), ``"UTC"``, an
    IANA name (aliases and Windows names already resolved), or the document's own TZID when nothing is known of it; then
    ``offset`` is its distance from UTC in seconds at that moment, if the document defines it.
    """

    local: date | datetime
    zone: str = ""
    offset: int | None = None

    @property
    def all_day(self) -> bool:
        """True for a date without a time."""
        return not isinstance(self.local, datetime)


@dataclass(frozen=True, slots=True)
class Typed:
    """A telephone, e-mail address, web page or messenger address with the types it is filed under.

    ``types`` are lower-case words (``home``, ``work``, ``cell``, ``fax``, ``pager`` …, never ``pref`` or ``internet``);
    ``pref`` is 1 (most preferred) to 100, 0 for none; ``label`` is the person's own word for it.
    """

    value: str
    types: frozenset[str] = frozenset()
    pref: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address with the types it is filed under (as in ``Typed``)."""

    street: str = ""
    city: str = ""
    region: str = ""
    code: str = ""
    country: str = ""
    box: str = ""
    extended: str = ""
    types: frozenset[str] = frozenset()
    pref: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Binary:
    """A photo, key or attachment: decoded bytes, or the address where it is; equal by content, never by media type."""

    data: bytes = b""
    uri: str = ""
    media_type: str = field(default="", compare=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Extra:
    """A property without a field of its own: upper-case name, parameters sorted by name, value as meant (unfolded)."""

    name: str
    value: str
    params: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a group: a card's uid or an address (``urn:uuid:…``, ``mailto:…``), and the name shown for it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody invited (or the organizer): address without ``mailto:`` in lower case.

    ``participation`` (PARTSTAT) is volatile for everyone but the mailbox's own person (RULES 6).
    """

    address: str
    name: str = ""
    role: str = ""
    type: str = ""
    participation: str = ""
    rsvp: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """A reminder: ``trigger`` is seconds relative to start (or end), or an absolute Moment."""

    trigger: int | Moment
    related_end: bool = False
    action: str = "DISPLAY"
    text: str = ""
    summary: str = ""
    repeat: int = 0
    interval: int = 0
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """One occurrence of a series that differs: which one, whether all later ones too, and how it is now."""

    recurrence_id: Moment
    item: Event | Task
    and_future: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """A person, an organization, or (``is_group``) a distribution list."""

    uid: str = ""
    is_group: bool = False
    formatted_name: str = ""
    family: str = ""
    given: str = ""
    additional: str = ""
    prefixes: str = ""
    suffixes: str = ""
    file_as: str = ""
    initials: str = ""
    nicknames: tuple[str, ...] = ()
    phonetic_family: str = ""
    phonetic_given: str = ""
    phonetic_company: str = ""
    emails: tuple[Typed, ...] = ()
    telephones: tuple[Typed, ...] = ()
    addresses: tuple[Address, ...] = ()
    messengers: tuple[Typed, ...] = ()
    urls: tuple[Typed, ...] = ()
    company: str = ""
    departments: tuple[str, ...] = ()
    job_title: str = ""
    profession: str = ""
    birthday: str = ""
    anniversary: str = ""
    gender: str = ""
    spouse: str = ""
    assistant: str = ""
    manager: str = ""
    categories: tuple[str, ...] = ()
    sensitivity: str = ""
    note: str = ""
    photo: Binary | None = None
    keys: tuple[Binary, ...] = ()
    members: tuple[Member, ...] = ()
    extra: tuple[Extra, ...] = ()
    modified: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Event:
    """An appointment, or a series with all its exceptions.

    ``end`` is exclusive; it is computed where the document gives a duration. ``rules`` are RRULE values in canonical
    form (upper case, parts in the order of RFC 5545, ``INTERVAL=1`` left out). ``headless`` marks a document that holds
    exceptions without their series; then everything is in ``exceptions``.
    """

    uid: str = ""
    summary: str = ""
    location: str = ""
    description: str = ""
    html: str = ""
    start: Moment | None = None
    end: Moment | None = None
    rules: tuple[str, ...] = ()
    rdates: tuple[Moment, ...] = ()
    exdates: tuple[Moment, ...] = ()
    exceptions: tuple[Override, ...] = ()
    status: str = ""
    transparency: str = ""
    busy: str = ""
    priority: int | None = None
    sensitivity: str = ""
    categories: tuple[str, ...] = ()
    color: str = ""
    url: str = ""
    geo: str = ""
    organizer: Attendee | None = None
    attendees: tuple[Attendee, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    attachments: tuple[Binary, ...] = ()
    extra: tuple[Extra, ...] = ()
    headless: bool = False
    modified: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Task:
    """A task, or a series of tasks; fields as in ``Event``, with ``due`` and progress."""

    uid: str = ""
    summary: str = ""
    location: str = ""
    description: str = ""
    html: str = ""
    start: Moment | None = None
    due: Moment | None = None
    rules: tuple[str, ...] = ()
    rdates: tuple[Moment, ...] = ()
    exdates: tuple[Moment, ...] = ()
    exceptions: tuple[Override, ...] = ()
    status: str = ""
    percent: int | None = None
    completed: Moment | None = None
    priority: int | None = None
    sensitivity: str = ""
    categories: tuple[str, ...] = ()
    color: str = ""
    url: str = ""
    geo: str = ""
    organizer: Attendee | None = None
    attendees: tuple[Attendee, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    attachments: tuple[Binary, ...] = ()
    extra: tuple[Extra, ...] = ()
    headless: bool = False
    modified: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Note:
    """A note: ``title`` is its first line, ``body`` the rest, without blank lines before or white space after it."""

    uid: str = ""
    title: str = ""
    body: str = ""
    date: Moment | None = None
    categories: tuple[str, ...] = ()
    color: str = ""
    status: str = ""
    sensitivity: str = ""
    attachments: tuple[Binary, ...] = ()
    extra: tuple[Extra, ...] = ()
    modified: datetime | None = field(default=None, compare=False)


Item = Contact | Event | Task | Note

CLASS_OF: dict[Kind, type[Contact] | type[Event] | type[Task] | type[Note]] = {
    Kind.CONTACT: Contact,
    Kind.EVENT: Event,
    Kind.TASK: Task,
    Kind.NOTE: Note,
}


def kind_of(item: Item) -> Kind:
    """The kind of an item."""
    match item:
        case Contact():
            return Kind.CONTACT
        case Event():
            return Kind.EVENT
        case Task():
            return Kind.TASK
        case Note():
            return Kind.NOTE


def name_of(item: Item) -> str:
    """The name by which a person knows the item; never empty."""
    match item:
        case Contact():
            known = (
                item.formatted_name,
                " ".join(p for p in (item.given, item.family) if p),
                item.company,
                item.emails[0].value if item.emails else "",
                item.telephones[0].value if item.telephones else "",
            )
            return next((n for n in known if n), "(no name)")
        case Event() | Task():
            if item.summary:
                return item.summary
            return next((o.item.summary for o in item.exceptions if o.item.summary), "(no subject)")
        case Note():
            return item.title or "(no title)"
