"""``instep doctor``: what could be wrong, and a bundle for those who help."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from instep.cli.command import LazyGroup, log_as_asked
from instep.cli.exit import Code

if TYPE_CHECKING:
    from instep.service.doctor import Check
    from instep.service.installation import Installation


@click.group(
    cls=LazyGroup, members={"smartermail": "instep.cli.doctor_smartermail:smartermail"}, invoke_without_command=True
)
@click.option("--online", is_flag=True, help="Test each account with its server as well; writes nothing there.")
@click.option("--bundle", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.zip",
              help="Also make a diagnostic bundle, without personal data, to give to those who help.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list with an object per check.")
@click.pass_context
def doctor(ctx: click.Context, online: bool, bundle: Path | None, as_json: bool) -> None:
    """Check this computer, the installation and its accounts, and say what to do about what is wrong.

    Nothing is changed, and without --online nothing is asked of a server. The bundle holds versions, settings with
    placeholders, counts and kinds of errors: no passwords, no items, no names, no addresses.
    """
    if ctx.invoked_subcommand is not None:
        return
    from instep.accounts.trial import Outcome
    from instep.cli.opened import installation
    from instep.cli.output import note, say, say_json

    log_as_asked(ctx)
    with installation() as here:
        found = asyncio.run(_examine(here, online, quiet=as_json))
        if as_json:
            say_json([asdict(check) for check in found])
        if bundle is not None:
            from instep.service.doctor_bundle import CONTENTS, LEFT_OUT
            from instep.service.doctor_bundle import bundle as made

            write_new(bundle, made(here, found))
            tell = note if as_json else say
            tell(f"\nMade {bundle}. Inside, beside a README:")
            for name, what in CONTENTS:
                tell(f"  {name}: {what}")
            tell(LEFT_OUT)
    ctx.exit(Code.DIFFERS if any(check.outcome is Outcome.FAILED for check in found) else Code.IN_STEP)


async def _examine(here: Installation, online: bool, *, quiet: bool) -> list[Check]:
    from instep.service.doctor import examine

    found: list[Check] = []
    if online:
        here.unlock(account for account in here.accounts() if account.enabled)
    async for check in examine(here, online=online):
        found.append(check)
        if not quiet:
            _show(check)
    return found


def _show(check: Check) -> None:
    from instep.cli.output import say
    from instep.cli.trial import SIGNS
    from instep.core.harmless import plain

    word, colour = SIGNS[check.outcome]
    name = f"{check.account}: {check.name}" if check.account else check.name
    told = "  ".join(plain(text) for text in (check.detail, check.about) if text)
    say(f"{click.style(f'{word:9}', fg=colour)} {plain(name)}{f'  {told}' if told else ''}")
    if check.advice and word != "ok":
        say(f"{'':9} {plain(check.advice)}")


def write_new(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read. Raises ``ConfigError`` when it is there already, or cannot be made."""
    from instep.errors import ConfigError

    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except FileExistsError:
        raise ConfigError(f"{path} is there already, and was left as it is.", "Name another file.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}.", "Name another file.") from None
