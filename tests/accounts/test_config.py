"""The settings file: comments survive, errors name their place, edits never tear it."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.home import Home
from instep.core.model import Kind
from instep.errors import ConfigError, InstepError, StoreFull

ANN = Account("ann", url="https://dav.example.org/", email="ann@example.org", desktop="files:/pim/ann")
BOB = replace(ANN, name="Bob", email="bob@example.org", desktop="files:/pim/bob")

BY_HAND = """\
# Ours since 2024.
[accounts.ann]  # the head of sales
url = "https://dav.example.org/"   # moved in May
email = "ann@example.org"
desktop = "files:/pim/ann"
password = "keyring"

# Bob left, but his calendar stays.
[accounts.Bob]
url = "https://dav.example.org/"
email = "bob@example.org"
desktop = "files:/pim/bob"
password = "keyring"
# That is all.

[other]
setting = 1
"""


def comments(text: str) -> list[str]:
    return ["#" + line.split("#", 1)[1] for line in text.splitlines() if "#" in line]


def test_no_file_means_no_accounts(home: Home) -> None:
    assert config.load(home) == ()
    assert not home.config.exists()


def test_added_accounts_come_back_in_order(home: Home) -> None:
    config.add(home, ANN)
    config.add(home, BOB, replace(ANN, name="Jörg @büro", kinds=frozenset({Kind.NOTE})))
    assert [account.name for account in config.load(home)] == ["ann", "Bob", "Jörg @büro"]
    assert config.load(home)[:2] == (ANN, BOB)


@pytest.mark.skipif(sys.platform == "win32", reason="permission bits are POSIX's")
def test_file_is_readable_by_its_owner_alone(home: Home) -> None:
    config.add(home, ANN)
    home.config.chmod(0o644)
    config.add(home, BOB)
    assert stat.S_IMODE(home.config.stat().st_mode) == 0o600
    assert [path.name for path in home.path.iterdir() if path.suffix == ".tmp"] == []


@pytest.mark.parametrize("name", ["ann", "ANN", " ann "])
def test_taken_name_is_refused_and_nothing_stored(home: Home, name: str) -> None:
    config.add(home, ANN)
    before = home.config.read_bytes()
    with pytest.raises(ConfigError, match="already"):
        config.add(home, BOB, replace(ANN, name=name))
    assert home.config.read_bytes() == before


def test_wrong_setting_is_refused_and_nothing_stored(home: Home) -> None:
    with pytest.raises(ConfigError, match="Bob: url is plain http"):
        config.add(home, ANN, replace(BOB, url="http://dav.example.org"))
    assert not home.config.exists()


def test_change_touches_only_what_it_says(home: Home) -> None:
    home.config.write_text(BY_HAND)
    config.change(home, replace(ANN, url="https://new.example.org/", kinds=frozenset({Kind.EVENT})))
    text = home.config.read_text()
    assert comments(text) == comments(BY_HAND)
    ours, theirs = text.splitlines(), BY_HAND.splitlines()
    assert [line for line in theirs if line not in ours] == ['url = "https://dav.example.org/"   # moved in May']
    assert 'url = "https://new.example.org/"   # moved in May' in ours
    assert tomllib.loads(text)["accounts"]["ann"]["kinds"] == ["appointments"]


def test_change_of_where_the_password_is_drops_the_command(home: Home) -> None:
    config.add(home, replace(ANN, password=PasswordIn.COMMAND, password_command="pass show ann"), BOB)
    config.change(home, ANN)
    assert config.load(home) == (ANN, BOB)


def test_change_without_a_difference_leaves_every_byte(home: Home) -> None:
    home.config.write_text(BY_HAND)
    config.change(home, ANN)
    assert home.config.read_text() == BY_HAND


def test_remove_leaves_the_others_and_all_comments_around(home: Home) -> None:
    home.config.write_text(BY_HAND)
    assert config.remove(home, "BOB").name == "Bob"
    text = home.config.read_text()
    assert comments(text) == comments(BY_HAND)
    assert tomllib.loads(text)["other"] == {"setting": 1}
    assert config.load(home) == (ANN,)


def test_add_after_a_persons_edit_keeps_it(home: Home) -> None:
    home.config.write_text(BY_HAND.rstrip("\n"))
    config.add(home, replace(ANN, name="carl"))
    assert home.config.read_text().startswith(BY_HAND)


def test_file_that_is_a_link_stays_one(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles.toml"
    target.write_text("# mine\n")
    home.config.symlink_to(target)
    config.add(home, ANN)
    assert home.config.is_symlink()
    assert target.read_text().startswith("# mine\n\n[accounts.ann]")


@pytest.mark.parametrize("text", ["accounts = { ann = { url = 'https://x', email = 'a@b', desktop = 'files:/x' } }\n"])
def test_file_that_cannot_be_edited_safely_is_left_alone(home: Home, text: str) -> None:
    home.config.write_text(text)
    with pytest.raises(ConfigError, match="cannot change without losing"):
        config.remove(home, "ann")
    with pytest.raises(ConfigError, match="cannot change without losing"):
        config.add(home, BOB)
    assert home.config.read_text() == text


BROKEN: list[tuple[str, str, str]] = [
    ("a line that is no TOML", "# fine\n[accounts.ann]\nurl = https://hunter2\n", "line 3"),
    ("a text without an end", '[accounts.ann]\nurl = "hunter2\n', "line 2"),
    ("a name twice", "[accounts.ann]\nurl = 'https://x'\n[accounts.ann]\nurl = 'hunter2'\n", "line 3"),
    ("the end of the file too early", "[accounts.ann]\nkinds = [", "line 2"),
    ("names that differ in case only", BY_HAND + BY_HAND.split("\n\n")[0].replace("ann]", "ANN]"), "'ann'"),
    ("no table", "accounts = 3\n", "accounts is not a table"),
    ("no account", "[accounts]\nann = 'hunter2'\n", "accounts.ann is not an account"),
    ("a wrong value", "[accounts.ann]\nurl = 3\n", "accounts.ann.url is not a text"),
    ("a misspelt setting", "[accounts.ann]\nulr = 'hunter2'\n", "Did you mean url"),
    ("the password itself", "[accounts.ann]\npassword = 'hunter2'\n", "accounts.ann.password"),
]


@pytest.mark.parametrize(("story", "text", "words"), BROKEN, ids=[row[0] for row in BROKEN])
def test_broken_file_names_file_place_and_reason(home: Home, story: str, text: str, words: str) -> None:
    home.config.write_text(text)
    with pytest.raises(ConfigError) as caught:
        config.load(home)
    assert str(home.config) in str(caught.value)
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_file_that_is_not_utf8_names_the_line(home: Home) -> None:
    home.config.write_bytes(b"# fine\n# B\xfcro\n")
    with pytest.raises(ConfigError, match="line 2"):
        config.load(home)


def test_unknown_account_names_a_similar_one(home: Home) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'Bob'"):
        config.find((ANN, BOB), "bop")
    assert config.find((ANN, BOB), "BOB") is BOB


@pytest.mark.parametrize(("code", "error"), [(errno.ENOSPC, StoreFull), (errno.EACCES, ConfigError)])
def test_file_that_cannot_be_written_stays_as_it_was(
    home: Home, monkeypatch: pytest.MonkeyPatch, code: int, error: type[InstepError]
) -> None:
    config.add(home, ANN)
    before = home.config.read_bytes()

    def fail(handle: int) -> None:
        raise OSError(code, "it does not work")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(error, match=r"config\.toml"):
        config.add(home, BOB)
    assert home.config.read_bytes() == before
    assert {path.name for path in home.path.iterdir()} == {"config.toml", ".config.toml.lock"}


def test_many_writers_at_once_lose_nothing(home: Home) -> None:
    failures: list[InstepError] = []

    def write(number: int) -> None:
        try:
            for step in range(3):
                config.add(home, replace(ANN, name=f"user {number} {step}"))
        except InstepError as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    assert len(config.load(home)) == 18


def test_renamed_account_keeps_its_comments_and_the_other_accounts(home: Home) -> None:
    home.config.write_text(BY_HAND)
    config.change(home, replace(ANN, name="Ann at work"), was="ann")
    assert home.config.read_text() == BY_HAND.replace("[accounts.ann]", '[accounts."Ann at work"]')


def test_account_is_not_renamed_to_a_name_that_is_taken(home: Home) -> None:
    home.config.write_text(BY_HAND)
    with pytest.raises(ConfigError, match="already"):
        config.change(home, replace(ANN, name="bob"), was="ann")
    assert home.config.read_text() == BY_HAND


def test_setting_that_would_make_the_file_unreadable_is_refused(home: Home) -> None:
    with pytest.raises(ConfigError, match="longer than"):
        config.add(home, replace(ANN, url=f"https://dav.example.org/{'x' * 10_000}"))
    assert config.load(home) == ()
