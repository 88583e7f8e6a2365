"""An account with another address or desktop: which pairs go on, which begin anew, which are let go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instep.accounts.account import Account
from instep.accounts.folders import Folders
from instep.accounts.pairing import NewFolder
from instep.connectors.base import CollectionInfo
from instep.core.model import Kind
from instep.service.readdressing import Anew, Move, is_elsewhere, plan_move
from instep.store.pairs import Pair

C, E = Kind.CONTACT, Kind.EVENT
ANN = Account("ann", url="https://dav.example.org/", email="ann@example.org", desktop="files:/pim")
OLD, NEW = "https://old.example.org/ann/", "https://new.example.org/dav/ann/"


def info(id: str, name: str, *kinds: Kind) -> CollectionInfo:
    return CollectionInfo(id, name, frozenset(kinds))


def pair(id: int, kind: Kind, right: str, name: str, left: str = "contacts") -> Pair:
    return Pair(id, "ann", kind, left, right, left, name)


PEOPLE = pair(1, C, f"{OLD}people/", "People")
FRIENDS = pair(2, C, f"{OLD}friends/", "Friends", "friends")
DATES = pair(3, E, f"{OLD}cal/", "Calendar", "calendar")
HERE = (info("contacts", "contacts", C), info("friends", "friends", C), info("calendar", "calendar", E))


def summary(move: Move) -> dict[str, list[object]]:
    def left(one: Anew) -> str:
        return f"new {one.left.name}" if isinstance(one.left, NewFolder) else one.left.id

    return {
        "kept": [one.id for one in move.kept],
        "anew": [(one.pair.id, left(one), one.right.id) for one in move.anew],
        "lost": [one.pair.id for one in move.lost],
    }


SERVER: list[tuple[str, list[Pair], tuple[CollectionInfo, ...], dict[str, list[object]]]] = [
    (
        "a folder that is still at its address goes on",
        [PEOPLE],
        (info(f"{OLD}people/", "Renamed", C), info(f"{NEW}p/", "People", C)),
        {"kept": [1], "anew": [], "lost": []},
    ),
    (
        "a folder of the same name begins anew, whatever its letters",
        [PEOPLE, FRIENDS],
        (info(f"{NEW}p/", "people", C), info(f"{NEW}f/", "Friends", C)),
        {"kept": [], "anew": [(1, "contacts", f"{NEW}p/"), (2, "friends", f"{NEW}f/")], "lost": []},
    ),
    (
        "the only folder of a kind is taken for its only pair",
        [DATES],
        (info(f"{NEW}c/", "Kalender", E), info(f"{NEW}p/", "People", C)),
        {"kept": [], "anew": [(3, "calendar", f"{NEW}c/")], "lost": []},
    ),
    (
        "two pairs never meet in one folder",
        [PEOPLE, FRIENDS],
        (info(f"{NEW}p/", "Contacts", C),),
        {"kept": [], "anew": [], "lost": [1, 2]},
    ),
    (
        "two pairs of one name take one folder once",
        [PEOPLE, replace(FRIENDS, right_name="People")],
        (info(f"{NEW}p/", "People", C),),
        {"kept": [], "anew": [(1, "contacts", f"{NEW}p/")], "lost": [2]},
    ),
    (
        "two folders of that name are a question that nobody guesses",
        [PEOPLE],
        (info(f"{NEW}p/", "People", C), info(f"{NEW}q/", "People", C)),
        {"kept": [], "anew": [], "lost": [1]},
    ),
    (
        "a folder of that name for another kind is none",
        [PEOPLE],
        (info(f"{NEW}p/", "People", E),),
        {"kept": [], "anew": [], "lost": [1]},
    ),
]


@pytest.mark.parametrize(("what", "pairs", "server", "expected"), SERVER, ids=[row[0] for row in SERVER])
def test_another_server(
    what: str, pairs: list[Pair], server: tuple[CollectionInfo, ...], expected: dict[str, list[object]]
) -> None:
    move = plan_move(Folders(ANN, HERE, server), pairs, same_desktop=True)
    assert summary(move) == expected
    assert move.asks == bool(expected["anew"] or expected["lost"])


def test_desktop_folder_that_is_not_there_now_goes_on_where_only_the_server_changed() -> None:
    move = plan_move(Folders(ANN, (), (info(f"{NEW}p/", "People", C),)), [PEOPLE], same_desktop=True)
    assert summary(move)["anew"] == [(1, "contacts", f"{NEW}p/")]


DESKTOP: list[tuple[str, tuple[CollectionInfo, ...], dict[str, str], dict[str, list[object]]]] = [
    ("is made where it is lacking", (), {}, {"kept": [], "anew": [(1, "new contacts", f"{OLD}people/")], "lost": []}),
    ("begins anew where it is there", HERE, {}, {"kept": [], "anew": [(1, "contacts", f"{OLD}people/")], "lost": []}),
    ("is let go where it is another account's", HERE, {"contacts": "bob"}, {"kept": [], "anew": [], "lost": [1]}),
]


@pytest.mark.parametrize(("what", "desktop", "taken", "expected"), DESKTOP, ids=[row[0] for row in DESKTOP])
def test_folder_of_another_desktop(
    what: str, desktop: tuple[CollectionInfo, ...], taken: dict[str, str], expected: dict[str, list[object]]
) -> None:
    folders = Folders(ANN, desktop, (info(f"{OLD}people/", "People", C),), taken=taken)
    assert summary(plan_move(folders, [PEOPLE], same_desktop=False)) == expected


@pytest.mark.parametrize(
    ("what", "after", "elsewhere"),
    [
        ("another name", replace(ANN, name="Ann"), False),
        ("another way of writing the desktop", replace(ANN, desktop="files:/pim/../pim"), False),
        ("a login that says the same", replace(ANN, login="ann@example.org"), False),
        ("another desktop", replace(ANN, desktop="files:/other"), True),
        ("another server", replace(ANN, url="https://new.example.org/"), True),
        ("another login", replace(ANN, login="bob"), True),
    ],
)
def test_what_means_another_place(what: str, after: Account, elsewhere: bool) -> None:
    assert is_elsewhere(ANN, after) is elsewhere
