"""An account that gets another address, login or desktop folder: which of its pairs hold there, and which begin anew.

Where a folder is another one than before, nothing that was remembered of it may count: what it lacks would look as if a
person had deleted it. So such a pair begins anew: both sides are compared whole, as in a first synchronization, which
recognizes what is the same and deletes nothing. A folder that is still at its address keeps its memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from instep.accounts.account import Account
from instep.accounts.connect import connect, desktop_is_there
from instep.accounts.folders import Folders
from instep.accounts.means import Means
from instep.accounts.pairing import NewFolder, Proposal, make_folders
from instep.accounts.secret import Secret
from instep.connectors.base import CollectionInfo, Connector
from instep.core.model import Side
from instep.service.installation import Installation
from instep.service.placing import place_of
from instep.service.setup import look
from instep.store.pairs import Pair


@dataclass(frozen=True, slots=True)
class Anew:
    """A pair that begins anew with these folders."""

    pair: Pair
    left: CollectionInfo | NewFolder
    right: CollectionInfo


@dataclass(frozen=True, slots=True)
class Lost:
    """A pair whose folder was not found at the new address; ``why`` says so. It is let go."""

    pair: Pair
    why: str


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of an account's pairs."""

    kept: tuple[Pair, ...] = ()
    anew: tuple[Anew, ...] = ()
    lost: tuple[Lost, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether a person should see it first."""
        return bool(self.anew or self.lost)


def is_elsewhere(before: Account, after: Account) -> bool:
    """Tell whether the account's pairs may have to do with other folders now."""
    return _server(before) != _server(after) or not same_desktop(before, after)


def _server(account: Account) -> tuple[object, ...]:
    # Over another protocol the same folders have other names, and the items in them too.
    return account.url, account.email, account.login_name, account.is_smartermail, account.protocols


def same_desktop(before: Account, after: Account) -> bool:
    """Tell whether two settings mean the same desktop, however its path is written."""
    return before.desktop == after.desktop or place_of(before) == place_of(after)


def plan_move(folders: Folders, existing: Sequence[Pair], *, same_desktop: bool, same_server: bool = False) -> Move:
    """Find each pair's folders again: by address, else by the same name for the same kind, else the only one of the
    kind for its only pair, and on the same server (over another protocol) its default folder; pure."""
    kept: list[Pair] = []
    anew: list[Anew] = []
    lost: list[Lost] = []
    used: set[tuple[str, str]] = set()
    for pair in existing:
        alone = sum(other.kind is pair.kind for other in existing) == 1
        right = _again(folders, Side.RIGHT, pair, pair.right, pair.right_name, only=alone)
        if right is None and alone and same_server:
            right = _default(folders, pair)
        if right is not None and (pair.kind, right.id) in used:
            right = None
        used |= {(pair.kind, right.id)} if right else set()
        left = _again(folders, Side.LEFT, pair, pair.left, pair.left_name)
        owner = folders.taken.get(left.id, "") if left else ""
        if same_desktop and right is not None and right.id == pair.right:
            kept.append(pair)
        elif right is None:
            lost.append(Lost(pair, f"{folders.server_name} has no folder {pair.right_name!r} for {pair.kind}"))
        elif same_desktop:
            # Whether the desktop's folder is there just now makes no difference: it is the same one.
            anew.append(Anew(pair, CollectionInfo(pair.left, pair.left_name, frozenset({pair.kind})), right))
        elif owner:
            lost.append(Lost(pair, f"the desktop's folder {pair.left_name!r} belongs to the account {owner!r}"))
        else:
            anew.append(Anew(pair, left or NewFolder(pair.left_name), right))
    return Move(tuple(kept), tuple(anew), tuple(lost))


def _again(
    folders: Folders, side: Side, pair: Pair, id: str, name: str, *, only: bool = False
) -> CollectionInfo | None:
    fitting = [info for info in folders.of(side) if pair.kind in info.kinds]
    if found := next((info for info in fitting if info.id == id), None):
        return found
    namesakes = [info for info in fitting if info.name.strip().casefold() == name.strip().casefold()]
    if len(namesakes) == 1:
        return namesakes[0]
    return fitting[0] if only and len(fitting) == 1 else None


def _default(folders: Folders, pair: Pair) -> CollectionInfo | None:
    usual = [info for info in folders.server if pair.kind in info.kinds and pair.kind in info.default_for]
    return usual[0] if len(usual) == 1 else None


async def pairs_anew(move: Move, account: Account, desktop: Connector, server: Connector) -> list[Pair]:
    """Make the desktop's folders that are lacking, and return the pairs that begin anew, not stored yet (``id`` 0).

    Each keeps its direction, its rule for conflicts and its scope. Raises what the connectors raise.
    """
    proposals = [Proposal(a.pair.kind, a.left, a.right, a.pair.direction) for a in move.anew]
    made = await make_folders(proposals, account.name, desktop, server)
    return [
        replace(new, on_conflict=old.pair.on_conflict, options=_lasting(old.pair)) for new, old in zip(made, move.anew)
    ]


def _lasting(pair: Pair) -> dict[str, object]:
    return {name: value for name, value in pair.options.items() if name == "scope"}


async def look_there(
    here: Installation, before: Account, after: Account, secret: Secret, means: Means | None = None
) -> Folders:
    """Ask both sides what they have under an account's new settings; nothing is made or stored.

    ``means`` are those of a sign-in that is not kept yet, where one was just made. A desktop folder that is still to be
    made has nothing. Raises what the connectors raise.
    """
    # Under its old name, as its own pairs are not those of another account.
    account = replace(after, name=before.name)
    desktop, server = connect(account, secret, means=means or here.means(account))
    try:
        if desktop_is_there(account):
            return await look(here, account, desktop, server)
        able, rights = await server.probe(), await server.collections()
        return Folders(account, (), tuple(rights), True, able.creates_collections, desktop.name, server.name)
    finally:
        await asyncio.gather(desktop.close(), server.close(), return_exceptions=True)
