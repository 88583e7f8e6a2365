"""Conflicts in a real browser: by mouse, by keyboard alone, without script, each sort, and many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from instep.accounts.home import Home
from instep.core.model import Kind, Side, Typed
from instep.engine.conflicts import questions
from instep.engine.questions import Choice, Question, Resolution
from web.browser import WIDTHS, Browser
from web.client import Pages
from web.conflicts import Clashes, anna

L, R = Side.LEFT, Side.RIGHT


@pytest.fixture
def clashes(home: Home) -> Clashes:
    return Clashes(home)


@pytest.fixture
def scriptless(pages: Pages, chromium: Any) -> Iterator[Browser]:
    with Browser(pages, chromium, script=False) as found:
        yield found


def at(browser: Browser, question: Question) -> Browser:
    browser.goto(f"/conflicts/{question.id}")
    return browser


def focused(browser: Browser) -> str:
    """The name and value of what has the focus."""
    return str(browser.page.evaluate("`${document.activeElement.name} ${document.activeElement.value}`"))


def says(browser: Browser, text: str) -> None:
    browser.page.get_by_text(text).first.wait_for()


# By mouse -----------------------------------------------------------------------------------------------------------


def test_by_mouse_a_choice_shows_at_once_what_it_would_do(clashes: Clashes, browser: Browser) -> None:
    anna_, bert = clashes.both_changed(), clashes.both_changed("Bert Stein")
    page = at(browser, anna_).page
    page.get_by_label("Keep both").check()
    page.get_by_role("heading", name="A second item").wait_for()
    page.get_by_label("take Company from Outlook").check()
    says(browser, "Still to decide afterwards: Telephone")
    assert page.get_by_label("Field by field").is_checked()
    page.get_by_label("take Telephone from smartermail.test").check()
    page.locator("#outcome").get_by_text("+49 2").wait_for()
    page.get_by_role("button", name="Decide Enter").click()
    page.wait_for_url(f"**/conflicts/{bert.id}")
    assert clashes.answer() == Resolution(Choice.MERGE, takes={"company": L, "telephones": R})
    page.get_by_role("button", name="Undo").click()
    says(browser, "Taken back")
    assert clashes.answer() is None


def test_the_candidate_that_is_chosen_is_compared(clashes: Clashes, browser: Browser) -> None:
    question = clashes.several()
    page = at(browser, question).page
    page.get_by_label("Compare with").select_option("2")
    page.wait_for_url(f"**/conflicts/{question.id}?which=2")
    page.get_by_label("smartermail.test", exact=False).first.check()
    page.get_by_role("button", name="Decide and synchronize").wait_for()
    browser.press("k", "Enter")
    says(browser, "Synchroniz")
    assert clashes.answer("Carla Wald") == Resolution(Choice.SERVER, which=2)


# By keyboard alone --------------------------------------------------------------------------------------------------


def test_by_keyboard_fields_are_walked_through_taken_and_decided(clashes: Clashes, browser: Browser) -> None:
    anna_, bert = clashes.both_changed(), clashes.both_changed("Bert Stein")
    at(browser, anna_)
    browser.press("ArrowDown")
    assert focused(browser) == "take.telephones desktop"
    browser.press("ArrowLeft", "ArrowDown")
    assert focused(browser) == "take.company desktop"
    browser.press("ArrowRight", "ArrowDown")
    assert focused(browser) == "choice merge"
    browser.press("k")
    assert focused(browser) == "choice server"
    browser.press("ArrowUp", "ArrowRight", "ArrowUp", "ArrowLeft")
    assert focused(browser) == "take.telephones desktop"
    browser.press("Enter")
    browser.page.wait_for_url(f"**/conflicts/{bert.id}")
    assert clashes.answer() == Resolution(Choice.MERGE, takes={"company": R, "telephones": L})
    browser.press("u")
    says(browser, "Taken back")
    assert clashes.answer() is None


def test_by_keyboard_a_letter_and_enter_decide(clashes: Clashes, browser: Browser) -> None:
    anna_, bert = clashes.both_changed(), clashes.both_changed("Bert Stein")
    for key, choice in (("k", Choice.SERVER), ("d", Choice.DESKTOP), ("b", Choice.BOTH)):
        at(browser, anna_)
        browser.press(key, "Enter")
        browser.page.wait_for_url(f"**/conflicts/{bert.id}")
        assert clashes.answer() == Resolution(choice)


def test_by_keyboard_skip_goes_on_and_a_key_that_does_not_fit_does_nothing(clashes: Clashes, browser: Browser) -> None:
    anna_, bert = clashes.both_changed(), clashes.both_changed("Bert Stein")
    at(browser, anna_)
    browser.press("n", "m", "x", "Control+d", "Alt+b")
    assert browser.page.locator("input[name=choice]:checked").count() == 0
    browser.press("s", "Enter")
    browser.page.wait_for_url(f"**/conflicts/{bert.id}")
    assert clashes.answer() is None


def test_by_keyboard_a_match_is_said_to_be_new(clashes: Clashes, browser: Browser) -> None:
    question, other = clashes.several(), clashes.both_changed()
    at(browser, question)
    browser.press("n", "Enter")
    browser.page.wait_for_url(f"**/conflicts/{other.id}")
    assert clashes.answer("Carla Wald") == Resolution(Choice.NEW)


def test_keys_do_nothing_while_something_is_being_chosen_from_a_list(clashes: Clashes, browser: Browser) -> None:
    at(browser, clashes.several()).page.locator("#which").focus()
    browser.press("d")
    assert browser.page.locator("input[name=choice]:checked").count() == 0


def test_enter_on_a_link_follows_it(clashes: Clashes, browser: Browser) -> None:
    at(browser, clashes.both_changed()).page.get_by_role("link", name="All conflicts").focus()
    browser.press("Enter")
    browser.page.wait_for_url("**/conflicts")
    assert clashes.answer() is None


# Without script -----------------------------------------------------------------------------------------------------


def test_without_script_everything_is_chosen_previewed_decided_and_undone(
    clashes: Clashes, scriptless: Browser
) -> None:
    anna_, bert = clashes.both_changed(), clashes.both_changed("Bert Stein")
    page = at(scriptless, anna_).page
    assert not page.locator(".key").first.is_visible()
    page.get_by_label("take Company from smartermail.test").check()
    page.get_by_role("button", name="Preview").click()
    says(scriptless, "Still to decide afterwards: Telephone")
    assert page.get_by_label("take Company from smartermail.test").is_checked()
    page.get_by_role("button", name="Decide", exact=True).click()
    page.wait_for_url(f"**/conflicts/{bert.id}")
    assert clashes.answer() == Resolution(Choice.MERGE, takes={"company": R})
    page.get_by_role("button", name="Undo").click()
    says(scriptless, "Taken back")
    assert clashes.answer() is None


def test_without_script_the_candidate_is_chosen_with_a_button(clashes: Clashes, scriptless: Browser) -> None:
    question = clashes.several()
    page = at(scriptless, question).page
    page.get_by_label("Compare with").select_option("2")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(f"**/conflicts/{question.id}?which=2")


# Every sort, everywhere ---------------------------------------------------------------------------------------------


def looked_at(browser: Browser, paths: list[str]) -> None:
    for path in paths:
        browser.goto(path)
        browser.require_accessible()


@pytest.mark.parametrize(("width", "dark"), list(zip(WIDTHS, (False, True, False))), ids=map(str, WIDTHS))
def test_every_sort_is_accessible_in_every_width(
    width: int, dark: bool, clashes: Clashes, pages: Pages, chromium: Any
) -> None:
    found = [clashes.both_changed(), clashes.deleted(), clashes.several()]
    found.append(clashes.differs())
    paths = [f"/conflicts/{question.id}?choice=server" for question in found]
    with Browser(pages, chromium, width=width, dark=dark) as browser:
        looked_at(browser, ["/conflicts", *paths])


@pytest.mark.parametrize("sort", [Clashes.series, Clashes.mail], ids=["series", "mail"])
def test_appointments_are_accessible(sort: Callable[[Clashes], Question], home: Home, browser: Browser) -> None:
    looked_at(browser, [f"/conflicts/{sort(Clashes(home, Kind.EVENT)).id}?choice=server"])


def test_hostile_text_runs_nothing_and_breaks_no_page(clashes: Clashes, pages: Pages, chromium: Any) -> None:
    bad = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    wide = "x" * 5000
    question = clashes.both_changed(
        f"Eve {bad}", left={"company": f"L {bad} \u202e", "note": wide}, company=f"R {bad}", note=wide[::-1] + "y"
    )
    with Browser(pages, chromium, width=390) as browser:
        for path in ("/conflicts", f"/conflicts/{question.id}?choice=both"):
            looked_at(browser, [path])
            assert "owned" not in browser.page.title()


def test_hundreds_of_conflicts_are_paged_and_gone_through(clashes: Clashes, pages: Pages, chromium: Any) -> None:
    stage = clashes.stage
    names = [f"Person{n:03} Doe" for n in range(120)]
    for name in names:
        stage.put(L, anna(name, company="Old", emails=(Typed(f"{name.split()[0]}@example.org"),)))
    stage.pair_run()
    for side, company in ((L, "L"), (R, "R")):
        for name in names:
            stage.edit(side, name, lambda item, c=company: replace(item, company=c))  # type: ignore[misc]
    assert stage.pair_run(yes=True).conflicts == len(names)
    with Browser(pages, chromium) as browser:
        browser.goto("/conflicts")
        assert browser.page.locator(".inbox tbody tr").count() == 100
        browser.page.get_by_role("link", name="More →").click()
        assert browser.page.locator(".inbox tbody tr").count() == 20
        browser.page.get_by_role("link", name="Decide one by one").click()
        browser.page.get_by_label("The same for all remaining contacts").check()
        browser.press("k", "Enter")
        says(browser, "120 decisions wait")
    assert {q.answer for q in questions(stage.db) if q.answer is None} == set()
