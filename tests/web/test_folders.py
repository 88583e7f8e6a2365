"""Folders: what is proposed, pairing others, new ones, shared ones, and how a pair is kept."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cli.desk import Desk, card
from instep.accounts import config
from instep.accounts.account import Account
from instep.accounts.joining import scope_of
from instep.core.model import Kind
from instep.core.scope import Scope
from instep.service.changing import stored_pairs
from instep.store import lease
from instep.store.pairs import Pair
from web.browser import Browser
from web.client import Client
from web.person import push, tab_to


def pairs(client: Client) -> list[Pair]:
    here = client.pages.site.here
    return list(stored_pairs(here, here.account("Work")))


@pytest.fixture
def work(account: Account, client: Client) -> str:
    """The account as it is called in addresses, its folders looked at and not paired."""
    work = client.pages.site.id_of("Work")
    client.get(f"/accounts/{work}/folders")
    client.until_over()
    assert client.path == f"/accounts/{work}/folders"
    return work


def chosen(client: Client) -> list[str]:
    return re.findall(r'name="chosen" value="(\w+)"', client.text)


@pytest.fixture
def paired(work: str, client: Client) -> str:
    """The same, paired as proposed."""
    client.post(f"/accounts/{work}/folders/proposed", {"chosen": chosen(client), "do": "pair"})
    client.until_over()
    assert len(pairs(client)) == 1
    return work


def test_proposal_is_paired_with_the_rule_that_was_chosen(work: str, client: Client, desk: Desk) -> None:
    fields = {"chosen": chosen(client), "on_conflict": "newest", "do": "pair"}
    client.post(f"/accounts/{work}/folders/proposed", fields)
    assert "the newest wins" in client.until_over()
    [pair] = pairs(client)
    assert (pair.left_name, pair.right_name, pair.on_conflict) == ("contacts", "Contacts", "newest")
    assert desk.held == []


def test_nothing_chosen_pairs_nothing(work: str, client: Client) -> None:
    client.post(f"/accounts/{work}/folders/proposed", {"do": "pair"})
    assert "Nothing was chosen." in client.said
    client.post(f"/accounts/{work}/folders/proposed", {"chosen": "invented", "do": "pair"})
    assert "Nothing was chosen." in client.said
    assert pairs(client) == []


def test_new_folders_are_made_on_both_sides_and_paired(paired: str, client: Client, desk: Desk) -> None:
    fields = {"kind": "contacts", "desktop": "(new)", "desktop_name": "friends", "server": "(new)"}
    client.post(f"/accounts/{paired}/folders/pair", fields)
    assert "Name the new folder on the server." in client.said
    client.post(f"/accounts/{paired}/folders/pair", {**fields, "server_name": "Friends <b>"})
    client.until_over()
    assert "<b>Friends &lt;b&gt;</b>" in client.text
    assert (desk.folder / "friends").is_dir()
    made = pairs(client)[1]
    assert (made.left_name, made.right_name, made.direction) == ("friends", "Friends <b>", "two-way")


def test_a_proposal_that_is_sent_twice_is_paired_once(work: str, client: Client, desk: Desk) -> None:
    old = chosen(client)
    for _ in range(2):
        client.post(f"/accounts/{work}/folders/proposed", {"chosen": old, "do": "pair"})
    client.until_over()
    jobs = [job for job in client.pages.site.jobs.all() if job.what == "folders"]
    assert all(job.wait(30) for job in jobs)
    assert len(pairs(client)) == 1
    assert [job.failure for job in jobs if "defect" in job.failure] == []


def test_a_folder_that_another_account_took_since_is_not_shared_by_an_old_page(
    account: Account, client: Client, desk: Desk
) -> None:
    site = client.pages.site
    config.add(site.here.home, replace(account, name="Other"))
    old = {}
    for name in ("Work", "Other"):
        client.get(f"/accounts/{site.id_of(name)}/folders")
        client.until_over()
        old[name] = chosen(client)
    client.post(f"/accounts/{site.id_of('Work')}/folders/proposed", {"chosen": old["Work"], "do": "pair"})
    client.until_over()
    client.post(f"/accounts/{site.id_of('Other')}/folders/proposed", {"chosen": old["Other"], "do": "pair"})
    assert "not what they were when they were shown" in client.until_over()
    server = pairs(client)[0].right
    fields = {"kind": "contacts", "desktop": "contacts", "server": server}
    client.post(f"/accounts/{site.id_of('Other')}/folders/pair", fields)
    assert "belongs to the account 'Work'" in client.until_over()
    assert stored_pairs(site.here, site.here.account("Other")) == []


def test_accounts_that_begin_together_never_take_the_same_folder(account: Account, client: Client, desk: Desk) -> None:
    site = client.pages.site
    names = ["Work", *(f"Other {number}" for number in range(3))]
    for name in names[1:]:
        config.add(site.here.home, replace(account, name=name))
    client.post("/synchronize")
    assert all(job.wait(60) for job in site.jobs.all())
    found = [pair for name in names for pair in stored_pairs(site.here, site.here.account(name))]
    assert found and len({pair.left for pair in found}) == len(found)


def test_form_that_is_older_than_the_pair_puts_no_direction_back(paired: str, client: Client) -> None:
    [pair] = pairs(client)
    client.get(f"/accounts/{paired}/pairs/{pair.id}")
    old = re.findall(r'name="shown" value="(\w+)"', client.text)
    fields = {"direction": "to-desktop", "on_conflict": "ask"}
    client.post(client.path, {**fields, "shown": old})
    client.post(f"/accounts/{paired}/pairs/{pair.id}", {**fields, "direction": "two-way", "shown": old})
    assert "changed since the page was shown" in client.said
    assert pairs(client)[0].direction == "to-desktop"


def test_folder_of_another_account_is_marked_and_shared_only_by_a_word(
    account: Account, client: Client, desk: Desk
) -> None:
    site = client.pages.site
    config.add(site.here.home, replace(account, name="Other"))
    for name in ("Work", "Other"):
        client.get(f"/accounts/{site.id_of(name)}/folders")
        client.until_over()
        if name == "Work":
            client.post(f"{client.path}/proposed", {"chosen": chosen(client), "do": "pair"})
            client.until_over()
    assert "contacts (belongs to Work)" in client.said
    server = pairs(client)[0].right
    fields = {"kind": "contacts", "desktop": "contacts", "server": server}
    client.post(f"{client.path}/pair", fields)
    assert "belongs to the account 'Work'" in client.said
    assert "--share" not in client.said
    client.post(client.path, {**fields, "share": "yes"})
    assert "shared with Work" in client.said


def test_pair_that_cannot_be_is_said_beside_its_kind(paired: str, client: Client, desk: Desk) -> None:
    right = pairs(client)[0].right
    client.post(f"/accounts/{paired}/folders/pair", {"kind": "contacts", "desktop": "nothing", "server": right})
    assert "has no folder 'nothing'" in client.said
    client.post(f"/accounts/{paired}/folders/pair", {"kind": "spells", "desktop": "contacts", "server": right})
    assert len(pairs(client)) == 1


def test_how_a_pair_is_kept_is_changed_as_a_whole(paired: str, client: Client) -> None:
    pair = pairs(client)[0]
    where = f"/accounts/{paired}/pairs/{pair.id}"
    client.get(where)
    fields = {"direction": "to-server", "on_conflict": "desktop", "categories": "Friends\r\n\r\nWork "}
    client.post(where, fields)
    assert "only Friends or Work; in a conflict the desktop wins" in client.said
    changed = pairs(client)[0]
    assert (changed.direction, changed.on_conflict) == ("to-server", "desktop")
    assert scope_of(changed) == Scope(categories=("Friends", "Work"))
    client.post(where, {**fields, "categories": ""})
    assert scope_of(pairs(client)[0]) == Scope()


def test_days_are_kept_for_what_has_days(account: Account, client: Client, desk: Desk) -> None:
    site = client.pages.site
    config.change(site.here.home, replace(account, kinds=frozenset({Kind.EVENT})))
    client.get(f"/accounts/{site.id_of('Work')}/folders")
    client.until_over()
    client.post(f"{client.path}/proposed", {"chosen": chosen(client), "do": "pair"})
    client.until_over()
    where = f"/accounts/{site.id_of('Work')}/pairs/{pairs(client)[0].id}"
    usual = {"direction": "two-way", "on_conflict": "ask"}
    for wrong in ("soon", "-1", "99999999999"):
        client.post(where, {**usual, "past": wrong})
        assert re.search(r'id="past"[^>]*aria-invalid="true" aria-describedby="fault-past"', client.text)
        assert f'value="{wrong}"' in client.text
    client.post(where, {**usual, "past": "30", "future": ""})
    assert "30 days back" in client.said
    assert scope_of(pairs(client)[0]) == Scope(past=30)


def test_unpaired_folders_stay_as_they_are(paired: str, client: Client, desk: Desk) -> None:
    client.post(f"/accounts/{paired}/synchronize", {"yes": "yes"})
    client.until_over()
    client.post(f"/accounts/{paired}/pairs/{pairs(client)[0].id}/part")
    assert "Not kept the same any more." in client.said
    assert pairs(client) == []
    assert len(desk.held) == len(desk.files) == 1


def test_pair_is_not_changed_while_the_account_is_worked_on(paired: str, client: Client) -> None:
    before = pairs(client)
    where = f"/accounts/{paired}/pairs/{before[0].id}"
    with lease.held(client.pages.site.here.db, "Work", "sync"):
        client.post(where, {"direction": "to-server", "on_conflict": "ask"})
        assert "works on this account" in client.said
        client.post(f"{where}/part", expect=409)
    assert pairs(client) == before


def test_pair_that_is_gone_or_another_accounts_is_not_found(paired: str, account: Account, client: Client) -> None:
    site = client.pages.site
    config.add(site.here.home, replace(account, name="Other"))
    client.get(f"/accounts/{site.id_of('Other')}/pairs/{pairs(client)[0].id}", expect=404)
    client.get(f"/accounts/{paired}/pairs/999", expect=404)
    client.get(f"/accounts/{paired}/pairs/x", expect=404)


def test_folders_are_paired_by_keyboard_alone(account: Account, browser: Browser, desk: Desk) -> None:
    (desk.folder / "friends").mkdir()
    (desk.folder / "friends" / "bob.vcf").write_text(card("bob-1", "Bob"))
    browser.goto(f"/accounts/{browser.pages.site.id_of('Work')}/folders")
    browser.page.get_by_role("heading", name="These folders would be kept the same").wait_for()
    push(browser, "Only pair")
    browser.page.get_by_text("both ways, all items").wait_for()
    push(browser, "Pair another folder for contacts")
    tab_to(browser, "On the desktop")
    browser.page.keyboard.type("friends")
    tab_to(browser, "On the server")
    browser.page.keyboard.type("a new")
    tab_to(browser, "Name, if it is new")
    browser.press("Tab")
    browser.press("Shift+Tab")
    browser.page.get_by_label("Name, if it is new").nth(1).focus()
    browser.page.keyboard.type("Friends")
    push(browser, "Pair")
    browser.page.get_by_text("both ways, all items").nth(1).wait_for()
    browser.require_accessible()
