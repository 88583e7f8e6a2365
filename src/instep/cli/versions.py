"""The versions of items as people and programs read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from instep.cli.output import say, say_json
from instep.core.diff import Row, diff
from instep.core.harmless import plain, plain_lines, shortened
from instep.engine.versions import Known, Version, version, versions
from instep.store.database import Database

_SHOWN = 20
_WORDS = {"create": "new", "update": "changed", "delete": "deleted", "found": "found so"}


def several(db: Database, found: Sequence[Known], *, everything: bool) -> None:
    """Print the versions of items, each with its number; of many only the newest ones unless all are wanted."""
    shown = found if everything else found[:_SHOWN]
    for known in shown:
        kind = known.kind.value if known.kind else ""
        say(f"Item {known.number} · {plain(known.account)} · {kind} · {plain(known.name)}")
        for one in versions(db, known):
            _line(one)
    if len(shown) < len(found):
        say(f"… and {len(found) - len(shown)} more items; --all shows them.")


def _line(one: Version) -> None:
    words = _WORDS.get(one.action, one.action)
    say(f"  {one.number:3}  {one.at.astimezone():%Y-%m-%d %H:%M:%S}  run {one.run}  {one.side.value:7}  {words}")
    for row in one.changes:
        before, after = shortened(row.left, 40) or "(empty)", shortened(row.right, 40) or "(empty)"
        say(f"         {plain(row.label)}: {before} → {after}")


def one(db: Database, known: Known, number: int, *, as_json: bool) -> None:
    """Print one version with all its fields. Raises ``ConfigError`` when there is none of that number."""
    chosen = version(db, known, number)
    if as_json:
        say_json({**_head(known), "version": _json(chosen, whole=True)})
        return
    kind = known.kind.value if known.kind else ""
    say(f"Item {known.number} · {plain(known.account)} · {kind} · {plain(known.name)}")
    _line(chosen)
    for row in _fields(chosen):
        text = plain_lines(row.right).replace("\n", "\n      ")
        say(f"    {plain(row.label)}: {text}")


def as_json(db: Database, found: Sequence[Known]) -> None:
    """Print the items with their versions as one JSON list."""
    say_json([{**_head(k), "versions": [_json(v) for v in versions(db, k)]} for k in found])


def _fields(one: Version) -> tuple[Row, ...]:
    return diff(None, one.item)


def _head(known: Known) -> dict[str, Any]:
    kind = known.kind.value if known.kind else None
    return {"item": known.number, "account": known.account, "kind": kind, "name": known.name}


def _json(one: Version, *, whole: bool = False) -> dict[str, Any]:
    return {
        "version": one.number,
        "at": one.at.isoformat(),
        "run": one.run,
        "side": one.side.value,
        "action": one.action,
        "changes": [{"field": r.field, "before": r.left, "after": r.right} for r in one.changes],
        **({"fields": {r.field: r.right for r in _fields(one)}} if whole else {}),
    }
