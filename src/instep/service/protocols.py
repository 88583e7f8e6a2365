"""Moving a kind of a SmarterMail account to another protocol: its pairs begin anew, nothing is imported again.

Over another protocol the same folder and the same items have other names, so what is remembered of them does not hold.
It is the same as another address (``readdressing``): the pairs get the folder of the same name there, and the next run
compares both sides as the first one does, which recognizes what is equal, doubles nothing and deletes nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from instep.accounts.account import Account
from instep.accounts.connect import connect
from instep.accounts.secret import Secret
from instep.accounts.server_type import PROTOCOLS, protocol_word, written_protocols
from instep.core.model import Kind
from instep.errors import ConfigError, Where
from instep.service.changing import change_account, stored_pairs
from instep.service.installation import Installation, protocols_of
from instep.service.readdressing import Move, look_there, pairs_anew, plan_move


def with_protocol(account: Account, kind: Kind, protocol: str) -> Account:
    """Return the account with a person's choice for a kind.

    Raises ``ConfigError`` for an account that has no choice, and for a protocol that cannot hold the kind.
    """
    where = Where(account=account.name)
    if not account.is_smartermail:
        raise ConfigError("Only an account with a SmarterMail server has several protocols.", where=where)
    if protocol not in PROTOCOLS[kind]:
        words = " or ".join(protocol_word(kind, one) for one in PROTOCOLS[kind])
        raise ConfigError(f"SmarterMail has {kind} over {words} alone.", "Choose another kind or protocol.", where)
    return replace(account, protocols=written_protocols({**account.chosen_protocols, kind: protocol}))


async def plan_switch(here: Installation, account: Account, kind: Kind, protocol: str, secret: Secret) -> Move:
    """Look at the folders that a kind has over another protocol, and say what becomes of its pairs; stores nothing.

    Raises ``ConfigError`` as ``with_protocol``, and what the connectors raise.
    """
    after = with_protocol(account, kind, protocol)
    mine = [pair for pair in stored_pairs(here, account) if pair.kind is kind]
    if not mine:
        return Move()
    folders = await look_there(here, account, after, secret)
    return plan_move(folders, mine, same_desktop=True, same_server=True)


async def switch(here: Installation, account: Account, kind: Kind, protocol: str, move: Move) -> Account:
    """Store a choice and the pairs that begin anew by it; returns the account as it is stored.

    Raises ``ConfigError`` when a pair would be let go, what ``change_account`` raises, and ``Busy`` where the pairs are
    others than in the plan; all is as it was then.
    """
    where = Where(account=account.name)
    for lost in move.lost:
        raise ConfigError(
            f"{lost.why[:1].upper()}{lost.why[1:]} over {protocol_word(kind, protocol)}, so this pair would be let go.",
            f"Make the folder there first, or let the pair go: instep unpair {account.name} {kind}.",
            where,
        )
    after = with_protocol(account, kind, protocol)
    desktop, server = connect(after, Secret(""))
    try:
        # All folders are there; this only makes the new pairs.
        new = await pairs_anew(move, account, desktop, server)
    finally:
        await asyncio.gather(desktop.close(), server.close(), return_exceptions=True)
    return change_account(here, account, after, gone=[one.pair for one in move.anew], new=new)


def protocol_lines(here: Installation, account: Account) -> list[tuple[Kind, str]]:
    """Say for each kind of a SmarterMail account over which protocol it goes, and who chose that."""
    fixed = protocols_of(stored_pairs(here, account)) if here.home.state.exists() else {}
    chosen = account.chosen_protocols
    return [(kind, _line(kind, fixed.get(kind, ""), chosen.get(kind, ""))) for kind in account.wanted]


def _line(kind: Kind, fixed: str, chosen: str) -> str:
    if fixed and chosen and fixed != chosen:
        return f"over {protocol_word(kind, fixed)}, as it is paired; the settings say {protocol_word(kind, chosen)}"
    if chosen:
        return f"over {protocol_word(kind, chosen)}, as you chose"
    if fixed:
        return f"over {protocol_word(kind, fixed)}, since its folders were paired"
    return f"not chosen yet; tried first: {protocol_word(kind, PROTOCOLS[kind][0])}"
