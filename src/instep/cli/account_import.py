"""``instep account import``: many accounts at once from a table."""

from __future__ import annotations

from pathlib import Path

import click

from instep.cli.command import Command
from instep.cli.exit import Code


@click.command("import", cls=Command)
@click.argument("file", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what is right and wrong in the table and store nothing.")
@click.pass_context
def import_accounts(ctx: click.Context, file: Path, dry_run: bool) -> None:
    """Add all accounts of a table, or none while any row is wrong.

    Its columns are the options of "instep account add" (name, url, email, login, password_command, no_password,
    desktop, kinds, insecure_http …); passwords come by command only. Folders are paired at the first synchronization.
    """
    from instep.accounts.bulk import import_table
    from instep.cli.opened import installation
    from instep.cli.output import complain, note, say
    from instep.core.harmless import plain
    from instep.engine.sentences import counted

    with installation() as here:
        table = import_table(here.home, file, dry_run=dry_run)
    for fault in table.faults:
        complain(plain(str(fault)))
    number = counted(len(table.accounts), "account")
    if table.stored:
        say(f"{number} added. Begin with: instep sync --yes")
    elif table.faults:
        note(f"Nothing was stored. {number} of the table would be right.")
        ctx.exit(Code.USAGE)
    elif dry_run:
        say(f"{number} would be added; nothing was stored.")
    else:
        note("The table holds no account.")
        ctx.exit(Code.USAGE)
