"""What is paired, what is not, and what is gone."""

from __future__ import annotations

from dataclasses import replace

from instep.accounts.account import Account
from instep.accounts.folders import Folders
from instep.accounts.overview import overview
from instep.connectors.base import CollectionInfo
from instep.core.model import Kind
from instep.store.pairs import Pair

C, E, N = Kind.CONTACT, Kind.EVENT, Kind.NOTE
ANN = Account("ann", url="https://x", email="a@b", desktop="files:/x", kinds=frozenset({C, E}))


def info(id: str, *kinds: Kind) -> CollectionInfo:
    return CollectionInfo(id, id, frozenset(kinds))


FOLDERS = Folders(
    ANN,
    (info("contacts", C), info("work", E), info("home", E), info("notes", N)),
    (info("s/card", C), info("s/cal", E, N)),
    taken={"home": "Bob"},
)


def said(folders: Folders, pairs: list[Pair]) -> list[tuple[str, str, str, bool, str]]:
    return [
        (str(r.kind), r.left.id if r.left else "-", r.right.id if r.right else "-", r.gone, r.taken_by)
        for r in overview(folders, pairs)
    ]


def test_rows_are_pairs_first_then_what_is_in_none() -> None:
    assert said(FOLDERS, [Pair(1, "ann", E, "work", "s/cal")]) == [
        ("contacts", "contacts", "-", False, ""),
        ("contacts", "-", "s/card", False, ""),
        ("appointments", "work", "s/cal", False, ""),
        ("appointments", "home", "-", False, "Bob"),
    ]


def test_folder_of_a_pair_that_is_gone_is_shown_as_gone() -> None:
    there = replace(FOLDERS, desktop=(), server=(info("s/card", C),))
    pairs = [Pair(1, "ann", C, "contacts", "s/card"), Pair(2, "ann", E, "work", "s/cal")]
    assert said(there, pairs) == [("contacts", "-", "s/card", True, ""), ("appointments", "-", "-", True, "")]


def test_kind_switched_off_is_shown_only_with_its_pair() -> None:
    assert ("notes", "notes", "s/cal", False, "") in said(FOLDERS, [Pair(1, "ann", N, "notes", "s/cal")])
