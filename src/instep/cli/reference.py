"""Every command and option as a page of the documentation, made from the commands themselves.

``python -m instep.cli.reference`` prints what stands between the two markers of ``docs/reference/cli.md``; given that
file, it puts it there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from instep.cli.main import cli

BEGIN = "<!-- commands: made by python -m instep.cli.reference -->"
END = "<!-- end of commands -->"
_EVERYWHERE = frozenset({"verbose", "log_file", "help", "version"})


def page() -> str:
    """Describe every command with its arguments and options, in Markdown."""
    lines: list[str] = []
    for path, command in commands(cli, "instep"):
        lines += _command(path, command)
    return "\n".join(lines).strip() + "\n"


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    """Give every command below a group with the words by which it is called; a group only where it does something."""
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group) and command.invoke_without_command:
            yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        elif command is not None:
            yield f"{path} {name}", command


def own_options(command: click.Command) -> list[click.Option]:
    """The options of a command without those that every command has."""
    found = [param for param in command.params if isinstance(param, click.Option)]
    return [option for option in found if option.name not in _EVERYWHERE]


def _command(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    usage = " ".join(piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]")
    options = own_options(command)
    yield f"### {path}"
    yield f"`{path} {usage}".rstrip() + (" [OPTIONS]`" if options else "`")
    yield ""
    for number, paragraph in enumerate((command.help or "").split("\n\n")):
        yield from ("",) * bool(number)
        yield from _paragraph(paragraph)
    # A heading ends a table and a paragraph without an empty line; a table begins after one.
    if options:
        yield ""
        yield "| option | meaning |"
        yield "|---|---|"
        for option in options:
            yield f"| {_written(option, context)} | {_cell(option.help or '')} |"


def _paragraph(text: str) -> Iterator[str]:
    verbatim, _, rest = text.partition("\b\n")
    if rest:
        yield from ("```", *(line.strip() for line in rest.strip().splitlines()), "```")
    else:
        yield " ".join(verbatim.split())


def _written(option: click.Option, context: click.Context) -> str:
    value = "" if option.is_flag or option.count else f" {option.make_metavar(context)}"
    default = f" (default {option.default})" if option.show_default and not option.is_flag else ""
    return _cell(f"`{', '.join(option.opts)}{value}`{default}")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def put_into(text: str) -> str:
    """Return a page with what stands between the markers made anew; ``ValueError`` when it has no markers."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the lines {BEGIN} and {END}")
    return f"{head}{BEGIN}\n{page()}{END}{tail}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        target = Path(sys.argv[1])
        target.write_text(put_into(target.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    else:
        print(page(), end="")
