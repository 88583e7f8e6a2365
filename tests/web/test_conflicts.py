"""Conflicts without script: the list, both versions, the preview, deciding, taking back, and carrying it out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from cli.desk import Desk
from instep.accounts.account import Account
from instep.accounts.connect import desktop_of
from instep.accounts.home import Home
from instep.core.model import Binary, Kind, Moment, Side, Typed
from instep.engine.conflicts import decide, questions
from instep.engine.questions import Choice, Question, Resolution
from instep.testing.builders import PIXEL
from web.client import Client
from web.conflicts import Clashes

L, R = Side.LEFT, Side.RIGHT


@pytest.fixture
def clashes(home: Home) -> Clashes:
    return Clashes(home)


def answers(question: Question, client: Client, **fields: str) -> str:
    """Send the dialog's form."""
    form = {name.replace("take_", "take."): value for name, value in fields.items()}
    return client.post(f"/conflicts/{question.id}/decide", {"version": question.version, **form})


# The list -----------------------------------------------------------------------------------------------------------


def test_an_empty_list_says_when_one_is_asked(client: Client) -> None:
    assert "Nothing waits for you" in client.get("/conflicts") and "merge by themselves" in client.said


def test_the_list_says_what_happened_and_what_was_decided(clashes: Clashes, client: Client) -> None:
    anna, _, _ = clashes.both_changed(), clashes.deleted(), clashes.several()
    said = client.get("/conflicts")
    assert "3 conflicts to decide" in said and "Synchronize now" not in said
    assert "Anna Berg Both sides changed this item Company, Telephone to decide" in said
    assert "Dora Tal One side changed this item, the other deleted it to decide" in said
    assert "Carla Wald Several items may be the same to decide" in said
    decide(clashes.stage.db, anna.id, Resolution(Choice.DESKTOP))
    said = client.get("/conflicts")
    assert "2 conflicts to decide; 1 decision waits for the next synchronization" in said
    assert "✓" not in said and "Outlook Take back" in said and "Synchronize now to carry it out" in said


def test_an_answer_is_taken_back_from_the_list(clashes: Clashes, client: Client) -> None:
    anna = clashes.both_changed()
    decide(clashes.stage.db, anna.id, Resolution(Choice.DESKTOP))
    said = client.post("/conflicts/take-back", {"number": str(anna.id), "back": ""})
    assert "Taken back" in said and clashes.answer() is None
    assert "carried out already" in client.post("/conflicts/take-back", {"number": "99"})


def test_the_list_of_an_account_shows_its_own(clashes: Clashes, client: Client, home: Home) -> None:
    clashes.both_changed()
    mine = client.pages.site.id_of("me")
    assert "Anna Berg" in client.get(f"/conflicts?account={mine}")
    client.get("/conflicts?account=nobody", expect=404)


# Both versions ------------------------------------------------------------------------------------------------------


def test_a_double_edit_shows_every_field_with_words_beside_the_colour(clashes: Clashes, client: Client) -> None:
    said = client.get(f"/conflicts/{clashes.both_changed().id}")
    assert "Outlook desktop smartermail.test server" in said
    assert "Company ≠ different, to decide take Company from Outlook Desk & Co take" in said
    assert "Telephone ≠ different, to decide" in said
    assert "fields are the same on both sides" in said
    for choice in ("smartermail.test", "Outlook", "Field by field", "Keep both", "Skip"):
        assert choice in said
    assert 'value="new"' not in client.text and 'value="send"' not in client.text


def test_a_deletion_says_which_side_deleted(clashes: Clashes, client: Client) -> None:
    said = client.get(f"/conflicts/{clashes.deleted().id}")
    assert "changed on smartermail.test and deleted on Outlook" in said and "Outlook desktop deleted" in said
    assert "delete it on smartermail.test too" in said
    assert 'value="merge"' not in client.text and 'value="both"' not in client.text


def test_several_matches_are_compared_one_by_one(clashes: Clashes, client: Client) -> None:
    question = clashes.several()
    said = client.get(f"/conflicts/{question.id}")
    assert "2 items on smartermail.test may be the same as this one on Outlook" in said
    assert "1. Carla Wald, Serv" in said and "2. Carla Wald, Serv" in said and "New" in said
    first = next(c for c in question.candidates if c.number == 1)
    second = next(c for c in question.candidates if c.number == 2)
    assert first.item.company in said.split("different")[1].split("Full Name")[0]  # type: ignore[union-attr]
    said = client.get(f"/conflicts/{question.id}?which=2")
    assert second.item.company in said.split("different")[1].split("Full Name")[0]  # type: ignore[union-attr]
    answers(question, client, choice="server", which="2")
    assert clashes.answer("Carla Wald") == Resolution(Choice.SERVER, which=2)


def test_a_photo_is_a_picture_and_nothing_else_is_served_as_one(clashes: Clashes, client: Client) -> None:
    page = b"<html><script>alert(1)</script>"
    question = clashes.both_changed(
        left={"photo": Binary(PIXEL, media_type="text/html"), "company": "L"},
        photo=Binary(page, media_type="image/png"),
        company="R",
    )
    client.get(f"/conflicts/{question.id}")
    assert f'src="/conflicts/{question.id}/photo/desktop?which=1"' in client.text and "/photo/server" not in client.text
    good = client.http.get(f"/conflicts/{question.id}/photo/desktop")
    assert (good.headers["content-type"], good.content) == ("image/png", PIXEL)
    assert good.headers["x-content-type-options"] == "nosniff"
    assert client.http.get(f"/conflicts/{question.id}/photo/server").status_code == 404
    assert client.http.get(f"/conflicts/{question.id}/photo/nowhere").status_code == 404


def test_a_series_is_said_in_words_with_its_exceptions(home: Home, client: Client) -> None:
    question = Clashes(home, Kind.EVENT).series()
    said = client.get(f"/conflicts/{question.id}")
    assert "every second Tuesday" in said and "every Tuesday, 1 exception" in said
    assert "Series decided together" in said
    assert "take Series from Outlook" in said and "take Repeats" not in said
    assert "15 minutes before start" in said
    answers(question, client, take_series="server")
    assert clashes_answer(client) == Resolution(Choice.MERGE, takes={"series": R})


def clashes_answer(client: Client) -> Any:
    return questions(client.pages.site.here.db)[0].answer


def test_dates_are_in_the_persons_language_and_zone(home: Home, client: Client) -> None:
    clashes = Clashes(home, Kind.EVENT)
    question = clashes.series()
    client.http.headers["accept-language"] = "de-DE"
    client.http.cookies.set("instep_zone", "Asia/Tokyo")
    assert "Di., 3. März 2026, 17:00 (09:00 Europe/Berlin)" in client.get(f"/conflicts/{question.id}")


# The preview --------------------------------------------------------------------------------------------------------


def test_a_preview_without_script_is_a_page_of_its_own_address(clashes: Clashes, client: Client) -> None:
    question = clashes.both_changed()
    fields = {"version": question.version, "choice": "merge", "take.company": "server"}
    said = client.post(f"/conflicts/{question.id}/preview", fields)
    assert "Company before: Desk & Co then: Serv Ltd" in said
    assert "Still to decide afterwards: Telephone" in said
    assert clashes.answer() is None
    assert re.search(r'name="take.company" value="server" checked', client.text)


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ("server", "Outlook This changes: Telephone"),
        ("desktop", "Outlook Nothing changes."),
        ("both", "A second item"),
        ("skip", "Nothing is written."),
        ("nonsense", "Choose, and see here what it would do."),
    ],
)
def test_a_preview_says_what_each_answer_does(choice: str, says: str, clashes: Clashes, client: Client) -> None:
    assert says in client.get(f"/conflicts/{clashes.both_changed().id}?choice={choice}")


def test_a_preview_of_a_deletion_says_so(clashes: Clashes, client: Client) -> None:
    number = clashes.deleted().id
    assert "It is deleted; the history keeps it." in client.get(f"/conflicts/{number}?choice=desktop")
    assert "It is made here:" in client.get(f"/conflicts/{number}?choice=server")


def test_a_script_gets_the_preview_alone_and_hears_when_the_item_moved(clashes: Clashes, client: Client) -> None:
    question = clashes.both_changed()
    client.http.headers["hx-request"] = "true"
    fields = {"version": question.version, "choice": "server"}
    said = client.post(f"/conflicts/{question.id}/preview", fields)
    assert "This changes:" in said and "<html" not in client.text
    assert "has changed" in client.post(f"/conflicts/{question.id}/preview", fields | {"version": "old"})


# Deciding -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"choice": "server"}, Resolution(Choice.SERVER)),
        ({"choice": "desktop"}, Resolution(Choice.DESKTOP)),
        ({"choice": "both"}, Resolution(Choice.BOTH)),
        ({"choice": "merge", "take_company": "desktop"}, Resolution(Choice.MERGE, takes={"company": L})),
        (
            {"take_company": "desktop", "take_telephones": "server"},
            Resolution(Choice.MERGE, takes={"company": L, "telephones": R}),
        ),
        ({"choice": "server", "take_company": "desktop"}, Resolution(Choice.SERVER)),
    ],
    ids=[
        "server",
        "desktop",
        "both",
        "one field",
        "fields without a choice",
        "a whole version, whatever the fields say",
    ],
)
def test_a_decision_is_stored_and_leads_to_the_next(
    fields: dict[str, str], answer: Resolution, clashes: Clashes, client: Client
) -> None:
    anna, bert = clashes.both_changed(), clashes.both_changed("Bert Stein")
    said = answers(anna, client, **fields)
    assert client.path == f"/conflicts/{bert.id}" and "Decided: Anna Berg" in said
    assert clashes.answer() == answer


@pytest.mark.parametrize("fields", [{}, {"choice": "merge"}, {"choice": "new"}, {"take_nothing": "server"}])
def test_a_form_in_which_nothing_fitting_is_chosen_decides_nothing(
    fields: dict[str, str], clashes: Clashes, client: Client
) -> None:
    question = clashes.both_changed()
    assert "Nothing is chosen yet" in answers(question, client, **fields)
    assert clashes.answer() is None


def test_skipping_goes_on_and_the_last_one_ends_at_the_list(clashes: Clashes, client: Client) -> None:
    anna, bert = clashes.both_changed(), clashes.both_changed("Bert Stein")
    answers(anna, client, choice="skip")
    assert client.path == f"/conflicts/{bert.id}" and "Decided" not in client.said
    answers(bert, client, choice="server")
    assert client.path == f"/conflicts/{anna.id}"
    said = answers(anna, client, choice="desktop")
    assert client.path == "/conflicts" and "All are decided; 2 decisions wait" in said
    assert "Synchronize now to carry them out" in said


def test_an_answer_to_a_version_that_is_not_shown_any_more_decides_nothing(clashes: Clashes, client: Client) -> None:
    question = clashes.both_changed()
    clashes.stage.edit(R, "Anna Berg", lambda item: replace(item, company="Moved Ltd"))
    clashes.run()
    said = answers(question, client, choice="server")
    assert "It has changed since it was shown, so nothing was decided" in said and "Moved Ltd" in said
    assert clashes.answer() is None


def test_a_conflict_that_is_gone_leads_to_the_list(clashes: Clashes, client: Client) -> None:
    question = clashes.both_changed()
    clashes.stage.edit(R, "Anna Berg", lambda item: replace(item, company="Desk & Co", telephones=(Typed("+49 2"),)))
    clashes.run()
    for said in (client.get(f"/conflicts/{question.id}"), answers(question, client, choice="server")):
        assert client.path == "/conflicts" and "not open any more" in said
    client.http.headers["hx-request"] = "true"
    said = client.post(f"/conflicts/{question.id}/preview", {"version": question.version, "choice": "server"})
    assert "not open any more" in said and "<html" not in client.text


def test_one_answer_for_all_that_remain_and_all_of_it_undone(clashes: Clashes, client: Client) -> None:
    anna = clashes.both_changed()
    for name in ("Bert Stein", "Emil Dorn"):
        clashes.both_changed(name)
    clashes.deleted()
    said = client.get(f"/conflicts/{anna.id}")
    assert "up to 3 more" in said
    said = answers(anna, client, choice="both", all="yes")
    assert "Decided: Anna Berg , keep both, and 2 more" in said and "Dora Tal" in said
    assert clashes.answer("Bert Stein") == clashes.answer("Emil Dorn") == Resolution(Choice.BOTH)
    said = client.post("/conflicts/undo", {"first": str(anna.id)})
    assert client.path == f"/conflicts/{anna.id}" and "Taken back" in said
    assert clashes.answer("Anna Berg") is clashes.answer("Bert Stein") is clashes.answer("Emil Dorn") is None


def test_undo_gives_back_the_answer_that_was_there_before(clashes: Clashes, client: Client) -> None:
    anna = clashes.both_changed()
    answers(anna, client, choice="server")
    assert "You have decided this: the server’s version" in client.get(f"/conflicts/{anna.id}")
    answers(anna, client, choice="desktop")
    client.post("/conflicts/undo", {"first": str(anna.id)})
    assert clashes.answer() == Resolution(Choice.SERVER)


def test_undo_of_what_was_carried_out_says_so(clashes: Clashes, client: Client) -> None:
    anna = clashes.both_changed()
    answers(anna, client, choice="server")
    clashes.run()
    assert "Undo" not in client.get("/conflicts")
    assert "carried out already" in client.post("/conflicts/undo", {"first": str(anna.id)})
    assert "nothing to take back" in client.post("/conflicts/undo", {"first": str(anna.id)})


def test_no_name_of_a_person_stands_in_an_address(clashes: Clashes, client: Client) -> None:
    anna = clashes.both_changed()
    clashes.several()
    for path in ("/conflicts", f"/conflicts/{anna.id}?choice=both"):
        client.get(path)
        for address in re.findall(r'(?:href|action|src|hx-post)="([^"]*)"', client.text):
            assert "Anna" not in address and "Berg" not in address and "me@" not in address, address


# With a server ------------------------------------------------------------------------------------------------------


def synchronize(client: Client, **fields: str) -> str:
    client.post(f"/accounts/{client.pages.site.id_of('Work')}/synchronize", fields)
    return client.until_over()


def test_decide_and_synchronize_carries_it_out_on_both_sides(account: Account, client: Client, desk: Desk) -> None:
    synchronize(client, yes="yes")
    desk.edit(desk.files, "jane@example.org", "desk@example.org")
    desk.edit(desk.held, "jane@example.org", "serv@example.org")
    assert "1 conflict to decide" in synchronize(client)
    [question] = questions(client.pages.site.here.db)
    assert "take E-mail from" in client.get(f"/conflicts/{question.id}")
    answers(question, client, choice="desktop", then="synchronize")
    assert "1 changed on the server" in client.until_over()
    assert "desk@example.org" in desk.held[0].read_text()
    assert "Nothing waits for you" in client.get("/conflicts")


def test_answers_are_carried_out_from_the_list(account: Account, client: Client, desk: Desk) -> None:
    synchronize(client, yes="yes")
    desk.files[0].unlink()
    desk.edit(desk.held, "jane@example.org", "serv@example.org")
    synchronize(client)
    [question] = questions(client.pages.site.here.db)
    answers(question, client, choice="server")
    work = client.pages.site.id_of("Work")
    client.post("/conflicts/carry-out", {"account": work})
    assert "1 made on the desktop" in client.until_over()
    assert "serv@example.org" in desk.files[0].read_text()
    assert "waits to be carried out" in client.post("/conflicts/carry-out", {"account": work}, expect=409)


def test_a_held_meeting_says_who_would_be_mailed_and_waits_for_a_yes_to_itself(home: Home, client: Client) -> None:
    clashes = Clashes(home, Kind.EVENT)
    question = clashes.mail()
    said = client.get(f"/conflicts/{question.id}?choice=send")
    assert "would make smartermail.test mail 2 people: updates to ann@x.test, bob@x.test" in said
    assert "Shall it be written?" in said and "nobody can call it back" in said
    assert 'value="desktop" aria' not in client.text and 'name="all"' not in client.text
    answers(question, client, choice="send", all="yes")
    assert clashes.answer("Plan") == Resolution(Choice.SEND)
    clashes.run()
    assert {to for letter in clashes.stage.right.outbox for to in letter.to} == {"ann@x.test", "bob@x.test"}


def test_moments_that_are_no_instant_keep_what_they_say(home: Home, client: Client) -> None:
    clashes = Clashes(home, Kind.EVENT)
    clashes.series()
    clashes.stage.edit(L, "Plan", lambda item: replace(item, start=Moment(datetime(2026, 3, 3, 9))))
    clashes.run()
    [question] = questions(clashes.stage.db)
    assert "in whatever zone one is" in client.get(f"/conflicts/{question.id}")


def test_desktop_folder_called_like_its_account_is_the_desktop_in_words() -> None:
    account = Account("Work", url="https://dav.example.org", email="a@example.org", desktop="files:/pim/work")
    assert desktop_of(account).name == "Desktop"
    assert desktop_of(replace(account, desktop="files:/pim/Anna")).name == "Anna"
