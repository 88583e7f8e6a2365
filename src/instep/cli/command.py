"""How commands are put together: loaded when they are called, each with ``-v`` and ``--log-file``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

_VERBOSITY, _LOG_FILE = "instep.verbosity", "instep.log_file"


def _remember_verbosity(ctx: click.Context, param: click.Parameter, value: int) -> None:
    ctx.meta[_VERBOSITY] = ctx.meta.get(_VERBOSITY, 0) + value


def _remember_log_file(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
    if value is not None:
        ctx.meta[_LOG_FILE] = value


def _log_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["-v", "--verbose"],
            count=True,
            expose_value=False,
            callback=_remember_verbosity,
            help="Say on standard error what is done; -vv says every step.",
        ),
        click.Option(
            ["--log-file"],
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            expose_value=False,
            callback=_remember_log_file,
            help="Write every step into FILE, which only you can read; it never holds a password.",
        ),
    ]


class Command(click.Command):
    """A command that takes the two log options, and says nothing but its own words without them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(_log_options())

    def invoke(self, ctx: click.Context) -> Any:
        """Start logging as asked, then run the command."""
        log_as_asked(ctx)
        return super().invoke(ctx)


def log_as_asked(ctx: click.Context) -> None:
    """Start logging as the log options say."""
    verbosity, file = ctx.meta.get(_VERBOSITY, 0), ctx.meta.get(_LOG_FILE)
    if verbosity or file:
        from instep.cli.logs import LOG, start_logging

        start_logging(verbosity, file)
        LOG.info("%s", ctx.command_path)


class LazyGroup(click.Group):
    """Commands by name, each imported when it is called; ``members`` says where: ``module:attribute``."""

    def __init__(self, *args: Any, members: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._members = dict(members or {})
        self.params.extend(_log_options())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order in which people need them."""
        return list(self._members)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; ``None`` when there is none of that name, or its part is not installed."""
        where = self._members.get(cmd_name)
        if where is None:
            return None
        module, _, attribute = where.partition(":")
        try:
            command: click.Command = getattr(import_module(module), attribute)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            return None
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called; a wrong name is answered with the nearest right one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self._members:
            from difflib import get_close_matches

            near = get_close_matches(name, self._members, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Commands are: {', '.join(self._members)}."
            ctx.fail(f"There is no command {name!r}. {hint}")
        return super().resolve_command(ctx, args)
