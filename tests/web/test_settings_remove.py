"""Removing an account, and switching it off and on."""

from __future__ import annotations

import pytest

from cli.desk import Desk
from instep.accounts.account import Account
from instep.store import lease, runs
from web.client import Client
from web.person import typed


def test_removed_account_leaves_items_and_history(account: Account, client: Client, desk: Desk) -> None:
    site = client.pages.site
    work = site.id_of("Work")
    client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
    client.until_over()
    client.get(f"/accounts/{work}/remove")
    assert "This goes" in client.said and "1 pair of folders" in client.said and "every file in" in client.said
    client.post(f"/accounts/{work}/remove")
    assert site.here.accounts() == ()
    assert len(desk.held) == len(desk.files) == 1
    with site.here.db.reading() as tx:
        assert runs.last(tx, "Work") is not None
    client.get(f"/accounts/{work}/settings", expect=404)


def test_account_that_is_worked_on_is_not_removed(account: Account, client: Client) -> None:
    site = client.pages.site
    with lease.held(site.here.db, "Work", "sync"):
        client.post(f"/accounts/{site.id_of('Work')}/remove")
        assert "works on this account" in client.said
    assert site.here.accounts() == (account,)


def test_password_that_cannot_be_reached_is_said(client: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    site = client.pages.site
    client.post("/accounts/new", typed(desk))
    client.until_over()
    site.here.home.vault.write_text("damaged")
    client.post(f"/accounts/{site.id_of('Work')}/remove")
    assert "Its password could not be removed" in client.said
    assert site.here.accounts() == ()


def test_switched_off_account_says_so_and_is_switched_on_again(account: Account, client: Client) -> None:
    site = client.pages.site
    where = f"/accounts/{site.id_of('Work')}"
    client.post(f"{where}/switch", {"on": "no"})
    assert "Switched off" in client.said
    assert "Switched off" in client.get("/")
    assert not site.here.accounts()[0].enabled
    client.post(f"{where}/switch", {"on": "yes"})
    assert site.here.accounts() == (account,)
