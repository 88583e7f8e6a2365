"""The page of commands says what the commands say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from instep.cli.main import cli
from instep.cli.reference import commands, own_options, put_into

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
COMMANDS = dict(commands(cli, "instep"))


def test_page_is_what_the_commands_say() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert text == put_into(text), f"run: python -m instep.cli.reference {PAGE.name}"


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_and_option_is_documented(path: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition(f"### {path}\n")[2].partition("\n### ")[0]

    assert section
    for option in own_options(COMMANDS[path]):
        assert option.help, option.name
        assert all(f"{word}" in section for word in option.opts)


def test_every_option_on_the_page_exists() -> None:
    known = {word for command in COMMANDS.values() for option in command.params for word in option.opts}

    assert set(re.findall(r"`(--[a-z-]+)", PAGE.read_text(encoding="utf-8"))) - known <= {"--version", "--help"}


def test_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the lines"):
        put_into("# A page\n")
