"""Contacts over REST (facts 3.3)."""

from __future__ import annotations

from instep.core.model import Kind
from instep.testing.smartermail import contact_form
from instep.testing.smartermail.call import Call, Route, categorized, owner_of, page, searched, source_of
from instep.testing.smartermail.exchange import Json, Refusal, soft
from instep.testing.smartermail.folders import Folder, Item
from instep.testing.smartermail.people import Person
from instep.testing.smartermail.rest_auth import envelope
from instep.testing.smartermail.rest_folders import GAL, gal_owner
from instep.testing.smartermail.shapes import key, whole

_SEARCHED = ("displayAs", "company", "emailAddressList")


def _shown(call: Call, folder: Folder, item: Item, listed: bool = False) -> Json:
    return contact_form.shown(call.switches, item, owner_of(call.world, folder), folder.id, listed)


def _all(call: Call) -> Json:
    body = call.content_object()
    sources, search = key(body, "sources"), key(body, "searchParams")
    if not isinstance(sources, list) or not isinstance(search, dict):
        raise Refusal(400, "The field sources and the field searchParams are required.")
    places: dict[int, tuple[Folder, Item]] = {}
    rows: list[Json] = []
    for source in sources:
        if not isinstance(source, dict):
            raise Refusal(400, "Error converting value. Path 'sources[0]'.")
        if key(source, "id") == GAL:
            rows += _gal_rows(call)
            continue
        folder = source_of(call, Kind.CONTACT, source)
        for item in folder.items.values():
            places[id(item.data)] = (folder, item)
            rows.append(item.data)
    rows = categorized(search, searched(search, rows, _SEARCHED))
    rows.sort(key=lambda row: str(row["displayAs"]).casefold(), reverse=bool(key(search, "sortDescending")))
    # Only what is on the page is put into the form of an answer: a long list is asked for in many pages.
    part = [_listed(call, places.get(id(row)), row) for row in page(call, search, rows)]
    named = {"specific": "contactList", "plural": "contacts"}.get(call.switches.list_key, "results")
    return {named: part, "totalCount": len(rows)}


def _listed(call: Call, place: tuple[Folder, Item] | None, row: Json) -> Json:
    return row if place is None else _shown(call, *place, listed=True)


def _gal_rows(call: Call) -> list[Json]:
    people = [p for p in call.world.people.values() if p.domain == call.person.domain]
    return [_gal_row(call, person) for person in people]


def _gal_row(call: Call, person: Person) -> Json:
    data = whole(Kind.CONTACT, {"displayAs": person.name or person.local, "emailAddressList": [person.email]})
    item = Item(call.world.guid(sum(person.email.encode())), 0, "", data)
    return contact_form.shown(call.switches, item, gal_owner(call), GAL)


def _book(call: Call) -> Json:
    if call.params["guid"] == GAL:
        return _domain(call)
    folder = call.folder(Kind.CONTACT)
    return {"contacts": [_shown(call, folder, item) for item in folder.items.values()]}


def _domain(call: Call) -> Json:
    return {"contacts": _gal_rows(call)}


def _get(call: Call) -> Json:
    folder = call.folder(Kind.CONTACT)
    item = folder.items.get(call.params["id"])
    if item is None:
        if call.switches.missing_item == "404":
            raise Refusal(404, "CONTACT_NOT_FOUND")
        return {"contact": None, **envelope(False, 404, "CONTACT_NOT_FOUND")}
    return {"contact": _shown(call, folder, item)}


def _put_into_folder(call: Call) -> Json:
    if call.switches.contact_path != "folder":
        raise Refusal(404, "No HTTP resource was found that matches the request URI.")
    if call.params["guid"] == GAL:
        raise soft("ACCESS_DENIED", 403)
    return _put(call, call.folder(Kind.CONTACT), call.params.get("id", ""))


def _put_by_address(call: Call) -> Json:
    if call.switches.contact_path != "address":
        raise Refusal(404, "No HTTP resource was found that matches the request URI.")
    if call.params["email"].lower() != call.person.email:
        raise soft("ACCESS_DENIED", 403)
    body = call.content_object()
    source = str(key(body, "sourceId") or call.world.primary(call.person.email, Kind.CONTACT).id)
    if source == GAL:
        raise soft("ACCESS_DENIED", 403)
    place = call.world.folders.get(source)
    owner = key(body, "sourceOwner") or (owner_of(call.world, place) if place else "")
    return _put(call, call.folder_of(Kind.CONTACT, owner, source), call.params.get("id", ""))


def _put_two(call: Call) -> Json:
    """Two segments: owner and folder, or an address and a contact's id."""
    if call.switches.contact_path == "folder":
        return _put_into_folder(call)
    call.params["email"], call.params["id"] = call.params["owner"], call.params["guid"]
    return _put_by_address(call)


def _put(call: Call, folder: Folder, in_path: str) -> Json:
    call.writable(folder)
    body = call.content_object()
    in_body = str(key(body, "id") or "")
    if call.switches.contact_id == "path":
        if in_body and not in_path:
            raise soft("CONTACT_ID_NOT_EXPECTED")
        id = in_path
    else:
        if in_path:
            raise Refusal(404, "No HTTP resource was found that matches the request URI.")
        id = in_body
    old = folder.items.get(id)
    if id and old is None:
        raise soft("CONTACT_NOT_FOUND", 404)
    data = contact_form.read(call.switches, body, old.data if old else None)
    if old is None:
        item = call.world.add(folder, data)
    else:
        call.world.replace(folder, old, data)
        item = old
    return {} if call.switches.put_reply == "nothing" else {"contact": _shown(call, folder, item)}


def _delete(call: Call) -> Json:
    for entry in call.content_objects():
        folder = call.writable(source_of(call, Kind.CONTACT, entry))
        item = folder.items.get(str(key(entry, "id")))
        if item is not None and not call.world.faults.pretends_deletion():
            call.world.drop(folder, item)
    return envelope()


ROUTES = (
    Route("POST", "contacts/contacts-all", _all),
    Route("GET", "contacts/address-book/{owner}/{guid}", _book),
    Route("GET", "contacts/get/{owner}/{guid}/{id}", _get),
    Route("GET", "contacts/domain", _domain),
    Route("POST", "contacts/contact-put/{email}", _put_by_address),
    Route("POST", "contacts/contact-put/{owner}/{guid}", _put_two),
    Route("POST", "contacts/contact-put/{owner}/{guid}/{id}", _put_into_folder),
    Route("POST", "contacts/delete-bulk", _delete),
)
