"""Worlds to begin with: a small friendly one, and many contacts."""

from __future__ import annotations

from typing import Final

from instep.core.model import Kind
from instep.testing.smartermail.exchange import Json
from instep.testing.smartermail.folders import MANAGE, READ
from instep.testing.smartermail.shapes import whole
from instep.testing.smartermail.world import World

ANNA: Final = "anna@example.com"
BEN: Final = "ben@example.com"
_GIVEN: Final = ("Ada", "Béla", "Chloé", "Dag", "Eva", "Femi", "Grace", "Håkon", "Inés", "Jun", "Kofi", "Łucja")
_FAMILY: Final = ("Adeyemi", "Björk", "Çelik", "Dupont", "Eriksen", "Fischer", "García", "Horvát", "Ivanova", "Jensen")
_CONTACTS: Final[tuple[Json, ...]] = (
    {
        "displayAs": "Carla Weiß",
        "firstName": "Carla",
        "lastName": "Weiß",
        "company": "Weiß & Töchter",
        "jobTitle": "Gardener",
        "emailAddressList": ["carla@weiss.example", "carla.private@elsewhere.example"],
        "phoneNumberList": [
            {"number": "+49 30 1234567", "type": "Work"},
            {"number": "+49 170 7654321", "type": "Mobile"},
        ],
        "busStreet": "Gartenweg 3",
        "busCity": "Berlin",
        "busZip": "10115",
        "busCountry": "Germany",
        "webPage": "http://weiss.example",
        "additionalInfo": "Knows every rose by its name.",
        "categoriesString": "Friends; Garden",
        "flagInfo": {"isFlagged": True, "isComplete": False, "dueDate": None},
        "syncTag": "kept-by-the-server",
    },
    {
        "displayAs": "Dr. Emil Sørensen",
        "title": "Dr.",
        "firstName": "Emil",
        "lastName": "Sørensen",
        "emailAddressList": ["emil@clinic.example"],
        "phoneNumberList": [{"number": "+45 33 12 34 56", "type": "Home"}],
        "homeStreet": "Havnegade 7",
        "homeCity": "København",
        "homeZip": "1058",
        "homeCountry": "Denmark",
        "birthDate": "1971-05-09",
        "additionalInfo": "<p>Speaks <b>four</b> languages.</p>",
        "isHtml": True,
    },
    {"displayAs": "Hotel Seeblick", "company": "Hotel Seeblick", "emailAddressList": ["desk@seeblick.example"]},
    {"displayAs": "Choir", "contactType": 2, "groupedContacts": ["carla@weiss.example", "emil@clinic.example"]},
)
_EVENTS: Final[tuple[Json, ...]] = (
    {
        "subject": "Dentist",
        "location": "Main street 5",
        "start": {"dt": "2026-12-03T09:30:00", "tz": "Europe/Berlin"},
        "end": {"dt": "2026-12-03T10:15:00", "tz": "Europe/Berlin"},
        "reminder": 60,
        "description": "Bring the insurance card.",
    },
    {
        "subject": "Choir practice",
        "location": "Church hall",
        "conferenceRoom": "Room 2",
        "start": {"dt": "2026-11-03T19:00:00", "tz": "Europe/Berlin"},
        "end": {"dt": "2026-11-03T21:00:00", "tz": "Europe/Berlin"},
        "recurrence": "FREQ=WEEKLY;BYDAY=TU",
        "categoriesString": "Music",
    },
    {
        "subject": "Holiday",
        "allDay": True,
        "start": {"dt": "2026-12-24T00:00:00", "tz": "Europe/Berlin"},
        "end": {"dt": "2026-12-27T00:00:00", "tz": "Europe/Berlin"},
        "availability": 0,
    },
)
_TASKS: Final[tuple[Json, ...]] = (
    {
        "subject": "Tax return",
        "description": "<p>With <b>all</b> papers.</p>",
        "attachments": [{"fileName": "list.pdf", "fileUrl": "/interface/attachments/list.pdf"}],
        "priority": 9,
        "status": 1,
        "percentComplete": 40,
        "useDateTime": True,
        "start": "2026-11-02T08:00:00Z",
        "due": "2026-12-15T17:00:00Z",
        "boardColumn": "Doing",
    },
    {"subject": "Water the plants", "description": "Not the cactus."},
    {"subject": "Return the books", "status": 2, "percentComplete": 100, "priority": 2},
)
_NOTES: Final[tuple[Json, ...]] = (
    {"subject": "Shopping", "text": "Milk\nBread\nCandles", "color": "yellow", "categoriesString": "Home"},
    {"subject": "Ideas", "text": "<p>A <b>bold</b> one</p><p>and a quiet one</p>", "isPlainText": False},
    {"subject": "Wi-Fi", "text": "The guests' network is called *Pond*.", "color": "blue", "pinned": True},
)


def furnish(world: World) -> None:
    """Put Anna and Ben into a world, with a handful of items of each kind, and what they share."""
    world.person(ANNA, name="Anna Weiß")
    world.person(BEN, name="Ben Okafor", zone="Europe/London")
    world.people[ANNA].categories = [{"guid": world.guid(1), "name": "Friends", "colorIndex": 3}]
    for kind, items in (
        (Kind.CONTACT, _CONTACTS),
        (Kind.EVENT, _EVENTS),
        (Kind.TASK, _TASKS),
        (Kind.NOTE, _NOTES),
    ):
        for data in items:
            world.put(ANNA, kind, data)
    team = world.folder(BEN, Kind.EVENT, "Team", shares={ANNA: READ})
    london = {"start": {"dt": "2026-12-01T10:00:00", "tz": "Europe/London"}}
    world.put(BEN, Kind.EVENT, {"subject": "Stand-up", "end": london["start"], **london}, team)
    club = world.folder(BEN, Kind.CONTACT, "Club", shares={ANNA: MANAGE})
    world.put(BEN, Kind.CONTACT, {"displayAs": "Club house", "emailAddressList": ["house@club.example"]}, club)
    world.folder("@example.com", Kind.EVENT, "Meeting room", shares={ANNA: READ, BEN: READ})
    moon = world.folder(ANNA, Kind.EVENT, "Moon phases", web=True)
    full = {"dt": "2026-12-24T00:00:00", "tz": "UTC"}
    world.put(ANNA, Kind.EVENT, {"subject": "Full moon", "allDay": True, "start": full, "end": full}, moon)


def many_contacts(world: World, count: int, email: str = ANNA) -> None:
    """Add so many contacts to somebody's primary list; the same ones each time, and quickly."""
    folder = world.primary(email, Kind.CONTACT)
    for n in range(count):
        given, family = _GIVEN[n % len(_GIVEN)], _FAMILY[n // len(_GIVEN) % len(_FAMILY)]
        data = whole(
            Kind.CONTACT,
            {
                "displayAs": f"{given} {family} {n}",
                "firstName": given,
                "lastName": f"{family} {n}",
                "company": f"Company {n % 97}",
                "emailAddressList": [f"person{n}@many.example"],
                "phoneNumberList": [{"number": f"+49 30 {n:07}", "type": "Work"}],
            },
        )
        world.add(folder, data)
