"""Tasks and notes over REST (facts 3.5 and 3.6)."""

from __future__ import annotations

from typing import Any

import pytest

from instep.core.model import Kind
from instep.testing.smartermail import ANNA, Server, Switches, World, serve
from peers.smartermail import Asking


class Desk:
    """Anna's tasks and notes on a server."""

    def __init__(self, server: Server) -> None:
        self.world = server.world
        self.ask = Asking(server.url)
        self.ask.sign_in(client="desk")
        self.owner = self.ask.rest("GET", "tasks/sources").json["sources"][0]["owner"]
        self.tasks_id = server.world.primary(ANNA, Kind.TASK).id
        self.notes_id = server.world.primary(ANNA, Kind.NOTE).id

    def tasks(self) -> dict[str, dict[str, Any]]:
        found = self.ask.rest("GET", f"tasks/{self.owner}/{self.tasks_id}").json["details"]
        return {task["subject"]: task for task in found}

    def save(self, *tasks: dict[str, Any]) -> Any:
        place = {"sourceOwner": self.owner, "sourceId": self.tasks_id}
        return self.ask.rest("POST", "tasks/save", [{**place, **task} for task in tasks]).json

    def notes(self) -> dict[str, dict[str, Any]]:
        found = self.ask.rest("GET", f"notes/notes/anna/{self.notes_id}").json
        assert found["count"] == len(found["notes"])
        return {note["subject"]: note for note in found["notes"]}


def _desk(**switches: str) -> Any:
    return serve(World.demo(Switches(**switches)))


@pytest.fixture
def desk(smartermail: Server) -> Desk:
    return Desk(smartermail)


def test_tasks_have_the_documented_keys_and_priority_10_is_the_highest(desk: Desk) -> None:
    tax = desk.tasks()["Tax return"]
    assert tax.keys() >= {"id", "subject", "description", "status", "percentComplete", "priority", "start", "due",
                          "useDateTime", "reminder", "reminderSet", "sourceId", "sourceOwner", "isDelegatedByOwner",
                          "recurrence", "attachments"}  # fmt: skip
    assert (tax["priority"], tax["status"], tax["due"]) == (9, 1, "2026-12-15T17:00:00Z")
    one = desk.ask.rest("GET", f"tasks/anna/{desk.tasks_id}/{tax['id']}").json["details"]
    assert one == [tax]


def test_saving_takes_an_array_and_answers_one_in_which_the_id_is_the_proof(desk: Desk) -> None:
    made, refused = desk.save({"id": None, "subject": "Call"}, {"id": None, "subject": ""})
    assert made["id"] and made["priority"] == 5 and refused["id"] is None
    (again,) = desk.save({**made, "percentComplete": 30})
    assert again["id"] == made["id"] and desk.tasks()["Call"]["percentComplete"] == 30


def test_a_whole_task_sent_back_changes_nothing_and_some_keys_blank_the_rest(desk: Desk) -> None:
    before = desk.tasks()
    desk.save(*before.values())
    assert desk.tasks() == before
    tax = before["Tax return"]
    desk.save({"id": tax["id"], "subject": "Tax return"})
    now = desk.tasks()["Tax return"]
    assert (now["description"], now["boardColumn"], now["priority"], now["due"]) == ("", "", 5, None)


def test_deleting_takes_an_array_and_says_success_of_what_was_not_there(desk: Desk) -> None:
    entry = {"sourceOwner": "anna", "sourceId": desk.tasks_id}
    id = desk.tasks()["Water the plants"]["id"]
    for each in (id, id, "nobody"):
        assert desk.ask.rest("POST", "tasks/delete", [{**entry, "id": each}]).json["success"]
    assert len(desk.tasks()) == 2


def test_a_missing_task_is_an_empty_list_or_404(desk: Desk) -> None:
    assert desk.ask.rest("GET", f"tasks/anna/{desk.tasks_id}/none").json["details"] == []
    with _desk(missing_item="404") as server:
        assert Desk(server).ask.rest("GET", f"tasks/anna/{desk.tasks_id}/none").status == 404


def test_all_tasks_by_a_search(desk: Desk) -> None:
    search = {"skip": 1, "take": 1, "search": "", "sortField": "subject", "sortDescending": False, "categories": [],
              "showNonCategorized": True, "filterFlags": {}}  # fmt: skip
    body = {"sources": [{"owner": "anna", "id": desk.tasks_id}], "searchParams": search}
    found = desk.ask.rest("POST", "tasks/tasks-all", body).json
    assert [row["subject"] for row in found["results"]] == ["Tax return"] and found["totalCount"] == 3


def test_a_delegated_task_is_read_only(desk: Desk) -> None:
    id = desk.tasks()["Water the plants"]["id"]
    desk.world.edit(ANNA, Kind.TASK, id, isDelegatedByOwner=True)
    (refused,) = desk.save({**desk.tasks()["Water the plants"], "subject": "Drown the plants"})
    assert refused["id"] is None and "Water the plants" in desk.tasks()


DATES = [
    ("utc", "2026-12-15T17:00:00Z"),
    ("local", "2026-12-15T18:00:00"),
    ("offset", "2026-12-15T18:00:00+01:00"),
]


@pytest.mark.parametrize(("switch", "due"), DATES, ids=[row[0] for row in DATES])
def test_a_date_has_the_form_that_the_switch_says_and_means_the_same(switch: str, due: str) -> None:
    with _desk(task_dates=switch) as server:
        desk = Desk(server)
        tax = desk.tasks()["Tax return"]
        assert tax["due"] == due
        desk.save(tax)
        assert server.world.items(ANNA, Kind.TASK)[tax["id"]]["due"] == "2026-12-15T17:00:00Z"


def test_dates_count_only_where_the_task_has_dates(desk: Desk) -> None:
    with_dates, without = desk.save(
        {"subject": "a", "due": "2026-12-01T08:00:00Z", "useDateTime": True},
        {"subject": "b", "due": "2026-12-01T08:00:00Z", "useDateTime": False},
    )
    assert with_dates["due"] and without["due"] is None


def test_a_due_date_without_a_start_is_as_the_switch_says(desk: Desk) -> None:
    task = {"subject": "a", "due": "2026-12-01T08:00:00Z", "useDateTime": True}
    assert desk.save(task)[0]["id"]
    with _desk(due_without_start="refused") as server:
        assert Desk(server).save(task)[0]["id"] is None


def test_notes_have_the_documented_keys_and_the_swapped_order_of_their_paths(desk: Desk) -> None:
    ideas = desk.notes()["Ideas"]
    assert ideas.keys() >= {"id", "subject", "text", "isPlainText", "color", "dateCreated", "lastModifiedUTC",
                            "categoriesString", "hasAttachments", "sourceOwner", "sourceId"}  # fmt: skip
    right = desk.ask.rest("GET", f"notes/note/{ideas['id']}/{desk.notes_id}/anna").json
    assert right["note"] == ideas
    assert not desk.ask.rest("GET", f"notes/note/{ideas['id']}/anna/{desk.notes_id}").json["success"]
    assert not desk.ask.rest("GET", f"notes/notes/{desk.notes_id}/anna").json["success"]


def test_a_note_is_made_changed_and_deleted(desk: Desk) -> None:
    desk.world.clock.stop("2026-12-01T10:00:00Z")
    desk.ask.sign_in(client="desk")
    body = {"subject": "Song", "text": "La", "isPlainText": True, "color": "Pink"}
    made = desk.ask.rest("POST", f"notes/note-put/{desk.notes_id}/anna", body).json["note"]
    assert (made["color"], made["lastModifiedUTC"]) == ("pink", "2026-12-01T10:00:00Z")
    desk.world.clock.move(minutes=5)
    place = f"{made['id']}/{desk.notes_id}/anna"
    desk.ask.rest("POST", f"notes/note-patch/{place}", {**made, "text": "La la"})
    now = desk.notes()["Song"]
    assert (now["text"], now["dateCreated"], now["lastModifiedUTC"]) == (
        "La la",
        "2026-12-01T10:00:00Z",
        "2026-12-01T10:05:00Z",
    )
    assert desk.ask.rest("POST", f"notes/note-delete/{place}").json["success"]
    gone = desk.ask.rest("GET", f"notes/note/{place}").json
    assert (gone["note"], gone["success"]) == (None, False)
    ids = [note["id"] for note in desk.notes().values()]
    assert desk.ask.rest("POST", "notes/batch/delete", ids[:2]).json["success"]
    assert len(desk.notes()) == 1


def test_a_colour_that_is_none_is_refused(desk: Desk) -> None:
    answer = desk.ask.rest("POST", f"notes/note-put/{desk.notes_id}/anna", {"subject": "x", "color": "mauve"})
    assert not answer.json["success"] and len(desk.notes()) == 3


def test_a_formatted_note_comes_back_as_it_is_or_as_a_whole_page(desk: Desk) -> None:
    assert desk.notes()["Ideas"]["text"].startswith("<p>")
    with _desk(note_html="wrapped") as server:
        notes = Desk(server).notes()
        assert notes["Ideas"]["text"].startswith("<html>") and notes["Wi-Fi"]["text"].startswith("The guests")


def test_a_patch_with_some_keys_blanks_the_rest_or_keeps_it() -> None:
    for partial, color in (("blanks", "white"), ("keeps", "yellow")):
        with _desk(partial=partial) as server:
            desk = Desk(server)
            id = desk.notes()["Shopping"]["id"]
            desk.ask.rest("POST", f"notes/note-patch/{id}/{desk.notes_id}/anna", {"subject": "Shop", "text": "x"})
            assert desk.notes()["Shop"]["color"] == color


def test_only_notes_show_when_they_changed(desk: Desk) -> None:
    assert not any("modified" in key.lower() for key in desk.tasks()["Tax return"])
