"""Pairing an account's folders by themselves, once, and saying how."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from instep.accounts.account import Account
from instep.accounts.connect import make_desktop
from instep.accounts.folders import Folders, gather
from instep.accounts.joining import pairs_of, store_pairs, taken_folders
from instep.accounts.pairing import Lack, NewFolder, Proposal, make_folders, propose
from instep.connectors.base import CollectionInfo, Connector
from instep.core.harmless import plain
from instep.errors import ConfigError, Where
from instep.service.installation import Installation
from instep.store.pairs import Pair

Offer = Callable[[Lack], Awaitable[bool]]
_ONE_AT_A_TIME: dict[int, asyncio.Lock] = {}


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
    raise; then no pair is stored.
    """
    make_desktop(account)
    # Two accounts that share a desktop must not take the same folder at the same time.
    async with _ONE_AT_A_TIME.setdefault(id(asyncio.get_running_loop()), asyncio.Lock()):
        folders = await look(here, account, desktop, server)
        found, lacks = propose(folders, await known_pairs(here, account))
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
        with here.db.transaction() as tx:
            stored = store_pairs(tx, made)
    return Paired(tuple(stored), tuple(chosen), tuple(left))


async def _is_wanted(lack: Lack, offer: Offer | None) -> bool:
    return offer is not None and await offer(lack)


def paired_sentence(proposal: Proposal) -> str:
    """Say which folders belong together and why."""
    arrow = {"two-way": "↔", "to-server": "→", "to-desktop": "←"}[proposal.direction]
    sides = f"{_folder(proposal.left)} {arrow} {_folder(proposal.right)}"
    return f"{proposal.kind.value}: {sides} ({plain(proposal.why)})"


def _folder(folder: CollectionInfo | NewFolder) -> str:
    return f"{plain(folder.name)} (new)" if isinstance(folder, NewFolder) else plain(folder.name)
