"""Which folders belong together: proposed at set-up, found by what a person types."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from instep.accounts.account import Account
from instep.accounts.folders import Folders, desktop_place, find_folder, gather
from instep.accounts.pairing import NewFolder, make_folders, propose
from instep.connectors.base import CollectionInfo
from instep.connectors.memory import MemoryConnector
from instep.connectors.memory.store import MemoryStore
from instep.core.model import Kind, Side
from instep.errors import ConfigError
from instep.store.pairs import Pair

C, E, T, N = Kind.CONTACT, Kind.EVENT, Kind.TASK, Kind.NOTE
ACCOUNT = Account("ann", url="https://dav.example.org/", email="ann@example.org", desktop="files:/pim")
DAV = "https://dav.example.org/ann"


def info(
    id: str, *kinds: Kind, name: str = "", default: tuple[Kind, ...] = (), writable: bool | None = True
) -> CollectionInfo:
    return CollectionInfo(id, name or id, frozenset(kinds), writable, default_for=frozenset(default))


DESKTOP = (info("contacts", C, default=(C,)), info("calendar", E, default=(E,)), info("tasks", T, default=(T,)))
DESKTOP += (info("notes", N, default=(N,)),)
CARDS = info(f"{DAV}/card/", C, name="Address Book", default=(C,))
ALL = info(f"{DAV}/cal/", E, T, N, name="Calendar", default=(E, T, N))
EVENTS, TASKS = info(f"{DAV}/ev/", E, name="Calendar"), info(f"{DAV}/td/", T, name="Tasks")
WORK, CLIENTS = info(f"{DAV}/work/", E, name="Work"), info(f"{DAV}/clients/", C, name="Clients")
READ_ONLY = info(f"{DAV}/holidays/", E, name="Holidays", writable=False)


def folders(
    desktop: tuple[CollectionInfo, ...] = DESKTOP, server: tuple[CollectionInfo, ...] = (CARDS, ALL), **more: object
) -> Folders:
    return replace(Folders(ACCOUNT, desktop, server), **more)  # type: ignore[arg-type]


def said(folders: Folders, existing: tuple[Pair, ...] = ()) -> list[tuple[str, str, str]]:
    def name(side: CollectionInfo | NewFolder) -> str:
        return f"new {side.name}" if isinstance(side, NewFolder) else side.name

    return [(str(p.kind), name(p.left), name(p.right)) for p in propose(folders, existing)[0]]


PROPOSALS: list[tuple[str, Folders, list[tuple[str, str, str]]]] = [
    (
        "one server folder for three kinds is paired with a desktop folder of each kind",
        folders(),
        [
            ("contacts", "contacts", "Address Book"),
            ("appointments", "calendar", "Calendar"),
            ("tasks", "tasks", "Calendar"),
            ("notes", "notes", "Calendar"),
        ],
    ),
    (
        "a folder made for tasks is better than one for everything",
        folders(server=(ALL, TASKS)),
        [
            ("appointments", "calendar", "Calendar"),
            ("tasks", "tasks", "Tasks"),
            ("notes", "notes", "Calendar"),
        ],
    ),
    (
        "an empty desktop gets new folders with the usual names",
        folders(desktop=(), server=(CARDS, EVENTS)),
        [("contacts", "new contacts", "Address Book"), ("appointments", "new calendar", "Calendar")],
    ),
    (
        "other folders are paired when both sides call them the same",
        folders(
            desktop=(*DESKTOP, info("Clients", C), info("WORK", E), info("Private", E)),
            server=(CARDS, EVENTS, WORK, CLIENTS),
        ),
        [
            ("contacts", "contacts", "Address Book"),
            ("contacts", "Clients", "Clients"),
            ("appointments", "calendar", "Calendar"),
            ("appointments", "WORK", "Work"),
        ],
    ),
    (
        "a folder with a namesake is not taken for the main one",
        folders(desktop=(info("Work", E),), server=(WORK, EVENTS)),
        [("appointments", "new calendar", "Calendar"), ("appointments", "Work", "Work")],
    ),
    (
        "the only folder of a kind is the main one, whatever it is called",
        folders(desktop=(info("Friends", C),), server=(CARDS,)),
        [("contacts", "Friends", "Address Book")],
    ),
    (
        "an empty folder that takes everything is not the main one of anything",
        folders(desktop=(info("stuff", C, E, T, N),), server=(CARDS,)),
        [("contacts", "new contacts", "Address Book")],
    ),
    (
        "of several folders without a sign none is guessed to be the main one",
        folders(desktop=(info("Friends", C), info("Family", C)), server=(CARDS,)),
        [("contacts", "new contacts", "Address Book")],
    ),
    (
        "an unknown folder does not replace a main one that another account uses",
        folders(desktop=(info("contacts", C), info("Archive", C)), server=(CARDS,), taken={"contacts": "Bob"}),
        [("contacts", "new contacts ann", "Address Book")],
    ),
    (
        "of two folders of one name none is guessed",
        folders(
            desktop=(*DESKTOP, info("a/Work", E, name="Work"), info("b/Work", E, name="Work")), server=(EVENTS, WORK)
        ),
        [("appointments", "calendar", "Calendar")],
    ),
    (
        "a folder that another account uses is not taken; a new one is offered",
        folders(server=(CARDS, EVENTS), taken={"contacts": "Bob"}),
        [("contacts", "new contacts ann", "Address Book"), ("appointments", "calendar", "Calendar")],
    ),
    (
        "a namesake that another account uses is not taken either",
        folders(desktop=(*DESKTOP, info("Work", E)), server=(EVENTS, WORK), taken={"Work": "Bob"}),
        [("appointments", "calendar", "Calendar")],
    ),
    (
        "a name that is in use for another kind is not used for a new folder",
        folders(desktop=(info("contacts", E),), server=(CARDS,)),
        [("contacts", "new contacts ann", "Address Book")],
    ),
    (
        "a folder that can be written is better than one that cannot",
        folders(server=(replace(READ_ONLY, default_for=frozenset({E})), EVENTS)),
        [("appointments", "calendar", "Calendar")],
    ),
]


@pytest.mark.parametrize(("story", "there", "expected"), PROPOSALS, ids=[row[0] for row in PROPOSALS])
def test_folders_are_proposed(story: str, there: Folders, expected: list[tuple[str, str, str]]) -> None:
    assert said(there) == expected


def test_folder_nobody_may_write_goes_to_the_desktop_only() -> None:
    proposals, _ = propose(folders(server=(READ_ONLY,)))
    assert [proposal.direction for proposal in proposals] == ["to-desktop"]


def test_kind_that_is_switched_off_is_not_proposed() -> None:
    there = replace(folders(), account=replace(ACCOUNT, kinds=frozenset({N})))
    assert said(there) == [("notes", "notes", "Calendar")]


def test_kind_that_has_a_pair_keeps_it() -> None:
    pair = Pair(1, "ann", E, "Private", ALL.id)
    there = folders(desktop=(*DESKTOP, info("Work", E)), server=(ALL, WORK))
    assert said(there, (pair,)) == [
        ("appointments", "Work", "Work"),
        ("tasks", "tasks", "Calendar"),
        ("notes", "notes", "Calendar"),
    ]
    paired = replace(pair, left="Work", right=WORK.id)
    assert ("appointments", "Work", "Work") not in said(there, (paired,))


def test_kind_the_server_lacks_is_said_and_a_folder_offered() -> None:
    there = folders(server=(CARDS, EVENTS, TASKS), server_makes=True, server_name="dav.example.org")
    _, (lack,) = propose(there)
    assert (lack.kind, "dav.example.org" in lack.message, "VJOURNAL" in lack.message) == (N, True, True)
    assert lack.offer is not None
    assert (lack.offer.left, lack.offer.right) == (DESKTOP[3], NewFolder("Notes"))
    _, (other,) = propose(replace(there, server_makes=False))
    assert (other.offer, "Make one there" in other.advice) == (None, True)


# Making and gathering ---------------------------------------------------------------------------------------------


def test_new_folders_are_made_once_and_pairs_returned() -> None:
    async def story() -> tuple[list[Pair], Folders]:
        left, right = MemoryStore("Desktop"), MemoryStore("Server")
        right.add_collection("cal", (E, T), "Calendar", default=True)
        desktop, server = MemoryConnector(left), MemoryConnector(right)
        proposals, lacks = propose(await gather(ACCOUNT, desktop, server))
        offers = [lack.offer for lack in lacks if lack.offer]
        pairs = await make_folders([*proposals, *offers], "ann", desktop, server)
        return pairs, await gather(ACCOUNT, desktop, server)

    pairs, after = asyncio.run(story())
    assert [(str(p.kind), p.left_name, p.right_name, p.id) for p in pairs] == [
        ("appointments", "calendar", "Calendar", 0),
        ("tasks", "tasks", "Calendar", 0),
        ("contacts", "contacts", "Contacts", 0),
        ("notes", "notes", "Notes", 0),
    ]
    assert (len(after.desktop), len(after.server)) == (4, 3)
    assert propose(after, pairs) == ((), ())


def test_server_that_makes_something_else_is_noticed() -> None:
    class Stubborn(MemoryConnector):
        async def create_collection(self, name: str, kinds: frozenset[Kind]) -> CollectionInfo:
            return await super().create_collection(name, frozenset({E}))

    async def story() -> None:
        desktop, server = MemoryConnector(MemoryStore()), Stubborn(MemoryStore())
        _, lacks = propose(await gather(replace(ACCOUNT, kinds=frozenset({N})), desktop, server))
        await make_folders([lack.offer for lack in lacks if lack.offer], "ann", desktop, server)

    with pytest.raises(ConfigError, match="takes no notes"):
        asyncio.run(story())


# Names that people type -------------------------------------------------------------------------------------------

MANY = folders(
    desktop=(info("contacts", C, name="People"), info("cal/a", E, name="Work"), info("cal/b", E, name="work")),
    server=(ALL, WORK, replace(WORK, id=f"{DAV}/other/"), info(f"{DAV}/%C3%BC/", C, name="Ü")),
)
FOUND: list[tuple[str, Side, Kind, str, str]] = [
    ("by name", Side.LEFT, C, "People", "contacts"),
    ("by name in other letters", Side.LEFT, C, "people", "contacts"),
    ("by id", Side.LEFT, C, "contacts", "contacts"),
    ("by path inside the desktop", Side.LEFT, C, "./contacts/", "contacts"),
    ("by whole path", Side.LEFT, E, "/pim/cal/../cal/a", "cal/a"),
    ("the exact name before a similar one", Side.LEFT, E, "work", "cal/b"),
    ("by URL", Side.RIGHT, E, f"{DAV}/work/", f"{DAV}/work/"),
    ("by URL written otherwise", Side.RIGHT, E, f"{DAV.replace('dav.', 'DAV.')}/work", f"{DAV}/work/"),
    ("by the path of a URL", Side.RIGHT, C, "/ann/ü", f"{DAV}/%C3%BC/"),
]


@pytest.mark.parametrize(("story", "side", "kind", "typed", "id"), FOUND, ids=[row[0] for row in FOUND])
def test_folder_is_found(story: str, side: Side, kind: Kind, typed: str, id: str) -> None:
    assert find_folder(MANY, side, kind, typed).id == id


NOT_FOUND: list[tuple[str, Side, Kind, str, str]] = [
    ("unknown", Side.LEFT, C, "Pepole", "Did you mean 'People'"),
    ("empty", Side.LEFT, C, "", "has no folder"),
    ("ambiguous", Side.RIGHT, E, "Work", f"Say which: {DAV}/work/, {DAV}/other/"),
    ("ambiguous in other letters", Side.LEFT, E, "WORK", "cal/a, cal/b"),
    ("of another kind", Side.LEFT, N, "People", "takes no notes; it takes: contacts"),
    ("on another server", Side.RIGHT, E, "https://elsewhere.example/ann/work/", "has no folder"),
]


@pytest.mark.parametrize(("story", "side", "kind", "typed", "words"), NOT_FOUND, ids=[row[0] for row in NOT_FOUND])
def test_folder_that_is_not_clear_is_an_error(story: str, side: Side, kind: Kind, typed: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        find_folder(MANY, side, kind, typed)
    assert words in str(caught.value)


def test_same_name_with_the_right_kind_is_meant() -> None:
    there = folders(desktop=(info("a", C, name="Work"), info("b", E, name="Work")))
    assert find_folder(there, Side.LEFT, E, "Work").id == "b"


def test_desktop_folders_of_two_accounts_are_compared_by_where_they_lie(tmp_path: Path) -> None:
    (tmp_path / "pim" / "ann").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "pim", target_is_directory=True)
    outer = replace(ACCOUNT, desktop=f"files:{tmp_path / 'pim'}")
    inner = replace(ACCOUNT, desktop=f"files:{tmp_path / 'link' / 'ann'}")
    assert desktop_place(outer, "ann/contacts") == desktop_place(inner, "contacts")
    assert desktop_place(outer, "contacts") != desktop_place(inner, "contacts")
