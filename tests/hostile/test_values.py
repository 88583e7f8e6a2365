"""Values at the edge of what can be meant: times, rules, distances from UTC, names of files."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hostile.counting import calls
from hostile.documents import event, zone
from instep.codecs import icalendar
from instep.codecs.expand import instants
from instep.connectors.files.names import folded, is_plain, parts_of, safe_stem, stem_of
from instep.core.memory import Memory
from instep.core.merge import merge
from instep.core.model import Event, Kind, Moment, Override
from instep.errors import CodecError
from instep.testing.builders import contact

FIRST = Moment(datetime(2026, 1, 5, 9), "UTC")
YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def days(*rules: str, **more: object) -> Event:
    return Event(uid="u", summary="S", start=FIRST, rules=rules, **more)  # type: ignore[arg-type]


RULES = [
    ("a thousand million times", "FREQ=DAILY;COUNT=1000000000", 361),
    ("a day that never comes, yearly", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 1),
    ("a day that never comes, daily", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 1),
    ("an hour of a day that never comes", "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", 1),
    ("the second of one", "FREQ=DAILY;BYSETPOS=2", 1),
    ("every thousand million years", "FREQ=YEARLY;INTERVAL=999999", 1),
]


@pytest.mark.parametrize(("situation", "rule", "count"), RULES, ids=[row[0] for row in RULES])
def test_a_rule_costs_no_more_than_the_year_asked_for(situation: str, rule: str, count: int) -> None:
    assert len(instants(days(rule), *YEAR)) == count
    assert calls(lambda: instants(days(rule), *YEAR)) < 400_000


REFUSED = [
    "FREQ=SECONDLY",
    "FREQ=MINUTELY;COUNT=5",
    "FREQ=DAILY;INTERVAL=0",
    "FREQ=DAILY;INTERVAL=-1",
    "FREQ=DAILY;INTERVAL=99999999999999",
    "FREQ=DAILY;INTERVAL=٣",
    "FREQ=DAILY;BYSECOND=" + ",".join(map(str, range(5000))),
    "FREQ=YEARLY;BYDAY=",
    "FREQ=DAILY;UNTIL=99999999T999999Z;COUNT=x",
    "COUNT=5",
    "",
]


@pytest.mark.parametrize("rule", REFUSED, ids=lambda rule: rule[:40])
def test_a_rule_that_is_none_is_refused_in_words(rule: str) -> None:
    with pytest.raises(CodecError):
        instants(days(rule), *YEAR)


EDGES: list[tuple[str, Event]] = [
    ("all of time", days("FREQ=YEARLY")),
    ("a start in the year 1", Event(start=Moment(datetime(1, 1, 1), "Asia/Tokyo"), rules=("FREQ=DAILY;COUNT=3",))),
    ("a start in the year 9999", Event(start=Moment(datetime(9999, 12, 31), "America/Lima"), rules=("FREQ=DAILY",))),
    ("an end of a rule in the year 1", days("FREQ=DAILY;UNTIL=00010101T000000Z")),
    ("a change of all later ones by 8,000 years", days(
        "FREQ=YEARLY;COUNT=3",
        exceptions=(Override(FIRST, Event(start=Moment(datetime(9999, 12, 31), "UTC")), and_future=True),),
    )),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "item"), EDGES, ids=[row[0] for row in EDGES])
def test_the_ends_of_time_are_no_failure(situation: str, item: Event) -> None:
    for span in (YEAR, EVER):
        assert len(instants(item, *span, limit=5)) <= 5


def test_many_changes_of_all_later_ones_are_found_by_halving() -> None:
    later = tuple(
        Override(
            Moment(datetime(2026, 1, 5 + n % 20, n % 24, n // 24 % 60), "UTC"), Event(start=FIRST), and_future=True
        )
        for n in range(400)
    )
    few, many = days("FREQ=DAILY", exceptions=later[:4]), days("FREQ=DAILY", exceptions=later)
    assert calls(lambda: instants(many, *YEAR)) < 3 * calls(lambda: instants(few, *YEAR)) + 20_000


LINES = [
    ("the year 1", "DTSTART:00010101T000000", True),
    ("the last second", "DTSTART:99991231T235959Z", True),
    ("a month of 30 days with 31", "DTSTART:20260431T000000Z", False),
    ("a duration over the end of time", "DTSTART:99991231T235959Z\r\nDURATION:P9W", False),
    ("a duration before its beginning", "DTSTART:00010101T000000Z\r\nDURATION:-P9W", False),
    ("a duration of too many digits", "DTSTART:20260105T100000Z\r\nDURATION:P99999999999999D", True),
    ("digits that are none of ASCII", "DTSTART:٢٠٢٦٠١٠٥", False),
    ("a leap second", "DTSTART:20261231T235960Z", True),
]


@pytest.mark.parametrize(("situation", "lines", "is_read"), LINES, ids=[row[0] for row in LINES])
def test_times_are_read_or_refused_with_their_line(situation: str, lines: str, is_read: bool) -> None:
    raw = event(start=lines)
    if is_read:
        item = icalendar.read(raw)
        assert icalendar.write(item, raw) == raw
        merge(Memory(item, item), item, icalendar.read(event("SUMMARY:other", start=lines)))
        return
    with pytest.raises(CodecError, match="line"):
        icalendar.read(raw)


OWN = "DTSTART;TZID=Own:20260105T100000"
ZONES = [
    ("a good one", zone(1), 7200),
    ("a distance of more than a day", zone(1).replace("+0200", "+9900"), None),
    ("none at all", "", None),
    ("two of the same name", zone(1) + "\r\n" + zone(1), 7200),
    ("one named after itself", "BEGIN:VTIMEZONE\r\nTZID:Own\r\nX-LIC-LOCATION:Own\r\nEND:VTIMEZONE", None),
    ("too many parts", zone(5000), None),
    ("too many rules", zone(60), None),
    ("a rule without end", zone(1).replace("FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=" + "1," * 5000 + "1"), 7200),
]


@pytest.mark.parametrize(("situation", "before", "offset"), ZONES, ids=[row[0] for row in ZONES])
def test_a_zone_that_makes_no_sense_is_as_good_as_unknown(situation: str, before: str, offset: int | None) -> None:
    item = icalendar.read(event(before=before, start=OWN))
    assert isinstance(item, Event)
    assert item.start is not None and item.start.offset == offset


NAMES = [
    *("../../etc/passwd", "..", ".", "/etc/passwd", "C:\\Windows", "\\\\host\\share", "a\0b", "CON", "nul", "aux.txt"),
    *("com1.vcf", "LPT9", "x" * 300, "ü" * 300, "\U0001f600" * 300, "ends. . ", "\u202egpj.exe", "a\u200bb", "\ufeff"),
    *("\ud800", "a\nb\rc\td", "\x1b[2J", "~", "-rf", ".hidden", "x.ics", "x:stream", "%2e%2e%2f", "#", "\u2028", ""),
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:20]))
@pytest.mark.parametrize("made", [safe_stem, lambda name: stem_of(contact(name, uid=name))])
def test_any_name_becomes_one_that_stays_in_its_folder(made: Callable[[str], str], name: str) -> None:
    stem = made(name)
    assert is_plain(f"{stem}.vcf") and len(f"{stem}.vcf".encode()) < 200
    assert not set('<>:"/\\|?*\0') & set(stem)
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"} for c in stem)
    assert (
        stem == stem.strip() and not stem.endswith(".") and stem.partition(".")[0].lower() not in {"con", "nul", "aux"}
    )
    assert safe_stem(name, Kind.EVENT)


@pytest.mark.parametrize(
    "href", ["../x.vcf", "a/../../x.vcf", "%2E%2E%2Fx.vcf", "a%00.vcf", "%2Fetc%2Fx.vcf", ".x.vcf", "%5Cx.vcf"]
)
def test_an_href_that_leads_elsewhere_is_no_file_of_the_folder(href: str) -> None:
    assert not is_plain(parts_of(href)[0])


def test_names_that_differ_in_case_or_composition_are_one() -> None:
    assert folded("STRASSE.vcf") == folded("straße.vcf")
    assert folded("u\u0308.vcf") == folded("Ü.vcf")
