"""Another server, mailbox or desktop for an account that has been synchronized: nothing is doubled, nothing is lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cli.desk import Desk, card
from instep.accounts import config
from instep.accounts.account import Account
from instep.accounts.home import Home
from instep.service.changing import stored_pairs
from instep.store import lease
from web.client import Client


@pytest.fixture
def work(account: Account, client: Client, desk: Desk) -> str:
    """The account as it is called in addresses; three contacts are the same on both sides."""
    for name in ("Ann", "Bob"):
        desk.put(f"{name}.vcf", card(f"{name}-1", name))
    work = client.pages.site.id_of("Work")
    client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
    client.until_over()
    assert len(desk.held) == 3
    return work


def change(client: Client, work: str, **fields: str) -> str:
    """Save other settings; what is said then."""
    client.get(f"/accounts/{work}/settings")
    client.post(client.path, {**client.fields(), **fields, "do": "store"})
    return client.until_over()


def synchronized(client: Client, work: str) -> str:
    client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
    return client.until_over()


def test_address_that_leads_to_the_same_folders_is_saved_at_once(work: str, client: Client, desk: Desk) -> None:
    assert "Saved." in change(client, work, url=f"{desk.server.url}{desk.server.login}/")
    assert "In step, nothing to do" in synchronized(client, work)


def test_moved_server_is_found_again_without_doubles(work: str, client: Client, desk: Desk) -> None:
    # The server's folders under another address, as after a move to another machine.
    root = desk.server.folder / "data" / "collection-root"
    other = f"{desk.server.login}-moved"
    with (desk.server.folder / "htpasswd").open("a") as logins:
        logins.write(f"{other}:{desk.server.password}\n")
    shutil.copytree(root / desk.server.login, root / other)
    said = change(client, work, login=other)
    assert "begins anew" in said
    assert client.pages.site.here.accounts()[0].login == desk.server.login
    client.post(f"/accounts/{work}/move", {"job": client.path.rpartition("/")[2]})
    assert "Saved." in client.said
    before = {file.name: file.read_bytes() for file in desk.files}
    assert "3 found to be the same on both sides" in synchronized(client, work)
    assert {file.name: file.read_bytes() for file in desk.files} == before
    assert len(list((root / other).glob("*/*.vcf"))) == 3
    desk.edit(desk.files, "Ann", "Anna")
    synchronized(client, work)
    assert any(b"Anna" in file.read_bytes() for file in (root / other).glob("*/*.vcf"))
    assert not any(b"Anna" in file.read_bytes() for file in desk.held)


def test_word_that_is_sent_twice_begins_anew_once(
    work: str, account: Account, client: Client, desk: Desk, home: Home, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    config.change(home, replace(account, desktop=f"files:{tmp_path / 'elsewhere'}"))
    client.post(f"/accounts/{work}/move/look")
    assert "begins anew" in client.until_over()
    job = client.path.rpartition("/")[2]
    for _ in range(2):
        client.post(f"/accounts/{work}/move", {"job": job})
        client.until_over()
    here = client.pages.site.here
    assert [pair.left for pair in stored_pairs(here, here.account("Work"))] == ["contacts"]
    assert [place.name for place in (tmp_path / "elsewhere").iterdir()] == ["contacts"]


def test_empty_server_is_filled_and_takes_nothing_from_the_desktop(work: str, client: Client, desk: Desk) -> None:
    root = desk.server.folder / "data" / "collection-root"
    other = f"{desk.server.login}-empty"
    with (desk.server.folder / "htpasswd").open("a") as logins:
        logins.write(f"{other}:{desk.server.password}\n")
    shutil.copytree(root / desk.server.login, root / other)
    for file in (root / other).rglob("*.vcf"):
        file.unlink()
    assert "begins anew" in change(client, work, login=other)
    client.post(f"/accounts/{work}/move", {"job": client.path.rpartition("/")[2]})
    assert "3 made on the server" in synchronized(client, work)
    assert len(desk.files) == 3


def test_another_desktop_folder_is_made_and_filled(work: str, client: Client, desk: Desk, tmp_path: Path) -> None:
    there = tmp_path / "other desk"
    assert "begins anew" in change(client, work, desktop=str(there))
    assert not there.exists()
    client.post(f"/accounts/{work}/move", {"job": client.path.rpartition("/")[2]})
    assert "3 made on the desktop" in synchronized(client, work)
    assert len(list(there.glob("contacts/*.vcf"))) == 3
    assert len(desk.held) == len(desk.files) == 3


def test_empty_folder_in_the_new_place_deletes_nothing_on_the_server(
    work: str, client: Client, desk: Desk, tmp_path: Path
) -> None:
    there = tmp_path / "other desk"
    (there / "contacts").mkdir(parents=True)
    assert "begins anew" in change(client, work, desktop=str(there))
    client.post(f"/accounts/{work}/move", {"job": client.path.rpartition("/")[2]})
    assert "3 made on the desktop" in synchronized(client, work)
    assert len(desk.held) == 3


def test_server_that_is_not_there_changes_nothing(work: str, account: Account, client: Client, desk: Desk) -> None:
    said = change(client, work, url="http://127.0.0.1:1/")
    assert "Nothing was stored." in said
    assert client.pages.site.here.accounts() == (account,)
    client.get(client.link(rf"/accounts/{work}/settings\?draft=[\w-]+"))
    assert client.fields()["url"] == "http://127.0.0.1:1/"
    assert "In step, nothing to do" in synchronized(client, work)


def test_folder_that_the_new_server_lacks_is_let_go_and_said(work: str, client: Client, desk: Desk) -> None:
    other = f"{desk.server.login}-bare"
    with (desk.server.folder / "htpasswd").open("a") as logins:
        logins.write(f"{other}:{desk.server.password}\n")
    (desk.server.folder / "data" / "collection-root" / other).mkdir()
    assert "is let go" in change(client, work, login=other)
    client.post(f"/accounts/{work}/move", {"job": client.path.rpartition("/")[2]})
    client.get(f"/accounts/{work}/folders")
    client.until_over()
    assert "has no folder that takes contacts" in client.said
    assert len(desk.files) == 3


def test_account_that_is_worked_on_keeps_its_address(
    work: str, account: Account, client: Client, desk: Desk, tmp_path: Path
) -> None:
    change(client, work, desktop=str(tmp_path / "other desk"))
    job = client.path.rpartition("/")[2]
    with lease.held(client.pages.site.here.db, "Work", "sync"):
        client.post(f"/accounts/{work}/move", {"job": job}, expect=409)
        assert "works on this account" in client.said
    assert client.pages.site.here.accounts() == (account,)
    client.post(f"/accounts/{work}/move", {"job": "none"})
    assert client.path == f"/accounts/{work}/settings"
    assert client.pages.site.here.accounts() == (account,)


def test_desktop_changed_by_another_hand_deletes_nothing_and_can_begin_anew(
    work: str, account: Account, client: Client, desk: Desk, tmp_path: Path
) -> None:
    there = tmp_path / "other desk"
    (there / "contacts").mkdir(parents=True)
    here = client.pages.site.here
    config.change(here.home, replace(account, desktop=f"files:{there}"))
    assert "The desktop is another folder than in the last run" in synchronized(client, work)
    assert len(desk.held) == 3
    client.get(f"/accounts/{work}/folders")
    client.until_over()
    client.post(client.link(rf"/accounts/{work}/move/look"))
    assert "begins anew" in client.until_over()
    client.post(f"/accounts/{work}/move", {"job": client.path.rpartition("/")[2]})
    assert "3 made on the desktop" in synchronized(client, work)
    assert len(desk.held) == 3
    assert "In step, nothing to do" in synchronized(client, work)


def test_desktop_that_was_moved_as_a_whole_goes_on(
    work: str, account: Account, client: Client, desk: Desk, tmp_path: Path
) -> None:
    there = tmp_path / "moved"
    desk.folder.rename(there)
    config.change(client.pages.site.here.home, replace(account, desktop=f"files:{there}"))
    (there / "contacts" / "Ann.vcf").unlink()
    assert "1 deleted on the server" in synchronized(client, work)
    assert len(desk.held) == 2


def test_server_changed_by_another_hand_is_found_again(work: str, account: Account, client: Client, desk: Desk) -> None:
    other = f"{desk.server.login}-by-hand"
    with (desk.server.folder / "htpasswd").open("a") as logins:
        logins.write(f"{other}:{desk.server.password}\n")
    config.change(client.pages.site.here.home, replace(account, login=other))
    client.get(f"/accounts/{work}/folders")
    assert "not there now" in client.until_over()
    client.post(client.link(rf"/accounts/{work}/move/look"))
    assert "begins anew" in client.until_over()
    client.post(f"/accounts/{work}/move", {"job": client.path.rpartition("/")[2]})
    assert "3 made on the server" in synchronized(client, work)
    assert len(desk.held) == 3
