"""Several items in one file are several items, and an edit of one leaves its neighbours byte for byte."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from instep.codecs import icalendar, vcard
from instep.connectors.base import Create, Delete, Fetched, Foreign, Missing, Presence, Unreadable, Update
from instep.connectors.files.fingerprints import Fingerprints
from instep.connectors.files.folder import Folder
from instep.core.model import Contact, Item, Kind
from instep.errors import ItemRefused, PreconditionFailed
from instep.testing.builders import contact, edited, event, item, task

BROKEN_CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cut off\r\n"


def cards(*people: Contact) -> bytes:
    return b"".join(vcard.write(one) for one in people)


def calendar(*items: Item) -> bytes:
    first, *rest = (icalendar.write(one) for one in items)  # type: ignore[arg-type]
    for other in rest:
        first = icalendar.append(first, other)
    return first


FILES = {
    Kind.CONTACT: ("all.vcf", cards(*(item(Kind.CONTACT, n) for n in (1, 2, 3)))),  # type: ignore[arg-type]
    Kind.EVENT: ("all.ics", calendar(*(item(Kind.EVENT, n) for n in (1, 2, 3)))),
    Kind.TASK: ("all.ics", calendar(*(item(Kind.TASK, n) for n in (1, 2, 3)))),
}


def place(path: Path, kind: Kind) -> Folder:
    return Folder(path, kind, Fingerprints(), ".vcf" if kind is Kind.CONTACT else ".ics")


def listing(folder: Folder) -> dict[str, str | None]:
    return {entry.href: entry.etag for entry in folder.listing()}


def fetched(folder: Folder, href: str) -> Fetched:
    (result,) = folder.fetch([href])
    assert isinstance(result, Fetched), result
    return result


@pytest.fixture(params=FILES, ids=str)
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    chosen: Kind = request.param
    name, data = FILES[chosen]
    (tmp_path / name).write_bytes(data)
    return chosen


def hrefs_of(kind: Kind) -> list[str]:
    return [f"{FILES[kind][0]}#{item(kind, n).uid}" for n in (1, 2, 3)]


def test_each_item_has_an_address_and_a_document_of_its_own(kind: Kind, tmp_path: Path) -> None:
    folder, hrefs = place(tmp_path, kind), hrefs_of(kind)
    assert list(listing(folder)) == hrefs
    results = [fetched(folder, href) for href in hrefs]
    assert [r.item for r in results] == [item(kind, n) for n in (1, 2, 3)]
    assert all(r.document.data.count(b"UID:") == 1 for r in results)
    assert {r.href: r.etag for r in results} == listing(folder)
    assert folder.fetch([FILES[kind][0]]) == [Missing(FILES[kind][0])]


def test_edit_of_one_changes_neither_the_bytes_nor_the_versions_of_the_others(kind: Kind, tmp_path: Path) -> None:
    folder, hrefs = place(tmp_path, kind), hrefs_of(kind)
    before, old = listing(folder), fetched(folder, hrefs[1])
    answer = folder.write(Update(1, old.href, old.etag, old.document, edited(old.item)))
    name, data = FILES[kind]
    lines, was = (tmp_path / name).read_bytes().splitlines(), data.splitlines()
    assert [line for line in lines if line in was] == was and len(lines) == len(was) + 1
    after = listing(place(tmp_path, kind))
    assert {h for h in hrefs if after[h] != before[h]} == {hrefs[1]} and after[hrefs[1]] == answer.etag
    assert fetched(folder, hrefs[1]).item == edited(old.item)


def test_several_edits_on_one_file_in_one_stream_all_arrive(kind: Kind, tmp_path: Path) -> None:
    folder, hrefs = place(tmp_path, kind), hrefs_of(kind)
    old = [fetched(folder, href) for href in hrefs]
    for key, one in enumerate(old):
        folder.write(Update(key, one.href, one.etag, one.document, edited(one.item)))
    assert [fetched(folder, href).item for href in hrefs] == [edited(one.item) for one in old]


def test_deletion_of_one_leaves_the_others_and_of_the_last_removes_the_file(kind: Kind, tmp_path: Path) -> None:
    folder, hrefs = place(tmp_path, kind), hrefs_of(kind)
    old = [fetched(folder, href) for href in hrefs]
    folder.write(Delete(1, old[0].href, old[0].etag, old[0].document))
    assert list(listing(folder)) == hrefs[1:]
    assert folder.confirm(hrefs) == dict(zip(hrefs, [Presence.GONE, Presence.PRESENT, Presence.PRESENT]))
    folder.write(Delete(2, old[1].href, old[1].etag, old[1].document))
    assert list(listing(folder)) == [FILES[kind][0]]
    assert fetched(folder, hrefs[2]).item == old[2].item
    last = fetched(folder, FILES[kind][0])
    folder.write(Delete(3, last.href, last.etag, last.document))
    assert list(tmp_path.iterdir()) == []


def test_stale_write_to_one_of_several_changes_nothing(kind: Kind, tmp_path: Path) -> None:
    folder, hrefs = place(tmp_path, kind), hrefs_of(kind)
    old = fetched(folder, hrefs[0])
    folder.write(Update(1, old.href, old.etag, old.document, edited(old.item, "first")))
    data = (tmp_path / FILES[kind][0]).read_bytes()
    with pytest.raises(PreconditionFailed):
        folder.write(Update(2, old.href, old.etag, old.document, edited(old.item, "second")))
    with pytest.raises(PreconditionFailed):
        folder.write(Delete(3, old.href, old.etag, old.document))
    assert (tmp_path / FILES[kind][0]).read_bytes() == data


def test_new_item_gets_a_file_of_its_own(kind: Kind, tmp_path: Path) -> None:
    folder, name = place(tmp_path, kind), FILES[kind][0]
    with pytest.raises(ItemRefused):
        folder.write(Create(1, f"{name}#new", item(kind, 4)))
    assert (tmp_path / name).read_bytes() == FILES[kind][1]


def test_broken_card_among_good_ones_is_unreadable_alone(tmp_path: Path) -> None:
    good = [item(Kind.CONTACT, 1), item(Kind.CONTACT, 2)]
    (tmp_path / "all.vcf").write_bytes(cards(*good) + BROKEN_CARD)  # type: ignore[arg-type]
    folder = place(tmp_path, Kind.CONTACT)
    *first, broken = listing(folder)
    assert [fetched(folder, href).item for href in first] == good
    (result,) = folder.fetch([broken])
    assert isinstance(result, Unreadable) and "all.vcf" in str(result.error)
    asked = folder.confirm([broken, first[0], "all.vcf#not-there"])
    assert list(asked.values()) == [Presence.PRESENT, Presence.PRESENT, Presence.UNKNOWN]
    old = fetched(folder, first[0])
    folder.write(Update(1, old.href, old.etag, old.document, edited(old.item)))
    assert (tmp_path / "all.vcf").read_bytes().endswith(BROKEN_CARD)


def test_broken_event_among_good_ones_is_unreadable_alone(tmp_path: Path) -> None:
    data = FILES[Kind.EVENT][1].replace(b"20260304T100000", b"never")
    (tmp_path / "all.ics").write_bytes(data)
    folder = place(tmp_path, Kind.EVENT)
    results = folder.fetch(listing(folder))
    assert [type(r) for r in results] == [Fetched, Fetched, Unreadable] or [type(r) for r in results].count(
        Fetched
    ) == 2


def test_cards_without_a_uid_keep_their_address_when_another_is_removed(tmp_path: Path) -> None:
    (tmp_path / "all.vcf").write_bytes(cards(contact("Anna"), contact("Bert"), contact("Anna"), contact("Carl")))
    folder = place(tmp_path, Kind.CONTACT)
    before = listing(folder)
    assert list(before) == ["all.vcf#~Anna", "all.vcf#~Bert", "all.vcf#~Anna 2", "all.vcf#~Carl"]
    old = fetched(folder, "all.vcf#~Bert")
    folder.write(Delete(1, old.href, old.etag, old.document))
    assert listing(folder) == {href: etag for href, etag in before.items() if "Bert" not in href}


def test_cards_that_share_a_uid_have_addresses_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "all.vcf").write_bytes(cards(contact("Anna", uid="same"), contact("Bert", uid="same")))
    folder = place(tmp_path, Kind.CONTACT)
    assert list(listing(folder)) == ["all.vcf#~Anna", "all.vcf#~Bert"]
    old = fetched(folder, "all.vcf#~Bert")
    folder.write(Update(1, old.href, old.etag, old.document, edited(old.item)))
    assert fetched(folder, "all.vcf#~Anna").item == contact("Anna", uid="same")
    assert fetched(folder, "all.vcf#~Bert").item == edited(old.item)


def test_renaming_a_card_without_a_uid_tells_its_new_address(tmp_path: Path) -> None:
    (tmp_path / "all.vcf").write_bytes(cards(contact("Anna"), contact("Bert")))
    folder = place(tmp_path, Kind.CONTACT)
    old = fetched(folder, "all.vcf#~Anna")
    answer = folder.write(Update(1, old.href, old.etag, old.document, contact("Anne")))
    assert answer.href == "all.vcf#~Anne" and listing(folder)[answer.href] == answer.etag


def test_calendar_of_several_kinds_gives_each_folder_its_own(tmp_path: Path) -> None:
    (tmp_path / "all.ics").write_bytes(calendar(event(uid="e"), task(uid="t")))
    hrefs = ["all.ics#e", "all.ics#t"]
    assert [type(r) for r in place(tmp_path, Kind.EVENT).fetch(hrefs)] == [Fetched, Foreign]
    assert [type(r) for r in place(tmp_path, Kind.TASK).fetch(hrefs)] == [Foreign, Fetched]


def test_document_of_one_is_what_the_codec_takes_out(tmp_path: Path) -> None:
    data = FILES[Kind.EVENT][1]
    (tmp_path / "all.ics").write_bytes(data)
    folder = place(tmp_path, Kind.EVENT)
    found = [fetched(folder, href).document.data for href in hrefs_of(Kind.EVENT)]
    assert found == [icalendar.extract(data, n) for n in range(3)]


@pytest.mark.parametrize(("uid", "told"), [("one", Presence.GONE), ("", Presence.UNKNOWN)], ids=["uid", "no uid"])
def test_card_beside_which_another_was_put_is_under_another_address(tmp_path: Path, uid: str, told: Presence) -> None:
    """Its uid tells the engine which one it is; without one nothing is proved."""
    first, second = replace(item(Kind.CONTACT, 1), uid=uid), item(Kind.CONTACT, 2)
    (tmp_path / "a.vcf").write_bytes(cards(first))  # type: ignore[arg-type]
    folder = place(tmp_path, Kind.CONTACT)
    assert list(listing(folder)) == ["a.vcf"]
    (tmp_path / "a.vcf").write_bytes(cards(first, second))  # type: ignore[arg-type]
    assert len(listing(folder)) == 2 and "a.vcf" not in listing(folder)
    assert folder.confirm(["a.vcf"]) == {"a.vcf": told}
