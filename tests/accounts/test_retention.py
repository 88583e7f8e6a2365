"""The table ``[history]`` of the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from instep.accounts import config
from instep.accounts.account import Account
from instep.accounts.home import Home
from instep.errors import ConfigError
from instep.store.retention import Retention

RIGHT = {
    "": Retention(365, 50),
    "[history]\n": Retention(365, 50),
    "[history]\nkeep_days = 30\n": Retention(30, 50),
    "[history] # mine\nkeep_days = 1\nkeep_runs = 0\n": Retention(1, 0),
}
WRONG = {
    "[history]\nkeep_days = 0\n": r"history.keep_days is 0. Write a whole number from 1 to 36500",
    "[history]\nkeep_runs = -1\n": r"history.keep_runs is -1. Write a whole number from 0",
    "[history]\nkeep_days = true\n": r"history.keep_days is True",
    "[history]\nkeep_days = 'a year'\n": r"history.keep_days is 'a year'",
    "[history]\nkeep_dais = 3\n": r"history.keep_dais is no setting. Did you mean keep_days",
    "[history]\nsize = 3\n": r"history.size is no setting. Settings are: keep_days, keep_runs",
    "history = 3\n": r"history is not a table",
}


def home_with(folder: Path, text: str) -> Home:
    (folder / "config.toml").write_text(text)
    return Home(folder)


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_said_counts_and_the_rest_is_as_by_default(tmp_path: Path, text: str) -> None:
    assert config.retention(home_with(tmp_path, text)) == RIGHT[text]


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_setting_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=WRONG[text]) as error:
        config.retention(home_with(tmp_path, text))
    assert "config.toml" in str(error.value)


def test_the_table_and_a_persons_comments_survive_changes_of_accounts(tmp_path: Path) -> None:
    text = "# years\n[history] # mine\nkeep_days = 30 # a month\n"
    home = home_with(tmp_path, text)
    config.add(home, Account("work", url="https://dav.example.org", email="a@example.org", desktop="files:/tmp/x"))
    config.remove(home, "work")
    assert text in home.config.read_text()
    assert config.retention(home) == Retention(30, 50)
