"""No name leads a file out of its folder: not an href, a uid, a title, a category, and not a link that was planted."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from instep.connectors.base import Create, Delete, Document, Fetched, Missing, Presence, Unreadable, Update
from instep.connectors.files import folders
from instep.connectors.files.fingerprints import Fingerprints
from instep.connectors.files.folder import Folder
from instep.core.model import Kind, Note
from instep.errors import CollectionVanished, InstepError
from instep.testing.builders import contact, note
from peers.dav_sessions import card

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of this kind are POSIX's")
ELSEWHERE = [
    "../outside.vcf",
    "%2E%2E%2Foutside.vcf",
    "a/../../outside.vcf",
    "/outside.vcf",
    ".hidden.vcf",
    "a%00.vcf",
    "x.sh",
    "",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A desktop with contacts and notes, and something precious outside of it."""
    for name in ("contacts", "notes"):
        (tmp_path / "desk" / name).mkdir(parents=True)
    (tmp_path / "outside.vcf").write_bytes(card("secret", "Not Yours"))
    (tmp_path / "outside.md").write_bytes(b"# Not yours\n\nkey\n")
    return tmp_path / "desk"


def opened(root: Path, kind: Kind = Kind.CONTACT) -> Folder:
    name = "contacts" if kind is Kind.CONTACT else "notes"
    return Folder(root / name, kind, Fingerprints(), ".vcf" if kind is Kind.CONTACT else ".md", root)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("href", ELSEWHERE)
def test_an_href_that_leads_elsewhere_is_neither_read_nor_written(root: Path, href: str) -> None:
    before, folder = everything(root.parent), opened(root)
    document = Document(card("secret", "Not Yours"), "text/vcard")
    for write in (
        Create(1, href=href, item=contact()),
        Update(2, href=href, etag=None, item=contact(), based_on=document),
        Delete(3, href, None, document),
    ):
        with pytest.raises(InstepError):
            folder.write(write)
    assert all(isinstance(found, Missing) for found in folder.fetch([href]))
    assert folder.confirm([href])[href] in (Presence.UNKNOWN, Presence.GONE)
    assert everything(root.parent) == before


NAMES = [
    "../../x",
    "/etc/cron.d/x",
    "..",
    "a/b",
    "x\0y",
    "CON",
    "\u202e",
    "~/.ssh/authorized_keys",
    "$HOME",
    "`id`",
    "-rf",
    "x" * 5000,
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:20]))
def test_a_uid_title_or_folder_of_any_name_stays_inside(root: Path, name: str) -> None:
    before = {path for path in root.parent.rglob("*") if not path.is_relative_to(root)}
    item = replace(contact(name, uid=name), categories=(name,))
    opened(root).write(Create(1, None, item))
    opened(root, Kind.NOTE).write(Create(2, None, note(name, categories=(name,))))
    folders.make_folder(root, name, frozenset({Kind.NOTE}))
    assert {path for path in root.parent.rglob("*") if not path.is_relative_to(root)} == before
    assert [len(list((root / folder).iterdir())) for folder in ("contacts", "notes")] == [1, 1]


@pytest.mark.parametrize("id", ["..", "../outside", "/etc", "a/b", "", ".hidden", "x\0"])
def test_a_folder_of_any_id_is_one_under_the_root(root: Path, id: str) -> None:
    with pytest.raises(CollectionVanished):
        folders.path_of(root, id)


@pytest.mark.parametrize("kind", [Kind.CONTACT, Kind.NOTE])
def test_a_planted_link_is_named_as_a_problem_and_followed_by_nothing(root: Path, kind: Kind) -> None:
    folder, suffix = opened(root, kind), ".vcf" if kind is Kind.CONTACT else ".md"
    target = root.parent / f"outside{suffix}"
    link = folder.path / f"link{suffix}"
    link.symlink_to(target)
    before, held = target.read_bytes(), Document(target.read_bytes(), "text/vcard")
    [entry] = folder.listing()
    [found] = folder.fetch([entry.href])
    assert isinstance(found, Unreadable) and "link that leads out" in str(found.error)
    assert folder.confirm([entry.href])[entry.href] is Presence.UNKNOWN
    item = contact("Eve") if kind is Kind.CONTACT else Note(title="Eve")
    for write in (
        Update(1, href=entry.href, etag=None, item=item, based_on=held),
        Delete(2, entry.href, None, held),
        Create(3, item=item, href=entry.href),
    ):
        with pytest.raises(InstepError):
            folder.write(write)
    assert target.read_bytes() == before and link.is_symlink()


def test_a_link_inside_the_desktop_is_a_file_like_any_other(root: Path) -> None:
    real = root / "contacts" / "real.vcf"
    real.write_bytes(card("u1", "Anna"))
    (root / "contacts" / "link.vcf").symlink_to(real)
    assert all(isinstance(found, Fetched) for found in opened(root).fetch(["real.vcf", "link.vcf"]))


def test_a_link_that_takes_a_files_place_is_not_written_through(root: Path) -> None:
    folder, file = opened(root), root / "contacts" / "a.vcf"
    outside = root.parent / "outside.vcf"
    file.write_bytes(outside.read_bytes())
    [entry] = folder.listing()
    file.unlink()
    file.symlink_to(outside)
    before = outside.read_bytes()
    with pytest.raises(InstepError):
        folder.write(
            Update(1, href=entry.href, etag=entry.etag, item=contact("Eve"), based_on=Document(before, "text/vcard"))
        )
    assert outside.read_bytes() == before


def test_a_pipe_or_device_in_the_folder_holds_nobody_up(root: Path) -> None:
    os.mkfifo(root / "contacts" / "pipe.vcf")
    os.mkfifo(root / "contacts" / "pipe.ics")
    os.mkfifo(root / "notes" / "displayname")
    (root / "contacts" / "endless.ics").symlink_to("/dev/zero")
    assert {info.id for info in folders.folders_under(root)} == {"contacts", "notes"}
    assert opened(root).listing() == ()
    assert all(isinstance(found, Unreadable) for found in opened(root).fetch(["pipe.vcf"]))
