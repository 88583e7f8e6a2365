"""Sixty contacts: people from several countries with photos and long notes, and two groups."""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from instep.core.model import Kind
from instep.testing.demo.document import Document, joined, listed, text
from instep.testing.demo.photo import picture

_NAMES = """
Jürgen Müller|Sofía Lindström|Anna Weiß|Łukasz Wójcik|Chloé Dubois|Giulia Rossi|Søren Østergaard|Zoë van der Berg|
Karl-Heinz Große|Ayşe Yılmaz|José Núñez|Petra Schäfer|Tomáš Dvořák|Márta Kovács|Élodie Lefèvre|Björn Ångström|
Ingrid Håkansson|Paolo Bianchi|Emily Carter|James O'Neill|Olivia Brown|Liam Murphy|Grace Kim|Hiroshi Tanaka|
Yuki Sato|Mei Chen|Priya Sharma|Omar Haddad|Fatima Zahra|Noah Cohen|Lena Fischer|Max Bauer|Ute Krüger|
Dieter Köhler|Sabine Lößl|Günther Jäger|Renate Böhm|Uwe Süß|Heike Thiele|Ralf Möbius|Claudia Brandt|Stefan Ißbrücker|
Nadja Schröder|Florian Prätorius|Katrin Höfer|Jens Wünsche|Marlene Dörr|Peter Zöllner|Susanne Rühl|Andreas Vöge|
Beate Öztürk|Frank Ebeling|Monika Größle|Klaus Rätzel|Birgit Hübner|Matthias Jüngling|Tanja Wöhrl|Oliver Kästner
"""
_COMPANIES = (
    "Nordlicht GmbH",
    "Café Größenwahn",
    "Hansen & Söhne",
    "Blue Harbor Inc.",
    "Atelier Lumière",
    "Tanaka 設計",
)
_TITLES = ("Engineer", "Head of Sales", "Architect", "Teacher", "Project lead", "Accountant", "Ärztin")
_CITIES = (
    ("Hafenstraße 12", "Hamburg", "20457", "Germany"),
    ("Königsallee 8", "Düsseldorf", "40212", "Germany"),
    ("221B Baker Street", "London", "NW1 6XE", "United Kingdom"),
    ("Rue de l'Évêché 3", "Liège", "4000", "Belgium"),
    ("5th Avenue 350", "New York", "10118", "USA"),
    ("Storgatan 1", "Malmö", "211 34", "Sweden"),
)
_LONG_NOTE = (
    "Met at the trade fair in München; prefers a call in the afternoon, never before 14:00.\n\n"
    'Likes: strong coffee, short agendas, large drawings. Dislikes: slides, "quick" questions, back\\slashes.\n'
    "Children: Mia (9), Jörg (6). The dog is called Ærø.\n\n"
) * 6
_RINGTONES = ("Glocke", "Marimba", "Waldhorn")


@dataclass(frozen=True, slots=True)
class Person:
    """One contact of the account; ``number`` makes everything else about it."""

    number: int
    given: str
    family: str

    @property
    def name(self) -> str:
        """The whole name."""
        return f"{self.given} {self.family}"

    @property
    def uid(self) -> str:
        """The uid, the same in every run."""
        return str(uuid5(NAMESPACE_URL, f"demo:contact:{self.number}"))

    @property
    def mobile(self) -> str:
        """The number of the mobile telephone."""
        return f"+49 170 {1000000 + self.number * 7919}"


def people() -> tuple[Person, ...]:
    """The 58 people of the server's address book."""
    return tuple(Person(number, *name.split(" ", 1)) for number, name in enumerate(listed(_NAMES)))


def newcomers() -> tuple[Person, ...]:
    """Five people whom only the desktop knows."""
    names = ("Wiebke Näther", "Rosa Jiménez", "Ivo Šimić", "Hannah Stöckl", "Kofi Mensah")
    return tuple(Person(100 + number, *name.split(" ", 1)) for number, name in enumerate(names))


def on_a_phone(person: Person) -> Document:
    """The card as a telephone's program puts it on the server: vCard 3.0, with a line that nobody else knows."""
    lines = ["BEGIN:VCARD", "VERSION:3.0", "PRODID:-//Example//Telephone 7//EN", f"UID:{person.uid}"]
    lines += _body(person)
    if photo := _photo(person):
        lines.append(f"PHOTO;ENCODING=b;TYPE=PNG:{b64encode(photo).decode()}")
    if person.number % 4 == 2:
        lines.append(f"X-PHONE-RINGTONE:{_RINGTONES[person.number % 3]}")
    return Document(
        Kind.CONTACT, person.name, f"{person.uid[:8]}.vcf", joined([*lines, "REV:2026-09-01T08:00:00Z", "END:VCARD"])
    )


def on_a_desktop(person: Person, *, uid: bool = True) -> Document:
    """The same card as a desktop program writes it: other order, longer lines; every fifth as vCard 4.0."""
    modern = person.number % 5 == 0
    lines = ["BEGIN:VCARD", f"VERSION:{'4.0' if modern else '3.0'}", "PRODID:-//Example//Address Book 3.1//EN"]
    lines += reversed([line.replace("TYPE=CELL", "TYPE=cell") for line in _body(person, modern=modern)])
    if photo := _photo(person):
        data = b64encode(photo).decode()
        lines.append(f"PHOTO:data:image/png;base64,{data}" if modern else f"PHOTO;TYPE=PNG;ENCODING=B:{data}")
    lines += [f"UID:{person.uid}"] if uid else []
    return Document(Kind.CONTACT, person.name, f"{_plain(person.name)}.vcf", joined([*lines, "END:VCARD"], 120))


def groups() -> tuple[Document, ...]:
    """Two groups of people as a telephone writes them."""
    known = people()
    return _group("Familie", known[30:34]), _group("Fußballverein", known[34:41])


def group_on_a_desktop() -> Document:
    """The first group as a desktop program writes it: vCard 4.0."""
    uid, members = _group_uid("Familie"), people()[30:34]
    lines = ["BEGIN:VCARD", "VERSION:4.0", "KIND:group", "FN:Familie", f"UID:urn:uuid:{uid}"]
    lines += [f"MEMBER:urn:uuid:{person.uid}" for person in members]
    return Document(Kind.CONTACT, "Familie", "Familie.vcf", joined([*lines, "END:VCARD"]))


def _group(name: str, members: tuple[Person, ...]) -> Document:
    uid = _group_uid(name)
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{text(name)}", f"N:{text(name)};;;;"]
    lines += ["X-ADDRESSBOOKSERVER-KIND:group"]
    lines += [f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{person.uid}" for person in members]
    return Document(Kind.CONTACT, name, f"{uid[:8]}.vcf", joined([*lines, "END:VCARD"]))


def _group_uid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"demo:group:{name}"))


def _body(person: Person, *, modern: bool = False) -> list[str]:
    number, mail = person.number, _plain(person.name).replace(" ", ".").lower()
    street, city, code, country = _CITIES[number % len(_CITIES)]
    lines = [f"FN:{text(person.name)}", f"N:{text(person.family)};{text(person.given)};;;"]
    lines += [f"ORG:{text(_COMPANIES[number % 6])};{text('Entwicklung & Prüfung')}", f"TITLE:{_TITLES[number % 7]}"]
    lines += [f"EMAIL;TYPE=WORK:{mail}@example.com", f"EMAIL;TYPE=HOME:{mail}@example.org"]
    if number % 4 == 0:
        lines += [f"EMAIL:{mail}@example.net", f"EMAIL;TYPE=HOME:{mail}.alt@example.org"]
    lines += [f"TEL;TYPE=CELL:{person.mobile}", f"TEL;TYPE=WORK:+49 40 {200000 + number * 617}"]
    lines.append(f"ADR;TYPE=HOME:;;{text(street)};{text(city)};;{code};{country}")
    birthday = f"{1950 + number % 50}-{number % 12 + 1:02}-{number % 28 + 1:02}"
    lines.append(f"BDAY:{birthday.replace('-', '') if modern else birthday}")
    if number % 6 == 1:
        lines.append(f"NOTE:{text(_LONG_NOTE.strip())}")
    if number % 3 == 0:
        lines.append(f"CATEGORIES:{text('Geschäft')},Hamburg")
    return lines


def _photo(person: Person) -> bytes:
    return picture(person.number) if person.number % 3 == 0 else b""


def _plain(name: str) -> str:
    """The name in plain ASCII, for addresses and file names."""
    for letters, plain in (("ß", "ss"), ("ø", "o"), ("Ø", "O"), ("ł", "l"), ("Ł", "L"), ("ı", "i"), ("'", "")):
        name = name.replace(letters, plain)
    return unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode()
