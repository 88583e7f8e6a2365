"""The documentation tells the truth where a program can check it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import click
import pytest

import fields_page
from instep.accounts.account import SETTINGS, read_account
from instep.cli.main import cli
from instep.cli.reference import commands, own_options

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = dict(commands(cli, "instep"))


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_page_and_heading_that_exist(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in _anchors(there)):
            broken.append(target)
    assert broken == []


def test_every_page_is_reached_from_the_first() -> None:
    first = ROOT / "docs" / "index.md"
    linked = {
        first,
        *((first.parent / link).resolve() for link in re.findall(r"\]\(([^)#\s]+)", first.read_text("utf-8"))),
    }
    assert set((ROOT / "docs").rglob("*.md")) - linked == set()


def test_the_page_of_fields_is_what_the_field_table_says() -> None:
    assert fields_page.PAGE.read_text(encoding="utf-8") == fields_page.page(), "run: make docs"


def test_every_json_example_is_json() -> None:
    examples = re.findall(
        r"```json\n(.*?)```", (ROOT / "docs/reference/json.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert len(examples) >= 3
    assert all(isinstance(json.loads(example), dict | list) for example in examples)


def test_the_page_of_settings_names_every_setting_and_its_example_is_sound() -> None:
    text = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(SETTINGS)
    [example] = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    for name, table in tomllib.loads(example)["accounts"].items():
        assert read_account(name, table)[1] == ()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_that_is_shown_exists_with_its_options(page: Path) -> None:
    unknown = []
    blocks = re.findall(r"^```\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for line in "\n".join(blocks).splitlines():
        if not line.startswith("instep ") or "…" in line:
            continue
        words = line.split()
        path = max((name for name in COMMANDS if words[: len(name.split())] == name.split()), key=len, default="")
        command, rest = COMMANDS.get(path), words[len(path.split()) :]
        known = {word for option in own_options(command) for word in option.opts} if command else set[str]()
        lost = command is None or (isinstance(command, click.Group) and rest and not rest[0].startswith("-"))
        if lost or any(word.startswith("--") and word not in known for word in rest):
            unknown.append(line)
    assert unknown == []


@pytest.mark.parametrize("page", ["README.md", "NOTICE"])
def test_it_is_said_that_nobody_else_stands_behind_this(page: str) -> None:
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    assert "not affiliated with" in text
    assert "SmarterTools" in text
    assert "Microsoft" in text
