"""Preview: what a synchronization would do, before it does it; and doing exactly that."""

from __future__ import annotations

import pytest

from cli.desk import Desk, card
from instep.accounts.account import Account
from instep.core.model import Kind, Side
from instep.engine.planfile import PlanFile, PlannedPair
from instep.engine.planned import PlannedItem, PlannedQuestion, PlannedWrite
from instep.web.jobs import Job
from instep.web.pages.verify import VerifyLive
from instep.web.planned import PreviewLive
from web.browser import ROOM, Browser
from web.client import Client, Pages
from web.steps import paired

HOSTILE = "<script>alert(1)</script><b>Bold</b>\u202e"


def previewed(client: Client, work: str) -> str:
    """Look ahead; gives the page's words."""
    client.post(f"/accounts/{work}/preview")
    return client.until_over()


def test_preview_names_each_item_with_side_field_and_reason_and_writes_nothing(
    account: Account, client: Client, desk: Desk
) -> None:
    work = paired(client)
    desk.put("bert.vcf", card("bert-1", "Bert"))
    desk.edit(desk.files, "jane@example.org", "jane@example.net")
    said = previewed(client, work)
    assert "2 changes would be written. Nothing has been written." in said
    assert "1 would be made on the server" in said and "1 would be changed on the server" in said
    assert "Make on the server" in said and "Bert Doe" in said
    assert "Change on the server: E-mail" in said and "changed on the desktop" in said
    assert len(desk.held) == 1
    [sort] = [part for part in client.text.split('"') if part.startswith("?only=") and part.endswith("create")]
    alone = client.get(client.path + sort)
    assert "Bert Doe" in alone and "Jane Doe" not in alone


def test_preview_of_an_account_in_step_says_so(account: Account, client: Client) -> None:
    assert "there is nothing to do" in previewed(client, paired(client))


def test_preview_of_an_unpaired_account_says_what_would_be_paired_and_pairs_nothing(
    account: Account, client: Client, desk: Desk
) -> None:
    work = client.pages.site.id_of("Work")
    said = previewed(client, work)
    assert "These would be paired" in said and "contacts ↔" in said
    assert f"/accounts/{work}/folders" in client.text
    assert "These would be paired" in previewed(client, work) and desk.held == []


def test_carrying_out_does_what_was_seen_and_nothing_else(account: Account, client: Client, desk: Desk) -> None:
    work = paired(client)
    desk.put("bert.vcf", card("bert-1", "Bert"))
    desk.put("cora.vcf", card("cora-1", "Cora"))
    previewed(client, work)
    shown = client.path
    desk.edit(desk.files, "FN:Bert Doe", "FN:Bertram Doe")
    desk.put("dora.vcf", card("dora-1", "Dora"))
    client.post(f"{shown}/apply")
    said = client.until_over()
    assert "1 item of what you saw was left alone" in said
    assert "Bert Doe" in said and "It has changed since the plan was made" in said
    assert sorted(file.read_text().count("Cora") > 0 for file in desk.held) == [False, True]


def test_guards_stop_is_shown_and_waits_for_a_tick(account: Account, client: Client, desk: Desk) -> None:
    for number in range(8):
        desk.put(f"p{number}.vcf", card(f"p-{number}", f"Person{number}"))
    work = paired(client)
    for file in desk.files:
        file.unlink()
    assert "The guard would stop this:" in previewed(client, work)
    shown = client.path
    client.post(f"{shown}/apply")
    assert "9 items of what you saw were left alone" in client.until_over() and len(desk.held) == 9
    client.post(f"{shown}/apply", {"foreseen": "yes"})
    assert "Done exactly as you saw it" in client.until_over() and desk.held == []


def test_yes_while_other_work_goes_on_is_refused_in_words_and_not_forgotten(
    account: Account, client: Client, desk: Desk
) -> None:
    work = paired(client)
    desk.put("bert.vcf", card("bert-1", "Bert"))
    previewed(client, work)
    shown = client.path

    async def other(job: Job) -> None:
        with job.watched() as changed:
            while not job.stopping:
                await changed.wait()
                changed.clear()

    going = client.pages.site.jobs.start(Job("verify", "Work", "Comparing", "_verify.html", VerifyLive()), other)
    said = client.post(f"{shown}/apply", expect=409)
    assert "Something else goes on for this account right now: Comparing" in said
    client.post(f"/jobs/{going.id}/stop")
    assert "Stopped before the end. Nothing was written." in client.until_over()
    client.post(f"{shown}/apply")
    assert "Done exactly as you saw it" in client.until_over()


def test_server_that_cannot_be_reached_is_said(account: Account, client: Client, desk: Desk) -> None:
    work = paired(client)
    logins = desk.server.folder / "htpasswd"
    logins.write_text("\n".join(line for line in logins.read_text().split("\n") if desk.server.login not in line))
    assert "password" in previewed(client, work) and "Look again" in client.said


def large(count: int) -> PlanFile:
    """A plan of many items, each with long names and many fields."""
    fields = ("telephones", "emails", "addresses", "note", "birthday", "categories")
    here = PlannedWrite(Side.LEFT, "update", fields)
    there = [PlannedWrite(Side.RIGHT, op, fields) for op in ("create", "delete")]
    items = tuple(
        PlannedItem(f"{HOSTILE} {'W' * 150} {n}", "changed on the desktop", (here, there[n % 2]), f"{n:064}")
        for n in range(count)
    )
    asks = tuple(PlannedQuestion(f"{HOSTILE} {number}", "both-changed", fields) for number in range(count))
    problems = tuple(f"{'broken ' * 100}{number}" for number in range(count))
    return PlanFile("Work", 1, "", None, (PlannedPair(1, Kind.CONTACT, "d", "s", False, items, asks, (), problems),))


def shown(pages: Pages, plan: PlanFile) -> Job:
    """The page of a preview that has made this plan."""

    async def work(job: Job) -> None:
        job.live.plan = plan

    job = pages.site.jobs.start(Job("preview", "Work", "Looking", "_preview.html", PreviewLive(), "Preview"), work)
    assert job.wait(30)
    return job


@pytest.mark.parametrize(
    "query", ["", "?page=67", "?page=99999999999999999999", "?only=1.server.delete&page=2", "?only=x"]
)
def test_page_of_ten_thousand_planned_items_stays_small(account: Account, client: Client, query: str) -> None:
    client.get(f"/jobs/{shown(client.pages, large(10_000)).id}{query}")
    assert len(client.text) < ROOM
    assert "<script>alert" not in client.text and "<b>Bold" not in client.text and "\u202e" not in client.text
    assert "5000 would be deleted on the server" in client.said


def test_preview_in_a_browser_is_read_and_carried_out(account: Account, browser: Browser, desk: Desk) -> None:
    with browser.pages.client() as client:
        paired(client)
    desk.put("bert.vcf", card("bert-1", "Bert"))
    browser.goto("/")
    browser.page.get_by_role("button", name="Preview Work").click()
    browser.page.get_by_text("1 change would be written").wait_for()
    browser.page.get_by_role("button", name="Carry out exactly this").click()
    browser.page.get_by_text("Done exactly as you saw it").wait_for()
    assert len(desk.held) == 2
