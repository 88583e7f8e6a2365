"""A folder of files as a store: what is listed, noticed, read and proved."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from instep.connectors.base import Create, Delete, Document, Fetched, Foreign, Missing, Presence, Unreadable, Update
from instep.connectors.files import durable
from instep.connectors.files.fingerprints import Fingerprint, Fingerprints, digest
from instep.connectors.files.folder import Folder
from instep.connectors.files.formats import write
from instep.core.model import Item, Kind, name_of
from instep.errors import CodecError, CollectionVanished, InstepError, ItemRefused, PreconditionFailed, ReadOnly
from instep.testing.builders import contact, edited, event, item, note, task

SUFFIX = {Kind.CONTACT: ".vcf", Kind.EVENT: ".ics", Kind.TASK: ".ics", Kind.NOTE: ".md"}


def folder(path: Path, kind: Kind = Kind.CONTACT, memory: Path | None = None) -> Folder:
    return Folder(path, kind, Fingerprints(memory), SUFFIX[kind])


def put(path: Path, name: str, *items: Item) -> bytes:
    data = b"".join(write(one, name, None) for one in items)
    (path / name).write_bytes(data)
    return data


def listing(place: Folder) -> dict[str, str | None]:
    return {entry.href: entry.etag for entry in place.listing()}


def fetched(place: Folder, href: str) -> Fetched:
    (result,) = place.fetch([href])
    assert isinstance(result, Fetched), result
    return result


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock be so late that every file counts as settled."""
    now = time.time_ns()
    monkeypatch.setattr("instep.connectors.files.folder.time.time_ns", lambda: now + 10**10)


def test_only_visible_files_with_the_right_suffix_are_items(tmp_path: Path) -> None:
    put(tmp_path, "anna.vcf", item(Kind.CONTACT))
    put(tmp_path, "loud.VCF", item(Kind.CONTACT, 2))
    for name in (".hidden.vcf", ".instep-1-1.tmp", "anna.vcf~", "anna.vcf.part", "displayname", "color", "read.me"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.vcf").mkdir()
    (tmp_path / "dangling.vcf").symlink_to(tmp_path / "nothing")
    assert set(listing(folder(tmp_path))) == {"anna.vcf", "loud.VCF"}


def test_name_that_is_no_text_is_listed_and_read_like_any_other(tmp_path: Path) -> None:
    name = os.fsdecode(b"M\xfcller.vcf")
    try:
        put(tmp_path, name, item(Kind.CONTACT))
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    (href,) = listing(folder(tmp_path))
    assert href.encode()
    assert fetched(folder(tmp_path), href).item == item(Kind.CONTACT)


def test_edit_that_keeps_size_and_time_is_noticed(tmp_path: Path) -> None:
    data = put(tmp_path, "anna.vcf", contact("Anna"))
    place, path = folder(tmp_path), tmp_path / "anna.vcf"
    before, times = listing(place), path.stat()
    path.write_bytes(data.replace(b"Anna", b"Anne"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert listing(place) != before


def test_file_changed_within_the_clocks_tick_is_read_again_each_time(tmp_path: Path) -> None:
    path = tmp_path / "anna.vcf"
    path.write_bytes(b"x")
    status, known = path.stat(), Fingerprints()
    known.put("a.vcf", status, Fingerprint("1"), status.st_ctime_ns + 10**9)
    assert known.get("a.vcf", status) is None
    known.put("a.vcf", status, Fingerprint("1"), status.st_ctime_ns + 10**10)
    assert known.get("a.vcf", status) == Fingerprint("1")
    path.write_bytes(b"xx")
    assert known.get("a.vcf", path.stat()) is None


@pytest.mark.skipif(os.name == "nt", reason="Windows tells no time of the last change of any kind")
def test_file_whose_old_time_was_put_back_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "anna.vcf"
    path.write_bytes(b"Anna")
    status, known = path.stat(), Fingerprints()
    known.put("a.vcf", status, Fingerprint("1"), status.st_ctime_ns + 10**10)
    while path.stat().st_ctime_ns == status.st_ctime_ns:
        path.write_bytes(b"Anne")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_mtime_ns == status.st_mtime_ns
    assert known.get("a.vcf", path.stat()) is None


def test_time_that_moves_without_the_content_is_no_change(tmp_path: Path) -> None:
    put(tmp_path, "anna.vcf", item(Kind.CONTACT))
    before = listing(folder(tmp_path))
    os.utime(tmp_path / "anna.vcf", (1, 1))
    assert listing(folder(tmp_path)) == before


def test_unchanged_files_are_not_read_again_in_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, memory = tmp_path / "here", tmp_path / "memory" / "m.json"
    place.mkdir()
    put(place, "anna.vcf", item(Kind.CONTACT))
    put(place, "two.vcf", item(Kind.CONTACT, 2), item(Kind.CONTACT, 3))
    later(monkeypatch)
    before = listing(folder(place, memory=memory))
    read: list[Path] = []
    original = durable.read_bytes

    def reading(path: Path) -> bytes:
        read.append(path)
        return original(path)

    monkeypatch.setattr(durable, "read_bytes", reading)
    assert listing(folder(place, memory=memory)) == before and read == []
    put(place, "anna.vcf", item(Kind.CONTACT, 4))
    assert listing(folder(place, memory=memory)) != before and read == [place / "anna.vcf"]


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", b'{"format": 1, "folder": 3, "files": []}', b"[]"])
def test_damaged_memory_costs_time_and_nothing_else(tmp_path: Path, damage: bytes) -> None:
    memory = tmp_path / "m.json"
    memory.write_bytes(damage)
    put(tmp_path, "anna.vcf", item(Kind.CONTACT))
    assert set(listing(folder(tmp_path, memory=memory))) == {"anna.vcf"}


def test_renamed_file_is_one_href_less_and_one_more_with_the_same_content(tmp_path: Path) -> None:
    put(tmp_path, "Shopping.md", note("Shopping", "milk"))
    place = folder(tmp_path, Kind.NOTE)
    before = listing(place)
    (tmp_path / "Shopping.md").rename(tmp_path / "Old list.md")
    assert listing(place) == {"Old list.md": before["Shopping.md"]}
    assert fetched(place, "Old list.md").item == note("Shopping", "milk")


def test_note_stays_in_its_file_when_its_title_changes(tmp_path: Path) -> None:
    put(tmp_path, "Shopping.md", note("Shopping", "milk"))
    place = folder(tmp_path, Kind.NOTE)
    old = fetched(place, "Shopping.md")
    answer = place.write(Update(1, old.href, old.etag, old.document, note("Groceries", "milk")))
    assert answer.href == "Shopping.md" and listing(place) == {"Shopping.md": answer.etag}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("broken.vcf", b"hello", "broken.vcf"),
        ("cut.vcf", b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\n", "cut.vcf"),
        ("wide.vcf", "BEGIN:VCARD".encode("utf-16"), "UTF-8"),
        ("empty.vcf", b"", "empty.vcf"),
    ],
)
def test_broken_file_is_unreadable_with_a_reason_that_names_it(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    put(tmp_path, "good.vcf", item(Kind.CONTACT))
    place = folder(tmp_path)
    assert set(listing(place)) == {name, "good.vcf"}
    bad, good = place.fetch([name, "good.vcf"])
    assert isinstance(good, Fetched)
    assert isinstance(bad, Unreadable) and isinstance(bad.error, CodecError)
    assert reason in str(bad.error) and bad.error.where.item == name
    assert bad.document == Document(content, "text/vcard")
    assert place.confirm([name]) == {name: Presence.PRESENT}


def test_file_that_may_not_be_read_is_listed_and_told_as_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "anna.vcf", item(Kind.CONTACT))

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(durable, "read_bytes", refuse)
    place = folder(tmp_path)
    assert set(listing(place)) == {"anna.vcf"}
    (result,) = place.fetch(["anna.vcf"])
    assert isinstance(result, Unreadable) and "Permission denied" in str(result.error)
    assert place.confirm(["anna.vcf"]) == {"anna.vcf": Presence.UNKNOWN}


def test_item_of_another_kind_in_the_folder_is_foreign(tmp_path: Path) -> None:
    put(tmp_path, "meeting.ics", event())
    put(tmp_path, "do.ics", task())
    results = folder(tmp_path, Kind.TASK).fetch(["meeting.ics", "do.ics"])
    assert [type(r) for r in results] == [Foreign, Fetched]


@pytest.mark.parametrize("href", ["../secret.vcf", "%2E%2E%2Fsecret.vcf", "/etc/secret.vcf", ".hidden.vcf", "a\\b.vcf"])
def test_href_that_leads_out_of_the_folder_is_never_followed(tmp_path: Path, href: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    secret = put(tmp_path, "secret.vcf", item(Kind.CONTACT))
    place = folder(inside)
    assert place.fetch([href]) == [Missing(href)]
    assert place.confirm([href]) == {href: Presence.UNKNOWN}
    for attempt in (
        Create(1, href, item(Kind.CONTACT, 2)),
        Update(1, href, None, Document(secret, "text/vcard"), item(Kind.CONTACT, 2)),
        Delete(1, href, None),
    ):
        with pytest.raises(ItemRefused):
            place.write(attempt)
    assert (tmp_path / "secret.vcf").read_bytes() == secret and list(inside.iterdir()) == []


def test_missing_folder_is_vanished_in_every_answer(tmp_path: Path) -> None:
    put(tmp_path, "anna.vcf", item(Kind.CONTACT))
    place = folder(tmp_path)
    old = fetched(place, "anna.vcf")
    shutil.rmtree(tmp_path)
    attempts = (
        lambda: place.listing(),
        lambda: place.fetch(["anna.vcf"]),
        lambda: place.write(Create(1, "b.vcf", item(Kind.CONTACT, 2))),
        lambda: place.write(Update(1, "anna.vcf", old.etag, old.document, edited(old.item))),
        lambda: place.write(Delete(1, "anna.vcf", old.etag)),
    )
    for attempt in attempts:
        with pytest.raises(CollectionVanished, match="not there"):
            attempt()
    assert place.confirm(["anna.vcf"]) == {"anna.vcf": Presence.UNKNOWN}
    assert not tmp_path.exists()


def test_empty_folder_in_the_place_of_a_full_one_is_an_unmounted_drive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch)
    place, memory = tmp_path / "here", tmp_path / "m.json"
    place.mkdir()
    put(place, "anna.vcf", item(Kind.CONTACT))
    folder(place, memory=memory).listing()
    place.rename(tmp_path / "the drive")
    place.mkdir()
    again = folder(place, memory=memory)
    with pytest.raises(CollectionVanished, match="drive"):
        again.listing()
    assert again.confirm(["anna.vcf"]) == {"anna.vcf": Presence.UNKNOWN}


def test_folder_that_a_person_emptied_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch)
    put(tmp_path, "anna.vcf", item(Kind.CONTACT))
    place = folder(tmp_path)
    place.listing()
    (tmp_path / "anna.vcf").unlink()
    assert listing(place) == {}
    assert place.confirm(["anna.vcf"]) == {"anna.vcf": Presence.GONE}


def test_read_only_folder_is_told_with_folder_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(ReadOnly) as told:
        folder(tmp_path).write(Create(1, "anna.vcf", item(Kind.CONTACT)))
    assert str(tmp_path) in str(told.value) and "anna.vcf" in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_update_without_a_difference_does_not_touch_the_file(tmp_path: Path) -> None:
    put(tmp_path, "anna.vcf", item(Kind.CONTACT))
    place, before = folder(tmp_path), (tmp_path / "anna.vcf").stat()
    old = fetched(place, "anna.vcf")
    answer = place.write(Update(1, old.href, old.etag, old.document, old.item))
    assert answer.etag == old.etag and (tmp_path / "anna.vcf").stat() == before


def test_write_without_an_etag_is_held_to_its_document(tmp_path: Path) -> None:
    put(tmp_path, "anna.vcf", item(Kind.CONTACT))
    place = folder(tmp_path)
    stale = Document(b"something else", "text/vcard")
    with pytest.raises(PreconditionFailed):
        place.write(Update(1, "anna.vcf", None, stale, item(Kind.CONTACT, 2)))
    with pytest.raises(PreconditionFailed):
        place.write(Delete(1, "anna.vcf", None, stale))
    assert fetched(place, "anna.vcf").item == item(Kind.CONTACT)


def test_proposed_name_avoids_what_another_program_made_just_now(tmp_path: Path) -> None:
    place = folder(tmp_path, Kind.NOTE)
    assert place.propose(note("List"), frozenset()) == "List.md"
    put(tmp_path, "List.md", note("List"))
    assert place.propose(note("List"), frozenset()) == "List 2.md"
    place.listing()
    assert place.propose(note("LIST"), frozenset({"list 2.md"})) == "LIST 3.md"


def test_item_of_a_kind_that_the_file_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstepError):
        folder(tmp_path, Kind.CONTACT).write(Create(1, "a.vcf", note("A")))
    assert list(tmp_path.iterdir()) == []


def test_version_is_the_contents_alone() -> None:
    assert digest(b"a") == digest(b"a") != digest(b"b")
    assert name_of(item(Kind.CONTACT)) == "Person 1 Müller"
