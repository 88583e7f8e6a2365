"""Pairs by a person's hand: joining two folders, changing how they are kept the same, and letting them go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from instep.accounts.account import Account, name_key
from instep.accounts.folders import Folders, desktop_place, find_folder, said_folders, usual_direction
from instep.accounts.scope_choice import UNCHANGED, ScopeChoice
from instep.connectors.base import CollectionInfo
from instep.core.model import Kind, Side
from instep.core.scope import EVERYTHING, Scope
from instep.errors import ConfigError, Where
from instep.store import pairs
from instep.store.database import Tx
from instep.store.pairs import Pair

DIRECTIONS = ("two-way", "to-server", "to-desktop")
CONFLICT_RULES = ("ask", "server", "desktop", "newest")


def pairs_of(tx: Tx, account: Account) -> list[Pair]:
    """Return the account's pairs; what was stored under its name in other letters is taken over first.

    The transaction must be one for writing: a person may have written ``Work`` for ``work`` in the settings file.
    """
    for stored in pairs.accounts(tx):
        if stored != account.name and name_key(stored) == account.key:
            pairs.rename_account(tx, stored, account.name)
    return pairs.of_account(tx, account.name)


def taken_folders(tx: Tx, account: Account, others: Iterable[Account], known: Iterable[str]) -> dict[str, str]:
    """Tell which of the account's desktop folders (``known`` ids) other accounts use, and which account it is."""
    places: dict[str, str] = {}
    for other in others:
        if other.key != account.key:
            for pair in pairs.of_account(tx, other.name):
                places.setdefault(desktop_place(other, pair.left), other.name)
    used = {folder: places.get(desktop_place(account, folder)) for folder in known} if places else {}
    return {folder: name for folder, name in used.items() if name}


def store_pairs(tx: Tx, new: Iterable[Pair]) -> list[Pair]:
    """Store pairs that were proposed and whose folders are there; returns them with their ids."""
    return [pairs.add(tx, pair) for pair in new]


def join(
    tx: Tx,
    folders: Folders,
    kind: Kind,
    desktop: str,
    server: str,
    *,
    direction: str | None = None,
    on_conflict: str | None = None,
    share: bool = False,
    scope: ScopeChoice = UNCHANGED,
) -> tuple[Pair, bool]:
    """Pair two folders for a kind, or change the pair that they are; returns it, and whether it is new.

    ``desktop`` is a folder's name or path, ``server`` a collection's name or URL; ``None`` leaves the policy as it is
    (``two-way``, ``ask`` for a new pair), and ``scope`` says what changes in which items take part. Raises
    ``ConfigError`` when a folder is not known, not clear or not for the kind, when one is paired otherwise already,
    when another account uses the desktop's (unless ``share``), when the server's folder cannot be written and the
    direction would, or when the scope cannot be kept. Nothing is stored then.
    """
    where = Where(account=folders.account.name)
    _require(direction, DIRECTIONS, "direction", where)
    _require(on_conflict, CONFLICT_RULES, "rule for conflicts", where)
    left = find_folder(folders, Side.LEFT, kind, desktop)
    right = find_folder(folders, Side.RIGHT, kind, server)
    existing = [pair for pair in pairs_of(tx, folders.account) if pair.kind is kind]
    for pair in existing:
        if (pair.left, pair.right) == (left.id, right.id):
            kept = replace(pair, direction=direction or pair.direction, on_conflict=on_conflict or pair.on_conflict)
            kept = _with_scope(kept, scope.applied(scope_of(kept), kind, where))
            _require_writable(kept, left, right, where)
            pairs.change(tx, kept)
            return kept, False
        if left.id == pair.left or right.id == pair.right:
            raise ConfigError(
                f"{pair.left_name!r} and {pair.right_name!r} are paired already, for {kind}.",
                f"Let them go first: instep unpair {folders.account.name} {kind} {pair.left_name}.",
                where,
            )
    if (other := folders.taken.get(left.id)) and not share:
        raise ConfigError(
            f"The desktop's folder {left.name!r} belongs to the account {other!r}.",
            "Choose another folder, or add --share if both accounts shall have everything that is in it.",
            where,
        )
    way = direction or usual_direction(left, right)
    pair = Pair(0, folders.account.name, kind, left.id, right.id, left.name, right.name, way, on_conflict or "ask")
    pair = _with_scope(pair, scope.applied(EVERYTHING, kind, where))
    _require_writable(pair, left, right, where)
    return pairs.add(tx, pair), True


def change(
    tx: Tx,
    account: Account,
    pair_id: int,
    *,
    direction: str,
    on_conflict: str,
    scope: Scope,
    folders: Folders | None = None,
) -> Pair:
    """Store how one of the account's pairs is kept from now on, all of it, and return the pair.

    Whether its folders can be written is checked where ``folders`` knows them. Raises ``ConfigError`` when the account
    has no such pair (any more), for unknown words, and when a folder that would be written takes no writes.
    """
    where = Where(account=account.name)
    _require(direction, DIRECTIONS, "direction", where)
    _require(on_conflict, CONFLICT_RULES, "rule for conflicts", where)
    pair = _own(tx, account, pair_id)
    kept = _with_scope(replace(pair, direction=direction, on_conflict=on_conflict), scope)
    left, right = (
        next((info for info in (folders.of(side) if folders else ()) if info.id == id), None)
        or CollectionInfo(id, name, frozenset({pair.kind}))
        for side, id, name in ((Side.LEFT, pair.left, pair.left_name), (Side.RIGHT, pair.right, pair.right_name))
    )
    _require_writable(kept, left, right, where)
    pairs.change(tx, kept)
    return kept


def let_go(tx: Tx, account: Account, pair_id: int) -> Pair:
    """Let one of the account's pairs go and return it; no item on either side is touched. ``ConfigError`` as above."""
    pair = _own(tx, account, pair_id)
    pairs.remove(tx, pair.id)
    return pair


def _own(tx: Tx, account: Account, pair_id: int) -> Pair:
    pair = pairs.get(tx, pair_id)
    if pair is None or name_key(pair.account) != account.key:
        raise ConfigError("This pair is not there any more.", where=Where(account=account.name))
    return pair


def scope_of(pair: Pair) -> Scope:
    """Which items of a pair take part, as it was chosen."""
    return Scope.from_json(pair.options.get("scope"))


def _with_scope(pair: Pair, scope: Scope) -> Pair:
    rest = {name: value for name, value in pair.options.items() if name != "scope"}
    return replace(pair, options={**rest, "scope": scope.to_json()} if scope.limits else rest)


def part(tx: Tx, account: Account, kind: Kind, desktop: str) -> Pair:
    """Let the pair of a desktop folder (name or path) go and return it; no item on either side is touched.

    Needs neither side, so a folder that vanished can be unpaired too. Raises ``ConfigError`` when no pair is meant, or
    several are.
    """
    known = {pair.left: pair for pair in pairs_of(tx, account) if pair.kind is kind}
    shown = [CollectionInfo(pair.left, pair.left_name, frozenset({kind})) for pair in known.values()]
    found = said_folders(account, Side.LEFT, shown, desktop)
    where = Where(account=account.name)
    if not found:
        names = ", ".join(repr(pair.left_name) for pair in known.values())
        advice = f"Paired for {kind}: {names}." if names else f"There is no pair for {kind}."
        raise ConfigError(f"No pair for {kind} has the desktop folder {desktop!r}.", advice, where)
    if len(found) > 1:
        choices = ", ".join(info.id for info in found)
        raise ConfigError(f"Several desktop folders are called {desktop!r}.", f"Say which: {choices}.", where)
    pair = known[found[0].id]
    pairs.remove(tx, pair.id)
    return pair


def part_all(tx: Tx, account: Account) -> list[Pair]:
    """Let all pairs of an account go, as when it is removed; no item on either side is touched, and history stays."""
    gone = pairs_of(tx, account)
    for pair in gone:
        pairs.remove(tx, pair.id)
    return gone


def _require(word: str | None, known: tuple[str, ...], what: str, where: Where) -> None:
    if word is not None and word not in known:
        raise ConfigError(f"{word!r} is no {what}.", f"Known are: {', '.join(known)}.", where)


def _require_writable(pair: Pair, left: CollectionInfo, right: CollectionInfo, where: Where) -> None:
    written = {"two-way": (left, right), "to-server": (right,), "to-desktop": (left,)}[pair.direction]
    for info in written:
        if info.writable is False:
            other = left if info is right else right
            way = "to-desktop" if info is right else "to-server"
            advice = (
                f"Pair it one way: --direction {way}." if other.writable is not False else "Neither can be written."
            )
            raise ConfigError(f"{info.name!r} can be read but not written by you.", advice, where)
