"""History: runs with what they did, and items with their versions."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from cli.desk import Desk, card
from instep.accounts.account import Account
from instep.store import runs
from instep.store.batches import pack
from instep.store.schema import history, run
from web.browser import ROOM, WIDTHS, Browser
from web.client import Client, Pages
from web.steps import edited, paired, synced

HOSTILE = "<script>alert(1)</script>\u202eLISTEN\u2066"


def test_empty_history_says_what_it_will_hold(client: Client) -> None:
    assert "Nothing has been written yet" in client.get("/history")
    assert "Nothing has run yet" in client.get("/history?all=1")


def test_runs_that_wrote_nothing_and_previews_are_shown_only_when_wanted(
    account: Account, client: Client, desk: Desk
) -> None:
    work = paired(client)
    synced(client)
    client.post(f"/accounts/{work}/preview")
    client.until_over()
    shown = client.get("/history")
    assert shown.count("1 change written") == 1 and "Nothing to do" not in shown and "Preview" not in shown
    everything = client.get(f"/history?all=1&account={work}")
    assert "Preview" in everything and "Nothing to do" in everything and "1 change written" in everything


def test_run_shows_each_item_with_both_sides_and_its_fields(account: Account, client: Client, desk: Desk) -> None:
    paired(client)
    number = edited(client, desk)
    said = client.get(f"/history/{number}")
    assert f"Synchronization run {number} · Work" in said and "1 changed on the server" in said
    assert "Jane Doe contacts changed on the server : E-mail" in said
    assert "Undo this run" in said


def test_run_that_goes_on_is_told_from_one_that_was_interrupted(account: Account, client: Client) -> None:
    paired(client)
    with client.pages.site.here.db.transaction() as tx:
        number = runs.start(tx, "Work", datetime.now(UTC))
    assert "Was interrupted; the next synchronization finishes" in client.get(f"/history/{number}")
    assert "Was interrupted" in client.get("/history?all=1")
    from instep.store.lease import held

    with held(client.pages.site.here.db, "Work", "sync"):
        assert "Goes on now" in client.get(f"/history/{number}")
        assert "Goes on now" in client.get("/history?all=1")


def test_item_is_found_by_name_without_its_name_in_any_address(account: Account, client: Client, desk: Desk) -> None:
    paired(client)
    edited(client, desk)
    said = client.post("/history/find", {"name": "JANE"})
    assert "1 item whose name holds “JANE”" in said and client.path == "/history/find"
    assert "The history holds no item whose name holds “Zoe”" in client.post("/history/find", {"name": "Zoe"})


def test_any_two_versions_stand_side_by_side_with_words_for_what_differs(
    account: Account, client: Client, desk: Desk
) -> None:
    paired(client)
    edited(client, desk)
    item = item_of(client, "Jane")
    said = client.get(f"/items/{item}")
    assert "2 versions" in said and "changed by Instep : E-mail" in said
    assert "E-mail ≠ different jane@example. org jane@example. net" in said
    assert "the same" in said
    assert "Version 1 and version 2" in client.get(f"/items/{item}?a=2&b=1")
    for query in ("?a=1&b=1", "?a=99&b=x", "?page=77", "?a=99999999999999999999&b=1"):
        assert "Version 1 and version 2" in client.get(f"/items/{item}{query}")


def item_of(client: Client, name: str) -> str:
    """The number of the only item of that name."""
    client.post("/history/find", {"name": name})
    [number] = {part.split('"')[0] for part in client.text.split('href="/items/')[1:]}
    return number


@pytest.mark.parametrize(
    "path",
    ["/history/7", f"/history/{'9' * 30}", "/items/7", "/items/h7", "/items/x%20y", f"/items/{'9' * 40}"],
)
def test_what_the_history_does_not_hold_is_said(client: Client, path: str) -> None:
    client.get(path, expect=404)
    assert "Not here" in client.said


# Much of it -------------------------------------------------------------------------------------------------------


def fill(pages: Pages, count: int, each: int) -> None:
    """Store runs of two accounts, ``count`` in all, of which every second wrote ``each`` items; in bulk."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    report = pack({"pairs": [], "error": ""})
    with pages.site.here.db.transaction() as tx:
        tx.connection.execute(
            insert(run),
            [
                {
                    "id": n,
                    "account": ("Work", "Home")[n % 2],
                    "started": begin + timedelta(minutes=n),
                    "ended": begin + timedelta(minutes=n, seconds=4),
                    "status": "in-step",
                    "report": report,
                    "dry": False,
                }
                for n in range(1, count + 1)
            ],
        )
        writes = [
            {
                "run_id": n,
                "pair_id": 1,
                "link_id": (n // 2 * each + i) % 20_000 + 1,
                "at": begin + timedelta(minutes=n),
                "side": "server",
                "op": "create",
                "href": f"/{i}.vcf",
                "name": f"{HOSTILE} {'W' * 300} {i}",
                "folded_name": f"{HOSTILE} {i}".casefold(),
                "uid": str(i),
                "account": ("Work", "Home")[n % 2],
                "kind": "contacts",
            }
            for n in range(1, count + 1, 2)
            for i in range(each)
        ]
        for start in range(0, len(writes), 20_000):
            tx.connection.execute(insert(history), writes[start : start + 20_000])


def test_pages_of_a_long_history_stay_small_and_lead_through_all_of_it(client: Client) -> None:
    fill(client.pages, 20_000, 10)
    said = client.get("/history")
    assert len(client.text) < ROOM and 'href="/history/19999"' in client.text
    assert 'href="/history/20000"' not in client.text and "Newer" not in said  # it wrote nothing
    client.get("/history?before=19901")
    assert 'href="/history/19899"' in client.text and "after=19899" in client.text
    client.get("/history?after=19899")
    assert 'href="/history/19999"' in client.text and 'href="/history/19901"' in client.text
    assert "after=" not in client.text and "before=19901" in client.text
    client.get(f"/history?all=1&account={client.pages.site.id_of('Work')}&before=5")
    assert (
        'href="/history/4"' in client.text and 'href="/history/3"' not in client.text and "before=" not in client.text
    )


def test_pages_of_a_large_run_and_of_a_wide_search_stay_small(client: Client) -> None:
    fill(client.pages, 1, 10_000)
    client.get("/history/1")
    seen: set[str] = set()
    pages = 0
    while True:
        assert len(client.text) < ROOM
        assert "<script>alert" not in client.text and "\u202e" not in client.text and "\u2066" not in client.text
        seen |= {part.split('"')[0] for part in client.text.split('href="/items/')[1:]}
        pages += 1
        if 'rel="next"' not in client.text or pages == 4:
            break
        client.get("/history/1" + client.text.split('rel="next" href="')[1].split('"')[0])
    assert len(seen) == 4 * 60
    assert "there are more" in client.post("/history/find", {"name": "listen"})
    assert len(client.text) < ROOM and "<script>alert" not in client.text


def test_item_with_a_note_of_half_a_megabyte_is_shown_where_it_differs(
    account: Account, client: Client, desk: Desk
) -> None:
    words = "lorem ipsum " * 6_000
    desk.put("long.vcf", card("long-1", "Long", "Doe", f"NOTE:{words}first {words}"))
    paired(client)
    desk.edit(desk.files, "first", "second")
    synced(client)
    said = client.get(f"/items/{item_of(client, 'Long')}")
    assert len(client.text) < ROOM
    assert "ipsum first lorem" in said and "ipsum second lorem" in said and re.search(r"… \d+ characters …", said)


def test_history_in_a_browser_is_walked_by_mouse_in_a_narrow_window(
    account: Account, browser: Browser, desk: Desk
) -> None:
    with browser.pages.client() as client:
        paired(client)
        edited(client, desk)
    browser.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    browser.goto("/history")
    browser.page.get_by_label("Find an item by name").fill("jane")
    browser.page.get_by_role("button", name="Find").click()
    browser.require_accessible()
    browser.page.get_by_role("link", name="Jane Doe").click()
    browser.page.get_by_role("heading", name="Version 1 and version 2").wait_for()
    browser.page.get_by_label("Bring version 1 back").click()
    browser.page.get_by_role("button", name="Bring it back").click()
    browser.page.get_by_text("1 item was written").wait_for()
    browser.page.get_by_role("link", name="This is run").click()
    browser.page.get_by_role("heading", name="Item by item").wait_for()
    assert browser.page.url.startswith(f"{browser.pages.origin}/history/")


def test_preview_in_the_history_says_what_would_be_written(account: Account, client: Client, desk: Desk) -> None:
    work = paired(client)
    desk.edit(desk.files, "jane@example.org", "jane@example.net")
    client.post(f"/accounts/{work}/preview")
    client.until_over()
    assert "Preview 1 change would be written" in client.get("/history?all=1") and "Preview 1 change" in client.get("/")
    said = client.get("/history/2")
    assert "A preview writes nothing" in said and "1 would be changed on the server" in said
    assert "Undo this run" not in said


def test_run_that_stopped_to_ask_says_so_and_not_that_it_goes_on(account: Account, client: Client) -> None:
    client.post(f"/accounts/{client.pages.site.id_of('Work')}/synchronize")
    client.until_over()
    assert "waits for your yes" in client.said
    said = client.get("/history/1")
    assert "It needed your word first" in said and "Not finished" not in said and "Nothing done" in said
