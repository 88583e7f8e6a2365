"""``instep folders``: what both sides have, and how it is paired."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.complete import accounts_complete

if TYPE_CHECKING:
    from instep.accounts.account import Account
    from instep.accounts.folders import Folders
    from instep.accounts.overview import Row
    from instep.service.installation import Installation
    from instep.store.pairs import Pair

_ARROWS = {"two-way": "↔", "to-server": "→", "to-desktop": "←"}


@click.command(cls=Command)
@click.argument("name", shell_complete=accounts_complete)
def folders(name: str) -> None:
    """List the folders of both sides per kind, and how they are paired ("…" where a folder has no partner)."""
    from instep.cli.opened import installation
    from instep.cli.output import say

    with installation() as here:
        account = here.account(name)
        here.unlock([account])
        found, pairs = asyncio.run(gathered(here, account))
        for line in folder_lines(found, pairs):
            say(line)


async def gathered(here: Installation, account: Account) -> tuple[Folders, list[Pair]]:
    """Ask both sides for their folders; with the pairs that are stored."""
    from instep.accounts.connect import connect
    from instep.service.setup import known_pairs, look

    desktop, server = connect(account, await here.secret(account), means=here.means(account))
    try:
        return await look(here, account, desktop, server), await known_pairs(here, account)
    finally:
        await asyncio.gather(desktop.close(), server.close(), return_exceptions=True)


def folder_lines(found: Folders, pairs: list[Pair]) -> list[str]:
    """Lay the folders out as lines: for each kind the pairs, then the folders of each side that are alone."""
    from instep.accounts.overview import overview
    from instep.core.harmless import plain
    from instep.core.model import Kind

    lines = [f"{plain(found.desktop_name)} (desktop) and {plain(found.server_name)} (server)"]
    rows = overview(found, pairs)
    for kind in Kind:
        mine = [_columns(row, rests=kind not in found.account.wanted) for row in rows if row.kind is kind]
        if not mine and kind not in found.account.wanted:
            continue
        lines.append(f"{kind.value}:")
        width = max((len(left) for left, *_ in mine), default=0)
        lines += [f"  {left:{width}}  {arrow}  {right}{remark}".rstrip() for left, arrow, right, remark in mine]
        if not mine:
            lines.append("  no folder on either side")
    return lines


def _columns(row: Row, *, rests: bool) -> tuple[str, str, str, str]:
    from instep.accounts.joining import scope_of
    from instep.core.harmless import plain

    remarks = []
    if row.pair is None:
        left, arrow, right = plain(row.left.name) if row.left else "", "…", plain(row.right.name) if row.right else ""
    else:
        left, arrow, right = plain(row.pair.left_name), _ARROWS[row.pair.direction], plain(row.pair.right_name)
        gone = [side for side, info in (("desktop", row.left), ("server", row.right)) if info is None]
        remarks += [f"the {side}'s folder is not there now" for side in gone]
        remarks += [f"on conflict: {row.pair.on_conflict}"] if row.pair.on_conflict != "ask" else []
        remarks += [plain(scope_of(row.pair).sentence())] if scope_of(row.pair).limits else []
        remarks += [f"rests, as {row.kind.value} are switched off"] if rests else []
    if row.taken_by:
        remarks.append(f"belongs to {plain(row.taken_by)}")
    if row.right is not None and row.right.writable is False:
        remarks.append("read only")
    return left, arrow, right, f"  ({', '.join(remarks)})" if remarks else ""
