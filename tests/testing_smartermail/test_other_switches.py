"""What the switches do that no kind of item is about."""

from __future__ import annotations

import http.client
import ssl
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from instep.core.model import Kind
from instep.testing.smartermail import ANNA, Standing, Switches, TwoStep, World, serve
from peers.smartermail import Asking
from web.certificate import certificate


def _world(**switches: str) -> World:
    return World.demo(Switches(**switches))


def test_a_blocked_address_may_get_no_answer_at_all() -> None:
    world = _world(blocked="drop")
    world.intrusion.limit = 1
    with serve(world) as server:
        asking = Asking(server.url)
        asking.sign_in(password="wrong")
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            asking.ask("GET", "/interface/root")
        world.intrusion.forgive()
        assert asking.ask("GET", "/interface/root").status == 200


def test_a_password_to_be_changed_may_get_no_token() -> None:
    world = _world(password_change="none")
    world.people[ANNA].standing = Standing.CHANGE_PASSWORD
    with serve(world) as server:
        said = Asking(server.url).sign_in().json
    assert said["success"] and said["changePasswordNeeded"] and not said["accessToken"]


@pytest.mark.parametrize("word", ["email", "e-mail"])
def test_the_method_of_a_mailed_code_has_one_word_or_the_other(word: str) -> None:
    world = _world(two_step_email=word)
    world.people[ANNA].two_step = TwoStep.EMAIL
    with serve(world) as server:
        said = Asking(server.url).sign_in().json["message"]
    assert said == f"TWO_FACTOR_REQUIRED|{word}|{world.people[ANNA].recovery}"


def test_the_own_list_of_contacts_may_stand_apart() -> None:
    with serve(_world(primary_list="apart")) as server:
        anna = Asking(server.url)
        anna.sign_in()
        said = anna.rest("GET", "contacts/sources").json
    assert said["primaryList"]["isPrimary"] and not any(row["isPrimary"] for row in said["sharedLists"])


def _document(world: World, kind: Kind, name: str) -> bytes:
    folder = world.primary(ANNA, kind)
    word, key = ("card", "displayAs") if kind is Kind.CONTACT else ("cal", "subject")
    (item,) = [item for item in folder.items.values() if item.data[key] == name]
    with serve(world) as server:
        return Asking(server.url).dav("GET", f"/webdav/{word}/example.com/anna/{folder.number}/{item.name}").body


FORMS: list[tuple[dict[str, str], Kind, str, bytes]] = [
    ({"tzid": "iana"}, Kind.EVENT, "Dentist", b"DTSTART;TZID=Europe/Berlin:20261203T093000"),
    ({"tzid": "windows"}, Kind.EVENT, "Dentist", b"DTSTART;TZID=W. Europe Standard Time:20261203T093000"),
    ({"card_version": "3.0"}, Kind.CONTACT, "Carla Weiß", b"VERSION:3.0"),
    ({"card_version": "4.0"}, Kind.CONTACT, "Carla Weiß", b"VERSION:4.0"),
    ({"uids": "different"}, Kind.EVENT, "Dentist", b"UID:dav-"),
]


@pytest.mark.parametrize(("switches", "kind", "name", "line"), FORMS)
def test_a_document_that_the_server_writes_itself_has_the_form(
    switches: dict[str, str], kind: Kind, name: str, line: bytes
) -> None:
    assert line in _document(_world(**switches), kind, name)


def test_a_formatted_task_is_plain_text_and_formatted_text_in_caldav() -> None:
    document = _document(World.demo(), Kind.TASK, "Tax return")
    assert b"DESCRIPTION:With all papers." in document and b"X-ALT-DESC;FMTTYPE=text/html:<p>" in document


CATEGORIES: list[tuple[dict[str, Any], int]] = [
    ({"categories": None, "showNonCategorized": True}, 4),
    ({"categories": [], "showNonCategorized": False}, 1),
    ({"categories": ["friends"], "showNonCategorized": False}, 1),
    ({"categories": ["other"], "showNonCategorized": True}, 3),
]


@pytest.mark.parametrize(("search", "count"), CATEGORIES)
def test_a_list_keeps_to_the_categories_asked_for(search: dict[str, Any], count: int) -> None:
    world = World.demo()
    with serve(world) as server:
        anna = Asking(server.url)
        anna.sign_in()
        source = {"owner": "anna", "id": world.primary(ANNA, Kind.CONTACT).id}
        body = {"sources": [source], "searchParams": {"skip": 0, "take": 0, **search}}
        assert len(anna.rest("POST", "contacts/contacts-all", body).json["results"]) == count


def test_it_serves_over_tls_with_a_certificate_that_is_given(tmp_path: Path) -> None:
    names = certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*names)
    with serve(World.demo(), tls=context, host="localhost") as server:
        assert server.url.startswith("https://localhost:")
        trusting = ssl.create_default_context(cafile=str(names[0]))
        with urllib.request.urlopen(f"{server.url}/interface/root", context=trusting) as answer:
            assert answer.status == 200
