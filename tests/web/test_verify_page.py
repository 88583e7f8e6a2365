"""Verify: both sides compared now, every difference explained, nothing written."""

from __future__ import annotations

from dataclasses import replace

from cli.desk import Desk, card
from instep.accounts.account import Account
from instep.core.diff import Relation, Row
from instep.core.model import Kind
from instep.engine.verify import Difference, Explanation, PairVerdict, VerifyReport
from instep.web.jobs import Job
from instep.web.pages.verify import VerifyLive
from web.browser import ROOM, WIDTHS, Browser
from web.client import Client
from web.steps import paired

HOSTILE = "<script>alert(1)</script>\u202e"


def verified(client: Client, work: str) -> str:
    """Compare; gives the page's words."""
    client.post(f"/accounts/{work}/verify")
    return client.until_over()


def test_both_sides_the_same_is_said_with_the_number_compared(account: Account, client: Client) -> None:
    said = verified(client, paired(client))
    assert "Both sides are the same." in said and "1 item compared: all the same." in said


def test_account_without_pairs_is_told_so(account: Account, client: Client) -> None:
    assert "No folders of this account are kept the same yet" in verified(client, client.pages.site.id_of("Work"))


def test_each_difference_is_explained_with_its_fields_and_nothing_is_written(
    account: Account, client: Client, desk: Desk
) -> None:
    desk.put("bert.vcf", card("bert-1", "Bert", "Doe", "EMAIL:bert@example.org"))
    work = paired(client)
    desk.edit(desk.files, "bert@example.org", "bert@example.net")
    desk.edit(desk.held, "jane@example.org", "jane@example.net")
    desk.edit(desk.files, "jane@example.org", "jane@example.edu")
    desk.put("new.vcf", card("new-1", "Newcomer"))
    before = [file.read_bytes() for file in desk.held]
    client.post(f"/accounts/{work}/verify")
    said = client.until_over()
    assert "3 not carried yet The next synchronization carries it, or asks you." in said
    assert "Bert Doe contacts not carried yet Changed since the last run." in said
    assert "E-mail ≠ different bert@example. net bert@example. org" in said
    assert "Newcomer Doe contacts not carried yet Only on the desktop so far." in said
    assert [file.read_bytes() for file in desk.held] == before
    client.post(f"/accounts/{work}/synchronize")
    client.until_over()
    assert "1 a conflict It waits for your decision." in verified(client, work)


def test_page_of_ten_thousand_differences_stays_small_and_harmless(account: Account, client: Client) -> None:
    rows = tuple(
        Row(f"f{n}", f"{HOSTILE} {n}", "", "W" * 3000 + HOSTILE, HOSTILE + "V" * 3000, Relation.DIFFERENT)
        for n in range(60)
    )
    one = Difference(Kind.CONTACT, HOSTILE + "N" * 500, Explanation.PENDING, "changed since the last run", rows)
    last = replace(one, name="Odd", explanation=Explanation.REAL)
    verdict = PairVerdict(Kind.CONTACT, HOSTILE, HOSTILE, 10_000, 3, 2, 1, [one] * 9_999 + [last])

    async def work(job: Job) -> None:
        job.live.report = VerifyReport("Work", [verdict])

    job = client.pages.site.jobs.start(Job("verify", "Work", "Comparing", "_verify.html", VerifyLive(), "Verify"), work)
    assert job.wait(30)
    said = client.get(f"/jobs/{job.id}")
    assert said.index("Odd") < said.index("NNNN"), "what should not be stands first"
    assert "9999 not carried yet" in said and "… and 52 fields more" in said
    for query in ("", "?page=2", "?page=834"):
        client.get(f"/jobs/{job.id}{query}")
        assert len(client.text) < ROOM and "<script>alert" not in client.text and "\u202e" not in client.text


def test_verify_is_reached_from_the_card(account: Account, browser: Browser, desk: Desk) -> None:
    with browser.pages.client() as client:
        paired(client)
    desk.edit(desk.files, "jane@example.org", "jane@example.net")
    browser.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    browser.goto("/")
    browser.page.get_by_text("More ▾").click()
    browser.require_accessible()
    browser.page.get_by_role("button", name="Verify").click()
    browser.page.get_by_text("Both sides differ").wait_for()
    browser.page.locator(".difference summary").click()
    browser.require_accessible()
