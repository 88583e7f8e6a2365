"""``instep history``: what was written where, newest first."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from instep.cli.command import Command
from instep.cli.complete import accounts_complete

if TYPE_CHECKING:
    from instep.store.history import HistoryRow

_SHOWN = 100
_WORDS = {"create": "new", "update": "changed", "delete": "deleted"}


@click.command(cls=Command)
@click.argument("name", required=False, shell_complete=accounts_complete)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of all writes.")
@click.option("--all", "everything", is_flag=True, help=f"All writes, not only the newest {_SHOWN}.")
def history(name: str | None, as_json: bool, everything: bool) -> None:
    """Show what Instep wrote for an account, or for all, newest first; every earlier version is kept."""
    from instep.cli.installation import Installation
    from instep.cli.output import say, say_json

    with Installation.here() as here:
        account = here.account(name).name if name else None
        found = _rows(here, account, None if everything or as_json else _SHOWN + 1)
        if as_json:
            say_json([_json(row) for row in found])
            return
        if not found:
            say("Nothing was written yet.")
        shown = found if everything else found[:_SHOWN]
        for (run, owner), rows in groupby(shown, key=lambda row: (row.run_id, row.account)):
            _show(run, owner, list(rows))
        if len(shown) < len(found):
            say(f"… and older ones: instep history{f' {account}' if account else ''} --all")


def _rows(here: Any, account: str | None, limit: int | None) -> list[HistoryRow]:
    if not here.home.state.exists():
        return []
    from instep.store import history as table

    with here.db.reading() as tx:
        return table.rows(tx, account=account, limit=limit)


def _show(run: int, owner: str, rows: list[HistoryRow]) -> None:
    from instep.cli.output import say
    from instep.cli.plain import plain

    say(f"Run {run} · {plain(owner)} · {rows[0].at.astimezone():%Y-%m-%d %H:%M:%S}")
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
