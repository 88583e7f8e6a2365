"""Pairs, links, remarks, journal, history, conflicts, runs: what is stored comes back, only what is meant goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from instep.core.model import Binary, Contact, Kind, Note, Side
from instep.store import conflicts, history, journal, links, pairs, remarks, runs
from instep.store.conflicts import ConflictRow
from instep.store.database import Database
from instep.store.history import HistoryRow, Image, Images
from instep.store.journal import JournalRow
from instep.store.links import Link
from instep.store.pairs import Pair
from instep.store.remarks import Remark
from instep.store.schema import metadata

AT = datetime(2024, 5, 1, 10, 0, 0, 123456, tzinfo=UTC)
ADA = Contact(uid="1", given="Ada", photo=Binary(b"\xff" * 300, media_type="image/png"), modified=AT)
VCARD = (b"BEGIN:VCARD\r\nFN:Ada\r\nEND:VCARD\r\n", "text/vcard")
NOTE = (b"# Ada\n", "text/markdown")


def full_link(pair: Pair, number: int = 1) -> Link:
    """A link in which everything says something."""
    return Link(
        id=0,
        pair_id=pair.id,
        state="linked",
        left_href=f"ada{number}.vcf",
        left_etag="1-2",
        right_href=f"/dav/{number}",
        right_etag='"x"',
        unsettled=True,
        uid=f"uid{number}",
        name="Ada ä\n🙂",
        left_seen=ADA,
        right_seen=replace(ADA, given="Adä"),
        left_document=NOTE,
        right_document=VCARD,
        elements={"emails": {"left": [1, "a"], "right": [2]}},
        held={"photo": "server"},
        swings={"note": [1, 2, None]},
    )


# Pairs ------------------------------------------------------------------------------------------------------------


def test_a_pair_comes_back_as_it_was_stored_and_changed(db: Database) -> None:
    new = Pair(0, "work", Kind.TASK, "tasks", "/tasks/", "Tasks", "Aufgaben", "to-server", "newest", "l", "r", True)
    new = replace(new, options={"scope": ["a"]}, left_nature="n", right_nature="m")
    with db.transaction() as tx:
        stored = pairs.add(tx, new)
        assert stored == replace(new, id=stored.id)
        assert pairs.get(tx, stored.id) == stored
        changed = replace(stored, begun=False, right="/other/", left_token=None, options={})
        pairs.change(tx, changed)
        pairs.set_tokens(tx, stored.id, left="L", right=None)
        assert pairs.of_account(tx, "work") == [replace(changed, left_token="L", right_token=None)]
        assert pairs.get(tx, stored.id + 1) is None


def test_a_left_collection_is_taken_by_every_account_that_has_a_pair_with_it(db: Database, pair: Pair) -> None:
    with db.transaction() as tx:
        pairs.add(tx, replace(pair, id=0, account="home"))
        assert pairs.taken(tx, pair.left) == {"work", "home"}
        assert pairs.taken(tx, "elsewhere") == frozenset()
        assert pairs.accounts(tx) == ["home", "work"]


def test_a_removed_pair_takes_everything_along_but_its_history_and_its_id(db: Database, pair: Pair) -> None:
    with db.transaction() as tx:
        [link] = links.save(tx, [full_link(pair)])
        remarks.put(tx, [Remark(pair.id, Side.LEFT, "x", None, "foreign")])
        journal.write(tx, [JournalRow(0, 1, pair.id, link, Side.LEFT, "update")])
        conflicts.upsert(tx, [ConflictRow(0, pair.id, link, "both-changed", "Ada", AT)])
        history.add(tx, [(HistoryRow(0, 1, pair.id, link, AT, Side.LEFT, "create", "x", "Ada"), Images(None, None))])
        pairs.remove(tx, pair.id)
        left = {
            table.name
            for table in metadata.sorted_tables
            if tx.connection.execute(select(func.count()).select_from(table)).scalar()
        }
        assert left <= {"history", "blob", "blob_part"}
        assert [(r.account, r.kind) for r in history.rows(tx, account="work")] == [("work", Kind.CONTACT)]
        assert pairs.add(tx, pair).id > pair.id


def test_a_renamed_account_keeps_its_pairs_history_and_runs(db: Database, pair: Pair) -> None:
    with db.transaction() as tx:
        history.add(tx, [(HistoryRow(0, 1, pair.id, None, AT, Side.LEFT, "create", "x", "Ada"), Images(None, None))])
        runs.start(tx, "work", AT)
        pairs.rename_account(tx, "work", "office")
        for account, expected in (("office", 1), ("work", 0)):
            assert len(pairs.of_account(tx, account)) == expected
            assert len(history.rows(tx, account=account)) == expected
            assert len(runs.of_account(tx, account)) == expected


# Links ------------------------------------------------------------------------------------------------------------


def test_links_come_back_whole_in_the_order_they_were_saved(db: Database, pair: Pair) -> None:
    bare = Link(0, pair.id, "declined", None, None, "/dav/x", None)
    given = [full_link(pair, 1), bare, full_link(pair, 2)]
    with db.transaction() as tx:
        ids = links.save(tx, given)
        expected = {key: replace(link, id=key) for key, link in zip(ids, given, strict=True)}
        assert links.load(tx, [*ids, 999]) == expected
        assert list(links.heads(tx, pair.id)) == [link.head for link in expected.values()]
        assert links.count(tx, pair.id) == 3


def test_broken_text_stops_nothing_and_stays_exact_in_the_item(db: Database, pair: Pair) -> None:
    broken = "Ad\udcff\0a"
    item = Contact(uid=broken, given=broken)
    given = replace(full_link(pair), name=broken, uid=broken, left_seen=item, held={broken: broken})
    with db.transaction() as tx:
        [key] = links.save(tx, [given])
        shown = "Ad\ufffd\ufffda"
        assert links.load(tx, [key]) == {key: replace(given, id=key, name=shown, uid=shown)}
        assert list(links.find_uid(tx, "work", Side.LEFT, [broken])) == [shown]


def test_new_and_changed_links_are_saved_together_each_under_its_own_id(db: Database, pair: Pair) -> None:
    with db.transaction() as tx:
        [first] = links.save(tx, [full_link(pair)])
        changed = replace(full_link(pair), id=first, left_seen=None, left_document=None, elements={}, name="B")
        ids = links.save(tx, [full_link(pair, 2), changed, full_link(pair, 3)])
        assert ids[1] == first
        assert ids[0] < ids[2]
        assert links.load(tx, [first]) == {first: changed}
        assert [links.load(tx, [i])[i].uid for i in ids] == ["uid2", "uid1", "uid3"]


def test_more_links_than_one_statement_takes_keep_their_order(db: Database, pair: Pair) -> None:
    with db.transaction() as tx:
        ids = links.save(tx, (full_link(pair, i) for i in range(1234)))
        loaded = links.load(tx, ids)
        assert [loaded[i].uid for i in ids] == [f"uid{i}" for i in range(1234)]
        hrefs = [f"/dav/{i}" for i in range(1300)]
        found = links.heads_by_href(tx, pair.id, Side.RIGHT, hrefs)
        assert [found[h].id for h in hrefs[:1234]] == ids
        assert len(found) == 1234
        links.remove(tx, ids[1:])
        assert [h.id for h in links.heads(tx, pair.id)] == ids[:1]


def test_a_touched_link_has_its_new_href_and_etag_on_that_side_only(db: Database, pair: Pair) -> None:
    with db.transaction() as tx:
        [key] = links.save(tx, [full_link(pair)])
        links.touch(tx, [(key, Side.LEFT, "new.vcf", None), (key, Side.RIGHT, "/dav/1", "y")])
        links.touch(tx, [])
        expected = replace(full_link(pair), id=key, left_href="new.vcf", left_etag=None, right_etag="y")
        assert links.load(tx, [key]) == {key: expected}


def test_unsettled_and_provisional_links_are_planned_again(db: Database, pair: Pair) -> None:
    calm = replace(full_link(pair), unsettled=False)
    given = [calm, full_link(pair), replace(calm, state="provisional"), replace(calm, state="dormant")]
    with db.transaction() as tx:
        ids = links.save(tx, given)
        assert [h.id for h in links.unsettled(tx, pair.id)] == ids[1:3]


def test_a_uid_is_found_in_all_pairs_of_the_account_that_hold_it_on_that_side(db: Database, pair: Pair) -> None:
    with db.transaction() as tx:
        other = pairs.add(tx, replace(pair, id=0, left="more"))
        foreign = pairs.add(tx, replace(pair, id=0, account="home"))
        given = [full_link(pair), full_link(other), full_link(foreign), replace(full_link(pair), left_href=None)]
        given.append(replace(full_link(pair), uid=""))
        ids = links.save(tx, given)
        found = links.find_uid(tx, "work", Side.LEFT, ["uid1", "uid2", ""])
        assert {uid: [h.id for h in heads] for uid, heads in found.items()} == {"uid1": ids[:2]}
        assert len(links.find_uid(tx, "work", Side.RIGHT, ["uid1"])["uid1"]) == 3


# Remarks ----------------------------------------------------------------------------------------------------------


def test_an_item_has_one_remark_the_latest(db: Database, pair: Pair) -> None:
    first = Remark(pair.id, Side.LEFT, "a", None, "unsettled")
    second = Remark(pair.id, Side.LEFT, "a", "2", "unreadable", "line 5")
    right = Remark(pair.id, Side.RIGHT, "a", "2", "foreign")
    with db.transaction() as tx:
        remarks.put(tx, [first, right])
        assert remarks.by_href(tx, pair.id, Side.LEFT) == {"a": first}
        remarks.put(tx, [first, second])
        assert remarks.by_href(tx, pair.id, Side.LEFT, ["a", "b"]) == {"a": second}
        assert remarks.by_href(tx, pair.id, Side.RIGHT) == {"a": right}
        assert remarks.by_reason(tx, pair.id, "foreign") == [right]
        assert remarks.by_reason(tx, pair.id, "foreign", Side.LEFT) == []
        remarks.remove(tx, pair.id, Side.LEFT, ["a", "b"])
        assert remarks.by_href(tx, pair.id, Side.LEFT) == {}
        assert remarks.by_href(tx, pair.id, Side.RIGHT) == {"a": right}


# Journal ----------------------------------------------------------------------------------------------------------


def test_intended_writes_stay_open_until_they_are_finished(db: Database, pair: Pair) -> None:
    full = JournalRow(
        0, 7, pair.id, 3, Side.RIGHT, "update", "/dav/1", "x", "uid", "Ada", ADA, VCARD, NOTE, VCARD, ADA, ADA
    )
    full = replace(full, other_href="a.vcf", other_etag="1", payload={"plan": [1, {"x": None}]})
    bare = JournalRow(0, 7, pair.id, None, Side.LEFT, "delete")
    with db.transaction() as tx:
        other = pairs.add(tx, replace(pair, id=0, account="home"))
        ids = journal.write(tx, [full, bare, replace(bare, pair_id=other.id)])
    with db.transaction() as tx:
        assert journal.open_rows(tx, "work") == [replace(full, id=ids[0]), replace(bare, id=ids[1])]
        journal.finish(tx, ids[:1])
        assert [r.id for r in journal.open_rows(tx, "work")] == ids[1:2]


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
