"""``instep verify``: both sides read whole and compared, every difference explained."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.complete import accounts_complete
from instep.cli.exit import Code

if TYPE_CHECKING:
    from instep.accounts.account import Account
    from instep.engine.verify import PairVerdict, VerifyReport
    from instep.service.installation import Installation


@click.command(cls=Command)
@click.argument("name", shell_complete=accounts_complete)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def verify(ctx: click.Context, name: str, as_json: bool) -> None:
    """Compare both sides of an account item by item and explain every difference. Nothing is written anywhere.

    A difference is "pending" (the next sync carries it), a "conflict" (it waits for you), "unreadable", or "real"
    (which should not be). What one side cannot hold is no difference. Exit 1 if anything differs.
    """
    from instep.cli.opened import installation
    from instep.cli.output import say_json

    with installation() as here:
        account = here.account(name)
        here.unlock([account])
        report = asyncio.run(_verified(here, account))
    if as_json:
        say_json(report.to_json())
    else:
        for verdict in report.pairs:
            _show(verdict)
    if report.failure:
        from instep.cli.output import complain
        from instep.core.harmless import plain

        complain(plain(report.failure))
        ctx.exit(Code.SERVER if report.unreachable else Code.USAGE)
    if not as_json and not report.pairs:
        from instep.cli.output import note

        note("No folders are paired yet; a sync pairs them.")
    ctx.exit(Code.IN_STEP if report.clean else Code.DIFFERS)


async def _verified(here: Installation, account: Account) -> VerifyReport:
    from instep.accounts.connect import connect
    from instep.cli.progress import LiveProgress
    from instep.cli.terminal import TERMINAL
    from instep.engine.events import Face
    from instep.engine.verify import verify as compare
    from instep.service.running import require_place

    await require_place(here, account)
    desktop, server = connect(account, await here.secret(account), means=here.means(account))
    try:
        with LiveProgress(TERMINAL) as live:
            kinds = frozenset(account.wanted)
            face = Face(emit=live.show) if TERMINAL.interactive() else Face()
            return await compare(here.db, account.name, desktop, server, face, account.own_addresses, kinds)
    finally:
        await asyncio.gather(desktop.close(), server.close(), return_exceptions=True)


def _show(verdict: PairVerdict) -> None:
    from instep.cli.output import say
    from instep.core.harmless import plain, shortened
    from instep.engine.sentences import counted
    from instep.engine.verify import Explanation

    head = f"{verdict.kind.value} · {plain(verdict.desktop)} ↔ {plain(verdict.server)}"
    if verdict.problem:
        say(f"{head}: not compared. {plain(verdict.problem)}")
        return
    differ = counted(len(verdict.differences), "difference")
    same = "the same" if not verdict.differences else differ
    held = f"; {verdict.held} with something that one side cannot hold" if verdict.held else ""
    declined = f"; {verdict.declined} on one side only, since an undo took the copy back" if verdict.declined else ""
    outside = f"; {verdict.outside} outside of the days or categories, left alone" if verdict.outside else ""
    kept = ((number, f"held on the {side.value}") for side, number in verdict.staying.items() if number)
    stays = "".join(f"; {number} {where}, which cannot go over as the account is set" for number, where in kept)
    say(f"{head}: {counted(verdict.compared, 'item')} compared, {same}{held}{declined}{outside}{stays}.")
    for difference in verdict.differences:
        # What cannot be read names its place itself; it is said once.
        named = difference.explanation is Explanation.UNREADABLE and difference.name in difference.detail
        what = "" if named else f"{plain(difference.name)}: "
        say(f"  {difference.explanation.value}: {what}{plain(difference.detail)}")
        for row in difference.rows:
            values = (shortened(row.left, 40) or "(empty)", shortened(row.right, 40) or "(empty)")
            say(f"      {plain(row.label)}: desktop {values[0]} · server {values[1]}")
