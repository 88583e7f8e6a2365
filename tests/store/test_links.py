"""Pairs, links, remarks and journal: what is stored comes back, and only what is meant goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import func, select

from instep.core.model import Binary, Contact, Kind, Side
from instep.store import conflicts, history, journal, links, pairs, remarks, runs
from instep.store.conflicts import ConflictRow
from instep.store.database import Database
from instep.store.history import HistoryRow, Images
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
        assert links.count(tx, pair.id) == 2  # a declined one joins nothing


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
