"""Answers to what a run asked: they count for what was shown, on whichever page and however late they are given."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from cli.desk import Desk, card
from instep.accounts import config
from instep.accounts.account import Account
from instep.accounts.home import Home
from instep.service.changing import stored_pairs
from instep.web.jobs import Job
from instep.web.pages.sync import synchronize
from instep.web.pages.verify import VerifyLive
from web.client import Client

DO_IT = "It is meant so: do it"
PUT_BACK = "Put it back as it was"


@pytest.fixture
def work(account: Account, client: Client, desk: Desk) -> str:
    """The account as addresses call it, in step with nine contacts."""
    for number in range(8):
        desk.put(f"p{number}.vcf", card(f"p-{number}", f"Person{number}"))
    work = client.pages.site.id_of("Work")
    client.post(f"/accounts/{work}/synchronize")
    client.until_over()
    client.answer("Go on")
    client.until_over()
    assert len(desk.held) == 9
    return work


def stopped(client: Client, work: str) -> str:
    client.post(f"/accounts/{work}/synchronize")
    assert "this needs your word" in client.until_over()
    return client.text


def test_yes_to_a_stop_does_what_was_shown(work: str, client: Client, desk: Desk) -> None:
    for file in desk.files[:5]:
        file.unlink()
    stopped(client, work)
    client.answer(DO_IT)
    assert "5 deleted on the server" in client.until_over()
    assert len(desk.held) == 4


def test_yes_on_an_old_page_is_none_to_another_stop(work: str, client: Client, desk: Desk) -> None:
    kept = {file: file.read_bytes() for file in desk.files}
    for file in desk.files[:5]:
        file.unlink()
    old = stopped(client, work)
    client.answer(PUT_BACK)
    client.until_over()
    assert len(desk.files) == 9
    for file in desk.files:
        file.unlink()
    client.text = old
    client.answer(DO_IT)
    assert "this needs your word" in client.until_over()
    assert len(desk.held) == len(kept)


def test_two_stops_of_one_pair_are_answered_one_after_the_other(work: str, client: Client, desk: Desk) -> None:
    for file in desk.files[:5]:
        file.unlink()
    for file in desk.held[-3:]:
        file.unlink()
    desk.edit(desk.files, "FN:", "NOTE:edited\r\nFN:")
    stopped(client, work)
    for _ in range(3):
        if "this needs your word" not in client.said:
            break
        client.answer(DO_IT)
        client.until_over()
    assert "this needs your word" not in client.said


def test_yes_to_a_first_synchronization_is_none_to_that_of_other_folders(
    account: Account, client: Client, desk: Desk
) -> None:
    work = client.pages.site.id_of("Work")
    client.post(f"/accounts/{work}/synchronize")
    client.until_over()
    old = client.text
    [pair] = _pairs(client)
    client.post(f"/accounts/{work}/pairs/{pair}/part")
    client.get(f"/accounts/{work}/folders")
    client.until_over()
    client.text = old
    client.answer("Go on")
    assert "waits for your yes" in client.until_over()
    assert desk.held == []


def _pairs(client: Client) -> list[int]:
    here = client.pages.site.here
    return [pair.id for pair in stored_pairs(here, here.account("Work"))]


def test_yes_while_something_else_goes_on_does_not_seem_to_be_done(work: str, client: Client, desk: Desk) -> None:
    for file in desk.files[:5]:
        file.unlink()
    stopped(client, work)
    goes_on = threading.Event()

    async def work_on(job: Job) -> None:
        await asyncio.to_thread(goes_on.wait, 30)

    client.pages.site.jobs.start(Job("verify", "Work", "Comparing both sides", "_verify.html", VerifyLive()), work_on)
    action, fields = client.form(DO_IT)
    assert "Something else goes on for this account" in client.post(action, fields, expect=409)
    goes_on.set()


def test_run_that_began_with_other_settings_writes_nothing(work: str, client: Client, desk: Desk, home: Home) -> None:
    site = client.pages.site
    before = site.here.account("Work")
    desk.put("joe.vcf", card("joe-1", "Joe"))
    config.change(home, replace(before, desktop=f"files:{desk.folder.parent / 'elsewhere'}"))
    job = synchronize(site, before)
    assert job.wait(30)
    assert "changed in this moment" in job.failure and len(desk.held) == 9
