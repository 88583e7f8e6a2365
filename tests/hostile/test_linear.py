"""Four times the document is four times the work, whatever it is made of: nobody can send one that stops a run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from hostile.counting import calls, peak
from hostile.documents import CARDS, EVENTS, LINES, NOTES, Made, event, stamp, zone
from instep.codecs import contentline, icalendar, notes, vcard
from instep.codecs.strict import strict
from instep.connectors.files import formats
from instep.core.memory import Memory
from instep.core.merge import merge
from instep.core.model import Contact, Note
from instep.errors import CodecError, InstepError

SMALL = 40
Use = Callable[[bytes], object]


def card_there_and_back(raw: bytes) -> None:
    contentline.parse(raw)
    for index, item in enumerate(vcard.read_all(raw)):
        if isinstance(item, Contact) and index < 3:
            vcard.write(replace(item, note="other", categories=(*item.categories[1:], "new")), raw, index)
            vcard.write(item, version="4.0")
    formats.split(raw, "x.vcf")
    strict(raw)


def calendar_there_and_back(raw: bytes) -> None:
    contentline.parse(raw)
    for index, part in enumerate(icalendar.read_all(raw)):
        if not isinstance(part.item, CodecError | Note) and index < 3:
            icalendar.write(replace(part.item, summary="other", categories=()), raw, index)
            icalendar.write(part.item)
    formats.split(raw, "x.ics")
    strict(raw)


def lines_there_and_back(raw: bytes) -> None:
    document = contentline.parse(raw)
    for line in document.lines:
        _ = line.name, line.params, line.value
    assert contentline.replace(document, {}) == raw
    for name in ("x.vcf", "x.ics"):
        formats.split(raw, name)


def note_there_and_back(raw: bytes) -> None:
    item = notes.read(raw)
    notes.write(replace(item, body=f"{item.body}\nmore"), raw)


FAMILIES: list[tuple[str, dict[str, Made], Use]] = [
    ("card", CARDS, card_there_and_back),
    ("calendar", EVENTS, calendar_there_and_back),
    ("lines", LINES, lines_there_and_back),
    ("note", NOTES, note_there_and_back),
]
ROWS = [
    pytest.param(made, use, id=f"{family}: {situation}")
    for family, table, use in FAMILIES
    for situation, made in table.items()
]


@pytest.mark.parametrize(("made", "use"), ROWS)
def test_work_and_memory_grow_with_the_document_alone(made: Made, use: Use) -> None:
    small, large = made(SMALL), made(4 * SMALL)
    use_quietly(use, small)  # what is imported and remembered once is no work of the document
    grown = max(len(large) / len(small), 4)
    assert calls(lambda: use(large)) <= 2 * grown * calls(lambda: use(small)) + 2000
    assert peak(lambda: use(large)) <= 200 * len(large) + (1 << 20)


@pytest.mark.trial
@pytest.mark.parametrize(("made", "use"), ROWS)
def test_time_grows_with_the_document_alone(made: Made, use: Use) -> None:
    small, large = seconds(use, made(1500)), seconds(use, made(6000))
    assert large <= 12 * max(small, 0.02)


def seconds(use: Use, raw: bytes) -> float:
    """The quickest of three: the other programs of a busy machine only ever make it slower."""
    took = []
    for _ in range(3):
        began = time.process_time()
        use_quietly(use, raw)
        took.append(time.process_time() - began)
    return min(took)


def use_quietly(use: Use, raw: bytes) -> None:
    with contextlib.suppress(InstepError):
        use(raw)


# What a counter cannot see, because it happens inside one call of a library: with the square of these sizes, a test
# takes minutes to hours, and the suite's own watch over hanging tests reports it.
ENDING: list[tuple[str, bytes]] = [
    ("a photo of white space, taken for base64", CARDS["a photo of white space"](40_000)),
    ("categories in a line each", CARDS["lines of categories"](100_000)),
    ("nicknames in a line each", CARDS["lines of nicknames"](100_000)),
    ("left-out dates that are none", EVENTS["dates left out that are none"](100_000)),
    ("dates in a zone of many rules", EVENTS["dates in a zone of many rules"](20_000)),
    ("a zone of too many parts", event(*(f"EXDATE;TZID=Own:{stamp(n)[:-1]}" for n in range(5000)), before=zone(5000))),
    ("appointments without a uid", EVENTS["many appointments without a uid"](10_000)),
]


@pytest.mark.parametrize(("situation", "raw"), ENDING, ids=[row[0] for row in ENDING])
def test_reading_ends(situation: str, raw: bytes) -> None:
    if raw.startswith(b"BEGIN:VCARD"):
        vcard.read(raw)
    else:
        formats.split(raw, "x.ics")
        icalendar.read_all(raw)


def test_a_calendar_that_repeats_itself_around_its_items_is_refused_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(formats, "_MOST_REPEATED", 100_000)
    around = "\r\n".join(f"X-L{n}:{'v' * 100}" for n in range(500))
    items = (f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART:20260101\r\nEND:VEVENT" for n in range(500))
    raw = "\r\n".join(("BEGIN:VCALENDAR", around, *items, "END:VCALENDAR", "")).encode()
    [piece] = formats.split(raw, "x.ics")
    assert "too much around" in str(piece.broken)


def test_sets_of_many_elements_are_merged_in_one_pass() -> None:
    def merged(count: int) -> int:
        words = [tuple(f"{letter}{n}" for n in range(count)) for letter in "abc"]
        seen, left, right = (Contact(formatted_name="J", categories=found) for found in words)
        return calls(lambda: merge(Memory(seen, seen), left, right))

    assert merged(800) <= 6 * merged(200)


def test_merging_many_words_of_both_sides_ends() -> None:
    # With a set built anew for every word this takes hours.
    seen = Contact(formatted_name="J")
    left, right = (replace(seen, categories=tuple(f"{side}{n}" for n in range(100_000))) for side in "lr")
    assert len(merge(Memory(seen, seen), left, right).left.categories) == 200_000  # type: ignore[union-attr]


@pytest.mark.trial
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(lambda: CARDS["one long line"](1_000_000), id="a line of 50 MB"),
        pytest.param(lambda: CARDS["parameters of one line"](100_000), id="100,000 parameters on one line"),
        pytest.param(lambda: CARDS["short lines"](100_000), id="100,000 lines"),
        pytest.param(lambda: CARDS["categories of one line"](1_000_000), id="a million categories"),
        pytest.param(lambda: CARDS["base64 in many lines"](1_380_000), id="a photo of 100 MB"),
        pytest.param(lambda: LINES["nesting"](100_000), id="100,000 deep"),
    ],
)
def test_the_largest_documents_are_read_within_bounds(raw: Callable[[], bytes]) -> None:
    data = raw()
    assert peak(lambda: lines_there_and_back(data)) <= 60 * len(data) + (64 << 20)


@pytest.mark.trial
def test_ten_thousand_exceptions_are_read_and_written() -> None:
    raw = EVENTS["exceptions"](10_000)
    item = icalendar.read(raw)
    assert icalendar.write(item, raw) == raw
