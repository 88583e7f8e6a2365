"""Which folders there are, what they are for, and how new ones are made."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from instep.connectors.base import CollectionInfo, Connector, Replica, Snapshot
from instep.connectors.files import FilesConnector
from instep.connectors.files.folders import folders_under, make_folder, suffix_for
from instep.core.model import Kind
from instep.errors import CollectionVanished, StoreFull

CARD = b"BEGIN:VCARD\r\nEND:VCARD\r\n"
AN_EVENT = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
A_TASK = AN_EVENT.replace(b"VEVENT", b"VTODO")
ALL = frozenset(Kind)

KINDS: dict[str, tuple[str, dict[str, bytes], frozenset[Kind]]] = {
    "cards": ("people", {"a.vcf": CARD}, frozenset({Kind.CONTACT})),
    "events": ("work", {"a.ics": AN_EVENT}, frozenset({Kind.EVENT})),
    "tasks": ("todo", {"a.ics": A_TASK}, frozenset({Kind.TASK})),
    "events and tasks": ("both", {"a.ics": AN_EVENT, "b.ics": A_TASK}, frozenset({Kind.EVENT, Kind.TASK})),
    "texts": ("diary", {"a.md": b"x"}, frozenset({Kind.NOTE})),
    "plain texts": ("diary", {"a.txt": b"x"}, frozenset({Kind.NOTE})),
    "cards and a text about them": ("people", {"a.vcf": CARD, "README.txt": b"x"}, frozenset({Kind.CONTACT})),
    "nothing, but known by its name": ("tasks", {}, frozenset({Kind.TASK})),
    "nothing, of no known name": ("new", {}, ALL),
    "only hidden files": ("new", {".a.vcf": CARD}, ALL),
}


@pytest.mark.parametrize("what", KINDS)
def test_folder_is_for_the_kinds_that_it_holds(what: str, tmp_path: Path) -> None:
    name, files, kinds = KINDS[what]
    (tmp_path / name).mkdir()
    for file, content in files.items():
        (tmp_path / name / file).write_bytes(content)
    (info,) = folders_under(tmp_path)
    assert (info.id, info.name, info.kinds, info.writable) == (name, name, kinds, True)


def test_name_and_color_come_from_the_vdirs_own_files(tmp_path: Path) -> None:
    (tmp_path / "b1946ac9").mkdir()
    (tmp_path / "b1946ac9" / "displayname").write_text("Familie Müller\n", "utf-8")
    (tmp_path / "b1946ac9" / "color").write_text("#FF8800\n")
    (info,) = folders_under(tmp_path)
    assert (info.id, info.name, info.color) == ("b1946ac9", "Familie Müller", "#FF8800")


@pytest.mark.parametrize("color", ["", "red", "#12", "#FF8800FF", "\x00"])
def test_color_that_is_none_is_left_out(tmp_path: Path, color: str) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "color").write_text(color)
    assert folders_under(tmp_path)[0].color == ""


def test_folders_come_with_the_defaults_first_and_without_hidden_ones_and_files(tmp_path: Path) -> None:
    for name in ("apples", "contacts", ".git", "notes"):
        (tmp_path / name).mkdir()
    (tmp_path / "README").write_bytes(b"x")
    assert [info.id for info in folders_under(tmp_path)] == ["contacts", "notes", "apples"]
    assert folders_under(tmp_path)[0].default_for == {Kind.CONTACT}


def test_root_that_holds_items_itself_is_a_folder_too(tmp_path: Path) -> None:
    (tmp_path / "a.vcf").write_bytes(CARD)
    (tmp_path / "notes").mkdir()
    assert {(info.id, info.kinds) for info in folders_under(tmp_path)} == {
        (".", frozenset({Kind.CONTACT})),
        ("notes", frozenset({Kind.NOTE})),
    }
    assert isinstance(asyncio.run(_changes(tmp_path, ".", Kind.CONTACT)), Snapshot)


async def _changes(root: Path, collection: str, kind: Kind) -> object:
    connector = FilesConnector(root)
    try:
        return await (await connector.open(collection, kind)).changes(None)
    finally:
        await connector.close()


def test_missing_root_is_vanished_and_not_made_by_looking(tmp_path: Path) -> None:
    root = tmp_path / "drive"
    with pytest.raises(CollectionVanished, match="drive"):
        folders_under(root)
    with pytest.raises(CollectionVanished):
        asyncio.run(_changes(root, "contacts", Kind.CONTACT))
    with pytest.raises(CollectionVanished):
        asyncio.run(FilesConnector(root).probe())
    assert not root.exists()


@pytest.mark.parametrize("id", ["..", "../other", "/tmp", ".git", "", "a/b"])
def test_id_that_leads_out_of_the_root_is_vanished(tmp_path: Path, id: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "other").mkdir()
    with pytest.raises(CollectionVanished):
        asyncio.run(_changes(root, id, Kind.CONTACT))


def test_default_folder_is_made_once_and_used_again(tmp_path: Path) -> None:
    root = tmp_path / "new" / "root"
    first = make_folder(root, "contacts", frozenset({Kind.CONTACT}))
    assert first == CollectionInfo(
        "contacts", "contacts", frozenset({Kind.CONTACT}), True, default_for=frozenset({Kind.CONTACT})
    )
    assert make_folder(root, "contacts", frozenset({Kind.CONTACT})) == first
    assert list((root / "contacts").iterdir()) == []


def test_folder_of_any_other_name_remembers_what_it_was_made_for(tmp_path: Path) -> None:
    made = make_folder(tmp_path, "Work: plans", frozenset({Kind.TASK}))
    assert (made.name, made.kinds) == ("Work: plans", frozenset({Kind.TASK}))
    again = make_folder(tmp_path, "Work: plans", frozenset({Kind.EVENT}))
    assert again.id != made.id
    assert {(i.name, i.kinds) for i in folders_under(tmp_path)} == {(i.name, i.kinds) for i in (made, again)}


def test_full_disk_while_making_a_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", fail)
    with pytest.raises(StoreFull):
        make_folder(tmp_path, "contacts", frozenset({Kind.CONTACT}))


@pytest.mark.parametrize(
    ("present", "suffix"), [([], ".md"), (["a.md", "b.txt"], ".md"), (["a.txt"], ".txt"), (["a.ics"], ".ics")]
)
def test_new_note_is_like_the_notes_that_are_there(tmp_path: Path, present: list[str], suffix: str) -> None:
    for name in present:
        (tmp_path / name).write_bytes(b"x")
    assert suffix_for(tmp_path, Kind.NOTE) == suffix
    assert suffix_for(tmp_path, Kind.CONTACT) == ".vcf"


def test_two_folders_are_open_at_the_same_time(tmp_path: Path) -> None:
    async def both() -> None:
        connector = FilesConnector(tmp_path)
        assert isinstance(connector, Connector) and connector.traffic == (0, 0)
        for name, kind in (("contacts", Kind.CONTACT), ("notes", Kind.NOTE)):
            await connector.create_collection(name, frozenset({kind}))
        one, two = await connector.open("contacts", Kind.CONTACT), await connector.open("notes", Kind.NOTE)
        assert isinstance(one, Replica)
        (tmp_path / "contacts" / "a.vcf").write_bytes(CARD)
        first, second = await asyncio.gather(one.changes(None), two.changes(None))
        assert isinstance(first, Snapshot) and len(first.entries) == 1
        assert second == Snapshot(())
        assert "extra" not in one.limits and "extra" in two.limits
        await connector.close()

    asyncio.run(both())
