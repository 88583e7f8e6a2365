"""``instep check``: how Instep understands files, before anything is synchronized."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.exit import Code

if TYPE_CHECKING:
    from instep.cli.laws import Checked

_SUFFIXES = frozenset({".vcf", ".ics", ".md", ".markdown", ".txt"})


@click.command(cls=Command)
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list with an object per file.")
@click.pass_context
def check(ctx: click.Context, paths: tuple[Path, ...], as_json: bool) -> None:
    """Read files, or all .vcf, .ics, .md and .txt files of folders, and say what is in them and what is wrong.

    Two laws are tried on the items (on 40 of them where a file holds more): written back unchanged, the file is byte
    for byte the same; and a changed field changes its own lines only and reads back as it was written. Nothing is
    written to any file.
    """
    from instep.cli.laws import check_file
    from instep.cli.output import say, say_json
    from instep.engine.sentences import counted

    checked: list[Checked] = []
    for path in _files(paths):
        result = check_file(path)
        checked.append(result)
        if not as_json:
            _show(result)
    unsound = [result for result in checked if not result.sound]
    if as_json:
        say_json([result.to_json() for result in checked])
    else:
        items = sum(len(result.items) for result in checked)
        end = f"{len(unsound)} with problems" if unsound else "all sound"
        say(f"{counted(len(checked), 'file')}, {counted(items, 'item')}, {end}.")
    ctx.exit(Code.DIFFERS if unsound else Code.IN_STEP)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for found in sorted(path.rglob("*")):
            if found.suffix.casefold() in _SUFFIXES and found.is_file():
                yield found


def _show(result: Checked) -> None:
    from instep.cli.output import say
    from instep.core.harmless import plain, shortened
    from instep.engine.sentences import counted

    laws = {True: "holds", False: "BROKEN", None: "not tried"}
    kinds = ", ".join(kind.value for kind in result.kinds) or "nothing"
    word = click.style("sound", fg="green") if result.sound else click.style("PROBLEM", fg="red")
    named = f" ({shortened(', '.join(result.items), 60)})" if result.items else ""
    say(f"{word}  {plain(result.path)}: {kinds}, {counted(len(result.items), 'item')}{named}")
    for finding in result.findings:
        place = f"line {finding.line}: " if finding.line else ""
        say(f"       {'remark, ' if finding.remark else ''}{place}{plain(finding.message)}")
    if 0 < result.tried < len(result.items):
        say(f"       the laws were tried on {result.tried} of {len(result.items)} items")
    if not result.sound:
        first, second = laws[result.unchanged_is_identical], laws[result.change_is_local]
        say(f"       unchanged is identical: {first}; a change is local: {second}")
