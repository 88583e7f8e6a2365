"""``instep history``: what was written where, newest first; and the versions of single items."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from instep.cli.command import Command
from instep.cli.complete import accounts_complete

if TYPE_CHECKING:
    from instep.service.installation import Installation
    from instep.store.history import HistoryRow

_SHOWN = 100
_WORDS = {"create": "new", "update": "changed", "delete": "deleted"}


@click.command(cls=Command)
@click.argument("name", required=False, shell_complete=accounts_complete)
@click.option("--item", metavar="TEXT", help="The versions of the items whose name holds TEXT, or of item number TEXT.")
@click.option("--version", "number", type=click.IntRange(min=1), metavar="N", help="With --item: version N, whole.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of all writes; with --item of the items.")
@click.option("--all", "everything", is_flag=True, help=f"All writes, not only the newest {_SHOWN}; or all items.")
@click.pass_context
def history(
    ctx: click.Context, name: str | None, item: str | None, number: int | None, as_json: bool, everything: bool
) -> None:
    """Show what Instep wrote for an account, or for all, newest first; every earlier version is kept.

    With --item each item's versions are shown, from the oldest on, with what differs from the one before: as Instep
    wrote it, or as it found it before it wrote over it. "instep undo" takes a run back, "instep restore" brings a
    version back.
    """
    from instep.cli.opened import installation

    if number is not None and item is None:
        raise click.UsageError("--version N needs --item TEXT: which item?", ctx)
    with installation() as here:
        account = here.account(name).name if name else None
        if item is not None:
            _items(here, account, item, number, as_json=as_json, everything=everything)
        else:
            _writes(here, account, as_json=as_json, everything=everything)


def _items(
    here: Installation, account: str | None, item: str, number: int | None, *, as_json: bool, everything: bool
) -> None:
    from instep.cli import versions as shown
    from instep.cli.output import say
    from instep.engine.versions import find, the_one
    from instep.errors import ConfigError

    if not here.home.state.exists():
        raise ConfigError("Nothing was written yet, so there is no history.", "Start with: instep sync")
    if number is not None:
        shown.one(here.db, the_one(here.db, item, account), number, as_json=as_json)
        return
    found = find(here.db, item, account)
    if as_json:
        shown.as_json(here.db, found)
        return
    if not found:
        say("The history holds no such item.")
    shown.several(here.db, found, everything=everything)


def _writes(here: Installation, account: str | None, *, as_json: bool, everything: bool) -> None:
    from instep.cli.output import say, say_json

    found = _rows(here, account, None if everything or as_json else _SHOWN + 1)
    if as_json:
        say_json([_json(row) for row in found])
        return
    if not found:
        say("Nothing was written yet.")
    shown = found if everything else found[:_SHOWN]
    asked = _asked(here, shown)
    for (run, owner), rows in groupby(shown, key=lambda row: (row.run_id, row.account)):
        _show(run, owner, asked.get(run, ""), list(rows))
    if len(shown) < len(found):
        say(f"… and older ones: instep history{f' {account}' if account else ''} --all")


def _rows(here: Installation, account: str | None, limit: int | None) -> list[HistoryRow]:
    if not here.home.state.exists():
        return []
    from instep.store import history as table

    with here.db.reading() as tx:
        return table.rows(tx, account=account, limit=limit)


def _asked(here: Installation, rows: list[HistoryRow]) -> dict[int, str]:
    """Which of the runs were an undo or a restore, and of what."""
    if not rows:
        return {}
    from instep.store import runs

    with here.db.reading() as tx:
        return runs.asked(tx, min(row.run_id for row in rows))


def _show(run: int, owner: str, asked: str, rows: list[HistoryRow]) -> None:
    from instep.cli.output import say
    from instep.core.harmless import plain

    words = f" · {plain(asked)}" if asked else ""
    say(f"Run {run} · {plain(owner)} · {rows[0].at.astimezone():%Y-%m-%d %H:%M:%S}{words}")
    for row in rows:
        kind = row.kind.value if row.kind else ""
        say(f"  {row.side.value:7}  {_WORDS.get(row.op, row.op):7}  {kind:12}  {plain(row.name)}")


def _json(row: HistoryRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "run": row.run_id,
        "account": row.account,
        "kind": row.kind.value if row.kind else None,
        "side": row.side.value,
        "action": row.op,
        "name": row.name,
        "at": row.at.isoformat(),
    }
