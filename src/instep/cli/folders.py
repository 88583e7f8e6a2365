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
    from instep.cli.installation import Installation
    from instep.core.model import Kind
    from instep.store.pairs import Pair

_ARROWS = {"two-way": "↔", "to-server": "→", "to-desktop": "←"}


@click.command(cls=Command)
@click.argument("name", shell_complete=accounts_complete)
def folders(name: str) -> None:
    """List the folders of both sides per kind, and how they are paired ("…" where a folder has no partner)."""
    from instep.cli.installation import Installation
    from instep.cli.output import say

    with Installation.here() as here:
        account = here.account(name)
        here.unlock([account])
        found, pairs = asyncio.run(gathered(here, account))
        for line in folder_lines(found, pairs):
            say(line)


async def gathered(here: Installation, account: Account) -> tuple[Folders, list[Pair]]:
    """Ask both sides for their folders; with the pairs that are stored."""
    from instep.accounts.connect import connect
    from instep.cli.setup import known_pairs, look

    desktop, server = connect(account, await here.secret(account))
    try:
        return await look(here, account, desktop, server), await known_pairs(here, account)
    finally:
        await asyncio.gather(desktop.close(), server.close(), return_exceptions=True)


def folder_lines(found: Folders, pairs: list[Pair]) -> list[str]:
    """Lay the folders out as lines: for each kind the pairs, then the folders of each side that are alone."""
    from instep.cli.plain import plain
    from instep.core.model import Kind

    lines = [f"{plain(found.desktop_name)} (desktop) and {plain(found.server_name)} (server)"]
    for kind in Kind:
        rows = _rows(found, kind, [pair for pair in pairs if pair.kind is kind])
        lines.append(f"{kind.value}:")
        width = max((len(left) for left, *_ in rows), default=0)
        lines += [f"  {left:{width}}  {arrow}  {right}{remark}" for left, arrow, right, remark in rows]
        if not rows:
            lines.append("  no folder on either side")
    return lines


def _rows(found: Folders, kind: Kind, pairs: list[Pair]) -> list[tuple[str, str, str, str]]:
    from instep.cli.plain import plain

    lefts = {info.id: info for info in found.desktop if kind in info.kinds}
    rights = {info.id: info for info in found.server if kind in info.kinds}
    rows = []
    for pair in pairs:
        missing = [
            side
            for side, known, id in (("desktop", lefts, pair.left), ("server", rights, pair.right))
            if id not in known
        ]
        remarks = [f"the {side}'s folder is not there now" for side in missing]
        if pair.on_conflict != "ask":
            remarks.append(f"on conflict: {pair.on_conflict}")
        remark = f"  ({', '.join(remarks)})" if remarks else ""
        rows.append((plain(pair.left_name), _ARROWS[pair.direction], plain(pair.right_name), remark))
    paired = {id for pair in pairs for id in (pair.left, pair.right)}
    for info in lefts.values():
        if info.id not in paired:
            owner = found.taken.get(info.id)
            rows.append((plain(info.name), "…", "", f"  (belongs to {plain(owner)})" if owner else ""))
    for info in rights.values():
        if info.id not in paired:
            rows.append(("", "…", plain(info.name), "  (read only)" if info.writable is False else ""))
    return rows
