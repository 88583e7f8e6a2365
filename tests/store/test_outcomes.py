"""History, conflicts and runs: what is stored comes back, and only what is meant goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from instep.core.model import Binary, Contact, Kind, Note, Side
from instep.store import conflicts, history, pairs, runs
from instep.store.conflicts import ConflictRow
from instep.store.database import Database
from instep.store.history import HistoryRow, Image, Images
from instep.store.pairs import Pair

AT = datetime(2024, 5, 1, 10, 0, 0, 123456, tzinfo=UTC)
ADA = Contact(uid="1", given="Ada", photo=Binary(b"\xff" * 300, media_type="image/png"), modified=AT)
VCARD = (b"BEGIN:VCARD\r\nFN:Ada\r\nEND:VCARD\r\n", "text/vcard")
NOTE = (b"# Ada\n", "text/markdown")


# History ----------------------------------------------------------------------------------------------------------


def wrote(pair: Pair, **what: object) -> HistoryRow:
    """A write that happened."""
    row = HistoryRow(0, 1, pair.id, 5, AT, Side.RIGHT, "update", "/dav/1", "Ada Löwe", "uid", "work", Kind.CONTACT)
    return replace(row, **what)  # type: ignore[arg-type]


def test_history_tells_newest_first_what_fits(db: Database, pair: Pair) -> None:
    given = [wrote(pair), wrote(pair, run_id=2, name="100 % Öl"), wrote(pair, run_id=2, name="Bob", link_id=6)]
    cases: list[tuple[dict[str, object], list[str]]] = [
        ({}, ["Bob", "100 % Öl", "Ada Löwe"]),
        ({"limit": 1}, ["Bob"]),
        ({"run_id": 2}, ["Bob", "100 % Öl"]),
        ({"account": "home"}, []),
        ({"account": "work", "text": "LÖWE"}, ["Ada Löwe"]),
        ({"text": "%"}, ["100 % Öl"]),
        ({"link_id": 5, "run_id": 2}, ["100 % Öl"]),
        ({"pair_id": pair.id + 1}, []),
    ]
    with db.transaction() as tx:
        history.add(tx, [(row, Images(None, None)) for row in given])
        assert history.rows(tx)[-1] == replace(given[0], id=1)
        for wanted, names in cases:
            assert [r.name for r in history.rows(tx, **wanted)] == names, wanted  # type: ignore[arg-type]


def test_history_gives_both_images_back_exactly(db: Database, pair: Pair) -> None:
    both = Images(Image(ADA, VCARD), Image(Note(title="x"), None))
    with db.transaction() as tx:
        history.add(tx, [(wrote(pair), both), (wrote(pair), Images(None, Image(None, NOTE)))])
        assert history.images(tx, [1, 2, 3]) == {1: both, 2: Images(None, Image(None, NOTE))}


def test_deletions_are_counted_per_pair_and_side_since_a_time(db: Database, pair: Pair) -> None:
    gone = wrote(pair, op="delete")
    given = [gone, gone, replace(gone, side=Side.LEFT), replace(gone, at=AT - timedelta(hours=1)), wrote(pair)]
    with db.transaction() as tx:
        history.add(tx, [(row, Images(None, None)) for row in given])
        assert history.deletions_since(tx, pair.id, Side.RIGHT, AT) == 2
        assert history.deletions_since(tx, pair.id, Side.RIGHT, AT - timedelta(days=1)) == 3
        assert history.deletions_since(tx, pair.id + 1, Side.RIGHT, AT) == 0


@pytest.mark.parametrize(
    ("keep_days", "keep_runs", "kept"),
    [
        (30, 0, ["today", "a week ago"]),
        (30, 2, ["today", "a week ago", "last run but one"]),
        (1000, 0, ["today", "a week ago", "last run but one", "first run"]),
        (0, 0, []),
    ],
)
def test_retention_keeps_what_is_young_or_of_the_last_runs(
    keep_days: int, keep_runs: int, kept: list[str], db: Database, pair: Pair
) -> None:
    ages = {"first run": 300, "last run but one": 200, "a week ago": 7, "today": 0}
    with db.transaction() as tx:
        first, second, third = (runs.start(tx, "work", AT) for _ in range(3))
        for name, run in zip(ages, (first, second, third, third), strict=True):
            row = wrote(pair, run_id=run, name=name, at=AT - timedelta(days=ages[name], seconds=1))
            history.add(tx, [(row, Images(Image(Contact(given=name), None), None))])
        gone = history.prune(tx, keep_days, keep_runs, AT)
        left = history.rows(tx)
        assert (gone, [r.name for r in left]) == (4 - len(kept), kept)
        images = history.images(tx, [r.id for r in left])
        assert [images[r.id].before for r in left] == [Image(Contact(given=r.name), None) for r in left]


# Conflicts --------------------------------------------------------------------------------------------------------


def question(pair: Pair, **what: object) -> ConflictRow:
    """A question in which everything says something."""
    row = ConflictRow(0, pair.id, 5, "both-changed", "Ada", AT, "a.vcf", "/dav/1", "d1", "d2", ["note"], [{"n": 1}])
    row = replace(row, left_document=NOTE, right_document=VCARD, left_item=ADA, right_item=Contact(given="B"))
    return replace(row, **what)  # type: ignore[arg-type]


def test_a_question_comes_back_as_it_was_asked(db: Database, pair: Pair) -> None:
    bare = ConflictRow(0, pair.id, None, "match", "B", AT, right_href="/dav/2")
    with db.transaction() as tx:
        ids = conflicts.upsert(tx, [question(pair), bare])
        expected = [replace(question(pair), id=ids[0]), replace(bare, id=ids[1])]
        assert conflicts.of_account(tx, "work") == conflicts.of_account(tx) == expected
        assert conflicts.of_pair(tx, pair.id) == expected
        assert conflicts.get(tx, ids[1]) == expected[1]
        assert conflicts.of_account(tx, "home") == []
        assert conflicts.get(tx, 99) is None


ANSWER = {"choice": "server"}
AGAIN: dict[str, tuple[dict[str, object], bool]] = {
    "nothing new": ({}, True),
    "a later time and another name": ({"at": AT + timedelta(days=1), "name": "Ada L."}, True),
    "another version on the desktop": ({"left_digest": "d3"}, False),
    "another version on the server": ({"right_digest": "d3"}, False),
    "another field clashes": ({"fields": ["note", "given"]}, False),
    "another reason": ({"reason": "edit-delete"}, False),
    "other candidates": ({"candidates": []}, False),
}


@pytest.mark.parametrize(("what", "stands"), AGAIN.values(), ids=AGAIN.keys())
def test_rule_7_a_question_asked_again_keeps_its_id_and_its_answer_only_while_nothing_moved(
    what: dict[str, object], stands: bool, db: Database, pair: Pair
) -> None:
    with db.transaction() as tx:
        ids = conflicts.upsert(tx, [question(pair)])
        conflicts.set_resolution(tx, ids[0], ANSWER)
        again = question(pair, **what)
        assert conflicts.upsert(tx, [again]) == ids
        expected = replace(again, id=ids[0], at=AT, resolution=ANSWER if stands else None)
        assert conflicts.get(tx, ids[0]) == expected


def test_a_question_is_known_by_its_link_else_by_the_item_it_is_about(db: Database, pair: Pair) -> None:
    no_link = question(pair, link_id=None)
    with db.transaction() as tx:
        other = pairs.add(tx, replace(pair, id=0, left="more"))
        asked = [question(pair), no_link, replace(no_link, left_href=None), replace(no_link, pair_id=other.id)]
        ids = conflicts.upsert(tx, asked)
        assert len(set(ids)) == 4
        assert conflicts.upsert(tx, reversed(asked)) == ids[::-1]
        twice = [question(pair, link_id=77), question(pair, link_id=77, name="the latest")]
        first, second = conflicts.upsert(tx, twice)
        stored = conflicts.get(tx, first)
        assert first == second and stored and stored.name == "the latest"
        moved = question(pair, left_href="moved.vcf")
        assert conflicts.upsert(tx, [moved]) == ids[:1]


def test_questions_not_asked_any_more_go_and_their_numbers_are_not_used_again(db: Database, pair: Pair) -> None:
    with db.transaction() as tx:
        ids = conflicts.upsert(tx, [question(pair, link_id=i) for i in range(4)])
        conflicts.keep_only(tx, pair.id, ids[:2])
        assert [c.id for c in conflicts.of_pair(tx, pair.id)] == ids[:2]
        conflicts.remove(tx, ids[:2])
        assert conflicts.of_account(tx) == []
        assert conflicts.upsert(tx, [question(pair)])[0] > ids[-1]


def test_an_answer_can_be_taken_back(db: Database, pair: Pair) -> None:
    with db.transaction() as tx:
        [key] = conflicts.upsert(tx, [question(pair)])
        for answer in (ANSWER, {}, None):
            conflicts.set_resolution(tx, key, answer)
            stored = conflicts.get(tx, key)
            assert stored and stored.resolution == answer


# Runs -------------------------------------------------------------------------------------------------------------


def test_the_last_run_is_the_newest_that_ended_and_was_not_dry(db: Database) -> None:
    with db.transaction() as tx:
        first = runs.start(tx, "work", AT)
        runs.finish(tx, first, AT + timedelta(seconds=1), "in-step", {"pairs": [1]})
        dry = runs.start(tx, "work", AT, dry=True)
        runs.finish(tx, dry, AT, "conflicts", {})
        broken = runs.start(tx, "work", AT)
        runs.start(tx, "home", AT)
        expected = runs.RunRow(first, "work", AT, AT + timedelta(seconds=1), "in-step", {"pairs": [1]})
        assert runs.last(tx, "work") == runs.get(tx, first) == expected
        newest_dry = runs.last(tx, "work", dry=True)
        assert newest_dry and newest_dry.id == dry
        assert runs.last(tx, "nobody") is None
        assert [r.id for r in runs.of_account(tx, "work")] == [broken, dry, first]
        assert len(runs.of_account(tx, limit=2)) == 2
        assert runs.of_account(tx, "work")[0].ended is None


def test_a_time_without_a_zone_is_refused(db: Database) -> None:
    with pytest.raises(Exception, match="without a zone"), db.transaction() as tx:
        runs.start(tx, "work", datetime(2024, 1, 1))
