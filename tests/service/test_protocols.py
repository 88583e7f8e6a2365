"""A kind of a SmarterMail account over another protocol: chosen, refused, planned; and how it is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.connect_smartermail import ORDER
from instep.accounts.connect_smartermail import protocol_of as connectors_word
from instep.accounts.folders import Folders
from instep.accounts.home import Home
from instep.accounts.server_type import PROTOCOLS, ServerType, protocol_of
from instep.connectors.base import CollectionInfo
from instep.core.model import Kind
from instep.errors import ConfigError
from instep.service.installation import Installation
from instep.service.naming import side_names
from instep.service.protocols import protocol_lines, with_protocol
from instep.service.readdressing import is_elsewhere, plan_move
from instep.store import pairs
from instep.store.pairs import Pair

ANN = Account(
    "ann",
    url="https://mail.example.org",
    email="ann@example.org",
    desktop="files:/pim",
    password=PasswordIn.VAULT,
    server=ServerType.SMARTERMAIL,
)
DAV, REST = "https://mail.example.org/webdav/ann/contacts/", "smartermail:contacts/ann/1234"
C, E = Kind.CONTACT, Kind.EVENT


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    for name in [name for name in os.environ if name.startswith("INSTEP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INSTEP_SECRETS", "vault")
    with Installation(Home(tmp_path / "home")) as here:
        here.home.prepare()
        config.add(here.home, ANN)
        yield here


def folders(*server: CollectionInfo) -> Folders:
    return Folders(ANN, (CollectionInfo("contacts", "contacts", frozenset({C})),), server)


def info(id: str, name: str, *, default: bool = False) -> CollectionInfo:
    return CollectionInfo(id, name, frozenset({C}), default_for=frozenset({C} if default else ()))


def test_the_connector_and_the_settings_mean_the_same_protocols() -> None:
    assert {kind: tuple(names) for kind, names in ORDER.items()} == dict(PROTOCOLS)
    for collection in (DAV, REST, "/relative/"):
        assert protocol_of(collection) == connectors_word(collection)


def test_choice_replaces_the_one_of_that_kind_alone() -> None:
    chosen = with_protocol(with_protocol(ANN, C, "rest"), E, "dav")
    assert chosen.protocols == ("contacts=rest", "appointments=dav")
    assert with_protocol(chosen, C, "dav").protocols == ("contacts=dav", "appointments=dav")


@pytest.mark.parametrize(
    ("story", "account", "kind", "words"),
    [
        ("a server of another sort", replace(ANN, server=ServerType.DAV), C, "Only an account with a SmarterMail"),
        ("notes, which DAV has not", ANN, Kind.NOTE, "notes over REST alone"),
    ],
)
def test_choice_that_cannot_be_is_refused(story: str, account: Account, kind: Kind, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        with_protocol(account, kind, "dav")


def test_other_protocol_is_another_place_for_pairs_and_for_a_run_that_began_before() -> None:
    assert is_elsewhere(ANN, with_protocol(ANN, C, "rest"))
    assert is_elsewhere(replace(ANN, server=ServerType.UNKNOWN), ANN)
    assert not is_elsewhere(replace(ANN, server=ServerType.UNKNOWN), replace(ANN, server=ServerType.DAV))


OTHER: list[tuple[str, list[CollectionInfo], str]] = [
    ("the folder of the same name", [info(REST, "Contacts"), info("smartermail:x", "Club", default=True)], REST),
    ("the only one of the kind", [info(REST, "My Contacts")], REST),
    ("the default one", [info(REST, "My Contacts", default=True), info("smartermail:x", "Club")], REST),
    ("none where two could be meant", [info(REST, "My Contacts"), info("smartermail:x", "Club")], ""),
]


@pytest.mark.parametrize(("story", "found", "expected"), OTHER, ids=[row[0] for row in OTHER])
def test_pair_begins_anew_with(story: str, found: list[CollectionInfo], expected: str) -> None:
    pair = Pair(1, "ann", C, "contacts", DAV, "contacts", "Contacts")
    move = plan_move(folders(*found), [pair], same_desktop=True, same_server=True)
    assert [one.right.id for one in move.anew] == ([expected] if expected else [])
    assert len(move.lost) == (0 if expected else 1)


def test_pairs_fix_the_protocol_and_a_choice_is_told_beside_it(here: Installation) -> None:
    def lines(account: Account) -> dict[Kind, str]:
        return dict(protocol_lines(here, account))

    assert lines(ANN)[C] == "not chosen yet; tried first: CardDAV"
    with here.db.transaction() as tx:
        pairs.add(tx, Pair(0, "ann", C, "contacts", DAV, "contacts", "Contacts"))
    assert here.means(ANN).fixed == {C: "dav"}
    assert lines(ANN)[C] == "over CardDAV, since its folders were paired"
    chosen = with_protocol(ANN, C, "rest")
    assert lines(chosen)[C] == "over CardDAV, as it is paired; the settings say REST"


def test_pages_and_questions_call_the_server_by_its_product(here: Installation) -> None:
    assert side_names(here, "ann")[1] == "SmarterMail"
