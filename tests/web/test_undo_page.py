"""Undo of a run and bringing a version back: shown first, then done as it was shown."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from cli.desk import Desk, card
from engine.hands import last_run
from engine.meetings import LATER, ME, WHEN, L, R, asked, begun, mailing, plan, say, sent
from engine.stage import Stage
from instep.accounts import config
from instep.accounts.account import Account
from instep.accounts.home import Home
from instep.connectors.memory import MemoryConnector
from instep.engine.questions import Choice
from instep.store import runs
from web.browser import Browser
from web.client import Client, until
from web.conftest import served
from web.steps import edited, paired, synced


def undone(client: Client, run: int) -> str:
    """Look at the undo of a run; gives the page's words."""
    client.post(f"/history/{run}/undo")
    return client.until_over()


def done(client: Client, fields: dict[str, str] | None = None) -> str:
    """Say yes to what a look shows; gives the words of what came of it."""
    client.post(f"{client.path}/do", fields)
    return client.until_over()


def test_undo_shows_what_it_would_write_then_writes_that_and_can_be_undone_itself(
    account: Account, client: Client, desk: Desk
) -> None:
    paired(client)
    run = edited(client, desk)
    said = undone(client, run)
    assert "1 item would be written. Nothing has been written yet." in said
    assert "Jane Doe contacts would be changed back on the server E-mail" in said
    assert "example.net" in desk.held[0].read_text()
    assert "1 item was written." in done(client)
    assert "example.org" in desk.held[0].read_text()
    again = newest(client)
    assert f"Undo of run {run}" in client.get(f"/history/{again}")
    assert "1 item would be written" in undone(client, again)
    done(client)
    assert "example.net" in desk.held[0].read_text()


def newest(client: Client) -> int:
    """The number of the newest run."""
    with client.pages.site.here.db.reading() as tx:
        return runs.page(tx, 1)[0].id


def test_another_desktop_than_the_runs_knew_is_not_written_and_not_compared(
    account: Account, client: Client, desk: Desk, home: Home
) -> None:
    paired(client)
    [held] = desk.held
    held.with_name("joe.vcf").write_text(card("joe-1", "Joe"))
    synced(client)
    held.with_name("joe.vcf").unlink()
    synced(client)
    assert len(desk.files) == 1
    run = newest(client)
    elsewhere = desk.folder.parent / "elsewhere" / "contacts"
    elsewhere.mkdir(parents=True)
    config.change(home, replace(account, desktop=f"files:{elsewhere.parent}"))
    assert "another folder than in the last run" in undone(client, run) and "Undo it" not in client.said
    client.post(f"/accounts/{client.pages.site.id_of('Work')}/verify")
    assert "another folder than in the last run" in client.until_over()
    assert list(elsewhere.iterdir()) == []


def test_item_that_changed_since_is_left_alone_with_the_reason(account: Account, client: Client, desk: Desk) -> None:
    paired(client)
    run = edited(client, desk)
    desk.edit(desk.held, "jane@example.net", "jane@example.edu")
    said = undone(client, run)
    assert "left alone on the server It has changed since" in said and "Undo it" not in said


def test_item_that_changes_after_the_look_is_left_alone(account: Account, client: Client, desk: Desk) -> None:
    paired(client)
    run = edited(client, desk)
    undone(client, run)
    desk.edit(desk.held, "jane@example.net", "jane@example.edu")
    assert "1 left alone, with the reason below" in done(client)
    assert "example.edu" in desk.held[0].read_text()


def test_undo_of_many_is_foreseen_by_the_guard_and_needs_a_tick(account: Account, client: Client, desk: Desk) -> None:
    for number in range(8):
        desk.put(f"p{number}.vcf", card(f"p-{number}", f"Person{number}"))
    paired(client)
    said = undone(client, newest(client))
    assert "9 items would be written" in said and "The guard would stop this:" in said
    look = client.path
    assert "The guard stopped this:" in done(client) and len(desk.held) == 9
    client.get(look)
    assert "9 items were written" in done(client, {"on_guard": "go"})
    assert desk.held == []


def test_version_comes_back_after_a_look_at_what_changes(account: Account, client: Client, desk: Desk) -> None:
    paired(client)
    edited(client, desk)
    client.post("/items/1/restore", {"version": "1"})
    said = client.until_over()
    assert "Version 1 brought back: preview" in said and "What would change on the server" in said
    assert "E-mail ≠ different jane@example. net jane@example. org" in said
    assert "example.net" in desk.held[0].read_text()
    assert "1 item was written." in done(client)
    assert "example.org" in desk.held[0].read_text()
    synced(client)
    assert "example.org" in desk.files[0].read_text()
    assert "Version 1 of item 1 brought back" in client.get("/history")


@pytest.mark.parametrize(
    ("path", "fields", "status", "words"),
    [
        ("/history/77/undo", {}, 409, "There is no run 77"),
        (f"/history/{'9' * 30}/undo", {}, 404, "no such page"),
        ("/items/77/restore", {"version": "1"}, 404, "no such version"),
        ("/items/1/restore", {"version": "x"}, 404, "no such version"),
        ("/jobs/nothing/do", {}, 404, "not known any more"),
        ("/jobs/nothing/apply", {}, 404, "not known any more"),
    ],
)
def test_what_cannot_be_undone_is_said(
    account: Account, client: Client, path: str, fields: dict[str, str], status: int, words: str
) -> None:
    paired(client)
    assert words in client.post(path, fields, expect=status)


def test_version_that_is_none_is_said_on_the_page(account: Account, client: Client) -> None:
    paired(client)
    client.post("/items/1/restore", {"version": "99"})
    assert "has the versions 1 to 1, not 99" in client.until_over()


def test_account_that_is_gone_is_named(account: Account, client: Client, home: Home) -> None:
    paired(client)
    config.remove(home, "Work")
    said = client.get("/history/1")
    assert "Its account is not set up any more" in said and "Undo this run" not in said
    assert "not set up any more" in client.post("/history/1/undo", expect=409)


# Whom the server would mail ---------------------------------------------------------------------------------------


def moved_and_sent(folder: Path) -> Stage:
    """A server that mails, after a run that moved two meetings there, guests mailed at a person's word."""
    stage = begun(folder, plan(), mailing())
    stage.put(R, plan(uid="two", summary="Second"), "two")
    stage.pair_run()
    for name in ("Plan", "Second"):
        stage.edit(L, name, lambda item: replace(item, start=LATER))
    stage.pair_run()
    for question in asked(stage):
        say(stage, Choice.SEND, question.id)
    stage.pair_run()
    return stage


def test_guests_are_mailed_only_because_of_the_meeting_that_was_ticked(
    tmp_path: Path, home: Home, account: Account, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = moved_and_sent(tmp_path / "stage")
    config.add(home, replace(account, name="me", email=ME))

    @asynccontextmanager
    async def connected(here: object, account: Account) -> AsyncIterator[tuple[MemoryConnector, MemoryConnector]]:
        yield MemoryConnector(stage.left), MemoryConnector(stage.right)

    # No free server mails by itself and can be run here, so this one is in memory.
    monkeypatch.setattr("instep.web.pages.undo.connected", connected)
    monkeypatch.setattr(client.pages.site.here, "_database", stage.db)
    letters = len(sent(stage))
    said = undone(client, last_run(stage))
    assert "2 left alone" in said and "would make the server mail 2 people" in said and "--send" not in said
    marks = dict(re.findall(r'name="send" value="(\w+)"> <span>(\w+)', client.text))
    assert sorted(marks.values()) == ["Plan", "Second"]
    ticked = next(mark for mark, name in marks.items() if name == "Plan")
    assert "1 item was written, 1 left alone" in done(client, {"send": ticked})
    assert stage.item(R, "Plan").start == WHEN and stage.item(R, "Second").start == LATER
    assert len(sent(stage)) == letters + 1


# The program ends in the middle -----------------------------------------------------------------------------------


def test_program_killed_in_the_middle_of_an_undo_leaves_all_sound(account: Account, home: Home, desk: Desk) -> None:
    count = 60
    for number in range(count - 1):
        desk.put(f"p{number}.vcf", card(f"p-{number}", f"Person{number}", "Doe", "EMAIL:jane@example.org"))
    with served(home) as pages, pages.client() as client:
        paired(client)
        for file in desk.files:
            desk.edit([file], "jane@example.org", "jane@example.net")
        client.post(f"/accounts/{client.pages.site.id_of('Work')}/synchronize")
        client.until_over()
        client.answer("It is meant so: do it")
        client.until_over()
        run = newest(client)
    command = [sys.executable, "-m", "instep", "serve", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert "is served at" in program.stdout.readline()
        link = subprocess.check_output([sys.executable, "-m", "instep", "open", "--print"], text=True).split()[-1]
        with httpx2.Client(follow_redirects=True, timeout=60) as http:
            http.get(link)
            origin = link.partition("/open")[0]
            token = form_token(http.get(f"{origin}/history/{run}").text)
            look = http.post(f"{origin}/history/{run}/undo", data={"token": token})
            until(lambda: "Undo it" in http.get(str(look.url)).text)
            http.post(f"{look.url}/do", data={"token": token, "on_guard": "go"})
        end = time.monotonic() + 60
        while not any(b"example.org" in file.read_bytes() for file in desk.held):  # at once: the rest takes no while
            assert time.monotonic() < end
        program.kill()
    assert 0 < back(desk) < count
    with served(home) as pages, pages.client() as client:
        assert "Was interrupted" in client.get("/history?all=1")
        undone(client, run)
        assert "already so" in done(client, {"on_guard": "go"})
        assert back(desk) == count == len(desk.held)
        client.post(f"/accounts/{client.pages.site.id_of('Work')}/synchronize")
        assert "this needs your word" in client.until_over()
        client.answer("It is meant so: do it")
        assert "Both sides are in step" in client.until_over()
        assert len(desk.files) == count and all(b"example.org" in file.read_bytes() for file in desk.files)


def back(desk: Desk) -> int:
    """How many of the server's cards hold the address of before."""
    return sum(b"example.org" in file.read_bytes() for file in desk.held)


def form_token(page: str) -> str:
    """What a page's forms carry."""
    return page.split('name="token" value="')[1].split('"')[0]


def test_undo_in_a_browser_is_seen_and_done(account: Account, browser: Browser, desk: Desk) -> None:
    with browser.pages.client() as client:
        paired(client)
        run = edited(client, desk)
    browser.goto(f"/history/{run}")
    browser.page.get_by_role("button", name="Undo this run").click()
    browser.page.get_by_role("button", name="Undo it").click()
    browser.page.get_by_text("1 item was written").wait_for()
    assert "example.org" in desk.held[0].read_text()


def test_account_is_not_called_in_step_while_an_undo_waits_to_be_carried(
    account: Account, client: Client, desk: Desk
) -> None:
    paired(client)
    undone(client, edited(client, desk))
    done(client)
    said = client.get("/")
    assert "In step since" not in said and "carries to the other side what was taken back" in said and "Undone" in said
    synced(client)
    assert "In step since" in client.get("/")
