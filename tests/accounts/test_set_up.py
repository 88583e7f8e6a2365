"""Setting an account up against a real server: tested, its folders made and paired."""

from __future__ import annotations

import asyncio
from pathlib import Path

from instep.accounts.account import Account, PasswordIn
from instep.accounts.connect import server_of
from instep.accounts.folders import gather
from instep.accounts.pairing import make_folders, propose
from instep.accounts.secret import Secret
from instep.accounts.trial import Step, try_server
from instep.connectors.memory import MemoryConnector
from instep.connectors.memory_store import MemoryStore
from peers.servers import Peer


def account_on(peer: Peer) -> Account:
    return Account(
        "ann",
        url=peer.url,
        login=peer.login,
        desktop="files:/pim",
        insecure_http=True,
        password=PasswordIn.VAULT if peer.login else PasswordIn.NONE,
    )


async def steps_on(account: Account, password: str) -> dict[str, Step]:
    server = server_of(account, Secret(password))
    try:
        return {step.name: step async for step in try_server(account, server)}
    finally:
        await server.close()


def test_account_on_a_real_server_is_tested_without_writing(peer: Peer) -> None:
    steps = asyncio.run(steps_on(account_on(peer), peer.password))
    assert [name for name, step in steps.items() if step.outcome == "failed"] == []
    assert steps["encrypted connection"].outcome == "note"
    assert "item" in steps["server: contacts"].detail
    assert all(peer.password not in repr(step) for step in steps.values() if peer.password)


def test_wrong_password_is_told_at_the_login(radicale: Peer) -> None:
    steps = asyncio.run(steps_on(account_on(radicale), "wrong-hunter2"))
    assert list(steps)[-1] == "login"
    assert steps["login"].outcome == "failed"
    assert "wrong-hunter2" not in repr(steps)


def test_server_that_is_not_there_is_told_at_the_address() -> None:
    account = Account("ann", url="http://127.0.0.1:1/", login="ann", desktop="files:/pim", insecure_http=True)
    steps = asyncio.run(steps_on(account, "hunter2"))
    assert [(name, str(step.outcome)) for name, step in steps.items()] == [("address", "failed")]


def test_folders_are_paired_and_the_missing_ones_made(peer: Peer, tmp_path: Path) -> None:
    account = account_on(peer)

    async def story() -> tuple[set[str], int]:
        server, desktop = server_of(account, Secret(peer.password)), MemoryConnector(MemoryStore())
        try:
            proposals, lacks = propose(await gather(account, desktop, server))
            offers = [lack.offer for lack in lacks if lack.offer]
            pairs = await make_folders([*proposals, *offers], account.name, desktop, server)
            again, still = propose(await gather(account, desktop, server), pairs)
            return {str(pair.kind) for pair in pairs}, len(again) + len(still)
        finally:
            await server.close()

    assert asyncio.run(story()) == ({"contacts", "appointments", "tasks", "notes"}, 0)
