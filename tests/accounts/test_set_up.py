"""Setting an account up against a real server: tested, its folders made and paired."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from instep.accounts.account import Account, PasswordIn
from instep.accounts.connect import connect, make_desktop, server_of
from instep.accounts.folders import gather
from instep.accounts.home import Home
from instep.accounts.joining import store_pairs, taken_folders
from instep.accounts.pairing import make_folders, propose
from instep.accounts.secret import Secret
from instep.accounts.trial import Step, trial, try_server
from instep.core.model import Kind
from instep.store.database import Database
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
    account = replace(account_on(peer), desktop=f"files:{tmp_path / 'pim'}")
    make_desktop(account)

    async def story() -> tuple[list[tuple[str, str]], int]:
        desktop, server = connect(account, Secret(peer.password), Home(tmp_path / "home"))
        try:
            proposals, lacks = propose(await gather(account, desktop, server))
            offers = [lack.offer for lack in lacks if lack.offer]
            pairs = await make_folders([*proposals, *offers], account.name, desktop, server)
            again, still = propose(await gather(account, desktop, server), pairs)
            return sorted((str(pair.kind), pair.left) for pair in pairs), len(again) + len(still)
        finally:
            await desktop.close()
            await server.close()

    pairs = [("appointments", "calendar"), ("contacts", "contacts"), ("notes", "notes"), ("tasks", "tasks")]
    assert asyncio.run(story()) == (pairs, 0)
    assert sorted(path.name for path in (tmp_path / "pim").iterdir()) == ["calendar", "contacts", "notes", "tasks"]


def test_second_account_in_the_same_desktop_folder_gets_folders_of_its_own(radicale: Peer, tmp_path: Path) -> None:
    first = replace(account_on(radicale), desktop=f"files:{tmp_path}", kinds=frozenset({Kind.CONTACT}))
    second = replace(first, name="Bob")
    database = Database.open(tmp_path / "state.db")

    async def set_up(account: Account) -> list[str]:
        desktop, server = connect(account, Secret(radicale.password))
        try:
            with database.reading() as tx:
                known = [info.id for info in await desktop.collections()]
                taken = taken_folders(tx, account, (first, second), known)
            proposals, _ = propose(await gather(account, desktop, server, taken))
            pairs = await make_folders(proposals, account.name, desktop, server)
            with database.transaction() as tx:
                return [pair.left for pair in store_pairs(tx, pairs)]
        finally:
            await desktop.close()
            await server.close()

    assert asyncio.run(set_up(first)) == ["contacts"]
    assert asyncio.run(set_up(second)) == ["contacts Bob"]
    database.close()


def test_whole_account_is_tested_from_desktop_to_server(radicale: Peer, tmp_path: Path) -> None:
    account = replace(account_on(radicale), desktop=f"files:{tmp_path}")

    async def steps() -> list[Step]:
        return [step async for step in trial(account, lambda: Secret(radicale.password))]

    found = asyncio.run(steps())
    assert [step for step in found if step.outcome == "failed"] == []
    assert [found[0].name, found[-1].name] == ["desktop", "server: notes"]
    assert list(tmp_path.iterdir()) == []
