"""The entry point ``instep``: the list of commands, and how every way of ending looks to a person."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from instep import __version__
from instep.cli.command import LazyGroup
from instep.cli.exit import Code, code_of_error
from instep.cli.output import complain, forgive_encoding, note, silence
from instep.errors import InstepError

_COMMANDS = {
    "account": "instep.cli.account:account",
    "folders": "instep.cli.folders:folders",
    "pair": "instep.cli.pair:pair",
    "unpair": "instep.cli.pair:unpair",
    "sync": "instep.cli.sync:sync",
    "plan": "instep.cli.plan:plan",
    "apply": "instep.cli.apply:apply",
    "conflicts": "instep.cli.conflicts:conflicts",
    "resolve": "instep.cli.resolve:resolve",
    "history": "instep.cli.history:history",
    "undo": "instep.cli.undo:undo",
    "restore": "instep.cli.restore:restore",
    "verify": "instep.cli.verify:verify",
    "check": "instep.cli.check:check",
    "open": "instep.cli.open:open_pages",
    "doctor": "instep.cli.doctor:doctor",
    "serve": "instep.cli.serve:serve",
    "demo": "instep.cli.demo:demo",
    "dev": "instep.cli.dev:dev",
    "autostart": "instep.cli.autostart:autostart",
    "completion": "instep.cli.completion:completion",
}


class Root(LazyGroup):
    """The program: whatever happens in a command ends in a sentence and a documented exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the program and end the process (unless ``standalone_mode`` is off, for callers that handle errors)."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        forgive_encoding()
        code: int = Code.IN_STEP
        try:
            # What a command returns is its own business; its exit code comes as click's Exit, as an int.
            result = super().main(args, prog_name or "instep", complete_var, standalone_mode=False, **extra)
            code = result if isinstance(result, int) else Code.IN_STEP
            sys.stdout.flush()
        except (click.Abort, KeyboardInterrupt):
            note("\nStopped. What was done so far is complete, and nothing is lost; the next run goes on from here.")
            code = Code.INTERRUPTED
        except click.ClickException as error:
            code = _usage(error)
        except InstepError as error:
            from instep.cli.logs import LOG
            from instep.core.harmless import plain

            LOG.error("%s", error)
            complain(plain(str(error)))
            code = code_of_error(error)
        except BrokenPipeError:
            silence()
            code = Code.PIPE_CLOSED
        except Exception as error:
            code = _defect(error)
        sys.exit(code)


def _usage(error: click.ClickException) -> Code:
    from instep.core.harmless import plain

    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        note(error.format_message())
        return Code.USAGE
    complain(plain(error.format_message()))
    if context:
        note(f"{context.get_usage()}\nMore: {context.command_path} --help")
    return Code.USAGE


def _defect(error: Exception) -> Code:
    from instep.cli.logs import LOG
    from instep.core.harmless import plain

    LOG.critical("defect", exc_info=error)
    first = (str(error).splitlines() or [""])[0]
    complain(
        f"This is a defect of Instep: {type(error).__name__}: {plain(first)[:300]}. "
        "Nothing is lost. Please report it with what -v or --log-file says."
    )
    return Code.USAGE


_EPILOG = """\b
Exit codes: 0 in step; 1 conflicts or problems left, or something differs (dry run, verify, check);
2 usage or configuration; 3 a guard stop; 4 server unreachable or login refused."""


@click.group(
    cls=Root,
    members=_COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)
@click.version_option(__version__, message="instep %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Keep contacts, appointments, tasks and notes the same on the desktop and on the mail server.

    Without a command, a new installation starts the set-up of its first account.
    """
    if ctx.invoked_subcommand is not None:
        return
    if _fresh():
        from instep.cli.account_add import add

        ctx.invoke(add)
    else:
        click.echo(ctx.get_help())


def _fresh() -> bool:
    from instep.cli.terminal import TERMINAL

    if not TERMINAL.interactive():
        return False
    from instep.accounts import config
    from instep.accounts.home import home_of

    return not config.load(home_of())


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with a documented exit code."""
    cli.main(args)
    raise AssertionError("cli.main ends the process")
