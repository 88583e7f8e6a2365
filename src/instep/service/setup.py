"""Pairing an account's folders by themselves, once, and saying how."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from instep.accounts.account import Account
from instep.accounts.connect import make_desktop
from instep.accounts.folders import Folders, gather
from instep.accounts.joining import pairs_of, store_pairs, taken_folders
from instep.accounts.pairing import Lack, NewFolder, Proposal, make_folders, propose
from instep.connectors.base import CollectionInfo, Connector
from instep.core.harmless import plain
from instep.errors import Busy, ConfigError, Where
from instep.service.installation import Installation
from instep.store import lease
from instep.store.pairs import Pair

Offer = Callable[[Lack], Awaitable[bool]]
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class Paired:
    """What was paired and how, and for which kinds the server has no folder."""

    pairs: tuple[Pair, ...]
    proposals: tuple[Proposal, ...]
    lacks: tuple[Lack, ...]


async def look(here: Installation, account: Account, desktop: Connector, server: Connector) -> Folders:
    """Ask both sides for their folders, and note which of the desktop's belong to other accounts."""
    folders = await gather(account, desktop, server)
    with here.db.reading() as tx:
        taken = taken_folders(tx, account, here.accounts(), [info.id for info in folders.desktop])
    return replace(folders, taken=taken)


async def known_pairs(here: Installation, account: Account) -> list[Pair]:
    """The account's pairs, as they are stored."""
    with here.db.transaction() as tx:
        return pairs_of(tx, account)


async def pair_up(
    here: Installation, account: Account, desktop: Connector, server: Connector, offer: Offer | None = None
) -> Paired:
    """Pair the folders of an account that has no pairs yet, and store that.

    A folder that the server lacks is made where the person asked for its kind by name, where ``offer`` says yes, or
    where the server has no folder at all. Raises ``ConfigError`` when there is nothing to pair, and what the connectors
    raise, and ``Busy`` while somebody else works on the account; then no pair is stored.
    """
    # Two programs that pair the same account at once would make its folders twice.
    with lease.held(here.db, account.name, "folders"):
        if known := await known_pairs(here, account):
            return Paired(tuple(known), (), ())
        return await _pair_up(here, account, desktop, server, offer)


async def _pair_up(
    here: Installation, account: Account, desktop: Connector, server: Connector, offer: Offer | None
) -> Paired:
    make_desktop(account)
    # Two accounts that share a desktop must not take the same folder at the same time.
    async with _alone():
        folders = await look(here, account, desktop, server)
        found, lacks = propose(folders)
        chosen, left = list(found), []
        for lack in lacks:
            if lack.offer is not None and (
                lack.kind in account.kinds or await _is_wanted(lack, offer) or not (found or offer)
            ):
                chosen.append(lack.offer)
            else:
                left.append(lack)
        if not chosen:
            what = left[0].advice if left else "Make folders there first."
            raise ConfigError("The server has no folder that could be paired.", what, Where(account=account.name))
        made = await make_folders(chosen, account.name, desktop, server)
        stored = keep_pairs(here, account, made)
    return Paired(tuple(stored), tuple(chosen), tuple(left))


@asynccontextmanager
async def _alone() -> AsyncIterator[None]:
    # Accounts run in one event loop, or each in a thread with its own.
    while not _ONE_AT_A_TIME.acquire(blocking=False):  # noqa: ASYNC110 - an event belongs to one loop
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        _ONE_AT_A_TIME.release()


def keep_pairs(here: Installation, account: Account, new: Iterable[Pair]) -> list[Pair]:
    """Store pairs that were proposed and whose folders are there; returns them with their ids.

    Raises ``Busy`` when another account took one of the desktop's folders since they were looked at.
    """
    made = list(new)
    with here.db.transaction() as tx:
        known = here.accounts()
        if account.key not in {one.key for one in known}:
            raise Busy("The account was removed in this moment.", where=Where(account=account.name))
        taken = taken_folders(tx, account, known, [pair.left for pair in made])
        for folder, other in taken.items():
            raise Busy(
                f"The account {other!r} took the desktop's folder {folder!r} in this moment.",
                "Start again.",
                Where(account=account.name),
            )
        return store_pairs(tx, made)


async def _is_wanted(lack: Lack, offer: Offer | None) -> bool:
    return offer is not None and await offer(lack)


def paired_sentence(proposal: Proposal) -> str:
    """Say which folders belong together and why."""
    arrow = {"two-way": "↔", "to-server": "→", "to-desktop": "←"}[proposal.direction]
    sides = f"{_folder(proposal.left)} {arrow} {_folder(proposal.right)}"
    return f"{proposal.kind.value}: {sides} ({plain(proposal.why)})"


def _folder(folder: CollectionInfo | NewFolder) -> str:
    return f"{plain(folder.name)} (new)" if isinstance(folder, NewFolder) else plain(folder.name)
