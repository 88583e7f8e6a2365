"""Contacts over REST (facts 3.3)."""

from __future__ import annotations

from typing import Any

import pytest

from instep.core.model import Kind
from instep.testing.smartermail import ANNA, Server, Switches, World, many_contacts, serve
from peers.smartermail import Asking


class Book:
    """Anna's contacts on a server with some switches."""

    def __init__(self, server: Server) -> None:
        self.world = server.world
        self.ask = Asking(server.url)
        self.ask.sign_in(client="book")
        self.guid = server.world.primary(ANNA, Kind.CONTACT).id

    def all(self, **search: object) -> dict[str, Any]:
        source = {"owner": "anna", "id": self.guid, "sourceName": "My Contacts"}
        params = {"categories": None, "showNonCategorized": True, "skip": 0, "take": 0, "search": None, **search}
        found: dict[str, Any] = self.ask.rest(
            "POST", "contacts/contacts-all", {"sources": [source], "searchParams": params}
        ).json
        return found

    def put(self, body: dict[str, Any], path: str = "") -> dict[str, Any]:
        found: dict[str, Any] = self.ask.rest("POST", path or f"contacts/contact-put/anna/{self.guid}", body).json
        return found

    def get(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask.rest("GET", f"contacts/get/anna/{self.guid}/{id}/").json
        return found

    def carla(self) -> dict[str, Any]:
        (id,) = [id for id, data in self.world.items(ANNA, Kind.CONTACT).items() if data["firstName"] == "Carla"]
        found: dict[str, Any] = self.get(id)["contact"]
        return found


def _book(**switches: str) -> Any:
    return serve(World.demo(Switches(**switches)))


def test_the_list_pages_and_counts(smartermail: Server) -> None:
    many_contacts(smartermail.world, 250)
    book = Book(smartermail)
    ids = [row["id"] for skip in (0, 100, 200) for row in book.all(skip=skip, take=100)["results"]]
    assert len(set(ids)) == book.all(take=1)["totalCount"] == 254
    assert len(book.all()["results"]) == 254


def test_one_contact_has_the_documented_keys_and_some_that_nobody_documented(smartermail: Server) -> None:
    carla = Book(smartermail).carla()
    assert carla["displayAs"] == "Carla Weiß" and carla["categoriesString"] == "Friends; Garden"
    assert carla["phoneNumberList"][1] == {"number": "+49 170 7654321", "type": "Mobile"}
    assert carla["emailAddressList"][0] == "carla@weiss.example" and carla["flagInfo"]["isFlagged"]
    assert carla["syncTag"] == "kept-by-the-server" and carla["sourceOwner"] == "anna"


def test_the_whole_folder_by_one_get_and_the_address_list(smartermail: Server, anna: Asking) -> None:
    book = Book(smartermail)
    assert len(anna.rest("GET", f"contacts/address-book/anna/{book.guid}/").json["contacts"]) == 4
    people = anna.rest("GET", "contacts/domain").json["contacts"]
    assert {person["displayAs"] for person in people} == {"Anna Weiß", "Ben Okafor"}


def test_a_group_is_a_contact_of_type_2(smartermail: Server) -> None:
    (group,) = [row for row in Book(smartermail).all()["results"] if row["contactType"] == 2]
    assert group["displayAs"] == "Choir" and len(group["groupedContacts"]) == 2


def test_a_contact_is_made_changed_and_deleted(smartermail: Server) -> None:
    book = Book(smartermail)
    made = book.put({"DisplayAs": "Nora", "PhoneNumberList": [{"Number": "1", "Type": "work"}]})["contact"]
    assert made["phoneNumberList"] == [{"number": "1", "type": "Work"}]
    book.put({**made, "company": "Sea"})
    assert book.get(made["id"])["contact"] | {"company": ""} == made
    entry = {"sourceOwner": "anna", "sourceId": book.guid, "id": made["id"]}
    assert book.ask.rest("POST", "contacts/delete-bulk", [entry]).json["success"]
    gone = book.get(made["id"])
    assert (gone["contact"], gone["success"]) == (None, False)


def test_a_write_with_some_keys_blanks_the_rest_or_keeps_it_as_the_switch_says() -> None:
    for partial, company, tag in (("blanks", "", ""), ("keeps", "Weiß & Töchter", "kept-by-the-server")):
        with _book(partial=partial) as server:
            book = Book(server)
            id = book.carla()["id"]
            book.put({"id": id, "displayAs": "Carla W."})
            now = book.get(id)["contact"]
            assert (now["displayAs"], now["company"], now["syncTag"]) == ("Carla W.", company, tag)


def test_a_whole_contact_sent_back_changes_nothing(smartermail: Server) -> None:
    book = Book(smartermail)
    for row in book.all()["results"]:
        before = book.get(row["id"])["contact"]
        assert book.put(before)["success"]
        assert book.get(row["id"])["contact"] == before == row


REFUSED = [
    ("no DisplayAs", {"firstName": "X"}),
    ("an empty DisplayAs", {"displayAs": "  "}),
    ("an id that is nobody's", {"displayAs": "X", "id": "7d3a"}),
]


@pytest.mark.parametrize(("what", "body"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_the_server_will_not_do_is_200_without_success_or_a_status(what: str, body: dict[str, Any]) -> None:
    for refusals, bad in (("200", False), ("status", True)):
        with _book(refusals=refusals) as server:
            book = Book(server)
            answer = book.ask.rest("POST", f"contacts/contact-put/anna/{book.guid}", body)
            assert (answer.status >= 400) is bad and not answer.json["success"]
            assert len(book.all()["results"]) == 4


WRONG = [
    ("an object for a text", {"displayAs": {"x": 1}}),
    ("a text for a flag", {"displayAs": "X", "isHtml": "maybe"}),
    ("null for a number", {"displayAs": "X", "contactType": None}),
    ("a text for a list", {"displayAs": "X", "emailAddressList": "x@y"}),
    ("an object for an address", {"displayAs": "X", "emailAddressList": [{"address": "x@y"}]}),
    ("a telephone of no known type", {"displayAs": "X", "phoneNumberList": [{"number": "1", "type": "Car"}]}),
]


@pytest.mark.parametrize(("what", "body"), WRONG, ids=[row[0] for row in WRONG])
def test_a_value_of_a_wrong_type_is_400(smartermail: Server, what: str, body: dict[str, Any]) -> None:
    book = Book(smartermail)
    assert book.ask.rest("POST", f"contacts/contact-put/anna/{book.guid}", body).status == 400


def test_a_key_that_the_server_does_not_know_is_thrown_away(smartermail: Server) -> None:
    book = Book(smartermail)
    made = book.put({"displayAs": "Nora", "xInvented": "1"})["contact"]
    assert "xInvented" not in book.get(made["id"])["contact"]


PATHS = [
    ("folder", "body", "contacts/contact-put/anna/{guid}", True),
    ("folder", "path", "contacts/contact-put/anna/{guid}/{id}", False),
    ("address", "body", "contacts/contact-put/anna@example.com", True),
    ("address", "path", "contacts/contact-put/anna@example.com/{id}", False),
]


@pytest.mark.parametrize(("path", "id", "template", "in_body"), PATHS)
def test_an_update_goes_by_one_path_and_by_no_other(path: str, id: str, template: str, in_body: bool) -> None:
    with _book(contact_path=path, contact_id=id) as server:
        book = Book(server)
        carla = book.carla()
        for _, _, other, with_id in PATHS:
            body = {**carla, "company": other} if with_id else {**carla, "company": other, "id": None}
            answer = book.ask.rest("POST", other.format(guid=book.guid, id=carla["id"]), body)
            assert (answer.status == 200 and answer.json["success"]) is (other == template), other
        assert book.carla()["company"] == template, "only the right path has written"
        assert len(book.all()["results"]) == 4, "and none has made a double"


FORMS = [
    ("phone_type", "number", "phoneNumberList", {"number": "+49 30 1234567", "phoneType": 1}),
    ("email_entries", "objects", "emailAddressList", {"address": "carla@weiss.example", "displayName": None}),
]


@pytest.mark.parametrize(("switch", "value", "key", "first"), FORMS)
def test_a_list_has_the_form_that_the_switch_says(switch: str, value: str, key: str, first: object) -> None:
    with _book(**{switch: value}) as server:
        book = Book(server)
        carla = book.carla()
        assert carla[key][0] == first
        assert book.put(carla)["contact"] == carla


LISTS = [("results", "results"), ("specific", "contactList"), ("plural", "contacts"), ("bare", "results")]


@pytest.mark.parametrize(("value", "name"), LISTS)
def test_the_list_stands_under_the_key_that_the_switch_says(value: str, name: str) -> None:
    with _book(list_key=value) as server:
        assert len(Book(server).all()[name]) == 4


def test_other_limits_of_a_list() -> None:
    with _book(page_limit="100") as server:
        many_contacts(server.world, 150)
        found = Book(server).all()
        assert (len(found["results"]), found["totalCount"]) == (100, 154)
    with _book(take_zero="nothing") as server:
        found = Book(server).all()
        assert (len(found["results"]), found["totalCount"]) == (0, 4)
    with _book(list_omits="some") as server:
        book = Book(server)
        assert all("additionalInfo" not in row for row in book.all()["results"]) and book.carla()["additionalInfo"]


def test_other_answers() -> None:
    with _book(put_reply="nothing") as server:
        assert "contact" not in Book(server).put({"displayAs": "Nora"})
    with _book(missing_item="404") as server:
        book = Book(server)
        assert book.ask.rest("GET", f"contacts/get/anna/{book.guid}/none").status == 404


def test_what_is_stored_is_put_into_order_a_little_or_not() -> None:
    body = {"displayAs": " Nora ", "webPage": "sea.example", "emailAddressList": ["N@SEA.Example"]}
    kept = {"displayAs": "Nora", "webPage": "http://sea.example", "emailAddressList": ["N@sea.example"]}
    for value, wanted in (("little", kept), ("nothing", body)):
        with _book(normalises=value) as server:
            made = Book(server).put(body)["contact"]
            assert {key: made[key] for key in body} == wanted


def test_a_deletion_may_only_be_pretended(smartermail: Server) -> None:
    book = Book(smartermail)
    smartermail.world.faults.false_deletes = 1
    entry = {"sourceOwner": "anna", "sourceId": book.guid, "id": book.carla()["id"]}
    assert book.ask.rest("POST", "contacts/delete-bulk", [entry]).json["success"]
    assert len(book.all()["results"]) == 4
