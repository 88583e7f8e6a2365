"""How REST answers: routes, verbs, bodies, cases of keys, refusals (facts 3)."""

from __future__ import annotations

import pytest

from instep.testing.smartermail import Server, Switches, World, serve
from peers.smartermail import Asking

STATUSES = [
    ("a path that is none", "GET", "contacts/nothing", None, 404),
    ("a wrong verb", "POST", "contacts/sources", {}, 405),
    ("a wrong verb of a writing call", "GET", "tasks/save", None, 405),
    ("a verb of REST that is not used", "PUT", "tasks/save", [], 405),
    ("an object where an array is wanted", "POST", "tasks/save", {"subject": "x"}, 400),
    ("an array where an object is wanted", "POST", "contacts/contacts-all", [], 400),
    ("a missing part of a search", "POST", "contacts/contacts-all", {"sources": []}, 400),
    ("a trailing slash on a GET", "GET", "tasks/sources/", None, 200),
    ("a trailing slash on a POST", "POST", "tasks/save/", [], 404),
    ("a path in another case", "GET", "Tasks/Sources", None, 200),
]


@pytest.mark.parametrize(("what", "method", "path", "body", "status"), STATUSES, ids=[row[0] for row in STATUSES])
def test_a_call_is_answered_with(anna: Asking, what: str, method: str, path: str, body: object, status: int) -> None:
    assert anna.rest(method, path, body).status == status


def test_broken_json_is_400_and_never_a_traceback(anna: Asking) -> None:
    for body in (b"{", b"\xff\xfe", b'"text"', b"[1]"):
        answer = anna.ask("POST", "/api/v1/tasks/save", body, Authorization=f"Bearer {anna.token}")
        assert answer.status == 400 and answer.json["success"] is False


def test_every_answer_carries_the_envelope(anna: Asking) -> None:
    for path in ("contacts/sources", "calendars/sources", "tasks/sources", "notes/sources", "contacts/domain"):
        assert anna.rest("GET", path).json.keys() >= {"success", "resultCode", "message", "debugInfo"}


def test_keys_may_come_in_pascal_case_except_where_one_signs_in() -> None:
    with serve(World.demo(Switches(keys="pascal"))) as server:
        anna = Asking(server.url)
        assert anna.sign_in().json["accessToken"]
        said = anna.rest("GET", "contacts/sources").json
        assert said["Success"] and said["SharedLists"][0]["ItemID"]


def test_who_am_i_and_the_categories(anna: Asking) -> None:
    said = anna.rest("GET", "settings/user-startup-data").json
    assert said["emailAddress"] == "anna@example.com" and said["userSettings"]["timeZone"] == "Europe/Berlin"
    entries = [*anna.rest("GET", "categories/user-category-settings").json["categories"], {"name": "New"}]
    anna.rest("POST", "categories/user-category-settings", {"categories": entries})
    names = [entry["name"] for entry in anna.rest("GET", "categories/user-category-settings").json["categories"]]
    assert names == ["Friends", "New"]


SECTIONS = [(0, 1), (2, 0), (3, 1), (5, 0)]


@pytest.mark.parametrize(("section", "count"), SECTIONS)
def test_the_search_over_everything_finds_by_section(anna: Asking, section: int, count: int) -> None:
    said = anna.rest("POST", "settings/advanced-search", {"section": section, "searchQuery": "carla"})
    assert len(said.json["results"]) == count


def test_a_single_use_link_opens_the_pages_once(smartermail: Server, anna: Asking) -> None:
    url = anna.rest("POST", "auth/retrieve-login-token").json["autoLoginUrl"]
    assert anna.ask("GET", url).headers["set-cookie"]
    assert "set-cookie" not in anna.ask("GET", url).headers
